//! `trueup dispute`: what is claimed back from the provider, how each case
//! stands, and the papers that go with it. An item is disputed with
//! `trueup decide dispute`, or with `x` in the review.

use std::ffi::OsString;

use serde::Serialize;

use super::paper_args::{DisputeClaim, DisputeCommand, DisputeList, DisputePacket};
use super::settle::settle;
use super::shared_args::Format;
use super::{Ended, Failure, decide, month, output, table};
use crate::amount::Amount;
use crate::desk::{Command, Desk, DisputeView, PACKET_TEXTS, Refusal, text};
use crate::journal::Claim;

pub fn run(command: &DisputeCommand) -> Result<Ended, Failure> {
    match command {
        DisputeCommand::List(args) => list(args),
        DisputeCommand::Claim(args) => claim(args),
        DisputeCommand::Packet(args) => packet(args),
    }
}

const HEADER: [&str; 11] =
    ["item", "case", "state", "since", "claimed", "billed", "recorded", "carried", "days", "amount stated", "cleared"];

fn cells(view: &DisputeView) -> Vec<String> {
    let amount = |amount: Option<Amount>| amount.map(|a| a.to_string()).unwrap_or_default();
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    vec![
        view.id.clone(),
        view.claim.case.clone(),
        view.claim.state.name().to_owned(),
        view.since.to_string(),
        view.claimed.to_string(),
        amount(view.billed),
        amount(view.recorded),
        view.times.to_string(),
        view.days.map(|days| days.to_string()).unwrap_or_default(),
        yes(view.claim.amount.is_some()),
        yes(view.cleared),
    ]
}

#[derive(Serialize)]
struct Report {
    id: String,
    case: String,
    state: &'static str,
    since: String,
    claimed: Amount,
    billed: Option<Amount>,
    recorded: Option<Amount>,
    times_carried: u32,
    days: Option<u32>,
    cleared: bool,
}

fn list(args: &DisputeList) -> Result<Ended, Failure> {
    let (_, desk) = month::load(&args.files, true)?;
    let all = desk.disputes();
    let header = HEADER.map(str::to_owned);
    let rows: Vec<Vec<String>> = all.iter().map(cells).collect();
    match args.format {
        Format::Text => output::page(&page(&desk, &all, &header, &rows)),
        Format::Csv => output::to_stdout(&table::csv(&[0, 1], &header, &rows)),
        Format::Json => {
            let report = |view: DisputeView| Report {
                id: view.id,
                case: view.claim.case,
                state: view.claim.state.name(),
                since: view.since.to_string(),
                claimed: view.claimed,
                billed: view.billed,
                recorded: view.recorded,
                times_carried: view.times,
                days: view.days,
                cleared: view.cleared,
            };
            let reports: Vec<Report> = all.into_iter().map(report).collect();
            output::to_stdout(output::json(&reports)?.as_bytes())
        }
    }
}

fn page(desk: &Desk, all: &[DisputeView], header: &[String], rows: &[Vec<String>]) -> String {
    if all.is_empty() {
        return format!("Nothing is in dispute in {}.\n", desk.month());
    }
    let waits = all.iter().filter(|view| !view.cleared);
    let claimed: Amount = waits.map(|view| view.claimed).sum();
    let mut out = table::columns(4, header, rows);
    out.push_str(&format!("{} in dispute, {} still claimed\n", text::items(all.len()), text::money(claimed)));
    out
}

fn claim(args: &DisputeClaim) -> Result<Ended, Failure> {
    settle(&args.files, args.answer, &|desk| {
        let items = decide::chosen(&args.chosen, desk)?;
        let known = items.first().and_then(|item| desk.claim(*item)).cloned().unwrap_or_default();
        let claim = Claim {
            amount: args.amount.or(known.amount),
            case: args.case.clone().unwrap_or(known.case),
            state: args.state.unwrap_or(known.state),
        };
        Ok(Command::Claim { items, claim: Some(claim) })
    })
}

fn packet(args: &DisputePacket) -> Result<Ended, Failure> {
    let (_, desk) = month::load(&args.files, true)?;
    let (items, without): (Vec<u32>, usize) = if args.chosen.is_empty() {
        desk.claimed_disputes().map_err(|Refusal(why)| Failure(why))?
    } else {
        (decide::chosen(&args.chosen, &desk)?, 0)
    };
    let packet = desk.packet(&items).map_err(|Refusal(why)| Failure(why))?;
    let named = |ending: &str| {
        let mut name = OsString::from(&args.output);
        name.push(ending);
        std::path::PathBuf::from(name)
    };
    let (csv, paper) = (named(".csv"), named(".txt"));
    output::to(Some(&csv), &table::csv(&PACKET_TEXTS, &packet.header, &packet.rows))?;
    output::to(Some(&paper), text::plain(&packet.text).as_bytes())?;
    let mut sentence = format!("{} in {} and {}.\n", text::items(items.len()), csv.display(), paper.display());
    if without > 0 {
        sentence.push_str(&format!("Left out: {} for which nothing is claimed.\n", text::items(without)));
    }
    output::page(&sentence)
}
