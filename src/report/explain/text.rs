//! An explanation in words: a head, and a sentence for each step on the way.

use std::fmt::Write;

use super::{Explanation, LotPart, Place, Price, Rated, Stands, Sums, Written};
use crate::amount::Amount;
use crate::calendar::{Day, Instant};
use crate::report::figures_text::{cents, exact, grouped};
use crate::usage::Side;

impl Explanation {
    /// `2026-01-07  OpenAI codex, ab@x.edu: 3.50 USD`
    pub fn head(&self) -> String {
        let user = if self.user.is_empty() { "no user" } else { &self.user };
        format!("{}  {} {}, {user}: {} {}", self.day, self.service, self.what, exact(self.amount), self.currency)
    }

    /// What leads from the row to the file, as label and text, in that order.
    pub fn steps(&self) -> Vec<(&'static str, String)> {
        let mut steps = vec![("origin", self.origin())];
        if !self.used.is_empty() {
            let used: Vec<String> = self.used.iter().map(|(label, value)| format!("{label} {value}")).collect();
            steps.push(("used", used.join(", ")));
        }
        steps.push(("price", self.price_text()));
        steps.push(("amount", format!("{} {}", exact(self.amount), self.currency)));
        if let Some(key) = &self.takes_back {
            steps.push(("refund", format!("takes back {key}, and counts against the caps of its day")));
        }
        steps.push(("decision", self.decision_text()));
        if !self.note.is_empty() {
            steps.push(("note", self.note.clone()));
        }
        steps.push(("payer", self.payer_text()));
        steps.extend(self.rules.iter().map(|step| ("subsidy", rule_text(step))));
        let pays: Vec<String> =
            self.shares.iter().map(|share| format!("{} {}", share.fund_org, cents(share.cents))).collect();
        steps.push(("pays", format!("{} (in the cents of the file)", pays.join(", "))));
        if self.written.is_empty() {
            steps.push(("written", "no chargeback file of the month was written yet".to_owned()));
        }
        steps.extend(self.written.iter().map(|written| ("written", written_text(written))));
        if self.written.iter().any(|written| written.stands == Stands::AsNow) {
            let rows: Vec<String> =
                self.shares.iter().map(|share| format!("{} {}", share.row, cents(share.cents))).collect();
            steps.push(("rows", rows.join(", ")));
        }
        steps
    }

    /// Head and steps as lines of text.
    pub fn text(&self) -> String {
        let mut out = format!("{}\n", self.head());
        for (label, text) in self.steps() {
            let _ = writeln!(out, "  {label:<9} {text}");
        }
        out
    }

    fn origin(&self) -> String {
        let rows = |(rows, more): &(Vec<String>, usize)| {
            let more = if *more > 0 { format!(" and {} more", grouped(&more.to_string())) } else { String::new() };
            format!("{}{more}", rows.join(", "))
        };
        let origin = &self.origin;
        let mut parts = Vec::new();
        match &origin.charged {
            Some((side, row)) => parts.push(format!("{} {row}", side.name())),
            None => parts.push("the row that was charged is not known any more".to_owned()),
        }
        let is_charged = |(found, more): &(Vec<String>, usize)| {
            *more == 0 && matches!((&found[..], &origin.charged), ([one], Some((_, row))) if one == row)
        };
        for (side, found) in [(Side::Bill, &origin.bill), (Side::Ledger, &origin.ledger)] {
            if !found.0.is_empty() && !is_charged(found) {
                parts.push(format!("compared with {} {}", side.name(), rows(found)));
            }
        }
        if origin.ledger.0.is_empty() {
            parts.push("nothing of it in the ledger".to_owned());
        }
        parts.push(format!("item {}", origin.item));
        parts.join("; ")
    }

    fn price_text(&self) -> String {
        match &self.price {
            Price::Stated { stated, book } => {
                let mut text = if *stated == self.amount {
                    "the row states the amount".to_owned()
                } else {
                    format!(
                        "the row states {}, of which a margin is taken out or which is taken otherwise for granted",
                        exact(*stated)
                    )
                };
                if let Some((rated, amount)) = book {
                    let same = if amount == stated { "the same" } else { "something else" };
                    let _ = write!(text, "; the price book says {same}, {}: {}", exact(*amount), rated_text(rated));
                }
                text
            }
            Price::Rates(rated) => rated_text(rated),
            Price::Lots(parts) => parts.iter().map(lot_text).collect::<Vec<_>>().join("; then "),
            Price::AsBilled => "the ledger counts credits: they cost what the bill's of that day, user and usage \
                                type cost, or else those of its lot"
                .to_owned(),
            Price::Rest => {
                "what the ledger entries leave of a bill over several payers, each of which is charged its own cost"
                    .to_owned()
            }
            Price::Nothing => "nothing was used, so nothing is due".to_owned(),
            Price::Unknown => "the price book has no price for it any more".to_owned(),
        }
    }

    fn decision_text(&self) -> String {
        let Some(decided) = &self.decision else {
            return "charged without a review".to_owned();
        };
        let decision = &decided.decision;
        let mut text = format!(
            "{} by {} at {} (journal {})",
            decision.verdict.name(),
            decided.who,
            minute(decided.at),
            decided.seq
        );
        if !decision.reason.is_empty() {
            let _ = write!(text, ", because: {}", decision.reason);
        }
        if !decision.note.is_empty() {
            let _ = write!(text, "; {}", decision.note);
        }
        text
    }

    fn payer_text(&self) -> String {
        match &self.payer {
            Some(payer) => format!("fund {} of project {}, PI {}", payer.fund_org, payer.project, payer.pi_email),
            None => "nobody is known to pay: it is unassigned".to_owned(),
        }
    }
}

fn rule_text(step: &super::RuleStep) -> String {
    let terms = if step.terms.is_empty() { String::new() } else { format!("; {}", step.terms) };
    let who = format!("{} ({}{terms})", step.rule, step.fund_org);
    match &step.cap {
        Err(why) => format!("{who}: nothing; {why}"),
        Ok(cap) => {
            let what = match (cap.drawn.is_zero(), cap.left <= Amount::ZERO) {
                (true, true) => "nothing is left, so it draws nothing".to_owned(),
                (true, false) => "draws nothing".to_owned(),
                (false, _) => format!("draws {}", exact(cap.drawn)),
            };
            format!(
                "{who}, {} of {}: cap {}, used before {}, {what}, left {}",
                cap.period,
                cap.subject,
                exact(cap.amount),
                exact(cap.before),
                exact(cap.left)
            )
        }
    }
}

fn rated_text(rated: &Rated) -> String {
    let Rated { model, effective, input, cached, output, place, tokens, tier } = rated;
    let mut text = format!(
        "{model}{}, {input} in, {cached} cached, {output} out per million ({})",
        from(*effective),
        place_text(place)
    );
    if let Some(tokens) = tokens {
        let count = |n: i64| grouped(&n.to_string());
        let (uncached, cached, output) = (count(tokens.uncached), count(tokens.cached), count(tokens.output));
        let _ = write!(text, " for {uncached} in, {cached} cached, {output} out");
    }
    if !tier.is_empty() {
        let _ = write!(text, ", at the price of {tier}");
    }
    text
}

fn lot_text(part: &LotPart) -> String {
    let beyond = if part.overdrawn { " beyond its end" } else { "" };
    format!(
        "{} credits{beyond} of lot {}{}, {} for {} credits ({}): {}",
        part.credits,
        part.lot,
        from(part.effective),
        exact(part.paid),
        grouped(&part.bought.to_string()),
        place_text(&part.place),
        exact(part.amount)
    )
}

fn from(effective: Option<Day>) -> String {
    effective.map(|day| format!(" from {day}")).unwrap_or_default()
}

fn place_text(place: &Place) -> String {
    match place {
        Place::File(Some(line)) => format!("pricing.json:{line}"),
        Place::File(None) => "pricing.json".to_owned(),
        Place::Shipped("") => "shipped prices".to_owned(),
        Place::Shipped(day) => format!("shipped prices of {day}"),
    }
}

fn written_text(written: &Written) -> String {
    let file = format!("{} by {} at {}", written.file, written.who, minute(written.at));
    match &written.stands {
        Stands::AsNow => file,
        Stands::Not => format!("{file}, without it: it was approved afterwards"),
        Stands::Unknown => format!("{file}, whose rows the book does not remember"),
        Stands::Otherwise(rows) => {
            let rows: Vec<String> = rows.iter().map(|(row, amount)| format!("{row} {}", cents(*amount))).collect();
            format!("{file}, as it was due then: {}", rows.join(", "))
        }
    }
}

fn minute(at: Instant) -> String {
    let text = at.to_string().replace('T', " ");
    text.chars().take(16).collect()
}

impl Sums {
    /// `12 charges: 30.00 in all, 20.00 by sponsors, 10.00 by the payers`
    pub fn text(&self) -> String {
        let charges = if self.charges == 1 { "charge" } else { "charges" };
        format!(
            "{} {charges}: {} in all, {} by sponsors, {} by the payers",
            grouped(&self.charges.to_string()),
            cents(self.full),
            cents(self.sponsors),
            cents(self.payer)
        )
    }
}
