//! Pages of the admin API. A page is an object with a list of buckets, each a
//! span of time with a list of results; each result is a row. A file may hold
//! one page or many, on one line or on many, one behind the other or in one
//! list, and of any size: it is cut where a bucket ends, and only whole buckets
//! are taken apart.

use memchr::memchr2;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::record::Last;

/// So much of a first object is looked at before it is taken for a row.
const LOOK: usize = 64 << 10;

/// Whether the object a file begins with is a page; `None` where that cannot
/// be seen yet. `bytes` begin with its brace.
pub(super) fn is_page(bytes: &[u8]) -> Option<bool> {
    let verdict = member(bytes);
    if verdict.is_none() && bytes.len() > LOOK { Some(false) } else { verdict }
}

fn member(bytes: &[u8]) -> Option<bool> {
    let mut at = blanks(bytes, 1);
    loop {
        if *bytes.get(at)? != b'"' {
            return Some(false);
        }
        let key_end = value_end(bytes, at)?;
        let key = bytes.get(at..key_end)?;
        at = blanks(bytes, key_end);
        if *bytes.get(at)? != b':' {
            return Some(false);
        }
        at = blanks(bytes, at + 1);
        let first = *bytes.get(at)?;
        if key == b"\"data\"" {
            return Some(first == b'[');
        }
        let end = value_end(bytes, at)?;
        if key == b"\"object\"" && bytes.get(at..end)? == b"\"page\"" {
            return Some(true);
        }
        at = blanks(bytes, end);
        if *bytes.get(at)? != b',' {
            return Some(false);
        }
        at = blanks(bytes, at + 1);
    }
}

fn blanks(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// Where the JSON value that begins at a byte ends; `None` where the bytes end
/// first. What stands inside is not checked.
fn value_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut nesting = Nesting::default();
    match bytes.get(from)? {
        b'{' | b'[' => {
            let mut at = from;
            loop {
                at = nesting.step(bytes, at)?;
                if nesting.depth == 0 && !nesting.text {
                    return Some(at);
                }
            }
        }
        b'"' => {
            let mut at = nesting.step(bytes, from)?;
            while nesting.text {
                at = nesting.step(bytes, at)?;
            }
            Some(at)
        }
        _ => {
            let scalar = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
            let length = bytes.get(from..)?.iter().position(|b| !scalar(b))?;
            (length > 0).then_some(from + length)
        }
    }
}

/// How deep in objects, lists and texts a place is.
#[derive(Debug, Clone, Copy, Default)]
struct Nesting {
    depth: u32,
    text: bool,
    /// The byte before was a backslash in a text.
    escaped: bool,
}

impl Nesting {
    /// Goes on behind the next byte that matters; `None` where there is none.
    fn step(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        if self.escaped {
            bytes.get(at)?;
            self.escaped = false;
            return Some(at + 1);
        }
        let rest = bytes.get(at..)?;
        if self.text {
            let hit = memchr2(b'"', b'\\', rest)?;
            if rest.get(hit) == Some(&b'"') {
                self.text = false;
            } else {
                self.escaped = true;
            }
            return Some(at + hit + 1);
        }
        let hit = rest.iter().position(|b| matches!(b, b'"' | b'{' | b'}' | b'[' | b']'))?;
        match rest.get(hit) {
            Some(b'"') => self.text = true,
            Some(b'{' | b'[') => self.depth = self.depth.saturating_add(1),
            _ => self.depth = self.depth.saturating_sub(1),
        }
        Some(at + hit + 1)
    }
}

/// Finds where buckets and pages end in a file that arrives bit by bit.
#[derive(Debug, Default)]
pub(super) struct Ends {
    nesting: Nesting,
    /// Bytes of what is pending that were looked at.
    seen: usize,
    /// All pages stand in one list: how deep it is; `None` until the first
    /// bracket shows it.
    list: Option<u32>,
    /// Of the last end that was found.
    inside: bool,
    /// Whether what is pending begins inside a page's list of buckets.
    pub begins_inside: bool,
}

impl Ends {
    /// The last end of a bucket or page in what is pending.
    pub fn last(&mut self, pending: &[u8]) -> Last {
        let mut end = 0;
        while let Some(at) = self.nesting.step(pending, self.seen) {
            self.seen = at;
            let bracket = if self.nesting.text { None } else { pending.get(at - 1) };
            let list = *self.list.get_or_insert(u32::from(bracket == Some(&b'[')));
            // The page is one deep, its list two: behind a bucket it is two again.
            let depth = self.nesting.depth.checked_sub(list);
            if bracket == Some(&b'}') && (depth == Some(0) || depth == Some(2)) {
                (end, self.inside) = (at, depth == Some(2));
            }
        }
        self.seen = pending.len();
        Last { end, open_quote: None }
    }

    /// So many bytes of what was pending are taken off its front.
    pub fn cut(&mut self, bytes: usize) {
        self.seen = self.seen.saturating_sub(bytes);
        self.begins_inside = self.inside;
    }
}

/// One step through a block of whole buckets, with the byte it begins at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    Bucket(usize, &'a [u8]),
    /// A page says whether there are more behind it.
    HasMore(bool),
    PageEnd,
    /// A list of pages begins (`true`) or ends.
    List(bool),
    /// What stands here is no part of a page; the rest of the block is lost.
    Broken(usize, &'static str),
}

/// Walks through a block.
pub(super) struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Page,
    Buckets,
    Lost,
}

const CUT_OFF: &str = "ends in the middle of a page: the file is cut short";
const NO_PAGE: &str = "is no page of the admin API, nor a part of one, so the file may be damaged";

impl<'a> Walk<'a> {
    /// `inside`: the block begins inside a page's list of buckets.
    pub fn new(bytes: &'a [u8], inside: bool) -> Self {
        Self { bytes, at: 0, place: if inside { Place::Buckets } else { Place::Outside } }
    }

    fn lost(&mut self, why: &'static str) -> Option<Step<'a>> {
        self.place = Place::Lost;
        Some(Step::Broken(self.at, why))
    }

    /// Past commas and blanks; the byte there.
    fn next_byte(&mut self) -> Option<u8> {
        loop {
            self.at = blanks(self.bytes, self.at);
            match self.bytes.get(self.at) {
                Some(b',') => self.at += 1,
                byte => return byte.copied(),
            }
        }
    }

    /// Inside a page's object: the next of its members that says something, or
    /// nothing where its list of buckets begins.
    fn member(&mut self) -> Option<Step<'a>> {
        loop {
            match self.next_byte() {
                // The page goes on in the next block, or the file is cut off.
                None => return None,
                Some(b'}') => {
                    self.at += 1;
                    self.place = Place::Outside;
                    return Some(Step::PageEnd);
                }
                Some(b'"') => {}
                Some(_) => return self.lost(NO_PAGE),
            }
            let Some(key_end) = value_end(self.bytes, self.at) else { return self.lost(CUT_OFF) };
            let key = self.bytes.get(self.at..key_end).unwrap_or(&[]);
            let colon = blanks(self.bytes, key_end);
            let value = blanks(self.bytes, colon + 1);
            match (self.bytes.get(colon), self.bytes.get(value)) {
                (Some(b':'), Some(b'[')) if key == b"\"data\"" => {
                    self.at = value + 1;
                    self.place = Place::Buckets;
                    return None;
                }
                (Some(b':'), Some(_)) => {}
                (None, _) | (Some(b':'), None) => return self.lost(CUT_OFF),
                _ => return self.lost(NO_PAGE),
            }
            let Some(end) = value_end(self.bytes, value) else { return self.lost(CUT_OFF) };
            self.at = end;
            if key == b"\"has_more\"" {
                return Some(Step::HasMore(self.bytes.get(value..end) == Some(b"true")));
            }
        }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        // A loop, since a damaged page may open and close without end.
        loop {
            match self.place {
                Place::Lost => return None,
                Place::Outside => match self.next_byte()? {
                    b'{' => {
                        self.at += 1;
                        self.place = Place::Page;
                    }
                    bracket @ (b'[' | b']') => {
                        self.at += 1;
                        return Some(Step::List(bracket == b'['));
                    }
                    _ => return self.lost(NO_PAGE),
                },
                Place::Page => {
                    let step = self.member();
                    if self.place != Place::Buckets {
                        return step;
                    }
                }
                Place::Buckets => match self.next_byte()? {
                    b']' => {
                        self.at += 1;
                        self.place = Place::Page;
                    }
                    b'{' => {
                        let Some(end) = value_end(self.bytes, self.at) else { return self.lost(CUT_OFF) };
                        let from = std::mem::replace(&mut self.at, end);
                        return Some(Step::Bucket(from, self.bytes.get(from..end).unwrap_or(&[])));
                    }
                    _ => return self.lost(NO_PAGE),
                },
            }
        }
    }
}

/// A bucket, with its results as they stand in the file.
#[derive(Deserialize)]
pub(super) struct Bucket<'a> {
    #[serde(borrow)]
    pub start_time: &'a RawValue,
    #[serde(borrow)]
    pub end_time: &'a RawValue,
    /// Older descriptions of the API call the list `result`.
    #[serde(borrow, alias = "result", default)]
    pub results: Vec<&'a RawValue>,
}

impl<'a> Bucket<'a> {
    /// # Errors
    /// A sentence about what it lacks.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| {
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or_default();
            format!("is no bucket of a page of the admin API ({what})")
        })
    }
}

/// Where a part of a text begins in it.
pub(super) fn offset(whole: &[u8], part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

/// The first result in a block, with whatever keys it has; for knowing a
/// format by. `None` where the block has none.
pub(super) fn first_result(bytes: &[u8], inside: bool) -> Option<&[u8]> {
    // A bucket without results is `"results": []`: nothing to take apart.
    Walk::new(bytes, inside).find_map(|step| match step {
        Step::Bucket(_, bucket) => Bucket::parse(bucket).ok()?.results.first().map(|first| first.get().as_bytes()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAGES: &str = r#" {"object":"page","has_more":true,"data":[
      {"object":"bucket","start_time":1,"end_time":2,"results":[{"a":"}]\"{"},{"b":{"c":[1]}}]},
      {"object":"bucket","start_time":2,"end_time":3,"results":[]}],"next_page":"p"}
      {"data":[],"object":"page","has_more":false}"#;

    fn steps(bytes: &[u8], inside: bool) -> Vec<String> {
        let show = |step: Step<'_>| match step {
            Step::Bucket(_, bucket) => format!("bucket of {}", Bucket::parse(bucket).unwrap().results.len()),
            Step::Broken(_, why) => why.to_owned(),
            other => format!("{other:?}"),
        };
        Walk::new(bytes, inside).map(show).collect()
    }

    /// The same pages in one list.
    fn listed() -> String {
        format!(" [{}]\n", PAGES.replace("}\n      {\"data\"", "}\n ,    {\"data\""))
    }

    const ALL: [&str; 6] = ["HasMore(true)", "bucket of 2", "bucket of 0", "PageEnd", "HasMore(false)", "PageEnd"];

    #[test]
    fn pages_are_walked_bucket_by_bucket() {
        assert_eq!(steps(PAGES.as_bytes(), false), ALL);
        assert_eq!(first_result(PAGES.as_bytes(), false), Some(&br#"{"a":"}]\"{"}"#[..]));
        let broken = steps(br#"{"data":[{"start_time":1,"#, false);
        assert_eq!(broken, [CUT_OFF]);
        assert_eq!(steps(br#"{"data":[1]}"#, false), [NO_PAGE]);
    }

    #[test]
    fn pages_in_one_list_are_walked_like_pages_behind_each_other() {
        let found = steps(listed().as_bytes(), false);
        assert_eq!((found[0].as_str(), found[found.len() - 1].as_str()), ("List(true)", "List(false)"));
        assert_eq!(found[1..found.len() - 1], ALL);
        assert_eq!(steps(br#"[{"data":[]},x"#, false)[2], NO_PAGE);
    }

    #[test]
    fn a_page_is_known_by_its_first_bytes() {
        assert_eq!(is_page(br#"{ "object" : "page", "da"#), Some(true));
        assert_eq!(is_page(br#"{"has_more":false,"data":["#), Some(true));
        assert_eq!(is_page(br#"{"event_id":"e","type":"COSTS"}"#), Some(false));
        assert_eq!(is_page(br#"{"id":{"data":[]}}"#), Some(false));
        assert_eq!(is_page(br#"{"id":"data"#), None);
        assert_eq!(is_page(format!("{{\"id\":\"{}", "x".repeat(LOOK)).as_bytes()), Some(false));
    }

    proptest! {
        #[test]
        fn blocks_cut_at_any_size_walk_like_the_whole(size in 1usize..80, list: bool) {
            let mut ends = Ends::default();
            let (mut pending, mut found) = (Vec::new(), Vec::new());
            let text = if list { listed() } else { PAGES.to_owned() };
            for piece in text.as_bytes().chunks(size) {
                pending.extend_from_slice(piece);
                let end = ends.last(&pending).end;
                if end > 0 {
                    let inside = ends.begins_inside;
                    found.extend(steps(&pending[..end], inside));
                    pending.drain(..end);
                    ends.cut(end);
                }
            }
            found.extend(steps(&pending, ends.begins_inside));
            found.retain(|step| !step.starts_with("List"));
            prop_assert_eq!(found, ALL);
        }

        #[test]
        fn damaged_pages_never_panic(harm in proptest::collection::vec((0usize..400, any::<u8>()), 0..6), inside: bool) {
            let mut bytes = PAGES.as_bytes().to_vec();
            for (at, byte) in harm {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            let steps = Walk::new(&bytes, inside).take(1000).count();
            prop_assert!(steps < 1000);
            let _ = is_page(&bytes);
            let mut ends = Ends::default();
            let end = ends.last(&bytes).end;
            prop_assert!(end <= bytes.len());
        }
    }
}
