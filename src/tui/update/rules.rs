//! Rules from decisions: the offer after a third like decision, the form that
//! makes a rule or another version of one, and what asks for all of them to be
//! applied.

use crate::desk::Command;
use crate::review::rules::{Draft, Rule};
use crate::tui::effect::Effect;
use crate::tui::field::Field;
use crate::tui::figures;
use crate::tui::keymap::Action;
use crate::tui::modal::{Choice, Entry, Form, FormKind, Modal, Picker};
use crate::tui::model::{Model, RuleOffer, Tone};
use crate::tui::text;

/// Columns of the status line that the place at its right takes at most.
const PLACE: usize = 30;

/// After something was saved: asks whether the decisions so far make a rule.
pub(super) fn ask_offer(model: &Model, effects: &mut Vec<Effect>) {
    if let Some(desk) = model.desk.clone() {
        effects.push(Effect::RuleOffer { desk, version: model.version });
    }
}

pub(super) fn offered(model: &mut Model, version: u64, offer: Option<Box<RuleOffer>>) {
    if version != model.version {
        return;
    }
    model.rule_offer = offer;
    let Some(offer) = &model.rule_offer else { return };
    // Whatever came up meanwhile keeps its own words; the key works all the same.
    if !model.modals.is_empty() || model.status.as_ref().is_some_and(|status| status.tone != Tone::Good) {
        return;
    }
    let key = model.keymap.shown(Action::MakeRule, model.ascii);
    let likes = figures::of(offer.decisions as u64, "like decision", "like decisions");
    let line = format!("{likes}: {key} makes a rule of it.");
    let room = usize::from(model.size.0).saturating_sub(PLACE);
    let saved = model.status.as_ref().map_or("Saved.", |status| status.text.as_str());
    let both = format!("{saved} {line}");
    let both = if text::width(&both) <= room { both } else { format!("Saved. {line}") };
    model.say(Tone::Good, both);
}

/// The form of the rule that is offered, or else a choice of what to make or
/// to change.
pub(super) fn make(model: &mut Model) {
    if let Some(offer) = &model.rule_offer {
        let form = form(offer.draft.clone(), format!("A rule of {} like decisions", offer.decisions));
        model.modals.push(Modal::Form(form));
        return;
    }
    let Some(desk) = &model.desk else { return };
    let filter = model.list().map(|list| list.filter.clone()).unwrap_or_default();
    // A rule names no saved filter: its terms stand in it.
    let when = desk.filter(&filter).map(|filter| filter.to_text()).unwrap_or_default();
    let new = Draft { when, verdict: "approve".to_owned(), ..Draft::default() };
    let note = if new.when.is_empty() { "say what it covers".to_owned() } else { new.when.clone() };
    let entry = Entry { text: "a new rule".to_owned(), note, choice: Choice::Rule(Box::new(new)) };
    let entries: Vec<Entry> = std::iter::once(entry).chain(desk.decision_rules().iter().map(standing)).collect();
    model.modals.push(Modal::Pick(Picker::new("Make or change which rule?", entries)));
}

/// All rules, to be looked at one by one.
pub(super) fn list(model: &mut Model) {
    let Some(desk) = &model.desk else { return };
    let entries: Vec<Entry> = desk.decision_rules().iter().map(standing).collect();
    if entries.is_empty() {
        let key = model.keymap.shown(Action::MakeRule, model.ascii);
        model.say(Tone::Info, format!("There is no rule yet: {key} on a list makes one."));
        return;
    }
    model.modals.push(Modal::Pick(Picker::new("Rules from decisions", entries)));
}

fn standing(rule: &Rule) -> Entry {
    Entry {
        text: format!("{} v{}", rule.name, rule.version),
        note: format!("{}{} where {}", if rule.suggest { "suggests: " } else { "" }, rule.says(), rule.when),
        choice: Choice::OfRule(rule.name.clone()),
    }
}

/// What is to become of one rule.
pub(super) fn of(model: &mut Model, name: &str) {
    let Some(rule) = model.desk.as_ref().and_then(|desk| desk.decision_rules().iter().find(|rule| rule.name == name))
    else {
        return;
    };
    let entry = |text: &str, note: String, choice| Entry { text: text.to_owned(), note, choice };
    let removing = "it settles and suggests nothing any more; what it decided stays".to_owned();
    let entries = vec![
        entry("change it", "as its next version".to_owned(), Choice::Rule(Box::new(Draft::of(rule)))),
        entry("remove it", removing, Choice::RemoveRule(rule.name.clone())),
        entry("list what it covers", rule.when.to_text(), Choice::ShowFilter(rule.when.to_text())),
    ];
    let title =
        format!("{} v{}: {}{}", rule.name, rule.version, if rule.suggest { "suggests to " } else { "" }, rule.says());
    model.modals.push(Modal::Pick(Picker::new(title, entries)));
}

/// The form of what was chosen.
pub(super) fn chosen(model: &mut Model, draft: Draft) {
    let title = match draft.name.as_str() {
        "" => "A new rule".to_owned(),
        name => format!("The next version of {name}"),
    };
    model.modals.push(Modal::Form(form(draft, title)));
}

fn form(draft: Draft, title: String) -> Form {
    let suggest = if draft.suggest { "yes" } else { "no" };
    let fields = vec![
        ("name", "letters, digits, - and _", Field::new(draft.name)),
        ("filter", "", Field::new(draft.when)),
        ("decide", "such as approve, defer", Field::new(draft.verdict)),
        ("code", "of the policy", Field::new(draft.code)),
        ("why", "", Field::new(draft.reason)),
        ("since", "a day; empty: this month", Field::new(draft.since)),
        ("suggest", "yes: never decides", Field::new(suggest)),
    ];
    Form { kind: FormKind::Rule, title, fields, focus: 0, error: None }
}

/// What the form asks for; the desk says what is wrong with its texts.
///
/// # Errors
/// A sentence for the form.
pub(super) fn command(form: &Form) -> Result<Command, String> {
    let suggest = match form.text(6).to_lowercase().as_str() {
        "yes" | "y" | "true" => true,
        "no" | "n" | "false" | "" => false,
        _ => return Err("suggest: write yes or no.".to_owned()),
    };
    Ok(Command::SaveRule(Draft {
        name: form.text(0),
        when: form.text(1),
        verdict: form.text(2),
        code: form.text(3),
        reason: form.text(4),
        since: form.text(5),
        suggest,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_gives_the_draft_it_was_filled_with() {
        let draft = Draft {
            name: "small".into(),
            when: "cause:rounding".into(),
            verdict: "defer".into(),
            code: "timing".into(),
            reason: "as ever".into(),
            since: "2026-01-01".into(),
            suggest: true,
        };
        assert_eq!(command(&form(draft.clone(), String::new())), Ok(Command::SaveRule(draft.clone())));
        let mut wrong = form(draft, String::new());
        wrong.fields[6].2 = Field::new("perhaps");
        assert!(command(&wrong).unwrap_err().starts_with("suggest:"));
    }
}
