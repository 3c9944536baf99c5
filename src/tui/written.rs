//! What was typed into the lines for searches and filters, to be called back
//! with the arrow keys. It is kept with the place in the book, beside what the
//! lists show, and nothing is worked out from it.

use serde::{Deserialize, Serialize};

use super::modal::PromptKind;

/// Texts of a kind that are kept, at most.
const MOST: usize = 100;

/// Of each kind the newest first, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    searches: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    filters: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    journal: Vec<String>,
}

impl Written {
    pub fn is_empty(&self) -> bool {
        self.searches.is_empty() && self.filters.is_empty() && self.journal.is_empty()
    }

    /// What was typed into lines of a kind; `None` where they are not kept here.
    pub fn of(&self, kind: &PromptKind) -> Option<&[String]> {
        match kind {
            PromptKind::Search => Some(&self.searches),
            PromptKind::Filter => Some(&self.filters),
            PromptKind::JournalFilter => Some(&self.journal),
            _ => None,
        }
    }

    /// Keeps a text before all others; says whether that changed anything.
    pub fn add(&mut self, kind: &PromptKind, text: &str) -> bool {
        let all = match kind {
            PromptKind::Search => &mut self.searches,
            PromptKind::Filter => &mut self.filters,
            PromptKind::JournalFilter => &mut self.journal,
            _ => return false,
        };
        if text.is_empty() || all.first().is_some_and(|first| first == text) {
            return false;
        }
        all.retain(|other| other != text);
        all.insert(0, text.to_owned());
        all.truncate(MOST);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_comes_first_and_each_stands_once() {
        let mut written = Written::default();
        for text in ["a", "b", "", "a"] {
            written.add(&PromptKind::Search, text);
        }
        assert_eq!(written.of(&PromptKind::Search).unwrap(), ["a", "b"]);
        assert!(!written.add(&PromptKind::Search, "a") && !written.add(&PromptKind::ReopenMonth, "a"));
        (0..2 * MOST).for_each(|number| {
            written.add(&PromptKind::Filter, &number.to_string());
        });
        assert_eq!(written.of(&PromptKind::Filter).unwrap().len(), MOST);
        assert_eq!(written.of(&PromptKind::Note(Vec::new())), None);
    }
}
