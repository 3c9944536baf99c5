//! A page for people: headings, tables and notes that become text or HTML.
//! Cells come in as they are shown; both ways out make them harmless.

use super::harmless::{html, plain};
use super::table::columns;

/// What is printed or sent as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub title: String,
    pub parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// What something is, and what it says.
    Facts(Vec<(&'static str, String)>),
    Table(Table),
    Note(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub title: String,
    /// The first so many columns are names; the others are figures, which
    /// stand to the right.
    pub names: usize,
    pub header: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
    /// The last row, where there is a sum.
    pub total: Option<Vec<String>>,
}

impl Page {
    /// As text for a terminal or a mail, with nothing in it that commands one.
    pub fn text(&self) -> String {
        let title = plain(&self.title).replace('\n', " ");
        let mut out = format!("{title}\n{}\n", "=".repeat(title.chars().count()));
        for part in &self.parts {
            out.push('\n');
            match part {
                Part::Facts(facts) => {
                    let rows: Vec<Vec<String>> =
                        facts.iter().map(|(label, value)| vec![(*label).to_owned(), value.clone()]).collect();
                    let lines = columns(2, &[String::new(), String::new()], &rows);
                    out.push_str(lines.trim_start_matches('\n'));
                }
                Part::Table(table) => {
                    let header: Vec<String> = table.header.iter().map(|cell| (*cell).to_owned()).collect();
                    let rows: Vec<Vec<String>> = table.rows.iter().chain(&table.total).cloned().collect();
                    out.push_str(&plain(&table.title));
                    out.push('\n');
                    out.push_str(&columns(table.names, &header, &rows));
                }
                Part::Note(note) => {
                    out.push_str(&plain(note));
                    out.push('\n');
                }
            }
        }
        out
    }

    /// As one file that needs no other: no script, no font, no picture, and
    /// prints on A4 and Letter.
    pub fn html(&self) -> String {
        html_file(std::slice::from_ref(self))
    }
}

/// Several pages in one file, each beginning on a sheet of its own.
pub fn html_file(pages: &[Page]) -> String {
    let title = pages.first().map(|page| html(&page.title)).unwrap_or_default();
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    );
    for page in pages {
        out.push_str(&format!("<article>\n<h1>{}</h1>\n", html(&page.title)));
        page.parts.iter().for_each(|part| push_part(&mut out, part));
        out.push_str("</article>\n");
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn push_part(out: &mut String, part: &Part) {
    match part {
        Part::Facts(facts) => {
            out.push_str("<dl>\n");
            for (label, value) in facts {
                out.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", html(label), html(value)));
            }
            out.push_str("</dl>\n");
        }
        Part::Table(table) => push_table(out, table),
        Part::Note(note) => out.push_str(&format!("<p>{}</p>\n", html(note))),
    }
}

fn push_table(out: &mut String, table: &Table) {
    let row = |out: &mut String, tag: &str, cells: &mut dyn Iterator<Item = &str>| {
        out.push_str("<tr>");
        for (at, cell) in cells.enumerate() {
            let class = if at < table.names { "" } else { " class=\"n\"" };
            out.push_str(&format!("<{tag}{class}>{}</{tag}>", html(cell)));
        }
        out.push_str("</tr>\n");
    };
    out.push_str(&format!("<table>\n<caption>{}</caption>\n<thead>\n", html(&table.title)));
    row(out, "th", &mut table.header.iter().copied());
    out.push_str("</thead>\n<tbody>\n");
    table.rows.iter().for_each(|cells| row(out, "td", &mut cells.iter().map(String::as_str)));
    out.push_str("</tbody>\n");
    if let Some(total) = &table.total {
        out.push_str("<tfoot>\n");
        row(out, "td", &mut total.iter().map(String::as_str));
        out.push_str("</tfoot>\n");
    }
    out.push_str("</table>\n");
}

/// Black on white, figures of one width, a head on every sheet.
const STYLE: &str = "\
body { font: 11pt/1.4 system-ui, sans-serif; color: #000; background: #fff; margin: 2em auto; max-width: 60em; padding: 0 1em; }
h1 { font-size: 1.4em; margin: 0 0 .5em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1em 1.5em; }
dt { color: #444; }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: 1.5em 0; }
caption { text-align: left; font-weight: 600; padding-bottom: .3em; }
th, td { text-align: left; padding: .15em .6em .15em 0; vertical-align: top; overflow-wrap: anywhere; }
th { border-bottom: 1px solid #000; font-weight: 600; }
tbody tr { border-bottom: 1px solid #ddd; break-inside: avoid; }
tfoot td { border-top: 1px solid #000; font-weight: 600; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
article + article { break-before: page; margin-top: 4em; }
@page { margin: 15mm; }
@media print { body { margin: 0; max-width: none; padding: 0; font-size: 9pt; } thead { display: table-header-group; } tfoot { display: table-row-group; } article + article { margin-top: 0; } }
";

#[cfg(test)]
mod tests {
    use super::*;

    fn page(cell: &str) -> Page {
        Page {
            title: format!("Month of {cell}"),
            parts: vec![
                Part::Facts(vec![("PI", cell.into())]),
                Part::Table(Table {
                    title: "By project".into(),
                    names: 1,
                    header: vec!["project", "billed"],
                    rows: vec![vec![cell.into(), "1.00".into()]],
                    total: Some(vec!["total".into(), "1.00".into()]),
                }),
                Part::Note(format!("Of {cell}.")),
            ],
        }
    }

    #[test]
    fn a_page_says_the_same_as_text() {
        let text = page("ai").text();
        assert_eq!(
            text,
            "Month of ai\n===========\n\nPI  ai\n\nBy project\nproject  billed\nai         1.00\ntotal      1.00\n\nOf ai.\n"
        );
    }

    #[test]
    fn nothing_of_a_file_becomes_a_part_of_the_page_or_commands_a_terminal() {
        let evil = "<script>alert(1)</script>\u{1b}[2J\"onload=x\u{202e}";
        let html = page(evil).html();
        assert!(!html.contains("<script") && !html.contains("\"onload") && !html.contains('\u{1b}'), "{html}");
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;\\u{1b}[2J&quot;onload=x\\u{202e}"), "{html}");
        let text = page(evil).text();
        assert!(!text.contains(crate::report::harmless::commands), "{text:?}");
    }

    #[test]
    fn a_page_needs_no_other_file() {
        let html = html_file(&[page("a"), page("b")]);
        assert_eq!(html.matches("<article>").count(), 2);
        for outside in ["http://", "https://", "src=", "href=", "url(", "@import", "<script"] {
            assert!(!html.contains(outside), "{outside}");
        }
    }
}
