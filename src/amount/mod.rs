//! Exact money and quantities: parsing, arithmetic that cannot panic or round
//! unseen, and cents by largest remainder.
//!
//! Everything inside the program is a [`Fixed`]: a whole number of 10⁻¹⁸ of
//! the unit. Text comes in through [`Fixed::parse`], leaves through `Display`,
//! and becomes [`Cents`] once, when a file is written.

mod cents;
mod column;
mod cut;
mod fixed;
mod portion;
mod ratio;
mod wide;

pub use cents::{Cents, largest_remainder};
pub use column::{FixedColumn, Packed};
pub use cut::{Cut, beyond_nine, number};
pub use fixed::{Amount, AmountError, Fixed, Money, Quantity, SCALE, Units};
pub use portion::{portion, proportional_by_class};
pub use ratio::{PerMillion, Share, UnitCost};
