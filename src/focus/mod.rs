//! Allocations as the rows of a chargeback file, in whole cents, with the
//! manifest that says what went in.
//!
//! [`rows`] makes the cents, once; profiles such as [`openchargeback`] only
//! write what the rows say, and [`written`] is what they leave of every cap.

mod caps;
mod cents;
mod manifest;
mod openchargeback;
mod row;
#[cfg(test)]
mod tests;

pub use cents::{Share, shares};
pub use manifest::{Facts, HashedFile, Manifest, Output, PayerTotal, ProjectTotal, manifest};
pub use openchargeback::{PROFILE as OPENCHARGEBACK, refuse, write_openchargeback};
pub use row::{ChargeType, Row, drawn_cents, rows, written};
