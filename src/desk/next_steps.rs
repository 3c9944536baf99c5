//! What to do next about a month: the gate, the most urgent first; and its
//! health, limit by limit; and what credits were used, week by week.

use std::collections::BTreeMap;

use super::{Desk, text};
use crate::amount::{Quantity, Share};
use crate::calendar::{Period, PeriodKey};
use crate::close::{Behind, GateItem};

/// One limit of the month's health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthLine {
    pub what: &'static str,
    pub now: String,
    /// `at least 95.0%`
    pub limit: String,
    pub kept: bool,
    /// `1.4% not found`: what it is now, in few words.
    pub brief: String,
}

/// Credits of one ISO week, over all months whose bills are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeekCredits {
    pub week: PeriodKey,
    pub credits: Quantity,
}

impl Desk {
    /// What is left of the gate, at most so many: what blocks the close before
    /// what is only said, and among these the most dollars first. What no list
    /// shows, such as writing the file, comes behind what does: every decision
    /// would make it undone again.
    pub fn next_steps(&self, most: usize) -> Vec<GateItem> {
        if self.signed().is_some() {
            return Vec::new();
        }
        let mut steps: Vec<GateItem> = self.gate().iter().filter(|item| item.count > 0).cloned().collect();
        // A stable sort: what weighs the same stays in the order of the gate.
        steps.sort_by_key(|item| (!item.blocks, item.behind == Behind::Nothing, std::cmp::Reverse(item.amount.abs())));
        steps.truncate(most);
        steps
    }

    /// Health against each limit of the configuration; empty where nothing is
    /// compared.
    pub fn health_lines(&self) -> Vec<HealthLine> {
        let health = self.health_report();
        let limits = &self.config.settings.health;
        let mut lines = Vec::new();
        if health.applicable {
            let share = |share: Option<Share>| share.map(Share::percent).unwrap_or_default();
            let [matched, discrepancies, not_found] = health.kept;
            lines.extend([
                HealthLine {
                    what: "matched",
                    now: share(health.matched),
                    limit: format!("at least {}", limits.matched.percent()),
                    kept: matched,
                    brief: format!("{} matched", share(health.matched)),
                },
                HealthLine {
                    what: "discrepancies",
                    now: share(health.discrepancies),
                    limit: format!("under {}", limits.discrepancies.percent()),
                    kept: discrepancies,
                    brief: format!("{} discrepancies", share(health.discrepancies)),
                },
                HealthLine {
                    what: "not found",
                    now: share(health.not_found),
                    limit: format!("under {}", limits.not_found.percent()),
                    kept: not_found,
                    brief: format!("{} not found", share(health.not_found)),
                },
                HealthLine {
                    what: "drift",
                    now: text::counted(self.drift().len() as u64, "group"),
                    limit: format!("none beyond {}", self.rules().drift.percent()),
                    kept: self.drift().is_empty(),
                    brief: format!("drift in {}", text::counted(self.drift().len() as u64, "group")),
                },
            ]);
        }
        let (bad, left_out) = self.bad_rows_counted();
        let besides =
            if left_out == 0 { String::new() } else { format!(" ({} left out)", text::count(left_out as i64)) };
        lines.push(HealthLine {
            what: "bad rows",
            now: format!("{}{besides}", text::count(bad as i64)),
            limit: format!("at most {}", limits.errors),
            kept: bad <= limits.errors,
            brief: text::counted(bad, "bad row"),
        });
        if let Some(limit) = limits.unexplained {
            let apart = self.why_month().apart;
            lines.push(HealthLine {
                what: "unexplained",
                now: text::money(apart),
                limit: format!("at most {}", text::money(limit)),
                kept: apart <= limit,
                brief: format!("{} unexplained", text::money(apart)),
            });
        }
        let cut = self.cut_short().count() as u64;
        lines.extend((cut > 0).then(|| HealthLine {
            what: "bills cut short",
            now: text::count(cut as i64),
            limit: "none".to_owned(),
            kept: false,
            brief: format!("{} cut short", text::counted(cut, "bill")),
        }));
        lines
    }

    /// Whether the month is healthy, and first of all why not: the limits that
    /// are not kept, then the shares that are.
    pub fn health_in_brief(&self) -> (bool, String) {
        let (healthy, sentence) = self.health();
        let (kept, broken): (Vec<_>, Vec<_>) = self.health_lines().into_iter().partition(|line| line.kept);
        if healthy || broken.is_empty() {
            return (healthy, sentence);
        }
        let list = |lines: Vec<HealthLine>| lines.into_iter().map(|line| line.brief).collect::<Vec<_>>().join(", ");
        let shares: Vec<HealthLine> = kept.into_iter().filter(|line| line.now.ends_with('%')).collect();
        let within = if shares.is_empty() { String::new() } else { format!(". Kept: {}", list(shares)) };
        (false, list(broken) + &within)
    }

    /// Credits billed in each ISO week, oldest first, the last `most` weeks of
    /// what is loaded. Weeks between without any are in it.
    pub fn credits_by_week(&self, most: usize) -> Vec<WeekCredits> {
        use rayon::prelude::*;
        let lines = &self.inputs.bill.lines;
        let add = |mut days: BTreeMap<i32, Quantity>, row: u32| {
            if let Some((day, credits)) = lines.day(row).zip(lines.credits(row)) {
                let sum = days.entry(day.number() - day.weekday() as i32).or_default();
                *sum = sum.plus(credits);
            }
            days
        };
        let merge = |mut into: BTreeMap<i32, Quantity>, from: BTreeMap<i32, Quantity>| {
            for (day, credits) in from {
                let sum = into.entry(day).or_default();
                *sum = sum.plus(credits);
            }
            into
        };
        let rows = (0..lines.len() as u32).into_par_iter().with_min_len(1 << 14);
        let mondays = rows.fold(BTreeMap::new, add).reduce(BTreeMap::new, merge);
        let Some(last) = mondays.keys().next_back().copied() else { return Vec::new() };
        let first = mondays.keys().next().copied().unwrap_or(last);
        let from = first.max(last.saturating_sub(7 * (most.saturating_sub(1) as i32)));
        (from..=last)
            .step_by(7)
            .map(|monday| WeekCredits {
                week: Period::Week.key(crate::calendar::Day::from_number(monday)),
                credits: mondays.get(&monday).copied().unwrap_or_default(),
            })
            .collect()
    }
}
