//! Which format a file is, by its header; and for a file that is none, what it
//! looks like and what would be needed.

use std::path::Path;

use super::block::BOM;
use super::cells::quoted;
use super::columns::ColumnMap;
use super::format::{FORMATS, Format, Kind, Layout};
use super::{Terms, litellm};
use crate::place::PlacedError;
use crate::usage::Side;

/// What the first lines of a file say about it.
pub(super) struct Header {
    /// The columns of a CSV file in order, or the keys of JSON objects.
    pub columns: Vec<String>,
    pub kind: Kind,
    /// Line the header stands in.
    pub line: u64,
}

/// The format of a file and where its fields stand; those as well that only
/// [`super::metadata`] reads where the terms ask for something to keep.
///
/// # Errors
/// A sentence: no known format, or one whose columns are missing or double.
pub(super) fn detect(
    path: &Path,
    side: Side,
    forced: Option<&str>,
    header: Header,
    terms: &Terms<'_>,
) -> Result<(&'static Format, Layout), PlacedError> {
    let refuse = |what: String| {
        let mut error = PlacedError::new(path, what);
        error.line = (header.kind == Kind::Csv).then_some(header.line);
        error
    };
    let format = find(side, forced, &header, terms).map_err(&refuse)?;
    if header.kind != Kind::Csv {
        return Ok((format, Layout::by_key()));
    }
    let asked = !terms.keep.is_empty();
    Layout::keeping(format, header.columns.clone(), asked).map(|layout| (format, layout)).map_err(refuse)
}

/// The format that a header is: the one forced, else the operator's map that
/// fits, else the first known format that does.
///
/// # Errors
/// A sentence without its subject.
pub(super) fn find(
    side: Side,
    forced: Option<&str>,
    header: &Header,
    terms: &Terms<'_>,
) -> Result<&'static Format, String> {
    let maps = terms.maps;
    by_header(side, forced, header, maps).map(|format| litellm::as_billed(format, terms.billed))
}

fn by_header(side: Side, forced: Option<&str>, header: &Header, maps: &[ColumnMap]) -> Result<&'static Format, String> {
    if let Some(name) = forced {
        return named(side, name, header, maps);
    }
    let fitting: Vec<&'static Format> =
        maps.iter().map(ColumnMap::format).filter(|format| format.fits(side, header.kind, &header.columns)).collect();
    match fitting[..] {
        [] => known(side, header, maps),
        [format] => Ok(format),
        _ => {
            let names: Vec<&str> = fitting.iter().map(|format| format.info.name).collect();
            Err(format!("fits more than one map: {}; say which with --{}-format", names.join(", "), side.name()))
        }
    }
}

fn known(side: Side, header: &Header, maps: &[ColumnMap]) -> Result<&'static Format, String> {
    if let Some(format) = FORMATS.iter().find(|format| format.fits(side, header.kind, &header.columns)) {
        return Ok(format);
    }
    if is_user_report(&header.columns) {
        return Err("is the workspace user report, which is activity without money: it says how many messages were \
                    sent and not what they cost. Export the credit report instead"
            .to_owned());
    }
    if let Some(mark) = other_separator(header) {
        return Err(format!(
            "has its columns separated by {mark}; save it as CSV with commas, and with points in decimal numbers"
        ));
    }
    let other = if side == Side::Bill { Side::Ledger } else { Side::Bill };
    // It may also be a bill that lacks a column, so what that needs follows.
    let but = fits_other_side(other, header, maps).map_or_else(String::new, |format| {
        format!(", but it reads as a {} ({}); give it with --{0} if it is one", other.name(), format.info.name)
    });
    let needs: Vec<String> = FORMATS
        .iter()
        .copied()
        .chain(maps.iter().map(ColumnMap::format))
        .filter(|format| format.reads(side) && format.kinds.contains(&header.kind))
        .filter(|format| format.info.name != super::platform_empty::INFO.name)
        .map(|format| format!("{} needs {}", format.info.name, format.needs(side)))
        .collect();
    let needs = if needs.is_empty() {
        "No such file is read as JSON; give it as CSV".to_owned()
    } else {
        format!("Of the known formats, {}", needs.join("; "))
    };
    Err(format!(
        "is no {} this program knows{but}. It has the {}. Where these mean the same as those of a known format, trueup \
         inspect begins a map of them for config.toml. {needs}",
        side.name(),
        columns(header)
    ))
}

fn fits_other_side(other: Side, header: &Header, maps: &[ColumnMap]) -> Option<&'static Format> {
    let mut all = FORMATS.iter().copied().chain(maps.iter().map(ColumnMap::format));
    all.find(|format| format.fits(other, header.kind, &header.columns))
}

fn named(side: Side, name: &str, header: &Header, maps: &[ColumnMap]) -> Result<&'static Format, String> {
    let formats = || FORMATS.iter().copied().chain(maps.iter().map(ColumnMap::format));
    let all = || formats().filter(|format| format.reads(side)).map(|f| f.info.name).collect::<Vec<_>>().join(", ");
    let Some(format) = formats().find(|format| format.info.name.eq_ignore_ascii_case(name.trim())) else {
        return Err(format!("cannot be read as {}: there is no such format (there are {})", quoted(name), all()));
    };
    let name = format.info.name;
    if !format.reads(side) {
        return Err(format!("cannot be read as {name}, which is no format of a {} (there are {})", side.name(), all()));
    }
    if !format.kinds.contains(&header.kind) {
        let (has, reads) = (header.kind.in_words(), format.kinds.iter().map(|kind| kind.in_words()));
        let reads = reads.collect::<Vec<_>>().join(" or ");
        return Err(format!("cannot be read as {name}: it is {has}, and {name} is {reads}"));
    }
    let missing = format.missing(side, &header.columns);
    if missing.is_empty() {
        return Ok(format);
    }
    Err(format!("cannot be read as {name}: it lacks {}. It has the {}", missing.join(", "), columns(header)))
}

fn columns(header: &Header) -> String {
    const MOST: usize = 40;
    let what = if header.kind == Kind::Csv { "columns" } else { "keys" };
    let mut names: Vec<String> = header.columns.iter().take(MOST).map(|name| quoted(name.trim())).collect();
    if header.columns.len() > MOST {
        names.push(format!("and {} more", header.columns.len() - MOST));
    }
    format!("{what} {}", names.join(", "))
}

/// The weekly or monthly report of who wrote how many messages.
pub(super) fn is_user_report(columns: &[String]) -> bool {
    let has = |name: &str| columns.iter().any(|column| column.trim().eq_ignore_ascii_case(name));
    ["cadence", "period_start", "period_end"].into_iter().all(has)
}

fn other_separator(header: &Header) -> Option<&'static str> {
    let [only] = header.columns.as_slice() else { return None };
    [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")]
        .into_iter()
        .find_map(|(mark, name)| only.contains(mark).then_some(name))
}

/// Why the file cannot be text of this kind at all, seen from its first bytes.
pub(super) fn not_text(start: &[u8]) -> Option<&'static str> {
    // In UTF-16 every second byte of plain text is zero.
    let utf16 = match start {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => true,
        [first, second, third, fourth, ..] => {
            (*first == 0 && *third == 0 && *second != 0) || (*second == 0 && *fourth == 0 && *first != 0)
        }
        _ => false,
    };
    if utf16 {
        Some("is in UTF-16; save it as CSV in UTF-8")
    } else if start.starts_with(&[0x1F, 0x8B]) {
        Some("is compressed with gzip; unpack it first")
    } else if start.starts_with(b"PK\x03\x04") {
        Some("is an Excel workbook or a zip archive; save or unpack it as CSV first")
    } else if start.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        Some("is an old Excel workbook; save it as CSV first")
    } else if start.starts_with(b"%PDF") {
        Some("is a PDF; download the export as CSV instead")
    } else if start.strip_prefix(BOM).unwrap_or(start).trim_ascii_start().first() == Some(&b'<') {
        Some("is a web page, such as one that asks to sign in, and no export; download the export again, as CSV")
    } else if start.starts_with(b"SQLite format 3\0") {
        Some(
            "is an SQLite database, which is no file of rows; give it as sqlite:PATH, with ?table=NAME where it has several",
        )
    } else if start.strip_prefix(BOM).unwrap_or(start).trim_ascii_start().first() == Some(&b'[') {
        Some(
            "is one JSON list, and not of pages of the admin API; write it as one object a line (jq -c '.[]' does that), or as CSV",
        )
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Header {
        Header { columns: text.split(',').map(str::to_owned).collect(), kind: Kind::Csv, line: 1 }
    }

    fn refused(side: Side, forced: Option<&str>, text: &str) -> String {
        match detect(Path::new("f.csv"), side, forced, header(text), &Terms::default()) {
            Ok((format, _)) => panic!("{text} is taken for {}", format.info.name),
            Err(error) => error.to_string(),
        }
    }

    fn detected(side: Side, text: &str) -> &'static str {
        detect(Path::new("f.csv"), side, None, header(text), &Terms::default()).unwrap().0.info.name
    }

    #[test]
    fn formats_are_known_by_their_headers() {
        let report = "date_partition,account_id,account_user_id,email,name,public_id,usage_type,usage_credits,usage_quantity,usage_units";
        assert_eq!(detected(Side::Bill, report), "chatgpt-credits");
        assert_eq!(detected(Side::Ledger, report), "credit-ledger");
        let table = "id,user_id,action_type,model_used,prompt_tokens,completion_tokens,tokens_used,calculated_cost_cents,openai_request_id,created_at";
        assert_eq!(detected(Side::Ledger, table), "token-usage");
        let requests = "request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost";
        assert_eq!(detected(Side::Bill, requests), "requests");
        assert_eq!(detected(Side::Ledger, requests), "requests");
    }

    #[test]
    fn an_unknown_file_says_what_it_has_and_what_it_would_need() {
        let error = refused(Side::Bill, None, "when,who,how much");
        assert!(
            error.starts_with("f.csv:1: is no bill this program knows. It has the columns “when”, “who”"),
            "{error}"
        );
        assert!(error.contains("chatgpt-credits needs date_partition, email,"), "{error}");
        assert!(error.contains("requests needs request_id (or id),"), "{error}");
        assert!(error.contains("trueup inspect begins a map of them"), "{error}");
        assert!(!error.contains("token-usage") && !error.contains("platform-empty"), "{error}");
    }

    #[test]
    fn unknown_json_objects_are_told_by_their_keys() {
        let header = Header { kind: Kind::JsonLines, ..header("event_id,type") };
        let error = detect(Path::new("f"), Side::Bill, None, header, &Terms::default());
        let error = error.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("keys “event_id”, “type”."), "{error}");
        assert!(error.contains("Of the known formats, chatgpt-credit-log needs"), "{error}");
    }

    #[test]
    fn a_ledger_given_as_a_bill_is_told_so() {
        let error = refused(Side::Bill, None, "day,user,type,credits");
        let but = "is no bill this program knows, but it reads as a ledger (credit-ledger); give it with --ledger if";
        assert!(error.contains(but), "{error}");
    }

    #[test]
    fn the_user_report_is_refused_by_name() {
        let error = refused(Side::Bill, None, "cadence,period_start,period_end,account_id,messages");
        assert!(error.contains("activity without money"), "{error}");
    }

    #[test]
    fn other_separators_are_named() {
        assert!(refused(Side::Bill, None, "id;timestamp;model").contains("semicolons"));
        assert!(refused(Side::Bill, None, "id\ttimestamp\tmodel").contains("tabs"));
    }

    #[test]
    fn a_forced_format_names_the_columns_it_lacks() {
        let error = refused(Side::Bill, Some("requests"), "id,model,cost");
        assert!(error.contains("it lacks timestamp (or created, date), either prompt_tokens"), "{error}");
        assert!(refused(Side::Bill, Some("token-usage"), "id").contains("no format of a bill"));
        assert!(refused(Side::Bill, Some("excel"), "id").contains("there is no such format"));
    }

    #[test]
    fn what_is_no_text_is_named_by_its_first_bytes() {
        assert!(not_text(b"\xFF\xFEi\0d\0").unwrap().contains("UTF-16"));
        assert!(not_text(b"i\0d\0").unwrap().contains("UTF-16"));
        assert!(not_text(b"PK\x03\x04").unwrap().contains("Excel"));
        assert!(not_text(b"\xD0\xCF\x11\xE0\xA1").unwrap().contains("Excel"));
        assert!(not_text(b"%PDF-1.4").unwrap().contains("PDF"));
        assert!(not_text(b"\n<!DOCTYPE html><html>").unwrap().contains("sign in"));
        assert!(not_text(b" [{}]").unwrap().contains("one object a line"));
        assert_eq!(not_text(b"id,timestamp"), None);
    }
}
