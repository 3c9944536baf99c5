//! Rows of one shape as rows of the other, in their cents exactly: for
//! corrections that were billed in one profile and are corrected again in
//! another. What only one of the shapes states is not made up: money that came
//! without a quantity is so many dollars of one charge.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::correction::{MARK, charge_of};
use super::exact::Exact;
use super::kept::Kept;
use super::profile::Profile;
use super::row::{ChargeType, Measure, Payer, ResourceId, Row};
use crate::amount::{Cents, Quantity};

/// The rows as a profile has them.
pub fn reshaped(rows: &Kept, profile: Profile) -> Kept {
    let mut all = Kept::default();
    if profile.is_focus() {
        rows.rows().map(measured).for_each(|row| all.push(&row));
        return all;
    }
    // What the rows of a charge come to together is what its usage row lists.
    let mut lists: BTreeMap<String, Cents> = BTreeMap::new();
    let mut folded: BTreeMap<String, Row<'_>> = BTreeMap::new();
    for row in rows.rows() {
        let id = without_lot(&row.id.text());
        let list = lists.entry(charge_of(&id)).or_default();
        *list = *list + row.billed_cost;
        match folded.get_mut(&id) {
            Some(sum) => sum.billed_cost = sum.billed_cost + row.billed_cost,
            None => {
                let payer = Payer { project_name: "", ..row.payer };
                let row_id = ResourceId::Text(Cow::Owned(id.clone()));
                folded.insert(id, Row { payer, account: "", measure: None, id: row_id, ..row });
            }
        }
    }
    for (id, mut row) in folded {
        let list = match row.charge_type {
            ChargeType::Usage => lists.remove(&charge_of(&id)).unwrap_or_default(),
            _ => row.billed_cost,
        };
        row.list_cost = Exact::of_cents(list);
        all.push(&row);
    }
    all
}

fn measured(row: Row<'_>) -> Row<'_> {
    if row.measure.is_some() {
        return row;
    }
    let billed = row.billed_cost.amount();
    let quantity = match billed {
        zero if zero.is_zero() => Quantity::ZERO,
        less if less.is_negative() => Quantity::from_int(-1),
        _ => Quantity::from_int(1),
    };
    let (unit_price, list_cost) = Exact::priced(billed.abs(), quantity);
    let (unit, consumed_unit, price_of) = ("Charges", "Charges", "as-stated");
    let measure = Measure { quantity, unit, unit_price, consumed: quantity, consumed_unit, price_of };
    Row { measure: Some(measure), list_cost, ..row }
}

/// An id without the lot that a row of it was drawn from.
fn without_lot(id: &str) -> String {
    let (own, mark) = id.find(MARK).and_then(|at| id.split_at_checked(at)).unwrap_or((id, ""));
    let kind = [":usage", ":subsidy"].iter().filter_map(|kind| own.rfind(kind)).max().unwrap_or(0);
    let (base, rest) = own.split_at_checked(kind).unwrap_or((own, ""));
    let Some((before, lot)) = rest.split_once(":lot-") else { return id.to_owned() };
    let behind = lot.find(':').and_then(|at| lot.get(at..)).unwrap_or("");
    format!("{base}{before}{behind}{mark}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::focus::row::Standing;

    fn row(id: &str, kind: ChargeType, cents: i64) -> Row<'static> {
        Row {
            charge_type: kind,
            standing: Standing::Correction,
            month: "2026-02".parse().unwrap(),
            day: crate::calendar::Day::parse("2026-01-05").unwrap(),
            service: "OpenAI",
            what: "codex",
            user: "ab@x.edu",
            account: "",
            payer: Payer { pi_email: "pi@x.edu", project_id: "p", project_name: "", fund_org: "F" },
            subsidy_name: Cow::Borrowed(""),
            list_cost: Exact::of_cents(Cents(cents)),
            billed_cost: Cents(cents),
            id: ResourceId::Text(Cow::Owned(id.to_owned())),
            measure: None,
        }
    }

    #[test]
    fn there_and_back_keeps_every_cent_and_folds_lots_into_one_row() {
        let mark = ":correction-2026-02";
        let mut rows = Kept::default();
        let usage = format!("openai:codex:ab@x.edu:2026-01-05:usage{mark}");
        rows.push(&row(&usage, ChargeType::Usage, -150));
        rows.push(&row(
            &format!("openai:codex:ab@x.edu:2026-01-05:usage:lot-b:2{mark}:reversed"),
            ChargeType::Usage,
            40,
        ));
        rows.push(&row(&format!("openai:codex:ab@x.edu:2026-01-05:usage:lot-b{mark}"), ChargeType::Usage, 25));
        rows.push(&row(&format!("openai:codex:ab@x.edu:2026-01-05:subsidy{mark}"), ChargeType::Subsidy, 300));
        let focus = reshaped(&rows, Profile::Focus12);
        for row in focus.rows() {
            let measure = row.measure.unwrap();
            assert_eq!(row.list_cost, Exact::priced(measure.unit_price, measure.quantity).1);
            assert!(!measure.unit_price.is_negative());
        }
        let back = reshaped(&focus, Profile::OpenChargeback);
        let said: Vec<_> =
            back.rows().map(|r| (r.id.text().into_owned(), r.list_cost.cents().0, r.billed_cost.0)).collect();
        let id = |text: &str| format!("openai:codex:ab@x.edu:2026-01-05:{text}");
        assert_eq!(
            said,
            [
                (id("subsidy:correction-2026-02"), 300, 300),
                (id("usage:2:correction-2026-02:reversed"), 40, 40),
                (id("usage:correction-2026-02"), -150 + 25 + 300, -150 + 25),
            ]
        );
    }
}
