//! What rules took over of single charges, as a month was written: the evidence
//! behind the sums that later months go on from.

use std::collections::BTreeMap;

use rayon::slice::ParallelSliceMut;
use rusqlite::{Connection, params};

use super::openings::unpack as unpack_sum;
use super::{Book, BookError, DATABASE};
use crate::allocate::{Level, Scope, Subject};
use crate::amount::{Amount, Cents};
use crate::calendar::Month;

/// What one rule took over of one charge.
#[derive(Debug, Clone, Copy)]
pub struct ChargeDraw<'a> {
    /// The charge's key, the same in every export of the month.
    pub charge: &'a str,
    pub scope: &'a Scope,
    /// Exact, and in cents as written; below zero for a refund.
    pub amount: Amount,
    pub cents: Cents,
}

/// Hands the draws of a month over one by one, since there may be millions.
pub type ChargeDraws<'a> =
    Box<dyn FnOnce(&mut dyn FnMut(ChargeDraw<'_>) -> Result<(), BookError>) -> Result<(), BookError> + Send + 'a>;

/// A draw as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDraw {
    pub charge: String,
    pub scope: Scope,
    pub amount: Amount,
    pub cents: Cents,
}

impl Book {
    /// All draws that a month wrote, by charge and rule.
    ///
    /// # Errors
    /// Those of the database.
    pub fn draws_of(&self, month: Month) -> Result<Vec<StoredDraw>, BookError> {
        self.read(|db| {
            let sql = "SELECT * FROM draws WHERE month = ?1 ORDER BY charge, rule";
            let mut all = db.prepare(sql)?;
            let mut rows = all.query([month.to_string()])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let (level, subject, period): (String, String, String) =
                    (row.get("level")?, row.get("subject")?, row.get("period")?);
                let level = Level::ALL.into_iter().find(|known| known.name() == level);
                let level = level.ok_or_else(|| BookError::unreadable("a draw counts by what is not known"))?;
                let period = period.parse().map_err(|why: String| BookError::unreadable(why))?;
                let scope = Scope { rule: row.get("rule")?, subject: Subject::new(level, &subject), period };
                let amount: String = row.get("amount")?;
                let amount = Amount::parse(amount).map_err(|_| BookError::unreadable("a draw has a broken amount"))?;
                found.push(StoredDraw { charge: row.get("charge")?, scope, amount, cents: Cents(row.get("cents")?) });
            }
            Ok(found)
        })
    }

    /// The draws that a month wrote in one scope, by charge.
    ///
    /// # Errors
    /// Those of the database.
    pub fn charge_draws(&self, month: Month, scope: &Scope) -> Result<Vec<StoredDraw>, BookError> {
        self.read(|db| {
            let sql = "SELECT charge, amount, cents FROM draws
                       WHERE month = ?1 AND rule = ?2 AND level = ?3 AND subject = ?4 AND period = ?5 ORDER BY charge";
            let mut all = db.prepare(sql)?;
            let Scope { rule, subject, period } = scope;
            let key = params![month.to_string(), rule, subject.level().name(), subject.name(), period.to_string()];
            let mut rows = all.query(key)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let amount: String = row.get("amount")?;
                let amount = Amount::parse(amount).map_err(|_| BookError::unreadable("a draw has a broken amount"))?;
                let (charge, cents) = (row.get("charge")?, Cents(row.get("cents")?));
                found.push(StoredDraw { charge, scope: scope.clone(), amount, cents });
            }
            Ok(found)
        })
    }
}

/// Draws held at a time while they are put in order.
const AT_ONCE: usize = 1 << 20;

/// A draw on its way into the database.
struct Row {
    charge: Box<str>,
    /// By its number among those met.
    scope: u32,
    amount: Amount,
    cents: Cents,
}

/// The scopes met, with what was drawn of each.
#[derive(Default)]
struct Met {
    numbers: BTreeMap<Scope, u32>,
    /// By number, with the period as text.
    all: Vec<(Scope, String, Cents)>,
}

impl Met {
    fn add(&mut self, scope: &Scope, cents: Cents) -> u32 {
        let number = match self.numbers.get(scope) {
            Some(number) => *number,
            None => {
                let number = self.all.len() as u32;
                self.numbers.insert(scope.clone(), number);
                self.all.push((scope.clone(), scope.period.to_string(), Cents::ZERO));
                number
            }
        };
        if let Some((_, _, sum)) = self.all.get_mut(number as usize) {
            *sum = *sum + cents;
        }
        number
    }

    fn drawn(&self, scope: &Scope) -> Cents {
        let found = self.numbers.get(scope).and_then(|number| self.all.get(*number as usize));
        found.map_or(Cents::ZERO, |(_, _, cents)| *cents)
    }
}

/// Puts these draws in the place of those a month had, and holds them against
/// its sums.
pub(super) fn replace(db: &Connection, month: Month, draws: ChargeDraws<'_>) -> Result<(), BookError> {
    let text = month.to_string();
    db.execute("DELETE FROM draws WHERE month = ?1", [&text])?;
    let mut insert = db.prepare("INSERT INTO draws VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    let mut write = |rows: &mut Vec<Row>, met: &Met| -> Result<(), BookError> {
        // In the order of their table: its pages are then filled one by one.
        let rule = |row: &Row| met.all.get(row.scope as usize).map(|(scope, ..)| scope.rule.as_str());
        rows.par_sort_unstable_by(|a, b| (&a.charge, rule(a)).cmp(&(&b.charge, rule(b))));
        for Row { charge, scope, amount, cents } in rows.drain(..) {
            let Some((Scope { rule, subject, .. }, period, _)) = met.all.get(scope as usize) else { continue };
            let (level, name) = (subject.level().name(), Subject::name(subject));
            insert.execute(params![text, charge, rule, level, name, period, amount.to_string(), cents.0])?;
        }
        Ok(())
    };
    let (mut rows, mut met) = (Vec::new(), Met::default());
    draws(&mut |ChargeDraw { charge, scope, amount, cents }| {
        let scope = met.add(scope, cents);
        rows.push(Row { charge: charge.into(), scope, amount, cents });
        if rows.len() < AT_ONCE { Ok(()) } else { write(&mut rows, &met) }
    })?;
    write(&mut rows, &met)?;
    let mut charged = db.prepare("SELECT * FROM sums WHERE month = ?1")?;
    let mut charged = charged.query([&text])?;
    let mut known: BTreeMap<Scope, Cents> = BTreeMap::new();
    while let Some(row) = charged.next()? {
        let (scope, sum) = unpack_sum(row)?;
        known.insert(scope, sum.subsidized);
    }
    let mut all = known.keys().chain(met.numbers.keys());
    if all.any(|scope| met.drawn(scope) != known.get(scope).copied().unwrap_or_default()) {
        let why = format!("the draws of {month} do not add up to what its caps were charged");
        return Err(BookError::refused(DATABASE, why));
    }
    Ok(())
}
