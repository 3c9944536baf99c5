//! What the months before one charged, as far as its refunds may take it back:
//! read from the book when refunds first ask for it, and again when they reach
//! further, or when the month bills other corrections of those months.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::late_billed;
use crate::allocate::{CountedCap, Earlier, EarlierCharge, EarlierMonth, Gathering, Reach, UNASSIGNED, read_charges};
use crate::amount::Amount;
use crate::book::{Access, Book, BookError};
use crate::calendar::Month;
use crate::close::{KnownAs, Late};
use crate::journal::Entry;

/// Corrections that a month bills, each or why it cannot be read.
pub type Accepted = Arc<Vec<Result<Late, String>>>;

/// See the module. Reading takes a while: it belongs on a worker.
#[derive(Default)]
pub struct ChargedBefore {
    source: Source,
    /// What was read last, and for what.
    last: Mutex<Option<(Asked, Known)>>,
}

type Known = Result<Arc<Earlier>, String>;

#[derive(Clone)]
struct Asked {
    reach: Reach,
    accepted: Accepted,
}

#[derive(Default)]
enum Source {
    #[default]
    Nothing,
    /// What a signed month rests on, whatever is asked for.
    Fixed(Arc<Earlier>),
    Book(Kept),
}

/// The book by its folder, since it is read with a connection of its own.
struct Kept {
    dir: PathBuf,
    month: Month,
    /// What is billed by months before this one, the earliest first.
    corrections: Result<Vec<Late>, String>,
    /// Months as they stand now, whatever the book has of them.
    also: Vec<Arc<EarlierMonth>>,
}

/// A signed month that is corrected: its refunds are held against all that was
/// taken back since.
pub(super) struct Since<'a> {
    /// The month that bills the corrections.
    pub into: Month,
    /// Corrections of other months, the earliest first, whatever bills them.
    pub corrections: Vec<Late>,
    /// Charges of the signed month that are given back, by the keys they are
    /// signed under.
    pub but: &'a BTreeSet<&'a str>,
}

impl ChargedBefore {
    /// All of it, with the corrections that any month bills.
    pub fn fixed(earlier: Earlier) -> Self {
        Self { source: Source::Fixed(Arc::new(earlier)), last: Mutex::default() }
    }

    /// Before a month of the book in this folder. `entries` are the journal,
    /// and `also` months that stand otherwise than the book has them.
    pub fn of_book(dir: &Path, month: Month, entries: &[Entry], also: Vec<Arc<EarlierMonth>>) -> Self {
        let corrections = late_billed::billed_before(entries, month);
        let kept = Kept { dir: dir.to_path_buf(), month, corrections, also };
        Self { source: Source::Book(kept), last: Mutex::default() }
    }

    /// What refunds that reach so far may take back, after the corrections that
    /// the month itself bills.
    ///
    /// # Errors
    /// A sentence: the book cannot be read.
    pub(super) fn reached(&self, reach: Reach, accepted: &Accepted) -> Known {
        let kept = match &self.source {
            _ if reach.is_empty() => return Ok(Arc::default()),
            Source::Nothing => return Ok(Arc::default()),
            Source::Fixed(earlier) => return Ok(Arc::clone(earlier)),
            Source::Book(kept) => kept,
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut asked = Asked { reach, accepted: Arc::clone(accepted) };
        if let Some((before, known)) = last.as_ref() {
            let same = Arc::ptr_eq(&before.accepted, accepted) || before.accepted == *accepted;
            if same && before.reach.covers(&asked.reach) {
                return known.clone();
            }
            // What was asked for once is asked for again.
            asked.reach = asked.reach.joined(&before.reach);
        }
        let known = kept.read(&asked, &[], None).map(Arc::new);
        last.insert((asked, known)).1.clone()
    }

    /// The same where some months stand otherwise than the book has them.
    ///
    /// # Errors
    /// As [`ChargedBefore::reached`].
    pub(super) fn with(&self, reach: Reach, accepted: &Accepted, also: &[Arc<EarlierMonth>]) -> Known {
        match &self.source {
            Source::Book(kept) if !reach.is_empty() && !also.is_empty() => {
                kept.read(&Asked { reach, accepted: Arc::clone(accepted) }, also, None).map(Arc::new)
            }
            _ => self.reached(reach, accepted),
        }
    }

    /// The same after all that later months took back.
    ///
    /// # Errors
    /// As [`ChargedBefore::reached`].
    pub(super) fn since(&self, reach: Reach, since: &Since<'_>) -> Known {
        match &self.source {
            Source::Book(kept) if !reach.is_empty() => {
                kept.read(&Asked { reach, accepted: Arc::default() }, &[], Some(since)).map(Arc::new)
            }
            _ => self.reached(reach, &Arc::default()),
        }
    }

    /// What refunds of the months behind this one took back of its own charges:
    /// by the keys those are signed under, with the first month that did.
    ///
    /// # Errors
    /// As [`ChargedBefore::reached`].
    pub(super) fn taken_since(
        &self,
        into: Month,
        corrections: &[Late],
    ) -> Result<BTreeMap<String, (Month, Amount)>, String> {
        let Source::Book(kept) = &self.source else { return Ok(BTreeMap::new()) };
        let sentence = |error: BookError| error.to_string();
        let book = Book::open(&kept.dir, Access::Read).map_err(sentence)?;
        let billed: Vec<&Late> = corrections.iter().collect();
        let mut taken: BTreeMap<String, (Month, Amount)> = BTreeMap::new();
        let mut take = |charges: Vec<EarlierCharge>| {
            for charge in charges {
                if let Some((_, key, _)) = charge.takes_back.filter(|(month, ..)| *month == kept.month) {
                    let sum = taken.entry(signed_key(&key).to_owned()).or_insert((charge.month, Amount::ZERO));
                    sum.1 = sum.1.minus(charge.amount);
                }
            }
        };
        let behind = book.charged_before(into).map_err(sentence)?.into_iter().filter(|month| *month > kept.month);
        for month in behind {
            let corrected = Corrected::of(month, &billed);
            let read = |piece: &str, take: &mut dyn FnMut(Vec<EarlierCharge>)| {
                let mut some = EarlierMonth { month, terms: BTreeMap::new(), charges: Vec::new() };
                read_charges(piece.as_bytes(), &mut some)?;
                some.charges.retain(|charge| !corrected.others.contains(signed_key(&charge.key)));
                take(some.charges);
                Ok(())
            };
            book.charged(month, &mut |piece| read(piece, &mut take)).map_err(sentence)?;
            take(corrected.charges);
        }
        Ok(taken)
    }

    /// Why what was asked for last cannot be told.
    pub(super) fn unknown(&self) -> Option<String> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().and_then(|(_, known)| known.as_ref().err().cloned())
    }
}

impl Kept {
    fn read(&self, asked: &Asked, also: &[Arc<EarlierMonth>], since: Option<&Since<'_>>) -> Result<Earlier, String> {
        let sentence = |error: BookError| error.to_string();
        let book = Book::open(&self.dir, Access::Read).map_err(sentence)?;
        let before = since.map_or(self.month, |since| since.into);
        let mut months: BTreeSet<Month> = book.charged_before(before).map_err(sentence)?.into_iter().collect();
        let also = || also.iter().chain(&self.also).filter(|also| also.month < before);
        months.extend(also().map(|also| also.month));
        let billed: Vec<&Late> = match since {
            Some(since) => since.corrections.iter().collect(),
            None => {
                let billed = self.corrections.as_ref().map_err(Clone::clone)?.iter();
                billed.chain(asked.accepted.iter().flatten()).collect()
            }
        };
        let known = months.clone();
        let mut gathering = Gathering::new(Some(&asked.reach));
        for month in months.into_iter().rev() {
            let but: BTreeSet<&str> = match since {
                Some(since) if month == self.month => since.but.clone(),
                _ => BTreeSet::new(),
            };
            // Behind the month at hand only what was taken back counts.
            gathering.month(month < self.month);
            let mut corrected = Corrected::of(month, &billed);
            corrected.others.extend(but.iter().map(|key| (*key).to_owned()));
            corrected.charges.retain(|charge| !but.contains(signed_key(&charge.key)));
            let mut add = |mut some: EarlierMonth| {
                some.charges.retain(|charge| !corrected.others.contains(signed_key(&charge.key)));
                gathering.add(some);
            };
            match also().find(|also| also.month == month) {
                Some(also) => add(EarlierMonth::clone(also)),
                None => book
                    .charged(month, &mut |piece| {
                        let mut some = EarlierMonth { month, terms: BTreeMap::new(), charges: Vec::new() };
                        read_charges(piece.as_bytes(), &mut some)?;
                        add(some);
                        Ok(())
                    })
                    .map_err(sentence)?,
            }
            let sorted = corrected.charges.is_empty();
            gathering.add(EarlierMonth { month, terms: BTreeMap::new(), charges: corrected.charges });
            gathering.end_month(sorted);
        }
        let mut earlier = gathering.end();
        let written = book.exported_before(self.month).map_err(sentence)?;
        earlier.unknown = written.into_iter().filter(|of| !known.contains(of)).collect();
        Ok(earlier)
    }
}

/// What corrections put in the place of what a month charged.
#[derive(Default)]
struct Corrected {
    /// The charges that are no longer there, or there as `charges` have them, by
    /// the keys they are signed under.
    others: BTreeSet<String>,
    charges: Vec<EarlierCharge>,
}

impl Corrected {
    fn of(month: Month, billed: &[&Late]) -> Self {
        let mut all = Self::default();
        for late in billed.iter().filter(|late| late.of == month) {
            let changed = late.charges.iter().map(|charge| &charge.key);
            let others: BTreeSet<String> = late.gone.iter().chain(changed).cloned().collect();
            all.charges.retain(|charge| !others.contains(signed_key(&charge.key)));
            all.others.extend(others);
            all.charges.extend(charges_of(late));
        }
        all
    }
}

/// The key a charge is signed under, by that of the book: the first of like
/// charges has no number there.
fn signed_key(key: &str) -> &str {
    key.strip_suffix(":1").unwrap_or(key)
}

fn charges_of(late: &Late) -> impl Iterator<Item = EarlierCharge> + '_ {
    late.charges.iter().enumerate().map(|(at, charge)| {
        let mut reached = charge.amount;
        let draws = late.draws.iter().filter(|draw| !draw.back && draw.charge == charge.key);
        let caps = draws.map(|draw| {
            let cap = CountedCap { scope: Arc::new(draw.scope.clone()), reached, drawn: draw.amount };
            reached = reached.minus(draw.amount);
            cap
        });
        let known = || KnownAs { key: format!("{}:1", charge.key), takes_back: None };
        let KnownAs { key, takes_back } = late.known.get(at).cloned().unwrap_or_else(known);
        EarlierCharge {
            month: late.of,
            key,
            day: charge.day,
            service: if charge.service == "OpenAI" { "OpenAI" } else { "OpenAI API" },
            project: if charge.project == UNASSIGNED { "".into() } else { charge.project.as_str().into() },
            user: charge.user.as_str().into(),
            what: charge.what.as_str().into(),
            amount: charge.amount,
            takes_back,
            caps: caps.collect(),
        }
    })
}
