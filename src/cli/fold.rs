//! A wide table folded to the width of a screen: long names nested under each
//! other instead of side by side, and figures in several tables one below the
//! other, each with the names. Nothing is left out but the middle of a name.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::table;
use crate::desk::text;

/// A table before it is folded.
pub struct Wide {
    /// What the names are of, and the figures.
    pub names: Vec<String>,
    pub figures: Vec<String>,
    /// For each figure the table it would rather stand in, counted from 0.
    pub parts: Vec<usize>,
    pub rows: Vec<(Vec<String>, Vec<String>)>,
    /// What the rows add up to, where they do.
    pub total: Option<Vec<String>>,
}

impl Wide {
    /// As lines of at most so many columns, unless a single figure needs more.
    pub fn folded(self, width: usize) -> String {
        let plain = |cells: &mut Vec<String>| {
            cells.iter_mut().for_each(|cell| *cell = text::plain(cell).replace('\n', " "));
        };
        let mut wide = self;
        wide.rows.iter_mut().for_each(|(names, figures)| {
            plain(names);
            plain(figures);
        });
        wide.total.iter_mut().for_each(plain);
        plain(&mut wide.names);
        let (header, rows) = wide.side_by_side();
        let all: Vec<usize> = (0..wide.figures.len()).collect();
        let one = wide.table(wide.names.len(), &header, &rows, &all);
        if one.lines().all(|line| line.width() <= width) {
            return one;
        }
        let room = width / 2;
        let of_names = |row: &[String]| row.iter().map(|name| name.width() + 2).sum::<usize>().saturating_sub(2);
        let needs = (0..header.len()).map(|at| column_width(at, &header, &rows) + 2).sum::<usize>().saturating_sub(2);
        let fits = needs.max(of_names(&header)) <= room;
        let (count, header, rows) = if fits {
            (header.len(), header, rows)
        } else {
            let (header, rows) = wide.nested(room);
            (header.len(), header, rows)
        };
        let label = (0..header.len()).map(|at| column_width(at, &header, &rows) + 2).sum::<usize>().saturating_sub(2);
        let tables = wide.panels(width.saturating_sub(label));
        let tables: Vec<String> = tables.iter().map(|columns| wide.table(count, &header, &rows, columns)).collect();
        tables.join("\n")
    }

    /// Names in columns of their own; the total is named in the first.
    fn side_by_side(&self) -> (Vec<String>, Vec<Label<'_>>) {
        let mut labels: Vec<Label<'_>> =
            self.rows.iter().map(|(names, figures)| Label { names: names.clone(), figures: Some(figures) }).collect();
        labels.extend(self.total_label(self.names.len()));
        (self.names.clone(), labels)
    }

    /// The total, with blanks for the names that follow in so many columns.
    fn total_label(&self, columns: usize) -> Option<Label<'_>> {
        let mut names = vec![String::new(); columns];
        if let Some(first) = names.first_mut() {
            *first = "total".to_owned();
        }
        self.total.as_ref().map(|figures| Label { names, figures: Some(figures) })
    }

    /// Names in one column, each below the one it belongs to.
    fn nested(&self, room: usize) -> (Vec<String>, Vec<Label<'_>>) {
        let mut labels: Vec<Label<'_>> = Vec::new();
        let mut add = |depth: usize, name: &str, figures| {
            let indent = "  ".repeat(depth.min(room / 4));
            let name = clipped(name, room.saturating_sub(indent.len()).max(1));
            labels.push(Label { names: vec![format!("{indent}{name}")], figures });
        };
        let mut before: Option<&[String]> = None;
        for (names, figures) in &self.rows {
            let same = before.map_or(0, |before| before.iter().zip(names).take_while(|(a, b)| a == b).count());
            let Some((own, outer)) = names.split_last() else { continue };
            for (depth, name) in outer.iter().enumerate().skip(same.min(outer.len())) {
                add(depth, name, None);
            }
            add(outer.len(), own, Some(figures));
            before = Some(names);
        }
        labels.extend(self.total_label(1));
        (vec![clipped(&self.names.join(" / "), room)], labels)
    }

    /// Which figures stand together in a table with so much room for them.
    fn panels(&self, room: usize) -> Vec<Vec<usize>> {
        let width = |at: usize| {
            let rows = self.rows.iter().map(|(_, figures)| figures).chain(&self.total);
            let cells = rows.filter_map(|figures| figures.get(at)).map(|cell| cell.width());
            cells.chain(self.figures.get(at).map(|heading| heading.width())).max().unwrap_or(0) + 2
        };
        let mut parts: Vec<usize> = self.parts.clone();
        parts.sort_unstable();
        parts.dedup();
        let mut panels: Vec<Vec<usize>> = Vec::new();
        for part in parts {
            let (mut panel, mut used) = (Vec::new(), 0);
            for at in (0..self.figures.len()).filter(|at| self.parts.get(*at) == Some(&part)) {
                if used + width(at) > room && !panel.is_empty() {
                    panels.push(std::mem::take(&mut panel));
                    used = 0;
                }
                used += width(at);
                panel.push(at);
            }
            panels.push(panel);
        }
        panels
    }

    fn table(&self, names: usize, header: &[String], labels: &[Label<'_>], columns: &[usize]) -> String {
        let pick = |cells: &[String]| columns.iter().map(|at| cells.get(*at).cloned().unwrap_or_default()).collect();
        let blank = vec![String::new(); columns.len()];
        let row = |label: &Label<'_>| {
            let figures = label.figures.map_or_else(|| blank.clone(), |figures| pick(figures));
            [label.names.clone(), figures].concat()
        };
        let header: Vec<String> = [header.to_vec(), pick(&self.figures)].concat();
        table::columns(names, &header, &labels.iter().map(row).collect::<Vec<_>>())
    }
}

/// The names of a row as they are shown.
struct Label<'a> {
    names: Vec<String>,
    /// `None` for what stands over several rows.
    figures: Option<&'a Vec<String>>,
}

fn column_width(at: usize, header: &[String], labels: &[Label<'_>]) -> usize {
    let cells = labels.iter().filter_map(|label| label.names.get(at)).chain(header.get(at));
    cells.map(|cell| cell.width()).max().unwrap_or(0)
}

/// A text in so many columns, its middle left out where it is longer: names
/// that begin alike often end differently.
fn clipped(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let room = room.saturating_sub(1);
    let take = |chars: &mut dyn Iterator<Item = char>, room: usize| {
        let mut used = 0;
        let mut taken = Vec::new();
        for c in chars {
            used += c.width().unwrap_or(0);
            if used > room {
                break;
            }
            taken.push(c);
        }
        taken
    };
    let end = take(&mut text.chars().rev(), room / 2);
    let start = take(&mut text.chars(), room - room / 2);
    start.into_iter().chain(['…']).chain(end.into_iter().rev()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    fn wide(names: &[&str], figures: &[&str], rows: &[(&[&str], &[&str])]) -> Wide {
        Wide {
            names: texts(names),
            figures: texts(figures),
            parts: (0..figures.len()).map(|at| at / 2).collect(),
            rows: rows.iter().map(|(names, figures)| (texts(names), texts(figures))).collect(),
            total: None,
        }
    }

    #[test]
    fn what_fits_is_one_table() {
        let table = Wide {
            total: Some(texts(&["1", "$2"])),
            ..wide(&["model"], &["items", "cost"], &[(&["gpt-4o"], &["1", "$2"])])
        };
        assert_eq!(table.folded(80), "model   items  cost\ngpt-4o      1    $2\ntotal       1    $2\n");
    }

    #[test]
    fn names_are_nested_and_figures_stand_below_each_other() {
        let rows: [(&[&str], &[&str]); 3] = [
            (&["2026-01-05", "anna@example.org", "gpt-4o"], &["1", "10", "$1"]),
            (&["2026-01-05", "anna@example.org", "gpt-5-pro-2025-10-06"], &["2", "20", "$2"]),
            (&["2026-01-06", "anna@example.org", "gpt-4o"], &["3", "30", "$3"]),
        ];
        let table = wide(&["day", "user", "model"], &["items", "input", "cost"], &rows);
        let shown = Wide { total: Some(texts(&["6", "60", "$6"])), ..table }.folded(40);
        assert_eq!(
            shown,
            "day / user / model    items  input\n\
             2026-01-05\n\
             \u{20} anna@example.org\n\
             \u{20}   gpt-4o                1     10\n\
             \u{20}   gpt-5-pr…5-10-06      2     20\n\
             2026-01-06\n\
             \u{20} anna@example.org\n\
             \u{20}   gpt-4o                3     30\n\
             total                     6     60\n\
             \n\
             day / user / model    cost\n\
             2026-01-05\n\
             \u{20} anna@example.org\n\
             \u{20}   gpt-4o              $1\n\
             \u{20}   gpt-5-pr…5-10-06    $2\n\
             2026-01-06\n\
             \u{20} anna@example.org\n\
             \u{20}   gpt-4o              $3\n\
             total                   $6\n"
        );
    }

    #[test]
    fn a_name_is_clipped_in_its_middle() {
        assert_eq!(clipped("abcdefghij", 5), "ab…ij");
        assert_eq!(clipped("模型模型模型", 6), "模…型");
        assert_eq!(clipped("ab", 2), "ab");
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_figure_is_left_out(
            with_total in any::<bool>(),
            rows in proptest::collection::vec((proptest::collection::vec("[a-c]{1,3}|[a-z]{30}", 4), proptest::collection::vec("[0-9]{1,14}", 9)), 1..8),
        ) {
            let figures = rows.iter().flat_map(|(_, figures)| figures.clone()).collect::<Vec<_>>();
            let table = Wide {
                names: texts(&["one", "two", "three", "four"]),
                figures: (0..9).map(|at| format!("figure {at}")).collect(),
                parts: (0..9).map(|at| at % 3).collect(),
                total: with_total.then(|| vec!["777777777777777".to_owned(); 9]),
                rows,
            };
            let shown = table.folded(80);
            prop_assert!(shown.lines().all(|line| line.width() <= 80), "{}", shown);
            let words: Vec<&str> = shown.split_whitespace().collect();
            for figure in figures {
                prop_assert!(words.contains(&figure.as_str()), "{} in {}", figure, shown);
            }
        }
    }
}
