//! The rule that decisions alike could make: after the third of them, the
//! narrowest filter over what they were about.

use std::collections::{BTreeMap, BTreeSet};

use super::super::filter::{Filter, Term, TextField};
use crate::journal::Decision;
use crate::reconcile::{Cause, Outcome};

/// So many entries of the journal must be alike before a rule is offered.
const ALIKE: usize = 3;

/// What an item is, in the fields a rule may be made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Traits {
    pub outcome: Outcome,
    pub cause: Cause,
    /// The model, or the usage type where there is none.
    pub model: String,
    pub project: String,
    pub user: String,
}

/// An item that an entry of the journal settled in one and the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Like {
    /// The entry.
    pub seq: u64,
    pub traits: Traits,
}

/// A rule that could be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Entries of the journal that are alike.
    pub decisions: usize,
    pub when: Filter,
    /// Their verdict and reason code, without a note.
    pub decision: Decision,
}

/// Entries that settled items of one outcome and cause, and those items.
type Group<'a> = (BTreeSet<u64>, Vec<&'a Traits>);

/// The rule to be made of decisions with the same verdict and reason, where
/// three entries settled items of one outcome and cause and the last of them is
/// among these. Of several such groups the one with the most entries.
pub fn offer(decision: &Decision, likes: &[Like]) -> Option<Offer> {
    let last = likes.iter().map(|like| like.seq).max()?;
    let mut groups: BTreeMap<(Outcome, Cause), Group<'_>> = BTreeMap::new();
    for like in likes {
        let (entries, items) = groups.entry((like.traits.outcome, like.traits.cause)).or_default();
        entries.insert(like.seq);
        items.push(&like.traits);
    }
    let alike = groups.into_values().filter(|(entries, _)| entries.len() >= ALIKE && entries.contains(&last));
    // Of equals the first, by outcome and cause.
    let (entries, items) = alike.reduce(|best, next| if next.0.len() > best.0.len() { next } else { best })?;
    let decision = Decision { note: String::new(), ..decision.clone() };
    Some(Offer { decisions: entries.len(), when: narrowest(&items)?, decision })
}

/// The outcome and the cause, and each other field that all share.
fn narrowest(items: &[&Traits]) -> Option<Filter> {
    let (first, rest) = items.split_first()?;
    let mut filter = Filter::default().and(Term::outcome(first.outcome)).and(Term::cause(first.cause));
    let mut shared = |field, of: fn(&Traits) -> &str| {
        if rest.iter().all(|item| of(item) == of(first)) {
            filter = std::mem::take(&mut filter).and(Term::is(field, of(first)));
        }
    };
    shared(TextField::Model, |item| &item.model);
    shared(TextField::Project, |item| &item.project);
    shared(TextField::User, |item| &item.user);
    Some(filter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Verdict;
    use proptest::prelude::*;

    fn traits(cause: Cause, model: &str, user: &str) -> Traits {
        let (model, project, user) = (model.into(), "lab".into(), user.into());
        Traits { outcome: Outcome::Discrepancy, cause, model, project, user }
    }

    fn decision() -> Decision {
        Decision { verdict: Verdict::Defer, reason: "timing".into(), note: "this once".into() }
    }

    fn like(seq: u64, cause: Cause, model: &str, user: &str) -> Like {
        Like { seq, traits: traits(cause, model, user) }
    }

    #[test]
    fn the_third_like_decision_offers_the_narrowest_filter() {
        let mut likes = vec![like(1, Cause::Rounding, "gpt-4o", "a@x"), like(2, Cause::Rounding, "gpt-4o", "b@x")];
        assert_eq!(offer(&decision(), &likes), None);
        // Another item of the same entry is no third decision.
        likes.push(like(2, Cause::Rounding, "gpt-4o", "c@x"));
        assert_eq!(offer(&decision(), &likes), None);
        likes.push(like(7, Cause::Rounding, "gpt-4o", "a@x"));
        let offered = offer(&decision(), &likes).unwrap();
        assert_eq!(offered.when.to_text(), "outcome:discrepancy cause:rounding model:gpt-4o project:lab");
        assert_eq!((offered.decisions, offered.decision.note.as_str()), (3, ""));
    }

    #[test]
    fn decisions_of_other_causes_are_not_alike_and_the_last_must_be() {
        let likes: Vec<Like> = [(1, Cause::Rounding), (2, Cause::Rounding), (3, Cause::Rounding), (4, Cause::Missing)]
            .map(|(seq, cause)| like(seq, cause, "m", "u"))
            .into();
        assert!(offer(&decision(), &likes[..3]).is_some());
        assert_eq!(offer(&decision(), &likes), None);
    }

    proptest! {
        /// Whatever is offered, every item it was made of passes its text.
        #[test]
        fn the_filter_covers_all_it_was_made_of_in_any_order(
            items in proptest::collection::vec((1u64..6, 0..2usize, "[a*\" :]{0,2}", "[uü]{0,1}"), 1..12),
            turn in 0..12usize,
        ) {
            let cause = |at: usize| [Cause::Rounding, Cause::Missing][at];
            let likes: Vec<Like> =
                items.iter().map(|(seq, at, model, user)| like(*seq, cause(*at), model, user)).collect();
            let found = offer(&decision(), &likes);
            let mut turned = likes.clone();
            turned.rotate_left(turn % likes.len());
            prop_assert_eq!(&found, &offer(&decision(), &turned));
            if let Some(offer) = found {
                let read = Filter::parse(&offer.when.to_text()).unwrap();
                prop_assert_eq!(&read, &offer.when);
                for like in likes.iter().filter(|like| read.terms().contains(&Term::cause(like.traits.cause))) {
                    let same = |field, text: &str| Term::is(field, text);
                    for term in read.terms().iter().skip(2) {
                        prop_assert!(
                            *term == same(TextField::Model, &like.traits.model)
                                || *term == same(TextField::Project, &like.traits.project)
                                || *term == same(TextField::User, &like.traits.user)
                        );
                    }
                }
            }
        }
    }
}
