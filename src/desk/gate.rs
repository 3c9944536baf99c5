//! What is open before a month can be signed, item by item, each with where
//! to settle it. A condition more is an item more in [`Desk::gate`].

use std::sync::Arc;

use super::standing::Code;
use super::{Desk, text};
use crate::amount::{Amount, Share};
use crate::calendar::Day;
use crate::close::{Behind, GateItem};
use crate::journal::Action;
use crate::price::{EXAMPLE_PURCHASE, Worth};
use crate::review::Screen;

/// The line of the gate that writing the file settles.
pub(super) const NOT_WRITTEN: &str = "not-written";

/// A provider adds to the figures of a day for so many days.
const GROWS: i32 = 3;

impl Desk {
    /// Everything that keeps the month from being signed, and what is only
    /// said: what is done has a count of 0.
    pub fn gate(&self) -> Arc<Vec<GateItem>> {
        Arc::clone(self.derived.gate.get_or_init(|| Arc::new(self.gate_items())))
    }

    fn gate_items(&self) -> Vec<GateItem> {
        let mut gate = self.undecided();
        gate.push(self.bad_rows_left());
        gate.extend(self.payers_missing());
        gate.push(self.prices_missing());
        gate.push(self.refunds_without_a_charge());
        gate.extend(self.lots_overdrawn());
        gate.extend(self.too_much_unexplained());
        gate.extend(self.days_that_grow());
        gate.push(self.not_written());
        gate.extend(self.earlier_out_of_date());
        gate.push(
            GateItem::new(
                "hand-matches-unapplied",
                "matches by hand that no longer fit",
                "Lines that were matched by hand are no longer there, or no longer the same; they stand on the lists as \
                 they are.",
            )
            .counted(self.compared.unapplied as u64, Amount::ZERO)
            .only_said(),
        );
        gate.extend(self.left_astray());
        gate.extend(self.entered_left());
        gate.extend(self.corrections_left());
        gate.extend(self.drifting());
        gate.extend(self.earlier_months());
        gate.extend(self.linked_files());
        gate
    }

    fn undecided(&self) -> Vec<GateItem> {
        let open_of = |screen: Screen| {
            let amount = (0..self.items())
                .filter(|item| screen.holds(self.compared.items.outcome(*item)) && self.is_open(*item))
                .map(|item| self.worth(item))
                .sum::<Amount>();
            (u64::from(self.counts(screen).1), amount)
        };
        [
            (Screen::Matched, "matched-open", "matched or not compared, and not approved"),
            (Screen::Discrepancies, "discrepancies-open", "discrepancies open"),
            (Screen::NotFound, "not-found-open", "missing on one side, open"),
        ]
        .into_iter()
        .map(|(screen, name, what)| {
            let (count, amount) = open_of(screen);
            GateItem::new(name, what, "Each item needs a decision: nothing is approved by itself.")
                .counted(count, amount)
                .found(Behind::List(screen), "decision:open")
        })
        .collect()
    }

    /// What an item is about in dollars: billed, or recorded where only that
    /// is there.
    fn worth(&self, item: u32) -> Amount {
        let row = self.row(item);
        row.cells.billed.or(row.cells.recorded).unwrap_or_default()
    }

    /// Whether the item is, or may yet be, charged to somebody.
    fn may_be_charged(&self, item: u32) -> bool {
        match self.standing.get(item as usize) {
            Some(Code::Decided(verdict)) => verdict.approves(),
            Some(Code::Open | Code::Stale) => true,
            Some(Code::Settled) | None => false,
        }
    }

    fn bad_rows_left(&self) -> GateItem {
        let left = self.bad_rows().iter().filter(|row| row.excluded.is_none()).count();
        GateItem::new(
            "bad-rows",
            "bad rows and shrunk days not excluded",
            "Rows that could not be read may hold money: mend the file and give it again, or leave them out with a \
             reason.",
        )
        .counted(left as u64, Amount::ZERO)
        .found(Behind::BadRows, "")
    }

    fn payers_missing(&self) -> Vec<GateItem> {
        let sum = |items: &[u32]| items.iter().filter_map(|item| self.row(*item).cells.billed).sum::<Amount>();
        let charged = || (0..self.items()).filter(|item| self.may_be_charged(*item));
        let unassigned: Vec<u32> = charged().filter(|item| self.lacks_payer(*item)).collect();
        let mut found = vec![
            GateItem::new(
                "unassigned",
                "without a payer",
                "No project pays for these, two claim them, or their fund is closed: name one, or mend projects.json.",
            )
            .counted(unassigned.len() as u64, sum(&unassigned))
            .found(Behind::AnyList, "badge:unassigned,two-projects,closed-fund"),
        ];
        let odd: Vec<u32> = charged().filter(|item| self.has_odd_fund(*item)).collect();
        if !odd.is_empty() {
            found.push(
                GateItem::new(
                    "odd-funds",
                    "to a fund of another form",
                    "The fund that would pay is not of the form that fund_org_pattern in config.toml asks for.",
                )
                .counted(odd.len() as u64, sum(&odd))
                .found(Behind::AnyList, "badge:odd-fund"),
            );
        }
        found
    }

    /// Bill lines without a price in items that are or may be charged; in
    /// others nobody needs one.
    fn prices_missing(&self) -> GateItem {
        use rayon::prelude::*;
        let sides = self.sides();
        let (lines, credits) = (0..self.items())
            .into_par_iter()
            .filter(|item| self.may_be_charged(*item))
            .flat_map_iter(|item| self.compared.items.bill_rows(item))
            .filter(|row| sides.bill.foreign(*row).is_none())
            .filter(|row| sides.bill_values.worth(sides.bill, *row) == Worth::Unpriced)
            .map(|row| (1, u64::from(sides.bill.credits(row).is_some())))
            .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        let mut sentence = "The price book has no rate or lot for these, and they are not worth zero: enter one, or \
                            settle the items another way."
            .to_owned();
        sentence.extend(self.purchase_missing(credits));
        GateItem::new("unpriced", "bill lines without a price", sentence)
            .counted(lines, Amount::ZERO)
            .found(Behind::List(Screen::Discrepancies), "outcome:unpriced")
    }

    /// What to write for so many bill lines in credits that no purchase prices.
    fn purchase_missing(&self, lines: u64) -> Option<String> {
        let why = match self.config.prices.lots.is_empty() {
            true => "and pricing.json names no purchase of any: enter what was bought",
            false => {
                "and used before any purchase in pricing.json is effective: correct its effective_date, or enter \
                      the earlier purchase"
            }
        };
        let of_credits = text::counted(lines, "line");
        let verb = if lines == 1 { "is" } else { "are" };
        (lines > 0).then(|| {
            format!(
                " {of_credits} {verb} in credits, {why} (e on such an item), or write it into that file, such as \
                 {EXAMPLE_PURCHASE}."
            )
        })
    }

    fn refunds_without_a_charge(&self) -> GateItem {
        GateItem::new(
            "orphan-refunds",
            "refunds of no known charge",
            format!(
                "It is not known which charge these take back, so they would change no subsidy: say it (i, or trueup \
                 refunds), dispute or exclude them. {}",
                self.orphan_sentences()
            ),
        )
        .counted(self.allocation().orphan_refunds.len() as u64, Amount::ZERO)
        .found(Behind::AnyList, "badge:refund")
    }

    fn lots_overdrawn(&self) -> Vec<GateItem> {
        let item = |(what, amount)| {
            GateItem::new(
                "overdrawn",
                what,
                "Credits were drawn beyond the last lot, at its unit cost: enter the lot that they were bought in.",
            )
            .counted(1, amount)
            .found(Behind::Prices, "badge:overdrawn")
        };
        self.overdrawn().into_iter().map(item).collect()
    }

    /// Only where `config.toml` says how much may stay unexplained.
    fn too_much_unexplained(&self) -> Option<GateItem> {
        let limit = self.config.settings.materiality?;
        let apart = self.why_month().apart;
        let over = apart > limit;
        Some(
            GateItem::new(
                "unexplained",
                format!("unexplained, more than {}", text::money(limit)),
                format!(
                    "{} stay unexplained, whatever their sign; config.toml lets a month with up to {} be signed.",
                    text::money(apart),
                    text::money(limit)
                ),
            )
            .counted(u64::from(over), if over { apart } else { Amount::ZERO })
            .found(Behind::Why, ""),
        )
    }

    /// Days of the month that a file lists last. A file taken into the book
    /// while the provider still added to them blocks; of one that was taken in
    /// later nobody knows when it was downloaded, so it is only said.
    fn days_that_grow(&self) -> Vec<GateItem> {
        let mut found = Vec::new();
        for file in &self.inputs.bill.coverage {
            let Some((first, last)) = file.provisional else { continue };
            let days =
                (first.number()..=last.number()).filter(|day| self.month.contains(Day::from_number(*day))).count();
            if days == 0 {
                continue;
            }
            let name = file.file.file_name().map_or_else(|| file.file.to_string_lossy(), |name| name.to_string_lossy());
            let taken_in = self.taken_in(&file.file);
            let early = taken_in.is_some_and(|day| day <= last.plus_days(GROWS));
            let item = GateItem::new(
                "provisional-days",
                format!("provisional days of {name}"),
                format!(
                    "{name} ends with {}; the provider adds to a day for up to {GROWS} days. Fetch those days again, \
                     unless the file was downloaded later than that.",
                    last.min(self.month.last())
                ),
            )
            .counted(days as u64, Amount::ZERO)
            .found(Behind::Overview, "");
            found.push(if early { item } else { item.only_said() });
        }
        found
    }

    /// The day a file came into the book; `None` for one that is not in it.
    fn taken_in(&self, path: &std::path::Path) -> Option<Day> {
        let file = self.inputs.bill.lines.files().iter().find(|file| file.path == path)?;
        let of_import = |action: &Action| match action {
            Action::Import { files, .. } => files.iter().any(|(_, sha256)| *sha256 == file.sha256),
            _ => false,
        };
        self.entries.iter().find(|entry| of_import(&entry.action)).map(|entry| entry.at.day())
    }

    /// Whether the file of the month is what would be written now, by content.
    fn not_written(&self) -> GateItem {
        let sheet = self.sheet();
        let missing = !sheet.is_empty() && self.written_digest().is_none_or(|last| last != self.output().csv.sha256);
        GateItem::new(
            NOT_WRITTEN,
            "not written since the last change",
            format!(
                "What is signed is what was written as {}, the profile of the book: write the file first (w).",
                self.config.settings.profile.name()
            ),
        )
        .counted(u64::from(missing), if missing { sheet.totals().0.amount() } else { Amount::ZERO })
    }

    /// The SHA-256 of the month's file as it was written last.
    pub(super) fn written_digest(&self) -> Option<&str> {
        self.entries.iter().rev().find_map(|entry| match &entry.action {
            Action::Export { profile, sha256, .. }
                if entry.month == Some(self.month) && profile == self.config.settings.profile.name() =>
            {
                Some(sha256.as_str())
            }
            _ => None,
        })
    }

    /// Months before this one whose draws, which this one goes on from, are out
    /// of date. A month without a row goes on from nothing.
    fn earlier_out_of_date(&self) -> Option<GateItem> {
        let months = self.out_of_date();
        let item = GateItem::new("out-of-date", "earlier months to be written again", months.join(" "));
        (!months.is_empty() && !self.sheet().is_empty()).then(|| item.counted(months.len() as u64, Amount::ZERO))
    }

    /// Months before this one that have data and are not signed: what they draw
    /// comes before what this one does.
    fn earlier_months(&self) -> Option<GateItem> {
        let months = super::months_of(&self.inputs.bill.lines);
        let open = months.into_iter().filter(|month| *month < self.month && self.versions.signed(*month).is_none());
        let open: Vec<String> = open.map(|month| month.to_string()).collect();
        let item = GateItem::new(
            "earlier-months",
            "earlier months that are not signed",
            format!(
                "{}: what they draw from subsidies and credit lots comes before this month. Sign them first, or be ready \
                 for corrections.",
                open.join(", ")
            ),
        );
        (!open.is_empty()).then(|| item.counted(open.len() as u64, Amount::ZERO).only_said())
    }

    fn linked_files(&self) -> Option<GateItem> {
        let linked = self.in_book.inputs.iter().filter(|input| input.linked);
        let paths: Vec<&str> = linked.map(|input| input.path.as_str()).collect();
        let item = GateItem::new(
            "linked-inputs",
            "inputs that are linked and not copied",
            format!(
                "The book keeps no copy of {}: they must stay where they are, or the month cannot be verified.",
                paths.join(", ")
            ),
        );
        (!paths.is_empty()).then(|| item.counted(paths.len() as u64, Amount::ZERO).only_said())
    }

    fn drifting(&self) -> Vec<GateItem> {
        let item = |drift: &crate::reconcile::Drift| {
            let share = drift.share.map_or("all".into(), Share::percent);
            let project = if drift.project.is_empty() { "no project" } else { &drift.project };
            // The model with its dated snapshots, and not its smaller kin.
            let filter = format!("outcome:matched model:{0},{0}-20* absdiff>0", drift.model);
            GateItem::new(
                "drift",
                format!("drift of {share}: {} in {project}", drift.model),
                "Every one of these items is within the tolerance; only their sum is not.",
            )
            .counted(u64::from(drift.items), drift.billed.minus(drift.recorded))
            .found(Behind::List(Screen::Matched), filter)
            .only_said()
        };
        self.compared.drift.iter().map(item).collect()
    }
}
