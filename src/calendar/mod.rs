//! Days and months in UTC, and the periods that budgets are counted in.
//!
//! Nothing here asks the clock what time it is: a day comes from a file or is
//! handed in.

mod day;
mod instant;
mod period;

pub use day::{Day, Month};
pub use instant::{DateError, Instant};
pub use period::{MonthDay, Period, PeriodKey};
