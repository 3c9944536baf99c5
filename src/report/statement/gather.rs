//! Charges and draws added up for the statements.

use std::collections::BTreeMap;

use super::{CapLine, Discount, Line, Member, Pi, RuleLines, Split, Sponsor, Statements};
use crate::allocate::{Allocation, Charge, Position, Projects, SubsidyRule};
use crate::amount::{Amount, Cents};
use crate::calendar::{Month, PeriodKey};
use crate::focus::{Share, caps_as_written};

/// What statements are made of.
pub struct Ask<'a> {
    pub month: Month,
    pub allocation: &'a Allocation,
    /// The cents of the allocation's file, [`crate::focus::shares`].
    pub shares: &'a [Share],
    /// Those the allocation was made with.
    pub projects: &'a Projects,
    pub rules: &'a [SubsidyRule],
    /// Only caps of this period; `None` for all that the month touches.
    pub period: Option<PeriodKey>,
    pub currency: &'a str,
    /// Items of the month that still need a decision.
    pub open: u64,
    /// What was approved as the tie-out has it, without the rounding.
    pub tie_out: Vec<(&'static str, Amount)>,
}

/// The statements of a month. They depend on the set of charges, not on their
/// order.
pub fn statements(ask: Ask<'_>) -> Statements {
    let mut gathered = Gathered::new(&ask);
    for shares in ask.shares.chunk_by(|a, b| a.charge == b.charge) {
        gathered.add(shares);
    }
    gathered.finish(ask)
}

/// Sums by project and PI under one cap.
type Members<'a> = BTreeMap<(&'a str, &'a str), (Cents, Cents)>;
/// Project, fund, service, user.
type Key<'a> = [&'a str; 4];

struct Gathered<'a> {
    allocation: &'a Allocation,
    projects: &'a Projects,
    /// By position.
    members: Vec<Members<'a>>,
    drawn: Vec<Cents>,
    charged: Vec<Cents>,
    /// Likewise the caps, as those cents leave them.
    caps: Vec<Amount>,
    /// By rule.
    paid: Vec<Cents>,
    /// By the PI's email in lower case.
    pis: BTreeMap<String, OfPi<'a>>,
    unassigned: Split,
    total: Split,
}

#[derive(Default)]
struct OfPi<'a> {
    email: &'a str,
    lines: BTreeMap<Key<'a>, (u64, Split)>,
    /// By rule.
    discounts: BTreeMap<u16, Cents>,
    /// Positions that their charges count against.
    positions: Vec<u32>,
}

impl<'a> Gathered<'a> {
    fn new(ask: &Ask<'a>) -> Self {
        let positions = ask.allocation.positions.len();
        Self {
            allocation: ask.allocation,
            projects: ask.projects,
            members: vec![Members::new(); positions],
            drawn: vec![Cents::ZERO; positions],
            charged: vec![Cents::ZERO; positions],
            caps: Vec::new(),
            paid: vec![Cents::ZERO; ask.rules.len()],
            pis: BTreeMap::new(),
            unassigned: Split::default(),
            total: Split::default(),
        }
    }

    /// Takes in all shares of one charge.
    fn add(&mut self, shares: &[Share]) {
        let number = shares.first().map_or(0, |share| share.charge);
        let Some(charge) = self.allocation.charges.get(number as usize) else { return };
        let split = split(shares);
        self.total += split;
        let touched = &self.allocation.touches[number as usize];
        let by_rule = |rule: u16| shares.iter().filter(|s| s.rule == Some(rule)).map(|s| s.cents).sum::<Cents>();
        let project = charge.project.and_then(|at| self.projects.list.get(at as usize));
        for touch in touched {
            let (at, paid) = (touch.position as usize, by_rule(touch.rule));
            if let (Some(drawn), Some(charged)) = (self.drawn.get_mut(at), self.charged.get_mut(at)) {
                *drawn = *drawn + paid;
                *charged = *charged + split.full;
            }
            if let (Some(members), Some(project)) = (self.members.get_mut(at), project) {
                let sums = members.entry((&project.id, &project.pi_email)).or_default();
                *sums = (sums.0 + split.full, sums.1 + paid);
            }
        }
        for share in shares {
            if let Some(paid) = share.rule.and_then(|rule| self.paid.get_mut(usize::from(rule))) {
                *paid = *paid + share.cents;
            }
        }
        let Some(project) = project else {
            self.unassigned += split;
            return;
        };
        let pi = self.pis.entry(project.pi_email.to_lowercase()).or_default();
        // Of several spellings the first by its letters, whatever the order.
        if pi.email.is_empty() || project.pi_email.as_str() < pi.email {
            pi.email = &project.pi_email;
        }
        let line = pi.lines.entry(key(charge, &project.id, &project.fund_org)).or_default();
        line.0 += 1;
        line.1 += split;
        for share in shares {
            if let Some(rule) = share.rule {
                let discount = pi.discounts.entry(rule).or_default();
                *discount = *discount + share.cents;
            }
        }
        pi.positions.extend(touched.iter().map(|touch| touch.position));
        if pi.positions.len() > 4_096 {
            pi.positions.sort_unstable();
            pi.positions.dedup();
        }
    }

    fn cap(&self, at: usize, position: &Position) -> CapLine {
        let cap = self.caps.get(at).copied().unwrap_or(position.cap);
        let drawn = self.drawn.get(at).copied().unwrap_or_default();
        let charged = self.charged.get(at).copied().unwrap_or_default();
        let to_date = position.opening.subsidized + drawn;
        let members = self.members.get(at).into_iter().flatten().map(|((project, pi), (charges, subsidised))| Member {
            project: (*project).to_owned(),
            pi_email: (*pi).to_owned(),
            charges: *charges,
            subsidised: *subsidised,
        });
        CapLine {
            rule: position.scope.rule.clone(),
            subject: position.scope.subject.to_string(),
            period: position.scope.period,
            bounds: position.bounds,
            cap,
            used_to_date: position.opening.used + charged,
            this_month: drawn,
            to_date,
            remaining: Cents::floor(cap) - to_date,
            members: members.collect(),
        }
    }

    fn finish(mut self, ask: Ask<'a>) -> Statements {
        self.caps = caps_as_written(self.allocation, self.projects, ask.rules, &self.drawn);
        let asked = |position: &Position| ask.period.is_none_or(|period| period == position.scope.period);
        let positions = || self.allocation.positions.iter().enumerate().filter(|(_, position)| asked(position));
        let mut sponsors: BTreeMap<(&str, Option<&str>), Sponsor> = BTreeMap::new();
        for (number, rule) in ask.rules.iter().enumerate() {
            let email = rule.sponsor_email.as_deref();
            let sponsor = sponsors.entry((&rule.fund_org, email)).or_insert_with(|| Sponsor {
                fund_org: rule.fund_org.clone(),
                email: email.map(str::to_owned),
                rules: Vec::new(),
                total: Cents::ZERO,
            });
            let all: Vec<CapLine> = positions()
                .filter(|(_, position)| position.scope.rule == rule.name)
                .map(|(at, position)| self.cap(at, position))
                .collect();
            let count = all.len();
            let caps: Vec<CapLine> = all.into_iter().filter(CapLine::is_used).collect();
            sponsor.total = sponsor.total + self.paid.get(number).copied().unwrap_or_default();
            sponsor.rules.push(RuleLines {
                name: rule.name.clone(),
                description: rule.description.clone(),
                services: rule.services.clone(),
                enabled: rule.enabled,
                untouched: count - caps.len(),
                charges: caps.iter().flat_map(|cap| &cap.members).map(|member| member.charges).sum(),
                subsidised: caps.iter().map(|cap| cap.this_month).sum(),
                caps,
            });
        }
        let pis = self.pis.iter().map(|(folded, pi)| self.pi(folded, pi, &ask, &asked)).collect();
        Statements {
            month: ask.month,
            currency: ask.currency.to_owned(),
            period: ask.period,
            sponsors: sponsors.into_values().collect(),
            pis,
            unassigned: self.unassigned,
            total: self.total,
            open: ask.open,
            exact: self.allocation.charges.iter().map(|charge| charge.amount).sum(),
            tie_out: ask.tie_out,
        }
    }

    fn pi(&self, folded: &str, pi: &OfPi<'_>, ask: &Ask<'_>, asked: &dyn Fn(&Position) -> bool) -> Pi {
        let mut touched = pi.positions.clone();
        touched.sort_unstable();
        touched.dedup();
        let is_theirs = |email: &str| email.to_lowercase() == folded;
        let caps = (0u32..)
            .zip(&self.allocation.positions)
            .filter(|(at, position)| asked(position) && touched.binary_search(at).is_ok());
        let caps = caps.map(|(at, position)| {
            let mut cap = self.cap(at as usize, position);
            cap.members.retain(|member| is_theirs(&member.pi_email));
            cap
        });
        let by = |parts: [bool; 4]| {
            let mut sums: BTreeMap<Key<'_>, (u64, Split)> = BTreeMap::new();
            for (key, (charges, split)) in &pi.lines {
                let mut kept = [""; 4];
                for ((kept, part), wanted) in kept.iter_mut().zip(key).zip(parts) {
                    *kept = if wanted { part } else { "" };
                }
                let sum = sums.entry(kept).or_default();
                sum.0 += charges;
                sum.1 += *split;
            }
            sums.into_iter().map(line).collect::<Vec<_>>()
        };
        let lines = by([true; 4]);
        let mut total = Split::default();
        lines.iter().for_each(|line| total += line.split);
        Pi {
            email: pi.email.to_owned(),
            charges: lines.iter().map(|line| line.charges).sum(),
            total,
            projects: by([true, true, false, false]),
            services: by([false, false, true, false]),
            users: by([false, false, false, true]),
            lines,
            discounts: pi.discounts.iter().filter_map(|(rule, amount)| discount(ask.rules, *rule, *amount)).collect(),
            caps: caps.collect(),
        }
    }
}

impl CapLine {
    /// Whether anything was charged or drawn in the period.
    fn is_used(&self) -> bool {
        !self.members.is_empty() || self.used_to_date != Cents::ZERO || self.to_date != Cents::ZERO
    }
}

fn split(shares: &[Share]) -> Split {
    let sum = |sponsored: bool| shares.iter().filter(|s| s.rule.is_some() == sponsored).map(|s| s.cents).sum::<Cents>();
    let (billed, discount) = (sum(false), sum(true));
    Split { full: billed + discount, discount, billed }
}

fn key<'a>(charge: &'a Charge, project: &'a str, fund_org: &'a str) -> Key<'a> {
    [project, fund_org, charge.service, &charge.user]
}

fn line((key, (charges, split)): (Key<'_>, (u64, Split))) -> Line {
    let [project, fund_org, service, user] = key.map(str::to_owned);
    Line { project, fund_org, service, user, charges, split }
}

fn discount(rules: &[SubsidyRule], rule: u16, amount: Cents) -> Option<Discount> {
    let rule = rules.get(usize::from(rule))?;
    Some(Discount { rule: rule.name.clone(), fund_org: rule.fund_org.clone(), amount })
}
