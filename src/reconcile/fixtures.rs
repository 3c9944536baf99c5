//! Small months for tests: lines of both sides, a price book and rules.

use super::{Finest, HandMatch, Items, Judge, Part, Reconciliation, Rules, Sides, reconcile};
use crate::amount::{Amount, PerMillion, Quantity, Share, UnitCost};
use crate::calendar::Instant;
use crate::price::{Lot, LotOpening, ModelNames, PriceBook, Rates, Values, value};
use crate::usage::{Line, Lines, Names, Shape, SourceFile};

pub fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

/// Seconds after the start of January 2026.
pub fn at(seconds: i64) -> Option<Instant> {
    Some(Instant::from_seconds(1_767_225_600 + seconds))
}

pub fn rules() -> Rules {
    Rules {
        absolute: amount("0.05"),
        relative: Share::from_percent(5),
        tokens_must_agree: false,
        window_seconds: 60,
        drift: Share::from_percent(2),
        finest: Finest::Request,
    }
}

/// gpt-4o at 2.50 in, 1.25 cached and 10 out; a lot of credits at 0.05 each.
pub fn book() -> PriceBook {
    let price = |text| PerMillion::new(amount(text)).unwrap();
    PriceBook {
        lots: vec![Lot {
            name: "pool".into(),
            effective: None,
            expires: None,
            credits: Quantity::from_int(20_000),
            cost: UnitCost::new(amount("1000"), Quantity::from_int(20_000)).unwrap(),
            amount: amount("1000"),
            currency: "USD".into(),
        }],
        rates: vec![Rates {
            model: "gpt-4o".into(),
            effective: None,
            input: price("2.50"),
            cached_input: Some(price("1.25")),
            output: price("10"),
            shipped: false,
        }],
        currency: "USD".into(),
        models: ModelNames::default(),
    }
}

/// A month under construction.
pub struct Case {
    pub names: Names,
    pub bill: Lines,
    pub ledger: Lines,
    pub book: PriceBook,
    pub rules: Rules,
    pub hand: Vec<HandMatch>,
    pub bill_values: Values,
    pub ledger_values: Values,
}

impl Case {
    pub fn new() -> Self {
        let (mut bill, mut ledger) = (Lines::default(), Lines::default());
        for lines in [&mut bill, &mut ledger] {
            lines.add_file(SourceFile::of_shape(Shape::Request));
            lines.add_file(SourceFile::of_shape(Shape::Credits));
            lines.add_file(SourceFile::of_shape(Shape::Cost));
            lines.add_file(SourceFile::of_shape(Shape::Usage));
            lines.add_file(SourceFile::of_shape(Shape::Cost));
        }
        Self {
            names: Names::default(),
            bill,
            ledger,
            book: book(),
            rules: rules(),
            hand: Vec::new(),
            bill_values: Values::default(),
            ledger_values: Values::default(),
        }
    }

    pub fn bill(mut self, line: Line<'_>) -> Self {
        let file = u16::from(line.credits.is_some());
        self.bill.push(&mut self.names, file, &line);
        self
    }

    pub fn ledger(mut self, line: Line<'_>) -> Self {
        let file = u16::from(line.unit == "credits" || line.credits.is_some());
        self.ledger.push(&mut self.names, file, &line);
        self
    }

    /// A line of costs on the bill.
    pub fn cost(mut self, line: Line<'_>) -> Self {
        self.bill.push(&mut self.names, 2, &line);
        self
    }

    pub fn cost_in_another_file(mut self, line: Line<'_>) -> Self {
        self.bill.push(&mut self.names, 4, &line);
        self
    }

    /// A line of usage on the bill.
    pub fn usage(mut self, line: Line<'_>) -> Self {
        self.bill.push(&mut self.names, 3, &line);
        self
    }

    /// Several calls together in the ledger.
    pub fn run_of_calls(mut self, line: Line<'_>) -> Self {
        self.ledger.push(&mut self.names, 3, &line);
        self
    }

    pub fn run(mut self) -> Done {
        let opening = LotOpening::default();
        self.bill_values = value(&self.book, &self.names, &self.bill, &opening);
        self.ledger_values = value(&self.book, &self.names, &self.ledger, &opening);
        let result = reconcile(&self.sides(), &self.rules, &self.hand);
        Done { case: self, result }
    }

    pub fn sides(&self) -> Sides<'_> {
        Sides {
            names: &self.names,
            bill: &self.bill,
            ledger: &self.ledger,
            bill_values: &self.bill_values,
            ledger_values: &self.ledger_values,
            prices: &self.book,
        }
    }
}

/// A month, compared.
pub struct Done {
    pub case: Case,
    pub result: Reconciliation,
}

impl Done {
    pub fn items(&self) -> &Items {
        &self.result.items
    }

    /// Each item as `outcome cause bill rows/ledger rows`.
    pub fn shown(&self) -> Vec<String> {
        let items = self.items();
        let each = |item: u32| {
            let bill: Vec<String> = items.bill_rows(item).map(|row| row.to_string()).collect();
            let ledger: Vec<String> = items.ledger_rows(item).map(|row| row.to_string()).collect();
            let words = [items.outcome(item).name(), items.cause(item).name()].join(" ");
            format!("{words} {}/{}", bill.join(","), ledger.join(","))
        };
        (0..items.len() as u32).map(each).collect()
    }

    /// The parts of an item's variance as `cause amount`.
    pub fn parts(&self, item: u32) -> Vec<String> {
        let shown = |part: &Part| format!("{} {}", part.cause.name(), part.amount);
        Judge::new(&self.case.sides()).variance(self.items(), item).iter().map(shown).collect()
    }
}

/// A request of gpt-4o: id, second, input, output, amount ("" for none).
pub fn request<'a>(id: &'a str, second: i64, input: i64, output: i64, cost: &str) -> Line<'a> {
    Line {
        id,
        at: at(second),
        model: "gpt-4o",
        input: Some(input),
        output: Some(output),
        amount: (!cost.is_empty()).then(|| amount(cost)),
        ..Line::default()
    }
}

/// Credits of one user and usage type on a day of January 2026.
pub fn credits<'a>(day: i64, user: &'a str, action: &'a str, credits: &str) -> Line<'a> {
    Line {
        at: at((day - 1) * 86_400),
        user,
        action,
        unit: "credits",
        credits: Some(Quantity::parse(credits).unwrap()),
        ..Line::default()
    }
}
