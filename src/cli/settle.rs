//! A command given on the command line: what it would do is shown, somebody
//! says yes, and it is done as shown or not at all.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};

use super::month::load;
use super::progress::Progress;
use super::shared_args::{Answer, FileArgs};
use super::{Ended, Failure, output};
use crate::desk::{Change, Command, Desk, PayerChange, Refusal, Session, text};

/// Shows what a command would do, asks, and does it.
///
/// # Errors
/// What refuses the command, what keeps the book from being opened or written,
/// and where nobody can be asked.
pub fn settle(
    files: &FileArgs,
    answer: Answer,
    command: &dyn Fn(&Desk) -> Result<Command, Failure>,
) -> Result<Ended, Failure> {
    // A plan may read signed months from the book.
    let (session, desk) = load(files, true)?;
    let shown = shown(&plan(&session, &desk, command)?);
    output::page(&shown)?;
    if answer.dry_run || !confirmed(answer)? {
        return output::to_stdout(b"Nothing was changed.\n");
    }
    drop((session, desk));
    // Up to here the book was only looked at, and files that were named are
    // not in it yet.
    let (session, desk) = load(files, false)?;
    let change = plan(&session, &desk, command)?;
    if self::shown(&change) != shown {
        return Err(Failure(
            "Nothing was changed: with what the book holds besides, it would do something else than was shown. Look \
             again without naming files."
                .into(),
        ));
    }
    let entries = session.writer().commit(&desk, &change)?;
    output::to_stdout(b"Done.\n")?;
    let mut desk = desk;
    desk.apply(&change, entries);
    offer(&desk);
    Ok(Ended::Well)
}

/// Says which rule the last decisions could make, beside what a program reads.
fn offer(desk: &Desk) {
    if let Some(offer) = desk.rule_offer() {
        let draft = desk.draft_of(&offer);
        let quote = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
        let code = if draft.code.is_empty() { String::new() } else { format!(" --code {}", quote(&draft.code)) };
        output::to_stderr(&format!(
            "{} like decisions; this makes a rule of them: trueup rules add {} --when {} --decide {}{code} --reason {}",
            text::count(offer.decisions as i64),
            draft.name,
            quote(&draft.when),
            draft.verdict,
            quote(&draft.reason)
        ));
    }
}

fn plan(
    session: &Session,
    desk: &Desk,
    command: &dyn Fn(&Desk) -> Result<Command, Failure>,
) -> Result<Change, Failure> {
    let command = command(desk)?;
    let progress = Progress::new();
    let planned = session.plan(desk, &command, &|event| progress.tell(&event), &|| false);
    progress.done();
    planned.map_err(|Refusal(why)| Failure(why))
}

/// What a change would do, in sentences that are harmless to a terminal.
pub fn shown(change: &Change) -> String {
    let preview = &change.preview;
    let mut out = format!("{}\n", preview.title);
    if preview.items > 0 && !preview.amount.is_zero() {
        let _ = writeln!(out, "  {}, {}", text::items(preview.items), text::money(preview.amount));
    }
    for (reason, items) in &preview.left_out {
        let _ = writeln!(out, "  left out: {}, {reason}", text::items(*items));
    }
    for moved in &preview.moves {
        let _ = writeln!(out, "  {} from {} to {}", text::items(moved.items), moved.from.label(), moved.to.label());
    }
    let payer_line = |payer: &PayerChange| {
        let (before, after) = (text::money(payer.before), text::money(payer.after));
        format!("{} for {}: {before} to {after}\n", payer.payer, payer.project)
    };
    for payer in &preview.payers {
        let _ = write!(out, "  {}", payer_line(payer));
    }
    if let Some((before, after)) = preview.subsidy.filter(|(before, after)| before != after) {
        let _ = writeln!(out, "  subsidised this month: {} to {}", text::money(before), text::money(after));
    }
    for effect in &preview.months {
        let (before, after) = (text::money(effect.subsidy.0), text::money(effect.subsidy.1));
        let charges = text::counted(effect.charges as u64, "charge");
        let _ = writeln!(out, "  {}: {charges} split anew, subsidised {before} to {after}", effect.month);
        for payer in &effect.payers {
            let _ = write!(out, "    {}", payer_line(payer));
        }
    }
    for remark in &preview.remarks {
        let _ = writeln!(out, "  {remark}");
    }
    text::plain(&out)
}

/// # Errors
/// Where nobody can be asked and `--yes` does not stand.
pub fn confirmed(answer: Answer) -> Result<bool, Failure> {
    let nobody = "Nothing was changed: there is no terminal to ask on. Do it with --yes, or look with --dry-run.";
    Ok(answer.yes || says_yes("Do it?", nobody)?)
}

/// Asks on the terminal.
///
/// # Errors
/// `nobody`, where there is no terminal to ask on.
pub fn says_yes(question: &str, nobody: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Failure(nobody.to_owned()));
    }
    eprint!("{question} [y/n] ");
    std::io::stderr().flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
