//! The charges of written months as text: CSV whose first cell says what a
//! record is. What many charges share (month, cap, user and usage type) is
//! written once, and they name it by its number. A text stands for itself, so
//! that a month of millions of charges can be kept in pieces.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    CountedCap, DaySum, Earlier, EarlierCharge, EarlierMonth, Level, Percent, Scope, Subject, SubsidyRule, Terms, Tier,
};
use crate::amount::Amount;
use crate::calendar::{Day, Month};

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
                out.records.push("day", [&*scope].into_iter().chain(cells.iter().map(String::as_str)))?;
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
        Ok(Self { charges: read.charges, sums: read.sums, terms: read.terms, ..Self::default() })
    }
}

/// A text on its way; what it is made of outlives it.
#[derive(Default)]
struct Out<'a> {
    records: Records,
    scopes: BTreeMap<&'a Scope, Arc<str>>,
    /// By service, project, user and usage type.
    uses: FxHashMap<[&'a str; 4], Arc<str>>,
    /// The numbers of both by where they lie: nearly always they are met again
    /// at a place they were at.
    scopes_at: FxHashMap<usize, Arc<str>>,
    uses_at: FxHashMap<[*const str; 4], Arc<str>>,
    /// That of the charges written last.
    month: Option<Month>,
    day: Option<(Day, String)>,
    /// Used again by every charge.
    amount: String,
    caps: String,
}

/// The CSV itself, opened with its first record.
#[derive(Default)]
struct Records(Option<csv::Writer<Vec<u8>>>);

impl Records {
    fn push<'t>(&mut self, kind: &'t str, cells: impl IntoIterator<Item = &'t str>) -> Result<(), String> {
        let writer = self.0.get_or_insert_with(|| {
            let builder = &mut csv::WriterBuilder::new();
            builder.terminator(csv::Terminator::Any(b'\n')).flexible(true).from_writer(Vec::new())
        });
        writer.write_record([kind].into_iter().chain(cells)).map_err(|error| error.to_string())
    }
}

impl<'a> Out<'a> {
    fn text(self) -> Result<String, String> {
        let Some(writer) = self.records.0 else { return Ok(String::new()) };
        let bytes = writer.into_inner().map_err(|error| error.to_string())?;
        String::from_utf8(bytes).map_err(|error| error.to_string())
    }

    fn terms(&mut self, month: Month, terms: &BTreeMap<String, Terms>) -> Result<(), String> {
        for (rule, Terms { percent, tiers }) in terms {
            let tiers = tiers.iter().map(|tier| format!("{}:{}", tier.up_to, tier.percent.value()));
            let tiers: Vec<String> = tiers.collect();
            let (month, percent) = (month.to_string(), percent.value().to_string());
            self.records.push("rule", [&*month, rule, &percent, &tiers.join(" ")])?;
        }
        Ok(())
    }

    /// The number of a scope, which is written when it is first needed.
    fn scope(&mut self, scope: &'a Arc<Scope>) -> Result<Arc<str>, String> {
        let place = Arc::as_ptr(scope).addr();
        if let Some(number) = self.scopes_at.get(&place) {
            return Ok(Arc::clone(number));
        }
        let number = match self.scopes.get(scope.as_ref()) {
            Some(number) => Arc::clone(number),
            None => {
                let Scope { rule, subject, period } = scope.as_ref();
                self.records.push("cap", [rule, subject.level().name(), subject.name(), &period.to_string()])?;
                let number: Arc<str> = self.scopes.len().to_string().into();
                self.scopes.insert(scope, Arc::clone(&number));
                number
            }
        };
        self.scopes_at.insert(place, Arc::clone(&number));
        Ok(number)
    }

    fn charge(&mut self, charge: &'a EarlierCharge) -> Result<(), String> {
        if self.month != Some(charge.month) {
            self.month = Some(charge.month);
            self.records.push("month", [&*charge.month.to_string()])?;
        }
        self.caps.clear();
        for CountedCap { scope, reached, drawn } in &charge.caps {
            let number = self.scope(scope)?;
            if !self.caps.is_empty() {
                self.caps.push(' ');
            }
            self.caps.push_str(&number);
            // Nearly always all of it reached the cap and was drawn.
            if reached != drawn || *drawn != charge.amount {
                for part in [reached, drawn] {
                    self.caps.push(':');
                    part.push_to(&mut self.caps);
                }
            }
        }
        let used = self.used(charge)?;
        self.amount.clear();
        charge.amount.push_to(&mut self.amount);
        let day = match &mut self.day {
            Some((day, text)) if *day == charge.day => &*text,
            other => &*other.insert((charge.day, charge.day.to_string())).1,
        };
        let (kind, key) = match own_number(charge, day) {
            Some(number) => ("own", number),
            None => ("charge", &*charge.key),
        };
        let cells = [day, &used, key, &self.amount, &self.caps];
        match &charge.takes_back {
            None => self.records.push(kind, cells),
            Some((month, key, day)) => {
                let (month, day) = (month.to_string(), day.to_string());
                self.records.push(kind, cells.into_iter().chain([&*month, key, &day]))
            }
        }
    }

    /// The number of what a charge shares with others, which is written when it
    /// is first needed.
    fn used(&mut self, charge: &'a EarlierCharge) -> Result<Arc<str>, String> {
        let texts = [charge.service, &*charge.project, &*charge.user, &*charge.what];
        let places = texts.map(std::ptr::from_ref);
        if let Some(number) = self.uses_at.get(&places) {
            return Ok(Arc::clone(number));
        }
        let number = match self.uses.get(&texts) {
            Some(number) => Arc::clone(number),
            None => {
                self.records.push("use", texts)?;
                let number: Arc<str> = self.uses.len().to_string().into();
                self.uses.insert(texts, Arc::clone(&number));
                number
            }
        };
        self.uses_at.insert(places, Arc::clone(&number));
        Ok(number)
    }
}

/// The number of a charge among like ones, where its key says nothing else than
/// its other fields.
fn own_number<'a>(charge: &'a EarlierCharge, day: &str) -> Option<&'a str> {
    let key = charge.key.strip_prefix("openai:")?.strip_prefix(&*charge.what)?.strip_prefix(':')?;
    let number = key.strip_prefix(&*charge.user)?.strip_prefix(':')?.strip_prefix(day)?.strip_prefix(':')?;
    number.bytes().all(|digit| digit.is_ascii_digit()).then_some(number)
}

/// What charges share.
struct Use {
    service: &'static str,
    project: Arc<str>,
    user: Arc<str>,
    what: Arc<str>,
}

#[derive(Default)]
struct In {
    scopes: Vec<Arc<Scope>>,
    uses: Vec<Use>,
    texts: FxHashSet<Arc<str>>,
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
        let [project, user, what] = [project, user, what].map(Arc::clone);
        let (month, day) = (self.month?, day(cell(1)?)?);
        Some(EarlierCharge { month, key, day, service, project, user, what, amount: charged, takes_back, caps })
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

fn day(text: &str) -> Option<Day> {
    Day::parse(text).ok()
}
