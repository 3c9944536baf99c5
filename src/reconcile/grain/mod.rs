//! At what grain lines that no id brings together can honestly be compared.
//!
//! What the lines of both sides say goes in; for each day the dimensions that
//! both carry come out, and sentences on why it is not finer.

mod choice;
mod dims;
mod seen;

pub(super) use choice::Choice;
pub use dims::{Dims, Family, Finest, Period, What, Who};
pub(super) use seen::{NO_DAY, Rows, Seen, any_row, day_of, in_tokens, who};

use crate::usage::Shape;

/// The finest level at which one kind of line could be compared, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grain {
    pub shape: Shape,
    /// `request`, `day x user x usage type`, `day x project x model`.
    pub name: String,
    /// Sentences for the screen.
    pub why: String,
}

impl Grain {
    /// What kind of line is compared so, in words.
    pub const fn kind(&self) -> &'static str {
        match self.shape {
            Shape::Request => "requests",
            Shape::Credits => "credits",
            Shape::Cost => "costs",
            Shape::Usage => "usage",
        }
    }
}
