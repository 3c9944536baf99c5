//! What a book says about files before any of them is read: its currency, its
//! maps of columns, and of which providers its bill is.

use super::{ColumnMap, openrouter};
use crate::usage::{Extra, Lines};

/// Handed to every reading of a file.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The operator's maps of columns; a file that one of them fits is read
    /// through it.
    pub maps: &'a [ColumnMap],
    /// The book's currency. An amount that states another is kept apart
    /// ([`crate::usage::Lines::foreign`]) and never summed with the rest.
    pub currency: &'a str,
    /// Of which providers the bill is that a ledger is compared with.
    pub billed: Billed,
    /// What is kept for each line beside it ([`crate::usage::Lines::extra`], by
    /// the place in this list), so far as its format has something of the kind.
    pub keep: &'a [Extra],
}

impl Default for Terms<'_> {
    /// Dollars, no maps, and a bill of OpenAI.
    fn default() -> Self {
        Self { maps: &[], currency: "USD", billed: Billed::default(), keep: &[] }
    }
}

/// Whose calls the bill can hold, as far as its files tell: a ledger that names
/// the provider of each call has nothing to compare for all others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Billed {
    /// OpenAI's, or Azure's of the same models.
    #[default]
    OpenAi,
    OpenRouter,
    Both,
}

impl Billed {
    /// By the formats of the bill's files. Only OpenRouter's export says that
    /// it is of nobody else; a bill without files is taken for OpenAI's.
    pub fn of(bill: &Lines) -> Self {
        let routed = |format: &str| format == openrouter::INFO.name;
        let (mut by_router, mut others) = (false, false);
        for file in bill.files() {
            if routed(file.format) { by_router = true } else { others = true }
        }
        match (by_router, others) {
            (true, true) => Self::Both,
            (true, false) => Self::OpenRouter,
            (false, _) => Self::OpenAi,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tests::{all, input};
    use crate::usage::Side;

    #[test]
    fn whose_bill_it_is_is_seen_from_its_files() {
        const ROUTED: &str = "generation_id,created_at,cost_total,model_permaslug\n";
        const COSTS: &str = "start_time,amount_value\n";
        let billed = |files: &[&str]| {
            let files = files.iter().map(|text| input(Side::Bill, "b.csv", text.as_bytes())).collect();
            Billed::of(&all(files, 100).unwrap().0.lines)
        };
        assert_eq!(billed(&[]), Billed::OpenAi);
        assert_eq!(billed(&[COSTS]), Billed::OpenAi);
        assert_eq!(billed(&[ROUTED, ROUTED]), Billed::OpenRouter);
        assert_eq!(billed(&[ROUTED, COSTS]), Billed::Both);
    }
}
