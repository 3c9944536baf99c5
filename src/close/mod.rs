//! Ending a month: the gate it must pass, what is signed and stays as it was
//! signed, and what came later, as corrections.
//!
//! Pure: the desk says what is open and what the figures are, the book keeps
//! what was signed.

mod gate;

pub use gate::{Behind, GateItem};
