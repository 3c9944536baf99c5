//! What a thread keeps from block to block of a file, and how the names it met
//! become those of all files.

use super::Fragment;
use crate::read::json;
use crate::read::usual::Reader;
use crate::usage::{Lines, Names, Sym};

/// What one thread keeps from block to block of a file.
#[derive(Default)]
pub(in crate::read) struct Scratch {
    /// Its number among all of a file's.
    pub number: usize,
    /// All names that it met; those from `told` on are in no fragment yet.
    pub(super) names: Names,
    told: usize,
    pub(super) reader: Option<Reader>,
    pub(super) keys: json::Keys,
    /// Lines without rows, for the memory they hold.
    pub spare: Lines,
}

impl Scratch {
    pub fn new(number: usize) -> Self {
        Self { number, told: 1, ..Self::default() }
    }

    /// The names that came up since this was asked last.
    pub(super) fn news(&mut self) -> Vec<Box<str>> {
        let news = self.names.since(self.told).map(Into::into).collect();
        self.told = self.names.len();
        news
    }
}

/// From the names of each [`Scratch`] of a file to those of all files.
#[derive(Default)]
pub(in crate::read) struct Maps(Vec<Vec<Sym>>);

impl Maps {
    /// For the lines of a fragment, which come in the order of the file.
    pub fn of(&mut self, fragment: &Fragment, names: &mut Names) -> &[Sym] {
        if self.0.len() <= fragment.scratch {
            self.0.resize(fragment.scratch + 1, vec![Sym::NONE]);
        }
        let Some(map) = self.0.get_mut(fragment.scratch) else { return &[] };
        map.extend(fragment.new_names.iter().map(|name| names.intern(name)));
        map
    }
}
