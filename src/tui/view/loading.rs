//! What is on the screen before the month is: how far reading has come, and
//! the first rows to look at meanwhile.

use ratatui::layout::Rect;

use super::paint::Paint;
use super::table;
use super::table::{Cell, Column, Row, number, text_column};
use crate::tui::figures;
use crate::tui::model::Model;
use crate::tui::stage::Progress;

const COLUMNS: [Column<'_>; 5] = [
    text_column("time", 1, 10, 20),
    text_column("what", 0, 12, 36),
    text_column("user", 2, 12, 36),
    number("amount", 0, 8),
    text_column("where", 3, 10, 50),
];

pub fn draw(model: &Model, progress: &Progress, paint: &mut Paint<'_>, area: Rect) {
    let theme = *paint.theme;
    let still = model.still;
    let line = if still { in_steps(progress) } else { line(progress, area.width, paint.ascii) };
    paint.text(area.x, area.y, area.width, &line, theme.info);
    let below = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    let rows = progress.first_rows.iter().take(below.height.saturating_sub(1) as usize);
    let rows: Vec<Row> = rows
        .map(|[origin, time, what, user, amount]| Row {
            cells: [time, what, user, amount, origin].map(Cell::new).into(),
            cursor: false,
            style: None,
        })
        .collect();
    if !rows.is_empty() {
        table::draw(paint, below, &COLUMNS, rows);
    }
}

/// The same where nothing may move by itself: it changes ten times at most.
fn in_steps(progress: &Progress) -> String {
    if progress.comparing {
        return "Comparing both sides.".to_owned();
    }
    if progress.taking_in.is_some() {
        return "Taking in the files; Esc cancels.".to_owned();
    }
    let tenths = progress.bytes.saturating_mul(10).checked_div(progress.of_bytes).unwrap_or(0);
    match tenths {
        0 => "Reading the files; Esc cancels.".to_owned(),
        // A pipe does not say how much is still to come.
        11.. => "Reading; Esc cancels.".to_owned(),
        _ => format!("Reading the files, {}0% done; Esc cancels.", tenths),
    }
}

/// `Reading ████░░░░ 12.3 MB of 45.6 MB · 120,000 rows · 4 s left`
fn line(progress: &Progress, width: u16, ascii: bool) -> String {
    let dot = if ascii { " - " } else { " · " };
    if progress.comparing {
        return format!("Comparing both sides{dot}{} read", figures::of(progress.rows, "row", "rows"));
    }
    if let Some((bytes, of_bytes)) = progress.taking_in {
        let left = progress.seconds_left().map(|left| format!("{dot}{} left", figures::seconds(left)));
        return format!(
            "Taking in {} {} of {}{}{dot}Esc cancels",
            bar(bytes, of_bytes, width, ascii),
            figures::bytes(bytes),
            figures::bytes(of_bytes),
            left.unwrap_or_default()
        );
    }
    if progress.of_bytes == 0 {
        return format!("Opening the files{dot}Esc cancels");
    }
    if progress.bytes > progress.of_bytes {
        // A pipe does not say how much is still to come.
        return format!(
            "Reading{dot}{} and {} so far{dot}Esc cancels",
            figures::bytes(progress.bytes),
            figures::of(progress.rows, "row", "rows")
        );
    }
    let bar = bar(progress.bytes, progress.of_bytes, width, ascii);
    let left = progress.seconds_left().map(|left| format!("{dot}{} left", figures::seconds(left))).unwrap_or_default();
    format!(
        "Reading {bar} {} of {}{dot}{}{left}{dot}Esc cancels",
        figures::bytes(progress.bytes),
        figures::bytes(progress.of_bytes),
        figures::of(progress.rows, "row", "rows"),
    )
}

/// A quarter of the width.
fn bar(bytes: u64, of_bytes: u64, width: u16, ascii: bool) -> String {
    let (full, blank) = if ascii { ("#", ".") } else { ("█", "░") };
    let columns = u128::from(width / 4);
    let done = u128::from(bytes.min(of_bytes)) * columns / u128::from(of_bytes.max(1));
    full.repeat(usize::try_from(done).unwrap_or(0)) + &blank.repeat(usize::try_from(columns - done).unwrap_or(0))
}

pub fn failed(model: &Model, why: &str, paint: &mut Paint<'_>, area: Rect) {
    let theme = *paint.theme;
    paint.text(area.x, area.y, area.width, "The month could not be loaded.", theme.bad);
    let mut y = area.y + 2;
    for part in why.lines() {
        for line in crate::tui::text::wrap(&crate::tui::text::clean(part, paint.ascii), area.width as usize) {
            if y + 2 < area.bottom() {
                paint.text(area.x, y, area.width, &line, theme.text);
                y += 1;
            }
        }
    }
    let key = model.keymap.shown(crate::tui::keymap::Action::Back, paint.ascii);
    paint.text(area.x, y + 1, area.width, &format!("Press {key} to leave."), theme.dim);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn where_nothing_may_move_progress_is_said_in_tenths() {
        let at = |bytes| in_steps(&Progress { bytes, of_bytes: 1_000, rows: bytes, ..Progress::default() });
        assert_eq!(at(10), "Reading the files; Esc cancels.");
        assert_eq!(at(399), "Reading the files, 30% done; Esc cancels.");
        let said: std::collections::BTreeSet<String> = (0..=1_000).map(at).collect();
        assert_eq!(said.len(), 11);
        assert_eq!(in_steps(&Progress { bytes: 5_000, of_bytes: 100, ..Progress::default() }), "Reading; Esc cancels.");
    }

    #[test]
    fn progress_says_bytes_rows_and_the_time_left() {
        let mut progress = Progress {
            bytes: 25_000_000,
            of_bytes: 100_000_000,
            rows: 120_000,
            elapsed: Duration::from_secs(2),
            ..Progress::default()
        };
        assert_eq!(
            line(&progress, 40, true),
            "Reading ##........ 25.0 MB of 100.0 MB - 120,000 rows - 7 s left - Esc cancels"
        );
        // From a pipe more comes than the sizes of the files say.
        progress.of_bytes = 148;
        assert_eq!(line(&progress, 40, true), "Reading - 25.0 MB and 120,000 rows so far - Esc cancels");
        progress.taking_in = Some((250, 1_000));
        assert_eq!(line(&progress, 40, true), "Taking in ##........ 250 B of 1.0 kB - 7 s left - Esc cancels");
        assert_eq!(in_steps(&progress), "Taking in the files; Esc cancels.");
        progress.comparing = true;
        assert_eq!(line(&progress, 40, false), "Comparing both sides · 120,000 rows read");
        assert_eq!(line(&Progress::default(), 40, true), "Opening the files - Esc cancels");
    }
}
