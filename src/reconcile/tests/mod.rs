//! The comparison as a whole: literal small months, and random ones.

mod buckets;
mod causes;
mod currencies;
mod grain;
mod keys;
mod ladder;
mod minutes;
mod outcomes;
mod pairs;
mod random;
mod random_days;
mod runs;
mod speed;
mod sums;
mod usage_checks;
mod why;
