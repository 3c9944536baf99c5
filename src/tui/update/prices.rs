//! The forms of the Prices screen: a rate, a lot, the tolerance. They hold
//! text as it was typed; the desk says what is wrong with it when it plans.

use crate::amount::{Amount, Share};
use crate::desk::{Command, OfferStands, PriceOffer, PriceRow, PriceRowKind};
use crate::tui::effect::Effect;
use crate::tui::field::Field;
use crate::tui::modal::{Choice, Entry, Form, FormKind, Modal, Picker};
use crate::tui::model::{Model, Tone};
use crate::tui::tab::Tab;

const FROM: &str = "YYYY-MM-DD, empty: any day";

fn rate_form(title: String, [name, effective, input, cached, output]: [String; 5], focus: usize) -> Form {
    Form {
        kind: FormKind::Rate,
        title,
        fields: vec![
            ("model", "as the bill names it", Field::new(name)),
            ("from", FROM, Field::new(effective)),
            ("input", "dollars per million tokens", Field::new(input)),
            ("cached input", "the same; empty: as input", Field::new(cached)),
            ("output", "the same", Field::new(output)),
        ],
        focus,
        error: None,
    }
}

fn lot_form(title: String, [name, effective, credits, amount]: [String; 4], focus: usize) -> Form {
    Form {
        kind: FormKind::Lot,
        title,
        fields: vec![
            ("pool", "its name", Field::new(name)),
            ("from", FROM, Field::new(effective)),
            ("credits", "how many were bought", Field::new(credits)),
            ("paid", "dollars for all of them", Field::new(amount)),
        ],
        focus,
        error: None,
    }
}

fn form_of(row: &PriceRow) -> Form {
    let PriceRow { name, effective, input, cached, output, .. } = row.clone();
    match row.kind {
        PriceRowKind::Rate => rate_form("Edit a rate".to_owned(), [name, effective, input, cached, output], 2),
        PriceRowKind::Lot => lot_form("Edit a lot".to_owned(), [name, effective, input, output], 2),
    }
}

pub(super) fn edit(model: &mut Model) {
    if model.tab == Tab::Prices {
        match model.pages.prices.rows.get(model.spot().at).map(form_of) {
            Some(form) => model.modals.push(Modal::Form(form)),
            None => model.say(Tone::Info, "There is no price here to edit."),
        }
    } else {
        price_of_item(model);
    }
}

/// The rate or the lot that prices the current item; a choice where several
/// do, and an empty form where none does.
fn price_of_item(model: &mut Model) {
    let Some(desk) = &model.desk else { return };
    let Some(item) = model.list().and_then(|list| list.current()).filter(|item| *item < desk.items()) else {
        super::decide::nothing_here(model);
        return;
    };
    let what = desk.row(item).cells.what.to_owned();
    let (kind, rows) = desk.prices_of(item);
    let modal = match (rows.as_slice(), kind) {
        ([], PriceRowKind::Lot) => Modal::Form(new_lot(String::new())),
        ([], PriceRowKind::Rate) => {
            let none = String::new;
            Modal::Form(rate_form(format!("A price for {what}"), [what, none(), none(), none(), none()], 2))
        }
        ([row], _) => Modal::Form(form_of(row)),
        (several, _) => {
            let entry = |row: &PriceRow| Entry {
                text: row.name.clone(),
                note: if row.effective.is_empty() { "any day".into() } else { format!("from {}", row.effective) },
                choice: Choice::Price(row.clone()),
            };
            Modal::Pick(Picker::new("Which price?", several.iter().map(entry).collect()))
        }
    };
    model.modals.push(modal);
}

/// The form of a price that was chosen among several.
pub(super) fn chosen(model: &mut Model, row: &PriceRow) {
    model.modals.push(Modal::Form(form_of(row)));
}

fn new_lot(name: String) -> Form {
    let focus = usize::from(!name.is_empty());
    lot_form("Add a lot of credits".to_owned(), [name, String::new(), String::new(), String::new()], focus)
}

/// Asks what to add, with the kind of the current row first.
pub(super) fn add(model: &mut Model) {
    let kind = model.pages.prices.rows.get(model.spot().at).map_or(PriceRowKind::Lot, |row| row.kind);
    let entry =
        |text: &str, note: &str, kind| Entry { text: text.into(), note: note.into(), choice: Choice::Add(kind) };
    let entries = vec![
        entry("a rate", "what a model costs per million tokens, from a day on", PriceRowKind::Rate),
        entry("a lot of credits", "a purchase: how many, and what was paid for them", PriceRowKind::Lot),
    ];
    model.modals.push(Modal::Pick(Picker::new("Add what?", entries).on(&Choice::Add(kind))));
}

pub(super) fn add_kind(model: &mut Model, kind: PriceRowKind) {
    let form = match kind {
        PriceRowKind::Rate => rate_form("Add a rate".to_owned(), Default::default(), 0),
        PriceRowKind::Lot => {
            let rows = &model.pages.prices.rows;
            let current = rows.get(model.spot().at).filter(|row| row.kind == PriceRowKind::Lot);
            new_lot(current.map(|row| row.name.clone()).unwrap_or_default())
        }
    };
    model.modals.push(Modal::Form(form));
}

/// The prices that the bill says and the book does not; those of the current
/// row first.
pub(super) fn take_offer(model: &mut Model) {
    let Some(offers) = model.pages.offers.answer.clone() else {
        model.say(Tone::Info, "The prices that the bill says are still being worked out; a moment.");
        return;
    };
    let row = model.pages.prices.rows.get(model.spot().at);
    let here = |offer: &PriceOffer| {
        let of =
            |row: &PriceRow| offer.row.as_ref().is_some_and(|(name, from)| *name == row.name && *from == row.effective);
        row.is_some_and(|row| row.kind == PriceRowKind::Rate && of(row))
    };
    let entry = |offer: &PriceOffer| match &offer.stands {
        OfferStands::Set(command) => Some(Entry {
            text: offer.label.clone(),
            note: format!("from {}: {} ({} of {} lines)", offer.days.0, short(command), offer.fits, offer.of),
            choice: Choice::Offer(command.clone()),
        }),
        OfferStands::InForce | OfferStands::Impossible(_) => None,
    };
    let (first, rest): (Vec<&PriceOffer>, Vec<&PriceOffer>) = offers.iter().partition(|offer| here(offer));
    let entries: Vec<Entry> = first.into_iter().chain(rest).filter_map(entry).collect();
    match entries.as_slice() {
        [] => model.say(Tone::Good, "The bill says no price that the price book does not say as well."),
        [_] => {
            if let [Entry { choice: Choice::Offer(command), .. }] = entries.as_slice() {
                offered(model, command);
            }
        }
        _ => model.modals.push(Modal::Pick(Picker::new("Take which price of the bill?", entries))),
    }
}

/// `2 / 0.5 / 8`: input, cached input and output.
pub(in crate::tui) fn short(command: &Command) -> String {
    let Command::SetRate { input, cached, output, .. } = command else { return String::new() };
    let cached = if cached.is_empty() { "-" } else { cached };
    format!("{input} / {cached} / {output}")
}

/// The form of a rate, filled in with a price of the bill: still to be looked
/// at, and mended if need be.
pub(super) fn offered(model: &mut Model, command: &Command) {
    if let Command::SetRate { model: name, effective, input, cached, output } = command.clone() {
        let title = "A rate, as the bill says it".to_owned();
        model.modals.push(Modal::Form(rate_form(title, [name, effective, input, cached, output], 2)));
    }
}

pub(super) fn tolerance(model: &mut Model) {
    let (absolute, relative) = model.pages.prices.tolerance.clone();
    model.modals.push(Modal::Form(Form {
        kind: FormKind::Tolerance,
        title: "When two amounts count as equal".to_owned(),
        fields: vec![
            ("absolute", "dollars apart at most", Field::new(absolute)),
            ("relative", "share of the recorded amount, as 5% or 0.05", Field::new(relative)),
        ],
        focus: 0,
        error: None,
    }));
}

/// What a form asks for.
///
/// # Errors
/// A sentence for the form, where a field cannot be read at all.
pub(super) fn command(form: &Form) -> Result<Command, String> {
    match form.kind {
        FormKind::Rate => Ok(Command::SetRate {
            model: form.text(0),
            effective: form.text(1),
            input: form.text(2),
            cached: form.text(3),
            output: form.text(4),
        }),
        FormKind::Lot => Ok(Command::SetLot {
            name: form.text(0),
            effective: form.text(1),
            credits: form.text(2),
            amount: form.text(3),
        }),
        FormKind::Tolerance => {
            let absolute = Amount::parse(form.text(0))
                .ok()
                .filter(|amount| !amount.is_negative())
                .ok_or("absolute: write dollars, such as 0.05.")?;
            let relative =
                Share::parse(&form.text(1)).ok_or("relative: write a share such as 5% or 0.05, not negative.")?;
            Ok(Command::SetTolerance { absolute, relative })
        }
        FormKind::Cap => super::burn::command(form),
        FormKind::Terms => Ok(super::burn::terms_command(form)),
        FormKind::Rule => super::rules::command(form),
        FormKind::Claim(_) | FormKind::Paper(_) => Err("The month is still being loaded.".into()),
    }
}

/// Sends the form on top to be planned; it stays below the preview, so that a
/// no comes back to it.
pub(super) fn send(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Modal::Form(form)) = model.modals.last_mut() else { return };
    let made = match (&form.kind, &model.desk) {
        (FormKind::Claim(_) | FormKind::Paper(_), Some(desk)) => super::papers::command(form, desk),
        _ => command(form),
    };
    match made {
        Ok(command) => {
            form.error = None;
            super::decide::plan(model, command, 0, effects);
        }
        Err(what) => form.error = Some(what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerance_is_read_as_people_write_it() {
        let form = |absolute: &str, relative: &str| Form {
            kind: FormKind::Tolerance,
            title: String::new(),
            fields: vec![("", "", Field::new(absolute)), ("", "", Field::new(relative))],
            focus: 0,
            error: None,
        };
        assert_eq!(
            command(&form(" 0.05", "5%")),
            Ok(Command::SetTolerance {
                absolute: Amount::parse("0.05").unwrap(),
                relative: Share::parse("0.05").unwrap()
            })
        );
        assert!(command(&form("-1", "5%")).unwrap_err().starts_with("absolute:"));
        assert!(command(&form("1", "five")).unwrap_err().starts_with("relative:"));
    }
}
