//! Categories: the operator's own names for kinds of use, as rules of
//! `config.toml`. The first rule that holds names an item's category.

use rayon::prelude::*;

use crate::amount::Amount;
use crate::price::ModelNames;
use crate::reconcile::Sides;
use crate::review::filter::Pattern;
use crate::usage::Sym;

/// One rule. All that it states must hold; a rule that states nothing holds
/// for everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub name: String,
    /// Tokens per request, exclusive. A request whose tokens are not known is
    /// neither over nor under.
    pub tokens_over: Option<i64>,
    pub tokens_under: Option<i64>,
    /// The action of a ledger entry, the usage type of credits.
    pub action: Option<Pattern>,
    /// The model by any of its names.
    pub model: Option<Pattern>,
    /// The endpoint that a bill names.
    pub endpoint: Option<Pattern>,
    /// What a request is taken to cost where no amount is known: an estimate.
    pub fallback_per_request: Option<Amount>,
}

/// What a pattern of a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Trait {
    Action = 1,
    Model = 2,
    Endpoint = 4,
}

/// What the rules are asked about.
pub(super) trait Traits {
    /// Whether one of its names of this kind is as wanted; blanks are no names.
    fn any(&self, of: Trait, wanted: impl Fn(Sym) -> bool) -> bool;
    /// Tokens and requests; `None` where the tokens are not known.
    fn tokens(&self) -> Option<(i128, u64)>;
}

/// Rules with their patterns answered for every name beforehand, so that an
/// item costs no text.
pub(super) struct Rules<'a> {
    rules: &'a [Category],
    /// By rule, then by name.
    fits: Vec<Vec<u8>>,
}

impl<'a> Rules<'a> {
    pub fn prepare(rules: &'a [Category], sides: &Sides) -> Self {
        let models = &sides.prices.models;
        let texts: Vec<&str> = sides.names.iter().map(|(_, text)| text).collect();
        let fits = rules.iter().map(|rule| texts.par_iter().map(|text| rule.fits(text, models)).collect()).collect();
        Self { rules, fits }
    }

    /// The number of the first rule that holds.
    pub fn find(&self, traits: &impl Traits) -> Option<usize> {
        self.rules.iter().zip(&self.fits).position(|(rule, fits)| rule.holds(fits, traits))
    }
}

impl Category {
    /// Which of the rule's patterns a name fits, as flags of [`Trait`].
    fn fits(&self, name: &str, models: &ModelNames) -> u8 {
        let fits = |pattern: &Option<Pattern>, of: Trait, alias: &str| match pattern {
            Some(pattern) if pattern.matches(name) || pattern.matches(alias) => of as u8,
            _ => 0,
        };
        fits(&self.action, Trait::Action, name)
            | fits(&self.model, Trait::Model, &models.canonical(name))
            | fits(&self.endpoint, Trait::Endpoint, name)
    }

    fn holds(&self, fits: &[u8], traits: &impl Traits) -> bool {
        let named = |pattern: &Option<Pattern>, of: Trait| {
            let wanted = |name: Sym| fits.get(name.0 as usize).is_some_and(|fits| fits & of as u8 != 0);
            pattern.is_none() || traits.any(of, wanted)
        };
        // Compared with a product, so that no quotient is made.
        let tokens = |limit: Option<i64>, fits: fn(i128, i128) -> bool| match (limit, traits.tokens()) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(limit), Some((tokens, requests))) => fits(tokens, i128::from(limit) * i128::from(requests.max(1))),
        };
        named(&self.action, Trait::Action)
            && named(&self.model, Trait::Model)
            && named(&self.endpoint, Trait::Endpoint)
            && tokens(self.tokens_over, |tokens, limit| tokens > limit)
            && tokens(self.tokens_under, |tokens, limit| tokens < limit)
    }
}
