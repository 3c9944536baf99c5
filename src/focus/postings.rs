//! The month for the general ledger and for the people who pay: a journal that
//! balances to the cent, and a statement a payer and project. Both are made of
//! the rows of the file, so they say what it says.

use std::collections::BTreeMap;

use super::sheet::{PayerSum, Sheet};
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

/// Statements as CSV: for each PI and project what its own fund is billed, and
/// what each sponsor takes over.
pub fn statements_csv(sheet: &Sheet) -> String {
    let mut text = String::from("month,pi_email,project_id,fund_org,charge_type,rows,billed,currency\n");
    let month = sheet.month.to_string();
    let mut sums = sheet.sums();
    // A PI's projects stand together.
    sums.sort_by_key(|sum| (sum.payer.pi_email, sum.payer.project_id, sum.charge_type, sum.payer.fund_org));
    for PayerSum { payer, charge_type, rows, cents } in sums {
        let figures = [rows.to_string(), cents.to_string()];
        let texts = [&*month, payer.pi_email, payer.project_id, payer.fund_org, charge_type.name()];
        let cells = texts.into_iter().chain(figures.iter().map(String::as_str)).chain([&*sheet.currency]);
        push_line(&mut text, cells);
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
