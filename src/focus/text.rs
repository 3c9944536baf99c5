//! Texts of a chargeback file: cells of a CSV, flat JSON, and which texts must
//! not stand in one.

use std::fmt::Write;

use super::row::{ChargeType, Row};

/// A cell of a CSV, quoted where it must be, with the comma behind it.
pub(super) fn cell(text: &mut String, value: &str) {
    if value.bytes().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r')) {
        text.push('"');
        for (at, piece) in value.split('"').enumerate() {
            if at > 0 {
                text.push_str("\"\"");
            }
            text.push_str(piece);
        }
        text.push('"');
    } else {
        text.push_str(value);
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

/// One flat JSON object in ASCII: keys once each, values texts.
pub(super) fn push_tags(text: &mut String, row: &Row<'_>) {
    let tags = [
        ("pi_email", Some(row.payer.pi_email)),
        ("project_id", Some(row.payer.project_id)),
        ("fund_org", Some(row.payer.fund_org)),
        ("usage_user", Some(row.user)),
        ("charge_type", Some(row.charge_type.name())),
        ("subsidy_name", Some(&*row.subsidy_name).filter(|name| !name.is_empty())),
    ];
    let mut mark = '{';
    for (key, value) in tags {
        // A purchase is nobody's use, and says nothing of who used it.
        let absent =
            |value: &&str| matches!(row.charge_type, ChargeType::Purchase | ChargeType::Tax) && value.is_empty();
        let Some(value) = value.filter(|value| !absent(value)) else { continue };
        text.push(mark);
        if mark == ',' {
            text.push(' ');
        }
        mark = ',';
        let _ = write!(text, "\"{key}\": ");
        push_json(text, value);
    }
    text.push('}');
}

/// A JSON text in ASCII.
pub(super) fn push_json(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            ' '..='~' => text.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    text.push('"');
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
pub fn neutral(text: &str) -> std::borrow::Cow<'_, str> {
    if runs(text) { std::borrow::Cow::Owned(format!("'{text}")) } else { std::borrow::Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
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

    proptest! {
        #[test]
        fn two_texts_never_become_one(a in "[%a-zë😀0-9\u{1}]{0,6}", b in "[%a-zë😀0-9\u{1}]{0,6}") {
            let ascii = |value: &str| { let mut text = String::new(); push_ascii(&mut text, value); text };
            prop_assert!(ascii(&a).is_ascii());
            prop_assert_eq!(a == b, ascii(&a) == ascii(&b));
        }
    }
}
