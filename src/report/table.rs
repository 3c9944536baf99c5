//! Rows of texts as a table for people, and as CSV that people and programs
//! read alike.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use super::harmless;

/// Lines up the columns; the first `names` of them to the left, figures to the
/// right. Nothing in a cell commands the terminal.
pub fn columns(names: usize, header: &[String], rows: &[Vec<String>]) -> String {
    let plain =
        |cells: &[String]| cells.iter().map(|cell| harmless::plain(cell).replace('\n', " ")).collect::<Vec<_>>();
    let all: Vec<Vec<String>> = std::iter::once(header).chain(rows.iter().map(Vec::as_slice)).map(plain).collect();
    let width = |column: usize| all.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let widths: Vec<usize> = (0..header.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in &all {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let pad = " ".repeat(width - cell.width().min(*width));
            let gap = if at == 0 { "" } else { "  " };
            line.push_str(gap);
            if at < names {
                line.push_str(cell);
                line.push_str(&pad);
            } else {
                line.push_str(&pad);
                line.push_str(cell);
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// As CSV, with no cell that a spreadsheet would run or that commands a
/// terminal. Columns of `names` hold texts of files; the others are the
/// program's own figures.
pub fn csv(names: &[usize], header: &[String], rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = writer.write_record(header);
    for row in rows {
        let safe = row
            .iter()
            .enumerate()
            .map(|(at, cell)| if names.contains(&at) { text_cell(cell) } else { Cow::Borrowed(cell.as_str()) });
        let _ = writer.write_record(safe.map(Cow::into_owned));
    }
    writer.into_inner().unwrap_or_default()
}

fn text_cell(text: &str) -> Cow<'_, str> {
    if text.contains(harmless::commands) {
        Cow::Owned(harmless::cell(&harmless::plain(text)).into_owned())
    } else {
        harmless::cell(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn columns_line_up_whatever_stands_in_them() {
        let rows = [texts(&["gpt-4o", "1"]), texts(&["模型", "1,000"]), texts(&["a\u{1b}[2J\nb", ""])];
        let shown = columns(1, &texts(&["model", "items"]), &rows);
        assert_eq!(shown, "model         items\ngpt-4o            1\n模型          1,000\na\\u{1b}[2J b\n");
    }

    #[test]
    fn no_cell_runs_as_a_formula_and_figures_keep_their_sign() {
        let bytes = csv(&[0], &texts(&["user", "amount"]), &[texts(&["=1+1", "-0.5"])]);
        assert_eq!(String::from_utf8(bytes).unwrap(), "user,amount\n'=1+1,-0.5\n");
        let bytes = csv(&[0], &texts(&["user"]), &[texts(&["a\u{1b}[2J"])]);
        assert_eq!(String::from_utf8(bytes).unwrap(), "user\na\\u{1b}[2J\n");
    }
}
