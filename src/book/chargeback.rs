//! The parts of `config.toml` about who charges back, and where it is booked.

use super::toml_reader::Section;
use crate::focus::{Accounting, Terms};
use crate::place::PlacedError;

const FOCUS: [&str; 4] = ["issuer", "account_name", "invoice", "purchases"];
const ACCOUNTING: [&str; 3] = ["fund_org", "account_code", "expense_code"];

/// `[focus]`
pub(super) fn terms(top: &Section) -> Result<Terms, PlacedError> {
    let section = top.section("focus", &FOCUS)?;
    let default = Terms::default();
    Ok(Terms {
        issuer: section.read("issuer", default.issuer, |given| given.text())?,
        account_name: section.read("account_name", None, |given| given.text().map(Some))?,
        invoice: section.read("invoice", default.invoice, |given| given.text())?,
        purchases: section.read("purchases", default.purchases, |given| given.yes_or_no())?,
    })
}

/// `[accounting]`; all of it or nothing.
pub(super) fn accounting(top: &Section) -> Result<Option<Accounting>, PlacedError> {
    let section = top.section("accounting", &ACCOUNTING)?;
    let names = section.names();
    if names.is_empty() {
        return Ok(None);
    }
    if let Some(missing) = ACCOUNTING.iter().find(|key| !names.contains(key)) {
        return Err(section.refuse(missing, "is missing: a journal that balances needs all keys of [accounting]"));
    }
    let text = |key: &str| section.read(key, String::new(), |given| given.text());
    Ok(Some(Accounting {
        fund_org: text("fund_org")?,
        account_code: text("account_code")?,
        expense_code: text("expense_code")?,
    }))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::book::Settings;

    fn parse(text: &str) -> Result<Settings, String> {
        Settings::parse(text, Path::new("config.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn who_charges_back_and_where_it_is_booked() {
        let settings = parse(
            "profile = \"focus-1.2\"\n[focus]\nissuer = \"Northwinds IT\"\npurchases = true\n[accounting]\n\
             fund_org = \"IT-1\"\naccount_code = \"4711\"\nexpense_code = \"6600\"\n",
        )
        .unwrap();
        assert_eq!((settings.terms.issuer.as_str(), settings.terms.purchases), ("Northwinds IT", true));
        assert_eq!(settings.accounting.unwrap().account_code, "4711");
        assert!(parse("").unwrap().accounting.is_none());
    }

    #[test]
    fn half_a_booking_and_an_unknown_profile_are_refused() {
        let error = parse("[accounting]\nfund_org = \"IT-1\"\n").unwrap_err();
        assert!(error.contains("accounting.account_code” is missing"), "{error}");
        let error = parse("profile = \"focus-1.0\"\n").unwrap_err();
        assert!(error.contains("config.toml:1:11") && error.contains("focus-1.2, focus-1.4"), "{error}");
    }
}
