//! Credits recorded at home: date, user and usage type, with credits, a cost,
//! or both. What a credit report is compared with.

use super::FormatInfo;
use super::cells::{Cells, Problem, Room};
use super::format::{Field, Format, Need, Row};
use crate::calendar::Instant;
use crate::usage::{Line, Shape, Side};

const DATE: usize = 0;
const USER: usize = 1;
const USAGE_TYPE: usize = 2;
const CREDITS: usize = 3;
const COST: usize = 4;
const QUANTITY: usize = 5;
const UNITS: usize = 6;
const ACCOUNT: usize = 7;
const CURRENCY: usize = 8;

pub(super) const INFO: FormatInfo = FormatInfo {
    name: "credit-ledger",
    title: "credits by day, user and usage type",
    columns: "date (or day, date_partition, usage_date), user (or email, user_email), usage_type (or type), \
              credits (or usage_credits) or cost (or amount, cost_usd); also quantity (or usage_quantity), \
              unit (or units, usage_units), account (or account_id), currency",
};

static FIELDS: [Field; 9] = [
    Field::needed(&["date", "day", "date_partition", "usage_date"]),
    // A name beside an email is not what the report knows a user by.
    Field::needed(&["email", "user_email", "user"]),
    Field::needed(&["usage_type", "type"]),
    Field::money(&["credits", "usage_credits"], Need::Never),
    Field::money(&["cost", "amount", "cost_usd"], Need::Never),
    Field::optional(&["quantity", "usage_quantity"]),
    Field::optional(&["unit", "units", "usage_units"]),
    Field::optional(&["account", "account_id"]),
    Field::optional(&["currency"]),
];

pub(super) static FORMAT: Format =
    Format { one_of: &[&[CREDITS], &[COST]], ..Format::csv(INFO, &[Side::Ledger], Shape::Credits, &FIELDS, row) };

fn row<'a>(cells: &Cells<'a>, room: &'a mut Room) -> Result<Row<'a>, Problem> {
    let at = cells.time(DATE)?;
    Ok(Row::Line(Line {
        // A ledger may keep the time of day; the bill it is compared with has none.
        at: Some(Instant::start_of(at.day())),
        account: cells.text(ACCOUNT),
        user: cells.user(&[USER], &mut room.user),
        action: cells.text(USAGE_TYPE),
        quantity: cells.number(QUANTITY)?,
        unit: cells.text(UNITS),
        credits: cells.number(CREDITS)?,
        amount: cells.number(COST)?,
        currency: cells.currency(CURRENCY, &mut room.currency),
        ..Line::default()
    }))
}

#[cfg(test)]
mod tests {
    use crate::read::tests::{ledger, text_of};

    #[test]
    fn credits_or_cost_by_any_of_their_names() {
        let (side, names) =
            ledger("day,user,type,credits\n1/5/2026,A@x,codex,4.305\n2026-01-06 17:30,b,codex,\n").unwrap();
        assert_eq!(side.lines.files()[0].format, "credit-ledger");
        assert_eq!((text_of(side.lines.credits(0)), side.lines.amount(0)), ("4.305".to_owned(), None));
        assert_eq!(names.text(side.lines.user(0)), "a@x");
        assert_eq!(side.lines.at(1).unwrap().to_string(), "2026-01-06T00:00:00Z");
        assert_eq!(side.lines.credits(1), None);

        let (side, names) =
            ledger("Usage_Date,User,Email,Usage_Type,Amount\n2026-01-05,Ada L,ada@x,codex,0.5\n").unwrap();
        assert_eq!(names.text(side.lines.user(0)), "ada@x");
        assert_eq!(text_of(side.lines.amount(0)), "0.5");
    }
}
