//! Where the operator is on the burn-down: its order, the rule that is shown
//! alone, and the charges behind a cap where they are open. The rows come from
//! the desk; only their order is kept here.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::allocate::Scope;
use crate::desk::{BurnDown, BurnSort, DrawsBehind};

use super::list::Spot;

#[derive(Default)]
pub struct BurnState {
    all: Arc<Vec<BurnDown>>,
    /// Numbers of the rows that are shown, in their order.
    shown: Vec<u32>,
    /// Every rule with the number of its caps, by name.
    rules: Vec<(String, usize)>,
    pub sort: BurnSort,
    pub reversed: bool,
    /// Only caps of this rule.
    pub rule: Option<String>,
    pub behind: Option<BehindCap>,
}

/// The charges behind a cap, over the table of caps.
pub struct BehindCap {
    pub draws: DrawsBehind,
    pub spot: Spot,
    /// The desk's version they are of, or were asked for.
    pub version: u64,
    /// Of the question under way.
    pub generation: u64,
}

impl BurnState {
    /// Takes the rows of another desk. Gives the place of the row that stood
    /// at `at`, where it is still shown.
    pub fn take(&mut self, rows: Arc<Vec<BurnDown>>, at: usize) -> Option<usize> {
        let scope = self.get(at).map(|burn| burn.scope.clone());
        self.all = rows;
        self.rules = self.counted();
        // A rule that is no longer there would hide everything.
        self.rule = self.rule.take().filter(|rule| self.all.iter().any(|burn| burn.scope.rule == *rule));
        self.arrange();
        scope.and_then(|scope| self.place_of(&scope))
    }

    /// Puts the rows in order. Gives the place of the row that stood at `at`.
    pub fn arrange_around(&mut self, at: usize) -> Option<usize> {
        let scope = self.get(at).map(|burn| burn.scope.clone());
        self.arrange();
        scope.and_then(|scope| self.place_of(&scope))
    }

    fn arrange(&mut self) {
        let all = &self.all;
        let of_rule = |burn: &BurnDown| self.rule.as_ref().is_none_or(|rule| burn.scope.rule == *rule);
        let mut rows: Vec<(u32, &BurnDown)> = (0u32..).zip(all.iter()).filter(|(_, burn)| of_rule(burn)).collect();
        rows.sort_by(|(_, a), (_, b)| self.sort.compare(a, b));
        if self.reversed {
            rows.reverse();
        }
        self.shown = rows.into_iter().map(|(number, _)| number).collect();
    }

    fn place_of(&self, scope: &Scope) -> Option<usize> {
        self.rows().position(|burn| burn.scope == *scope)
    }

    /// Rows that are shown.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    pub fn get(&self, at: usize) -> Option<&BurnDown> {
        self.all.get(*self.shown.get(at)? as usize)
    }

    /// From one on, in order.
    pub fn from(&self, top: usize) -> impl Iterator<Item = (usize, &BurnDown)> {
        (top..self.len()).filter_map(|at| Some((at, self.get(at)?)))
    }

    pub fn rows(&self) -> impl Iterator<Item = &BurnDown> {
        self.from(0).map(|(_, burn)| burn)
    }

    /// The cap whose charges are open.
    pub fn behind_row(&self) -> Option<&BurnDown> {
        let scope = &self.behind.as_ref()?.draws.scope;
        self.all.iter().find(|burn| burn.scope == *scope)
    }

    /// Every rule with the number of its caps, by name.
    pub fn rules(&self) -> &[(String, usize)] {
        &self.rules
    }

    fn counted(&self) -> Vec<(String, usize)> {
        let mut rules = BTreeMap::<&str, usize>::new();
        for burn in self.all.iter() {
            *rules.entry(&burn.scope.rule).or_default() += 1;
        }
        rules.into_iter().map(|(rule, caps)| (rule.to_owned(), caps)).collect()
    }
}
