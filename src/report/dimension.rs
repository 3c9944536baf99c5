//! What a summary can be grouped by.

use std::fmt;
use std::str::FromStr;

/// One thing that lines have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// The model under the name that all its snapshots share; for credits the
    /// usage type.
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
}

impl Dimension {
    pub const ALL: [Self; 7] =
        [Self::Model, Self::Project, Self::User, Self::Action, Self::Category, Self::Day, Self::Status];

    /// As it is typed, and as files have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Project => "project",
            Self::User => "user",
            Self::Action => "action",
            Self::Category => "category",
            Self::Day => "day",
            Self::Status => "status",
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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
        let names: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
        let names = names.join(", ");
        if text == "job" || text.starts_with("meta.") {
            return Err(format!(
                "is in the metadata of the ledger, which is not read yet, so nothing can be grouped by it; there are: {names}"
            ));
        }
        Err(format!("is nothing to group by; there are: {names}"))
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
    fn what_is_not_there_is_said_with_what_is() {
        let refused = |text: &str| text.parse::<Dimension>().unwrap_err();
        assert!(refused("colour").starts_with("is nothing to group by; there are: model, project"));
        for metadata in ["job", "meta.team"] {
            assert!(refused(metadata).contains("not read yet"), "{metadata}");
        }
    }
}
