//! What a list is sorted by: one key or several, each its own way round. As
//! text, on the command line and in the place the book keeps:
//! `user,billed:desc`.

use std::fmt;
use std::str::FromStr;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SortKey {
    #[default]
    Time,
    Model,
    User,
    Project,
    Tokens,
    Billed,
    Recorded,
    /// Billed minus recorded, with its sign.
    Difference,
    /// By size, whatever the sign.
    Size,
    Outcome,
    Cause,
    Decision,
    Badges,
}

impl SortKey {
    pub const ALL: [Self; 13] = [
        Self::Time,
        Self::Model,
        Self::User,
        Self::Project,
        Self::Tokens,
        Self::Billed,
        Self::Recorded,
        Self::Difference,
        Self::Size,
        Self::Outcome,
        Self::Cause,
        Self::Decision,
        Self::Badges,
    ];

    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Model => "model",
            Self::User => "user",
            Self::Project => "project",
            Self::Tokens => "tokens",
            Self::Billed => "billed",
            Self::Recorded => "recorded",
            Self::Difference => "difference",
            Self::Size => "size",
            Self::Outcome => "outcome",
            Self::Cause => "cause",
            Self::Decision => "decision",
            Self::Badges => "badges",
        }
    }

    /// As a sentence has it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Model => "model or usage type",
            Self::Size => "size of difference",
            other => other.name(),
        }
    }

    /// Whether the greatest is worth the first look.
    pub const fn greatest_first(self) -> bool {
        matches!(self, Self::Tokens | Self::Billed | Self::Recorded | Self::Difference | Self::Size)
    }
}

impl FromStr for SortKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|key| key.name() == text);
        known.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
            format!("“{text}” is nothing to sort by; there are {}", names.join(", "))
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortBy {
    pub key: SortKey,
    pub descending: bool,
}

/// The keys of a list, the most important first; no key twice, and at least
/// one. What is equal in all of them stays in order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order(Vec<SortBy>);

impl Default for Order {
    fn default() -> Self {
        Self::by(SortKey::default(), false)
    }
}

impl Order {
    pub fn by(key: SortKey, descending: bool) -> Self {
        Self(vec![SortBy { key, descending }])
    }

    pub fn keys(&self) -> &[SortBy] {
        &self.0
    }

    /// Turns a key round, or adds it behind the others.
    pub fn add_or_flip(&mut self, key: SortKey) {
        match self.0.iter_mut().find(|by| by.key == key) {
            Some(by) => by.descending = !by.descending,
            None => self.0.push(SortBy { key, descending: key.greatest_first() }),
        }
    }

    /// Turns every key round.
    pub fn reverse(&mut self) {
        self.0.iter_mut().for_each(|by| by.descending = !by.descending);
    }

    /// Where a key stands among them, and whether the greatest come first.
    pub fn place(&self, key: SortKey) -> Option<(usize, bool)> {
        let at = self.0.iter().position(|by| by.key == key)?;
        Some((at, self.0.get(at)?.descending))
    }

    /// `user asc, size of difference desc`
    pub fn words(&self) -> String {
        let way = |by: &SortBy| if by.descending { "desc" } else { "asc" };
        self.0.iter().map(|by| format!("{} {}", by.key.label(), way(by))).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, by) in self.0.iter().enumerate() {
            let (gap, way) = (if at == 0 { "" } else { "," }, if by.descending { ":desc" } else { "" });
            write!(f, "{gap}{}{way}", by.key.name())?;
        }
        Ok(())
    }
}

impl FromStr for Order {
    type Err = String;

    /// # Errors
    /// A sentence about what is no key, no way, or there twice.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut keys: Vec<SortBy> = Vec::new();
        for part in text.split(',') {
            let (name, way) = part.trim().split_once(':').unwrap_or((part.trim(), "asc"));
            let descending = match way {
                "asc" => false,
                "desc" => true,
                other => return Err(format!("“{other}” is no way to sort {name}; there are asc and desc")),
            };
            let key: SortKey = name.parse()?;
            if keys.iter().any(|by| by.key == key) {
                return Err(format!("{name} is there twice; once is enough"));
            }
            keys.push(SortBy { key, descending });
        }
        Ok(Self(keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_order_is_read_as_it_is_written() {
        let order: Order = "user, billed:desc,time:asc".parse().unwrap();
        assert_eq!(order.to_string(), "user,billed:desc,time");
        assert_eq!(order.words(), "user asc, billed desc, time asc");
        assert_eq!((order.place(SortKey::Billed), order.place(SortKey::Cause)), (Some((1, true)), None));
        for (text, says) in [
            ("shoe", "“shoe” is nothing to sort by; there are time, model, user"),
            ("", "“” is nothing to sort by"),
            ("user:down", "“down” is no way to sort user"),
            ("user,billed,user:desc", "user is there twice"),
        ] {
            let error = text.parse::<Order>().unwrap_err();
            assert!(error.starts_with(says), "{text}: {error}");
        }
    }

    #[test]
    fn a_key_is_added_behind_the_others_and_then_turned_round() {
        let mut order = Order::by(SortKey::User, false);
        order.add_or_flip(SortKey::Billed);
        order.add_or_flip(SortKey::User);
        assert_eq!(order.to_string(), "user:desc,billed:desc", "amounts begin with the greatest");
        order.reverse();
        assert_eq!(order.to_string(), "user,billed");
    }

    proptest! {
        #[test]
        fn every_order_comes_back_from_its_text(turns in proptest::collection::vec(0..SortKey::ALL.len(), 0..30)) {
            let mut order = Order::default();
            turns.into_iter().for_each(|at| order.add_or_flip(SortKey::ALL[at]));
            prop_assert_eq!(order.to_string().parse::<Order>(), Ok(order));
        }
    }
}
