//! The profiles of FOCUS: quantities, prices, cents and the journal.

use std::collections::BTreeMap;

use super::kept::counted_charges;
use super::*;

proptest! {
    #[test]
    fn pieces_lose_no_credit_and_no_cent(
        charges in counted_charges(), rules in some_rules(), openings in some_openings(),
    ) {
        let (allocation, sheet) = make_as(Profile::Focus, charges.clone(), &rules, &openings);
        let (_, documented) = make_as(Profile::OpenChargeback, charges, &rules, &openings);
        prop_assert_eq!(sheet.totals(), documented.totals());
        let credits: Quantity = sheet.rows().map(|row| row.measure.unwrap().quantity).sum();
        let charged: Quantity = allocation.charges.iter().filter_map(|charge| charge.counts.credits()).sum();
        prop_assert_eq!(credits, charged);
        let consumed: Quantity = sheet.rows().map(|row| row.measure.unwrap().consumed).sum();
        let used: Quantity = allocation.charges.iter().map(|charge| super::super::pieces::counted(charge).consumed).sum();
        prop_assert_eq!(consumed, used);
        for row in sheet.rows() {
            let measure = row.measure.unwrap();
            prop_assert_eq!(row.list_cost, Exact::priced(measure.unit_price, measure.quantity).1);
            prop_assert!(!measure.unit_price.is_negative());
        }
        let ids: BTreeSet<String> = sheet.rows().map(|row| row.id.text().into_owned()).collect();
        prop_assert_eq!(ids.len(), sheet.len());
    }

    #[test]
    fn a_journal_balances_and_charges_what_the_file_charges(
        charges in some_charges(), rules in some_rules(), profile in prop::sample::select(Profile::ALL.to_vec()),
    ) {
        let (_, sheet) = make_as(profile, charges, &rules, &Openings::new());
        let accounting = Accounting { fund_org: "IT".into(), account_code: "1".into(), expense_code: "2".into() };
        let lines = postings(&sheet, &accounting);
        let debit: Cents = lines.iter().map(|line| line.debit).sum();
        let credit: Cents = lines.iter().map(|line| line.credit).sum();
        prop_assert_eq!(debit, credit);
        let mut funds: BTreeMap<&str, Cents> = BTreeMap::new();
        for line in lines.iter().filter(|line| line.account_code == "2") {
            let sum = funds.entry(&line.fund_org).or_default();
            *sum = *sum + (line.debit - line.credit);
        }
        let mut expect: BTreeMap<&str, Cents> = BTreeMap::new();
        let rows: Vec<Row> = sheet.rows().collect();
        for row in &rows {
            let sum = expect.entry(row.payer.fund_org).or_default();
            *sum = *sum + row.billed_cost;
        }
        funds.retain(|_, sum| *sum != Cents::ZERO);
        expect.retain(|_, sum| *sum != Cents::ZERO);
        prop_assert_eq!(funds, expect);
    }
}

#[test]
fn three_funds_at_1_004_book_3_01() {
    let charges = (0..3).map(|n| charge(n, 5, Some(n), "1.004")).collect();
    let (_, sheet) = make(charges, &[], &Openings::new());
    let accounting = Accounting { fund_org: "IT".into(), account_code: "4711".into(), expense_code: "6600".into() };
    let text = journal_csv(&sheet, &accounting);
    assert_eq!(
        text,
        "date,fund_org,account_code,project_id,debit,credit,currency,description\n\
         2026-01-31,DEPT-0,6600,p0,1.01,0.00,USD,AI usage 2026-01\n\
         2026-01-31,DEPT-1,6600,p1,1.00,0.00,USD,AI usage 2026-01\n\
         2026-01-31,DEPT-2,6600,p2,1.00,0.00,USD,AI usage 2026-01\n\
         2026-01-31,IT,4711,,0.00,3.01,USD,AI usage 2026-01\n"
    );
}

#[test]
fn ids_that_read_as_numbers_and_names_that_are_not_ascii_are_written_as_text() {
    let odd = Charge {
        what: "2026".into(),
        user: "zoë@x.edu".into(),
        base: "openai:2026:zoë@x.edu:2026-01-05".into(),
        counts: Counts::new(Some(Quantity::from_int(10)), None, None),
        measured: Measured { account: "20260105".into(), lots: Lots::One(0) },
        ..charge(0, 5, None, "0.5")
    };
    let (_, sheet) = make_as(Profile::Focus, vec![odd], &[], &Openings::new());
    assert!(sheet.refusals().is_empty(), "{:?}", sheet.refusals());
    let text = text(&sheet);
    assert!(text.is_ascii());
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let row: BTreeMap<String, String> = reader.deserialize().next().unwrap().unwrap();
    for (name, value) in [
        ("BillingAccountId", "account-20260105"),
        ("SkuMeter", "meter-2026"),
        ("x_UsageUser", "zo%C3%AB@x.edu"),
        ("ResourceId", "openai:2026:zo%C3%AB@x.edu:2026-01-05:usage"),
        ("PricingQuantity", "10.0"),
        ("ListCost", "0.5"),
        ("BillingAccountName", ""),
    ] {
        assert_eq!(row[name], value, "{name}");
    }
}

#[test]
fn usage_without_credits_is_priced_by_its_tokens_or_as_one_charge() {
    let tokens = Charge {
        counts: Counts::new(None, None, Some(30)),
        service: "OpenAI API",
        ..charge(0, 5, Some(0), "0.000045")
    };
    let fee = Charge { service: "OpenAI API", ..charge(1, 6, Some(0), "-2.5") };
    let (_, sheet) = make_as(Profile::Focus, vec![tokens, fee], &[], &Openings::new());
    let measures: Vec<_> = sheet
        .rows()
        .map(|row| {
            let measure = row.measure.unwrap();
            format!("{} {} at {}", measure.quantity, measure.unit, measure.unit_price)
        })
        .collect();
    assert_eq!(measures, ["30 Tokens at 0.0000015", "-1 Charges at 2.5"]);
}

#[test]
fn a_purchase_is_a_row_that_charges_nobody() {
    let prices = prices();
    let terms = Terms { purchases: true, ..Terms::default() };
    let allocation = Arc::new(Allocation::default());
    let projects = &projects(1);
    let made = Made { month: month(), profile: Profile::Focus, projects, rules: &[], prices: &prices, terms: &terms };
    let sheet = Sheet::new(allocation, &made);
    assert_eq!((sheet.len(), sheet.charged(), sheet.totals()), (1, 0, (Cents::ZERO, Cents::ZERO)));
    let mut reader = csv::Reader::from_reader(std::io::Cursor::new(text(&sheet)));
    let row: BTreeMap<String, String> = reader.deserialize().next().unwrap().unwrap();
    for (name, value) in [
        ("ChargeCategory", "Purchase"),
        ("ChargeFrequency", "One-Time"),
        ("BilledCost", "469.26"),
        ("EffectiveCost", "0.0"),
        ("PricingQuantity", "11732.0"),
        ("ConsumedQuantity", ""),
        ("ChargePeriodStart", "2026-01-08T00:00:00Z"),
        ("Tags", "{\"charge_type\": \"purchase\"}"),
    ] {
        assert_eq!(row[name], value, "{name}");
    }
}
