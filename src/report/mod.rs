//! Figures people ask for: what the lines of a month add up to by model,
//! project, user and the like.
//!
//! A reconciliation comes in as it stands, with the payers, the categories and
//! the margin of the book; a [`Summary`] comes out, a plain value that any face
//! can show. Nothing here changes an outcome or an amount.

mod axes;
mod category;
mod columns;
mod dimension;
mod evidence;
mod figures;
mod summary;

#[cfg(test)]
mod tests;

pub use axes::{MOST, Payers, Paying};
pub use category::Category;
pub use columns::{Cell, Column, Part, column_named};
pub use dimension::Dimension;
pub use figures::{Figures, Margin, TokenSums};
pub use summary::{Ask, Group, Key, Summary, members, summarize};
