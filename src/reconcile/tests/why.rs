//! Causes that meet in one month, and a month that has none.

use proptest::prelude::*;

use crate::amount::Amount;
use crate::reconcile::cause::months::{Bill, Months, Row, assert_only, noise, shown};
use crate::reconcile::{Evidence, Probe, Proposal, explain};

const SHAPES: [Bill; 3] = [Bill::Classes, Bill::Models, Bill::Requests];

fn discount_ignored(row: &mut Row) {
    row.prices[1] = row.prices[0];
}

#[test]
fn two_sides_that_agree_have_nothing_to_explain() {
    for shape in SHAPES.into_iter().chain([Bill::Days]) {
        let why = Months::plain(shape).why();
        assert_eq!((why.variance, why.findings.len()), (Amount::ZERO, 0), "{shape:?}");
    }
}

#[test]
fn random_noise_claims_nothing() {
    for shape in SHAPES.into_iter().chain([Bill::Days]) {
        // On the bill, on the ledger, and in cents.
        for (salt, step) in [(1u64, 1i128), (2, 1_000_000_000_000), (3, 10_000_000_000_000_000)] {
            let mut month = Months::plain(shape);
            let rows = if salt == 2 { &mut month.ledger } else { &mut month.bill };
            for (n, row) in rows.iter_mut().enumerate() {
                let units = row.amount().units() * i128::from(500 + noise(n as u64 * 8 + salt) % 1_000) / 1_000;
                row.amount = Some(Amount::from_units((units + i128::from(noise(n as u64))) / step * step));
            }
            let why = month.why();
            assert_eq!(shown(&why), [""; 0], "{shape:?} {salt}");
            assert_eq!(why.residual, why.variance);
            assert!(!why.unexplained.is_empty());
        }
    }
}

#[test]
fn batch_and_a_discount_ignored_are_taken_apart_on_the_same_requests() {
    for shape in SHAPES {
        let why = Months::of(shape, &["gpt-4o"], 31).bill_each(|row| row.times = (1, 2)).ledger_each(discount_ignored);
        let why = why.why();
        assert_only(&why, &[Probe::Batch, Probe::CachedIgnored]);
    }
}

#[test]
fn days_without_models_are_taken_apart_as_well() {
    let why = Months::plain(Bill::Days).bill_each(|row| row.times = (1, 2)).why();
    assert_only(&why, &[Probe::Batch]);
    let why = Months::plain(Bill::Days).ledger_each(discount_ignored).why();
    assert_only(&why, &[Probe::CachedIgnored]);
    let why = Months::plain(Bill::Days).bill_each(|row| row.times = (1, 2)).ledger_each(discount_ignored).why();
    assert_only(&why, &[Probe::Batch, Probe::CachedIgnored]);
}

#[test]
fn rounding_stands_beside_another_cause() {
    for shape in SHAPES {
        let mut month = Months::of(shape, &["gpt-4o-mini"], 31).bill_each(|row| row.times = (1, 2));
        month.ledger.iter_mut().for_each(|row| row.amount = Some(row.amount().rounded(6)));
        let why = month.why();
        assert_only(&why, &[Probe::Batch, Probe::Rounding]);
        assert!(why.findings.iter().all(|finding| finding.exact));
    }
}

#[test]
fn each_model_has_its_own_cause() {
    for shape in SHAPES {
        let bill = |row: &mut Row| {
            if row.model == "gpt-4o" {
                row.times = (1, 2);
            }
        };
        let ledger = |row: &mut Row| {
            if row.model == "o3" {
                row.prices = ["10", "2.5", "10", "40"].map(|price| price.parse().unwrap());
            } else if row.model == "gpt-4.1" {
                row.times = (1, 100);
            }
        };
        let month = Months::of(shape, &["gpt-4o", "gpt-4.1", "o3"], 31).bill_each(bill).ledger_each(ledger);
        let why = month.why();
        assert_eq!(why.residual, Amount::ZERO, "{shape:?}");
        let probes: std::collections::BTreeSet<Probe> = why.findings.iter().map(|finding| finding.probe).collect();
        assert_eq!(probes.into_iter().collect::<Vec<_>>(), [Probe::Batch, Probe::PriceDate, Probe::Unit], "{shape:?}");
    }
}

#[test]
fn batch_from_a_day_on_and_a_project_missing_and_a_grant() {
    for shape in [Bill::Classes, Bill::Models] {
        let batch = |row: &mut Row| {
            if row.day() > 15 && row.model == "gpt-4o" {
                row.times = (1, 2);
            }
        };
        let mut month = Months::plain(shape).bill_each(batch);
        month.ledger.retain(|row| row.project == "proj_a");
        month.beside = vec![(20, "Promotion", "proj_a", "-3")];
        let why = month.why();
        assert_eq!(why.residual, Amount::ZERO);
        let probes: std::collections::BTreeSet<Probe> = why.findings.iter().map(|finding| finding.probe).collect();
        let expect = [Probe::Batch, Probe::Adjustments, Probe::Missing];
        assert_eq!(probes.into_iter().collect::<Vec<_>>(), expect, "{:?}", shown(&why));
    }
}

#[test]
fn another_zone_and_batch_and_a_discount_ignored() {
    for shape in [Bill::Classes, Bill::Models] {
        let mut month = Months::of(shape, &["gpt-4o"], 31);
        for (n, row) in month.bill.iter_mut().enumerate() {
            row.second = (row.day() - 1) * 86_400 + (n as i64 * 7 % 24) * 3_600 + row.output % 3_600;
        }
        month.ledger = month.bill.clone();
        month.ledger.iter_mut().for_each(|row| row.second -= 5 * 3_600);
        let mut month = month.bill_each(|row| row.times = (1, 2));
        let why = month.why();
        assert_eq!(why.residual, Amount::ZERO, "{shape:?} {:?}", shown(&why));
        assert!(why.findings.iter().any(|finding| finding.probe == Probe::DayOffset));
        if shape == Bill::Classes {
            // Tokens say it behind any price.
            month = month.ledger_each(discount_ignored);
            let why = month.why();
            let probes: std::collections::BTreeSet<Probe> = why.findings.iter().map(|finding| finding.probe).collect();
            let expect = [Probe::DayOffset, Probe::Batch, Probe::CachedIgnored];
            assert_eq!(probes.into_iter().collect::<Vec<_>>(), expect);
            assert_eq!(why.residual, Amount::ZERO);
        }
    }
}

#[test]
fn three_components_of_one_amount_are_taken_apart() {
    // A unit, the discount ignored and priority.
    for shape in SHAPES {
        let month = Months::of(shape, &["gpt-4o"], 31).bill_each(|row| row.times = (17, 10)).ledger_each(|row| {
            discount_ignored(row);
            row.times = (100, 1);
        });
        let why = month.why();
        assert_only(&why, &[Probe::Unit, Probe::Priority, Probe::CachedIgnored]);
    }
}

#[test]
fn proposals_one_after_the_other_leave_nothing() {
    let bill = |row: &mut Row| {
        row.times = (if row.model == "gpt-4o" { 1 } else { 7 }, if row.model == "gpt-4o" { 2 } else { 4 })
    };
    let month = Months::plain(Bill::Models).bill_each(bill);
    let (why, done) = (month.why(), month.done());
    let sides = done.case.sides();
    let mut evidence = Evidence::of(&sides, done.items());
    assert_eq!(evidence.residual(), why.variance);
    for finding in &why.findings {
        let next = evidence.with(finding.proposal.as_ref().unwrap());
        assert_eq!(evidence.residual().minus(next.residual()), finding.explained);
        evidence = next;
    }
    assert_eq!(evidence.residual(), Amount::ZERO);
    let merge = Proposal::MergeModels { a: "nobody".into(), b: "nothing".into() };
    assert_eq!(merge.residual(&evidence), Amount::ZERO, "names that are not there change nothing");
}

#[test]
fn each_probe_alone_finds_its_own() {
    let month = Months::of(Bill::Models, &["gpt-4o"], 31).bill_each(|row| row.times = (1, 2));
    let done = month.done();
    let sides = done.case.sides();
    let evidence = Evidence::of(&sides, done.items());
    for probe in Probe::ALL {
        let found = probe.run(&evidence);
        assert!(found.iter().all(|finding| finding.probe == probe), "{probe:?}");
        assert_eq!(found.is_empty(), !matches!(probe, Probe::Batch | Probe::PriceDate), "{probe:?}");
    }
}

#[test]
fn one_item_is_explained_as_well() {
    let month = Months::plain(Bill::Requests).bill_each(|row| row.times = (1, 2));
    let done = month.done();
    let sides = done.case.sides();
    let one = done.items().select(|item| item == 5);
    let why = explain(&Evidence::of(&sides, &one));
    assert_only(&why, &[Probe::Batch]);
    assert_eq!(why.at(&why.findings[0].over[0].0), [(crate::reconcile::Cause::Tier, why.variance)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// However a month is spoiled and whatever order its rows are in: findings
    /// and residual add up to the variance, and the order changes nothing.
    #[test]
    fn findings_and_residual_add_up_in_any_order(
        shape in proptest::sample::select(vec![Bill::Classes, Bill::Models, Bill::Days, Bill::Requests]),
        spoil in proptest::collection::vec((0usize..9, 0i64..31, 1i64..7), 1..4),
        seed in any::<u64>(),
    ) {
        let mut month = Months::of(shape, &["gpt-4o", "gpt-4.1"], 12);
        for (way, day, of) in spoil {
            let hit = |row: &Row| row.day() >= day && row.output % of == 0;
            match way {
                0 => month.bill.iter_mut().filter(|row| hit(row)).for_each(|row| row.times = (1, 2)),
                1 => month.ledger.iter_mut().filter(|row| hit(row)).for_each(discount_ignored),
                2 => month.ledger.retain(|row| !hit(row)),
                3 => month.bill.retain(|row| !hit(row)),
                4 => month.ledger.iter_mut().filter(|row| hit(row)).for_each(|row| row.second += 40_000),
                5 => month.bill.iter_mut().filter(|row| hit(row)).for_each(|row| row.times = (103, 100)),
                6 => month.ledger.iter_mut().filter(|row| hit(row)).for_each(|row| row.project = "proj_z"),
                7 => month.bill.iter_mut().filter(|row| hit(row)).for_each(|row| {
                    row.amount = Some(Amount::from_units(i128::from(noise(row.output as u64)) * 1_000_000));
                }),
                _ => {
                    let copies: Vec<Row> = month.ledger.iter().filter(|row| hit(row)).cloned().collect();
                    month.ledger.extend(copies);
                }
            }
        }
        let why = month.why();
        let sum: Amount = why.findings.iter().map(|finding| finding.explained).sum();
        prop_assert_eq!(sum.plus(why.residual), why.variance);
        let left: Amount = why.unexplained.iter().map(|(_, amount)| *amount).sum();
        prop_assert_eq!(left, why.residual);
        for rows in [&mut month.bill, &mut month.ledger] {
            let mut keyed: Vec<(i64, Row)> =
                rows.drain(..).enumerate().map(|(n, row)| (noise(seed ^ n as u64), row)).collect();
            keyed.sort_by_key(|(key, _)| *key);
            rows.extend(keyed.into_iter().map(|(_, row)| row));
        }
        prop_assert_eq!(month.why(), why);
    }
}
