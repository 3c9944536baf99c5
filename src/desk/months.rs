//! Months of a book loaded one after the other, for figures over a span of
//! days. Files hold all their months and are read once; of tables only the
//! rows of a month travel, so they are asked month by month.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::reading::Read;
use super::session::{Cancelled, Tell};
use super::{Desk, LoadEvent, Session, months_of};
use crate::book::Config;
use crate::calendar::Month;
use crate::close::SignedTable;

/// Months that tables are asked for one by one, at most.
const MOST: usize = 120;

impl Session {
    /// Hands over each month from `first` to `last` that has data, and gives
    /// back those that have none.
    ///
    /// # Errors
    /// A sentence, as [`Session::load`] has it or as `take` gives it; also
    /// where no month of the span has data.
    pub fn each_month(
        &self,
        (first, last): (Month, Month),
        tell: Tell,
        cancelled: Cancelled,
        take: &mut dyn FnMut(&Desk) -> Result<(), String>,
    ) -> Result<Vec<Month>, String> {
        let config = Config::load(self.folder()).map_err(|error| error.to_string())?;
        let config = Arc::new(config.with_grain(self.grain()));
        let in_tables = !self.tables().is_empty();
        let mut there: BTreeSet<Month> = BTreeSet::new();
        let mut elsewhere: BTreeSet<Month> = BTreeSet::new();
        let mut month_by_month = Vec::new();
        if in_tables {
            let mut next = first;
            while next <= last {
                if month_by_month.len() == MOST {
                    return Err(format!("From {first} to {last} are more than {MOST} months; ask for fewer of them."));
                }
                month_by_month.push(next);
                next = next.next();
            }
        }
        let reads = if in_tables { month_by_month.into_iter().map(Some).collect() } else { vec![None] };
        for only in reads {
            let Read { inputs, one_by_one, tables } =
                self.read(&config, only, BTreeSet::new(), None, (tell, cancelled))?;
            let inputs = Arc::new(inputs);
            let tables: Vec<SignedTable> = tables.iter().filter_map(|table| table.signed()).collect();
            let loaded = [&inputs.bill, &inputs.ledger].map(|side| months_of(&side.lines)).concat();
            elsewhere.extend(&loaded);
            let of_span = |month: &Month| (first..=last).contains(month) && only.is_none_or(|only| only == *month);
            let months: BTreeSet<Month> = loaded.into_iter().filter(of_span).collect();
            for month in &months {
                if cancelled() {
                    return Err("Loading was cancelled.".into());
                }
                tell(LoadEvent::Comparing);
                let mut past = self.past(*month, &inputs, &config, tables.clone())?;
                past.notices.extend(super::tables::notices(&inputs.ledger.lines, &one_by_one));
                take(&Desk::new(*month, Arc::clone(&inputs), Arc::clone(&config), past))?;
            }
            there.extend(months);
        }
        if there.is_empty() {
            let held: Vec<String> = elsewhere.iter().map(ToString::to_string).collect();
            let held = if held.is_empty() { "no row with a date".to_owned() } else { held.join(", ") };
            return Err(format!("There is no data from {first} to {last}; what is loaded holds {held}."));
        }
        let mut missing = Vec::new();
        let mut next = first;
        while next <= last {
            if !there.contains(&next) {
                missing.push(next);
            }
            next = next.next();
        }
        Ok(missing)
    }
}
