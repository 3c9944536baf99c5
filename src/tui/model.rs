//! Everything the screen is drawn from. `update` changes it, `view` reads it,
//! nothing else touches it.

use crate::desk::{Desk, Screen};
use crate::review::rules::Draft;

use super::burn::BurnState;
use super::columns::TableColumns;
use super::journal::JournalState;
use super::keymap::{Action, Keymap};
use super::list::{ListState, Marks, Spot};
use super::message::Glance;
use super::modal::Modal;
use super::pages::Pages;
use super::pane::DetailPane;
use super::pointer::Pointer;
use super::stage::{Progress, Stage};
use super::summary::SummaryState;
use super::tab::Tab;
use super::theme::Theme;
use super::told::{self, Told};
use super::tour::Tour;
use super::why::WhyState;
use super::written::Written;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Info,
    Good,
    Bad,
}

/// The last thing worth a sentence.
#[derive(Debug, Clone)]
pub struct Status {
    pub tone: Tone,
    pub text: String,
}

/// A change that is on its way to the disk.
#[derive(Debug, Clone)]
pub struct Job {
    pub id: u64,
    pub items: Marks,
}

/// How far a ledger is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writing {
    pub job: u64,
    pub rows: u64,
    pub of_rows: u64,
}

/// A rule that the decisions so far make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleOffer {
    /// Entries of the journal that are alike.
    pub decisions: usize,
    pub draft: Draft,
}

/// What a terminal late to answer is still sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swallow {
    No,
    /// Until the terminator, or the timer of this generation.
    Reply(u64),
}

pub struct Model {
    pub title: String,
    pub read_only: Option<String>,
    pub keymap: Keymap,
    pub theme: Theme,
    pub ascii: bool,
    /// For a screen reader: words instead of lines and charts.
    pub plain: bool,
    /// Nothing moves by itself.
    pub still: bool,
    pub pointer: Pointer,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    pub stage: Stage,
    pub tab: Tab,
    pub desk: Option<Desk>,
    pub version: u64,
    pub numbering: u64,
    pub glance: Glance,
    pub lists: [ListState; 3],
    /// Cursors of the other screens, by the number of the tab.
    pub spots: [Spot; Tab::COUNT],
    /// The columns of each screen's table, by the number of the tab.
    pub columns: [TableColumns; Tab::COUNT],
    /// Why the columns are not remembered, if they are not.
    pub columns_lost: Option<String>,
    /// What was wrong with their file and is still to be said.
    pub columns_told: Option<String>,
    /// Marked bad rows, by their number.
    pub marked_rows: Marks,
    pub row_range: Option<usize>,
    pub pages: Pages,
    pub summary: SummaryState,
    pub why: WhyState,
    pub burn: BurnState,
    pub journal: JournalState,
    pub detail: DetailPane,
    pub told: Told,
    pub modals: Vec<Modal>,
    pub status: Option<Status>,
    pub jobs: Vec<Job>,
    /// What the last decisions make a rule of.
    pub rule_offer: Option<Box<RuleOffer>>,
    /// Verdicts on their way to a ledger.
    pub writing: Option<Writing>,
    /// Hidden items among those being planned.
    pub planned_hidden: usize,
    /// The last generation given out.
    pub generation: u64,
    pub swallow: Swallow,
    /// What was searched for and filtered by.
    pub written: Written,
    /// The operator went to a screen, so that the place does not lead away.
    pub went: bool,
    /// A place that came before the month did.
    pub place: Option<String>,
    pub tour: Tour,
    /// What the last key asked for, until the tour has seen it.
    pub asked: Option<Action>,
    pub leaving: bool,
}

impl Model {
    pub fn new(title: String, keymap: Keymap, theme: Theme, ascii: bool, size: (u16, u16)) -> Self {
        Self {
            title,
            read_only: None,
            keymap,
            theme,
            ascii,
            plain: false,
            still: false,
            pointer: Pointer::default(),
            size,
            stage: Stage::Loading(Progress::default()),
            tab: Tab::Overview,
            desk: None,
            version: 0,
            numbering: 0,
            glance: Glance::default(),
            lists: [
                ListState::new(Screen::Matched),
                ListState::new(Screen::Discrepancies),
                ListState::new(Screen::NotFound),
            ],
            spots: [Spot::default(); Tab::COUNT],
            columns: std::array::from_fn(|at| match Tab::ALL.into_iter().find(|tab| *tab as usize == at) {
                Some(tab) => own_columns(tab),
                None => TableColumns::default(),
            }),
            columns_lost: None,
            columns_told: None,
            marked_rows: Marks::default(),
            row_range: None,
            pages: Pages::default(),
            summary: SummaryState::default(),
            why: WhyState::default(),
            burn: BurnState::default(),
            journal: JournalState::default(),
            detail: DetailPane::default(),
            told: Told::default(),
            modals: Vec::new(),
            status: None,
            jobs: Vec::new(),
            rule_offer: None,
            writing: None,
            planned_hidden: 0,
            generation: 0,
            swallow: Swallow::No,
            written: Written::default(),
            went: false,
            place: None,
            tour: Tour::default(),
            asked: None,
            leaving: false,
        }
    }

    pub fn list(&self) -> Option<&ListState> {
        self.tab.screen().map(|screen| self.of(screen))
    }

    pub fn list_mut(&mut self) -> Option<&mut ListState> {
        self.tab.screen().map(|screen| self.of_mut(screen))
    }

    pub const fn of(&self, screen: Screen) -> &ListState {
        let [matched, discrepancies, not_found] = &self.lists;
        match screen {
            Screen::Matched => matched,
            Screen::Discrepancies => discrepancies,
            Screen::NotFound => not_found,
        }
    }

    pub const fn of_mut(&mut self, screen: Screen) -> &mut ListState {
        let [matched, discrepancies, not_found] = &mut self.lists;
        match screen {
            Screen::Matched => matched,
            Screen::Discrepancies => discrepancies,
            Screen::NotFound => not_found,
        }
    }

    pub fn counts(&self, screen: Screen) -> (u32, u32) {
        let [matched, discrepancies, not_found] = self.glance.counts;
        match screen {
            Screen::Matched => matched,
            Screen::Discrepancies => discrepancies,
            Screen::NotFound => not_found,
        }
    }

    pub fn spot(&self) -> Spot {
        if let (Tab::Projects, Some(behind)) = (self.tab, &self.burn.behind) {
            return behind.spot;
        }
        self.spots.get(self.tab as usize).copied().unwrap_or_default()
    }

    /// The row that is told in full below the table of a screen that is not a
    /// list.
    pub fn told(&self) -> usize {
        self.told.row(self.told_table(), self.spot().at)
    }

    pub fn told_table(&self) -> told::Table {
        (self.tab, self.version, self.rows())
    }

    /// The columns of the screen, where they can be laid out.
    pub fn columns(&self) -> Option<&TableColumns> {
        self.columns.get(self.tab as usize).filter(|columns| !columns.names.is_empty() && !self.is_another_table())
    }

    pub fn columns_mut(&mut self) -> Option<&mut TableColumns> {
        let another = self.is_another_table();
        self.columns.get_mut(self.tab as usize).filter(|columns| !columns.names.is_empty() && !another)
    }

    /// Whether the charges behind a cap stand where the caps stood, or the
    /// versions of a signed month where its gate was.
    fn is_another_table(&self) -> bool {
        let signed = self.pages.close.as_ref().is_some_and(|close| close.signed.is_some());
        self.is_behind_cap() || (self.tab == Tab::Close && signed)
    }

    fn is_behind_cap(&self) -> bool {
        self.tab == Tab::Projects && self.burn.behind.is_some()
    }

    /// The cursor of a screen that is not a list.
    pub fn spot_mut(&mut self) -> Option<&mut Spot> {
        match (self.tab, &mut self.burn.behind) {
            (Tab::Projects, Some(behind)) => Some(&mut behind.spot),
            (tab, _) => self.spots.get_mut(tab as usize),
        }
    }

    /// Rows of the table on a screen that is not a list.
    pub fn rows(&self) -> usize {
        match self.tab {
            Tab::Projects => self.burn.behind.as_ref().map_or_else(|| self.burn.len(), |behind| behind.draws.len()),
            Tab::Prices => self.pages.prices.rows.len(),
            // Of a signed month nothing is left to go to.
            Tab::Close => {
                self.pages.close.as_ref().filter(|close| close.signed.is_none()).map_or(0, |close| close.gate.len())
            }
            Tab::Journal => self.journal.rows.len(),
            Tab::BadRows => self.pages.bad_rows.len(),
            Tab::Summary => self.summary.rows(),
            Tab::Checks => self.pages.checks.rows.len(),
            Tab::Why => self.why.rows(),
            Tab::Overview => self.pages.next.len(),
            Tab::Matched | Tab::Discrepancies | Tab::NotFound => 0,
        }
    }

    pub fn is_saving(&self, item: u32) -> bool {
        self.jobs.iter().any(|job| job.items.has(item))
    }

    pub fn next_generation(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.status = Some(Status { tone, text: text.into() });
    }
}

/// The columns of a screen as they are at first.
fn own_columns(tab: Tab) -> TableColumns {
    super::view::columns_of(tab).map_or_else(TableColumns::default, |(names, frozen)| TableColumns::new(names, frozen))
}
