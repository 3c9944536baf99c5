//! Rows that a server adds up before they travel: what each column means to
//! such a bundle, and how a bundle is told from a row when it arrives.
//!
//! A bundle comes as a row of its table would: names that its entries have in
//! common, sums of what is counted, and in cells behind the last one how many
//! entries it is. So whatever a format makes of a row it makes of a bundle.

use super::cells::{Cells, MAX_FIELDS, Problem};
use crate::calendar::Instant;
use crate::usage::{Bundle, Line};

/// The columns behind the last one: entries, those with an id, and decimals of
/// the amounts. No table has columns of these names.
pub const MARKS: [&str; 3] = ["trueup:entries", "trueup:with_id", "trueup:decimals"];

const ENTRIES: usize = MAX_FIELDS;
const WITH_ID: usize = MAX_FIELDS + 1;
const DECIMALS: usize = MAX_FIELDS + 2;

const DAY_SECONDS: u32 = 86_400;

/// What a column means to a bundle of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Identifies one row, and says nothing of several.
    Key,
    /// The request id. Rows that share one have to be seen one by one.
    Id,
    /// The id that LiteLLM gives a call: the provider's, with suffixes.
    ProxyId,
    /// The time of the row.
    Time,
    /// The time of the call in unix seconds, which goes before the other.
    CallTime,
    /// Texts that the rows of a bundle have in common.
    Model,
    Name,
    User,
    /// Counts where the user is blank.
    EndUser,
    /// True or false.
    Flag,
    /// The text `not_applicable`, or any other.
    Status,
    /// The text `true`, or any other.
    CacheHit,
    Tokens(Count),
    /// A number that is added up.
    Number,
    /// Money, in dollars.
    Dollars,
    /// Money, in hundredths.
    Cents,
    /// Money in dollars whose column is a binary float, rounded at the 18th
    /// decimal.
    Spend,
    /// LiteLLM's JSON.
    Metadata,
}

/// Which tokens a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    Input,
    Cached,
    Output,
    Total,
}

/// Finds the marks in a header, and says whether they are there.
pub(super) fn marks(header: &[String], field: &mut [Option<u8>]) -> bool {
    let mut found = false;
    for (name, place) in header.iter().zip(field) {
        if let Some(mark) = MARKS.iter().position(|mark| mark == name) {
            *place = u8::try_from(MAX_FIELDS + mark).ok();
            found = true;
        }
    }
    found
}

/// The row without the cells of the marks: as it stands in its table.
pub(super) fn without_marks(raw: &[u8]) -> &[u8] {
    raw.strip_suffix(b",,,").unwrap_or(raw)
}

const ONE_BY_ONE: &str = "read the table row by row, with --rows";

/// What the marks say; `None` for one row.
pub(super) fn of(cells: &Cells<'_>) -> Result<Option<Bundle>, Problem> {
    let Some(entries) = cells.count(ENTRIES)? else { return Ok(None) };
    let count = |count: i64| {
        u32::try_from(count)
            .map_err(|_| Problem::row(format_args!("is a bundle of {count} rows, which cannot be counted"), ONE_BY_ONE))
    };
    let (entries, with_id) = (count(entries)?, count(cells.count(WITH_ID)?.unwrap_or(0))?);
    if entries == 0 || with_id > entries {
        return Err(Problem::row(
            format_args!("is a bundle of {entries} rows, {with_id} of them with an id, which is none"),
            ONE_BY_ONE,
        ));
    }
    Ok(Some(Bundle {
        entries,
        with_id,
        decimals: cells.count(DECIMALS)?.and_then(|places| u8::try_from(places).ok()).unwrap_or(0),
    }))
}

/// A line that is a bundle: of a whole day. The text says what it is one of.
pub(super) fn bundled<'a>(line: Line<'a>, bundle: Bundle, room: &'a mut String) -> Line<'a> {
    let day = line.at.map(Instant::day);
    let names = [line.model, line.user, line.project, line.api_key, line.action];
    let names = names.into_iter().filter(|name| !name.is_empty());
    let named: Vec<String> = day.map(|day| day.to_string()).into_iter().chain(names.map(str::to_owned)).collect();
    let rows = if bundle.entries == 1 { "1 row".to_owned() } else { format!("{} rows", bundle.entries) };
    *room = format!("{} ({rows})", named.join(", "));
    Line { at: day.map(Instant::start_of), span: DAY_SECONDS, row_key: room, bundle: Some(bundle), ..line }
}

#[cfg(test)]
mod tests {
    use crate::read::tests::{ledger, text_of};

    const HEADER: &str = "id,openai_request_id,created_at,model_used,input_tokens,output_tokens,calculated_cost_cents,\
                          success,trueup:entries,trueup:with_id,trueup:decimals";

    #[test]
    fn a_bundle_is_read_as_a_row_would_be_and_says_what_it_is() {
        let file = format!(
            "{HEADER}\n,,2026-01-05,gpt-4o,100,20,12.5,t,7,5,6\n,,2026-01-05,gpt-4o,1,2,,f,2,0,\n\
             k1,r1,2026-01-05T10:00:00Z,gpt-4o,10,5,1.5,t,,,\n"
        );
        let (side, _) = ledger(&file).unwrap();
        let lines = &side.lines;
        assert_eq!(side.bad_rows, []);
        assert_eq!([lines.entries(0), lines.entries(1), lines.entries(2)], [7, 2, 1]);
        assert_eq!((lines.bundle(0).unwrap().with_id, lines.bundle(0).unwrap().decimals), (5, 6));
        assert_eq!((lines.span(0), lines.span(2)), (86_400, 0));
        assert_eq!(text_of(lines.amount(0)), "0.125");
        assert!(lines.not_applicable(1).is_some() && lines.bundle(2).is_none() && lines.has_bundles());
        assert_eq!((lines.row_key(0), lines.row_key(2)), ("2026-01-05, gpt-4o (7 rows)".into(), "k1".into()));
    }

    #[test]
    fn a_bundle_of_nothing_is_none() {
        let row = |marks: &str| format!("{HEADER}\n,,2026-01-05,gpt-4o,1,2,1,t,{marks}\n");
        for marks in ["0,0,0", "-1,,", "2,3,", "9999999999,,"] {
            let (side, _) = ledger(&row(marks)).unwrap();
            assert_eq!((side.lines.len(), side.bad_rows.len()), (0, 1), "{marks}");
        }
    }

    #[test]
    fn a_bad_row_among_bundles_is_the_row_of_its_table() {
        let plain = HEADER.split(",trueup").next().unwrap();
        let row = "k1,r1,2026-01-05,gpt-4o,-1,5,1.5,t";
        let (with, _) = ledger(&format!("{HEADER}\n{row},,,\n")).unwrap();
        let (without, _) = ledger(&format!("{plain}\n{row}\n")).unwrap();
        assert_eq!(with.bad_rows, without.bad_rows);
        assert_eq!(with.bad_rows.len(), 1);
    }
}
