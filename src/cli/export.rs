//! `trueup export`: a month's chargeback file from what is approved, after
//! showing what it holds and what it changes.

use std::fmt::Write as _;

use super::args::Export as Args;
use super::month::{loaded, of_book};
use super::settle;
use super::shared_args::Answer;
use super::{Ended, Failure, output};
use crate::desk::{Command, Desk, Refusal, Session, text};
use crate::focus::Profile;

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let session = Session::open(of_book(&args.book, args.month, args.dry_run))?.writing(args.profile, args.purchases);
    let desk = loaded(&session)?;
    refuse_purchases(args.purchases, desk.profile())?;
    let change = desk.plan(&Command::Export { target: args.output.clone() }).map_err(|Refusal(why)| Failure(why))?;
    output::page(&(settle::shown(&change) + &who_pays(&desk)))?;
    if args.dry_run || !settle::confirmed(Answer { dry_run: args.dry_run, yes: args.yes })? {
        return output::to_stdout(b"Nothing was written.\n");
    }
    session.writer().commit(&desk, &change)?;
    output::page(&format!("Written: {}.\n", change.preview.title.trim_start_matches("Write ")))
}

/// # Errors
/// When purchases are asked of a profile that has no place for them.
pub(super) fn refuse_purchases(asked: bool, profile: Profile) -> Result<(), Failure> {
    if asked && !profile.is_focus() {
        return Err(Failure(format!("The profile {profile} has no rows for purchases; name another with --profile.")));
    }
    Ok(())
}

/// Every payer, and the first rows.
fn who_pays(desk: &Desk) -> String {
    let close = desk.close();
    let mut out = String::new();
    let _ = writeln!(out, "\nWho pays:");
    for payer in &close.payers {
        let sponsor = if payer.sponsor { ", a sponsor" } else { "" };
        let _ = writeln!(out, "  {} for {}: {}{sponsor}", payer.payer, payer.project, text::cents(payer.cents));
    }
    let _ = writeln!(out, "\nFirst rows:");
    for row in close.sample.iter().take(4) {
        let _ = writeln!(out, "  {}", row.join(","));
    }
    text::plain(&out)
}
