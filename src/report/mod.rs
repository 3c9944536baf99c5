//! Figures people ask for: what the lines of a month add up to by model,
//! project, user and the like, and the statements of who pays what.
//!
//! A reconciliation or an allocation comes in as it stands, with what the book
//! says beside it; a [`Summary`], [`statement::Statements`] and their pages come
//! out, plain values that any face can show. Nothing here changes an outcome or
//! an amount, and what is written for people is made [`harmless`] here.

mod axes;
mod category;
mod columns;
mod counted;
mod dimension;
mod evidence;
pub mod explain;
mod figures;
pub mod figures_text;
pub mod harmless;
pub mod page;
pub mod statement;
mod summary;
pub mod table;
mod wrap;

#[cfg(test)]
mod tests;

pub use axes::{MOST, Payers, Paying};
pub use category::Category;
pub use columns::{Cell, Column, Part, all_columns, column_named};
pub use dimension::Dimension;
pub use figures::{Figures, Margin, TokenSums};
pub use summary::{Ask, Group, Key, Summary, members, summarize};
pub use wrap::wrap;
