//! Reads values out of a TOML text with errors that name line and column, and
//! numbers by their own digits rather than as floats.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use toml_edit::{Document, Item, TableLike, Value};

use crate::amount::Amount;
use crate::place::PlacedError;

pub(super) struct Reader<'a> {
    text: &'a str,
    file: &'a Path,
}

/// A table together with its name, for messages: `[tolerance]`, or empty at
/// the top.
pub(super) struct Section<'r> {
    reader: &'r Reader<'r>,
    name: Cow<'static, str>,
    table: Option<&'r dyn TableLike>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, file: &'a Path) -> Self {
        Self { text, file }
    }

    pub(super) fn document(&self) -> Result<Document<&'a str>, PlacedError> {
        Document::parse(self.text)
            .map_err(|error| self.error(error.span(), format!("is not TOML: {}", error.message().trim())))
    }

    /// The top of the document, which may hold `keys` and no other.
    pub(super) fn top<'r>(&'r self, document: &'r Document<&str>, keys: &[&str]) -> Result<Section<'r>, PlacedError> {
        Section { reader: self, name: "".into(), table: Some(document.as_table()) }.checked(keys)
    }

    fn error(&self, span: Option<Range<usize>>, what: impl Into<String>) -> PlacedError {
        let mut error = PlacedError::new(self.file, what);
        if let Some(before) = span.and_then(|span| self.text.get(..span.start.min(self.text.len()))) {
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            error.line = Some(before.matches('\n').count() as u64 + 1);
            error.column = Some(before.get(line_start..).unwrap_or_default().chars().count() as u64 + 1);
        }
        error
    }
}

impl<'r> Section<'r> {
    /// A table within this one; an absent one is empty.
    pub(super) fn section(&self, name: &'static str, keys: &[&str]) -> Result<Section<'r>, PlacedError> {
        self.open_section(name)?.checked(keys)
    }

    /// Whether a key holds a table, where it may also be a value.
    pub(super) fn is_table(&self, key: &str) -> bool {
        self.get(key).is_some_and(|item| item.as_table_like().is_some())
    }

    /// A table whose keys are the operator's own.
    pub(super) fn open_section(&self, name: &'static str) -> Result<Section<'r>, PlacedError> {
        let table = match self.get(name) {
            None => None,
            Some(item) => match item.as_table_like() {
                Some(table) => Some(table),
                None => return Err(self.wrong(name, "must be a table: write its keys below a line [", name, "]")),
            },
        };
        Ok(Section { reader: self.reader, name: name.into(), table })
    }

    /// The tables within this one, whose names are the operator's own.
    pub(super) fn tables(&self) -> Result<Vec<(&'r str, Section<'r>)>, PlacedError> {
        let open = |name: &'r str| {
            let full = format!("{}.{name}", self.name);
            match self.get(name).and_then(Item::as_table_like) {
                Some(table) => Ok((name, Section { reader: self.reader, name: full.into(), table: Some(table) })),
                None => Err(self.wrong(name, "must be a table: write its keys below a line [", &full, "]")),
            }
        };
        self.names().into_iter().map(open).collect()
    }

    /// An error about one table of a list, at the line of its first key.
    pub(super) fn refuse_entry(&self, what: &str) -> PlacedError {
        let first = self.names().first().copied().unwrap_or_default();
        let error = self.error(first, format!("[[{}]] {what}", self.name));
        PlacedError { column: None, ..error }
    }

    /// An error about the table as a whole.
    pub(super) fn refuse_table(&self, within: &Section, what: &str) -> PlacedError {
        let key = self.name.strip_prefix(&*within.name).unwrap_or(&self.name).trim_start_matches('.');
        within.error(key, format!("[{}] {what}", self.name))
    }

    /// The tables of a list, `[[name]]`, each of which may hold `keys` and no
    /// other; an absent list is empty.
    pub(super) fn list(&self, name: &'static str, keys: &[&str]) -> Result<Vec<Section<'r>>, PlacedError> {
        let wrong = || self.wrong(name, "must be a list of tables: write each below a line [[", name, "]]");
        let Some(item) = self.get(name) else { return Ok(Vec::new()) };
        let tables: Option<Vec<&'r dyn TableLike>> = match (item, item.as_array()) {
            (Item::ArrayOfTables(tables), _) => Some(tables.iter().map(|table| table as &dyn TableLike).collect()),
            (_, Some(list)) => list.iter().map(|v| v.as_inline_table().map(|t| t as &dyn TableLike)).collect(),
            _ => None,
        };
        let sections = tables.ok_or_else(wrong)?.into_iter();
        sections
            .map(|table| Section { reader: self.reader, name: name.into(), table: Some(table) }.checked(keys))
            .collect()
    }

    fn checked(self, keys: &[&str]) -> Result<Self, PlacedError> {
        for name in self.names() {
            if !keys.contains(&name) {
                let within = if self.name.is_empty() { "at the top".into() } else { format!("in [{}]", self.name) };
                let what = format!("there is no key “{name}” {within}; there are: {}", keys.join(", "));
                return Err(self.error(name, what));
            }
        }
        Ok(self)
    }

    /// The keys of the table as they are written, in their order.
    pub(super) fn names(&self) -> Vec<&'r str> {
        self.table.map(|table| table.iter().map(|(name, _)| name).collect()).unwrap_or_default()
    }

    /// Reads a key with `read`, or leaves the default where it is absent.
    pub(super) fn read<T>(
        &self,
        key: &str,
        default: T,
        read: impl FnOnce(Given) -> Result<T, String>,
    ) -> Result<T, PlacedError> {
        let Some(item) = self.get(key) else { return Ok(default) };
        let given = Given { reader: self.reader, item };
        read(given).map_err(|what| self.error_at(key, item, format!("{} {what}", self.full_name(key))))
    }

    /// An error at the place of a key's value.
    pub(super) fn refuse(&self, key: &str, what: &str) -> PlacedError {
        let what = format!("{} {what}", self.full_name(key));
        match self.get(key) {
            Some(item) => self.error_at(key, item, what),
            None => self.error(key, what),
        }
    }

    fn full_name(&self, key: &str) -> String {
        if self.name.is_empty() { format!("“{key}”") } else { format!("“{}.{key}”", self.name) }
    }

    fn get(&self, key: &str) -> Option<&'r Item> {
        self.table.and_then(|table| table.get(key)).filter(|item| !item.is_none())
    }

    fn wrong(&self, key: &str, a: &str, b: &str, c: &str) -> PlacedError {
        self.error(key, format!("{} {a}{b}{c}", self.full_name(key)))
    }

    fn error(&self, key: &str, what: String) -> PlacedError {
        let found = self.table.and_then(|table| table.get_key_value(key));
        let span = found.and_then(|(key, item)| key.span().or_else(|| item.span()));
        self.reader.error(span, what)
    }

    fn error_at(&self, key: &str, item: &Item, what: String) -> PlacedError {
        match item.span() {
            Some(span) => self.reader.error(Some(span), what),
            None => self.error(key, what),
        }
    }
}

/// The value of one key.
pub(super) struct Given<'r> {
    reader: &'r Reader<'r>,
    item: &'r Item,
}

impl Given<'_> {
    /// An amount that is not below zero.
    pub(super) fn amount(&self) -> Result<Amount, String> {
        let digits = self.digits()?;
        let amount = Amount::parse(&digits).map_err(|error| format!("is “{digits}”, which {error}"))?;
        if amount.is_negative() {
            return Err(format!("is “{digits}”; it must not be below 0"));
        }
        Ok(amount)
    }

    /// A number by its digits as they are written, or what a string holds.
    pub(super) fn digits(&self) -> Result<String, String> {
        match self.item.as_value() {
            Some(Value::String(text)) => Ok(text.value().clone()),
            Some(value @ (Value::Integer(_) | Value::Float(_))) => value
                .span()
                .and_then(|span| self.reader.text.get(span))
                .map(|digits| digits.replace('_', ""))
                .ok_or_else(|| "cannot be read".into()),
            _ => Err("must be a number, or a number in quotes".into()),
        }
    }

    /// A date as TOML has it, or what a string holds.
    pub(super) fn date(&self) -> Result<String, String> {
        match self.item.as_value() {
            Some(Value::String(text)) => Ok(text.value().clone()),
            Some(Value::Datetime(date)) => Ok(date.value().to_string()),
            _ => Err("must be a day, such as 2026-01-31".into()),
        }
    }

    pub(super) fn yes_or_no(&self) -> Result<bool, String> {
        self.item.as_bool().ok_or_else(|| "must be true or false".into())
    }

    pub(super) fn whole(&self, most: u32) -> Result<u32, String> {
        let number = self.item.as_integer().and_then(|n| u32::try_from(n).ok()).filter(|n| *n <= most);
        number.ok_or_else(|| format!("must be a whole number from 0 to {most}"))
    }

    /// Text that is not blank.
    pub(super) fn text(&self) -> Result<String, String> {
        let text = self.item.as_str().map(str::trim).filter(|text| !text.is_empty());
        text.map(Into::into).ok_or_else(|| "must be text in quotes, and not empty".into())
    }

    /// Text that may be empty.
    pub(super) fn text_or_empty(&self) -> Result<String, String> {
        self.item.as_str().map(Into::into).ok_or_else(|| "must be text in quotes".into())
    }

    /// A list of texts, or one text alone.
    pub(super) fn texts(&self) -> Result<Vec<String>, String> {
        let wrong = || "must be a list of texts, such as [\"one\", \"two\"]".to_owned();
        match self.item.as_value() {
            Some(Value::String(text)) if !text.value().trim().is_empty() => Ok(vec![text.value().clone()]),
            Some(Value::Array(list)) => list
                .iter()
                .map(|value| value.as_str().filter(|t| !t.trim().is_empty()).map(Into::into).ok_or_else(wrong))
                .collect(),
            _ => Err(wrong()),
        }
    }
}
