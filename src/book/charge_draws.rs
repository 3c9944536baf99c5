//! What rules took over of single charges, as a month was written: the evidence
//! behind the sums that later months go on from.

use rusqlite::{Connection, params};

use super::{Book, BookError, DATABASE};
use crate::allocate::{Level, Scope, Subject};
use crate::amount::{Amount, Cents};
use crate::calendar::{Month, PeriodKey};

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

/// Puts these draws in the place of those a month had, and holds them against
/// its sums.
pub(super) fn replace(db: &Connection, month: Month, draws: ChargeDraws<'_>) -> Result<(), BookError> {
    let text = month.to_string();
    db.execute("DELETE FROM draws WHERE month = ?1", [&text])?;
    let mut insert = db.prepare("INSERT INTO draws VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    // Draws of a day mostly count in the period of the one before.
    let mut period: Option<(PeriodKey, String)> = None;
    draws(&mut |ChargeDraw { charge, scope: Scope { rule, subject, period: key }, amount, cents }| {
        let (_, key): &(PeriodKey, String) = match period.take().filter(|(known, _)| known == key) {
            Some(known) => period.insert(known),
            None => period.insert((*key, key.to_string())),
        };
        let (level, name) = (subject.level().name(), Subject::name(subject));
        insert.execute(params![text, charge, rule, level, name, key, amount.to_string(), cents.0])?;
        Ok(())
    })?;
    let sql = "SELECT EXISTS(
        SELECT 1 FROM (
            SELECT rule, level, subject, period, sum(cents) AS cents FROM draws WHERE month = ?1
            GROUP BY rule, level, subject, period
        ) FULL JOIN (SELECT * FROM sums WHERE month = ?1) AS known USING(rule, level, subject, period)
        WHERE coalesce(cents, 0) <> coalesce(known.subsidized_cents, 0))";
    if db.query_row(sql, [&text], |row| row.get(0))? {
        let why = format!("the draws of {month} do not add up to what its caps were charged");
        return Err(BookError::refused(DATABASE, why));
    }
    Ok(())
}
