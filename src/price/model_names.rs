//! What a book knows of models beyond the shipped table: names of its own that
//! mean a model. Pairs of names go in; one name for all that mean the same
//! model comes out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::models::{canonical, normal};

/// The names a book adds to those that the program knows. Without any it says
/// what [`canonical`] says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelNames {
    /// By the [`normal`] name; what each leads to is no key itself.
    same: BTreeMap<String, String>,
}

/// Why a pair of names is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameRefused {
    /// As it was given.
    pub name: String,
    /// What is wrong with it, to be read behind the name.
    pub what: String,
}

impl ModelNames {
    /// From pairs of a name and the model it means.
    ///
    /// A name with the date of a snapshot means that snapshot alone; one
    /// without means all of them.
    ///
    /// # Errors
    /// The first pair with a blank, that says nothing new, that names what
    /// another pair names, or that leads back to itself.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, NameRefused> {
        let mut given: BTreeMap<String, (&str, String)> = BTreeMap::new();
        for (name, model) in pairs {
            let refused = |what: String| Err(NameRefused { name: name.into(), what });
            let (from, to) = (normal(name).into_owned(), canonical(model).into_owned());
            if from.trim().is_empty() || to.trim().is_empty() {
                return refused("needs a name on both sides".into());
            }
            if canonical(name) == to {
                return refused(format!("is known to mean “{to}” already; take the line out"));
            }
            if let Some((other, _)) = given.get(&from) {
                return refused(format!("is the same name as “{other}”; keep one of them"));
            }
            given.insert(from, (name, to));
        }
        let mut same = BTreeMap::new();
        for (from, (name, first)) in &given {
            let mut model = first;
            for _ in 0..given.len() {
                match given.get(model) {
                    Some((_, next)) => model = next,
                    None => break,
                }
            }
            if given.contains_key(model) {
                return Err(NameRefused { name: (*name).into(), what: "leads back to itself".into() });
            }
            same.insert(from.clone(), model.clone());
        }
        Ok(Self { same })
    }

    pub fn is_empty(&self) -> bool {
        self.same.is_empty()
    }

    /// The name that all names of one model share, those of the book included.
    /// The canonical name of a canonical name is itself.
    pub fn canonical<'a>(&'a self, name: &'a str) -> Cow<'a, str> {
        if self.same.is_empty() {
            return canonical(name);
        }
        if let Some(model) = self.same.get(&*normal(name)) {
            return Cow::Borrowed(model);
        }
        let known = canonical(name);
        match self.same.get(&*known) {
            Some(model) => Cow::Borrowed(model),
            None => known,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(pairs: &[(&str, &str)]) -> ModelNames {
        ModelNames::new(pairs.iter().copied()).unwrap()
    }

    #[test]
    fn a_name_of_the_book_means_its_model_in_every_spelling() {
        let names = names(&[("house-chat", "openai/GPT-4o-2024-08-06"), ("team/Old_Name", "house-chat")]);
        for name in ["house-chat", "House-Chat", "azure/house_chat", "old-name", "gpt-4o"] {
            assert_eq!(names.canonical(name), "gpt-4o", "{name}");
        }
        assert_eq!(names.canonical("gpt-4o-mini"), "gpt-4o-mini");
    }

    #[test]
    fn a_dated_name_means_one_snapshot_and_an_undated_one_all() {
        let one = names(&[("gpt-4o-2024-05-13", "old-4o")]);
        assert_eq!(one.canonical("gpt-4o-2024-05-13"), "old-4o");
        assert_eq!(one.canonical("gpt-4o-2024-08-06"), "gpt-4o");
        let all = names(&[("gpt-4o", "our-4o")]);
        assert_eq!(all.canonical("openai/gpt-4o-2024-08-06"), "our-4o");
    }

    #[test]
    fn a_pair_that_cannot_be_meant_is_refused_by_its_name() {
        let refused = |pairs: &[(&str, &str)]| {
            let NameRefused { name, what } = ModelNames::new(pairs.iter().copied()).unwrap_err();
            format!("{name} {what}")
        };
        assert_eq!(refused(&[("", "gpt-4o")]), " needs a name on both sides");
        assert_eq!(refused(&[("a", " ")]), "a needs a name on both sides");
        assert!(refused(&[("gpt-4o-2024-08-06", "gpt-4o")]).contains("known to mean “gpt-4o” already"));
        assert_eq!(refused(&[("a_b", "m"), ("A-b", "n")]), "A-b is the same name as “a_b”; keep one of them");
        assert_eq!(refused(&[("a", "b"), ("b", "c"), ("c", "a")]), "a leads back to itself");
    }

    proptest! {
        #[test]
        fn the_name_of_a_name_is_itself(
            pairs in proptest::collection::vec(("[a-d](-2024-05-13)?", "[a-d]"), 0..5),
            name in "(openai/)?[A-Da-d](-2024-05-13)?",
        ) {
            if let Ok(names) = ModelNames::new(pairs.iter().map(|(a, b)| (a.as_str(), b.as_str()))) {
                let once = names.canonical(&name).into_owned();
                prop_assert_eq!(names.canonical(&once), once.as_str());
            }
        }
    }
}
