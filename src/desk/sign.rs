//! Preparing, signing and reopening a month: what each asks for, and the
//! sign-off that says what is signed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::command::{Change, Command, Preview, Refusal};
use super::{Desk, text};
use crate::amount::Amount;
use crate::book::{Content, ExportRecord, Member, SignPlan, Written, table_rows};
use crate::close::{
    CHARGES, EARLIER, Head, LOTS, LOTS_BEFORE, OPENINGS, OPENINGS_BEFORE, Prepared, SignOff, SignedInput, SignedTable,
    Version, WITHDRAWN, charges_csv, lots_text, openings_text, prepared, same_person, signed_charges,
};
use crate::focus::HashedFile;
use crate::journal::{Action, Entry, hex};

/// What a sign-off says of the book around the month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InBook {
    /// Who works here, as `name@host`.
    pub who: String,
    /// Every file of the book, in the order of sides and of adding.
    pub inputs: Vec<SignedInput>,
    /// Every table that was read.
    pub tables: Vec<SignedTable>,
}

/// The chargeback file, and what stands beside it, as they would be written
/// now.
pub(super) struct Output {
    pub csv: Written,
    /// The manifest, and a journal and statements where they are written: what
    /// each is, its path and its bytes.
    pub beside: Vec<(&'static str, PathBuf, Vec<u8>)>,
}

/// A member of an archive that is made from the month.
struct Made {
    role: &'static str,
    name: String,
    bytes: Vec<u8>,
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

impl Desk {
    /// The version of the month that is signed and in force.
    pub fn signed(&self) -> Option<&Version> {
        self.versions.signed(self.month)
    }

    /// Every version of the month that was signed, oldest first.
    pub fn signed_versions(&self) -> &[Version] {
        self.versions.all(self.month)
    }

    /// Why a command would change a month that is signed. Writing it again as
    /// it was signed puts a lost file back and changes nothing.
    pub(super) fn refuse_if_signed(&self, command: &Command) -> Result<(), Refusal> {
        let Some(version) = self.signed() else { return Ok(()) };
        match command {
            Command::ReopenMonth { .. } => Ok(()),
            Command::Export { target: None } if self.written_digest() == Some(self.output().csv.sha256.as_str()) => {
                Ok(())
            }
            _ => Err(Refusal(version.refusal())),
        }
    }

    pub(super) fn plan_prepare(&self, command: &Command) -> Result<Change, Refusal> {
        self.refuse_while_open("prepared")?;
        let sha256 = self.sign_off()?.substance();
        if let Some(entry) = prepared(&self.entries, self.month, &sha256)
            && same_person(&entry.who, &self.in_book.who)
        {
            return Err(Refusal(format!(
                "You said on {} that the month is ready, and nothing has changed since.",
                text::minute(entry.at)
            )));
        }
        let preview = self.sign_preview(format!("Say that {} is ready to be signed", self.month));
        Ok(self.change(command, preview, Action::Prepare { sha256 }, true))
    }

    pub(super) fn plan_sign(&self, command: &Command) -> Result<Change, Refusal> {
        self.refuse_while_open("signed")?;
        let sign_off = self.sign_off()?;
        self.refuse_same_eyes(&sign_off)?;
        let mut preview = self.sign_preview(format!("Sign {} as version {}", self.month, sign_off.version));
        preview.remarks.push(match &sign_off.prepared {
            Some(by) => format!("Prepared by {} at {}; signed by {}.", by.who, by.at, self.in_book.who),
            None => format!("Prepared and signed by {}.", self.in_book.who),
        });
        preview.remarks.push(format!(
            "From then on nothing changes the month; trueup reopen begins version {}.",
            sign_off.version.saturating_add(1)
        ));
        Ok(self.change_of_files(command, preview))
    }

    pub(super) fn plan_reopen_month(&self, command: &Command, why: &str) -> Result<Change, Refusal> {
        let Some(version) = self.signed() else {
            let month = self.month;
            return Err(Refusal(format!("{month} is not signed, so there is nothing to reopen; it can be changed.")));
        };
        let why = why.trim();
        if why.is_empty() {
            return Err(Refusal("Say why the month is reopened; the journal keeps it.".into()));
        }
        let next = version.number.saturating_add(1);
        let preview = Preview {
            title: format!("Reopen {} and begin version {next}", self.month),
            amount: Amount::parse(&version.total).unwrap_or_default(),
            remarks: vec![
                format!(
                    "Version {}, signed by {} on {}, stays readable in {} and can be verified.",
                    version.number,
                    version.who,
                    version.at.day(),
                    version.file
                ),
                format!("Because: {why}"),
            ],
            ..Preview::default()
        };
        let action = Action::ReopenMonth { version: next, why: why.to_owned() };
        Ok(self.change(command, preview, action, true))
    }

    /// # Errors
    /// What stands in the way of signing, all of it.
    fn refuse_while_open(&self, verb: &str) -> Result<(), Refusal> {
        if let Some(grain) = self.config.grain {
            return Err(Refusal(format!(
                "This run compares at nothing finer than “{}”, whatever config.toml says; a month is {verb} as the book \
                 has it: open it without --grain.",
                grain.name()
            )));
        }
        let gate = self.gate();
        let open: Vec<String> = gate
            .iter()
            .filter(|item| item.stops())
            .map(|item| format!("{} ({})", item.what, text::count(i64::try_from(item.count).unwrap_or(i64::MAX))))
            .collect();
        if !open.is_empty() {
            return Err(Refusal(format!("{} cannot be {verb} yet: {}.", self.month, open.join("; "))));
        }
        // A month without a row has no file that could be refused.
        let sheet = self.sheet();
        match self.refusals(&sheet).into_iter().next().filter(|_| !sheet.is_empty()) {
            Some(refusal) => Err(Refusal(refusal)),
            None => Ok(()),
        }
    }

    fn sign_preview(&self, title: String) -> Preview {
        let close = self.close();
        let mut remarks = vec![format!(
            "{} in {}: {} in all, {} of it on sponsors.",
            text::counted(close.charges, "charge"),
            text::counted(close.rows, "row"),
            text::cents(close.total),
            text::cents(close.subsidized)
        )];
        remarks.extend(self.said());
        Preview { title, amount: close.total.amount(), remarks, ..Preview::default() }
    }

    /// What the gate says and does not hold against the month, as sentences.
    fn said(&self) -> Vec<String> {
        let gate = self.gate();
        let open = gate.iter().filter(|item| !item.blocks && item.count > 0);
        open.map(|item| {
            let count = text::count(i64::try_from(item.count).unwrap_or(i64::MAX));
            format!("{} ({count}): {}", item.what, item.sentence)
        })
        .collect()
    }

    /// Everything that a signature of the month as it is now would stand for.
    ///
    /// # Errors
    /// [`Refusal`] when the book does not hold what the month was read from,
    /// and under four eyes when nobody else prepared it.
    pub(super) fn sign_off(&self) -> Result<SignOff, Refusal> {
        let mut sign_off = self.unprepared_sign_off()?;
        let by = prepared(&self.entries, self.month, &sign_off.substance());
        sign_off.prepared =
            by.map(|entry| Prepared { seq: entry.seq, who: entry.who.clone(), at: entry.at.to_string() });
        Ok(sign_off)
    }

    /// Under four eyes: that another person prepared what is to be signed.
    ///
    /// # Errors
    /// [`Refusal`] that says who has to do what.
    pub(super) fn refuse_same_eyes(&self, sign_off: &SignOff) -> Result<(), Refusal> {
        if !self.config.settings.four_eyes {
            return Ok(());
        }
        match &sign_off.prepared {
            None => Err(Refusal(format!(
                "config.toml asks for four eyes, and nobody has said that {} is ready as it is now: one person prepares \
                 it (trueup close --month {0} --prepare), another signs.",
                self.month
            ))),
            Some(by) if same_person(&by.who, &self.in_book.who) => Err(Refusal(format!(
                "config.toml asks for four eyes, and {} prepared {} already: another person signs it.",
                by.who, self.month
            ))),
            Some(_) => Ok(()),
        }
    }

    fn unprepared_sign_off(&self) -> Result<SignOff, Refusal> {
        self.refuse_other_inputs()?;
        let head = self.entries.last();
        let files = self.sign_members()?.into_iter().map(|made| HashedFile {
            role: made.role.into(),
            sha256: sha256(&made.bytes),
            name: made.name,
        });
        let mut files: Vec<HashedFile> = files.collect();
        for (name, table, _) in self.table_members() {
            files.push(HashedFile { role: "table".into(), name, sha256: table.sha256.clone() });
        }
        let output = self.output();
        if !self.sheet().is_empty() {
            files.push(HashedFile {
                role: "output".into(),
                name: self.csv_member(),
                sha256: output.csv.sha256.clone(),
            });
        }
        files.sort();
        Ok(SignOff {
            program: format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
            month: self.month,
            version: self.versions.next(self.month),
            journal: head.map(|e| Head { seq: e.seq, hash: e.hash.clone() }).unwrap_or_default(),
            prepared: None,
            inputs: self.in_book.inputs.clone(),
            tables: self.in_book.tables.clone(),
            files,
            figures: self.figures(),
            said: self.said(),
        })
    }

    /// The inputs that a figure may come from must be those of the book: what
    /// was only looked at is not signed.
    fn refuse_other_inputs(&self) -> Result<(), Refusal> {
        let known: Vec<&str> = self.in_book.inputs.iter().map(|input| input.sha256.as_str()).collect();
        let tables: Vec<&str> = self.in_book.tables.iter().map(|table| table.sha256.as_str()).collect();
        for side in [&self.inputs.bill, &self.inputs.ledger] {
            for file in side.lines.files() {
                if !known.contains(&file.sha256.as_str()) && !tables.contains(&file.sha256.as_str()) {
                    return Err(Refusal(format!(
                        "{} is not in the book, so it cannot be signed; open the book without --read-only.",
                        file.path.display()
                    )));
                }
            }
        }
        Ok(())
    }

    /// The members of an archive that are made here: role, name and bytes. The
    /// chargeback file itself is copied from where it was written.
    fn sign_members(&self) -> Result<Vec<Made>, Refusal> {
        let mut members = Vec::new();
        let mut make = |role, name: String, bytes| members.push(Made { role, name, bytes });
        for (file, text) in self.config.texts.iter().filter(|(_, text)| !text.is_empty()) {
            make("configuration", SignOff::config_member(file.name()), text.clone().into_bytes());
        }
        let charges = signed_charges(&self.allocation().charges, &self.config.projects);
        let charges = charges_csv(&charges).map_err(Refusal)?;
        make("charges", CHARGES.into(), charges);
        make("openings", OPENINGS.into(), openings_text(&self.openings).into_bytes());
        if let Some(earlier) = self.earlier_needed() {
            make("openings", EARLIER.into(), earlier.text().into_bytes());
        }
        make("openings", LOTS.into(), lots_text(&self.lot_opening).into_bytes());
        let (openings, lots) = self.previous.as_ref();
        make("openings", OPENINGS_BEFORE.into(), openings_text(openings).into_bytes());
        make("openings", LOTS_BEFORE.into(), lots_text(lots).into_bytes());
        let sheet = self.sheet();
        if !sheet.is_empty() {
            let output = self.output();
            for (role, path, bytes) in &output.beside {
                make(role, output_member(path), bytes.clone());
            }
        }
        // Rows that only an earlier export explains.
        let withdrawn = sheet.withdrawn();
        if !withdrawn.is_empty() {
            make("withdrawn", WITHDRAWN.into(), withdrawn.to_bytes());
        }
        Ok(members)
    }

    /// Rows of tables as members of an archive: name, table, bytes. Two tables
    /// that gave the same are one member.
    fn table_members(&self) -> Vec<(String, &SignedTable, u64)> {
        let tables = self.in_book.tables.iter().filter_map(|table| Some((table, table.rows.as_ref()?)));
        let mut members: Vec<_> = tables.map(|(table, rows)| (rows.member.clone(), table, rows.bytes)).collect();
        members.sort_by(|a, b| a.0.cmp(&b.0));
        members.dedup_by(|a, b| a.0 == b.0);
        members
    }

    fn csv_member(&self) -> String {
        output_member(&self.dir.join(self.file_name()))
    }

    /// The figures of the month under their names: totals in cents as written,
    /// the rest exact.
    pub(super) fn figures(&self) -> BTreeMap<String, String> {
        let sheet = self.sheet();
        let manifest = self.manifest(&sheet, &self.dir.join(self.file_name()));
        let mut figures: BTreeMap<String, String> = [
            ("written: total", manifest.total),
            ("written: billable", manifest.billable),
            ("written: subsidized", manifest.subsidized),
            ("written: rows", manifest.output.rows.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        figures.extend(manifest.tie_out.into_iter().map(|(name, value)| (format!("tie-out: {name}"), value)));
        figures.extend(manifest.items.into_iter().map(|(name, n)| (format!("items: {name}"), n.to_string())));
        figures.extend(manifest.decisions.into_iter().map(|(name, n)| (format!("decisions: {name}"), n.to_string())));
        for payer in manifest.payers {
            for project in payer.projects {
                figures.insert(format!("payer: {} / {}", payer.fund_org, project.project_id), project.billed);
            }
        }
        figures
    }

    /// What the export would write now, without writing it.
    pub(super) fn output(&self) -> Arc<Output> {
        Arc::clone(self.derived.output.get_or_init(|| Arc::new(self.make_output())))
    }

    fn make_output(&self) -> Output {
        let plan = self.export_plan(None);
        let mut out = Hashing { hasher: Sha256::new(), bytes: 0 };
        let filled = match plan.csv {
            Content::Bytes(bytes) => std::io::Write::write_all(&mut out, &bytes),
            Content::Writer(fill) => fill(&mut out),
        };
        // Hashing cannot fail; what could not be made is like no file.
        let sha256 = filled.map(|()| hex(&out.hasher.finalize())).unwrap_or_default();
        let csv = Written { sha256, bytes: out.bytes };
        let mut beside: Vec<_> = plan.beside.into_iter().map(|file| ("accounting", file.path, file.bytes)).collect();
        beside.extend(plan.manifest.map(|(path, make)| ("manifest", path, make(&csv))));
        Output { csv, beside }
    }

    /// The month as it is to be signed. `exports` are the newest of the month.
    ///
    /// # Errors
    /// A sentence, as [`Desk::plan`] gives it.
    pub(super) fn sign_plan(&self, exports: &[ExportRecord]) -> Result<SignPlan, String> {
        let sign_off = self.sign_off().map_err(|Refusal(why)| why)?;
        self.refuse_same_eyes(&sign_off).map_err(|Refusal(why)| why)?;
        let made = self.sign_members().map_err(|Refusal(why)| why)?;
        let mut members: Vec<Member> = made.into_iter().map(|made| Member::bytes(made.name, made.bytes)).collect();
        for (name, table, bytes) in self.table_members() {
            let rows = table_rows(&self.dir, &table.sha256);
            if !rows.exists() {
                return Err(format!(
                    "The rows of {} are no longer in {}: they were read anew since, or taken away. Load the month again \
                     and sign then.",
                    table.location,
                    rows.display()
                ));
            }
            members.push(Member::file(name, &rows, &table.sha256, bytes));
        }
        let sheet = self.sheet();
        if !sheet.is_empty() {
            let csv = &self.output().csv;
            let written = exports.iter().find(|export| export.sha256 == csv.sha256);
            let export = written.ok_or("The file was not written as the month is now: write it first.")?;
            members.push(Member::file(self.csv_member(), &export.path, &csv.sha256, csv.bytes));
        }
        members.sort_by(|a, b| a.name.cmp(&b.name));
        let (total, _) = sheet.totals();
        Ok(SignPlan { sign_off, members, total: total.to_string() })
    }

    /// Who said that the month is ready, if it still is what they saw.
    pub fn prepared(&self) -> Option<&Entry> {
        // Working out what would be signed costs a look at everything.
        let of_month = |entry: &&Entry| entry.month == Some(self.month);
        let said = |entry: &Entry| matches!(entry.action, Action::Prepare { .. });
        if self.signed().is_some() || !self.entries.iter().filter(of_month).any(said) {
            return None;
        }
        let sign_off = self.unprepared_sign_off().ok()?;
        prepared(&self.entries, self.month, &sign_off.substance())
    }
}

/// The member of an archive that a written file is.
fn output_member(path: &std::path::Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("outputs/{name}")
}

struct Hashing {
    hasher: Sha256,
    bytes: u64,
}

impl std::io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::desk::{InputSpec, Session, SessionOptions};
    use crate::journal::{Decision, Verdict};
    use crate::usage::Side;

    fn give(session: &Session, desk: &mut Desk, command: &Command) -> Result<(), String> {
        let change = desk.plan(command).map_err(|Refusal(why)| why)?;
        let entries = session.writer().commit(desk, &change)?;
        desk.apply(&change, entries);
        Ok(())
    }

    fn decide(session: &Session, desk: &mut Desk, verdict: Verdict) {
        let items = (0..desk.items()).collect();
        let decision = Decision { verdict, reason: "provider-error".into(), note: String::new() };
        give(session, desk, &Command::Decide { items, decision }).unwrap();
        give(session, desk, &Command::Export { target: None }).unwrap();
    }

    /// The other person is the same process under another name: who works here
    /// comes from the operating system.
    #[test]
    fn another_person_signs_exactly_what_the_first_one_prepared() {
        let dir = tempfile::tempdir().unwrap();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small-month");
        for name in ["projects.json", "subsidies.json"] {
            std::fs::copy(from.join(name), dir.path().join(name)).unwrap();
        }
        std::fs::write(dir.path().join("config.toml"), "four_eyes = true\n").unwrap();
        let spec = |name: &str, side| InputSpec { path: from.join(name), side, format: None, append: false };
        let inputs = vec![spec("bill.csv", Side::Bill), spec("ledger.csv", Side::Ledger)];
        let options = SessionOptions { dir: dir.path().into(), inputs, month: None, read_only: false, no_copy: false };
        let session = Session::open(options).unwrap();
        let mut desk = session.load(&|_| {}, &|| false).unwrap();
        decide(&session, &mut desk, Verdict::ApproveBilled);
        give(&session, &mut desk, &Command::Prepare).unwrap();
        let first = desk.in_book.who.clone();
        Arc::make_mut(&mut desk.in_book).who = "somebody-else@desk".into();
        assert_eq!(desk.prepared().unwrap().who, first);
        let preview = desk.plan(&Command::Sign).unwrap().preview;
        assert!(preview.remarks.iter().any(|r| r.contains("signed by somebody-else@desk")), "{:?}", preview.remarks);

        // What changes in between has to be prepared anew.
        decide(&session, &mut desk, Verdict::ApproveRecorded);
        let refused = give(&session, &mut desk, &Command::Sign).unwrap_err();
        assert!(refused.contains("nobody has said that 2026-01 is ready as it is now"), "{refused}");
        assert!(desk.prepared().is_none());
        // Back as it was, it is what was prepared again.
        decide(&session, &mut desk, Verdict::ApproveBilled);
        give(&session, &mut desk, &Command::Sign).unwrap();
        assert_eq!(desk.signed().unwrap().number, 1);
    }
}
