//! Payers and projects against the month before: what changed by more than the
//! operator wants to pass without a word.

use std::collections::{BTreeMap, BTreeSet};

use crate::amount::{Amount, Share};
use crate::journal::FluxOf;

/// Dollars by fund and project.
pub type ByPayer = BTreeMap<(String, String), Amount>;

/// One payer or project over two months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FluxLine {
    pub of: FluxOf,
    pub name: String,
    pub before: Amount,
    pub now: Amount,
    /// Now minus before.
    pub change: Amount,
    /// Of the month before; `None` where there was nothing.
    pub share: Option<Share>,
    /// The change is above the configured amount.
    pub above: bool,
    /// What the operator said of it.
    pub note: String,
}

impl FluxLine {
    /// A note is asked for and there is none.
    pub fn asks(&self) -> bool {
        self.above && self.note.is_empty()
    }

    /// `+25.0%`, `new`, or empty where nothing was before and is now.
    pub fn percent(&self) -> String {
        let sign = if self.change.is_negative() { "-" } else { "+" };
        match self.share {
            _ if self.change.is_zero() => String::new(),
            Some(share) => format!("{sign}{}", share.percent()),
            None => "new".to_owned(),
        }
    }
}

/// Every payer, then every project, the greatest change first. `note` gives
/// what was said of one; `over` is the change from which on a note is asked
/// for, and `None` asks for none.
pub fn flux(
    before: &ByPayer,
    now: &ByPayer,
    over: Option<Amount>,
    note: impl Fn(FluxOf, &str) -> String,
) -> Vec<FluxLine> {
    let mut all = Vec::new();
    for of in [FluxOf::Payer, FluxOf::Project] {
        let (before, now) = (by(of, before), by(of, now));
        let names: BTreeSet<&str> = before.keys().chain(now.keys()).copied().collect();
        let line = |name: &str| {
            let [was, is] = [&before, &now].map(|sums| sums.get(name).copied().unwrap_or_default());
            let change = is.minus(was);
            FluxLine {
                of,
                name: name.to_owned(),
                before: was,
                now: is,
                change,
                share: Share::of(change.abs(), was.abs()),
                above: over.is_some_and(|over| change.abs() > over),
                note: note(of, name),
            }
        };
        let mut lines: Vec<FluxLine> = names.into_iter().map(line).collect();
        // A stable sort: equal changes stay in the order of the names.
        lines.sort_by_key(|line| std::cmp::Reverse(line.change.abs()));
        all.extend(lines);
    }
    all
}

fn by(of: FluxOf, sums: &ByPayer) -> BTreeMap<&str, Amount> {
    let mut all: BTreeMap<&str, Amount> = BTreeMap::new();
    for ((fund, project), amount) in sums {
        let name = match of {
            FluxOf::Payer => fund,
            FluxOf::Project => project,
        };
        let sum = all.entry(name).or_default();
        *sum = sum.plus(*amount);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(rows: &[(&str, &str, i64)]) -> ByPayer {
        rows.iter().map(|(f, p, a)| (((*f).to_owned(), (*p).to_owned()), Amount::from_int(*a))).collect()
    }

    #[test]
    fn a_note_is_asked_for_above_the_limit_and_not_at_it() {
        let before = sums(&[("F1", "a", 100), ("F1", "b", 10), ("F2", "c", 7)]);
        let now = sums(&[("F1", "a", 150), ("F1", "b", 11), ("F3", "d", 60)]);
        let said = |of: FluxOf, name: &str| {
            if (of, name) == (FluxOf::Project, "d") { "a new course".into() } else { String::new() }
        };
        let lines = flux(&before, &now, Some(Amount::from_int(50)), said);
        let shown: Vec<_> = lines
            .iter()
            .map(|l| {
                format!(
                    "{} {} {} {}{}",
                    l.of.name(),
                    l.name,
                    l.change,
                    l.percent(),
                    if l.asks() { " asks" } else { "" }
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "payer F3 60 new asks",
                "payer F1 51 +46.4% asks",
                "payer F2 -7 -100.0%",
                "project d 60 new",
                "project a 50 +50.0%",
                "project c -7 -100.0%",
                "project b 1 +10.0%",
            ]
        );
        assert!(flux(&before, &now, None, said).iter().all(|line| !line.above));
    }
}
