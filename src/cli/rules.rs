//! `trueup rules`: the rules made from decisions, listed, tried, made,
//! applied and removed.

use std::fmt::Write as _;

use serde::Serialize;

use super::progress::Progress;
use super::rules_args::{Add, List, Rules, RulesCommand, Says, Try};
use super::settle::settle;
use super::shared_args::Format;
use super::{Ended, Failure, month, output, table};
use crate::amount::Amount;
use crate::calendar::{Day, Month};
use crate::desk::{Command, Contradiction, Desk, Refusal, RuleTrial, RuleView, text};
use crate::review::rules::{Draft, Rule, word};

pub fn run(args: &Rules) -> Result<Ended, Failure> {
    match &args.command {
        RulesCommand::List(args) => list(args),
        RulesCommand::Try(args) => tried(args),
        RulesCommand::Add(args) => settle(&args.files, args.answer, &|desk| Ok(Command::SaveRule(added(args, desk)))),
        RulesCommand::Apply(args) => settle(&args.files, args.answer, &|_| Ok(Command::ApplyRules)),
        RulesCommand::Remove(args) => {
            settle(&args.files, args.answer, &|_| Ok(Command::RemoveRule { name: args.name.clone() }))
        }
    }
}

/// The rule of a name as it stands, or an empty draft of it, with what was said.
fn draft(name: &str, says: &Says, desk: &Desk) -> Draft {
    let standing = desk.decision_rules().iter().find(|rule| rule.name == name);
    let mut draft = standing.map(Draft::of).unwrap_or_default();
    draft.name = name.to_owned();
    let mut say = |into: fn(&mut Draft) -> &mut String, text: Option<String>| {
        if let Some(text) = text {
            *into(&mut draft) = text;
        }
    };
    say(|draft| &mut draft.when, says.when.clone());
    say(|draft| &mut draft.verdict, says.decide.clone());
    say(|draft| &mut draft.code, says.code.clone());
    say(|draft| &mut draft.since, says.since.map(|day| day.to_string()));
    draft
}

fn added(args: &Add, desk: &Desk) -> Draft {
    let mut draft = draft(&args.name, &args.says, desk);
    if let Some(reason) = &args.reason {
        draft.reason.clone_from(reason);
    }
    draft.suggest = args.suggest.unwrap_or(draft.suggest);
    draft
}

const HEADER: [&str; 10] =
    ["name", "version", "decides", "code", "since", "when", "state", "decided", "author", "reason"];

fn list(args: &List) -> Result<Ended, Failure> {
    let (_, desk) = month::load(&args.files, true)?;
    let views = desk.rule_views();
    match args.format {
        Format::Text => output::page(&page(&desk, &views)),
        Format::Json => {
            let rules: Vec<RuleReport<'_>> = views.iter().map(report).collect();
            output::to_stdout(output::json(&rules)?.as_bytes())
        }
        Format::Csv => {
            let rows: Vec<Vec<String>> = views.iter().map(row).collect();
            output::to_stdout(&table::csv(&[0, 3, 5, 8, 9], &HEADER.map(str::to_owned), &rows))
        }
    }
}

const fn state(view: &RuleView<'_>) -> &'static str {
    match (view.unversioned, view.rule.suggest) {
        (true, _) => "changed without a new version",
        (false, true) => "suggests",
        (false, false) => "active",
    }
}

fn row(view: &RuleView<'_>) -> Vec<String> {
    let rule = view.rule;
    vec![
        rule.name.clone(),
        rule.version.to_string(),
        word(rule.verdict).to_owned(),
        rule.code.clone(),
        rule.since.to_string(),
        rule.when.to_text(),
        state(view).to_owned(),
        view.decided.to_string(),
        rule.author.clone(),
        rule.reason.clone(),
    ]
}

fn page(desk: &Desk, views: &[RuleView<'_>]) -> String {
    if views.is_empty() {
        return "There is no rule yet: rules.toml has none.\n".to_owned();
    }
    let mut out = String::new();
    for view in views {
        let rule = view.rule;
        let _ = writeln!(out, "{} v{}, {}: {}", rule.name, rule.version, state(view), rule.says());
        let _ = writeln!(out, "  where {} since {}", rule.when, rule.since);
        let _ = writeln!(out, "  {}: {}", rule.author, rule.reason);
        let decided = text::items(view.decided);
        let _ = writeln!(out, "  decided {decided} of {}", desk.month());
    }
    out
}

#[derive(Serialize)]
struct RuleReport<'a> {
    name: &'a str,
    version: u32,
    author: &'a str,
    reason: &'a str,
    since: Day,
    when: String,
    verdict: &'static str,
    code: &'a str,
    suggest: bool,
    /// It was changed by hand and kept its version.
    unversioned: bool,
    /// Items of the month that it decided.
    decided: usize,
}

fn report<'a>(view: &RuleView<'a>) -> RuleReport<'a> {
    let rule: &'a Rule = view.rule;
    RuleReport {
        name: &rule.name,
        version: rule.version,
        author: &rule.author,
        reason: &rule.reason,
        since: rule.since,
        when: rule.when.to_text(),
        verdict: word(rule.verdict),
        code: &rule.code,
        suggest: rule.suggest,
        unversioned: view.unversioned,
        decided: view.decided,
    }
}

fn tried(args: &Try) -> Result<Ended, Failure> {
    let (session, desk) = month::load(&args.files, true)?;
    let name = match &args.name {
        Some(name) if !desk.decision_rules().iter().any(|rule| rule.name == *name) => {
            return Err(Failure(format!("rules.toml has no rule “{name}”; trueup rules list shows those it has.")));
        }
        Some(name) => name.as_str(),
        None => "tried",
    };
    let mut draft = draft(name, &args.says, &desk);
    if draft.reason.is_empty() {
        // It is only tried; a rule that is made needs one.
        draft.reason = "tried".to_owned();
    }
    let rule = desk.drafted(&draft).map_err(|Refusal(why)| Failure(why))?;
    let progress = Progress::new();
    let tried = session.try_rule(&desk, &rule, &|event| progress.tell(&event), &|| false);
    progress.done();
    let trial = tried?;
    match args.format {
        Format::Text => {
            let mut out = format!("{} where {}\n", rule.says(), rule.when);
            for sentence in trial.sentences(&rule) {
                let _ = writeln!(out, "  {sentence}");
            }
            output::page(&out)
        }
        Format::Json => output::to_stdout(json(&rule, &trial)?.as_bytes()),
        Format::Csv => {
            let header = ["month", "id", "day", "what", "amount", "decided"].map(str::to_owned);
            let rows: Vec<Vec<String>> = trial.contradictions().map(against).collect();
            output::to_stdout(&table::csv(&[1, 3], &header, &rows))
        }
    }
}

fn against(one: &Contradiction) -> Vec<String> {
    vec![
        one.month.to_string(),
        one.id.clone(),
        one.day.map(|day| day.to_string()).unwrap_or_default(),
        one.what.clone(),
        one.amount.to_string(),
        one.verdict.name().to_owned(),
    ]
}

#[derive(Serialize)]
struct TrialReport<'a> {
    when: String,
    verdict: &'static str,
    code: &'a str,
    /// Open items of the month that it would settle, and their dollars.
    would_settle: usize,
    would_settle_amount: Amount,
    months: Vec<MonthReport<'a>>,
    /// Rules that say otherwise, and of how many open items.
    disagree: &'a [(String, usize)],
    notes: &'a [String],
}

#[derive(Serialize)]
struct MonthReport<'a> {
    month: Month,
    signed: bool,
    items: usize,
    amount: Amount,
    left_out: &'a [(String, usize)],
    agree: usize,
    contradictions: Vec<ContradictionReport<'a>>,
}

#[derive(Serialize)]
struct ContradictionReport<'a> {
    id: &'a str,
    day: Option<Day>,
    what: &'a str,
    amount: Amount,
    decided: &'static str,
}

fn contradiction(one: &Contradiction) -> ContradictionReport<'_> {
    let Contradiction { id, day, what, amount, verdict, .. } = one;
    ContradictionReport { id, day: *day, what, amount: *amount, decided: verdict.name() }
}

fn json(rule: &Rule, trial: &RuleTrial) -> Result<String, Failure> {
    let months = trial.months.iter().map(|month| MonthReport {
        month: month.month,
        signed: month.signed,
        items: month.items,
        amount: month.amount,
        left_out: &month.left_out,
        agree: month.agree,
        contradictions: month.against.iter().map(contradiction).collect(),
    });
    let report = TrialReport {
        when: rule.when.to_text(),
        verdict: word(rule.verdict),
        code: &rule.code,
        would_settle: trial.would.0,
        would_settle_amount: trial.would.1,
        months: months.collect(),
        disagree: &trial.disagree,
        notes: &trial.said,
    };
    output::json(&report)
}
