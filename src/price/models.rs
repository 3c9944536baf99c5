//! One model under its many names: alias and dated snapshot, provider prefix,
//! underscores for dots, upper case. Names come in as files write them; what
//! goes out is equal for names of one model and different for two models.

use std::borrow::Cow;
use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use crate::calendar::Day;

/// What the form of a name does not show, from `assets/model_aliases.json`.
#[derive(Default, Deserialize)]
struct Exceptions {
    aliases: FxHashMap<String, String>,
    /// Names that stay as they are.
    keep: FxHashSet<String>,
    /// Families whose snapshots are dated `-MMDD`. Others are not, since four
    /// digits can be a size.
    short_dates: Vec<String>,
}

static EXCEPTIONS: LazyLock<Exceptions> = LazyLock::new(|| {
    // The file is part of the program; a test reads it.
    serde_json::from_str(include_str!("../../assets/model_aliases.json")).unwrap_or_default()
});

/// Longest way from a name to its canonical one, in steps; a table that runs
/// in a circle ends here.
const MAX_STEPS: usize = 8;

/// The name without provider prefix, in lower case, with dots for underscores;
/// its date stays. Two spellings of one snapshot are equal under it.
pub fn normal(name: &str) -> Cow<'_, str> {
    let mut rest = name.trim();
    let tuned = loop {
        if let Some(tuned) = strip_tuned(rest) {
            break Some(tuned);
        }
        match rest.split_once('/').map(|(_, behind)| behind.trim()) {
            Some(behind) if !behind.is_empty() => rest = behind,
            _ => break None,
        }
    };
    match tuned {
        None => base(rest),
        Some(tuned) => {
            // The organisation and id behind the base keep their case.
            let (stem, tail) = tuned.split_at(tuned.find(':').unwrap_or(tuned.len()));
            let stem = base(stem.rsplit('/').next().unwrap_or(stem).trim());
            match stem {
                Cow::Borrowed(stem) if rest.starts_with("ft:") && rest.len() == 3 + stem.len() + tail.len() => {
                    Cow::Borrowed(rest)
                }
                stem => Cow::Owned(format!("ft:{stem}{tail}")),
            }
        }
    }
}

/// The name that all names of one model share: [`normal`], without the date of
/// a snapshot, aliases resolved. A fine-tune keeps `ft:` and loses its
/// organisation and id.
pub fn canonical(name: &str) -> Cow<'_, str> {
    match normal(name) {
        Cow::Borrowed(name) => undated(name),
        Cow::Owned(name) => Cow::Owned(undated(&name).into_owned()),
    }
}

/// A fine-tune's name without organisation and id but with the date of its
/// base, as price lists have it; `None` for other names. Takes a [`normal`]
/// name.
pub(super) fn tuned_base(normal: &str) -> Option<&str> {
    let tail = normal.strip_prefix("ft:")?.find(':')?;
    normal.get(..3 + tail)
}

fn strip_tuned(name: &str) -> Option<&str> {
    let prefix = name.get(..3)?;
    prefix.eq_ignore_ascii_case("ft:").then(|| &name[3..])
}

fn undated(name: &str) -> Cow<'_, str> {
    match name.strip_prefix("ft:") {
        None => resolve(name),
        Some(tuned) => match resolve(tuned.split(':').next().unwrap_or(tuned)) {
            Cow::Borrowed(stem) if tuned.starts_with(stem) => Cow::Borrowed(&name[..3 + stem.len()]),
            stem => Cow::Owned(format!("ft:{stem}")),
        },
    }
}

fn resolve(name: &str) -> Cow<'_, str> {
    let table = &*EXCEPTIONS;
    let mut name = name;
    for _ in 0..MAX_STEPS {
        if table.keep.contains(name) {
            break;
        } else if let Some(alias) = table.aliases.get(name) {
            return Cow::Borrowed(alias);
        } else if let Some(at) = long_date(name).or_else(|| short_date(name)) {
            name = &name[..at];
        } else {
            break;
        }
    }
    Cow::Borrowed(name)
}

/// Lower case, and `gpt-5_1` as `gpt-5.1`. The date of a snapshot may be
/// written with underscores too.
fn base(name: &str) -> Cow<'_, str> {
    if !name.bytes().any(|b| b == b'_' || b.is_ascii_uppercase()) {
        return Cow::Borrowed(name);
    }
    let date = long_date(name).unwrap_or(name.len());
    let bytes = name.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut out = String::with_capacity(name.len());
    for (at, c) in name.char_indices() {
        if c != '_' {
            out.push(c.to_ascii_lowercase());
            continue;
        }
        // A version has one or two digits behind its dot; four are a date.
        let digits = (at + 1..bytes.len()).take_while(|i| digit(*i)).count();
        let version = at < date && at > 0 && digit(at - 1) && (1..=2).contains(&digits);
        out.push(if version { '.' } else { '-' });
    }
    Cow::Owned(out)
}

/// Where `-YYYY-MM-DD`, `-YYYYMMDD` or `@YYYYMMDD` at the end begins.
fn long_date(name: &str) -> Option<usize> {
    let bytes = name.as_bytes();
    let joint = |b: u8| b == b'-' || b == b'_';
    let found = |length: usize, split: bool| -> Option<usize> {
        let at = bytes.len().checked_sub(length).filter(|at| *at > 0)?;
        let text = &bytes[at..];
        let date = if split {
            (joint(text[0]) && joint(text[5]) && joint(text[8])).then(|| (&text[1..5], &text[6..8], &text[9..11]))
        } else {
            (joint(text[0]) || text[0] == b'@').then(|| (&text[1..5], &text[5..7], &text[7..9]))
        };
        let (year, month, day) = date?;
        Day::from_ymd(number(year)? as i32, number(month)?, number(day)?).map(|_| at)
    };
    found(11, true).or_else(|| found(9, false))
}

/// Where `-MMDD` at the end begins, in a family that dates its snapshots so.
fn short_date(name: &str) -> Option<usize> {
    let at = name.len().checked_sub(5).filter(|at| *at > 0)?;
    let text = &name.as_bytes()[at..];
    let dated = EXCEPTIONS.short_dates.iter().any(|family| name.starts_with(family.as_str()) && family.len() <= at);
    let date = (dated && text[0] == b'-').then(|| (number(&text[1..3]), number(&text[3..5])));
    match date? {
        // A leap year, so that 29 February is a day.
        (Some(month), Some(day)) => Day::from_ymd(2024, month, day).map(|_| at),
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_shipped_exceptions_are_readable() {
        let read: Exceptions = serde_json::from_str(include_str!("../../assets/model_aliases.json")).unwrap();
        assert!(!read.aliases.is_empty() && !read.keep.is_empty() && !read.short_dates.is_empty());
        for alias in read.aliases.values() {
            assert_eq!(canonical(alias), *alias, "an alias leads to a canonical name");
        }
    }

    #[test]
    fn names_of_one_model_are_equal() {
        let cases = [
            (
                "gpt-4o",
                &[
                    "gpt-4o",
                    " GPT-4o ",
                    "gpt-4o-2024-08-06",
                    "openai/gpt-4o",
                    "azure/openai/gpt-4o-2024-05-13",
                    "gpt-4o-20240806",
                ][..],
            ),
            ("gpt-5.1", &["gpt-5_1-2025-11-13", "gpt-5_1", "gpt_5_1_2025_11_13", "OpenAI/GPT-5.1"]),
            ("gpt-3.5-turbo", &["gpt-3.5-turbo-0125", "gpt-3_5-turbo_0613"]),
            ("gpt-4", &["gpt-4-0613", "gpt-4_0314"]),
            ("gpt-3.5-turbo-instruct", &["gpt-3.5-turbo-instruct-0914"]),
            ("ft:gpt-4o", &["ft:gpt-4o-2024-08-06:my_org::AbC1", "openai/ft:gpt-4o-2024-11-20", "FT:gpt-4o:org::x/y"]),
            ("ft:gpt-4", &["ft:gpt-4-0613:org"]),
            ("omni-moderation", &["omni-moderation-latest", "omni-moderation-2024-09-26"]),
            ("text-embedding-ada-002", &["text-embedding-ada-002-v2"]),
            ("claude-3-5-sonnet", &["anthropic/claude-3-5-sonnet-20241022", "claude-3-5-sonnet@20241022"]),
        ];
        for (expect, names) in cases {
            for name in names {
                assert_eq!(canonical(name), expect, "{name}");
            }
        }
    }

    #[test]
    fn different_models_stay_apart() {
        for name in [
            "gpt-4o-mini",
            "gpt-4-turbo-preview",
            "gpt-4-1106-preview",
            "gpt-4.1",
            "chatgpt-4o-latest",
            "chat-latest",
            "gpt-5-pro",
            "gpt-4-32k",
            "gpt-5.1-codex-max",
            "text-embedding-3-large",
            "bge-large-1024",
            "davinci-002",
            "gpt-4o:batch",
            "gpt-4-9999",
            "2024-08-06",
            "",
            "/",
        ] {
            assert_eq!(canonical(name), name, "{name}");
        }
    }

    #[test]
    fn a_snapshot_keeps_its_date_in_the_normal_name() {
        assert_eq!(normal("Azure/GPT-5_1-2025_11_13"), "gpt-5.1-2025-11-13");
        assert_eq!(normal("ft:GPT-4o-2024-08-06:my_Org::Id"), "ft:gpt-4o-2024-08-06:my_Org::Id");
        assert_eq!(tuned_base("ft:gpt-4o-2024-08-06:my_Org::Id"), Some("ft:gpt-4o-2024-08-06"));
        assert_eq!(tuned_base("ft:gpt-4o-2024-08-06"), None);
        assert!(matches!(normal("gpt-4o-2024-08-06"), Cow::Borrowed(_)), "the usual name costs nothing");
    }

    proptest! {
        #[test]
        fn the_canonical_name_of_a_canonical_name_is_itself(
            name in "(openai/|Azure/openai/|ft:|)(gpt|o|tts|ß)[-_]?[0-9]([_.][0-9])?(-mini|-latest|o)?([-_@](2024[-_]?05[-_]?13|0613)){0,2}(:Org_1::x)?"
        ) {
            let once = canonical(&name).into_owned();
            prop_assert_eq!(canonical(&once), once.as_str());
            let normal = normal(&name);
            prop_assert_eq!(canonical(&normal), once.as_str());
        }

        #[test]
        fn no_name_is_too_odd(name in "\\PC{0,24}") {
            let _ = canonical(&name);
        }
    }
}
