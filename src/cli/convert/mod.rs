//! `trueup convert`: a credit report straight into a chargeback file, for who
//! has no ledger and no review.

mod summary;
mod words;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::Convert;
use super::progress::Progress;
use super::{Ended, Failure, output};
use crate::allocate::{EarlierMonth, Openings, Scope};
use crate::book::{
    Access, AdoptedState, Book, BookError, Config, ConfigPath, ConfigPaths, Content, DrawRow, STATE_FILE, now,
};
use crate::calendar::Month;
use crate::desk::{ChargedBefore, Desk, InputSpec, Inputs, Past, change_line, change_sentence, text};
use crate::focus::Sheet;
use crate::journal::Action;
use crate::price::EXAMPLE_PURCHASE;
use crate::usage::{Shape, Side};
use summary::Summary;
use words::{name, rows, rows_are, unassigned, unpriced};

pub fn run(args: &Convert) -> Result<Ended, Failure> {
    let state = args.state.clone().unwrap_or_else(|| STATE_FILE.into());
    let dir = match state.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let mut paths = ConfigPaths::in_folder(Path::new(""));
    for (path, named) in [
        (&mut paths.pricing, &args.pricing),
        (&mut paths.projects, &args.projects),
        (&mut paths.subsidies, &args.subsidies),
    ] {
        if let Some(named) = named {
            *path = ConfigPath::new(named, true);
        }
    }
    let config = Config::load_from(&paths).map_err(failed)?.writing(args.profile, args.purchases);
    super::export::refuse_purchases(args.purchases, config.settings.profile)?;
    if let Some(target) = &args.output {
        let files = [&paths.pricing, &paths.projects, &paths.subsidies].map(|file| file.path.as_path());
        output::refuse_overwriting(target, files.into_iter().chain([args.input.as_path(), &state]))?;
    }
    let inputs = read(args, config.prices.currency_or_default())?;
    if config.prices.lots.is_empty() {
        let pricing = &paths.pricing.path;
        let what = if pricing.exists() { "names no credit pool" } else { "is not there" };
        return Err(Failure(format!(
            "{} {what}, so credits have no price. Enter what you bought in it, such as {EXAMPLE_PURCHASE}, or name \
             another file with --pricing.",
            pricing.display()
        )));
    }
    let months = crate::desk::months_of(&inputs.bill.lines);
    if months.len() > 1 && args.output.is_some() {
        let list: Vec<String> = months.iter().map(ToString::to_string).collect();
        return Err(Failure(format!(
            "{} holds {} months ({}); without --output each month gets a file of its own.",
            args.input.display(),
            months.len(),
            list.join(", ")
        )));
    }
    let Some(first) = months.first().copied() else {
        return Err(Failure(format!("{} holds no row to convert.", args.input.display())));
    };
    let access = if args.dry_run { Access::Read } else { Access::Write };
    let mut book = Book::open(&dir, access).map_err(failed)?;
    let adopt = check_state(&book, &state, first, args)?;
    let mut run = Run {
        args,
        state,
        config: Arc::new(config),
        inputs: Arc::new(inputs),
        months,
        carried: adopt.as_ref().map(|state| state.openings.clone()).unwrap_or_default(),
        adopt,
        charged: Vec::new(),
        sheet: None,
        summary: Summary::default(),
    };
    let notices: Vec<String> = run.config.notices.iter().chain(book.notices()).cloned().collect();
    for notice in notices {
        run.summary.say(&format!("Note: {notice}"));
    }
    run.all_months(&mut book)?;
    run.finish()
}

fn read(args: &Convert, currency: &str) -> Result<Inputs, Failure> {
    let spec = InputSpec { path: args.input.clone(), side: Side::Bill, format: None, append: false };
    let input = crate::desk::open_named(&spec, 1, true)?;
    let progress = Progress::new();
    let inputs = crate::desk::read_both(vec![input], Vec::new(), currency, &|event| progress.tell(&event), &|| false);
    progress.done();
    let inputs = inputs?;
    if let Some(file) = inputs.bill.lines.files().iter().find(|f| f.shape != Shape::Credits) {
        return Err(Failure(format!(
            "{} is a file of {}; convert takes a ChatGPT credit report. Use trueup review for it.",
            file.path.display(),
            file.format
        )));
    }
    let bad = &inputs.bill.bad_rows;
    if !bad.is_empty() && !args.skip_bad_rows {
        let mut text = format!("{} cannot be read; nothing was written:", rows(bad.len() as u64));
        for row in bad {
            let _ = write!(text, "\n  {}:{}: {}: {}", row.file.display(), row.line, row.column, row.reason);
        }
        text.push_str("\nMend them, or go on without them with --skip-bad-rows.");
        return Err(Failure(text));
    }
    Ok(inputs)
}

/// Holds the state file against the book. One that differs from the book stops
/// the run; one without a book is the balance so far, and the result.
fn check_state(book: &Book, path: &Path, first: Month, args: &Convert) -> Result<Option<AdoptedState>, Failure> {
    let through = args.state_through.unwrap_or_else(|| first.previous());
    let Some(stated) = crate::desk::read_state(path, through)? else { return Ok(None) };
    if !crate::desk::knows_state(book)? {
        if through >= first && !stated.openings.is_empty() {
            return Err(Failure(format!(
                "{} is said to include {first} already, and what that month drew of it is not known apart: writing it \
                 would draw its subsidies twice. Begin from a state that ends before it.",
                path.display()
            )));
        }
        return Ok(Some(stated));
    }
    let stated = stated.openings;
    let known = book.balances().map_err(failed)?;
    let mut lines = String::new();
    let scopes: std::collections::BTreeSet<&Scope> = stated.keys().chain(known.keys()).collect();
    for scope in scopes {
        let (file, db) =
            (stated.get(scope).copied().unwrap_or_default(), known.get(scope).copied().unwrap_or_default());
        if (file.used, file.subsidized) != (db.used, db.subsidized) {
            let _ = write!(
                lines,
                "\n  {} ({}, {}): {} says used {} and subsidised {}, trueup.db says {} and {}",
                scope.subject,
                scope.period,
                scope.rule,
                path.display(),
                file.used,
                file.subsidized,
                db.used,
                db.subsidized
            );
        }
    }
    if lines.is_empty() {
        return Ok(None);
    }
    Err(Failure(format!(
        "{} was changed outside and no longer agrees with trueup.db beside it; nothing was written:{lines}\n\
         Put the file back as it was, or, to start from the file, move trueup.db away.",
        path.display()
    )))
}

struct Run<'a> {
    args: &'a Convert,
    state: PathBuf,
    config: Arc<Config>,
    inputs: Arc<Inputs>,
    months: Vec<Month>,
    /// The state file that the first export makes the book begin from.
    adopt: Option<AdoptedState>,
    /// What counts beyond what the book knows yet: that state, and in a dry
    /// run the months before.
    carried: Openings,
    /// In a dry run, what the months before charged.
    charged: Vec<Arc<EarlierMonth>>,
    /// The rows of the month that was written last.
    sheet: Option<Arc<Sheet>>,
    summary: Summary,
}

impl Run<'_> {
    fn all_months(&mut self, book: &mut Book) -> Result<(), Failure> {
        let months = self.months.clone();
        // What is refused in one month writes none of them.
        if months.len() > 1 {
            for month in &months {
                let desk = self.desk(book, *month)?;
                self.check(&desk, desk.unpriced_by_reason())?;
            }
        }
        months.into_iter().try_for_each(|month| self.month(book, month))
    }

    fn desk(&self, book: &Book, month: Month) -> Result<Desk, Failure> {
        let mut openings = book.openings(month).map_err(failed)?;
        let mut others = book.other_months(month).map_err(failed)?;
        let entries = book.entries().map_err(failed)?;
        add_to(&mut openings, &self.carried);
        add_to(&mut others.balances, &self.carried);
        // Those of this run are written before this one.
        others.stale.retain(|(stale, _)| !self.months.contains(stale));
        let past = Past {
            dir: PathBuf::from("."),
            openings,
            lot_opening: book.lot_opening(month, &self.months).map_err(failed)?,
            charged: Arc::new(ChargedBefore::of_book(book.dir(), month, &entries, self.charged.clone())),
            others,
            written: crate::desk::written(book, month)?,
            ..Past::default()
        };
        Ok(Desk::new(month, Arc::clone(&self.inputs), Arc::clone(&self.config), past).approve_all_priced())
    }

    fn month(&mut self, book: &mut Book, month: Month) -> Result<(), Failure> {
        let entries = book.entries().map_err(failed)?;
        let reviewed = entries.iter().any(|e| e.month == Some(month) && matches!(e.action, Action::Decide { .. }));
        if reviewed {
            return Err(Failure(format!(
                "{month} is under review in {}; write it there: trueup review, then w.",
                book.dir().display()
            )));
        }
        // Those of the month before, where there was one.
        self.sheet = None;
        let desk = self.desk(book, month)?;
        let unpriced = desk.unpriced_by_reason();
        self.check(&desk, unpriced)?;
        self.warn(&desk, unpriced);
        let target = self.args.output.clone().unwrap_or_else(|| desk.file_name().into());
        let mut plan = desk.export_plan(Some(&target));
        if let Some((path, _)) = &mut plan.state_file {
            path.clone_from(&self.state);
        }
        let changes = desk.changes();
        if !changes.is_empty() {
            self.summary.say(&format!("Note: {month}: {}", change_sentence(&changes)));
            changes.first.iter().for_each(|changed| self.summary.say(&format!("  {}", change_line(changed))));
        }
        self.summary.add(&desk, &plan);
        if self.args.dry_run {
            self.charged.push(Arc::new(desk.charged_month()));
            self.carry(&plan.draws, &book.draws(month).map_err(failed)?);
            if self.args.output.is_some() {
                match plan.csv {
                    Content::Bytes(csv) => output::to(Some(&target), &csv)?,
                    Content::Writer(write) => output::fill(Some(&target), write)?,
                };
                self.summary.files.push(target.display().to_string());
            }
            return Ok(());
        }
        let newest = entries.last().map_or(0, |entry| entry.seq);
        plan.opening_from_state = self.adopt.take();
        // What else there is of the month is not needed to write it, and takes as
        // much room as writing does.
        self.sheet = Some(desk.sheet());
        drop(desk);
        let written = book.export(plan, now()).map_err(failed)?;
        self.carried.clear();
        self.summary.files.push(target.display().to_string());
        // Writing what was written before makes no entry.
        if written.seq > newest {
            for later in book.exported_after(month).map_err(failed)? {
                if !self.months.contains(&later) {
                    self.summary
                        .warn(&format!("{later} was written before {month} was written anew; convert it again."));
                }
            }
        }
        Ok(())
    }

    /// What this month draws now instead of what the book has of it.
    fn carry(&mut self, now: &[DrawRow], before: &[DrawRow]) {
        for DrawRow { scope, drawn } in now {
            let sum = self.carried.entry(scope.clone()).or_default();
            *sum = sum.plus(*drawn);
        }
        for DrawRow { scope, drawn } in before {
            let sum = self.carried.entry(scope.clone()).or_default();
            *sum = sum.minus(*drawn);
        }
    }

    /// Refuses a month that must not be written.
    fn check(&self, desk: &Desk, (beyond_lots, without_credits): (u64, u64)) -> Result<(), Failure> {
        let month = desk.month();
        if self.args.strict {
            let users = unassigned(desk);
            if !users.is_empty() || beyond_lots + without_credits > 0 {
                let mut text =
                    format!("{month} has rows that nobody pays for or that have no price; --strict writes nothing:");
                for (user, lacking) in users.keys() {
                    let _ = write!(text, "\n  {} is in {}", name(user), lacking.place());
                }
                for reason in unpriced(beyond_lots, without_credits) {
                    let _ = write!(text, "\n  {reason}");
                }
                return Err(Failure(text));
            }
        }
        let sheet = desk.sheet();
        let mut refusals = desk.refusals(&sheet);
        if sheet.charged() == 0 {
            refusals.push("no row has a price, so there is nothing to write".into());
            refusals.extend(unpriced(beyond_lots, without_credits));
        }
        if refusals.is_empty() {
            return Ok(());
        }
        Err(Failure(format!("{month} cannot be written; nothing was changed:\n  {}", refusals.join("\n  "))))
    }

    /// Says which users lack a project, which rows a price, which refunds a
    /// charge, and which lots ran out.
    fn warn(&mut self, desk: &Desk, (beyond_lots, without_credits): (u64, u64)) {
        for ((user, lacking), count) in unassigned(desk) {
            self.summary.warn(&format!(
                "{} is in {}: {} unassigned and draw{} no subsidy.",
                name(&user),
                lacking.place(),
                rows_are(count),
                if count == 1 { "s" } else { "" }
            ));
        }
        for reason in unpriced(beyond_lots, without_credits) {
            self.summary.warn(&format!("{reason}; not written."));
        }
        for refund in desk.refunds().iter().filter(|refund| !refund.why.is_empty()) {
            self.summary.warn(&format!(
                "the refund of {} ({}, {}, {}) takes back no charge that is known, so it changes no subsidy: {}",
                text::money(refund.amount.abs()),
                refund.day,
                name(&refund.user),
                refund.what,
                refund.why
            ));
        }
        for (project, fund) in desk.odd_funds() {
            let pattern = self.config.settings.fund_org_pattern.as_deref().unwrap_or_default();
            self.summary
                .warn(&format!("{project} pays from {fund}, which has not the form “{pattern}” of config.toml."));
        }
        for (what, _) in desk.overdrawn() {
            self.summary.warn(&format!("{what}."));
        }
    }

    fn finish(mut self) -> Result<Ended, Failure> {
        let skipped = self.inputs.bill.bad_rows.len();
        if skipped > 0 {
            self.summary.warn(&format!(
                "{} that cannot be read {} left out.",
                rows(skipped as u64),
                if skipped == 1 { "was" } else { "were" }
            ));
        }
        if self.args.dry_run {
            self.summary.say("Dry run: no state was changed.");
        } else {
            self.summary.say(&format!("State written to {}.", self.state.display()));
        }
        let ended = output::page(&self.summary.text());
        // The program ends here, and the system takes back all its memory at
        // once: to give back a million charges one by one takes far longer.
        std::mem::forget(self);
        ended
    }
}

fn failed(error: BookError) -> Failure {
    Failure(error.to_string())
}

fn add_to(openings: &mut Openings, more: &Openings) {
    for (scope, opening) in more {
        let sum = openings.entry(scope.clone()).or_default();
        *sum = sum.plus(*opening);
    }
}
