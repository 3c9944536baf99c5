//! Allocations as the rows of a chargeback file, in whole cents, with the
//! manifest that says what went in.
//!
//! A [`Sheet`] makes the cents, once, and each [`Row`] when it is asked for;
//! [`Profile`] is the shape it is written in, [`written`] what it leaves of
//! every cap, [`Kept`] what the book remembers of it, and [`Changes`] what
//! another export has changed. The journal is made of the same rows.

mod caps;
mod cents;
mod changes;
mod correction;
mod exact;
mod kept;
mod kinds;
mod manifest;
mod openchargeback;
mod pieces;
mod postings;
mod profile;
mod purchase;
mod refuse;
mod reshape;
mod rolled;
mod row;
mod sheet;
mod short;
mod standard;
mod tax;
#[cfg(test)]
mod tests;
mod text;
mod used;
mod write;

pub use cents::{Share, shares};
pub use changes::{Changed, Changes};
pub use correction::{charge_of, corrections, reverses};
pub use exact::Exact;
pub use kept::Kept;
pub use manifest::{Facts, HashedFile, Manifest, Output, PayerTotal, ProjectTotal, manifest};
pub use postings::{Accounting, Posting, journal_csv, postings};
pub use profile::Profile;
pub use reshape::{Part, reshaped};
pub use rolled::caps_as_written;
pub use row::{ChargeType, Measure, Payer, ResourceId, Row, Standing};
pub use sheet::{Made, PayerSum, Sheet, Terms};
pub use text::{neutral, runs};
pub use used::written;
