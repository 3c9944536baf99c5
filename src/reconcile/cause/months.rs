//! Months for tests: the same usage on both sides, of two models and two
//! projects over January 2026, which each test spoils in its own way.

use std::collections::BTreeMap;

use super::{Evidence, Explanation, Probe, explain};
use crate::amount::{Amount, PerMillion, Quantity};
use crate::calendar::Instant;
use crate::price::{PriceBook, Rates, cache_write};
use crate::reconcile::fixtures::{Case, Done, at, book};
use crate::usage::{Line, TokenClass};

/// One request as one side has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub id: String,
    /// Seconds from the start of January 2026.
    pub second: i64,
    pub model: &'static str,
    pub project: &'static str,
    pub tier: &'static str,
    pub long: bool,
    pub uncached: i64,
    pub cached: i64,
    pub written: i64,
    pub output: i64,
    pub reasoning: i64,
    /// Per million, in the order of the counts above.
    pub prices: [Amount; 4],
    /// Times the prices, as a pair.
    pub times: (i64, i64),
    /// Instead of tokens times prices.
    pub amount: Option<Amount>,
    /// Whether the ledger tells cached input apart.
    pub knows_cached: bool,
}

impl Row {
    pub fn day(&self) -> i64 {
        self.second.div_euclid(86_400) + 1
    }

    fn classes(&self) -> [(TokenClass, i64, Amount); 4] {
        use TokenClass::{CacheWrite, CachedInput, Input, Output};
        let counts =
            [(Input, self.uncached), (CachedInput, self.cached), (CacheWrite, self.written), (Output, self.output)];
        let mut at = 0;
        counts.map(|(class, count)| {
            let price = PerMillion::new(self.prices[at]).unwrap();
            at += 1;
            let list = price.cost_of(count).unwrap();
            let longer = if !self.long {
                (1, 1)
            } else if class == Output {
                (3, 2)
            } else {
                (2, 1)
            };
            let units = list.units() * i128::from(longer.0 * self.times.0);
            (class, count, Amount::from_units(units / i128::from(longer.1 * self.times.1)))
        })
    }

    pub fn amount(&self) -> Amount {
        self.amount.unwrap_or_else(|| self.classes().into_iter().map(|(.., amount)| amount).sum())
    }

    /// At the shipped price of its day.
    pub fn at_list(mut self) -> Self {
        let book = PriceBook::shipped();
        let day = at(self.second).unwrap().day();
        let rates: &Rates = book.rates(self.model, day).unwrap();
        let cached = rates.cached_input.unwrap_or(rates.input);
        let written = cache_write(rates).unwrap_or(rates.input);
        self.prices = [rates.input, cached, written, rates.output].map(PerMillion::amount);
        self
    }
}

/// How the bill is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bill {
    /// By day, project, model and class, with quantities.
    Classes,
    /// By day, project and model, money only.
    Models,
    /// By day, money only.
    Days,
    /// By request.
    Requests,
}

#[derive(Clone)]
pub struct Months {
    pub bill: Vec<Row>,
    pub ledger: Vec<Row>,
    pub shape: Bill,
    /// Lines of the bill beside its usage: day, item, project, amount.
    pub beside: Vec<(i64, &'static str, &'static str, &'static str)>,
    /// Usage of the provider that costs nothing.
    pub given: Vec<Row>,
    /// The bill's total once more, without dimensions.
    pub twice: bool,
    pub currency: &'static str,
}

/// A number that looks random and is not.
pub fn noise(seed: u64) -> i64 {
    let mixed = (seed ^ 0x5bf0_3635).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed ^ (mixed >> 32)) >> 34) as i64
}

impl Months {
    /// Eight requests a day, of two models in two projects, around noon.
    pub fn plain(shape: Bill) -> Self {
        Self::of(shape, &["gpt-4o", "gpt-4.1"], 31)
    }

    pub fn of(shape: Bill, models: &[&'static str], days: i64) -> Self {
        let mut rows = Vec::new();
        for n in 0..days as u64 * 8 {
            let (day, of_day) = ((n / 8) as i64, n % 8);
            let random = |salt: u64, limit: i64| noise(n * 64 + salt) % limit;
            let row = Row {
                id: format!("chatcmpl-{n:05}"),
                second: day * 86_400 + 36_000 + of_day as i64 * 1_800 + random(1, 1_000),
                model: models[of_day as usize % models.len()],
                project: ["proj_a", "proj_b"][of_day as usize / 2 % 2],
                tier: "",
                long: false,
                uncached: 10_007 + random(2, 90_000),
                cached: 3_001 + random(3, 50_000),
                written: 0,
                output: 1_003 + random(4, 9_000),
                reasoning: 101 + random(5, 900),
                prices: [Amount::ZERO; 4],
                times: (1, 1),
                amount: None,
                knows_cached: true,
            };
            rows.push(row.at_list());
        }
        let given = Vec::new();
        Self { bill: rows.clone(), ledger: rows, shape, beside: Vec::new(), given, twice: false, currency: "" }
    }

    pub fn bill_each(mut self, change: impl Fn(&mut Row)) -> Self {
        self.bill.iter_mut().for_each(change);
        self
    }

    pub fn ledger_each(mut self, change: impl Fn(&mut Row)) -> Self {
        self.ledger.iter_mut().for_each(change);
        self
    }

    pub fn case(&self) -> Case {
        let mut case = Case::new();
        case.book = PriceBook { lots: book().lots, ..PriceBook::shipped() };
        match self.shape {
            Bill::Requests => case = self.bill.iter().fold(case, |case, row| case.bill(self.request(row))),
            Bill::Classes => case = self.by_class(case),
            Bill::Models | Bill::Days => case = self.by_day(case),
        }
        for (day, item, project, cost) in &self.beside {
            let line = Line {
                at: at((day - 1) * 86_400),
                item_text: item,
                project,
                amount: Some(cost.parse().unwrap()),
                ..Line::default()
            };
            case = case.cost(line);
        }
        for row in &self.given {
            let line = Line { id: "", tier: row.tier, amount: None, ..self.request(row) };
            case = case.usage(line);
        }
        self.ledger.iter().fold(case, |case, row| {
            let line = self.request(row);
            case.ledger(line)
        })
    }

    fn request<'r>(&self, row: &'r Row) -> Line<'r> {
        Line {
            id: &row.id,
            at: at(row.second),
            model: row.model,
            project: row.project,
            tier: row.tier,
            long_context: row.long,
            input: Some(row.uncached + row.cached + row.written),
            cached: row.knows_cached.then_some(row.cached),
            cache_write: (row.written != 0).then_some(row.written),
            output: Some(row.output),
            reasoning: (row.reasoning != 0).then_some(row.reasoning),
            amount: Some(row.amount()),
            ..Line::default()
        }
    }

    fn by_class(&self, mut case: Case) -> Case {
        let mut lines: BTreeMap<_, (i64, Amount)> = BTreeMap::new();
        for row in &self.bill {
            let mut classes = row.classes();
            let sum: Amount = classes.iter().map(|(.., amount)| *amount).sum();
            // An amount of its own shows in the last class.
            classes[3].2 = classes[3].2.plus(row.amount()).minus(sum);
            for (class, count, amount) in classes.into_iter().filter(|(_, count, _)| *count != 0) {
                let key = (row.day(), row.project, row.model, row.tier, row.long, class);
                let sum = lines.entry(key).or_default();
                *sum = (sum.0 + count, sum.1.plus(amount));
            }
        }
        for ((day, project, model, tier, long_context, class), (count, cost)) in lines {
            let item = format!("{tier} {model} {class:?} {long_context}");
            case = case.cost(Line {
                at: at((day - 1) * 86_400),
                project,
                model,
                tier,
                long_context,
                class: Some(class),
                item_text: &item,
                quantity: Some(Quantity::from_int(count)),
                amount: Some(cost),
                currency: self.currency,
                ..Line::default()
            });
        }
        case
    }

    fn by_day(&self, mut case: Case) -> Case {
        let mut lines: BTreeMap<_, Amount> = BTreeMap::new();
        for row in &self.bill {
            let (project, model) = if self.shape == Bill::Days { ("", "") } else { (row.project, row.model) };
            let sum = lines.entry((row.day(), project, model)).or_default();
            *sum = sum.plus(row.amount());
            if self.twice {
                let sum = lines.entry((row.day(), "", "")).or_default();
                *sum = sum.plus(row.amount());
            }
        }
        for ((day, project, model), cost) in lines {
            let at = at((day - 1) * 86_400);
            case =
                case.cost(Line { at, project, model, amount: Some(cost), currency: self.currency, ..Line::default() });
        }
        case
    }

    pub fn done(&self) -> Done {
        self.case().run()
    }

    /// Why the two sides of January differ.
    pub fn why(&self) -> Explanation {
        let done = self.done();
        let sides = done.case.sides();
        let month = Instant::from_seconds(1_767_225_600).day().month();
        let items = done.items().of_month(&sides, month);
        explain(&Evidence::of_month(&sides, &items, month))
    }
}

/// Findings as `probe explained`, in their order.
pub fn shown(why: &Explanation) -> Vec<String> {
    why.findings.iter().map(|finding| format!("{} {}", finding.probe.name(), finding.explained)).collect()
}

/// These probes, in this order, explain all of it, and something is explained.
pub fn assert_only(why: &Explanation, probes: &[Probe]) {
    let found: Vec<Probe> = why.findings.iter().map(|finding| finding.probe).collect();
    let mut distinct = found.clone();
    distinct.dedup();
    assert_eq!(
        distinct,
        probes,
        "{:#?} unexplained {:?}",
        shown(why),
        why.unexplained.iter().take(5).collect::<Vec<_>>()
    );
    assert_eq!(why.residual, Amount::ZERO);
    assert!(why.unexplained.is_empty());
    assert!(why.findings.iter().all(|finding| !finding.moved.is_zero()));
    let sum: Amount = why.findings.iter().map(|finding| finding.explained).sum();
    assert_eq!(sum, why.variance);
}
