//! Three texts as trees, and the steps between them: which statements a change
//! sets, adds or takes away, held against what they say now.

use serde_json::{Map, Value};

use super::Statement;
use crate::journal::ConfigFile;

/// One statement to be as in the text that a change leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// Keys of tables, and of lists what tells their entries apart.
    pub path: Vec<String>,
    /// It is not in that text.
    pub gone: bool,
}

impl Step {
    pub fn statement(&self) -> Statement {
        Statement(self.path.clone())
    }
}

/// What is a table or list of statements, and no statement itself. What is
/// written in one go is one: of a rate all of its prices, of a rule from
/// decisions all of it; and so is whatever the program never writes in part.
fn holds_statements(file: ConfigFile, path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match file {
        _ if path.is_empty() => true,
        ConfigFile::Pricing => matches!(*path, ["credit_pools" | "models"]),
        ConfigFile::Projects => {
            matches!(*path, ["projects"] | ["projects", _] | ["projects", _, "users" | "user_ids"])
        }
        ConfigFile::Subsidies => matches!(*path, ["subsidies"] | ["subsidies", _] | ["subsidies", _, "caps"]),
        ConfigFile::Settings => matches!(*path, ["filters" | "models"]),
        ConfigFile::Rules => matches!(*path, ["rule"]),
    }
}

/// The keys that tell the entries of a list apart.
fn names(list: &str) -> &'static [&'static str] {
    match list {
        "credit_pools" => &["pool_id", "name", "effective_date"],
        "models" => &["model", "effective_date"],
        "projects" => &["project_id"],
        "users" => &["email", "from", "to"],
        "subsidies" | "rule" => &["name"],
        "caps" => &["from"],
        _ => &[],
    }
}

/// What tells an entry from the others of its list: itself where it is a text.
pub(super) fn name_of(list: &str, entry: &Value) -> Option<String> {
    match entry {
        Value::String(text) => Some(text.clone()),
        Value::Object(map) => {
            let found = names(list).iter().filter_map(|key| map.get(*key)?.as_str());
            let found: Vec<&str> = found.map(str::trim).collect();
            (!found.is_empty()).then(|| found.join(", "))
        }
        _ => None,
    }
}

/// A table, or a list by the names of its entries; `None` where two have one
/// name, or one has none.
fn members(list: &str, value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map.clone()),
        Value::Array(entries) => {
            let mut all = Map::new();
            for entry in entries {
                if all.insert(name_of(list, entry)?, entry.clone()).is_some() {
                    return None;
                }
            }
            Some(all)
        }
        _ => None,
    }
}

/// The steps that a change takes from here.
///
/// # Errors
/// The first statement that is neither as before the change nor as after it.
pub(super) fn steps(file: ConfigFile, from: &Value, to: &Value, now: &Value) -> Result<Vec<Step>, Statement> {
    let mut steps = Vec::new();
    walk(file, [Some(from), Some(to), Some(now)], &mut Vec::new(), &mut steps)?;
    Ok(steps)
}

fn walk(
    file: ConfigFile,
    [from, to, now]: [Option<&Value>; 3],
    path: &mut Vec<String>,
    steps: &mut Vec<Step>,
) -> Result<(), Statement> {
    if from == to || now == to {
        return Ok(());
    }
    let clash = |path: &[String]| Err(Statement(path.to_vec()));
    let list = path.last().cloned().unwrap_or_default();
    let inside =
        holds_statements(file, path).then(|| [from, to, now].map(|value| value.map(|value| members(&list, value))));
    // A list that the change begins or ends is one without entries; an entry of
    // a list is there as a whole.
    let entry = path.len().is_multiple_of(2) && !path.is_empty();
    let whole = [from, to, now].iter().any(|value| value.is_none()) && entry;
    let inside = match inside {
        Some([from, to, now]) if !whole => [from, to, now].map(|members| members.unwrap_or_else(|| Some(Map::new()))),
        _ => [None, None, None],
    };
    let [Some(from_members), Some(to_members), Some(now_members)] = inside else {
        return match now == from {
            true => {
                steps.push(Step { path: path.clone(), gone: to.is_none() });
                Ok(())
            }
            false => clash(path),
        };
    };
    if now.is_none() && from.is_some() {
        // Somebody took the whole of it away.
        return clash(path);
    }
    let first = steps.len();
    let mut keys: Vec<&String> = to_members.keys().collect();
    keys.extend(from_members.keys().filter(|key| !to_members.contains_key(*key)));
    for key in keys {
        path.push(key.clone());
        walk(file, [from_members.get(key), to_members.get(key), now_members.get(key)], path, steps)?;
        path.pop();
    }
    // What was begun by the change goes with its last entry.
    let direct = |step: &Step| step.gone && step.path.len() == path.len() + 1;
    if to.is_none() && steps.iter().skip(first).filter(|step| direct(step)).count() == now_members.len() {
        steps.truncate(first);
        steps.push(Step { path: path.clone(), gone: true });
    }
    Ok(())
}

/// Takes the steps in a tree; `to`: what they lead to.
pub(super) fn apply(tree: &mut Value, to: &Value, steps: &[Step]) {
    for step in steps {
        match step.path.split_last() {
            None => *tree = to.clone(),
            Some((last, above)) => take(tree, to, above, last),
        }
    }
}

fn take(tree: &mut Value, to: &Value, above: &[String], last: &str) {
    let (mut place, mut source, mut list) = (tree, to, "");
    for key in above {
        source = member(list, source, key).unwrap_or(&Value::Null);
        let Some(next) = member_mut(list, place, key, source) else { return };
        (place, list) = (next, key);
    }
    put(list, place, last, source);
}

/// The entry of a table or list that has this name.
fn member<'a>(list: &str, value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(map) => map.get(key),
        Value::Array(entries) => entries.iter().find(|entry| name_of(list, entry).as_deref() == Some(key)),
        _ => None,
    }
}

/// The same, begun empty where it is missing and is to hold something.
fn member_mut<'a>(list: &str, value: &'a mut Value, key: &str, like: &Value) -> Option<&'a mut Value> {
    match value {
        Value::Object(map) => {
            if !map.contains_key(key) {
                let empty = if like.is_array() { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
                map.insert(key.to_owned(), empty);
            }
            map.get_mut(key)
        }
        Value::Array(entries) => entries.iter_mut().find(|entry| name_of(list, entry).as_deref() == Some(key)),
        _ => None,
    }
}

/// Sets an entry as it is in the other table or list, in the place it has there
/// behind the last one before it that is in both; or takes it away.
fn put(list: &str, place: &mut Value, key: &str, source: &Value) {
    let value = member(list, source, key).cloned();
    match (place, value) {
        (Value::Object(map), None) => {
            map.shift_remove(key);
        }
        (Value::Object(map), Some(value)) => match map.get_mut(key) {
            Some(there) => *there = value,
            None => {
                let all = source.as_object().map(|all| all.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
                let at = place_behind(&all, key, |name| map.keys().position(|key| key == name));
                map.shift_insert(at, key.to_owned(), value);
            }
        },
        (Value::Array(entries), None) => entries.retain(|entry| name_of(list, entry).as_deref() != Some(key)),
        (Value::Array(entries), Some(value)) => {
            let is_it = |name: &str, entry: &Value| name_of(list, entry).as_deref() == Some(name);
            match entries.iter_mut().find(|entry| is_it(key, entry)) {
                Some(there) => *there = value,
                None => {
                    let all = source.as_array().map(Vec::as_slice).unwrap_or_default();
                    let all: Vec<String> = all.iter().filter_map(|entry| name_of(list, entry)).collect();
                    let at = place_behind(&all, key, |name| entries.iter().position(|entry| is_it(name, entry)));
                    entries.insert(at, value);
                }
            }
        }
        _ => {}
    }
}

/// Where an entry belongs: behind the nearest one before it that is there.
pub(super) fn place_behind(all: &[String], key: &str, position: impl Fn(&str) -> Option<usize>) -> usize {
    let end = all.iter().position(|name| name == key).unwrap_or(all.len());
    all.iter().take(end).rev().find_map(|name| position(name)).map_or(0, |at| at + 1)
}
