//! Filters with a name, kept in the book's `config.toml`: `@name` stands for
//! one in every filter, on the screen and on the command line. They change no
//! figure, so that saving one compares nothing anew; it is journaled like every
//! change of that file.

use std::sync::Arc;

use super::Desk;
use super::command::{Change, Command, Preview, Refusal};
use crate::book::Config;
use crate::journal::{Action, ConfigFile};
use crate::review::Filter;
use crate::review::filter::{FilterError, Saved};

impl Desk {
    /// Reads a filter in which `@name` is one of the book's.
    ///
    /// # Errors
    /// [`FilterError`] with the place and a sentence.
    pub fn filter(&self, text: &str) -> Result<Filter, FilterError> {
        Filter::parse_with(text, self.saved_filters())
    }

    /// By their names.
    pub fn saved_filters(&self) -> &Saved {
        &self.config.settings.filters
    }

    /// Taking the place of another filter is shown first.
    pub(super) fn plan_save_filter(&self, command: &Command, name: &str, filter: &str) -> Result<Change, Refusal> {
        let before = self.config.texts.get(&ConfigFile::Settings).cloned().unwrap_or_default();
        let after = crate::book::set_filter(&before, name, filter).map_err(Refusal)?;
        if before == after {
            return Err(Refusal(format!("@{name} says that already.")));
        }
        let mut texts = self.config.texts.clone();
        texts.insert(ConfigFile::Settings, after.clone());
        let config = Config::from_texts(texts, &self.config.paths).map_err(|e| Refusal(e.to_string()))?;
        let mut next = self.clone();
        next.config = Arc::new(config.with_grain(self.config.grain));
        let summary = format!("save the filter @{name}: {filter}");
        let mut preview = Preview { title: format!("Save the filter @{name}"), ..Preview::default() };
        let old = self.saved_filters().get(name);
        if let Some(old) = old {
            preview.remarks.push(format!("It takes the place of: {old}"));
        }
        let action = Action::EditFile { file: ConfigFile::Settings, before, after, summary };
        let mut change = self.change(command, preview, action, old.is_some());
        change.next = Some(Arc::new(next));
        Ok(change)
    }
}
