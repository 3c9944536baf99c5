//! What earlier months of the book left unsettled, and where it stands in this
//! one: the journal of each month before comes in, items of this month with
//! the way they came go out.

use std::collections::BTreeSet;

use super::disputes::Claims;
use super::{Desk, months_of, text};
use crate::amount::Amount;
use crate::calendar::{Day, Month};
use crate::close::{Behind, GateItem, Versions};
use crate::journal::{Action, Assumption, Entry, ItemKey, Verdict};
use crate::reconcile::{Astray, Carried, Cleared, HandMatch, Left, Waits};
use crate::review;

use super::Inputs;

/// A month before the one that is open, as far as it decides what comes into
/// that one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// What it left, and whether it is signed.
    pub left: Left,
    /// Joined by hand there: decisions may be about those items.
    pub hand: Vec<HandMatch>,
    /// Taken for granted there.
    pub assumed: Vec<Assumption>,
}

/// What is known of an item that came from an earlier month, for a face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedView {
    /// The month that left it first.
    pub since: Month,
    /// How many months left it to the next.
    pub times: u32,
    /// Its age in months, and in days from its own to the last of the month.
    pub months: u32,
    pub days: Option<u32>,
    /// What came from the earlier month.
    pub billed: Amount,
    pub recorded: Amount,
    pub cleared: Option<Cleared>,
    /// All of it in a sentence or two.
    pub sentence: String,
}

/// The months that left something undecided with a verdict that carries on,
/// and those behind them that are there at all: a month that has data or
/// decisions takes in what was left before it. Empty where nothing was left.
pub(super) fn earlier(entries: &[Entry], month: Month, inputs: &Inputs) -> (Vec<Earlier>, Claims) {
    let leaving = leaving(entries);
    let Some(first) = leaving.first().copied().filter(|first| *first < month) else { return Default::default() };
    let deciding = |entry: &Entry| entry.month.filter(|_| matches!(entry.action, Action::Decide { .. }));
    let mut there: BTreeSet<Month> = entries.iter().filter_map(deciding).collect();
    let versions = Versions::of(entries);
    there.extend([&inputs.bill, &inputs.ledger].into_iter().flat_map(|side| months_of(&side.lines)));
    let mut claims = Claims::new();
    let mut of = |of: Month| {
        let state = leaving.contains(&of).then(|| review::State::replay(entries, of));
        claims.extend(state.iter().flat_map(review::State::claims));
        let left = state.as_ref().map(|state| left_by(state, &claims)).unwrap_or_default();
        Earlier {
            left: Left { month: of, signed: versions.signed(of).is_some(), items: left, joins: Vec::new() },
            hand: state.iter().flat_map(|state| state.hand_matches().cloned()).collect(),
            assumed: state.iter().flat_map(review::State::assumptions).collect(),
        }
    };
    let all: Vec<Earlier> = there.range(first..month).copied().map(&mut of).collect();
    let none = all.iter().all(|earlier| earlier.left.items.is_empty());
    (if none { Vec::new() } else { all }, claims)
}

/// The months in which anything was ever deferred or disputed.
pub(super) fn leaving(entries: &[Entry]) -> BTreeSet<Month> {
    let leaves = |entry: &Entry| match &entry.action {
        Action::Decide { decision: Some(decision), .. } => {
            entry.month.filter(|_| matches!(decision.verdict, Verdict::Defer | Verdict::Dispute))
        }
        _ => None,
    };
    entries.iter().filter_map(leaves).collect()
}

fn left_by(state: &review::State, claims: &Claims) -> Vec<(ItemKey, Waits)> {
    let waits = |(key, verdict): (ItemKey, Verdict)| {
        let claim = claims.get(&key.identity);
        // No credit comes for what was rejected or given up.
        let credit = verdict == Verdict::Dispute && claim.is_none_or(|claim| claim.state.waits());
        (key, if credit { Waits::Credit(claim.and_then(|claim| claim.amount)) } else { Waits::OtherSide })
    };
    state.left_open().into_iter().map(waits).collect()
}

impl Desk {
    /// What came from earlier months, by item.
    pub fn carried(&self) -> &[Carried] {
        &self.compared.carried
    }

    pub(super) fn carried_item(&self, item: u32) -> Option<&Carried> {
        let all = &self.compared.carried;
        all.binary_search_by_key(&item, |carried| carried.item).ok().and_then(|at| all.get(at))
    }

    /// The way an item came, where it came from an earlier month.
    pub fn carried_view(&self, item: u32) -> Option<CarriedView> {
        let carried = self.carried_item(item)?;
        let [billed, recorded] = carried.worth;
        let months = months_between(carried.since, self.month);
        let days = self.carried_days(item);
        let mut view = CarriedView {
            since: carried.since,
            times: carried.times,
            months,
            days,
            billed,
            recorded,
            cleared: carried.cleared,
            sentence: String::new(),
        };
        view.sentence = self.carried_sentence(carried, &view);
        Some(view)
    }

    /// Days from that of a carried item to the last of the month.
    pub(super) fn carried_days(&self, item: u32) -> Option<u32> {
        let day = self.carried_item(item)?.day?;
        u32::try_from(self.month.last().number() - day.number()).ok()
    }

    fn carried_sentence(&self, carried: &Carried, view: &CarriedView) -> String {
        let what = match (carried.rows[0].is_empty(), carried.rows[1].is_empty()) {
            (false, true) => format!("{} billed", text::money(view.billed)),
            (true, false) => format!("{} recorded", text::money(view.recorded)),
            _ => format!("{} billed against {} recorded", text::money(view.billed), text::money(view.recorded)),
        };
        let of = carried.day.map(|day| format!(" of {day}")).unwrap_or_default();
        let waited = match carried.waits {
            Waits::OtherSide => "deferred",
            Waits::Credit(_) => "disputed",
        };
        let start = format!("Carried in: {what}{of}, {waited} since {}, {}.", view.since, view.age());
        let end = match carried.cleared {
            Some(Cleared::OtherSide) => {
                format!(" Cleared by itself: {} came in this month.", self.came_here(carried))
            }
            Some(Cleared::Credit) => {
                format!(" Cleared by itself: the credit came in this month, {}.", self.came_here(carried))
            }
            Some(Cleared::Hand) => {
                format!(" Matched by hand with what came in this month: {}.", self.came_here(carried))
            }
            Some(Cleared::Itself) => " Cleared by itself: both sides of it are there now.".to_owned(),
            None => " Nothing came for it in this month so far.".to_owned(),
        };
        start + &end
    }

    /// The lines of a cleared item that are the month's own, in words.
    fn came_here(&self, carried: &Carried) -> String {
        let (sides, items) = (self.sides(), &self.compared.items);
        let mut parts = Vec::new();
        let mut day: Option<Day> = None;
        let own = |rows: &[u32], row: &u32| !rows.contains(row);
        let [of_bill, of_ledger] = &carried.rows;
        let bill: Vec<u32> = items.bill_rows(carried.item).filter(|row| own(of_bill, row)).collect();
        let ledger: Vec<u32> = items.ledger_rows(carried.item).filter(|row| own(of_ledger, row)).collect();
        for (rows, lines, values, word) in
            [(&bill, sides.bill, sides.bill_values, "billed"), (&ledger, sides.ledger, sides.ledger_values, "recorded")]
        {
            if let Some(first) = rows.first() {
                let sum: Amount = rows.iter().filter_map(|row| values.amount(lines, *row)).sum();
                parts.push(format!("{} {word}", text::money(sum)));
                day = day.or_else(|| lines.day(*first));
            }
        }
        let on = day.map(|day| format!(" on {day}")).unwrap_or_default();
        format!("{}{on}", parts.join(" and "))
    }

    /// What the gate says of it: nothing that was left may get lost.
    pub(super) fn left_astray(&self) -> Vec<GateItem> {
        let item = |astray: &Astray| {
            let Astray { month, signed, changed, gone } = *astray;
            let mut parts = Vec::new();
            if changed > 0 {
                parts.push(format!("{} changed since and open again there", text::counted(changed, "item")));
            }
            if gone > 0 {
                parts.push(format!("{} no longer in what is loaded", text::counted(gone, "item")));
            }
            let gate = GateItem::new(
                "carried-astray",
                format!("left in {month} and not carried in"),
                format!(
                    "Of what was deferred or disputed in {month}, not carried in: {}. Open {month} and look at it there.",
                    parts.join("; ")
                ),
            )
            .counted(changed + gone, Amount::ZERO)
            .found(Behind::Nothing, "");
            // In a month that is not signed they are open, and keep it so.
            if signed { gate } else { gate.only_said() }
        };
        self.compared.astray.iter().map(item).collect()
    }

    /// Items and dollars that came in, and how many of them cleared, in one
    /// sentence; `None` where nothing came.
    pub fn carried_summary(&self) -> Option<String> {
        let all = self.carried();
        if all.is_empty() {
            return None;
        }
        let [billed, recorded] = self.compared.carried_totals;
        let cleared = all.iter().filter(|carried| carried.cleared.is_some()).count();
        let oldest = all.iter().map(|carried| carried.since).min().unwrap_or(self.month);
        Some(format!(
            "Carried in: {}, {} billed and {} recorded, the oldest since {oldest}; {cleared} cleared by {} here.",
            text::items(all.len()),
            text::money(billed),
            text::money(recorded),
            if cleared == 1 { "itself" } else { "themselves" },
        ))
    }
}

impl CarriedView {
    /// `carried 2 times, 2 months and 59 days old`
    pub fn age(&self) -> String {
        let times = if self.times == 1 { "once".to_owned() } else { format!("{} times", self.times) };
        let months = text::counted(u64::from(self.months), "month");
        match self.days {
            Some(days) => format!("carried {times}, {months} or {} old", text::counted(u64::from(days), "day")),
            None => format!("carried {times}, {months} old"),
        }
    }
}

fn months_between(from: Month, to: Month) -> u32 {
    let number = |month: Month| i64::from(month.year()) * 12 + i64::from(month.number());
    u32::try_from(number(to) - number(from)).unwrap_or(0)
}
