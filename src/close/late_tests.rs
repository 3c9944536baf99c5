use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::allocate::SubsidyRule;
use crate::allocate::allocate;
use crate::allocate::tests::{projects, some_charges, some_openings, some_rules};
use crate::focus::{Row, Terms};
use crate::price::PriceBook;

fn january() -> Month {
    "2026-01".parse().unwrap()
}

#[test]
fn a_refund_that_comes_later_gives_the_sponsor_its_part_back() {
    use crate::allocate::tests::{charge, rule};
    let rules = [rule("r", "50")];
    let (first, second) = (charge(0, 5, Some(0), "30"), charge(1, 20, Some(0), "60"));
    let (signed, caps) = sign(Profile::OpenChargeback, vec![first.clone(), second.clone()], &rules, &Openings::new());
    // 30/0 and 20/40. A cap of 50 pays 40 of what is left of 90 less 50.
    let refund = Charge { user: second.user.clone(), ..charge(2, 25, Some(0), "-50") };
    let late = correct(&signed, vec![first, second, refund], &rules, &caps, "2026-02".parse().unwrap());
    assert_eq!(late.totals(), (Cents(-5000), Cents(-1000)));
    let (_, change) = late.openings.first_key_value().unwrap();
    assert_eq!((change.used, change.subsidized), (Cents(-5000), Cents(-1000)));
}

#[test]
fn a_cap_in_retrospect_splits_signed_charges_anew_in_the_open_month() {
    use crate::allocate::CapChange;
    use crate::allocate::tests::{amount, charge, rule};
    let day = |n| crate::calendar::Day::from_ymd(2026, 1, n).unwrap();
    let raised = |cap: &str, retroactive| {
        let caps = vec![CapChange { from: day(25), amount: amount(cap), retroactive }];
        [crate::allocate::SubsidyRule { caps, ..rule("r", "50") }]
    };
    let charges = vec![charge(0, 5, Some(0), "30"), charge(1, 20, Some(0), "60")];
    // 30/0 and 20/40.
    let (mut signed, caps) = sign(Profile::OpenChargeback, charges.clone(), &[rule("r", "50")], &Openings::new());
    let february = "2026-02".parse().unwrap();
    let forward = correct(&signed, charges.clone(), &raised("150", false), &caps, february);
    assert!(forward.rows.is_empty() && forward.charges.is_empty());
    let late = correct(&signed, charges.clone(), &raised("150", true), &caps, february);
    // The second charge only: it becomes 60/0, and 60 are left.
    assert_eq!(late.charges.iter().map(|c| c.key.as_str()).collect::<Vec<_>>(), [charge_key(&charges[1])]);
    assert_eq!(late.totals(), (Cents(0), Cents(4000)));
    let (scope, change) = late.openings.first_key_value().unwrap();
    assert_eq!((change.used, change.subsidized, change.reached), (Cents(0), Cents(4000), Amount::ZERO));
    assert_eq!(Cents(15_000) - added(&caps, &late.openings)[scope].subsidized, Cents(6000));
    // What other months drew meanwhile is not there to be drawn again.
    let others = Openings::from([(scope.clone(), Opening::stated(Cents(7500), Cents(7500)))]);
    let less = correct(&signed, charges.clone(), &raised("150", true), &added(&caps, &others), february);
    assert_eq!(less.totals(), (Cents(0), Cents(2500)));
    // Lowered, the sponsor gets back what is beyond.
    let lowered = correct(&signed, charges.clone(), &raised("20", true), &caps, february);
    assert_eq!(lowered.totals(), (Cents(0), Cents(-3000)));
    // Accepted, it is not proposed again.
    let after = added(&caps, &late.openings);
    signed.corrected.push(late);
    let again = correct(&signed, charges, &raised("150", true), &after, "2026-03".parse().unwrap());
    assert!(again.rows.is_empty() && again.charges.is_empty());
}

/// A month signed with these charges, and what its caps stand at after it.
fn sign(profile: Profile, charges: Vec<Charge>, rules: &[SubsidyRule], openings: &Openings) -> (Signed, Openings) {
    let (prices, terms, projects) = (PriceBook::default(), Terms::default(), projects(4));
    let made = Made { month: january(), profile, projects: &projects, rules, prices: &prices, terms: &terms };
    let allocation = Arc::new(allocate(january(), charges, &projects, rules, openings));
    let sheet = Sheet::new(Arc::clone(&allocation), &made);
    let mut after = openings.clone();
    after.extend(focus::written(&sheet).into_iter().map(|(scope, opening, _)| (scope, opening)));
    let draw = |(charge, draw, cents): (u32, &crate::allocate::Draw, Cents)| LateDraw {
        charge: charge_key(&allocation.charges[charge as usize]),
        scope: allocation.positions[draw.position as usize].scope.clone(),
        amount: draw.amount,
        cents,
        back: false,
    };
    let signed = Signed {
        of: january(),
        profile,
        charges: signed_charges(&allocation.charges, &projects),
        rows: Arc::new(sheet.kept()),
        draws: sheet.drawn_cents().map(draw).collect(),
        corrected: Vec::new(),
        earlier: Arc::default(),
        chosen: Chosen::new(),
        rules: rules.to_vec(),
        openings: [openings.clone(), openings.clone()],
    };
    (signed, after)
}

fn correct(signed: &Signed, now: Vec<Charge>, rules: &[SubsidyRule], openings: &Openings, into: Month) -> Late {
    let (prices, terms, projects) = (PriceBook::default(), Terms::default(), projects(4));
    let made =
        Made { month: signed.of, profile: signed.profile, projects: &projects, rules, prices: &prices, terms: &terms };
    late(signed, now, &made, (openings, &|_| Arc::default()), into)
}

type Net = BTreeMap<String, BTreeMap<(String, String), Cents>>;

/// Cents of every charge by payer and project, without what is nothing.
fn net<'a>(rows: impl Iterator<Item = Row<'a>>) -> Net {
    let mut all = Net::new();
    for row in rows {
        let of = all.entry(focus::charge_of(&row.id.text())).or_default();
        let sum = of.entry((row.payer.fund_org.to_owned(), row.payer.project_id.to_owned())).or_default();
        *sum = *sum + row.billed_cost;
    }
    all.values_mut().for_each(|of| of.retain(|_, sum| *sum != Cents::ZERO));
    all.retain(|_, of| !of.is_empty());
    all
}

fn alike(a: &SignedCharge, b: &SignedCharge) -> bool {
    (a.amount, &a.project, &a.fund_org) == (b.amount, &b.project, &b.fund_org)
}

fn profiles() -> impl Strategy<Value = Profile> {
    prop::sample::select(vec![Profile::OpenChargeback, Profile::Focus12])
}

fn total(net: &Net) -> Cents {
    net.values().flat_map(BTreeMap::values).copied().sum()
}

proptest! {
    /// Laid over what was signed, corrections charge what is right now: what did
    /// not change to the cent as signed, all that did together as it rounds. No
    /// cap that was kept is exceeded by it, and the draws are those of the caps.
    #[test]
    fn signed_rows_and_corrections_are_the_rows_as_now(
        before in some_charges(), now in some_charges(), later in some_charges(),
        rules in some_rules(), openings in some_openings(), profile in profiles(),
    ) {
        let (mut signed, mut caps) = sign(profile, before, &rules, &openings);
        for (month, now) in (["2026-02", "2026-03"]).into_iter().zip([now, later]) {
            let into: Month = month.parse().unwrap();
            let was = net(signed.rows.rows().chain(signed.corrected.iter().flat_map(|late| late.rows.rows())));
            let stood: BTreeMap<String, SignedCharge> = {
                let mut all: BTreeMap<_, _> = signed.charges.iter().map(|c| (c.key.clone(), c.clone())).collect();
                for late in &signed.corrected {
                    late.gone.iter().for_each(|key| { all.remove(key); });
                    all.extend(late.charges.iter().map(|c| (c.key.clone(), c.clone())));
                }
                all
            };
            let late = correct(&signed, now.clone(), &rules, &caps, into);
            let rows = signed.corrected.iter().flat_map(|late| late.rows.rows());
            let is = net(signed.rows.rows().chain(rows).chain(late.rows.rows()));
            let right: BTreeMap<String, SignedCharge> = signed_charges(&now, &projects(4))
                .into_iter().map(|charge| (charge.key.clone(), charge)).collect();
            let mut changed = Amount::ZERO;
            // Charges that are newly refunded are worked out with their refunds.
            let anew_too: BTreeSet<String> = late.charges.iter().map(|charge| charge.key.clone()).collect();
            let refunds = anew_too.iter().any(|key| right[key].amount.is_negative());
            for key in anew_too.iter().filter(|_| !refunds) {
                prop_assert!(!stood.get(key).is_some_and(|was| alike(was, &right[key])), "{key} did not change");
            }
            let (mut kept, mut anew) = (Net::new(), Net::new());
            for (key, of) in &is {
                prop_assert!(right.contains_key(key), "{key} is gone and still charged");
                let same = !anew_too.contains(key) && stood.get(key).is_some_and(|was| alike(was, &right[key]));
                if same { &mut kept } else { &mut anew }.insert(key.clone(), of.clone());
            }
            for (key, charge) in &right {
                match !anew_too.contains(key) && stood.get(key).is_some_and(|was| alike(was, charge)) {
                    true => prop_assert_eq!(is.get(key), was.get(key)),
                    false => changed = changed.plus(charge.amount),
                }
            }
            prop_assert_eq!(total(&anew), Cents::nearest(changed));
            let ids: BTreeSet<String> = late.rows.rows().map(|row| row.id.text().into_owned()).collect();
            prop_assert_eq!(ids.len(), late.rows.len());
            for row in late.rows.rows() {
                prop_assert_eq!((row.standing, row.month, row.day.month()), (focus::Standing::Correction, into, january()));
            }
            let mut drawn = BTreeMap::<Scope, Cents>::new();
            for draw in &late.draws {
                let sum = drawn.entry(draw.scope.clone()).or_default();
                *sum = *sum + draw.cents;
            }
            for (scope, change) in &late.openings {
                prop_assert_eq!(drawn.remove(scope).unwrap_or_default(), change.subsidized);
            }
            prop_assert!(drawn.is_empty());
            let after = added(&caps, &late.openings);
            // With what is given back rolled over, and caps as they were on the days of the charges.
            let months = [Vec::new(), now.clone()].map(|c| allocate(january(), c, &projects(4), &rules, &after));
            for (scope, _) in late.openings.iter().filter(|(_, change)| change.subsidized > Cents::ZERO) {
                // What the period before left is rolled over once: its charges are in the openings.
                let bounds = months[1].position(scope).map(|position| position.bounds);
                let of_period = now.iter().filter(|c| bounds.is_some_and(|(first, last)| (first..=last).contains(&c.day)));
                let alone = allocate(january(), of_period.cloned().collect(), &projects(4), &rules, &after);
                let ceilings = months.iter().chain([&alone]).filter_map(|month| month.position(scope));
                let ceiling = ceilings.map(|position| Cents::floor(position.ceiling)).max();
                let drawn = after[scope].subsidized;
                prop_assert!(ceiling.is_some_and(|ceiling| drawn <= ceiling), "{scope:?}: {drawn} of {ceiling:?}");
            }
            // Kept and read back it is the same; the same again is nothing.
            prop_assert_eq!(&Late::parse(&late.text().unwrap()).unwrap(), &late);
            caps = added(&caps, &late.openings);
            signed.corrected.push(late);
            let again = correct(&signed, now, &rules, &caps, into.next());
            prop_assert!(again.rows.is_empty() && again.openings.is_empty() && again.draws.is_empty());
        }
    }
}
