//! Rows of a chargeback file: one for the usage of every charge, and one for
//! each sponsor that takes over a part of it.

use std::fmt::Write;
use std::sync::Arc;

use rayon::prelude::*;

use super::cents::{Part, parts};
use crate::allocate::{Allocation, Charge, Draw, Opening, Projects, Scope, SubsidyRule, UNASSIGNED};
use crate::amount::{Amount, Cents};
use crate::calendar::{Day, Month};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChargeType {
    /// What the project's own fund pays.
    Usage,
    /// What a sponsor takes over.
    Subsidy,
}

impl ChargeType {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Subsidy => "subsidy",
        }
    }
}

/// A row of a chargeback file. Texts are shared between rows where they
/// repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub day: Day,
    /// The billing month.
    pub month: Month,
    pub service: &'static str,
    pub resource_name: Arc<str>,
    /// On a usage row what the charge costs before subsidies.
    pub list_cost: Cents,
    pub billed_cost: Cents,
    /// Unique in the file, and the same in every export.
    pub resource_id: String,
    pub pi_email: Arc<str>,
    pub project_id: Arc<str>,
    /// Whose budget pays the row.
    pub fund_org: Arc<str>,
    pub usage_user: Arc<str>,
    pub charge_type: ChargeType,
    /// On both rows of a subsidised charge; several rules on a usage row are
    /// joined by a comma.
    pub subsidy_name: Option<Arc<str>>,
    /// Number of the charge in the allocation.
    pub charge: u32,
}

/// The rows of an allocation, charge by charge, usage before sponsors, in
/// whole cents that add up: in total, for each payer, for each project of a
/// payer. `projects` and `rules` are those the allocation was made with.
pub fn rows(allocation: &Allocation, projects: &Projects, rules: &[SubsidyRule]) -> Vec<Row> {
    let parts = parts(allocation, projects, rules);
    let of_charges: Vec<&[Part]> = parts.chunk_by(|a, b| a.charge == b.charge).collect();
    of_charges
        .par_chunks(CHARGES_A_PIECE)
        .flat_map_iter(|piece| {
            // Texts of its own for each piece: counting the holders of a few
            // shared ones is what the threads would wait for.
            let owners = Owners::new(projects, rules);
            let mut rows = Vec::with_capacity(piece.len() * 2);
            for parts in piece {
                let number = parts.first().map_or(0, |part| part.charge);
                rows_of(&mut rows, number, parts, allocation, &owners);
            }
            rows
        })
        .collect()
}

const CHARGES_A_PIECE: usize = 16_384;

/// Texts of payers, made once a piece.
struct Owners {
    /// PI, project and fund by project; the last one for what is unassigned.
    projects: Vec<[Arc<str>; 3]>,
    rules: Vec<Sponsor>,
}

/// What a rule's rows carry.
struct Sponsor {
    rule: Arc<str>,
    fund_org: Arc<str>,
    email: Option<Arc<str>>,
}

impl Owners {
    fn new(projects: &Projects, rules: &[SubsidyRule]) -> Self {
        let texts = |a: &str, b: &str, c: &str| [a.into(), b.into(), c.into()];
        let mut list: Vec<_> = projects.list.iter().map(|p| texts(&p.pi_email, &p.id, &p.fund_org)).collect();
        list.push(texts(UNASSIGNED, UNASSIGNED, UNASSIGNED));
        let rules = rules.iter().map(|r| Sponsor {
            rule: r.name.as_str().into(),
            fund_org: r.fund_org.as_str().into(),
            email: r.sponsor_email.as_deref().map(Into::into),
        });
        Self { projects: list, rules: rules.collect() }
    }

    fn of(&self, project: Option<u32>) -> &[Arc<str>; 3] {
        let last = self.projects.len() - 1;
        &self.projects[project.map_or(last, |p| (p as usize).min(last))]
    }
}

fn rows_of(rows: &mut Vec<Row>, number: u32, parts: &[Part], allocation: &Allocation, owners: &Owners) {
    let charge = &allocation.charges[number as usize];
    let draws = &allocation.draws[number as usize];
    let [pi_email, project_id, fund_org] = owners.of(charge.project);
    let subsidy_name = match draws {
        [] => None,
        [draw] => Some(owners.rules[usize::from(draw.rule)].rule.clone()),
        several => {
            let names: Vec<&str> = several.iter().map(|d| &*owners.rules[usize::from(d.rule)].rule).collect();
            Some(names.join(", ").into())
        }
    };
    let usage = Row {
        day: charge.day,
        month: charge.day.month(),
        service: charge.service,
        resource_name: format!("{} {} (user: {})", charge.service, charge.what, charge.user).into(),
        list_cost: parts.iter().map(|part| part.cents).sum(),
        billed_cost: Cents::ZERO,
        resource_id: String::new(),
        pi_email: pi_email.clone(),
        project_id: project_id.clone(),
        fund_org: fund_org.clone(),
        usage_user: charge.user.clone(),
        charge_type: ChargeType::Usage,
        subsidy_name,
        charge: number,
    };
    let first_covering = allocation.touches[number as usize].first().map(|touch| touch.rule);
    for part in parts {
        let Some(draw) = part.draw.and_then(|at| draws.get(at as usize)) else {
            rows.push(Row {
                billed_cost: part.cents,
                resource_id: resource_id(charge, "usage", None),
                ..usage.clone()
            });
            continue;
        };
        let Sponsor { rule: name, fund_org, email } = &owners.rules[usize::from(draw.rule)];
        // Which rule is named in the id must not depend on which of them had
        // something left this time.
        let named = (first_covering != Some(draw.rule)).then_some(&**name);
        rows.push(Row {
            list_cost: part.cents,
            billed_cost: part.cents,
            resource_id: resource_id(charge, "subsidy", named),
            pi_email: email.clone().unwrap_or_else(|| pi_email.clone()),
            fund_org: fund_org.clone(),
            charge_type: ChargeType::Subsidy,
            subsidy_name: Some(name.clone()),
            ..usage.clone()
        });
    }
}

/// `openai:codex:ab@x.edu:2026-01-07:usage`, with `:2` behind it for the
/// second like charge.
fn resource_id(charge: &Charge, kind: &str, rule: Option<&str>) -> String {
    let mut id = String::with_capacity(charge.base.len() + 12);
    id.push_str(&charge.base);
    id.push(':');
    id.push_str(kind);
    if let Some(rule) = rule {
        id.push('-');
        // A colon in a rule's name could make the id of another occurrence.
        id.push_str(&rule.replace('%', "%25").replace(':', "%3A"));
    }
    if charge.occurrence > 1 {
        let _ = write!(id, ":{}", charge.occurrence);
    }
    id
}

/// Every draw in whole cents as its row has it, with the number of its charge.
/// `rows` must be those of the allocation.
pub fn drawn_cents<'a>(
    allocation: &'a Allocation,
    rows: &'a [Row],
) -> impl Iterator<Item = (u32, &'a Draw, Cents)> + 'a {
    rows.chunk_by(|a, b| a.charge == b.charge).flat_map(|of_charge| {
        let charge = of_charge.first().map_or(0, |row| row.charge);
        let sponsored = of_charge.iter().filter(|row| row.charge_type == ChargeType::Subsidy);
        sponsored.zip(&allocation.draws[charge as usize]).map(move |(row, draw)| (charge, draw, row.billed_cost))
    })
}

/// What every cap stands at after these rows, in cents as they are written:
/// the openings of the months after, with the cap of each. Positions that were
/// never used are left out. `rows` must be those of the allocation.
pub fn written(allocation: &Allocation, rows: &[Row]) -> Vec<(Scope, Opening, Amount)> {
    let mut after: Vec<(Opening, bool)> = allocation
        .positions
        .iter()
        .map(|p| {
            let reached = p.opening.reached.plus(p.reached);
            (Opening { reached, ..p.opening }, p.opening != Opening::default())
        })
        .collect();
    for of_charge in rows.chunk_by(|a, b| a.charge == b.charge) {
        let Some(usage) = of_charge.first() else { continue };
        for touch in &allocation.touches[usage.charge as usize] {
            let (opening, touched) = &mut after[touch.position as usize];
            opening.used = opening.used + usage.list_cost;
            *touched = true;
        }
    }
    for (_, draw, cents) in drawn_cents(allocation, rows) {
        let opening = &mut after[draw.position as usize].0;
        opening.subsidized = opening.subsidized + cents;
    }
    let positions = allocation.positions.iter().zip(after);
    positions.filter(|(_, (_, touched))| *touched).map(|(p, (opening, _))| (p.scope.clone(), opening, p.cap)).collect()
}
