//! The dimensions of a grain, and how they are called.

/// The finest grain that the operator lets lines be compared at, from fine to
/// coarse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finest {
    /// One request, where both sides have requests.
    #[default]
    Request,
    /// Day, project (or key, or user), model and token class.
    Class,
    /// Day, project and model; of credits day, user and usage type.
    Model,
    /// Day and project; of credits day and user.
    Project,
    Day,
    /// The whole month.
    Total,
}

impl Finest {
    pub const ALL: [Self; 6] = [Self::Request, Self::Class, Self::Model, Self::Project, Self::Day, Self::Total];

    /// As `config.toml` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Class => "class",
            Self::Model => "model",
            Self::Project => "project",
            Self::Day => "day",
            Self::Total => "total",
        }
    }

    /// Whether requests are still compared one by one.
    pub(in crate::reconcile) fn has_requests(self) -> bool {
        self == Self::Request
    }

    /// Whether credits are still compared by day, user and usage type.
    pub(in crate::reconcile) fn has_usage_types(self) -> bool {
        self <= Self::Model
    }
}

/// Which lines stand in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Money or tokens of the platform against what was recorded of it.
    Platform,
    Credits,
    /// Usage on days whose costs are there. It is held against the costs, and
    /// against no ledger: what the ledger is compared with are the costs.
    Evidence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// A UTC day.
    Day,
    Month,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    Project,
    Key,
    User,
}

impl Who {
    pub const ALL: [Self; 3] = [Self::Project, Self::Key, Self::User];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Key => "key",
            Self::User => "user",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    All,
    /// One model under all its names.
    Model,
    ModelAndClass,
    /// Of credits.
    UsageType,
}

/// What the lines of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dims {
    pub family: Family,
    pub period: Period,
    pub who: Option<Who>,
    pub what: What,
}

impl Dims {
    /// Of credits, under a limit.
    pub(in crate::reconcile) fn of_credits(finest: Finest) -> Self {
        Self { family: Family::Credits, period: Period::Day, who: Some(Who::User), what: What::UsageType }
            .limited(finest)
    }

    /// The same, or coarser where these are finer than the operator lets them.
    pub(in crate::reconcile) fn limited(self, finest: Finest) -> Self {
        let what = match self.what {
            What::ModelAndClass if finest >= Finest::Model => What::Model,
            what => what,
        };
        Self {
            what: if finest >= Finest::Project { What::All } else { what },
            who: self.who.filter(|_| finest < Finest::Day),
            period: if finest == Finest::Total { Period::Month } else { self.period },
            ..self
        }
    }

    /// `day x project x model`.
    pub fn name(self) -> String {
        let mut parts = Vec::new();
        if self.period == Period::Day {
            parts.push("day");
        }
        parts.extend(self.who.map(Who::name));
        parts.extend_from_slice(match self.what {
            What::All => &[],
            What::Model => &["model"],
            What::ModelAndClass => &["model", "class"],
            What::UsageType => &["usage type"],
        });
        if parts.is_empty() { "total of the month".into() } else { parts.join(" x ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_takes_dimensions_away_and_adds_none() {
        let full =
            Dims { family: Family::Platform, period: Period::Day, who: Some(Who::Project), what: What::ModelAndClass };
        let names = Finest::ALL.map(|finest| full.limited(finest).name());
        let expect = [
            "day x project x model x class",
            "day x project x model x class",
            "day x project x model",
            "day x project",
            "day",
            "total of the month",
        ];
        assert_eq!(names, expect);
        let credits = Finest::ALL.map(|finest| Dims::of_credits(finest).name());
        let by_type = "day x user x usage type";
        assert_eq!(credits, [by_type, by_type, by_type, "day x user", "day", "total of the month"]);
        let bare = Dims { who: None, what: What::All, ..full };
        assert_eq!(bare.limited(Finest::Request), bare);
    }
}
