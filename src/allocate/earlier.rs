//! What earlier months charged, as far as refunds of this one may take it back:
//! every charge as its month wrote it, with the caps it counted against, what
//! of it reached each of them and what was drawn.
//!
//! A month leaves its charges with [`EarlierCharge::of`]; of those of all months
//! before, the ones that refunds reach go into an [`Earlier`] (see `reach`), and
//! that into the allocation. What was taken back of them since is off already. Charges that are taken back count
//! with the period they were drawn in, so the sums of a period are kept by the
//! month and day of the charges, however late a refund of them comes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::rule::share_of;
use super::{Allocation, Openings, Percent, Projects, Scope, SharedText, SubsidyRule, Tier};
use crate::amount::Amount;
use crate::calendar::{Day, Month};

/// A cap that a charge counted against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedCap {
    pub scope: Arc<Scope>,
    /// What of the charge the rules before this one left to it.
    pub reached: Amount,
    /// What the rule took over: exact, zero where its cap was full.
    pub drawn: Amount,
}

/// A charge, or a refund, of a month that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierCharge {
    /// The month that wrote it.
    pub month: Month,
    /// As [`super::Charge::key`].
    pub key: String,
    pub day: Day,
    pub service: &'static str,
    /// By id; empty for what was nobody's.
    pub project: SharedText,
    pub user: SharedText,
    pub what: SharedText,
    /// Below zero for a refund. In [`Earlier`] what refunds have left of it.
    pub amount: Amount,
    /// For a refund, the charge it takes back: its month, key and day.
    pub takes_back: Option<(Month, String, Day)>,
    /// In the order of the rules.
    pub caps: Vec<CountedCap>,
}

impl EarlierCharge {
    /// The charges of a month in the order of drawing, as months after it know
    /// them. `projects` and `rules` are those the allocation was made with.
    pub fn of<'a>(
        month: Month,
        allocation: &'a Allocation,
        projects: &'a Projects,
        rules: &'a [SubsidyRule],
    ) -> impl Iterator<Item = Self> + 'a {
        let scopes: Vec<Arc<Scope>> = allocation.positions.iter().map(|p| Arc::new(p.scope.clone())).collect();
        let mut names: FxHashMap<u32, SharedText> = FxHashMap::default();
        let nobody: SharedText = "".into();
        (0u32..).zip(&allocation.charges).map(move |(number, charge)| {
            let cap = |(position, reached, drawn): (u32, Amount, Amount)| {
                let scope = Arc::clone(scopes.get(position as usize)?);
                Some(CountedCap { scope, reached, drawn })
            };
            let caps = allocation.counted(number, rules.len()).filter_map(cap).collect();
            let project = charge.project.and_then(|at| Some((at, projects.list.get(at as usize)?)));
            let project = project.map_or_else(
                || nobody.clone(),
                |(at, project)| names.entry(at).or_insert_with(|| project.id.as_str().into()).clone(),
            );
            Self {
                month,
                key: charge.key(),
                day: charge.day,
                service: charge.service,
                project,
                user: charge.user.clone(),
                what: charge.what.clone(),
                amount: charge.amount,
                takes_back: allocation.taken_back(number, month),
                caps,
            }
        })
    }

    /// What like charges share, without their number.
    pub(super) fn base(&self) -> &str {
        self.key.rsplit_once(':').map_or(&self.key, |(base, _)| base)
    }
}

/// How a rule paid for a total, its cap aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub percent: Percent,
    /// Empty for a rule with a cap.
    pub tiers: Vec<Tier>,
}

impl Terms {
    pub fn of(rule: &SubsidyRule) -> Self {
        Self { percent: rule.percent, tiers: rule.tiers.clone() }
    }

    /// Those of all rules, by name.
    pub fn of_all(rules: &[SubsidyRule]) -> BTreeMap<String, Self> {
        rules.iter().map(|rule| (rule.name.clone(), Self::of(rule))).collect()
    }
}

/// A month before this one, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierMonth {
    pub month: Month,
    /// How its rules paid, by their names.
    pub terms: BTreeMap<String, Terms>,
    /// In the order of drawing.
    pub charges: Vec<EarlierCharge>,
}

impl EarlierMonth {
    /// A month as months after it know it. `projects` and `rules` are those the
    /// allocation was made with.
    pub fn of(month: Month, allocation: &Allocation, projects: &Projects, rules: &[SubsidyRule]) -> Self {
        let charges = EarlierCharge::of(month, allocation, projects, rules).collect();
        Self { month, terms: Terms::of_all(rules), charges }
    }
}

/// What all charges of a day and month brought to a cap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DaySum {
    pub reached: Amount,
    pub drawn: Amount,
}

/// The charges of the months before one. Empty where nothing is known of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Earlier {
    /// Those that are not refunds, in the order of months and of drawing;
    /// amounts less what was taken back.
    pub charges: Vec<EarlierCharge>,
    /// By month and day of the charges, refunds of them included.
    pub sums: BTreeMap<Arc<Scope>, BTreeMap<(Month, Day), DaySum>>,
    /// How the rules paid then, by month and name.
    pub terms: BTreeMap<Month, BTreeMap<String, Terms>>,
    /// Months that charged something which is not known charge by charge: a
    /// refund may be of that.
    pub unknown: BTreeSet<Month>,
}

/// Refunds of a month, by key, with the month and key of the charge that
/// somebody named for them.
pub type Chosen = BTreeMap<String, (Month, String)>;

/// What an allocation goes on from.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// What earlier months used and drew.
    pub openings: &'a Openings,
    pub earlier: &'a Earlier,
    pub chosen: &'a Chosen,
}

/// A stretch of time over which a rule went on as it was: what reached it, and
/// what it drew of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// Its first month.
    from: Month,
    reached: Amount,
    drawn: Amount,
    /// How far the period was before it: how far tiers had come.
    offset: Amount,
    terms: Terms,
}

impl Earlier {
    pub fn is_empty(&self) -> bool {
        self.charges.is_empty() && self.sums.is_empty()
    }

    /// What of it an allocation rests on: with this alone it comes out the
    /// same.
    pub fn needed(&self, allocation: &Allocation) -> Self {
        let taken: BTreeSet<(Month, &str)> =
            allocation.earlier_refunds.iter().map(|back| (back.month, back.key.as_str())).collect();
        let is_taken = |charge: &&EarlierCharge| taken.contains(&(charge.month, charge.key.as_str()));
        let charges: Vec<EarlierCharge> = self.charges.iter().filter(is_taken).cloned().collect();
        let scopes = charges.iter().flat_map(|charge| &charge.caps).map(|cap| cap.scope.as_ref());
        // Behind the first rule a refund may go beyond what its charge left.
        let behind =
            allocation.refunds.iter().flat_map(|(refund, _)| allocation.touches[*refund as usize].iter().skip(1));
        let behind = behind.filter_map(|touch| allocation.positions.get(touch.position as usize)).map(|at| &at.scope);
        let known = scopes.chain(behind).filter_map(|scope| self.sums.get_key_value(scope));
        let sums: BTreeMap<_, _> = known.map(|(scope, days)| (Arc::clone(scope), days.clone())).collect();
        let terms = if charges.is_empty() && sums.is_empty() { BTreeMap::new() } else { self.terms.clone() };
        // What it takes back is found, or named.
        Self { charges, sums, terms, unknown: BTreeSet::new() }
    }

    /// How a rule went on over a period, in one stretch of its caps: a new run
    /// begins where it draws again after it had left something to the payers,
    /// since then another cap was in force. `reached` is what reached the rule
    /// in the period in all months before this one.
    fn runs(&self, rule: &SubsidyRule, scope: &Scope, stretch: usize, reached: Amount) -> Vec<Run> {
        let Some(days) = self.sums.get(scope) else { return Vec::new() };
        let known: Amount = days.values().map(|sum| sum.reached).sum();
        let mut offset = reached.minus(known);
        let mut months: Vec<(Month, DaySum, Amount)> = Vec::new();
        for ((month, day), sum) in days {
            let own = if rule.stretch(*day) == stretch { *sum } else { DaySum::default() };
            match months.last_mut().filter(|(of, ..)| of == month) {
                Some((_, whole, all)) => {
                    whole.reached = whole.reached.plus(own.reached);
                    whole.drawn = whole.drawn.plus(own.drawn);
                    *all = all.plus(sum.reached);
                }
                None => months.push((*month, own, sum.reached)),
            }
        }
        let mut runs: Vec<Run> = Vec::new();
        for (month, sum, all) in months {
            let terms = self.terms.get(&month).and_then(|terms| terms.get(&rule.name));
            let terms = terms.cloned().unwrap_or_else(|| Terms::of(rule));
            let goes_on = |run: &&mut Run| run.terms == terms && (sum.drawn <= Amount::ZERO || !run.left_some());
            match runs.last_mut().filter(goes_on) {
                Some(run) => {
                    run.reached = run.reached.plus(sum.reached);
                    run.drawn = run.drawn.plus(sum.drawn);
                }
                None => runs.push(Run { from: month, reached: sum.reached, drawn: sum.drawn, offset, terms }),
            }
            offset = offset.plus(all);
        }
        runs
    }

    /// The run in which a charge of a month counted, by its number; the last
    /// number there is for the one that goes on in this month.
    pub(super) fn run(
        &self,
        rule: &SubsidyRule,
        scope: &Scope,
        (month, stretch): (Month, usize),
        reached: Amount,
    ) -> Option<(usize, Run)> {
        let mut runs = self.runs(rule, scope, stretch, reached);
        let at = runs.iter().rposition(|run| run.from <= month)?;
        let goes_on = at + 1 == runs.len() && runs.get(at).is_some_and(|run| run.terms == Terms::of(rule));
        Some((if goes_on { usize::MAX } else { at }, runs.swap_remove(at)))
    }
}

/// What the last digits of many shares, each rounded down, may come to.
const DROPPED: Amount = Amount::from_units(1_000_000_000);

impl Run {
    /// Whether the rule would have paid more than it had. Tiers have no cap that
    /// could end before they do; what they drew of a month by itself says
    /// nothing, since refunds of it came from the tier of their own day.
    pub(super) fn left_some(&self) -> bool {
        self.terms.tiers.is_empty() && self.drawn.plus(DROPPED) < self.share(self.reached)
    }

    /// What the rule draws for a total that falls by `back` below what it was:
    /// zero or less. The cap that held shows in what was drawn.
    pub(super) fn below(&self, back: Amount) -> Amount {
        let drawn = |total: Amount| self.share(total.max(Amount::ZERO)).min(self.drawn).max(Amount::ZERO);
        drawn(self.reached.minus(back)).minus(drawn(self.reached))
    }

    fn share(&self, total: Amount) -> Amount {
        let Terms { percent, tiers } = &self.terms;
        let offset = if tiers.is_empty() { Amount::ZERO } else { self.offset };
        share_of(*percent, tiers, offset.plus(total)).minus(share_of(*percent, tiers, offset))
    }
}
