//! What each rule takes over of each charge, and how that moves the caps.
//!
//! A rule pays by the total that has reached it in a period, not charge by
//! charge: a charge draws what the total with it pays more than the total
//! without it. So a refund gives back exactly what it should, and a charge
//! made again after its refund draws as it did before.
//!
//! That holds to the last digit behind a rule that pays in proportion, too. Its
//! shares are whole units of 10⁻¹⁸, and which charges the last units fall on
//! depends on how an amount is divided into charges: one unit is shared by 60
//! and 40 of two users otherwise than by 30, 30 and 40. But a later rule looks
//! only at what its own groups are left in all, and in which order. So the
//! units are handed down from the top: first among the charges that no later
//! rule tells apart, by the sums of these alone, which a refund and the charge
//! again leave as they were; then within each along the sum up to each charge,
//! so that the two take and give back the same and no other share changes.
//! Only where other charges come between the two may theirs move by a unit.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::earlier::Run;
use super::groups::{Back, Group, Groups, Subjects, roots};
use super::refund::match_refunds;
use super::{
    Allocation, Before, Charge, Chosen, Distribution, Draw, Earlier, Opening, Openings, PerCharge, Position, Projects,
    Rollover, Scope, SubsidyRule, TakenBack, Touch,
};
use crate::amount::{Amount, proportional_by_class};
use crate::calendar::{Day, Month, PeriodKey};

/// Splits a month's approved charges between the payers' funds and the
/// sponsors.
///
/// Charges draw in order of day, then base and occurrence; a day's refunds
/// come behind its charges. The rules draw in the order given, each from what
/// those before it left. A refund takes over project, subject, period and cap
/// of the charge it takes back; one without such a charge draws nothing.
///
/// Where a cap changes within its period, charges before the change drew under
/// the old one; those after it draw what the new one leaves over all draws
/// before, refunds of earlier charges taken off, also when they come later in
/// the month.
///
/// The result depends on the set of charges, not on their order.
///
/// Nothing is known here of what earlier months charged, see
/// [`allocate_after`].
pub fn allocate(
    month: Month,
    charges: Vec<Charge>,
    projects: &Projects,
    rules: &[SubsidyRule],
    openings: &Openings,
) -> Allocation {
    let (earlier, chosen) = (Earlier::default(), Chosen::new());
    allocate_after(month, charges, projects, rules, &Before { openings, earlier: &earlier, chosen: &chosen })
}

/// As [`allocate`], where refunds may take back what earlier months charged.
///
/// Such a refund counts where its charge did: it moves down the total that
/// stood in that period under that cap, and gives back what the rule paid more
/// for it. While nothing came between, the month's own charges go on from that
/// same total, so that what is refunded and charged again, in whatever month,
/// leaves every cap as it was. What was given back under another cap, or
/// before the rule drew from a new one, is back in the cap before the month
/// draws.
pub fn allocate_after(
    month: Month,
    mut charges: Vec<Charge>,
    projects: &Projects,
    rules: &[SubsidyRule],
    before: &Before<'_>,
) -> Allocation {
    let Before { openings, earlier, chosen } = *before;
    charges.par_sort_by(|a, b| in_order(a).cmp(&in_order(b)));
    let refunds = match_refunds(month, &charges, (projects, rules), (earlier, chosen));
    for (refund, original) in &refunds.found {
        charges[*refund as usize].project = charges[*original as usize].project;
    }
    let mut earlier_refunds = Vec::with_capacity(refunds.earlier.len());
    for (refund, original) in &refunds.earlier {
        let Some(original) = earlier.charges.get(*original as usize) else { continue };
        // With the fund of its day, where it still has one.
        let project = projects.find(&original.project);
        charges[*refund as usize].project = project.map(|at| projects.on(at, original.day).unwrap_or(at));
        let (month, key, day) = (original.month, original.key.clone(), original.day);
        earlier_refunds.push(TakenBack { refund: *refund, month, key, day });
    }
    let back = Back { earlier, refunds: &refunds.earlier, openings };
    let taken_back: Vec<u32> = refunds.earlier.iter().map(|(refund, _)| *refund).collect();
    let mut subjects = Subjects::new(projects, &charges, rules);
    let roots = roots(charges.len(), &refunds);
    let mut left: Vec<Amount> = charges.par_iter().map(|charge| charge.amount).collect();
    let mut positions = Vec::new();
    let mut shares: Vec<Shares> = Vec::with_capacity(rules.len());
    let of_rules: Vec<Groups> =
        rules.iter().map(|rule| Groups::new(rule, &charges, &roots, &mut subjects, &back)).collect();
    for (at, (rule, groups)) in rules.iter().zip(&of_rules).enumerate() {
        let after = of_rules.get(at + 1..).unwrap_or_default();
        let classes =
            if rule.distribution == Distribution::ProRata { classes(charges.len(), after) } else { Vec::new() };
        let mut caps = Caps { month, rule, openings, numbers: FxHashMap::default(), positions: &mut positions };
        shares.push(caps.draw(groups, &charges, &mut left, &subjects, (&taken_back, &classes)));
        caps.open(&mut subjects);
    }
    let new_number = sort_positions(&mut positions);
    let mut draws = PerCharge::with_capacity(charges.len(), shares.iter().map(|shares| shares.drawn.len()).sum());
    let mut touches = PerCharge::with_capacity(charges.len(), of_rules.iter().map(|rule| rule.members.len()).sum());
    let mut shares: Vec<_> =
        of_rules.iter().zip(&shares).map(|(groups, shares)| shares.of(groups).peekable()).collect();
    let mut of_charge: Vec<Draw> = Vec::new();
    for number in (0u32..).take(charges.len()) {
        of_charge.clear();
        for (rule, shares) in (0u16..).zip(&mut shares) {
            let Some(share) = shares.next_if(|share| share.charge == number) else { continue };
            of_charge.push(Draw { rule, position: new_number[share.position as usize], amount: share.amount });
        }
        touches.push(of_charge.iter().map(|draw| Touch { rule: draw.rule, position: draw.position }));
        draws.push(of_charge.iter().filter(|draw| !draw.amount.is_zero()).copied());
    }
    let (orphan_refunds, orphans) = refunds.orphans.into_iter().unzip();
    Allocation { charges, draws, touches, positions, refunds: refunds.found, earlier_refunds, orphan_refunds, orphans }
}

/// The order of drawing. Nothing but the amount and the user are left to tell
/// charges apart whose base and occurrence are the same by mistake.
fn in_order(charge: &Charge) -> impl Ord + '_ {
    let refund = charge.amount.is_negative();
    (charge.day, refund, charge.stem(), charge.occurrence, charge.amount, charge.project, &*charge.user)
}

/// The class of each charge: charges of one are in the same group of every
/// rule of `after`, so that none of those tells them apart.
fn classes(charges: usize, after: &[Groups]) -> Vec<u32> {
    let mut classes = vec![0u32; charges];
    for groups in after {
        let mut places: Vec<(u32, u32)> = classes.iter().map(|class| (*class, 0)).collect();
        for (number, group) in (1u32..).zip(&groups.all) {
            for at in &group.members {
                places[groups.members[*at as usize] as usize].1 = number;
            }
        }
        let mut sorted = places.clone();
        sorted.sort_unstable();
        sorted.dedup();
        for (class, place) in classes.iter_mut().zip(&places) {
            *class = sorted.binary_search(place).unwrap_or_else(|at| at) as u32;
        }
    }
    classes
}

/// What a rule takes over of the charges it covers, most often of few of them
/// anything.
struct Shares {
    /// By place in [`Groups::members`], as the positions were made, not sorted
    /// yet.
    positions: Vec<u32>,
    /// The same places, ascending, with what is not zero.
    drawn: Vec<(u32, Amount)>,
}

/// What a rule takes over of a charge, zero included.
struct Share {
    charge: u32,
    /// As in [`Shares::positions`].
    position: u32,
    amount: Amount,
}

impl Shares {
    /// That of each charge, in their order.
    fn of(&self, groups: &Groups) -> impl Iterator<Item = Share> {
        let mut drawn = self.drawn.iter().peekable();
        let members = (0u32..).zip(groups.members.iter().zip(&self.positions));
        members.map(move |(at, (charge, position))| {
            let amount = drawn.next_if(|(of, _)| *of == at).map_or(Amount::ZERO, |(_, amount)| *amount);
            Share { charge: *charge, position: *position, amount }
        })
    }
}

/// The caps of one rule as charges come by.
struct Caps<'a> {
    month: Month,
    rule: &'a SubsidyRule,
    openings: &'a Openings,
    /// By subject and period, into `positions`.
    numbers: FxHashMap<(u32, PeriodKey), u32>,
    /// Of all rules so far.
    positions: &'a mut Vec<Position>,
}

impl Caps<'_> {
    /// Draws for all charges of the rule, and takes that off what is left of
    /// each. In the order of the charges.
    fn draw(
        &mut self,
        groups: &Groups,
        charges: &[Charge],
        left: &mut [Amount],
        subjects: &Subjects<'_>,
        (taken_back, classes): (&[u32], &[u32]),
    ) -> Shares {
        let mut shares = Shares { positions: vec![0; groups.members.len()], drawn: Vec::new() };
        for group in &groups.all {
            let number = self.number(group.subject, group.day, subjects);
            let position = &mut self.positions[number as usize];
            let reached: Vec<Amount> =
                group.members.iter().map(|at| left[groups.members[*at as usize] as usize]).collect();
            let takes_back = |at: &u32| taken_back.binary_search(&groups.members[*at as usize]).is_ok();
            let back: Vec<bool> = match group.before {
                Some(_) => group.members.iter().map(takes_back).collect(),
                None => Vec::new(),
            };
            let class = |at: &u32| classes.get(groups.members[*at as usize] as usize).copied().unwrap_or_default();
            let classes: Vec<u32> =
                if classes.is_empty() { Vec::new() } else { group.members.iter().map(class).collect() };
            let drawn = self.rule.distribute(&reached, (&back, &classes), position, group);
            for ((at, reached), amount) in group.members.iter().zip(reached).zip(drawn) {
                shares.positions[*at as usize] = number;
                position.reached = position.reached.plus(reached);
                if amount.is_zero() {
                    continue;
                }
                shares.drawn.push((*at, amount));
                let left = &mut left[groups.members[*at as usize] as usize];
                *left = left.minus(amount);
                position.drawn = position.drawn.plus(amount);
            }
        }
        shares.drawn.par_sort_unstable_by_key(|(at, _)| *at);
        // In the order of the charges, which are large: those of a group lie far
        // from each other.
        for share in shares.of(groups) {
            let Some(charge) = charges.get(share.charge as usize) else { continue };
            let Some(position) = self.positions.get_mut(share.position as usize) else { continue };
            position.used = position.used.plus(charge.amount);
            if share.amount.is_zero() {
                continue;
            }
            match position.days.last_mut() {
                Some((day, drawn)) if *day == charge.day => *drawn = drawn.plus(share.amount),
                _ => position.days.push((charge.day, share.amount)),
            }
        }
        shares
    }

    /// Gives a position to every subject that the rule covers in the month,
    /// so that what is left shows before anything is drawn.
    fn open(&mut self, subjects: &mut Subjects<'_>) {
        let (rule, month) = (self.rule, self.month);
        let mut periods = Vec::new();
        let mut day = month.first();
        while day <= month.last() {
            periods.push(day);
            day = rule.period.bounds(day).1.plus_days(1);
        }
        let in_force = |day: Day| {
            let last = rule.period.bounds(day).1.min(month.last());
            rule.from.is_none_or(|from| from <= last) && rule.to.is_none_or(|to| day <= to)
        };
        for subject in subjects.covered(rule, month) {
            for day in periods.iter().filter(|day| in_force(**day)) {
                self.number(subject, *day, subjects);
            }
        }
        // Openings of rules that are switched off, or of subjects that are no
        // longer there: nothing is drawn, but it was.
        let first_days: BTreeMap<PeriodKey, Day> = periods.iter().map(|day| (rule.period.key(*day), *day)).collect();
        let drawn = |number: &u32| {
            let position = &self.positions[*number as usize];
            (position.scope.clone(), position.drawn)
        };
        let there: BTreeMap<Scope, Amount> = self.numbers.values().map(drawn).collect();
        let of_rule = self.openings.iter().filter(|(scope, opening)| {
            scope.rule == rule.name && scope.subject.level() == rule.level && **opening != Opening::default()
        });
        for (scope, opening) in of_rule.filter(|(scope, _)| !there.contains_key(scope)) {
            let Some(day) = first_days.get(&scope.period) else { continue };
            let rolled_over = rule.rolled_over(*day, subjects.first_day(&scope.subject), |period| {
                let before = Scope { period, ..scope.clone() };
                let earlier = self.openings.get(&before).map_or(Amount::ZERO, |o| o.subsidized.amount());
                earlier.plus(there.get(&before).copied().unwrap_or_default())
            });
            self.positions.push(Position::new(rule, month, scope.clone(), *day, *opening, rolled_over));
        }
    }

    /// The number of the position of a subject in the period of a day.
    fn number(&mut self, subject: u32, day: Day, subjects: &Subjects<'_>) -> u32 {
        let rule = self.rule;
        let period = rule.period.key(day);
        if let Some(number) = self.numbers.get(&(subject, period)) {
            return *number;
        }
        let scope = |period| Scope { rule: rule.name.clone(), subject: subjects.subject(rule.level, subject), period };
        let opening = |period| self.openings.get(&scope(period)).copied().unwrap_or_default();
        // Only a rollover asks for it, and there may be many projects.
        let first_day = if rule.rollover == Rollover::None {
            None
        } else {
            subjects.first_day(&subjects.subject(rule.level, subject))
        };
        let rolled_over = rule.rolled_over(day, first_day, |before| {
            let this_month = self.numbers.get(&(subject, before)).map(|at| self.positions[*at as usize].drawn);
            opening(before).subsidized.amount().plus(this_month.unwrap_or_default())
        });
        let position = Position::new(rule, self.month, scope(period), day, opening(period), rolled_over);
        let number = self.positions.len() as u32;
        self.positions.push(position);
        self.numbers.insert((subject, period), number);
        number
    }
}

impl Position {
    fn new(rule: &SubsidyRule, month: Month, scope: Scope, day: Day, opening: Opening, rolled_over: Amount) -> Self {
        let bounds = rule.period.bounds(day);
        let cap = rule.cap_on(bounds.1.min(month.last())).plus(rolled_over);
        let (used, reached, drawn) = (Amount::ZERO, Amount::ZERO, Amount::ZERO);
        let days = Vec::new();
        Self { scope, cap, rolled_over, ceiling: cap, opening, used, reached, drawn, days, bounds }
    }
}

impl SubsidyRule {
    /// What each of these charges draws, of which `reached` is left to the
    /// rule: together no more than the cap of their days leaves over what was
    /// drawn before. `back` says which of them take back what earlier months
    /// charged, `classes` which of them no later rule tells apart; empty for
    /// none.
    fn distribute(
        &self,
        reached: &[Amount],
        (back, classes): (&[bool], &[u32]),
        position: &mut Position,
        group: &Group,
    ) -> Vec<Amount> {
        let cap = self.cap_on(group.day).plus(position.rolled_over);
        position.ceiling = position.ceiling.max(cap);
        let room = cap.minus(position.opening.subsidized.amount()).minus(position.drawn).max(Amount::ZERO);
        // With a cap the month goes on from what is left of it: what earlier
        // months left to the payers is settled, and a cap raised since does
        // not pay it now. Tiers go on from how far those months came. Where
        // more was taken back than ever reached the rule, that is made up for
        // first, as it is within a month.
        let short = position.opening.reached.plus(position.reached).min(Amount::ZERO);
        let before = if self.tiers.is_empty() { short } else { position.opening.reached };
        let settled = self.share_of(before.max(Amount::ZERO));
        let mut curve = Curve { rule: self, before, settled, room, run: group.before.as_ref() };
        let mut drawn = vec![Amount::ZERO; reached.len()];
        let is_back = |at: usize| back.get(at).copied().unwrap_or_default();
        // The cap has more left than when those months ran into it: another
        // one is in force, and what is given back is settled before it is
        // drawn from.
        let apart = curve.run.is_some_and(Run::left_some) && room > Amount::ZERO;
        if apart {
            let refunds: Vec<usize> = (0..reached.len()).filter(|at| is_back(*at)).collect();
            let given = curve.in_order(refunds.iter().map(|at| reached[*at]), Amount::ZERO);
            for (at, given) in refunds.iter().zip(&given) {
                drawn[*at] = *given;
            }
            curve.room = room.minus(given.into_iter().sum());
            curve.run = None;
        }
        let rest: Vec<usize> = (0..reached.len()).filter(|at| !(apart && is_back(*at))).collect();
        let all: Vec<Amount> = match self.distribution {
            Distribution::FirstCome => curve.in_order(rest.iter().map(|at| reached[*at]), Amount::ZERO),
            Distribution::ProRata => {
                // In proportion are the charges of the month; what is taken
                // back of others counts behind all of them.
                let own = |at: &usize| if is_back(*at) { Amount::ZERO } else { reached[*at] };
                let own: Vec<Amount> = rest.iter().map(own).collect();
                let total: Amount = own.iter().copied().sum();
                let classes: Vec<u32> = rest.iter().filter_map(|at| classes.get(*at).copied()).collect();
                let mut shares = in_proportion(curve.paid(total), &own, &classes);
                let refunds: Vec<usize> = (0..rest.len()).filter(|at| is_back(rest[*at])).collect();
                let given = curve.in_order(refunds.iter().map(|at| reached[rest[*at]]), total);
                for (at, given) in refunds.into_iter().zip(given) {
                    shares[at] = given;
                }
                shares
            }
        };
        for (at, amount) in rest.into_iter().zip(all) {
            drawn[at] = amount;
        }
        drawn
    }
}

/// Splits what a rule draws for the charges of a month in proportion to them.
/// Where more is refunded than charged, so that the rule gives back, that is
/// split likewise: charges and refunds have the same share of each, and together
/// they come to what is given back.
fn in_proportion(paid: Amount, own: &[Amount], classes: &[u32]) -> Vec<Amount> {
    let total: Amount = own.iter().copied().sum();
    if !total.is_negative() {
        return proportional_by_class(paid, own, classes);
    }
    let mirrored: Vec<Amount> = own.iter().map(|part| part.negated()).collect();
    let shares = proportional_by_class(paid.negated(), &mirrored, classes);
    shares.into_iter().map(Amount::negated).collect()
}

/// What a rule draws for the total that reached it in a month, above zero or,
/// where charges of earlier months are taken back, below.
struct Curve<'a> {
    rule: &'a SubsidyRule,
    /// How far earlier months came in the tiers, and what those pay for it.
    before: Amount,
    settled: Amount,
    /// What the cap leaves.
    room: Amount,
    run: Option<&'a Run>,
}

impl Curve<'_> {
    fn paid(&self, total: Amount) -> Amount {
        match self.run {
            Some(run) if total.is_negative() => run.below(total.negated()),
            _ => self.rule.share_of(self.before.plus(total)).minus(self.settled).min(self.room).max(Amount::ZERO),
        }
    }

    /// One amount after the other, from a total on. Where the rules before
    /// this one cover other services or turn their period within the month, a
    /// refund can reach this one though its charge did not. The total
    /// remembers it, so that charging again returns to the start; but no more
    /// is given back than was drawn.
    fn in_order(&self, reached: impl Iterator<Item = Amount>, mut total: Amount) -> Vec<Amount> {
        let mut drawn = self.paid(total);
        reached
            .map(|amount| {
                total = total.plus(amount);
                let before = std::mem::replace(&mut drawn, self.paid(total));
                drawn.minus(before)
            })
            .collect()
    }
}

/// Sorts positions by scope and their days by time. Gives the new number of
/// each old one.
fn sort_positions(positions: &mut Vec<Position>) -> Vec<u32> {
    let mut sorted: Vec<(usize, Position)> = std::mem::take(positions).into_iter().enumerate().collect();
    sorted.sort_by(|a, b| a.1.scope.cmp(&b.1.scope));
    let mut new_number = vec![0; sorted.len()];
    for (new, (old, mut position)) in (0u32..).zip(sorted) {
        new_number[old] = new;
        let mut days: BTreeMap<Day, Amount> = BTreeMap::new();
        for (day, amount) in position.days.drain(..) {
            let sum = days.entry(day).or_default();
            *sum = sum.plus(amount);
        }
        position.days = days.into_iter().filter(|(_, amount)| !amount.is_zero()).collect();
        positions.push(position);
    }
    new_number
}
