//! One item as the detail pane shows it: both sides field by field, the parts
//! of the difference, and where its lines stand.

use rustc_hash::FxHashSet;

use super::view::{ClassLine, Detail, FieldPair, Standing, VariancePart};
use super::{Desk, text};
use crate::amount::Amount;
use crate::calendar::Instant;
use crate::journal::Action;
use crate::reconcile::{self, Outcome};
use crate::usage::{Lines, SourceFile};

impl Desk {
    /// What the detail pane shows of an item.
    pub fn detail(&self, item: u32) -> Detail {
        let sides = self.sides();
        let items = &self.compared.items;
        let row = self.row(item);
        let (mut decision, mut stale) = (None, None);
        match &row.standing {
            Standing::Decided(taken) => decision = Some((*taken).clone()),
            Standing::Stale(taken) => stale = Some((*taken).clone()),
            Standing::Open | Standing::Settled => {}
        }
        let variance = reconcile::variance(&sides, &self.config.settings.rules, items, item);
        let difference = row.cells.difference;
        let judge = reconcile::Judge::new(&sides);
        Detail {
            item,
            outcome: row.cells.outcome,
            rung: items.rung(item),
            evidence: reconcile::evidence(&sides, items, item),
            explanation: self.with_rule(item, self.explanation(item)),
            fields: self.fields(item),
            variance: variance.iter().map(|p| VariancePart { cause: p.cause, amount: p.amount }).collect(),
            difference,
            classes: self.class_lines_of(&judge, item),
            class_parts: judge.class_parts(items, item),
            bill_origins: origins(sides.bill, items.bill_rows(item)),
            ledger_origins: origins(sides.ledger, items.ledger_rows(item)),
            carried: self.carried_view(item),
            payer: self.payer_sentence(item),
            payer_as_recorded: self.payer_as_recorded(item),
            files: self.files_behind(item),
            claim: self.claim_sentence(item),
            decision,
            stale,
            note: self.note(item).to_owned(),
            history: self.history(item),
        }
    }

    /// The kinds of token of every item that has any to put side by side, in
    /// the order of the items.
    pub fn class_lines(&self) -> Vec<(u32, Vec<ClassLine>)> {
        use rayon::prelude::*;
        let judge = reconcile::Judge::new(&self.sides());
        let of_item = |item: u32| (item, self.class_lines_of(&judge, item));
        let both = |(item, lines): &(u32, Vec<ClassLine>)| {
            !lines.is_empty() && self.compared.items.first_ledger_row(*item).is_some()
        };
        (0..self.items()).into_par_iter().map(of_item).filter(both).collect()
    }

    fn class_lines_of(&self, judge: &reconcile::Judge<'_>, item: u32) -> Vec<ClassLine> {
        let split = judge.classes(&self.compared.items, item);
        let line = |split: reconcile::ClassSplit| ClassLine {
            class: split.class.label(),
            billed: split.billed,
            billed_tokens: split.billed_tokens,
            recorded_tokens: split.recorded_tokens,
            derived: split.derived,
        };
        split.into_iter().map(line).collect()
    }

    fn fields(&self, item: u32) -> Vec<FieldPair> {
        let names = &self.inputs.names;
        let items = &self.compared.items;
        let sides = self.sides();
        let join = |texts: &mut dyn Iterator<Item = String>| {
            let (mut first, mut seen) = (Vec::new(), FxHashSet::default());
            for text in texts.filter(|text| !text.is_empty()) {
                if first.len() < 3 && !seen.contains(&text) {
                    first.push(text.clone());
                }
                seen.insert(text);
            }
            match seen.len() {
                0..=3 => first.join(", "),
                n => format!("{}, … {n} in all", first[..2].join(", ")),
            }
        };
        let both = |of: &dyn Fn(&Lines, u32) -> String| {
            (
                join(&mut items.bill_rows(item).map(|row| of(sides.bill, row))),
                join(&mut items.ledger_rows(item).map(|row| of(sides.ledger, row))),
            )
        };
        let tokens = |of: &dyn Fn(&Lines, u32) -> Option<i64>| {
            let total = |lines: &Lines, rows: Vec<u32>| {
                let counts = rows.iter().filter_map(|row| of(lines, *row));
                counts.reduce(i64::saturating_add).map(text::count).unwrap_or_default()
            };
            (total(sides.bill, items.bill_rows(item).collect()), total(sides.ledger, items.ledger_rows(item).collect()))
        };
        let quantity = |of: &dyn Fn(&Lines, u32) -> Option<crate::amount::Quantity>| {
            let total = |lines: &Lines, rows: Vec<u32>| {
                let found: Vec<_> = rows.iter().filter_map(|row| of(lines, *row)).collect();
                if found.is_empty() {
                    String::new()
                } else {
                    found.into_iter().sum::<crate::amount::Quantity>().to_string()
                }
            };
            (total(sides.bill, items.bill_rows(item).collect()), total(sides.ledger, items.ledger_rows(item).collect()))
        };
        let money = |amount: Option<Amount>| amount.map(|a| a.to_string()).unwrap_or_default();
        let count = |n: usize| if n == 0 { String::new() } else { n.to_string() };
        let billed = reconcile::billed(&sides, items, item);
        let recorded = reconcile::recorded(&sides, items, item);
        let pairs = [
            ("lines", (count(items.bill_rows(item).count()), count(entries(sides.ledger, items.ledger_rows(item))))),
            ("id", both(&|l, r| l.id(r).to_owned())),
            ("time", both(&|l, r| l.at(r).map(|at| time(l, r, at)).unwrap_or_default())),
            ("model", both(&|l, r| names.text(l.model(r)).to_owned())),
            ("type", both(&|l, r| names.text(l.action(r)).to_owned())),
            ("user", both(&|l, r| names.text(l.user(r)).to_owned())),
            ("project", both(&|l, r| names.text(l.project(r)).to_owned())),
            ("key", both(&|l, r| names.text(l.api_key(r)).to_owned())),
            ("input", tokens(&|l, r| l.input(r))),
            ("cached", tokens(&|l, r| l.cached(r))),
            ("output", tokens(&|l, r| l.output(r))),
            ("tokens", tokens(&|l, r| l.total(r))),
            ("quantity", quantity(&|l, r| l.quantity(r))),
            ("credits", quantity(&|l, r| l.credits(r))),
            ("amount", (money(billed), money(recorded))),
            (
                "stated",
                (
                    String::new(),
                    self.stated_unlike_taken(item).or_else(|| self.stated_with_margin(item)).unwrap_or_default(),
                ),
            ),
            (
                "amount",
                both(&|l, r| l.foreign(r).map(|a| text::foreign(a, names.text(l.currency(r)))).unwrap_or_default()),
            ),
        ];
        let one_sided =
            matches!(items.outcome(item), Outcome::MissingInBill | Outcome::MissingInLedger | Outcome::NotApplicable);
        pairs
            .into_iter()
            .filter(|(_, (bill, ledger))| !bill.is_empty() || !ledger.is_empty())
            .map(|(label, (bill, ledger))| {
                let differs =
                    !one_sided && !bill.is_empty() && !ledger.is_empty() && self.differs(label, &bill, &ledger);
                FieldPair { label, bill, ledger, differs }
            })
            .collect()
    }

    /// Whether a field that both sides have says something else on each. Names
    /// that mean the same model, and fields that are not compared, do not.
    fn differs(&self, label: &str, bill: &str, ledger: &str) -> bool {
        match label {
            "model" => {
                let models = &self.config.prices.models;
                models.canonical(bill) != models.canonical(ledger)
            }
            "input" | "cached" | "output" | "tokens" | "credits" | "quantity" | "amount" | "lines" => bill != ledger,
            _ => false,
        }
    }

    /// The files that an item's lines stand in, each once: the end of the way
    /// from a figure to what was downloaded.
    fn files_behind(&self, item: u32) -> Vec<String> {
        let (sides, items) = (self.sides(), &self.compared.items);
        let mut files: Vec<(&str, &SourceFile)> = Vec::new();
        let bill = items.bill_rows(item).map(|row| ("bill", sides.bill.source(row)));
        let ledger = items.ledger_rows(item).map(|row| ("ledger", sides.ledger.source(row)));
        for (side, file) in bill.chain(ledger) {
            if !files.iter().any(|(_, known)| known.path == file.path) {
                files.push((side, file));
            }
        }
        files.iter().map(|(side, file)| self.file_text(side, file)).collect()
    }

    fn file_text(&self, side: &str, file: &SourceFile) -> String {
        let name = file.path.file_name().map_or_else(|| file.path.to_string_lossy(), |name| name.to_string_lossy());
        let mut text = format!("{name} ({side}): read as {}", file.format);
        let taken_in = self.entries.iter().find(|entry| match &entry.action {
            Action::Import { files, .. } => files.iter().any(|(_, sha256)| *sha256 == file.sha256),
            _ => false,
        });
        if let Some(entry) = taken_in {
            text.push_str(&format!(", taken into the book by entry {} of the journal", entry.seq));
        }
        if !file.sha256.is_empty() {
            text.push_str(&format!(", SHA-256 {}", file.sha256));
        }
        text + "."
    }
}

/// How many entries some lines are.
fn entries(lines: &Lines, rows: impl Iterator<Item = u32>) -> usize {
    rows.map(|row| lines.entries(row) as usize).sum()
}

/// Of a bundle only the day is known.
fn time(lines: &Lines, row: u32, at: Instant) -> String {
    match lines.bundle(row) {
        Some(_) => at.day().to_string(),
        None => text::time(lines.shape(row), at),
    }
}

/// Where lines stand; of very many the first ones and how many more there are.
fn origins(lines: &Lines, rows: impl ExactSizeIterator<Item = u32>) -> Vec<String> {
    const SHOWN: usize = 100;
    let more = rows.len().saturating_sub(SHOWN);
    let mut texts: Vec<String> = rows.take(SHOWN).map(|row| lines.origin_text(row)).collect();
    if more > 0 {
        texts.push(format!("and {} more", text::count(more as i64)));
    }
    texts
}
