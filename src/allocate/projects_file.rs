//! `projects.json` as a file: every mistake with its line and column.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::json::{Document, Text};
use super::spans::{self, Span, spans};
use super::{Member, Project, Projects};
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
    pi_email: &'a RawValue,
    #[serde(borrow)]
    fund_org: &'a RawValue,
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
    /// starts, two funds or PIs of a project on one day, days without a PI.
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
            list.extend(checked(&document, raw, &path, project)?);
        }
        Ok(Self::new(list))
    }
}

/// The project once for each fund and PI it has.
fn checked<'a>(
    document: &Document<'a>,
    raw: &RawValue,
    path: &str,
    shape: ProjectShape<'a>,
) -> Result<Vec<Project>, PlacedError> {
    let name_at = shape.project_id.at;
    let id = spans::checked(document, &format!("{path}.project_id"), shape.project_id)?;
    let pis = spans(document, path, "pi_email", shape.pi_email)?;
    let funds = spans(document, path, "fund_org", shape.fund_org)?;
    spans::ordered(document, raw.get(), path, shape.from, shape.to)?;
    spans::without_gaps(document, shape.pi_email, path, &pis, (shape.from, shape.to))?;
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
        spans::ordered(document, user.email.at, &path, user.from, user.to)?;
        users.push(Member {
            email: user.email.value.to_lowercase(),
            role: user.role.unwrap_or_default(),
            from: user.from,
            to: user.to,
        });
    }
    let values = |texts: Vec<Text<'_>>| texts.into_iter().map(|t| t.value).collect();
    let whole = Project {
        name: shape.name.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).unwrap_or_else(|| id.clone()),
        id,
        pi_email: String::new(),
        fund_org: String::new(),
        users,
        openai_projects: values(shape.openai_projects),
        api_keys: values(shape.api_keys),
        user_ids: values(shape.user_ids),
        from: shape.from,
        to: shape.to,
        fund_from: None,
        fund_to: None,
    };
    let stretches = by_fund_and_pi(&whole, &funds, &pis);
    if stretches.is_empty() {
        let what = format!("{path}: no fund holds on any day on which somebody is the PI of “{}”", whole.id);
        return Err(document.error_at(name_at, what));
    }
    Ok(stretches)
}

fn by_fund_and_pi(whole: &Project, funds: &[Span], pis: &[Span]) -> Vec<Project> {
    let mut stretches = Vec::new();
    for fund in funds {
        for pi in pis {
            let from = fund.from.max(pi.from);
            let to = match (fund.to, pi.to) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            if from.zip(to).is_none_or(|(from, to)| from <= to) {
                let (fund_org, pi_email) = (fund.value.clone(), pi.value.clone());
                stretches.push(Project { fund_org, pi_email, fund_from: from, fund_to: to, ..whole.clone() });
            }
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocate::tests::PROJECTS as SAMPLE;
    use crate::allocate::{Payer, Who};

    fn parse(text: &str) -> Result<Projects, String> {
        Projects::parse(text, Path::new("projects.json")).map_err(|e| e.to_string())
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

    const DATED: &str = r#"{"projects": [{
      "project_id": "p", "name": "P",
      "pi_email": [{"pi_email": "old@x.edu", "to": "2026-02-14"}, {"pi_email": "new@x.edu", "from": "2026-02-15"}],
      "fund_org": [
        {"fund_org": "F-2", "from": "2026-02-01", "to": "2026-02-28"},
        {"fund_org": "F-1", "to": "2026-01-31", "_comment": "the old grant"}
      ],
      "users": [{"email": "u@x.edu"}]
    }]}"#;

    #[test]
    fn a_fund_and_a_pi_hold_on_their_days_and_a_closed_fund_pays_for_nothing() {
        let projects = parse(DATED).unwrap();
        let on = |day| match projects.payer(Who { user: "u@x.edu", ..Who::default() }, Day::parse(day).unwrap()) {
            Payer::Project(at) => {
                format!("{} {}", projects.list[at as usize].fund_org, projects.list[at as usize].pi_email)
            }
            Payer::Unassigned(why) => format!("{why:?}"),
        };
        assert_eq!(on("2026-01-31"), "F-1 old@x.edu");
        assert_eq!(on("2026-02-01"), "F-2 old@x.edu");
        assert_eq!(on("2026-02-15"), "F-2 new@x.edu");
        assert_eq!(on("2026-03-01"), "Closed(0)");
        let as_of = |day| projects.as_of(Day::parse(day).unwrap()).map(|p| p.fund_org.as_str()).collect::<Vec<_>>();
        assert_eq!(
            (as_of("2020-01-01"), as_of("2026-02-10"), as_of("2027-01-01")),
            (vec!["F-1"], vec!["F-2"], vec!["F-2"])
        );
        assert_eq!((projects.find("p"), projects.first(2), projects.is_dated()), (Some(0), 0, true));
    }

    #[test]
    fn mistakes_of_dated_funds_and_pis_are_named_with_their_place() {
        let wrong = |from: &str, to: &str| {
            assert!(DATED.contains(from), "{from}");
            parse(&DATED.replacen(from, to, 1)).unwrap_err()
        };
        let twice = wrong("\"to\": \"2026-01-31\"", "\"to\": \"2026-02-01\"");
        assert!(
            twice.starts_with("projects.json:5:9: projects[0].fund_org: “F-2” begins while “F-1” holds"),
            "{twice}"
        );
        assert!(wrong(", \"to\": \"2026-01-31\"", "").contains("begins while"));
        assert!(wrong("2026-02-15", "2026-02-16").contains("nobody is named between 2026-02-14 and 2026-02-16"));
        assert!(
            wrong("\"from\": \"2026-02-15\"", "\"from\": \"2026-02-15\", \"to\": \"2026-03-01\"")
                .contains("after 2026-03-01")
        );
        assert!(wrong("\"pi_email\": \"old@x.edu\"", "\"email\": \"old@x.edu\"").contains("unknown key `email`"));
        assert!(wrong("\"pi_email\": \"old@x.edu\"", "\"fund_org\": \"old@x.edu\"").contains("it takes `pi_email`"));
        assert!(wrong("old@x.edu", "unassigned").contains("projects[0].pi_email[0].pi_email: “unassigned” stands"));
        assert!(wrong("\"2026-02-28\"", "\"2026-01-28\"").contains("is before “from”"));
        let none = DATED.replace("\"pi_email\": [{", "\"to\": \"2019-12-31\", \"pi_email\": [{\"pi_email\": \"only@x.edu\", \"to\": \"2020-01-01\"}], \"api_keys\": [], \"_comment\": [{");
        let none = none.replace("\"to\": \"2026-01-31\"", "\"from\": \"2026-01-01\", \"to\": \"2026-01-31\"");
        assert!(parse(&none).unwrap_err().contains("no fund holds on any day"), "{none}");
    }
}
