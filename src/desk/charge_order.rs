//! Charges numbered where they are alike, and in the order in which they draw,
//! without comparing the text of a million ids with each other.

use std::cmp::Ordering;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::charges::ChargedRow;
use crate::allocate::Charge;
use crate::usage::Sym;

/// A charge, and what its base is made of besides the day, where that is usage
/// type and user.
pub(super) struct Made {
    pub charge: Charge,
    pub alike: Option<(Sym, Sym)>,
    pub row: ChargedRow,
}

/// Of a charge whose base is made of something else.
const NO_RANK: u32 = u32::MAX;

/// Numbers charges of one base from 1, in an order that their content decides,
/// and puts them into the order of drawing: by day, a day's refunds behind its
/// charges, then base and number.
pub(super) fn numbered(mut pieces: Vec<Vec<Made>>) -> Vec<Charge> {
    // Not put together first: a charge is large, and moved once at the end.
    let made: Vec<&Made> = pieces.iter().flatten().collect();
    let ranks = ranks(&made);
    let mut order: Vec<(u32, u32)> = (0u32..)
        .zip(&made)
        .map(|(at, made)| (made.alike.and_then(|alike| ranks.get(&alike)).copied().unwrap_or(NO_RANK), at))
        .collect();
    let of = |at: u32| made.get(at as usize).map(|made| &made.charge);
    let by_base = |a: &(u32, u32), b: &(u32, u32)| match (of(a.1), of(b.1)) {
        (Some(one), Some(other)) => {
            // The same rank is the same text, and another rank another one. A
            // base without a rank is never one with.
            let base =
                || a.0.cmp(&b.0).then_with(|| if a.0 == NO_RANK { one.base.cmp(&other.base) } else { Ordering::Equal });
            one.day.cmp(&other.day).then_with(base).then_with(|| by_content(one, other))
        }
        _ => Ordering::Equal,
    };
    order.par_sort_by(by_base);
    let mut numbers: Vec<(u32, u32)> = Vec::with_capacity(order.len());
    let mut last: Option<(u32, u32, u32)> = None;
    for (rank, at) in &order {
        let same = last.is_some_and(|(last_rank, last_at, _)| match (of(*at), of(last_at)) {
            (Some(one), Some(before)) if one.day == before.day => {
                *rank == last_rank && (*rank != NO_RANK || one.base == before.base)
            }
            _ => false,
        });
        let number = if same { last.map_or(1, |(_, _, number)| number + 1) } else { 1 };
        numbers.push((*at, number));
        last = Some((*rank, *at, number));
    }
    // Refunds of a day behind its charges; the rest stays as it is.
    let key = |at: u32| of(at).map(|charge| (charge.day, charge.amount.is_negative()));
    numbers.par_sort_by_key(|(at, _)| key(*at));
    drop(made);
    let mut to = vec![0u32; numbers.len()];
    for (place, (at, _)) in (0u32..).zip(&numbers) {
        if let Some(slot) = to.get_mut(*at as usize) {
            *slot = place;
        }
    }
    let mut slots: Vec<Option<Charge>> = Vec::new();
    slots.resize_with(numbers.len(), || None);
    let places = pieces.drain(..).flatten().zip(to);
    for (made, place) in places {
        if let Some(slot) = slots.get_mut(place as usize) {
            *slot = Some(made.charge);
        }
    }
    let in_order = slots.into_iter().flatten().zip(numbers);
    in_order.map(|(charge, (_, occurrence))| Charge { occurrence, ..charge }).collect()
}

pub(super) fn by_content(a: &Charge, b: &Charge) -> Ordering {
    (a.amount, a.credits, a.quantity, a.project).cmp(&(b.amount, b.credits, b.quantity, b.project))
}

/// The place of each usage type and user among all, by the text that the base
/// has of them. Texts that are one, of whatever parts, share a place.
fn ranks(made: &[&Made]) -> FxHashMap<(Sym, Sym), u32> {
    let mut texts: FxHashMap<(Sym, Sym), String> = FxHashMap::default();
    for Made { charge, alike, .. } in made {
        if let Some(alike) = alike {
            texts.entry(*alike).or_insert_with(|| format!("openai:{}:{}:", charge.what, charge.user));
        }
    }
    let mut sorted: Vec<(&str, (Sym, Sym))> = texts.iter().map(|(alike, text)| (text.as_str(), *alike)).collect();
    sorted.sort_unstable_by_key(|(text, _)| *text);
    let mut ranks = FxHashMap::default();
    let (mut rank, mut last) = (0, None);
    for (text, alike) in sorted {
        rank += u32::from(last.is_some_and(|last| last != text));
        last = Some(text);
        ranks.insert(alike, rank);
    }
    ranks
}
