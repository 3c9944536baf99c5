//! The month-end desk for AI usage bills: what the provider billed against
//! what was recorded at home, who pays for it, and the file that says so.
//!
//! Data flows one way, and each room below imports only from rooms above it:
//! files are [`read`] into [`usage`] lines, [`price`]d, compared by
//! [`reconcile`] into items, settled in [`review`], split among payers and
//! subsidies by [`allocate`], shaped by [`focus`], signed in [`close`] and
//! written by the [`book`].
//! What does not lie in files comes over a connection of [`source`]. The
//! [`desk`] holds a loaded month; the terminal ([`tui`]) and the command line
//! ([`cli`]) give it the same commands.

pub mod memory;
pub mod place;

pub mod amount;
pub mod calendar;
pub mod json_text;
pub mod usage;

pub mod read;

pub mod price;

pub mod journal;

pub mod reconcile;

pub mod review;

pub mod allocate;

pub mod focus;

pub mod close;

pub mod report;

pub mod source;

pub mod book;

pub mod desk;

pub mod tui;

pub mod cli;
