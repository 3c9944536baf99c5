//! Users without a project and rows without a price, in words.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::desk::{Desk, Lacking, text};

/// Items that one thread looks at at a time, at least.
const ITEMS_AT_ONCE: usize = 1 << 14;

/// Rows by user without a payer, and what they lack.
pub(super) fn unassigned(desk: &Desk) -> BTreeMap<(String, Lacking), u64> {
    let items = (0..desk.items()).into_par_iter().with_min_len(ITEMS_AT_ONCE);
    let found: Vec<_> = items.filter_map(|item| desk.unassigned(item)).collect();
    let mut users = BTreeMap::new();
    for (user, lacking, rows) in found {
        *users.entry((user.to_owned(), lacking)).or_default() += rows;
    }
    users
}

pub(super) fn name(user: &str) -> &str {
    if user.is_empty() { "a row without a user" } else { user }
}

pub(super) fn unpriced(beyond_lots: u64, without_credits: u64) -> Vec<String> {
    let mut reasons = Vec::new();
    if beyond_lots > 0 {
        let verb = if beyond_lots == 1 { "comes" } else { "come" };
        reasons.push(format!(
            "{} {verb} before any credit pool is effective and so without a price: give a pool in pricing.json the \
             effective_date from which it is drawn, or enter the earlier purchase there",
            rows(beyond_lots)
        ));
    }
    if without_credits > 0 {
        let verb = if without_credits == 1 { "states" } else { "state" };
        reasons.push(format!("{} {verb} no credits and so no price", rows(without_credits)));
    }
    reasons
}

pub(super) fn rows(count: u64) -> String {
    text::counted(count, "row")
}

pub(super) fn rows_are(count: u64) -> String {
    format!("{} {}", rows(count), if count == 1 { "is" } else { "are" })
}
