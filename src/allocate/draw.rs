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

use super::groups::{Back, Group, Groups, Subjects, roots};
use super::refund::match_refunds;
use super::{
    Allocation, Before, Charge, Chosen, Distribution, Draw, Earlier, Opening, Openings, PerCharge, Position, Projects,
    Rollover, Scope, SubsidyRule, TakenBack, Touch,
};
use crate::amount::Amount;
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
        let mut caps = Caps::new(month, rule, openings);
        let drawn = caps.draw(groups, &charges, &left, &subjects, (&taken_back, &classes));
        caps.open(&mut subjects);
        for (at, amount) in &drawn.drawn {
            let left = &mut left[groups.members[*at as usize] as usize];
            *left = left.minus(*amount);
        }
        shares.push(Shares { first: positions.len() as u32, ..drawn });
        positions.append(&mut caps.positions);
    }
    let new_number = sort_positions(&mut positions);
    let of_some = |from: usize| {
        let some = from as u32..charges.len().min(from + CHARGES_AT_ONCE) as u32;
        let (mut draws, mut touches) = (PerCharge::with_capacity(some.len()), PerCharge::with_capacity(some.len()));
        let mut shares: Vec<_> =
            of_rules.iter().zip(&shares).map(|(groups, shares)| shares.of(groups, some.start).peekable()).collect();
        let mut of_charge: Vec<Draw> = Vec::new();
        for number in some {
            of_charge.clear();
            for (rule, shares) in (0u16..).zip(&mut shares) {
                let Some(share) = shares.next_if(|share| share.charge == number) else { continue };
                of_charge.push(Draw { rule, position: new_number[share.position as usize], amount: share.amount });
            }
            touches.push(of_charge.iter().map(|draw| Touch { rule: draw.rule, position: draw.position }));
            draws.push(of_charge.iter().filter(|draw| !draw.amount.is_zero()).copied());
        }
        (draws, touches)
    };
    let starts: Vec<usize> = (0..charges.len()).step_by(CHARGES_AT_ONCE).collect();
    let (draws, touches): (Vec<_>, Vec<_>) = starts.into_par_iter().map(of_some).unzip();
    let (draws, touches) = (PerCharge::joined(draws), PerCharge::joined(touches));
    let (orphan_refunds, orphans) = refunds.orphans.into_iter().unzip();
    Allocation { charges, draws, touches, positions, refunds: refunds.found, earlier_refunds, orphan_refunds, orphans }
}

/// Charges that one thread goes through at a time; in tests so few that their
/// months are gone through in pieces.
const CHARGES_AT_ONCE: usize = if cfg!(test) { 3 } else { 1 << 15 };
/// Subjects whose caps one thread draws from at a time.
const SUBJECTS_AT_ONCE: usize = if cfg!(test) { 2 } else { 16 };

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
#[derive(Default)]
struct Shares {
    /// By place in [`Groups::members`], as the positions of the rule were made,
    /// not sorted yet.
    positions: Vec<u32>,
    /// How many positions the rules before this one have.
    first: u32,
    /// The same places, ascending, with what is not zero.
    drawn: Vec<(u32, Amount)>,
}

/// What a rule takes over of a charge, zero included.
struct Share {
    charge: u32,
    /// Among those of all rules, as they were made.
    position: u32,
    amount: Amount,
}

impl Shares {
    /// That of each charge from one on, in their order.
    fn of(&self, groups: &Groups, from: u32) -> impl Iterator<Item = Share> {
        let start = groups.members.partition_point(|charge| *charge < from);
        let drawn = self.drawn.partition_point(|(at, _)| (*at as usize) < start);
        let mut drawn = self.drawn.iter().skip(drawn).peekable();
        let members = groups.members.iter().zip(&self.positions).enumerate().skip(start);
        members.map(move |(at, (charge, position))| {
            let amount = drawn.next_if(|(of, _)| *of as usize == at).map_or(Amount::ZERO, |(_, amount)| *amount);
            Share { charge: *charge, position: self.first + *position, amount }
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
    positions: Vec<Position>,
}

/// What some subjects draw.
struct OfSubjects<'a> {
    caps: Caps<'a>,
    /// The position that each of their groups counts against.
    numbers: Vec<u32>,
    /// By place in [`Groups::members`], what is not zero.
    drawn: Vec<(u32, Amount)>,
}

impl<'a> Caps<'a> {
    fn new(month: Month, rule: &'a SubsidyRule, openings: &'a Openings) -> Self {
        Self { month, rule, openings, numbers: FxHashMap::default(), positions: Vec::new() }
    }

    /// Draws for all charges of the rule, of which so much is left to it.
    fn draw(
        &mut self,
        groups: &Groups,
        charges: &[Charge],
        left: &[Amount],
        subjects: &Subjects<'_>,
        of_charges: (&[u32], &[u32]),
    ) -> Shares {
        // What one subject draws is nothing to another.
        let of_subjects: Vec<&[Group]> = groups.all.chunk_by(|a, b| a.subject == b.subject).collect();
        let some: Vec<(&[&[Group]], OfSubjects<'_>)> = of_subjects
            .par_chunks(SUBJECTS_AT_ONCE)
            .map(|some| (some, self.draw_some(some, &groups.members, left, subjects, of_charges)))
            .collect();
        let mut shares = Shares { positions: vec![0; groups.members.len()], ..Shares::default() };
        for (some, OfSubjects { mut caps, numbers, mut drawn }) in some {
            let first = self.positions.len() as u32;
            self.numbers.extend(caps.numbers.into_iter().map(|(of, number)| (of, first + number)));
            self.positions.append(&mut caps.positions);
            for (group, number) in some.iter().copied().flatten().zip(numbers) {
                group.members.iter().for_each(|at| shares.positions[*at as usize] = first + number);
            }
            shares.drawn.append(&mut drawn);
        }
        shares.drawn.par_sort_unstable_by_key(|(at, _)| *at);
        self.add_up(groups, charges, &shares);
        shares
    }

    /// Draws for the charges of some subjects, whose groups these are, as of a
    /// rule that nobody has drawn from.
    fn draw_some(
        &self,
        of_subjects: &[&[Group]],
        members: &[u32],
        left: &[Amount],
        subjects: &Subjects<'_>,
        (taken_back, classes): (&[u32], &[u32]),
    ) -> OfSubjects<'a> {
        let mut caps = Self::new(self.month, self.rule, self.openings);
        let (mut numbers, mut all_drawn) = (Vec::new(), Vec::new());
        for group in of_subjects.iter().copied().flatten() {
            let number = caps.number(group.subject, group.day, subjects);
            numbers.push(number);
            let position = &mut caps.positions[number as usize];
            let charge = |at: &u32| members[*at as usize];
            let reached: Vec<Amount> = group.members.iter().map(|at| left[charge(at) as usize]).collect();
            let takes_back = |at: &u32| taken_back.binary_search(&charge(at)).is_ok();
            let back: Vec<bool> = match group.before {
                Some(_) => group.members.iter().map(takes_back).collect(),
                None => Vec::new(),
            };
            let class = |at: &u32| classes.get(charge(at) as usize).copied().unwrap_or_default();
            let classes: Vec<u32> =
                if classes.is_empty() { Vec::new() } else { group.members.iter().map(class).collect() };
            let drawn = self.rule.distribute(&reached, (&back, &classes), position, group);
            for ((at, reached), amount) in group.members.iter().zip(reached).zip(drawn) {
                position.reached = position.reached.plus(reached);
                if !amount.is_zero() {
                    all_drawn.push((*at, amount));
                    position.drawn = position.drawn.plus(amount);
                }
            }
        }
        OfSubjects { caps, numbers, drawn: all_drawn }
    }

    /// Adds to each position what was charged under it, and what it paid on
    /// which day. In the order of the charges, which are large: those of a group
    /// lie far from each other.
    fn add_up(&mut self, groups: &Groups, charges: &[Charge], shares: &Shares) {
        for share in shares.of(groups, 0) {
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
