//! Charges numbered where they are alike, and in the order in which they draw,
//! without comparing the text of a million ids with each other.

use std::cmp::Ordering;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Desk;
use super::charges::Seed;
use crate::allocate::Base;
use crate::amount::Amount;
use crate::calendar::Day;
use crate::usage::Sym;

/// A charge while it is put in order: in little room, since a million of them
/// are moved about many times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// Its day, and of what its base is made of besides the day, where that is
    /// usage type and user.
    day: Day,
    rank: u32,
    /// Its amount, as far as it fits.
    steps: i64,
    /// Number of the seed.
    pub at: u32,
    /// Its occurrence: 1 for the first of its base.
    pub number: u32,
}

/// Of a charge whose base is made of something else.
const NO_RANK: u32 = u32::MAX;

/// So much in steps of 10⁻¹², less where it is between two; too much is as much
/// as fits. A greater amount never has fewer steps, and one below zero has fewer
/// than zero.
fn steps(amount: Amount) -> i64 {
    const STEP: i64 = 1_000_000;
    match i64::try_from(amount.units()) {
        Ok(units) => units.div_euclid(STEP),
        Err(_) => {
            let steps = amount.units().div_euclid(i128::from(STEP));
            i64::try_from(steps).unwrap_or(if steps < 0 { i64::MIN } else { i64::MAX })
        }
    }
}

/// Numbers charges of one base from 1, in an order that their content decides,
/// and puts them into the order of drawing: by day, a day's refunds behind its
/// charges, then base and number.
pub(super) fn numbered(desk: &Desk, seeds: &[Seed]) -> Vec<Key> {
    let ranks = ranks(desk, seeds);
    let key = |(at, seed): (usize, &Seed)| {
        let rank = desk.like_of(seed).and_then(|alike| ranks.get(&alike)).copied().unwrap_or(NO_RANK);
        Key { day: seed.day, rank, steps: steps(desk.amount_of(seed)), at: at as u32, number: 1 }
    };
    let mut order: Vec<Key> = seeds.par_iter().enumerate().map(key).collect();
    let texts: Vec<Box<str>> = match order.par_iter().any(|key| key.rank == NO_RANK) {
        true => seeds.par_iter().map(|seed| text_of(desk.base_of(seed))).collect(),
        false => Vec::new(),
    };
    let text = |key: &Key| texts.get(key.at as usize);
    // The same rank is the same text, and another rank another one. A base
    // without a rank is never one with.
    let by_base = |a: &Key, b: &Key| {
        let texts = || if a.rank == NO_RANK { text(a).cmp(&text(b)) } else { Ordering::Equal };
        (a.day, a.rank).cmp(&(b.day, b.rank)).then_with(texts)
    };
    order.par_sort_unstable_by(|a, b| by_base(a, b).then_with(|| (a.steps, a.at).cmp(&(b.steps, b.at))));
    // What the amount tells apart stands in its order by now. The rest nearly
    // always says the same, which one look at each shows.
    let content = |key: &Key| (seeds.get(key.at as usize).map(|seed| desk.content_of(seed)), key.at);
    let alike = |a: &Key, b: &Key| a.steps == b.steps && by_base(a, b) == Ordering::Equal;
    order.par_chunk_by_mut(alike).filter(|run| run.len() > 1).for_each(|run| {
        if !run.is_sorted_by_key(content) {
            run.par_sort_unstable_by_key(content);
        }
    });
    let mut before: Option<Key> = None;
    for key in &mut order {
        if let Some(before) = before.filter(|before| by_base(before, key) == Ordering::Equal) {
            key.number = before.number + 1;
        }
        before = Some(*key);
    }
    // Refunds of a day behind its charges; the rest stays as it is.
    if order.par_iter().any(|key| key.steps < 0) {
        order.par_sort_by_key(|key| (key.day, key.steps < 0));
    }
    order
}

fn text_of(base: Base) -> Box<str> {
    match base {
        // It has a rank.
        Base::Own => Box::default(),
        Base::Text(text) => text,
    }
}

/// The place of each usage type and user among all, by the text that the base
/// has of them. Texts that are one, of whatever parts, share a place.
fn ranks(desk: &Desk, seeds: &[Seed]) -> FxHashMap<(Sym, Sym), u32> {
    let several = |mut all: FxHashSet<(Sym, Sym)>, seed: &Seed| {
        all.extend(desk.like_of(seed));
        all
    };
    let both = |mut a: FxHashSet<(Sym, Sym)>, b: FxHashSet<(Sym, Sym)>| {
        a.extend(b);
        a
    };
    let all = seeds.par_iter().fold(FxHashSet::default, several).reduce(FxHashSet::default, both);
    let names = &desk.inputs().names;
    let text = |(what, user)| format!("openai:{}:{}:", names.text(what), names.text(user));
    let mut sorted: Vec<(String, (Sym, Sym))> = all.into_iter().map(|alike| (text(alike), alike)).collect();
    sorted.par_sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let mut ranks = FxHashMap::default();
    let (mut rank, mut last) = (0, None);
    for (text, alike) in &sorted {
        rank += u32::from(last.is_some_and(|last| last != text));
        last = Some(text);
        ranks.insert(*alike, rank);
    }
    ranks
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::allocate::Stem;
    use crate::book::Config;
    use crate::desk::{InputSpec, Past, open_named, read_both};
    use crate::journal::Verdict;
    use crate::usage::Side;

    /// Day, user, usage type, credits and counts: some differ only beyond the
    /// steps that are looked at first.
    fn desk(rows: &[(u32, usize, usize, usize, u32)]) -> Desk {
        let dir = tempfile::tempdir().unwrap();
        let mut report = "date_partition,account_id,account_user_id,email,name,public_id,usage_type,usage_credits,\
                          usage_quantity,usage_units\n"
            .to_owned();
        for (day, user, what, credits, counts) in rows {
            let user = ["a@x.edu", "b@x.edu", ":@x.edu"][*user];
            let (what, credits) =
                (["codex", "chat"][*what], ["1", "1.00000000000001", "-1", "-0.00000000000001"][*credits]);
            writeln!(report, "2026-01-0{day},acct,u,{user},N,p,{what},{credits},{counts},counts").unwrap();
        }
        let projects = r#"{"projects": [{"project_id": "one", "pi_email": "p@x.edu", "fund_org": "F",
            "users": [{"email": "a@x.edu"}, {"email": "b@x.edu"}]}]}"#;
        let pools = r#"{"credit_pools": [{"pool_id": "edu", "credits_purchased": 1000, "purchase_amount": 10}]}"#;
        for (name, text) in [("report.csv", &*report), ("projects.json", projects), ("pricing.json", pools)] {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let spec = InputSpec { path: dir.path().join("report.csv"), side: Side::Bill, format: None, append: false };
        let input = open_named(&spec, 1, true).ok().unwrap();
        let inputs = read_both(vec![input], Vec::new(), "USD", &|_| {}, &|| false).ok().unwrap();
        let config = Config::load(dir.path()).unwrap();
        Desk::new("2026-01".parse().unwrap(), Arc::new(inputs), Arc::new(config), Past::default())
    }

    proptest! {
        /// As it is said, with every text written out.
        #[test]
        fn charges_are_numbered_as_by_their_texts(
            rows in proptest::collection::vec((1u32..3, 0usize..3, 0usize..2, 0usize..4, 1u32..4), 1..24),
            rest in proptest::collection::vec(prop::bool::weighted(0.2), 24),
        ) {
            let desk = desk(&rows);
            let mut seeds = desk.seeds_of((0..desk.items()).map(|item| (item, Verdict::ApproveBilled)));
            prop_assert_eq!(seeds.len(), rows.len());
            // Their base is another text.
            seeds.iter_mut().zip(rest).for_each(|(seed, rest)| seed.of.rest = rest);
            let names = &desk.inputs().names;
            let lines = &desk.inputs().bill.lines;
            let base = |seed: &Seed| match desk.base_of(seed) {
                Base::Text(text) => (true, text.into_string()),
                Base::Own => {
                    let (what, user) = (names.text(lines.action(seed.of.row)), names.text(lines.user(seed.of.row)));
                    (false, Stem::Own { what, user, day: seed.day }.text().into_owned())
                }
            };
            let mut plain: Vec<(usize, Seed)> = seeds.iter().copied().enumerate().collect();
            plain.sort_by_key(|(at, seed)| (seed.day, base(seed), desk.content_of(seed), *at));
            let mut told: Vec<(Seed, u32)> = Vec::new();
            for (_, seed) in plain {
                let before = told.iter().filter(|(other, _)| base(other) == base(&seed)).count();
                told.push((seed, before as u32 + 1));
            }
            told.sort_by_key(|(seed, _)| (seed.day, desk.amount_of(seed).is_negative()));
            let made: Vec<(Seed, u32)> =
                numbered(&desk, &seeds).iter().map(|key| (seeds[key.at as usize], key.number)).collect();
            prop_assert_eq!(format!("{made:?}"), format!("{told:?}"));
        }
    }
}
