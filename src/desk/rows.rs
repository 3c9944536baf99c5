//! One item as a table and the detail pane show it.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use super::payers::Lacking;
use super::rules::Ready;
use super::standing::Code;
use super::view::{Badge, ClassLine, Detail, FieldPair, ItemCells, ItemRow, Standing, VariancePart};
use super::{Desk, text};
use crate::amount::Amount;
use crate::calendar::Instant;
use crate::journal::{Action, Decision};
use crate::price::{NoPrice, Values, Worth, price_of};
use crate::reconcile::{self, Outcome, Rung, What};
use crate::review;
use crate::usage::{Lines, Shape, SourceFile, Sym};

impl Desk {
    /// What a table shows of an item.
    pub fn row(&self, item: u32) -> ItemRow<'_> {
        let items = &self.compared.items;
        let (lines, first) = self.lead(item);
        let cells = self.cells(item);
        ItemRow {
            item,
            outcome: cells.outcome,
            cause: cells.cause,
            at: match items.dims(item) {
                Some(dims) if dims.period.seconds().is_none() => lines.day(first).map(Instant::start_of),
                Some(_) => reconcile::group_of(&self.sides(), items, item).and_then(|group| group.at),
                None => lines.at(first),
            },
            id: lines.id(first).into(),
            what: cells.what,
            user: cells.user,
            project: cells.project,
            billed_tokens: cells.billed_tokens,
            recorded_tokens: cells.recorded_tokens,
            billed: cells.billed,
            recorded: cells.recorded,
            difference: cells.difference,
            standing: self.standing(item),
            badges: self.badges(item, None),
            carried_days: self.carried_days(item),
            lines: (items.bill_rows(item).len(), items.ledger_rows(item).len()),
        }
    }

    /// What follows from the lines alone, without decisions and badges.
    pub fn cells(&self, item: u32) -> ItemCells<'_> {
        let sides = self.sides();
        let items = &self.compared.items;
        let names = &self.inputs.names;
        let billed = reconcile::billed(&sides, items, item);
        let recorded = reconcile::recorded(&sides, items, item);
        let compared = items.outcome(item) != Outcome::NotApplicable;
        ItemCells {
            outcome: items.outcome(item),
            cause: items.cause(item),
            what: names.text(self.what_of(item)),
            user: names.text(self.user_of(item)),
            project: self.project_text(item),
            billed_tokens: sum_tokens(&self.inputs.bill.lines, items.bill_rows(item)),
            recorded_tokens: sum_tokens(&self.inputs.ledger.lines, items.ledger_rows(item)),
            billed,
            recorded,
            difference: compared.then(|| billed.unwrap_or_default().minus(recorded.unwrap_or_default())),
        }
    }

    /// The line that gives an item its time and names: the first of the bill,
    /// else of the ledger.
    pub(super) fn lead(&self, item: u32) -> (&Lines, u32) {
        let items = &self.compared.items;
        match items.bill_rows(item).next() {
            Some(row) => (&self.inputs.bill.lines, row),
            None => (self.sides().ledger, items.ledger_rows(item).next().unwrap_or(0)),
        }
    }

    /// What was used, as a table names it. Lines of a whole day that are not
    /// compared by their models have no one name, unless there is only one.
    pub(super) fn what_of(&self, item: u32) -> Sym {
        let items = &self.compared.items;
        let (lines, first) = self.lead(item);
        match items.dims(item).map(|dims| dims.what) {
            _ if items.bill_rows(item).len() + items.ledger_rows(item).len() == 1 => lines.what(first),
            Some(What::All) => Sym::NONE,
            Some(What::Model | What::ModelAndClass) => lines.model(first),
            Some(What::UsageType) | None => lines.what(first),
        }
    }

    /// What an item is known by outside the program: the request id, or day,
    /// user and usage type, or what its lines have in common, or else its
    /// identity.
    pub fn item_id(&self, item: u32) -> Cow<'_, str> {
        let (lines, first) = self.lead(item);
        if let Some(group) = reconcile::group_of(&self.sides(), &self.compared.items, item) {
            return group.name().into();
        }
        match lines.shape(first) {
            Shape::Request if lines.has_id(first) => lines.id(first).into(),
            Shape::Request | Shape::Cost | Shape::Usage => {
                reconcile::identity(&self.sides(), &self.compared.items, item).to_string().into()
            }
            Shape::Credits => {
                let names = &self.inputs.names;
                let day = lines.day(first).map(|d| d.to_string()).unwrap_or_default();
                format!("{day}/{}/{}", names.text(lines.user(first)), names.text(lines.action(first))).into()
            }
        }
    }

    /// The same, for who writes those of a million items and keeps none.
    pub fn with_item_id<T>(&self, item: u32, take: impl FnOnce(&str) -> T) -> T {
        let (lines, first) = self.lead(item);
        let of_request = lines.shape(first) == Shape::Request && lines.has_id(first);
        if of_request && reconcile::group_of(&self.sides(), &self.compared.items, item).is_none() {
            return take(&lines.id(first));
        }
        take(&self.item_id(item))
    }

    pub(super) fn user_of(&self, item: u32) -> crate::usage::Sym {
        let items = &self.compared.items;
        let bill = items.bill_rows(item).map(|row| self.inputs.bill.lines.user(row));
        let ledger = items.ledger_rows(item).map(|row| self.sides().ledger.user(row));
        bill.chain(ledger).find(|user| !user.is_none()).unwrap_or_default()
    }

    pub(super) fn standing(&self, item: u32) -> Standing<'_> {
        match self.standing[item as usize] {
            Code::Open => Standing::Open,
            Code::Settled => Standing::Settled,
            Code::Decided(_) | Code::Stale => {
                match self.state.settled(&reconcile::key(&self.sides(), &self.compared.items, item)) {
                    review::Standing::InForce(settled) => Standing::Decided(settled.decision),
                    review::Standing::Stale(settled) => Standing::Stale(settled.decision),
                    review::Standing::Open => Standing::Open,
                }
            }
        }
    }

    /// Its own badges, and whether a rule suggests something for it; `ready`
    /// makes that a look-up for very many items.
    pub(super) fn badges(&self, item: u32, ready: Option<&Ready<'_>>) -> Vec<Badge> {
        let mut badges = self.own_badges(item);
        if self.suggestion(item, ready).is_some() {
            badges.push(Badge::Suggested);
        }
        badges
    }

    /// The badges that follow from the item itself.
    pub(super) fn own_badges(&self, item: u32) -> Vec<Badge> {
        let sides = self.sides();
        let items = &self.compared.items;
        let mut badges = Vec::new();
        if let Some(lacking) = self.lacking(item) {
            badges.push(match lacking {
                Lacking::OneProject => Badge::TwoProjects,
                Lacking::OpenFund => Badge::ClosedFund,
                Lacking::Project => Badge::Unassigned,
            });
        }
        let worth = |row| sides.bill_values.worth(sides.bill, row);
        if items.bill_rows(item).any(|row| worth(row).amount().is_some_and(Amount::is_negative)) {
            badges.push(Badge::Refund);
        }
        if items.bill_rows(item).any(|row| matches!(worth(row), Worth::Lot { overdrawn: true, .. })) {
            badges.push(Badge::Overdrawn);
        }
        let (lines, first) = self.lead(item);
        if lines.shape(first) == Shape::Request
            && !lines.model(first).is_none()
            && items.outcome(item) != Outcome::Unpriced
            && !self.compared.known_models.get(lines.model(first).0 as usize).copied().unwrap_or(false)
        {
            badges.push(Badge::UnknownModel);
        }
        if self.has_odd_fund(item) {
            badges.push(Badge::OddFund);
        }
        if !self.note(item).is_empty() {
            badges.push(Badge::Note);
        }
        if let Some(carried) = self.carried_item(item) {
            badges.push(if carried.cleared.is_some() { Badge::Cleared } else { Badge::Carried });
        }
        badges
    }

    /// The note on an item, or empty.
    pub fn note(&self, item: u32) -> &str {
        if !self.touched.noted {
            return "";
        }
        self.state.note(reconcile::identity(&self.sides(), &self.compared.items, item)).unwrap_or("")
    }

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
        let difference = row.difference;
        let judge = reconcile::Judge::new(&sides);
        Detail {
            item,
            outcome: row.outcome,
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
            claim: self.claim(item).cloned(),
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
                let counts: Vec<i64> = rows.iter().filter_map(|row| of(lines, *row)).collect();
                if counts.is_empty() { String::new() } else { text::count(counts.iter().sum::<i64>()) }
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

    fn explanation(&self, item: u32) -> String {
        let items = &self.compared.items;
        let rules = &self.config.settings.rules;
        let sides = self.sides();
        let rung = match items.rung(item) {
            Rung::Id => "Compared by the same request id.",
            Rung::Key => "Compared by day, user and usage type.",
            Rung::Unique => {
                "Compared as the only pair with this model and these tokens at this time; one side has no request id."
            }
            Rung::Sole => {
                "Proven a pair: the only request of its minute or hour on both sides, of the same key and model, and with the same tokens."
            }
            Rung::Sum => {
                "The bill line is the sum of these requests, in tokens and amount, to the last digit; they are all that was left of its key, model and time."
            }
            Rung::Group => "Compared as the sums of all lines that belong together.",
            Rung::Hand => "Joined by hand.",
            Rung::Carried => "",
            Rung::None => "",
        };
        let difference = self.row_difference(item);
        let found = match items.outcome(item) {
            Outcome::Matched if difference.is_zero() => "Both sides agree.".to_owned(),
            Outcome::Matched => format!(
                "They differ by {}, within the tolerance of ${} or {}.",
                text::money(difference),
                rules.absolute,
                rules.relative.percent()
            ),
            Outcome::Discrepancy => format!(
                "They differ by {}: {}.",
                text::money(difference),
                items.cause(item).label()
            ),
            Outcome::MissingInLedger => "The provider billed it; nothing like it was recorded.".to_owned(),
            Outcome::MissingInBill => "It was recorded; the bill has nothing like it.".to_owned(),
            Outcome::Ambiguous => {
                "Several lines fit each other equally well, so none was chosen. Match them by hand to compare them as one group, or decide on them as they are.".to_owned()
            }
            Outcome::Duplicate => format!(
                "The same id stands {} on the bill and {} in the ledger.",
                text::times(items.bill_rows(item).count()),
                text::times(items.ledger_rows(item).count())
            ),
            Outcome::Unpriced if self.foreign_text(item).is_some() => format!(
                "Its amount is {}, and this book is in {}: nothing is converted, so it is compared with nothing and is in no sum.",
                self.foreign_text(item).unwrap_or_default(),
                self.currency()
            ),
            Outcome::Unpriced => {
                let needs = "It needs a price and the price book has none for it. That is not zero: enter a rate or a credit pool (e).";
                match self.no_price(item) {
                    Some(why) if why != NoPrice::Model => format!("{needs} One of its lines: {}.", why.reason()),
                    _ => needs.to_owned(),
                }
            }
            Outcome::NotApplicable => match reconcile::not_applicable_reason(&sides, items, item) {
                Some("no ledger") | None if items.bill_rows(item).next().is_some() => {
                    "Not compared: there is no ledger for it.".to_owned()
                }
                Some(reason) => format!("Not compared: {reason}."),
                None => "Not compared: it has neither tokens nor an amount.".to_owned(),
            },
        };
        [rung, &found].iter().filter(|t| !t.is_empty()).copied().collect::<Vec<_>>().join(" ")
    }

    /// The amount of an item that is a line in another currency than the
    /// book's, with that currency.
    pub fn foreign_text(&self, item: u32) -> Option<String> {
        let (lines, first) = self.lead(item);
        let currency = self.inputs.names.text(lines.currency(first));
        lines.foreign(first).map(|amount| text::foreign(amount, currency))
    }

    /// The currency of the book.
    pub fn currency(&self) -> &str {
        self.config.prices.currency_or_default()
    }

    /// Why the first line of tokens without a price has none.
    fn no_price(&self, item: u32) -> Option<NoPrice> {
        let (sides, items) = (self.sides(), &self.compared.items);
        let unpriced = |lines: &Lines, values: &Values, row: u32| {
            lines.shape(row) != Shape::Credits && values.worth(lines, row) == Worth::Unpriced
        };
        let bill = items.bill_rows(item).find(|row| unpriced(sides.bill, sides.bill_values, *row));
        let (lines, row) = match bill {
            Some(row) => (sides.bill, row),
            None => {
                let row = items.ledger_rows(item).find(|row| unpriced(sides.ledger, sides.ledger_values, *row))?;
                (sides.ledger, row)
            }
        };
        price_of(sides.names, &sides.prices.for_names(sides.names), lines, row).err()
    }

    fn row_difference(&self, item: u32) -> Amount {
        let sides = self.sides();
        let items = &self.compared.items;
        let billed = reconcile::billed(&sides, items, item).unwrap_or_default();
        billed.minus(reconcile::recorded(&sides, items, item).unwrap_or_default())
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

    /// The item's own entries of the journal, oldest first, with those that
    /// took them back or put them into force again.
    fn history(&self, item: u32) -> Vec<String> {
        let identity = reconcile::identity(&self.sides(), &self.compared.items, item);
        let mut own = FxHashSet::default();
        self.entries
            .iter()
            .filter(|entry| match entry.action {
                Action::Undo { seq } | Action::Redo { seq } => own.contains(&seq),
                _ => {
                    let about = entry.action.items().iter().any(|key| key.identity == identity);
                    if about {
                        own.insert(entry.seq);
                    }
                    about
                }
            })
            .map(|entry| {
                let (what, in_force) = self.entry_text(entry);
                let undone = if in_force { "" } else { " (undone)" };
                format!("{} {}: {what}{undone} (entry {})", text::minute(entry.at), entry.who, entry.seq)
            })
            .collect()
    }

    /// An entry in one line, and whether it is in force (not undone).
    pub fn entry_text(&self, entry: &crate::journal::Entry) -> (String, bool) {
        let items = |n: usize| if n == 1 { "1 item".to_owned() } else { format!("{} items", text::count(n as i64)) };
        let what = match &entry.action {
            Action::Decide { items: keys, decision: Some(decision), rule } => {
                let by = rule.as_ref().map(|rule| format!(", by {rule}")).unwrap_or_default();
                format!("{} {}{}{by}", decision.verdict.name(), items(keys.len()), decision_tail(decision))
            }
            Action::Decide { items: keys, decision: None, .. } => format!("open {} again", items(keys.len())),
            Action::Note { items: keys, text: note } => {
                format!("note on {}: {}", items(keys.len()), text::one_line(note))
            }
            Action::Assign { items: keys, project: Some(project) } => {
                format!("{} paid by {project}", items(keys.len()))
            }
            Action::Assign { items: keys, project: None } => format!("{} without a named payer", items(keys.len())),
            Action::Claim { items: keys, claim: Some(claim) } => format!("dispute of {}: {claim}", items(keys.len())),
            Action::Claim { items: keys, claim: None } => format!("no claim for {} any more", items(keys.len())),
            Action::Enter { entered, removed: false } => entered.to_string(),
            Action::Enter { entered, .. } => format!("taken off: {entered}"),
            Action::Match { bill, ledger, carried: Some(_) } => {
                let (bill, ledger) = (bill.len(), ledger.len());
                format!("match by hand an item carried in with {bill} bill lines and {ledger} ledger entries")
            }
            Action::Match { bill, ledger, carried: None } => {
                format!("match by hand {} bill lines and {} ledger entries", bill.len(), ledger.len())
            }
            Action::ExcludeBadRows { rows, reason } if rows.len() == 1 => format!("exclude 1 bad row: {reason}"),
            Action::ExcludeBadRows { rows, reason } => format!("exclude {} bad rows: {reason}", rows.len()),
            Action::Assume { assumption, dropped: false, .. } => format!("take for granted: {assumption}"),
            Action::Assume { assumption, .. } => format!("no longer take for granted: {assumption}"),
            Action::EditFile { file, summary, .. } => format!("{}: {summary}", file.name()),
            Action::OutsideEdit { file, .. } => format!("{} was changed by another program", file.name()),
            Action::Import { side, files, .. } => {
                let name = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
                let names: Vec<String> = files.iter().map(|(path, _)| name(path)).collect();
                format!("import {side}: {}", names.join(", "))
            }
            Action::RemoveInput { side, file, why, .. } => {
                let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
                format!("take out {side}: {name}: {}", text::one_line(why))
            }
            Action::Export { file, rows, total, .. } => format!("write {file}: {rows} rows, ${total}"),
            Action::Apply { ledger, sha256, .. } if !sha256.is_empty() => {
                format!("write verdicts into the new file {ledger}")
            }
            Action::Apply { ledger, rows, .. } => {
                format!("write verdicts to {ledger}: {}", text::counted(*rows, "row"))
            }
            Action::Revert { ledger, rows: 0, .. } => format!("take verdicts out of {ledger}"),
            Action::Revert { ledger, rows, .. } => {
                format!("take verdicts out of {ledger}: {}", text::counted(*rows, "row"))
            }
            Action::Prepare { .. } => "prepare the month to be signed".to_owned(),
            Action::Sign { version, total, .. } => format!("sign version {version}: ${total}"),
            Action::ReopenMonth { version, why } => format!("begin version {version}: {why}"),
            Action::Undo { seq } => format!("undo {}", self.seq_text(*seq)),
            Action::Redo { seq } => format!("redo {}", self.seq_text(*seq)),
        };
        (what, !matches!(self.entry_state(entry), super::EntryState::Undone(_)))
    }

    fn seq_text(&self, seq: u64) -> String {
        self.entries.iter().find(|e| e.seq == seq).map_or_else(|| format!("entry {seq}"), |e| self.entry_text(e).0)
    }
}

/// Where lines stand; of very many the first ones and how many more there are.
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

fn origins(lines: &Lines, rows: impl ExactSizeIterator<Item = u32>) -> Vec<String> {
    const SHOWN: usize = 100;
    let more = rows.len().saturating_sub(SHOWN);
    let mut texts: Vec<String> = rows.take(SHOWN).map(|row| lines.origin_text(row)).collect();
    if more > 0 {
        texts.push(format!("and {} more", text::count(more as i64)));
    }
    texts
}

fn decision_tail(decision: &Decision) -> String {
    let mut tail = String::new();
    if !decision.reason.is_empty() {
        tail.push_str(&format!(" ({})", decision.reason));
    }
    if !decision.note.is_empty() {
        tail.push_str(&format!(": {}", text::one_line(&decision.note)));
    }
    tail
}

pub(super) fn sum_tokens(lines: &Lines, rows: impl Iterator<Item = u32>) -> Option<i64> {
    rows.filter_map(|row| lines.total(row)).reduce(i64::saturating_add)
}
