//! What the rows of one side of a pool add up to.

use crate::amount::{Amount, Quantity};
use crate::price::{Multiple, Rates, Values, Worth, cache_write};
use crate::reconcile::Sides;
use crate::reconcile::cause::tier::{LONG_CONTEXT, beyond_list, long_cost, multiple};
use crate::reconcile::tokens::{Classes, classes, is_output, knows_cached, of_class};
use crate::usage::{Lines, Shape, TokenClass};

/// The tiers a line may state that have a place of their own.
pub(in crate::reconcile::cause) const STATED: [&str; 4] = ["batch", "flex", "priority", "ultrafast"];

/// Rows of one side.
#[derive(Debug, Clone, Default)]
pub(in crate::reconcile::cause) struct Sums {
    pub lines: u32,
    pub amount: Amount,
    /// Rows that count another currency than the book's.
    pub foreign: u32,
    /// Requests behind the rows, where each says.
    pub requests: i64,
    pub uncounted_requests: u32,
    pub tokens: Classes,
    /// Rows that do not say their tokens, though they should.
    pub uncounted: u32,
    /// Rows without a price in the book; the costs below are of the others.
    pub unlisted: u32,
    /// All tokens at list price, and at that of the tier a row states.
    pub list: Amount,
    /// Cached input at the price of other input, and at its own.
    pub cached_full: Amount,
    pub cached: Amount,
    /// What writes to the cache cost beyond other input.
    pub writes: Amount,
    /// Reasoning tokens at the price of output.
    pub reasoning: Amount,
    /// What requests beyond the limit of a long context cost more in one.
    pub long: Amount,
    /// Free tokens at list price.
    pub free: Amount,
    /// What the stated tiers and a stated long context asked beyond the list
    /// price, as the amounts themselves say it.
    pub stated: [Amount; 4],
    pub stated_long: Amount,
    /// Lines that no token stands behind: fees of tools and the like.
    pub fees: Amount,
    /// Grants, promotions and corrections.
    pub adjustments: Amount,
    /// Amount and tokens of lines about one class each.
    pub by_class: [(Amount, i64); 4],
    pub credits: Quantity,
    pub quantity: Quantity,
    /// The first name of the model by text, as a row has it; a symbol.
    pub model: u32,
    /// Tokens of rows that do not tell cached input apart.
    pub blind: u32,
}

impl Sums {
    pub fn merge(&mut self, other: &Self, sides: &Sides) {
        self.lines += other.lines;
        self.amount = self.amount.plus(other.amount);
        self.foreign += other.foreign;
        self.requests = self.requests.saturating_add(other.requests);
        self.uncounted_requests += other.uncounted_requests;
        self.add_tokens(other.tokens);
        self.uncounted += other.uncounted;
        self.unlisted += other.unlisted;
        self.blind += other.blind;
        for (sum, more) in [
            (&mut self.list, other.list),
            (&mut self.cached_full, other.cached_full),
            (&mut self.cached, other.cached),
            (&mut self.writes, other.writes),
            (&mut self.reasoning, other.reasoning),
            (&mut self.long, other.long),
            (&mut self.free, other.free),
            (&mut self.stated_long, other.stated_long),
            (&mut self.fees, other.fees),
            (&mut self.adjustments, other.adjustments),
        ] {
            *sum = sum.plus(more);
        }
        for (sum, more) in self.stated.iter_mut().zip(other.stated) {
            *sum = sum.plus(more);
        }
        for (sum, more) in self.by_class.iter_mut().zip(other.by_class) {
            *sum = (sum.0.plus(more.0), sum.1.saturating_add(more.1));
        }
        self.credits = self.credits.plus(other.credits);
        self.quantity = self.quantity.plus(other.quantity);
        self.see_model(other.model, sides);
    }

    fn add_tokens(&mut self, more: Classes) {
        match self.tokens.plus(more) {
            Some(sum) => self.tokens = sum,
            None => self.uncounted += 1,
        }
    }

    fn see_model(&mut self, model: u32, sides: &Sides) {
        let text = |sym: u32| sides.names.text(crate::usage::Sym(sym));
        if model != 0 && (self.model == 0 || model != self.model && text(model) < text(self.model)) {
            self.model = model;
        }
    }

    /// Money only, of a row that nothing differs about; gives what it is worth.
    pub fn add_money(&mut self, lines: &Lines, values: &Values, row: u32) -> Amount {
        let amount = values.amount(lines, row).unwrap_or_default();
        self.lines += 1;
        self.amount = self.amount.plus(amount);
        amount
    }

    /// All a row says. `rates` are those in force for it, `requests` whether a
    /// row without a number of requests is one.
    pub fn add(&mut self, sides: &Sides, lines: &Lines, values: &Values, row: u32, rates: Option<&Rates>) {
        let amount = self.add_money(lines, values, row);
        self.foreign += u32::from(
            !lines.currency(row).is_none() && {
                let book = &sides.prices.currency;
                !book.is_empty() && !sides.names.text(lines.currency(row)).eq_ignore_ascii_case(book)
            },
        );
        self.see_model(lines.model(row).0, sides);
        if let Some(credits) = lines.credits(row) {
            self.credits = self.credits.plus(credits);
        }
        if let Some(quantity) = lines.quantity(row) {
            self.quantity = self.quantity.plus(quantity);
        }
        match (lines.requests(row), lines.shape(row)) {
            (Some(count), _) => self.requests = self.requests.saturating_add(count),
            (None, Shape::Request) => self.requests += 1,
            _ => self.uncounted_requests += 1,
        }
        if self.add_beside(lines, row, amount) || lines.shape(row) == Shape::Credits {
            return;
        }
        let Some(tokens) = classes(lines, row) else {
            self.uncounted += 1;
            return;
        };
        self.add_tokens(tokens);
        self.blind += u32::from(!knows_cached(lines, row));
        let of_class = of_class(lines, row).map(|(class, _)| class);
        if let Some(at) = of_class.and_then(class_at) {
            let count = tokens.uncached + tokens.cached + tokens.written + tokens.output;
            self.by_class[at] = (self.by_class[at].0.plus(amount), self.by_class[at].1.saturating_add(count));
        }
        self.add_stated(sides, lines, row, amount, (tokens, of_class, rates));
        if rates.is_none_or(|rates| self.add_listed(sides, lines, values, row, rates, tokens).is_none()) {
            self.unlisted += 1;
        }
    }

    /// Lines of a bill that no tokens stand behind; `true` when it is one.
    fn add_beside(&mut self, lines: &Lines, row: u32, amount: Amount) -> bool {
        if lines.shape(row) != Shape::Cost {
            return false;
        }
        let token_class = lines.class(row).is_some_and(|class| class != TokenClass::Tool);
        if amount.is_negative() && lines.quantity(row).is_none_or(|quantity| quantity.is_zero()) {
            self.adjustments = self.adjustments.plus(amount);
            return true;
        }
        let named = !lines.item_text(row).is_none() || lines.class(row).is_some();
        if !token_class && named && lines.model(row).is_none() {
            self.fees = self.fees.plus(amount);
            return true;
        }
        false
    }

    /// What a stated tier asked, from the amount alone.
    fn add_stated(
        &mut self,
        sides: &Sides,
        lines: &Lines,
        row: u32,
        amount: Amount,
        (tokens, class, rates): (Classes, Option<TokenClass>, Option<&Rates>),
    ) {
        if lines.tier(row).is_none() && !lines.long_context(row) {
            return;
        }
        let tier = sides.names.text(lines.tier(row));
        let mut before = amount;
        if let Some(at) = STATED.iter().position(|stated| *stated == tier)
            && let Some(list) = multiple(tier, sides.names.text(lines.model(row))).and_then(|m| m.inverse().of(amount))
        {
            self.stated[at] = self.stated[at].plus(amount.minus(list));
            before = list;
        }
        if !lines.long_context(row) {
            return;
        }
        let short = match (class, rates) {
            (Some(class), _) if is_output(class) => Multiple::new("", 2, 3).and_then(|m| m.of(before)),
            (Some(_), _) => Multiple::HALF.of(before),
            (None, Some(rates)) if long_cost(rates, tokens) == Some(before) => tokens.cost(rates),
            _ => None,
        };
        if let Some(short) = short {
            self.stated_long = self.stated_long.plus(before.minus(short));
        }
    }

    fn add_listed(
        &mut self,
        sides: &Sides,
        lines: &Lines,
        values: &Values,
        row: u32,
        rates: &Rates,
        tokens: Classes,
    ) -> Option<()> {
        let list = tokens.cost(rates)?;
        self.list = self.list.plus(list);
        // Nearly no row states how it was processed.
        if !lines.tier(row).is_none() || lines.long_context(row) {
            let beyond = beyond_list(sides.names, lines, row, rates, tokens);
            // A ledger that states a tier prices it; a bill that does says by its
            // amount what it asked, which is taken off elsewhere.
            let ledger = std::ptr::eq(lines, sides.ledger) && !matches!(values.worth(lines, row), Worth::Unpriced);
            if sides.names.text(lines.tier(row)) == "incentivized-tier" {
                self.free = self.free.plus(list);
            } else if ledger {
                self.list = self.list.plus(beyond.unwrap_or_default());
            }
        }
        if tokens.cached != 0 {
            let cached = rates.cached_input.unwrap_or(rates.input);
            self.cached_full = self.cached_full.plus(rates.input.cost_of(tokens.cached).ok()?);
            self.cached = self.cached.plus(cached.cost_of(tokens.cached).ok()?);
        }
        if tokens.written != 0 {
            let write = cache_write(rates)?.cost_of(tokens.written).ok()?;
            self.writes = self.writes.plus(write.minus(rates.input.cost_of(tokens.written).ok()?));
        }
        let reasoning = lines.reasoning(row).unwrap_or(0);
        if reasoning != 0 {
            self.reasoning = self.reasoning.plus(rates.output.cost_of(reasoning).ok()?);
        }
        if lines.shape(row) == Shape::Request && tokens.input()? > LONG_CONTEXT {
            self.long = self.long.plus(long_cost(rates, tokens)?.minus(list));
        }
        Some(())
    }

    /// Every row says its tokens, and the book prices all of them.
    pub fn is_listed(&self) -> bool {
        self.lines > 0 && self.uncounted == 0 && self.unlisted == 0 && !self.tokens.is_zero()
    }

    /// All input at the price of input read anew.
    pub fn plain(&self) -> Amount {
        self.list.plus(self.cached_full).minus(self.cached).minus(self.writes)
    }
}

fn class_at(class: TokenClass) -> Option<usize> {
    [TokenClass::Input, TokenClass::CachedInput, TokenClass::CacheWrite, TokenClass::Output]
        .into_iter()
        .position(|of| of == class)
}
