//! The part of a month that follows from inputs and configuration alone:
//! values, items, who pays. Made anew when a price or a mapping changes.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::carried::Earlier;
use super::{Why, assume};
use crate::allocate::{Payer, Projects, Unassigned, Who};
use crate::amount::Amount;
use crate::book::Config;
use crate::calendar::{Day, Month};
use crate::journal::Assumption;
use crate::price::{LotOpening, LotPosition, Rates, Values};
use crate::read::SideRead;
use crate::reconcile::{
    self, Astray, Carried, Drift, Family, Grain, HandMatch, Items, Join, Left, Outcome, Sides, Summary, UsageCheck,
    WithCarried,
};
use crate::review::filter::Pattern;
use crate::usage::{Extra, Lines, Names, Sym};

/// Both sides as they were read. Never changes while a month is open.
#[derive(Default)]
pub struct Inputs {
    pub names: Names,
    pub bill: SideRead,
    pub ledger: SideRead,
    /// What was kept of each row beside its line, by the number under which
    /// lines have it.
    pub keep: Vec<Extra>,
}

/// Who pays for an item, by the mapping alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemPayer {
    Project(u32),
    /// Nobody is known to pay.
    Unknown,
    /// More than one project claims its user.
    Claimed,
    /// Its project has no fund in force on a day of its lines.
    Closed(u32),
    /// Its lines belong to several projects.
    Split,
    /// Nothing to pay: it touches no bill and is not compared.
    Nobody,
}

/// What the operator chose of a comparison: it follows from these besides the
/// inputs and the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    pub hand: Vec<HandMatch>,
    /// Taken for granted about the ledger.
    pub assumed: Vec<Assumption>,
    /// What earlier months left, with what was chosen there.
    pub earlier: Arc<Vec<Earlier>>,
}

impl Chosen {
    /// What is taken for granted in this month and in those that left items to
    /// it, each within its own month; only where a month left some are there
    /// several.
    pub fn taken(&self, month: Option<Month>) -> Vec<Taken> {
        let of_every_month = |assumption: &&Assumption| assumption.is_of_every_month();
        let taken = |assumption: &Assumption, within| Taken { assumption: assumption.clone(), within };
        let within = month.filter(|_| !self.earlier.is_empty());
        let mut all: Vec<Taken> =
            self.assumed.iter().filter(of_every_month).map(|assumption| taken(assumption, None)).collect();
        all.extend(self.assumed.iter().filter(|a| !of_every_month(a)).map(|a| taken(a, within)));
        for earlier in self.earlier.iter() {
            let of_month = earlier.assumed.iter().filter(|a| !of_every_month(a));
            all.extend(of_month.map(|a| taken(a, Some(earlier.left.month))));
        }
        all
    }

    /// Matches by hand of this month, then those of the months before.
    fn matches(&self) -> Vec<HandMatch> {
        let earlier = self.earlier.iter().flat_map(|earlier| &earlier.hand);
        self.hand.iter().chain(earlier).filter(|hand| hand.carried.is_none()).cloned().collect()
    }

    /// What each month before left, with what was joined by hand there.
    fn left(&self, sides: &Sides) -> Vec<Left> {
        let left = |earlier: &Earlier| Left { joins: joins(sides, &earlier.hand), ..earlier.left.clone() };
        self.earlier.iter().map(left).collect()
    }
}

/// The matches by hand that join an item carried in, by the rows of the lines.
fn joins(sides: &Sides, hand: &[HandMatch]) -> Vec<Join> {
    let rows = |lines: &Lines, keys: &[String]| -> Option<Vec<u32>> {
        reconcile::find_lines(sides.names, lines, keys).into_iter().collect()
    };
    let join = |hand: &HandMatch| {
        let from = hand.carried.as_ref()?.parse().ok()?;
        // A line that is not there any more leaves the match without effect.
        let rows = rows(sides.bill, &hand.bill).zip(rows(sides.ledger, &hand.ledger));
        Some(Join { from, rows: rows.map(|(bill, ledger)| [bill, ledger]) })
    };
    hand.iter().filter_map(join).collect()
}

/// Something taken for granted, within a month or in all there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub assumption: Assumption,
    pub within: Option<Month>,
}

pub struct Compared {
    /// Compared as was chosen.
    pub chosen: Chosen,
    pub valued: Valued,
    pub items: Items,
    /// Which of the items came from earlier months, by item.
    pub carried: Vec<Carried>,
    /// Decisions of earlier months whose items did not come.
    pub astray: Vec<Astray>,
    /// What the month's own bill and ledger come to.
    pub own_totals: [Amount; 2],
    /// What came from earlier months, bill first.
    pub carried_totals: [Amount; 2],
    /// The month's own items alone; `None` where nothing was carried in, and
    /// `items` are these.
    own: Option<Items>,
    pub drift: Vec<Drift>,
    pub grain: Vec<Grain>,
    /// Usage at list price against the costs of the same days of the month.
    pub usage: Vec<UsageCheck>,
    pub payers: Vec<ItemPayer>,
    pub summary: Summary,
    pub lots: Vec<LotPosition>,
    /// By project: its fund is not of the form that `config.toml` asks for.
    pub odd_funds: Vec<bool>,
    /// By name: the price book knows such a model, at whatever date.
    pub known_models: Vec<bool>,
    /// Matches by hand whose lines are no longer what they were.
    pub unapplied: usize,
    /// Why the two sides of the month differ, once it was asked for.
    pub why: OnceLock<Why>,
    /// The prices that the month's bill shows and the book does not have, once
    /// they were asked for: finding them takes a look at every line.
    pub offered: OnceLock<Vec<Rates>>,
}

impl Compared {
    /// Values, compares and attributes. Takes all cores; a million lines a
    /// side take a few tenths of a second.
    pub fn new(inputs: &Inputs, config: &Config, month: Month, opening: &LotOpening, chosen: &Chosen) -> Self {
        Self::after(None, inputs, (config, month, opening), chosen)
    }

    /// As [`Compared::new`], for inputs that were compared before, under that
    /// configuration: what cannot have changed is taken over.
    pub fn after(
        before: Option<(&Self, &Config)>,
        inputs: &Inputs,
        (config, month, opening): (&Config, Month, &LotOpening),
        chosen: &Chosen,
    ) -> Self {
        let valued = Valued::of(inputs, config, opening, &chosen.taken(Some(month)));
        let sides = valued.sides(inputs, config);
        let rules = &config.settings.rules;
        let same = |(known, old): &(&Self, &Config)| {
            known.chosen == *chosen
                && old.settings.rules == *rules
                && old.prices.models == config.prices.models
                && known.valued.same_values(&valued)
        };
        let of_month =
            |checks: Vec<UsageCheck>| checks.into_iter().filter(|check| check.month == Some(month)).collect();
        let (all, drift, grain, usage, unapplied, mut summary) = match before.filter(same) {
            Some((known, _)) => {
                let mut all = known.with_carried();
                let summary = reconcile::find_causes(&sides, &mut all.items);
                reconcile::find_causes(&sides, &mut all.own);
                let usage = of_month(reconcile::usage_checks(&sides, rules));
                (all, known.drift.clone(), known.grain.clone(), usage, known.unapplied, summary)
            }
            None => {
                let all = reconcile::reconcile(&sides, rules, &chosen.matches());
                let count = all.items.len();
                let with_carried = match chosen.earlier.is_empty() {
                    true => WithCarried { items: all.items.into_month(&sides, month), ..WithCarried::default() },
                    false => {
                        let joins = joins(&sides, &chosen.hand);
                        reconcile::carry(&sides, rules, &all.items, (&chosen.left(&sides), &joins), month)
                    }
                };
                let (items, carries) = (&with_carried.items, !with_carried.carried.is_empty());
                let own = if carries { &with_carried.own } else { items };
                let drift = if own.len() == count { all.drift } else { reconcile::find_drift(&sides, rules, own) };
                let summary = match !carries && items.len() == count {
                    true => all.summary,
                    false => reconcile::summarize(&sides, rules, items),
                };
                let own = chosen.hand.iter().filter(|hand| hand.carried.is_none()).count();
                let unapplied = all.unapplied.iter().filter(|at| **at < own).count() + with_carried.unapplied;
                (with_carried, drift, all.grain, of_month(all.usage), unapplied, summary)
            }
        };
        let carried_totals = all.carried_totals();
        let own_totals = match all.carried.is_empty() {
            true => [summary.bill_total, summary.ledger_total],
            false => all.own_totals(&sides),
        };
        // The documents are the month's own; the items are all there are.
        [summary.bill_total, summary.ledger_total] = own_totals;
        summary.bill_lines -= all.carried.iter().map(|carried| carried.rows[0].len() as u64).sum::<u64>();
        summary.ledger_entries -= all
            .carried
            .iter()
            .flat_map(|carried| &carried.rows[1])
            .map(|row| u64::from(sides.ledger.entries(*row)))
            .sum::<u64>();
        let WithCarried { items, carried, own, astray, .. } = all;
        let payers = attribute(&sides, &items, &config.projects);
        let lots = crate::price::positions(&config.prices, sides.bill, sides.bill_values, opening, month);
        let table = config.prices.for_names(&inputs.names);
        let known_models = inputs.names.iter().map(|(sym, _)| table.knows(sym)).collect();
        Self {
            chosen: chosen.clone(),
            valued,
            why: OnceLock::new(),
            own: (!carried.is_empty()).then_some(own),
            items,
            carried,
            astray,
            own_totals,
            carried_totals,
            drift,
            grain,
            usage,
            payers,
            odd_funds: odd_funds(config),
            summary,
            lots,
            known_models,
            unapplied,
            offered: OnceLock::new(),
        }
    }

    /// The month's own items, without what was carried in. Numbered otherwise
    /// than `items` where anything was.
    pub fn own_items(&self) -> &Items {
        self.own.as_ref().unwrap_or(&self.items)
    }

    /// How many items stand before the month's own: each of those has in
    /// `items` its number among [`Compared::own_items`] and so many more.
    pub fn before_own(&self) -> u32 {
        (self.items.len() - self.own_items().len()) as u32
    }

    fn with_carried(&self) -> WithCarried {
        WithCarried {
            items: self.items.clone(),
            carried: self.carried.clone(),
            own: self.own.clone().unwrap_or_default(),
            astray: self.astray.clone(),
            unapplied: 0,
        }
    }

    pub fn sides<'a>(&'a self, inputs: &'a Inputs, config: &'a Config) -> Sides<'a> {
        self.valued.sides(inputs, config)
    }
}

/// What every line of the bill and of the ledger is worth.
pub struct Valued {
    /// The ledger at other times and under other names, where that is taken
    /// for granted; its rows have the numbers of those that were read.
    pub ledger: Option<Lines>,
    pub bill_values: Values,
    pub ledger_values: Values,
    /// Ledger rows whose amount could not be taken as is taken for granted,
    /// since no amount holds it: they stand as they were read.
    pub unscaled: u64,
}

impl Valued {
    pub fn of(inputs: &Inputs, config: &Config, opening: &LotOpening, assumed: &[Taken]) -> Self {
        let (prices, names) = (&config.prices, &inputs.names);
        let bill_values = crate::price::value(prices, names, &inputs.bill.lines, opening);
        let bill = (&inputs.bill.lines, &bill_values);
        let moved = assume::lines(inputs, assumed);
        let ledger = moved.as_ref().unwrap_or(&inputs.ledger.lines);
        let ledger_values = crate::price::value_ledger(prices, names, ledger, bill, opening);
        let ledger_values = ledger_values.without_margins(ledger, &config.settings.margin_included);
        let scales = assume::scales(assumed);
        let (ledger_values, unscaled) = ledger_values.scaled(names, &prices.models, ledger, &scales);
        Self { ledger: moved, bill_values, ledger_values, unscaled }
    }

    /// Whether every line is worth the same.
    pub fn same_values(&self, other: &Self) -> bool {
        self.bill_values == other.bill_values && self.ledger_values == other.ledger_values
    }

    pub fn sides<'a>(&'a self, inputs: &'a Inputs, config: &'a Config) -> Sides<'a> {
        Sides {
            names: &inputs.names,
            bill: &inputs.bill.lines,
            ledger: self.ledger.as_ref().unwrap_or(&inputs.ledger.lines),
            bill_values: &self.bill_values,
            ledger_values: &self.ledger_values,
            prices: &config.prices,
        }
    }
}

/// Projects whose fund does not fit `fund_org_pattern`, by number.
fn odd_funds(config: &Config) -> Vec<bool> {
    let Some(pattern) = &config.settings.fund_org_pattern else { return Vec::new() };
    let pattern = Pattern::wildcard(pattern);
    config.projects.list.iter().map(|project| !pattern.matches(&project.fund_org)).collect()
}

/// Looks payers up once for each combination of key, user, project and day.
pub struct PayerCache<'a> {
    projects: &'a Projects,
    names: &'a Names,
    /// Somebody belongs to a project, or a fund to it, on some days only. Otherwise one day is
    /// as good as another, and far fewer combinations are looked up.
    dated: bool,
    known: FxHashMap<PayerKey, usize>,
    payers: Vec<Payer>,
    /// The combination looked up last, and its place in `payers`: the two
    /// sides of an item mostly name the same.
    last: Option<(PayerKey, usize)>,
}

/// Key, user, project and day of a line.
type PayerKey = (Sym, Sym, Sym, Option<Day>);

impl<'a> PayerCache<'a> {
    pub fn new(projects: &'a Projects, names: &'a Names) -> Self {
        Self {
            projects,
            names,
            dated: projects.is_dated(),
            known: FxHashMap::default(),
            payers: Vec::new(),
            last: None,
        }
    }

    pub fn of(&mut self, lines: &Lines, row: u32) -> &Payer {
        let day = lines.day(row).map(|day| if self.dated { day } else { Day::from_number(0) });
        let key = (lines.api_key(row), lines.user(row), lines.project(row), day);
        let at = match self.last.filter(|(last, _)| *last == key) {
            Some((_, at)) => at,
            None => *self.known.entry(key).or_insert(self.payers.len()),
        };
        self.last = Some((key, at));
        if at == self.payers.len() {
            let names = self.names;
            let who = Who { api_key: names.text(key.0), user: names.text(key.1), project: names.text(key.2) };
            let unknown = Payer::Unassigned(Unassigned::Unknown);
            self.payers.push(key.3.map_or(unknown, |day| self.projects.payer(who, day)));
        }
        &self.payers[at]
    }
}

fn attribute(sides: &Sides, items: &Items, projects: &Projects) -> Vec<ItemPayer> {
    let count = items.len();
    if projects.list.is_empty() {
        let all = (0..count as u32).into_par_iter().with_min_len(1 << 14);
        let payer = |item| if is_nobodys(items, item) { ItemPayer::Nobody } else { ItemPayer::Unknown };
        return all.map(payer).collect();
    }
    let mut payers = vec![ItemPayer::Nobody; count];
    // A few pieces a thread: each has to learn the payers anew. An item of few
    // may stand for a whole day.
    let lines_per_item = (sides.bill.len() + sides.ledger.len()) / count.max(1);
    let piece = count.div_ceil(rayon::current_num_threads() * 4).max(16_384 / lines_per_item.max(1)).max(1);
    payers.par_chunks_mut(piece).enumerate().for_each(|(number, payers)| {
        let mut cache = PayerCache::new(projects, sides.names);
        let from = (number * piece) as u32;
        for (item, payer) in (from..).zip(payers) {
            *payer = payer_of(sides, items, projects, item, &mut cache);
        }
    });
    payers
}

/// Whether there is nothing to pay for an item. Usage beside its costs is no
/// money of its own.
fn is_nobodys(items: &Items, item: u32) -> bool {
    let evidence = items.dims(item).is_some_and(|dims| dims.family == Family::Evidence);
    evidence || items.outcome(item) == Outcome::NotApplicable && items.first_bill_row(item).is_none()
}

fn payer_of(sides: &Sides, items: &Items, projects: &Projects, item: u32, cache: &mut PayerCache) -> ItemPayer {
    if is_nobodys(items, item) {
        return ItemPayer::Nobody;
    }
    let (mut project, mut claimed, mut closed) = (None, false, None);
    let bill = items.bill_rows(item).map(|row| (sides.bill, row));
    let ledger = items.ledger_rows(item).map(|row| (sides.ledger, row));
    for (lines, row) in bill.chain(ledger) {
        match cache.of(lines, row) {
            Payer::Project(found) => match project {
                None => project = Some(*found),
                // The same project stays one payer when its fund changes: each
                // line is charged to the fund of its day.
                Some(other) if projects.first(other) != projects.first(*found) => return ItemPayer::Split,
                Some(_) => {}
            },
            Payer::Unassigned(Unassigned::Several(_)) => claimed = true,
            Payer::Unassigned(Unassigned::Closed(found)) => closed = Some(*found),
            Payer::Unassigned(Unassigned::Unknown) => {}
        }
    }
    if let Some(closed) = closed {
        return ItemPayer::Closed(closed);
    }
    match project {
        Some(project) => ItemPayer::Project(project),
        None if claimed => ItemPayer::Claimed,
        None => ItemPayer::Unknown,
    }
}
