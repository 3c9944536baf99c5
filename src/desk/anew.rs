//! How a desk comes about from files, configuration and journal, and how it is
//! worked out anew where one of them is another: for a preview, and after it.

use std::sync::Arc;

use super::carried::{self, Earlier};
use super::compared::{Chosen, Compared, Inputs};
use super::list::Tally;
use super::past::Past;
use super::standing::{self, Code};
use super::{Desk, Touched};
use crate::book::Config;
use crate::calendar::Month;
use crate::close::Versions;
use crate::review;

pub(super) fn chosen(state: &review::State, earlier: &Arc<Vec<Earlier>>) -> Chosen {
    let hand = state.hand_matches().cloned().collect();
    Chosen { hand, assumed: state.assumptions(), earlier: Arc::clone(earlier) }
}

impl Desk {
    /// Compares both sides and replays the journal. Takes all cores.
    pub fn new(month: Month, inputs: Arc<Inputs>, config: Arc<Config>, past: Past) -> Self {
        let state = review::State::replay(&past.entries, month);
        let (earlier, claims) = carried::earlier(&past.entries, month, &inputs);
        let earlier = Arc::new(earlier);
        let compared = Compared::new(&inputs, &config, month, &past.lot_opening, &chosen(&state, &earlier));
        let mut desk = Self {
            month,
            dir: Arc::new(past.dir),
            inputs,
            config,
            compared: Arc::new(compared),
            earlier,
            claims_before: Arc::new(claims),
            openings: Arc::new(past.openings),
            lot_opening: Arc::new(past.lot_opening),
            charged: past.charged,
            charged_previous: past.charged_previous,
            uncharged: Arc::default(),
            previous: Arc::new(past.previous),
            before: Arc::default(),
            late: Arc::new(past.late),
            signed_reader: past.signed_reader,
            shelf: past.shelf,
            proposed: Arc::default(),
            others: Arc::new(past.others),
            around: Arc::new(past.around),
            exports: Arc::new(past.exports),
            written: past.written,
            notices: Arc::new(past.notices),
            in_book: Arc::new(past.in_book),
            versions: Arc::new(Versions::of(&past.entries)),
            signed_charges: Arc::new(past.signed_charges.unwrap_or_else(|| Ok(Vec::new()))),
            entries: Arc::new(past.entries),
            state: Arc::new(state),
            touched: Touched::default(),
            standing: Arc::default(),
            tally: Tally::default(),
            version: 0,
            derived: Arc::default(),
        };
        desk.touched.see(&desk.entries);
        desk.refresh_standing();
        desk
    }

    /// What the journal chooses of the comparison.
    pub(super) fn chosen(&self) -> Chosen {
        chosen(&self.state, &self.earlier)
    }

    pub(super) fn refresh_standing(&mut self) {
        let standing = standing::of_items(&self.sides(), &self.compared, &self.state, self.touched.decided);
        self.set_standing(standing);
    }

    pub(super) fn set_standing(&mut self, standing: Vec<Code>) {
        self.tally = Tally::of(|item| self.compared.items.outcome(item), &standing);
        self.standing = Arc::new(standing);
        self.derived = Arc::default();
    }

    /// The same month with other decisions, for a preview.
    pub(super) fn with_standing(&self, standing: Vec<Code>) -> Self {
        let mut desk = self.clone();
        desk.set_standing(standing);
        desk
    }

    /// The same inputs and journal under another configuration, or compared as
    /// is chosen otherwise.
    pub(super) fn recompared(&self, config: Arc<Config>, chosen: &Chosen) -> Self {
        let (before, of) = ((&*self.compared, &*self.config), (&*config, self.month, &*self.lot_opening));
        let compared = Compared::after(Some(before), &self.inputs, of, chosen);
        let mut desk = self.clone();
        desk.compared = Arc::new(compared);
        desk.config = config;
        // Prices and payers of the month before may be others as well.
        desk.before = Arc::default();
        desk.proposed = Arc::default();
        desk.refresh_standing();
        desk
    }

    /// As if one person had done all of it, a minute after the other, for
    /// screens that are compared with what they were.
    #[cfg(test)]
    pub fn as_if_by(mut self, who: &str, from: crate::calendar::Instant) -> Self {
        let entries = self.entries.iter().cloned().zip(0i64..).map(|(entry, minutes)| {
            let at = crate::calendar::Instant::from_micros(from.micros() + minutes * 60_000_000);
            crate::journal::Entry { at, who: who.to_owned(), ..entry }
        });
        self.entries = Arc::new(entries.collect());
        self
    }
}
