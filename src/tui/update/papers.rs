//! Forms for what an operator enters from the provider's papers, and for the
//! claim of a dispute. They hold text as it was typed; the desk says what is
//! wrong with it when it plans.

use crate::amount::{Amount, AmountError, Quantity};
use crate::desk::{Command, Desk, LateState, Refusal, text};
use crate::journal::{Claim, Entered, FluxOf};
use crate::tui::field::Field;
use crate::tui::keymap::Action;
use crate::tui::modal::{Choice, Entry, Form, FormKind, Modal, Paper, Picker};
use crate::tui::model::{Model, Tone};

fn form(kind: FormKind, title: impl Into<String>, fields: Vec<(&'static str, &'static str, String)>) -> Form {
    let fields = fields.into_iter().map(|(label, hint, text)| (label, hint, Field::new(text))).collect();
    Form { kind, title: title.into(), fields, focus: 0, error: None }
}

/// What can be entered about the month: the most pressing first.
pub(super) fn choose(model: &mut Model) {
    let Some(desk) = model.desk.clone() else { return };
    let mut entries = Vec::new();
    // As the screen behind shows them: nothing is worked out here.
    for view in model.pages.close.iter().flat_map(|close| &close.corrections) {
        let mut offer = |text: String, command: Command| {
            entries.push(Entry { text, note: view.sentence(), choice: Choice::Correct(command) });
        };
        if matches!(view.state, LateState::Proposed | LateState::OutOfDate) {
            offer(format!("accept corrections of {}", view.of), Command::Correct { of: view.of });
        }
        if view.state != LateState::Proposed {
            offer(format!("take corrections of {} off", view.of), Command::DropCorrections { of: view.of });
        }
    }
    // Worked out with the gate.
    for refund in desk.refunds() {
        for of in &refund.candidates {
            let command = desk.take_back(&refund.key, &of.key, Some(of.month));
            let text = format!("{} takes back {} of {}", refund.key, of.key, of.month);
            let note = format!("{}, {} left", text::money(refund.amount), text::money(of.left));
            entries.push(Entry { text, note, choice: Choice::Correct(command) });
        }
        if refund.named {
            let text = format!("take off what was said of {}", refund.key);
            let note = text::money(refund.amount);
            entries.push(Entry { text, note, choice: Choice::Correct(desk.drop_take_back(&refund.key)) });
        }
    }
    let mut offer = |text: String, note: String, paper: Paper| {
        entries.push(Entry { text, note, choice: Choice::Paper(paper) });
    };
    let pools = desk.pools();
    for pool in &pools {
        if let Some(rest) = pool.unexplained().filter(|rest| !rest.is_zero()) {
            let note = format!("{rest} credits unexplained; give a reason");
            offer(format!("settle pool {}", pool.pool), note, Paper::PoolSettle(pool.pool.clone()));
        }
    }
    // Worked out with the gate; where no note is asked for, none is offered.
    if let Some(lines) = desk.flux_known().as_ref().and_then(|flux| flux.lines.as_ref().ok()) {
        for line in lines.iter().filter(|line| line.above) {
            let note = format!("{} to {}", text::money(line.before), text::money(line.now));
            let name = format!("note on {} {}", line.of.name(), line.name);
            offer(name, note, Paper::FluxNote(line.of, line.name.clone(), line.note.clone()));
        }
    }
    offer("the invoice".into(), "number, total and tax, to tie to the bill".into(), Paper::Invoice);
    for pool in &pools {
        let stated = pool.stated.map_or_else(|| "not entered".into(), |credits| format!("{credits} entered"));
        let name = format!("balance of pool {}", pool.pool);
        offer(name, format!("as the provider states it; {stated}"), Paper::PoolStated(pool.pool.clone()));
        let name = format!("adjustment of pool {}", pool.pool);
        offer(name, "credits that came or went otherwise".into(), Paper::PoolAdjust(pool.pool.clone()));
    }
    model.modals.push(Modal::Pick(Picker::new("Enter what?", entries)));
}

/// The form of what was chosen, with what stands there already.
pub(super) fn chosen(model: &mut Model, paper: Paper) {
    let Some(desk) = &model.desk else { return };
    let pool_of = |name: &str| desk.pools().into_iter().find(|pool| pool.pool == name);
    let shown = |credits: Option<Quantity>| credits.map(|credits| credits.to_string()).unwrap_or_default();
    let (title, fields) = match &paper {
        Paper::Invoice => {
            let known = desk.invoice().map(|check| check.invoice);
            let [number, total, tax] = known.map_or_else(Default::default, |invoice| {
                [invoice.number, invoice.total.to_string(), invoice.tax.to_string()]
            });
            let fields = vec![
                ("number", "as it stands on the invoice", number),
                ("total", "what is to be paid, tax included", total),
                ("tax", "the tax in it; empty: none", tax),
            ];
            ("The provider's invoice".to_owned(), fields)
        }
        Paper::PoolStated(pool) => {
            let stated = shown(pool_of(pool).and_then(|pool| pool.stated));
            (format!("Pool {pool}"), vec![("credits", "left at the month's end, as the provider has it", stated)])
        }
        Paper::PoolAdjust(pool) => {
            let (credits, reason) = pool_of(pool).map_or_else(Default::default, |known| {
                (shown(Some(known.adjusted).filter(|credits| !credits.is_zero())), known.reason)
            });
            let fields = vec![("credits", "that came; below zero: that went", credits), ("reason", "why", reason)];
            (format!("Pool {pool}"), fields)
        }
        Paper::PoolSettle(pool) => (format!("Settle pool {pool}"), vec![("reason", "why it differs", String::new())]),
        Paper::FluxNote(of, name, note) => {
            (format!("Why {} {name} changed", of.name()), vec![("note", "empty takes it off", note.clone())])
        }
    };
    model.modals.push(Modal::Form(form(FormKind::Paper(paper), title, fields)));
}

/// The form of the claim for the current or the marked items.
pub(super) fn claim(model: &mut Model, items: Vec<u32>) {
    let Some(desk) = model.desk.as_ref() else { return };
    let Some(first) = items.first().copied().filter(|item| *item < desk.items()) else { return };
    if !desk.is_disputed(first) {
        let key = model.keymap.shown(Action::Settle, model.ascii);
        model.say(Tone::Bad, format!("This is not in dispute; {key} disputes it."));
        return;
    }
    let Claim { amount, case, state } = desk.claim(first).cloned().unwrap_or_default();
    let fields = vec![
        ("amount", "empty: all billed beyond the recorded", amount.map(|a| a.to_string()).unwrap_or_default()),
        ("case", "the provider's number", case),
        ("state", "open, submitted, credited, rejected, withdrawn", state.name().to_owned()),
    ];
    let title = format!("Claim for {}", text::items(items.len()));
    model.modals.push(Modal::Form(form(FormKind::Claim(items), title, fields)));
}

/// What a form asks for.
///
/// # Errors
/// A sentence for the form, where a field cannot be read at all.
pub(super) fn command(form: &Form, desk: &Desk) -> Result<Command, String> {
    let wrong = |label: &str, text: &str, error: AmountError| format!("{label}: “{text}” {error}.");
    let amount = |at: usize, label: &str| {
        let text = form.text(at);
        if text.is_empty() {
            return Ok(None);
        }
        Amount::parse(&text).map(Some).map_err(|error| wrong(label, &text, error))
    };
    let credits = || {
        let text = form.text(0);
        Quantity::parse(&text).map_err(|error| wrong("credits", &text, error))
    };
    let enter = |entered| Ok(Command::Enter { entered, removed: false });
    match &form.kind {
        FormKind::Claim(items) => {
            let (amount, state) = (amount(0, "amount")?, form.text(2).parse()?);
            Ok(Command::Claim { items: items.clone(), claim: Some(Claim { amount, case: form.text(1), state }) })
        }
        FormKind::Paper(Paper::Invoice) => {
            let total = amount(1, "total")?.ok_or("total: write what is to be paid.")?;
            let tax = amount(2, "tax")?.unwrap_or_default();
            enter(Entered::Invoice { number: form.text(0), total, tax })
        }
        FormKind::Paper(Paper::PoolStated(pool)) => {
            enter(Entered::PoolBalance { pool: pool.clone(), credits: credits()? })
        }
        FormKind::Paper(Paper::PoolAdjust(pool)) => {
            enter(Entered::PoolAdjustment { pool: pool.clone(), credits: credits()?, reason: form.text(1) })
        }
        FormKind::Paper(Paper::PoolSettle(pool)) => desk.settle_pool(pool, &form.text(0)).map_err(|Refusal(why)| why),
        FormKind::Paper(Paper::FluxNote(of, name, _)) => {
            let text = form.text(0);
            let removed = text.is_empty();
            Ok(Command::Enter { entered: note(*of, name, text), removed })
        }
        FormKind::Rate | FormKind::Lot | FormKind::Tolerance | FormKind::Cap | FormKind::Terms | FormKind::Rule => {
            Err("This is a form of prices.".into())
        }
    }
}

fn note(of: FluxOf, name: &str, text: String) -> Entered {
    Entered::FluxNote { of, name: name.to_owned(), text }
}
