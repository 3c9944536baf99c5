//! The charges of written months as text: CSV whose first cell says what a
//! record is. What many charges share (month, cap, user and usage type) is
//! written once, and they name it by its number. A text stands for itself, so
//! that a month of millions of charges can be kept in pieces.

use std::collections::BTreeMap;
use std::ops::Range;

use rustc_hash::FxHashMap;

use super::{Allocation, Base, DaySum, Earlier, EarlierCharge, Projects, Scope, SubsidyRule, Terms};
use crate::amount::Amount;
use crate::calendar::{Day, Month};

/// How the rules of a month paid, then these charges of it, by their numbers: as
/// [`EarlierCharge::of`] gives them, without making one for each.
/// `projects` and `rules` are those the allocation was made with.
pub fn charges_text(
    month: Month,
    allocation: &Allocation,
    projects: &Projects,
    rules: &[SubsidyRule],
    numbers: Range<usize>,
) -> String {
    let mut out = Out::default();
    out.terms(month, &Terms::of_all(rules));
    let charges = allocation.charges.get(numbers.clone()).unwrap_or(&[]);
    for (number, charge) in (numbers.start as u32..).zip(charges) {
        out.begin(month, charge.day);
        for (position, reached, drawn) in allocation.counted(number, rules.len()) {
            if let Some(position) = allocation.positions.get(position as usize) {
                out.cap(&position.scope, [reached, drawn], charge.amount);
            }
        }
        let project = charge.project.and_then(|at| projects.list.get(at as usize));
        let mut digits = itoa::Buffer::new();
        let text;
        let key = match &charge.base {
            Base::Own => Key::Own(digits.format(charge.occurrence)),
            Base::Text(_) => {
                text = charge.key();
                Key::of(&text, [&charge.what, &charge.user], out.day())
            }
        };
        let shared = [charge.service, project.map_or("", |project| &project.id), &charge.user, &charge.what];
        let takes_back = allocation.taken_back(number, month);
        out.charge(shared, key, charge.amount, takes_back.as_ref());
    }
    out.text
}

/// The same of charges as months after theirs know them.
#[cfg(test)]
pub(super) fn earlier_charges_text(month: Month, rules: &[SubsidyRule], charges: &[EarlierCharge]) -> String {
    let mut out = Out::default();
    out.terms(month, &Terms::of_all(rules));
    charges.iter().for_each(|charge| out.earlier(charge));
    out.text
}

impl Earlier {
    /// As it is kept; equal ones have equal texts.
    pub fn text(&self) -> String {
        let mut out = Out::default();
        self.terms.iter().for_each(|(month, terms)| out.terms(*month, terms));
        self.charges.iter().for_each(|charge| out.earlier(charge));
        for (scope, days) in &self.sums {
            for ((month, day), DaySum { reached, drawn }) in days {
                let scope = out.scope(scope).to_string();
                let cells = [month.to_string(), day.to_string(), reached.to_string(), drawn.to_string()];
                out.record("day", [&*scope].into_iter().chain(cells.iter().map(String::as_str)));
            }
        }
        out.text
    }
}

/// What a charge is known by.
enum Key<'a> {
    /// Its usage type, user and day, and this number among like ones.
    Own(&'a str),
    Text(&'a str),
}

impl<'a> Key<'a> {
    /// What a key says beside the other fields of its charge.
    fn of(key: &'a str, [what, user]: [&str; 2], day: &str) -> Self {
        let number = || {
            let rest = key.strip_prefix("openai:")?.strip_prefix(what)?.strip_prefix(':')?;
            let number = rest.strip_prefix(user)?.strip_prefix(':')?.strip_prefix(day)?.strip_prefix(':')?;
            number.bytes().all(|digit| digit.is_ascii_digit()).then_some(number)
        };
        number().map_or(Self::Text(key), Self::Own)
    }
}

/// A text on its way; what it is made of outlives it.
#[derive(Default)]
struct Out<'a> {
    text: String,
    scopes: BTreeMap<&'a Scope, usize>,
    /// By service, project, user and usage type.
    uses: FxHashMap<[&'a str; 4], usize>,
    /// The numbers of both by where they lie: nearly always they are met again
    /// at a place they were at, and those last met once more.
    scopes_at: FxHashMap<usize, usize>,
    uses_at: FxHashMap<[*const str; 4], usize>,
    used_last: Option<([*const str; 4], usize)>,
    /// Those of the charges begun last.
    month: Option<Month>,
    day: Option<(Day, String)>,
    /// Those of the charge that was begun.
    caps: String,
}

impl<'a> Out<'a> {
    /// A record of any cells.
    fn record<'t>(&mut self, kind: &str, cells: impl IntoIterator<Item = &'t str>) {
        self.text.push_str(kind);
        for cell in cells {
            self.text.push(',');
            push_cell(&mut self.text, cell);
        }
        self.text.push('\n');
    }

    fn terms(&mut self, month: Month, terms: &BTreeMap<String, Terms>) {
        for (rule, Terms { percent, tiers }) in terms {
            let tiers = tiers.iter().map(|tier| format!("{}:{}", tier.up_to, tier.percent.value()));
            let tiers: Vec<String> = tiers.collect();
            let (month, percent) = (month.to_string(), percent.value().to_string());
            self.record("rule", [&*month, rule, &percent, &tiers.join(" ")]);
        }
    }

    /// The number of a scope, which is written when it is first needed.
    fn scope(&mut self, scope: &'a Scope) -> usize {
        let place = std::ptr::from_ref(scope).addr();
        if let Some(number) = self.scopes_at.get(&place) {
            return *number;
        }
        let number = match self.scopes.get(scope) {
            Some(number) => *number,
            None => {
                let Scope { rule, subject, period } = scope;
                self.record("cap", [rule, subject.level().name(), subject.name(), &period.to_string()]);
                let number = self.scopes.len();
                self.scopes.insert(scope, number);
                number
            }
        };
        self.scopes_at.insert(place, number);
        number
    }

    /// Adds a cap to those of the charge that was begun, which comes to `amount`.
    fn cap(&mut self, scope: &'a Scope, [reached, drawn]: [Amount; 2], amount: Amount) {
        let number = self.scope(scope);
        if !self.caps.is_empty() {
            self.caps.push(' ');
        }
        self.caps.push_str(itoa::Buffer::new().format(number));
        // Nearly always all of it reached the cap and was drawn.
        if reached != drawn || drawn != amount {
            for part in [reached, drawn] {
                self.caps.push(':');
                part.push_to(&mut self.caps);
            }
        }
    }

    /// Begins a charge, to which caps are added before it is written.
    fn begin(&mut self, month: Month, day: Day) {
        self.caps.clear();
        if self.month != Some(month) {
            self.month = Some(month);
            self.record("month", [&*month.to_string()]);
        }
        if self.day.as_ref().is_none_or(|(known, _)| *known != day) {
            self.day = Some((day, day.to_string()));
        }
    }

    /// That of the charge that was begun.
    fn day(&self) -> &str {
        self.day.as_ref().map_or("", |(_, text)| text)
    }

    fn earlier(&mut self, charge: &'a EarlierCharge) {
        self.begin(charge.month, charge.day);
        for cap in &charge.caps {
            self.cap(&cap.scope, [cap.reached, cap.drawn], charge.amount);
        }
        let key = Key::of(&charge.key, [&charge.what, &charge.user], self.day());
        let shared = [charge.service, &*charge.project, &*charge.user, &*charge.what];
        self.charge(shared, key, charge.amount, charge.takes_back.as_ref());
    }

    /// The charge that was begun. Of its cells only a key may hold what has to
    /// be quoted.
    fn charge(
        &mut self,
        shared: [&'a str; 4],
        key: Key<'_>,
        amount: Amount,
        takes_back: Option<&(Month, String, Day)>,
    ) {
        let used = self.used(shared);
        let text = &mut self.text;
        text.push_str(if matches!(key, Key::Own(_)) { "own," } else { "charge," });
        text.push_str(self.day.as_ref().map_or("", |(_, text)| text));
        text.push(',');
        text.push_str(itoa::Buffer::new().format(used));
        text.push(',');
        match key {
            Key::Own(number) => text.push_str(number),
            Key::Text(key) => push_cell(text, key),
        }
        text.push(',');
        amount.push_to(text);
        text.push(',');
        text.push_str(&self.caps);
        if let Some((month, key, day)) = takes_back {
            for cell in [&*month.to_string(), key, &*day.to_string()] {
                text.push(',');
                push_cell(text, cell);
            }
        }
        text.push('\n');
    }

    /// The number of what a charge shares with others, which is written when it
    /// is first needed.
    fn used(&mut self, texts: [&'a str; 4]) -> usize {
        let places = texts.map(std::ptr::from_ref);
        if let Some((_, number)) = self.used_last.filter(|(last, _)| *last == places) {
            return number;
        }
        let number = match self.uses_at.get(&places) {
            Some(number) => *number,
            None => {
                let number = match self.uses.get(&texts) {
                    Some(number) => *number,
                    None => {
                        self.record("use", texts);
                        let number = self.uses.len();
                        self.uses.insert(texts, number);
                        number
                    }
                };
                self.uses_at.insert(places, number);
                number
            }
        };
        self.used_last = Some((places, number));
        number
    }
}

/// A cell of CSV, quoted where it must be.
fn push_cell(text: &mut String, cell: &str) {
    if !cell.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        return text.push_str(cell);
    }
    text.push('"');
    text.push_str(&cell.replace('"', "\"\""));
    text.push('"');
}
