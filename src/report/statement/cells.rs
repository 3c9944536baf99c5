//! Statements as CSV for people: texts made harmless, amounts plain numbers.

use super::{CapLine, Pi, Sponsor, Statements};
use crate::report::table;

impl Statements {
    /// A row for each PI, and one for what is nobody's: they add up to what is
    /// written.
    pub fn overview_csv(&self) -> Vec<u8> {
        let header = ["month", "currency", "pi", "charges", "full", "discount", "billed"];
        let row = |pi: &str, charges: String, split: super::Split| {
            let amounts = [split.full, split.discount, split.billed].map(|cents| cents.to_string());
            let mut cells = vec![self.month.to_string(), self.currency.clone(), pi.to_owned(), charges];
            cells.extend(amounts);
            cells
        };
        let mut rows: Vec<Vec<String>> =
            self.pis.iter().map(|pi| row(&pi.email, pi.charges.to_string(), pi.total)).collect();
        if self.unassigned != super::Split::default() {
            rows.push(row(crate::allocate::UNASSIGNED, String::new(), self.unassigned));
        }
        table::csv(&[1, 2], &header.map(str::to_owned), &rows)
    }

    /// A row for each project under each cap of the sponsors given. What
    /// belongs to a cap as a whole stands on its first row, so that every
    /// column can be added up.
    pub fn sponsors_csv(&self, sponsors: &[Sponsor]) -> Vec<u8> {
        let header = [
            "month",
            "currency",
            "sponsor_fund",
            "sponsor_email",
            "rule",
            "cap_of",
            "period",
            "project",
            "pi",
            "used",
            "subsidised",
            "period_used",
            "period_subsidised",
            "cap",
            "remaining",
        ];
        let of_cap = |sponsor: &Sponsor, cap: &CapLine| -> Vec<Vec<String>> {
            let names = |project: &str, pi: &str| {
                vec![
                    self.month.to_string(),
                    self.currency.clone(),
                    sponsor.fund_org.clone(),
                    sponsor.email.clone().unwrap_or_default(),
                    cap.rule.clone(),
                    cap.subject.clone(),
                    cap.period.to_string(),
                    project.to_owned(),
                    pi.to_owned(),
                ]
            };
            let whole =
                [cap.used_to_date.to_string(), cap.to_date.to_string(), cap.cap.to_string(), cap.remaining.to_string()];
            let none = super::Member {
                project: String::new(),
                pi_email: String::new(),
                charges: crate::amount::Cents::ZERO,
                subsidised: cap.this_month,
            };
            let members = if cap.members.is_empty() { std::slice::from_ref(&none) } else { &cap.members[..] };
            let row = |(at, member): (usize, &super::Member)| {
                let mut cells = names(&member.project, &member.pi_email);
                cells.extend([member.charges.to_string(), member.subsidised.to_string()]);
                cells.extend(if at == 0 { whole.clone() } else { [const { String::new() }; 4] });
                cells
            };
            members.iter().enumerate().map(row).collect()
        };
        let mut rows = Vec::new();
        for sponsor in sponsors {
            rows.extend(sponsor.rules.iter().flat_map(|rule| &rule.caps).flat_map(|cap| of_cap(sponsor, cap)));
        }
        table::csv(&[1, 2, 3, 4, 5, 7, 8], &header.map(str::to_owned), &rows)
    }

    /// A row `usage` for each project, service and user; a row `discount` for
    /// each rule that pays a part of it; a row `cap` for each cap that the
    /// charges count against.
    pub fn pi_csv(&self, pi: &Pi) -> Vec<u8> {
        let header = [
            "row",
            "month",
            "currency",
            "pi",
            "project",
            "fund",
            "service",
            "user",
            "charges",
            "full",
            "discount",
            "billed",
            "rule",
            "sponsor_fund",
            "sponsor_pays",
            "cap_of",
            "period",
            "period_used",
            "period_subsidised",
            "cap",
            "remaining",
        ];
        let row = |kind: &str, cells: &[(usize, String)]| {
            let mut all = vec![String::new(); header.len()];
            let fixed = [kind.to_owned(), self.month.to_string(), self.currency.clone(), pi.email.clone()];
            for (at, cell) in fixed.into_iter().enumerate().chain(cells.iter().cloned()) {
                if let Some(place) = all.get_mut(at) {
                    *place = cell;
                }
            }
            all
        };
        let mut rows = Vec::new();
        for line in &pi.lines {
            let names = [&line.project, &line.fund_org, &line.service, &line.user].map(String::clone);
            let figures = [line.charges.to_string()];
            let amounts = [line.split.full, line.split.discount, line.split.billed].map(|cents| cents.to_string());
            let cells: Vec<(usize, String)> = (4..).zip(names.into_iter().chain(figures).chain(amounts)).collect();
            rows.push(row("usage", &cells));
        }
        for discount in &pi.discounts {
            let names = [(12, discount.rule.clone()), (13, discount.fund_org.clone())];
            rows.push(row("discount", &[&names[..], &[(14, discount.amount.to_string())]].concat()));
        }
        for cap in &pi.caps {
            let figures =
                [cap.used_to_date.to_string(), cap.to_date.to_string(), cap.cap.to_string(), cap.remaining.to_string()];
            let names = [(12, cap.rule.clone()), (15, cap.subject.clone()), (16, cap.period.to_string())];
            let cells: Vec<(usize, String)> = names.into_iter().chain((17..).zip(figures)).collect();
            rows.push(row("cap", &cells));
        }
        table::csv(&[2, 3, 4, 5, 6, 7, 12, 13, 15], &header.map(str::to_owned), &rows)
    }
}
