//! The platform's cost export as it was in 2024: one row a UTC day, model
//! family and project, with the amount in cents and again in dollars. Days
//! without costs are not listed.

use super::FormatInfo;
use super::cells::{AGAIN, Cells, Problem, Room};
use super::format::{Field, Format, Need, Row};
use super::platform_cost::{DAY, FAMILY};
use crate::usage::{Line, Shape, Side};

const TIME: usize = 0;
const DOLLARS: usize = 1;
const CURRENCY: usize = 2;
const NAME: usize = 3;
const PROJECT: usize = 4;
const ACCOUNT: usize = 5;

pub(super) const INFO: FormatInfo = FormatInfo {
    name: "platform-cost-2024",
    title: "platform costs of 2024 (dashboard CSV)",
    columns: "timestamp, cost_in_major, name; also currency, project_id, organization_id",
};

static FIELDS: [Field; 6] = [
    Field::needed(&["timestamp"]),
    Field::money(&["cost_in_major"], Need::Always),
    Field::optional(&["currency"]),
    Field::needed(&["name"]),
    Field::optional(&["project_id"]),
    Field::optional(&["organization_id"]),
];

pub(super) static FORMAT: Format =
    Format { family: FAMILY, ..Format::csv(INFO, &[Side::Bill], Shape::Cost, &FIELDS, row) };

fn row<'a>(cells: &Cells<'a>, room: &'a mut Room) -> Result<Row<'a>, Problem> {
    let at = cells.time(TIME)?;
    let amount = cells.number(DOLLARS)?;
    if amount.is_none() {
        return if cells.is_blank(NAME) {
            Ok(Row::Empty(at, DAY))
        } else {
            Err(Problem::cell(
                DOLLARS,
                "is empty, though the row names what was used, and zero would be written as 0",
                AGAIN,
            ))
        };
    }
    Ok(Row::Line(Line {
        at: Some(at),
        span: DAY,
        account: cells.text(ACCOUNT),
        project: cells.text(PROJECT),
        // The name of a family (“GPT-4o mini”) is no name of a model.
        item_text: cells.text(NAME),
        amount,
        currency: cells.currency(CURRENCY, &mut room.currency),
        ..Line::default()
    }))
}

#[cfg(test)]
mod tests {
    use crate::read::tests::{bill, text_of};

    const FILE: &str = "timestamp,currency,name,cost,organization_id,project_id,project_name,organization_name,cost_in_major,date\n\
        1725148800,USD,GPT-4o,12.345,org-EXAMPLE,proj_A,Default project,Example Org,0.12345,2024-09-01\n\
        1725148800,USD,GPT-4o mini,0.5,org-EXAMPLE,proj_A,Default project,Example Org,0.005,2024-09-01\n";

    #[test]
    fn the_amount_is_that_in_dollars() {
        let (side, names) = bill(FILE).unwrap();
        let lines = &side.lines;
        assert_eq!(lines.files()[0].format, "platform-cost-2024");
        assert_eq!([0, 1].map(|row| text_of(lines.amount(row))), ["0.12345", "0.005"]);
        assert_eq!(names.text(lines.item_text(1)), "GPT-4o mini");
        assert_eq!(lines.day(0).unwrap().to_string(), "2024-09-01");
        assert_eq!((names.text(lines.account(0)), names.text(lines.project(0))), ("org-EXAMPLE", "proj_A"));
        // Dollars, which is the book's own currency.
        assert_eq!((names.text(lines.currency(0)), lines.span(0)), ("", 86_400));
        assert!(lines.model(0).is_none() && lines.class(0).is_none());
    }

    #[test]
    fn a_name_without_an_amount_is_a_bad_row() {
        let (side, _) = bill("name,cost_in_major,timestamp\nGPT-4o,,1725148800\n,,1725235200\n").unwrap();
        assert_eq!((side.lines.len(), side.lines.files()[0].blank_rows), (0, 1));
        assert_eq!((side.bad_rows[0].line, side.bad_rows[0].column.as_str()), (2, "cost_in_major"));
    }
}
