//! Which versions of a month were signed and which of them is in force, from
//! the journal alone; and the words a signed month refuses a change with.

use std::collections::BTreeMap;

use crate::calendar::{Instant, Month};
use crate::journal::{Action, Entry};

/// A version of a month that was signed. It never changes again; a reopened
/// one stays readable beside the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub month: Month,
    /// Counted from 1.
    pub number: u32,
    /// The journal entry that signed it.
    pub seq: u64,
    pub at: Instant,
    pub who: String,
    /// Of the sign-off's text, in lower-case hexadecimal.
    pub sha256: String,
    /// Where it is kept, relative to the book.
    pub file: String,
    /// What was written, in cents as a decimal.
    pub total: String,
    /// Who began the version after it, when and why.
    pub reopened: Option<(String, Instant, String)>,
}

/// All signed versions, by month, each month's in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions(BTreeMap<Month, Vec<Version>>);

impl Versions {
    pub fn of(entries: &[Entry]) -> Self {
        let mut versions = Self::default();
        entries.iter().for_each(|entry| versions.see(entry));
        versions
    }

    /// Takes the next entry of the journal in.
    pub fn see(&mut self, entry: &Entry) {
        let Some(month) = entry.month else { return };
        match &entry.action {
            Action::Sign { version, sha256, file, total } => self.0.entry(month).or_default().push(Version {
                month,
                number: *version,
                seq: entry.seq,
                at: entry.at,
                who: entry.who.clone(),
                sha256: sha256.clone(),
                file: file.clone(),
                total: total.clone(),
                reopened: None,
            }),
            Action::ReopenMonth { why, .. } => {
                if let Some(last) = self.0.get_mut(&month).and_then(|all| all.last_mut()) {
                    last.reopened = Some((entry.who.clone(), entry.at, why.clone()));
                }
            }
            _ => {}
        }
    }

    /// The version of a month that is in force: signed and not reopened.
    pub fn signed(&self, month: Month) -> Option<&Version> {
        self.all(month).last().filter(|version| version.reopened.is_none())
    }

    /// Every version of a month, reopened ones included, oldest first.
    pub fn all(&self, month: Month) -> &[Version] {
        self.0.get(&month).map_or(&[], Vec::as_slice)
    }

    /// Months with a version, ascending.
    pub fn months(&self) -> impl Iterator<Item = Month> + '_ {
        self.0.keys().copied()
    }

    /// The number that the next version of a month gets.
    pub fn next(&self, month: Month) -> u32 {
        self.all(month).last().map_or(1, |last| last.number.saturating_add(1))
    }
}

impl Version {
    /// Why nothing in the month can be changed, and the way out.
    pub fn refusal(&self) -> String {
        format!(
            "{month} is signed (version {}, by {} on {}) and stays as it is. To change it, begin version {}: reopen it \
             on the Close screen, or with trueup reopen --month {month} --why TEXT.",
            self.number,
            self.who,
            self.at.day(),
            self.number.saturating_add(1),
            month = self.month,
        )
    }
}

/// Who last said that a month is ready, if what they saw is what would be
/// signed now, and nothing was signed since.
pub fn prepared<'a>(entries: &'a [Entry], month: Month, sha256: &str) -> Option<&'a Entry> {
    let of_month = entries.iter().rev().filter(|entry| entry.month == Some(month));
    of_month
        .take_while(|entry| !matches!(entry.action, Action::Sign { .. } | Action::ReopenMonth { .. }))
        .find(|entry| matches!(entry.action, Action::Prepare { .. }))
        .filter(|entry| matches!(&entry.action, Action::Prepare { sha256: seen } if seen == sha256))
}

/// Whether two people of the journal (`name@host`) are one: a name is the same
/// person on every machine.
pub fn same_person(one: &str, other: &str) -> bool {
    let name = |who: &str| who.rsplit_once('@').map_or(who.to_owned(), |(name, _)| name.to_owned());
    name(one) == name(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: u64, month: &str, who: &str, action: Action) -> Entry {
        let at = Instant::from_seconds(1_770_000_000 + seq as i64);
        Entry { seq, at, who: who.into(), month: Some(month.parse().unwrap()), action, hash: String::new() }
    }

    fn sign(version: u32) -> Action {
        Action::Sign { version, sha256: format!("{version:02}"), file: String::new(), total: "1.00".into() }
    }

    #[test]
    fn a_reopened_version_stays_beside_the_next() {
        let january: Month = "2026-01".parse().unwrap();
        let reopen = Action::ReopenMonth { version: 2, why: "late credit".into() };
        let mut entries = vec![entry(1, "2026-01", "ada@a", sign(1))];
        assert_eq!(Versions::of(&entries).signed(january).unwrap().number, 1);
        assert!(Versions::of(&entries).signed("2026-02".parse().unwrap()).is_none());
        entries.push(entry(2, "2026-01", "bob@b", reopen));
        let versions = Versions::of(&entries);
        assert_eq!((versions.signed(january), versions.next(january)), (None, 2));
        assert_eq!(versions.all(january)[0].reopened.as_ref().unwrap().2, "late credit");
        entries.push(entry(3, "2026-01", "ada@a", sign(2)));
        let versions = Versions::of(&entries);
        assert_eq!((versions.signed(january).unwrap().number, versions.all(january).len()), (2, 2));
        assert!(versions.signed(january).unwrap().refusal().contains("trueup reopen --month 2026-01"));
    }

    #[test]
    fn what_was_prepared_counts_only_while_it_is_what_would_be_signed() {
        let january: Month = "2026-01".parse().unwrap();
        let ready = |sha256: &str| Action::Prepare { sha256: sha256.into() };
        let mut entries = vec![entry(1, "2026-01", "ada@a", ready("aa"))];
        assert_eq!(prepared(&entries, january, "aa").unwrap().who, "ada@a");
        assert!(prepared(&entries, january, "bb").is_none());
        assert!(prepared(&entries, "2026-02".parse().unwrap(), "aa").is_none());
        // The last word counts, and none from before a version was begun.
        entries.push(entry(2, "2026-01", "bob@a", ready("bb")));
        assert!(prepared(&entries, january, "aa").is_none());
        entries.push(entry(3, "2026-01", "ada@a", Action::ReopenMonth { version: 2, why: "x".into() }));
        assert!(prepared(&entries, january, "bb").is_none());
    }

    #[test]
    fn a_person_is_the_same_on_every_machine() {
        assert!(same_person("ada@desk", "ada@laptop"));
        assert!(!same_person("ada@desk", "bob@desk"));
        assert!(!same_person("ada@x@desk", "ada@desk"));
    }
}
