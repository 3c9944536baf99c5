//! An export of a range in which nothing at all was used: the columns shrink
//! to the four times, and the pages of the admin API to empty buckets.

use super::FormatInfo;
use super::cells::{Cells, Problem, Room};
use super::format::{Field, Format, Kind, Row};
use super::platform_cost::DAY;
use crate::usage::{Shape, Side};

const START: usize = 0;
const END: usize = 1;

pub(super) const INFO: FormatInfo = FormatInfo {
    name: "platform-empty",
    title: "platform export of a range without usage",
    columns: "start_time, and no other columns than end_time, start_time_iso, end_time_iso",
};

static FIELDS: [Field; 4] = [
    Field::needed(&["start_time"]),
    Field::optional(&["end_time"]),
    Field::optional(&["start_time_iso"]),
    Field::optional(&["end_time_iso"]),
];

pub(super) static FORMAT: Format = Format {
    kinds: &[Kind::Csv, Kind::Pages],
    buckets: true,
    only: true,
    ..Format::csv(INFO, &[Side::Bill], Shape::Cost, &FIELDS, row)
};

fn row<'a>(cells: &Cells<'a>, _: &'a mut Room) -> Result<Row<'a>, Problem> {
    cells.span(START, END, DAY).map(|(at, span)| Row::Empty(at, span))
}

#[cfg(test)]
mod tests {
    use crate::read::tests::bill;

    #[test]
    fn an_empty_month_is_known_and_has_no_rows() {
        let file = "start_time,end_time,start_time_iso,end_time_iso\n\
            1783814400,1783900800,2026-07-12T00:00:00+00:00,2026-07-13T00:00:00+00:00\n\
            1783900800,1783987200,2026-07-13T00:00:00+00:00,2026-07-14T00:00:00+00:00\n";
        let (side, _) = bill(file).unwrap();
        assert_eq!(side.lines.files()[0].format, "platform-empty");
        assert_eq!((side.lines.len(), side.bad_rows.len(), side.lines.files()[0].blank_rows), (0, 0, 2));
        let days: Vec<_> = side.coverage[0].days.iter().map(|(a, b)| format!("{a} to {b}")).collect();
        assert_eq!(days, ["2026-07-12 to 2026-07-13"]);
    }

    #[test]
    fn pages_without_a_result_are_an_empty_range() {
        let page = r#"{"object":"page","data":[{"object":"bucket","start_time":1783814400,"end_time":1783900800,"results":[]}],"has_more":false,"next_page":null}"#;
        let (side, _) = bill(page).unwrap();
        assert_eq!((side.lines.files()[0].format, side.lines.len(), side.bad_rows.len()), ("platform-empty", 0, 0));
    }

    #[test]
    fn another_column_makes_it_no_empty_range() {
        assert!(bill("start_time,end_time,what\n1783814400,1783900800,x\n").is_err());
    }
}
