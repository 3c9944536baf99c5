//! Exact amounts into whole cents, from the top down: the file's total, each
//! payer, each project of a payer, each row; every step by largest remainder,
//! so that all of them add up.

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
    keep_within_caps(&mut parts, allocation);
    let groups = grouped(&parts, allocation, projects, rules);
    let total = Cents::nearest(parts.iter().map(|part| part.exact).sum());
    let mut owed = Vec::with_capacity(groups.len());
    spread(total, &groups, 0, &mut owed);
    let split = |(cents, group): &(Cents, &Group)| {
        let exact: Vec<Amount> = group.members.iter().map(|part| parts[*part as usize].exact).collect();
        largest_remainder(*cents, &exact)
    };
    let cents: Vec<Vec<Cents>> = owed.par_iter().map(split).collect();
    for ((_, group), cents) in owed.into_iter().zip(cents) {
        for (part, cents) in group.members.iter().zip(cents) {
            parts[*part as usize].cents = cents;
        }
    }
    let left: Vec<Cents> = left_in_cents(allocation).collect();
    super::caps::hold(&mut parts, allocation, projects, rules, &left);
    parts
}

fn exact_parts(allocation: &Allocation) -> Vec<Part> {
    let mut parts = memory::with_room(allocation.charges.len());
    for (number, draws) in (0u32..).zip(allocation.draws.iter()) {
        let own = allocation.billable(number as usize);
        parts.push(Part { charge: number, draw: None, exact: own, cents: Cents::ZERO, named: false });
        let sponsored = (0u32..).zip(draws);
        parts.extend(sponsored.map(|(at, draw)| Part {
            charge: number,
            draw: Some(at),
            exact: draw.amount,
            cents: Cents::ZERO,
            named: false,
        }));
    }
    parts
}

/// What the draws from each cap may come to in cents, by position.
fn left_in_cents(allocation: &Allocation) -> impl Iterator<Item = Cents> {
    allocation.positions.iter().map(|p| (Cents::floor(p.ceiling) - p.opening.subsidized).max(Cents::ZERO))
}

/// Moves what a cap has left beyond whole cents from the sponsor to the payer
/// it covers. Since every group of parts below becomes its exact sum, or that
/// filled up to the next cent, a sponsor then never passes its cap in cents.
/// Only a cap that is itself finer than a cent has such a rest.
fn keep_within_caps(parts: &mut [Part], allocation: &Allocation) {
    let mut excess: Vec<Amount> = allocation
        .positions
        .iter()
        .zip(left_in_cents(allocation))
        .map(|(position, left)| position.drawn.minus(left.amount()).max(Amount::ZERO))
        .collect();
    if excess.iter().all(|amount| amount.is_zero()) {
        return;
    }
    // The last draws are those that went beyond.
    let mut owed = Amount::ZERO;
    for part in parts.iter_mut().rev() {
        let Some(at) = part.draw else {
            part.exact = part.exact.plus(owed);
            owed = Amount::ZERO;
            continue;
        };
        let position = allocation.draws[part.charge as usize][at as usize].position;
        let excess = &mut excess[position as usize];
        let moved = part.exact.max(Amount::ZERO).min(*excess);
        part.exact = part.exact.minus(moved);
        *excess = excess.minus(moved);
        owed = owed.plus(moved);
    }
}

/// Payer, project of the payer, and within it the payer's own parts or those
/// drawn from one cap. The last level is there for the caps: a sponsor's two
/// rules over one project are each held to their own.
const LEVELS: usize = 3;

struct Group {
    key: [u32; LEVELS],
    sum: Amount,
    /// Parts by number, ascending.
    members: Vec<u32>,
}

fn grouped(parts: &[Part], allocation: &Allocation, projects: &Projects, rules: &[SubsidyRule]) -> Vec<Group> {
    let fund =
        |project: Option<u32>| project.and_then(|p| projects.list.get(p as usize)).map_or(UNASSIGNED, |p| &p.fund_org);
    let id = |project: Option<u32>| project.and_then(|p| projects.list.get(p as usize)).map_or(UNASSIGNED, |p| &p.id);
    // Ties go by the text of payer and project, so both are numbered by it.
    let all = || (0u32..).take(projects.list.len()).map(Some).chain([None]);
    let payers = ranks(all().map(fund).chain(rules.iter().map(|r| r.fund_org.as_str())));
    let ids = ranks(all().map(id));
    let rank = |ranks: &BTreeMap<&str, u32>, text: &str| ranks.get(text).copied().unwrap_or(u32::MAX);
    let of_project: Vec<[u32; 2]> = all().map(|p| [rank(&payers, fund(p)), rank(&ids, id(p))]).collect();
    let of_rule: Vec<u32> = rules.iter().map(|r| rank(&payers, &r.fund_org)).collect();

    let key = |part: &Part| {
        let project = allocation.charges[part.charge as usize].project;
        let last = of_project.len() - 1;
        let [own_payer, project] = of_project[project.map_or(last, |p| (p as usize).min(last))];
        match part.draw {
            None => [own_payer, project, 0],
            Some(at) => {
                let draw = allocation.draws[part.charge as usize][at as usize];
                [of_rule[usize::from(draw.rule)], project, draw.position + 1]
            }
        }
    };
    let new = |key| Group { key, sum: Amount::ZERO, members: Vec::new() };
    let pieces: Vec<FxHashMap<[u32; LEVELS], Group>> = parts
        .par_chunks(PARTS_AT_ONCE)
        .enumerate()
        .map(|(piece, parts)| {
            let mut groups = FxHashMap::default();
            for (number, part) in ((piece * PARTS_AT_ONCE) as u32..).zip(parts) {
                let key = key(part);
                let group: &mut Group = groups.entry(key).or_insert_with(|| new(key));
                group.sum = group.sum.plus(part.exact);
                group.members.push(number);
            }
            groups
        })
        .collect();
    let mut groups: BTreeMap<[u32; LEVELS], Group> = BTreeMap::new();
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

/// Parts that one thread puts into groups at a time.
const PARTS_AT_ONCE: usize = 1 << 15;

fn ranks<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, u32> {
    let sorted: BTreeMap<&str, ()> = texts.map(|text| (text, ())).collect();
    (0u32..).zip(sorted.into_keys()).map(|(rank, text)| (text, rank)).collect()
}

/// Splits `total` among the groups, which agree in the levels above `level`, and
/// says what each is owed.
fn spread<'a>(total: Cents, groups: &'a [Group], level: usize, owed: &mut Vec<(Cents, &'a Group)>) {
    if level == LEVELS {
        owed.extend(groups.iter().map(|group| (total, group)));
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
