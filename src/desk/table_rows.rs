//! The rows of tables that a month was signed on, against the same tables as
//! they are now: which rows changed, came or went. That the signed rows are
//! those that were signed is checked with all other files of the version.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use super::replayed::config_of;
use super::text;
use super::verify::{Findings, Says};
use crate::book::{Archive, Config};
use crate::close::{SignOff, SignedRows, SignedTable};
use crate::read::MARKS;
use crate::source::{self, Location, Wanted};
use crate::usage::{Digest, Hasher, Side};

/// Rows told one by one.
const MOST: usize = 8;
/// Rows held to be told or paired; beyond them they are counted.
const MOST_HELD: usize = 10_000;
/// Cells of a row that are told.
const MOST_CELLS: usize = 6;
/// Columns that a row is known by, the first that is there.
const KEYS: [&str; 5] = ["id", "request_id", "openai_request_id", "uuid", "generation_id"];

/// The columns of rows that a version keeps.
///
/// # Errors
/// A sentence: the archive cannot be read.
pub(super) fn header(archive: &Archive, member: &str) -> Result<Vec<String>, String> {
    let mut rows = kept(archive, member)?;
    let header = rows.headers().map_err(|error| format!("{member}: {error}"))?;
    Ok(header.iter().map(str::to_owned).collect())
}

/// Asks every table of a signed month again, and says what it gives now that it
/// did not give then. A table that cannot be asked is no difference.
pub(super) fn changed_since(sign_off: &SignOff, archive: &Archive, found: &mut Findings) {
    let tables = || sign_off.tables.iter().filter_map(|table| Some((table, table.rows.as_ref()?)));
    if tables().next().is_none() {
        return;
    }
    let config = config_of(sign_off, archive);
    for (table, rows) in tables() {
        let location = &table.location;
        let compared = config.as_ref().map_err(Clone::clone).and_then(|config| compare(table, rows, archive, config));
        match compared {
            Ok(apart) if apart.is_nothing() => {
                found.say("tables", Says::Holds, format!("{location} gives what was signed"));
            }
            Ok(apart) => found.say("tables", Says::ChangedSince, apart.sentence(location)),
            Err(why) => {
                let why = why.trim_end_matches('.');
                let text = format!("{location} was not asked again: {why}; what was signed of it is kept");
                found.say("tables", Says::NotChecked, text);
            }
        }
    }
}

fn compare(table: &SignedTable, rows: &SignedRows, archive: &Archive, config: &Config) -> Result<Apart, String> {
    let then = header(archive, &rows.member)?;
    let wanted = Wanted {
        side: if table.side == Side::Bill.name() { Side::Bill } else { Side::Ledger },
        format: Some(&rows.format),
        maps: &config.settings.columns,
        month: Some(rows.month),
        keep: &[],
        bundled: then.iter().any(|column| MARKS.contains(&column.as_str())),
    };
    let location = Location::parse(Path::new(&table.location)).map_err(|error| error.to_string())?;
    let opened = source::open_table(&location, &wanted, rows.added, rows.append).map_err(|error| error.to_string())?;
    let now = csv::ReaderBuilder::new().flexible(true).from_reader(opened.input.content);
    apart(&|| kept(archive, &rows.member), now)
}

fn kept(archive: &Archive, member: &str) -> Result<csv::Reader<impl Read + use<>>, String> {
    let (content, _) = archive
        .member(member)
        .map_err(|error| error.to_string())?
        .ok_or_else(|| format!("{} does not hold {member}", archive.path().display()))?;
    Ok(csv::ReaderBuilder::new().flexible(true).from_reader(std::io::BufReader::new(content)))
}

/// What two readings of a table have apart.
#[derive(Debug, Default, PartialEq, Eq)]
struct Apart {
    /// Columns that are no longer there.
    columns: Vec<String>,
    /// The cells that changed of a row that both have, or all of one that came
    /// or went: in words, the first of them.
    told: Vec<String>,
    changed: usize,
    new: usize,
    gone: usize,
}

impl Apart {
    fn is_nothing(&self) -> bool {
        self.columns.is_empty() && self.changed + self.new + self.gone == 0
    }

    fn sentence(&self, location: &str) -> String {
        let mut parts = Vec::new();
        if !self.columns.is_empty() {
            parts.push(format!("no column {} any more", self.columns.join(", ")));
        }
        for (count, what) in [(self.changed, "changed"), (self.new, "new"), (self.gone, "gone")] {
            if count > 0 {
                parts.push(format!("{} {what}", text::counted(count as u64, "row")));
            }
        }
        let more = match self.changed + self.new + self.gone - self.told.len() {
            0 => String::new(),
            more => format!("; and {} more", text::counted(more as u64, "row")),
        };
        let told = if self.told.is_empty() { String::new() } else { format!(": {}{more}", self.told.join("; ")) };
        format!(
            "{location} gives something else by now, {}{told}. What was signed is kept; trueup corrections proposes \
             the difference in the open month",
            parts.join(", ")
        )
    }
}

type Row = Vec<String>;

/// `then` gives a new reading of the kept rows each time.
fn apart<R: Read, S: Read>(
    then: &dyn Fn() -> Result<csv::Reader<R>, String>,
    mut now: csv::Reader<S>,
) -> Result<Apart, String> {
    let wrong = |error: csv::Error| error.to_string();
    let columns: Vec<String> = then()?.headers().map_err(wrong)?.iter().map(str::to_owned).collect();
    let there: Vec<String> = now.headers().map_err(wrong)?.iter().map(str::to_owned).collect();
    let at = |name: &String| there.iter().position(|column| column == name);
    let both: Vec<(usize, usize)> =
        columns.iter().enumerate().filter_map(|(then, name)| Some((then, at(name)?))).collect();
    let names: Vec<&str> = both.iter().filter_map(|(then, _)| columns.get(*then)).map(String::as_str).collect();
    let cells = |record: &csv::StringRecord, places: &mut dyn Iterator<Item = usize>| -> Row {
        places.map(|place| record.get(place).unwrap_or_default().to_owned()).collect()
    };
    let mut apart = Apart::default();
    apart.columns.extend(columns.iter().filter(|name| at(name).is_none()).cloned());

    let mut counts: HashMap<Digest, i64> = HashMap::new();
    for record in then()?.records() {
        let row = cells(&record.map_err(wrong)?, &mut both.iter().map(|(then, _)| *then));
        *counts.entry(digest(&row)).or_default() += 1;
    }
    let (mut new, mut gone) = (Vec::new(), Vec::new());
    for record in now.records() {
        let row = cells(&record.map_err(wrong)?, &mut both.iter().map(|(_, now)| *now));
        match counts.get_mut(&digest(&row)).filter(|count| **count > 0) {
            Some(count) => *count -= 1,
            None => hold(row, &mut new, &mut apart.new),
        }
    }
    if counts.values().any(|count| *count > 0) {
        for record in then()?.records() {
            let row = cells(&record.map_err(wrong)?, &mut both.iter().map(|(then, _)| *then));
            if let Some(count) = counts.get_mut(&digest(&row)).filter(|count| **count > 0) {
                *count -= 1;
                hold(row, &mut gone, &mut apart.gone);
            }
        }
    }
    tell(&names, &gone, &new, &mut apart);
    Ok(apart)
}

fn hold(row: Row, held: &mut Vec<Row>, count: &mut usize) {
    *count += 1;
    if held.len() < MOST_HELD {
        held.push(row);
    }
}

fn digest(row: &Row) -> Digest {
    row.iter().fold(Hasher::new("table-row"), |hasher, cell| hasher.text(cell)).finish()
}

/// Rows that have the same key are one row that changed.
fn tell(names: &[&str], gone: &[Row], new: &[Row], apart: &mut Apart) {
    let known = |name: &str| names.iter().position(|column| column.eq_ignore_ascii_case(name));
    let key = KEYS.into_iter().find_map(known);
    let key_of = |row: &Row| key.and_then(|at| row.get(at)).filter(|key| !key.is_empty()).cloned();
    let mut by_key: HashMap<String, Vec<&Row>> = HashMap::new();
    for row in new {
        if let Some(key) = key_of(row) {
            by_key.entry(key).or_default().push(row);
        }
    }
    let (mut changed, mut alone) = (Vec::new(), Vec::new());
    let mut paired: Vec<*const Row> = Vec::new();
    for row in gone {
        let other = key_of(row).and_then(|key| by_key.get(&key)).filter(|rows| rows.len() == 1);
        match other.and_then(|rows| rows.first()).filter(|other| !paired.contains(&std::ptr::from_ref(**other))) {
            Some(other) => {
                paired.push(std::ptr::from_ref(*other));
                let cells = names.iter().zip(row.iter().zip(other.iter()));
                let cells = cells.filter(|(_, (a, b))| a != b).take(MOST_CELLS);
                let cells: Vec<String> =
                    cells.map(|(name, (a, b))| format!("{name} {} → {}", shown(a), shown(b))).collect();
                changed.push(format!("{} changed ({})", named(names, key, row), cells.join(", ")));
            }
            None => alone.push(format!("{} is gone ({})", named(names, key, row), all(names, row))),
        }
    }
    let came = new.iter().filter(|row| !paired.contains(&std::ptr::from_ref(*row)));
    alone.extend(came.map(|row| format!("{} is new ({})", named(names, key, row), all(names, row))));
    apart.changed = changed.len();
    apart.gone -= changed.len();
    apart.new -= changed.len();
    apart.told = changed.into_iter().chain(alone).take(MOST).collect();
}

fn named(names: &[&str], key: Option<usize>, row: &Row) -> String {
    match key.and_then(|at| Some((names.get(at)?, row.get(at).filter(|cell| !cell.is_empty())?))) {
        Some((name, cell)) => format!("{name} {}", shown(cell)),
        None => "a row".to_owned(),
    }
}

fn all(names: &[&str], row: &Row) -> String {
    let cells = names.iter().zip(row).filter(|(_, cell)| !cell.is_empty()).take(MOST_CELLS);
    cells.map(|(name, cell)| format!("{name} {}", shown(cell))).collect::<Vec<_>>().join(", ")
}

/// A database may hold anything; a sentence holds no control characters.
fn shown(cell: &str) -> String {
    let plain: String = cell.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if plain.is_empty() { "blank".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(then: &str, now: &str) -> Apart {
        let read = || Ok(csv::ReaderBuilder::new().flexible(true).from_reader(then.as_bytes()));
        apart(&read, csv::Reader::from_reader(now.as_bytes())).unwrap()
    }

    #[test]
    fn a_row_that_changed_is_named_with_what_changed_of_it() {
        let then = "id,at,cost\n1,mon,2\n2,tue,3\n3,wed,4\n";
        assert!(of(then, "cost,id,at\n4,3,wed\n2,1,mon\n3,2,tue\n").is_nothing(), "order is no difference");
        let apart = of(then, "id,at,cost\n1,mon,2\n2,tue,3.5\n4,thu,9\n");
        assert_eq!((apart.changed, apart.new, apart.gone), (1, 1, 1));
        assert_eq!(
            apart.told,
            [
                "id 2 changed (cost 3 → 3.5)",
                "id 3 is gone (id 3, at wed, cost 4)",
                "id 4 is new (id 4, at thu, cost 9)"
            ]
        );
        assert!(apart.sentence("db").contains("1 row changed, 1 row new, 1 row gone: id 2 changed"));
    }

    #[test]
    fn rows_that_are_alike_count_as_often_as_they_stand() {
        let apart = of("at,cost\nmon,2\nmon,2\nmon,2\n", "at,cost\nmon,2\n");
        assert_eq!((apart.changed, apart.new, apart.gone), (0, 0, 2));
        assert_eq!(apart.told, ["a row is gone (at mon, cost 2)"; 2]);
    }

    #[test]
    fn a_column_that_is_gone_is_said_and_the_rest_compared() {
        let apart = of("id,cost,tier\n1,2,x\n", "id,cost\n1,2\n");
        assert_eq!((apart.columns.as_slice(), apart.changed), (&["tier".to_owned()][..], 0));
        assert!(!apart.is_nothing());
    }
}
