//! Checks a filter while it is typed, and offers what could come next.

use crate::desk::{Badge, Desk};
use crate::review::Filter;
use crate::review::filter::{Completion, TextField, complete};

/// # Errors
/// The byte the sentence is about, and the sentence.
pub fn check(text: &str, desk: Option<&Desk>) -> Result<(), (usize, String)> {
    match desk.map_or_else(|| Filter::parse(text), |desk| desk.filter(text)) {
        Ok(_) => Ok(()),
        Err(error) => {
            let byte = text.char_indices().nth(error.at).map_or(text.len(), |(byte, _)| byte);
            Err((byte, error.what))
        }
    }
}

/// What could stand at the cursor. Models and users are too many to offer; a
/// search finds them.
pub fn offers(text: &str, before: &str, desk: Option<&Desk>) -> Vec<Completion> {
    let cursor = before.chars().count();
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    if let Some(typed) = word.strip_prefix('-').unwrap_or(word).strip_prefix('@') {
        let names = desk.into_iter().flat_map(|desk| desk.saved_filters().keys());
        let offer = |name: &String| Completion {
            from: cursor - typed.chars().count(),
            to: cursor,
            insert: name.clone(),
            label: format!("@{name}"),
        };
        return names.filter(|name| name.starts_with(typed) && *name != typed).map(offer).collect();
    }
    complete(text, cursor, |field| {
        match field {
            TextField::Project => desk.map(|desk| desk.projects().into_iter().map(|(id, ..)| id).collect()),
            TextField::Badge => Some(Badge::ALL.map(Badge::word).into()),
            TextField::Id | TextField::Model | TextField::Action | TextField::User | TextField::Note => None,
        }
        .unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_with_its_place_in_bytes() {
        assert_eq!(check("outcome:discrepancy diff>0.05", None), Ok(()));
        assert_eq!(check("", None), Ok(()));
        let (at, what) = check("grün nonsense:x", None).unwrap_err();
        assert_eq!(at, "grün ".len(), "{what}");
        assert!(check("note:\"open", None).is_err());
    }

    #[test]
    fn fields_and_the_values_of_a_field_are_offered() {
        let labels =
            |text: &str| -> Vec<String> { offers(text, text, None).into_iter().map(|offer| offer.insert).collect() };
        assert!(labels("").contains(&"outcome:".to_owned()));
        assert_eq!(labels("bad"), ["badge:"]);
        assert_eq!(labels("badge:un"), ["unassigned", "unknown-model", "closed-fund", "odd-fund", "refund"]);
        assert_eq!(labels("model:gpt"), Vec::<String>::new());
    }
}
