//! An explanation as JSON: amounts are decimal strings.

use serde_json::{Value, json};

use super::{Explanation, LotPart, Paid, Place, Price, Rated, RuleStep, Stands, Sums, Written};

impl Explanation {
    pub fn json(&self) -> Value {
        let payer = self
            .payer
            .as_ref()
            .map(|payer| json!({ "project": payer.project, "pi_email": payer.pi_email, "fund_org": payer.fund_org }));
        let rows = |(rows, more): &(Vec<String>, usize)| json!({ "rows": rows, "more": more });
        let charged = self.origin.charged.as_ref().map(|(side, row)| json!({ "side": side.name(), "row": row }));
        let used: serde_json::Map<String, Value> =
            self.used.iter().map(|(label, value)| ((*label).to_owned(), value.as_str().into())).collect();
        let decision = self.decision.as_ref().map(|decided| {
            json!({
                "verdict": decided.decision.verdict.name(),
                "reason": decided.decision.reason,
                "note": decided.decision.note,
                "who": decided.who,
                "at": decided.at.to_string(),
                "entry": decided.seq,
            })
        });
        json!({
            "charge": self.key,
            "day": self.day.to_string(),
            "service": self.service,
            "what": self.what,
            "user": self.user,
            "currency": self.currency,
            "payer": payer,
            "origin": {
                "charged": charged,
                "bill": rows(&self.origin.bill),
                "ledger": rows(&self.origin.ledger),
                "item": self.origin.item,
            },
            "used": used,
            "price": price(&self.price),
            "amount": self.amount.to_string(),
            "decision": decision,
            "note": self.note,
            "takes_back": self.takes_back,
            "subsidies": self.rules.iter().map(rule).collect::<Vec<_>>(),
            "pays": self.shares.iter().map(paid).collect::<Vec<_>>(),
            "written": self.written.iter().map(written).collect::<Vec<_>>(),
        })
    }
}

impl Sums {
    pub fn json(&self) -> Value {
        json!({
            "charges": self.charges,
            "full": self.full.to_string(),
            "sponsors": self.sponsors.to_string(),
            "payers": self.payer.to_string(),
        })
    }
}

fn price(price: &Price) -> Value {
    match price {
        Price::Stated { stated, book } => json!({
            "from": "row",
            "stated": stated.to_string(),
            "price_book": book.as_ref().map(|(of, amount)| json!({ "amount": amount.to_string(), "rates": rated(of) })),
        }),
        Price::Rates(of) => json!({ "from": "rates", "rates": rated(of) }),
        Price::Lots(parts) => json!({ "from": "lots", "lots": parts.iter().map(lot).collect::<Vec<_>>() }),
        Price::AsBilled => json!({ "from": "bill" }),
        Price::Rest => json!({ "from": "rest" }),
        Price::Nothing => json!({ "from": "nothing" }),
        Price::Unknown => json!({ "from": "unknown" }),
    }
}

fn rated(of: &Rated) -> Value {
    json!({
        "model": of.model,
        "effective": of.effective.map(|day| day.to_string()),
        "input": of.input.to_string(),
        "cached_input": of.cached.to_string(),
        "output": of.output.to_string(),
        "place": place_text(&of.place),
        "tokens": of.tokens.map(|t| json!({ "uncached": t.uncached, "cached": t.cached, "output": t.output })),
        "tier": of.tier,
    })
}

fn lot(part: &LotPart) -> Value {
    json!({
        "lot": part.lot,
        "effective": part.effective.map(|day| day.to_string()),
        "credits_purchased": part.bought.to_string(),
        "purchase_amount": part.paid.to_string(),
        "credits": part.credits.to_string(),
        "amount": part.amount.to_string(),
        "overdrawn": part.overdrawn,
        "place": place_text(&part.place),
    })
}

fn place_text(place: &Place) -> String {
    match place {
        Place::File(Some(line)) => format!("pricing.json:{line}"),
        Place::File(None) => "pricing.json".to_owned(),
        Place::Shipped(day) => format!("shipped {day}"),
    }
}

fn rule(step: &RuleStep) -> Value {
    match &step.cap {
        Err(why) => {
            json!({ "rule": step.rule, "fund_org": step.fund_org, "terms": step.terms, "covers": false, "why_not": why })
        }
        Ok(cap) => json!({
            "rule": step.rule,
            "fund_org": step.fund_org,
            "terms": step.terms,
            "covers": true,
            "cap_of": cap.subject,
            "period": cap.period.to_string(),
            "cap": cap.amount.to_string(),
            "before": cap.before.to_string(),
            "drawn": cap.drawn.to_string(),
            "left": cap.left.to_string(),
        }),
    }
}

fn paid(share: &Paid) -> Value {
    json!({ "fund_org": share.fund_org, "rule": share.rule, "cents": share.cents.to_string(), "row": share.row })
}

fn written(written: &Written) -> Value {
    let (stands, rows) = match &written.stands {
        Stands::AsNow => ("as_now", Vec::new()),
        Stands::Not => ("not", Vec::new()),
        Stands::Unknown => ("unknown", Vec::new()),
        Stands::Otherwise(rows) => {
            let row = |(row, cents): &(String, crate::amount::Cents)| json!({ "row": row, "cents": cents.to_string() });
            ("otherwise", rows.iter().map(row).collect())
        }
    };
    json!({
        "file": written.file,
        "who": written.who,
        "at": written.at.to_string(),
        "stands": stands,
        "rows_then": rows,
    })
}
