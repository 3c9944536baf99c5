//! What a command would do, worked out without doing it.

use std::sync::Arc;

use super::command::{Change, Command, Preview, Refusal};
use super::compared::ItemPayer;
use super::payers::Lacking;
use super::standing::Code;
use super::weigh::{Weighed, titled};
use super::{Desk, text};
use crate::amount::{Amount, PerMillion, Quantity};
use crate::book::Config;
use crate::calendar::Day;
use crate::journal::{Action, ConfigFile, Decision, Verdict};
use crate::price::{Lot, LotKey, PriceEdit, edit as edit_prices};
use crate::reconcile::{self, Family, Outcome};
use crate::usage::Shape;

impl Desk {
    /// What a command would do. Pure; for a price change it reconciles again
    /// and may take long on millions of rows.
    ///
    /// # Errors
    /// [`Refusal`] with a sentence when it is not allowed or would do nothing.
    pub fn plan(&self, command: &Command) -> Result<Change, Refusal> {
        self.refuse_if_signed(command)?;
        match command {
            Command::Decide { items, decision } => self.plan_decide(command, items, decision, false),
            Command::DecideOpen { items, decision } => self.plan_decide_open(command, items, decision),
            Command::ApproveMatched => {
                let items = self.open_matched();
                if items.is_empty() {
                    return Err(self.no_matched());
                }
                let decision = Decision { verdict: Verdict::ApproveBilled, reason: String::new(), note: String::new() };
                let mut change = self.plan_decide(command, &items, &decision, true)?;
                let count = change.preview.items;
                let all = if count == 1 { "" } else { "all " };
                change.preview.title =
                    format!("Approve {all}{} as billed", text::counted(count as u64, "matched item"));
                change.asks = true;
                Ok(change)
            }
            Command::Reopen { items } => self.plan_reopen(command, items),
            Command::Note { items, text } => {
                let keys = self.keys(self.some(items)?);
                let title = if text.is_empty() { "Take the note off" } else { "Put a note on" };
                let preview = Preview {
                    title: format!("{title} {}", text::items(keys.len())),
                    items: keys.len(),
                    ..Preview::default()
                };
                Ok(self.change(command, preview, Action::Note { items: keys, text: text.clone() }, items.len() > 1))
            }
            Command::Claim { items, claim } => self.plan_claim(command, items, claim.as_ref()),
            Command::Enter { entered, removed } => self.plan_enter(command, entered, *removed),
            Command::Correct { of } => self.plan_correct(command, *of),
            Command::DropCorrections { of } => self.plan_drop_corrections(command, *of),
            Command::Assign { items, project } => self.plan_assign(command, items, project),
            Command::AddUser { item, project } => self.plan_add_user(command, *item, project),
            Command::Match { items } => self.plan_match(command, items),
            Command::ExcludeBadRows { rows, reason } => self.plan_exclude(command, rows, reason),
            Command::SetRate { model, effective, input, cached, output } => {
                let rate = |label: &str, text: &str| {
                    Amount::parse(text)
                        .and_then(PerMillion::new)
                        .map_err(|e| Refusal(format!("The {label} price “{text}” {e}.")))
                };
                let edit = PriceEdit::SetRate {
                    model: non_empty("A model", model)?,
                    effective: day(effective)?,
                    input: rate("input", input)?,
                    cached_input: if cached.trim().is_empty() { None } else { Some(rate("cached input", cached)?) },
                    output: rate("output", output)?,
                };
                let since = if effective.is_empty() { "always".to_owned() } else { format!("from {effective}") };
                self.plan_prices(
                    command,
                    &edit,
                    format!("{model} at {input} / {cached} / {output} per million {since}"),
                )
            }
            Command::SetLot { name, effective, credits, amount } => {
                let wrong = |label: &str, text: &str, e| Refusal(format!("The {label} “{text}” {e}."));
                let (name, effective) = (non_empty("A pool", name)?, day(effective)?);
                let same = |lot: &&Lot| lot.name == name && lot.effective == effective;
                let lot = self.config.prices.lots.iter().find(same);
                let edit = PriceEdit::SetLot {
                    lot: lot.map(|lot| LotKey { name: lot.name.clone(), effective: lot.effective }),
                    name: name.clone(),
                    effective,
                    credits: Quantity::parse(credits).map_err(|e| wrong("number of credits", credits, e))?,
                    amount: Amount::parse(amount).map_err(|e| wrong("amount", amount, e))?,
                };
                self.plan_prices(command, &edit, format!("{name}: {credits} credits for {amount}"))
            }
            Command::SetCap { rule, amount, from, retroactive } => {
                self.plan_set_cap(command, [rule, amount, from], *retroactive)
            }
            Command::SetTerms { rule, figures } => self.plan_set_terms(command, rule, figures),
            Command::SetTolerance { absolute, relative } => {
                let before = self.config.texts.get(&ConfigFile::Settings).cloned().unwrap_or_default();
                let after = crate::book::set_tolerance(&before, *absolute, *relative).map_err(Refusal)?;
                let summary = format!("tolerance ${absolute} or {}", relative.percent());
                self.plan_edit(command, ConfigFile::Settings, before, after, summary)
            }
            Command::SetProfile { profile } => self.plan_profile(command, *profile),
            Command::SaveFilter { name, filter } => self.plan_save_filter(command, name, filter),
            Command::SaveRule(draft) => self.plan_save_rule(command, draft),
            Command::RemoveRule { name } => self.plan_remove_rule(command, name),
            Command::ApplyRules => self.plan_apply_rules(command),
            Command::SetGrain { finest } => self.plan_grain(command, *finest),
            Command::Adopt(proposal) => self.plan_adopt(command, proposal),
            Command::Drop(assumption) => self.plan_drop(command, assumption),
            Command::Undo => self.plan_undo(command, true),
            Command::Redo => self.plan_undo(command, false),
            Command::Reverse { entry } => self.plan_reverse(command, *entry),
            Command::Prepare => self.plan_prepare(command),
            Command::Sign => self.plan_sign(command),
            Command::ReopenMonth { why } => self.plan_reopen_month(command, why),
            Command::Export { target } => self.plan_export(command, target.as_deref()),
        }
    }

    fn open_matched(&self) -> Vec<u32> {
        (0..self.items())
            .filter(|item| self.compared.items.outcome(*item) == Outcome::Matched && self.is_open(*item))
            .collect()
    }

    /// Why no matched item can be approved. Without a ledger nothing is ever
    /// matched, and what is to be approved stands on the same list.
    fn no_matched(&self) -> Refusal {
        let alone = |item: &u32| self.compared.items.outcome(*item) == Outcome::NotApplicable && self.is_open(*item);
        let sentence = match (0..self.items()).filter(alone).count() {
            0 => "No item that matched is open.".to_owned(),
            count => format!(
                "No item that matched is open. {} not compared with anything, since the other side has nothing of \
                 the kind: mark all of them and approve them as billed.",
                if count == 1 {
                    "1 open item was".to_owned()
                } else {
                    format!("{} were", text::counted(count as u64, "open item"))
                }
            ),
        };
        Refusal(sentence)
    }

    /// The items, each once, in order.
    pub(super) fn some(&self, items: &[u32]) -> Result<Vec<u32>, Refusal> {
        let mut items: Vec<u32> = items.iter().copied().filter(|item| *item < self.items()).collect();
        items.sort_unstable();
        items.dedup();
        if items.is_empty() { Err(Refusal("There is no item to act on.".into())) } else { Ok(items) }
    }

    pub(super) fn keys(&self, items: Vec<u32>) -> Vec<crate::journal::ItemKey> {
        use rayon::prelude::*;
        let sides = self.sides();
        items.par_iter().map(|item| reconcile::key(&sides, &self.compared.items, *item)).collect()
    }

    pub(super) fn change(&self, command: &Command, preview: Preview, action: Action, asks: bool) -> Change {
        Change { command: command.clone(), preview, actions: vec![action], asks, next: None, version: self.version }
    }

    /// A change whose journal entry names files, which the book writes first.
    pub(super) fn change_of_files(&self, command: &Command, preview: Preview) -> Change {
        let (command, actions) = (command.clone(), Vec::new());
        Change { command, preview, actions, asks: true, next: None, version: self.version }
    }

    /// Why an item cannot take a verdict, as a reason to leave it out.
    pub(super) fn left_out(&self, item: u32, verdict: Verdict) -> Option<&'static str> {
        if self.standing[item as usize] == Code::Settled {
            return Some("nothing to decide: not part of the bill");
        }
        if !verdict.approves() {
            return None;
        }
        let sides = self.sides();
        let items = &self.compared.items;
        let on_bill = items.bill_rows(item).next().is_some();
        let foreign = |lines: &crate::usage::Lines, row: u32| lines.foreign(row).is_some();
        if items.bill_rows(item).any(|row| foreign(sides.bill, row))
            || items.ledger_rows(item).any(|row| foreign(sides.ledger, row))
        {
            return Some(
                "its amount is in another currency, and nothing is converted: defer, dispute, exclude or write it off",
            );
        }
        if self.lacks_payer(item) {
            return Some(match self.lacking(item) {
                Some(Lacking::OpenFund) => "the project's fund is closed on that day: name another one first",
                _ => "no project pays: name one first",
            });
        }
        if self.has_odd_fund(item) {
            return Some("its fund is not of the form that config.toml asks for");
        }
        let recorded = reconcile::recorded(&sides, items, item);
        let value = if on_bill && verdict == Verdict::ApproveBilled {
            reconcile::billed(&sides, items, item)
        } else {
            recorded
        };
        if verdict == Verdict::ApproveRecorded && items.ledger_rows(item).next().is_none() {
            return Some("nothing was recorded");
        }
        let unpriced = on_bill
            && verdict == Verdict::ApproveBilled
            && items.bill_rows(item).any(|row| sides.bill_values.amount(sides.bill, row).is_none());
        (value.is_none() || unpriced).then_some("it has no amount: enter a price first")
    }

    /// `asks`: even one item is shown before it is settled.
    pub(super) fn plan_decide(
        &self,
        command: &Command,
        items: &[u32],
        decision: &Decision,
        asks: bool,
    ) -> Result<Change, Refusal> {
        let items = self.some(items).map_err(|_| Refusal("There is no open item to decide.".into()))?;
        self.config.settings.policy.check(decision).map_err(Refusal)?;
        let bulk = asks || items.len() > 1;
        let Weighed { taken, amount, left_out } = self.weigh(items, decision.verdict);
        if taken.is_empty() {
            let why: Vec<&str> = left_out.keys().copied().collect();
            let mut sentence = why.join("; ");
            if let Some(first) = sentence.get_mut(0..1) {
                first.make_ascii_uppercase();
            }
            return Err(Refusal(format!("{sentence}.")));
        }
        let verdict = decision.verdict;
        let mut preview = Preview {
            title: titled(verdict, taken.len()),
            items: taken.len(),
            amount,
            left_out: left_out.into_iter().map(|(why, n)| (why.to_owned(), n)).collect(),
            ..Preview::default()
        };
        if bulk && !decision.reason.is_empty() {
            preview.remarks.push(format!("Reason: {}.", decision.reason));
        }
        preview.remarks.extend(self.replaced(&taken));
        if bulk {
            let mut standing = self.standing.as_ref().clone();
            for item in &taken {
                standing[*item as usize] = Code::Decided(verdict);
            }
            self.add_payers(&mut preview, &self.with_standing(standing));
        }
        let reversed = self.reversed(&taken, Some(verdict));
        let action = Action::Decide { items: self.keys(taken), decision: Some(decision.clone()), rule: None };
        self.demoting(self.change(command, preview, action, bulk), &reversed)
    }

    /// What decisions on these items a new one replaces, by verdict.
    fn replaced(&self, items: &[u32]) -> Option<String> {
        let decided = |verdict: Verdict| {
            items.iter().filter(|item| self.standing[**item as usize] == Code::Decided(verdict)).count()
        };
        let by_verdict: Vec<(Verdict, usize)> = Verdict::ALL
            .into_iter()
            .map(|verdict| (verdict, decided(verdict)))
            .filter(|(_, count)| *count > 0)
            .collect();
        let settled: usize = by_verdict.iter().map(|(_, count)| count).sum();
        let each: Vec<String> = by_verdict
            .iter()
            .map(|(verdict, count)| format!("{} {}", text::count(*count as i64), verdict.done()))
            .collect();
        let were = if settled == 1 {
            "1 item of them was".to_owned()
        } else {
            format!("{} of them were", text::items(settled))
        };
        (settled > 0)
            .then(|| format!("{were} settled before ({}); the new decision replaces the old.", each.join(", ")))
    }

    fn plan_reopen(&self, command: &Command, items: &[u32]) -> Result<Change, Refusal> {
        let items = self.some(items)?;
        let bulk = items.len() > 1;
        let settled: Vec<u32> = items
            .into_iter()
            .filter(|i| matches!(self.standing[*i as usize], Code::Decided(_) | Code::Stale))
            .collect();
        if settled.is_empty() {
            return Err(Refusal("Nothing here is settled, so nothing can be opened again.".into()));
        }
        let preview = Preview {
            title: format!("Open {} again", text::items(settled.len())),
            items: settled.len(),
            ..Preview::default()
        };
        let reversed = self.reversed(&settled, None);
        let action = Action::Decide { items: self.keys(settled), decision: None, rule: None };
        self.demoting(self.change(command, preview, action, bulk), &reversed)
    }

    fn plan_assign(&self, command: &Command, items: &[u32], project: &str) -> Result<Change, Refusal> {
        let Some(number) = self.config.projects.find(project) else {
            return Err(Refusal(format!("projects.json has no project “{project}”.")));
        };
        let items = self.some(items)?;
        let bulk = items.len() > 1;
        let (taken, rest): (Vec<u32>, Vec<u32>) = items.into_iter().partition(|item| {
            use ItemPayer::{Claimed, Closed, Split, Unknown};
            matches!(self.compared.payers[*item as usize], Unknown | Claimed | Closed(_) | Split)
        });
        if taken.is_empty() {
            return Err(Refusal("projects.json already says who pays; change it there.".into()));
        }
        let (closed, taken): (Vec<u32>, Vec<u32>) =
            taken.into_iter().partition(|item| self.is_closed_for(*item, number));
        if taken.is_empty() {
            return Err(Refusal(format!("{project} has no fund in force on the day of use; see projects.json.")));
        }
        let mut preview = Preview {
            title: format!("Let {project} pay for {}", text::items(taken.len())),
            items: taken.len(),
            ..Preview::default()
        };
        if !rest.is_empty() {
            preview.left_out.push(("projects.json already says who pays".into(), rest.len()));
        }
        if !closed.is_empty() {
            preview.left_out.push((format!("{project} has no fund in force on that day"), closed.len()));
        }
        let action = Action::Assign { items: self.keys(taken), project: Some(project.to_owned()) };
        Ok(self.change(command, preview, action, bulk))
    }

    fn plan_add_user(&self, command: &Command, item: u32, project: &str) -> Result<Change, Refusal> {
        let item = self.some(&[item])?[0];
        let user = self.inputs.names.text(self.user_of(item)).to_owned();
        if user.is_empty() {
            return Err(Refusal("The item names no user; let a project pay for the item alone.".into()));
        }
        if self.compared.payers[item as usize] == ItemPayer::Claimed {
            return Err(Refusal(format!(
                "{user} is already in more than one project; mend projects.json, or let a project pay for the item alone."
            )));
        }
        let before = self.config.texts.get(&ConfigFile::Projects).cloned().unwrap_or_default();
        let after = crate::allocate::add_user(&before, project, &user).map_err(Refusal)?;
        self.plan_edit(command, ConfigFile::Projects, before, after, format!("{user} belongs to {project}"))
    }

    fn plan_match(&self, command: &Command, items: &[u32]) -> Result<Change, Refusal> {
        let items = self.some(items)?;
        let table = &self.compared.items;
        let sides = self.sides();
        let came: Vec<_> = items.iter().filter_map(|item| self.carried_item(*item)).collect();
        if came.len() > 1 {
            return Err(Refusal(
                "Each item that was carried in keeps its own age and claim: match one of them at a time with lines of \
                 this month."
                    .into(),
            ));
        }
        let carried = came.first().copied();
        if carried.is_some_and(|carried| carried.moved) {
            return Err(Refusal(
                "An id of this month's bill names this item already, so its lines are together. Settle it by a \
                 decision."
                    .into(),
            ));
        }
        let bill: Vec<u32> = items.iter().flat_map(|item| table.bill_rows(*item)).collect();
        let ledger: Vec<u32> = items.iter().flat_map(|item| table.ledger_rows(*item)).collect();
        let own = |rows: &[u32], side: usize| -> Vec<u32> {
            let of_it = |row: &&u32| carried.is_none_or(|carried| !carried.rows[side].contains(row));
            rows.iter().filter(of_it).copied().collect()
        };
        let (own_bill, own_ledger) = (own(&bill, 0), own(&ledger, 1));
        match carried {
            None if bill.is_empty() || ledger.is_empty() => {
                return Err(Refusal("Mark at least one bill line and one ledger entry that belong together.".into()));
            }
            Some(_) if own_bill.is_empty() && own_ledger.is_empty() => {
                return Err(Refusal(
                    "Mark the lines of this month that came for the item carried in, together with it.".into(),
                ));
            }
            _ => {}
        }
        // Lines that fit each other equally well, or carry one id, were put
        // together to be looked at; by hand they become one item that is
        // compared.
        let to_look_at = |item: u32| matches!(table.outcome(item), Outcome::Ambiguous | Outcome::Duplicate);
        if let [item] = items.as_slice()
            && (carried.is_some() || table.rung(*item) != reconcile::Rung::None)
            && (carried.is_some() || table.rung(*item) == reconcile::Rung::Hand || !to_look_at(*item))
        {
            return Err(Refusal("This item's lines are together already.".into()));
        }
        // Money of the platform, tokens and requests are about the same use;
        // credits are about another.
        let in_credits = |rows: &[u32], lines: &crate::usage::Lines| -> Vec<bool> {
            rows.iter().map(|row| lines.shape(*row) == Shape::Credits).collect()
        };
        let mut kinds = in_credits(&bill, sides.bill);
        kinds.extend(in_credits(&ledger, sides.ledger));
        if kinds.windows(2).any(|pair| pair[0] != pair[1]) {
            return Err(Refusal("Credits can be matched with credits only.".into()));
        }
        let evidence = |item: &u32| table.dims(*item).is_some_and(|dims| dims.family == Family::Evidence);
        if items.iter().any(evidence) {
            return Err(Refusal(
                "Usage whose costs are loaded is not billed by itself, so it has nothing to match; mark the costs of its day instead.".into(),
            ));
        }
        let foreign = |rows: &[u32], lines: &crate::usage::Lines| rows.iter().any(|row| lines.foreign(*row).is_some());
        if foreign(&bill, sides.bill) || foreign(&ledger, sides.ledger) {
            return Err(Refusal(format!(
                "Amounts in another currency than {} cannot be compared: nothing is converted.",
                self.currency()
            )));
        }
        let total = |lines: &crate::usage::Lines, values: &crate::price::Values, rows: &[u32]| {
            rows.iter().filter_map(|row| values.amount(lines, *row)).sum::<Amount>()
        };
        let (billed, recorded) =
            (total(sides.bill, sides.bill_values, &bill), total(sides.ledger, sides.ledger_values, &ledger));
        let preview = Preview {
            title: format!("Match {} by hand", text::items(items.len())),
            items: items.len(),
            amount: billed,
            remarks: vec![format!(
                "{} billed against {} recorded: a difference of {}.",
                text::money(billed),
                text::money(recorded),
                text::money(billed.minus(recorded))
            )],
            ..Preview::default()
        };
        let action = Action::Match {
            bill: reconcile::line_keys(sides.names, sides.bill, &own_bill),
            ledger: reconcile::line_keys(sides.names, sides.ledger, &own_ledger),
            carried: carried.map(|carried| carried.left.to_string()),
        };
        let mut change = self.change(command, preview, action.clone(), true);
        let mut chosen = self.chosen();
        if let Action::Match { bill, ledger, carried } = action {
            chosen.hand.push(reconcile::HandMatch { bill, ledger, carried });
        }
        change.next = Some(Arc::new(self.recompared(Arc::clone(&self.config), &chosen)));
        Ok(change)
    }

    pub(super) fn plan_prices(&self, command: &Command, edit: &PriceEdit, summary: String) -> Result<Change, Refusal> {
        let before = self.config.texts.get(&ConfigFile::Pricing).cloned().unwrap_or_default();
        let after = edit_prices(&before, edit).map_err(Refusal)?;
        self.plan_edit(command, ConfigFile::Pricing, before, after, summary)
    }

    pub(super) fn plan_edit(
        &self,
        command: &Command,
        file: ConfigFile,
        before: String,
        after: String,
        summary: String,
    ) -> Result<Change, Refusal> {
        if before == after {
            return Err(Refusal("That is what stands there already.".into()));
        }
        let next = self.with_text(file, &after)?;
        let mut preview = Preview { title: summary.clone(), ..Preview::default() };
        self.add_effect(&mut preview, &next);
        let action = Action::EditFile { file, before, after, summary };
        let mut change = self.change(command, preview, action, true);
        change.next = Some(Arc::new(next));
        Ok(change)
    }

    /// The desk as it would be with another text of one config file.
    pub(super) fn with_text(&self, file: ConfigFile, text: &str) -> Result<Self, Refusal> {
        let mut texts = self.config.texts.clone();
        texts.insert(file, text.to_owned());
        let config = Config::from_texts(texts, &self.config.paths).map_err(|e| Refusal(e.to_string()))?;
        let config = Arc::new(config.with_grain(self.config.grain));
        if !file.changes_figures() {
            return Ok(Self { config, ..self.clone() });
        }
        Ok(self.recompared(config, &self.chosen()).with_signed_months(&self.config.subsidies))
    }

    fn plan_undo(&self, command: &Command, undo: bool) -> Result<Change, Refusal> {
        let (seq, word) = if undo { (self.state.next_undo(), "undo") } else { (self.state.next_redo(), "redo") };
        let entry = seq.and_then(|seq| self.entries.iter().find(|e| e.seq == seq));
        let Some(entry) = entry else {
            return Err(Refusal(format!("There is nothing to {word}.")));
        };
        let action = if undo { Action::Undo { seq: entry.seq } } else { Action::Redo { seq: entry.seq } };
        let mut title = self.entry_text(entry).0;
        title.insert_str(0, if undo { "Undo: " } else { "Redo: " });
        let preview = Preview { title, items: entry.action.items().len(), ..Preview::default() };
        let mut change = self.change(command, preview, action, false);
        match &entry.action {
            Action::EditFile { .. } => {
                let (edit, _) = self.edit_turned(entry, undo)?;
                change.next = Some(Arc::new(self.with_text(edit.file, &edit.after)?));
            }
            Action::Match { bill, ledger, carried } => {
                let mut chosen = self.chosen();
                let (bill, ledger, carried) = (bill.clone(), ledger.clone(), carried.clone());
                let this = reconcile::HandMatch { bill, ledger, carried };
                if undo {
                    chosen.hand.retain(|h| *h != this);
                } else {
                    chosen.hand.push(this);
                }
                change.next = Some(Arc::new(self.recompared(Arc::clone(&self.config), &chosen)));
            }
            Action::Assume { .. } => {
                let mut state = self.state.as_ref().clone();
                if undo {
                    state.take_back(entry.seq)
                } else {
                    state.put_back(entry.seq)
                };
                change.next =
                    Some(Arc::new(self.recompared(Arc::clone(&self.config), &super::chosen(&state, &self.earlier))));
            }
            _ => {}
        }
        Ok(change)
    }
}

fn non_empty(what: &str, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() { Err(Refusal(format!("{what} needs a name."))) } else { Ok(text.to_owned()) }
}

pub(super) fn day(text: &str) -> Result<Option<Day>, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    Day::parse(text).map(Some).map_err(|e| Refusal(format!("The date “{text}” {e}.")))
}
