//! Joining lines of both sides by hand: what may be one item, and how the month
//! compares once they are.

use std::sync::Arc;

use super::command::{Change, Command, Preview, Refusal};
use super::{Desk, text};
use crate::amount::Amount;
use crate::journal::Action;
use crate::reconcile::{self, Family, Outcome};
use crate::usage::Shape;

impl Desk {
    pub(super) fn plan_match(&self, command: &Command, items: &[u32]) -> Result<Change, Refusal> {
        let items = self.some(items)?;
        let table = &self.compared.items;
        let sides = self.sides();
        let came: Vec<_> = items.iter().filter_map(|item| self.carried_item(*item)).collect();
        if came.len() > 1 {
            return Err(Refusal(
                "Each item that was carried in keeps its own age and claim: match one of them at a time with lines of \
                 this month."
                    .into(),
            ));
        }
        let carried = came.first().copied();
        if carried.is_some_and(|carried| carried.moved) {
            return Err(Refusal(
                "An id of this month's bill names this item already, so its lines are together. Settle it by a \
                 decision."
                    .into(),
            ));
        }
        let bill: Vec<u32> = items.iter().flat_map(|item| table.bill_rows(*item)).collect();
        let ledger: Vec<u32> = items.iter().flat_map(|item| table.ledger_rows(*item)).collect();
        let own = |rows: &[u32], side: usize| -> Vec<u32> {
            let of_it = |row: &&u32| carried.is_none_or(|carried| !carried.rows[side].contains(row));
            rows.iter().filter(of_it).copied().collect()
        };
        let (own_bill, own_ledger) = (own(&bill, 0), own(&ledger, 1));
        match carried {
            None if bill.is_empty() || ledger.is_empty() => {
                return Err(Refusal("Mark at least one bill line and one ledger entry that belong together.".into()));
            }
            Some(_) if own_bill.is_empty() && own_ledger.is_empty() => {
                return Err(Refusal(
                    "Mark the lines of this month that came for the item carried in, together with it.".into(),
                ));
            }
            _ => {}
        }
        // Lines that fit each other equally well, or carry one id, were put
        // together to be looked at; by hand they become one item that is
        // compared.
        let to_look_at = |item: u32| matches!(table.outcome(item), Outcome::Ambiguous | Outcome::Duplicate);
        if let [item] = items.as_slice()
            && (carried.is_some() || table.rung(*item) != reconcile::Rung::None)
            && (carried.is_some() || table.rung(*item) == reconcile::Rung::Hand || !to_look_at(*item))
        {
            return Err(Refusal("This item's lines are together already.".into()));
        }
        // Money of the platform, tokens and requests are about the same use;
        // credits are about another.
        let in_credits = |rows: &[u32], lines: &crate::usage::Lines| -> Vec<bool> {
            rows.iter().map(|row| lines.shape(*row) == Shape::Credits).collect()
        };
        let mut kinds = in_credits(&bill, sides.bill);
        kinds.extend(in_credits(&ledger, sides.ledger));
        if kinds.windows(2).any(|pair| pair[0] != pair[1]) {
            return Err(Refusal("Credits can be matched with credits only.".into()));
        }
        let evidence = |item: &u32| table.dims(*item).is_some_and(|dims| dims.family == Family::Evidence);
        if items.iter().any(evidence) {
            return Err(Refusal(
                "Usage whose costs are loaded is not billed by itself, so it has nothing to match; mark the costs of its day instead.".into(),
            ));
        }
        let foreign = |rows: &[u32], lines: &crate::usage::Lines| rows.iter().any(|row| lines.foreign(*row).is_some());
        if foreign(&bill, sides.bill) || foreign(&ledger, sides.ledger) {
            return Err(Refusal(format!(
                "Amounts in another currency than {} cannot be compared: nothing is converted.",
                self.currency()
            )));
        }
        let total = |lines: &crate::usage::Lines, values: &crate::price::Values, rows: &[u32]| {
            rows.iter().filter_map(|row| values.amount(lines, *row)).sum::<Amount>()
        };
        let (billed, recorded) =
            (total(sides.bill, sides.bill_values, &bill), total(sides.ledger, sides.ledger_values, &ledger));
        let preview = Preview {
            title: format!("Match {} by hand", text::items(items.len())),
            items: items.len(),
            amount: billed,
            remarks: vec![format!(
                "{} billed against {} recorded: a difference of {}.",
                text::money(billed),
                text::money(recorded),
                text::money(billed.minus(recorded))
            )],
            ..Preview::default()
        };
        let action = Action::Match {
            bill: reconcile::line_keys(sides.names, sides.bill, &own_bill),
            ledger: reconcile::line_keys(sides.names, sides.ledger, &own_ledger),
            carried: carried.map(|carried| carried.left.to_string()),
        };
        let mut change = self.change(command, preview, action.clone(), true);
        let mut chosen = self.chosen();
        if let Action::Match { bill, ledger, carried } = action {
            chosen.hand.push(reconcile::HandMatch { bill, ledger, carried });
        }
        change.next = Some(Arc::new(self.recompared(Arc::clone(&self.config), &chosen)));
        Ok(change)
    }
}
