//! Who belongs to which project on which day, and so whose fund pays for a
//! line.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{Claim, Payer, Project, Projects, Unassigned, Who};
use crate::calendar::Day;

impl Projects {
    /// Projects that stand in no file, indexed for look-up. Emails and ids
    /// are folded for comparing; what is shown stays as it is.
    ///
    /// Projects with one id are one project whose fund or PI changes.
    pub fn new(list: Vec<Project>) -> Self {
        let mut projects = Self { list, ..Self::default() };
        for (at, project) in (0u32..).zip(&projects.list) {
            projects.firsts.push(*projects.by_id.entry(project.id.clone()).or_insert(at));
        }
        for (at, project) in projects.list.iter().enumerate() {
            // What it claims does not change with its fund.
            if projects.firsts[at] != at as u32 {
                continue;
            }
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
    /// it, or the one that does has no fund on that day, nobody is chosen.
    pub fn payer(&self, who: Who<'_>, day: Day) -> Payer {
        for (index, id) in [(&self.by_key, who.api_key), (&self.by_user, who.user), (&self.by_project, who.project)] {
            let claims = index.get(folded(id).as_ref()).map_or(&[][..], Vec::as_slice);
            let claiming = || claims.iter().filter(|claim| claim.holds_on(day)).map(|claim| claim.project);
            let Some(first) = claiming().next() else { continue };
            if claiming().all(|project| project == first) {
                let closed = Payer::Unassigned(Unassigned::Closed(first));
                return self.on(first, day).map_or(closed, Payer::Project);
            }
            let all: BTreeSet<u32> = claiming().collect();
            return Payer::Unassigned(Unassigned::Several(all.into_iter().collect()));
        }
        Payer::Unassigned(Unassigned::Unknown)
    }

    /// The index of the project with this id, the first one where its fund or
    /// PI changes.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// The same project for any of its funds and PIs: what two indexes of one
    /// project have in common.
    pub fn first(&self, project: u32) -> u32 {
        self.firsts.get(project as usize).copied().unwrap_or(project)
    }

    /// The project with the fund and PI of a day; `None` when no fund of it is
    /// in force on that day.
    pub fn on(&self, project: u32, day: Day) -> Option<u32> {
        self.stretches(project).find(|at| self.list.get(*at as usize).is_some_and(|p| p.holds_on(day)))
    }

    /// The first day of a project; `None` for one that was always there.
    pub fn first_day(&self, project: u32) -> Option<Day> {
        let project = self.list.get(self.first(project) as usize)?;
        project.from.max(project.fund_from)
    }

    /// Each project once: with the fund and PI of a day, else the last ones
    /// before it, else the first.
    pub fn as_of(&self, day: Day) -> impl Iterator<Item = &Project> {
        let begun =
            move |at: &u32| self.list.get(*at as usize).is_some_and(|p| p.fund_from.is_none_or(|from| from <= day));
        let whole = (0u32..).zip(&self.firsts).filter(|(at, first)| at == *first).map(|(at, _)| at);
        whole.filter_map(move |first| {
            let last = self.stretches(first).filter(begun).last().unwrap_or(first);
            self.list.get(last as usize)
        })
    }

    /// Somebody belongs to a project, or a fund to it, on some days only.
    pub fn is_dated(&self) -> bool {
        self.list.iter().any(|project| {
            let ends = [project.from, project.to, project.fund_from, project.fund_to];
            ends.iter().any(Option::is_some) || project.users.iter().any(|u| u.from.is_some() || u.to.is_some())
        })
    }

    /// Where it stands in the file that [`Projects::parse`] read.
    pub(super) fn place_in_file(&self, project: u32) -> usize {
        (0u32..).zip(&self.firsts).filter(|(at, first)| at == *first && *at < project).count()
    }

    fn stretches(&self, project: u32) -> impl Iterator<Item = u32> {
        let first = self.first(project);
        let all = (0u32..).zip(&self.firsts).skip(first as usize);
        all.filter(move |(_, of)| **of == first).map(|(at, _)| at)
    }
}

impl Project {
    /// Whether its fund and PI are in force.
    fn holds_on(&self, day: Day) -> bool {
        self.fund_from.is_none_or(|from| from <= day) && self.fund_to.is_none_or(|to| day <= to)
    }
}

impl Claim {
    fn holds_on(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// An email or id as it is compared: trimmed and in lower case. Borrowed where
/// it already is, as nearly all are.
pub(super) fn folded(id: &str) -> Cow<'_, str> {
    let id = id.trim();
    let plain = id.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase());
    if plain { Cow::Borrowed(id) } else { Cow::Owned(id.to_lowercase()) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::allocate::tests::PROJECTS as SAMPLE;

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
}
