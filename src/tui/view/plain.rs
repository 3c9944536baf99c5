//! What the status line says for a screen reader: where the cursor is and what
//! lies over the screen, in one sentence that changes when they do.

use crate::tui::figures;
use crate::tui::keymap::Action;
use crate::tui::modal::{Likeness, Modal};
use crate::tui::model::Model;
use crate::tui::stage::Stage;
use crate::tui::tab::Tab;
use crate::tui::text;

/// One sentence; what was said last comes first, and alone where both have no
/// room.
pub fn sentence(model: &Model, columns: u16, ascii: bool) -> String {
    let said = model.status.as_ref().map(|status| status.text.clone());
    let here = model.modals.last().map_or_else(|| place(model), |modal| over(model, modal));
    match said {
        None => here,
        Some(said) => {
            let both = format!("{said} {here}");
            if text::width(&text::clean(&both, ascii)) <= columns.into() { both } else { said }
        }
    }
}

/// The topmost of what lies over the screen, and the line of it that counts.
fn over(model: &Model, modal: &Modal) -> String {
    match modal {
        Modal::Help(_) => "Keys on this screen, Escape closes.".to_owned(),
        Modal::Raw { title, .. } => format!("{title}, Escape closes."),
        Modal::Waiting { what, .. } => format!("{what}, Escape gives up."),
        Modal::Preview(planned) => format!("{}: y for yes, n for no.", planned.change.preview.title),
        Modal::Verdicts(shown) if shown.plan.asks() => "Verdicts: y for yes, n for no.".to_owned(),
        Modal::Verdicts(_) => "Verdicts: there is nothing to write.".to_owned(),
        Modal::Pick(picker) => match picker.chosen() {
            Some(entry) => {
                let note = if entry.note.is_empty() { String::new() } else { format!(", {}", entry.note.trim()) };
                format!("{} {} of {}: {}{note}.", picker.title, picker.at + 1, picker.shown.len(), entry.text)
            }
            None => format!("{} Nothing fits what was typed.", picker.title),
        },
        Modal::Like(choice) => like(choice),
        Modal::Columns(at) => columns(model, *at),
        Modal::Form(form) => match form.fields.get(form.focus) {
            Some((label, hint, field)) => {
                let wrong = form.error.as_ref().map(|error| format!(" {error}")).unwrap_or_default();
                format!("{}, {label} ({hint}): {}.{wrong}", form.title, field.text())
            }
            None => form.title.clone(),
        },
        Modal::Prompt(prompt) => prompt.label().trim().to_owned(),
    }
}

fn columns(model: &Model, at: usize) -> String {
    let found = model.columns().and_then(|columns| Some((columns, columns.layout.slots().get(at)?)));
    let Some((columns, slot)) = found else { return "Columns.".to_owned() };
    let shown = if slot.hidden { "hidden" } else { "shown" };
    let width = slot.width.map(|width| format!(", {width} wide")).unwrap_or_default();
    format!("Columns, {} of {}: {}, {shown}{width}.", at + 1, columns.names.len(), columns.name(slot.column))
}

fn like(choice: &Likeness) -> String {
    let holds = choice.holds();
    let count = figures::of(holds.items, "item", "items");
    let on = |on: bool| if on { "on" } else { "off" };
    let line = match (crate::desk::Shared::ALL.get(choice.at), choice.values.get(choice.at)) {
        (Some(field), Some(value)) => format!("same {} {value}, {}", field.label(), on(choice.alike.has(*field))),
        _ => format!("the whole month, {}", on(choice.month)),
    };
    let wrong = choice.error.as_ref().map(|error| format!(" {error}")).unwrap_or_default();
    format!("All like this: {line}; {count}, {} open.{wrong}", figures::count(holds.open))
}

/// The screen, and the row of it under the cursor.
fn place(model: &Model) -> String {
    let screen = model.tab.title();
    match model.stage {
        Stage::Loading(_) => return format!("{screen}, loading."),
        Stage::Failed(_) => return format!("{screen}, not loaded."),
        Stage::Ready => {}
    }
    let of = |at: usize, rows: usize, what: &str| {
        format!("{what} {} of {}", figures::count(at as u64 + 1), figures::count(rows as u64))
    };
    let Some(list) = model.list() else {
        let mut parts = vec![screen.to_owned()];
        if model.rows() > 0 {
            parts.push(of(model.spot().at, model.rows(), "row"));
        }
        if model.tab == Tab::Journal && !model.journal.filter.is_empty() {
            parts.push(format!("filter {}", model.journal.filter));
        }
        return parts.join(", ") + ".";
    };
    let mut parts = vec![screen.to_owned()];
    if list.index.is_empty() {
        parts.push(if list.waiting { "looking".to_owned() } else { "no rows".to_owned() });
    } else {
        parts.push(of(list.spot.at, list.index.len(), "row"));
    }
    if list.current().is_some_and(|item| list.marks.has(item)) {
        parts.push("marked".to_owned());
    }
    if list.current().is_some_and(|item| model.is_saving(item)) {
        parts.push("saving".to_owned());
    }
    if model.detail.full {
        let key = model.keymap.shown(Action::Back, true);
        parts.push(format!("in full, {key} goes back"));
    }
    if !list.marks.is_empty() {
        parts.push(format!("{} marked in all", figures::count(list.marks.len() as u64)));
        if list.hidden > 0 {
            parts.push(format!("{} of them hidden", figures::count(list.hidden as u64)));
        }
    }
    if list.open_only {
        parts.push("open only".to_owned());
    }
    if !list.filter.is_empty() {
        parts.push(format!("filter {}", list.filter));
    }
    parts.join(", ") + "."
}
