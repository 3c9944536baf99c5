//! What can lie over a screen: a choice, a line to type, a form, a preview
//! that asks. They are plain data on a stack; the topmost gets the keys.

use std::cell::Cell;

use crate::desk::{
    Alike, ApplyPlan, BurnSort, Change, ChargesOf, Command, GroupBy, Likenesses, Likes, PriceRow, PriceRowKind,
    RevertPlan, Shared, SortKey,
};
use crate::journal::{Assumption, Decision, FluxOf, Verdict};
use crate::reconcile::Finest;
use crate::report::Dimension;
use crate::review::filter::Completion;
use crate::review::rules::Draft;

use super::field::Field;
use super::journal::JournalBy;
use super::keymap::Action;
use super::tab::Tab;
use super::text;
use super::why::WhyScope;

pub enum Modal {
    Help(Scroll),
    Pick(Picker),
    Like(Box<Likeness>),
    /// The columns of the screen's table; the number of the one under the
    /// cursor in their order.
    Columns(usize),
    Prompt(Prompt),
    Form(Form),
    /// Something is being worked out; an answer of another generation is not
    /// for it.
    Waiting {
        generation: u64,
        what: String,
    },
    Preview(Planned),
    Verdicts(Verdicts),
    Raw {
        title: String,
        rows: Vec<(String, String)>,
        scroll: Scroll,
    },
}

/// How far a popup is scrolled. The view knows how far there is to go and
/// takes back what is too much.
#[derive(Debug, Default)]
pub struct Scroll(Cell<usize>);

impl Scroll {
    pub fn by(&self, rows: isize) {
        self.0.set(self.0.get().saturating_add_signed(rows));
    }

    pub const fn is_at_top(&self) -> bool {
        self.0.get() == 0
    }

    /// The first row to show of `len` when `height` fit.
    pub fn top(&self, len: usize, height: usize) -> usize {
        self.0.set(self.0.get().min(len.saturating_sub(height)));
        self.0.get()
    }
}

/// A change with what the operator was shown of it.
pub struct Planned {
    pub change: Box<Change>,
    /// The version of the desk it was planned on.
    pub version: u64,
    pub scroll: Scroll,
    /// Items of it that the list does not show.
    pub hidden: usize,
}

/// Verdicts that would go to the ledgers, or out of them.
pub struct Verdicts {
    pub plan: VerdictPlan,
    pub scroll: Scroll,
}

pub enum VerdictPlan {
    /// And the version of the desk it was planned on.
    Apply(Box<ApplyPlan>, u64),
    Revert(Box<RevertPlan>),
}

impl VerdictPlan {
    /// Whether there is anything to say yes to.
    pub fn asks(&self) -> bool {
        match self {
            Self::Apply(plan, _) => plan.rows() > 0,
            Self::Revert(_) => true,
        }
    }

    pub fn rows(&self) -> u64 {
        match self {
            Self::Apply(plan, _) => plan.rows(),
            Self::Revert(plan) => plan.rows(),
        }
    }
}

/// What a verb acts on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    pub items: Vec<u32>,
    /// Those of them that the list does not show.
    pub hidden: usize,
    /// They were not chosen one by one: what is settled stays as it is, and
    /// even one of them is shown first.
    pub batch: bool,
}

impl Targets {
    pub fn decide(self, decision: Decision) -> Command {
        let items = self.items;
        if self.batch { Command::DecideOpen { items, decision } } else { Command::Decide { items, decision } }
    }
}

/// The choice of what all items must share with one to be settled with it.
pub struct Likeness {
    pub item: u32,
    /// What the item has in each of [`Shared::ALL`].
    pub values: [String; Shared::ALL.len()],
    pub alike: Alike,
    /// All of the month and not only what the list shows.
    pub month: bool,
    /// What each combination holds: on the list, and in the month.
    pub counts: Box<[Likenesses; 2]>,
    /// The line under the cursor; the last is where to look.
    pub at: usize,
    /// Why the last key did nothing.
    pub error: Option<String>,
}

impl Likeness {
    /// Lines to choose from.
    pub const LINES: usize = Shared::ALL.len() + 1;

    /// What the choice holds now.
    pub fn holds(&self) -> Likes {
        let [list, month] = &*self.counts;
        if self.month { month } else { list }.of(self.alike)
    }

    /// Turns the line under the cursor round.
    pub fn toggle(&mut self) {
        self.error = None;
        match Shared::ALL.get(self.at) {
            Some(field) => self.alike.toggle(*field),
            None => self.month = !self.month,
        }
    }
}

/// What an entry of a picker stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    Do(Action),
    /// Goes to the screen that has the action, and does not do it.
    Elsewhere(Tab, Action),
    Sort(SortKey),
    SortCaps(BurnSort),
    /// Only caps of this rule, or of all.
    OnlyRule(Option<String>),
    Group(Option<GroupBy>),
    GroupJournal(Option<JournalBy>),
    /// A saved one.
    UseFilter(String),
    /// By a column of the summary, or by its groups.
    SortSummary(Option<&'static str>),
    AddUpBy(Vec<Dimension>),
    Verdict(Verdict),
    Reason(Verdict, String),
    Project(String),
    /// These items only.
    ItemsOnly(String),
    /// The user of the item, from now on.
    WholeUser(String),
    /// One of several prices of an item.
    Price(PriceRow),
    /// A new rate or lot.
    Add(PriceRowKind),
    /// A price that the bill says, as the command that sets it.
    Offer(Command),
    /// Compare no finer than this.
    Grain(Finest),
    /// Write the file in this shape from now on.
    Profile(crate::focus::Profile),
    Paper(Paper),
    /// Corrections of a signed month, accepted or taken off.
    Correct(crate::desk::Command),
    Explain(Box<WhyScope>),
    WhoPays(ChargesOf),
    /// Takes it no longer for granted.
    Drop(Assumption),
    /// A rule to be made, or another version of one.
    Rule(Box<Draft>),
    /// One that stands: asks what is to become of it.
    OfRule(String),
    RemoveRule(String),
    /// The items that pass a filter, on the lists.
    ShowFilter(String),
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub text: String,
    /// Beside it: a key, a count, an address.
    pub note: String,
    pub choice: Choice,
}

/// A list to choose from that narrows as letters are typed.
#[derive(Debug)]
pub struct Picker {
    pub title: String,
    pub entries: Vec<Entry>,
    /// Entries that fit what was typed, best first.
    pub shown: Vec<usize>,
    pub field: Field,
    pub at: usize,
    /// The items it is about.
    pub targets: Targets,
    /// Columns of the notes below which a note that takes several lines stays
    /// blank: those of the keys in the palette.
    pub hang: usize,
}

impl Picker {
    pub fn new(title: impl Into<String>, entries: Vec<Entry>) -> Self {
        let shown = (0..entries.len()).collect();
        Self {
            title: title.into(),
            entries,
            shown,
            field: Field::default(),
            at: 0,
            targets: Targets::default(),
            hang: 0,
        }
    }

    /// One of a few settings, each by its name and what it means; the one in
    /// force is under the cursor and says so.
    pub fn setting(
        title: &str,
        now: Choice,
        all: impl IntoIterator<Item = (&'static str, &'static str, Choice)>,
    ) -> Self {
        let entry = |(name, meaning, choice): (&str, &str, Choice)| {
            let note = if choice == now { format!("now; {meaning}") } else { meaning.to_owned() };
            Entry { text: name.to_owned(), note, choice }
        };
        Self::new(title, all.into_iter().map(entry).collect()).on(&now)
    }

    pub fn about(mut self, targets: Targets) -> Self {
        self.targets = targets;
        self
    }

    /// Puts the entry with this choice under the cursor.
    pub fn on(mut self, choice: &Choice) -> Self {
        self.at = self.entries.iter().position(|e| e.choice == *choice).unwrap_or(0);
        self
    }

    pub fn narrow(&mut self) {
        let typed = self.field.text().trim();
        // Of those that fit equally well, one that is just what was typed.
        let mut fitting: Vec<(usize, bool, usize)> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(at, e)| {
                let best = text::fuzzy(&e.text, typed);
                let second = text::fuzzy(&e.note, typed).map(|score| score + 100);
                let other = !e.text.eq_ignore_ascii_case(typed);
                best.into_iter().chain(second).min().map(|score| (score, other, at))
            })
            .collect();
        fitting.sort_unstable();
        self.shown = fitting.into_iter().map(|(.., at)| at).collect();
        self.at = 0;
    }

    pub fn chosen(&self) -> Option<&Entry> {
        self.entries.get(*self.shown.get(self.at)?)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum PromptKind {
    Filter,
    /// Of the journal.
    JournalFilter,
    /// And the filter that gets the name.
    SaveFilter(String),
    Search,
    Note(Vec<u32>),
    ExcludeRows(Vec<usize>),
    ReopenMonth,
}

/// One line to type, at the place of the status line.
#[derive(Debug)]
pub struct Prompt {
    pub kind: PromptKind,
    pub field: Field,
    /// What is wrong with the text, and at which byte.
    pub error: Option<(usize, String)>,
    /// Items the filter would show.
    pub count: Option<usize>,
    /// What could come next in a filter, the likeliest first.
    pub offers: Vec<Completion>,
    /// Of the count that is under way.
    pub generation: u64,
    /// What was written in such lines before, the newest first.
    pub earlier: Vec<String>,
    /// Which of them stands in the field.
    pub recalled: Option<usize>,
    /// What was begun before one of them was called back.
    pub begun: Field,
}

impl Prompt {
    pub fn new(kind: PromptKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            field: Field::new(text),
            error: None,
            count: None,
            offers: Vec::new(),
            generation: 0,
            earlier: Vec::new(),
            recalled: None,
            begun: Field::default(),
        }
    }

    pub const fn label(&self) -> &'static str {
        match self.kind {
            PromptKind::Filter | PromptKind::JournalFilter => "filter: ",
            PromptKind::SaveFilter(_) => "save the filter as: @",
            PromptKind::Search => "search: ",
            PromptKind::Note(_) => "note: ",
            PromptKind::ExcludeRows(_) => "reason to leave out: ",
            PromptKind::ReopenMonth => "why reopen: ",
        }
    }
}

/// Something of the provider's papers, or said of the month's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paper {
    Invoice,
    PoolStated(String),
    PoolAdjust(String),
    PoolSettle(String),
    /// And the note that stands there.
    FluxNote(FluxOf, String, String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormKind {
    Rate,
    Lot,
    Tolerance,
    /// Of a subsidy rule.
    Cap,
    /// Its other figures.
    Terms,
    /// Of these items.
    Claim(Vec<u32>),
    Paper(Paper),
    /// From decisions.
    Rule,
}

/// A few labelled fields; what they mean is checked when it is planned.
#[derive(Debug)]
pub struct Form {
    pub kind: FormKind,
    pub title: String,
    /// Label, what to write, and the text. The first may be fixed.
    pub fields: Vec<(&'static str, &'static str, Field)>,
    pub focus: usize,
    /// What was wrong with it.
    pub error: Option<String>,
}

impl Form {
    pub fn text(&self, at: usize) -> String {
        self.fields.get(at).map(|(_, _, field)| field.text().trim().to_owned()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker(texts: &[&str]) -> Picker {
        let entry = |t: &&str| Entry { text: (*t).into(), note: String::new(), choice: Choice::Project((*t).into()) };
        Picker::new("Project", texts.iter().map(entry).collect())
    }

    #[test]
    fn typing_narrows_and_the_best_fit_comes_first() {
        let mut both = picker(&["apply rules", "rules"]);
        both.field.insert("rules");
        both.narrow();
        assert_eq!(both.shown, [1, 0]);
        let mut picker = picker(&["climate-model", "astro", "model-zoo"]);
        picker.field.insert("mod");
        picker.narrow();
        assert_eq!(picker.shown, [2, 0]);
        assert_eq!(picker.chosen().unwrap().text, "model-zoo");
        picker.field.insert("xx");
        picker.narrow();
        assert!(picker.chosen().is_none());
    }

    #[test]
    fn scrolling_stops_at_the_end() {
        let scroll = Scroll::default();
        scroll.by(1_000);
        assert_eq!(scroll.top(30, 10), 20);
        scroll.by(-5);
        assert_eq!(scroll.top(30, 10), 15);
        scroll.by(-50);
        assert_eq!(scroll.top(30, 10), 0);
        assert_eq!(scroll.top(3, 10), 0);
    }
}
