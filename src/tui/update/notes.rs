//! Notes and reasons as they are typed: what was written before comes back
//! with the arrow keys or completes what is begun, and a long note goes to the
//! operator's editor.

use crossterm::event::{KeyCode, KeyEvent};

use crate::desk::{Command, Desk};
use crate::journal::{Action, Verdict};
use crate::review::filter::Completion;
use crate::tui::effect::Effect;
use crate::tui::figures;
use crate::tui::message::Message;
use crate::tui::modal::{Modal, Prompt, PromptKind, Scroll, Targets};
use crate::tui::model::{Model, Tone};

/// Earlier texts that are offered, at most.
const MOST: usize = 200;

/// A line to type, with what was written in such lines before.
pub(super) fn prompt(model: &Model, kind: PromptKind, text: impl Into<String>) -> Prompt {
    let mut prompt = Prompt::new(kind, text);
    prompt.earlier = match model.written.of(&prompt.kind) {
        // What stands in the line already is nothing to call back.
        Some(written) => written.iter().filter(|text| text.as_str() != prompt.field.text()).cloned().collect(),
        None => model.desk.as_ref().map(|desk| earlier(desk, &prompt.kind)).unwrap_or_default(),
    };
    prompt.offers = offers(&prompt);
    prompt
}

/// What the journal holds of this kind, the newest first, each once.
fn earlier(desk: &Desk, kind: &PromptKind) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for entry in desk.journal().iter().rev() {
        let text = match (kind, &entry.action) {
            (PromptKind::Note(_), Action::Note { text, .. }) => text,
            (PromptKind::Note(_), Action::Decide { decision: Some(decision), .. }) => &decision.note,
            (PromptKind::ExcludeRows(_), Action::ExcludeBadRows { reason, .. }) => reason,
            (PromptKind::ReopenMonth, Action::ReopenMonth { why, .. }) => why,
            _ => continue,
        };
        if !text.is_empty() && !found.contains(text) {
            found.push(text.clone());
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// Earlier texts that hold what is typed, those that begin with it first.
pub(super) fn offers(prompt: &Prompt) -> Vec<Completion> {
    let typed = prompt.field.text().trim().to_lowercase();
    if typed.is_empty() {
        return Vec::new();
    }
    let to = prompt.field.text().chars().count();
    let fits = |begins: bool| {
        let typed = &typed;
        prompt.earlier.iter().filter(move |text| {
            let text = text.to_lowercase();
            text != *typed && text.contains(typed.as_str()) && text.starts_with(typed.as_str()) == begins
        })
    };
    let offer = |text: &String| Completion {
        from: 0,
        to,
        insert: text.clone(),
        label: format!("“{}”", text.lines().next().unwrap_or_default()),
    };
    fits(true).chain(fits(false)).map(offer).collect()
}

/// The arrow keys: through what was written before, and back to what was
/// begun. False for every other key.
pub(super) fn recall(prompt: &mut Prompt, key: KeyEvent) -> bool {
    let at = match (key.code, prompt.recalled) {
        (KeyCode::Up, None) => 0,
        (KeyCode::Up, Some(at)) => at + 1,
        (KeyCode::Down, Some(at)) => match at.checked_sub(1) {
            Some(at) => at,
            None => {
                prompt.recalled = None;
                prompt.field = std::mem::take(&mut prompt.begun);
                return true;
            }
        },
        (KeyCode::Down, None) => return true,
        _ => return false,
    };
    if let Some(text) = prompt.earlier.get(at) {
        if prompt.recalled.is_none() {
            prompt.begun = prompt.field.clone();
        }
        prompt.recalled = Some(at);
        prompt.field = crate::tui::field::Field::new(text.clone());
    }
    true
}

/// How often each reason was given for a verdict, and which one last.
pub(super) fn reasons_given(
    desk: &Desk,
    verdict: Verdict,
) -> (std::collections::BTreeMap<String, u64>, Option<String>) {
    let mut given = std::collections::BTreeMap::new();
    let mut last = None;
    for entry in desk.journal() {
        if let Action::Decide { decision: Some(decision), .. } = &entry.action
            && decision.verdict == verdict
            && !decision.reason.is_empty()
        {
            *given.entry(decision.reason.clone()).or_default() += 1;
            last = Some(decision.reason.clone());
        }
    }
    (given, last)
}

/// From the line being typed to the editor, with what stands there so far.
pub(super) fn in_editor(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Modal::Prompt(prompt)) = model.modals.last() else { return };
    let PromptKind::Note(items) = &prompt.kind else { return };
    let (items, text) = (items.clone(), prompt.field.text().to_owned());
    effects.push(Effect::Edit { items, text, numbering: model.numbering });
}

/// The same from the list.
pub(super) fn of_targets(model: &mut Model, targets: Targets, note: String, effects: &mut Vec<Effect>) {
    effects.push(Effect::Edit { items: targets.items, text: note, numbering: model.numbering });
}

/// The editor has ended.
pub(super) fn edited(model: &mut Model, message: Message, effects: &mut Vec<Effect>) {
    let Message::Edited { items, before, numbering, result } = message else { return };
    let text = match result {
        Ok(text) => text,
        Err(why) => return model.say(Tone::Bad, why),
    };
    // The line that led to the editor has done its part.
    if matches!(model.modals.last(), Some(Modal::Prompt(Prompt { kind: PromptKind::Note(_), .. }))) {
        model.modals.pop();
    }
    if numbering != model.numbering {
        let why = "The month was compared anew while the note was written, so it is on no item. It said:".to_owned();
        let title = "A note without an item".to_owned();
        let rows =
            std::iter::once((why, String::new())).chain(text.lines().map(|line| (String::new(), line.to_owned())));
        model.modals.push(Modal::Raw { title, rows: rows.collect(), scroll: Scroll::default() });
        return;
    }
    if text == before.trim_end() {
        return model.say(Tone::Info, "The note stays as it is.");
    }
    super::decide::submit(model, Command::Note { items, text }, 0, effects);
}

/// How a reason was used, for the choice of reasons.
pub(super) fn used(count: Option<&u64>) -> String {
    count
        .map(|count| match count {
            1 => "given once".to_owned(),
            _ => format!("given {}", figures::of(*count, "time", "times")),
        })
        .unwrap_or_default()
}
