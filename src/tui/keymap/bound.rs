//! The table of keys with the operator's own: what a key does on a screen, and
//! which keys an action has.

use std::collections::BTreeMap;

use super::{Action, Binding, TABLE};
use crate::tui::key::Key;
use crate::tui::tab::Tab;
use crate::tui::text;

/// The table with the operator's own keys.
#[derive(Debug, Clone)]
pub struct Keymap {
    /// One entry for each line of [`TABLE`].
    keys: Vec<Vec<Key>>,
}

impl Keymap {
    /// The defaults with the actions named in `own` bound anew; an empty list
    /// takes the key off.
    ///
    /// # Errors
    /// All that is wrong, a sentence each: unknown actions, unknown keys, and
    /// keys that would do two things on one screen.
    pub fn new(own: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<String>> {
        let mut errors = Vec::new();
        for name in own.keys() {
            if !TABLE.iter().any(|b| b.name == name) {
                errors.push(unknown_action(name));
            }
        }
        let mut keys = Vec::with_capacity(TABLE.len());
        for binding in TABLE {
            let mut parsed = Vec::new();
            let defaults = || binding.keys.iter().map(|k| (*k).to_owned()).collect();
            for text in own.get(binding.name).cloned().unwrap_or_else(defaults) {
                match text.parse::<Key>() {
                    Ok(key) => parsed.push(key),
                    Err(what) => errors.push(format!("[keys] {}: {what}.", binding.name)),
                }
            }
            if binding.action == Action::Quit && parsed.is_empty() {
                errors.push("[keys] quit: needs at least one key, or there is no way out.".to_owned());
            }
            keys.push(parsed);
        }
        let map = Self { keys };
        errors.extend(map.conflicts());
        if errors.is_empty() { Ok(map) } else { Err(errors) }
    }

    fn conflicts(&self) -> Vec<String> {
        let mut found = Vec::new();
        let bound: Vec<(&Binding, &Vec<Key>)> = TABLE.iter().zip(&self.keys).collect();
        for (at, (first, keys)) in bound.iter().enumerate() {
            for (second, others) in bound.iter().skip(at + 1).filter(|(second, _)| first.on.meets(second.on)) {
                for key in keys.iter().filter(|key| others.contains(key)) {
                    found.push(format!(
                        "[keys] {key} is bound to both {} and {} on one screen; give one of them another key, or [] \
                         for none.",
                        first.name, second.name
                    ));
                }
            }
        }
        found
    }

    /// What the key does on a screen.
    pub fn action(&self, key: Key, tab: Tab) -> Option<Action> {
        let bound = TABLE.iter().zip(&self.keys).find(|(b, keys)| b.on.on(tab) && keys.contains(&key));
        bound.map(|(binding, _)| binding.action)
    }

    /// The keys of an action, the first being the one to show where there is
    /// room for one.
    pub fn keys(&self, action: Action) -> &[Key] {
        let bound = TABLE.iter().zip(&self.keys).find(|(b, _)| b.action == action);
        bound.map_or(&[], |(_, keys)| keys)
    }

    /// The key of an action for a sentence: `a`, or its name in the palette.
    pub fn shown(&self, action: Action, ascii: bool) -> String {
        match self.keys(action).first() {
            Some(key) => key.shown(ascii),
            None => TABLE.iter().find(|b| b.action == action).map_or("", |b| b.name).to_owned(),
        }
    }

    /// What can be done on other screens only, with the first of these.
    pub fn elsewhere(&self, tab: Tab) -> impl Iterator<Item = (&'static Binding, &[Key], Tab)> {
        TABLE.iter().zip(&self.keys).filter(move |(b, _)| !b.on.on(tab)).filter_map(|(b, keys)| {
            let first = Tab::ALL.into_iter().find(|tab| b.on.on(*tab))?;
            Some((b, keys.as_slice(), first))
        })
    }

    /// What can be done on a screen, in the table's order.
    pub fn on(&self, tab: Tab) -> impl Iterator<Item = (&'static Binding, &[Key])> {
        TABLE.iter().zip(&self.keys).filter(move |(b, _)| b.on.on(tab)).map(|(b, keys)| (b, keys.as_slice()))
    }
}

impl Default for Keymap {
    fn default() -> Self {
        Self::new(&BTreeMap::new()).unwrap_or_else(|_| Self { keys: vec![Vec::new(); TABLE.len()] })
    }
}

fn unknown_action(name: &str) -> String {
    let near = TABLE.iter().filter_map(|b| text::fuzzy(b.name, name).map(|score| (score, b.name))).min();
    let shown = text::clean(name, false);
    match near {
        Some((_, near)) => format!("[keys] “{shown}” is no action; did you mean {near}?"),
        None => format!("[keys] “{shown}” is no action; `trueup` lists them all under : and in the README."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        pairs.iter().map(|(n, keys)| ((*n).to_owned(), keys.iter().map(|k| (*k).to_owned()).collect())).collect()
    }

    #[test]
    fn the_defaults_have_no_conflict_and_every_name_is_there_once() {
        let map = Keymap::new(&BTreeMap::new()).unwrap_or_else(|e| panic!("{}", e.join("\n")));
        assert_eq!(map.conflicts(), Vec::<String>::new());
        for (at, binding) in TABLE.iter().enumerate() {
            assert!(!TABLE.iter().skip(at + 1).any(|b| b.name == binding.name), "{}", binding.name);
            assert!(!TABLE.iter().skip(at + 1).any(|b| b.action == binding.action), "{}", binding.name);
            assert!(!binding.keys.is_empty() && binding.help.ends_with('.'), "{}", binding.name);
        }
    }

    #[test]
    fn keys_do_what_the_rules_say() {
        let map = Keymap::default();
        let on = |key: &str, tab| map.action(key.parse().unwrap(), tab);
        assert_eq!(on("a", Tab::Discrepancies), Some(Action::ApproveBilled));
        assert_eq!(on("A", Tab::Matched), Some(Action::ApproveRecorded));
        assert_eq!(on("d", Tab::NotFound), Some(Action::Defer));
        assert_eq!(on("x", Tab::NotFound), Some(Action::Settle));
        assert_eq!(on("x", Tab::BadRows), Some(Action::Exclude));
        assert_eq!(on("a", Tab::Close), None);
        assert_eq!(on("6", Tab::Journal), Some(Action::Go(Tab::Close)));
        assert_eq!(on("ctrl-c", Tab::Overview), Some(Action::Quit));
    }

    #[test]
    fn a_key_can_be_moved_and_taken_off() {
        let map = Keymap::new(&own(&[("defer", &["f8", "f9"]), ("write", &[])])).unwrap();
        let on = |key: &str| map.action(key.parse().unwrap(), Tab::Matched);
        assert_eq!((on("f8"), on("f9"), on("d"), on("w")), (Some(Action::Defer), Some(Action::Defer), None, None));
        assert_eq!(map.shown(Action::Defer, true), "F8");
        assert_eq!(map.shown(Action::Write, true), "write");
    }

    #[test]
    fn wrong_keys_are_named_with_what_to_do() {
        let cases: [(&str, &[&str], &str); 6] = [
            ("aprove-billed", &["a"], "[keys] “aprove-billed” is no action"),
            ("undo-all", &["U"], "[keys] “undo-all” is no action"),
            ("defer", &["a"], "[keys] a is bound to both approve-billed and defer on one screen"),
            ("defer", &["ctrl-i"], "[keys] defer: “ctrl-i” is the same as Tab"),
            ("defer", &["hyper-d"], "[keys] defer: “hyper-d” is not a key"),
            ("quit", &[], "[keys] quit: needs at least one key"),
        ];
        for (name, keys, expected) in cases {
            let errors = Keymap::new(&own(&[(name, keys)])).expect_err(name);
            assert!(errors.iter().any(|e| e.starts_with(expected)), "{name}: {errors:?}");
        }
        assert!(Keymap::new(&own(&[("defr", &["a"])])).unwrap_err()[0].ends_with("did you mean defer?"));
        // The same key on screens that do not meet is no conflict.
        assert!(Keymap::new(&own(&[("tolerance", &["d"])])).is_ok());
    }
}
