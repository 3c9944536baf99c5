//! The line that bills and ledgers are both read into, and the columns that
//! hold millions of them.
//!
//! A reader fills a [`Line`] for each row and pushes it; from then on a line is
//! a row number in [`Lines`]. Names are interned once in [`Names`].

mod arena;
mod column;
mod digest;
mod extra;
mod gather;
mod ids;
mod key;
mod line;
mod lines;
mod more;
mod names;

pub use arena::Arena;
pub use column::{ByteColumn, CountColumn, Short, SymColumn};
pub use digest::{Digest, Hasher};
pub use extra::Extra;
pub use ids::{IdColumn, IdHash, IdText};
pub use key::KeyColumn;
pub use line::{Bundle, Line, Modalities, NotApplicable, Origin, Shape, Side, SourceFile, TokenClass};
pub use lines::{Batch, Lines};
pub use names::{Names, Sym};
