//! The files that a month was written to, and how charges stand in them: by
//! the rows that the book remembers of each.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Desk;
use crate::amount::Cents;
use crate::focus::{self, Standing};
use crate::journal::{Action, Entry};
use crate::report::explain::{Paid, Stands, Written};

/// A file, with what it has of the charges asked for.
pub(super) struct Filed<'a> {
    entry: &'a Entry,
    file: &'a str,
    /// Cents by the id without its lot: profiles differ in how many rows a
    /// charge has, not in what its payers are charged. `None` where the book
    /// does not remember the rows.
    rows: Option<FxHashMap<String, Cents>>,
}

/// The last file of each profile, in the order of the profiles' names.
pub(super) fn filed<'a>(desk: &'a Desk, sheet: &focus::Sheet, charges: &[u32]) -> Vec<Filed<'a>> {
    let mut last: BTreeMap<&str, (&Entry, &str)> = BTreeMap::new();
    for entry in desk.entries.iter().filter(|entry| entry.month == Some(desk.month)) {
        if let Action::Export { profile, file, .. } = &entry.action {
            last.insert(profile, (entry, file));
        }
    }
    if last.is_empty() {
        return Vec::new();
    }
    let ids =
        charges.iter().flat_map(|charge| sheet.rows_of(*charge)).map(|row| without_lot(&row.id.text()).into_owned());
    let wanted: FxHashSet<String> = ids.collect();
    let rows_of = |profile: &str| {
        let (_, kept) = desk.written.iter().find(|(known, _)| known.name() == profile)?;
        let mut rows: FxHashMap<String, Cents> = FxHashMap::default();
        for row in kept.rows().filter(|row| row.standing == Standing::Charged) {
            let id = row.id.text();
            if let Some(id) = wanted.get(&*without_lot(&id)) {
                let cents = rows.entry(id.clone()).or_default();
                *cents = *cents + row.billed_cost;
            }
        }
        Some(rows)
    };
    last.into_iter().map(|(profile, (entry, file))| Filed { entry, file, rows: rows_of(profile) }).collect()
}

impl Filed<'_> {
    /// How a charge stands in the file that is now due in these shares.
    pub fn written(&self, shares: &[Paid]) -> Written {
        let stands = match &self.rows {
            None => Stands::Unknown,
            Some(rows) => stands(rows, shares),
        };
        Written { file: self.file.to_owned(), who: self.entry.who.clone(), at: self.entry.at, stands }
    }
}

fn stands(rows: &FxHashMap<String, Cents>, shares: &[Paid]) -> Stands {
    let mut due: BTreeMap<Cow<'_, str>, Cents> = BTreeMap::new();
    for share in shares {
        let cents = due.entry(without_lot(&share.row)).or_default();
        *cents = *cents + share.cents;
    }
    let then: Vec<(String, Cents)> =
        due.keys().filter_map(|id| Some((id.to_string(), *rows.get(id.as_ref())?))).collect();
    if then.is_empty() {
        return Stands::Not;
    }
    let same = due.iter().all(|(id, cents)| rows.get(id.as_ref()).copied().unwrap_or_default() == *cents);
    if same { Stands::AsNow } else { Stands::Otherwise(then) }
}

/// An id without the lot that the row was drawn from.
fn without_lot(id: &str) -> Cow<'_, str> {
    let Some(at) = id.find(":lot-") else { return Cow::Borrowed(id) };
    let (before, lot) = id.split_at(at);
    let rest = lot.get(1..).and_then(|lot| lot.find(':')).map_or("", |end| lot.get(end + 1..).unwrap_or_default());
    Cow::Owned(format!("{before}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charge_is_known_again_in_whatever_rows_it_was_written() {
        for (id, stem) in [
            ("openai:codex:a@x.edu:2026-01-05:usage", "openai:codex:a@x.edu:2026-01-05:usage"),
            ("openai:codex:a@x.edu:2026-01-05:usage:lot-b", "openai:codex:a@x.edu:2026-01-05:usage"),
            ("openai:codex:a@x.edu:2026-01-05:usage:lot-b:2", "openai:codex:a@x.edu:2026-01-05:usage:2"),
        ] {
            assert_eq!(without_lot(id), stem);
        }
        let share =
            |row: &str, cents| Paid { fund_org: String::new(), rule: None, cents: Cents(cents), row: row.into() };
        let rows = FxHashMap::from_iter([("a:usage".to_owned(), Cents(5)), ("a:subsidy".to_owned(), Cents(7))]);
        let lots = [share("a:usage", 2), share("a:usage:lot-b", 3), share("a:subsidy", 7)];
        assert_eq!(stands(&rows, &lots), Stands::AsNow);
        let then = vec![("a:subsidy".to_owned(), Cents(7)), ("a:usage".to_owned(), Cents(5))];
        assert_eq!(stands(&rows, &[share("a:usage", 6), share("a:subsidy", 6)]), Stands::Otherwise(then));
        assert_eq!(stands(&rows, &[share("b:usage", 5)]), Stands::Not);
    }
}
