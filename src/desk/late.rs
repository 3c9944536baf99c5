//! What came later for signed months, billed in the month at hand: proposed,
//! accepted, and part of its file from then on.
//!
//! A signed month is worked out again as it is now, and held against its signed
//! rows and against the corrections that other months bill already. What is
//! accepted is kept in the journal as it was shown; where it would be something
//! else by now, the gate says so and the month is not signed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::charged_before::Since;
use super::command::{Change, Command, Preview, Refusal};
use super::late_billed::{accepted_in, corrected_elsewhere, reshape};
use super::late_view::{LateState, LateView};
use super::signed_months::{SignedMonth, SignedState, rules_of};
use super::{Desk, Past, months_of, text};
use crate::allocate::{Charge, Openings, SubsidyRule, with_retroactive_caps};
use crate::amount::Cents;
use crate::calendar::Month;
use crate::close::{GateItem, Late, LateDraw, Signed, added, charge, late};
use crate::focus;
use crate::journal::{Action, Entered};

/// Signed months whose tables are asked at once.
const MONTHS_AT_ONCE: usize = 4;

/// Rows told one by one before corrections are accepted.
const MOST: usize = 8;

/// What a signed month is to be corrected by, or why that is not known.
pub(super) struct Proposed {
    of: Month,
    late: Result<Late, String>,
}

/// What the book knows a draw of a correction by.
pub(super) fn draw_key(late: &Late, draw: &LateDraw) -> String {
    let back = if draw.back { ":reversed" } else { "" };
    format!("{}:correction-{}{back}", draw.charge, late.into)
}

impl Desk {
    /// Corrections that were accepted for this month, by the month they are
    /// of; a sentence for one that cannot be read.
    pub(super) fn accepted(&self) -> Arc<Vec<Result<Late, String>>> {
        Arc::clone(self.derived.accepted.get_or_init(|| Arc::new(accepted_in(&self.state))))
    }

    /// What the corrections accepted here change of every cap.
    pub(super) fn corrected_caps(&self) -> Openings {
        let accepted = self.accepted();
        accepted.iter().flatten().fold(Openings::new(), |sums, late| added(&sums, &late.openings))
    }

    /// What is there before the month draws: the months before it, and the
    /// corrections it bills, whose days are earlier.
    pub(super) fn openings_corrected(&self) -> Openings {
        if self.accepted().is_empty() {
            return self.openings.as_ref().clone();
        }
        added(&self.openings, &self.corrected_caps())
    }

    /// Puts the rows of accepted corrections behind those of the month.
    pub(super) fn add_corrections(&self, sheet: &mut focus::Sheet) {
        let profile = sheet.profile;
        for late in self.accepted().iter().flatten().filter(|late| late.profile.same_shape(profile)) {
            sheet.append(&late.rows);
        }
    }

    /// Why accepted corrections cannot be written as the file is.
    pub(super) fn corrections_refused(&self) -> Vec<String> {
        let profile = self.profile();
        let refused = |late: &Result<Late, String>| match late {
            Err(why) => Some(why.clone()),
            Ok(late) if !late.profile.same_shape(profile) => Some(format!(
                "The corrections of {} were accepted as rows of the profile {}, and the file is written as {profile}. \
                 Accept them anew, or take them off.",
                late.of, late.profile
            )),
            Ok(_) => None,
        };
        self.accepted().iter().filter_map(refused).collect()
    }

    /// What came later for signed months before this one, by month. Works
    /// those months out anew when first asked for, so call it on a worker.
    pub fn corrections(&self) -> Vec<LateView> {
        if self.signed().is_some() {
            return self.accepted().iter().flatten().map(|late| LateView::of(late, LateState::Accepted)).collect();
        }
        let accepted = self.accepted();
        let mut views: BTreeMap<Month, LateView> = BTreeMap::new();
        for late in accepted.iter().flatten() {
            views.insert(late.of, LateView::of(late, LateState::OutOfDate));
        }
        for Proposed { of, late } in self.proposed() {
            let known = accepted.iter().flatten().find(|known| known.of == *of);
            let view = match (late, known) {
                (Ok(late), Some(known)) if late.says_the_same(known) => LateView::of(late, LateState::Accepted),
                (Ok(late), known) if !late.rows.is_empty() => {
                    LateView::of(late, known.map_or(LateState::Proposed, |_| LateState::OutOfDate))
                }
                (Ok(_), _) => continue,
                (Err(why), known) => {
                    let none = Late::none(*of, self.month, self.profile());
                    LateView::of(known.unwrap_or(&none), LateState::Unknown(why.clone()))
                }
            };
            views.insert(*of, view);
        }
        views.into_values().collect()
    }

    fn proposed(&self) -> &[Proposed] {
        self.proposed.get_or_init(|| {
            self.ask_tables();
            let mut openings = self.openings.as_ref().clone();
            let mut all = Vec::new();
            for month in self.late.iter() {
                let late = self.propose(month, &openings, &all);
                if let Ok(late) = &late {
                    openings = added(&openings, &late.openings);
                }
                all.push(Proposed { of: month.month, late });
            }
            all
        })
    }

    /// The signed months whose tables are asked what they say now, once somebody
    /// needs to know it: what a face says while that is waited for.
    pub fn asked_of_tables(&self) -> Vec<Month> {
        if self.signed().is_some() {
            return Vec::new();
        }
        self.late.iter().filter(|month| month.now.is_some()).map(|month| month.month).collect()
    }

    /// Asks the tables of signed months, a few months at a time, whether they
    /// say what they said: a connection mostly waits.
    fn ask_tables(&self) {
        let Some(shelf) = self.shelf.as_deref() else { return };
        let asked = self.late.iter().filter(|month| !month.touched);
        let asked: Vec<_> = asked.filter_map(|month| Some((month.month, month.now.as_ref()?))).collect();
        for some in asked.chunks(MONTHS_AT_ONCE) {
            std::thread::scope(|scope| {
                for (of, now) in some {
                    scope.spawn(|| now.is_unchanged(shelf, *of, &self.config));
                }
            });
        }
    }

    /// `openings` are those of this month; `earlier` is what months before that
    /// one are to be corrected by.
    fn propose(&self, month: &SignedMonth, openings: &Openings, earlier: &[Proposed]) -> Result<Late, String> {
        let of = month.month;
        let state = month.signed.as_ref().map_err(Clone::clone)?;
        if !month.touched
            && let (Some(now), Some(shelf)) = (&month.now, self.shelf.as_deref())
            && now.is_unchanged(shelf, of, &self.config)
        {
            return Ok(Late::none(of, self.month, self.profile()));
        }
        let (profile, shelf) = (self.profile(), self.shelf.as_deref());
        let mut corrected = corrected_elsewhere(&self.entries, of, self.month)?;
        let (rules, last) = self.stands_under(state, &corrected)?;
        // What months before it used and drew, with what corrects them in
        // months behind it: when it was corrected last, and by now.
        let (mut openings_then, mut corrected_openings) = (state.openings.clone(), state.openings.clone());
        let mut elsewhere = Vec::new();
        for other in self.versions.months().filter(|other| *other != of) {
            elsewhere.extend(corrected_elsewhere(&self.entries, other, self.month)?);
        }
        for late in elsewhere.iter().filter(|late| late.of < of && late.into >= of) {
            corrected_openings = added(&corrected_openings, &late.openings);
            if last.is_some_and(|last| late.into <= last) {
                openings_then = added(&openings_then, &late.openings);
            }
        }
        for late in earlier.iter().filter_map(|proposed| proposed.late.as_ref().ok()) {
            corrected_openings = added(&corrected_openings, &late.openings);
        }
        let inputs = match (&month.now, shelf) {
            (Some(now), Some(shelf)) => now.inputs(shelf, of, &self.config)?,
            _ => Arc::clone(&self.inputs),
        };
        if !month.touched && month.now.as_ref().is_none_or(|now| now.is_as_signed(&inputs)) {
            return Ok(Late::none(of, self.month, profile));
        }
        let past = Past {
            entries: self.entries.to_vec(),
            openings: state.openings.clone(),
            lot_opening: state.lot_opening.clone(),
            charged: Arc::clone(&state.charged),
            previous: state.previous.clone(),
            ..Past::default()
        };
        let desk = Self::new(of, inputs, Arc::clone(&self.config), past);
        elsewhere.extend(corrected.iter().cloned());
        // What is proposed here of months before it comes first.
        elsewhere.extend(earlier.iter().filter_map(|proposed| proposed.late.as_ref().ok()).cloned());
        elsewhere.sort_by_key(|late| late.into);
        let rows = state.rows_as(profile, shelf)?;
        reshape(&mut corrected, profile, &state.charges, &rows);
        let now = desk.charges_now();
        let stood = state.charges.iter().chain(corrected.iter().flat_map(|late| &late.charges));
        let refunds: Vec<Charge> = stood
            .filter(|charge| charge.amount.is_negative())
            .map(|signed| charge(signed, &self.config.projects))
            .collect();
        let reach = desk.reach_of(&now).joined(&desk.reach_of(&refunds));
        let signed = Signed {
            of,
            profile,
            charges: state.charges.clone(),
            rows,
            draws: state.draws.clone(),
            corrected,
            earlier: state.charged.reached(reach.clone(), &desk.accepted())?,
            chosen: desk.chosen_charges(),
            rules,
            openings: [openings_then, corrected_openings],
        };
        let terms = focus::Terms { purchases: false, ..self.config.settings.terms.clone() };
        let made = focus::Made {
            month: of,
            profile,
            projects: &self.config.projects,
            rules: &self.config.subsidies,
            prices: &self.config.prices,
            terms: &terms,
        };
        let unknown: RefCell<Option<String>> = RefCell::default();
        let since = |but: &BTreeSet<&str>| {
            let since = Since { into: self.month, corrections: elsewhere.clone(), but };
            let read = state.charged.since(reach.clone(), &since);
            read.unwrap_or_else(|why| {
                unknown.replace(Some(why));
                Arc::default()
            })
        };
        let late = late(&signed, now, &made, (openings, &since), self.month);
        if let Some(why) = unknown.into_inner() {
            return Err(why);
        }
        self.refuse_taken_back(&late, state, &elsewhere)?;
        Ok(late)
    }

    /// The rules that the charges of a signed month stand under, and the month
    /// that billed its last correction: it was right then under the rules of
    /// that month.
    fn stands_under(
        &self,
        state: &SignedState,
        corrected: &[Late],
    ) -> Result<(Vec<SubsidyRule>, Option<Month>), String> {
        let last = corrected.iter().map(|late| late.into).max();
        let Some(into) = last else { return Ok((state.rules.clone(), None)) };
        let rules = match self.versions.signed(into) {
            Some(version) => rules_of(&self.dir, version)?,
            // What it bills is held against the rules as they are.
            None => self.config.subsidies.clone(),
        };
        Ok((with_retroactive_caps(&state.rules, &rules), last))
    }

    pub(super) fn plan_correct(&self, command: &Command, of: Month) -> Result<Change, Refusal> {
        let proposed = self.proposed().iter().find(|proposed| proposed.of == of);
        let late = match proposed.map(|proposed| &proposed.late) {
            Some(Err(why)) => return Err(Refusal(format!("{of} cannot be corrected here: {why}"))),
            Some(Ok(late)) if !late.rows.is_empty() => late,
            _ => return Err(Refusal(format!("Nothing came later for {of} that would correct it in {}.", self.month))),
        };
        if self.accepted().iter().flatten().any(|known| known.says_the_same(late)) {
            return Err(Refusal(format!("The corrections of {of} are accepted as they are already.")));
        }
        let view = LateView::of(late, LateState::Proposed);
        let mut preview = Preview {
            title: format!(
                "Correct {of} in {}: {}, {} in all",
                self.month,
                text::counted(view.rows, "row"),
                text::cents(view.total)
            ),
            amount: view.total.amount(),
            ..Preview::default()
        };
        for (fund, project, cents) in &view.payers {
            preview.remarks.push(format!("{fund} for {project}: {}.", signed_cents(*cents)));
        }
        let line = |(day, id, fund, cents): &(crate::calendar::Day, String, String, Cents)| {
            format!("{day}: {id} ({fund}), {}.", signed_cents(*cents))
        };
        preview.remarks.extend(view.lines.iter().take(MOST).map(line));
        if view.lines.len() > MOST {
            preview.remarks.push(format!("And {} more.", text::counted((view.lines.len() - MOST) as u64, "row")));
        }
        preview.remarks.extend(orphans_of(late));
        preview.remarks.push(format!("{of} stays as it was signed."));
        let kept = late.text().map_err(Refusal)?;
        let entered = Entered::Corrections { of, rows: view.rows, total: view.total.to_string(), kept };
        Ok(self.change(command, preview, Action::Enter { entered, removed: false }, true))
    }

    pub(super) fn plan_drop_corrections(&self, command: &Command, of: Month) -> Result<Change, Refusal> {
        let entered = self.state.entered().into_iter();
        let known = entered.cloned().find_map(|known| match known {
            Entered::Corrections { of: month, rows, total, .. } if month == of => Some((rows, total)),
            _ => None,
        });
        let Some((rows, total)) = known else {
            return Err(Refusal(format!("No corrections of {of} are accepted in {}.", self.month)));
        };
        // What is taken off is known by its month alone.
        let entered = Entered::Corrections { of, rows, total, kept: String::new() };
        let preview = Preview { title: format!("Take off: {entered}"), ..Preview::default() };
        Ok(self.change(command, preview, Action::Enter { entered, removed: true }, true))
    }

    /// What of it stands at the gate: what was accepted and is something else
    /// by now stops, what may go into a later month as well is said.
    pub(super) fn corrections_left(&self) -> Vec<GateItem> {
        let item = |view: LateView| {
            let (name, what) = match &view.state {
                LateState::Accepted => return None,
                LateState::Proposed => ("corrections-proposed", format!("corrections of {} not accepted", view.of)),
                LateState::OutOfDate => ("corrections-changed", format!("corrections of {} out of date", view.of)),
                LateState::Unknown(_) => ("corrections-unknown", format!("corrections of {} unknown", view.of)),
            };
            let sentence = match view.state {
                LateState::Unknown(_) => view.sentence(),
                _ => format!("{} (i, or trueup corrections.)", view.sentence()),
            };
            let item = GateItem::new(name, what, sentence).counted(view.rows.max(1), view.total.amount());
            Some(if view.state == LateState::OutOfDate { item } else { item.only_said() })
        };
        let accepted = self.accepted();
        let orphans = accepted.iter().flatten().filter_map(|late| {
            let amount = late.orphan_refunds().map(|charge| charge.amount).sum();
            let what = format!("refunds of no known charge, corrections of {}", late.of);
            let item = GateItem::new("corrections-orphan-refunds", what, orphans_of(late)?);
            Some(item.counted(late.orphan_refunds().count() as u64, amount).only_said())
        });
        self.corrections().into_iter().filter_map(item).chain(orphans).collect()
    }
}

/// A sentence about refunds among corrections that take back no known charge;
/// `None` where there are none.
fn orphans_of(late: &Late) -> Option<String> {
    let keys: Vec<&str> = late.orphan_refunds().map(|charge| charge.key.as_str()).take(3).collect();
    (!keys.is_empty()).then(|| {
        format!(
            "Of refunds among them it is not known which charge they take back, so they change no subsidy: {}. To say \
             it, reopen {} instead of correcting it.",
            keys.join(", "),
            late.of
        )
    })
}

fn signed_cents(cents: Cents) -> String {
    if cents < Cents::ZERO { cents.to_string() } else { format!("+{cents}") }
}

impl Desk {
    /// Takes in the signed months before this one that caps of `then` in
    /// retrospect may split anew, as far as they are not there already.
    pub(super) fn with_signed_months(mut self, then: &[SubsidyRule]) -> Self {
        let Some(read) = self.signed_reader.clone() else { return self };
        let rules = &self.config.subsidies;
        if with_retroactive_caps(then, rules) == then {
            return self;
        }
        let mut late = self.late.as_ref().clone();
        let loaded = [&self.inputs.bill, &self.inputs.ledger].map(|side| months_of(&side.lines)).concat();
        // Those that are there for their tables alone are touched by it too.
        late.iter_mut().for_each(|known| known.touched = true);
        for of in self.versions.months().filter(|of| *of < self.month && loaded.contains(of)) {
            if self.versions.signed(of).is_some() && !late.iter().any(|known| known.month == of) {
                late.extend(read(&self.inputs, &self.entries, of));
            }
        }
        late.sort_by_key(|known| known.month);
        self.late = Arc::new(late);
        self
    }

    /// A sentence for each signed month that what came later would correct.
    pub(super) fn would_correct(&self) -> Vec<String> {
        let views = self.corrections();
        views
            .iter()
            .filter(|view| view.state != LateState::Accepted)
            .map(|view| {
                let payers: Vec<String> = view
                    .payers
                    .iter()
                    .filter(|(.., cents)| *cents != Cents::ZERO)
                    .map(|(fund, project, cents)| format!("{fund} for {project} {}", signed_cents(*cents)))
                    .collect();
                if payers.is_empty() { view.sentence() } else { format!("{} {}.", view.sentence(), payers.join(", ")) }
            })
            .collect()
    }
}
