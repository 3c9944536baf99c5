//! Rows of a ledger counted one by one, for ledgers that cannot do it
//! themselves.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Asked, Discrepancy, Standing, StatusSum, Unit};
use crate::amount::{Amount, AmountError};
use crate::calendar::Instant;

/// Texts of a row: status, recorded, actual, when reconciled, when made, when
/// called (which goes before), key and model; blank for nothing.
pub(super) type Row<'a> = [&'a str; 8];

pub(super) struct Tally<'a> {
    asked: &'a Asked<'a>,
    units: [Unit; 2],
    statuses: BTreeMap<String, StatusSum>,
    /// More than are asked for, until they are sorted.
    found: Vec<(Reverse<Option<Instant>>, Discrepancy)>,
    unreadable: u64,
}

impl<'a> Tally<'a> {
    pub fn new(asked: &'a Asked<'a>, units: [Unit; 2]) -> Self {
        Self { asked, units, statuses: BTreeMap::new(), found: Vec::new(), unreadable: 0 }
    }

    pub fn row(&mut self, row: Row<'_>) {
        if self.count(row.map(str::trim)).is_none() {
            self.unreadable += 1;
        }
    }

    /// `None` for a row that cannot be read.
    fn count(&mut self, [status, recorded, actual, reconciled, made, called, key, model]: Row<'_>) -> Option<()> {
        let time = |text: &str| Instant::parse(text).ok();
        if let Some((first, last)) = self.asked.days {
            let day = time(if called.is_empty() { made } else { called })?.day();
            if !(first..=last).contains(&day) {
                return Some(());
            }
        }
        let (recorded, actual) = (money(recorded, self.units[0])?, money(actual, self.units[1])?);
        let status = status.to_ascii_lowercase();
        let sum = self.statuses.entry(status.clone()).or_default();
        sum.entries += 1;
        sum.recorded = sum.recorded.plus(recorded.unwrap_or_default());
        sum.actual = sum.actual.plus(actual.unwrap_or_default());
        sum.settled += u64::from(actual.is_some());
        if status == super::DISCREPANCY {
            let at = if reconciled.is_empty() { made } else { reconciled };
            let found = Discrepancy { key: key.into(), model: model.into(), at: at.into(), recorded, actual };
            self.found.push((Reverse(time(at)), found));
            if self.found.len() > self.asked.latest.saturating_mul(2) + 1_000 {
                self.newest();
            }
        }
        Some(())
    }

    fn newest(&mut self) {
        self.found.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.key.cmp(&b.1.key)));
        self.found.truncate(self.asked.latest);
    }

    pub fn finish(mut self) -> Standing {
        self.newest();
        let named = |(status, sum)| StatusSum { status, ..sum };
        Standing {
            shown: String::new(),
            statuses: self.statuses.into_iter().map(named).collect(),
            latest: self.found.into_iter().map(|(_, found)| found).collect(),
            unreadable: self.unreadable,
        }
    }
}

/// Dollars; `Some(None)` where nothing stands, `None` for what is no number.
pub(super) fn money(text: &str, unit: Unit) -> Option<Option<Amount>> {
    let read = if unit == Unit::Spend { Amount::parse_float(text) } else { Amount::parse(text) };
    match (read, unit) {
        (Err(AmountError::Empty), _) => Some(None),
        (Err(_), _) => None,
        (Ok(cents), Unit::Cents) if cents.units() % 100 != 0 => None,
        (Ok(cents), Unit::Cents) => Some(Some(Amount::from_units(cents.units() / 100))),
        (Ok(dollars), _) => Some(Some(dollars)),
    }
}
