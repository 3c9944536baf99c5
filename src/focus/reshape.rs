//! Rows of one shape as rows of the other, in their cents exactly: for
//! corrections that were billed in one profile and are corrected again in
//! another. What only one of the shapes states is not made up: a quantity is
//! that of the signed charge, as much as the row is of its money, and where that
//! is not known, money without a quantity is so many dollars of one charge.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::correction::{MARK, charge_of};
use super::exact::Exact;
use super::kept::Kept;
use super::profile::Profile;
use super::row::{ChargeType, Measure, Payer, ResourceId, Row};
use crate::amount::{Amount, Cents, Quantity};

/// What a row charges of a signed charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub exact: Amount,
    /// What the charge was signed for.
    pub whole: Amount,
    /// The charge came to no other amount since.
    pub same: bool,
}

/// What a signed charge was counted in, its rows together.
struct Counted<'a> {
    measure: Measure<'a>,
    account: &'a str,
    project: (&'a str, &'a str),
}

/// The rows as a profile has them. `signed` are the rows they correct, in that
/// profile, and `parts` what each row is of its charge, by id.
pub fn reshaped(rows: &Kept, profile: Profile, signed: &Kept, parts: &BTreeMap<String, Part>) -> Kept {
    let mut all = Kept::default();
    if profile.is_focus() {
        let counted = counted(signed);
        for row in rows.rows() {
            let id = row.id.text().into_owned();
            let of = parts.get(&id).zip(counted.get(&charge_of(&id)).and_then(Option::as_ref));
            all.push(&of.and_then(|(part, of)| in_proportion(&row, part, of)).unwrap_or_else(|| measured(row)));
        }
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

/// By charge; `None` where its rows are not of one price.
fn counted(signed: &Kept) -> BTreeMap<String, Option<Counted<'_>>> {
    let mut all: BTreeMap<String, Option<Counted<'_>>> = BTreeMap::new();
    for row in signed.rows().filter(|row| matches!(row.charge_type, ChargeType::Usage | ChargeType::Subsidy)) {
        let project = (row.payer.project_id, row.payer.project_name);
        let one = row.measure.map(|measure| Counted { measure, account: row.account, project });
        let price =
            |m: &Measure<'_>| (m.unit_price, m.unit.to_owned(), m.consumed_unit.to_owned(), m.price_of.to_owned());
        all.entry(charge_of(&row.id.text()))
            .and_modify(|of| {
                *of = match (of.take(), &one) {
                    (Some(mut of), Some(one)) if price(&of.measure) == price(&one.measure) => {
                        of.measure.quantity = of.measure.quantity.plus(one.measure.quantity);
                        of.measure.consumed = of.measure.consumed.plus(one.measure.consumed);
                        Some(of)
                    }
                    _ => None,
                }
            })
            .or_insert(one);
    }
    all
}

/// A row with as much of the charge's quantity as it is of its money.
fn in_proportion<'a>(row: &Row<'a>, part: &Part, of: &Counted<'a>) -> Option<Row<'a>> {
    let Counted { measure, account, project } = of;
    // What credits come to is always their price; tokens are not all alike.
    if !(part.same || measure.unit == "Credits") || part.whole.is_zero() {
        return None;
    }
    let portion = |all: Quantity| match part.exact {
        whole if whole == part.whole => Some(all),
        whole if whole == part.whole.negated() => Some(all.negated()),
        exact => all.portion(exact, part.whole, all.decimals().max(PLACES)),
    };
    let (quantity, consumed) = (portion(measure.quantity)?, portion(measure.consumed)?);
    let (unit_price, list_cost) = Exact::priced(measure.unit_price, quantity);
    let measure = Measure { quantity, consumed, unit_price, ..*measure };
    let project_name = if project.0 == row.payer.project_id { project.1 } else { row.payer.project_name };
    let payer = Payer { project_name, ..row.payer };
    Some(Row { measure: Some(measure), list_cost, account, payer, ..row.clone() })
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

/// Decimal places at which a quantity is divided, if it has no more itself.
const PLACES: u32 = 6;

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
        let focus = reshaped(&rows, Profile::Focus12, &Kept::default(), &BTreeMap::new());
        for row in focus.rows() {
            let measure = row.measure.unwrap();
            assert_eq!(row.list_cost, Exact::priced(measure.unit_price, measure.quantity).1);
            assert!(!measure.unit_price.is_negative());
        }
        let back = reshaped(&focus, Profile::OpenChargeback, &Kept::default(), &BTreeMap::new());
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
