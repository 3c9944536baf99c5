//! What an update asks the outside for. Effects are carried out on worker
//! threads and come back as messages.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::allocate::Scope;
use crate::calendar::Month;
use crate::desk::{Alike, ApplyPlan, Change, ChargesOf, Command, Desk, GroupBy, ListQuery, RevertPlan, Screen};
use crate::report::{Dimension, Key, Summary};
use crate::review::Needle;

use super::groups::Groups;
use super::keymap::Action;
use super::list::{Anchor, ListState};
use super::message::Timer;
use super::summary::SummaryQuery;
use super::tab::Tab;
use super::why::{Only, WhyScope};

pub enum Effect {
    Load,
    CancelLoad,
    /// Items of a list, and where the anchor stands in it.
    List {
        desk: Desk,
        screen: Screen,
        generation: u64,
        query: ListQuery,
        only: Option<Arc<Only>>,
        group_by: Option<GroupBy>,
        anchor: Option<Anchor>,
    },
    /// How many items a filter would show.
    Count {
        desk: Desk,
        generation: u64,
        query: ListQuery,
        only: Option<Arc<Only>>,
    },
    /// Positions in the index whose texts hold the needle.
    Find {
        screen: Screen,
        hunt: Hunt,
    },
    /// How many rows hold what is typed so far.
    CountHits(Hunt),
    /// Where on a list the open items are; `open`: the groups whose items are
    /// rows themselves.
    Map {
        desk: Desk,
        screen: Screen,
        generation: (u64, u64),
        index: Arc<Vec<u32>>,
        groups: Option<Arc<Groups>>,
        open: BTreeSet<String>,
    },
    Look {
        desk: Desk,
        tab: Tab,
        version: u64,
    },
    /// The month added up; what is known of it already only has to be sorted.
    Summarize {
        desk: Desk,
        generation: u64,
        query: SummaryQuery,
        known: Option<Arc<Summary>>,
    },
    /// What shows the items of a group of the summary on the lists.
    ShowGroup {
        desk: Desk,
        generation: u64,
        by: Vec<Dimension>,
        key: Vec<Key>,
    },
    /// How many items of each list a filter shows.
    ShowFilter {
        desk: Desk,
        generation: u64,
        filter: String,
    },
    /// Why the items of a scope differ.
    Why {
        desk: Desk,
        generation: u64,
        scope: WhyScope,
    },
    WhyItem {
        desk: Desk,
        generation: u64,
        item: u32,
        numbering: u64,
    },
    /// Health over months.
    Trend {
        desk: Desk,
        numbering: u64,
    },
    /// Entries of the journal that pass a filter.
    Journal {
        desk: Desk,
        generation: u64,
        filter: String,
    },
    /// What to do next.
    NextSteps {
        desk: Desk,
        version: u64,
    },
    /// The prices that the bill says.
    Offers {
        desk: Desk,
        numbering: u64,
    },
    Detail {
        desk: Desk,
        generation: u64,
        item: u32,
    },
    RawRows {
        desk: Desk,
        generation: u64,
        item: u32,
    },
    /// The charges behind a cap.
    DrawsBehind {
        desk: Desk,
        generation: u64,
        scope: Scope,
    },
    /// What is paid for these charges, and why.
    WhoPays {
        desk: Desk,
        generation: u64,
        of: ChargesOf,
    },
    /// How many items are like one, on the list and in the month.
    Likenesses {
        desk: Desk,
        generation: u64,
        numbering: u64,
        item: u32,
        index: Arc<Vec<u32>>,
    },
    /// Those items, for a key that settles or marks them; `index`: among which
    /// they are, else in the month.
    Alike {
        desk: Desk,
        generation: u64,
        numbering: u64,
        item: u32,
        alike: Alike,
        index: Option<Arc<Vec<u32>>>,
        then: Action,
    },
    /// Whether the decisions so far make a rule.
    RuleOffer {
        desk: Desk,
        version: u64,
    },
    /// What a command would do, to be shown first.
    Plan {
        desk: Desk,
        version: u64,
        generation: u64,
        command: Command,
    },
    /// The answer of this generation is not wanted any more.
    StopPlan(u64),
    /// What changes the book or a ledger, after all of it that was asked for
    /// before.
    Write {
        job: u64,
        task: Task,
    },
    /// What writing the verdicts to the ledgers would change.
    PlanApply {
        desk: Desk,
        version: u64,
        generation: u64,
    },
    /// What taking them out again would put back.
    PlanRevert {
        month: Month,
        generation: u64,
    },
    KeepPlace(String),
    /// The file of the columns, whole.
    KeepColumns(String),
    Wake {
        after: Duration,
        timer: Timer,
    },
    Copy(String),
    /// To the clipboard of the terminal, through tmux or not.
    CopyByTerminal {
        text: String,
        tmux: bool,
    },
    /// A note, in the operator's own editor.
    Edit {
        items: Vec<u32>,
        text: String,
        numbering: u64,
    },
    /// Whether the terminal is to send clicks.
    Mouse(bool),
    Redraw,
    Suspend,
    Quit,
}

/// A text to look for in the rows of a list.
pub struct Hunt {
    pub desk: Desk,
    pub generation: u64,
    pub needle: Needle,
    pub index: Arc<Vec<u32>>,
    pub groups: Option<Arc<Groups>>,
}

impl Hunt {
    /// In the rows that a list has now.
    pub fn on(list: &ListState, desk: Desk, generation: u64, needle: Needle) -> Self {
        Self { desk, generation, needle, index: Arc::clone(&list.index), groups: list.groups.clone() }
    }
}

/// What only the one thread that changes anything does.
pub enum Task {
    /// Plans and commits in one go.
    Do { numbering: u64, command: Command },
    /// Commits what was shown, unless something changed since.
    Commit { version: u64, numbering: u64, change: Box<Change> },
    /// Writes the verdicts that were shown to the ledgers they are about,
    /// unless something changed since.
    Apply { version: u64, plan: Box<ApplyPlan> },
    /// Takes verdicts out of the ledgers again.
    Revert { plan: Box<RevertPlan> },
}
