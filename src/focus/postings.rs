//! The month for the general ledger: a journal that balances to the cent, made
//! of the rows of the file, so that it says what the file says.

use std::collections::BTreeMap;

use super::sheet::Sheet;
use super::text::neutral;
use crate::amount::Cents;

/// Who is credited with what the payers are charged, from the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounting {
    /// The fund of the service that charges back.
    pub fund_org: String,
    /// The account credited there.
    pub account_code: String,
    /// The account debited in the payers' funds.
    pub expense_code: String,
}

/// One line of the journal. One of debit and credit is zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub fund_org: String,
    pub account_code: String,
    pub project_id: String,
    pub debit: Cents,
    pub credit: Cents,
    pub description: String,
}

/// The journal of a sheet: each payer's fund is debited by project, the
/// service's fund is credited with the sum; what a payer gets back stands on
/// the other side. Debits and credits are equal to the cent. In the order of
/// fund and project, the service last; nothing at zero.
pub fn postings(sheet: &Sheet, accounting: &Accounting) -> Vec<Posting> {
    let mut sums: BTreeMap<(String, String), Cents> = BTreeMap::new();
    for one in sheet.sums() {
        let sum = sums.entry((one.payer.fund_org.to_owned(), one.payer.project_id.to_owned())).or_default();
        *sum = *sum + one.cents;
    }
    let total: Cents = sums.values().copied().sum();
    let description = format!("AI usage {}", sheet.month);
    let posting = |fund: &str, code: &str, project: &str, debit: Cents| Posting {
        fund_org: fund.to_owned(),
        account_code: code.to_owned(),
        project_id: project.to_owned(),
        debit: debit.max(Cents::ZERO),
        credit: (Cents::ZERO - debit).max(Cents::ZERO),
        description: description.clone(),
    };
    let payers = sums.iter().map(|((fund, project), sum)| posting(fund, &accounting.expense_code, project, *sum));
    let service = posting(&accounting.fund_org, &accounting.account_code, "", Cents::ZERO - total);
    let all = payers.chain([service]);
    all.filter(|line| (line.debit, line.credit) != (Cents::ZERO, Cents::ZERO)).collect()
}

/// The journal as CSV, dated on the last day of the month.
pub fn journal_csv(sheet: &Sheet, accounting: &Accounting) -> String {
    let mut text = String::from("date,fund_org,account_code,project_id,debit,credit,currency,description\n");
    let (date, currency) = (sheet.month.last().to_string(), sheet.currency.as_str());
    for line in postings(sheet, accounting) {
        let (debit, credit) = (line.debit.to_string(), line.credit.to_string());
        let cells = [&*date, &line.fund_org, &line.account_code, &line.project_id, &debit, &credit, currency];
        push_line(&mut text, cells.into_iter().chain([&*line.description]));
    }
    text
}

/// A line for people: no cell of it runs as a formula. Amounts keep their sign.
fn push_line<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for cell in cells {
        let figure = cell.parse::<rust_decimal::Decimal>().is_ok();
        super::text::cell(text, if figure { cell.into() } else { neutral(cell) }.as_ref());
    }
    text.pop();
    text.push('\n');
}
