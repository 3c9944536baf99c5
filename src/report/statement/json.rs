//! Statements as JSON: amounts are decimal strings, so that no reader makes
//! floats of them.

use serde_json::{Value, json};

use super::{CapLine, Line, Pi, Split, Sponsor, Statements};

impl Statements {
    /// Everything in one value.
    pub fn json(&self) -> Value {
        let mut whole = self.overview_json();
        if let Value::Object(map) = &mut whole {
            map.insert("sponsors".into(), self.sponsors.iter().map(|sponsor| self.sponsor_json(sponsor)).collect());
            map.insert("pis".into(), self.pis.iter().map(|pi| self.pi_json(pi)).collect());
        }
        whole
    }

    pub fn overview_json(&self) -> Value {
        let pi = |pi: &Pi| json!({ "pi_email": pi.email, "charges": pi.charges, "total": split(pi.total) });
        let sponsor = |s: &Sponsor| json!({ "fund_org": s.fund_org, "email": s.email, "paid": s.total.to_string() });
        let tie_out = self.tie_out.iter().map(|(label, amount)| json!({ "what": label, "amount": amount.to_string() }));
        json!({
            "month": self.month.to_string(),
            "currency": self.currency,
            "period": self.period.map(|period| period.to_string()),
            "sponsors": self.sponsors.iter().map(sponsor).collect::<Vec<_>>(),
            "pis": self.pis.iter().map(pi).collect::<Vec<_>>(),
            "unassigned": split(self.unassigned),
            "total": split(self.total),
            "open_items": self.open,
            "approved": tie_out.collect::<Vec<_>>(),
            "rounding": self.rounding().to_string(),
            "adds_up": self.adds_up(),
        })
    }

    pub fn sponsor_json(&self, sponsor: &Sponsor) -> Value {
        let rule = |rule: &super::RuleLines| {
            json!({
                "name": rule.name,
                "description": rule.description,
                "services": rule.services,
                "enabled": rule.enabled,
                "caps": rule.caps.iter().map(cap).collect::<Vec<_>>(),
                "untouched_caps": rule.untouched,
                "used": rule.charges.to_string(),
                "subsidised": rule.subsidised.to_string(),
            })
        };
        json!({
            "month": self.month.to_string(),
            "currency": self.currency,
            "open_items": self.open,
            "fund_org": sponsor.fund_org,
            "email": sponsor.email,
            "paid": sponsor.total.to_string(),
            "rules": sponsor.rules.iter().map(rule).collect::<Vec<_>>(),
        })
    }

    pub fn pi_json(&self, pi: &Pi) -> Value {
        let discount =
            |d: &super::Discount| json!({ "rule": d.rule, "sponsor_fund": d.fund_org, "amount": d.amount.to_string() });
        json!({
            "month": self.month.to_string(),
            "currency": self.currency,
            "open_items": self.open,
            "pi_email": pi.email,
            "charges": pi.charges,
            "total": split(pi.total),
            "projects": lines(&pi.projects),
            "services": lines(&pi.services),
            "users": lines(&pi.users),
            "lines": lines(&pi.lines),
            "discounts": pi.discounts.iter().map(discount).collect::<Vec<_>>(),
            "caps": pi.caps.iter().map(cap).collect::<Vec<_>>(),
        })
    }
}

fn split(split: Split) -> Value {
    json!({
        "full": split.full.to_string(),
        "discount": split.discount.to_string(),
        "billed": split.billed.to_string(),
    })
}

/// What lines do not have in common is left out.
fn lines(lines: &[Line]) -> Vec<Value> {
    let names = |line: &Line| [&line.project, &line.fund_org, &line.service, &line.user].map(String::clone);
    let all: Vec<[String; 4]> = lines.iter().map(names).collect();
    let value = |line: &Line| {
        let mut map = serde_json::Map::new();
        for (at, (key, name)) in ["project", "fund_org", "service", "user"].into_iter().zip(names(line)).enumerate() {
            if all.iter().any(|names| names.get(at).is_some_and(|name| !name.is_empty())) {
                map.insert(key.into(), name.into());
            }
        }
        map.insert("charges".into(), line.charges.into());
        if let Value::Object(amounts) = split(line.split) {
            map.extend(amounts);
        }
        Value::Object(map)
    };
    lines.iter().map(value).collect()
}

fn cap(cap: &CapLine) -> Value {
    let member = |member: &super::Member| {
        json!({
            "project": member.project,
            "pi_email": member.pi_email,
            "used": member.charges.to_string(),
            "subsidised": member.subsidised.to_string(),
        })
    };
    json!({
        "rule": cap.rule,
        "cap_of": cap.subject,
        "period": cap.period.to_string(),
        "from": cap.bounds.0.to_string(),
        "to": cap.bounds.1.to_string(),
        "cap": cap.cap.to_string(),
        "used_to_date": cap.used_to_date.to_string(),
        "subsidised_this_month": cap.this_month.to_string(),
        "subsidised_to_date": cap.to_date.to_string(),
        "remaining": cap.remaining.to_string(),
        "projects": cap.members.iter().map(member).collect::<Vec<_>>(),
    })
}
