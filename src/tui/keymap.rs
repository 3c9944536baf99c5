//! The one table of keys: what each does, where, and what it is called. The
//! footer, the help, the palette and the config file all come from it.

mod bound;

pub use bound::Keymap;

use super::key::Key;
use super::tab::Tab;

/// What a key can do outside a text field or popup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Down,
    Up,
    PageDown,
    PageUp,
    HalfDown,
    HalfUp,
    Top,
    Bottom,
    NextOpen,
    PreviousOpen,
    Open,
    Go(Tab),
    NextTab,
    PreviousTab,
    Search,
    NextHit,
    PreviousHit,
    Filter,
    FilterLike,
    SaveFilter,
    NextColumn,
    PreviousColumn,
    Columns,
    HideColumn,
    FreezeColumn,
    ColumnLeft,
    ColumnRight,
    Wider,
    Narrower,
    OwnOrder,
    GroupBy,
    OpenOnly,
    Sort,
    Reverse,
    Mark,
    Range,
    MarkAll,
    Like,
    Clear,
    ApproveBilled,
    ApproveRecorded,
    Defer,
    Settle,
    ApproveMatched,
    MakeRule,
    ApplyRules,
    Rules,
    Reopen,
    Note,
    NoteInEditor,
    Assign,
    Match,
    Exclude,
    EditPrice,
    TakeOffer,
    Claim,
    EnterPaper,
    Explain,
    WhoPays,
    Adopt,
    DropAssumption,
    Grain,
    Profile,
    AddPrice,
    SetCap,
    SetTerms,
    OnlyRule,
    FilterJournal,
    GroupJournal,
    TakeBack,
    /// What the overview says to do, counted from 1.
    Next(u8),
    Tolerance,
    AddUpBy,
    WriteVerdicts,
    TakeVerdictsOut,
    Sign,
    Prepare,
    ReopenMonth,
    Write,
    Undo,
    Redo,
    RawRows,
    Copy,
    Palette,
    Said,
    Help,
    Tour,
    Back,
    Suspend,
    Redraw,
    Mouse,
    Quit,
}

/// Screens as a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Where(u16);

const LISTS: Where = Where(0b000_0111);
const PROJECTS: Where = Where(0b000_1000);
const PRICES: Where = Where(0b001_0000);
const OVERVIEW: Where = Where(0b0_0100_0000);
const CLOSE: Where = Where(0b010_0000);
const JOURNAL: Where = Where(0b0_1000_0000);
const BAD: Where = Where(0b001_0000_0000);
const SUMMARY: Where = Where(0b010_0000_0000);
const WHY: Where = Where(0b1000_0000_0000);
const ALL: Where = Where(0b1111_1111_1111);
/// Screens whose table can be laid out: see [`super::view::columns_of`].
const LAID_OUT: Where = Where(0b1111_1011_1111);

impl Where {
    pub const fn on(self, tab: Tab) -> bool {
        self.0 & (1 << tab as u16) != 0
    }

    /// The screens in words: `everywhere`, or `1 2 3 B`.
    fn words(self) -> String {
        if Tab::ALL.iter().all(|tab| self.on(*tab)) {
            return "everywhere".to_owned();
        }
        let key = |tab: &Tab| {
            let binding = TABLE.iter().find(|binding| binding.action == Action::Go(*tab));
            binding.and_then(|binding| binding.keys.first().copied()).unwrap_or(tab.title())
        };
        Tab::ALL.iter().filter(|tab| self.on(**tab)).map(key).collect::<Vec<_>>().join(" ")
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The headings of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Move,
    Screens,
    Find,
    Columns,
    Mark,
    Decide,
    Figures,
    Program,
}

impl Group {
    pub const ALL: [Self; 8] =
        [Self::Move, Self::Screens, Self::Find, Self::Columns, Self::Mark, Self::Decide, Self::Figures, Self::Program];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Move => "Moving",
            Self::Screens => "Screens",
            Self::Find => "Finding",
            Self::Columns => "Columns",
            Self::Mark => "Marking",
            Self::Decide => "Deciding",
            Self::Figures => "Prices and writing",
            Self::Program => "Program",
        }
    }
}

/// A line of the table.
pub struct Binding {
    pub action: Action,
    /// As in the `[keys]` table of `config.toml`.
    pub name: &'static str,
    pub keys: &'static [&'static str],
    pub on: Where,
    pub group: Group,
    /// For the footer; empty where it does not stand there. Those further up
    /// in the table stay longest when room is scarce.
    pub label: &'static str,
    pub help: &'static str,
}

const fn bind(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    on: Where,
    group: Group,
    label: &'static str,
    help: &'static str,
) -> Binding {
    Binding { action, name, keys, on, group, label, help }
}

use Group::{Columns, Decide, Figures, Find, Mark, Move, Program, Screens};

/// Every action, in the order of footer, help and palette.
#[rustfmt::skip] // A table is read by its rows.
pub const TABLE: &[Binding] = &[
    bind(Action::ApproveBilled, "approve-billed", &["a"], LISTS, Decide, "approve",
        "Approve as billed: what the provider charged is passed on."),
    bind(Action::ApproveRecorded, "approve-recorded", &["A"], LISTS, Decide, "as recorded",
        "Approve as recorded: what the ledger says is passed on."),
    bind(Action::Defer, "defer", &["d"], LISTS, Decide, "defer",
        "Defer: carry the item into the next month."),
    bind(Action::Settle, "settle", &["x"], LISTS, Decide, "dispute…",
        "Dispute, exclude or write off; asks which."),
    bind(Action::Adopt, "adopt", &["a"], WHY, Figures, "adopt",
        "Adopt what the finding proposes; shows what would change first."),
    bind(Action::DropAssumption, "drop-assumption", &["x"], WHY, Figures, "assumed…",
        "Take something about the ledger no longer for granted; asks what."),
    bind(Action::Exclude, "exclude-bad-row", &["x"], BAD, Decide, "exclude",
        "Leave the bad row out, with a reason, for as long as its file says this."),
    bind(Action::EditPrice, "edit-price", &["e"], LISTS.and(PRICES), Figures, "price",
        "Edit the price of this model, or this lot; shows what would change first."),
    bind(Action::SetCap, "set-cap", &["e"], PROJECTS, Figures, "cap…",
        "What if the cap were another: shows what that splits anew first, then writes it."),
    bind(Action::SetTerms, "set-terms", &["t"], PROJECTS, Figures, "terms…",
        "Change the percent or tiers, the dates or the rollover of a rule; shows what that splits anew first."),
    bind(Action::OnlyRule, "only-rule", &["&"], PROJECTS, Find, "rule",
        "Show only the caps of one rule, or of all again; asks which."),
    bind(Action::Tolerance, "tolerance", &["t"], PRICES, Figures, "tolerance",
        "Change when two amounts count as equal; shows what would change first."),
    bind(Action::TakeOffer, "take-price", &["i"], PRICES, Figures, "inferred",
        "Take a price that the bill says into the form; shows what would change first."),
    bind(Action::Grain, "grain", &["b"], OVERVIEW, Figures, "grain",
        "Choose the finest that the month is compared by; shows what would change first."),
    bind(Action::AddPrice, "add-price", &["+"], PRICES, Figures, "add",
        "Add a rate for a model, or a lot of credits."),
    bind(Action::Write, "write", &["w"], ALL, Figures, "write",
        "Write the chargeback file from what is approved; shows the totals first."),
    bind(Action::WriteVerdicts, "write-verdicts", &["W"], CLOSE, Figures, "verdicts",
        "Write the verdicts back to the ledger; shows what changes first."),
    bind(Action::TakeVerdictsOut, "take-verdicts-out", &["R"], CLOSE, Figures, "take out",
        "Take the verdicts out of the ledger again; shows what is put back first."),
    bind(Action::Sign, "sign", &["S"], CLOSE, Decide, "sign",
        "Sign the month once nothing is left to do; shows first what is signed."),
    bind(Action::Prepare, "prepare", &["p"], CLOSE, Decide, "",
        "Say that the month is ready, for another person to sign it."),
    bind(Action::ReopenMonth, "reopen-month", &["r"], CLOSE, Decide, "",
        "Begin the next version of a signed month; asks why."),
    bind(Action::EnterPaper, "enter", &["i"], CLOSE, Figures, "enter…",
        "Enter the provider's invoice, a pool's balance, why a figure changed, or accept corrections; asks which."),
    bind(Action::Profile, "profile", &["f"], CLOSE, Figures, "shape",
        "Choose the shape of the chargeback file; shows what it would hold first."),
    bind(Action::AddUpBy, "add-up-by", &["b"], SUMMARY, Find, "by…",
        "Choose what the month is added up by: one thing, or one within another."),
    bind(Action::Mark, "mark", &["space"], LISTS.and(BAD), Mark, "mark",
        "Mark the row, or take its mark off, and move down."),
    bind(Action::Like, "all-like-this", &["*"], LISTS, Mark, "all like",
        "All like this one: choose in what, see how many and how many dollars, settle or mark them."),
    bind(Action::Explain, "explain", &["E"], ALL, Find, "explain",
        "Explain why the sides differ: this item, the marked ones, the list or the month."),
    bind(Action::WhoPays, "who-pays", &["$"], LISTS.and(PROJECTS), Find, "",
        "Show what is paid for this item or project and why: row, price, decision, subsidies, file."),
    bind(Action::Range, "mark-range", &["v"], LISTS.and(BAD), Mark, "",
        "Start a range here; at its other end, again marks all rows between."),
    bind(Action::MarkAll, "mark-all", &["M", "ctrl-a"], LISTS.and(BAD), Mark, "",
        "Mark all rows that are shown."),
    bind(Action::Clear, "clear", &["esc"], ALL, Mark, "",
        "Take all marks off; show all items again; leave search, column or filter; close the detail; cancel loading."),
    bind(Action::Filter, "filter", &["&"], LISTS, Find, "filter",
        "Show only rows that pass a filter, such as cause:price model:gpt-4o*."),
    bind(Action::FilterLike, "filter-like-cell", &["="], LISTS, Find, "",
        "Filter by what stands under the cursor, in the column chosen with < and >."),
    bind(Action::SaveFilter, "save-filter", &["F"], LISTS, Find, "",
        "Save the filter under a name; @name stands for it in every filter."),
    bind(Action::GroupBy, "group-by", &["b"], LISTS, Find, "",
        "Group the list by model, project, cause, day or user, with subtotals; Enter opens a group."),
    bind(Action::FilterJournal, "filter-journal", &["&"], JOURNAL, Find, "filter",
        "Show only entries that pass, such as who:ada@* kind:decide item:req_12* -state:undone."),
    bind(Action::GroupJournal, "group-journal", &["b"], JOURNAL, Find, "group",
        "Group the journal by day, operator, kind or step; Enter opens a group."),
    bind(Action::TakeBack, "take-back", &["x"], JOURNAL, Decide, "take back",
        "Take this entry back on its own, whatever came later; shows first what that changes."),
    bind(Action::Search, "search", &["/"], LISTS, Find, "search",
        "Search in id, model, user and project; a capital letter makes the case count."),
    bind(Action::NextHit, "next-hit", &["n"], LISTS, Find, "",
        "Go to the next row the search found."),
    bind(Action::PreviousHit, "previous-hit", &["N"], LISTS, Find, "",
        "Go to the row the search found before."),
    bind(Action::OpenOnly, "open-only", &["O"], LISTS, Find, "",
        "Show only rows that still need a decision, or all again."),
    bind(Action::Sort, "sort", &["s"], LISTS.and(PROJECTS).and(SUMMARY), Find, "sort",
        "Sort by the column under the cursor too, or turn it round; without one, choose what to sort by."),
    bind(Action::Reverse, "reverse-sort", &["S"], LISTS.and(PROJECTS).and(SUMMARY), Find, "",
        "Turn the order round."),
    bind(Action::OwnOrder, "sort-as-at-first", &["Z"], LISTS, Find, "",
        "Sort the list as at first."),
    bind(Action::HideColumn, "hide-column", &["minus"], LAID_OUT, Columns, "",
        "Hide the column under the cursor; the choice of columns shows it again."),
    bind(Action::FreezeColumn, "freeze-column", &["_"], LAID_OUT, Columns, "",
        "Keep the column under the cursor at the left when the others scroll, or let it go."),
    bind(Action::ColumnLeft, "column-left", &["H"], LAID_OUT, Columns, "", "Move the column under the cursor left."),
    bind(Action::ColumnRight, "column-right", &["L"], LAID_OUT, Columns, "", "Move the column under the cursor right."),
    bind(Action::Wider, "column-wider", &[")"], LAID_OUT, Columns, "", "Make the column under the cursor wider."),
    bind(Action::Narrower, "column-narrower", &["("], LAID_OUT, Columns, "", "Make the column under the cursor narrower."),
    bind(Action::Undo, "undo", &["u"], ALL, Decide, "undo",
        "Take the last decision, price change or other entry back."),
    bind(Action::Redo, "redo", &["ctrl-r"], ALL, Decide, "",
        "Put what was undone into force again."),
    bind(Action::ApproveMatched, "approve-all-matched", &["P"], LISTS.and(CLOSE), Decide, "all matched",
        "Approve every open matched item as billed; shows count and dollars first."),
    bind(Action::MakeRule, "make-rule", &["R"], LISTS, Decide, "",
        "Make a rule of like decisions, or change one; tries it against past decisions first."),
    bind(Action::ApplyRules, "apply-rules", &["X"], LISTS.and(CLOSE), Decide, "",
        "Settle every open item that a rule decides; shows items and dollars rule by rule first."),
    bind(Action::Rules, "rules", &["K"], LISTS.and(CLOSE), Decide, "",
        "List the rules from decisions, to change one, to remove it, or to see what it covers."),
    bind(Action::Reopen, "reopen", &["r"], LISTS, Decide, "",
        "Take the decision off: the item is open again."),
    bind(Action::Claim, "claim", &["D"], LISTS, Decide, "",
        "Say what is claimed for what is in dispute, under which case, and how it stands."),
    bind(Action::Note, "note", &["c"], LISTS, Decide, "note",
        "Write a note on the item; an empty one takes it off."),
    bind(Action::NoteInEditor, "note-in-editor", &["ctrl-o"], LISTS, Decide, "",
        "Write the note in $VISUAL or $EDITOR, with as many lines as it needs; also from the line of the note."),
    bind(Action::Assign, "assign", &["p"], LISTS, Decide, "project",
        "Name the project that pays, for this item or for its user from now on."),
    bind(Action::Match, "match", &["m"], LISTS, Decide, "",
        "Join the marked items of both sides into one."),
    bind(Action::RawRows, "raw-rows", &["o"], LISTS, Find, "",
        "Show the rows as they stand in their files."),
    bind(Action::Copy, "copy", &["y"], ALL, Program, "",
        "Copy the row: with the desktop's tool at home, over SSH through the terminal, which must allow it."),
    bind(Action::Down, "down", &["j", "down"], ALL, Move, "", "Move down."),
    bind(Action::Up, "up", &["k", "up"], ALL, Move, "", "Move up."),
    bind(Action::PageDown, "page-down", &["pgdn", "ctrl-f"], ALL, Move, "", "Move a page down."),
    bind(Action::PageUp, "page-up", &["pgup", "ctrl-b"], ALL, Move, "", "Move a page up."),
    bind(Action::HalfDown, "half-page-down", &["ctrl-d"], ALL, Move, "", "Move half a page down."),
    bind(Action::HalfUp, "half-page-up", &["ctrl-u"], ALL, Move, "", "Move half a page up."),
    bind(Action::Top, "top", &["g", "home"], ALL, Move, "", "Go to the first row."),
    bind(Action::Bottom, "bottom", &["G", "end"], ALL, Move, "", "Go to the last row."),
    bind(Action::NextOpen, "next-open", &["]"], LISTS, Move, "next open",
        "Go to the next item that needs a decision."),
    bind(Action::PreviousOpen, "previous-open", &["["], LISTS, Move, "",
        "Go to the item before that needs a decision."),
    bind(Action::NextColumn, "next-column", &[">"], LAID_OUT, Columns, "",
        "Go to the next column; what has no room scrolls into sight."),
    bind(Action::PreviousColumn, "previous-column", &["<"], LAID_OUT, Columns, "", "Go to the column before."),
    bind(Action::Open, "open", &["enter"], ALL, Move, "open",
        "Open what the row stands for: its detail, its items, the charges or the list behind it."),
    bind(Action::Go(Tab::Overview), "overview", &["0"], ALL, Screens, "", "The month at a glance."),
    bind(Action::Go(Tab::Matched), "matched", &["1"], ALL, Screens, "", "Matched items, and those with nothing to match."),
    bind(Action::Go(Tab::Discrepancies), "discrepancies", &["2"], ALL, Screens, "",
        "Discrepancies, ambiguous, duplicate and unpriced items."),
    bind(Action::Go(Tab::NotFound), "not-found", &["3"], ALL, Screens, "", "Items that one side does not have."),
    bind(Action::Go(Tab::Projects), "projects", &["4"], ALL, Screens, "", "Every subsidy's cap as it burns down."),
    bind(Action::Go(Tab::Prices), "prices", &["5"], ALL, Screens, "", "Rates, lots and the tolerance."),
    bind(Action::Go(Tab::Close), "close", &["6"], ALL, Screens, "", "What is left to do, and what would be written."),
    bind(Action::Go(Tab::Summary), "summary", &["7"], ALL, Screens, "", "The month added up by model, user, day and the like."),
    bind(Action::Go(Tab::Checks), "checks", &["8"], ALL, Screens, "", "Usage at list price against what was billed for it."),
    bind(Action::Go(Tab::Why), "why", &["9"], ALL, Screens, "", "Why the two sides differ: findings ranked by dollars."),
    bind(Action::Go(Tab::Journal), "journal", &["J"], ALL, Screens, "", "Everything that was done, newest first."),
    bind(Action::Go(Tab::BadRows), "bad-rows", &["B"], ALL, Screens, "", "Rows that could not be read."),
    bind(Action::Next(1), "next-1", &["alt-1"], OVERVIEW, Screens, "", "Open the first of the things to do next."),
    bind(Action::Next(2), "next-2", &["alt-2"], OVERVIEW, Screens, "", "Open the second of them."),
    bind(Action::Next(3), "next-3", &["alt-3"], OVERVIEW, Screens, "", "Open the third of them."),
    bind(Action::Next(4), "next-4", &["alt-4"], OVERVIEW, Screens, "", "Open the fourth of them."),
    bind(Action::Next(5), "next-5", &["alt-5"], OVERVIEW, Screens, "", "Open the fifth of them."),
    bind(Action::NextTab, "next-screen", &["tab", "l", "right"], ALL, Screens, "", "The next screen."),
    bind(Action::PreviousTab, "previous-screen", &["shift-tab", "h", "left"], ALL, Screens, "", "The screen before."),
    bind(Action::Palette, "palette", &[":"], ALL, Program, "commands", "Find any command by its name."),
    bind(Action::Said, "said", &["!"], ALL, Program, "", "Show the last message whole, where its line was too short for it."),
    bind(Action::Columns, "columns", &["C"], LAID_OUT, Columns, "columns…",
        "Choose which columns are shown, in what order, how wide, and which stay in sight."),
    bind(Action::Help, "help", &["?", "f1"], ALL, Program, "help", "The keys of this screen."),
    bind(Action::Tour, "tour", &["T"], ALL, Program, "",
        "Begin the tour of the keys, or go on with it; while it is on, skip its step."),
    bind(Action::Back, "back", &["q"], ALL, Program, "quit",
        "Back, and from a list out of the program. Everything is saved already."),
    bind(Action::Suspend, "suspend", &["ctrl-z"], ALL, Program, "", "Back to the shell; fg returns."),
    bind(Action::Redraw, "redraw", &["ctrl-l"], ALL, Program, "", "Draw the screen anew."),
    bind(Action::Mouse, "mouse", &["ctrl-t"], ALL, Program, "",
        "Give the mouse to the terminal, which selects text with it, or back to the program."),
    bind(Action::Quit, "quit", &["ctrl-c"], ALL, Program, "", "Leave at once."),
];

/// What a screen is called in files of the program.
pub fn screen_name(tab: Tab) -> &'static str {
    name(Action::Go(tab))
}

/// The table as Markdown, for the README.
pub fn as_markdown() -> String {
    let mut out = String::new();
    for group in Group::ALL {
        out.push_str(&format!("| {} | does | on | action |\n|---|---|---|---|\n", group.title().to_lowercase()));
        for binding in TABLE.iter().filter(|binding| binding.group == group) {
            let keys: Vec<String> =
                binding.keys.iter().filter_map(|key| key.parse::<Key>().ok()).map(|key| format!("`{key}`")).collect();
            let help = binding.help.replace('|', "\\|").replace('*', "\\*");
            out.push_str(&format!(
                "| {} | {help} | {} | `{}` |\n",
                keys.join(" ").replace('|', "\\|"),
                binding.on.words(),
                binding.name
            ));
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

/// What an action is called, as in the `[keys]` table.
pub fn name(action: Action) -> &'static str {
    TABLE.iter().find(|binding| binding.action == action).map_or("", |binding| binding.name)
}
