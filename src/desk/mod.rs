//! A loaded month with everything around it: what both faces drive.
//!
//! [`Desk::plan`] turns a [`Command`] into a [`Change`] without touching
//! anything; the book makes the change durable; [`Desk::apply`] follows. A
//! thing refused here is refused in both faces with the same words.

mod adopt;
mod alike;
mod apply;
mod around;
mod assume;
mod bad_rows;
mod burn_down;
mod caps;
mod carried;
mod charge_order;
mod charged;
mod charged_before;
mod charges;
mod close;
mod command;
mod compared;
mod disputes;
mod effect;
mod entered;
mod evidence;
mod explain;
mod explained;
mod export;
mod export_plan;
mod file_undo;
mod filed;
mod filters;
mod find;
mod gate;
mod grain;
mod groups;
mod health;
mod inferred;
mod journaled;
mod late;
mod late_billed;
mod late_taken;
mod late_view;
mod list;
mod margins;
mod months;
mod next_steps;
mod notices;
mod opening;
mod order;
mod pack;
mod payers;
mod plan;
mod priced;
mod prices;
mod raw;
mod reading;
mod rebuilt;
mod replayed;
mod reverse;
mod revert_plan;
mod rows;
mod rule_offer;
mod rule_plan;
mod rule_trial;
mod rules;
mod session;
mod shelf;
mod sign;
mod signed;
mod signed_months;
mod sort;
mod standing;
mod statements;
mod summary;
mod table_rows;
mod tables;
mod taken;
pub mod text;
mod trend;
mod verify;
mod view;
mod weigh;
mod what_if;
mod why;
mod write_back;
mod writer;

use std::sync::{Arc, OnceLock};

pub use crate::close::{Behind, GateItem};
use crate::close::{SignedCharge, Versions};
pub use crate::review::Screen;
pub use alike::{Alike, Likenesses, Likes, Shared};
pub use around::Around;
pub use burn_down::{BurnDown, BurnSort, DrawRow, DrawsBehind};
pub use carried::CarriedView;
pub use charged::RefundView;
pub use charged_before::ChargedBefore;
pub use command::{Change, Command, MonthEffect, Move, PayerChange, Preview, Refusal};
pub use compared::Inputs;
pub use disputes::{DisputeView, PACKET_TEXTS, Packet};
pub use entered::FluxView;
pub use evidence::{Evidence, evidence};
pub use explain::{Asked, ChargesOf};
pub(crate) use export_plan::{change_line, change_sentence};
pub use find::Finder;
pub use groups::{Group, GroupBy, Subtotal};
pub use inferred::{InferredPrice, OfferStands, PriceOffer};
pub use journaled::{EntryLine, EntryState};
pub use late_view::{LateState, LateView};
pub use list::cause_names;
pub use margins::TakenOut;
pub use next_steps::{HealthLine, WeekCredits};
pub(crate) use opening::{check_named, open_named};
pub use order::{Order, SortBy, SortKey};
pub use payers::Lacking;
pub use raw::RawRows;
pub(crate) use reading::{months_of, read_both};
pub use revert_plan::{LedgerRevert, RevertPlan};
pub use rule_trial::{Contradiction, MonthTrial, RuleTrial};
pub use rules::RuleView;
pub use session::{InputSpec, LoadEvent, Session, SessionOptions};
pub(crate) use session::{knows_state, read_state, written};
pub use sign::InBook;
pub use signed::{BilledIn, SignedView};
pub use summary::{Shown, notes_of};
pub use trend::{ModelDrift, Trend, TrendFigures, TrendMonth};
pub use verify::{Finding, Says, Verified, verify_archive, verify_book};
pub use view::{
    BadRowView, Badge, ClassLine, CloseView, Detail, FieldPair, ItemCells, ItemRow, ListQuery, PayerLine, PriceRow,
    PriceRowKind, SourceView, Standing, VariancePart,
};
pub use what_if::PriceEffect;
pub use why::{Scope, Why, WhyFinding};
pub use write_back::{Applied, ApplyOptions, ApplyPlan, LedgerPlan, StatusCount};
pub use writer::Writer;

use crate::allocate::{Allocation, Before, Charge, Openings, allocate_after};
use crate::book::{Config, OtherMonths};
use crate::calendar::Month;
use crate::focus;
use crate::journal::{Action, Entry, Verdict};
use crate::price::LotOpening;
use crate::reconcile::{self, Drift, Grain, Sides};
use crate::review::{self, Sentence, Settlement, TieOut};

use carried::Earlier;
use compared::{Chosen, Compared, ItemPayer};
use list::Tally;
use standing::Code;
pub(crate) use tables::{Kept, ledgers_of, unlock};

/// What a desk is built from, besides the inputs and the configuration.
#[derive(Clone, Default)]
pub struct Past {
    /// The book's folder, where files are written.
    pub dir: std::path::PathBuf,
    /// The whole journal, oldest first.
    pub entries: Vec<Entry>,
    /// What earlier months drew from subsidies and from lots.
    pub openings: Openings,
    pub lot_opening: LotOpening,
    /// What they charged, where refunds of the month may take it back.
    pub charged: Arc<ChargedBefore>,
    /// The same for the month before.
    pub charged_previous: Arc<ChargedBefore>,
    /// The same for the month before, which this one is held against.
    pub previous: (Openings, LotOpening),
    /// What the state file says of the other months.
    pub others: OtherMonths,
    /// What the book holds around the month, of subsidies.
    pub around: Around,
    /// Sentences about earlier exports of the month, oldest first.
    pub exports: Vec<String>,
    /// The rows the month wrote last, by profile.
    pub written: Written,
    /// Sentences to show about what was loaded.
    pub notices: Vec<String>,
    /// What a sign-off says of the book around the month.
    pub in_book: InBook,
    /// Signed months before this one that something came for since, or may
    /// have come for.
    pub late: Vec<signed_months::SignedMonth>,
    /// Reads others of them when they are needed.
    pub signed_reader: Option<signed_months::SignedReader>,
    /// What of the book is asked for later; a month that is worked out without
    /// one has none.
    pub shelf: Option<Arc<shelf::Shelf>>,
    /// The charges as they were signed, of a month that is, or why they cannot
    /// be read.
    pub signed_charges: Option<Result<Vec<SignedCharge>, String>>,
}

/// Rows of earlier exports, by profile.
pub type Written = std::collections::BTreeMap<focus::Profile, Arc<focus::Kept>>;

/// A month, loaded and compared. Cloning is cheap: the parts are shared.
#[derive(Clone)]
pub struct Desk {
    month: Month,
    dir: Arc<std::path::PathBuf>,
    inputs: Arc<Inputs>,
    config: Arc<Config>,
    compared: Arc<Compared>,
    /// What months before this one left to it.
    earlier: Arc<Vec<Earlier>>,
    /// What is claimed for disputed items since months before this one.
    claims_before: Arc<disputes::Claims>,
    openings: Arc<Openings>,
    lot_opening: Arc<LotOpening>,
    /// What earlier months charged, where refunds may take it back.
    charged: Arc<ChargedBefore>,
    charged_previous: Arc<ChargedBefore>,
    /// Sentences about months whose charges are not known, where refunds ask.
    uncharged: Arc<Vec<String>>,
    previous: Arc<(Openings, LotOpening)>,
    /// What was charged in the month before, once it was asked for.
    before: Arc<OnceLock<Result<entered::Before, String>>>,
    late: Arc<Vec<signed_months::SignedMonth>>,
    signed_reader: Option<signed_months::SignedReader>,
    shelf: Option<Arc<shelf::Shelf>>,
    /// What they are corrected by, once it was asked for.
    proposed: Arc<OnceLock<Vec<late::Proposed>>>,
    others: Arc<OtherMonths>,
    around: Arc<Around>,
    exports: Arc<Vec<String>>,
    written: Written,
    in_book: Arc<InBook>,
    versions: Arc<Versions>,
    signed_charges: Arc<Result<Vec<SignedCharge>, String>>,
    notices: Arc<Vec<String>>,
    entries: Arc<Vec<Entry>>,
    state: Arc<review::State>,
    touched: Touched,
    standing: Arc<Vec<Code>>,
    tally: Tally,
    /// Counts every applied change: a plan made on another version is refused.
    version: u64,
    derived: Arc<Derived>,
}

/// What the journal speaks of at all. As long as nothing is, items need no
/// identity, which costs a hash each.
#[derive(Debug, Clone, Copy, Default)]
struct Touched {
    decided: bool,
    noted: bool,
    assigned: bool,
}

impl Touched {
    fn see(&mut self, entries: &[Entry]) {
        for entry in entries {
            match entry.action {
                Action::Decide { .. } => self.decided = true,
                Action::Note { .. } => self.noted = true,
                Action::Assign { .. } => self.assigned = true,
                _ => {}
            }
        }
    }
}

/// Worked out when first asked for, and dropped with each change.
#[derive(Default)]
struct Derived {
    allocation: OnceLock<Arc<Allocation>>,
    sheet: OnceLock<(Arc<focus::Sheet>, Arc<focus::Changes>)>,
    tie_out: OnceLock<TieOut>,
    close: OnceLock<Arc<CloseView>>,
    gate: OnceLock<Arc<Vec<GateItem>>>,
    output: OnceLock<Arc<sign::Output>>,
    accepted: OnceLock<Arc<Vec<Result<crate::close::Late, String>>>>,
    burn_downs: OnceLock<Arc<Vec<BurnDown>>>,
    flux: OnceLock<Arc<FluxView>>,
}

fn chosen(state: &review::State, earlier: &Arc<Vec<Earlier>>) -> Chosen {
    let hand = state.hand_matches().cloned().collect();
    Chosen { hand, assumed: state.assumptions(), earlier: Arc::clone(earlier) }
}

impl Desk {
    /// Compares both sides and replays the journal. Takes all cores.
    pub fn new(month: Month, inputs: Arc<Inputs>, config: Arc<Config>, past: Past) -> Self {
        let state = review::State::replay(&past.entries, month);
        let (earlier, claims) = carried::earlier(&past.entries, month, &inputs);
        let earlier = Arc::new(earlier);
        let compared = Compared::new(&inputs, &config, month, &past.lot_opening, &chosen(&state, &earlier));
        let mut desk = Self {
            month,
            dir: Arc::new(past.dir),
            inputs,
            config,
            compared: Arc::new(compared),
            earlier,
            claims_before: Arc::new(claims),
            openings: Arc::new(past.openings),
            lot_opening: Arc::new(past.lot_opening),
            charged: past.charged,
            charged_previous: past.charged_previous,
            uncharged: Arc::default(),
            previous: Arc::new(past.previous),
            before: Arc::default(),
            late: Arc::new(past.late),
            signed_reader: past.signed_reader,
            shelf: past.shelf,
            proposed: Arc::default(),
            others: Arc::new(past.others),
            around: Arc::new(past.around),
            exports: Arc::new(past.exports),
            written: past.written,
            notices: Arc::new(past.notices),
            in_book: Arc::new(past.in_book),
            versions: Arc::new(Versions::of(&past.entries)),
            signed_charges: Arc::new(past.signed_charges.unwrap_or_else(|| Ok(Vec::new()))),
            entries: Arc::new(past.entries),
            state: Arc::new(state),
            touched: Touched::default(),
            standing: Arc::default(),
            tally: Tally::default(),
            version: 0,
            derived: Arc::default(),
        };
        desk.touched.see(&desk.entries);
        desk.refresh_standing();
        desk
    }

    /// What the journal chooses of the comparison.
    fn chosen(&self) -> Chosen {
        chosen(&self.state, &self.earlier)
    }

    fn sides(&self) -> Sides<'_> {
        self.compared.sides(&self.inputs, &self.config)
    }

    fn refresh_standing(&mut self) {
        let standing = standing::of_items(&self.sides(), &self.compared, &self.state, self.touched.decided);
        self.set_standing(standing);
    }

    fn set_standing(&mut self, standing: Vec<Code>) {
        self.tally = Tally::of(|item| self.compared.items.outcome(item), &standing);
        self.standing = Arc::new(standing);
        self.derived = Arc::default();
    }

    /// The same month with other decisions, for a preview.
    fn with_standing(&self, standing: Vec<Code>) -> Self {
        let mut desk = self.clone();
        desk.set_standing(standing);
        desk
    }

    /// The same inputs and journal under another configuration, or compared as
    /// is chosen otherwise.
    fn recompared(&self, config: Arc<Config>, chosen: &Chosen) -> Self {
        let (before, of) = ((&*self.compared, &*self.config), (&*config, self.month, &*self.lot_opening));
        let compared = Compared::after(Some(before), &self.inputs, of, chosen);
        let mut desk = self.clone();
        desk.compared = Arc::new(compared);
        desk.config = config;
        // Prices and payers of the month before may be others as well.
        desk.before = Arc::default();
        desk.proposed = Arc::default();
        desk.refresh_standing();
        desk
    }

    /// As if one person had done all of it, a minute after the other, for
    /// screens that are compared with what they were.
    #[cfg(test)]
    pub fn as_if_by(mut self, who: &str, from: crate::calendar::Instant) -> Self {
        let entries = self.entries.iter().cloned().zip(0i64..).map(|(entry, minutes)| {
            let at = crate::calendar::Instant::from_micros(from.micros() + minutes * 60_000_000);
            Entry { at, who: who.to_owned(), ..entry }
        });
        self.entries = Arc::new(entries.collect());
        self
    }

    pub fn month(&self) -> Month {
        self.month
    }

    /// Number of items of the month, whatever their outcome. Items are
    /// numbered from 0 in order of time.
    pub fn items(&self) -> u32 {
        self.compared.items.len() as u32
    }

    /// Whether an item still needs a decision. Matched items do too: nothing
    /// is approved by itself.
    pub fn is_open(&self, item: u32) -> bool {
        matches!(self.standing.get(item as usize), Some(Code::Open | Code::Stale))
    }

    /// The comparison, for the summary and the files of `reconcile`.
    pub fn comparison(&self) -> (Sides<'_>, &reconcile::Items, &reconcile::Summary) {
        (self.sides(), &self.compared.items, &self.compared.summary)
    }

    pub fn rules(&self) -> &reconcile::Rules {
        &self.config.settings.rules
    }

    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    pub fn drift(&self) -> &[Drift] {
        &self.compared.drift
    }

    /// Usage at list price against the costs of the same days of the month.
    pub fn usage_checks(&self) -> &[reconcile::UsageCheck] {
        &self.compared.usage
    }

    pub fn grain(&self) -> &[Grain] {
        &self.compared.grain
    }

    /// Sentences about what was loaded: formats, superseded days, defaults
    /// taken for missing files, overdrawn lots.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The tolerance in force: in currency, and of the recorded amount.
    pub fn tolerance(&self) -> (String, String) {
        let rules = &self.config.settings.rules;
        (rules.absolute.to_string(), rules.relative.percent())
    }

    /// All project ids, sorted, with the PI's email and fund at the month's end.
    pub fn projects(&self) -> Vec<(String, String, String)> {
        let as_of = self.config.projects.as_of(self.month.last());
        let mut list: Vec<_> = as_of.map(|p| (p.id.clone(), p.pi_email.clone(), p.fund_org.clone())).collect();
        list.sort_by(|a, b| review::natural(&a.0, &b.0));
        list
    }

    /// Reason codes, and whether this verdict needs one.
    pub fn reasons(&self, verdict: Verdict) -> (Vec<String>, bool) {
        let policy = &self.config.settings.policy;
        (policy.codes.clone(), policy.required.contains(&verdict))
    }

    /// The journal, oldest first.
    pub fn journal(&self) -> &[Entry] {
        &self.entries
    }

    /// The two tie-out lines, bill and ledger.
    pub fn tie_out(&self) -> [Sentence; 2] {
        let tie_out = self.settled();
        let [bill, ledger] = self.compared.own_totals;
        [tie_out.bill_sentence(bill), tie_out.ledger_sentence(ledger)]
    }

    /// Both documents over all decisions.
    pub(super) fn settled(&self) -> &TieOut {
        use rayon::prelude::*;
        self.derived.tie_out.get_or_init(|| {
            let part = |mut tie_out: TieOut, (item, code): (usize, &Code)| {
                tie_out.add(&self.settlement(item as u32, *code));
                tie_out
            };
            let items = self.standing.par_iter().enumerate();
            let mut all = items.fold(TieOut::default, part).reduce(TieOut::default, TieOut::merge);
            [all.bill.carried_in, all.ledger.carried_in] = self.compared.carried_totals;
            all
        })
    }

    /// An item as the tie-out sees it, standing as `code` says.
    fn settlement(&self, item: u32, code: Code) -> Settlement {
        let sides = self.sides();
        let items = &self.compared.items;
        Settlement {
            billed: reconcile::billed(&sides, items, item),
            recorded: reconcile::recorded(&sides, items, item),
            bill_side: items.bill_rows(item).next().is_some(),
            ledger_side: items.ledger_rows(item).next().is_some(),
            verdict: match code {
                Code::Decided(verdict) => Some(verdict),
                Code::Open | Code::Stale | Code::Settled => None,
            },
            comparable: code != Code::Settled,
        }
    }

    fn allocate(&self, charges: Vec<Charge>) -> Allocation {
        let (openings, chosen) = (self.openings_corrected(), self.chosen_charges());
        // Where it cannot be read, the month is not written.
        let earlier = self.earlier_of(&charges).unwrap_or_default();
        let before = Before { openings: &openings, earlier: &earlier, chosen: &chosen };
        allocate_after(self.month, charges, &self.config.projects, &self.config.subsidies, &before)
    }

    /// What is approved, split among payers and subsidies.
    pub fn allocation(&self) -> Arc<Allocation> {
        Arc::clone(self.derived.allocation.get_or_init(|| Arc::new(self.allocate(self.charges()))))
    }
}
