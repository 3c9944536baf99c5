//! The Why screen: what is asked, the way from a finding to its items, and the
//! way from its proposal over a preview into the journal.

use std::sync::Arc;

use crate::desk::{ChargesOf, Command, Screen, Why};
use crate::tui::effect::Effect;
use crate::tui::figures;
use crate::tui::list::{Marks, Spot};
use crate::tui::modal::{Choice, Entry, Modal, Picker};
use crate::tui::model::{Model, Tone};
use crate::tui::pane::Findings;
use crate::tui::tab::Tab;
use crate::tui::view::cause_word;
use crate::tui::why::{Only, WhyPage, WhyScope};

/// Asks for the findings when the screen is open and they are not those of the
/// desk and the scope.
pub(super) fn ask(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(desk) = model.desk.clone().filter(|_| model.tab == Tab::Why) else { return };
    let state = &model.why;
    if state.numbering == Some(model.numbering) && !state.stale {
        return;
    }
    let generation = model.next_generation();
    let state = &mut model.why;
    (state.numbering, state.asked, state.stale, state.waiting) = (Some(model.numbering), generation, false, true);
    // Findings of another comparison or scope must not be taken for the new.
    state.page = None;
    effects.push(Effect::Why { desk, generation, scope: state.scope.clone() });
}

pub(super) fn arrived(model: &mut Model, generation: u64, page: Box<WhyPage>) {
    if model.why.asked == generation {
        model.why.waiting = false;
        model.why.page = Some(page);
    }
}

/// After the items were numbered anew: what speaks of their numbers is about
/// others now.
pub(super) fn renumbered(model: &mut Model) {
    for list in &mut model.lists {
        list.only = None;
    }
    if model.why.scope.is_of_numbers() {
        model.why.scope = WhyScope::Month;
        if model.tab == Tab::Why {
            model.say(Tone::Info, "The month was compared anew, in other items: the whole month is explained now.");
        }
    }
}

/// `E`: what there is to be explained from here, the nearest first.
pub(super) fn choose(model: &mut Model) {
    let entry =
        |text: String, note: String, scope: WhyScope| Entry { text, note, choice: Choice::Explain(Box::new(scope)) };
    let mut entries = Vec::new();
    if let (Some(list), Some(desk)) = (model.list(), &model.desk) {
        let rows = |count: usize| figures::of(count as u64, "item", "items");
        if !list.marks.is_empty() {
            let items = list.marks.items();
            let hidden = match list.hidden {
                0 => String::new(),
                hidden => format!(", {} of them hidden by the filter", figures::count(hidden as u64)),
            };
            let note = format!("{}{hidden}", rows(items.len()));
            entries.push(entry("the marked items".to_owned(), note, WhyScope::Marked(Arc::new(items))));
        }
        if let Some(item) = list.current().filter(|item| *item < desk.items()) {
            let row = desk.row(item);
            let name = if row.id.is_empty() { row.cells.what } else { &*row.id }.to_owned();
            entries.push(entry("this item".to_owned(), name.clone(), WhyScope::Item(item, name)));
        }
        let what = format!("all that {} shows", list_name(list.screen));
        entries.push(entry(what, rows(list.items.len()), WhyScope::Listed(list.query(), list.only.clone())));
    } else {
        for list in model.lists.iter().filter(|list| !list.filter.is_empty() || list.only.is_some()) {
            let what = format!("all that {} shows", list_name(list.screen));
            entries.push(entry(what, list.filter.clone(), WhyScope::Listed(list.query(), list.only.clone())));
        }
    }
    entries.push(entry("the whole month".to_owned(), String::new(), WhyScope::Month));
    if let Some(of) = super::pay::under_cursor(model) {
        let (text, note) = match &of {
            ChargesOf::Project(name) => ("what this project pays, and why", name.clone()),
            ChargesOf::User(name) => ("who pays for this user, and why", name.clone()),
            ChargesOf::Pi(name) => ("what this PI pays, and why", name.clone()),
            _ => ("who pays for this item, and why", String::new()),
        };
        entries.push(Entry { text: text.to_owned(), note, choice: Choice::WhoPays(of) });
    }
    model.modals.push(Modal::Pick(Picker::new("Explain what?", entries)));
}

const fn list_name(screen: Screen) -> &'static str {
    Tab::of(screen).title()
}

pub(super) fn explain(model: &mut Model, scope: WhyScope, effects: &mut Vec<Effect>) {
    if model.why.scope != scope {
        model.why.scope = scope;
        model.why.stale = true;
        if let Some(spot) = model.spots.get_mut(Tab::Why as usize) {
            *spot = Spot::default();
        }
    }
    super::moves::go(model, Tab::Why, effects);
}

/// Enter: the lists show the items of a finding and nothing else.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    let at = model.spot().at;
    let Some(desk) = model.desk.clone() else { return };
    let Some(finding) = model.why.finding(at) else {
        let text = if model.why.page.is_none() {
            "The findings are still being worked out; a moment."
        } else {
            "What no finding explains belongs to no single cause; the filter cause:unexplained shows the items that a \
             part of their own speaks of."
        };
        model.say(Tone::Info, text);
        return;
    };
    if finding.items.is_empty() {
        model.say(Tone::Info, "No single item has it: it is about lines beside the items of the month.");
        return;
    }
    let mut items = Marks::default();
    let mut counts = [0u64; 3];
    for item in finding.items.iter().copied().filter(|item| *item < desk.items()) {
        items.set(item);
        let outcome = desk.cells(item).outcome;
        for (count, screen) in counts.iter_mut().zip(Screen::ALL) {
            *count += u64::from(screen.holds(outcome));
        }
    }
    let what = format!("{}: {}", cause_word(finding.cause), finding.probe.replace('_', " "));
    let only = Arc::new(Only { items, what });
    for list in &mut model.lists {
        list.filter.clear();
        list.open_only = false;
        list.only = Some(Arc::clone(&only));
        list.stale = true;
    }
    let most = |screen: &Screen| counts.get(*screen as usize).copied().unwrap_or(0);
    let order = [Screen::Discrepancies, Screen::NotFound, Screen::Matched];
    // Of equally many the list where work is done comes first.
    let first = order.into_iter().rev().max_by_key(most).unwrap_or(Screen::Matched);
    super::moves::go(model, Tab::of(first), effects);
    let told: Vec<String> = order
        .into_iter()
        .filter(|screen| most(screen) > 0)
        .map(|screen| format!("{} on {}", figures::count(most(&screen)), list_name(screen)))
        .collect();
    model.say(Tone::Info, format!("Only its items: {}. Esc shows all again.", told.join(", ")));
}

/// `a`: what the finding proposes, over a preview.
pub(super) fn adopt(model: &mut Model, effects: &mut Vec<Effect>) {
    let at = model.spot().at;
    let proposal = model.why.finding(at).map(|finding| finding.proposal.clone());
    match proposal {
        None => model.say(Tone::Info, "There is no finding here to adopt."),
        Some(None) => model.say(
            Tone::Info,
            "This finding proposes nothing: it says what is so. Enter shows its items, to be settled there.",
        ),
        Some(Some(proposal)) => super::decide::plan(model, Command::Adopt(proposal), 0, effects),
    }
}

/// `x`: what is taken for granted, to be taken no longer.
pub(super) fn drop_assumption(model: &mut Model) {
    let Some(desk) = &model.desk else { return };
    let entry = |assumption: crate::journal::Assumption| Entry {
        text: assumption.to_string(),
        note: String::new(),
        choice: Choice::Drop(assumption),
    };
    let entries: Vec<Entry> = desk.assumptions().into_iter().map(entry).collect();
    if entries.is_empty() {
        model.say(Tone::Info, "Nothing is taken for granted about the ledger, so there is nothing to drop.");
    } else {
        model.modals.push(Modal::Pick(Picker::new("Take what no longer for granted?", entries)));
    }
}

/// The findings of one item, once its detail is there: what its own parts do
/// not say, its neighbours may.
pub(super) fn ask_item(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(desk) = model.desk.clone() else { return };
    let Some(detail) = &model.detail.detail else { return };
    let (item, generation) = (detail.item, model.detail.generation);
    let differs = detail.difference.is_some_and(|difference| !difference.is_zero());
    let known = model.detail.findings.as_ref().is_some_and(|f| f.item == item && f.numbering == model.numbering);
    if differs && !known && item < desk.items() {
        effects.push(Effect::WhyItem { desk, generation, item, numbering: model.numbering });
    }
}

pub(super) fn item_arrived(model: &mut Model, generation: u64, item: u32, numbering: u64, why: Box<Why>) {
    if model.detail.generation == generation && model.numbering == numbering {
        model.detail.findings = Some(Findings { item, numbering, why });
    }
}
