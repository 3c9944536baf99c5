//! Lines that stand for many requests, or for none: a bill line of a minute, an
//! hour or a day is compared with all entries of that time that it could be the
//! sum of. All of one group of times, projects, models and the like are one item; nothing is
//! spread over the lines in it.

use super::by_minute::{self, Fate};
use super::grouping::{Grouped, group};
use super::{Groups, Matching};
use crate::price::CostDays;
use crate::reconcile::grain::{Choice, Dims, Family, Grain, Rows, Seen};
use crate::reconcile::models::Models;
use crate::reconcile::{Rules, Sides};
use crate::usage::{Lines, Shape};

const NAMES: [&str; 2] = ["the bill", "the ledger"];

/// Groups what the finer rungs left, and says by what.
pub(super) fn join(sides: &Sides, rules: &Rules, matching: &mut Matching) -> Vec<Grain> {
    let mut grains = Vec::new();
    if !rules.finest.has_usage_types() {
        grains.extend(credits(sides, rules, matching));
    }
    let has = |lines: &Lines, shape: Shape| lines.files().iter().any(|file| file.shape == shape);
    let by_day = has(sides.bill, Shape::Cost) || has(sides.bill, Shape::Usage);
    if by_day || !rules.finest.has_requests() || only_sums(sides) {
        let models = Models::of(sides);
        grains.extend(platform(sides, rules, &models, matching));
        grains.extend(evidence(sides, rules, &models, matching));
    }
    grains
}

/// The ledger has no single requests but sums of several: then requests of the
/// bill are added up too.
fn only_sums(sides: &Sides) -> bool {
    let entry = |row: u32| sides.ledger.not_applicable(row).is_none();
    let has = |wanted: &[Shape]| {
        let of = |row: u32| wanted.contains(&sides.ledger.shape(row)) && entry(row);
        sides.ledger.files().iter().any(|file| wanted.contains(&file.shape))
            && Rows { lines: sides.ledger, takes: &of }.any()
    };
    has(&[Shape::Cost, Shape::Usage]) && !has(&[Shape::Request])
}

fn credits(sides: &Sides, rules: &Rules, matching: &mut Matching) -> Option<Grain> {
    let is = |lines: &Lines, row: u32| lines.shape(row) == Shape::Credits && lines.not_applicable(row).is_none();
    let bill = |row: u32| matching.bill_is_free(row) && is(sides.bill, row);
    let ledger = |row: u32| matching.ledger_is_free(row) && is(sides.ledger, row);
    let rows = [Rows { lines: sides.bill, takes: &bill }, Rows { lines: sides.ledger, takes: &ledger }];
    let dims = Dims::of_credits(rules.finest);
    let why = rules.finest.sentence();
    let choice = Choice::fixed(dims, why.clone());
    let models = Models::of(sides);
    let found = group(rows, &choice, &models, |_| true);
    (!found.heads.is_empty()).then(|| {
        take(sides, rules, &models, matching, found, true);
        Grain { shape: Shape::Credits, name: dims.name(), why }
    })
}

/// Costs, and usage on days without any, against what was recorded.
fn platform(sides: &Sides, rules: &Rules, models: &Models, matching: &mut Matching) -> Vec<Grain> {
    let costs = CostDays::of(sides.bill);
    let only_sums = rules.finest.has_requests() && only_sums(sides);
    let requests_too = !rules.finest.has_requests() || only_sums;
    let grouped = |row: u32| match sides.bill.shape(row) {
        Shape::Credits => false,
        Shape::Request => requests_too,
        Shape::Cost => true,
        Shape::Usage => !costs.is_evidence(sides.bill, row),
    };
    let bill = |row: u32| matching.bill_is_free(row) && grouped(row);
    let entry = |row: u32| sides.ledger.shape(row) != Shape::Credits && sides.ledger.not_applicable(row).is_none();
    let ledger = |row: u32| matching.ledger_is_free(row) && entry(row);
    let rows = [Rows { lines: sides.bill, takes: &bill }, Rows { lines: sides.ledger, takes: &ledger }];
    // A ledger whose entries are all matched already is still a ledger; only
    // where there is none does the bill stand alone, line by line.
    let some_bill = rows[0].any();
    let comparable = some_bill && Rows { lines: sides.ledger, takes: &entry }.any();
    if !comparable && (only_sums || !requests_too) {
        return Vec::new();
    }
    let [bill_says, ledger_says] = rows.map(|rows| Seen::of(sides.names, models, rows));
    let choice = if some_bill {
        Choice::of(Family::Platform, rules.finest, &bill_says, &ledger_says, NAMES)
    } else {
        let [bill, ledger] = NAMES;
        Choice::of(Family::Platform, rules.finest, &ledger_says, &bill_says, [ledger, bill])
    };
    // Where the bill has requests too, an entry that no day sum is about is
    // one that misses its request.
    let some_request = |row: u32| sides.bill.shape(row) == Shape::Request && sides.bill.not_applicable(row).is_none();
    let alone = requests_too || !(Rows { lines: sides.bill, takes: &some_request }).any();
    let shape = Shape::ALL.into_iter().rev().find(|shape| {
        let of_shape = |row: u32| bill(row) && sides.bill.shape(row) == *shape;
        (Rows { lines: sides.bill, takes: &of_shape }).any()
    });
    let shape = shape.unwrap_or(Shape::Cost);
    let within_a_day = choice.is_within_a_day();
    let found = group(rows, &choice, models, |[bill, _]| bill > 0 || alone || within_a_day);
    take(sides, rules, models, matching, found, alone);
    // What stands before the sentences on dimensions.
    let first = match shape {
        _ if requests_too && only_sums => "The ledger has no single requests.",
        _ if requests_too => "",
        Shape::Usage => {
            "The bill has no request ids and states no money, so its dollars are derived: tokens at the price book's rates."
        }
        _ => "The bill has no request ids.",
    };
    let why = |why: String| [first, &why].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    choice.grains().into_iter().map(|(dims, text)| Grain { shape, name: dims.name(), why: why(text) }).collect()
}

/// Usage on days whose costs are there.
fn evidence(sides: &Sides, rules: &Rules, models: &Models, matching: &mut Matching) -> Vec<Grain> {
    let Some(choice) = against_costs(sides, rules, models) else { return Vec::new() };
    let costs = CostDays::of(sides.bill);
    let usage = |row: u32| matching.bill_is_free(row) && costs.is_evidence(sides.bill, row);
    let rows = [Rows { lines: sides.bill, takes: &usage }, Rows { lines: sides.ledger, takes: &|_: u32| false }];
    let found = group(rows, &choice, models, |_| true);
    take(sides, rules, models, matching, found, true);
    let why = |text: String| {
        let first = "Costs of the same days are loaded, so usage is held against them and is not billed once more.";
        if text.is_empty() { first.to_owned() } else { format!("{first} {text}") }
    };
    let grain = |(dims, text): (Dims, String)| Grain { shape: Shape::Usage, name: dims.name(), why: why(text) };
    choice.grains().into_iter().map(grain).collect()
}

/// The dimensions that costs and usage of the same days share; `None` where
/// there is no such usage. Classes are left out, since a row of usage has
/// several.
pub(in crate::reconcile) fn against_costs(sides: &Sides, rules: &Rules, models: &Models) -> Option<Choice> {
    let costs = CostDays::of(sides.bill);
    let usage = |row: u32| costs.is_evidence(sides.bill, row);
    let usage = Rows { lines: sides.bill, takes: &usage };
    if costs.is_empty() || !usage.any() {
        return None;
    }
    let cost = |row: u32| sides.bill.shape(row) == Shape::Cost;
    let cost = Seen::of(sides.names, models, Rows { lines: sides.bill, takes: &cost });
    let usage = Seen::of(sides.names, models, usage);
    let finest = rules.finest.max(crate::reconcile::Finest::Model);
    Some(Choice::of(Family::Evidence, finest, &cost, &usage, ["the cost", "the usage"]))
}

/// Makes the groups items. Those of the ledger alone only where `alone` says
/// so; the entries of all others stay free.
fn take(sides: &Sides, rules: &Rules, models: &Models, matching: &mut Matching, found: Grouped, alone: bool) {
    let fates = by_minute::fates(sides, rules, models, &found);
    let stays = |fate: &Fate| matches!(fate, Fate::Is(_));
    let mut groups = Groups::default();
    if fates.iter().all(stays) && (alone || found.heads.iter().all(|head| head.rows[0] > 0)) {
        // Nearly always, and then millions of rows are where they should be.
        for (number, fate) in fates.into_iter().enumerate() {
            let [bill, ledger] = found.rows(number);
            matching.set_grouped(bill.iter().copied(), ledger.iter().copied());
            if let Fate::Is(how) = fate {
                groups.heads.push((bill.len() as u32, ledger.len() as u32, how));
            }
        }
        groups.members = found.members;
        matching.groups.append(groups);
        return;
    }
    for (number, fate) in fates.into_iter().enumerate() {
        let (second, how) = match fate {
            Fate::Is(how) => ([&[][..]; 2], how),
            Fate::With(other, how) => (found.rows(other), how),
            Fate::Gone => continue,
        };
        let first = found.rows(number);
        if first[0].is_empty() && second[0].is_empty() && !alone {
            continue;
        }
        let side = |side: usize| first[side].iter().chain(second[side]).copied();
        matching.set_grouped(side(0), side(1));
        groups.push(side(0), side(1), how);
    }
    matching.groups.append(groups);
}
