//! Refunds of what earlier months charged.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::earlier_out::earlier_charges_text;
use super::tests::{amount, charge, projects, rule, some_charges, some_rules};
use super::*;
use crate::amount::Cents;
use crate::calendar::Month;

/// Months one after the other, each going on from what those before it wrote.
struct Books {
    rules: Vec<SubsidyRule>,
    openings: Openings,
    months: Vec<EarlierMonth>,
}

impl Books {
    fn new(rules: &[SubsidyRule]) -> Self {
        Self { rules: rules.to_vec(), openings: Openings::new(), months: Vec::new() }
    }

    fn earlier(&self) -> Earlier {
        Earlier::of_months(self.months.clone())
    }

    fn allocate(&self, month: Month, charges: Vec<Charge>, earlier: &Earlier, chosen: &Chosen) -> Allocation {
        let before = Before { openings: &self.openings, earlier, chosen };
        allocate_after(month, charges, &projects(4), &self.rules, &before)
    }

    fn run(&self, month: &str, charges: Vec<Charge>) -> Allocation {
        let month: Month = month.parse().unwrap();
        self.allocate(month, charges, &self.earlier(), &Chosen::new())
    }

    fn write(&mut self, month: &str, charges: Vec<Charge>) -> Allocation {
        let allocation = self.run(month, charges);
        for position in &allocation.positions {
            let sum = self.openings.entry(position.scope.clone()).or_default();
            *sum = sum.plus(Opening {
                used: Cents::nearest(position.used),
                subsidized: Cents::nearest(position.drawn),
                reached: position.reached,
            });
        }
        let month: Month = month.parse().unwrap();
        let charges: Vec<EarlierCharge> = EarlierCharge::of(month, &allocation, &projects(4), &self.rules).collect();
        // As the book keeps it.
        let text = charges_text(month, &allocation, &projects(4), &self.rules, 0..charges.len());
        assert_eq!(text, earlier_charges_text(month, &self.rules, &charges));
        let mut read = EarlierMonth { month, terms: BTreeMap::new(), charges: Vec::new() };
        read_charges(text.as_bytes(), &mut read).unwrap();
        assert_eq!(read.charges, charges);
        self.months.push(read);
        allocation
    }
}

fn on(month: u32, n: u32, day: u32, project: u32, text: &str) -> Charge {
    let of = charge(n, 1, Some(project), text);
    let day = Day::from_ymd(2026, month, day).unwrap();
    Charge { base: format!("openai:codex:{}:{day}", of.user).into(), day, ..of }
}

/// Draw and billable of each charge, in order.
fn table(allocation: &Allocation) -> Vec<String> {
    let drawn = |n: usize| allocation.draws[n].iter().map(|d| d.amount).sum::<Amount>();
    (0..allocation.charges.len()).map(|n| format!("{}/{}", drawn(n), allocation.billable(n))).collect()
}

/// January with 450 of 500 used before it: 30/0 and 20/40.
fn january(rules: &[SubsidyRule]) -> Books {
    let mut books = Books::new(rules);
    let of_2025 = {
        let used = on(1, 9, 1, 0, "450");
        let day = Day::from_ymd(2025, 11, 10).unwrap();
        Charge { base: format!("openai:codex:{}:{day}", used.user).into(), day, ..used }
    };
    books.write("2025-11", vec![of_2025]);
    let drawn = books.write("2026-01", vec![on(1, 0, 5, 0, "30"), on(1, 1, 20, 0, "60")]);
    assert_eq!(table(&drawn), ["30/0", "20/40"]);
    books
}

fn raised(retroactive: bool) -> SubsidyRule {
    let from = Day::from_ymd(2026, 1, 25).unwrap();
    SubsidyRule { caps: vec![CapChange { from, amount: amount("600"), retroactive }], ..rule("cap", "500") }
}

#[test]
fn a_refund_in_february_takes_back_what_january_drew() {
    for (rules, left) in [([rule("cap", "500")], "10"), ([raised(false)], "110")] {
        let books = january(&rules);
        let february = books.run("2026-02", vec![on(2, 0, 3, 0, "-50")]);
        assert_eq!(table(&february), ["-10/-40"]);
        assert_eq!(february.earlier_refunds[0].key, "openai:codex:u0@x.edu:2026-01-20:2");
        let scope = |p: &&Position| p.scope.subject.name() == "p0";
        assert_eq!(february.positions.iter().find(scope).unwrap().remaining(), amount(left));
    }
}

#[test]
fn a_refund_counts_in_the_period_of_its_charge() {
    let monthly = SubsidyRule { period: crate::calendar::Period::Month, ..rule("cap", "50") };
    let mut books = Books::new(&[monthly]);
    books.write("2026-01", vec![on(1, 0, 5, 0, "80")]);
    let february = books.write("2026-02", vec![on(2, 0, 1, 0, "60"), on(2, 1, 3, 0, "-70")]);
    // Of January's 80 the sponsor paid 50, and pays 10 of the 10 left.
    assert_eq!(table(&february), ["50/10", "-40/-30"]);
    let drawn: Vec<String> = february
        .positions
        .iter()
        .filter(|p| !p.drawn.is_zero())
        .map(|p| format!("{} {} of {}", p.scope.period, p.drawn, p.opening.subsidized))
        .collect();
    assert_eq!(drawn, ["2026-01 -40 of 50.00", "2026-02 50 of 0.00"]);
    // What is left of the charge is 10, and no more is taken back of it.
    let march = books.run("2026-03", vec![on(3, 0, 3, 0, "-65")]);
    assert_eq!(march.orphan_refunds, [0]);
    let Orphan::TooLittle(candidates) = &march.orphans[0] else { panic!("{:?}", march.orphans) };
    let left: Vec<String> = candidates.iter().map(|c| format!("{} {} {}", c.month, c.day, c.left)).collect();
    assert_eq!(left, ["2026-02 2026-02-01 60", "2026-01 2026-01-05 10"]);
}

#[test]
fn charges_of_one_day_that_are_not_paid_alike_are_never_guessed_from() {
    let mut books = Books::new(&[SubsidyRule { level: Level::User, ..rule("cap", "50") }]);
    let of = |n, user: &str| Charge { user: user.into(), ..on(1, n, 5, 0, "30") };
    books.write("2026-01", vec![of(0, "a@x.edu"), of(1, "b@x.edu")]);
    let nobody = Charge { user: "".into(), base: "credit".into(), ..on(2, 0, 3, 0, "-10") };
    let february = books.run("2026-02", vec![nobody.clone()]);
    assert!(matches!(&february.orphans[..], [Orphan::Several(two)] if two.len() == 2), "{:?}", february.orphans);
    assert_eq!(table(&february), ["0/-10"]);
    // Named by hand it is known.
    let earlier = books.earlier();
    let original = earlier.charges[1].clone();
    let named = Chosen::from([(nobody.key(), (original.month, original.key))]);
    let chosen = books.allocate("2026-02".parse().unwrap(), vec![nobody], &earlier, &named);
    assert_eq!(table(&chosen), ["-10/0"]);
    // Under a cap that both share, it is the same which of them is meant.
    let mut books = Books::new(&[rule("cap", "50")]);
    books.write("2026-01", vec![of(0, "a@x.edu"), of(1, "b@x.edu")]);
    let nobody = Charge { user: "".into(), base: "credit".into(), ..on(2, 0, 3, 0, "-10") };
    assert_eq!(table(&books.run("2026-02", vec![nobody])), ["0/-10"]);
}

/// A cap of all projects, and behind it half of what is left,
/// by user.
fn and_half_of_the_rest(cap: &str, period: crate::calendar::Period) -> Vec<SubsidyRule> {
    let first = SubsidyRule { period, level: Level::Global, ..rule("cap", cap) };
    let percent = Percent::new(amount("50")).unwrap();
    vec![first, SubsidyRule { level: Level::User, percent, ..rule("half", "20") }]
}

/// The first cap is full whatever is refunded, so the refund reaches the second
/// rule with more than its charge did.
#[test]
fn what_more_was_taken_back_than_reached_a_rule_is_made_up_for_by_later_months() {
    let mut books = Books::new(&and_half_of_the_rest("40", crate::calendar::Period::CalendarYear));
    let charged = vec![on(1, 0, 2, 0, "30"), on(1, 0, 20, 0, "30"), on(1, 1, 22, 1, "40")];
    assert_eq!(table(&books.run("2026-01", charged.clone())), ["30/0", "20/10", "20/20"]);
    let refunded = [charged, vec![on(1, 0, 23, 0, "-24")]].concat();
    assert_eq!(table(&books.write("2026-01", refunded))[3], "-10/-14");
    // Charged again in two months, it draws the 10 again and not 12.
    assert_eq!(table(&books.write("2026-02", vec![on(2, 0, 5, 0, "3")])), ["0/3"]);
    assert_eq!(table(&books.run("2026-03", vec![on(3, 0, 5, 0, "21")])), ["10/11"]);
}

#[test]
fn a_refund_that_goes_beyond_its_month_takes_back_what_the_period_drew() {
    let mut books = Books::new(&and_half_of_the_rest("40", crate::calendar::Period::Month));
    assert_eq!(table(&books.write("2026-01", vec![on(1, 0, 5, 0, "70")])), ["55/15"]);
    let charged = vec![on(2, 0, 1, 0, "10"), on(2, 1, 2, 1, "100"), on(2, 0, 3, 0, "-10")];
    let earlier = books.earlier();
    let february = books.run("2026-02", charged.clone());
    // January brought 30 to the second rule, of which 20 are left.
    assert_eq!(table(&february), ["10/0", "50/50", "-5/-5"]);
    // What the month rests on is enough to work it out again.
    let needed = Earlier::parse(earlier.needed(&february).text().as_bytes()).unwrap();
    assert!(!needed.is_empty());
    let of: Month = "2026-02".parse().unwrap();
    let again = books.allocate(of, charged.clone(), &needed, &Chosen::new());
    assert_eq!(table(&again), table(&february));
    // It takes back no charge of January, and rests on what January brought.
    let reach = Reach::of(&charged, &projects(4), &Chosen::new());
    let mut gathering = Gathering::new(Some(&reach));
    gathering.add(books.months[0].clone());
    gathering.end_month(true);
    let of_reach = books.allocate(of, charged, &gathering.end(), &Chosen::new());
    assert_eq!(table(&of_reach), table(&february));
}

/// The same where the second rule is split in proportion: it gives back what
/// first come, first served would, and February charges what January did.
#[test]
fn a_rule_in_proportion_gives_back_where_a_month_refunds_more_than_it_charges() {
    for distribution in [Distribution::FirstCome, Distribution::ProRata] {
        let mut rules = and_half_of_the_rest("40", crate::calendar::Period::Month);
        rules[1].distribution = distribution;
        let mut books = Books::new(&rules);
        assert_eq!(table(&books.write("2026-01", vec![on(1, 0, 5, 0, "70")])), ["55/15"]);
        let charged = vec![on(2, 0, 1, 0, "10"), on(2, 1, 2, 1, "100"), on(2, 0, 3, 0, "-10")];
        assert_eq!(table(&books.write("2026-02", charged)), ["10/0", "50/50", "-5/-5"], "{distribution:?}");
        // Charged again it draws the same five once more, and no more than those.
        assert_eq!(table(&books.run("2026-03", vec![on(3, 0, 1, 0, "50")])), ["45/5"], "{distribution:?}");
    }
}

/// A month that charges and refunds splits both alike, and gives back together
/// what the rule pays less for the period's total.
#[test]
fn charges_and_refunds_of_a_month_that_gives_back_have_the_same_share() {
    let mut rules = and_half_of_the_rest("40", crate::calendar::Period::Month);
    rules[1].distribution = Distribution::ProRata;
    let mut books = Books::new(&rules);
    books.write("2026-01", vec![on(1, 0, 5, 0, "70")]);
    // Of 30 in January half was drawn; -20 and 4 of February leave 14, of which
    // it is 7.
    let charged = vec![on(2, 0, 1, 0, "20"), on(2, 1, 2, 1, "100"), on(2, 0, 3, 0, "-20"), on(2, 0, 4, 0, "4")];
    let february = books.run("2026-02", charged);
    let halves: Vec<String> = february
        .draws
        .iter()
        .map(|of| of.iter().filter(|d| d.rule == 1).map(|d| d.amount).sum::<Amount>().to_string())
        .collect();
    assert_eq!(halves, ["0", "20", "-10", "2"]);
}

#[test]
fn a_rule_that_counts_otherwise_now_is_not_guessed_at() {
    let mut books = january(&[rule("cap", "500")]);
    books.rules[0].name = "other".into();
    let february = books.run("2026-02", vec![on(2, 0, 3, 0, "-50")]);
    assert!(matches!(&february.orphans[..], [Orphan::OtherRule(_, name)] if name == "cap"));
    // Under another share the sponsor gets back the share it paid.
    let mut books = january(&[rule("cap", "500")]);
    books.rules[0].percent = Percent::new(amount("10")).unwrap();
    assert_eq!(table(&books.run("2026-02", vec![on(2, 0, 3, 0, "-50")])), ["-10/-40"]);
}

#[test]
fn a_cap_raised_since_leaves_the_split_of_what_it_did_not_pay() {
    // January ran into the cap of 50; under 600 February's 80 are all covered.
    let mut books = Books::new(&[rule("cap", "50")]);
    books.write("2026-01", vec![on(1, 0, 5, 0, "90")]);
    books.rules[0].cap = amount("600");
    books.write("2026-02", vec![on(2, 0, 5, 0, "80")]);
    assert_eq!(table(&books.run("2026-03", vec![on(3, 0, 5, 0, "-80")])), ["-80/0"]);
    // The 90 of January can be meant only by the 85.
    assert_eq!(table(&books.run("2026-03", vec![on(3, 0, 5, 0, "-85")])), ["-45/-40"]);
}

#[test]
fn only_what_a_refund_can_reach_is_held() {
    let mut books = Books::new(&[rule("cap", "500")]);
    for (month, number) in [("2026-01", 1), ("2026-02", 2)] {
        // Of each project a charge of one dollar every day, and one of nine.
        let of_day = |day| (0..4).map(move |project| on(number, day * 10 + project, day, project, "1"));
        let nine = on(number, 500, 20, 0, "9");
        books.write(month, (1..=28).flat_map(of_day).chain([nine]).collect());
    }
    let held = |refunds: &[Charge], chosen: &Chosen| -> Vec<String> {
        let reach = Reach::of(refunds, &projects(4), chosen);
        let mut gathering = Gathering::new(Some(&reach));
        for month in books.months.iter().rev() {
            gathering.add(month.clone());
            gathering.end_month(true);
        }
        let held = gathering.end();
        assert!(held.sums.values().all(|days| days.len() == 56), "what was brought to a cap is whole");
        held.charges.iter().map(|charge| format!("{} {}", charge.day, charge.amount)).collect()
    };
    assert!(held(&[on(3, 0, 2, 0, "5")], &Chosen::new()).is_empty(), "no refund reaches anything");
    // One of nine is enough for both: what is before its day is out of reach.
    let two = [on(3, 0, 2, 0, "-5"), on(3, 1, 3, 0, "-4")];
    let from_its_day = |held: &[String]| held.iter().all(|charge| charge.as_str() >= "2026-02-20");
    let of_two = held(&two, &Chosen::new());
    assert!(from_its_day(&of_two) && of_two.contains(&"2026-02-20 9".to_owned()), "{of_two:?}");
    // None is enough for ten: all of the project are within reach, no others.
    assert_eq!(held(&[on(3, 0, 2, 0, "-10")], &Chosen::new()).len(), 2 * 29);
    // And the one that was named, wherever it is.
    let january = &books.months[0].charges[2];
    let named = Chosen::from([(two[0].key(), (january.month, january.key.clone()))]);
    assert_eq!(held(&two, &named)[0], "2026-01-01 1");
}

/// Charges of a month moved to another one, users kept.
fn moved(charges: Vec<Charge>, month: u32) -> Vec<Charge> {
    let last = Month::new(2026, month).unwrap().last();
    let to = |charge: Charge| {
        let day = Day::from_ymd(2026, month, charge.day.ymd().2.min(26)).unwrap().min(last);
        Charge { base: format!("{}:{month}", charge.stem().text()).into(), day, ..charge }
    };
    charges.into_iter().map(to).collect()
}

fn positive(charges: Vec<Charge>) -> Vec<Charge> {
    charges.into_iter().filter(|charge| charge.amount > Amount::ZERO).collect()
}

proptest! {
    /// Whatever the texts hold, in pieces or at once.
    #[test]
    fn charges_are_written_as_later_months_know_them(
        charges in some_charges(), rules in some_rules(), odd in "[a,:\"\n -]{0,3}", piece in 1usize..9,
    ) {
        let charges = charges.into_iter().map(|charge| {
            let (what, user): (SharedText, SharedText) = (format!("{}{odd}", charge.what).into(), charge.user);
            let base = match charge.item % 3 {
                0 => Base::Own,
                1 => format!("openai:{what}:{user}:{}", charge.day).into(),
                _ => charge.base,
            };
            Charge { base, what, user, ..charge }
        });
        let (january, projects) = ("2026-01".parse().unwrap(), projects(4));
        let allocation = allocate(january, charges.collect(), &projects, &rules, &Openings::new());
        let all: Vec<EarlierCharge> = EarlierCharge::of(january, &allocation, &projects, &rules).collect();
        let mut read = EarlierMonth { month: january, terms: BTreeMap::new(), charges: Vec::new() };
        for (number, some) in all.chunks(piece).enumerate() {
            let from = number * piece;
            let text = charges_text(january, &allocation, &projects, &rules, from..from + some.len());
            prop_assert_eq!(&text, &earlier_charges_text(january, &rules, some));
            read_charges(text.as_bytes(), &mut read).unwrap();
        }
        prop_assert_eq!(read.charges, all);
    }
    /// Taken back and charged again in a later month, a charge leaves every cap
    /// of an unchanged rule as it was, whatever else the month has; and every
    /// charge of the month draws what it drew.
    #[test]
    fn refunded_and_charged_again_in_a_later_month_returns_to_the_start(
        first in some_charges(), second in some_charges(), rules in some_rules(), which in any::<prop::sample::Index>(),
    ) {
        let (mut first, second) = (positive(first), positive(second));
        first.retain(|charge| charge.project.is_some());
        prop_assume!(!first.is_empty());
        let rules: Vec<SubsidyRule> = rules
            .into_iter()
            .take(1)
            .map(|rule| {
                let period = crate::calendar::Period::CalendarYear;
                let tiers_have_no_cap = !rule.tiers.is_empty();
                let cap = if tiers_have_no_cap { amount("1000000") } else { rule.cap };
                SubsidyRule { caps: Vec::new(), period, cap, from: None, to: None, rollover: Rollover::None, ..rule }
            })
            .collect();
        let at = which.index(first.len());
        first[at].what = "chosen".into();
        let chosen = first[at].clone();
        let mut books = Books::new(&rules);
        books.write("2026-01", moved(first, 1));
        let start = books.run("2026-02", moved(second.clone(), 2));
        let later = |n, amount| Charge { base: format!("again{n}").into(), occurrence: 1, amount, ..chosen.clone() };
        let back = [later(1, chosen.amount.negated()), later(2, chosen.amount)];
        let mut day = Day::from_ymd(2026, 2, 26).unwrap();
        let back = back.map(|charge| {
            day = day.plus_days(1);
            Charge { day, ..charge }
        });
        let again = [moved(second, 2), back.to_vec()].concat();
        let after = books.run("2026-02", again);
        prop_assert_eq!(after.earlier_refunds.len(), 1);
        for (before, after) in start.positions.iter().zip(&after.positions) {
            prop_assert_eq!((&before.scope, before.used, before.reached), (&after.scope, after.used, after.reached));
            let apart = before.drawn.minus(after.drawn).abs();
            prop_assert!(apart <= Amount::from_units(2), "{} {}", before.drawn, after.drawn);
        }
    }

    /// However rules stand behind each other, and in whatever months a period is
    /// charged and refunded: what an unchanged rule has drawn of it is what it
    /// pays for the total, but for what earlier months were rounded to cents.
    #[test]
    fn what_was_drawn_of_a_period_is_what_the_rule_pays_for_its_total(
        months in proptest::collection::vec(some_charges(), 2..4), rules in some_rules(),
    ) {
        let unchanged = |rule: SubsidyRule| SubsidyRule {
            caps: Vec::new(),
            rollover: Rollover::None,
            from: None,
            to: None,
            ..rule
        };
        let rules: Vec<SubsidyRule> = rules.into_iter().map(unchanged).collect();
        let mut books = Books::new(&rules);
        let mut sums: BTreeMap<Scope, (Amount, Amount)> = BTreeMap::new();
        for (number, charges) in (1u32..).zip(months) {
            let allocation = books.write(&format!("2026-{number:02}"), moved(charges, number));
            for position in &allocation.positions {
                let (reached, drawn) = sums.entry(position.scope.clone()).or_default();
                *reached = reached.plus(position.reached);
                *drawn = drawn.plus(position.drawn);
            }
        }
        for (scope, (reached, drawn)) in sums {
            let rule = rules.iter().find(|rule| rule.name == scope.rule).unwrap();
            let pays = rule.share_of(reached.max(Amount::ZERO)).min(rule.cap);
            prop_assert!(drawn.minus(pays).abs() <= Cents(2).amount(), "{scope:?}: {drawn} of {reached}, not {pays}");
        }
    }

    /// Whatever comes back, no period gives more than it drew, no cap is passed,
    /// and no order of rows changes anything; what the month rests on is enough
    /// to work it out again.
    #[test]
    fn refunds_across_months_stay_between_nothing_and_the_cap(
        months in proptest::collection::vec(some_charges(), 2..4), rules in some_rules(), shuffle in any::<u64>(),
    ) {
        let rules: Vec<SubsidyRule> = rules.into_iter().map(|rule| SubsidyRule { caps: Vec::new(), ..rule }).collect();
        let mut books = Books::new(&rules);
        for (number, charges) in (1u32..).zip(months) {
            let charges = moved(charges, number);
            let month = format!("2026-{number:02}");
            let mut shuffled = charges.clone();
            shuffled.sort_by_key(|charge| (u64::from(charge.item) + 1).wrapping_mul(shuffle | 1));
            let earlier = books.earlier();
            let of: Month = month.parse().unwrap();
            let again = books.allocate(of, shuffled, &earlier, &Chosen::new());
            let needed = Earlier::parse(earlier.needed(&again).text().as_bytes()).unwrap();
            prop_assert_eq!(&needed, &earlier.needed(&again));
            let replayed = books.allocate(of, charges.clone(), &needed, &Chosen::new());
            // Nothing beyond the reach of its refunds matters.
            let reach = Reach::of(&charges, &projects(4), &Chosen::new());
            let mut gathering = Gathering::new(Some(&reach));
            for month in books.months.iter().rev() {
                gathering.add(month.clone());
                gathering.end_month(true);
            }
            let of_reach = books.allocate(of, charges.clone(), &gathering.end(), &Chosen::new());
            let allocation = books.write(&month, charges);
            prop_assert_eq!(&again, &allocation);
            prop_assert_eq!(&of_reach, &allocation);
            prop_assert_eq!((&replayed.charges, &replayed.draws), (&allocation.charges, &allocation.draws));
            for (number, draws) in allocation.draws.iter().enumerate() {
                let charge = &allocation.charges[number];
                let sum: Amount = draws.iter().map(|draw| draw.amount).sum();
                prop_assert!(sum.abs() <= charge.amount.abs());
                prop_assert!(draws.iter().all(|draw| draw.amount.is_negative() == charge.amount.is_negative()));
            }
            let cents = Amount::from_units(10i128.pow(16)).minus(Amount::ZERO);
            for position in &allocation.positions {
                let drawn = position.opening.subsidized.amount().plus(position.drawn);
                prop_assert!(drawn >= cents.negated().plus(cents.negated()), "{:?} {drawn}", position.scope);
                prop_assert!(drawn <= position.ceiling.plus(cents), "{:?} {drawn}", position.scope);
            }
        }
    }
}
