//! Every cap of the month as it burns down, and the charges behind one of
//! them.

use std::cmp::Ordering;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{ChargesOf, Desk, Refusal};
use crate::allocate::{Position, Project, Projection, Scope, Subject, project_burn_down, series_of_period};
use crate::amount::{Amount, Share};
use crate::calendar::Day;

/// One rule over its period, for the project, user, PI or pool it counts by.
#[derive(Debug, Clone)]
pub struct BurnDown {
    pub scope: Scope,
    /// A project's id, `user ab@x.edu`, `PI ab@x.edu` or `all projects`.
    pub subject: String,
    /// First and last day of the period.
    pub bounds: (Day, Day),
    /// In force at the end of the month or of the period.
    pub cap: Amount,
    /// What was charged under the rule in the period, subsidised or not.
    pub used: Amount,
    /// What months before drew.
    pub before: Amount,
    pub this_month: Amount,
    /// Below zero where the cap was lowered beneath what was drawn.
    pub remaining: Amount,
    /// Drawn so far as a share of the cap.
    pub share: Option<Share>,
    /// What an even use of the cap would have drawn by the month's end.
    pub even_pace: Amount,
    /// What the period will have drawn by its end if the days go on as they
    /// did, the cap left aside.
    pub by_end: Amount,
    /// `None`: not within the period.
    pub runs_out: Option<Day>,
    /// Cumulative draws of the period: months before at their last day, then
    /// each day of the month.
    pub series: Vec<(Day, Amount)>,
    /// Where one PI, or one fund, stands behind it.
    pub pi_email: String,
    pub fund_org: String,
}

impl BurnDown {
    pub fn drawn(&self) -> Amount {
        self.before.plus(self.this_month)
    }

    /// What was drawn beyond an even use of the cap; below zero where it is
    /// less.
    pub fn over_even(&self) -> Amount {
        self.drawn().minus(self.even_pace)
    }

    pub fn used_up(&self) -> bool {
        self.remaining <= Amount::ZERO
    }

    /// When it runs out, in a word or two.
    pub fn runs_out_text(&self) -> String {
        match self.runs_out {
            _ if self.used_up() => "used up".to_owned(),
            Some(day) => day.to_string(),
            None => "lasts".to_owned(),
        }
    }

    /// The charges that count against it; `None` where all projects share it.
    pub fn charges_of(&self) -> Option<ChargesOf> {
        match &self.scope.subject {
            Subject::Project(id) => Some(ChargesOf::Project(id.clone())),
            Subject::User(user) => Some(ChargesOf::User(user.clone())),
            Subject::Pi(email) => Some(ChargesOf::Pi(email.clone())),
            Subject::Global => None,
        }
    }
}

/// What burn-downs are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BurnSort {
    /// What is used up or runs out first.
    #[default]
    Soonest,
    /// Rule by rule, each with what runs out first in front.
    Rule,
    Subject,
    Share,
    Remaining,
    ThisMonth,
    OverEven,
    Used,
}

impl BurnSort {
    pub const ALL: [Self; 8] = [
        Self::Soonest,
        Self::Rule,
        Self::Subject,
        Self::Share,
        Self::Remaining,
        Self::ThisMonth,
        Self::OverEven,
        Self::Used,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Soonest => "soonest to run out",
            Self::Rule => "rule, then soonest to run out",
            Self::Subject => "whose cap it is",
            Self::Share => "share of the cap, most first",
            Self::Remaining => "remaining, least first",
            Self::ThisMonth => "drawn this month, most first",
            Self::OverEven => "beyond even use, most first",
            Self::Used => "used, most first",
        }
    }

    /// The same order whatever the order before: ties are told apart by scope.
    pub fn compare(self, a: &BurnDown, b: &BurnDown) -> Ordering {
        let soonest = || {
            let day = |burn: &BurnDown| burn.runs_out.map_or(i32::MAX, Day::number);
            day(a).cmp(&day(b)).then_with(|| b.share.cmp(&a.share))
        };
        let first = match self {
            Self::Soonest => soonest(),
            Self::Rule => a.scope.rule.cmp(&b.scope.rule).then_with(soonest),
            Self::Subject => a.scope.subject.cmp(&b.scope.subject),
            Self::Share => b.share.cmp(&a.share),
            Self::Remaining => a.remaining.cmp(&b.remaining),
            Self::ThisMonth => b.this_month.cmp(&a.this_month),
            Self::OverEven => b.over_even().cmp(&a.over_even()),
            Self::Used => b.used.cmp(&a.used),
        };
        first.then_with(|| a.subject.cmp(&b.subject)).then_with(|| a.scope.cmp(&b.scope))
    }
}

/// The charges that count against a cap in the month, in the order of drawing.
#[derive(Clone)]
pub struct DrawsBehind {
    pub scope: Scope,
    desk: Desk,
    /// Charge, what the rule takes over of it, and what the cap has left then.
    rows: Arc<Vec<(u32, Amount, Amount)>>,
    totals: (Amount, Amount),
}

/// One of them, with what a table shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawRow {
    pub item: u32,
    pub day: Day,
    pub user: String,
    pub what: String,
    pub project: String,
    pub amount: Amount,
    /// Below zero where a refund gives back.
    pub drawn: Amount,
    /// Of the cap, as it stands at the month's end.
    pub left: Amount,
}

impl DrawsBehind {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What the charges come to, and what of them was drawn.
    pub fn totals(&self) -> (Amount, Amount) {
        self.totals
    }

    pub fn row(&self, at: usize) -> Option<DrawRow> {
        let (charge, drawn, left) = *self.rows.get(at)?;
        let allocation = self.desk.allocation();
        let charge = allocation.charges.get(charge as usize)?;
        let project = charge.project.and_then(|at| self.desk.config.projects.list.get(at as usize));
        Some(DrawRow {
            item: charge.item,
            day: charge.day,
            user: charge.user.to_string(),
            what: charge.what.to_string(),
            project: project.map(|project| project.id.clone()).unwrap_or_default(),
            amount: charge.amount,
            drawn,
            left,
        })
    }
}

impl Desk {
    /// Every rule and whose cap it is, by what runs out first.
    pub fn burn_downs(&self) -> Arc<Vec<BurnDown>> {
        Arc::clone(self.derived.burn_downs.get_or_init(|| {
            let projects: FxHashMap<&str, &Project> =
                self.config.projects.as_of(self.month.last()).map(|project| (project.id.as_str(), project)).collect();
            let allocation = self.allocation();
            let mut all: Vec<BurnDown> =
                allocation.positions.iter().map(|position| self.burn_down(position, &projects)).collect();
            all.sort_by(|a, b| BurnSort::Soonest.compare(a, b));
            Arc::new(all)
        }))
    }

    /// `projects` are those of the month's end, by id.
    fn burn_down(&self, position: &Position, projects: &FxHashMap<&str, &Project>) -> BurnDown {
        let Projection { even_pace, runs_out, by_end } = project_burn_down(position, self.month);
        let subject = &position.scope.subject;
        let project = subject.project().and_then(|id| projects.get(id)).copied();
        let pi_email = match subject {
            Subject::Pi(email) => Some(email),
            _ => project.map(|p| &p.pi_email),
        };
        let before = position.opening.subsidized.amount();
        let earlier: Vec<_> = self
            .around
            .drawn
            .range(..self.month)
            .filter_map(|(month, drawn)| Some((*month, drawn.get(&position.scope)?.subsidized.amount())))
            .collect();
        BurnDown {
            scope: position.scope.clone(),
            subject: subject.to_string(),
            bounds: position.bounds,
            cap: position.cap,
            used: position.opening.used.amount().plus(position.used),
            before,
            this_month: position.drawn,
            remaining: position.remaining(),
            share: Share::of(before.plus(position.drawn), position.cap),
            even_pace,
            by_end,
            runs_out,
            series: series_of_period(position, self.month, &earlier),
            pi_email: pi_email.cloned().unwrap_or_default(),
            fund_org: project.map(|p| p.fund_org.clone()).unwrap_or_default(),
        }
    }

    /// The cap of a rule at the month's end, without what is rolled over.
    pub fn rule_cap(&self, name: &str) -> Option<Amount> {
        let rule = self.config.subsidies.iter().find(|rule| rule.name == name)?;
        Some(rule.cap_on(self.month.last()))
    }

    /// The approved charges that count against a cap in the month, those that
    /// drew nothing included.
    ///
    /// # Errors
    /// [`Refusal`] when the month has no such cap.
    pub fn draws_behind(&self, scope: &Scope) -> Result<DrawsBehind, Refusal> {
        let allocation = self.allocation();
        let at = allocation.positions.binary_search_by(|position| position.scope.cmp(scope));
        let position = at.ok().and_then(|at| allocation.positions.get(at).map(|position| (at as u32, position)));
        let Some((number, position)) = position else {
            return Err(Refusal(format!("No cap of {} counts for {} any more.", scope.rule, scope.subject)));
        };
        let mut left = position.cap.minus(position.opening.subsidized.amount());
        let mut rows = Vec::new();
        let touched = allocation.touches.iter().zip(allocation.draws.iter()).zip(0u32..);
        for ((_, draws), charge) in touched.filter(|((touches, _), _)| touches.iter().any(|t| t.position == number)) {
            let drawn = draws.iter().filter(|draw| draw.position == number).map(|draw| draw.amount).sum();
            left = left.minus(drawn);
            rows.push((charge, drawn, left));
        }
        let totals = (position.used, position.drawn);
        Ok(DrawsBehind { scope: scope.clone(), desk: self.clone(), rows: Arc::new(rows), totals })
    }
}
