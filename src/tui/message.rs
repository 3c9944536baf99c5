//! What reaches the model: keys, signals, timers and the answers of workers.
//! An answer carries the generation of its question, so that one that came
//! too late is dropped.

use std::sync::Arc;

use crossterm::event::Event;

use crate::amount::{Amount, Cents};
use crate::desk::{
    Applied, ApplyPlan, BadRowView, BurnDown, Change, CloseView, Desk, Detail, DrawsBehind, EntryLine, GateItem,
    HealthLine, Likenesses, LoadEvent, PriceOffer, PriceRow, RevertPlan, Screen, Shown, SourceView, Trend, WeekCredits,
    Why,
};
use crate::reconcile::UsageCheck;
use crate::review::Sentence;

use super::groups::Groups;
use super::keymap::Action;
use super::minimap::OpenMap;
use super::model::RuleOffer;
use super::summary::SummaryPage;
use super::tab::Tab;
use super::why::WhyPage;

pub enum Message {
    Input(Event),
    Woke(Timer),
    /// Leave, saving the place: a signal, or a terminal that is gone.
    Leave,
    /// The shell asks to stop the program for a while.
    Suspend,
    /// The terminal is ours again: draw everything.
    Resumed,
    Loading(LoadEvent, std::time::Duration),
    Loaded(Result<Box<Fresh>, String>),
    /// Where the operator was when the book was last closed.
    Place(Option<String>),
    Listed {
        screen: Screen,
        generation: u64,
        items: Arc<Vec<u32>>,
        groups: Option<Arc<Groups>>,
        at: Option<usize>,
    },
    Counted {
        generation: u64,
        count: usize,
    },
    Found {
        screen: Screen,
        generation: u64,
        hits: Arc<Vec<u32>>,
    },
    /// Where on a list the open items are, for these rows and this version.
    Mapped {
        screen: Screen,
        generation: (u64, u64),
        map: Arc<OpenMap>,
    },
    /// The file of the columns as it was found; nothing where there is none.
    Columns(Result<Option<String>, String>),
    /// Why the columns could not be written.
    ColumnsLost(String),
    Looked {
        tab: Tab,
        version: u64,
        page: Page,
    },
    Explained {
        generation: u64,
        page: Box<WhyPage>,
    },
    ItemExplained {
        generation: u64,
        item: u32,
        numbering: u64,
        why: Box<Why>,
    },
    /// Health over months, for the desk of this numbering.
    Trended {
        numbering: u64,
        result: Result<Trend, String>,
    },
    /// Entries of the journal, newest first, or what is wrong with the filter.
    Journaled {
        generation: u64,
        lines: Result<Arc<Vec<EntryLine>>, String>,
    },
    /// What to do next, for the desk of this version.
    NextSteps {
        version: u64,
        steps: Vec<GateItem>,
    },
    /// The prices that the bill says, for the desk of this numbering.
    Offered {
        numbering: u64,
        offers: Arc<Vec<PriceOffer>>,
    },
    Detailed {
        generation: u64,
        detail: Box<Detail>,
    },
    RawRows {
        generation: u64,
        rows: Vec<(String, String)>,
    },
    /// A title, and heads with the texts below them.
    DrawsBehind {
        generation: u64,
        result: Result<Box<DrawsBehind>, String>,
    },
    WhoPays {
        generation: u64,
        result: Result<(String, Vec<(String, String)>), String>,
    },
    /// How many items are like one, on the list and in the month.
    Likenesses {
        generation: u64,
        numbering: u64,
        item: u32,
        counts: Box<[Likenesses; 2]>,
    },
    Alike {
        generation: u64,
        numbering: u64,
        items: Vec<u32>,
        then: Action,
    },
    Planned {
        generation: u64,
        version: u64,
        result: Result<Box<Change>, String>,
    },
    /// How far what is waited for is, as a sentence.
    Telling {
        generation: u64,
        what: String,
    },
    Summarized {
        generation: u64,
        page: Result<Box<SummaryPage>, String>,
    },
    /// What shows the items behind a row, or why nothing does.
    Behind {
        generation: u64,
        result: Result<Shown, String>,
    },
    ApplyPlanned {
        generation: u64,
        version: u64,
        result: Result<Box<ApplyPlan>, String>,
    },
    RevertPlanned {
        generation: u64,
        result: Result<Box<RevertPlan>, String>,
    },
    /// A text to copy went to a tool, or has to go to the terminal.
    Copied {
        text: String,
        by: Option<&'static str>,
        tmux: bool,
    },
    /// The editor has ended that was to write a note on these items.
    Edited {
        items: Vec<u32>,
        before: String,
        numbering: u64,
        result: Result<String, String>,
    },
    /// So many rows of a ledger are written.
    Wrote {
        job: u64,
        rows: u64,
    },
    /// The rule that the decisions so far make, for the desk of this version.
    RuleOffered {
        version: u64,
        offer: Option<Box<RuleOffer>>,
    },
    Done {
        job: u64,
        done: Done,
    },
    /// A worker came to an end it should not have.
    Died(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    /// The cursor has rested on a list since this generation.
    Rested(u64),
    /// The same on another table.
    RestedOnRow(u64),
    /// A late answer of the terminal should be over.
    SwallowEnd(u64),
    /// A second click comes too late from now on.
    ClickEnd(u64),
}

/// A desk that takes the place of the one before.
pub struct Fresh {
    pub desk: Desk,
    /// Goes up with every change.
    pub version: u64,
    /// Goes up when items may have other numbers than before.
    pub numbering: u64,
    pub glance: Glance,
}

/// The few figures that are always on the screen.
#[derive(Debug, Clone, Default)]
pub struct Glance {
    /// Items and open items of the three lists.
    pub counts: [(u32, u32); 3],
    pub tie_out: [TieOut; 2],
    pub healthy: Option<(bool, String)>,
    pub bad_rows: usize,
}

/// One line that must balance, in cents that add up on either side where it
/// does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TieOut {
    /// Left of the equals sign: the document's own total, without a label, and
    /// what was carried in.
    pub totals: Vec<(&'static str, Cents)>,
    /// Right of it.
    pub parts: Vec<(&'static str, Cents)>,
    /// Left minus right, exactly: zero where it balances.
    pub gap: Amount,
}

impl From<Sentence> for TieOut {
    fn from(line: Sentence) -> Self {
        Self { totals: line.totals_in_cents(), parts: line.parts_in_cents(), gap: line.gap() }
    }
}

/// What became of a job of the writer.
pub enum Done {
    /// Durable, with a sentence about what it was.
    Committed(Box<Fresh>, String),
    Refused(String),
    /// It wants a yes first.
    Asks(Box<Change>, u64),
    /// Verdicts were written, or taken out; some may be even where it failed.
    Verdicts {
        fresh: Option<Box<Fresh>>,
        result: Result<Vec<Applied>, String>,
        reverted: bool,
    },
}

/// Figures of a screen that is not a list, taken when it is looked at.
pub enum Page {
    Overview(Box<Overview>),
    Projects(Arc<Vec<BurnDown>>),
    Prices(Prices),
    Close(Arc<CloseView>),
    BadRows(Vec<BadRowView>),
    Checks(Checks),
    /// What the screen shows stands in the desk itself.
    Nothing,
}

#[derive(Debug, Clone, Default)]
pub struct Prices {
    pub rows: Vec<PriceRow>,
    pub tolerance: (String, String),
}

/// Usage at list price against what was billed for it.
#[derive(Debug, Clone, Default)]
pub struct Checks {
    /// What is furthest apart first.
    pub rows: Vec<UsageCheck>,
    pub billed: Amount,
    /// Of the rows that have a price, like the difference.
    pub expected: Amount,
    pub difference: Amount,
    pub unpriced: u64,
}

#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub items: u64,
    pub open: u64,
    pub billed: Amount,
    pub recorded: Amount,
    pub difference: Amount,
}

#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// By outcome, in the order of the type.
    pub outcomes: Vec<(crate::reconcile::Outcome, Tally)>,
    /// By main cause, the greatest sum of differences first.
    pub causes: Vec<(crate::reconcile::Cause, Tally)>,
    pub sources: Vec<SourceView>,
    pub drift: Vec<crate::reconcile::Drift>,
    pub grain: Vec<crate::reconcile::Grain>,
    pub checks: Checks,
    pub health: Vec<HealthLine>,
    /// Oldest first.
    pub weeks: Vec<WeekCredits>,
    pub notices: Vec<String>,
}
