//! Everything the screen is drawn from. `update` changes it, `view` reads it,
//! nothing else touches it.

use std::sync::Arc;
use std::time::Duration;

use crate::desk::{BadRowView, CloseView, Desk, Detail, GateItem, PriceOffer, Screen, Trend, Why};
use crate::review::rules::Draft;

use super::burn::BurnState;
use super::columns::TableColumns;
use super::journal::JournalState;
use super::keymap::{Action, Keymap};
use super::list::{ListState, Marks, Spot};
use super::message::{Checks, Glance, Overview, Prices};
use super::modal::{Modal, Scroll};
use super::pointer::Pointer;
use super::summary::SummaryState;
use super::theme::Theme;
use super::told::{self, Told};
use super::tour::Tour;
use super::why::WhyState;
use super::written::Written;

/// The screens, in the order of their bits in the key table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tab {
    Matched,
    Discrepancies,
    NotFound,
    Projects,
    Prices,
    Close,
    Overview,
    Journal,
    BadRows,
    Summary,
    Checks,
    Why,
}

impl Tab {
    /// How many there are.
    pub const COUNT: usize = 12;

    /// From left to right.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Overview,
        Self::Matched,
        Self::Discrepancies,
        Self::NotFound,
        Self::Projects,
        Self::Prices,
        Self::Close,
        Self::Summary,
        Self::Checks,
        Self::Why,
        Self::Journal,
        Self::BadRows,
    ];

    pub const fn screen(self) -> Option<Screen> {
        match self {
            Self::Matched => Some(Screen::Matched),
            Self::Discrepancies => Some(Screen::Discrepancies),
            Self::NotFound => Some(Screen::NotFound),
            _ => None,
        }
    }

    pub const fn of(screen: Screen) -> Self {
        match screen {
            Screen::Matched => Self::Matched,
            Screen::Discrepancies => Self::Discrepancies,
            Screen::NotFound => Self::NotFound,
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Matched => "Matched",
            Self::Discrepancies => "Discrepancies",
            Self::NotFound => "Not found",
            Self::Projects => "Projects",
            Self::Prices => "Prices",
            Self::Close => "Close",
            Self::Overview => "Overview",
            Self::Journal => "Journal",
            Self::BadRows => "Bad rows",
            Self::Summary => "Summary",
            Self::Checks => "Checks",
            Self::Why => "Why",
        }
    }

    /// What the screen is for, as its help begins.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Overview => {
                "How the month stands: what to do next, health against its limits, outcomes, causes, trend."
            }
            Self::Matched => "Items on which bill and ledger agree, or that have nothing to agree with.",
            Self::Discrepancies => "Items on which bill and ledger differ, or that cannot be compared as they are.",
            Self::NotFound => "Items that only the bill or only the ledger has.",
            Self::Projects => "Every subsidy's cap: what it drew, how fast, and when it runs out.",
            Self::Prices => "Rates of models, lots of credits, and when two amounts count as equal.",
            Self::Close => "What is left to do before the month is signed, and what would be written.",
            Self::Summary => "The month added up by whatever you choose, with the items behind each sum.",
            Self::Checks => "The provider's usage at list price against what it billed for it.",
            Self::Why => "Why the two sides differ: findings that add up to the difference.",
            Self::Journal => "Everything that was done: who, when, what, and what of it is in force.",
            Self::BadRows => "Rows of the files that could not be read.",
        }
    }

    /// For a narrow terminal.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Matched => "Mat",
            Self::Discrepancies => "Disc",
            Self::NotFound => "NotF",
            Self::Projects => "Proj",
            Self::Prices => "Price",
            Self::Close => "Close",
            Self::Overview => "Over",
            Self::Journal => "Jour",
            Self::BadRows => "Bad",
            Self::Summary => "Sum",
            Self::Checks => "Chk",
            Self::Why => "Why",
        }
    }
}

/// How far the month is.
pub enum Stage {
    Loading(Progress),
    Ready,
    /// It could not be loaded; the sentence says why.
    Failed(String),
}

#[derive(Debug, Clone, Default)]
pub struct Progress {
    pub bytes: u64,
    pub of_bytes: u64,
    pub rows: u64,
    pub elapsed: Duration,
    /// Bytes taken into the book, and how many that will be; `None` once they
    /// are read.
    pub taking_in: Option<(u64, u64)>,
    /// When reading began.
    pub began: Duration,
    pub first_rows: Vec<[String; 5]>,
    pub comparing: bool,
    pub cancelled: bool,
}

impl Progress {
    /// Whole seconds left, by the pace so far; `None` until there is one.
    pub fn seconds_left(&self) -> Option<u64> {
        let (bytes, of_bytes) = self.taking_in.unwrap_or((self.bytes, self.of_bytes));
        let since = if self.taking_in.is_some() { Duration::ZERO } else { self.began };
        let millis = u64::try_from(self.elapsed.saturating_sub(since).as_millis()).unwrap_or(u64::MAX);
        if bytes == 0 || of_bytes <= bytes || millis < 200 {
            return None;
        }
        let left = u128::from(millis) * u128::from(of_bytes - bytes) / u128::from(bytes);
        Some(u64::try_from(left / 1_000 + 1).unwrap_or(u64::MAX))
    }
}

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

/// The detail of one item, which follows the cursor when it rests.
#[derive(Default)]
pub struct DetailPane {
    pub detail: Option<Box<Detail>>,
    /// The item it shows, or will once the cursor has rested.
    pub wanted: Option<u32>,
    /// The desk's version it belongs to.
    pub version: u64,
    /// Of the question under way.
    pub generation: u64,
    /// The first row of the list on the screen when the cursor stood on the item
    /// that is shown.
    pub top: usize,
    /// Over the whole screen.
    pub full: bool,
    pub scroll: Scroll,
    /// Why the item differs; they may be another item's, for a moment.
    pub findings: Option<Findings>,
}

impl DetailPane {
    /// Whether the cursor has gone on to another item than is shown, and has
    /// not rested there yet.
    pub fn is_late(&self) -> bool {
        self.detail.as_ref().is_some_and(|detail| Some(detail.item) != self.wanted)
    }
}

/// What the probes find of one item.
pub struct Findings {
    pub item: u32,
    pub numbering: u64,
    pub why: Box<Why>,
}

/// A rule that the decisions so far make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleOffer {
    /// Entries of the journal that are alike.
    pub decisions: usize,
    pub draft: Draft,
}

/// What a worker takes its time for. It follows from what was read and how it
/// is compared, not from decisions, so that it belongs to a numbering.
pub struct Later<T> {
    /// The numbering it is there for, or asked for.
    pub asked: Option<u64>,
    pub answer: Option<T>,
}

impl<T> Default for Later<T> {
    fn default() -> Self {
        Self { asked: None, answer: None }
    }
}

impl<T> Later<T> {
    /// Whether it has to be asked for; then it counts as asked for.
    pub fn ask(&mut self, numbering: u64) -> bool {
        let ask = self.asked != Some(numbering);
        self.asked = Some(numbering);
        ask
    }

    /// Takes an answer, unless it is about an older numbering.
    pub fn take(&mut self, numbering: u64, answer: T) {
        if self.asked == Some(numbering) {
            self.answer = Some(answer);
        }
    }
}

/// Figures of the screens that are not lists, as last looked at.
#[derive(Default)]
pub struct Pages {
    pub overview: Option<Box<Overview>>,
    pub prices: Prices,
    pub close: Option<Arc<CloseView>>,
    pub bad_rows: Vec<BadRowView>,
    pub checks: Checks,
    pub trend: Later<Result<Trend, String>>,
    pub offers: Later<Arc<Vec<PriceOffer>>>,
    /// What to do next, and the desk's version it was asked for.
    pub next: Vec<GateItem>,
    pub next_of: Option<u64>,
    /// Whether an answer came at all.
    pub next_known: bool,
    /// The desk's version that each screen shows or has asked for.
    pub versions: [Option<u64>; Tab::COUNT],
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_follows_the_pace_so_far() {
        let progress = |bytes, millis| Progress {
            bytes,
            of_bytes: 1_000,
            elapsed: Duration::from_millis(millis),
            ..Progress::default()
        };
        assert_eq!(progress(0, 1_000).seconds_left(), None);
        assert_eq!(progress(250, 1_000).seconds_left(), Some(4));
        assert_eq!(progress(1_000, 1_000).seconds_left(), None);
        assert_eq!(Progress { of_bytes: u64::MAX, ..progress(1, 5_000) }.seconds_left(), Some(u64::MAX));
    }

    #[test]
    fn an_answer_about_an_older_numbering_is_dropped() {
        let mut later = Later::default();
        assert!(later.ask(1) && !later.ask(1));
        later.take(1, "one");
        assert!(later.ask(2));
        later.take(1, "late");
        assert_eq!(later.answer, Some("one"));
        later.take(2, "two");
        assert_eq!(later.answer, Some("two"));
    }

    #[test]
    fn every_screen_is_reached_once() {
        let mut all = Tab::ALL;
        all.sort_unstable();
        assert_eq!(all.map(|tab| tab as usize), std::array::from_fn(|at| at));
    }
}
