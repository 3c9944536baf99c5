//! What earlier months drew from subsidies and lots, as a signed month went on
//! from it: exactly, so that the month comes out the same again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sign_off::{LOTS, OPENINGS};
use crate::allocate::{Level, Opening, Openings, Scope, Subject};
use crate::amount::{Amount, Cents, Quantity};
use crate::price::LotOpening;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    rule: String,
    /// `project`, `user`, `pi` or `global`.
    level: String,
    subject: String,
    period: String,
    used_cents: i64,
    subsidized_cents: i64,
    /// Exact.
    reached: String,
}

/// The openings as JSON, in the order of their scopes.
pub fn openings_text(openings: &Openings) -> String {
    let line = |(scope, opening): (&Scope, &Opening)| Line {
        rule: scope.rule.clone(),
        level: scope.subject.level().name().to_owned(),
        subject: scope.subject.name().to_owned(),
        period: scope.period.to_string(),
        used_cents: opening.used.0,
        subsidized_cents: opening.subsidized.0,
        reached: opening.reached.to_string(),
    };
    pretty(&openings.iter().map(line).collect::<Vec<_>>())
}

/// Reads what [`openings_text`] wrote.
///
/// # Errors
/// A sentence: what cannot be read, and of which rule.
pub fn parse_openings(text: &[u8]) -> Result<Openings, String> {
    let lines: Vec<Line> = read(OPENINGS, text)?;
    let mut openings = Openings::new();
    for line in lines {
        let wrong = |what: &str| format!("{OPENINGS}: an opening of “{}” has {what}.", line.rule);
        let level = Level::ALL.into_iter().find(|level| level.name() == line.level);
        let level = level.ok_or_else(|| wrong("a level that there is not"))?;
        let scope = Scope {
            rule: line.rule.clone(),
            subject: Subject::new(level, &line.subject),
            period: line.period.parse().map_err(|_| wrong("a period that is none"))?,
        };
        let opening = Opening {
            used: Cents(line.used_cents),
            subsidized: Cents(line.subsidized_cents),
            reached: Amount::parse(&line.reached).map_err(|_| wrong("an amount that is none"))?,
        };
        if openings.insert(scope, opening).is_some() {
            return Err(wrong("a subject and period twice"));
        }
    }
    Ok(openings)
}

/// Credits and money drawn from each lot as JSON, by the lot's label.
pub fn lots_text(opening: &LotOpening) -> String {
    let text = |(lot, (credits, amount)): (&String, &(Quantity, Amount))| {
        (lot.clone(), [credits.to_string(), amount.to_string()])
    };
    pretty(&opening.drawn.iter().map(text).collect::<BTreeMap<_, _>>())
}

/// Reads what [`lots_text`] wrote.
///
/// # Errors
/// A sentence: what cannot be read, and of which lot.
pub fn parse_lots(text: &[u8]) -> Result<LotOpening, String> {
    let lots: BTreeMap<String, [String; 2]> = read(LOTS, text)?;
    let mut opening = LotOpening::default();
    for (lot, [credits, amount]) in lots {
        let wrong = |what: &str| format!("{LOTS}: the lot “{lot}” has {what}.");
        let credits = Quantity::parse(&credits).map_err(|_| wrong("credits that are no number"))?;
        let amount = Amount::parse(&amount).map_err(|_| wrong("an amount that is none"))?;
        opening.drawn.insert(lot, (credits, amount));
    }
    Ok(opening)
}

fn pretty<T: Serialize>(value: &T) -> String {
    // Texts and whole numbers: nothing here can fail to become JSON.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

fn read<T: serde::de::DeserializeOwned>(name: &str, text: &[u8]) -> Result<T, String> {
    let read = serde_json::from_slice::<serde_json::Value>(text).and_then(serde_json::from_value);
    read.map_err(|error| format!("{name} cannot be read: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn openings_come_back_to_the_last_digit(
            all in proptest::collection::vec((".{0,8}", 0usize..4, ".{0,8}", any::<(i32, i32, i32)>()), 0..12),
        ) {
            let opening = |(rule, level, name, (used, subsidized, reached)): (String, usize, String, (i32, i32, i32))| {
                let subject = Subject::new(Level::ALL[level], &name);
                let reached = Amount::parse(format!("{reached}.000000000000000001")).unwrap();
                let opening = Opening { used: Cents(used.into()), subsidized: Cents(subsidized.into()), reached };
                (Scope { rule, subject, period: "2026-W03".parse().unwrap() }, opening)
            };
            let openings: Openings = all.into_iter().map(opening).collect();
            prop_assert_eq!(parse_openings(openings_text(&openings).as_bytes()).unwrap(), openings);
        }

        #[test]
        fn lots_come_back_to_the_last_digit(all in proptest::collection::btree_map(".{0,8}", any::<(i32, i32)>(), 0..8)) {
            let exact = |n: i32| format!("{n}.000000000001");
            let lot = |(lot, (credits, amount)): (String, (i32, i32))| {
                (lot, (Quantity::parse(exact(credits)).unwrap(), Amount::parse(exact(amount)).unwrap()))
            };
            let opening = LotOpening { drawn: all.into_iter().map(lot).collect() };
            prop_assert_eq!(parse_lots(lots_text(&opening).as_bytes()).unwrap(), opening);
        }
    }
}
