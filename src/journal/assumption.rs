//! What an operator takes for granted about how a ledger was kept, so that a
//! comparison with the bill means something. The ledger itself stays as it is;
//! what is compared follows from it and from these.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::calendar::Day;

/// One of them. The names it holds are as the comparison has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "takes", rename_all = "kebab-case")]
pub enum Assumption {
    /// The ledger's times are so many minutes behind UTC: they are added to
    /// each. It holds in every month of the book, or what leaves one month
    /// would come into no other.
    LedgerTimes { minutes: i32 },
    /// Recorded amounts are taken `times / over` times.
    Scaled {
        because: Because,
        /// Of this model; of all where there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        /// From and to these UTC days, both included; the whole month where
        /// there are none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        days: Option<(Day, Day)>,
        times: u64,
        over: u64,
    },
    /// What was recorded under one project, key or user is that of another.
    SameProject { recorded: String, billed: String },
}

/// Why recorded amounts are taken another number of times.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// The ledger counts in another unit. What the price book makes of tokens
    /// is in the right one and stays.
    Unit,
    /// The calls were processed in this tier, and priced as if in none.
    Tier(String),
    /// The provider asks this share of its list price, by contract.
    Discount,
}

impl Assumption {
    /// Whether it holds in every month and not only in the one it was made in.
    pub const fn is_of_every_month(&self) -> bool {
        matches!(self, Self::LedgerTimes { .. })
    }
}

impl fmt::Display for Assumption {
    /// `the ledger's times are those of UTC-5`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LedgerTimes { minutes } => {
                let (sign, behind) = (if *minutes > 0 { '-' } else { '+' }, minutes.unsigned_abs());
                write!(f, "the ledger's times are those of UTC{sign}{}", behind / 60)?;
                if !behind.is_multiple_of(60) { write!(f, ":{:02}", behind % 60) } else { Ok(()) }
            }
            Self::Scaled { because, model, days, times, over } => {
                match because {
                    Because::Unit => f.write_str("the ledger states another unit: its amounts")?,
                    Because::Tier(tier) => write!(f, "calls were processed as {tier}: recorded amounts")?,
                    Because::Discount => f.write_str("a contract lowers the list price: recorded amounts")?,
                }
                if let Some(model) = model {
                    write!(f, " of {model}")?;
                }
                match days {
                    Some((from, to)) if from == to => write!(f, " on {from}")?,
                    Some((from, to)) => write!(f, " from {from} to {to}")?,
                    None => {}
                }
                write!(f, " count ")?;
                match (times, over) {
                    (times, 1) => write!(f, "{times} times"),
                    (times, over) => write!(f, "{times}/{over} times"),
                }
            }
            Self::SameProject { recorded, billed } => {
                let named = |name: &str| if name.is_empty() { "no name".to_owned() } else { format!("“{name}”") };
                write!(f, "what is recorded for {} is that of {}", named(recorded), named(billed))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assumption_reads_back_from_the_journal_and_says_what_it_takes() {
        let day = |text: &str| Day::parse(text).unwrap();
        let all = [
            (Assumption::LedgerTimes { minutes: 300 }, "the ledger's times are those of UTC-5"),
            (Assumption::LedgerTimes { minutes: -330 }, "the ledger's times are those of UTC+5:30"),
            (
                Assumption::Scaled { because: Because::Unit, model: None, days: None, times: 1, over: 100 },
                "the ledger states another unit: its amounts count 1/100 times",
            ),
            (
                Assumption::Scaled {
                    because: Because::Tier("batch".into()),
                    model: Some("gpt-4o".into()),
                    days: Some((day("2026-01-02"), day("2026-01-03"))),
                    times: 1,
                    over: 2,
                },
                "calls were processed as batch: recorded amounts of gpt-4o from 2026-01-02 to 2026-01-03 count 1/2 times",
            ),
            (
                Assumption::SameProject { recorded: String::new(), billed: "p1".into() },
                "what is recorded for no name is that of “p1”",
            ),
        ];
        for (assumption, words) in all {
            assert_eq!(assumption.to_string(), words);
            let text = serde_json::to_string(&assumption).unwrap();
            assert_eq!(serde_json::from_str::<Assumption>(&text).unwrap(), assumption, "{text}");
        }
    }
}
