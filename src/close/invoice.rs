//! The provider's invoice against the bill, and its tax among those who are
//! charged. Cents come from the top down by largest remainder, so that the
//! shares of a tax add up to it.

use crate::amount::{Amount, Cents, UnitCost, largest_remainder};

/// An invoice as it was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    pub number: String,
    /// What is to be paid, tax included.
    pub total: Amount,
    pub tax: Amount,
}

/// An invoice held against the bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceCheck {
    pub invoice: Invoice,
    /// The month's own bill, exact.
    pub billed: Amount,
    /// Without its tax, minus the bill.
    pub difference: Amount,
    /// The two are the same in cents.
    pub ties: bool,
    /// What it is apart is within what `config.toml` lets a month be signed
    /// with.
    pub within: bool,
}

/// What somebody is charged, and the tax on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxShare {
    /// Fund and project; `None` for the part of the bill that nobody is
    /// charged for.
    pub payer: Option<(String, String)>,
    pub billed: Amount,
    pub tax: Cents,
}

impl TaxShare {
    /// `FUND / project`
    pub fn name(&self) -> String {
        self.payer.as_ref().map_or_else(|| "nobody charged".to_owned(), |(fund, project)| format!("{fund} / {project}"))
    }
}

impl InvoiceCheck {
    pub fn new(invoice: Invoice, billed: Amount, materiality: Option<Amount>) -> Self {
        let difference = invoice.total.minus(invoice.tax).minus(billed);
        // An invoice is in cents and a bill is not.
        let ties = Cents::nearest(invoice.total.minus(invoice.tax)) == Cents::nearest(billed);
        let within = ties || materiality.is_some_and(|limit| difference.abs() <= limit);
        Self { invoice, billed, difference, ties, within }
    }
}

/// The tax among payers in proportion to what each is billed, to the cent;
/// `billed` in an order that decides between equal fractions. What of the bill
/// nobody is charged for has a share of its own, the last one. Where the bill
/// is zero all of the tax is there.
pub fn allocate_tax(tax: Amount, bill: Amount, billed: &[((String, String), Amount)]) -> Vec<TaxShare> {
    let charged: Amount = billed.iter().map(|(_, amount)| *amount).sum();
    let rest = bill.minus(charged);
    let mut shares: Vec<(Option<(String, String)>, Amount)> =
        billed.iter().map(|(payer, amount)| (Some(payer.clone()), *amount)).collect();
    shares.push((None, rest));
    let size = bill.abs();
    let unit = UnitCost::new(tax.abs(), size.retag());
    let negative = tax.is_negative() != bill.is_negative();
    let exact: Vec<Amount> = shares
        .iter()
        .map(|(payer, amount)| {
            let part = unit.and_then(|unit| unit.cost_of(amount.retag()).ok());
            match (part, payer) {
                (Some(part), _) => {
                    if negative {
                        part.negated()
                    } else {
                        part
                    }
                }
                (None, Some(_)) => Amount::ZERO,
                (None, None) => tax,
            }
        })
        .collect();
    let cents = largest_remainder(Cents::nearest(tax), &exact);
    let all = shares.into_iter().zip(cents).map(|((payer, billed), tax)| TaxShare { payer, billed, tax });
    all.filter(|share| share.payer.is_some() || share.tax != Cents::ZERO || !share.billed.is_zero()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    fn payer(n: usize) -> (String, String) {
        (format!("F{n}"), format!("p{n}"))
    }

    fn check(total: &str, tax: &str, billed: &str, limit: Option<&str>) -> (String, bool, bool) {
        let invoice = Invoice { number: "7".into(), total: amount(total), tax: amount(tax) };
        let check = InvoiceCheck::new(invoice, amount(billed), limit.map(amount));
        (check.difference.to_string(), check.ties, check.within)
    }

    #[test]
    fn an_invoice_ties_to_the_cent_and_else_blocks_unless_it_is_immaterial() {
        assert_eq!(check("119.00", "19", "99.996", None), ("0.004".into(), true, true));
        assert_eq!(check("119.01", "19", "100", None), ("0.01".into(), false, false));
        assert_eq!(check("119.01", "19", "100", Some("0.01")), ("0.01".into(), false, true));
        assert_eq!(check("110", "19", "100", Some("5")), ("-9".into(), false, false));
    }

    #[test]
    fn a_tax_is_shared_as_the_bill_is_and_the_cents_add_up() {
        let billed = [(payer(1), amount("10")), (payer(2), amount("10")), (payer(3), amount("10"))];
        let shares = allocate_tax(amount("1.00"), amount("30"), &billed);
        assert_eq!(shares.iter().map(|share| share.tax.0).collect::<Vec<_>>(), [34, 33, 33]);
        // A third of the bill is charged to nobody.
        let shares = allocate_tax(amount("3"), amount("30"), &billed[..2]);
        assert_eq!(shares.last().map(|share| (share.payer.is_none(), share.tax.0)), Some((true, 100)));
        let nothing = allocate_tax(amount("3"), Amount::ZERO, &[]);
        assert_eq!(nothing.iter().map(|share| share.tax.0).collect::<Vec<_>>(), [300]);
    }

    proptest! {
        #[test]
        fn shares_of_a_tax_add_up_to_it(
            billed in proptest::collection::vec(0i64..1_000_000_000, 0..30), more in 0i64..1_000_000, tax in -100_000i64..1_000_000,
        ) {
            let billed: Vec<_> =
                billed.iter().enumerate().map(|(n, units)| (payer(n), Amount::from_units(i128::from(*units) * 10i128.pow(11)))).collect();
            let bill = billed.iter().map(|(_, a)| *a).sum::<Amount>().plus(Cents(more).amount());
            let shares = allocate_tax(Cents(tax).amount(), bill, &billed);
            prop_assert_eq!(shares.iter().map(|share| share.tax).sum::<Cents>(), Cents(tax));
            // No share is a whole cent away from its part.
            for share in shares.iter().filter(|_| !bill.is_zero()) {
                let exact = UnitCost::new(Cents(tax.abs()).amount(), bill.retag()).unwrap().cost_of(share.billed.retag()).unwrap();
                let exact = if tax < 0 { exact.negated() } else { exact };
                prop_assert!(share.tax.amount().minus(exact).abs() < Cents(1).amount());
            }
        }
    }
}
