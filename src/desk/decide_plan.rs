//! Deciding on items, opening them again and noting something on them: which of
//! them can take the verdict, what that comes to, and what it replaces.

use super::command::{Change, Command, Preview, Refusal};
use super::disputes::claims_nothing;
use super::payers::Lacking;
use super::standing::Code;
use super::weigh::{Weighed, titled};
use super::{Desk, text};
use crate::journal::{Action, Decision, Verdict};
use crate::reconcile::{self, Outcome};

impl Desk {
    pub(super) fn plan_approve_matched(&self, command: &Command) -> Result<Change, Refusal> {
        let items = self.open_matched();
        if items.is_empty() {
            return Err(self.no_matched());
        }
        let decision = Decision { verdict: Verdict::ApproveBilled, reason: String::new(), note: String::new() };
        let mut change = self.plan_decide(command, &items, &decision, true)?;
        let count = change.preview.items;
        let all = if count == 1 { "" } else { "all " };
        change.preview.title = format!("Approve {all}{} as billed", text::counted(count as u64, "matched item"));
        change.asks = true;
        Ok(change)
    }

    pub(super) fn plan_note(&self, command: &Command, items: &[u32], note: &str) -> Result<Change, Refusal> {
        let keys = self.keys(self.some(items)?);
        let title = if note.is_empty() { "Take the note off" } else { "Put a note on" };
        let preview =
            Preview { title: format!("{title} {}", text::items(keys.len())), items: keys.len(), ..Preview::default() };
        let action = Action::Note { items: keys, text: note.to_owned() };
        Ok(self.change(command, preview, action, items.len() > 1))
    }

    fn open_matched(&self) -> Vec<u32> {
        (0..self.items())
            .filter(|item| self.compared.items.outcome(*item) == Outcome::Matched && self.is_open(*item))
            .collect()
    }

    /// Why no matched item can be approved. Without a ledger nothing is ever
    /// matched, and what is to be approved stands on the same list.
    fn no_matched(&self) -> Refusal {
        let alone = |item: &u32| self.compared.items.outcome(*item) == Outcome::NotApplicable && self.is_open(*item);
        let sentence = match (0..self.items()).filter(alone).count() {
            0 => "No item that matched is open.".to_owned(),
            count => format!(
                "No item that matched is open. {} not compared with anything, since the other side has nothing of \
                 the kind: mark all of them and approve them as billed.",
                if count == 1 {
                    "1 open item was".to_owned()
                } else {
                    format!("{} were", text::counted(count as u64, "open item"))
                }
            ),
        };
        Refusal(sentence)
    }

    /// Why an item cannot take a verdict, as a reason to leave it out.
    pub(super) fn left_out(&self, item: u32, verdict: Verdict) -> Option<&'static str> {
        if self.standing[item as usize] == Code::Settled {
            return Some("nothing to decide: not part of the bill");
        }
        if !verdict.approves() {
            return None;
        }
        let sides = self.sides();
        let items = &self.compared.items;
        let on_bill = items.bill_rows(item).next().is_some();
        let foreign = |lines: &crate::usage::Lines, row: u32| lines.foreign(row).is_some();
        if items.bill_rows(item).any(|row| foreign(sides.bill, row))
            || items.ledger_rows(item).any(|row| foreign(sides.ledger, row))
        {
            return Some(
                "its amount is in another currency, and nothing is converted: defer, dispute, exclude or write it off",
            );
        }
        if self.lacks_payer(item) {
            return Some(match self.lacking(item) {
                Some(Lacking::OpenFund) => "the project's fund is closed on that day: name another one first",
                _ => "no project pays: name one first",
            });
        }
        if self.has_odd_fund(item) {
            return Some("its fund is not of the form that config.toml asks for");
        }
        let recorded = reconcile::recorded(&sides, items, item);
        let value = if on_bill && verdict == Verdict::ApproveBilled {
            reconcile::billed(&sides, items, item)
        } else {
            recorded
        };
        if verdict == Verdict::ApproveRecorded && items.ledger_rows(item).next().is_none() {
            return Some("nothing was recorded");
        }
        let unpriced = on_bill
            && verdict == Verdict::ApproveBilled
            && items.bill_rows(item).any(|row| sides.bill_values.amount(sides.bill, row).is_none());
        (value.is_none() || unpriced).then_some("it has no amount: enter a price first")
    }

    /// `asks`: even one item is shown before it is settled.
    pub(super) fn plan_decide(
        &self,
        command: &Command,
        items: &[u32],
        decision: &Decision,
        asks: bool,
    ) -> Result<Change, Refusal> {
        let items = self.some(items).map_err(|_| Refusal("There is no open item to decide.".into()))?;
        self.config.settings.policy.check(decision).map_err(Refusal)?;
        let bulk = asks || items.len() > 1;
        let Weighed { taken, amount, left_out } = self.weigh(items, decision.verdict);
        if taken.is_empty() {
            let why: Vec<&str> = left_out.keys().copied().collect();
            let mut sentence = why.join("; ");
            if let Some(first) = sentence.get_mut(0..1) {
                first.make_ascii_uppercase();
            }
            return Err(Refusal(format!("{sentence}.")));
        }
        let verdict = decision.verdict;
        let mut preview = Preview {
            title: titled(verdict, taken.len()),
            items: taken.len(),
            amount,
            left_out: left_out.into_iter().map(|(why, n)| (why.to_owned(), n)).collect(),
            ..Preview::default()
        };
        if bulk && !decision.reason.is_empty() {
            preview.remarks.push(format!("Reason: {}.", decision.reason));
        }
        if verdict == Verdict::Dispute {
            preview.remarks.extend(claims_nothing(self.nothing_to_claim(&taken)));
        }
        preview.remarks.extend(self.replaced(&taken));
        if bulk {
            let mut standing = self.standing.as_ref().clone();
            for item in &taken {
                standing[*item as usize] = Code::Decided(verdict);
            }
            self.add_payers(&mut preview, &self.with_standing(standing));
        }
        let reversed = self.reversed(&taken, Some(verdict));
        let action = Action::Decide { items: self.keys(taken), decision: Some(decision.clone()), rule: None };
        self.demoting(self.change(command, preview, action, bulk), &reversed)
    }

    /// What decisions on these items a new one replaces, by verdict.
    fn replaced(&self, items: &[u32]) -> Option<String> {
        let decided = |verdict: Verdict| {
            items.iter().filter(|item| self.standing[**item as usize] == Code::Decided(verdict)).count()
        };
        let by_verdict: Vec<(Verdict, usize)> = Verdict::ALL
            .into_iter()
            .map(|verdict| (verdict, decided(verdict)))
            .filter(|(_, count)| *count > 0)
            .collect();
        let settled: usize = by_verdict.iter().map(|(_, count)| count).sum();
        let each: Vec<String> = by_verdict
            .iter()
            .map(|(verdict, count)| format!("{} {}", text::count(*count as i64), verdict.done()))
            .collect();
        let were = if settled == 1 {
            "1 item of them was".to_owned()
        } else {
            format!("{} of them were", text::items(settled))
        };
        (settled > 0)
            .then(|| format!("{were} settled before ({}); the new decision replaces the old.", each.join(", ")))
    }

    pub(super) fn plan_reopen(&self, command: &Command, items: &[u32]) -> Result<Change, Refusal> {
        let items = self.some(items)?;
        let bulk = items.len() > 1;
        let settled: Vec<u32> = items
            .into_iter()
            .filter(|i| matches!(self.standing[*i as usize], Code::Decided(_) | Code::Stale))
            .collect();
        if settled.is_empty() {
            return Err(Refusal("Nothing here is settled, so nothing can be opened again.".into()));
        }
        let preview = Preview {
            title: format!("Open {} again", text::items(settled.len())),
            items: settled.len(),
            ..Preview::default()
        };
        let reversed = self.reversed(&settled, None);
        let action = Action::Decide { items: self.keys(settled), decision: None, rule: None };
        self.demoting(self.change(command, preview, action, bulk), &reversed)
    }
}
