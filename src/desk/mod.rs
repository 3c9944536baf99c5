//! A loaded month with everything around it: what both faces drive.
//!
//! [`Desk::plan`] turns a [`Command`] into a [`Change`] without touching
//! anything; the book makes the change durable; [`Desk::apply`] follows. A
//! thing refused here is refused in both faces with the same words.

mod adopt;
mod alike;
mod anew;
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
mod decide_plan;
mod detail;
mod disputes;
mod edit_plan;
mod effect;
mod entered;
mod entry_text;
mod evidence;
mod explain;
mod explained;
mod export;
mod export_plan;
mod file_undo;
mod filed;
mod filters;
mod find;
mod found;
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
mod match_plan;
mod months;
mod next_steps;
mod notices;
mod opening;
mod order;
mod pack;
mod past;
mod payer_plan;
mod payers;
mod picked;
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
mod settled;
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
mod undo_plan;
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
pub use past::{Past, Written};
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

use crate::allocate::{Allocation, Openings};
use crate::book::{Config, OtherMonths};
use crate::calendar::Month;
use crate::focus;
use crate::journal::{Action, Entry, Verdict};
use crate::price::LotOpening;
use crate::reconcile::{self, Drift, Grain, Sides};
use crate::review::{self, TieOut};

use carried::Earlier;
use compared::{Compared, ItemPayer};
use list::Tally;
use standing::Code;
pub(crate) use tables::{Kept, ledgers_of, unlock};

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

impl Desk {
    fn sides(&self) -> Sides<'_> {
        self.compared.sides(&self.inputs, &self.config)
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
}
