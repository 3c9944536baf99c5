//! What lies over the screen: help, choices, forms, previews, raw rows.

use crossterm::event::KeyCode;
use ratatui::layout::{Position, Rect};

use super::Areas;
use super::footer::window;
use super::paint::{Paint, Piece, plain, wrapped};
use super::{columns, like};
use super::{verdicts as verdict_lines, words};
use crate::amount::Amount;
use crate::desk::{Command, PayerChange, Preview};
use crate::tui::key::Key;
use crate::tui::keymap::Group;
use crate::tui::modal::{Entry, Form, Modal, Picker, Planned, Verdicts};
use crate::tui::model::Model;
use crate::tui::pointer::Target;
use crate::tui::{figures, text};

/// Gives the place of the cursor when there is something to type.
pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) -> Option<Position> {
    let body = areas.body;
    match model.modals.last()? {
        Modal::Prompt(_) => None,
        Modal::Help(scroll) => {
            let inner = frame(paint, body, 78, body.height, "Keys on this screen");
            let lines = help(model, paint, inner.width);
            let top = scroll.top(lines.len(), inner.height as usize);
            paint.lines(inner, &lines, top);
            None
        }
        Modal::Pick(picker) => Some(pick(picker, paint, body)),
        Modal::Like(choice) => {
            let inner = frame(paint, body, 76, like::height(), "All like this");
            like::draw(choice, model, paint, inner);
            None
        }
        Modal::Columns(at) => {
            let columns = model.columns()?;
            let inner = frame(paint, body, 60, columns.layout.slots().len() as u16 + 2, "Columns");
            columns::draw(columns, *at, paint, inner);
            None
        }
        Modal::Form(form) => Some(form_box(form, paint, body)),
        Modal::Waiting { what, .. } => {
            let text = format!("{what}{}", paint.dots());
            let inner = frame(paint, body, text.chars().count() as u16 + 4, 3, "A moment");
            let style = paint.theme.text;
            paint.text(inner.x, inner.y, inner.width, &text, style);
            None
        }
        Modal::Preview(planned) => {
            preview(planned, paint, body);
            None
        }
        Modal::Verdicts(shown) => {
            verdicts(shown, paint, body);
            None
        }
        Modal::Raw { title, rows, scroll } => {
            let inner = frame(paint, body, body.width, body.height, title);
            let lines = raw(rows, paint, inner.width);
            let top = scroll.top(lines.len(), inner.height as usize);
            paint.lines(inner, &lines, top);
            None
        }
    }
}

/// A box of about this size in the middle of an area; gives its inside.
fn frame(paint: &mut Paint<'_>, area: Rect, width: u16, height: u16, title: &str) -> Rect {
    // Beside a box without a border the screen below would read on.
    let (width, height) = if paint.plain { (area.width, area.height) } else { (width, height) };
    let (width, height) = (width.min(area.width), height.min(area.height));
    let x = area.x + (area.width - width) / 2;
    let y = area.y + (area.height - height) / 2;
    // The first line of it, unless one of its lines has the cursor.
    let begin = if paint.plain { x } else { x + 2 };
    paint.cursor = Some(Position::new(begin, y + 1));
    paint.frame(Rect::new(x, y, width, height), title)
}

/// Keys that no configuration changes.
const OVER: &[(&str, &str)] = &[
    ("y n", "Yes or no to a preview; nothing else answers it."),
    ("Esc", "Back, and nothing was done."),
    ("Enter", "Choose, or finish what was typed."),
    ("Tab", "Complete in a filter; next field in a form."),
    ("Up Down", "The entry before or after, in a choice; what was typed before, in a line."),
    ("Ctrl-w Ctrl-u", "Take off the last word, or all that was typed."),
];

fn help(model: &Model, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let mut lines: Vec<_> = wrapped(model.tab.about(), width, paint.ascii, theme.text).collect();
    for group in Group::ALL {
        let bindings: Vec<_> = model.keymap.on(model.tab).filter(|(binding, _)| binding.group == group).collect();
        if bindings.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.push(plain(group.title(), theme.head));
        for (binding, keys) in bindings {
            let shown: Vec<String> = keys.iter().map(|key| key.shown(paint.ascii)).collect();
            let shown = shown.join(" ");
            let blank = " ".repeat(16usize.saturating_sub(text::width(&shown)) + 1);
            let help = text::wrap(binding.help, (width as usize).saturating_sub(17));
            for (row, part) in help.into_iter().enumerate() {
                let key = if row == 0 { format!("{shown}{blank}") } else { " ".repeat(17) };
                lines.push(vec![(key, theme.key), (part, theme.text)]);
            }
        }
    }
    lines.push(Vec::new());
    lines.push(plain("While something lies over the screen", theme.head));
    for (keys, help) in OVER {
        lines.push(vec![(format!("{keys:<17}"), theme.key), ((*help).to_owned(), theme.text)]);
    }
    lines.push(Vec::new());
    lines.push(plain("Keys are changed in the [keys] table of config.toml.", theme.dim));
    lines
}

fn pick(picker: &Picker, paint: &mut Paint<'_>, body: Rect) -> Position {
    let theme = *paint.theme;
    let height = (picker.entries.len() as u16).saturating_add(4).min(body.height);
    // Where there is room, no line of it is cut.
    let widest = |of: fn(&Entry) -> &str| {
        picker.entries.iter().map(|entry| text::width(&text::clean(of(entry), paint.ascii))).max().unwrap_or(0)
    };
    let whole = widest(|entry| &entry.text) + 2 + widest(|entry| &entry.note) + 4;
    let inner = frame(paint, body, u16::try_from(whole).unwrap_or(u16::MAX).max(76), height, &picker.title);
    let used = paint.text(inner.x, inner.y, inner.width, "> ", theme.title);
    let room = inner.width.saturating_sub(used);
    let typed = text::clean(picker.field.text(), paint.ascii).into_owned();
    let before = text::width(&text::clean(picker.field.before(), paint.ascii));
    let (shown, column) = window(&typed, before, room as usize);
    paint.text(inner.x + used, inner.y, room, &shown, theme.text);
    if picker.targets.hidden > 0 {
        let text = format!("{} not shown", figures::of(picker.targets.hidden as u64, "item", "items"));
        paint.right(inner.x, inner.y, inner.width, &text, theme.warn);
    }
    let entries: Vec<_> = picker.shown.iter().filter_map(|at| picker.entries.get(*at)).collect();
    let wide = entries.iter().map(|entry| text::width(&text::clean(&entry.text, paint.ascii))).max().unwrap_or(0);
    let wide = (wide as u16).min(inner.width * 6 / 10);
    let room = usize::from(inner.width.saturating_sub(wide + 2));
    let ascii = paint.ascii;
    let notes = |at: usize, entry: &Entry| note_lines(&entry.note, room, picker.hang, at == picker.at, ascii);
    // From the one under the cursor upwards as many as fit, then on below it.
    let rows = inner.height.saturating_sub(2) as usize;
    let mut taken = 0;
    let above = entries.iter().enumerate().take(picker.at + 1).rev().take_while(|(at, entry)| {
        taken += notes(*at, entry).len();
        taken <= rows || *at == picker.at
    });
    let top = above.last().map_or(0, |(at, _)| at);
    let mut y = inner.y + 2;
    for (at, entry) in entries.iter().enumerate().skip(top) {
        let lines = notes(at, entry);
        let height = (lines.len() as u16).min(inner.bottom().saturating_sub(y));
        if height == 0 || (usize::from(height) < lines.len() && at != picker.at) {
            break;
        }
        let cursor = at == picker.at;
        let area = Rect { y, height, ..inner };
        paint.place(area, Target::Entry(at));
        if cursor {
            paint.cursor = Some(Position::new(inner.x, y));
            paint.fill(area, theme.cursor);
        }
        let (text, note) = if cursor { (theme.cursor, theme.cursor) } else { (theme.text, theme.dim) };
        paint.text(inner.x, y, wide, &entry.text, text);
        for (row, line) in lines.iter().take(height.into()).enumerate() {
            paint.text(inner.x + wide + 2, y + row as u16, room as u16, line, note);
        }
        y += height;
    }
    if entries.is_empty() {
        paint.text(inner.x, inner.y + 2, inner.width, "Nothing fits what was typed.", theme.dim);
    }
    Position::new(inner.x + used + column as u16, inner.y)
}

/// A note in as many lines as it needs, below the place where its words begin.
/// Where it is too long and not under the cursor, what stands behind the first
/// clause is left to the cursor.
fn note_lines(note: &str, room: usize, hang: usize, cursor: bool, ascii: bool) -> Vec<String> {
    let clean = text::clean(note, ascii);
    if text::width(&clean) <= room || room <= hang {
        return vec![clean.into_owned()];
    }
    let (keys, words) = clean.char_indices().nth(hang).map_or(("", &*clean), |(at, _)| clean.split_at(at));
    let clause = ["; ", ", such as", ", or "].iter().filter_map(|end| words.find(end)).min();
    let words = match clause.filter(|_| hang > 0 && !cursor) {
        Some(end) => format!("{}.", words.get(..end).unwrap_or(words)),
        None => words.to_owned(),
    };
    let lines = text::wrap(&words, room - hang).into_iter().enumerate();
    lines.map(|(row, line)| if row == 0 { format!("{keys}{line}") } else { " ".repeat(hang) + &line }).collect()
}

fn form_box(form: &Form, paint: &mut Paint<'_>, body: Rect) -> Position {
    let theme = *paint.theme;
    let inner = frame(paint, body, 76, form.fields.len() as u16 + 6, &form.title);
    let label = form.fields.iter().map(|(label, ..)| label.len()).max().unwrap_or(0) as u16 + 2;
    let mut cursor = Position::new(inner.x, inner.y);
    // A value takes what the hints leave, and a dozen columns at least.
    let hints = form.fields.iter().map(|(_, hint, _)| text::width(hint)).max().unwrap_or(0) as u16 + 1;
    let room = inner.width.saturating_sub(label);
    let value = room.saturating_sub(hints).max(room / 3).max(12).min(room);
    for (at, (name, hint, field)) in form.fields.iter().enumerate() {
        let y = inner.y + 1 + at as u16;
        let focus = at == form.focus;
        paint.text(inner.x, y, label, name, if focus { theme.title } else { theme.dim });
        let typed = text::clean(field.text(), paint.ascii).into_owned();
        let before = text::width(&text::clean(field.before(), paint.ascii));
        let (shown, column) = if focus { window(&typed, before, value as usize) } else { (typed, 0) };
        let area = Rect { x: inner.x + label, y, width: value, height: 1 };
        paint.place(Rect { y, height: 1, ..inner }, Target::Field(at));
        if focus {
            paint.fill(area, theme.cursor);
            cursor = Position::new(area.x + column as u16, y);
        }
        paint.text(area.x, y, value, &shown, if focus { theme.cursor } else { theme.text });
        paint.text(area.right() + 1, y, inner.right().saturating_sub(area.right() + 1), hint, theme.dim);
    }
    if let Some(error) = &form.error {
        let y = inner.y + form.fields.len() as u16 + 2;
        for (row, line) in wrapped(error, inner.width, paint.ascii, theme.bad).take(2).enumerate() {
            paint.pieces(inner.x, y + row as u16, inner.width, &line);
        }
    }
    cursor
}

fn verdicts(shown: &Verdicts, paint: &mut Paint<'_>, body: Rect) {
    let width = body.width.min(84);
    let lines = verdict_lines::lines(&shown.plan, paint, width.saturating_sub(4));
    let height = (lines.len() as u16).saturating_add(4);
    let inner = frame(paint, body, width, height, &verdict_lines::title(&shown.plan));
    let rows = inner.height.saturating_sub(2);
    let top = shown.scroll.top(lines.len(), rows as usize);
    paint.lines(Rect { height: rows, ..inner }, &lines, top);
    let last = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    if shown.plan.asks() {
        ask(paint, last);
    } else {
        let style = paint.theme.good;
        paint.text(last.x, last.y, last.width, "Nothing changes: there is nothing to write.", style);
    }
}

fn preview(planned: &Planned, paint: &mut Paint<'_>, body: Rect) {
    let width = body.width.min(84);
    let change = &planned.change;
    let anew = change.compares_anew();
    let mut lines =
        preview_lines(&change.command, &change.preview, planned.hidden, anew, paint, width.saturating_sub(4));
    // What the frame has to cut stands below in full.
    let title = &change.preview.title;
    if text::width(&text::clean(title, paint.ascii)) + 2 > usize::from(width.saturating_sub(4)) {
        let whole = wrapped(title, width.saturating_sub(4), paint.ascii, paint.theme.title);
        lines.splice(0..0, whole.chain(std::iter::once(Vec::new())));
    }
    let height = (lines.len() as u16).saturating_add(4);
    let inner = frame(paint, body, width, height, &planned.change.preview.title);
    let rows = inner.height.saturating_sub(2);
    let top = planned.scroll.top(lines.len(), rows as usize);
    paint.lines(Rect { height: rows, ..inner }, &lines, top);
    ask(paint, Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner });
}

fn ask(paint: &mut Paint<'_>, line: Rect) {
    let theme = *paint.theme;
    let used = paint.text(line.x, line.y, line.width, "Do it? ", theme.title);
    let mut x = line.x + used;
    for (key, label) in [('y', " yes   "), ('n', " no")] {
        let pieces = [(key.to_string(), theme.key), (label.to_owned(), theme.text)];
        let used = paint.pieces(x, line.y, line.right().saturating_sub(x), &pieces);
        paint.place(Rect { x, width: used, ..line }, Target::Press(Key::plain(KeyCode::Char(key))));
        x += used;
    }
}

/// What would change, the most important first.
fn preview_lines(
    command: &Command,
    preview: &Preview,
    hidden: usize,
    anew: bool,
    paint: &Paint<'_>,
    width: u16,
) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let arrow = if paint.ascii { "->" } else { "→" };
    // A changed price or mapping is measured on the whole month, whatever of
    // it is approved so far.
    let whole = matches!(
        command,
        Command::SetRate { .. }
            | Command::SetLot { .. }
            | Command::SetTolerance { .. }
            | Command::SetGrain { .. }
            | Command::SetProfile { .. }
            | Command::Adopt(_)
            | Command::Drop(_)
            | Command::AddUser { .. }
    ) || matches!(command, Command::Reverse { .. }) && anew;
    let items = figures::of(preview.items as u64, "item", "items");
    let first = match command {
        Command::ExcludeBadRows { reason, .. } => {
            format!("{}, because: {reason}", figures::of(preview.items as u64, "row", "rows"))
        }
        Command::SetProfile { .. } => "Nothing of the comparison changes.".to_owned(),
        Command::Sign | Command::Prepare => format!("{} as written.", figures::dollars(preview.amount)),
        Command::ReopenMonth { .. } => format!("It was signed with {}.", figures::dollars(preview.amount)),
        Command::SetCap { .. } | Command::SetTerms { .. } if preview.items == 0 => {
            "No charge of this month is split anew.".to_owned()
        }
        Command::SetCap { .. } | Command::SetTerms { .. } => {
            format!("{} of this month split anew.", figures::of(preview.items as u64, "charge", "charges"))
        }
        Command::Reverse { .. } if !whole && preview.items == 0 => "It is about no item.".to_owned(),
        Command::SaveRule(_) => "It decides nothing by itself.".to_owned(),
        Command::RemoveRule { .. } => "Nothing that was decided changes.".to_owned(),
        Command::SetGrain { .. } => "The month is compared anew, in other items.".to_owned(),
        _ if whole && preview.items == 0 => "No item changes its outcome.".to_owned(),
        _ if whole && preview.items == 1 => "1 item changes its outcome.".to_owned(),
        _ if whole => format!("{items} change their outcome."),
        _ => format!("{items}, {}", figures::dollars(preview.amount)),
    };
    let mut lines: Vec<_> = wrapped(&first, width, paint.ascii, theme.text).collect();
    if hidden > 0 {
        let text = format!("{} of them not among the rows shown", figures::count(hidden as u64));
        lines.push(plain(text, theme.warn));
    }
    for (why, count) in &preview.left_out {
        lines.extend(wrapped(
            &format!("left out: {} ({why})", figures::count(*count as u64)),
            width,
            paint.ascii,
            theme.warn,
        ));
    }
    for remark in &preview.remarks {
        lines.extend(wrapped(remark, width, paint.ascii, theme.info));
    }
    let given = if whole { ", if all of it were approved" } else { "" };
    if let Some((before, after)) = preview.subsidy {
        let (before, after) = (figures::dollars(before), figures::dollars(after));
        let text = format!("Subsidy drawn this month{given}: {before} {arrow} {after}");
        lines.extend(wrapped(&text, width, paint.ascii, theme.text));
    }
    if !preview.moves.is_empty() {
        lines.push(Vec::new());
        lines.push(plain("Items that change their outcome", theme.head));
        for change in &preview.moves {
            lines.push(plain(
                format!(
                    "{:>7}  {} {arrow} {}",
                    figures::count(change.items as u64),
                    words::outcome(change.from),
                    words::outcome(change.to)
                ),
                theme.text,
            ));
        }
    }
    if !preview.payers.is_empty() {
        lines.push(Vec::new());
        lines.extend(payers(&preview.payers, given, paint, width));
    }
    for effect in &preview.months {
        let (before, after) = (figures::dollars(effect.subsidy.0), figures::dollars(effect.subsidy.1));
        let charges = figures::of(effect.charges as u64, "charge", "charges");
        let text = format!("{}: {charges} split anew, subsidy {before} {arrow} {after}", effect.month);
        lines.push(Vec::new());
        lines.extend(wrapped(&text, width, paint.ascii, theme.title));
        lines.extend(payers(&effect.payers, &format!(" in {}", effect.month), paint, width));
    }
    lines
}

/// Who pays what before and after, with their sum, which stays in sight while
/// the rest is scrolled to.
fn payers(payers: &[PayerChange], given: &str, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    // Where all three leave no room for the names, what was before can be told
    // from the other two.
    let before_too = width >= 70;
    let cells = |before: &str, after: &str, change: &str, who: &str| {
        let before = if before_too { format!("{before:>13} ") } else { String::new() };
        format!("{before}{after:>13} {change:>13}  {who}")
    };
    let line = |before: Amount, after: Amount, who: &str| {
        let change = figures::signed_total(after.minus(before));
        cells(&figures::total(before), &figures::total(after), &change, who)
    };
    let before = payers.iter().map(|change| change.before).sum::<Amount>();
    let after = payers.iter().map(|change| change.after).sum::<Amount>();
    let all = format!("{} in all", figures::of(payers.len() as u64, "payer and project", "payers and projects"));
    let mut lines = vec![
        plain(cells("before", "after", "change", &format!("who pays, for what{given}")), theme.head),
        plain(line(before, after, &all), theme.title),
    ];
    lines.extend(payers.iter().map(|change| {
        plain(line(change.before, change.after, &format!("{} {}", change.payer, change.project)), theme.text)
    }));
    lines
}

fn raw(rows: &[(String, String)], paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    if rows.is_empty() {
        return vec![plain("The rows could not be read again; the files may have moved.", theme.bad)];
    }
    let mut lines = Vec::new();
    for (at, (head, text)) in rows.iter().enumerate() {
        // Without a head a text goes on from the one before.
        if !head.is_empty() {
            if at > 0 {
                lines.push(Vec::new());
            }
            lines.push(plain(head, theme.head));
        }
        lines.extend(wrapped(text, width, paint.ascii, theme.text));
    }
    lines
}

#[cfg(test)]
mod tests;
