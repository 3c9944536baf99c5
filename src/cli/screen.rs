//! Text as it suits the screen that it goes to: what is too wide for one is
//! broken at blanks, instead of wherever its line ends. Where the text goes to
//! a file or a pipe, nothing is broken.

use unicode_width::UnicodeWidthStr;

use crate::desk::text;
use crate::report::table::columns;
use crate::report::wrap;

/// How far the text below a row of a table is set in.
const BELOW: usize = 4;
/// How far what goes on is set in from where its line began.
const HANG: usize = 2;
/// Blanks between two columns.
const GAP: usize = 2;
/// A screen that is narrower breaks the lines by itself.
const LEAST: usize = 40;

/// Sentences, each line of them no wider than the screen.
pub fn prose(lines: &str, screen: Option<usize>) -> String {
    let Some(width) = screen.filter(|width| *width >= LEAST) else { return lines.to_owned() };
    lines.lines().map(|line| broken(line, width)).collect()
}

/// A table with one column of text, `said`; the first `names` columns stand to
/// the left. On a screen that is too narrow for it, the text of each row is
/// broken within its column where that is the last and has room enough, and
/// else stands below the others.
pub fn table(names: usize, said: usize, header: &[String], rows: &[Vec<String>], screen: Option<usize>) -> String {
    let whole = columns(names, header, rows);
    let too_wide = |width: &usize| *width >= LEAST && whole.lines().any(|line| line.width() > *width);
    let Some(width) = screen.filter(too_wide) else { return whole };
    let others = |row: &[String]| -> Vec<String> {
        let cells = row.iter().enumerate().filter(|(at, _)| *at != said);
        cells.map(|(_, cell)| cell.clone()).collect()
    };
    let heads: Vec<Vec<String>> = rows.iter().map(|row| others(row)).collect();
    let heads = columns(names - usize::from(said < names), &others(header), &heads);
    let is_last = said + 1 == header.len();
    let column = heads.lines().map(UnicodeWidthStr::width).max().unwrap_or(0) + GAP;
    let pair = |(head, row): (&str, &[String])| {
        let text = text::plain(row.get(said).map_or("", String::as_str)).replace('\n', " ");
        if is_last && column + LEAST <= width {
            return beside(head, column, &text, width - column);
        }
        let text = if text.is_empty() { text } else { broken(&format!("{:BELOW$}{text}", ""), width) };
        broken(head, width) + &text
    };
    heads.lines().zip(std::iter::once(header).chain(rows.iter().map(Vec::as_slice))).map(pair).collect()
}

/// A text in so much room behind the names of its row.
fn beside(names: &str, column: usize, text: &str, room: usize) -> String {
    let lines = wrap(text, room);
    let line = |(at, line): (usize, &String)| {
        let names = if at == 0 { names } else { "" };
        let gap = column.saturating_sub(names.width());
        format!("{names}{:gap$}{line}", "").trim_end().to_owned() + "\n"
    };
    lines.iter().enumerate().map(line).collect()
}

/// One line as several, with their ends.
fn broken(line: &str, width: usize) -> String {
    if line.width() <= width {
        return format!("{line}\n");
    }
    let words = line.trim_start_matches(' ');
    let indent = line.len() - words.len();
    let lines = wrap(words, width.saturating_sub(indent + HANG));
    let set_in = |(at, line): (usize, &String)| {
        let indent = if at == 0 { indent } else { indent + HANG };
        format!("{:indent$}{}\n", "", line.trim_end())
    };
    lines.iter().enumerate().map(set_in).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn a_sentence_goes_on_further_in_and_keeps_all_its_words() {
        let text = "  The month cannot be signed until they are settled.\nShort.\n";
        assert_eq!(prose(text, None), text);
        let broken = "  The month cannot be signed until\n    they are settled.\nShort.\n";
        assert_eq!(prose(text, Some(40)), broken);
        assert_eq!(prose(text, Some(20)), text, "too narrow to read anyhow");
    }

    #[test]
    fn the_last_of_each_row_is_broken_in_its_column_where_that_has_room() {
        let header = cells(&["entry", "what"]);
        let text = "note: they promised an answer before Friday, and a corrected export";
        let rows = [cells(&["12", text]), cells(&["3", ""])];
        assert_eq!(
            table(2, 1, &header, &rows, Some(50)),
            "entry  what\n\
             12     note: they promised an answer before\n       Friday, and a corrected export\n\
             3\n"
        );
    }

    #[test]
    fn the_last_of_each_row_stands_below_it_where_the_table_is_too_wide() {
        let header = cells(&["entry", "who", "what"]);
        let rows =
            [cells(&["12", "ada@desk", "note: they promised an answer\nbefore Friday"]), cells(&["3", "bob", ""])];
        let whole = "entry  who       what\n\
             12     ada@desk  note: they promised an answer before Friday\n\
             3      bob\n";
        assert_eq!(table(3, 2, &header, &rows, None), whole);
        assert_eq!(table(3, 2, &header, &rows, Some(80)), whole);
        assert_eq!(
            table(3, 2, &header, &rows, Some(40)),
            "entry  who\n    what\n\
             12     ada@desk\n    note: they promised an answer\n      before Friday\n\
             3      bob\n"
        );
    }

    #[test]
    fn a_text_between_figures_and_names_stands_below_as_well() {
        let header = cells(&["", "left to do", "where", "count"]);
        let rows = [cells(&["stops", "discrepancies open", "screen 2 decision:open", "151"])];
        assert_eq!(
            table(3, 2, &header, &rows, Some(40)),
            "       left to do          count\n    where\n\
             stops  discrepancies open    151\n    screen 2 decision:open\n"
        );
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_word_is_lost(
            rows in proptest::collection::vec(proptest::collection::vec("[a-z]{1,9}( [a-z]{1,9}){0,14}", 3), 1..6),
            width in 40usize..100,
            said in 0usize..3,
        ) {
            let header = cells(&["one", "two", "three"]);
            let shown = table(3, said, &header, &rows, Some(width));
            prop_assert!(shown.lines().all(|line| line.width() <= width), "{}", shown);
            let words = |text: &str| {
                let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
                words.sort_unstable();
                words
            };
            let all: Vec<String> = header.iter().chain(rows.iter().flatten()).cloned().collect();
            prop_assert_eq!(words(&shown), words(&all.join(" ")));
        }
    }
}
