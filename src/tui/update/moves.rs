//! Moving about: cursors, screens, marks, searches, and asking the workers
//! for what a screen needs when it comes into view.

use std::time::Duration;

use crate::desk::{Behind, GateItem};
use crate::tui::effect::Effect;
use crate::tui::figures;
use crate::tui::keymap::Action;
use crate::tui::message::Timer;
use crate::tui::modal::{Modal, Scroll};
use crate::tui::model::{Model, Stage, Tab, Tone};
use crate::tui::view::areas;

/// The detail pane follows once the cursor has rested this long, so that a
/// held key costs little on a slow line.
const REST: Duration = Duration::from_millis(80);

/// Brings everything that depends on the rest into line: cursors within their
/// rows, lists asked for, figures of the visible screen, the detail.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.leaving {
        return;
    }
    let height = areas(model).rows();
    let rows = model.rows();
    if let Some(spot) = model.spot_mut() {
        spot.follow(rows, height);
    }
    if let Some(list) = model.list_mut() {
        list.spot.follow(list.index.len(), height);
    }
    ask_list(model, effects);
    ask_map(model, effects);
    ask_page(model, effects);
    ask_detail(model, effects);
    tell_later(model, effects);
}

/// Starts the wait for the cursor to rest on a row of a screen that is not a
/// list.
fn tell_later(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.tab.screen().is_some() {
        return;
    }
    let (table, at, generation) = (model.told_table(), model.spot().at, model.next_generation());
    if model.told.follow(table, at, generation) {
        effects.push(Effect::Wake { after: REST, timer: Timer::RestedOnRow(generation) });
    }
}

fn ask_list(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(screen) = model.tab.screen() else { return };
    let Some(desk) = model.desk.clone() else { return };
    if !model.of(screen).stale {
        return;
    }
    let generation = model.next_generation();
    let list = model.of_mut(screen);
    list.stale = false;
    list.waiting = true;
    list.asked = generation;
    let (query, only, anchor) = (list.query(), list.only.clone(), list.anchor.take());
    let group_by = list.group_by;
    effects.push(Effect::List { desk, screen, generation, query, only, group_by, anchor });
}

/// Asks where the open items are, once for every other index and every change.
fn ask_map(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(desk) = model.desk.clone() else { return };
    let version = model.version;
    let Some(list) = model.list_mut().filter(|list| !list.waiting) else { return };
    let generation = (list.rows, version);
    if list.mapped == Some(generation) {
        return;
    }
    list.mapped = Some(generation);
    let (screen, index, groups) = (list.screen, std::sync::Arc::clone(&list.index), list.groups.clone());
    let open = list.opened.clone();
    effects.push(Effect::Map { desk, screen, generation, index, groups, open });
}

fn ask_page(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.tab.screen().is_some() || matches!(model.tab, Tab::Journal | Tab::Summary | Tab::Why) {
        super::summary::ask_figures(model, effects);
        super::why::ask(model, effects);
        super::journal::ask(model, effects);
        return;
    }
    super::burn::ask_again(model, effects);
    let Some(desk) = model.desk.clone() else { return };
    let (tab, version, numbering) = (model.tab, model.version, model.numbering);
    if tab == Tab::Overview && model.pages.trend.ask(numbering) {
        effects.push(Effect::Trend { desk: desk.clone(), numbering });
    }
    if tab == Tab::Overview && model.pages.next_of != Some(version) {
        model.pages.next_of = Some(version);
        effects.push(Effect::NextSteps { desk: desk.clone(), version });
    }
    if tab == Tab::Prices && model.pages.offers.ask(numbering) {
        effects.push(Effect::Offers { desk: desk.clone(), numbering });
    }
    if let Some(known) = model.pages.versions.get_mut(tab as usize).filter(|known| **known != Some(version)) {
        *known = Some(version);
        effects.push(Effect::Look { desk, tab, version });
    }
}

/// Starts the wait for the cursor to rest when it stands on another item than
/// the detail shows, or will show.
fn ask_detail(model: &mut Model, effects: &mut Vec<Effect>) {
    let current = model.list().and_then(|list| list.current());
    if current == model.detail.wanted && model.detail.version == model.version {
        if let Some(top) = model.list().map(|list| list.spot.top).filter(|_| !model.detail.is_late()) {
            model.detail.top = top;
        }
        return;
    }
    model.detail.wanted = current;
    model.detail.version = model.version;
    let generation = model.next_generation();
    model.detail.generation = generation;
    match current {
        None => model.detail.detail = None,
        // The first detail, and one over the whole screen, need no rest.
        Some(_) if model.detail.detail.is_none() || model.detail.full => look_closer(model, generation, effects),
        Some(_) => effects.push(Effect::Wake { after: REST, timer: Timer::Rested(generation) }),
    }
}

/// Asks for the detail, if the cursor has not moved since.
pub(super) fn look_closer(model: &mut Model, generation: u64, effects: &mut Vec<Effect>) {
    if let (Some(desk), Some(item), true) = (&model.desk, model.detail.wanted, model.detail.generation == generation) {
        effects.push(Effect::Detail { desk: desk.clone(), generation, item });
    }
}

pub(super) fn go(model: &mut Model, tab: Tab, effects: &mut Vec<Effect>) {
    model.went = true;
    if model.tab != tab {
        model.tab = tab;
        model.detail.full = false;
        model.detail.scroll = Scroll::default();
        keep_place(model, effects);
    }
}

/// Keeps the place at once: whatever ends the program next, it opens here
/// again.
pub(super) fn keep_place(model: &Model, effects: &mut Vec<Effect>) {
    if let Some(text) = super::place::text(model).filter(|_| matches!(model.stage, Stage::Ready)) {
        effects.push(Effect::KeepPlace(text));
    }
}

pub(super) fn step(model: &mut Model, action: Action) {
    // On Close the gate takes the single steps and the pages go to what would
    // be written, which is longer. Beside long tables half pages do.
    let aside = match model.tab {
        Tab::Close => !matches!(action, Action::Down | Action::Up | Action::Top | Action::Bottom),
        Tab::Overview => overview_scrolls(model, action),
        Tab::Summary | Tab::Checks | Tab::Why => matches!(action, Action::HalfDown | Action::HalfUp),
        _ => false,
    };
    let scrolls = model.detail.full || aside;
    let areas = areas(model);
    // What scrolls has no rows of a table; its page is what is seen of it.
    let seen = areas.aside.map_or(areas.body.height, |aside| aside.height).saturating_sub(2) as usize;
    let page = if scrolls { seen } else { areas.rows() }.max(1) as isize;
    let by = match action {
        Action::Down => 1,
        Action::Up => -1,
        Action::PageDown => page,
        Action::PageUp => -page,
        Action::HalfDown => (page / 2).max(1),
        Action::HalfUp => -(page / 2).max(1),
        Action::Top => -isize::MAX,
        _ => isize::MAX,
    };
    if scrolls {
        model.detail.scroll.by(by);
        return;
    }
    let rows = model.rows();
    if let Some(list) = model.list_mut() {
        list.spot.step(by, list.index.len());
    } else if let Some(spot) = model.spot_mut() {
        spot.step(by, rows);
    }
}

/// The things to do next take the single steps; past the last of them, and by
/// pages, the rest of the overview moves.
fn overview_scrolls(model: &Model, action: Action) -> bool {
    let (at, rows) = (model.spot().at, model.rows());
    match action {
        Action::Down => at + 1 >= rows,
        Action::Up => rows == 0 || !model.detail.scroll.is_at_top(),
        _ => true,
    }
}

pub(super) fn next_open(model: &mut Model, forward: bool) {
    let Some(desk) = model.desk.clone() else { return };
    let Some(list) = model.list_mut() else { return };
    let groups = list.groups.clone();
    // A closed group stands for what is in it.
    let open = |row: u32| match groups.as_ref().and_then(|groups| groups.of_row(row)) {
        Some(group) => group.subtotal.open > 0 && !list.opened.contains(&group.label),
        None => row < desk.items() && desk.is_open(row),
    };
    match list.next_where(forward, open) {
        Some(at) => list.spot.at = at,
        None => model.say(Tone::Good, "Nothing in this list is open."),
    }
}

/// After a verdict: to the row below, or to the next open one where only open
/// ones are shown.
pub(super) fn on(model: &mut Model) {
    let Some(list) = model.list_mut() else { return };
    if list.spot.at + 1 < list.index.len() {
        list.spot.at += 1;
    }
}

/// Undoes [`on`] where the cursor still is where that left it.
pub(super) fn back_to(model: &mut Model, item: u32) {
    let Some(list) = model.list_mut() else { return };
    if let Some(before) = list.spot.at.checked_sub(1).filter(|at| list.index.get(*at) == Some(&item)) {
        list.spot.at = before;
    }
}

pub(super) fn next_hit(model: &mut Model, forward: bool) {
    let Some(list) = model.list_mut() else { return };
    match (&list.search, list.hit(forward, false)) {
        (None, _) => model.say(Tone::Info, "Search for something first."),
        (Some(search), None) => {
            let text = if search.hits.is_some() { "Nothing was found." } else { "The search is still under way." };
            model.say(Tone::Info, text);
        }
        (Some(_), Some((at, number))) => {
            list.spot.at = at;
            say_hit(model, number);
        }
    }
}

/// In the quotation marks that the screen has.
pub(super) fn quoted(model: &Model, text: &str) -> String {
    if model.ascii { format!("\"{text}\"") } else { format!("“{text}”") }
}

pub(super) fn say_hit(model: &mut Model, number: usize) {
    let Some(search) = model.list().and_then(|list| list.search.as_ref()) else { return };
    let count = search.hits.as_ref().map_or(0, |hits| hits.len());
    let needle = quoted(model, search.needle.text());
    let (number, count) = (figures::count(number as u64), figures::count(count as u64));
    let text = format!("Hit {number} of {count} with {needle}.");
    model.say(Tone::Info, text);
}

pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.tab {
        Tab::Close => behind(model, effects),
        Tab::Overview => next_step(model, u8::try_from(model.spot().at + 1).unwrap_or(u8::MAX), effects),
        Tab::Prices => super::decide::act(model, Action::EditPrice, effects),
        Tab::Summary => super::summary::open_group(model, effects),
        Tab::Checks => super::summary::open_check(model, effects),
        Tab::Why => super::why::open(model, effects),
        Tab::Journal => super::journal::open(model),
        Tab::Projects => super::burn::open(model, effects),
        Tab::BadRows => {
            let Some(bad) = model.pages.bad_rows.get(model.spot().at) else { return };
            let mut rows = vec![
                (format!("{} ({})", bad.origin, bad.side), format!("{}: {}", bad.column, bad.reason)),
                ("As it stands in the file".to_owned(), bad.raw.clone()),
            ];
            rows.extend(bad.excluded.iter().map(|why| ("Excluded because".to_owned(), why.clone())));
            model.modals.push(Modal::Raw {
                title: "A row that could not be read".into(),
                rows,
                scroll: Scroll::default(),
            });
        }
        _ if model.list().is_some_and(|list| list.group().is_some()) => super::columns::fold(model, effects),
        _ if model.list().is_some_and(|list| list.current().is_some()) => {
            model.detail.full = !model.detail.full;
            model.detail.scroll = Scroll::default();
        }
        _ => super::decide::nothing_here(model),
    }
}

/// From a line of the gate to what it counts.
fn behind(model: &mut Model, effects: &mut Vec<Effect>) {
    let line = model.pages.close.as_ref().and_then(|close| close.gate.get(model.spot().at));
    if let Some(line) = line.cloned() {
        show_behind(model, line, effects);
    }
}

/// What the overview says to do next, by its number there.
pub(super) fn next_step(model: &mut Model, number: u8, effects: &mut Vec<Effect>) {
    let step = usize::from(number).checked_sub(1).and_then(|at| model.pages.next.get(at)).cloned();
    match step {
        None => model.say(Tone::Info, "Nothing stands there to be done."),
        // What no screen lists, Close says, and does.
        Some(step) if step.behind == Behind::Nothing => {
            go(model, Tab::Close, effects);
            model.say(Tone::Info, step.sentence);
        }
        Some(step) => show_behind(model, step, effects),
    }
}

/// Opens the screen that shows what a line of the gate counts, and no more.
fn show_behind(model: &mut Model, line: GateItem, effects: &mut Vec<Effect>) {
    let GateItem { behind, filter, sentence, .. } = line;
    let show = |model: &mut Model, screen| {
        let list = model.of_mut(screen);
        list.filter.clone_from(&filter);
        list.only = None;
        list.open_only = false;
        list.stale = true;
    };
    match behind {
        Behind::List(screen) => {
            show(model, screen);
            go(model, Tab::of(screen), effects);
        }
        // The one of the three that holds any opens.
        Behind::AnyList => super::summary::show_filter(model, filter, effects),
        Behind::BadRows => go(model, Tab::BadRows, effects),
        Behind::Prices => go(model, Tab::Prices, effects),
        Behind::Projects => go(model, Tab::Projects, effects),
        Behind::Overview => go(model, Tab::Overview, effects),
        Behind::Why => go(model, Tab::Why, effects),
        Behind::Nothing => model.say(Tone::Info, sentence),
    }
}

/// What was said last, with room for all of it.
pub(super) fn said(model: &mut Model) {
    match &model.status {
        Some(status) => {
            let rows = vec![(String::new(), status.text.clone())];
            model.modals.push(Modal::Raw { title: "What was said last".into(), rows, scroll: Scroll::default() });
        }
        None => model.say(Tone::Info, "Nothing was said since the last key."),
    }
}

pub(super) fn open_only(model: &mut Model) {
    if let Some(list) = model.list_mut() {
        list.open_only = !list.open_only;
        list.stale = true;
        let text = if list.open_only { "Only open items are shown." } else { "Settled items are shown as well." };
        model.say(Tone::Info, text);
    }
}

pub(super) fn mark(model: &mut Model) {
    if model.tab == Tab::BadRows {
        let at = model.spot().at;
        if at < model.pages.bad_rows.len() {
            let at = at as u32;
            if model.marked_rows.has(at) {
                model.marked_rows.unset(at)
            } else {
                model.marked_rows.set(at)
            }
            step(model, Action::Down);
        }
    } else if let Some(list) = model.list_mut() {
        list.toggle_mark();
        list.spot.step(1, list.index.len());
    }
}

pub(super) fn range(model: &mut Model) {
    if model.tab == Tab::BadRows {
        let at = model.spot().at;
        match model.row_range.take() {
            None => model.row_range = Some(at),
            Some(from) => (from.min(at)..=from.max(at)).for_each(|row| model.marked_rows.set(row as u32)),
        }
        if model.row_range.is_some() {
            model.say(Tone::Info, "Move to the other end of the range and press the key again.");
        }
        return;
    }
    let Some(list) = model.list_mut() else { return };
    // The head of a group is no end of a range: it moves with its items.
    let Some(current) = list.current() else {
        super::decide::nothing_here(model);
        return;
    };
    match list.range.take() {
        None => {
            list.range = Some(current);
            model.say(Tone::Info, "Move to the other end of the range and press the key again.");
        }
        Some(start) => {
            let Some(from) = list.index.iter().position(|item| *item == start) else {
                model.say(Tone::Bad, "The row where the range began is no longer shown; start again.");
                return;
            };
            let (from, to) = (from.min(list.spot.at), from.max(list.spot.at));
            list.mark_rows(from, to);
            say_marks(model);
        }
    }
}

pub(super) fn mark_all(model: &mut Model) {
    if model.tab == Tab::BadRows {
        (0..model.pages.bad_rows.len() as u32).for_each(|row| model.marked_rows.set(row));
    } else if let Some(list) = model.list_mut() {
        let items = std::sync::Arc::clone(&list.items);
        items.iter().for_each(|item| list.marks.set(*item));
        say_marks(model);
    }
}

pub(super) fn say_marks(model: &mut Model) {
    let Some(list) = model.list() else { return };
    let mut text = format!("{} marked", figures::of(list.marks.len() as u64, "item", "items"));
    if list.hidden > 0 {
        text.push_str(&format!(", {} of them hidden by the filter", figures::count(list.hidden as u64)));
    }
    model.say(Tone::Info, text + ".");
}

pub(super) fn raw_rows(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(desk) = model.desk.clone() else { return };
    let Some(item) = model.list().and_then(|list| list.current()) else {
        super::decide::nothing_here(model);
        return;
    };
    let generation = model.next_generation();
    model.modals.push(Modal::Waiting { generation, what: "Reading the rows in their files".to_owned() });
    effects.push(Effect::RawRows { desk, generation, item });
}

/// The current row as text with tabs between, exact amounts included.
pub(super) fn copy(model: &mut Model, effects: &mut Vec<Effect>) {
    let at = model.spot().at;
    let text = match model.tab {
        Tab::Matched | Tab::Discrepancies | Tab::NotFound => {
            let item = model.list().and_then(|list| list.current());
            item.zip(model.desk.as_ref()).filter(|(item, desk)| *item < desk.items()).map(|(item, desk)| {
                let row = desk.row(item);
                let amount = |a: Option<crate::amount::Amount>| a.map(|a| a.to_string()).unwrap_or_default();
                let time = row.at.map(|at| at.to_string()).unwrap_or_default();
                [
                    &*row.id,
                    &time,
                    row.what,
                    row.user,
                    &row.project,
                    &amount(row.billed),
                    &amount(row.recorded),
                    &amount(row.difference),
                ]
                .join("\t")
            })
        }
        Tab::Projects => match &model.burn.behind {
            Some(behind) => behind.draws.row(at).map(|row| {
                let amounts = [row.amount, row.drawn, row.left].map(|amount| amount.to_string()).join("\t");
                [row.day.to_string(), row.user, row.what, row.project, amounts].join("\t")
            }),
            None => model.burn.get(at).map(|b| {
                let amounts = [b.cap, b.used, b.before, b.this_month, b.remaining].map(|amount| amount.to_string());
                let scope = [&b.subject, &b.scope.rule, &b.scope.period.to_string()].map(String::as_str).join("\t");
                format!("{scope}\t{}\t{}", amounts.join("\t"), b.runs_out_text())
            }),
        },
        Tab::Prices => {
            model.pages.prices.rows.get(at).map(|p| [&*p.name, &p.effective, &p.input, &p.cached, &p.output].join("\t"))
        }
        Tab::Close => model
            .pages
            .close
            .as_ref()
            .and_then(|c| c.gate.get(at))
            .map(|g| format!("{}\t{}\t{}", g.what, g.count, g.amount)),
        Tab::BadRows => model.pages.bad_rows.get(at).map(|b| [&*b.origin, &b.column, &b.reason, &b.raw].join("\t")),
        Tab::Journal => {
            let line = model.journal.line(at);
            line.map(|line| format!("{}\t{}\t{}\t{}", line.seq, line.at, line.who, line.what))
        }
        Tab::Summary => model.summary.group(at).zip(model.summary.page.as_ref()).map(|(group, page)| {
            let names = group.key.iter().map(|key| key.label().to_owned());
            let figures = page.summary.columns().map(|column| column.cell(&group.figures).exact());
            names.chain(figures).collect::<Vec<_>>().join("\t")
        }),
        Tab::Checks => model.pages.checks.rows.get(at).map(|check| {
            let day = check.day.map(|day| day.to_string()).unwrap_or_default();
            let amount = |a: Option<crate::amount::Amount>| a.map(|a| a.to_string()).unwrap_or_default();
            let amounts = [check.expected, check.billed, check.difference].map(amount);
            [day, check.project.clone(), check.model.clone(), amounts.join("\t")].join("\t")
        }),
        Tab::Why => model.why.finding(at).map(|found| {
            let count = found.items.len().to_string();
            [found.cause.label(), found.probe, &found.explained.to_string(), &count, &found.sentence].join("\t")
        }),
        Tab::Overview => model.pages.next.get(at).map(|step| format!("{}\t{}\t{}", step.what, step.count, step.amount)),
    };
    match text {
        Some(text) => {
            effects.push(Effect::Copy(text));
        }
        None => model.say(Tone::Info, "There is no row to copy."),
    }
}

/// Says where a copied text went; what no tool took goes to the terminal.
pub(super) fn copied(model: &mut Model, text: String, by: Option<&str>, tmux: bool, effects: &mut Vec<Effect>) {
    match by {
        Some(tool) => model.say(Tone::Info, format!("The row was copied with {tool}.")),
        None => {
            effects.push(Effect::CopyByTerminal { text, tmux });
            model.say(Tone::Info, "The row was handed to the terminal's clipboard, if the terminal allows it.");
        }
    }
}
