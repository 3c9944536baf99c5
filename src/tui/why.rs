//! The Why screen: what is explained, and the findings that came back. Finding
//! them is a worker's work; it belongs to the numbering of the items.

use std::sync::Arc;

use crate::desk::{ListQuery, Scope, Why, WhyFinding};

use super::list::Marks;

/// What the operator asks to have explained.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum WhyScope {
    #[default]
    Month,
    /// What a list shows: its query, and where it shows some items only, those.
    Listed(ListQuery, Option<Arc<Only>>),
    Marked(Arc<Vec<u32>>),
    /// One item, and what it is called.
    Item(u32, String),
}

impl WhyScope {
    /// Whether it speaks of items by their numbers, which another comparison
    /// gives to others.
    pub const fn is_of_numbers(&self) -> bool {
        matches!(self, Self::Marked(_) | Self::Item(..) | Self::Listed(_, Some(_)))
    }

    /// Resolved by a worker: a filter over millions of items takes its time.
    pub fn of(&self, desk: &crate::desk::Desk) -> Scope {
        match self {
            Self::Month => Scope::Month,
            Self::Listed(query, only) => {
                let mut items = desk.list(query);
                items.retain(|item| only.as_ref().is_none_or(|only| only.items.has(*item)));
                Scope::Items(items)
            }
            Self::Marked(items) => Scope::Items(items.to_vec()),
            Self::Item(item, _) => Scope::Items(vec![*item]),
        }
    }
}

/// Items that lists are kept to, such as those of a finding.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Only {
    pub items: Marks,
    /// What they are, for the status line.
    pub what: String,
}

/// The answer of a worker.
#[derive(Debug, Clone)]
pub struct WhyPage {
    pub why: Why,
    /// Items of the scope.
    pub items: usize,
}

#[derive(Default)]
pub struct WhyState {
    pub scope: WhyScope,
    pub page: Option<Box<WhyPage>>,
    /// The numbering that is shown or asked for.
    pub numbering: Option<u64>,
    /// Of the question under way; answers to older ones are dropped.
    pub asked: u64,
    /// The scope changed since it was asked.
    pub stale: bool,
    /// Whether an answer is still to come.
    pub waiting: bool,
}

impl WhyState {
    /// Findings, and a last row for what none of them explains.
    pub fn rows(&self) -> usize {
        self.page.as_ref().map_or(0, |page| page.why.findings.len() + 1)
    }

    pub fn finding(&self, at: usize) -> Option<&WhyFinding> {
        self.page.as_ref()?.why.findings.get(at)
    }
}
