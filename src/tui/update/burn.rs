//! The burn-down: its order, the rule that is shown alone, the charges behind
//! a cap, and the forms of another cap and of a rule's other figures.

use crate::desk::{BurnDown, BurnSort, ChargesOf, Command, DrawsBehind};
use crate::tui::burn::BehindCap;
use crate::tui::effect::Effect;
use crate::tui::field::Field;
use crate::tui::figures;
use crate::tui::list::Spot;
use crate::tui::modal::{Choice, Entry, Form, FormKind, Modal, Picker};
use crate::tui::model::{Model, Tone};
use crate::tui::tab::Tab;

/// What another desk has, with the cursor on the cap it stood on.
pub(super) fn looked(model: &mut Model, rows: std::sync::Arc<Vec<BurnDown>>) {
    let at = place(model);
    if let Some(at) = model.burn.take(rows, at) {
        go_to(model, at);
    }
}

/// The cursor on the table of caps, whatever lies over it.
fn place(model: &Model) -> usize {
    model.spots.get(Tab::Projects as usize).map_or(0, |spot| spot.at)
}

fn go_to(model: &mut Model, at: usize) {
    if let Some(spot) = model.spots.get_mut(Tab::Projects as usize) {
        spot.at = at;
    }
}

fn arrange(model: &mut Model, first: bool) {
    let at = place(model);
    let again = model.burn.arrange_around(at);
    // Another order is looked at from its start, where the cursor is not told
    // to stay.
    go_to(model, if first { 0 } else { again.unwrap_or(0) });
}

/// Whether the charges behind a cap are open, which have one order and belong
/// to one rule; that is said.
fn in_order_of_drawing(model: &mut Model) -> bool {
    let open = model.burn.behind.is_some();
    if open {
        model.say(Tone::Info, "These charges stand in the order in which they draw; q goes back to the caps.");
    }
    open
}

pub(super) fn sort(model: &mut Model) {
    if in_order_of_drawing(model) {
        return;
    }
    let now = model.burn.sort;
    let entry = |sort: BurnSort| Entry {
        text: sort.label().to_owned(),
        note: if sort == now { "now".to_owned() } else { String::new() },
        choice: Choice::SortCaps(sort),
    };
    let picker = Picker::new("Sort by", BurnSort::ALL.map(entry).into()).on(&Choice::SortCaps(now));
    model.modals.push(Modal::Pick(picker));
}

pub(super) fn sort_by(model: &mut Model, sort: BurnSort) {
    (model.burn.sort, model.burn.reversed) = (sort, false);
    arrange(model, true);
    model.say(Tone::Info, format!("Sorted by {}.", sort.label()));
}

pub(super) fn reverse(model: &mut Model) {
    if in_order_of_drawing(model) {
        return;
    }
    model.burn.reversed = !model.burn.reversed;
    arrange(model, true);
    let way = if model.burn.reversed { "the other way round" } else { "as usual" };
    model.say(Tone::Info, format!("Sorted by {}, {way}.", model.burn.sort.label()));
}

/// Asks which rule is to be shown alone.
pub(super) fn choose_rule(model: &mut Model) {
    if in_order_of_drawing(model) {
        return;
    }
    let rules = model.burn.rules().to_vec();
    if rules.len() < 2 {
        model.say(Tone::Info, "There is no other rule with a cap in this month.");
        return;
    }
    let now = model.burn.rule.clone();
    let caps: usize = rules.iter().map(|(_, caps)| caps).sum();
    let entry = |text: String, caps: usize, rule: Option<String>| Entry {
        text,
        note: figures::of(caps as u64, "cap", "caps") + if rule == now { ", now" } else { "" },
        choice: Choice::OnlyRule(rule),
    };
    let mut entries = vec![entry("all rules".to_owned(), caps, None)];
    entries.extend(rules.into_iter().map(|(rule, caps)| entry(rule.clone(), caps, Some(rule))));
    model.modals.push(Modal::Pick(Picker::new("Show which rule?", entries).on(&Choice::OnlyRule(now.clone()))));
}

pub(super) fn only_rule(model: &mut Model, rule: Option<String>) {
    model.burn.rule = rule;
    arrange(model, false);
}

/// From a cap to the charges behind it, and from one of those to what is paid
/// for it and why.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(behind) = &model.burn.behind {
        if let Some(row) = behind.draws.row(behind.spot.at) {
            super::pay::ask(model, ChargesOf::Item(row.item), effects);
        }
        return;
    }
    let Some(desk) = model.desk.clone() else { return };
    let Some(scope) = model.burn.get(place(model)).map(|burn| burn.scope.clone()) else { return };
    let generation = model.next_generation();
    model.modals.push(Modal::Waiting { generation, what: "Looking for the charges behind it".to_owned() });
    effects.push(Effect::DrawsBehind { desk, generation, scope });
}

/// Asks again for open charges that are not those of the desk.
pub(super) fn ask_again(model: &mut Model, effects: &mut Vec<Effect>) {
    let (version, generation) = (model.version, model.generation + 1);
    let Some(desk) = model.desk.clone().filter(|_| model.tab == Tab::Projects) else { return };
    let Some(behind) = model.burn.behind.as_mut().filter(|behind| behind.version != version) else { return };
    (behind.version, behind.generation) = (version, generation);
    let scope = behind.draws.scope.clone();
    model.generation = generation;
    effects.push(Effect::DrawsBehind { desk, generation, scope });
}

pub(super) fn behind_arrived(model: &mut Model, generation: u64, result: Result<Box<DrawsBehind>, String>) {
    let again = model.burn.behind.as_ref().is_some_and(|behind| behind.generation == generation);
    if !again && !super::answers::answered(model, generation) {
        return;
    }
    match result {
        Ok(draws) if draws.is_empty() => {
            model.burn.behind = None;
            model.say(
                Tone::Info,
                format!("Nothing approved counts against the cap of {} this month.", draws.scope.subject),
            );
        }
        Ok(draws) => {
            let spot = model.burn.behind.take().filter(|_| again).map_or_else(Spot::default, |behind| behind.spot);
            model.burn.behind = Some(BehindCap { draws: *draws, spot, version: model.version, generation });
        }
        Err(why) => {
            model.burn.behind = None;
            model.say(Tone::Bad, why);
        }
    }
}

/// Back to the caps; false where nothing lies over them.
pub(super) fn back(model: &mut Model) -> bool {
    model.tab == Tab::Projects && model.burn.behind.take().is_some()
}

/// Shows every rule again; false where all of them are shown.
pub(super) fn all_rules(model: &mut Model) -> bool {
    let alone = model.tab == Tab::Projects && model.burn.rule.take().is_some();
    if alone {
        arrange(model, false);
        model.say(Tone::Info, "All rules are shown again.");
    }
    alone
}

/// The form of another cap, for the rule under the cursor.
pub(super) fn cap_form(model: &mut Model) {
    let row = model.burn.behind_row().or_else(|| model.burn.get(place(model)));
    let (Some(row), Some(desk)) = (row, &model.desk) else {
        model.say(Tone::Info, "No rule has a cap here; subsidies.json says which there are.");
        return;
    };
    let cap = desk.rule_cap(&row.scope.rule).map(|cap| cap.to_string()).unwrap_or_default();
    let fields = vec![
        ("rule", "its name", Field::new(row.scope.rule.clone())),
        ("cap", "dollars a period", Field::new(cap)),
        ("from", "YYYY-MM-DD; empty: from the beginning", Field::new(String::new())),
        ("retroactive", "yes: for all of that period", Field::new("no".to_owned())),
    ];
    model.modals.push(Modal::Form(Form {
        kind: FormKind::Cap,
        title: "What if the cap were another?".to_owned(),
        fields,
        focus: 1,
        error: None,
    }));
}

/// The form of the other figures of the rule under the cursor, as they are.
pub(super) fn terms_form(model: &mut Model) {
    let row = model.burn.behind_row().or_else(|| model.burn.get(place(model)));
    let (Some(row), Some(desk)) = (row, &model.desk) else {
        model.say(Tone::Info, "No rule has a cap here; subsidies.json says which there are.");
        return;
    };
    let mut fields = vec![("rule", "its name", Field::new(row.scope.rule.clone()))];
    fields.extend(desk.rule_figures(&row.scope.rule).into_iter().map(|(key, text)| {
        let hint = match key {
            "percent" => "of each charge, 0 to 100",
            "tiers" => "bound:percent, such as 200:100, 500:50",
            "rollover" => "none, full, or dollars",
            _ => "YYYY-MM-DD, or none",
        };
        (key, hint, Field::new(text))
    }));
    model.modals.push(Modal::Form(Form {
        kind: FormKind::Terms,
        title: "What if the rule said something else?".to_owned(),
        fields,
        focus: 1,
        error: None,
    }));
}

/// What that form asks for: every figure as it stands in it.
pub(super) fn terms_command(form: &Form) -> Command {
    let figures = form.fields.iter().enumerate().skip(1);
    let figures = figures.map(|(at, (key, ..))| ((*key).to_owned(), form.text(at))).collect();
    Command::SetTerms { rule: form.text(0), figures }
}

/// What the form asks for.
///
/// # Errors
/// A sentence, where the last field says neither yes nor no.
pub(super) fn command(form: &Form) -> Result<Command, String> {
    let retroactive = match form.text(3).to_lowercase().as_str() {
        "" | "no" | "n" => false,
        "yes" | "y" => true,
        other => return Err(format!("retroactive: “{other}” is neither yes nor no.")),
    };
    Ok(Command::SetCap { rule: form.text(0), amount: form.text(1), from: form.text(2), retroactive })
}
