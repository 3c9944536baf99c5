//! The rows of a block of JSON objects, one a line, of which some hold a list
//! of rows.

use super::{Rows, unreadable};
use crate::read::cells::Cells;
use crate::read::codex::Rollout;
use crate::read::format::Nested;
use crate::read::json;
use crate::read::usual::Reader;

impl Rows<'_> {
    pub(super) fn json(&mut self, bytes: &[u8]) {
        let text = || bytes.is_ascii() || std::str::from_utf8(bytes).is_ok();
        match &self.plan.short {
            Some(short) if text() => self.usual(short, bytes, Reader::json, Self::lines),
            _ => self.lines(bytes),
        }
    }

    fn lines(&mut self, bytes: &[u8]) {
        self.objects(bytes, |rows, raw, cells| rows.row(raw, cells));
    }

    pub(super) fn rollout(&mut self, bytes: &[u8], rollout: &mut Rollout) {
        self.objects(bytes, |rows, raw, cells| rows.read(raw, cells, |cells, room| rollout.row(cells, room)));
    }

    /// Each line that is a JSON object.
    fn objects(&mut self, bytes: &[u8], mut take: impl FnMut(&mut Self, &[u8], &Cells<'_>)) {
        let mut keys = std::mem::take(&mut self.scratch.keys);
        for raw in bytes.split_inclusive(|byte| *byte == b'\n') {
            let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
            if raw.trim_ascii().is_empty() {
                self.out.blank_rows += 1;
            } else if let Some(problem) = unreadable(raw) {
                self.bad(raw, problem);
            } else if matches!(self.plan.format.nested, Nested::List(_)) {
                self.listed(raw, &mut keys);
            } else {
                match json::texts(self.plan.format, raw, &mut keys) {
                    Ok(texts) => take(self, raw, &texts.cells()),
                    Err(problem) => self.bad(raw, problem),
                }
            }
            self.line += 1;
        }
        self.scratch.keys = keys;
    }

    /// A line that holds a list of rows.
    fn listed(&mut self, raw: &[u8], keys: &mut json::Keys) {
        let read = json::listed(self.plan.format, raw, keys, |entry, texts| {
            self.part = Some((0, self.part.map_or(1, |(_, number)| number + 1)));
            match texts {
                Ok(texts) => self.row(entry, &texts.cells()),
                Err(problem) => self.bad(entry, problem),
            }
        });
        if let Err(problem) = read {
            self.bad(raw, problem);
        } else if self.part.is_none() {
            self.out.blank_rows += 1;
        }
        self.part = None;
    }
}
