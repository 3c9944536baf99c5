//! What the platform bills: money by UTC day, and by line item, project, key
//! and user as far as the export is grouped by them. It comes as the
//! dashboard's CSV, whose columns grew over the years, and as pages of the
//! admin API. Days without costs are listed and blank.

use super::cells::{AGAIN, Cells, Problem, Room, kept};
use super::format::{Field, Format, Kind, Need, Nested, Row};
use super::{FormatInfo, line_item};
use crate::usage::{Line, Shape, Side};

const START: usize = 0;
const END: usize = 1;
const AMOUNT: usize = 2;
const CURRENCY: usize = 3;
const QUANTITY: usize = 4;
const UNIT: usize = 5;
const LINE_ITEM: usize = 6;
const EMAIL: usize = 7;
const USER: usize = 8;
const API_KEY: usize = 9;
const PROJECT: usize = 10;
const ACCOUNT: usize = 11;

/// A bucket of costs is a UTC day.
pub(super) const DAY: u32 = 86_400;

pub(super) const INFO: FormatInfo = FormatInfo {
    name: "platform-cost",
    title: "platform costs (dashboard CSV, or pages of the admin API)",
    columns: "start_time, amount_value (in pages amount.value); also end_time, amount_currency (in pages \
              amount.currency), quantity, quantity_unit, line_item, user_email, user_id, api_key_id, project_id, \
              organization_id",
};

static FIELDS: [Field; 12] = [
    Field::needed(&["start_time"]),
    Field::optional(&["end_time"]),
    Field::money(&["amount_value", "amount.value"], Need::Always),
    Field::optional(&["amount_currency", "amount.currency"]),
    Field::optional(&["quantity"]),
    Field::optional(&["quantity_unit"]),
    Field::optional(&["line_item"]),
    Field::optional(&["user_email"]),
    Field::optional(&["user_id"]),
    Field::optional(&["api_key_id"]),
    Field::optional(&["project_id"]),
    Field::optional(&["organization_id"]),
];

/// What both formats of costs are called as one.
pub(super) const FAMILY: &str = "platform-cost";

pub(super) static FORMAT: Format = Format {
    family: FAMILY,
    kinds: &[Kind::Csv, Kind::Pages],
    nested: Nested::Yes,
    buckets: true,
    ..Format::csv(INFO, &[Side::Bill], Shape::Cost, &FIELDS, row)
};

fn row<'a>(cells: &Cells<'a>, room: &'a mut Room) -> Result<Row<'a>, Problem> {
    // The texts beside the seconds sometimes lack their offset.
    let (at, span) = cells.span(START, END, DAY)?;
    let amount = cells.number(AMOUNT)?;
    let quantity = cells.number(QUANTITY)?;
    let item_text = cells.text(LINE_ITEM);
    if amount.is_none() {
        if quantity.is_none() && item_text.is_empty() {
            return Ok(Row::Empty(at, span));
        }
        return Err(Problem::cell(
            AMOUNT,
            "is empty, though the row names what was used, and zero would be written as 0",
            AGAIN,
        ));
    }
    let item = line_item::parse(item_text);
    let (tier, class) = item.as_ref().map_or(("", None), |item| (item.tier, Some(item.class)));
    let (long_context, tool) = item.as_ref().map_or((false, ""), |item| (item.long_context, item.tool));
    Ok(Row::Line(Line {
        at: Some(at),
        span,
        account: cells.text(ACCOUNT),
        model: kept(item.map(|item| item.model), &mut room.model),
        user: cells.user(&[EMAIL, USER], &mut room.user),
        project: cells.text(PROJECT),
        api_key: cells.text(API_KEY),
        action: tool,
        tier,
        class,
        long_context,
        item_text,
        quantity,
        unit: cells.text(UNIT),
        amount,
        currency: cells.currency(CURRENCY, &mut room.currency),
        ..Line::default()
    }))
}

#[cfg(test)]
#[path = "platform_cost_tests.rs"]
mod tests;
