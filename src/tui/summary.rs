//! The summary screen: what is asked for, and the figures that came back. The
//! adding up and the sorting are a worker's; here are only the groups that a
//! frame may draw from.

use std::sync::Arc;

use crate::report::{Dimension, Group, Summary};

/// What the screen adds up by, and in what order it shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryQuery {
    /// In the order of the columns; never empty.
    pub by: Vec<Dimension>,
    /// The name of a column; `None` for the natural order of the groups.
    pub sort: Option<&'static str>,
    pub descending: bool,
}

impl Default for SummaryQuery {
    fn default() -> Self {
        // What costs most is what is asked for first.
        Self { by: vec![Dimension::Model], sort: Some("billed"), descending: true }
    }
}

/// The answer of a worker.
#[derive(Debug, Clone)]
pub struct SummaryPage {
    pub summary: Arc<Summary>,
    /// The numbers of the groups, as they are shown.
    pub order: Vec<u32>,
    pub notes: Vec<String>,
}

#[derive(Default)]
pub struct SummaryState {
    pub query: SummaryQuery,
    pub page: Option<Box<SummaryPage>>,
    /// The desk's version that is shown or asked for.
    pub version: Option<u64>,
    /// Of the question under way; answers to older ones are dropped.
    pub asked: u64,
    /// The query changed since it was asked.
    pub stale: bool,
    /// Whether an answer is still to come.
    pub waiting: bool,
}

impl SummaryState {
    pub fn rows(&self) -> usize {
        self.page.as_ref().map_or(0, |page| page.order.len())
    }

    /// The group on a row of the screen.
    pub fn group(&self, at: usize) -> Option<&Group> {
        let page = self.page.as_ref()?;
        page.summary.groups.get(*page.order.get(at)? as usize)
    }

    /// What the screen is sorted by, in words.
    pub fn sorted_by(&self) -> String {
        let heading = |name: &str| {
            let column = self.page.as_ref().and_then(|page| page.summary.columns().find(|c| c.name == name));
            column.map_or_else(|| name.replace('_', " "), |column| column.heading.to_owned())
        };
        let what = self.query.sort.map_or_else(|| self.by(), heading);
        format!("{what} {}", if self.query.descending { "desc" } else { "asc" })
    }

    /// `model, user`
    pub fn by(&self) -> String {
        self.query.by.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}
