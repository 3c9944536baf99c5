//! What a summary can be grouped by.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::usage::Extra;

/// One thing that lines have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// The model under the name that all its snapshots share; for credits the
    /// usage type, for several calls together all their models.
    Model,
    /// The project that pays; without any in `projects.json`, the project that
    /// the lines name.
    Project,
    /// The user as the ledger knows it, else as the bill does.
    User,
    /// The action of the ledger or usage type of credits, else the endpoint
    /// that the bill names.
    Action,
    /// The first rule of `config.toml` that holds.
    Category,
    /// The UTC day.
    Day,
    /// The outcome of the comparison.
    Status,
    /// The job, run, batch or session that the ledger names.
    Job,
    /// What the ledger's metadata has under this path, `outer.inner`.
    Meta(Box<str>),
}

/// How the dimensions of metadata begin.
const META: &str = "meta.";

impl Dimension {
    /// All but those of metadata, of which there are as many as it has keys.
    pub const ALL: [Self; 8] =
        [Self::Model, Self::Project, Self::User, Self::Action, Self::Category, Self::Day, Self::Status, Self::Job];

    /// As it is typed, and as files have it.
    pub fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Model => "model",
            Self::Project => "project",
            Self::User => "user",
            Self::Action => "action",
            Self::Category => "category",
            Self::Day => "day",
            Self::Status => "status",
            Self::Job => "job",
            Self::Meta(path) => return Cow::Owned(format!("{META}{path}")),
        })
    }

    /// What has to be kept of each row for it, when the month is read.
    pub fn extra(&self) -> Option<Extra> {
        match self {
            Self::Job => Some(Extra::Job),
            Self::Meta(path) => Some(Extra::Meta(path.clone())),
            _ => None,
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl FromStr for Dimension {
    type Err = String;

    /// # Errors
    /// A sentence that names what there is.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(found) = Self::ALL.into_iter().find(|dimension| dimension.name().eq_ignore_ascii_case(text)) {
            return Ok(found);
        }
        let prefix = text.get(..META.len()).filter(|prefix| prefix.eq_ignore_ascii_case(META));
        match prefix.and_then(|_| text.get(META.len()..)) {
            Some(path) if path.split('.').any(str::is_empty) => {
                Err("names no key of the metadata; write meta.team, or meta.outer.inner for a key inside another"
                    .into())
            }
            Some(path) => Ok(Self::Meta(path.into())),
            None => {
                let names: Vec<String> = Self::ALL.iter().map(|dimension| dimension.name().into_owned()).collect();
                Err(format!("is nothing to group by; there are: {}, meta.KEY", names.join(", ")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_is_found_by_its_name() {
        for dimension in Dimension::ALL {
            assert_eq!(dimension.name().parse(), Ok(dimension));
        }
        assert_eq!(" Model".parse(), Ok(Dimension::Model));
    }

    #[test]
    fn a_key_of_the_metadata_is_named_by_its_path() {
        let meta = |path: &str| Ok(Dimension::Meta(path.into()));
        assert_eq!("meta.team".parse(), meta("team"));
        assert_eq!(" META.additional.Run-ID ".parse(), meta("additional.Run-ID"), "a key keeps its case");
        assert_eq!(Dimension::Meta("a.b".into()).name(), "meta.a.b");
    }

    #[test]
    fn what_is_not_there_is_said_with_what_is() {
        let refused = |text: &str| text.parse::<Dimension>().unwrap_err();
        assert!(refused("colour").starts_with("is nothing to group by; there are: model, project"));
        for nothing in ["meta", "metadata.team"] {
            assert!(refused(nothing).ends_with("job, meta.KEY"), "{nothing}");
        }
        for nothing in ["meta.", "meta.a.", "meta..a"] {
            assert!(refused(nothing).contains("names no key"), "{nothing}");
        }
    }
}
