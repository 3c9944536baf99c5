//! The numbers of texts by where these lie in memory: the rows of a month name
//! few texts, each many times over, and a text that lies where a known one does
//! need not be compared with it.

use std::borrow::Cow;

use super::super::row::{Payer, Row};
use super::{PLACES, measured_texts};

/// A text where it lies, and its number once it has one.
type Known<'a> = (&'a str, Option<u32>);

/// Texts that were met, and their numbers. It holds on to the texts, so that
/// nothing else comes to lie where they are.
pub(super) struct Met<'a> {
    /// The one that stood last in each place of a row: rows that follow each
    /// other share most.
    last: [Known<'a>; PLACES],
    /// By their address; one takes the place of another.
    all: Vec<Known<'a>>,
}

/// Places in [`Met::all`].
const SLOTS: usize = 1 << 12;

impl<'a> Met<'a> {
    pub(super) fn new() -> Self {
        Self { last: [("", None); PLACES], all: vec![("", None); SLOTS] }
    }

    /// The numbers of a row's texts, each in its place. `number` is asked for
    /// those that are not known here, in the order of the places, and gives the
    /// same text the same number always.
    pub(super) fn numbers(&mut self, row: &Row<'a>, mut number: impl FnMut(&str) -> u32) -> [u32; PLACES] {
        let Payer { pi_email, project_id, project_name, fund_org } = row.payer;
        let of_row = [row.service, row.what, row.user, row.account, pi_email, project_id, project_name, fund_org];
        // One made for the row does not stay where it is.
        let subsidy = match row.subsidy_name {
            Cow::Borrowed(name) => Some(name),
            Cow::Owned(_) => None,
        };
        let measured = row.measure.iter().flat_map(measured_texts);
        let texts = of_row.into_iter().map(Some).chain([subsidy]).chain(measured.map(Some));
        let mut numbers = [0; PLACES];
        for ((of_place, last), text) in numbers.iter_mut().zip(&mut self.last).zip(texts) {
            *of_place = match text {
                Some(text) => known(text, last, &mut self.all, &mut number),
                None => number(&row.subsidy_name),
            };
        }
        numbers
    }
}

fn known<'a>(text: &'a str, last: &mut Known<'a>, all: &mut [Known<'a>], number: &mut impl FnMut(&str) -> u32) -> u32 {
    let is_it = |(known, number): Known<'a>| number.filter(|_| std::ptr::eq(known, text));
    if let Some(number) = is_it(*last) {
        return number;
    }
    let address = text.as_ptr().addr();
    let slot = all.get_mut(((address >> 4) ^ (address >> 15) ^ text.len()) % SLOTS);
    let found = slot.as_ref().and_then(|slot| is_it(**slot)).unwrap_or_else(|| number(text));
    *last = (text, Some(found));
    if let Some(slot) = slot {
        *slot = *last;
    }
    found
}
