//! What a subsidy rule says, and the arithmetic of it: which cap is in force
//! on a day, and what the rule pays of a total.

use super::{Level, Openings, Projects, Scope};
use crate::amount::{Amount, portion};
use crate::calendar::{Day, Period, PeriodKey};

/// A subsidy rule of `subsidies.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubsidyRule {
    pub name: String,
    pub description: String,
    /// The sponsor's fund, which pays what the rule covers.
    pub fund_org: String,
    /// `None`: the sponsor's rows carry the PI's email, as documented.
    pub sponsor_email: Option<String>,
    /// Who has a cap of their own.
    pub level: Level,
    /// The most it pays in a period, before any of `caps` is in force. With
    /// tiers what all of them pay together.
    pub cap: Amount,
    /// Later caps, by the day from which they hold, ascending.
    pub caps: Vec<CapChange>,
    /// Of what is covered. Tiers have their own.
    pub percent: Percent,
    /// By bound, ascending; empty for a rule with a cap.
    pub tiers: Vec<Tier>,
    pub period: Period,
    pub rollover: Rollover,
    pub distribution: Distribution,
    /// Service names it covers, such as `OpenAI`.
    pub services: Vec<String>,
    /// Ids in which a `*` stands for any text. `None`: all projects.
    pub eligible_projects: Option<Vec<String>>,
    /// First day of usage it covers.
    pub from: Option<Day>,
    /// The last one, inclusive.
    pub to: Option<Day>,
    pub enabled: bool,
}

/// A cap from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapChange {
    pub from: Day,
    pub amount: Amount,
    /// It holds for the whole of the period that `from` lies in.
    pub retroactive: bool,
}

/// A stretch of the period's total, from the bound before it up to its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    pub up_to: Amount,
    pub percent: Percent,
}

/// A share of a charge, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percent(Amount);

const HUNDRED: Amount = Amount::from_int(100);

impl Percent {
    pub const ALL: Self = Self(HUNDRED);

    /// `None` unless it is from 0 to 100.
    pub fn new(percent: Amount) -> Option<Self> {
        (Amount::ZERO..=HUNDRED).contains(&percent).then_some(Self(percent))
    }

    /// 0 to 100.
    pub const fn value(self) -> Amount {
        self.0
    }

    /// That share of an amount, the fraction of 10⁻¹⁸ dropped.
    pub fn of(self, amount: Amount) -> Amount {
        if self == Self::ALL { amount } else { portion(amount, self.0, HUNDRED) }
    }
}

/// What becomes of the rest of a cap at the end of its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rollover {
    /// It is lost.
    None,
    /// All of it is added to the next period's cap.
    Full,
    /// Up to this much of it is.
    UpTo(Amount),
}

/// Who gets a cap that is not enough for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distribution {
    /// The charges in their order, until it is empty.
    FirstCome,
    /// All charges of the period in the month, in proportion to them.
    ProRata,
}

impl SubsidyRule {
    /// Whether it is switched on and covers a project.
    pub fn covers_project(&self, id: &str) -> bool {
        self.enabled && self.eligible_projects.as_ref().is_none_or(|ids| ids.iter().any(|named| fits(named, id)))
    }

    pub fn covers_service(&self, service: &str) -> bool {
        self.services.iter().any(|other| other.eq_ignore_ascii_case(service))
    }

    pub fn covers_day(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// The cap in force on a day, without what was rolled over into its
    /// period.
    pub fn cap_on(&self, day: Day) -> Amount {
        self.cap_of(self.stretch(day))
    }

    /// The number of cap changes in force on a day. Within a period it never
    /// falls from day to day.
    pub(super) fn stretch(&self, day: Day) -> usize {
        self.caps.iter().rposition(|cap| self.holds_from(cap) <= day).map_or(0, |at| at + 1)
    }

    pub(super) fn cap_of(&self, stretch: usize) -> Amount {
        stretch.checked_sub(1).and_then(|at| self.caps.get(at)).map_or(self.cap, |cap| cap.amount)
    }

    fn holds_from(&self, cap: &CapChange) -> Day {
        if cap.retroactive { self.period.bounds(cap.from).0 } else { cap.from }
    }

    /// What the period before the one of `day` leaves to it: the rest of the
    /// cap that was in force at its end. Only that one period counts: what had
    /// been rolled over into it is not rolled on, and draws beyond its own cap
    /// leave nothing. Nothing is left by a period that ended before the rule's
    /// first day, or before `there_since`, the subject's.
    ///
    /// `drawn` says what was drawn in a period.
    pub fn rolled_over(&self, day: Day, there_since: Option<Day>, drawn: impl FnOnce(PeriodKey) -> Amount) -> Amount {
        let most = match self.rollover {
            Rollover::None => return Amount::ZERO,
            Rollover::Full => None,
            Rollover::UpTo(most) => Some(most),
        };
        let last = self.period.bounds(day).0.plus_days(-1);
        if self.from.is_none_or(|from| last < from) || there_since.is_some_and(|since| last < since) {
            return Amount::ZERO;
        }
        let rest = self.cap_on(last).minus(drawn(self.period.key(last))).max(Amount::ZERO);
        most.map_or(rest, |most| rest.min(most))
    }

    /// The cap of a scope as of a day of its period or after it, `sums` being
    /// what was drawn so far in all scopes. `None` when the rule does not
    /// count by such subjects or periods now.
    pub fn cap_of_scope(&self, scope: &Scope, as_of: Day, projects: &Projects, sums: &Openings) -> Option<Amount> {
        let (first, last) = self.period.bounds_of(scope.period)?;
        if scope.subject.level() != self.level {
            return None;
        }
        let day = last.min(as_of.max(first));
        let there_since = scope.subject.project().and_then(|id| projects.first_day(projects.find(id)?));
        let drawn = |period| {
            let before = Scope { period, ..scope.clone() };
            sums.get(&before).map_or(Amount::ZERO, |sum| sum.subsidized.amount())
        };
        Some(self.cap_on(day).plus(self.rolled_over(day, there_since, drawn)))
    }

    /// What the rule pays of a period's total, its cap aside. Never falls as
    /// the total grows, and never grows faster; so what a charge draws is
    /// between nothing and the charge.
    pub(super) fn share_of(&self, total: Amount) -> Amount {
        share_of(self.percent, &self.tiers, total)
    }
}

/// What a percent pays of a total, or, where there are any, tiers.
pub(super) fn share_of(percent: Percent, tiers: &[Tier], total: Amount) -> Amount {
    if tiers.is_empty() {
        return percent.of(total);
    }
    let (mut paid, mut lower) = (Amount::ZERO, Amount::ZERO);
    for tier in tiers {
        let within = total.min(tier.up_to).minus(lower);
        if within <= Amount::ZERO {
            break;
        }
        paid = paid.plus(tier.percent.of(within));
        lower = tier.up_to;
    }
    paid
}

/// What all tiers pay together.
pub(super) fn tiers_pay(tiers: &[Tier]) -> Amount {
    let mut lower = Amount::ZERO;
    tiers
        .iter()
        .map(|tier| {
            let within = tier.up_to.minus(lower);
            lower = tier.up_to;
            tier.percent.of(within)
        })
        .sum()
}

/// Whether an id is the one named, in which `*` stands for any text.
pub(super) fn fits(named: &str, id: &str) -> bool {
    let mut pieces = named.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| id.strip_prefix(first)) else { return false };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        // The first place it fits leaves the most to those after it.
        match rest.split_once(piece) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocate::tests::{amount, rule};

    #[test]
    fn a_star_stands_for_any_text() {
        for (named, id) in [("*", ""), ("genome-*", "genome-1"), ("*-lab", "a-lab"), ("a*b*c", "abbc"), ("a", "a")] {
            assert!(fits(named, id), "{named} {id}");
        }
        for (named, id) in [("genome-*", "genome"), ("a", "ab"), ("a*b", "ac"), ("ab*ba", "aba"), ("A*", "a1")] {
            assert!(!fits(named, id), "{named} {id}");
        }
    }

    #[test]
    fn tiers_pay_by_the_total_so_far() {
        let tier = |up_to, percent| Tier { up_to: amount(up_to), percent: Percent::new(amount(percent)).unwrap() };
        let tiered = SubsidyRule { tiers: vec![tier("200", "100"), tier("500", "50")], ..rule("r", "350") };
        let paid = |total| tiered.share_of(amount(total)).to_string();
        assert_eq!(["0", "150", "200", "350", "500", "900"].map(paid), ["0", "150", "200", "275", "350", "350"]);
        assert_eq!(tiers_pay(&tiered.tiers), amount("350"));
    }

    #[test]
    fn a_later_cap_holds_from_its_day_or_for_the_whole_period() {
        let day = |text| Day::parse(text).unwrap();
        let change = |from, text, retroactive| CapChange { from: day(from), amount: amount(text), retroactive };
        let caps = vec![change("2026-01-25", "600", false), change("2026-03-01", "700", true)];
        let forward = SubsidyRule { caps: caps[..1].to_vec(), ..rule("r", "500") };
        assert_eq!(forward.cap_on(day("2026-01-24")), amount("500"));
        assert_eq!(forward.cap_on(day("2026-01-25")), amount("600"));
        // Its fiscal year began in July.
        let both = SubsidyRule { caps, ..rule("r", "500") };
        assert_eq!(both.cap_on(day("2025-07-01")), amount("700"));
        assert_eq!(both.cap_on(day("2025-06-30")), amount("500"));
        assert_eq!(both.cap_on(day("2026-01-25")), amount("700"));
    }

    #[test]
    fn a_period_leaves_what_it_did_not_draw_of_its_own_cap() {
        let day = |text: &str| Day::parse(text).unwrap();
        let monthly = SubsidyRule {
            period: Period::Month,
            rollover: Rollover::Full,
            from: Some(day("2026-01-15")),
            ..rule("r", "50")
        };
        let left = |rule: &SubsidyRule, on: &str, since: Option<&str>, drawn: &str| {
            rule.rolled_over(day(on), since.map(day), |_| amount(drawn)).to_string()
        };
        assert_eq!(left(&monthly, "2026-02-03", None, "20"), "30");
        assert_eq!(left(&monthly, "2026-02-03", None, "80"), "0");
        assert_eq!(left(&monthly, "2026-01-20", None, "0"), "0");
        assert_eq!(left(&monthly, "2026-02-03", Some("2026-02-01"), "0"), "0");
        let some = SubsidyRule { rollover: Rollover::UpTo(amount("10")), ..monthly.clone() };
        assert_eq!(left(&some, "2026-02-03", None, "20"), "10");
        let none = SubsidyRule { rollover: Rollover::None, ..monthly };
        assert_eq!(left(&none, "2026-02-03", None, "20"), "0");
    }
}
