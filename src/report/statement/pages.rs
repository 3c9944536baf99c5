//! Statements as pages: the overview, one for each sponsor, one for each PI.

use super::super::figures_text::{cents, exact, grouped};
use super::{CapLine, Line, Pi, RuleLines, Split, Sponsor, Statements};
use crate::amount::Cents;
use crate::report::page::{Page, Part, Table};

impl Statements {
    /// What everybody pays, and how that ties to what was approved.
    pub fn overview(&self) -> Page {
        let mut parts = vec![Part::Facts(vec![("Month", self.month.to_string()), ("Currency", self.currency.clone())])];
        let mut rows: Vec<Vec<String>> = self.pis.iter().map(|pi| row(&[&pi.email], pi.charges, pi.total)).collect();
        if self.unassigned != Split::default() {
            let mut cells = vec!["(unassigned)".to_owned(), String::new()];
            cells.extend(split(self.unassigned));
            rows.push(cells);
        }
        let mut total = vec!["total".to_owned(), String::new()];
        total.extend(split(self.total));
        parts.push(Part::Table(Table {
            title: "Departments, by PI".into(),
            names: 1,
            header: vec!["PI", "charges", "full usage", "discount", "billed"],
            rows,
            total: Some(total),
        }));
        let rows = self.sponsors.iter().map(|sponsor| {
            let rules: Vec<&str> = sponsor.rules.iter().map(|rule| rule.name.as_str()).collect();
            let email = sponsor.email.clone().unwrap_or_default();
            vec![sponsor.fund_org.clone(), email, rules.join(", "), cents(sponsor.total)]
        });
        parts.push(Part::Table(Table {
            title: "Sponsors".into(),
            names: 3,
            header: vec!["fund", "email", "rules", "pays"],
            rows: rows.collect(),
            total: Some(vec!["total".into(), String::new(), String::new(), cents(self.total.discount)]),
        }));
        let tie_out = self.tie_out.iter().copied().chain([("rounding to whole cents", self.rounding())]);
        let rows = tie_out.map(|(label, amount)| vec![label.to_owned(), exact(amount)]);
        parts.push(Part::Table(Table {
            title: "How it ties to the approvals".into(),
            names: 1,
            header: vec!["", "amount"],
            rows: rows.collect(),
            total: Some(vec!["written: billed and paid by sponsors".into(), cents(self.total.full)]),
        }));
        if !self.adds_up() {
            parts.push(Part::Note(
                "THIS DOES NOT ADD UP to what was approved: send none of it before it is known why.".into(),
            ));
        }
        if self.total == Split::default() {
            parts.push(Part::Note("Nothing is approved in this month, so nobody is charged.".into()));
        }
        parts.extend(self.provisional());
        Page { title: format!("Usage and subsidies, {}", self.month), parts }
    }

    /// The statement of one sponsor.
    pub fn sponsor_page(&self, sponsor: &Sponsor) -> Page {
        let mut facts = vec![("Sponsor's fund", sponsor.fund_org.clone())];
        facts.extend(sponsor.email.clone().map(|email| ("Sponsor", email)));
        facts.extend([("Month", self.month.to_string()), ("Currency", self.currency.clone())]);
        facts.push(("Paid this month", cents(sponsor.total)));
        let mut parts = vec![Part::Facts(facts)];
        sponsor.rules.iter().for_each(|rule| self.rule_parts(rule, &mut parts));
        parts.extend(self.provisional());
        Page { title: format!("Sponsor's statement {}, {}", sponsor.fund_org, self.month), parts }
    }

    fn rule_parts(&self, rule: &RuleLines, parts: &mut Vec<Part>) {
        let off = if rule.enabled { "" } else { " (switched off)" };
        let about = if rule.description.is_empty() { String::new() } else { format!(": {}", rule.description) };
        let mut total = vec![String::new(); 9];
        for (at, cell) in [(0, "total".to_owned()), (4, cents(rule.charges)), (5, cents(rule.subsidised))] {
            if let Some(place) = total.get_mut(at) {
                *place = cell;
            }
        }
        parts.push(Part::Table(Table {
            title: format!("{}{off}{about}", rule.name),
            names: 4,
            header: vec![
                "project",
                "PI",
                "cap of",
                "period",
                "used",
                "subsidised",
                "period to date",
                "cap",
                "remaining",
            ],
            rows: rule.caps.iter().flat_map(member_rows).collect(),
            total: Some(total),
        }));
        if rule.untouched > 0 {
            let caps = if rule.untouched == 1 { "cap" } else { "caps" };
            let count = rule.untouched;
            parts.push(Part::Note(format!(
                "{count} further {caps} of {}: nothing used in the period so far.",
                rule.name
            )));
        }
        if let (Some(period), true) = (self.period, rule.caps.is_empty() && rule.untouched == 0) {
            parts.push(Part::Note(format!("{} has no cap for {period} in this month.", rule.name)));
        }
    }

    /// The statement of one PI.
    pub fn pi_page(&self, pi: &Pi) -> Page {
        let mut facts = vec![("PI", pi.email.clone()), ("Month", self.month.to_string())];
        facts.extend([("Currency", self.currency.clone()), ("Full usage", cents(pi.total.full))]);
        facts.extend([("Discount", cents(pi.total.discount)), ("Billed", cents(pi.total.billed))]);
        let mut parts = vec![Part::Facts(facts)];
        let mut table = |title: &str, header: &[&'static str], lines: &[Line], names: &dyn Fn(&Line) -> Vec<String>| {
            let figures = ["charges", "full usage", "discount", "billed"];
            let mut total = vec![String::new(); header.len()];
            if let Some(first) = total.first_mut() {
                *first = "total".into();
            }
            total.push(pi.charges.to_string());
            total.extend(split(pi.total));
            let row = |line: &Line| {
                let mut cells = names(line);
                cells.push(line.charges.to_string());
                cells.extend(split(line.split));
                cells
            };
            parts.push(Part::Table(Table {
                title: title.into(),
                names: header.len(),
                header: header.iter().copied().chain(figures).collect(),
                rows: lines.iter().map(row).collect(),
                total: Some(total),
            }));
        };
        table("By project", &["project", "fund"], &pi.projects, &|l| vec![l.project.clone(), l.fund_org.clone()]);
        table("By service", &["service"], &pi.services, &|l| vec![l.service.clone()]);
        table("By user", &["user"], &pi.users, &|l| vec![known(&l.user)]);
        if pi.projects.len() > 1 || pi.services.len() > 1 {
            table("By project, service and user", &["project", "service", "user"], &pi.lines, &|l| {
                vec![l.project.clone(), l.service.clone(), known(&l.user)]
            });
        }
        if !pi.discounts.is_empty() {
            parts.push(Part::Table(Table {
                title: "Who pays the discount".into(),
                names: 2,
                header: vec!["rule", "sponsor's fund", "this month"],
                rows: pi.discounts.iter().map(|d| vec![d.rule.clone(), d.fund_org.clone(), cents(d.amount)]).collect(),
                total: Some(vec!["total".into(), String::new(), cents(pi.total.discount)]),
            }));
        }
        if !pi.caps.is_empty() {
            parts.push(Part::Table(Table {
                title: "Subsidies, the period to date".into(),
                names: 4,
                header: vec!["rule", "cap of", "period", "until", "used", "subsidised", "cap", "remaining"],
                rows: pi.caps.iter().map(cap_row).collect(),
                total: None,
            }));
        }
        parts.extend(self.provisional());
        Page { title: format!("Statement for {}, {}", pi.email, self.month), parts }
    }

    /// Said on every page as long as the month may still change.
    fn provisional(&self) -> Option<Part> {
        let items = match self.open {
            0 => return None,
            1 => "1 item of the month still needs".to_owned(),
            open => format!("{} items of the month still need", grouped(&open.to_string())),
        };
        Some(Part::Note(format!("Provisional: {items} a decision, and only what is approved is stated here.")))
    }
}

fn known(user: &str) -> String {
    if user.is_empty() { "(not named)".into() } else { user.to_owned() }
}

fn split(split: Split) -> [String; 3] {
    let discount = if split.discount == Cents::ZERO { Cents::ZERO } else { Cents::ZERO - split.discount };
    [split.full, discount, split.billed].map(cents)
}

fn row(names: &[&str], charges: u64, of: Split) -> Vec<String> {
    let mut cells: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    cells.push(charges.to_string());
    cells.extend(split(of));
    cells
}

/// A row for each project that had charges under the cap; what belongs to the
/// cap as a whole stands on the first.
fn member_rows(cap: &CapLine) -> Vec<Vec<String>> {
    let whole = || vec![cents(cap.to_date), exact(cap.cap), cents(cap.remaining)];
    let names =
        |project: &str, pi: &str| vec![project.to_owned(), pi.to_owned(), cap.subject.clone(), cap.period.to_string()];
    if cap.members.is_empty() {
        let mut cells = names("", "");
        cells.extend([cents(Cents::ZERO), cents(cap.this_month)]);
        cells.extend(whole());
        return vec![cells];
    }
    let row = |(at, member): (usize, &super::Member)| {
        let mut cells = names(&member.project, &member.pi_email);
        cells.extend([cents(member.charges), cents(member.subsidised)]);
        cells.extend(if at == 0 { whole() } else { vec![String::new(); 3] });
        cells
    };
    cap.members.iter().enumerate().map(row).collect()
}

fn cap_row(cap: &CapLine) -> Vec<String> {
    vec![
        cap.rule.clone(),
        cap.subject.clone(),
        cap.period.to_string(),
        cap.bounds.1.to_string(),
        cents(cap.used_to_date),
        cents(cap.to_date),
        exact(cap.cap),
        cents(cap.remaining),
    ]
}
