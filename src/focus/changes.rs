//! What a month's file has that the one written before it had not, has
//! otherwise, or has no longer.

use std::hash::{Hash, Hasher};

use rayon::prelude::*;
use rustc_hash::FxHasher;

use super::kept::{Kept, ROWS_A_PART};
use super::row::{ChargeType, Row, Standing};
use super::sheet::Sheet;
use crate::amount::Cents;

/// What a file changes against the one written before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Rows, and what they change of the total.
    pub added: u64,
    pub changed: u64,
    pub withdrawn: u64,
    pub added_cents: Cents,
    pub changed_cents: Cents,
    pub withdrawn_cents: Cents,
    /// The first of them, withdrawn ones first, then changed, then added; for a
    /// person.
    pub first: Vec<Changed>,
}

/// One row that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub id: String,
    /// Who pays: before, or where nothing was before, now.
    pub fund_org: String,
    /// `None`: it was not there, or is not charged any more.
    pub before: Option<Cents>,
    pub now: Option<Cents>,
}

/// Of each kind, how many are told one by one.
const MOST: usize = 8;

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.added + self.changed + self.withdrawn == 0
    }
}

impl Sheet {
    /// Adds what was written before and is no longer charged, at zero, and
    /// says what changed. A row stays in the file once it was in it: who
    /// imports a later file only has to know it too.
    pub fn follow(&mut self, before: &Kept) -> Changes {
        let mut changes = Changes::default();
        let more: Vec<Row<'_>> = self.more.rows().collect();
        let charged = self.charged();
        let at = |number: usize| match number.checked_sub(charged) {
            None => self.row(number),
            Some(behind) => more.get(behind).cloned(),
        };
        let mut now: Vec<(u64, u32)> = (0..self.len() as u32)
            .into_par_iter()
            .filter_map(|number| at(number as usize).map(|row| (hash(&row.id.text()), number)))
            .collect();
        now.par_sort_unstable();
        let mut met = vec![false; self.len()];
        let mut gone = Kept::default();
        let mut told: [Vec<Changed>; 3] = Default::default();
        for row in before.rows() {
            let id = row.id.text();
            let hash = hash(&id);
            let from = now.partition_point(|(other, _)| *other < hash);
            let like = now.get(from..).unwrap_or_default().iter().take_while(|(other, _)| *other == hash);
            let found = like
                .filter_map(|(_, number)| at(*number as usize).map(|row| (*number as usize, row)))
                .find(|(_, row)| row.id.text() == id);
            let Some((number, present)) = found else {
                if row.standing != Standing::Withdrawn {
                    changes.withdrawn += 1;
                    changes.withdrawn_cents = changes.withdrawn_cents - charged_cents(&row);
                    tell(&mut told[0], &row, Some(row.billed_cost), None);
                }
                gone.push(&row.clone().withdrawn());
                continue;
            };
            met[number] = true;
            if !alike(&row, &present) {
                changes.changed += 1;
                changes.changed_cents = changes.changed_cents + (charged_cents(&present) - charged_cents(&row));
                tell(&mut told[1], &row, Some(row.billed_cost), Some(present.billed_cost));
            }
        }
        for number in (0..self.len()).filter(|number| met.get(*number) == Some(&false)) {
            let Some(row) = at(number) else { continue };
            changes.added += 1;
            changes.added_cents = changes.added_cents + charged_cents(&row);
            tell(&mut told[2], &row, None, Some(row.billed_cost));
        }
        changes.first = told.into_iter().flatten().collect();
        drop(more);
        self.append(&gone);
        changes
    }

    /// The rows that are sent once more at zero. A sheet of the same month that
    /// follows them has them too.
    pub fn withdrawn(&self) -> Kept {
        let mut kept = Kept::default();
        self.more.rows().filter(|row| row.standing == Standing::Withdrawn).for_each(|row| kept.push(&row));
        kept
    }

    /// All rows, to be kept.
    pub fn kept(&self) -> Kept {
        let mut kept = Kept::of(self.charged(), ROWS_A_PART, |at| self.row(at));
        self.more.rows().for_each(|row| kept.push(&row));
        kept
    }
}

fn tell(told: &mut Vec<Changed>, row: &Row<'_>, before: Option<Cents>, now: Option<Cents>) {
    // What costs the payer the same is counted, and no news.
    if told.len() < MOST && before != now {
        told.push(Changed { id: row.id.text().into_owned(), fund_org: row.payer.fund_org.to_owned(), before, now });
    }
}

/// What a row charges; a purchase charges nobody.
fn charged_cents(row: &Row<'_>) -> Cents {
    if row.charge_type == ChargeType::Purchase { Cents::ZERO } else { row.billed_cost }
}

fn hash(id: &str) -> u64 {
    let mut hasher = FxHasher::default();
    id.hash(&mut hasher);
    hasher.finish()
}

/// Whether two rows of one id say the same.
fn alike(a: &Row<'_>, b: &Row<'_>) -> bool {
    (a.charge_type, a.standing, a.month, a.day) == (b.charge_type, b.standing, b.month, b.day)
        && [a.service, a.what, a.user, a.account] == [b.service, b.what, b.user, b.account]
        && (a.payer, &a.subsidy_name, a.list_cost, a.billed_cost, a.measure)
            == (b.payer, &b.subsidy_name, b.list_cost, b.billed_cost, b.measure)
}
