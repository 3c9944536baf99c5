//! One page of an answer, looked through but not taken apart: which buckets it
//! holds, how many rows, which dimensions are named, and whether there is
//! more. The bytes themselves are kept as they came; amounts are never read
//! here. Rows are counted and forgotten one by one, however many a page has.

use std::fmt;
use std::hash::{DefaultHasher, Hasher};
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::plan::Dimension;

/// What a page says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Page {
    object: Object,
    #[serde(rename = "data", deserialize_with = "buckets")]
    pub buckets: Vec<Bucket>,
    pub has_more: bool,
    #[serde(default)]
    pub next_page: Option<String>,
}

/// Every page says of itself that it is one; what does not is something else
/// that happens to be JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Object {
    #[serde(rename = "page")]
    Page,
}

/// A span of time with results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// In unix seconds; inclusive.
    pub start: i64,
    /// In unix seconds; exclusive.
    pub end: i64,
    pub rows: u64,
    pub named: Named,
    /// Of its bytes; equal buckets have equal ones.
    pub digest: u64,
}

/// Which dimensions at least one row gives a value for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Named(u16);

impl Named {
    fn add(&mut self, dimension: Dimension) {
        self.0 |= 1 << dimension as u16;
    }

    pub fn has(self, dimension: Dimension) -> bool {
        self.0 & (1 << dimension as u16) != 0
    }

    pub fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// Why bytes are not a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAPage {
    /// They end in the middle of one: the connection was lost, and asking
    /// again helps.
    CutShort,
    /// A part of a sentence with line and column.
    Malformed(String),
}

impl Page {
    /// # Errors
    /// [`NotAPage`] when the bytes are anything but exactly one page.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAPage> {
        // Cut within a number or a word, the end reads as a misspelt one.
        let at_the_end = |error: &serde_json::Error| {
            let lines = bytes.split(|byte| *byte == b'\n').count();
            let last = bytes.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
            error.is_syntax() && error.line() == lines && error.column() >= last.len()
        };
        serde_json::from_slice(bytes).map_err(|error| {
            if error.is_eof() || at_the_end(&error) {
                NotAPage::CutShort
            } else {
                NotAPage::Malformed(error.to_string())
            }
        })
    }
}

fn buckets<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Bucket>, D::Error> {
    struct Buckets;

    impl<'de> Visitor<'de> for Buckets {
        type Value = Vec<Bucket>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of buckets")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Bucket>, A::Error> {
            let mut buckets = Vec::new();
            while let Some(raw) = list.next_element::<Box<RawValue>>()? {
                let bucket = Bucket::parse(raw.get()).map_err(|error| {
                    let number = buckets.len() + 1;
                    serde::de::Error::custom(format_args!("bucket {number} of the page is not one: {error}"))
                })?;
                buckets.push(bucket);
            }
            Ok(buckets)
        }
    }

    from.deserialize_seq(Buckets)
}

impl Bucket {
    fn parse(text: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Shape {
            start_time: i64,
            end_time: i64,
            /// Older descriptions of the API call the list `result`.
            #[serde(alias = "result")]
            results: Results,
        }
        let Shape { start_time, end_time, results } = serde_json::from_str(text)?;
        let mut hasher = DefaultHasher::new();
        hasher.write(text.as_bytes());
        let digest = hasher.finish();
        Ok(Self { start: start_time, end: end_time, rows: results.rows, named: results.named, digest })
    }
}

#[derive(Default)]
struct Results {
    rows: u64,
    named: Named,
}

impl<'de> Deserialize<'de> for Results {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Results;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of results")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Results, A::Error> {
                let mut results = Results::default();
                while let Some(Row(named)) = list.next_element()? {
                    results.rows += 1;
                    results.named.join(named);
                }
                Ok(results)
            }
        }

        from.deserialize_seq(List)
    }
}

/// Of a result, the dimensions it gives a value for.
struct Row(Named);

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Row;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a result")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Row, A::Error> {
                let mut named = Named::default();
                while let Some(Key(dimension)) = members.next_key()? {
                    let has_value = members.next_value::<Option<IgnoredAny>>()?.is_some();
                    if let Some(dimension) = dimension.filter(|_| has_value) {
                        named.add(dimension);
                    }
                }
                Ok(Row(named))
            }
        }

        from.deserialize_map(Members)
    }
}

struct Key(Option<Dimension>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Name(PhantomData<()>);

        impl Visitor<'_> for Name {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, name: &str) -> Result<Key, E> {
                Ok(Key(Dimension::ALL.into_iter().find(|dimension| dimension.name() == name)))
            }
        }

        from.deserialize_str(Name(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAGE: &str = r#"{"object":"page","data":[
        {"object":"bucket","start_time":1767225600,"end_time":1767312000,"results":[
            {"amount":{"value":"0E-6176","currency":"usd"},"line_item":"gpt-5, input","project_id":null,"api_key_id":null},
            {"amount":{"value":0.1000000000000000055511151231257827,"currency":"usd"},"line_item":null,"project_id":"proj_1"}]},
        {"object":"bucket","start_time":1767312000,"end_time":1767398400,"results":[]}],
        "has_more":true,"next_page":"page_A="}"#;

    #[test]
    fn a_page_says_its_buckets_rows_dimensions_and_cursor() {
        let page = Page::parse(PAGE.as_bytes()).unwrap();
        let spans: Vec<_> = page.buckets.iter().map(|b| (b.start, b.end, b.rows)).collect();
        assert_eq!(spans, [(1_767_225_600, 1_767_312_000, 2), (1_767_312_000, 1_767_398_400, 0)]);
        let named = page.buckets[0].named;
        assert!(named.has(Dimension::LineItem) && named.has(Dimension::Project));
        assert!(!named.has(Dimension::ApiKey) && !named.has(Dimension::Model));
        assert_eq!((page.has_more, page.next_page.as_deref()), (true, Some("page_A=")));
        assert_eq!(page, serde_json::from_reader(PAGE.as_bytes()).unwrap());
    }

    #[test]
    fn false_and_zero_are_values_and_null_is_none() {
        let text = r#"{"start_time":1,"end_time":2,"results":[{"batch":false,"model":null,"user_id":0}]}"#;
        let named = Bucket::parse(text).unwrap().named;
        assert!(named.has(Dimension::Batch) && named.has(Dimension::User) && !named.has(Dimension::Model));
    }

    #[test]
    fn what_is_no_page_says_why() {
        let why = |text: &str| match Page::parse(text.as_bytes()) {
            Err(NotAPage::Malformed(why)) => why,
            other => panic!("{text}: {other:?}"),
        };
        assert!(why("<html>").contains("line 1 column 1"));
        assert!(why(r#"{"object":"list","data":[],"has_more":false}"#).contains("list"));
        assert!(why(r#"{"error":{"message":"no"}}"#).contains("object"));
        assert!(why(r#"{"object":"page","data":[],"next_page":null}"#).contains("has_more"));
        let bad = why(r#"{"object":"page","data":[{"start_time":1,"end_time":2}],"has_more":false}"#);
        assert!(bad.contains("bucket 1") && bad.contains("results"), "{bad}");
        assert!(why(r#"{"object":"page","data":[],"has_more":false} {}"#).contains("trailing"));
    }

    #[test]
    fn a_page_cut_anywhere_is_known_to_be_cut() {
        for at in 0..PAGE.len() - 1 {
            assert_eq!(Page::parse(&PAGE.as_bytes()[..at]), Err(NotAPage::CutShort), "cut at {at}");
        }
    }

    proptest! {
        #[test]
        fn damaged_pages_never_panic(at in 0..PAGE.len(), byte: u8) {
            let mut bytes = PAGE.as_bytes().to_vec();
            bytes[at] = byte;
            let _ = Page::parse(&bytes);
        }
    }
}
