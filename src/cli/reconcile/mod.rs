//! `trueup reconcile`: the comparison for scripts and for people without a
//! terminal program. Writes nothing but what it is asked to print.

mod checks;
mod items;
mod trend;

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::args::Reconcile;
use super::progress::Progress;
use super::shared_args::Format;
use super::why::{FoundReport, ranked, reports};
use super::{Ended, Failure, month, notify, output, password};
use crate::amount::Amount;
use crate::desk::{Desk, Session, SessionOptions, TrendMonth, text};

/// Carried items in the text.
const MOST_CARRIED: usize = 10;
/// Causes in the text; `trueup why` lists all.
const MOST_CAUSES: usize = 10;

pub use items::write_some as write_items;

pub fn run(args: &Reconcile) -> Result<Ended, Failure> {
    let options = SessionOptions { read_only: true, ..month::options(&args.files) };
    let session = Session::open(options)?.row_by_row(args.files.rows).with_grain(args.grain);
    session.unlock(&password::ask)?;
    let progress = Progress::new();
    let loaded = session.load(&|event| progress.tell(&event), &|| false);
    let months = match &loaded {
        Ok(desk) if args.trend => Some(session.trend(desk, true, &|event| progress.tell(&event), &|| false)),
        _ => None,
    };
    progress.done();
    let (desk, months) = (loaded?, months.transpose()?);
    if let Some(target) = &args.output {
        let files = [&desk.inputs().bill, &desk.inputs().ledger].into_iter().flat_map(|side| side.lines.files());
        output::refuse_overwriting(target, files.map(|file| file.path.as_path()))?;
    }
    let target = args.output.as_deref();
    match args.format {
        Format::Text => output::to(target, with_trend(summary_text(&desk), months.as_deref()).as_bytes())?,
        Format::Json => output::to(target, json(&desk, months.as_deref())?.as_bytes())?,
        Format::Csv => std::thread::scope(|scope| {
            if target.is_some() {
                // The summary follows, with the causes: they are found while the
                // rows are on their way to the disk.
                scope.spawn(|| desk.why_month());
            }
            output::fill_report(target, |out| items::write(&desk, out))
        })?,
    };
    let (healthy, sentence) = desk.health();
    match (args.format, target) {
        (Format::Csv, Some(_)) => {
            output::page(&with_trend(summary_text(&desk), months.as_deref()))?;
        }
        // Rows alone do not say why the run ends as it does.
        (Format::Csv, None) if !healthy => output::to_stderr(&format!("not healthy: {sentence}")),
        _ => {}
    }
    let unexplained = args.alert.alert_over.map_or(Amount::ZERO, |_| desk.why_month().apart);
    notify::alert(&args.alert, unexplained, || json(&desk, months.as_deref()).map(String::into_bytes))?;
    // The program ends here: giving back millions of rows one column after the
    // other would only take time.
    std::mem::forget(desk);
    Ok(if healthy { Ended::Well } else { Ended::Unhealthy })
}

/// The report, with whatever could command a terminal as JSON's own escapes.
fn json(desk: &Desk, months: Option<&[TrendMonth]>) -> Result<String, Failure> {
    let report = Report { trend: months.map(trend::report), ..report(desk) };
    output::json(&report)
}

#[derive(Serialize)]
struct Report {
    period: String,
    grain: String,
    bill: BillReport,
    ledger: LedgerReport,
    /// What earlier months left; it is in the outcomes, and in neither total
    /// above.
    carried_in: CarriedReport,
    outcomes: BTreeMap<&'static str, OutcomeReport>,
    /// What is in no figure above, since nothing is converted.
    other_currencies: Vec<OtherCurrencyReport>,
    variance: VarianceReport,
    /// Why the two sides differ, the most dollars first, and what none of it
    /// explains.
    causes: Vec<FoundReport>,
    unexplained: Amount,
    /// What is taken for granted about the ledger.
    assumptions: Vec<String>,
    drift: Vec<DriftReport>,
    usage_checks: Vec<checks::UsageReport>,
    token_classes: Vec<checks::ClassReport>,
    bad_rows: Vec<BadRowReport>,
    /// What was read, as sentences: days missing, exports cut short, days that
    /// may still grow, other currencies.
    notes: Vec<String>,
    healthy: bool,
    health: HealthReport,
    /// Only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    trend: Option<Vec<trend::MonthReport>>,
}

#[derive(Serialize)]
struct BillReport {
    lines: u64,
    total: Amount,
}

#[derive(Serialize)]
struct LedgerReport {
    entries: u64,
    total: Amount,
}

#[derive(Serialize)]
struct CarriedReport {
    items: u64,
    billed: Amount,
    recorded: Amount,
    cleared: Vec<CarriedItem>,
    waiting: Vec<CarriedItem>,
}

#[derive(Serialize)]
struct CarriedItem {
    id: String,
    since: String,
    times: u32,
    months: u32,
    days: Option<u32>,
    billed: Amount,
    recorded: Amount,
    sentence: String,
}

#[derive(Serialize)]
struct OutcomeReport {
    items: u64,
    billed: Amount,
    recorded: Amount,
}

#[derive(Serialize)]
struct OtherCurrencyReport {
    side: &'static str,
    currency: String,
    lines: u64,
    amount: Amount,
}

#[derive(Serialize)]
struct VarianceReport {
    total: Amount,
    unexplained: Amount,
    causes: Vec<CauseReport>,
}

#[derive(Serialize)]
struct CauseReport {
    cause: &'static str,
    items: u64,
    amount: Amount,
}

#[derive(Serialize)]
struct DriftReport {
    model: String,
    project: String,
    billed: Amount,
    recorded: Amount,
    share: Option<String>,
}

#[derive(Serialize)]
struct BadRowReport {
    file: String,
    line: u32,
    column: String,
    reason: String,
    /// The reason it was left out for; such a row does not make the month
    /// unhealthy.
    excluded: Option<String>,
}

#[derive(Serialize)]
struct HealthReport {
    /// Dollars without a cause, whatever their sign.
    unexplained: Amount,
    applicable: bool,
    matched: Option<String>,
    discrepancies: Option<String>,
    not_found: Option<String>,
    reasons: Vec<String>,
}

fn report(desk: &Desk) -> Report {
    let (_, _, summary) = desk.comparison();
    let health = desk.health_report();
    let share = |share: Option<crate::amount::Share>| share.map(|s| s.to_string());
    let inputs = desk.inputs();
    let bad_rows = inputs.bill.bad_rows.iter().chain(&inputs.ledger.bad_rows);
    Report {
        period: desk.month().to_string(),
        grain: grain(desk),
        bill: BillReport { lines: summary.bill_lines, total: summary.bill_total },
        ledger: LedgerReport { entries: summary.ledger_entries, total: summary.ledger_total },
        carried_in: carried(desk),
        outcomes: summary
            .by_outcome
            .iter()
            .map(|(outcome, b)| {
                (outcome.name(), OutcomeReport { items: b.items, billed: b.billed, recorded: b.recorded })
            })
            .collect(),
        other_currencies: summary
            .other_currencies
            .iter()
            .map(|other| OtherCurrencyReport {
                side: other.side.name(),
                currency: other.currency.clone(),
                lines: other.lines,
                amount: other.amount,
            })
            .collect(),
        variance: VarianceReport {
            total: summary.variance_total,
            unexplained: summary.unexplained,
            causes: summary
                .causes
                .iter()
                .map(|(cause, items, amount)| CauseReport { cause: cause.name(), items: *items, amount: *amount })
                .collect(),
        },
        causes: reports(desk.why_month()),
        unexplained: desk.why_month().unexplained,
        assumptions: desk.assumptions().iter().map(ToString::to_string).collect(),
        drift: desk
            .drift()
            .iter()
            .map(|d| DriftReport {
                model: d.model.clone(),
                project: d.project.clone(),
                billed: d.billed,
                recorded: d.recorded,
                share: share(d.share),
            })
            .collect(),
        usage_checks: checks::usage(desk),
        token_classes: checks::classes(desk),
        bad_rows: bad_rows
            .map(|row| BadRowReport {
                file: row.file.display().to_string(),
                line: row.line,
                column: row.column.clone(),
                reason: row.reason.clone(),
                excluded: desk.left_out_for(row).map(str::to_owned),
            })
            .collect(),
        notes: desk.notices().iter().cloned().chain(desk.assumed()).collect(),
        healthy: health.healthy,
        health: HealthReport {
            unexplained: desk.why_month().apart,
            applicable: health.applicable,
            matched: share(health.matched),
            discrepancies: share(health.discrepancies),
            not_found: share(health.not_found),
            reasons: health.reasons,
        },
        trend: None,
    }
}

fn carried(desk: &Desk) -> CarriedReport {
    let mut report = CarriedReport {
        items: desk.carried().len() as u64,
        billed: Amount::ZERO,
        recorded: Amount::ZERO,
        cleared: Vec::new(),
        waiting: Vec::new(),
    };
    for carried in desk.carried() {
        let Some(view) = desk.carried_view(carried.item) else { continue };
        report.billed = report.billed.plus(view.billed);
        report.recorded = report.recorded.plus(view.recorded);
        let list = if view.cleared.is_some() { &mut report.cleared } else { &mut report.waiting };
        list.push(CarriedItem {
            id: desk.item_id(carried.item).into_owned(),
            since: view.since.to_string(),
            times: view.times,
            months: view.months,
            days: view.days,
            billed: view.billed,
            recorded: view.recorded,
            sentence: view.sentence,
        });
    }
    report
}

/// What was carried in, and of the oldest what became of it.
fn carried_text(desk: &Desk, out: &mut String) {
    let Some(summary) = desk.carried_summary() else { return };
    let _ = writeln!(out, "{summary}");
    for carried in desk.carried().iter().take(MOST_CARRIED) {
        if let Some(view) = desk.carried_view(carried.item) {
            let _ = writeln!(out, "  {}: {}", desk.item_id(carried.item), view.sentence);
        }
    }
    let more = desk.carried().len().saturating_sub(MOST_CARRIED);
    if more > 0 {
        let _ = writeln!(out, "  and {} more; --format json lists all", text::count(more as i64));
    }
}

fn with_trend(summary: String, months: Option<&[TrendMonth]>) -> String {
    match months {
        Some(months) => format!("{summary}\n{}", text::plain(&trend::table(months))),
        None => summary,
    }
}

fn grain(desk: &Desk) -> String {
    let mut names: Vec<&str> = desk.grain().iter().map(|g| g.name.as_str()).collect();
    names.dedup();
    names.join("; ")
}

/// Usage that costs something else at list price than was billed for it.
fn usage_text(desk: &Desk, out: &mut String) {
    let checks = desk.usage_checks();
    if checks.is_empty() {
        return;
    }
    let apart = checks.iter().filter(|check| check.difference.is_some_and(|difference| !difference.is_zero()));
    let (count, sum) = apart
        .fold((0, Amount::ZERO), |(count, sum), check| (count + 1, sum.plus(check.difference.unwrap_or_default())));
    let unpriced = checks.iter().filter(|check| check.difference.is_none()).count();
    let _ = writeln!(
        out,
        "Usage at list price: {} of {} apart from what was billed for them, by {} in all; {} without a price",
        text::count(count),
        text::counted(checks.len() as u64, "check"),
        text::money(sum),
        text::count(unpriced as i64)
    );
}

fn summary_text(desk: &Desk) -> String {
    let (_, _, summary) = desk.comparison();
    let mut out = String::new();
    let grain = Some(grain(desk)).filter(|grain| !grain.is_empty());
    let compared = grain.map_or("nothing to compare".to_owned(), |grain| format!("compared by {grain}"));
    let _ = writeln!(out, "Month {}, {compared}", desk.month());
    let _ = writeln!(out);
    let _ = writeln!(
        out,
        "Bill     {:>12} {:<8} {:>18}",
        text::count(summary.bill_lines as i64),
        if summary.bill_lines == 1 { "line" } else { "lines" },
        text::money(summary.bill_total)
    );
    let _ = writeln!(
        out,
        "Ledger   {:>12} {:<8} {:>18}",
        text::count(summary.ledger_entries as i64),
        if summary.ledger_entries == 1 { "entry" } else { "entries" },
        text::money(summary.ledger_total)
    );
    carried_text(desk, &mut out);
    for other in &summary.other_currencies {
        let _ = writeln!(
            out,
            "In {:<5} {:>12} {} of the {}, {}: not converted, and in no sum",
            other.currency,
            text::count(other.lines as i64),
            if other.lines == 1 { "line" } else { "lines" },
            other.side.name(),
            text::foreign(other.amount, &other.currency)
        );
    }
    let _ = writeln!(out);
    let _ = writeln!(out, "{:<20} {:>10} {:>18} {:>18}", "Outcome", "items", "billed", "recorded");
    for (outcome, bucket) in summary.by_outcome.iter().filter(|(_, b)| b.items > 0) {
        let _ = writeln!(
            out,
            "{:<20} {:>10} {:>18} {:>18}",
            outcome.label(),
            text::count(bucket.items as i64),
            text::money(bucket.billed),
            text::money(bucket.recorded)
        );
    }
    let _ = writeln!(out);
    let _ = writeln!(
        out,
        "Variance {} billed minus recorded; item by item {} of it is unexplained",
        text::money(summary.variance_total),
        text::money(summary.unexplained)
    );
    for (cause, items, amount) in &summary.causes {
        let _ =
            writeln!(out, "  {:<18} {:>10} {:>18}", cause.label(), text::count(*items as i64), text::money(*amount));
    }
    let why = desk.why_month();
    if !why.findings.is_empty() || !why.apart.is_zero() {
        let _ = writeln!(out, "\nWhy, over all items together:");
        out.push_str(&ranked(why, MOST_CAUSES, false));
    }
    for drift in desk.drift() {
        let project = if drift.project.is_empty() { "no project" } else { &drift.project };
        let _ = writeln!(
            out,
            "Drift: {} in {project}: {} billed, {} recorded ({}), each item within the tolerance",
            drift.model,
            text::money(drift.billed),
            text::money(drift.recorded),
            drift.share.map_or("nothing recorded".into(), crate::amount::Share::percent)
        );
    }
    usage_text(desk, &mut out);
    let inputs = desk.inputs();
    for row in inputs.bill.bad_rows.iter().chain(&inputs.ledger.bad_rows) {
        let place = format!("{}:{}", row.file.display(), row.line);
        let _ = match desk.left_out_for(row) {
            None => writeln!(out, "Bad row: {place}: {}: {}", row.column, row.reason),
            Some(why) => writeln!(out, "Bad row, left out ({why}): {place}: {}: {}", row.column, row.reason),
        };
    }
    let unknown = desk.unknown_models();
    if !unknown.is_empty() {
        let _ = writeln!(out, "Not in the price book: {}", unknown.join(", "));
    }
    let _ = writeln!(out);
    for notice in desk.notices().iter().chain(&desk.assumed()) {
        let _ = writeln!(out, "Note: {notice}");
    }
    let (healthy, sentence) = desk.health();
    let _ = writeln!(out, "{}: {sentence}", if healthy { "Healthy" } else { "Not healthy" });
    text::plain(&out)
}
