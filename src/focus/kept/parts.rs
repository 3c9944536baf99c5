//! Many rows packed at once, in parts on all cores: the same bytes as one by
//! one.

use rayon::prelude::*;

use super::super::row::Row;
use super::met::Met;
use super::{Kept, Last};
use crate::memory;

/// Rows that one thread packs at a time.
pub(in crate::focus) const ROWS_A_PART: usize = 1 << 14;

/// A part on its way.
struct Part<'a> {
    /// The number of its first row.
    from: usize,
    kept: Kept,
    met: Met<'a>,
    /// Its last row whose id is written out.
    last_id: Option<usize>,
}

impl Kept {
    /// So many rows, as if they had been added one by one: in parts of this
    /// size on all cores. First each part learns its texts, then it writes
    /// its rows with the numbers that these have among all.
    pub(in crate::focus) fn of<'a>(rows: usize, size: usize, row: impl Fn(usize) -> Option<Row<'a>> + Sync) -> Self {
        let starts: Vec<usize> = (0..rows).step_by(size).collect();
        let of_part = |from: usize| from..rows.min(from + size);
        let learn = |from: &usize| {
            let mut part = Part { from: *from, kept: Self::default(), met: Met::new(), last_id: None };
            for number in of_part(*from) {
                let Some(row) = row(number) else { continue };
                part.met.numbers(&row, |text| part.kept.number(text));
                if part.kept.own_id(&row).is_none() {
                    part.last_id = Some(number);
                }
            }
            part
        };
        // As many at a time as there are cores: the file is made meanwhile, and
        // its rows are waited for by whoever writes it.
        let at_once = rayon::current_num_threads().max(1);
        let mut parts: Vec<Part<'a>> = Vec::with_capacity(starts.len());
        starts.chunks(at_once).for_each(|starts| parts.par_extend(starts.par_iter().map(learn)));
        let mut whole = Self::default();
        let mut there: Vec<Vec<u32>> = Vec::with_capacity(parts.len());
        for Part { from, kept, last_id, .. } in &mut parts {
            there.push(kept.texts.iter().map(|text| whole.number(text)).collect());
            kept.last = Last { id: std::mem::take(&mut whole.last.id), day: whole.last.day, ..Last::default() };
            whole.last.id.clone_from(&kept.last.id);
            if let Some(id) = last_id.and_then(&row) {
                whole.last.id = id.id.text().into_owned();
            }
            let last = of_part(*from).next_back().and_then(&row);
            whole.last.day = last.map_or(whole.last.day, |row| i64::from(row.day.number()));
        }
        let pack = |(Part { from, kept, met, .. }, there): (&mut Part<'a>, &Vec<u32>)| {
            for row in of_part(*from).filter_map(&row) {
                let numbers = met.numbers(&row, |text| kept.number(text));
                kept.add(&row, &numbers.map(|number| there.get(number as usize).copied().unwrap_or(number)));
            }
        };
        for (parts, there) in parts.chunks_mut(at_once).zip(there.chunks(at_once)) {
            parts.par_iter_mut().zip(there).for_each(pack);
        }
        whole.count = parts.iter().map(|part| part.kept.count).sum();
        whole.bytes = memory::joined(parts.into_iter().map(|part| part.kept.bytes).collect());
        whole
    }
}
