//! What earlier months drew from subsidies and lots: this book's own draws, on
//! top of the state file it may have begun from.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};

use super::{Book, BookError, STATE_FILE, entries};
use crate::allocate::{Level, Opening, Openings, Scope, Subject};
use crate::amount::{Amount, Cents, Quantity};
use crate::calendar::{Instant, Month};
use crate::journal::{Action, Entry};
use crate::price::LotOpening;

/// A state file that a new book begins from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedState {
    pub openings: Openings,
    /// The last month it includes.
    pub through: Month,
    /// Of the file, in lower-case hexadecimal.
    pub sha256: String,
}

/// What the state file of a month says of the other months.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OtherMonths {
    /// What they used and drew together, the state the book began from
    /// included.
    pub balances: Openings,
    /// The last of them that drew anything.
    pub last: Option<Month>,
    /// The last month of the state the book began from, where that includes
    /// the month asked for: what it drew is then not known apart.
    pub included_through: Option<Month>,
    /// Months before this one that were written and have to be written again:
    /// what they drew is out of date. Ascending.
    pub stale: Vec<(Month, Stale)>,
    /// Why this one has to be written again, if it was written and has to.
    pub own_stale: Option<Stale>,
}

/// Why a month that was written has to be written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    /// This earlier month was written anew since, with other draws.
    Since(Month),
    /// A file that it may rest on was taken out of the book since.
    FileTakenOut,
}

/// A written month that is out of date is noted beside the month since which it
/// is; beside itself where one of its own files was taken out.
fn cause(month: Month, since: Month) -> Stale {
    if since == month { Stale::FileTakenOut } else { Stale::Since(since) }
}

/// Notes that the files these written months rest on are others by now, so that
/// no later month goes on from what they drew until they are written again.
pub(super) fn taken_out_of(db: &Connection, months: &[Month]) -> Result<(), BookError> {
    let mut note = db.prepare("INSERT OR REPLACE INTO stale VALUES(?1, ?1)")?;
    months.iter().try_for_each(|month| note.execute([month.to_string()]).map(drop).map_err(BookError::from))
}

impl Book {
    /// What the months before `month` used and drew of each subsidy.
    ///
    /// An adopted state stands for every month through its last one, so that
    /// an export of such a month, made again here, does not count twice.
    ///
    /// # Errors
    /// Those of the database.
    pub fn openings(&self, month: Month) -> Result<Openings, BookError> {
        self.read(|db| sums(db, Some(month), None))
    }

    /// What the months other than `month`, earlier and later, used and drew.
    ///
    /// # Errors
    /// Those of the database.
    pub fn other_months(&self, month: Month) -> Result<OtherMonths, BookError> {
        self.read(|db| {
            let state = adopted(db)?.filter(|state| !state.openings.is_empty());
            let sql = "SELECT max(month) FROM sums WHERE month <> ?1";
            let last: Option<String> = db.query_row(sql, [month.to_string()], |row| row.get(0))?;
            let stale = stale(db)?;
            Ok(OtherMonths {
                own_stale: stale.iter().find(|(stale, _)| *stale == month).map(|(_, why)| *why),
                stale: stale.into_iter().filter(|(stale, _)| *stale < month).collect(),
                balances: sums(db, None, Some(month))?,
                last: last.map(|text| month_of(&text)).transpose()?.max(state.as_ref().map(|state| state.through)),
                included_through: state.map(|state| state.through).filter(|through| *through >= month),
            })
        })
    }

    /// Months that were written and are out of date, each with why; ascending.
    /// Writing such a month again takes it off.
    ///
    /// # Errors
    /// Those of the database.
    pub fn stale_months(&self) -> Result<Vec<(Month, Stale)>, BookError> {
        self.read(stale)
    }

    /// What all months together used and drew, the state the book began from
    /// included: what `subsidy_state.json` says after the latest export.
    ///
    /// # Errors
    /// Those of the database.
    pub fn balances(&self) -> Result<Openings, BookError> {
        self.read(|db| sums(db, None, None))
    }

    /// What each month wrote, of those that stand for themselves: an adopted
    /// state stands for every month through its last one.
    ///
    /// # Errors
    /// Those of the database.
    pub fn drawn_by_month(&self) -> Result<BTreeMap<Month, Openings>, BookError> {
        self.read(|db| {
            let through = adopted(db)?.map(|state| state.through.to_string()).unwrap_or_default();
            let mut months: BTreeMap<Month, Openings> = BTreeMap::new();
            let mut all = db.prepare("SELECT * FROM sums WHERE month > ?1")?;
            let mut rows = all.query([through])?;
            while let Some(row) = rows.next()? {
                let month = month_of(&row.get::<_, String>("month")?)?;
                let (scope, drawn) = unpack(row)?;
                months.entry(month).or_default().insert(scope, drawn);
            }
            Ok(months)
        })
    }

    /// Whether any month drew from a subsidy or a lot.
    ///
    /// # Errors
    /// Those of the database.
    pub fn has_draws(&self) -> Result<bool, BookError> {
        self.read(has_draws)
    }

    /// What the months before `before` drew from each lot, but for those whose
    /// lines are `loaded` and so draw anew.
    ///
    /// # Errors
    /// Those of the database.
    pub fn lot_opening(&self, before: Month, loaded: &[Month]) -> Result<LotOpening, BookError> {
        let loaded: Vec<String> = loaded.iter().map(ToString::to_string).collect();
        self.read(|db| {
            let mut opening = LotOpening::default();
            let mut all = db.prepare("SELECT month, lot, credits, amount FROM lot_draws WHERE month < ?1")?;
            let mut rows = all.query([before.to_string()])?;
            while let Some(row) = rows.next()? {
                if loaded.contains(&row.get("month")?) {
                    continue;
                }
                let number = |column: &str| row.get::<_, String>(column);
                let broken = |what| BookError::unreadable(format!("a draw from a lot has broken {what}"));
                let credits = Quantity::parse(number("credits")?).map_err(|_| broken("credits"))?;
                let amount = Amount::parse(number("amount")?).map_err(|_| broken("money"))?;
                let drawn = opening.drawn.entry(row.get("lot")?).or_default();
                *drawn = (drawn.0.plus(credits), drawn.1.plus(amount));
            }
            Ok(opening)
        })
    }

    /// Begins the book from the openings of a state file, journaled as an
    /// import of the side `state`. The same file again changes nothing and
    /// gives no entry.
    ///
    /// # Errors
    /// [`BookError::Refused`] when the book has draws of its own or began from
    /// another file.
    pub fn adopt_state(&mut self, state: &AdoptedState, at: Instant) -> Result<Option<Entry>, BookError> {
        let who = self.who.clone();
        let file = self.dir.join(STATE_FILE);
        self.write(|db| adopt(db, &who, state, at)).map_err(|error| match error {
            BookError::Refused { why, .. } => BookError::Refused { path: file, why },
            other => other,
        })
    }

    /// The state the book began from, if any.
    ///
    /// # Errors
    /// Those of the database.
    pub fn state_adopted(&self) -> Result<Option<AdoptedState>, BookError> {
        self.read(adopted)
    }
}

pub(super) fn adopt(db: &Connection, who: &str, state: &AdoptedState, at: Instant) -> Result<Option<Entry>, BookError> {
    if let Some(old) = adopted(db)? {
        if old == *state {
            return Ok(None);
        }
        let why = format!(
            "the book began from another state through {} (SHA-256 {}); it begins only once, so keep that file, \
             or begin a new book",
            old.through, old.sha256
        );
        return Err(BookError::refused(STATE_FILE, why));
    }
    if has_draws(db)? {
        let why = "the book has draws of its own already, so it takes no opening balance from a state file";
        return Err(BookError::refused(STATE_FILE, why));
    }
    let action = Action::Import {
        side: "state".into(),
        files: vec![(STATE_FILE.into(), state.sha256.clone())],
        said: Vec::new(),
    };
    let entry = entries::append(db, who, None, vec![action], at)?.pop();
    let seq = entry.as_ref().map_or(0, |entry| entry.seq as i64);
    db.execute(
        "INSERT INTO state_adopted VALUES(1, ?1, ?2, ?3)",
        params![state.through.to_string(), state.sha256, seq],
    )?;
    let mut insert = db.prepare("INSERT INTO opening_sums VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for (scope, opening) in &state.openings {
        insert.execute(params![
            scope.rule,
            scope.subject.level().name(),
            scope.subject.name(),
            scope.period.to_string(),
            opening.used.0,
            opening.subsidized.0,
            opening.reached.to_string(),
        ])?;
    }
    Ok(entry)
}

fn has_draws(db: &Connection) -> Result<bool, BookError> {
    let sql = "SELECT EXISTS(SELECT 1 FROM sums) OR EXISTS(SELECT 1 FROM lot_draws)";
    Ok(db.query_row(sql, [], |row| row.get(0))?)
}

/// The draws of the months before one, or of all, or of all but one, on top of
/// the state.
fn sums(db: &Connection, before: Option<Month>, except: Option<Month>) -> Result<Openings, BookError> {
    let mut sums = Openings::new();
    let mut from = String::new();
    if let Some(state) = adopted(db)?.filter(|state| before.is_none_or(|month| state.through < month)) {
        from = state.through.to_string();
        sums = state.openings;
    }
    let sql = "SELECT * FROM sums
               WHERE month > ?1 AND (?2 IS NULL OR month < ?2) AND (?3 IS NULL OR month <> ?3)";
    let mut all = db.prepare(sql)?;
    let mut rows =
        all.query(params![from, before.map(|month| month.to_string()), except.map(|month| month.to_string())])?;
    while let Some(row) = rows.next()? {
        let (scope, drawn) = unpack(row)?;
        let sum: &mut Opening = sums.entry(scope).or_default();
        *sum = sum.plus(drawn);
    }
    Ok(sums)
}

fn adopted(db: &Connection) -> Result<Option<AdoptedState>, BookError> {
    let mut head = db.prepare("SELECT through, sha256 FROM state_adopted")?;
    let mut rows = head.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let through: String = row.get(0)?;
    let through = month_of(&through)?;
    let sha256 = row.get(1)?;
    let mut openings = Openings::new();
    let mut all = db.prepare("SELECT * FROM opening_sums")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let (scope, opening) = unpack(row)?;
        openings.insert(scope, opening);
    }
    Ok(Some(AdoptedState { openings, through, sha256 }))
}

fn month_of(text: &str) -> Result<Month, BookError> {
    text.parse().map_err(|_| BookError::unreadable(format!("“{text}” is no month")))
}

fn stale(db: &Connection) -> Result<Vec<(Month, Stale)>, BookError> {
    let mut all = db.prepare("SELECT month, since FROM stale ORDER BY month")?;
    let rows = all.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (month, since) = row?;
        let (month, since) = (month_of(&month)?, month_of(&since)?);
        Ok((month, cause(month, since)))
    })
    .collect()
}

/// A row of `sums` or `opening_sums`.
pub(super) fn unpack(row: &Row) -> Result<(Scope, Opening), BookError> {
    let (period, level): (String, String) = (row.get("period")?, row.get("level")?);
    let period = period.parse().map_err(|why: String| BookError::unreadable(why))?;
    let level = Level::ALL.into_iter().find(|known| known.name() == level);
    let level = level.ok_or_else(|| BookError::unreadable("a draw counts by what is not known"))?;
    let subject: String = row.get("subject")?;
    let scope = Scope { rule: row.get("rule")?, subject: Subject::new(level, &subject), period };
    let stated = Opening::stated(Cents(row.get("used_cents")?), Cents(row.get("subsidized_cents")?));
    let reached = match row.get::<_, Option<String>>("reached")? {
        Some(text) => Amount::parse(text).map_err(|_| BookError::unreadable("a draw has a broken amount"))?,
        None => stated.reached,
    };
    Ok((scope, Opening { reached, ..stated }))
}
