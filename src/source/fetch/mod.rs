//! Fetching the bill itself: the organisation's costs and usage from the admin
//! API, page by page, kept exactly as they came.
//!
//! A [`Job`] says what to ask for, and a [`Transport`] asks. `pages` says when
//! a report is whole, `partial` keeps what is there so far, `retry` how long to
//! wait, `refusal` what a refusal means; [`Fetch`] joins them. What comes out
//! is a file of pages, which the book imports like any other bill.

mod http;
mod key;
mod page;
mod pages;
mod partial;
mod plan;
mod refusal;
mod retry;
mod run;
mod transport;

pub use http::{Base, DEFAULT_BASE, Http};
pub use key::AdminKey;
pub use partial::sweep;
pub use plan::{BucketWidth, Dimension, Endpoint, Job, Range};
pub use refusal::{Asked, FetchError};
pub use retry::Backoff;
pub use run::{Event, Fetch, Fetched, World};
pub use transport::{Answer, Lost, Transport};
