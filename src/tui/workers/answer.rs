//! Questions about a desk and their answers: lists, searches, counts, figures.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::paid;
use crate::desk::{CloseView, Desk, ItemRow, ListQuery, RawRows, Scope};
use crate::reconcile::{Cause, Outcome, UsageCheck};
use crate::report::Summary;
use crate::tui::effect::{Effect, Hunt};
use crate::tui::groups::{Groups, head};
use crate::tui::message::{Checks, Message, Overview, Page, Prices, Tally};
use crate::tui::minimap::OpenMap;
use crate::tui::model::RuleOffer;
use crate::tui::summary::{SummaryPage, SummaryQuery};
use crate::tui::tab::Tab;
use crate::tui::why::{Only, WhyPage};

/// Things to do next that the overview shows.
const NEXT: usize = 5;
/// Weeks of credits that it shows.
const WEEKS: usize = 13;

/// Whether nobody waits for the answer to `older` once `newer` is asked.
pub(super) fn supersedes(newer: &Effect, older: &Effect) -> bool {
    match (newer, older) {
        (Effect::List { screen: a, .. }, Effect::List { screen: b, .. })
        | (Effect::Find { screen: a, .. }, Effect::Find { screen: b, .. })
        | (Effect::Map { screen: a, .. }, Effect::Map { screen: b, .. }) => a == b,
        (Effect::Look { tab: a, .. }, Effect::Look { tab: b, .. }) => a == b,
        (newer, older) => std::mem::discriminant(newer) == std::mem::discriminant(older),
    }
}

pub fn answer(question: Effect, raw: &RawRows) -> Option<Message> {
    Some(match question {
        Effect::List { desk, screen, generation, query, only, group_by, anchor } => {
            let items = listed(&desk, &query, only.as_deref());
            let at = anchor.and_then(|anchor| items.par_iter().position_first(|item| anchor.is(&desk.row(*item))));
            let groups = group_by.map(|by| {
                let groups = desk.grouped(&items, by, &query.order);
                Arc::new(Groups { by, groups })
            });
            Message::Listed { screen, generation, items: Arc::new(items), groups, at }
        }
        Effect::Count { desk, generation, query, only } => {
            Message::Counted { generation, count: listed(&desk, &query, only.as_deref()).len() }
        }
        Effect::Find { screen, hunt } => {
            Message::Found { screen, generation: hunt.generation, hits: Arc::new(found(&hunt)) }
        }
        Effect::CountHits(hunt) => Message::Counted { generation: hunt.generation, count: found(&hunt).len() },
        Effect::Map { desk, screen, generation, index, groups, open } => {
            let map = mapped(&desk, &index, groups.as_deref(), &open);
            Message::Mapped { screen, generation, map: Arc::new(map) }
        }
        Effect::Look { desk, tab, version } => Message::Looked { tab, version, page: look(&desk, tab) },
        Effect::Summarize { desk, generation, query, known } => {
            Message::Summarized { generation, page: summarize(&desk, &query, known) }
        }
        Effect::ShowGroup { desk, generation, by, key } => {
            let result = desk.shown_group(&by, &key).map_err(|refusal| refusal.0);
            Message::Behind { generation, result }
        }
        Effect::ShowFilter { desk, generation, filter } => {
            Message::Behind { generation, result: Ok(desk.counted(filter)) }
        }
        Effect::Why { desk, generation, scope } => {
            let scope = scope.of(&desk);
            let items = match &scope {
                Scope::Month => desk.items() as usize,
                Scope::Items(items) => items.len(),
            };
            Message::Explained { generation, page: Box::new(WhyPage { why: desk.why(&scope), items }) }
        }
        Effect::WhyItem { desk, generation, item, numbering } => {
            let why = Box::new(desk.why(&Scope::Items(vec![item])));
            Message::ItemExplained { generation, item, numbering, why }
        }
        Effect::Journal { desk, generation, filter } => {
            let lines = desk.entry_lines(&filter).map(Arc::new).map_err(|error| format!("filter: {error}"));
            Message::Journaled { generation, lines }
        }
        Effect::NextSteps { desk, version } => Message::NextSteps { version, steps: desk.next_steps(NEXT) },
        Effect::Offers { desk, numbering } => Message::Offered { numbering, offers: Arc::new(desk.price_offers()) },
        Effect::Detail { desk, generation, item } => {
            Message::Detailed { generation, detail: Box::new(desk.detail(item)) }
        }
        Effect::RawRows { desk, generation, item } => Message::RawRows { generation, rows: raw.of(&desk, item) },
        Effect::DrawsBehind { desk, generation, scope } => Message::DrawsBehind {
            generation,
            result: desk.draws_behind(&scope).map(Box::new).map_err(|refusal| refusal.0),
        },
        Effect::WhoPays { desk, generation, of } => Message::WhoPays { generation, result: paid::why(&desk, &of) },
        Effect::Likenesses { desk, generation, numbering, item, index } => {
            let counts = Box::new([desk.likenesses(item, Some(&index)), desk.likenesses(item, None)]);
            Message::Likenesses { generation, numbering, item, counts }
        }
        Effect::Alike { desk, generation, numbering, item, alike, index, then } => {
            let items = desk.alike(item, alike, index.as_ref().map(|index| index.as_slice()));
            Message::Alike { generation, numbering, items, then }
        }
        Effect::Plan { desk, version, generation, command } => {
            let result = desk.plan(&command).map(Box::new).map_err(|refusal| refusal.0);
            Message::Planned { generation, version, result }
        }
        Effect::RuleOffer { desk, version } => {
            let offer = desk.rule_offer().map(|offer| {
                let draft = desk.draft_of(&offer);
                Box::new(RuleOffer { decisions: offer.decisions, draft })
            });
            Message::RuleOffered { version, offer }
        }
        _ => return None,
    })
}

/// What a list shows, in order.
fn listed(desk: &Desk, query: &ListQuery, only: Option<&Only>) -> Vec<u32> {
    let mut items = desk.list(query);
    items.retain(|item| only.is_none_or(|only| only.items.has(*item)));
    items
}

/// Positions whose id, model, user or project holds the needle; a closed
/// group's head stands for its items.
fn found(Hunt { desk, needle, index, groups, .. }: &Hunt) -> Vec<u32> {
    let finder = desk.finder(needle);
    let holds = |item: u32| item < desk.items() && finder.finds(item);
    let hit = |at: usize| match index.get(at).map(|row| (*row, groups.as_ref().and_then(|groups| groups.of_row(*row))))
    {
        Some((row, None)) => head(row).is_none() && holds(row),
        // An open group has an item on the row below.
        Some((_, Some(group))) => {
            let closed = index.get(at + 1).is_none_or(|below| head(*below).is_some());
            closed && group.items.iter().any(|item| holds(*item))
        }
        None => false,
    };
    (0..index.len() as u32).into_par_iter().filter(|at| hit(*at as usize)).collect()
}

/// Open items by rows; a closed group's head stands for its own.
fn mapped(desk: &Desk, index: &[u32], groups: Option<&Groups>, open: &BTreeSet<String>) -> OpenMap {
    OpenMap::of(index.len(), |at| {
        let Some(row) = index.get(at).copied() else { return 0 };
        match groups.and_then(|groups| groups.of_row(row)) {
            Some(group) if open.contains(&group.label) => 0,
            Some(group) => u32::try_from(group.subtotal.open).unwrap_or(u32::MAX),
            None => u32::from(desk.is_open(row)),
        }
    })
}

fn look(desk: &Desk, tab: Tab) -> Page {
    match tab {
        Tab::Overview => Page::Overview(Box::new(overview(desk))),
        Tab::Projects => Page::Projects(desk.burn_downs()),
        Tab::Prices => Page::Prices(Prices { rows: desk.prices(), tolerance: desk.tolerance() }),
        Tab::Close => Page::Close(left_first(&desk.close())),
        Tab::BadRows => Page::BadRows(desk.bad_rows()),
        Tab::Checks => Page::Checks(checks(desk.usage_checks())),
        Tab::Matched | Tab::Discrepancies | Tab::NotFound | Tab::Journal | Tab::Summary | Tab::Why => Page::Nothing,
    }
}

fn summarize(desk: &Desk, query: &SummaryQuery, known: Option<Arc<Summary>>) -> Result<Box<SummaryPage>, String> {
    let summary = match known {
        Some(summary) => summary,
        None => Arc::new(desk.summary(&query.by, None, None).map_err(|refusal| refusal.0)?),
    };
    let order = summary.order(query.sort, query.descending);
    let notes = desk.summary_notes(&summary);
    Ok(Box::new(SummaryPage { summary, order, notes }))
}

/// What is furthest apart first, then what has no price, then what agrees.
fn checks(all: &[UsageCheck]) -> Checks {
    let mut checks = Checks { rows: all.to_vec(), ..Checks::default() };
    for check in all {
        checks.billed = checks.billed.plus(check.billed.unwrap_or_default());
        checks.expected = checks.expected.plus(check.expected.unwrap_or_default());
        match check.difference {
            Some(difference) => checks.difference = checks.difference.plus(difference),
            None => checks.unpriced += 1,
        }
    }
    // A stable sort: what is equally far apart stays in order of day, project
    // and model.
    checks.rows.sort_by_key(|check| {
        let apart = check.difference.map(|difference| difference.abs());
        let rank = match apart {
            Some(apart) if !apart.is_zero() => 0,
            None => 1,
            Some(_) => 2,
        };
        (rank, std::cmp::Reverse(apart))
    });
    checks
}

/// The gate with what is left to do before what is done.
fn left_first(close: &CloseView) -> Arc<CloseView> {
    let mut close = close.clone();
    close.gate.sort_by_key(|line| (line.count == 0, !line.blocks));
    Arc::new(close)
}

#[derive(Default)]
struct Tallies {
    outcomes: BTreeMap<Outcome, Tally>,
    causes: BTreeMap<Cause, Tally>,
}

fn count(tally: &mut Tally, row: &ItemRow<'_>, open: bool) {
    tally.items += 1;
    tally.open += u64::from(open);
    tally.billed = tally.billed.plus(row.cells.billed.unwrap_or_default());
    tally.recorded = tally.recorded.plus(row.cells.recorded.unwrap_or_default());
    tally.difference = tally.difference.plus(row.cells.difference.unwrap_or_default());
}

fn merge<K: Ord>(mut into: BTreeMap<K, Tally>, from: BTreeMap<K, Tally>) -> BTreeMap<K, Tally> {
    for (key, tally) in from {
        let sum = into.entry(key).or_default();
        sum.items += tally.items;
        sum.open += tally.open;
        sum.billed = sum.billed.plus(tally.billed);
        sum.recorded = sum.recorded.plus(tally.recorded);
        sum.difference = sum.difference.plus(tally.difference);
    }
    into
}

fn overview(desk: &Desk) -> Overview {
    let tallies = (0..desk.items())
        .into_par_iter()
        .fold(Tallies::default, |mut tallies, item| {
            let (row, open) = (desk.row(item), desk.is_open(item));
            count(tallies.outcomes.entry(row.cells.outcome).or_default(), &row, open);
            if row.cells.cause != Cause::None {
                count(tallies.causes.entry(row.cells.cause).or_default(), &row, open);
            }
            tallies
        })
        .reduce(Tallies::default, |a, b| Tallies {
            outcomes: merge(a.outcomes, b.outcomes),
            causes: merge(a.causes, b.causes),
        });
    // That a file was read, and as what, stands in the list of files.
    let sources = desk.sources();
    let told = |notice: &String| {
        sources.iter().any(|source| notice.starts_with(&format!("{}: {} read as ", source.side, source.path)))
    };
    let notices = desk.notices().iter().filter(|notice| !told(notice)).cloned().collect();
    let mut causes: Vec<_> = tallies.causes.into_iter().collect();
    // What nobody can explain yet comes before all that is.
    causes.sort_by_key(|(cause, tally)| {
        (*cause != Cause::Unexplained, std::cmp::Reverse(tally.difference.abs()), *cause)
    });
    Overview {
        outcomes: tallies.outcomes.into_iter().collect(),
        causes,
        notices,
        sources,
        drift: desk.drift().to_vec(),
        grain: desk.grain().to_vec(),
        checks: checks(desk.usage_checks()),
        health: desk.health_lines(),
        weeks: desk.credits_by_week(WEEKS),
    }
}
