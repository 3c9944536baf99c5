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
mod burn_down;
mod caps;
mod carried;
mod charge_order;
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
mod filed;
mod filters;
mod find;
mod gate;
mod grain;
mod groups;
mod inferred;
mod late;
mod list;
mod margins;
mod months;
mod opening;
mod order;
mod pack;
mod payers;
mod plan;
mod priced;
mod prices;
mod raw;
mod revert_plan;
mod rows;
mod rule_offer;
mod rule_plan;
mod rule_trial;
mod rules;
mod session;
mod sign;
mod signed;
mod sort;
mod standing;
mod statements;
mod summary;
mod tables;
pub mod text;
mod trend;
mod verify;
mod view;
mod weigh;
mod what_if;
mod why;
mod write_back;

use std::sync::{Arc, OnceLock};

pub use crate::close::{Behind, GateItem};
use crate::close::{SignedCharge, Versions};
pub use crate::review::Screen;
pub use alike::{Alike, Likenesses, Likes, Shared};
pub use around::Around;
pub use burn_down::{BurnDown, BurnSort, DrawRow, DrawsBehind};
pub use carried::CarriedView;
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
pub use late::{LateState, LateView};
pub use list::cause_names;
pub use margins::TakenOut;
pub(crate) use opening::open_named;
pub use order::{Order, SortBy, SortKey};
pub use payers::Lacking;
pub use raw::RawRows;
pub use revert_plan::{LedgerRevert, RevertPlan};
pub use rule_trial::{Contradiction, MonthTrial, RuleTrial};
pub use rules::RuleView;
pub use session::{InputSpec, LoadEvent, Session, SessionOptions, Writer};
pub(crate) use session::{knows_state, months_of, read_both, read_state, written};
pub use sign::InBook;
pub use signed::SignedView;
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

use crate::allocate::{Allocation, Charge, Openings, UNASSIGNED, allocate};
use crate::amount::Amount;
use crate::book::{Config, OtherMonths};
use crate::calendar::Month;
use crate::focus;
use crate::journal::{Action, Entry, Verdict};
use crate::price::LotOpening;
use crate::reconcile::{self, Drift, Grain, Sides};
use crate::review::{self, Settlement, TieOut};

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
    /// Signed months before this one that something came for since.
    pub late: Vec<late::SignedMonth>,
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
    previous: Arc<(Openings, LotOpening)>,
    /// What was charged in the month before, once it was asked for.
    before: Arc<OnceLock<Result<crate::close::ByPayer, String>>>,
    late: Arc<Vec<late::SignedMonth>>,
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
            previous: Arc::new(past.previous),
            before: Arc::default(),
            late: Arc::new(past.late),
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

    /// Health in one sentence and whether it is healthy.
    pub fn health(&self) -> (bool, String) {
        let health = self.health_report();
        let share = |share: Option<crate::amount::Share>| share.map_or("-".into(), crate::amount::Share::percent);
        let text = if health.applicable {
            format!(
                "{} matched, {} discrepancies, {} not found",
                share(health.matched),
                share(health.discrepancies),
                share(health.not_found)
            )
        } else {
            "nothing to compare".to_owned()
        };
        let reasons = health.reasons.join(" ");
        (health.healthy, if reasons.is_empty() { text } else { format!("{text}. {reasons}") })
    }

    /// Health against the limits of the configuration.
    pub fn health_report(&self) -> reconcile::Health {
        let bad = self.inputs.bill.bad_rows.len() + self.inputs.ledger.bad_rows.len();
        let limits = &self.config.settings.health;
        let mut health = reconcile::health(&self.compared.summary, self.compared.drift.len(), bad as u64, limits);
        health.reasons.extend(limits.too_much_unexplained(|| self.why_month().apart));
        health.reasons.extend(self.cut_short());
        health.healthy = health.reasons.is_empty();
        health
    }

    /// A sentence for each file of the bill that ends too early for the month,
    /// with nothing that goes on from there. What is not on the bill is not
    /// seen to be missing, so the month is not known to be well.
    fn cut_short(&self) -> impl Iterator<Item = String> + '_ {
        self.inputs.bill.coverage.iter().filter_map(|file| {
            let cut = file.cut_short.filter(|cut| cut.from.is_none_or(|day| day.month() == self.month))?;
            let name = file.file.file_name().map_or_else(|| file.file.to_string_lossy(), |name| name.to_string_lossy());
            let from = cut.from.map(|day| format!(" from {day} on")).unwrap_or_default();
            let verb = if cut.certain { "is" } else { "may be" };
            Some(format!("The bill {verb} cut short: {name} lacks what there is{from}."))
        })
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

    /// The two tie-out lines, bill and ledger: each a list of (label, amount),
    /// the first being the total on the left of the equals sign, and whether
    /// it balances.
    pub fn tie_out(&self) -> [(Vec<(&'static str, Amount)>, bool); 2] {
        let tie_out = self.settled();
        let [bill, ledger] = self.compared.own_totals;
        [tie_out.bill_sentence(bill), tie_out.ledger_sentence(ledger)].map(|sentence| {
            let balanced = sentence.balanced();
            let parts = sentence.totals.into_iter().chain(sentence.parts).collect();
            (parts, balanced)
        })
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
        allocate(self.month, charges, &self.config.projects, &self.config.subsidies, &self.openings_corrected())
    }

    /// What is approved, split among payers and subsidies.
    pub fn allocation(&self) -> Arc<Allocation> {
        Arc::clone(self.derived.allocation.get_or_init(|| Arc::new(self.allocate(self.charges()))))
    }

    /// Exact dollars of each payer's fund and project.
    fn payer_sums(&self, allocation: &Allocation) -> std::collections::BTreeMap<(String, String), Amount> {
        let mut sums = std::collections::BTreeMap::<(String, String), Amount>::new();
        let mut add = |payer: &str, project: &str, amount: Amount| {
            if !amount.is_zero() {
                let sum = sums.entry((payer.to_owned(), project.to_owned())).or_default();
                *sum = sum.plus(amount);
            }
        };
        for (at, charge) in allocation.charges.iter().enumerate() {
            let project = charge.project.and_then(|p| self.config.projects.list.get(p as usize));
            let (fund, id) = project.map_or((UNASSIGNED, UNASSIGNED), |p| (p.fund_org.as_str(), p.id.as_str()));
            add(fund, id, allocation.billable(at));
            for draw in &allocation.draws[at] {
                if let Some(rule) = self.config.subsidies.get(usize::from(draw.rule)) {
                    add(&rule.fund_org, id, draw.amount);
                }
            }
        }
        sums
    }
}
