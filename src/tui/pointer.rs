//! The mouse: what stands where on the screen, as the last frame drew it, and
//! what a button is in the middle of. The view notes the places as it draws,
//! so that a click can never mean another thing than what was seen.

use std::cell::RefCell;

use ratatui::layout::{Position, Rect};

use super::key::Key;
use super::tab::Tab;

/// What a place on the screen stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Tab(Tab),
    /// A row of the screen's table, counted from the first that is shown.
    Row(usize),
    /// The title of a column, by its number behind that of the marks.
    Column(usize),
    /// The blank behind a column.
    Edge(usize),
    /// A line to choose in what lies over the screen.
    Entry(usize),
    /// A field of a form.
    Field(usize),
    /// As if this key were pressed.
    Press(Key),
}

/// Places of a frame with what they stand for; of two that overlap the later
/// one lies above.
#[derive(Debug, Default)]
pub struct Places {
    found: Vec<(Rect, Target)>,
    /// The screen they are of, and how much lay over it.
    pub of: Option<(Tab, usize)>,
}

impl Places {
    pub fn put(&mut self, area: Rect, target: Target) {
        self.found.push((area, target));
    }

    /// Forgets all: something lies over them.
    pub fn cover(&mut self) {
        self.found.clear();
    }

    pub fn at(&self, position: Position) -> Option<Target> {
        self.found.iter().rev().find(|(area, _)| area.contains(position)).map(|(_, target)| *target)
    }
}

/// An edge that is being dragged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drag {
    pub column: usize,
    /// Where it was taken, and how wide the column was then.
    pub from: u16,
    pub width: u16,
    pub moved: bool,
}

/// What the program knows of the mouse.
#[derive(Debug, Default)]
pub struct Pointer {
    /// Whether the terminal sends clicks; else it selects text with them.
    pub on: bool,
    /// Whether the operator gave the mouse to the terminal, which is said.
    pub lent: bool,
    /// Of the last frame. Only the view writes here, and only clicks read.
    pub places: RefCell<Places>,
    /// What was clicked last and when, as a generation: a second click on the
    /// same is a double one until a timer takes it back.
    pub first: Option<(Target, u64)>,
    /// The column whose edge is held.
    pub drag: Option<Drag>,
}

impl Pointer {
    /// What was clicked, if the frame that was clicked on still stands: a key
    /// pressed just before may have put something else there.
    pub fn clicked(&self, position: Position, tab: Tab, over: usize) -> Option<Target> {
        let places = self.places.borrow();
        if places.of == Some((tab, over)) { places.at(position) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_above_is_clicked_and_what_is_covered_is_not() {
        let mut places = Places::default();
        places.put(Rect::new(0, 0, 10, 5), Target::Row(1));
        places.put(Rect::new(2, 2, 3, 1), Target::Entry(7));
        assert_eq!(places.at(Position::new(2, 2)), Some(Target::Entry(7)));
        assert_eq!(places.at(Position::new(9, 4)), Some(Target::Row(1)));
        assert_eq!(places.at(Position::new(10, 4)), None);
        places.cover();
        assert_eq!(places.at(Position::new(2, 2)), None);
    }
}
