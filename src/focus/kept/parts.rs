//! Many rows packed at once, in parts on all cores: the same bytes as one by
//! one.

use rayon::prelude::*;

use super::super::row::Row;
use super::{Kept, Last, measured_texts, texts_of};

/// Rows that one thread packs at a time.
pub(in crate::focus) const ROWS_A_PART: usize = 1 << 14;

impl Kept {
    /// So many rows, as if they had been added one by one: in parts of this
    /// size on all cores. First each part learns its texts, then it writes
    /// its rows with the numbers that these have among all.
    pub(in crate::focus) fn of<'a>(rows: usize, size: usize, row: impl Fn(usize) -> Option<Row<'a>> + Sync) -> Self {
        let parts: Vec<usize> = (0..rows).step_by(size).collect();
        let of_part = |from: usize| from..rows.min(from + size);
        let mut parts: Vec<(usize, Self, Option<usize>)> = parts
            .into_par_iter()
            .map(|from| {
                let (mut part, mut last_id) = (Self::default(), None);
                for number in of_part(from) {
                    let Some(row) = row(number) else { continue };
                    if part.learn(&row) {
                        last_id = Some(number);
                    }
                }
                (from, part, last_id)
            })
            .collect();
        let mut whole = Self::default();
        for (from, part, last_id) in &mut parts {
            part.there = part.texts.iter().map(|text| whole.number(text)).collect();
            part.last = Last { id: std::mem::take(&mut whole.last.id), day: whole.last.day, ..Last::default() };
            whole.last.id.clone_from(&part.last.id);
            if let Some(id) = last_id.and_then(&row) {
                whole.last.id = id.id.text().into_owned();
            }
            let last = of_part(*from).next_back().and_then(&row);
            whole.last.day = last.map_or(whole.last.day, |row| i64::from(row.day.number()));
        }
        parts.par_iter_mut().for_each(|(from, part, _)| {
            for row in of_part(*from).filter_map(&row) {
                part.push(&row);
            }
        });
        whole.bytes.reserve(parts.iter().map(|(_, part, _)| part.bytes.len()).sum());
        for (_, part, _) in parts {
            whole.bytes.extend_from_slice(&part.bytes);
            whole.count += part.count;
        }
        whole
    }

    /// Numbers the texts of a row. Whether its id is written out.
    fn learn(&mut self, row: &Row<'_>) -> bool {
        let measured = row.measure.iter().flat_map(measured_texts);
        for (place, text) in texts_of(row).into_iter().chain(measured).enumerate() {
            self.numbered(place, text);
        }
        self.own_id(row).is_none()
    }
}
