//! Rows written as one JSON object a line: keys in any order and case, those
//! not asked for skipped, numbers kept by their text. Where a format says so,
//! objects inside objects are looked into, under names such as `outer.inner`.

use std::borrow::Cow;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::cells::{AGAIN, Cells, MAX_FIELDS, MEND, Problem};
use super::format::{Format, Nested};

/// Objects inside objects beyond this are not looked into.
const DEEPEST: usize = 8;

/// Bytes of a key, with the keys it stands under, beyond which it is no name
/// that a format or a map has. Without a bound, one long key over many short
/// ones would be copied for each of them.
const LONGEST_NAME: usize = 256;

/// Bytes of a text that stands beside a list, and so in each of its rows.
const LONGEST_SHARED: usize = 1 << 10;

/// A field and the rank of one of its names.
type Known = (usize, usize);

/// What the keys of one line turned out to be, in their order. The next line
/// most often has the same, and then none has to be looked up.
#[derive(Default)]
pub(super) struct Keys(Vec<(Box<str>, Option<Known>)>);

impl Keys {
    /// What the key at this place is.
    fn find(&mut self, format: &Format, at: usize, key: &str) -> Option<Known> {
        if key.len() > LONGEST_NAME {
            return None;
        }
        if let Some((known, field)) = self.0.get(at)
            && **known == *key
        {
            return *field;
        }
        let field = format.field_of(key);
        let known = self.0.len();
        match self.0.get_mut(at) {
            Some(entry) => *entry = (key.into(), field),
            // Only as many as a row may reasonably have are kept in mind.
            None if at == known && at < 256 => self.0.push((key.into(), field)),
            None => {}
        }
        field
    }
}

/// The texts of one line by field; only those with escapes are copies.
#[derive(Clone, Default)]
pub(super) struct Texts<'a>([Cow<'a, str>; MAX_FIELDS]);

impl<'a> Texts<'a> {
    /// Gives a field a text that stands elsewhere.
    pub fn set(&mut self, field: usize, text: &'a str) {
        if let Some(cell) = self.0.get_mut(field) {
            *cell = Cow::Borrowed(text);
        }
    }

    pub fn cells(&self) -> Cells<'_> {
        let mut cells = Cells::blank();
        for (field, text) in self.0.iter().enumerate() {
            cells.set(field, text);
        }
        cells
    }
}

/// Reads one line.
pub(super) fn texts<'a>(format: &Format, raw: &'a [u8], keys: &mut Keys) -> Result<Texts<'a>, Problem> {
    Object::new(format, keys, Texts::default()).read(raw).map(|object| object.texts)
}

/// The rows of one line, where the format has a list of them in it: each entry
/// of the list as it stands there, with all that stands beside the list. No
/// list is one row.
pub(super) fn listed<'a>(
    format: &Format,
    raw: &'a [u8],
    keys: &mut Keys,
    mut row: impl FnMut(&'a [u8], Result<Texts<'a>, Problem>),
) -> Result<(), Problem> {
    let object = Object::new(format, keys, Texts::default()).read(raw)?;
    let (Some(list), Nested::List(name)) = (object.list, format.nested) else {
        row(raw, Ok(object.texts));
        return Ok(());
    };
    let (mut outer, ranks) = (object.texts, object.ranks);
    if let Some((field, _)) = format.field_of(name) {
        // Its rows have their own texts.
        outer.set(field, "");
    }
    if let Some(field) = outer.0.iter().position(|text| text.len() > LONGEST_SHARED) {
        return Err(Problem::cell(
            field,
            format_args!("is longer than {LONGEST_SHARED} bytes, so the file may be damaged"),
            AGAIN,
        ));
    }
    let entries: Vec<&'a RawValue> = serde_json::from_str(list).map_err(|error| not_an_object(&error))?;
    let mut keys = Keys::default();
    for entry in entries {
        let mut inner = Object::new(format, &mut keys, outer.clone());
        inner.ranks = ranks;
        inner.path = format!("{name}[].");
        let raw = entry.get().as_bytes();
        row(raw, inner.read(raw).map(|inner| inner.texts));
    }
    Ok(())
}

fn not_an_object(error: &serde_json::Error) -> Problem {
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or_default();
    Problem::row(format_args!("is not one JSON object ({what}, at character {})", error.column()), AGAIN)
}

/// The keys of one line as they are spelled, to know a format by; behind a key
/// of an object those inside it, as `outer.inner`.
pub(super) fn keys(raw: &[u8]) -> Option<Vec<String>> {
    type Map = serde_json::Map<String, serde_json::Value>;
    fn collect(object: Map, path: &str, into: &mut Vec<String>, depth: usize) {
        for (key, value) in object {
            if path.len() + key.len() > LONGEST_NAME {
                continue;
            }
            let name = format!("{path}{key}");
            let inner = format!("{name}.");
            into.push(name);
            if let serde_json::Value::Object(object) = value
                && depth < DEEPEST
            {
                collect(object, &inner, into, depth + 1);
            }
        }
    }
    let mut keys = Vec::new();
    collect(serde_json::from_slice(raw).ok()?, "", &mut keys, 0);
    Some(keys)
}

struct Object<'f, 'a> {
    format: &'f Format,
    keys: &'f mut Keys,
    texts: Texts<'a>,
    /// The rank of the name each text came under.
    ranks: [Option<usize>; MAX_FIELDS],
    double: Option<usize>,
    /// What names begin with at this depth: `outer.`
    path: String,
    depth: usize,
    /// Keys seen so far, at any depth.
    at: usize,
    /// The format's list, as it stands in the line.
    list: Option<&'a str>,
}

impl<'f, 'a> Object<'f, 'a> {
    fn new(format: &'f Format, keys: &'f mut Keys, texts: Texts<'a>) -> Self {
        Self {
            format,
            keys,
            texts,
            ranks: [None; MAX_FIELDS],
            double: None,
            path: String::new(),
            depth: 0,
            at: 0,
            list: None,
        }
    }

    fn read(mut self, raw: &'a [u8]) -> Result<Self, Problem> {
        let mut json = serde_json::Deserializer::from_slice(raw);
        json.deserialize_map(&mut self).and_then(|()| json.end()).map_err(|error| not_an_object(&error))?;
        match self.double {
            None => Ok(self),
            Some(field) => Err(Problem::cell(
                field,
                "stands in the row twice, and which of the two counts cannot be guessed",
                MEND,
            )),
        }
    }

    /// Looks into an object or keeps the format's list; the path is its name.
    fn look_into(&mut self, value: &'a RawValue) -> Result<(), serde_json::Error> {
        let text = value.get();
        if self.format.nested == Nested::No {
            return Ok(());
        }
        if text.starts_with('{') && self.depth < DEEPEST {
            self.path.push('.');
            self.depth += 1;
            serde_json::Deserializer::from_str(text).deserialize_map(&mut *self)?;
            self.depth -= 1;
        } else if let Nested::List(name) = self.format.nested
            && self.path == name
            && text.starts_with('[')
        {
            self.list = Some(text);
        }
        Ok(())
    }
}

impl<'a> Visitor<'a> for &mut Object<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<(), M::Error> {
        let outer = self.path.len();
        while let Some(key) = map.next_key::<Key<'a>>()? {
            let found = if outer == 0 {
                self.keys.find(self.format, self.at, &key.0)
            } else {
                self.path.truncate(outer);
                self.path.push_str(&key.0);
                self.keys.find(self.format, self.at, &self.path)
            };
            self.at += 1;
            if found.is_none() && self.format.nested == Nested::No {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value: &'a RawValue = map.next_value()?;
            if value.get().starts_with(['{', '[']) {
                if outer == 0 {
                    self.path.clear();
                    self.path.push_str(&key.0);
                }
                self.look_into(value).map_err(M::Error::custom)?;
                self.path.truncate(outer);
            }
            let slot = found.and_then(|(field, rank)| {
                Some((field, rank, self.texts.0.get_mut(field)?, self.ranks.get_mut(field)?))
            });
            let Some((field, rank, text, known)) = slot else { continue };
            match *known {
                Some(before) if before == rank => self.double = self.double.or(Some(field)),
                Some(before) if before < rank => {}
                _ => {
                    *known = Some(rank);
                    *text = cell_text(value.get()).map_err(M::Error::custom)?;
                }
            }
        }
        self.path.truncate(outer);
        Ok(())
    }
}

/// A key without a copy, unless it has escapes.
pub(super) struct Key<'a>(pub Cow<'a, str>);

impl<'a> serde::Deserialize<'a> for Key<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'a> Visitor<'a> for Text {
            type Value = Key<'a>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Key<'a>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Key<'a>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// A value as the text of a cell: texts without their quotes, `null` blank,
/// anything else as it is written.
pub(super) fn cell_text(raw: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    let Some(inner) = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Ok(Cow::Borrowed(if raw == "null" { "" } else { raw }));
    };
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(inner));
    }
    serde_json::from_str(raw).map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::token_usage::FORMAT;

    fn read(line: &str) -> Result<Vec<String>, String> {
        let texts = texts(&FORMAT, line.as_bytes(), &mut Keys::default()).map_err(|problem| problem.reason)?;
        Ok(texts.0.iter().filter(|text| !text.is_empty()).map(|text| text.to_string()).collect())
    }

    #[test]
    fn numbers_keep_their_text_and_null_is_blank() {
        let line = r#"{"calculated_cost_cents":0.10,"user_id":null,"Model_Used":"a\u0062","x":[1,{"user_id":2}],"success":true}"#;
        assert_eq!(read(line).unwrap(), ["ab", "0.10", "true"]);
    }

    #[test]
    fn the_preferred_name_wins_and_the_same_name_twice_is_refused() {
        assert_eq!(read(r#"{"prompt_tokens":1,"input_tokens":2}"#).unwrap(), ["2"]);
        assert_eq!(read(r#"{"input_tokens":2,"prompt_tokens":1}"#).unwrap(), ["2"]);
        assert!(read(r#"{"input_tokens":2,"INPUT_TOKENS":2}"#).unwrap_err().contains("twice"));
    }

    #[test]
    fn what_is_no_single_object_is_refused() {
        for line in ["[]", "1", "{", "{} {}", r#"{"a":1,}"#, r#"{"model_used":"\ud800"}"#] {
            let reason = read(line).unwrap_err();
            assert!(reason.starts_with("is not one JSON object ("), "{line}: {reason}");
        }
    }

    #[test]
    fn a_key_too_long_to_be_a_name_is_none_and_nothing_below_it() {
        let (long, short) = ("k".repeat(LONGEST_NAME + 1), "k".repeat(LONGEST_NAME));
        let line = |key: &str| format!(r#"{{"{key}":{{"a":1}},"b":{{"c":2}}}}"#);
        assert_eq!(super::keys(line(&long).as_bytes()).unwrap(), ["b", "b.c"]);
        assert_eq!(super::keys(line(&short).as_bytes()).unwrap(), [&short, "b", "b.c"]);
        assert_eq!(read(&format!(r#"{{"{long}":1,"user_id":"u"}}"#)).unwrap(), ["u"]);
    }

    #[test]
    fn keys_that_change_their_order_are_looked_up_again() {
        let mut keys = Keys::default();
        for line in [r#"{"user_id":"u","model_used":"m"}"#, r#"{"model_used":"m","user_id":"u"}"#, r#"{"user_id":"u"}"#]
        {
            let texts = texts(&FORMAT, line.as_bytes(), &mut keys).map_err(|problem| problem.reason).unwrap();
            assert!(texts.0.contains(&Cow::Borrowed("u")), "{line}");
        }
    }
}
