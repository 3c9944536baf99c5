//! Charges numbered where they are alike, and in the order in which they draw,
//! without comparing the text of a million ids with each other.

use std::cmp::Ordering;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Desk;
use super::charges::Seed;
use crate::allocate::Base;
use crate::calendar::Day;
use crate::memory;
use crate::usage::Sym;

/// A charge while it is put in order.
#[derive(Clone, Copy)]
struct Key {
    day: Day,
    /// Of what the base is made of besides the day, where that is usage type
    /// and user.
    rank: u32,
    /// Number of the seed.
    at: u32,
}

/// Of a charge whose base is made of something else.
const NO_RANK: u32 = u32::MAX;

/// Numbers charges of one base from 1, in an order that their content decides,
/// and puts them into the order of drawing: by day, a day's refunds behind its
/// charges, then base and number.
pub(super) fn numbered(desk: &Desk, seeds: Vec<Seed>) -> Vec<(Seed, u32)> {
    let ranks = ranks(desk, &seeds);
    let key = |(at, seed): (usize, &Seed)| {
        let rank = desk.like_of(seed).and_then(|alike| ranks.get(&alike)).copied().unwrap_or(NO_RANK);
        Key { day: seed.day, rank, at: at as u32 }
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
    let content = |key: &Key| seeds.get(key.at as usize).map(|seed| desk.content_of(seed));
    order.par_sort_unstable_by(|a, b| {
        by_base(a, b).then_with(|| content(a).cmp(&content(b))).then_with(|| a.at.cmp(&b.at))
    });
    let mut numbered: Vec<(Seed, u32)> = memory::with_room(order.len());
    let mut before: Option<(Key, u32)> = None;
    for key in order {
        let number = match before.filter(|(before, _)| by_base(before, &key) == Ordering::Equal) {
            Some((_, number)) => number + 1,
            None => 1,
        };
        numbered.extend(seeds.get(key.at as usize).map(|seed| (*seed, number)));
        before = Some((key, number));
    }
    // Refunds of a day behind its charges; the rest stays as it is.
    let is_refund = |seed: &Seed| desk.amount_of(seed).is_negative();
    if numbered.par_iter().any(|(seed, _)| is_refund(seed)) {
        numbered.par_sort_by_key(|(seed, _)| (seed.day, is_refund(seed)));
    }
    numbered
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
