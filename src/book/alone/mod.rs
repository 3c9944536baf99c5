//! One change of a config file made on its own: what an entry of the journal
//! changed goes back to what it was, or is made again, and whatever else was
//! changed since stays.
//!
//! Texts come in (what the change starts from, what it leads to, what the file
//! says now) and a text goes out. What is compared are the statements of a
//! file: a rate, a cap, a saved filter, a rule. One that says something else by
//! now is never touched.

mod json;
mod toml;
mod tree;

use std::fmt;

use crate::journal::ConfigFile;
use serde_json::Value;
use tree::Step;

/// Where a statement stands: `filters`, `small`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement(Vec<String>);

impl Statement {
    /// Whether one of the two is part of the other.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a == b)
    }
}

impl fmt::Display for Statement {
    /// `models: gpt-4o, 2026-01-08`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("the file"),
            [one] => f.write_str(one),
            [list, inside @ ..] => write!(f, "{list}: {}", inside.join(", ")),
        }
    }
}

/// A change as it can be made now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alone {
    /// The text of the file afterwards.
    pub text: String,
    /// What is another by it, in the order of the file; nothing where the file
    /// says so already.
    pub changed: Vec<Statement>,
}

/// Why a change cannot be made on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clash {
    /// The statement says neither what the change starts from nor what it leads
    /// to.
    Changed(Statement),
    /// A sentence: a text is not of its kind.
    Unreadable(String),
}

/// Makes the change that leads from one text to another in the text as it is
/// now. Where that is the text it starts from, it is the other to the byte.
/// Comments and layout stay as far as an edit of the program leaves them.
///
/// # Errors
/// [`Clash`]: then nothing can be changed.
pub fn change_alone(file: ConfigFile, from: &str, to: &str, now: &str) -> Result<Alone, Clash> {
    let steps = steps(file, from, to, now)?;
    let changed = steps.iter().map(Step::statement).collect();
    if now == from {
        return Ok(Alone { text: to.to_owned(), changed });
    }
    let text = match steps.is_empty() {
        true => now.to_owned(),
        false if is_toml(file) => toml::applied(now, to, &steps).map_err(Clash::Unreadable)?,
        false => json::applied(now, to, &steps).map_err(Clash::Unreadable)?,
    };
    // What was meant, and nothing else.
    let mut meant = parsed(file, now)?;
    tree::apply(&mut meant, &parsed(file, to)?, &steps);
    if parsed(file, &text)? != meant {
        let what = format!("{} cannot be changed there without changing more", file.name());
        return Err(Clash::Unreadable(what));
    }
    Ok(Alone { text, changed })
}

/// What is another in one text than in the other.
///
/// # Errors
/// A sentence: a text is not of its kind.
pub fn differences(file: ConfigFile, from: &str, to: &str) -> Result<Vec<Statement>, String> {
    match steps(file, from, to, from) {
        Ok(steps) => Ok(steps.iter().map(Step::statement).collect()),
        Err(Clash::Changed(statement)) => Ok(vec![statement]),
        Err(Clash::Unreadable(why)) => Err(why),
    }
}

fn steps(file: ConfigFile, from: &str, to: &str, now: &str) -> Result<Vec<Step>, Clash> {
    let [from, to, now] = [from, to, now].map(|text| parsed(file, text));
    tree::steps(file, &from?, &to?, &now?).map_err(Clash::Changed)
}

const fn is_toml(file: ConfigFile) -> bool {
    matches!(file, ConfigFile::Settings | ConfigFile::Rules)
}

/// What a text says. No file says nothing.
fn parsed(file: ConfigFile, text: &str) -> Result<Value, Clash> {
    let read = if is_toml(file) { toml::parsed(text) } else { json::parsed(text) };
    read.map_err(|why| Clash::Unreadable(format!("{}: {why}", file.name())))
}

#[cfg(test)]
mod tests;
