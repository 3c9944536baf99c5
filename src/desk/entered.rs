//! What the operator enters about a month: the provider's invoice, a pool's
//! stated balance, why a figure changed. What follows from it stands at the
//! gate until it ties or has a reason.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::command::{Change, Command, Preview, Refusal};
use super::{Desk, Past, months_of, text};
use crate::allocate::UNASSIGNED;
use crate::amount::{Amount, Cents, Quantity};
use crate::calendar::Month;
use crate::close::{Behind, ByPayer, FluxLine, GateItem, Invoice, InvoiceCheck, TaxShare, allocate_tax, flux};
use crate::focus;
use crate::journal::{Action, Entered, Entry, FluxOf};
use crate::price::{PoolEntered, PoolMonth, roll_forward};
use crate::read::SideRead;
use crate::review::State;
use crate::usage::SourceFile;

/// Payers and projects against the month before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FluxView {
    pub before: Month,
    /// That month, and what of it this one is held against.
    pub from: String,
    /// From which change on a note is asked for.
    pub over: Option<Amount>,
    /// Or why there is nothing to compare with, as a sentence.
    pub lines: Result<Vec<FluxLine>, String>,
}

/// What was charged in the month before, by fund and project.
#[derive(Debug, Clone)]
pub(super) struct Before {
    sums: ByPayer,
    /// Which month, and whether as it was signed, stands now or was written.
    from: String,
}

impl Desk {
    pub(super) fn plan_enter(&self, command: &Command, entered: &Entered, removed: bool) -> Result<Change, Refusal> {
        let known = self.state.entered().into_iter().any(|known| entered.replaces(known));
        if removed && !known {
            return Err(Refusal("Nothing like it was entered, so there is nothing to take off.".into()));
        }
        if !removed {
            self.check_entered(entered)?;
            if self.state.entered().contains(&entered) {
                return Err(Refusal("That is what stands there already.".into()));
            }
        }
        let title = if removed { format!("Take off: {entered}") } else { format!("Enter: {entered}") };
        let preview = Preview { title, ..Preview::default() };
        let action = Action::Enter { entered: entered.clone(), removed };
        Ok(self.change(command, preview, action, false))
    }

    fn check_entered(&self, entered: &Entered) -> Result<(), Refusal> {
        let pool_known = |pool: &str| match self.config.prices.lots.iter().any(|lot| lot.name == *pool) {
            true => Ok(()),
            false => Err(Refusal(format!("pricing.json has no credit pool “{pool}”{}.", self.pools_there()))),
        };
        match entered {
            Entered::Invoice { number, total, tax } => {
                if number.trim().is_empty() {
                    return Err(Refusal("An invoice needs its number.".into()));
                }
                if tax.abs() > total.abs() || (!tax.is_zero() && tax.is_negative() != total.is_negative()) {
                    return Err(Refusal(format!(
                        "The tax of {tax} cannot be a part of {total}; the total includes it."
                    )));
                }
                Ok(())
            }
            Entered::PoolBalance { pool, .. } => pool_known(pool),
            // They are taken as they are proposed, by a command of their own.
            Entered::Corrections { of, .. } => Err(Refusal(format!("Corrections of {of} are accepted as proposed."))),
            Entered::RefundOf { refund, month, charge } => self.check_refund(refund, *month, charge),
            Entered::PoolAdjustment { pool, reason, .. } => {
                if reason.trim().is_empty() {
                    return Err(Refusal("Credits are adjusted for a reason: give one.".into()));
                }
                pool_known(pool)
            }
            Entered::FluxNote { of, name, .. } => {
                let known = match &self.flux().lines {
                    Ok(lines) => lines.iter().any(|line| line.of == *of && line.name == *name),
                    Err(why) => return Err(Refusal(why.clone())),
                };
                let missing =
                    || Refusal(format!("There is no {} “{name}” in this month or the one before.", of.name()));
                known.then_some(()).ok_or_else(missing)
            }
        }
    }

    fn pools_there(&self) -> String {
        let mut names: Vec<&str> = self.config.prices.lots.iter().map(|lot| lot.name.as_str()).collect();
        names.dedup();
        if names.is_empty() { String::new() } else { format!("; there are: {}", names.join(", ")) }
    }

    /// Every credit pool over the month.
    pub fn pools(&self) -> Vec<PoolMonth> {
        let mut entered: BTreeMap<String, PoolEntered> = BTreeMap::new();
        for (pool, credits) in adjusted_before(&self.entries, self.month) {
            let of = entered.entry(pool).or_default();
            of.adjusted_before = of.adjusted_before.plus(credits);
        }
        for known in self.state.entered() {
            match known {
                Entered::PoolBalance { pool, credits } => {
                    entered.entry(pool.clone()).or_default().stated = Some(*credits);
                }
                Entered::PoolAdjustment { pool, credits, reason } => {
                    entered.entry(pool.clone()).or_default().adjusted = Some((*credits, reason.clone()));
                }
                _ => {}
            }
        }
        let lines = &self.inputs.bill.lines;
        roll_forward(
            &self.config.prices,
            lines,
            &self.compared.valued.bill_values,
            &self.lot_opening,
            self.month,
            &entered,
        )
    }

    /// The adjustment that settles what is unexplained of a pool, with a
    /// reason: the one there is and the difference together.
    ///
    /// # Errors
    /// [`Refusal`] where nothing is unexplained.
    pub fn settle_pool(&self, pool: &str, reason: &str) -> Result<Command, Refusal> {
        let known = self.pools().into_iter().find(|known| known.pool == pool);
        let known =
            known.ok_or_else(|| Refusal(format!("pricing.json has no credit pool “{pool}”{}.", self.pools_there())))?;
        match known.unexplained() {
            None => Err(Refusal(format!("Enter first what the provider states is left in {pool}."))),
            Some(zero) if zero.is_zero() => Err(Refusal(format!("Nothing of {pool} is unexplained."))),
            Some(rest) => {
                // The reasons of both stand: it is one adjustment now.
                let reason = match known.reason.as_str() {
                    "" => reason.to_owned(),
                    before => format!("{before}; {reason}"),
                };
                let entered =
                    Entered::PoolAdjustment { pool: pool.to_owned(), credits: known.adjusted.plus(rest), reason };
                Ok(Command::Enter { entered, removed: false })
            }
        }
    }

    /// The provider's invoice against the bill; `None` while none is entered.
    pub fn invoice(&self) -> Option<InvoiceCheck> {
        let known = self.state.entered().into_iter().find_map(|known| match known {
            Entered::Invoice { number, total, tax } => {
                Some(Invoice { number: number.clone(), total: *total, tax: *tax })
            }
            _ => None,
        })?;
        let [billed, _] = self.compared.own_totals;
        Some(InvoiceCheck::new(known, billed, self.config.settings.materiality))
    }

    /// The invoice's tax in proportion to what each project is charged of the
    /// month's own bill, before subsidies; the rest of the bill has a share of
    /// its own. Empty while no invoice is entered.
    pub fn tax_shares(&self) -> Vec<TaxShare> {
        let Some(check) = self.invoice() else { return Vec::new() };
        let mut billed: BTreeMap<(String, String), Amount> = BTreeMap::new();
        let own = self.own_charges();
        for charge in &own {
            let project = charge.project.and_then(|p| self.config.projects.list.get(p as usize));
            let payer = project.map_or_else(
                || (UNASSIGNED.to_owned(), UNASSIGNED.to_owned()),
                |project| (project.fund_org.clone(), project.id.clone()),
            );
            let sum = billed.entry(payer).or_default();
            *sum = sum.plus(charge.amount);
        }
        let billed: Vec<_> = billed.into_iter().collect();
        allocate_tax(check.invoice.tax, check.billed, &billed)
    }

    /// Puts each payer's part of the tax into the file, as rows of their own
    /// where its profile has a place for them. The PI is that of the project
    /// under that fund, the last one.
    pub(super) fn add_tax(&self, sheet: &mut focus::Sheet) {
        let Some(check) = self.invoice().filter(|check| !check.invoice.tax.is_zero() && sheet.profile.is_focus())
        else {
            return;
        };
        let shares = self.tax_shares();
        let row = |share: &TaxShare| {
            let (fund, id) = share.payer.as_ref()?;
            let project = self.config.projects.list.iter().rfind(|p| p.id == *id && p.fund_org == *fund);
            let [pi_email, project_id, project_name, fund_org] = match project {
                Some(project) => [&*project.pi_email, &*project.id, &*project.name, &*project.fund_org],
                None => [UNASSIGNED; 4],
            };
            Some((focus::Payer { pi_email, project_id, project_name, fund_org }, share.tax))
        };
        sheet.add_tax(&check.invoice.number, shares.iter().filter_map(row));
    }

    /// `Tax: 6.33, 6.00 of it in rows of its own.`
    fn tax_sentence(&self, invoiced: Amount) -> Option<String> {
        if invoiced.is_zero() {
            return None;
        }
        let (sheet, invoiced) = (self.sheet(), Cents::nearest(invoiced));
        Some(match (sheet.profile.is_focus(), sheet.tax()) {
            (false, _) => {
                format!("Tax of {invoiced}: {} has no rows for it; the manifest says who bears it.", sheet.profile)
            }
            (true, written) if written == invoiced => {
                format!("Tax of {invoiced}: in rows of its own, and in the total.")
            }
            (true, written) => {
                format!(
                    "Tax of {invoiced}: {written} in rows of its own, and in the total; the rest is on what nobody is charged for."
                )
            }
        })
    }

    /// Charges of lines that the month's own bill has: neither what was carried
    /// in nor what only the ledger knows is on this invoice.
    fn own_charges(&self) -> Vec<crate::allocate::Charge> {
        let own = |item: u32| self.carried_item(item).is_none() && self.compared.items.bill_rows(item).next().is_some();
        self.charges().into_iter().filter(|charge| own(charge.item)).collect()
    }

    /// Payers and projects against the month before; compares that month as
    /// well when first asked for, so call it on a worker thread.
    pub fn flux(&self) -> Arc<FluxView> {
        Arc::clone(self.derived.flux.get_or_init(|| Arc::new(self.make_flux())))
    }

    /// The same where it was worked out already, as it is with the gate.
    pub fn flux_known(&self) -> Option<Arc<FluxView>> {
        self.derived.flux.get().cloned()
    }

    /// What was entered about the month, and what follows, in sentences for
    /// the screen that closes it.
    pub(super) fn papers(&self) -> Vec<String> {
        let mut said: Vec<String> = self.carried_summary().into_iter().collect();
        let disputes = self.disputes();
        if !disputes.is_empty() {
            let waits = disputes.iter().filter(|view| !view.cleared);
            let claimed: Amount = waits.map(|view| view.claimed).sum();
            said.push(format!("{} in dispute, {} claimed.", text::items(disputes.len()), text::money(claimed)));
        }
        match self.invoice() {
            None => said.push("No invoice is entered.".to_owned()),
            Some(check) => said.push(format!(
                "Invoice {}: {} without {} tax, {}.",
                check.invoice.number,
                text::money(check.invoice.total.minus(check.invoice.tax)),
                text::money(check.invoice.tax),
                match check.ties {
                    true => "as the bill".to_owned(),
                    false => format!("{} apart from the bill", text::money(check.difference)),
                }
            )),
        }
        said.extend(self.invoice().and_then(|check| self.tax_sentence(check.invoice.tax)));
        for pool in self.pools() {
            let adjusted =
                if pool.adjusted.is_zero() { String::new() } else { format!(" + {} adjusted", pool.adjusted) };
            let expired = if pool.expired.is_zero() { String::new() } else { format!(" - {} expired", pool.expired) };
            let stated = match pool.unexplained() {
                None => "no balance stated".to_owned(),
                Some(zero) if zero.is_zero() => "as stated".to_owned(),
                Some(rest) => format!("{rest} unexplained"),
            };
            said.push(format!(
                "Pool {}: {} + {} bought - {} used{expired}{adjusted} = {} credits, {stated}.",
                pool.pool, pool.opening, pool.purchased, pool.used, pool.expected
            ));
        }
        if self.config.settings.flux_over.is_some()
            && let Ok(lines) = &self.flux().lines
        {
            for line in lines.iter().filter(|line| line.above) {
                let note = if line.note.is_empty() { "no note yet".to_owned() } else { line.note.clone() };
                said.push(format!(
                    "{} {}: {} to {} ({}): {note}.",
                    line.of.name(),
                    line.name,
                    text::money(line.before),
                    text::money(line.now),
                    line.percent()
                ));
            }
        }
        said
    }

    fn make_flux(&self) -> FluxView {
        let (before, over) = (self.month.previous(), self.config.settings.flux_over);
        let notes: BTreeMap<(FluxOf, &str), &str> = self
            .state
            .entered()
            .into_iter()
            .filter_map(|known| match known {
                Entered::FluxNote { of, name, text } => Some(((*of, name.as_str()), text.as_str())),
                _ => None,
            })
            .collect();
        let (from, was) = match self.sums_before() {
            Ok(known) => (known.from, Ok(known.sums)),
            Err(why) => (before.to_string(), Err(why)),
        };
        let lines = was.map(|was| {
            let is = self.payer_sums(&self.allocation());
            flux(&was, &is, over, |of, name| notes.get(&(of, name)).map_or_else(String::new, |note| (*note).to_owned()))
        });
        FluxView { before, from, over, lines }
    }

    /// What each fund and project was charged in the month before: as it was
    /// signed, which nothing changes; else as it stands now, where all of it is
    /// loaded; else as it was written last.
    fn sums_before(&self) -> Result<Before, String> {
        if let Some(known) = self.before.get() {
            return known.clone();
        }
        let before = self.month.previous();
        let signed = self.versions.signed(before).is_some();
        // Of tables only the rows of one month are loaded, and a day around it.
        let of_tables = |side: &SideRead| side.lines.files().iter().any(|file| SourceFile::is_table(&file.path));
        let sides = [&self.inputs.bill, &self.inputs.ledger];
        let there =
            !sides.into_iter().any(of_tables) && sides.iter().any(|side| months_of(&side.lines).contains(&before));
        let sums = if there && !signed {
            let past = Past {
                entries: self.entries.to_vec(),
                openings: self.previous.0.clone(),
                lot_opening: self.previous.1.clone(),
                charged: Arc::clone(&self.charged_previous),
                ..Past::default()
            };
            let desk = Self::new(before, Arc::clone(&self.inputs), Arc::clone(&self.config), past);
            Ok(Before { sums: desk.payer_sums(&desk.allocation()), from: format!("{before} as it stands now") })
        } else {
            self.written_before(before)
        };
        self.before.get_or_init(|| sums).clone()
    }

    /// As the book keeps it.
    fn written_before(&self, before: Month) -> Result<Before, String> {
        let written = self.shelf.as_ref().map_or(Ok(None), |shelf| shelf.written_in(before))?;
        let written = written.ok_or_else(|| {
            format!(
                "There is nothing of {before} to compare with: it was neither signed nor written in this book, and \
                 its rows are not loaded."
            )
        })?;
        let from = match written.version {
            Some(number) => format!("{before} as signed, version {number}"),
            None => format!("{before} as written last"),
        };
        Ok(Before { sums: written.sums, from })
    }

    /// What of it keeps the month from being signed.
    pub(super) fn entered_left(&self) -> Vec<GateItem> {
        let mut gate = Vec::new();
        if let Some(check) = self.invoice() {
            let open = !check.within;
            gate.push(
                GateItem::new(
                    "invoice-apart",
                    format!("invoice {} apart from the bill", check.invoice.number),
                    format!(
                        "The invoice is {} without its tax, and the bill {}: {} apart. Mend what was entered (i), load \
                         what the bill lacks, or allow it as materiality in config.toml.",
                        text::money(check.invoice.total.minus(check.invoice.tax)),
                        text::money(check.billed),
                        text::money(check.difference)
                    ),
                )
                .counted(u64::from(open), if open { check.difference } else { Amount::ZERO }),
            );
        }
        for pool in self.pools() {
            let Some(rest) = pool.unexplained() else { continue };
            gate.push(
                GateItem::new(
                    "pool-unexplained",
                    format!("credits of {} unexplained", pool.pool),
                    format!(
                        "The provider states {} credits left in {}, expected are {}: {rest} unexplained. Mend what was \
                         entered (i), add what is missing, or settle it with a reason.",
                        pool.stated.unwrap_or_default(),
                        pool.pool,
                        pool.expected
                    ),
                )
                .counted(u64::from(!rest.is_zero()), Amount::ZERO)
                .found(Behind::Prices, ""),
            );
        }
        gate.extend(self.flux_left());
        gate
    }

    /// Only where `config.toml` asks for notes.
    fn flux_left(&self) -> Option<GateItem> {
        let over = self.config.settings.flux_over?;
        let flux = self.flux();
        let what = format!("changes above {} without a note", text::money(over));
        Some(match &flux.lines {
            Ok(lines) => {
                let asks: Vec<&FluxLine> = lines.iter().filter(|line| line.asks()).collect();
                let names: Vec<String> =
                    asks.iter().take(5).map(|line| format!("{} {}", line.of.name(), line.name)).collect();
                let more = if asks.len() > names.len() { ", …" } else { "" };
                let sentence = match names.is_empty() {
                    true => format!("Every change of a payer or project above it has a note, against {}.", flux.from),
                    false => format!("Against {}, say why (i): {}{more}.", flux.from, names.join(", ")),
                };
                GateItem::new("flux-notes", what, sentence)
                    .counted(asks.len() as u64, asks.iter().map(|line| line.change.abs()).sum())
            }
            Err(why) => GateItem::new("flux-notes", what, why.clone()).only_said(),
        })
    }
}

/// The adjustments in force in each month before this one.
fn adjusted_before(entries: &[Entry], month: Month) -> Vec<(String, Quantity)> {
    let of_entered =
        |entry: &&Entry| matches!(entry.action, Action::Enter { .. } | Action::Undo { .. } | Action::Redo { .. });
    let adjusts = |entry: &Entry| match &entry.action {
        Action::Enter { entered: Entered::PoolAdjustment { .. }, .. } => entry.month.filter(|of| *of < month),
        _ => None,
    };
    let months: std::collections::BTreeSet<Month> = entries.iter().filter_map(adjusts).collect();
    let mut all = Vec::new();
    for of in months {
        // Nothing but these is asked for, and taking one back names it.
        let mut state = State::new(of);
        for entry in entries.iter().filter(of_entered) {
            state.apply(entry);
        }
        all.extend(state.entered().into_iter().filter_map(|known| match known {
            Entered::PoolAdjustment { pool, credits, .. } => Some((pool.clone(), *credits)),
            _ => None,
        }));
    }
    all
}
