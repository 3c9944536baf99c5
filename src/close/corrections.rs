//! Charges as they were signed against charges as they are now: the difference
//! of each, which is what a correction in an open month would bring.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::allocate::{Charge, Projects, UNASSIGNED};
use crate::amount::Amount;
use crate::calendar::Day;

/// A charge as it is signed: what it is, who pays, and how much, exactly and
/// before any subsidy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignedCharge {
    /// The same in every export: what its rows' ids are made of.
    pub key: String,
    pub project: String,
    pub fund_org: String,
    pub day: Day,
    pub service: String,
    pub what: String,
    pub user: String,
    pub amount: Amount,
}

/// What a charge of a signed month would have to be changed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The charge; `amount` is the difference, now minus signed.
    pub charge: SignedCharge,
    /// `None`: it was not signed.
    pub signed: Option<Amount>,
    /// `None`: it is no longer there.
    pub now: Option<Amount>,
}

const HEADER: [&str; 8] = ["key", "project", "fund_org", "day", "service", "what", "user", "amount"];

/// The same in every export: what [`SignedCharge::key`] is.
pub fn charge_key(charge: &Charge) -> String {
    match charge.occurrence {
        0 | 1 => charge.stem().text().into_owned(),
        n => format!("{}:{n}", charge.stem().text()),
    }
}

/// Charges with their payers by name, in the order of their keys. `projects` are
/// those the charges were made with.
pub fn signed_charges(charges: &[Charge], projects: &Projects) -> Vec<SignedCharge> {
    let of = |charge: &Charge| {
        let project = charge.project.and_then(|at| projects.list.get(at as usize));
        SignedCharge {
            key: charge_key(charge),
            project: project.map_or(UNASSIGNED, |p| &p.id).to_owned(),
            fund_org: project.map_or(UNASSIGNED, |p| &p.fund_org).to_owned(),
            day: charge.day,
            service: charge.service.to_owned(),
            what: charge.what.to_string(),
            user: charge.user.to_string(),
            amount: charge.amount,
        }
    };
    let mut signed: Vec<SignedCharge> = charges.iter().map(of).collect();
    signed.sort();
    signed
}

/// The charges as CSV with a header, exact amounts and `\n` at the ends.
///
/// # Errors
/// None in memory; the text of the writer's own error otherwise.
pub fn charges_csv(charges: &[SignedCharge]) -> Result<Vec<u8>, String> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let mut write = || -> Result<(), csv::Error> {
        writer.write_record(HEADER)?;
        for c in charges {
            let (day, amount) = (c.day.to_string(), c.amount.to_string());
            writer.write_record([&c.key, &c.project, &c.fund_org, &day, &c.service, &c.what, &c.user, &amount])?;
        }
        Ok(())
    };
    write().map_err(|error| error.to_string())?;
    writer.into_inner().map_err(|error| error.to_string())
}

/// Reads what [`charges_csv`] wrote.
///
/// # Errors
/// A sentence with the line that cannot be read.
pub fn parse_charges(bytes: &[u8]) -> Result<Vec<SignedCharge>, String> {
    let mut reader = csv::Reader::from_reader(bytes);
    let wrong = |line: u64, what: &str| format!("charges.csv:{line}: {what}.");
    if reader.headers().map_err(|error| wrong(1, &error.to_string()))? != HEADER[..] {
        return Err(wrong(1, "has another header than this program writes"));
    }
    let mut charges = Vec::new();
    for record in reader.into_records() {
        let record = record.map_err(|error| wrong(0, &error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
        charges.push(SignedCharge {
            key: cell(0),
            project: cell(1),
            fund_org: cell(2),
            day: Day::parse(cell(3)).map_err(|error| wrong(line, &format!("the day {error}")))?,
            service: cell(4),
            what: cell(5),
            user: cell(6),
            amount: Amount::parse(cell(7)).map_err(|error| wrong(line, &format!("the amount {error}")))?,
        });
    }
    Ok(charges)
}

/// What differs between a signed month and the same month now, in the order of
/// keys, then of payers. A charge that another project pays now is taken off
/// the one and put on the other, so every payer's sum is right, and the sum of
/// all corrections is the sum now minus the sum signed.
pub fn corrections(signed: &[SignedCharge], now: &[SignedCharge]) -> Vec<Correction> {
    type Sides<'a> = (Option<&'a SignedCharge>, Option<&'a SignedCharge>);
    let place = |c: &SignedCharge| (c.key.clone(), c.project.clone(), c.fund_org.clone());
    let mut all: BTreeMap<(String, String, String), Sides> = BTreeMap::new();
    for charge in signed {
        all.entry(place(charge)).or_default().0 = Some(charge);
    }
    for charge in now {
        all.entry(place(charge)).or_default().1 = Some(charge);
    }
    let correction = |(before, after): Sides| {
        let charge = after.or(before)?;
        let (signed, now) = (before.map(|c| c.amount), after.map(|c| c.amount));
        let amount = now.unwrap_or_default().minus(signed.unwrap_or_default());
        let same = matches!((before, after), (Some(_), Some(_))) && amount.is_zero();
        (!same).then(|| Correction { charge: SignedCharge { amount, ..charge.clone() }, signed, now })
    };
    all.into_values().filter_map(correction).collect()
}

/// What one project's fund was charged in a month, before any subsidy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayerDifference {
    pub fund_org: String,
    pub project: String,
    pub signed: Amount,
    pub now: Amount,
}

/// All charges of each fund and project together, as signed and as now, by
/// name; only of those for which they differ.
pub fn by_payer(signed: &[SignedCharge], now: &[SignedCharge]) -> Vec<PayerDifference> {
    let mut sums: BTreeMap<(&str, &str), (Amount, Amount)> = BTreeMap::new();
    for charge in signed {
        let sum = sums.entry((&charge.fund_org, &charge.project)).or_default();
        sum.0 = sum.0.plus(charge.amount);
    }
    for charge in now {
        let sum = sums.entry((&charge.fund_org, &charge.project)).or_default();
        sum.1 = sum.1.plus(charge.amount);
    }
    let line = |((fund, project), (signed, now)): ((&str, &str), (Amount, Amount))| PayerDifference {
        fund_org: fund.to_owned(),
        project: project.to_owned(),
        signed,
        now,
    };
    sums.into_iter().filter(|(_, (signed, now))| signed != now).map(line).collect()
}

impl PayerDifference {
    pub fn correction(&self) -> Amount {
        self.now.minus(self.signed)
    }
}

impl Correction {
    /// `added`, `withdrawn`, `more` or `less`.
    pub fn kind(&self) -> &'static str {
        match (self.signed, self.now) {
            (None, _) => "added",
            (_, None) => "withdrawn",
            (Some(signed), Some(now)) if now.cmp(&signed) == Ordering::Less => "less",
            _ => "more",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn charge(key: u8, project: u8, cents: i64) -> SignedCharge {
        SignedCharge {
            key: format!("openai:codex:user-{key}"),
            project: format!("p{project}"),
            fund_org: format!("F,\"{project}\""),
            day: Day::from_number(20_460 + i32::from(key)),
            service: "OpenAI".into(),
            what: "codex\nx".into(),
            user: "ä@x.edu".into(),
            amount: crate::amount::Cents(cents).amount(),
        }
    }

    fn charges() -> impl Strategy<Value = Vec<SignedCharge>> {
        proptest::collection::btree_map(0u8..20, (0u8..3, -500i64..500), 0..15)
            .prop_map(|all| all.into_iter().map(|(key, (project, cents))| charge(key, project, cents)).collect())
    }

    fn sum(charges: &[SignedCharge]) -> Amount {
        charges.iter().map(|c| c.amount).sum()
    }

    #[test]
    fn a_charge_that_moved_is_taken_off_one_project_and_put_on_the_other() {
        let found = corrections(&[charge(1, 0, 500), charge(2, 0, 100)], &[charge(1, 1, 500), charge(2, 0, 100)]);
        let said: Vec<_> =
            found.iter().map(|c| (c.charge.project.as_str(), c.charge.amount.to_string(), c.kind())).collect();
        assert_eq!(said, [("p0", "-5".to_owned(), "withdrawn"), ("p1", "5".to_owned(), "added")]);
    }

    proptest! {
        /// Corrections laid over what was signed give what is there now, for
        /// every payer; the same month needs none.
        #[test]
        fn corrections_lead_from_signed_to_now(signed in charges(), now in charges()) {
            let found = corrections(&signed, &now);
            let change: Amount = found.iter().map(|c| c.charge.amount).sum();
            prop_assert_eq!(sum(&signed).plus(change), sum(&now));
            let payers = by_payer(&signed, &now);
            for fund in ["0", "1", "2"].map(|project| format!("F,\"{project}\"")) {
                let change: Amount =
                    found.iter().filter(|c| c.charge.fund_org == fund).map(|c| c.charge.amount).sum();
                let said = payers.iter().find(|payer| payer.fund_org == fund).map(PayerDifference::correction);
                prop_assert_eq!(said.unwrap_or_default(), change);
            }
            prop_assert!(corrections(&now, &now).is_empty());
        }

        #[test]
        fn signed_charges_come_back_as_they_were_written(all in charges()) {
            prop_assert_eq!(parse_charges(&charges_csv(&all).unwrap()).unwrap(), all);
        }
    }
}
