//! What a month charged that was written before the book kept that charge by
//! charge: for a signed one it is worked out again from what was signed, and
//! believed only where it comes to what was signed, to the last digit.

use std::collections::BTreeMap;

use super::replayed::from_book;
use super::{Desk, pack, verify};
use crate::allocate::Scope;
use crate::amount::Amount;
use crate::book::{Book, BookError};
use crate::calendar::Month;
use crate::close::Version;

/// What is said of months whose charges were not kept.
#[derive(Default)]
pub(super) struct Missing {
    /// Of those that are kept from now on.
    pub kept: Vec<String>,
    /// Of those that refunds cannot take anything back of.
    pub unknown: Vec<String>,
}

/// Keeps what signed months before this one charged, where the book has not
/// got it. One that is not signed has only to be written once more.
///
/// # Errors
/// A sentence: the book cannot be read, or not be written.
pub(super) fn keep_missing(book: &mut Book, month: Month, read_only: bool) -> Result<Missing, String> {
    let mut said = Missing::default();
    let kept = book.charged_before(month).map_err(sentence)?;
    let missing = book.exported_before(month).map_err(sentence)?;
    for of in missing.into_iter().filter(|of| !kept.contains(of)) {
        let Some(version) = book.versions().signed(of).cloned() else {
            said.unknown.push(format!(
                "{of} was written before the book kept its charges one by one, so refunds of later months cannot take \
                 them back: write it once more."
            ));
            continue;
        };
        match rebuilt(book, &version) {
            Ok(_) if read_only => said.unknown.push(format!(
                "{of} was signed before the book kept its charges one by one. They come out of what was signed, and \
                 are kept once {month} is loaded in a book that is open for writing."
            )),
            Ok(desk) => {
                book.keep_charged(of, desk.charged()).map_err(sentence)?;
                said.kept.push(format!(
                    "{of} was signed before the book kept its charges one by one. Worked out again from what was signed \
                     they come to what was signed, to the last digit, and are kept now, for refunds."
                ));
            }
            Err(why) => said.unknown.push(format!(
                "{of} was signed before the book kept its charges one by one, and they are not known now: {why}. No \
                 refund takes any of them back; one that should is an open item, to be disputed or excluded, or to be \
                 charged with {of} once that is reopened."
            )),
        }
    }
    Ok(said)
}

/// The month as it comes out of what was signed, where that is what was signed.
fn rebuilt(book: &Book, version: &Version) -> Result<Desk, String> {
    let (archive, sign_off) = pack::read_pack(book.dir(), version)?;
    let entries = book.entries().map_err(sentence)?;
    let desk = verify::proven(&sign_off, &archive, &entries, &from_book(book))?;
    // What rules took over of each charge, where the book kept that much.
    let mut drawn: BTreeMap<(String, Scope), Amount> = BTreeMap::new();
    let stored = book.draws_of(version.month).map_err(sentence)?;
    let stored: Vec<_> = stored.into_iter().filter(|draw| !draw.charge.contains(":correction-")).collect();
    if !stored.is_empty() {
        let allocation = desk.allocation();
        for (charge, draws) in allocation.charges.iter().zip(allocation.draws.iter()) {
            for draw in draws {
                let scope = allocation.positions.get(draw.position as usize).map(|position| position.scope.clone());
                drawn.extend(scope.map(|scope| ((charge.key(), scope), draw.amount)));
            }
        }
        let same = |draw: &crate::book::StoredDraw| {
            drawn.get(&(draw.charge.clone(), draw.scope.clone())) == Some(&draw.amount)
        };
        if stored.len() != drawn.len() || !stored.iter().all(same) {
            return Err("worked out again from what was signed, subsidies take over other parts of them".to_owned());
        }
    }
    Ok(desk)
}

fn sentence(error: BookError) -> String {
    error.to_string()
}
