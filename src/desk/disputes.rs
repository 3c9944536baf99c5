//! Disputes with the provider: what is claimed for an item, how its case
//! stands, and the packet that goes with the claim. A claim stays with its
//! item over months until the credit is on a bill.

use std::collections::BTreeMap;

use super::command::{Change, Command, Preview, Refusal};
use super::standing::Code;
use super::{Desk, text};
use crate::amount::Amount;
use crate::calendar::Month;
use crate::journal::{Action, Claim, Verdict};
use crate::reconcile::{self, Waits};
use crate::usage::{Digest, Lines};

/// A dispute as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeView {
    pub item: u32,
    pub id: String,
    pub claim: Claim,
    /// What is claimed: as stated, else what was billed beyond the recorded.
    /// Zero where nothing was: nobody asks the provider for what it left out,
    /// and no credit comes for it. Never below.
    pub claimed: Amount,
    pub billed: Option<Amount>,
    pub recorded: Option<Amount>,
    /// The month in which it was disputed first.
    pub since: Month,
    /// How many months left it to the next.
    pub times: u32,
    /// In days, up to the last of the month.
    pub days: Option<u32>,
    /// The credit came, or the other side did.
    pub cleared: bool,
}

/// A dispute's papers: a table of all its lines, and a text to send with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    pub text: String,
}

/// Which of the packet's columns hold texts of files.
pub const PACKET_TEXTS: [usize; 11] = [0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 19];

const HEADER: [&str; 20] = [
    "item", "case", "state", "claimed", "part", "origin", "time", "id", "model", "project", "user", "key", "input",
    "cached", "output", "tokens", "quantity", "credits", "amount", "note",
];

impl Desk {
    /// What is claimed for an item, in this month or, where it came from an
    /// earlier one, there.
    pub fn claim(&self, item: u32) -> Option<&Claim> {
        let identity = reconcile::identity(&self.sides(), &self.compared.items, item);
        let left = self.carried_item(item).map(|carried| carried.left);
        let known = |of: Digest| self.state.claim(of).or_else(|| self.claims_before.get(&of));
        known(identity).or_else(|| left.and_then(known))
    }

    /// Whether an item is disputed in this month, or came disputed and waits.
    pub fn is_disputed(&self, item: u32) -> bool {
        let here = self.standing.get(item as usize) == Some(&Code::Decided(Verdict::Dispute));
        here || self.carried_item(item).is_some_and(|carried| matches!(carried.waits, Waits::Credit(_)))
            && !matches!(self.standing.get(item as usize), Some(Code::Decided(_)))
    }

    /// How many of these would ask the provider for nothing while no amount is
    /// stated: a refund, or what was recorded with as much or more.
    pub(super) fn nothing_to_claim(&self, items: &[u32]) -> usize {
        let apart = |item: u32| self.difference(item).map(Option::unwrap_or_default);
        let beyond = |[billed, recorded]: [Amount; 2]| billed > recorded;
        items.iter().filter(|item| !beyond(apart(**item))).count()
    }

    /// What was billed and what was recorded of an item, as far as a dispute is
    /// about it.
    fn difference(&self, item: u32) -> [Option<Amount>; 2] {
        let (sides, items) = (self.sides(), &self.compared.items);
        match self.carried_item(item) {
            // What cleared it is no part of what is disputed.
            Some(carried) => carried.worth.map(Some),
            None => [reconcile::billed(&sides, items, item), reconcile::recorded(&sides, items, item)],
        }
    }

    /// All disputes of the month, those carried in among them, in the order of
    /// the items.
    pub fn disputes(&self) -> Vec<DisputeView> {
        (0..self.items()).filter(|item| self.is_disputed(*item)).map(|item| self.dispute(item)).collect()
    }

    fn dispute(&self, item: u32) -> DisputeView {
        let (sides, items) = (self.sides(), &self.compared.items);
        let carried = self.carried_item(item);
        let [billed, recorded] = self.difference(item);
        let claim = self.claim(item).cloned().unwrap_or_default();
        let apart = billed.unwrap_or_default().minus(recorded.unwrap_or_default());
        let day = carried.map_or_else(|| items.day(&sides, item), |carried| carried.day);
        DisputeView {
            item,
            id: self.item_id(item).into_owned(),
            claimed: claim.amount.unwrap_or(apart).max(Amount::ZERO),
            claim,
            billed,
            recorded,
            since: carried.map_or(self.month, |carried| carried.since),
            times: carried.map_or(0, |carried| carried.times),
            days: day.and_then(|day| u32::try_from(self.month.last().number() - day.number()).ok()),
            cleared: carried.is_some_and(|carried| carried.cleared.is_some()),
        }
    }

    /// What was stated of its claim: how much, under which case and how it
    /// stands. That nothing is claimed, where that is so; else empty while
    /// nothing was stated.
    pub(super) fn claim_sentence(&self, item: u32) -> String {
        let view = self.dispute(item);
        let nothing = self.is_disputed(item) && view.claimed.is_zero();
        let stated = self.claim(item).map(Claim::to_string);
        match (nothing, stated) {
            (false, stated) => stated.unwrap_or_default(),
            (true, None) => NOTHING.to_owned(),
            (true, Some(_)) => format!("{NOTHING}{}", view.claim.case_and_state()),
        }
    }

    pub(super) fn plan_claim(
        &self,
        command: &Command,
        items: &[u32],
        claim: Option<&Claim>,
    ) -> Result<Change, Refusal> {
        let items = self.some(items)?;
        let bulk = items.len() > 1;
        let (taken, rest): (Vec<u32>, Vec<u32>) = items.into_iter().partition(|item| self.is_disputed(*item));
        if taken.is_empty() {
            return Err(Refusal("This is not disputed, so nothing is claimed for it; dispute it first.".into()));
        }
        if let Some(amount) = claim.and_then(|claim| claim.amount) {
            if amount <= Amount::ZERO {
                return Err(Refusal("A claim is above zero; leave it blank to claim the whole difference.".into()));
            }
            if bulk {
                return Err(Refusal("An amount is claimed for one item at a time.".into()));
            }
            let billed = taken.first().and_then(|item| self.dispute(*item).billed).unwrap_or_default();
            if amount > billed {
                return Err(Refusal(format!(
                    "{} is more than the {} that was billed.",
                    text::money(amount),
                    text::money(billed)
                )));
            }
        }
        let known: Vec<Option<&Claim>> = taken.iter().map(|item| self.claim(*item)).collect();
        let own = |claim: &Option<&Claim>| claim.is_some_and(|claim| claim.amount.is_some());
        if bulk && (known.windows(2).any(|pair| pair[0] != pair[1]) || known.iter().any(own)) {
            return Err(Refusal(
                "These have claims of their own, which one for all would replace; follow them one by one.".into(),
            ));
        }
        let nothing = match claim {
            Some(Claim { amount: None, .. }) => self.nothing_to_claim(&taken),
            _ => 0,
        };
        let title = match claim {
            Some(claim) => format!("Dispute of {}: {claim}", text::items(taken.len())),
            None => format!("Claim nothing for {}", text::items(taken.len())),
        };
        let mut preview = Preview { title, items: taken.len(), ..Preview::default() };
        if !rest.is_empty() {
            preview.left_out.push(("not disputed".into(), rest.len()));
        }
        preview.remarks.extend(claims_nothing(nothing));
        let mut keys = self.keys(taken.clone());
        // What cleared is another item; the claim is about what was left.
        for (key, item) in keys.iter_mut().zip(&taken) {
            if let Some(carried) = self.carried_item(*item) {
                key.identity = carried.left;
            }
        }
        Ok(self.change(command, preview, Action::Claim { items: keys, claim: claim.cloned() }, bulk))
    }

    /// The disputed items for which something is claimed, which are those with
    /// papers, and how many others there are.
    ///
    /// # Errors
    /// [`Refusal`] where nothing is disputed, or nothing claimed.
    pub fn claimed_disputes(&self) -> Result<(Vec<u32>, usize), Refusal> {
        let all = self.disputes();
        if all.is_empty() {
            return Err(Refusal(format!("Nothing is in dispute in {}.", self.month)));
        }
        let claimed: Vec<u32> = all.iter().filter(|view| !view.claimed.is_zero()).map(|view| view.item).collect();
        if claimed.is_empty() {
            return Err(Refusal(format!(
                "Nothing is claimed for {} in dispute in {}, so there are no papers to write: no more was billed than \
                 recorded. State an amount with `trueup dispute claim`.",
                text::items(all.len()),
                self.month
            )));
        }
        let without = all.len() - claimed.len();
        Ok((claimed, without))
    }

    /// The papers of disputed items: every bill line and ledger entry, what the
    /// difference is made of, and a text that says it.
    ///
    /// # Errors
    /// [`Refusal`] where one of them is not disputed or claims nothing, or there
    /// is none.
    pub fn packet(&self, items: &[u32]) -> Result<Packet, Refusal> {
        let items = self.some(items)?;
        if let Some(item) = items.iter().find(|item| !self.is_disputed(**item)) {
            return Err(Refusal(format!("{} is not disputed.", self.item_id(*item))));
        }
        let mut rows = Vec::new();
        let mut out = format!("Disputed charges of {}, in {}\n", self.month, self.currency());
        let mut total = Amount::ZERO;
        for item in items {
            let view = self.dispute(item);
            if view.claimed.is_zero() {
                return Err(Refusal(format!(
                    "{} has no claim to write papers for: billed {}, recorded {}. State an amount, or leave it out.",
                    view.id,
                    or_nothing(view.billed),
                    or_nothing(view.recorded)
                )));
            }
            total = total.plus(view.claimed);
            let (more, paragraph) = self.papers_of(&view);
            rows.extend(more);
            out.push('\n');
            out.push_str(&paragraph);
        }
        out.push_str(&format!("\nClaimed in all: {total} {}\n", self.currency()));
        Ok(Packet { header: HEADER.map(str::to_owned).to_vec(), rows, text: out })
    }

    fn papers_of(&self, view: &DisputeView) -> (Vec<Vec<String>>, String) {
        let (sides, items) = (self.sides(), &self.compared.items);
        let detail = self.detail(view.item);
        let amount = |amount: Option<Amount>| amount.map(|a| a.to_string()).unwrap_or_default();
        let head = |part: &str| {
            let mut row = vec![String::new(); HEADER.len()];
            let start = [&view.id, &view.claim.case, view.claim.state.name(), &view.claimed.to_string(), part];
            row.iter_mut().zip(start).for_each(|(cell, text)| text.clone_into(cell));
            row
        };
        let mut rows = Vec::new();
        for (part, lines, values, of) in [
            ("bill line", sides.bill, sides.bill_values, items.bill_rows(view.item).collect::<Vec<_>>()),
            ("ledger entry", sides.ledger, sides.ledger_values, items.ledger_rows(view.item).collect()),
        ] {
            for row in of {
                let mut cells = head(part);
                let said = self.said_by(lines, row, amount(values.amount(lines, row)));
                cells.iter_mut().skip(5).zip(said).for_each(|(cell, text)| *cell = text);
                rows.push(cells);
            }
        }
        for part in &detail.variance {
            let mut cells = head("difference");
            if let [.., of, note] = cells.as_mut_slice() {
                *of = part.amount.to_string();
                part.cause.label().clone_into(note);
            }
            rows.push(cells);
        }
        let mut text = format!("{}\n  Claim: {}", view.id, view.claimed);
        if !view.claim.case.is_empty() {
            text.push_str(&format!(", case {}", view.claim.case));
        }
        text.push_str(&format!(" ({})\n", view.claim.state.name()));
        text.push_str(&format!("  Billed {}, recorded {}\n", or_nothing(view.billed), or_nothing(view.recorded)));
        text.push_str(&format!("  {}\n", detail.explanation));
        for part in &detail.variance {
            text.push_str(&format!("  {} is {}\n", part.amount, part.cause.label()));
        }
        for (side, origins) in [("Bill", &detail.bill_origins), ("Ledger", &detail.ledger_origins)] {
            if !origins.is_empty() {
                text.push_str(&format!("  {side}: {}\n", origins.join(", ")));
            }
        }
        let reason = detail.decision.as_ref().map(|decision| decision.reason.as_str()).unwrap_or_default();
        for (label, said) in [("Reason", reason), ("Note", detail.note.as_str())] {
            if !said.is_empty() {
                text.push_str(&format!("  {label}: {said}\n"));
            }
        }
        (rows, text)
    }

    /// What a line says, from its origin on, in the order of the header.
    fn said_by(&self, lines: &Lines, row: u32, amount: String) -> Vec<String> {
        let names = &self.inputs.names;
        let name = |of: fn(&Lines, u32) -> crate::usage::Sym| names.text(of(lines, row)).to_owned();
        let count = |count: Option<i64>| count.map(|c| c.to_string()).unwrap_or_default();
        let quantity = |q: Option<crate::amount::Quantity>| q.map(|q| q.to_string()).unwrap_or_default();
        vec![
            lines.origin_text(row),
            lines.at(row).map(|at| text::time(lines.shape(row), at)).unwrap_or_default(),
            lines.id(row).to_owned(),
            name(Lines::what),
            name(Lines::project),
            name(Lines::user),
            name(Lines::api_key),
            count(lines.input(row)),
            count(lines.cached(row)),
            count(lines.output(row)),
            count(lines.total(row)),
            quantity(lines.quantity(row)),
            quantity(lines.credits(row)),
            amount,
        ]
    }
}

const NOTHING: &str = "nothing is claimed, since no more was billed than recorded";

/// What is said of disputes for which nothing is claimed.
pub(super) fn claims_nothing(count: usize) -> Option<String> {
    let each = match count {
        0 => return None,
        1 => "1 item was billed".to_owned(),
        count => format!("{} were billed", text::items(count)),
    };
    Some(format!("{each} at no more than was recorded: nothing is claimed there unless an amount is stated."))
}

fn or_nothing(amount: Option<Amount>) -> String {
    amount.map_or_else(|| "nothing".into(), |amount| amount.to_string())
}

/// Claims of the months before, the latest of each item.
pub(super) type Claims = BTreeMap<Digest, Claim>;
