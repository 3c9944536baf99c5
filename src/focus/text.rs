//! Texts of a chargeback file: cells of a CSV, flat JSON, and which texts must
//! not stand in one.

use std::borrow::Cow;
use std::fmt::Write;

use super::kinds::{Kind, Kinds};
use super::row::{ChargeType, Row};

/// A cell of a CSV, quoted where it must be, with the comma behind it.
pub(super) fn cell(text: &mut String, value: &str) {
    // Without stopping early: so many bytes are looked at in one step.
    let plain = value.bytes().fold(true, |all, b| all & !matches!(b, b',' | b'"' | b'\n' | b'\r'));
    if plain {
        text.push_str(value);
    } else {
        text.push('"');
        let mut from = 0;
        for at in memchr::memchr_iter(b'"', value.as_bytes()) {
            // Up to the quote and with it, which then stands twice.
            text.push_str(value.get(from..=at).unwrap_or_default());
            from = at;
        }
        text.push_str(value.get(from..).unwrap_or_default());
        text.push('"');
    }
    text.push(',');
}

/// Adds a text in ASCII alone. What is not ASCII, control characters and the
/// percent sign itself are written as the bytes of UTF-8, `%C3%AB` for `ë`, so
/// that two texts never become one and any of them can be read back.
pub(super) fn push_ascii(text: &mut String, value: &str) {
    if value.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'%') {
        text.push_str(value);
        return;
    }
    for byte in value.bytes() {
        match byte {
            b'%' => text.push_str("%25"),
            b' '..=b'~' => text.push(char::from(byte)),
            other => {
                let _ = write!(text, "%{other:02X}");
            }
        }
    }
}

/// What begins each tag, as it stands in JSON, and in a quoted cell of a CSV,
/// where every quote stands twice.
const TAGS: [[&str; 2]; 6] = [
    ["\"pi_email\": ", "\"\"pi_email\"\": "],
    ["\"project_id\": ", "\"\"project_id\"\": "],
    ["\"fund_org\": ", "\"\"fund_org\"\": "],
    ["\"usage_user\": ", "\"\"usage_user\"\": "],
    ["\"charge_type\": ", "\"\"charge_type\"\": "],
    ["\"subsidy_name\": ", "\"\"subsidy_name\"\": "],
];

/// What JSON is written as.
#[derive(Clone, Copy)]
enum Form {
    Plain,
    Cell,
}

impl Form {
    const fn quote(self) -> &'static str {
        match self {
            Self::Plain => "\"",
            Self::Cell => "\"\"",
        }
    }
}

/// One flat JSON object in ASCII: keys once each, values texts.
pub(super) fn push_tags(text: &mut String, row: &Row<'_>) {
    tags(text, row, Form::Plain, &mut Kinds::default());
}

/// The same as a cell of a CSV, with the comma behind it.
pub(super) fn tags_cell<'a>(text: &mut String, row: &Row<'a>, kinds: &mut Kinds<'a>) {
    text.push('"');
    tags(text, row, Form::Cell, kinds);
    text.push_str("\",");
}

fn tags<'a>(text: &mut String, row: &Row<'a>, form: Form, kinds: &mut Kinds<'a>) {
    // A purchase is nobody's use, and says nothing of who used it.
    let of_nobody = matches!(row.charge_type, ChargeType::Purchase | ChargeType::Tax);
    let mut known = |value: &'a str| (value, kinds.of(value));
    let values = [
        known(row.payer.pi_email),
        known(row.payer.project_id),
        known(row.payer.fund_org),
        known(row.user),
        known(row.charge_type.name()),
        match &row.subsidy_name {
            Cow::Borrowed(name) => known(name),
            Cow::Owned(name) => (name.as_str(), Kind::of(name)),
        },
    ];
    let mut mark = "{";
    for (at, ([plain, doubled], (value, kind))) in TAGS.into_iter().zip(values).enumerate() {
        let optional = of_nobody || at + 1 == TAGS.len();
        if optional && value.is_empty() {
            continue;
        }
        text.push_str(mark);
        text.push_str(match form {
            Form::Plain => plain,
            Form::Cell => doubled,
        });
        json(text, value, form, kind);
        mark = ", ";
    }
    text.push('}');
}

/// A JSON text in ASCII.
pub(super) fn push_json(text: &mut String, value: &str) {
    json(text, value, Form::Plain, Kind::of(value));
}

fn json(text: &mut String, value: &str, form: Form, kind: Kind) {
    text.push_str(form.quote());
    if kind.json {
        text.push_str(value);
    } else {
        escaped(text, value, form);
    }
    text.push_str(form.quote());
}

#[cold]
fn escaped(text: &mut String, value: &str, form: Form) {
    for c in value.chars() {
        match c {
            '"' => {
                text.push('\\');
                text.push_str(form.quote());
            }
            '\\' => text.push_str("\\\\"),
            ' '..='~' => text.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
}

/// Whether a reader that infers types takes an id for something other than a
/// text: a number, a date, a truth value or nothing at all. A whole column of
/// such ids is then no column of texts.
pub(super) fn is_number_like(value: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "nan", "inf", "infinity", "null", "none", "na", "n/a"];
    let digits = value.bytes().any(|b| b.is_ascii_digit());
    let unsigned = value.trim().trim_start_matches(['+', '-']);
    value.trim().is_empty()
        || WORDS.iter().any(|word| unsigned.eq_ignore_ascii_case(word))
        || digits && value.bytes().all(|b| b.is_ascii_digit() || b" +-.,:/_eETZ".contains(&b))
}

/// Why a text must not stand in a file that a spreadsheet may open, if so.
pub(super) fn harmful(value: &str) -> Option<&'static str> {
    // Without stopping early: so many bytes are looked at in one step.
    let plain = value.bytes().fold(true, |all, b| all & matches!(b, b' '..=b'~'));
    if !plain && value.chars().any(char::is_control) {
        Some("holds control characters")
    } else if value.starts_with(['=', '+', '-', '@']) {
        Some("begins like a formula of a spreadsheet")
    } else {
        None
    }
}

/// Whether a spreadsheet may take a cell with this text for a formula: it
/// begins with a sign of one, be it in the wide form of East Asian keyboards,
/// or with what makes one begin anew. Quotes and blanks before it are no
/// protection: programs take them off.
pub fn runs(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b' ' | b'"' | b'\'' | b'=' | b'+' | b'-' | b'@' | 0..=0x1f | 0x7f..) => {
            let first = text.trim_start_matches([' ', '"', '\'', '\u{a0}']).chars().next();
            matches!(
                first,
                Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
            )
        }
        _ => false,
    }
}

/// The text as a cell of CSV that people open in a spreadsheet: with an
/// apostrophe before what would run as a formula. For texts only; an amount is
/// written as the number it is.
pub fn neutral(text: &str) -> Cow<'_, str> {
    if runs(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::super::exact::Exact;
    use super::super::row::{Payer, ResourceId, Standing};
    use super::*;
    use crate::amount::Cents;
    use crate::calendar::Month;
    use proptest::prelude::*;

    #[test]
    fn ids_that_read_as_numbers_are_known() {
        for id in ["123", "1e5", "-4.5", "2026-01-05", "2026-01-05T00:00:00Z", "true", "NaN", "-inf", "1,000", "", " "]
        {
            assert!(is_number_like(id), "{id}");
        }
        for id in ["acct-1", "a", "law-clinic", "1a", "x123", "e"] {
            assert!(!is_number_like(id), "{id}");
        }
    }

    #[test]
    fn no_cell_runs_as_a_formula_however_it_begins() {
        let run =
            ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\"=1+1\"", "'=1", " =1", "\u{ff1d}1", "\" @a"];
        for text in run {
            assert_eq!(neutral(text), format!("'{text}"), "{text:?}");
        }
        for text in ["", "gpt-4o", "a=b", "ann@x.edu", "'quoted'", "\"said\"", "2026-01", "é=1", " plain"] {
            assert_eq!(neutral(text), text, "{text:?}");
        }
    }

    #[test]
    fn a_cell_is_read_back_as_it_was() {
        for value in ["", "plain", "a,b", "\"", "\"\"", "a\"b\"\"c", "\u{eb}\"", "a\nb", "a\rb", "\",\"", " x "] {
            let mut text = String::new();
            cell(&mut text, value);
            text.push_str("end\n");
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let read: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            assert_eq!(read, [csv::StringRecord::from(vec![value, "end"])], "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn tags_in_a_cell_are_the_tags(
            texts in proptest::collection::vec("[\"\\\\a-z ,%\u{eb}😀\n]{0,6}", 5), kind in 0usize..4,
        ) {
            let [pi_email, project_id, fund_org, user, name] = [0, 1, 2, 3, 4].map(|at| texts[at].as_str());
            let row = Row {
                charge_type: ChargeType::ALL[kind],
                standing: Standing::Charged,
                month: Month::new(2026, 1).unwrap(),
                day: Month::new(2026, 1).unwrap().first(),
                service: "OpenAI",
                what: "codex",
                user,
                account: "",
                payer: Payer { pi_email, project_id, project_name: "", fund_org },
                subsidy_name: name.into(),
                list_cost: Exact::default(),
                billed_cost: Cents::ZERO,
                id: ResourceId::Text("id".into()),
                measure: None,
            };
            let (mut straight, mut tags, mut quoted) = (String::new(), String::new(), String::new());
            tags_cell(&mut straight, &row, &mut Kinds::default());
            push_tags(&mut tags, &row);
            cell(&mut quoted, &tags);
            prop_assert_eq!(straight, quoted);
            let read: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&tags).unwrap();
            prop_assert_eq!(read.get("fund_org").map_or("", |v| v.as_str().unwrap()), fund_org);
            prop_assert_eq!(read.get("subsidy_name").map_or("", |v| v.as_str().unwrap()), name);
        }

        #[test]
        fn two_texts_never_become_one(a in "[%a-zë😀0-9\u{1}]{0,6}", b in "[%a-zë😀0-9\u{1}]{0,6}") {
            let ascii = |value: &str| { let mut text = String::new(); push_ascii(&mut text, value); text };
            prop_assert!(ascii(&a).is_ascii());
            prop_assert_eq!(a == b, ascii(&a) == ascii(&b));
        }
    }
}
