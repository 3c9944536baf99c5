//! The two lines at the bottom: what was last said or is being typed, and the
//! keys that help here.

use ratatui::layout::{Position, Rect};

use super::Areas;
use super::paint::{Paint, Piece};
use super::plain;
use crate::tui::figures;
use crate::tui::key::Key;
use crate::tui::keymap::{Action, Group};
use crate::tui::modal::{Modal, Prompt, PromptKind};
use crate::tui::model::{Model, Tone};
use crate::tui::pointer::Target;
use crate::tui::stage::Stage;
use crate::tui::tab::Tab;
use crate::tui::text;

/// Gives the place of the cursor when a line is being typed.
pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) -> Option<Position> {
    keys(model, paint, areas.footer);
    if let Some(Modal::Prompt(prompt)) = model.modals.last() {
        return Some(prompt_line(prompt, paint, areas.status));
    }
    status(model, paint, areas.status);
    None
}

/// From this height on a long sentence takes two lines.
const TALL: u16 = 24;

/// From this many columns on the key that shows a cut sentence says so.
const ROOMY: u16 = 50;

/// Lines that the status takes: two for a sentence that one has no room for.
pub fn status_rows(model: &Model) -> u16 {
    let typing = matches!(model.modals.last(), Some(Modal::Prompt(_)));
    let Some(status) = model.status.as_ref().filter(|_| !model.plain && !typing && model.size.1 >= TALL) else {
        return 1;
    };
    let wide = text::width(&text::clean(&status.text, model.ascii));
    let beside = text::width(behind(&place_at_right(model), usize::from(model.size.0 / 2)));
    if wide + beside < usize::from(model.size.0) { 1 } else { 2 }
}

fn place_at_right(model: &Model) -> String {
    let mouse = if model.pointer.lent { "mouse selects text  " } else { "" };
    format!("{mouse}{}", place(model))
}

fn status(model: &Model, paint: &mut Paint<'_>, area: Rect) {
    let theme = *paint.theme;
    if paint.plain {
        paint.text(area.x, area.y, area.width, &plain::sentence(model, area.width, paint.ascii), theme.text);
        return;
    }
    let mut place = place_at_right(model);
    if model.status.is_some() {
        place = behind(&place, usize::from(area.width / 2)).to_owned();
    }
    let wide = (text::width(&place) as u16).min(area.width / 2);
    paint.right(area.x, area.bottom().saturating_sub(1), area.width, &place, theme.dim);
    if let Some(status) = &model.status {
        let style = match status.tone {
            Tone::Info => theme.info,
            Tone::Good => theme.good,
            Tone::Bad => theme.bad,
        };
        let room = area.width.saturating_sub(wide + 1);
        let said = text::clean(&status.text, paint.ascii);
        let mut rest = said.into_owned();
        let mut y = area.y;
        // All but the last line take the whole width.
        while y + 1 < area.bottom() {
            let mut lines = text::wrap(&rest, usize::from(area.width)).into_iter();
            paint.text(area.x, y, area.width, &lines.next().unwrap_or_default(), style);
            rest = lines.collect::<Vec<_>>().join(" ");
            y += 1;
        }
        if text::width(&rest) as u16 <= room {
            paint.text(area.x, y, room, &rest, style);
        } else {
            // What is cut says which key shows all of it.
            let key = format!(" {}", model.keymap.shown(Action::Said, model.ascii));
            let words = if room >= ROOMY { " shows all" } else { "" };
            let taken = text::width(&key) + words.len();
            let shown = text::fit(&rest, usize::from(room).saturating_sub(taken), paint.ascii);
            let used = paint.text(area.x, y, room, &shown, style);
            let pieces = [(key, theme.key), (words.to_owned(), theme.dim)];
            paint.pieces(area.x + used, y, room.saturating_sub(used), &pieces);
        }
    } else if let Some(list) =
        model.list().filter(|list| !list.filter.is_empty() || list.open_only || list.only.is_some())
    {
        let kept = list.only.as_ref().map(|only| format!("only {}  ", only.what)).unwrap_or_default();
        let open = if list.open_only { "open only  " } else { "" };
        let only = kept + open;
        let filter = if list.filter.is_empty() { String::new() } else { format!("filter: {}", list.filter) };
        paint.text(area.x, area.y, area.width.saturating_sub(wide + 1), &format!("{only}{filter}"), theme.dim);
    } else if model.tab == Tab::Journal && !model.journal.filter.is_empty() {
        let text = format!("filter: {}", model.journal.filter);
        paint.text(area.x, area.y, area.width.saturating_sub(wide + 1), &text, theme.dim);
    }
}

/// The end of a line of parts with two blanks between them, as far as whole
/// parts fit; the last in any case.
fn behind(place: &str, columns: usize) -> &str {
    let mut rest = place;
    while text::width(rest) > columns {
        let Some((_, less)) = rest.split_once("  ") else { break };
        rest = less;
    }
    rest
}

/// Marks, position and order, at the right.
fn place(model: &Model) -> String {
    if !matches!(model.stage, Stage::Ready) {
        return String::new();
    }
    let Some(list) = model.list() else {
        let rows = model.rows();
        let order = if model.tab == Tab::Summary && rows > 0 {
            let waits = if model.summary.waiting { "adding up  " } else { "" };
            format!("{waits}by {}  ", model.summary.sorted_by())
        } else if model.tab == Tab::Projects && rows > 0 && model.burn.behind.is_none() {
            let only = model.burn.rule.as_ref().map(|rule| format!("only {rule}  ")).unwrap_or_default();
            format!("{only}by {}{}  ", model.burn.sort.label(), if model.burn.reversed { ", reversed" } else { "" })
        } else if let (Tab::Journal, Some(by)) = (model.tab, model.journal.by) {
            format!("grouped by {}  ", by.label())
        } else {
            String::new()
        };
        return if rows == 0 {
            String::new()
        } else {
            format!("{order}{}/{}", figures::count(model.spot().at as u64 + 1), figures::count(rows as u64))
        };
    };
    let mut out = String::new();
    if !list.marks.is_empty() {
        out.push_str(&format!("{} marked", figures::count(list.marks.len() as u64)));
        if list.hidden > 0 {
            out.push_str(&format!(" ({} hidden)", figures::count(list.hidden as u64)));
        }
        out.push_str("  ");
    }
    if let Some(by) = list.group_by {
        out.push_str(&format!("grouped by {}  ", by.label()));
    }
    if let Some(hits) = list.hits() {
        out.push_str(&format!("{hits}  "));
    }
    // The titles of the columns say it of several.
    let order = match list.order.keys().len() {
        0 | 1 => list.order.words(),
        several => format!("{several} columns"),
    };
    out.push_str(&format!("by {order}  "));
    let at = if list.index.is_empty() { 0 } else { list.spot.at + 1 };
    out.push_str(&format!("{}/{}", figures::count(at as u64), figures::count(list.index.len() as u64)));
    out
}

fn prompt_line(prompt: &Prompt, paint: &mut Paint<'_>, area: Rect) -> Position {
    let theme = *paint.theme;
    let label = prompt.label();
    let used = paint.text(area.x, area.y, area.width, label, theme.title);
    let offers: Vec<&str> = prompt.offers.iter().take(8).map(|offer| offer.label.as_str()).collect();
    let offers = if offers.is_empty() { String::new() } else { format!("Tab: {}", offers.join(" ")) };
    let note = match (&prompt.error, prompt.count) {
        (Some((_, what)), _) => what.clone(),
        (None, Some(count)) => {
            let rows = figures::of(count as u64, "row", "rows");
            if offers.is_empty() { rows } else { format!("{rows}  {offers}") }
        }
        (None, None) => offers,
    };
    let room = area.width.saturating_sub(used);
    // The note gets what the text leaves, and at least half when it is an error.
    let ascii = paint.ascii;
    let before = text::clean(prompt.field.before(), ascii).into_owned();
    let wide = text::width(&text::clean(prompt.field.text(), ascii)) as u16 + 1;
    let for_note =
        if note.is_empty() { 0 } else { (text::width(&note) as u16 + 2).min(room / 2).max(room.saturating_sub(wide)) };
    let for_text = room.saturating_sub(for_note).max(1);
    let (shown, column) = window(&text::clean(prompt.field.text(), ascii), text::width(&before), for_text as usize);
    paint.text(area.x + used, area.y, for_text, &shown, theme.text);
    if let Some((at, _)) = &prompt.error {
        let wrong = text::width(&text::clean(prompt.field.text().get(..*at).unwrap_or(""), ascii)) as u16;
        if wrong < for_text && prompt.field.text().len() > *at {
            paint.fill(Rect::new(area.x + used + wrong, area.y, for_text - wrong, 1), theme.hit);
        }
    }
    let style = if prompt.error.is_some() { theme.bad } else { theme.dim };
    paint.right(area.x + used + for_text, area.y, for_note, &text::fit(&note, for_note as usize, ascii), style);
    Position::new(area.x + used + column as u16, area.y)
}

/// The part of a text around the cursor that fits, and the cursor in it.
pub(super) fn window(text: &str, cursor: usize, columns: usize) -> (String, usize) {
    let mut skip = 0;
    let mut rest = text;
    while cursor - skip >= columns.max(1) {
        let mut chars = rest.chars();
        if chars.next().is_none() {
            break;
        }
        let next = chars.as_str();
        skip += text::width(rest).saturating_sub(text::width(next));
        rest = next;
    }
    (rest.to_owned(), cursor.saturating_sub(skip))
}

/// The keys of a line in which notes and reasons are written.
fn keys_of_a_note(model: &Model, prompt: &Prompt) -> Option<Vec<Shown>> {
    let is_note = matches!(prompt.kind, PromptKind::Note(_));
    if !is_note && !matches!(prompt.kind, PromptKind::ExcludeRows(_) | PromptKind::ReopenMonth) {
        return None;
    }
    let editor = model.keymap.keys(Action::NoteInEditor).first().map(|key| key.to_string());
    let earlier = (!prompt.earlier.is_empty()).then_some(());
    let pairs = [
        Some(("Enter".to_owned(), "done")),
        earlier.map(|()| ("Up".to_owned(), "earlier ones")),
        earlier.map(|()| ("Tab".to_owned(), "complete")),
        editor.filter(|_| is_note).map(|key| (key, "editor")),
        Some(("Ctrl-u".to_owned(), "all off")),
        Some(("Esc".to_owned(), "back")),
    ];
    let shown = |(key, label): (String, &str)| Shown { means: key.parse().ok(), key, label: label.to_owned() };
    Some(pairs.into_iter().flatten().map(shown).collect())
}

fn keys(model: &Model, paint: &mut Paint<'_>, area: Rect) {
    if let Some(Modal::Prompt(prompt)) = model.modals.last()
        && let Some(pairs) = keys_of_a_note(model, prompt)
    {
        row(paint, area, &pairs);
        return;
    }
    let fixed: &[(&str, &str)] = match model.modals.last() {
        None => {
            // Without a month there is nothing to do but to look and leave.
            let ready = matches!(model.stage, Stage::Ready);
            let all = model.keymap.on(model.tab).filter(|(binding, keys)| {
                let does = ready && !does_nothing(model, binding.action);
                !binding.label.is_empty() && !keys.is_empty() && (does || binding.group == Group::Program)
            });
            let pairs: Vec<Shown> = all
                .filter_map(|(binding, keys)| keys.first().map(|key| (*key, binding.label)))
                .map(|(key, label)| {
                    // What asks further has dots behind it, which ASCII spells.
                    let label = match label.strip_suffix('…') {
                        Some(word) => format!("{word}{}", paint.dots()),
                        None => label.to_owned(),
                    };
                    Shown { key: key.shown(model.ascii), label, means: Some(key) }
                })
                .collect();
            row(paint, area, &pairs);
            return;
        }
        Some(Modal::Verdicts(shown)) if !shown.plan.asks() => &[("j k", "scroll"), ("Esc", "back")],
        Some(Modal::Preview(_) | Modal::Verdicts(_)) => {
            &[("y", "yes, do it"), ("j k", "scroll"), ("n", "no"), ("Esc", "no")]
        }
        Some(Modal::Like(_)) => {
            &[("Space", "turn on or off"), ("j k", "move"), ("Enter", "mark them"), ("Esc", "back")]
        }
        Some(Modal::Columns(_)) => &[
            ("Space", "show or hide"),
            ("J K", "move"),
            ("( )", "width"),
            ("a", "automatic"),
            ("_", "stays"),
            ("R", "as at first"),
            ("Esc", "done"),
        ],
        Some(Modal::Pick(_)) => &[("type", "to narrow"), ("Enter", "choose"), ("Esc", "back")],
        Some(Modal::Prompt(prompt)) if prompt.earlier.is_empty() => {
            &[("Enter", "done"), ("Tab", "complete"), ("Ctrl-w", "word off"), ("Ctrl-u", "all off"), ("Esc", "back")]
        }
        Some(Modal::Prompt(_)) => &[
            ("Enter", "done"),
            ("Up", "earlier ones"),
            ("Tab", "complete"),
            ("Ctrl-w", "word off"),
            ("Ctrl-u", "all off"),
            ("Esc", "back"),
        ],
        Some(Modal::Form(_)) => &[("Tab", "next field"), ("Enter", "show what would change"), ("Esc", "back")],
        Some(Modal::Waiting { .. }) => &[("Esc", "give up")],
        Some(Modal::Help(_) | Modal::Raw { .. }) => &[("j k", "scroll"), ("Esc", "back")],
    };
    let pairs: Vec<Shown> = fixed
        .iter()
        .map(|(key, label)| Shown { key: (*key).to_owned(), label: (*label).to_owned(), means: key.parse().ok() })
        .collect();
    row(paint, area, &pairs);
}

/// Where a key has nothing to do: it needs a row and there is none. And the
/// charges behind a cap have one order and are those of one rule.
fn does_nothing(model: &Model, action: Action) -> bool {
    let empty = match model.list() {
        Some(list) => list.index.is_empty() && !list.waiting && list.marks.is_empty(),
        None => model.rows() == 0,
    };
    if empty && needs_a_row(model.tab, action) {
        return true;
    }
    model.tab == Tab::Projects
        && model.burn.behind.is_some()
        && matches!(action, Action::Sort | Action::Reverse | Action::OnlyRule)
}

const fn needs_a_row(tab: Tab, action: Action) -> bool {
    match action {
        Action::ApproveBilled
        | Action::ApproveRecorded
        | Action::Defer
        | Action::Settle
        | Action::Adopt
        | Action::Exclude
        | Action::EditPrice
        | Action::SetCap
        | Action::SetTerms
        | Action::Mark
        | Action::Like
        | Action::Note
        | Action::Assign
        | Action::NextOpen
        | Action::TakeBack
        | Action::Open => true,
        Action::Sort => matches!(tab, Tab::Projects | Tab::Summary),
        _ => false,
    }
}

/// A key with what it does, as the footer has it.
struct Shown {
    key: String,
    label: String,
    /// What a click on it presses; none where it stands for several keys.
    means: Option<Key>,
}

impl Shown {
    fn width(&self) -> usize {
        text::width(&self.key) + 1 + text::width(&self.label)
    }
}

/// As many as fit; help and quit are the last to go.
fn row(paint: &mut Paint<'_>, area: Rect, pairs: &[Shown]) {
    let theme = *paint.theme;
    let widths: Vec<usize> = pairs.iter().map(|pair| pair.width() + 2).collect();
    let kept = fitting(&widths, area.width as usize + 2);
    let mut x = area.x;
    for (pair, _) in pairs.iter().zip(kept).filter(|(_, kept)| *kept) {
        if x > area.x {
            x += paint.text(x, area.y, area.right().saturating_sub(x), "  ", theme.dim);
        }
        let pieces: [Piece; 2] = [(pair.key.clone(), theme.key), (format!(" {}", pair.label), theme.dim)];
        let used = paint.pieces(x, area.y, area.right().saturating_sub(x), &pieces);
        if let Some(key) = pair.means {
            paint.place(Rect { x, width: used, ..area }, Target::Press(key));
        }
        x += used;
    }
}

/// Which of the widths fit: the last two first, then from the left.
fn fitting(widths: &[usize], room: usize) -> Vec<bool> {
    let mut kept = vec![false; widths.len()];
    let mut used = 0;
    let ends = widths.len().saturating_sub(2)..widths.len();
    for at in ends.clone().rev().chain(0..ends.start) {
        let wide = widths.get(at).copied().unwrap_or(0);
        if used + wide <= room
            && let Some(slot) = kept.get_mut(at)
        {
            *slot = true;
            used += wide;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_and_quit_stay_when_room_is_scarce() {
        assert_eq!(fitting(&[10, 10, 10, 5, 5], 100), [true; 5]);
        assert_eq!(fitting(&[10, 10, 10, 5, 5], 25), [true, false, false, true, true]);
        assert_eq!(fitting(&[10], 5), [false]);
        assert_eq!(fitting(&[], 5), Vec::<bool>::new());
    }

    #[test]
    fn beside_a_sentence_the_place_gives_up_whole_parts_from_the_left() {
        let place = "3 marked  hit 2 of 214  by time asc  2/5,365";
        assert_eq!(behind(place, 60), place);
        assert_eq!(behind(place, 30), "by time asc  2/5,365");
        assert_eq!(behind(place, 3), "2/5,365");
    }

    #[test]
    fn a_long_text_is_shown_around_its_cursor() {
        assert_eq!(window("abcdef", 6, 10), ("abcdef".into(), 6));
        assert_eq!(window("abcdefghij", 10, 5), ("ghij".into(), 4));
        assert_eq!(window("日本語", 6, 4), ("語".into(), 2));
        assert_eq!(window("", 0, 0), (String::new(), 0));
    }
}
