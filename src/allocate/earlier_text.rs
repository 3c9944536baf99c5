//! Reads the charges of written months back from their text, see
//! `earlier_out`.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{
    CountedCap, DaySum, Earlier, EarlierCharge, EarlierMonth, Level, Percent, Scope, SharedText, Subject, Terms, Tier,
};
use crate::amount::Amount;
use crate::calendar::{Day, Month};

/// Reads what [`charges_text`](super::charges_text) wrote, and adds it to what was read of the month
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
    /// Reads what [`Earlier::text`] gave.
    ///
    /// # Errors
    /// A sentence with the record that cannot be read.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let mut read = In::default();
        read.all(text)?;
        Ok(Self { charges: read.charges, sums: read.sums, terms: read.terms, ..Self::default() })
    }
}

/// What charges share.
struct Use {
    service: &'static str,
    project: SharedText,
    user: SharedText,
    what: SharedText,
}

#[derive(Default)]
struct In {
    scopes: Vec<Arc<Scope>>,
    uses: Vec<Use>,
    texts: FxHashSet<SharedText>,
    month: Option<Month>,
    terms: BTreeMap<Month, BTreeMap<String, Terms>>,
    charges: Vec<EarlierCharge>,
    sums: BTreeMap<Arc<Scope>, BTreeMap<(Month, Day), DaySum>>,
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
            "month" => self.month = Some(cell(1)?.parse().ok()?),
            "use" => {
                let service = ["OpenAI", "OpenAI API"].into_iter().find(|service| Some(*service) == cell(1))?;
                let [project, user, what] = [cell(2)?, cell(3)?, cell(4)?].map(|text| self.shared(text));
                self.uses.push(Use { service, project, user, what });
            }
            "own" => {
                let Use { user, what, .. } = self.used(cell(2)?)?;
                let key = format!("openai:{what}:{user}:{}:{}", cell(1)?, cell(3)?);
                let charge = self.charge(record, key)?;
                self.charges.push(charge);
            }
            "charge" => {
                let charge = self.charge(record, cell(3)?.to_owned())?;
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

    fn used(&self, number: &str) -> Option<&Use> {
        self.uses.get(number.parse::<usize>().ok()?)
    }

    fn charge(&self, record: &csv::StringRecord, key: String) -> Option<EarlierCharge> {
        let cell = |at: usize| record.get(at);
        let charged = amount(cell(4)?)?;
        let cap = |text: &str| {
            let mut parts = text.split(':');
            let scope = self.scope(parts.next()?)?;
            let (reached, drawn) = match parts.next() {
                None => (charged, charged),
                Some(reached) => (amount(reached)?, amount(parts.next()?)?),
            };
            Some(CountedCap { scope, reached, drawn })
        };
        let caps = cell(5)?.split(' ').filter(|text| !text.is_empty()).map(cap).collect::<Option<_>>()?;
        let takes_back = match cell(6) {
            None => None,
            Some(month) => Some((month.parse().ok()?, cell(7)?.to_owned(), day(cell(8)?)?)),
        };
        let Use { service, project, user, what } = self.used(cell(2)?)?;
        let [project, user, what] = [project, user, what].map(SharedText::clone);
        let (month, day) = (self.month?, day(cell(1)?)?);
        Some(EarlierCharge { month, key, day, service, project, user, what, amount: charged, takes_back, caps })
    }

    /// Users and projects have many charges.
    fn shared(&mut self, text: &str) -> SharedText {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new: SharedText = text.into();
        self.texts.insert(new.clone());
        new
    }
}

fn amount(text: &str) -> Option<Amount> {
    Amount::parse(text).ok()
}

fn day(text: &str) -> Option<Day> {
    Day::parse(text).ok()
}
