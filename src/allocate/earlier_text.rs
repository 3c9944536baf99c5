//! The charges of written months as text: CSV whose first cell says what a
//! record is. A text stands for itself, so that a month of millions of charges
//! can be kept in pieces.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    CountedCap, DaySum, Earlier, EarlierCharge, EarlierMonth, Level, Percent, Scope, Subject, SubsidyRule, Terms, Tier,
};
use crate::amount::Amount;
use crate::calendar::Month;

/// How the rules of a month paid, then these charges of it.
///
/// # Errors
/// None in memory; the text of the writer's own error otherwise.
pub fn charges_text(month: Month, rules: &[SubsidyRule], charges: &[EarlierCharge]) -> Result<String, String> {
    let mut out = Out::default();
    out.terms(month, &Terms::of_all(rules))?;
    charges.iter().try_for_each(|charge| out.charge(charge))?;
    out.text()
}

/// Reads what [`charges_text`] wrote, and adds it to what was read of the month
/// already.
///
/// # Errors
/// A sentence with the record that cannot be read.
pub fn read_charges(text: &[u8], month: &mut EarlierMonth) -> Result<(), String> {
    let mut read = In::default();
    read.all(text)?;
    month.terms.extend(read.terms.into_values().flatten());
    month.charges.append(&mut read.charges);
    Ok(())
}

impl Earlier {
    /// As it is kept; equal ones have equal texts.
    ///
    /// # Errors
    /// None in memory; the text of the writer's own error otherwise.
    pub fn text(&self) -> Result<String, String> {
        let mut out = Out::default();
        self.terms.iter().try_for_each(|(month, terms)| out.terms(*month, terms))?;
        self.charges.iter().try_for_each(|charge| out.charge(charge))?;
        for (scope, days) in &self.sums {
            for ((month, day), DaySum { reached, drawn }) in days {
                let scope = out.scope(scope)?;
                let cells = [month.to_string(), day.to_string(), reached.to_string(), drawn.to_string()];
                out.record("day", [scope].into_iter().chain(cells))?;
            }
        }
        out.text()
    }

    /// Reads what [`Earlier::text`] gave.
    ///
    /// # Errors
    /// A sentence with the record that cannot be read.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let mut read = In::default();
        read.all(text)?;
        Ok(Self { charges: read.charges, sums: read.sums, terms: read.terms })
    }
}

#[derive(Default)]
struct Out {
    /// Opened with the first record.
    writer: Option<csv::Writer<Vec<u8>>>,
    scopes: BTreeMap<Arc<Scope>, usize>,
}

impl Out {
    fn record(&mut self, kind: &str, cells: impl IntoIterator<Item = String>) -> Result<(), String> {
        let writer = self.writer.get_or_insert_with(|| {
            let builder = &mut csv::WriterBuilder::new();
            builder.terminator(csv::Terminator::Any(b'\n')).flexible(true).from_writer(Vec::new())
        });
        let cells = [kind.to_owned()].into_iter().chain(cells);
        writer.write_record(cells).map_err(|error| error.to_string())
    }

    fn text(self) -> Result<String, String> {
        let Some(writer) = self.writer else { return Ok(String::new()) };
        let bytes = writer.into_inner().map_err(|error| error.to_string())?;
        String::from_utf8(bytes).map_err(|error| error.to_string())
    }

    fn terms(&mut self, month: Month, terms: &BTreeMap<String, Terms>) -> Result<(), String> {
        for (rule, Terms { percent, tiers }) in terms {
            let tiers = tiers.iter().map(|tier| format!("{}:{}", tier.up_to, tier.percent.value()));
            let tiers: Vec<String> = tiers.collect();
            self.record("rule", [month.to_string(), rule.clone(), percent.value().to_string(), tiers.join(" ")])?;
        }
        Ok(())
    }

    /// The number of a scope, which is written when it is first needed.
    fn scope(&mut self, scope: &Arc<Scope>) -> Result<String, String> {
        if let Some(number) = self.scopes.get(scope) {
            return Ok(number.to_string());
        }
        let number = self.scopes.len();
        let Scope { rule, subject, period } = scope.as_ref();
        let cells = [rule.clone(), subject.level().name().into(), subject.name().into(), period.to_string()];
        self.record("cap", cells)?;
        self.scopes.insert(Arc::clone(scope), number);
        Ok(number.to_string())
    }

    fn charge(&mut self, charge: &EarlierCharge) -> Result<(), String> {
        let mut caps = Vec::with_capacity(charge.caps.len());
        for CountedCap { scope, reached, drawn } in &charge.caps {
            caps.push(format!("{}:{reached}:{drawn}", self.scope(scope)?));
        }
        let back = charge.takes_back.as_ref();
        let [month, key, day] =
            back.map_or_else(Default::default, |(month, key, day)| [month.to_string(), key.clone(), day.to_string()]);
        let cells = [
            charge.month.to_string(),
            charge.key.clone(),
            charge.day.to_string(),
            charge.service.to_owned(),
            charge.project.to_string(),
            charge.user.to_string(),
            charge.what.to_string(),
            charge.amount.to_string(),
            month,
            key,
            day,
            caps.join(" "),
        ];
        self.record("charge", cells)
    }
}

#[derive(Default)]
struct In {
    scopes: Vec<Arc<Scope>>,
    texts: rustc_hash::FxHashSet<Arc<str>>,
    terms: BTreeMap<Month, BTreeMap<String, Terms>>,
    charges: Vec<EarlierCharge>,
    sums: BTreeMap<Arc<Scope>, BTreeMap<(Month, crate::calendar::Day), DaySum>>,
}

impl In {
    fn all(&mut self, text: &[u8]) -> Result<(), String> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        for record in reader.records() {
            let record = record.map_err(|error| format!("What earlier months charged cannot be read: {error}."))?;
            let line = record.position().map_or(0, csv::Position::line);
            let wrong = || format!("What earlier months charged cannot be read: line {line} is damaged.");
            self.record(&record).ok_or_else(wrong)?;
        }
        Ok(())
    }

    fn record(&mut self, record: &csv::StringRecord) -> Option<()> {
        let cell = |at: usize| record.get(at);
        match cell(0)? {
            "rule" => {
                let tier = |text: &str| {
                    let (up_to, percent) = text.split_once(':')?;
                    Some(Tier { up_to: amount(up_to)?, percent: Percent::new(amount(percent)?)? })
                };
                let tiers = cell(4)?.split(' ').filter(|text| !text.is_empty()).map(tier).collect::<Option<_>>()?;
                let terms = Terms { percent: Percent::new(amount(cell(3)?)?)?, tiers };
                self.terms.entry(cell(1)?.parse().ok()?).or_default().insert(cell(2)?.to_owned(), terms);
            }
            "cap" => {
                let level = Level::ALL.into_iter().find(|level| Some(level.name()) == cell(2))?;
                let subject = Subject::new(level, cell(3)?);
                let scope = Scope { rule: cell(1)?.to_owned(), subject, period: cell(4)?.parse().ok()? };
                self.scopes.push(Arc::new(scope));
            }
            "charge" => {
                let charge = self.charge(record)?;
                self.charges.push(charge);
            }
            "day" => {
                let days = self.sums.entry(self.scope(cell(1)?)?).or_default();
                let sum = DaySum { reached: amount(cell(4)?)?, drawn: amount(cell(5)?)? };
                days.insert((cell(2)?.parse().ok()?, day(cell(3)?)?), sum);
            }
            _ => return None,
        }
        Some(())
    }

    fn scope(&self, number: &str) -> Option<Arc<Scope>> {
        self.scopes.get(number.parse::<usize>().ok()?).cloned()
    }

    fn charge(&mut self, record: &csv::StringRecord) -> Option<EarlierCharge> {
        let cell = |at: usize| record.get(at);
        let cap = |text: &str| {
            let mut parts = text.split(':');
            let scope = self.scope(parts.next()?)?;
            Some(CountedCap { scope, reached: amount(parts.next()?)?, drawn: amount(parts.next()?)? })
        };
        let caps = cell(12)?.split(' ').filter(|text| !text.is_empty()).map(cap).collect::<Option<_>>()?;
        let takes_back = match cell(9)? {
            "" => None,
            month => Some((month.parse().ok()?, cell(10)?.to_owned(), day(cell(11)?)?)),
        };
        Some(EarlierCharge {
            month: cell(1)?.parse().ok()?,
            key: cell(2)?.to_owned(),
            day: day(cell(3)?)?,
            service: ["OpenAI", "OpenAI API"].into_iter().find(|service| Some(*service) == cell(4))?,
            project: self.shared(cell(5)?),
            user: self.shared(cell(6)?),
            what: self.shared(cell(7)?),
            amount: amount(cell(8)?)?,
            takes_back,
            caps,
        })
    }

    /// Users and projects have many charges.
    fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&new));
        new
    }
}

fn amount(text: &str) -> Option<Amount> {
    Amount::parse(text).ok()
}

fn day(text: &str) -> Option<crate::calendar::Day> {
    crate::calendar::Day::parse(text).ok()
}
