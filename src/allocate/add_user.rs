//! `projects.json` with one more user, all else as it was.

use std::path::Path;

use serde_json::Value;

use super::projects::folded;
use super::{Claim, Projects};
use crate::json_text::{rewritten, split_mark};

/// `projects.json` with one more user of a project: an email among its
/// `users`, anything else among its `user_ids`. All else keeps its order and
/// value; the layout becomes two blanks a level, line ends stay as they were.
///
/// # Errors
/// A sentence, when the text is no valid `projects.json`, has no such project,
/// or the user stands in it already (perhaps with other days).
pub fn add_user(text: &str, project_id: &str, user: &str) -> Result<String, String> {
    let file = Path::new("projects.json");
    let user = user.trim();
    if user.is_empty() {
        return Err("there is no user to add: the line names none".into());
    }
    let before = Projects::parse(text, file).map_err(|e| e.to_string())?;
    let at = before.find(project_id).ok_or_else(|| format!("projects.json has no project “{project_id}”"))?;
    let named = |claims: &Vec<Claim>| claims.iter().any(|claim| claim.project == at);
    if before.by_user.get(folded(user).as_ref()).is_some_and(named) {
        return Err(format!("“{user}” is already in project “{project_id}”; change the days in projects.json"));
    }
    let (mark, body) = split_mark(text);
    let mut value: Value = serde_json::from_str(body).map_err(|e| e.to_string())?;
    let (key, entry) = if user.contains('@') {
        ("users", serde_json::json!({ "email": user }))
    } else {
        ("user_ids", Value::from(user))
    };
    let list = value
        .get_mut("projects")
        .and_then(|list| list.get_mut(before.place_in_file(at)))
        .and_then(Value::as_object_mut)
        .map(|project| project.entry(key).or_insert_with(|| Value::Array(Vec::new())))
        .and_then(Value::as_array_mut)
        .ok_or_else(|| format!("“{key}” of project “{project_id}” is not a list"))?;
    list.push(entry);
    let after = rewritten(mark, body, &value)?;
    Projects::parse(&after, file).map_err(|e| e.to_string())?;
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocate::tests::PROJECTS as SAMPLE;
    use crate::allocate::{Payer, Who};
    use crate::calendar::Day;

    #[test]
    fn adding_a_user_keeps_everything_else() {
        let after = add_user(SAMPLE, "genome", " New@northwinds.edu ").unwrap();
        let (mut was, mut is): (Value, Value) =
            (serde_json::from_str(SAMPLE).unwrap(), serde_json::from_str(&after).unwrap());
        let users = is["projects"][1]["users"].as_array_mut().unwrap();
        assert_eq!(users.pop().unwrap(), serde_json::json!({"email": "New@northwinds.edu"}));
        assert_eq!(is, was);
        let keys = |value: &Value| value["projects"][1].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&is), keys(&was));
        assert!(after.ends_with("}\n"));

        let with_id = add_user(SAMPLE, "genome", "user-7").unwrap();
        is = serde_json::from_str(&with_id).unwrap();
        was["projects"][1]["user_ids"] = serde_json::json!(["user-7"]);
        assert_eq!(is, was);
        let projects = Projects::parse(&with_id, Path::new("projects.json")).unwrap();
        let who = Who { user: "USER-7", ..Who::default() };
        assert_eq!(projects.payer(who, Day::parse("2026-02-01").unwrap()), Payer::Project(1));
    }

    #[test]
    fn adding_a_user_keeps_line_ends_and_refuses_what_changes_nothing() {
        let windows = format!("\u{feff}{}", SAMPLE.replace('\n', "\r\n"));
        let after = add_user(&windows, "genome", "new@northwinds.edu").unwrap();
        assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
        assert!(after.starts_with("\u{feff}{\r\n"));
        assert!(add_user(SAMPLE, "genome", "CD@northwinds.edu").unwrap_err().contains("already"));
        assert!(add_user(SAMPLE, "nowhere", "x@y.edu").unwrap_err().contains("no project “nowhere”"));
        assert!(add_user(SAMPLE, "genome", " ").is_err());
        assert!(add_user("[]", "genome", "x@y.edu").is_err());
    }
}
