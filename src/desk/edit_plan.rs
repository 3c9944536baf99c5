//! Changing a config file: prices, lots and the tolerance become another text of
//! their file, and the month is worked out under it to show the effect.

use std::sync::Arc;

use super::Desk;
use super::command::{Change, Command, Preview, Refusal};
use crate::amount::{Amount, PerMillion, Quantity, Share};
use crate::book::Config;
use crate::calendar::Day;
use crate::journal::{Action, ConfigFile};
use crate::price::{Lot, LotKey, PriceEdit, edit as edit_prices};

impl Desk {
    /// A model's prices per million tokens. An empty one of cached input says
    /// that it costs what other input does.
    pub(super) fn plan_rate(
        &self,
        command: &Command,
        [model, effective]: [&str; 2],
        [input, cached, output]: [&str; 3],
    ) -> Result<Change, Refusal> {
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
        self.plan_prices(command, &edit, format!("{model} at {input} / {cached} / {output} per million {since}"))
    }

    pub(super) fn plan_lot(
        &self,
        command: &Command,
        [name, effective]: [&str; 2],
        [credits, amount]: [&str; 2],
    ) -> Result<Change, Refusal> {
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

    pub(super) fn plan_tolerance(
        &self,
        command: &Command,
        absolute: Amount,
        relative: Share,
    ) -> Result<Change, Refusal> {
        let before = self.config.texts.get(&ConfigFile::Settings).cloned().unwrap_or_default();
        let after = crate::book::set_tolerance(&before, absolute, relative).map_err(Refusal)?;
        let summary = format!("tolerance ${absolute} or {}", relative.percent());
        self.plan_edit(command, ConfigFile::Settings, before, after, summary)
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
