//! What the columns of a table take, kept while its rows scroll by: columns
//! that follow every row that comes in would jump, and be drawn anew each time.

use super::Layout;

/// The rows of a table that are on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Another one where the table has other rows.
    pub of: (u64, u64),
    pub top: usize,
    pub height: usize,
    /// The cursor has not come to rest yet: texts that have no room are cut
    /// until then.
    pub moving: bool,
}

/// What each column takes, in columns of the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    pub widths: Vec<u16>,
    /// Of it behind the decimal point, with the point.
    pub fractions: Vec<usize>,
}

impl Taken {
    /// At least what the column took before.
    pub fn fraction(&self, at: usize, now: usize) -> usize {
        self.fractions.get(at).map_or(now, |before| now.max(*before))
    }

    /// The same of its width; while the cursor moves, a text gets no more.
    pub fn width(&self, at: usize, now: u16, is_text: bool, moving: bool) -> u16 {
        match self.widths.get(at) {
            Some(before) if is_text && moving => *before,
            Some(before) => now.max(*before),
            None => now,
        }
    }
}

/// What the columns took when they were drawn last, and which they were.
#[derive(Debug, Default)]
pub struct Held {
    last: Option<(Window, Taken)>,
    chosen: Option<(Page, Chosen)>,
}

/// Which columns of a page are shown, by their places in the table, and which
/// had something in them and no room. Of a column that was empty so far nothing
/// is known yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    pub shown: Vec<usize>,
    pub left_out: Vec<usize>,
}

impl Chosen {
    /// Whether a column is none of those shown; where nothing was chosen yet,
    /// none is new.
    pub fn is_new(&self, at: usize) -> bool {
        !self.shown.is_empty() && !self.shown.contains(&at)
    }
}

/// Where the same columns are shown wherever the rows are scrolled to: a table
/// with these rows, on a page of this size, as the operator laid it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub of: (u64, u64),
    pub height: usize,
    pub width: u16,
    pub layout: Layout,
}

impl Held {
    /// What they took, where some of the rows are still to be seen on a page of
    /// the same size; else nothing, and they are measured anew.
    pub fn before(&self, now: &Window) -> Taken {
        let Some((last, taken)) = &self.last else { return Taken::default() };
        let same_page = (last.of, last.height) == (now.of, now.height);
        let scrolled = last.top.abs_diff(now.top);
        if same_page && scrolled < now.height.max(1) { taken.clone() } else { Taken::default() }
    }

    pub fn keep(&mut self, window: Window, taken: Taken) {
        self.last = Some((window, taken));
    }

    /// What was chosen for this page; nothing where it is another.
    pub fn chosen(&self, page: &Page) -> Chosen {
        self.chosen.as_ref().filter(|(of, _)| of == page).map(|(_, chosen)| chosen.clone()).unwrap_or_default()
    }

    pub fn choose(&mut self, page: Page, chosen: Chosen) {
        self.chosen = Some((page, chosen));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { of: (1, 0), top: 10, height: 8, moving: false };

    #[test]
    fn columns_keep_their_widths_while_rows_scroll_by_and_lose_them_with_other_rows() {
        let taken = Taken { widths: vec![12, 8], fractions: vec![0, 3] };
        let mut held = Held::default();
        assert_eq!(held.before(&WINDOW), Taken::default());
        held.keep(WINDOW, taken.clone());
        for top in [3, 10, 17] {
            assert_eq!(held.before(&Window { top, ..WINDOW }), taken, "{top}");
        }
        let (below, above) = (Window { top: 18, ..WINDOW }, Window { top: 2, ..WINDOW });
        for other in [below, above, Window { of: (2, 0), ..WINDOW }, Window { height: 9, ..WINDOW }] {
            assert_eq!(held.before(&other), Taken::default(), "{other:?}");
        }
    }

    #[test]
    fn a_text_waits_for_the_cursor_to_rest_and_a_number_never_does() {
        let taken = Taken { widths: vec![12], fractions: vec![3] };
        assert_eq!(taken.width(0, 20, true, true), 12);
        assert_eq!(taken.width(0, 20, true, false), 20);
        assert_eq!(taken.width(0, 20, false, true), 20);
        assert_eq!(taken.width(0, 5, false, false), 12);
        assert_eq!((taken.fraction(0, 2), taken.fraction(0, 7)), (3, 7));
        assert_eq!((taken.width(1, 7, true, true), taken.fraction(1, 2)), (7, 2), "what was not there before");
    }
}
