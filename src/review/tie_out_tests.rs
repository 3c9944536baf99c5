use super::*;
use proptest::prelude::*;

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn item(billed: &str, recorded: &str, verdict: Option<Verdict>) -> Settlement {
    let side = |text: &str| (!text.is_empty()).then(|| amount(text));
    Settlement {
        billed: side(billed),
        recorded: side(recorded),
        bill_side: !billed.is_empty(),
        ledger_side: !recorded.is_empty(),
        verdict,
        comparable: true,
    }
}

fn a_month() -> TieOut {
    [
        item("1000", "998.5", Some(Verdict::ApproveBilled)),
        item("20", "18", Some(Verdict::ApproveRecorded)),
        item("", "3", Some(Verdict::ApproveBilled)),
        item("", "2", Some(Verdict::ApproveRecorded)),
        item("34.56", "", Some(Verdict::Dispute)),
        item("1.25", "7", Some(Verdict::WriteOff)),
        item("200", "", None),
        Settlement { comparable: false, ..item("", "9", None) },
    ]
    .into_iter()
    .collect()
}

#[test]
fn what_is_written_follows_from_what_was_approved() {
    let month = a_month();
    // 1000 as billed, 18 as recorded, 3 and 2 of the ledger alone.
    assert_eq!(month.written_exact(), amount("1023"));
    assert_eq!((month.bill.approved(), month.recorded_minus_billed), (amount("1020"), amount("-2")));
    assert_eq!(month.ledger_only_approved, amount("5"));
    assert!(month.balanced(amount("1255.81"), amount("1037.5")));
}

#[test]
fn a_lost_item_shows_as_a_gap() {
    let balance = a_month().balance(amount("1255.82"), amount("1037.5"));
    assert_eq!((balance.bill_gap, balance.ledger_gap), (amount("0.01"), Amount::ZERO));
    assert!(!balance.holds());
    let line = a_month().bill_sentence(amount("1255.8100000001")).to_string();
    assert!(line.ends_with(" ✗ off by 0.0000000001"), "{line}");
}

#[test]
fn approving_a_bill_only_item_as_recorded_writes_nothing_of_it() {
    let month: TieOut = [item("5", "", Some(Verdict::ApproveRecorded))].into_iter().collect();
    assert_eq!((month.written_exact(), month.bill.approved()), (Amount::ZERO, amount("5")));
}

#[test]
fn an_unknown_amount_is_counted_and_never_worth_zero_in_silence() {
    let month: TieOut =
        [Settlement { billed: None, ..item("1", "2", None) }, item("3", "3", None)].into_iter().collect();
    assert_eq!((month.bill.unpriced, month.ledger.unpriced), (1, 0));
    let line = month.bill_sentence(amount("3")).without_zeros().to_string();
    assert_eq!(line, "Bill 3.00 = open 3.00, 1 item unpriced ✓");
}

#[test]
fn the_lines_read_as_people_say_them() {
    let mut month = a_month();
    assert_eq!(
        month.bill_sentence(amount("1255.81")).to_string(),
        "Bill 1,255.81 = approved 1,020.00 + written off 1.25 + disputed 34.56 + deferred 0.00 + excluded 0.00 \
         + open 200.00 ✓"
    );
    assert_eq!(
        month.ledger_sentence(amount("1037.5")).without_zeros().to_string(),
        "Ledger 1,037.50 = approved 1,021.50 + written off 7.00 + not applicable 9.00 ✓"
    );
    assert_eq!(
        month.written_sentence(Cents(102_300)).without_zeros().to_string(),
        "Written 1,023.00 = approved 1,020.00 + recorded - billed -2.00 + ledger only 5.00 ✓"
    );
    month.bill.carried_in = amount("10");
    month.bill.open = amount("210");
    let line = month.bill_sentence(amount("1255.81")).without_zeros().to_string();
    assert!(line.starts_with("Bill 1,255.81 + carried in 10.00 = ") && line.ends_with('✓'), "{line}");
    assert_eq!(TieOut::default().bill_sentence(Amount::ZERO).without_zeros().to_string(), "Bill 0.00 = open 0.00 ✓");
}

#[test]
fn cents_on_a_line_add_up_though_each_part_is_rounded() {
    let third = |verdict| item("0.004", "", verdict);
    let month: TieOut = [third(Some(Verdict::Dispute)), third(Some(Verdict::Defer)), third(None)].into_iter().collect();
    let line = month.bill_sentence(amount("0.012")).without_zeros().to_string();
    assert_eq!(line, "Bill 0.01 = disputed 0.01 + deferred 0.00 + open 0.00 ✓");
}

#[test]
fn a_half_cent_on_either_side_of_the_plus_makes_one_cent() {
    let mut month: TieOut = [item("0.01", "", Some(Verdict::Defer))].into_iter().collect();
    month.bill.carried_in = amount("0.005");
    let line = month.bill_sentence(amount("0.005")).without_zeros().to_string();
    assert_eq!(line, "Bill 0.01 + carried in 0.00 = deferred 0.01 ✓");
}

#[test]
fn rounding_is_what_cents_added() {
    let month: TieOut = [item("18.70675", "", Some(Verdict::ApproveBilled))].into_iter().collect();
    assert_eq!(month.rounding(Cents(1871)).to_string(), "0.00325");
    assert!(month.written_sentence(Cents(1871)).balanced());
}

#[test]
fn thousands_are_grouped() {
    for (cents, text) in [(0, "0.00"), (-5, "-0.05"), (100_000, "1,000.00"), (-12_345_678_901, "-123,456,789.01")] {
        assert_eq!(grouped(Cents(cents)), text);
    }
}

fn any_item() -> impl Strategy<Value = Settlement> {
    let side = || proptest::option::of(-10i128.pow(25)..10i128.pow(25));
    let verdict = proptest::option::of(proptest::sample::select(Verdict::ALL.to_vec()));
    (side(), side(), 0..3u8, verdict, any::<bool>()).prop_map(|(billed, recorded, sides, verdict, comparable)| {
        let (bill_side, ledger_side) = (sides != 1, sides != 0);
        Settlement {
            billed: billed.filter(|_| bill_side).map(Amount::from_units),
            recorded: recorded.filter(|_| ledger_side).map(Amount::from_units),
            bill_side,
            ledger_side,
            verdict,
            comparable: comparable || bill_side,
        }
    })
}

/// What an item puts on the file, said once more and in another way.
fn written(item: &Settlement) -> Amount {
    match item.verdict {
        Some(Verdict::ApproveBilled) if item.bill_side => item.billed.unwrap_or_default(),
        Some(Verdict::ApproveBilled | Verdict::ApproveRecorded) => item.recorded.unwrap_or_default(),
        _ => Amount::ZERO,
    }
}

proptest! {
    #[test]
    fn both_lines_balance_for_any_items(items in proptest::collection::vec(any_item(), 0..40)) {
        let bill: Amount = items.iter().filter_map(|i| i.billed).sum();
        let ledger: Amount = items.iter().filter_map(|i| i.recorded).sum();
        let month: TieOut = items.iter().collect();
        prop_assert!(month.balanced(bill, ledger), "{:?}", month.balance(bill, ledger));
        prop_assert!(month.bill_sentence(bill).balanced() && month.ledger_sentence(ledger).balanced());
        let sum: Cents = month.bill_sentence(bill).parts_in_cents().iter().map(|(_, cents)| *cents).sum();
        prop_assert_eq!(sum, Cents::nearest(bill));
        prop_assert_eq!(month.written_exact(), items.iter().map(written).sum::<Amount>());
        let total = Cents::nearest(month.written_exact());
        prop_assert!(month.written_sentence(total).balanced());
        prop_assert!(month.rounding(total).abs() <= amount("0.005"));
    }

    #[test]
    fn losing_any_item_with_money_unbalances(items in proptest::collection::vec(any_item(), 1..20), at: prop::sample::Index) {
        let lost = at.index(items.len());
        let worth = |i: &Settlement| i.billed.is_some_and(|a| !a.is_zero()) || i.recorded.is_some_and(|a| !a.is_zero());
        prop_assume!(worth(&items[lost]));
        let bill: Amount = items.iter().filter_map(|i| i.billed).sum();
        let ledger: Amount = items.iter().filter_map(|i| i.recorded).sum();
        let month: TieOut = items.iter().enumerate().filter(|(i, _)| *i != lost).map(|(_, item)| item).collect();
        prop_assert!(!month.balanced(bill, ledger));
    }

    #[test]
    fn parts_of_a_month_add_up_however_they_are_cut(
        items in proptest::collection::vec(any_item(), 0..30), a: prop::sample::Index, b: prop::sample::Index,
    ) {
        let (a, b) = (a.index(items.len() + 1), b.index(items.len() + 1));
        let (a, b) = (a.min(b), a.max(b));
        let part = |range: &[Settlement]| range.iter().collect::<TieOut>();
        let (x, y, z) = (part(&items[..a]), part(&items[a..b]), part(&items[b..]));
        prop_assert_eq!(x.merge(y).merge(z), part(&items));
        prop_assert_eq!(x.merge(y.merge(z)), part(&items));
        prop_assert_eq!(z.merge(x).merge(y), part(&items));
        prop_assert_eq!(part(&items).less(y), x.merge(z));
    }
}
