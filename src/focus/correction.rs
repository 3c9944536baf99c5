//! What arrives for a month that is closed: rows of the open month that bring
//! what was signed to what is right now, and keep the day they are about.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::exact::Exact;
use super::kept::Kept;
use super::row::{Measure, ResourceId, Row, Standing};
use crate::amount::Cents;
use crate::calendar::Month;

/// The corrections that turn `signed` into `present`, billed in the month
/// `into`: `signed` and they together charge, payer by payer and row by row,
/// what `present` charges. The same two give the same rows, in the order of
/// their ids.
///
/// A row that is gone is reversed, a new one charged, one of another amount
/// charged or given back by the difference. Where payer or price changed, the
/// old row is reversed and the new one charged. Rows that were corrected before
/// count as signed together with what corrected them, if both are given.
pub fn corrections(signed: &Kept, present: &Kept, into: Month) -> Kept {
    // What was signed of one row, its corrections with it.
    let mut rows: BTreeMap<String, (Vec<Row<'_>>, Option<Row<'_>>)> = BTreeMap::new();
    for row in signed.rows() {
        rows.entry(corrected(&row.id.text()).to_owned()).or_default().0.push(row);
    }
    for row in present.rows() {
        let id = row.id.text().into_owned();
        rows.entry(id).or_default().1 = Some(row);
    }
    let mut all = Kept::default();
    for (id, (before, now)) in rows {
        let now = now.filter(|row| row.standing != Standing::Withdrawn && !is_nothing(row));
        let old = net(before);
        // What is no other payer and no other price is a difference.
        let goes_on = now.as_ref().and_then(|now| old.iter().position(|row| like(row, now)));
        for (at, row) in old.iter().enumerate() {
            match now.as_ref().filter(|_| goes_on == Some(at)) {
                Some(now) => {
                    if let Some(rest) = difference(row, now.clone()) {
                        all.push(&corrects(rest, &id, "", into));
                    }
                }
                None if old.len() == 1 => all.push(&corrects(negated(row.clone()), &id, ":reversed", into)),
                None => all.push(&corrects(negated(row.clone()), &id, &format!(":reversed-{}", at + 1), into)),
            }
        }
        now.filter(|_| goes_on.is_none()).into_iter().for_each(|row| all.push(&corrects(row, &id, "", into)));
    }
    all
}

/// What still stands of a row and its corrections: those of one payer and price
/// added up, without what comes to nothing.
fn net(rows: Vec<Row<'_>>) -> Vec<Row<'_>> {
    let mut sums: Vec<Row<'_>> = Vec::new();
    for row in rows {
        match sums.iter_mut().find(|sum| like(sum, &row)) {
            None => sums.push(row),
            Some(sum) => *sum = plus(sum.clone(), &row),
        }
    }
    sums.retain(|row| !is_nothing(row));
    sums
}

fn is_nothing(row: &Row<'_>) -> bool {
    row.billed_cost == Cents::ZERO
        && row.list_cost.mantissa == 0
        && row.measure.is_none_or(|measure| measure.quantity.is_zero() && measure.consumed.is_zero())
}

/// Whether the difference of two rows is a row: the same payer, thing and price.
fn like(a: &Row<'_>, b: &Row<'_>) -> bool {
    let price = |row: &Row<'_>| row.measure.map(|m| (m.unit_price, m.unit.to_owned(), m.consumed_unit.to_owned()));
    (a.charge_type, a.day, a.payer, &a.subsidy_name) == (b.charge_type, b.day, b.payer, &b.subsidy_name)
        && [a.what, a.user, a.account] == [b.what, b.user, b.account]
        && price(a) == price(b)
        && a.measure.map(|m| m.price_of.to_owned()) == b.measure.map(|m| m.price_of.to_owned())
}

/// What `now` charges beyond `before`; `None` where that is nothing.
fn difference<'a>(before: &Row<'a>, now: Row<'a>) -> Option<Row<'a>> {
    let rest = plus(now, &negated(before.clone()));
    (!is_nothing(&rest)).then_some(rest)
}

fn plus<'a>(a: Row<'a>, b: &Row<'a>) -> Row<'a> {
    let billed_cost = a.billed_cost + b.billed_cost;
    let (measure, list_cost) = match (a.measure, b.measure) {
        (Some(m), Some(n)) => {
            let (quantity, consumed) = (m.quantity.plus(n.quantity), m.consumed.plus(n.consumed));
            (Some(Measure { quantity, consumed, ..m }), Exact::priced(m.unit_price, quantity).1)
        }
        (measure, _) => (measure, Exact::of_cents(a.list_cost.cents() + b.list_cost.cents())),
    };
    Row { billed_cost, measure, list_cost, ..a }
}

fn negated(row: Row<'_>) -> Row<'_> {
    let measure = row.measure.map(|m| Measure { quantity: m.quantity.negated(), consumed: m.consumed.negated(), ..m });
    let list_cost = Exact { mantissa: -row.list_cost.mantissa, ..row.list_cost };
    Row { billed_cost: Cents::ZERO - row.billed_cost, list_cost, measure, ..row }
}

/// Between an id and the month that corrects it.
pub(super) const MARK: &str = ":correction-";

/// The id that stands in the place of the row that a correction of this id
/// takes back whole.
pub fn reverses(id: &str) -> Option<&str> {
    id.strip_suffix(":reversed").filter(|id| id.contains(MARK))
}

/// The id that a correction is about.
fn corrected(id: &str) -> &str {
    id.split_once(MARK).map_or(id, |(id, _)| id)
}

/// What the charge is known by that a row of this id belongs to, whoever pays
/// the row and whether it corrects another: the base of the charge, with the
/// occurrence behind it from the second on.
pub fn charge_of(id: &str) -> String {
    let id = corrected(id);
    let kind = [":usage", ":subsidy"].iter().filter_map(|kind| id.rfind(kind)).max();
    let Some((base, rest)) = kind.and_then(|at| id.split_at_checked(at)) else { return id.to_owned() };
    match rest.rsplit(':').next().and_then(|last| last.parse::<u32>().ok()) {
        Some(occurrence) => format!("{base}:{occurrence}"),
        None => base.to_owned(),
    }
}

fn corrects<'a>(row: Row<'a>, id: &str, how: &str, into: Month) -> Row<'a> {
    let id = ResourceId::Text(Cow::Owned(format!("{id}{MARK}{into}{how}")));
    Row { standing: Standing::Correction, month: into, id, ..row }
}
