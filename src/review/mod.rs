//! What the operator settled: the journal replayed into decisions, the filter
//! language, and the tie-out of both documents over all decisions.
//!
//! Entries of the journal come in through [`State`], which answers for each
//! item what stands and for the whole month what `u` would take back. Items
//! with their decisions flow through [`TieOut`], which says whether both
//! documents are accounted for, and through [`marks`], which says what the
//! ledger itself should be told. [`Filter`] chooses the rows a
//! screen shows, [`Needle`] what a search finds in them, [`Policy`] says which
//! decisions need a reason, and [`rules`] what was decided alike often enough to
//! be decided so again.

mod decisions;
pub mod filter;
mod needle;
mod policy;
mod replay;
pub mod rules;
mod screen;
mod sort;
mod tie_out;
mod write_back;

pub use decisions::{Settled, Standing};
pub use filter::{Filter, FilterError};
pub use needle::Needle;
pub use policy::{CONVERT_REASON, Policy, sound};
pub use replay::State;
pub use screen::Screen;
pub use sort::{natural, natural_ranks};
pub use tie_out::{Account, Balance, OPEN, Sentence, Settlement, TieOut};
pub use write_back::{LedgerStatus, Mark, marks};
