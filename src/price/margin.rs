//! A ledger whose costs already hold a margin: it is taken out of what the
//! rows state, so that what is compared is what the calls cost.

use rayon::prelude::*;

use super::Values;
use crate::amount::{Amount, FixedColumn, Money, Quantity, UnitCost};
use crate::usage::Lines;

/// A margin that stated costs hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IncludedMargin {
    percent: Amount,
    /// 100 of cost for each 100 and the percent that are stated.
    cost: UnitCost,
}

impl IncludedMargin {
    /// From percent of the cost: with 25, a stated 1.25 costs 1.00. `None` when
    /// negative or above 1,000.
    pub fn from_percent(percent: Amount) -> Option<Self> {
        let hundred = Amount::from_int(100);
        let stated: Quantity = hundred.plus(percent).retag();
        let cost = UnitCost::new(hundred, stated)?;
        (!percent.is_negative() && percent <= Amount::from_int(1_000)).then_some(Self { percent, cost })
    }

    pub fn percent(self) -> Amount {
        self.percent
    }

    /// What is left of a stated amount: multiplied before it is divided, and
    /// rounded once at 12 decimals, half away from zero. It is never further
    /// from zero than what is stated, so it can always be held.
    pub fn without(self, stated: Amount) -> Amount {
        self.cost.cost_of(stated.retag()).unwrap_or(stated)
    }
}

/// Which ledgers hold a margin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncludedMargins {
    /// All that are not named.
    pub every: Option<IncludedMargin>,
    /// By the name of a format, or of a map of columns.
    pub by_format: Vec<(String, IncludedMargin)>,
}

impl IncludedMargins {
    /// Whether no ledger holds a margin.
    pub fn is_empty(&self) -> bool {
        self.every.is_none() && self.by_format.is_empty()
    }

    pub fn of(&self, format: &str) -> Option<IncludedMargin> {
        let named = self.by_format.iter().find(|(name, _)| name.eq_ignore_ascii_case(format));
        // A margin of nothing is none.
        named.map(|(_, margin)| *margin).or(self.every).filter(|margin| !margin.percent.is_zero())
    }
}

/// Rows valued by one thread at a time.
const CHUNK: u32 = 1 << 16;

impl Values {
    /// The values of a ledger without the margins that its stated costs hold;
    /// what the price book says holds none.
    pub fn without_margins(mut self, lines: &Lines, margins: &IncludedMargins) -> Self {
        let by_file: Vec<Option<IncludedMargin>> = lines.files().iter().map(|file| margins.of(file.format)).collect();
        if by_file.iter().all(Option::is_none) {
            return self;
        }
        let rows = lines.len() as u32;
        let parts: Vec<FixedColumn<Money>> = (0..rows.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let (from, to) = (chunk * CHUNK, rows.min(chunk.saturating_add(1).saturating_mul(CHUNK)));
                let mut column = FixedColumn::default();
                for row in from..to {
                    let margin = by_file.get(usize::from(lines.origin(row).file)).copied().flatten();
                    let net = lines.amount(row).zip(margin).map(|(stated, margin)| margin.without(stated));
                    column.push(net.or_else(|| self.computed.get(row)));
                }
                column
            })
            .collect();
        let mut computed = FixedColumn::default();
        parts.iter().for_each(|part| computed.append(part));
        self.computed = computed;
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::price::Worth;
    use crate::usage::{Line, Names, Shape, SourceFile};

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    fn margin(percent: &str) -> IncludedMargin {
        IncludedMargin::from_percent(amount(percent)).unwrap()
    }

    #[test]
    fn a_margin_is_taken_out_of_what_is_stated() {
        assert_eq!(margin("25").without(amount("1.25")).to_string(), "1");
        assert_eq!(margin("12.5").without(amount("-0.0045")).to_string(), "-0.004");
        assert_eq!(margin("20").without(amount("1")).to_string(), "0.833333333333");
        assert_eq!(margin("0").without(amount("0.000000000000000001")).to_string(), "0", "rounded once, at 12");
        assert_eq!(IncludedMargin::from_percent(amount("-1")), None);
        assert_eq!(IncludedMargin::from_percent(amount("1000.01")), None);
    }

    fn lines(rows: &[(&'static str, &str)]) -> Lines {
        let (mut names, mut lines) = (Names::default(), Lines::default());
        for (format, cost) in rows {
            let file = lines.add_file(SourceFile { format, rows: 1, ..SourceFile::of_shape(Shape::Request) });
            lines.push(&mut names, file, &Line { amount: Amount::parse(cost).ok(), ..Line::default() });
        }
        lines
    }

    #[test]
    fn a_margin_of_one_format_leaves_the_others_and_the_lines_as_they_are() {
        let lines = lines(&[("litellm", "2.50"), ("token-usage", "2.50"), ("litellm", ""), ("own", "2.50")]);
        let named = |name: &str, percent| (name.to_owned(), margin(percent));
        let margins =
            IncludedMargins { every: Some(margin("100")), by_format: vec![named("LiteLLM", "25"), named("own", "0")] };
        let mut before = Values::default();
        [None, None, Some(amount("7")), None].into_iter().for_each(|amount| before.computed.push(amount));
        let after = before.without_margins(&lines, &margins);
        let worth: Vec<_> = (0..4).map(|row| after.amount(&lines, row).unwrap().to_string()).collect();
        assert_eq!(worth, ["2", "1.25", "7", "2.5"]);
        assert_eq!(after.worth(&lines, 0), Worth::Stated(amount("2")));
        assert_eq!(lines.amount(0), Some(amount("2.50")), "what the row states stays");
    }

    proptest! {
        #[test]
        fn with_the_margin_put_on_again_it_is_what_was_stated(units in -10i64.pow(15)..10i64.pow(15), percent in 0i64..1_000) {
            let stated = Amount::from_units(i128::from(units) * 1_000_000);
            let cost = IncludedMargin::from_percent(Amount::from_int(percent)).unwrap().without(stated);
            let again = cost.units() * i128::from(100 + percent) - stated.units() * 100;
            prop_assert!(again.abs() <= i128::from(100 + percent) * 500_000, "{} {}", stated, cost);
            prop_assert!(cost.abs() <= stated.abs());
        }
    }
}
