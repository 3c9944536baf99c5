//! What must not be written: a file is read by an importer, and sooner or later
//! by a spreadsheet.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use rayon::prelude::*;
use rustc_hash::FxHasher;

use super::kinds::Kinds;
use super::row::{ResourceId, Row};
use super::sheet::Sheet;
use super::text::harmful;
use crate::allocate::Stem;

impl Sheet {
    /// Why these rows must not be written: a sentence for each id or email that
    /// a spreadsheet would run as a formula or that holds control characters,
    /// with the first row that has it, and for each `ResourceId` that stands
    /// there twice, of which the importer would silently keep the last. Empty
    /// when all is well.
    pub fn refusals(&self) -> Vec<String> {
        // First row by kind and value.
        let mut bad: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
        let more: Vec<Row<'_>> = self.more.rows().collect();
        let at = |number: usize| match number.checked_sub(self.charged()) {
            None => self.row(number),
            Some(behind) => more.get(behind).cloned(),
        };
        // The hash of each row's id, and whether anything in the row looks bad.
        let (hashes, suspect): (Vec<u64>, Vec<bool>) = (0..self.len())
            .into_par_iter()
            .with_min_len(ROWS_AT_ONCE)
            .map_init(<(String, Kinds<'_>)>::default, |(text, kinds), number| {
                let Some(row) = at(number) else { return (0, true) };
                text.clear();
                row.id.push(text);
                let mut hasher = FxHasher::default();
                text.hash(&mut hasher);
                let suspect = !is_harmless(&row, text, kinds);
                (hasher.finish(), suspect)
            })
            .unzip();
        for number in suspect.iter().enumerate().filter(|(_, suspect)| **suspect).map(|(number, _)| number) {
            let Some(row) = at(number) else { continue };
            let (id, name) = (row.id.text(), row.resource_name());
            let all = [("resource id", &*id), ("resource name", &*name)].into_iter().chain(fields(&row));
            for (noun, value) in all.filter(|(_, value)| harmful(value).is_some()) {
                bad.entry((noun, value.to_owned())).or_insert(number);
            }
        }
        let mut sentences: Vec<(usize, String)> = bad
            .into_iter()
            .map(|((noun, value), at)| {
                let why = harmful(&value).unwrap_or_default();
                let shown = value.escape_debug();
                (at, format!("row {}: the {noun} “{shown}” {why}; correct it where it comes from", at + 1))
            })
            .collect();
        sentences.extend(self.twice(hashes, &at));
        sentences.sort();
        sentences.into_iter().map(|(_, sentence)| sentence).collect()
    }

    /// Rows whose id an earlier one has.
    fn twice<'a>(&'a self, hashes: Vec<u64>, at: &dyn Fn(usize) -> Option<Row<'a>>) -> Vec<(usize, String)> {
        // Nearly always there is none, and then no row needs its number.
        let mut sorted = hashes.clone();
        sorted.par_sort_unstable();
        if sorted.par_windows(2).with_min_len(ROWS_AT_ONCE).all(|pair| pair.first() != pair.last()) {
            return Vec::new();
        }
        let mut hashes: Vec<(u64, u32)> = hashes.into_iter().zip(0u32..).collect();
        hashes.par_sort_unstable();
        let mut found = Vec::new();
        for alike in hashes.chunk_by(|a, b| a.0 == b.0).filter(|alike| alike.len() > 1) {
            let mut seen = std::collections::BTreeSet::new();
            for (_, number) in alike {
                let number = *number as usize;
                let Some(row) = at(number) else { continue };
                let id = row.id.text().into_owned();
                if let Some(id) = seen.replace(id) {
                    let (row, id) = (number + 1, id.escape_debug());
                    found.push((
                        number,
                        format!(
                            "row {row}: the resource id “{id}” stands there twice; the importer would keep only one"
                        ),
                    ));
                }
            }
        }
        found
    }
}

/// Rows that one thread looks at at a time, at least.
const ROWS_AT_ONCE: usize = 1 << 12;

/// Whether a row certainly holds nothing harmful, `id` being the text of its id.
fn is_harmless<'a>(row: &Row<'a>, id: &str, kinds: &mut Kinds<'a>) -> bool {
    let payer = row.payer;
    let texts = [row.user, payer.pi_email, payer.project_id, payer.project_name, payer.fund_org, row.account];
    let of_row = texts.into_iter().all(|text| kinds.of(text).harmless)
        && row.measure.is_none_or(|measure| kinds.of(measure.price_of).harmless)
        && match &row.subsidy_name {
            Cow::Borrowed(name) => kinds.of(name).harmless,
            Cow::Owned(name) => harmful(name).is_none(),
        };
    // It begins with the name of the provider.
    let of_id = match row.id {
        ResourceId::Of { base: Stem::Own { what, user, .. }, rule: None, lot: None, .. } => {
            kinds.of(what).steady && kinds.of(user).steady
        }
        _ => harmful(id).is_none(),
    };
    of_row && of_id
}

/// What a row carries from data and configuration into cells and tags.
fn fields<'a>(row: &'a Row<'_>) -> [(&'static str, &'a str); 8] {
    [
        ("user", row.user),
        ("PI's email", row.payer.pi_email),
        ("project id", row.payer.project_id),
        ("project's name", row.payer.project_name),
        ("fund", row.payer.fund_org),
        ("subsidy name", &row.subsidy_name),
        ("account", row.account),
        ("source of the price", row.measure.as_ref().map_or("", |measure| measure.price_of)),
    ]
}
