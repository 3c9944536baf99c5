//! Ending a month: the gate it must pass, what is signed and stays as it was
//! signed, and what came later, as corrections.
//!
//! Pure: the desk says what is open and what the figures are, the book keeps
//! what was signed.

mod corrections;
mod flux;
mod gate;
mod invoice;
mod late;
mod late_changed;
mod late_parts;
mod late_text;
mod openings;
mod sign_off;
mod versions;

pub use corrections::{
    Correction, PayerDifference, SignedCharge, by_payer, charge_key, charges_csv, corrections, parse_charges,
    signed_charges,
};
pub use flux::{ByPayer, FluxLine, flux};
pub use gate::{Behind, GateItem};
pub use invoice::{Invoice, InvoiceCheck, TaxShare, allocate_tax};
pub use late::{KnownAs, Late, LateDraw, Signed, added, charge, late};
pub use openings::{lots_text, openings_text, parse_lots, parse_openings};
pub use sign_off::{
    CHARGES, EARLIER, Head, LOTS, LOTS_BEFORE, OPENINGS, OPENINGS_BEFORE, Prepared, SIGN_OFF, SignOff, SignedInput,
    SignedRows, SignedTable, WITHDRAWN,
};
pub use versions::{Version, Versions, prepared, same_person};
