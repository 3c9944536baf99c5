//! Answers of the workers. Each carries the generation of its question; what
//! comes late, after the operator went on, is dropped.

use crate::desk::Change;
use crate::tui::effect::{Effect, Hunt};
use crate::tui::figures;
use crate::tui::message::{Done, Fresh, Message, Page};
use crate::tui::modal::{Modal, Planned, Scroll};
use crate::tui::model::{Model, Tone};
use crate::tui::stage::Stage;
use crate::tui::tab::Tab;
use crate::tui::text;
use crate::tui::view::areas;

/// Columns of the status line that the place and the word `saved` take.
const PLACE: usize = 30;

pub(super) fn take(model: &mut Model, message: Message, effects: &mut Vec<Effect>) {
    match message {
        Message::Loaded(Ok(fresh)) => {
            model.stage = Stage::Ready;
            model.status = None;
            install(model, *fresh);
            super::place::restore(model);
            super::layout::tell(model);
        }
        Message::Loaded(Err(why)) => {
            let cancelled = matches!(&model.stage, Stage::Loading(progress) if progress.cancelled);
            model.stage = Stage::Failed(why);
            if cancelled {
                super::leave(model, effects);
            }
        }
        Message::Place(place) => {
            model.place = place;
            if matches!(model.stage, Stage::Ready) {
                super::place::restore(model);
            }
        }
        Message::Listed { screen, generation, items, groups, at } => {
            let height = areas(model).rows();
            let desk = model.desk.clone();
            let list = model.of_mut(screen);
            if list.asked == generation {
                list.take(items, groups, at, height);
                if let (Some(search), Some(desk)) = (&mut list.search, desk) {
                    search.generation = generation;
                    let needle = search.needle.clone();
                    effects.push(Effect::Find { screen, hunt: Hunt::on(list, desk, generation, needle) });
                }
            }
        }
        Message::Counted { generation, count } => {
            if let Some(Modal::Prompt(prompt)) = model.modals.last_mut()
                && prompt.generation == generation
            {
                prompt.count = Some(count);
            }
        }
        Message::Found { screen, generation, hits } => found(model, screen, generation, hits),
        Message::Mapped { screen, generation, map } => {
            let list = model.of_mut(screen);
            if list.mapped == Some(generation) {
                list.map = map;
            }
        }
        Message::Columns(file) => super::layout::found(model, file),
        Message::ColumnsLost(why) => model.say(Tone::Bad, why),
        Message::Looked { tab, version, page } => looked(model, tab, version, page),
        Message::Explained { generation, page } => super::why::arrived(model, generation, page),
        Message::ItemExplained { generation, item, numbering, why } => {
            super::why::item_arrived(model, generation, item, numbering, why);
        }
        Message::Trended { numbering, result } => model.pages.trend.take(numbering, result),
        Message::Journaled { generation, lines } => super::journal::arrived(model, generation, lines),
        // An older answer is better than none while a newer is on its way.
        Message::NextSteps { version, steps } if version <= model.version => {
            model.pages.next = steps;
            model.pages.next_known = true;
        }
        Message::Offered { numbering, offers } => model.pages.offers.take(numbering, offers),
        Message::Detailed { generation, detail } if model.detail.generation == generation => {
            if model.detail.detail.as_ref().is_none_or(|old| old.item != detail.item) {
                model.detail.scroll = Scroll::default();
            }
            model.detail.detail = Some(detail);
            super::why::ask_item(model, effects);
        }
        Message::RawRows { generation, rows } => instead(model, generation, |_| super::popup::raw(rows)),
        Message::DrawsBehind { generation, result } => super::burn::behind_arrived(model, generation, result),
        Message::WhoPays { generation, result } => super::pay::arrived(model, generation, result),
        Message::Likenesses { generation, numbering, item, counts } => {
            super::like::counted(model, generation, numbering, item, counts);
        }
        Message::Alike { generation, numbering, items, then } => {
            super::like::found(model, (generation, numbering), items, then, effects);
        }
        Message::Planned { generation, version, result } => planned(model, generation, version, result),
        Message::Telling { generation, what: told } => {
            if let (Some(Modal::Waiting { generation: waits, what }), false) = (model.modals.last_mut(), model.still)
                && *waits == generation
            {
                *what = told;
            }
        }
        Message::Summarized { generation, page } => super::summary::arrived(model, generation, page),
        Message::Behind { generation, result } => super::summary::behind(model, generation, result, effects),
        Message::ApplyPlanned { generation, version, result } => {
            super::verdicts::apply_planned(model, generation, version, result);
        }
        Message::RevertPlanned { generation, result } => super::verdicts::revert_planned(model, generation, result),
        Message::Copied { text, by, tmux } => super::copy::copied(model, text, by, tmux, effects),
        edited @ Message::Edited { .. } => super::notes::edited(model, edited, effects),
        Message::Wrote { job, rows } => super::verdicts::wrote(model, job, rows),
        Message::Done { job, done } => finished(model, job, done, effects),
        Message::RuleOffered { version, offer } => super::rules::offered(model, version, offer),
        Message::Died(why) => {
            model.jobs.clear();
            model.writing = None;
            if matches!(model.stage, Stage::Loading(_)) {
                model.stage = Stage::Failed(why);
            } else {
                model.say(Tone::Bad, why);
            }
        }
        _ => {}
    }
}

/// Takes the popup off that waits for this answer; false when the operator
/// has given it up.
pub(super) fn answered(model: &mut Model, generation: u64) -> bool {
    let waits = matches!(model.modals.last(), Some(Modal::Waiting { generation: g, .. }) if *g == generation);
    if waits {
        model.modals.pop();
    }
    waits
}

/// Puts a popup in the place of the one that waits for it.
pub(super) fn instead(model: &mut Model, generation: u64, popup: impl FnOnce(&mut Model) -> Modal) {
    if answered(model, generation) {
        let popup = popup(model);
        model.modals.push(popup);
    }
}

fn planned(model: &mut Model, generation: u64, version: u64, result: Result<Box<Change>, String>) {
    match result {
        Ok(change) => instead(model, generation, |model| {
            let hidden = std::mem::take(&mut model.planned_hidden);
            Modal::Preview(Planned { change, version, scroll: Scroll::default(), hidden })
        }),
        Err(why) if answered(model, generation) => refused(model, why),
        Err(_) => {}
    }
}

/// A refusal goes to the form that asked, else to the status line.
fn refused(model: &mut Model, why: String) {
    match model.modals.last_mut() {
        Some(Modal::Form(form)) => form.error = Some(why),
        Some(Modal::Like(choice)) => choice.error = Some(why),
        _ => model.say(Tone::Bad, why),
    }
}

fn found(model: &mut Model, screen: crate::desk::Screen, generation: u64, hits: std::sync::Arc<Vec<u32>>) {
    let list = model.of_mut(screen);
    let Some(search) = list.search.as_mut().filter(|search| search.generation == generation) else { return };
    let first = std::mem::take(&mut search.fresh);
    let (needle, none) = (search.needle.clone(), hits.is_empty());
    search.hits = Some(hits);
    if !first {
        return;
    }
    match list.hit(true, true) {
        Some((at, number)) => {
            list.spot.at = at;
            super::moves::say_hit(model, number);
        }
        None if none => {
            let case = if needle.is_exact() { " in this case" } else { "" };
            let needle = super::moves::quoted(model, needle.text());
            model.say(Tone::Info, format!("Nothing here holds {needle}{case}."));
        }
        None => {}
    }
}

fn looked(model: &mut Model, tab: Tab, version: u64, page: Page) {
    let newest = model.pages.versions.get(tab as usize).copied().flatten();
    if newest != Some(version) {
        return;
    }
    let pages = &mut model.pages;
    match page {
        Page::Overview(overview) => pages.overview = Some(overview),
        Page::Projects(rows) => super::burn::looked(model, rows),
        Page::Prices(prices) => pages.prices = prices,
        Page::Close(close) => pages.close = Some(close),
        Page::BadRows(rows) => pages.bad_rows = rows,
        Page::Checks(checks) => pages.checks = checks,
        Page::Nothing => {}
    }
}

fn finished(model: &mut Model, job: u64, done: Done, effects: &mut Vec<Effect>) {
    let alone = model.jobs.iter().find(|other| other.id == job).and_then(|job| match job.items.items()[..] {
        [item] => Some(item),
        _ => None,
    });
    model.jobs.retain(|other| other.id != job);
    model.writing = model.writing.filter(|writing| writing.job != job);
    match done {
        Done::Committed(fresh, said) => {
            install(model, *fresh);
            // What stands over the screen meanwhile keeps its own words.
            if model.modals.is_empty() {
                // A long sentence is cut in its middle, so that its end is seen.
                let room = usize::from(model.size.0).saturating_sub(PLACE).max(PLACE);
                let said = text::fit_middle(&said, room, model.ascii).into_owned();
                model.say(Tone::Good, format!("{said}: saved."));
            }
            super::columns::drop_unreadable(model);
            super::rules::ask_offer(model, effects);
        }
        Done::Refused(why) => {
            // The sentence is about the item, so the cursor is on it again.
            alone.into_iter().for_each(|item| super::moves::back_to(model, item));
            model.say(Tone::Bad, why);
        }
        Done::Verdicts { fresh, result, reverted } => super::verdicts::done(model, fresh, result, reverted),
        Done::Asks(change, version) => {
            model.modals.push(Modal::Preview(Planned { change, version, scroll: Scroll::default(), hidden: 0 }));
        }
    }
}

/// Puts a new desk in the place of the old one.
pub(super) fn install(model: &mut Model, fresh: Fresh) {
    // Answers come in order; an older desk never takes the place of a newer.
    if model.desk.is_some() && fresh.version <= model.version {
        return;
    }
    let renumbered = fresh.numbering != model.numbering;
    let first = model.desk.is_none();
    if let (Some(old), true) = (&model.desk, renumbered) {
        let mut dropped = 0;
        for list in &mut model.lists {
            list.remember(old);
            dropped += list.marks.len();
            list.clear_marks();
            list.forget();
        }
        model.detail.detail = None;
        model.detail.wanted = None;
        model.detail.findings = None;
        super::why::renumbered(model);
        // A popup about items of the old numbering has nothing to be about.
        model
            .modals
            .retain(|modal| !matches!(modal, Modal::Pick(_) | Modal::Like(_) | Modal::Preview(_) | Modal::Raw { .. }));
        if dropped > 0 {
            let text =
                format!("The month was compared anew; {} unmarked.", figures::of(dropped as u64, "item", "items"));
            model.say(Tone::Info, text);
        }
    }
    for list in &mut model.lists {
        list.stale = list.stale || first || renumbered || list.depends_on_decisions();
    }
    model.desk = Some(fresh.desk);
    model.version = fresh.version;
    model.numbering = fresh.numbering;
    model.glance = fresh.glance;
}
