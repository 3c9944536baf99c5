//! The fund and the PI of a project by day: a plain text where they never
//! change, else a list of them with their first and last days.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::UNASSIGNED;
use super::json::{Document, Text};
use crate::calendar::Day;
use crate::place::PlacedError;

/// One fund, or PI, and the days on which it holds; both inclusive.
pub(super) struct Span {
    pub value: String,
    pub from: Option<Day>,
    pub to: Option<Day>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpanShape<'a> {
    // Either of the two, as the list it stands in is called.
    #[serde(borrow)]
    fund_org: Option<Text<'a>>,
    #[serde(borrow)]
    pi_email: Option<Text<'a>>,
    from: Option<Day>,
    to: Option<Day>,
    #[serde(rename = "$comment", default)]
    _comment: IgnoredAny,
    #[serde(rename = "_comment", default)]
    _comment2: IgnoredAny,
}

/// Reads `"fund_org": "A"` or `"fund_org": [{"fund_org": "A", "to": "2026-03-31"}, ...]`,
/// and `pi_email` likewise, ascending by day.
///
/// # Errors
/// With line and column: an empty or forbidden name, an empty list, a span
/// that ends before it starts or begins while another holds.
pub(super) fn spans<'a>(
    document: &Document<'a>,
    path: &str,
    key: &str,
    raw: &'a RawValue,
) -> Result<Vec<Span>, PlacedError> {
    let path = format!("{path}.{key}");
    if !raw.get().starts_with('[') {
        let text: Text<'_> = document.part(raw, &path)?;
        return Ok(vec![Span { value: checked(document, &path, text)?, from: None, to: None }]);
    }
    let list: Vec<&RawValue> = document.part(raw, &path)?;
    if list.is_empty() {
        return Err(document.error_at(raw.get(), format!("{path} is empty; every project needs one")));
    }
    let mut spans: Vec<(Span, &str)> = Vec::with_capacity(list.len());
    for (at, raw) in list.into_iter().enumerate() {
        let path = format!("{path}[{at}]");
        let shape: SpanShape<'_> = document.part(raw, &path)?;
        let (named, other) =
            if key == "fund_org" { (shape.fund_org, shape.pi_email) } else { (shape.pi_email, shape.fund_org) };
        let (Some(named), None) = (named, other) else {
            return Err(
                document.error_at(raw.get(), format!("{path}: it takes `{key}`, and `from` and `to` if it changes"))
            );
        };
        ordered(document, raw.get(), &path, shape.from, shape.to)?;
        let value = checked(document, &format!("{path}.{key}"), named)?;
        spans.push((Span { value, from: shape.from, to: shape.to }, raw.get()));
    }
    spans.sort_by_key(|(span, _)| span.from);
    for pair in spans.windows(2) {
        let [(before, _), (next, at)] = pair else { continue };
        if before.to.is_none_or(|to| next.from.is_none_or(|from| from <= to)) {
            let what = format!(
                "{path}: “{}” begins while “{}” holds; end that one with “to” on the day before",
                next.value, before.value
            );
            return Err(document.error_at(at, what));
        }
    }
    Ok(spans.into_iter().map(|(span, _)| span).collect())
}

/// Refuses days that nobody is named for: a fund may close, but a project
/// without a PI has nobody to send its statement to.
pub(super) fn without_gaps(
    document: &Document<'_>,
    raw: &RawValue,
    path: &str,
    spans: &[Span],
    whole: (Option<Day>, Option<Day>),
) -> Result<(), PlacedError> {
    let missing = |what: String| Err(document.error_at(raw.get(), format!("{path}.pi_email: nobody is named {what}")));
    for pair in spans.windows(2) {
        let [before, next] = pair else { continue };
        if let (Some(to), Some(from)) = (before.to, next.from)
            && from != to.plus_days(1)
        {
            return missing(format!("between {to} and {from}"));
        }
    }
    let (first, last) = (spans.first().and_then(|span| span.from), spans.last().and_then(|span| span.to));
    match (first, last) {
        (Some(first), _) if whole.0.is_none_or(|from| from < first) => {
            missing(format!("before {first}; take out that “from”, or give the project one"))
        }
        (_, Some(last)) if whole.1.is_none_or(|to| last < to) => {
            missing(format!("after {last}; take out that “to”, or give the project one"))
        }
        _ => Ok(()),
    }
}

/// Refuses a last day before the first.
pub(super) fn ordered(
    document: &Document<'_>,
    at: &str,
    path: &str,
    from: Option<Day>,
    to: Option<Day>,
) -> Result<(), PlacedError> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => {
            Err(document.error_at(at, format!("{path}: “to” ({to}) is before “from” ({from}); “to” is the last day")))
        }
        _ => Ok(()),
    }
}

/// A name that every project needs.
pub(super) fn checked(document: &Document<'_>, path: &str, text: Text<'_>) -> Result<String, PlacedError> {
    if text.value.is_empty() {
        return Err(document.error_at(text.at, format!("{path} is empty; every project needs one")));
    }
    if text.value == UNASSIGNED {
        let what = format!("{path}: “{UNASSIGNED}” stands for usage of nobody's; choose another name");
        return Err(document.error_at(text.at, what));
    }
    Ok(text.value)
}
