//! The dimensions of a grain, and how they are called.

use std::str::FromStr;

/// The finest grain that the operator lets lines be compared at, from fine to
/// coarse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finest {
    /// One request, where both sides have requests.
    #[default]
    Request,
    /// Minute, key (or project, or user) and model, where the bill counts
    /// tokens by the minute.
    Minute,
    /// Hour, key (or project, or user) and model.
    Hour,
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
    pub const ALL: [Self; 8] =
        [Self::Request, Self::Minute, Self::Hour, Self::Class, Self::Model, Self::Project, Self::Day, Self::Total];

    /// As `config.toml` and the command line have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Minute => "minute",
            Self::Hour => "hour",
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

    /// The finest time that lines are told apart by.
    pub(in crate::reconcile) const fn period(self) -> Period {
        match self {
            Self::Request | Self::Minute => Period::Minute,
            Self::Hour => Period::Hour,
            Self::Class | Self::Model | Self::Project | Self::Day => Period::Day,
            Self::Total => Period::Month,
        }
    }

    /// Why a grain is coarser than it could be.
    pub(in crate::reconcile) fn sentence(self) -> String {
        format!("Nothing finer than “{}” was asked for.", self.name())
    }
}

impl FromStr for Finest {
    type Err = String;

    /// # Errors
    /// A sentence that names what there is.
    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.trim();
        Self::ALL.into_iter().find(|finest| finest.name() == name).ok_or_else(|| {
            let all = Self::ALL.map(Self::name).join(", ");
            format!("is “{name}”, which is no grain; there are, from fine to coarse: {all}")
        })
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

/// From fine to coarse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// Of tokens only: a line without any is compared by its day.
    Minute,
    /// As [`Period::Minute`].
    Hour,
    /// A UTC day.
    Day,
    Month,
}

impl Period {
    /// Its length in seconds, where it is a part of a day.
    pub const fn seconds(self) -> Option<u32> {
        match self {
            Self::Minute => Some(60),
            Self::Hour => Some(3_600),
            Self::Day | Self::Month => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    Project,
    Key,
    User,
}

impl Who {
    pub const ALL: [Self; 3] = [Self::Project, Self::Key, Self::User];

    /// The order in which one that both sides carry is looked for: within a
    /// day the key comes first, since fewer requests share it.
    pub(in crate::reconcile) const fn by(period: Period) -> [Self; 3] {
        match period.seconds() {
            Some(_) => [Self::Key, Self::Project, Self::User],
            None => Self::ALL,
        }
    }

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
            period: self.period.max(finest.period()),
            ..self
        }
    }

    /// The same for a line of no tokens, which tells nothing finer than a day.
    pub(in crate::reconcile) fn of_a_day(self) -> Self {
        Self { period: self.period.max(Period::Day), ..self }
    }

    /// `day x project x model`.
    pub fn name(self) -> String {
        let mut parts = Vec::new();
        parts.extend(match self.period {
            Period::Minute => Some("minute"),
            Period::Hour => Some("hour"),
            Period::Day => Some("day"),
            Period::Month => None,
        });
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
        let coarser = ["day x user", "day", "total of the month"];
        assert_eq!(credits[..5], [by_type; 5]);
        assert_eq!(credits[5..], coarser);
        let minute = Dims { period: Period::Minute, what: What::Model, ..full };
        let names = Finest::ALL.map(|finest| minute.limited(finest).name());
        let by_day = "day x project x model";
        assert_eq!(names[..3], ["minute x project x model", "minute x project x model", "hour x project x model"]);
        assert_eq!(names[3..], [by_day, by_day, "day x project", "day", "total of the month"]);
        let bare = Dims { who: None, what: What::All, ..full };
        assert_eq!(bare.limited(Finest::Request), bare);
    }

    #[test]
    fn every_grain_is_found_by_its_name_and_no_other_word_is_one() {
        for finest in Finest::ALL {
            assert_eq!(finest.name().parse(), Ok(finest));
        }
        let refused = "second".parse::<Finest>().unwrap_err();
        assert!(refused.ends_with("request, minute, hour, class, model, project, day, total"), "{refused}");
    }
}
