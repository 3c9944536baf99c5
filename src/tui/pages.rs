//! Figures of the screens that are not lists. They come from workers, some of
//! them much later, and each knows what it was asked for.

use std::sync::Arc;

use super::message::{Checks, Overview, Prices};
use super::tab::Tab;
use crate::desk::{BadRowView, CloseView, GateItem, PriceOffer, Trend};

/// What a worker takes its time for. It follows from what was read and how it
/// is compared, not from decisions, so that it belongs to a numbering.
pub struct Later<T> {
    /// The numbering it is there for, or asked for.
    pub asked: Option<u64>,
    pub answer: Option<T>,
}

impl<T> Default for Later<T> {
    fn default() -> Self {
        Self { asked: None, answer: None }
    }
}

impl<T> Later<T> {
    /// Whether it has to be asked for; then it counts as asked for.
    pub fn ask(&mut self, numbering: u64) -> bool {
        let ask = self.asked != Some(numbering);
        self.asked = Some(numbering);
        ask
    }

    /// Takes an answer, unless it is about an older numbering.
    pub fn take(&mut self, numbering: u64, answer: T) {
        if self.asked == Some(numbering) {
            self.answer = Some(answer);
        }
    }
}

/// Figures of the screens that are not lists, as last looked at.
#[derive(Default)]
pub struct Pages {
    pub overview: Option<Box<Overview>>,
    pub prices: Prices,
    pub close: Option<Arc<CloseView>>,
    pub bad_rows: Vec<BadRowView>,
    pub checks: Checks,
    pub trend: Later<Result<Trend, String>>,
    pub offers: Later<Arc<Vec<PriceOffer>>>,
    /// What to do next, and the desk's version it was asked for.
    pub next: Vec<GateItem>,
    pub next_of: Option<u64>,
    /// Whether an answer came at all.
    pub next_known: bool,
    /// The desk's version that each screen shows or has asked for.
    pub versions: [Option<u64>; Tab::COUNT],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_about_an_older_numbering_is_dropped() {
        let mut later = Later::default();
        assert!(later.ask(1) && !later.ask(1));
        later.take(1, "one");
        assert!(later.ask(2));
        later.take(1, "late");
        assert_eq!(later.answer, Some("one"));
        later.take(2, "two");
        assert_eq!(later.answer, Some("two"));
    }
}
