//! `projects.json`: who belongs to which project on which day, and so whose
//! fund pays for a line.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use super::json::{Document, Text};
use super::{Claim, Member, Payer, Project, Projects, UNASSIGNED, Unassigned, Who};
use crate::calendar::Day;
use crate::place::PlacedError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileShape<'a> {
    #[serde(borrow)]
    projects: Vec<&'a RawValue>,
    #[serde(rename = "$comment", default)]
    _comment: IgnoredAny,
    #[serde(rename = "_comment", default)]
    _comment2: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectShape<'a> {
    #[serde(borrow)]
    project_id: Text<'a>,
    name: Option<String>,
    #[serde(borrow)]
    pi_email: Text<'a>,
    #[serde(borrow)]
    fund_org: Text<'a>,
    #[serde(borrow, default)]
    users: Vec<UserShape<'a>>,
    #[serde(borrow, default)]
    openai_projects: Vec<Text<'a>>,
    #[serde(borrow, default)]
    api_keys: Vec<Text<'a>>,
    #[serde(borrow, default)]
    user_ids: Vec<Text<'a>>,
    from: Option<Day>,
    to: Option<Day>,
    #[serde(rename = "$comment", default)]
    _comment: IgnoredAny,
    #[serde(rename = "_comment", default)]
    _comment2: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserShape<'a> {
    #[serde(borrow)]
    email: Text<'a>,
    role: Option<String>,
    from: Option<Day>,
    to: Option<Day>,
    #[serde(rename = "$comment", default)]
    _comment: IgnoredAny,
    #[serde(rename = "_comment", default)]
    _comment2: IgnoredAny,
}

impl Projects {
    /// Reads `projects.json`. `file` is only named in errors.
    ///
    /// # Errors
    /// With line and column: what is no such JSON, an unknown key, an id that
    /// is empty or stands there twice, a span of days that ends before it
    /// starts.
    pub fn parse(text: &str, file: &Path) -> Result<Self, PlacedError> {
        let document = Document::new(text, file);
        let shape: FileShape<'_> = document.read()?;
        let mut list = Vec::with_capacity(shape.projects.len());
        let mut ids: BTreeMap<String, usize> = BTreeMap::new();
        for (at, raw) in shape.projects.into_iter().enumerate() {
            let path = format!("projects[{at}]");
            let project: ProjectShape<'_> = document.part(raw, &path)?;
            if let Some(first) = ids.insert(project.project_id.value.clone(), at) {
                let what = format!(
                    "{path}.project_id: “{}” is also the id of projects[{first}]; give each project an id of its own",
                    project.project_id.value
                );
                return Err(document.error_at(project.project_id.at, what));
            }
            list.push(checked(&document, raw, &path, project)?);
        }
        Ok(Self::new(list))
    }

    /// Projects that stand in no file, indexed for look-up. Emails and ids
    /// are folded for comparing; what is shown stays as it is.
    pub fn new(list: Vec<Project>) -> Self {
        let mut projects = Self { list, ..Self::default() };
        for (at, project) in projects.list.iter().enumerate() {
            let whole = Claim { project: at as u32, from: project.from, to: project.to };
            let claim = |index: &mut BTreeMap<String, Vec<Claim>>, id: &str, claim: Claim| {
                // A line without a key, user or project is nobody's.
                if !id.trim().is_empty() {
                    index.entry(folded(id).into_owned()).or_default().push(claim);
                }
            };
            for id in &project.api_keys {
                claim(&mut projects.by_key, id, whole);
            }
            for id in &project.user_ids {
                claim(&mut projects.by_user, id, whole);
            }
            for id in &project.openai_projects {
                claim(&mut projects.by_project, id, whole);
            }
            for member in &project.users {
                let from = whole.from.max(member.from);
                let to = match (whole.to, member.to) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
                claim(&mut projects.by_user, &member.email, Claim { from, to, ..whole });
            }
        }
        projects
    }

    /// Who pays for a line of that day. The first of key, user and project
    /// that any project claims on the day decides; when several projects claim
    /// it, nobody is chosen.
    pub fn payer(&self, who: Who<'_>, day: Day) -> Payer {
        for (index, id) in [(&self.by_key, who.api_key), (&self.by_user, who.user), (&self.by_project, who.project)] {
            let claims = index.get(folded(id).as_ref()).map_or(&[][..], Vec::as_slice);
            let claiming = || claims.iter().filter(|claim| claim.holds_on(day)).map(|claim| claim.project);
            let Some(first) = claiming().next() else { continue };
            if claiming().all(|project| project == first) {
                return Payer::Project(first);
            }
            let all: BTreeSet<u32> = claiming().collect();
            return Payer::Unassigned(Unassigned::Several(all.into_iter().collect()));
        }
        Payer::Unassigned(Unassigned::Unknown)
    }

    /// The index of the project with this id.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.list.iter().position(|p| p.id == id).map(|at| at as u32)
    }
}

impl Claim {
    fn holds_on(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

fn checked(
    document: &Document<'_>,
    raw: &RawValue,
    path: &str,
    shape: ProjectShape<'_>,
) -> Result<Project, PlacedError> {
    for (key, text) in [("project_id", &shape.project_id), ("pi_email", &shape.pi_email), ("fund_org", &shape.fund_org)]
    {
        if text.value.is_empty() {
            return Err(document.error_at(text.at, format!("{path}.{key} is empty; every project needs one")));
        }
        if text.value == UNASSIGNED {
            let what = format!("{path}.{key}: “{UNASSIGNED}” stands for usage of nobody's; choose another name");
            return Err(document.error_at(text.at, what));
        }
    }
    let span = |at: &str, path: &str, from: Option<Day>, to: Option<Day>| match (from, to) {
        (Some(from), Some(to)) if to < from => {
            Err(document.error_at(at, format!("{path}: “to” ({to}) is before “from” ({from}); “to” is the last day")))
        }
        _ => Ok(()),
    };
    span(raw.get(), path, shape.from, shape.to)?;
    for (key, ids) in
        [("openai_projects", &shape.openai_projects), ("api_keys", &shape.api_keys), ("user_ids", &shape.user_ids)]
    {
        if let Some((at, id)) = ids.iter().enumerate().find(|(_, id)| id.value.is_empty()) {
            return Err(document.error_at(id.at, format!("{path}.{key}[{at}] is empty; fill it in or take it out")));
        }
    }
    let mut users = Vec::with_capacity(shape.users.len());
    for (at, user) in shape.users.into_iter().enumerate() {
        let path = format!("{path}.users[{at}]");
        if user.email.value.is_empty() {
            return Err(document.error_at(user.email.at, format!("{path}.email is empty; fill it in or take it out")));
        }
        span(user.email.at, &path, user.from, user.to)?;
        users.push(Member {
            email: user.email.value.to_lowercase(),
            role: user.role.unwrap_or_default(),
            from: user.from,
            to: user.to,
        });
    }
    let values = |texts: Vec<Text<'_>>| texts.into_iter().map(|t| t.value).collect();
    Ok(Project {
        name: shape
            .name
            .map(|n| n.trim().to_owned())
            .filter(|n| !n.is_empty())
            .unwrap_or(shape.project_id.value.clone()),
        id: shape.project_id.value,
        pi_email: shape.pi_email.value,
        fund_org: shape.fund_org.value,
        users,
        openai_projects: values(shape.openai_projects),
        api_keys: values(shape.api_keys),
        user_ids: values(shape.user_ids),
        from: shape.from,
        to: shape.to,
    })
}

/// An email or id as it is compared: trimmed and in lower case. Borrowed where
/// it already is, as nearly all are.
fn folded(id: &str) -> Cow<'_, str> {
    let id = id.trim();
    let plain = id.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase());
    if plain { Cow::Borrowed(id) } else { Cow::Owned(id.to_lowercase()) }
}

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
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut value: Value = serde_json::from_str(body).map_err(|e| e.to_string())?;
    let (key, entry) = if user.contains('@') {
        ("users", serde_json::json!({ "email": user }))
    } else {
        ("user_ids", Value::from(user))
    };
    let list = value
        .get_mut("projects")
        .and_then(|list| list.get_mut(at as usize))
        .and_then(Value::as_object_mut)
        .map(|project| project.entry(key).or_insert_with(|| Value::Array(Vec::new())))
        .and_then(Value::as_array_mut)
        .ok_or_else(|| format!("“{key}” of project “{project_id}” is not a list"))?;
    list.push(entry);
    let mut after = serde_json::to_string_pretty(&value).map_err(|e| e.to_string())?;
    if body.ends_with('\n') {
        after.push('\n');
    }
    if body.contains("\r\n") {
        // Line ends within strings are escaped, so these are the layout's.
        after = after.replace('\n', "\r\n");
    }
    if text.starts_with('\u{feff}') {
        after.insert(0, '\u{feff}');
    }
    Projects::parse(&after, file).map_err(|e| e.to_string())?;
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"{
  "$comment": "who pays",
  "projects": [
    {
      "project_id": "ai-strategy",
      "pi_email": "alex.ham@northwinds.edu",
      "fund_org": "DEPT-XYZ",
      "users": [
        { "email": " AH@Northwinds.edu", "role": "pi" },
        { "email": "ab@northwinds.edu", "role": "staff", "to": "2026-01-15" }
      ],
      "openai_projects": ["proj_1"],
      "api_keys": ["key_1"],
      "user_ids": ["user-1"]
    },
    {
      "project_id": "genome", "name": "Genome atlas",
      "pi_email": "pi@northwinds.edu",
      "fund_org": "DEPT-GEN",
      "from": "2026-01-10", "to": "2026-12-31",
      "users": [ { "email": "ab@northwinds.edu" }, { "email": "cd@northwinds.edu" } ],
      "openai_projects": ["proj_1", "proj_2"],
      "_comment": "ends with the grant"
    }
  ]
}
"#;

    fn parse(text: &str) -> Result<Projects, String> {
        Projects::parse(text, Path::new("projects.json")).map_err(|e| e.to_string())
    }

    fn payer(projects: &Projects, key: &str, user: &str, project: &str, day: &str) -> Result<String, Unassigned> {
        match projects.payer(Who { api_key: key, user, project }, Day::parse(day).unwrap()) {
            Payer::Project(at) => Ok(projects.list[at as usize].id.clone()),
            Payer::Unassigned(why) => Err(why),
        }
    }

    #[test]
    fn the_documented_file_is_read_with_any_line_ends_and_a_mark_in_front() {
        let documented = r#"{"projects": [{"project_id": "ai-strategy", "pi_email": "alex.ham@northwinds.edu",
            "fund_org": "DEPT-XYZ", "users": [{"email": "ah@northwinds.edu", "role": "pi"}]}]}"#;
        assert_eq!(parse(documented).unwrap().list[0].name, "ai-strategy");
        let windows = format!("\u{feff}{}", SAMPLE.replace('\n', "\r\n"));
        assert_eq!(parse(&windows).unwrap().list, parse(SAMPLE).unwrap().list);
    }

    #[test]
    fn key_comes_before_user_and_user_before_project() {
        let projects = parse(SAMPLE).unwrap();
        let on = |key, user, project| payer(&projects, key, user, project, "2026-02-01");
        assert_eq!(on("KEY_1 ", "cd@northwinds.edu", "proj_2"), Ok("ai-strategy".into()));
        assert_eq!(on("key_9", "cd@northwinds.edu", "proj_1"), Ok("genome".into()));
        assert_eq!(on("", "USER-1", "proj_2"), Ok("ai-strategy".into()));
        assert_eq!(on("", "", "proj_2"), Ok("genome".into()));
        assert_eq!(on("", "", ""), Err(Unassigned::Unknown));
        assert_eq!(on("", "ah@northwinds.edu ", ""), Ok("ai-strategy".into()));
    }

    #[test]
    fn a_user_of_two_projects_on_a_day_is_nobodys_and_the_days_decide() {
        let projects = parse(SAMPLE).unwrap();
        let on = |day| payer(&projects, "", "Ab@northwinds.edu", "", day);
        assert_eq!(on("2026-01-09"), Ok("ai-strategy".into()));
        assert_eq!(on("2026-01-10"), Err(Unassigned::Several(vec![0, 1])));
        assert_eq!(on("2026-01-15"), Err(Unassigned::Several(vec![0, 1])));
        assert_eq!(on("2026-01-16"), Ok("genome".into()));
        assert_eq!(on("2027-01-01"), Err(Unassigned::Unknown));
        // A project that has ended no longer claims, so the next clue counts.
        assert_eq!(payer(&projects, "", "ab@northwinds.edu", "proj_1", "2027-01-01"), Ok("ai-strategy".into()));
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let wrong = |from: &str, to: &str| parse(&SAMPLE.replacen(from, to, 1)).unwrap_err();
        let twice = wrong("\"genome\"", "\"ai-strategy\"");
        assert!(twice.starts_with("projects.json:17:21: projects[1].project_id: “ai-strategy” is also"), "{twice}");
        assert!(wrong("\"genome\"", "\" \"").contains("projects[1].project_id is empty"));
        assert!(wrong("DEPT-GEN", "unassigned").contains("projects[1].fund_org"));
        let key = wrong("\"role\"", "\"rolle\"");
        assert!(key.starts_with("projects.json:9:48: projects[0]: unknown key `rolle`"), "{key}");
        assert!(wrong("2026-12-31", "2026-01-09").contains("“to” (2026-01-09) is before"));
        assert!(wrong("2026-12-31", "2026-02-30").contains("projects.json:20:"));
        assert!(wrong("\"pi_email\"", "\"_comment\"").contains("missing key `pi_email`"));
        assert!(wrong("cd@northwinds.edu", "").contains("projects[1].users[1].email is empty"));
        assert!(wrong("\"proj_2\"", "\"\"").contains("projects[1].openai_projects[1] is empty"));
        assert!(parse("{}").unwrap_err().contains("missing key `projects`"));
        assert!(parse("").is_err());
    }

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
        assert_eq!(payer(&parse(&with_id).unwrap(), "", "USER-7", "", "2026-02-01"), Ok("genome".into()));
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
