//! Corrections as the journal keeps them: JSON, in which what has a form of its
//! own (rows, charges, openings) stands as text.

use serde::{Deserialize, Serialize};

use super::corrections::{charges_csv, parse_charges};
use super::late::{KnownAs, Late, LateDraw};
use super::openings::{openings_text, parse_openings};
use crate::allocate::Scope;
use crate::amount::{Amount, Cents};
use crate::calendar::Month;
use crate::focus::{Kept, Profile};
use crate::journal::hex;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    of: Month,
    into: Month,
    profile: Profile,
    rows: String,
    charges: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    known: Vec<KnownAs>,
    gone: Vec<String>,
    openings: String,
    draws: Vec<StoredDraw>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredDraw {
    charge: String,
    /// Into the sorted openings.
    scope: usize,
    amount: String,
    cents: i64,
    back: bool,
}

impl Late {
    /// As the journal keeps it; equal ones have equal texts.
    ///
    /// # Errors
    /// A sentence, when a charge cannot be written as CSV.
    pub fn text(&self) -> Result<String, String> {
        let scopes: Vec<&Scope> = self.openings.keys().collect();
        let draw = |draw: &LateDraw| {
            let scope = scopes.binary_search(&&draw.scope).map_err(|_| "a draw counts against no cap".to_owned())?;
            let LateDraw { charge, amount, cents, back, .. } = draw;
            Ok(StoredDraw { charge: charge.clone(), scope, amount: amount.to_string(), cents: cents.0, back: *back })
        };
        let charges = String::from_utf8(charges_csv(&self.charges)?).map_err(|error| error.to_string())?;
        let stored = Stored {
            of: self.of,
            into: self.into,
            profile: self.profile,
            rows: hex(&self.rows.to_bytes()),
            charges,
            known: self.known.clone(),
            gone: self.gone.clone(),
            openings: openings_text(&self.openings),
            draws: self.draws.iter().map(draw).collect::<Result<_, String>>()?,
        };
        serde_json::to_string(&stored).map_err(|error| error.to_string())
    }

    /// Reads what [`Late::text`] gave.
    ///
    /// # Errors
    /// A sentence that says what cannot be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: String| format!("Accepted corrections cannot be read: {why}");
        let stored: Stored = serde_json::from_str::<serde_json::Value>(text)
            .and_then(serde_json::from_value)
            .map_err(|error| wrong(format!("{error}.")))?;
        let bytes = unhex(&stored.rows).ok_or_else(|| wrong("their rows are damaged.".into()))?;
        let openings = parse_openings(stored.openings.as_bytes()).map_err(wrong)?;
        let scopes: Vec<Scope> = openings.keys().cloned().collect();
        let draw = |draw: StoredDraw| {
            let scope = scopes.get(draw.scope).ok_or_else(|| wrong("a draw counts against no cap.".into()))?;
            let amount = Amount::parse(&draw.amount).map_err(|error| wrong(format!("a draw {error}.")))?;
            let (charge, cents, back) = (draw.charge, Cents(draw.cents), draw.back);
            Ok(LateDraw { charge, scope: scope.clone(), amount, cents, back })
        };
        let charges = parse_charges(stored.charges.as_bytes()).map_err(wrong)?;
        if !stored.known.is_empty() && stored.known.len() != charges.len() {
            return Err(wrong("not all of their charges are known.".into()));
        }
        Ok(Self {
            of: stored.of,
            into: stored.into,
            profile: stored.profile,
            rows: Kept::from_bytes(&bytes).map_err(|why| wrong(format!("{why}.")))?,
            charges,
            known: stored.known,
            gone: stored.gone,
            draws: stored.draws.into_iter().map(draw).collect::<Result<_, String>>()?,
            openings,
        })
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}
