//! Which charges share what a cap has left: those of one subject, in one
//! period, under the same cap.
//!
//! A refund goes with the charge it takes back, wherever that counts.

use rustc_hash::FxHashMap;

use super::earlier::Run;
use super::refund::Refunds;
use super::{Charge, Earlier, Level, Openings, Projects, Scope, Subject, SubsidyRule};
use crate::amount::Amount;
use crate::calendar::{Day, Month, PeriodKey};

/// Charges that share what is left of a cap.
pub(super) struct Group {
    /// As [`Subjects`] numbers them.
    pub subject: u32,
    /// A day on which one of the charges counts: its period and cap are those
    /// of all.
    pub day: Day,
    key: (PeriodKey, usize, usize),
    /// How the rule went on in earlier months, where refunds are among these:
    /// of charges of those months, or such that the rules before this one leave
    /// more of than they left of their charge.
    pub before: Option<Run>,
    /// Which of [`Groups::members`] they are, in the order of drawing.
    pub members: Vec<u32>,
}

/// All charges that a rule covers.
pub(super) struct Groups {
    /// In the order of time for each subject, since what one leaves is the
    /// next one's.
    pub all: Vec<Group>,
    /// Charge numbers, ascending.
    pub members: Vec<u32>,
}

/// Which charge each one counts as: itself, or for a refund the one it takes
/// back. `None` for a refund of nothing, or of an earlier month's charge.
pub(super) fn roots(charges: usize, refunds: &Refunds) -> Vec<Option<u32>> {
    let mut roots: Vec<Option<u32>> = (0u32..).take(charges).map(Some).collect();
    for (refund, original) in &refunds.found {
        roots[*refund as usize] = Some(*original);
    }
    for refund in refunds.orphans.iter().map(|(refund, _)| refund).chain(refunds.earlier.iter().map(|(of, _)| of)) {
        roots[*refund as usize] = None;
    }
    roots
}

/// Users and PIs by number; projects have one already.
pub(super) struct Subjects<'a> {
    projects: &'a Projects,
    names: Vec<String>,
    numbers: FxHashMap<String, u32>,
    /// By charge; empty when no rule counts by user.
    users: Vec<Option<u32>>,
    /// By project, see [`Projects::list`].
    pis: Vec<u32>,
}

impl<'a> Subjects<'a> {
    pub fn new(projects: &'a Projects, charges: &[Charge], rules: &[SubsidyRule]) -> Self {
        let mut subjects =
            Self { projects, names: Vec::new(), numbers: FxHashMap::default(), users: Vec::new(), pis: Vec::new() };
        subjects.pis = projects.list.iter().map(|project| subjects.named(&project.pi_email.to_lowercase())).collect();
        if rules.iter().any(|rule| rule.level == Level::User) {
            subjects.users = charges.iter().map(|c| (!c.user.is_empty()).then(|| subjects.named(&c.user))).collect();
        }
        subjects
    }

    fn named(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// Whose cap a charge of this project counts against; `None` for a charge
    /// of no user under a rule that counts by user.
    fn of(&self, level: Level, charge: u32, project: u32) -> Option<u32> {
        match level {
            Level::Project => Some(self.projects.first(project)),
            Level::User => self.users.get(charge as usize).copied().flatten(),
            Level::Pi => self.pis.get(project as usize).copied(),
            Level::Global => Some(0),
        }
    }

    /// All subjects that a rule has a cap for on days of a month, before
    /// anybody charges anything.
    pub fn covered(&mut self, rule: &SubsidyRule, month: Month) -> Vec<u32> {
        let projects = self.projects;
        let covered = (0u32..).zip(&projects.list).filter(|(_, project)| rule.covers_project(&project.id));
        let held = |from: Option<Day>, to: Option<Day>| {
            from.is_none_or(|from| from <= month.last()) && to.is_none_or(|to| month.first() <= to)
        };
        let mut all: Vec<u32> = match rule.level {
            Level::Project => covered.map(|(number, _)| projects.first(number)).collect(),
            Level::User => covered.flat_map(|(_, p)| &p.users).map(|user| self.named(&user.email)).collect(),
            Level::Pi => covered
                .filter(|(_, project)| held(project.fund_from, project.fund_to))
                .filter_map(|(number, _)| self.pis.get(number as usize).copied())
                .collect(),
            Level::Global => covered.map(|_| 0).collect(),
        };
        all.sort_unstable();
        all.dedup();
        all
    }

    pub fn subject(&self, level: Level, number: u32) -> Subject {
        let name = match level {
            Level::Project => self.projects.list.get(number as usize).map(|project| &project.id),
            Level::User | Level::Pi => self.names.get(number as usize),
            Level::Global => None,
        };
        Subject::new(level, name.map_or("", String::as_str))
    }

    /// The number of a subject, the one that [`Self::subject`] takes; `None` for
    /// a project that is no longer there.
    fn number(&mut self, subject: &Subject) -> Option<u32> {
        match subject {
            Subject::Project(id) => self.projects.find(id),
            Subject::User(name) | Subject::Pi(name) => Some(self.named(name)),
            Subject::Global => Some(0),
        }
    }

    /// The first day of a project; `None` for one that was always there, and
    /// for others than projects.
    pub fn first_day(&self, subject: &Subject) -> Option<Day> {
        self.projects.find(subject.project()?).and_then(|project| self.projects.first_day(project))
    }
}

impl Groups {
    /// The charges that `rule` covers. `roots` as [`roots`] has them; `back`
    /// are the refunds of earlier months' charges.
    pub fn new(
        rule: &SubsidyRule,
        charges: &[Charge],
        roots: &[Option<u32>],
        subjects: &mut Subjects<'_>,
        back: &Back<'_>,
    ) -> Self {
        let eligible: Vec<bool> = subjects.projects.list.iter().map(|p| rule.covers_project(&p.id)).collect();
        let mut numbers: FxHashMap<(u32, PeriodKey, usize, usize), u32> = FxHashMap::default();
        let mut groups = Self { all: Vec::new(), members: Vec::new() };
        // Charges come by day, and most days are those of the charge before.
        let mut known: Option<(Day, PeriodKey, usize)> = None;
        // Likewise their group.
        let mut last = None;
        let mut service: Option<(&str, bool)> = None;
        let mut refunds = back.refunds.iter().peekable();
        for (number, root) in (0u32..).zip(roots) {
            let (subject, day, run) = match root {
                None => {
                    let Some((_, original)) = refunds.next_if(|(refund, _)| *refund == number) else { continue };
                    let Some((subject, day, run)) = back.counted(rule, *original, subjects) else { continue };
                    (subject, day, Some(run))
                }
                Some(root) => {
                    let charge = &charges[*root as usize];
                    let eligible = |p: &u32| eligible.get(*p as usize) == Some(&true);
                    let Some(project) = charge.project.filter(eligible) else { continue };
                    let (_, covered) = match service.filter(|(of, _)| *of == charge.service) {
                        Some(known) => known,
                        None => *service.insert((charge.service, rule.covers_service(charge.service))),
                    };
                    if !covered || !rule.covers_day(charge.day) {
                        continue;
                    }
                    let Some(subject) = subjects.of(rule.level, *root, project) else { continue };
                    let goes_on = (*root != number).then(|| back.goes_on(rule, subject, charge.day, subjects));
                    (subject, charge.day, goes_on.flatten())
                }
            };
            let (_, period, stretch) = match known.filter(|(of, ..)| *of == day) {
                Some(known) => known,
                None => *known.insert((day, rule.period.key(day), rule.stretch(day))),
            };
            let (at, before) = run.map_or((usize::MAX, None), |(at, before)| (at, Some(before)));
            let of = (subject, period, stretch, at);
            let group = match last.filter(|(known, _)| *known == of) {
                Some((_, group)) => group,
                None => *numbers.entry(of).or_insert_with(|| {
                    let key = (period, stretch, at);
                    groups.all.push(Group { subject, day, key, before: None, members: Vec::new() });
                    groups.all.len() as u32 - 1
                }),
            };
            last = Some((of, group));
            let group = &mut groups.all[group as usize];
            group.before = group.before.take().or(before);
            group.members.push(groups.members.len() as u32);
            groups.members.push(number);
        }
        groups.all.sort_by_key(|group| (group.subject, group.key));
        groups
    }
}

/// Refunds of what earlier months charged.
pub(super) struct Back<'a> {
    pub earlier: &'a Earlier,
    /// By charge number, each with the number of the charge it takes back.
    pub refunds: &'a [(u32, u32)],
    pub openings: &'a Openings,
}

impl Back<'_> {
    /// The run of earlier months that the charges of a day go on from.
    fn goes_on(&self, rule: &SubsidyRule, subject: u32, day: Day, subjects: &Subjects<'_>) -> Option<(usize, Run)> {
        let period = rule.period.key(day);
        let scope = Scope { rule: rule.name.clone(), subject: subjects.subject(rule.level, subject), period };
        let reached = self.openings.get(&scope).map_or(Amount::ZERO, |opening| opening.reached);
        let run = self.earlier.run(rule, &scope, (day.month(), rule.stretch(day)), reached)?;
        (run.0 == usize::MAX).then_some(run)
    }

    /// Whose cap of a rule a charge counted against, on what day, and the run
    /// in which it did.
    fn counted(
        &self,
        rule: &SubsidyRule,
        original: u32,
        subjects: &mut Subjects<'_>,
    ) -> Option<(u32, Day, (usize, Run))> {
        let charge = self.earlier.charges.get(original as usize)?;
        let of_rule = |scope: &Scope| {
            (scope.rule.as_str(), scope.subject.level(), scope.period)
                == (rule.name.as_str(), rule.level, rule.period.key(charge.day))
        };
        let scope = &charge.caps.iter().find(|cap| of_rule(&cap.scope))?.scope;
        let subject = subjects.number(&scope.subject)?;
        let reached = self.openings.get(scope.as_ref()).map_or(Amount::ZERO, |opening| opening.reached);
        let run = self.earlier.run(rule, scope, (charge.month, rule.stretch(charge.day)), reached)?;
        Some((subject, charge.day, run))
    }
}
