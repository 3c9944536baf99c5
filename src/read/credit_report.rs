//! The credit report of ChatGPT Edu, Enterprise and Business: credits of one
//! user and usage type on one day. It holds consumption only, no purchases.

use super::cells::{AGAIN, Cells, Problem, Room, kept};
use super::format::{Field, Format, Row};
use super::usual::{self, Usual};
use super::{FormatInfo, credit_type};
use crate::usage::{Line, Shape, Side};

const DATE: usize = 0;
const ACCOUNT: usize = 1;
const ACCOUNT_USER: usize = 2;
const EMAIL: usize = 3;
const PUBLIC_ID: usize = 4;
const USAGE_TYPE: usize = 5;
const CREDITS: usize = 6;
const QUANTITY: usize = 7;
const UNITS: usize = 8;

pub(super) const INFO: FormatInfo = FormatInfo {
    name: "chatgpt-credits",
    title: "ChatGPT credit report",
    columns: "date_partition, email, usage_type, usage_credits, usage_quantity; \
              also account_id, account_user_id, public_id, usage_units",
};

static FIELDS: [Field; 9] = [
    Field::needed(&["date_partition"]),
    Field::optional(&["account_id"]),
    Field::optional(&["account_user_id"]),
    Field::needed(&["email"]),
    Field::optional(&["public_id"]),
    Field::needed(&["usage_type"]),
    Field::needed(&["usage_credits"]),
    Field::needed(&["usage_quantity"]),
    Field::optional(&["usage_units"]),
];

pub(super) static FORMAT: Format =
    Format { usual: Some(&USUAL), ..Format::csv(INFO, &[Side::Bill], Shape::Credits, &FIELDS, row) };

/// What [`row`] makes of usual cells. A usage type that names a model is odd.
static USUAL: Usual = Usual {
    time: &[DATE],
    by_day: true,
    account: Some(ACCOUNT),
    user: &[EMAIL, ACCOUNT_USER, PUBLIC_ID],
    action: Some(USAGE_TYPE),
    action_fits: |text| usual::whole(text) && credit_type::parse(text).is_none(),
    credits: Some(CREDITS),
    quantity: Some(QUANTITY),
    unit: Some(UNITS),
    ..Usual::NONE
};

fn row<'a>(cells: &Cells<'a>, room: &'a mut Room) -> Result<Row<'a>, Problem> {
    let at = cells.day(DATE)?;
    let credits = cells.number(CREDITS)?;
    let quantity = cells.number(QUANTITY)?;
    if credits.is_none() && quantity.is_none() {
        return Err(Problem::cell(
            CREDITS,
            "is empty, and so is the quantity: the row says nothing was used or billed",
            AGAIN,
        ));
    }
    let named = credit_type::parse(cells.text(USAGE_TYPE));
    let class = named.as_ref().map(|named| named.class);
    let tier = named.as_ref().map_or("", |named| named.tier);
    Ok(Row::Line(Line {
        at: Some(at),
        account: cells.text(ACCOUNT),
        user: cells.user(&[EMAIL, ACCOUNT_USER, PUBLIC_ID], &mut room.user),
        model: kept(named.map(|named| named.model), &mut room.model),
        action: cells.text(USAGE_TYPE),
        tier,
        class,
        quantity,
        unit: cells.text(UNITS),
        credits,
        ..Line::default()
    }))
}

#[cfg(test)]
mod tests {
    use crate::read::tests::{bill, text_of};

    const HEADER: &str = "date_partition,account_id,account_user_id,email,name,public_id,usage_type,usage_credits,usage_quantity,usage_units";

    #[test]
    fn a_report_with_bom_and_crlf_is_read_as_it_stands() {
        let file = format!(
            "\u{FEFF}{HEADER}\r\n1/5/2026,acc,u1,AB@northwinds.edu,Aaron B,p1,chat.completion.5.reasoning,10,1,counts\r\n\
             2026-01-07,acc,u1, ab@northwinds.edu ,\"B, Aaron\",p1,codex,217.535,4350.7,counts\r\n"
        );
        let (side, names) = bill(&file).unwrap();
        assert_eq!(side.lines.files()[0].format, "chatgpt-credits");
        assert_eq!(side.bad_rows, []);
        let users: Vec<_> = (0..2).map(|row| names.text(side.lines.user(row))).collect();
        assert_eq!(users, ["ab@northwinds.edu"; 2]);
        assert_eq!(names.text(side.lines.action(1)), "codex");
        assert!(side.lines.model(1).is_none());
        assert_eq!(text_of(side.lines.credits(1)), "217.535");
        assert_eq!(text_of(side.lines.quantity(1)), "4350.7");
        assert_eq!(names.text(side.lines.account(1)), "acc");
        assert_eq!(side.lines.day(0).unwrap().to_string(), "2026-01-05");
        assert_eq!(side.lines.origin_text(1), "bill.csv:3");
    }

    #[test]
    fn a_user_without_email_is_known_by_an_id() {
        let file = format!("{HEADER}\n1/5/2026,acc,U1,,,p1,codex,1,1,counts\n1/5/2026,acc,,,,p1,codex,1,1,counts\n");
        let (side, names) = bill(&file).unwrap();
        let users: Vec<_> = (0..2).map(|row| names.text(side.lines.user(row))).collect();
        assert_eq!(users, ["u1", "p1"]);
    }

    #[test]
    fn blank_credits_are_no_credits_and_a_row_without_any_figure_is_bad() {
        let file = format!("{HEADER}\n1/5/2026,acc,u,a@x,,p,codex,,3,counts\n1/5/2026,acc,u,a@x,,p,codex,,,counts\n");
        let (side, _) = bill(&file).unwrap();
        assert_eq!((side.lines.len(), side.lines.credits(0)), (1, None));
        assert_eq!((side.bad_rows[0].line, side.bad_rows[0].column.as_str()), (3, "usage_credits"));
    }
}
