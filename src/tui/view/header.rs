//! The two lines on top: what is open, and the screens with what is left to
//! do on each.

use ratatui::layout::Rect;

use super::Areas;
use super::paint::{Paint, Piece};
use crate::tui::figures;
use crate::tui::model::Model;
use crate::tui::pointer::Target;
use crate::tui::stage::Stage;
use crate::tui::tab::Tab;
use crate::tui::text;

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    let theme = *paint.theme;
    let month = model.desk.as_ref().map(|desk| desk.month().to_string()).unwrap_or_default();
    let title = areas.title;
    let (right, style) = state(model);
    let right = as_much_as_fits(&right, usize::from(title.width) * 6 / 10);
    let wide = (text::width(right) as u16).min(title.width * 6 / 10);
    paint.right(
        title.x,
        title.y,
        title.width,
        &text::fit(right, wide as usize, paint.ascii),
        match style {
            State::Calm => theme.dim,
            State::Good => theme.good,
            State::Bad => theme.bad,
        },
    );
    // The folder's own name.
    let book = std::path::Path::new(&model.title).file_name().map(|name| name.to_string_lossy().into_owned());
    let book = book.unwrap_or_else(|| model.title.clone());
    let signed = model.desk.as_ref().and_then(|desk| desk.signed());
    let signed = signed.map(|version| format!("signed v{}  ", version.number)).unwrap_or_default();
    let pieces = [
        ("trueup ".to_owned(), theme.title),
        (format!("{month}  "), theme.head),
        (signed, theme.good),
        (book, theme.dim),
    ];
    paint.pieces(title.x, title.y, title.width.saturating_sub(wide + 2), &pieces);
    tabs(model, paint, areas);
}

/// A long sentence gives up its explanation, then its figures one by one,
/// before it is cut within one.
fn as_much_as_fits(sentence: &str, room: usize) -> &str {
    let mut shown = sentence;
    for end in [". ", ", ", ", ", ": "] {
        if text::width(shown) <= room {
            break;
        }
        let at = if end == ". " { shown.find(end) } else { shown.rfind(end) };
        shown = at.and_then(|at| shown.get(..at)).unwrap_or(shown);
    }
    shown
}

enum State {
    Calm,
    Good,
    Bad,
}

fn state(model: &Model) -> (String, State) {
    if let Some(writing) = model.writing {
        let rows = figures::of(writing.of_rows, "row", "rows");
        if model.still {
            return (format!("writing {rows} to the ledger"), State::Calm);
        }
        return (format!("writing to the ledger: {} of {rows}", figures::count(writing.rows)), State::Calm);
    }
    if !model.jobs.is_empty() {
        return (format!("saving {}", figures::count(model.jobs.len() as u64)), State::Calm);
    }
    if model.read_only.is_some() {
        return ("read-only".to_owned(), State::Bad);
    }
    match (&model.stage, &model.glance.healthy) {
        (Stage::Loading(_), _) => ("loading".to_owned(), State::Calm),
        (Stage::Failed(_), _) => ("not loaded".to_owned(), State::Bad),
        (Stage::Ready, Some((true, text))) => (format!("healthy: {text}"), State::Good),
        (Stage::Ready, Some((false, text))) => (format!("not healthy: {text}"), State::Bad),
        (Stage::Ready, None) => (String::new(), State::Calm),
    }
}

/// The shortest way of writing the tabs: of those that are not open the key.
const LAST: usize = 12;

fn tabs(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    // From the roomiest way of writing them to one that always fits.
    let area = areas.tabs;
    for level in 0..=LAST {
        let (pieces, tabs) = pieces(model, paint, level);
        let wide: usize = pieces.iter().map(|(text, _)| text::width(text)).sum();
        if wide <= area.width as usize || level == LAST {
            places(paint, area, &pieces, &tabs);
            paint.pieces(area.x, area.y, area.width, &pieces);
            return;
        }
    }
}

/// Notes where each screen's name stands; blanks lie between them.
fn places(paint: &mut Paint<'_>, area: Rect, pieces: &[Piece], tabs: &[Tab]) {
    let mut x = area.x;
    for (at, (text, _)) in pieces.iter().enumerate() {
        let width = text::width(text) as u16;
        if let Some(tab) = tabs.get(at / 2).filter(|_| at % 2 == 0) {
            paint.place(Rect { x, width, ..area }, Target::Tab(*tab));
        }
        x += width;
    }
}

/// The names with blanks between them, and whose they are.
fn pieces(model: &Model, paint: &Paint<'_>, level: usize) -> (Vec<Piece>, Vec<Tab>) {
    let theme = paint.theme;
    let (mut pieces, mut tabs) = (Vec::new(), Vec::new());
    for tab in Tab::ALL {
        let open = tab == model.tab;
        let key = model.keymap.shown(crate::tui::keymap::Action::Go(tab), true);
        let name = if level == 0 || (matches!(level, 1..=3 | 5 | 7 | 9) && open) { tab.title() } else { tab.short() };
        let count = match tab.screen() {
            Some(screen) if model.desk.is_some() => {
                let (items, left) = model.counts(screen);
                match level {
                    0 => format!(" {}/{} open", figures::count(left.into()), figures::count(items.into())),
                    1 | 2 => format!(" {}/{}", figures::count(left.into()), figures::count(items.into())),
                    11.. if !open => String::new(),
                    _ => format!(" {}", figures::count(left.into())),
                }
            }
            None if tab == Tab::BadRows && model.glance.bad_rows > 0 => {
                format!(" {}", figures::count(model.glance.bad_rows as u64))
            }
            _ => String::new(),
        };
        // Those that are looked at least are the first to lose their names;
        // every key stays in sight.
        let bare = match tab {
            Tab::Checks | Tab::Journal | Tab::BadRows => level >= 5,
            Tab::Why => level >= 7,
            Tab::Overview | Tab::Summary => level >= 9,
            _ => level == LAST,
        };
        let style = if open { theme.tab } else { theme.text };
        let pad = if level < 2 { " " } else { "" };
        let said = if bare && !open { format!("{key}{count}") } else { format!("{key} {name}{count}") };
        pieces.push((format!("{pad}{said}{pad}"), style));
        pieces.push((" ".to_owned(), theme.text));
        tabs.push(tab);
    }
    pieces.pop();
    (pieces, tabs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screens_key_is_in_sight_from_sixty_columns_on() {
        let book = crate::tui::bench::sample_book();
        for columns in [60, 64, 72, 80, 90, 100, 120, 160] {
            let mut bench = crate::tui::bench::Bench::loaded(&book.path(), (columns, 24));
            for key in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "J", "B"] {
                bench.keys(key);
                let screen = bench.screen();
                let line = screen.lines().nth(1).unwrap();
                let keys: Vec<&str> = line.split_whitespace().filter(|word| word.len() == 1).collect();
                assert_eq!(keys, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "J", "B"], "{columns}: {line}");
            }
        }
    }

    #[test]
    fn a_long_verdict_keeps_its_reasons_and_whole_figures() {
        let all = "not healthy: 1.4% not found, drift in 1 group. Kept: 95.9% matched, 2.7% discrepancies";
        assert_eq!(as_much_as_fits(all, 86), all);
        assert_eq!(as_much_as_fits(all, 70), "not healthy: 1.4% not found, drift in 1 group");
        assert_eq!(as_much_as_fits(all, 40), "not healthy: 1.4% not found");
        assert_eq!(as_much_as_fits(all, 20), "not healthy");
    }
}
