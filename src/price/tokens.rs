//! A line's tokens by class, and what they cost at given rates.

use super::{Rates, Tokens};
use crate::amount::{Amount, AmountError};
use crate::usage::Lines;

/// The exact cost of `tokens` in the book's currency; nothing is rounded.
///
/// # Errors
/// [`AmountError::TooLarge`] when the cost cannot be held.
pub fn cost(rates: &Rates, tokens: Tokens) -> Result<Amount, AmountError> {
    let cached = rates.cached_input.unwrap_or(rates.input);
    let input = rates.input.cost_of(tokens.uncached)?.checked_add(cached.cost_of(tokens.cached)?)?;
    input.checked_add(rates.output.cost_of(tokens.output)?)
}

/// The token classes of a row. Where one of input and output is blank it is
/// what the total leaves (zero without a total), since embeddings have no
/// output. `None` where the row does not say how its tokens split: only a
/// total, no tokens at all, a negative count, more cached input than input.
pub fn tokens_of(lines: &Lines, row: u32) -> Option<Tokens> {
    let (input, output) = match (lines.input(row), lines.output(row)) {
        (Some(input), Some(output)) => (input, output),
        (Some(input), None) => (input, lines.total(row)?.checked_sub(input)?),
        (None, Some(output)) => (lines.total(row)?.checked_sub(output)?, output),
        (None, None) if lines.total(row)? == 0 => (0, 0),
        (None, None) => return None,
    };
    let cached = lines.cached(row).unwrap_or(0);
    let sound = output >= 0 && (0..=input).contains(&cached);
    sound.then(|| Tokens { uncached: input - cached, cached, output })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::PriceBook;
    use crate::price::value::tests::request_lines;
    use crate::usage::Line;

    fn split(line: Line<'_>) -> Option<[i64; 3]> {
        let (_, lines) = request_lines(&[line]);
        tokens_of(&lines, 0).map(|t| [t.uncached, t.cached, t.output])
    }

    #[test]
    fn cached_input_is_part_of_the_input() {
        let line = Line { input: Some(100), cached: Some(30), output: Some(7), ..Line::default() };
        assert_eq!(split(line), Some([70, 30, 7]));
    }

    #[test]
    fn a_blank_count_is_what_the_total_leaves() {
        assert_eq!(split(Line { input: Some(10), ..Line::default() }), Some([10, 0, 0]));
        assert_eq!(split(Line { input: Some(10), total: Some(15), ..Line::default() }), Some([10, 0, 5]));
        assert_eq!(split(Line { output: Some(5), total: Some(15), ..Line::default() }), Some([10, 0, 5]));
    }

    #[test]
    fn tokens_are_never_split_by_guess() {
        assert_eq!(split(Line { total: Some(15), ..Line::default() }), None);
        assert_eq!(split(Line::default()), None);
        assert_eq!(split(Line { input: Some(3), cached: Some(4), output: Some(1), ..Line::default() }), None);
        assert_eq!(split(Line { input: Some(3), cached: Some(-1), ..Line::default() }), None);
        assert_eq!(split(Line { input: Some(30), total: Some(15), ..Line::default() }), None);
        assert_eq!(split(Line { input: Some(-3), output: Some(1), ..Line::default() }), None);
        assert_eq!(split(Line { input: Some(i64::MIN), total: Some(1), ..Line::default() }), None);
    }

    /// Real days whose bill equals tokens × list price to the last digit:
    /// day, model, uncached, cached and output tokens, dollars billed.
    const REAL_BILLS: [(&str, &str, i64, i64, i64, &str); 4] = [
        ("2026-07-07", "gpt-4o-mini-2024-07-18", 5_560_222, 229_120, 106_885, "0.9153483"),
        ("2025-10-07", "gpt-5-mini-2025-08-07", 80_992, 0, 274_770, "0.569788"),
        ("2025-10-10", "gpt-5-mini-2025-08-07", 124_784, 0, 154_852, "0.3409"),
        ("2025-10-11", "gpt-5-mini-2025-08-07", 22_688, 0, 33_191, "0.072054"),
    ];

    #[test]
    fn the_shipped_prices_give_real_bills_to_the_last_digit() {
        let book = PriceBook::shipped();
        for (day, model, uncached, cached, output, billed) in REAL_BILLS {
            let rates = book.rates(model, day.parse().unwrap()).unwrap();
            let cost = cost(rates, Tokens { uncached, cached, output }).unwrap();
            assert_eq!(cost.to_string(), billed, "{day} {model}");
        }
        // A day on which a row of the next day's bucket was billed as well.
        let of = |model, uncached, cached, output| {
            let rates = book.rates(model, "2025-10-05".parse().unwrap()).unwrap();
            cost(rates, Tokens { uncached, cached, output }).unwrap()
        };
        let both = of("gpt-4o-2024-08-06", 53_440, 5_760, 10_646).plus(of("gpt-5-2025-08-07", 38_072, 8_192, 60_000));
        assert_eq!(both.to_string(), "0.895874");
    }

    #[test]
    fn a_cost_that_cannot_be_held_is_an_error() {
        let book = PriceBook::shipped();
        let rates = book.rates("gpt-5-pro", "2026-01-01".parse().unwrap()).unwrap();
        assert!(cost(rates, Tokens { uncached: i64::MAX, cached: 0, output: i64::MAX }).is_ok());
        let dear =
            Rates { input: crate::amount::PerMillion::new(Amount::from_int(99_999_999_999)).unwrap(), ..rates.clone() };
        assert_eq!(cost(&dear, Tokens { uncached: i64::MAX, cached: 0, output: 0 }), Err(AmountError::TooLarge));
    }
}
