//! The journal as it is kept: rows that only grow, each sealed onto the one
//! before it.

use rusqlite::{Connection, Row, params};

use super::{Book, BookError};
use crate::calendar::{Instant, Month};
use crate::close::Head;
use crate::journal::{Action, Entry, ItemKey};
use crate::usage::Digest;

/// Bytes of one item key: identity and content, big-endian.
const KEY: usize = 32;

impl Book {
    /// Adds entries at the end, all or none, durable on return.
    ///
    /// # Errors
    /// Those of the database, [`BookError::ReadOnly`], and [`BookError::Signed`]
    /// for what would change a month that is signed.
    pub fn append(&mut self, month: Option<Month>, actions: Vec<Action>, at: Instant) -> Result<Vec<Entry>, BookError> {
        self.check_open(month, &actions)?;
        self.faults.step()?;
        let who = self.who.clone();
        let entries = self.write(|db| append(db, &who, month, actions, at))?;
        self.faults.step()?;
        entries.iter().for_each(|entry| self.versions.see(entry));
        Ok(entries)
    }

    /// All entries, in order.
    ///
    /// # Errors
    /// Those of the database; [`BookError::Damaged`] for one that does not read.
    pub fn entries(&self) -> Result<Vec<Entry>, BookError> {
        self.read(|db| {
            let mut entries = Vec::new();
            each(db, |row| {
                entries.push(row.entry);
                Ok(())
            })?;
            Ok(entries)
        })
    }

    /// Goes through the whole chain of seals.
    ///
    /// # Errors
    /// [`BookError::Chain`] with the first entry that is not as it was written.
    pub fn verify_chain(&self) -> Result<(), BookError> {
        self.read(|db| {
            let (mut previous, mut expected) = (String::new(), 1);
            let mut reached = 0;
            let walked = each(db, |Kept { entry, body }| {
                let broken = |why| Err(BookError::Chain { path: super::DATABASE.into(), seq: expected, why });
                if entry.seq != expected {
                    return broken("it is missing");
                }
                // The seal is over the action; what it does not read must not
                // hide in the text either.
                if body != encode(&entry.action)? {
                    return broken("its text is not as this program writes it");
                }
                if entry.seal(&previous) != entry.hash {
                    return broken("its seal does not fit what it says");
                }
                previous = entry.hash;
                reached = expected;
                expected += 1;
                Ok(())
            });
            match walked {
                Err(BookError::Damaged { .. }) => Err(BookError::Chain {
                    path: super::DATABASE.into(),
                    seq: reached + 1,
                    why: "it cannot be read as an entry",
                }),
                other => other,
            }
        })
    }
}

/// Adds entries within a transaction.
pub(super) fn append(
    db: &Connection,
    who: &str,
    month: Option<Month>,
    actions: Vec<Action>,
    at: Instant,
) -> Result<Vec<Entry>, BookError> {
    let Head { seq, hash: mut previous } = head(db)?;
    let mut seq = seq as i64;
    let mut insert = db.prepare_cached("INSERT INTO journal VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    let mut entries = Vec::with_capacity(actions.len());
    for action in actions {
        seq += 1;
        let mut entry = Entry { seq: seq as u64, at, who: who.into(), month, action, hash: String::new() };
        entry.hash = entry.seal(&previous);
        let items = pack(entry.action.items());
        insert.execute(params![
            seq,
            at.micros(),
            who,
            month.map(|m| m.to_string()),
            encode(&entry.action)?,
            items,
            entry.hash,
        ])?;
        previous.clone_from(&entry.hash);
        entries.push(entry);
    }
    Ok(entries)
}

/// The last entry by number and seal; number 0 where there is none.
pub(super) fn head(db: &Connection) -> Result<Head, BookError> {
    let last = "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1";
    match db.query_row(last, [], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?))) {
        Ok((seq, hash)) => Ok(Head { seq: seq as u64, hash }),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(Head::default()),
        Err(error) => Err(error.into()),
    }
}

/// One entry by its number.
pub(super) fn entry(db: &Connection, seq: i64) -> Result<Entry, BookError> {
    let mut found = db.prepare_cached("SELECT * FROM journal WHERE seq = ?1")?;
    let mut rows = found.query([seq])?;
    match rows.next()? {
        Some(row) => Ok(unpack_row(row)?.entry),
        None => Err(BookError::unreadable(format!("journal entry {seq} is missing"))),
    }
}

/// An entry and its text in the database.
struct Kept {
    entry: Entry,
    body: String,
}

fn each(db: &Connection, mut visit: impl FnMut(Kept) -> Result<(), BookError>) -> Result<(), BookError> {
    let mut all = db.prepare("SELECT * FROM journal ORDER BY seq")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        visit(unpack_row(row)?)?;
    }
    Ok(())
}

fn unpack_row(row: &Row) -> Result<Kept, BookError> {
    let seq: i64 = row.get("seq")?;
    let unreadable = |what: &str| BookError::unreadable(format!("journal entry {seq} {what}"));
    let body: String = row.get("body")?;
    let mut action = decode(&body).map_err(|error| unreadable(&format!("does not read: {error}")))?;
    if let Some(packed) = row.get_ref("items")?.as_blob_or_null().map_err(rusqlite::Error::from)? {
        action.set_items(unpack(packed).ok_or_else(|| unreadable("has a broken set of items"))?);
    }
    let month: Option<String> = row.get("month")?;
    let month = month.map(|m| m.parse()).transpose().map_err(|_| unreadable("has no real month"))?;
    let entry = Entry {
        seq: u64::try_from(seq).map_err(|_| unreadable("has a negative number"))?,
        at: Instant::from_micros(row.get("at")?),
        who: row.get("who")?,
        month,
        action,
        hash: row.get("hash")?,
    };
    Ok(Kept { entry, body })
}

pub(super) fn encode(action: &Action) -> Result<String, BookError> {
    serde_json::to_string(action).map_err(|error| BookError::unreadable(error.to_string()))
}

/// By way of a [`serde_json::Value`]: with numbers kept by their text, an enum
/// that is tagged from within cannot be read from text directly.
fn decode(body: &str) -> Result<Action, serde_json::Error> {
    serde_json::from_str::<serde_json::Value>(body).and_then(serde_json::from_value)
}

fn pack(items: &[ItemKey]) -> Option<Vec<u8>> {
    if items.is_empty() {
        return None;
    }
    let mut packed = Vec::with_capacity(items.len() * KEY);
    for item in items {
        packed.extend_from_slice(&item.identity.0.to_be_bytes());
        packed.extend_from_slice(&item.content.0.to_be_bytes());
    }
    Some(packed)
}

fn unpack(packed: &[u8]) -> Option<Vec<ItemKey>> {
    let (keys, rest) = packed.as_chunks::<KEY>();
    let half = |bytes: &[u8]| bytes.try_into().ok().map(|b| Digest(u128::from_be_bytes(b)));
    if !rest.is_empty() {
        return None;
    }
    keys.iter()
        .map(|key| {
            let (identity, content) = key.split_at(KEY / 2);
            Some(ItemKey { identity: half(identity)?, content: half(content)? })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Access;
    use crate::book::tests::{at, every_action, month};
    use proptest::prelude::*;

    #[test]
    fn every_action_comes_back_as_it_was_kept() {
        let dir = tempfile::tempdir().unwrap();
        let mut book = Book::open(dir.path(), Access::Write).unwrap();
        let actions = every_action();
        let kept = book.append(Some(month("2026-01")), actions.clone(), at(7)).unwrap();
        let more = book.append(None, vec![Action::Undo { seq: u64::MAX }], at(8)).unwrap();
        drop(book);
        let book = Book::open(dir.path(), Access::Write).unwrap();
        let back = book.entries().unwrap();
        assert_eq!(back, [kept, more].concat());
        assert_eq!(back.iter().take(actions.len()).map(|e| e.action.clone()).collect::<Vec<_>>(), actions);
        assert_eq!(back.iter().map(|e| e.seq).collect::<Vec<_>>(), (1..=back.len() as u64).collect::<Vec<_>>());
        book.verify_chain().unwrap();
    }

    #[test]
    fn tampering_is_found_at_the_first_broken_entry() {
        type Attack = (&'static str, &'static str);
        let attacks: &[Attack] = &[
            ("UPDATE journal SET who = 'mallory@x' WHERE seq = 3", "its seal"),
            ("UPDATE journal SET month = '2026-02' WHERE seq = 3", "its seal"),
            ("UPDATE journal SET at = at + 1 WHERE seq = 3", "its seal"),
            ("UPDATE journal SET items = zeroblob(64) WHERE seq = 3", "its seal"),
            ("UPDATE journal SET items = zeroblob(5) WHERE seq = 3", "cannot be read"),
            ("UPDATE journal SET body = replace(body, '{', '{\"x\":1,') WHERE seq = 3", "its text"),
            ("UPDATE journal SET body = 'no' WHERE seq = 3", "cannot be read"),
            ("DELETE FROM journal WHERE seq = 3", "missing"),
        ];
        for (attack, why) in attacks {
            let dir = tempfile::tempdir().unwrap();
            let mut book = Book::open(dir.path(), Access::Write).unwrap();
            let note = |text: &str| Action::Note {
                items: vec![ItemKey { identity: Digest(1), content: Digest(2) }],
                text: text.into(),
            };
            let notes = ["a", "b", "c", "d"].map(note).to_vec();
            book.append(Some(month("2026-01")), notes, at(1)).unwrap();
            let open_gate = "DROP TRIGGER journal_is_not_changed; DROP TRIGGER journal_is_not_shortened;";
            book.raw().execute_batch(open_gate).unwrap();
            book.raw().execute_batch(attack).unwrap();
            let found = book.verify_chain().unwrap_err();
            let sentence = found.to_string();
            assert!(matches!(found, BookError::Chain { seq: 3, .. }), "{attack}: {sentence}");
            assert!(sentence.contains(why) && sentence.contains("trueup.db"), "{attack}: {sentence}");
        }
    }

    proptest! {
        #[test]
        fn item_sets_pack_and_unpack(keys in proptest::collection::vec(any::<(u128, u128)>(), 1..50)) {
            let keys: Vec<ItemKey> =
                keys.into_iter().map(|(i, c)| ItemKey { identity: Digest(i), content: Digest(c) }).collect();
            prop_assert_eq!(unpack(&pack(&keys).unwrap()), Some(keys));
        }

        #[test]
        fn any_text_survives_in_an_action(text in ".*", before in ".*") {
            let action = Action::EditFile {
                file: crate::journal::ConfigFile::Pricing, before, after: text.clone(), summary: text,
            };
            prop_assert_eq!(decode(&encode(&action).unwrap()).unwrap(), action);
        }
    }
}
