//! Keys while something lies over the screen. Text fields take letters;
//! everything else is a fixed handful of keys that no config can break.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::desk::Command;
use crate::review::Needle;
use crate::tui::effect::{Effect, Hunt};
use crate::tui::field::Field;
use crate::tui::key::Key;
use crate::tui::keymap::Action;
use crate::tui::list::Search;
use crate::tui::modal::{Choice, Entry, Modal, Picker, PromptKind, Scroll};
use crate::tui::model::{Model, Tone};
use crate::tui::view::areas;

/// The text field that takes what is typed or pasted.
pub(super) fn field(model: &mut Model) -> Option<&mut Field> {
    match model.modals.last_mut()? {
        Modal::Pick(picker) => Some(&mut picker.field),
        Modal::Prompt(prompt) => Some(&mut prompt.field),
        Modal::Form(form) => form.fields.get_mut(form.focus).map(|(_, _, field)| field),
        Modal::Like(_)
        | Modal::Columns(_)
        | Modal::Help(_)
        | Modal::Waiting { .. }
        | Modal::Preview(_)
        | Modal::Verdicts(_)
        | Modal::Raw { .. } => None,
    }
}

/// After the text changed: narrow what is offered, check what is written.
pub(super) fn typed(model: &mut Model, effects: &mut Vec<Effect>) {
    let generation = model.generation + 1;
    let query = model.list().map(|list| (list.query(), list.only.clone()));
    match model.modals.last_mut() {
        Some(Modal::Pick(picker)) => picker.narrow(),
        Some(Modal::Form(form)) => form.error = None,
        Some(Modal::Prompt(prompt)) if prompt.kind == PromptKind::Filter => {
            prompt.count = None;
            prompt.generation = generation;
            prompt.error = crate::tui::filter::check(prompt.field.text(), model.desk.as_ref()).err();
            prompt.offers = crate::tui::filter::offers(prompt.field.text(), prompt.field.before(), model.desk.as_ref());
            if let (None, Some((mut query, only)), Some(desk)) = (&prompt.error, query, model.desk.clone()) {
                query.filter = prompt.field.text().to_owned();
                model.generation = generation;
                effects.push(Effect::Count { desk, generation, query, only });
            }
        }
        Some(Modal::Prompt(prompt)) if prompt.kind == PromptKind::Search => {
            prompt.count = None;
            prompt.generation = generation;
            let needle = Needle::new(prompt.field.text().trim());
            model.generation = generation;
            if let (false, Some(desk), Some(list)) = (needle.is_empty(), model.desk.clone(), model.list()) {
                effects.push(Effect::CountHits(Hunt::on(list, desk, generation, needle)));
            }
        }
        Some(Modal::Prompt(prompt)) if prompt.kind == PromptKind::JournalFilter => {
            prompt.error = super::journal::check(prompt.field.text()).err();
            prompt.offers = super::journal::offers(prompt.field.before(), model.desk.as_ref());
        }
        Some(Modal::Prompt(prompt)) => {
            prompt.error = None;
            prompt.offers = super::notes::offers(prompt);
        }
        _ => {}
    }
}

pub(super) fn press(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    if key.code == KeyCode::Esc {
        give_up(model, effects);
        return;
    }
    match model.modals.last() {
        Some(Modal::Pick(_)) => pick(model, key, effects),
        Some(Modal::Like(_)) => super::like::press(model, key, effects),
        Some(Modal::Columns(_)) => super::layout::press(model, key, effects),
        Some(Modal::Prompt(_)) => prompt(model, key, effects),
        Some(Modal::Form(_)) => form(model, key, effects),
        Some(Modal::Preview(_) | Modal::Verdicts(_)) => match key.code {
            KeyCode::Char('y' | 'Y') if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() => {
                if matches!(model.modals.last(), Some(Modal::Verdicts(_))) {
                    super::verdicts::confirm(model, effects);
                } else {
                    super::decide::confirm(model, effects);
                }
            }
            KeyCode::Char('n' | 'N' | 'q') => {
                model.modals.pop();
                model.say(Tone::Info, "Nothing was changed.");
            }
            _ => scroll(model, key),
        },
        Some(Modal::Raw { .. } | Modal::Help(_) | Modal::Waiting { .. }) => {
            let action = model.keymap.action(Key::of(key), model.tab);
            if matches!(action, Some(Action::Back | Action::Help)) || key.code == KeyCode::Char('q') {
                give_up(model, effects);
            } else {
                scroll(model, key);
            }
        }
        None => {}
    }
}

/// Closes what lies on top; what it waited for need not go on.
fn give_up(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(Modal::Waiting { generation, .. }) = model.modals.pop() {
        effects.push(Effect::StopPlan(generation));
    }
}

fn scroll(model: &mut Model, key: KeyEvent) {
    let page = areas(model).body.height.saturating_sub(4).max(1) as isize;
    let by = match model.keymap.action(Key::of(key), model.tab) {
        Some(Action::Down) => 1,
        Some(Action::Up) => -1,
        Some(Action::PageDown) => page,
        Some(Action::PageUp) => -page,
        Some(Action::HalfDown) => (page / 2).max(1),
        Some(Action::HalfUp) => -(page / 2).max(1),
        Some(Action::Top) => -isize::MAX,
        Some(Action::Bottom) => isize::MAX,
        _ => return,
    };
    match model.modals.last() {
        Some(Modal::Help(scroll) | Modal::Raw { scroll, .. }) => scroll.by(by),
        Some(Modal::Preview(planned)) => planned.scroll.by(by),
        Some(Modal::Verdicts(verdicts)) => verdicts.scroll.by(by),
        _ => {}
    }
}

fn pick(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let Some(Modal::Pick(picker)) = model.modals.last_mut() else { return };
    let last = picker.shown.len().saturating_sub(1);
    match key.code {
        KeyCode::Up | KeyCode::BackTab => picker.at = picker.at.saturating_sub(1),
        KeyCode::Down | KeyCode::Tab => picker.at = (picker.at + 1).min(last),
        KeyCode::Char('p') if ctrl => picker.at = picker.at.saturating_sub(1),
        KeyCode::Char('n') if ctrl => picker.at = (picker.at + 1).min(last),
        KeyCode::PageUp => picker.at = picker.at.saturating_sub(8),
        KeyCode::PageDown => picker.at = (picker.at + 8).min(last),
        KeyCode::Enter => {
            if let Some(choice) = picker.chosen().map(|entry| entry.choice.clone()) {
                chosen(model, choice, effects);
            }
        }
        _ => {
            if picker.field.key(key) {
                typed(model, effects);
            }
        }
    }
}

fn chosen(model: &mut Model, choice: Choice, effects: &mut Vec<Effect>) {
    let Some(Modal::Pick(picker)) = model.modals.pop() else { return };
    let targets = picker.targets;
    match choice {
        Choice::Do(action) => super::act(model, action, effects),
        Choice::Elsewhere(tab, action) => {
            super::moves::go(model, tab, effects);
            let (key, name) = (model.keymap.shown(action, model.ascii), crate::tui::keymap::name(action));
            model.say(Tone::Info, format!("{key} is {name} here; nothing was done yet."));
        }
        Choice::Sort(key) => super::order::by(model, key, effects),
        Choice::SortCaps(sort) => super::burn::sort_by(model, sort),
        Choice::OnlyRule(rule) => super::burn::only_rule(model, rule),
        Choice::UseFilter(name) => super::columns::use_filter(model, &name, effects),
        Choice::Group(by) => super::columns::group_by(model, by, effects),
        Choice::GroupJournal(by) => super::journal::group_by(model, by),
        Choice::SortSummary(column) => super::summary::sort_by(model, column),
        Choice::AddUpBy(by) => super::summary::add_up_by(model, by),
        Choice::Verdict(verdict) => super::decide::with_reason(model, verdict, targets, effects),
        Choice::Reason(verdict, reason) => {
            let decision = crate::journal::Decision { verdict, reason, note: String::new() };
            let hidden = targets.hidden;
            super::decide::submit(model, targets.decide(decision), hidden, effects);
        }
        Choice::Project(project) => super::decide::assign_to(model, project, targets, effects),
        Choice::ItemsOnly(project) => {
            super::decide::submit(model, Command::Assign { items: targets.items, project }, targets.hidden, effects);
        }
        Choice::Price(row) => super::prices::chosen(model, &row),
        Choice::Offer(command) => super::prices::offered(model, &command),
        Choice::Profile(profile) => super::decide::plan(model, Command::SetProfile { profile }, 0, effects),
        Choice::Correct(command) => super::decide::plan(model, command, 0, effects),
        Choice::Paper(paper) => super::papers::chosen(model, paper),
        Choice::Grain(finest) => super::decide::plan(model, Command::SetGrain { finest }, 0, effects),
        Choice::Explain(scope) => super::why::explain(model, *scope, effects),
        Choice::WhoPays(of) => super::pay::ask(model, of, effects),
        Choice::Drop(assumption) => super::decide::plan(model, Command::Drop(assumption), 0, effects),
        Choice::Rule(draft) => super::rules::chosen(model, *draft),
        Choice::OfRule(name) => super::rules::of(model, &name),
        Choice::RemoveRule(name) => super::decide::plan(model, Command::RemoveRule { name }, 0, effects),
        Choice::ShowFilter(filter) => super::summary::show_filter(model, filter, effects),
        Choice::Add(kind) => super::prices::add_kind(model, kind),
        Choice::WholeUser(project) => {
            if let Some(item) = targets.items.first().copied() {
                super::decide::plan(model, Command::AddUser { item, project }, targets.hidden, effects);
            }
        }
    }
}

fn prompt(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    // A letter is typed, whatever else it is bound to.
    let letter =
        matches!(key.code, KeyCode::Char(_)) && !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    if !letter && model.keymap.action(Key::of(key), model.tab) == Some(Action::NoteInEditor) {
        super::notes::in_editor(model, effects);
        return;
    }
    let Some(Modal::Prompt(prompt)) = model.modals.last_mut() else { return };
    if super::notes::recall(prompt, key) {
        typed(model, effects);
        return;
    }
    if key.code == KeyCode::Tab {
        if let Some(offer) = prompt.offers.first().cloned() {
            prompt.field.replace(offer.from, offer.to, &offer.insert);
            typed(model, effects);
        }
        return;
    }
    if key.code != KeyCode::Enter {
        if prompt.field.key(key) {
            typed(model, effects);
        }
        return;
    }
    // A filter that cannot be read stays to be mended.
    if prompt.error.is_some() {
        return;
    }
    let (kind, text) = (prompt.kind.clone(), prompt.field.text().trim().to_owned());
    if matches!(kind, PromptKind::ExcludeRows(_)) && text.is_empty() {
        prompt.error = Some((0, "A row is left out for a reason: write one.".to_owned()));
        return;
    }
    if kind == PromptKind::ReopenMonth && text.is_empty() {
        prompt.error = Some((0, "The journal keeps why: write it.".to_owned()));
        return;
    }
    if matches!(kind, PromptKind::SaveFilter(_)) && !crate::review::filter::is_filter_name(&text) {
        prompt.error = Some((0, "A name has letters, digits, - and _.".to_owned()));
        return;
    }
    model.modals.pop();
    if model.written.add(&kind, &text) && kind != PromptKind::Filter {
        super::moves::keep_place(model, effects);
    }
    match kind {
        PromptKind::ReopenMonth => super::decide::plan(model, Command::ReopenMonth { why: text }, 0, effects),
        PromptKind::Filter => {
            if let Some(list) = model.list_mut() {
                list.filter = text;
                list.stale = true;
            }
            super::moves::keep_place(model, effects);
        }
        PromptKind::JournalFilter => super::journal::filtered(model, text),
        PromptKind::SaveFilter(filter) => {
            super::decide::submit(model, Command::SaveFilter { name: text, filter }, 0, effects);
        }
        PromptKind::Search => search(model, &text, effects),
        PromptKind::Note(items) => {
            super::decide::submit(model, Command::Note { items, text }, 0, effects);
        }
        PromptKind::ExcludeRows(rows) => {
            super::decide::plan(model, Command::ExcludeBadRows { rows, reason: text }, 0, effects);
        }
    }
}

fn search(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    let needle = Needle::new(text);
    let generation = model.next_generation();
    let Some(desk) = model.desk.clone() else { return };
    let Some(list) = model.list_mut() else { return };
    if needle.is_empty() {
        list.search = None;
        return;
    }
    list.search = Some(Search { needle: needle.clone(), hits: None, generation, fresh: true });
    effects.push(Effect::Find { screen: list.screen, hunt: Hunt::on(list, desk, generation, needle) });
}

fn form(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let Some(Modal::Form(form)) = model.modals.last_mut() else { return };
    let count = form.fields.len().max(1);
    match key.code {
        KeyCode::Up | KeyCode::BackTab => form.focus = (form.focus + count - 1) % count,
        KeyCode::Down | KeyCode::Tab => form.focus = (form.focus + 1) % count,
        KeyCode::Enter => super::prices::send(model, effects),
        _ => {
            if form.fields.get_mut(form.focus).is_some_and(|(_, _, field)| field.key(key)) {
                form.error = None;
            }
        }
    }
}

/// Columns of the keys in the palette.
const KEYS: usize = 10;

/// Every command: those of this screen first, then those of others. Choosing
/// one of another screen only goes there: what it would act on was not seen.
pub(super) fn palette(model: &Model) -> Picker {
    // As many keys of each as their column has room for, and the first always.
    let keys_of = |keys: &[Key]| {
        let shown: Vec<String> = keys.iter().map(|key| key.shown(model.ascii)).collect();
        let fits = (1..=shown.len()).rev().map(|count| shown.get(..count).unwrap_or_default().join(" "));
        fits.min_by_key(|keys| keys.chars().count() > KEYS).unwrap_or_default()
    };
    let entry = |(binding, keys): (&'static crate::tui::keymap::Binding, &[Key])| Entry {
        text: binding.name.replace('-', " "),
        note: format!("{:<KEYS$} {}", keys_of(keys), binding.help),
        choice: Choice::Do(binding.action),
    };
    let listed = model.keymap.on(model.tab).filter(|(binding, _)| binding.action != Action::Palette);
    let mut entries: Vec<Entry> = listed.map(entry).collect();
    let others = model.keymap.elsewhere(model.tab).map(|(binding, keys, tab)| Entry {
        text: binding.name.replace('-', " "),
        note: format!("{:<KEYS$} on {}: {}", keys_of(keys), tab.title(), binding.help),
        choice: Choice::Elsewhere(tab, binding.action),
    });
    entries.extend(others);
    let saved = model.list().and(model.desk.as_ref()).map(|desk| desk.saved_filters());
    entries.extend(saved.into_iter().flatten().map(|(name, filter)| Entry {
        text: format!("filter @{name}"),
        note: filter.clone(),
        choice: Choice::UseFilter(name.clone()),
    }));
    Picker { hang: KEYS + 1, ..Picker::new("Commands", entries) }
}

pub(super) fn raw(rows: Vec<(String, String)>) -> Modal {
    Modal::Raw { title: "As it stands in the files".to_owned(), rows, scroll: Scroll::default() }
}
