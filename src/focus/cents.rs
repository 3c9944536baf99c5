//! Exact amounts into whole cents, from the top down: the file's total, each
//! payer, each project of a payer, each row; every step by largest remainder,
//! so that all of them add up. Between projects and rows the caps are held.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::allocate::{Allocation, Projects, SubsidyRule, UNASSIGNED};
use crate::amount::{Amount, Cents, largest_remainder};
use crate::memory;

/// What one payer owes for one charge: the payer's own part, or, with a draw,
/// the sponsor's.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub charge: u32,
    /// Which of the charge's draws it is.
    pub draw: Option<u32>,
    pub exact: Amount,
    pub cents: Cents,
    /// Whether the rule is named in the row's id.
    pub named: bool,
}

/// All parts in the order of the charges, the own part before the sponsors',
/// in whole cents.
pub(super) fn parts(allocation: &Allocation, projects: &Projects, rules: &[SubsidyRule]) -> Vec<Part> {
    let mut parts = exact_parts(allocation);
    let keys = Keys::new(allocation, projects, rules);
    let groups = grouped(&parts, &keys);
    let total = Cents::nearest(parts.iter().map(|part| part.exact).sum());
    let mut owed = Vec::with_capacity(groups.len());
    spread(total, &groups, 0, &mut owed);
    let split = |group: &Group, cents: Cents| {
        let exact: Vec<Amount> = group.members.iter().map(|part| parts[*part as usize].exact).collect();
        largest_remainder(cents, &exact)
    };
    let covered = |group: &Group, cents: [Cents; 2]| {
        let [one, other] = cents.map(|cents| split(group, cents));
        let mut rows = group.members.iter().zip(one.iter().zip(&other));
        let (part, _) = rows.find(|(_, (one, other))| one != other)?;
        // The charge's own part stands before its draws.
        (0..*part).rev().find(|at| parts[*at as usize].draw.is_none())
    };
    let moved = super::caps::hold((&groups, &mut owed), allocation, projects, rules, covered);
    let cents: Vec<Vec<Cents>> = groups.par_iter().zip(&owed).map(|(group, cents)| split(group, *cents)).collect();
    for (group, cents) in groups.iter().zip(cents) {
        for (part, cents) in group.members.iter().zip(cents) {
            parts[*part as usize].cents = cents;
        }
    }
    for (part, cents) in moved {
        let own = &mut parts[part as usize];
        own.cents = own.cents + cents;
    }
    parts
}

fn exact_parts(allocation: &Allocation) -> Vec<Part> {
    let part = |at: usize| {
        let (charge, draw) = allocation.draws.charge_and_list(at);
        let exact = match draw {
            None => allocation.billable(charge),
            Some(draw) => allocation.draws[charge][draw].amount,
        };
        let (charge, draw) = (charge as u32, draw.map(|draw| draw as u32));
        Part { charge, draw, exact, cents: Cents::ZERO, named: false }
    };
    let count = allocation.draws.charges_and_lists();
    let mut parts = memory::for_records(count);
    (0..count).into_par_iter().with_min_len(PARTS_AT_ONCE).map(part).collect_into_vec(&mut parts);
    parts
}

/// Payer, project of the payer, and within it the payer's own parts or those
/// drawn from one cap. The last level is there for the caps: a sponsor's two
/// rules over one project are each held to their own.
type Key = [u32; LEVELS];

const LEVELS: usize = 3;

pub(super) struct Group {
    pub key: [u32; LEVELS],
    pub sum: Amount,
    /// Parts by number, ascending.
    members: Vec<u32>,
}

impl Group {
    /// The position of the cap whose draws these are.
    pub fn position(&self) -> Option<usize> {
        let [_, _, last] = self.key;
        last.checked_sub(1).map(|position| position as usize)
    }
}

/// Where each part belongs. Ties go by the text of payer and project, so both
/// are numbered by it.
struct Keys<'a> {
    allocation: &'a Allocation,
    /// Payer and project by index of the project, last for none.
    of_project: Vec<[u32; 2]>,
    /// The sponsor by index of the rule.
    of_rule: Vec<u32>,
}

impl<'a> Keys<'a> {
    fn new(allocation: &'a Allocation, projects: &Projects, rules: &[SubsidyRule]) -> Self {
        let fund = |project: Option<u32>| {
            project.and_then(|p| projects.list.get(p as usize)).map_or(UNASSIGNED, |p| &p.fund_org)
        };
        let id =
            |project: Option<u32>| project.and_then(|p| projects.list.get(p as usize)).map_or(UNASSIGNED, |p| &p.id);
        let all = || (0u32..).take(projects.list.len()).map(Some).chain([None]);
        let payers = ranks(all().map(fund).chain(rules.iter().map(|r| r.fund_org.as_str())));
        let ids = ranks(all().map(id));
        let rank = |ranks: &BTreeMap<&str, u32>, text: &str| ranks.get(text).copied().unwrap_or(u32::MAX);
        let of_project = all().map(|p| [rank(&payers, fund(p)), rank(&ids, id(p))]).collect();
        let of_rule = rules.iter().map(|r| rank(&payers, &r.fund_org)).collect();
        Self { allocation, of_project, of_rule }
    }

    fn of(&self, part: &Part) -> Key {
        let last = self.of_project.len() - 1;
        let project = self.allocation.charges[part.charge as usize].project;
        let [own_payer, project] = self.of_project[project.map_or(last, |p| (p as usize).min(last))];
        match part.draw {
            None => [own_payer, project, 0],
            Some(at) => {
                let draw = self.allocation.draws[part.charge as usize][at as usize];
                [self.of_rule[usize::from(draw.rule)], project, draw.position + 1]
            }
        }
    }
}

/// In the order of their keys.
fn grouped(parts: &[Part], keys: &Keys<'_>) -> Vec<Group> {
    let new = |key| Group { key, sum: Amount::ZERO, members: Vec::new() };
    let pieces: Vec<FxHashMap<Key, Group>> = parts
        .par_chunks(PARTS_AT_ONCE)
        .enumerate()
        .map(|(piece, parts)| {
            let mut groups = FxHashMap::default();
            for (number, part) in ((piece * PARTS_AT_ONCE) as u32..).zip(parts) {
                let key = keys.of(part);
                let group: &mut Group = groups.entry(key).or_insert_with(|| new(key));
                group.sum = group.sum.plus(part.exact);
                group.members.push(number);
            }
            groups
        })
        .collect();
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    // Piece by piece, so that the members of a group stay in their order.
    for piece in pieces {
        for (key, mut more) in piece {
            let group = groups.entry(key).or_insert_with(|| new(key));
            group.sum = group.sum.plus(more.sum);
            group.members.append(&mut more.members);
        }
    }
    groups.into_values().collect()
}

/// Parts that one thread goes through at a time.
pub(super) const PARTS_AT_ONCE: usize = 1 << 15;

fn ranks<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, u32> {
    let sorted: BTreeMap<&str, ()> = texts.map(|text| (text, ())).collect();
    (0u32..).zip(sorted.into_keys()).map(|(rank, text)| (text, rank)).collect()
}

/// Splits `total` among the groups, which agree in the levels above `level`, and
/// says what each is owed, in their order.
fn spread(total: Cents, groups: &[Group], level: usize, owed: &mut Vec<Cents>) {
    if level == LEVELS {
        owed.extend(groups.iter().map(|_| total));
        return;
    }
    let alike = || groups.chunk_by(|a, b| a.key[level] == b.key[level]);
    let sums: Vec<Amount> = alike().map(|chunk| chunk.iter().map(|group| group.sum).sum()).collect();
    for (chunk, cents) in alike().zip(largest_remainder(total, &sums)) {
        spread(cents, chunk, level + 1, owed);
    }
}

/// What one payer is billed of one charge, in the cents of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Number of the charge in the allocation.
    pub charge: u32,
    /// The rule whose sponsor pays, by its number; `None` for the charge's own
    /// payer.
    pub rule: Option<u16>,
    pub cents: Cents,
}

/// Who is billed what of each charge, in the cents in which a file of the same
/// allocation has it: charge by charge, the own payer before the sponsors in
/// the order of their draws. `projects` and `rules` are those the allocation
/// was made with.
pub fn shares(allocation: &Allocation, projects: &Projects, rules: &[SubsidyRule]) -> Vec<Share> {
    let share = |part: Part| {
        let draw = part.draw.and_then(|at| allocation.draws[part.charge as usize].get(at as usize));
        Share { charge: part.charge, rule: draw.map(|draw| draw.rule), cents: part.cents }
    };
    parts(allocation, projects, rules).into_iter().map(share).collect()
}
