//! What the book keeps of rows, what changed since, and what corrects a closed
//! month.

use std::collections::BTreeMap;

use super::*;

/// Charges that count credits, some of them drawn from two lots.
pub(super) fn counted_charges() -> impl Strategy<Value = Vec<Charge>> {
    some_charges().prop_map(|charges| {
        let counted = |charge: Charge| {
            let lots = match charge.item % 3 {
                0 => Lots::One(0),
                1 => Lots::None,
                _ => {
                    let half = |units: i128, first: bool| if first { units / 3 } else { units - units / 3 };
                    let share = |lot: u16| LotShare {
                        lot,
                        credits: Quantity::from_units(half(charge.amount.units() * 7, lot == 0)),
                        amount: Amount::from_units(half(charge.amount.units(), lot == 0)),
                    };
                    Lots::Several(vec![share(0), share(1)].into())
                }
            };
            Charge {
                // The same text, held or not.
                base: if charge.item % 4 < 2 { Base::Own } else { charge.base },
                counts: Counts::new(
                    Some(Quantity::from_units(charge.amount.units() * 7)),
                    charge.item.is_multiple_of(2).then(|| Quantity::from_int(i64::from(charge.item) + 3)),
                    None,
                ),
                measured: Measured { account: "acct".into(), lots },
                ..charge
            }
        };
        charges.into_iter().map(counted).collect()
    })
}

/// Cents by payer and project.
fn sums<'a>(rows: impl Iterator<Item = Row<'a>>, into: &mut BTreeMap<[String; 2], Cents>) {
    for row in rows {
        let sum = into.entry([row.payer.fund_org.to_owned(), row.payer.project_id.to_owned()]).or_default();
        *sum = *sum + row.billed_cost;
    }
    into.retain(|_, sum| *sum != Cents::ZERO);
}

fn profiles() -> impl Strategy<Value = Profile> {
    prop::sample::select(Profile::ALL.to_vec())
}

proptest! {
    #[test]
    fn rows_read_back_as_they_were_kept(
        charges in counted_charges(), rules in some_rules(), openings in some_openings(), profile in profiles(),
    ) {
        let (_, sheet) = make_as(profile, charges, &rules, &openings);
        let kept = sheet.kept();
        let back = Kept::from_bytes(&kept.to_bytes()).unwrap();
        let all = |kept: &Kept| kept.rows().map(|row| format!("{row:?}")).collect::<Vec<_>>();
        let written: Vec<String> = sheet
            .rows()
            .map(|row| {
                let id = ResourceId::Text(row.id.text().into_owned().into());
                format!("{:?}", Row { id, ..row })
            })
            .collect();
        prop_assert_eq!(all(&back), written);
        prop_assert!(back == kept);
    }

    #[test]
    fn rows_kept_in_parts_are_those_kept_one_by_one(
        charges in counted_charges(), rules in some_rules(), openings in some_openings(), profile in profiles(),
        size in 1usize..9,
    ) {
        let (_, sheet) = make_as(profile, charges, &rules, &openings);
        let mut one_by_one = Kept::default();
        sheet.rows().for_each(|row| one_by_one.push(&row));
        let mut parts = Kept::of(sheet.charged(), size, |at| sheet.row(at));
        prop_assert_eq!(parts.to_bytes(), one_by_one.to_bytes());
        // And what is added behind goes on in the same way.
        let more = one_by_one.clone();
        more.rows().for_each(|row| {
            parts.push(&row);
            one_by_one.push(&row);
        });
        prop_assert_eq!(parts.to_bytes(), one_by_one.to_bytes());
    }

    #[test]
    fn damaged_bytes_are_an_error_and_never_a_panic(
        charges in some_charges(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut bytes = make(charges, &[], &Openings::new()).1.kept().to_bytes();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        if let Ok(kept) = Kept::from_bytes(&bytes) {
            prop_assert_eq!(kept.rows().count(), kept.len());
        }
    }

    #[test]
    fn what_is_written_once_more_charges_what_is_charged_now(
        before in counted_charges(), now in counted_charges(), rules in some_rules(), profile in profiles(),
    ) {
        let (_, old) = make_as(profile, before, &rules, &Openings::new());
        let (_, alone) = make_as(profile, now.clone(), &rules, &Openings::new());
        let (_, mut new) = make_as(profile, now.clone(), &rules, &Openings::new());
        let changes = new.follow(&old.kept());
        prop_assert_eq!(new.totals(), alone.totals());
        let difference = new.totals().0 - old.totals().0;
        prop_assert_eq!(changes.added_cents + changes.changed_cents + changes.withdrawn_cents, difference);
        // An importer that keeps the last row of each id has the month.
        let mut imported: BTreeMap<(String, Day), (String, Cents)> = BTreeMap::new();
        for row in old.rows().chain(new.rows()) {
            let key = (row.id.text().into_owned(), row.day);
            imported.insert(key, (row.payer.fund_org.to_owned(), row.billed_cost));
        }
        let mut funds: BTreeMap<String, Cents> = BTreeMap::new();
        for (fund, cents) in imported.into_values() {
            let sum = funds.entry(fund).or_default();
            *sum = *sum + cents;
        }
        let mut expect: BTreeMap<String, Cents> = BTreeMap::new();
        for row in alone.rows() {
            let sum = expect.entry(row.payer.fund_org.to_owned()).or_default();
            *sum = *sum + row.billed_cost;
        }
        funds.retain(|_, cents| *cents != Cents::ZERO);
        expect.retain(|_, cents| *cents != Cents::ZERO);
        prop_assert_eq!(funds, expect);
        // Once is enough.
        let (_, mut again) = make_as(profile, now, &rules, &Openings::new());
        prop_assert!(again.follow(&new.kept()).is_empty());
        prop_assert_eq!(text(&again), text(&new));
    }

    #[test]
    fn corrections_turn_what_was_signed_into_what_is_right(
        signed in counted_charges(), present in counted_charges(), later in counted_charges(),
        rules in some_rules(), profile in profiles(),
    ) {
        let open: Month = "2026-02".parse().unwrap();
        let [signed, present, later] = [signed, present, later]
            .map(|charges| make_as(profile, charges, &rules, &Openings::new()).1.kept());
        let first = corrections(&signed, &present, open);
        let mut charged = BTreeMap::new();
        sums(signed.rows().chain(first.rows()), &mut charged);
        let mut right = BTreeMap::new();
        sums(present.rows(), &mut right);
        prop_assert_eq!(&charged, &right);
        for row in first.rows() {
            prop_assert_eq!((row.standing, row.month), (Standing::Correction, open));
            prop_assert_eq!(row.day.month(), month());
            prop_assert!(row.measure.is_none_or(|measure| !measure.unit_price.is_negative()));
        }
        let ids: BTreeSet<String> = first.rows().map(|row| row.id.text().into_owned()).collect();
        prop_assert_eq!(ids.len(), first.len());
        prop_assert!(corrections(&present, &present, open).is_empty());
        // A second correction starts from the signed rows and the first.
        let mut so_far = signed.clone();
        first.rows().for_each(|row| so_far.push(&row));
        let second = corrections(&so_far, &later, open.next());
        let mut charged = BTreeMap::new();
        sums(so_far.rows().chain(second.rows()), &mut charged);
        let mut right = BTreeMap::new();
        sums(later.rows(), &mut right);
        prop_assert_eq!(charged, right);
    }
}

#[test]
fn a_correction_gives_back_the_credits_and_keeps_the_day() {
    let charge = Charge {
        counts: Counts::new(Some(Quantity::parse("7.295").unwrap()), None, None),
        measured: Measured { lots: Lots::One(0), ..Measured::default() },
        ..charge(0, 12, Some(0), "0.36475")
    };
    let (_, sheet) = make_as(Profile::Focus, vec![charge], &[], &Openings::new());
    let gone = corrections(&sheet.kept(), &Kept::default(), "2026-02".parse().unwrap());
    let rows: Vec<Row> = gone.rows().collect();
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.billed_cost, row.day.to_string()), (Cents(-36), "2026-01-12".into()));
    assert_eq!(row.measure.unwrap().quantity.to_string(), "-7.295");
    assert_eq!(row.id.text(), "openai:codex:u0@x.edu:2026-01-12:usage:correction-2026-02:reversed");
    let (_, mut next) = make_as(Profile::Focus, Vec::new(), &[], &Openings::new());
    next.append(&gone);
    let text = text(&next);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let row: BTreeMap<String, String> = reader.deserialize().next().unwrap().unwrap();
    for (name, value) in [
        ("ChargeClass", "Correction"),
        ("PricingQuantity", "-7.295"),
        ("ListUnitPrice", "0.05"),
        ("ListCost", "-0.36475"),
        ("BilledCost", "-0.36"),
        ("BillingPeriodStart", "2026-01-01T00:00:00Z"),
    ] {
        let value = if name == "BillingPeriodStart" { "2026-02-01T00:00:00Z" } else { value };
        assert_eq!(row[name], value, "{name}");
    }
}
