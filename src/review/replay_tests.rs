use super::*;
use crate::calendar::Instant;
use crate::journal::{Because, ConfigFile, Verdict};
use proptest::prelude::*;

fn january() -> Month {
    "2026-01".parse().unwrap()
}

fn key(identity: u128, content: u128) -> ItemKey {
    ItemKey { identity: Digest(identity), content: Digest(content) }
}

fn entry(seq: u64, month: Option<Month>, action: Action) -> Entry {
    Entry { seq, at: Instant::from_seconds(0), who: String::new(), month, action, hash: String::new() }
}

/// Entries of January, numbered from 1.
fn journal(actions: Vec<Action>) -> Vec<Entry> {
    actions.into_iter().zip(1..).map(|(action, seq)| entry(seq, Some(january()), action)).collect()
}

fn decide(items: &[ItemKey], verdict: Option<Verdict>) -> Action {
    let decision = verdict.map(|verdict| Decision { verdict, reason: String::new(), note: String::new() });
    Action::Decide { items: items.to_vec(), decision, rule: None }
}

fn verdict(state: &State, identity: u128) -> Option<Verdict> {
    state.settled(&key(identity, 0)).in_force().map(|settled| settled.decision.verdict)
}

const APPROVE: Option<Verdict> = Some(Verdict::ApproveBilled);
const DISPUTE: Option<Verdict> = Some(Verdict::Dispute);

#[test]
fn taking_a_decision_back_shows_the_earlier_one() {
    let (one, two) = (key(1, 0), key(2, 0));
    let mut state = State::replay(
        &journal(vec![decide(&[one, two], APPROVE), decide(&[one], DISPUTE), decide(&[two], None)]),
        january(),
    );
    assert_eq!((verdict(&state, 1), verdict(&state, 2)), (DISPUTE, None));
    assert!(state.apply(&entry(4, Some(january()), Action::Undo { seq: 3 })));
    assert!(state.apply(&entry(5, Some(january()), Action::Undo { seq: 2 })));
    assert_eq!((verdict(&state, 1), verdict(&state, 2)), (APPROVE, APPROVE));
    assert_eq!((state.next_undo(), state.next_redo()), (Some(1), Some(2)));
    assert!(state.apply(&entry(6, Some(january()), Action::Redo { seq: 2 })));
    assert_eq!(verdict(&state, 1), DISPUTE);
    assert_eq!((state.next_undo(), state.next_redo()), (Some(2), Some(3)));
}

#[test]
fn an_item_that_changed_since_is_open_and_shows_the_old_decision() {
    let state = State::replay(&journal(vec![decide(&[key(1, 10)], DISPUTE)]), january());
    assert_eq!(state.settled(&key(2, 10)), Standing::Open);
    assert!(matches!(state.settled(&key(1, 10)), Standing::InForce(s) if s.seq == 1));
    let Standing::Stale(old) = state.settled(&key(1, 11)) else { panic!("not stale") };
    assert_eq!((old.decision.verdict, old.content), (Verdict::Dispute, Digest(10)));
    assert_eq!(state.settled(&key(1, 11)).in_force(), None);
}

#[test]
fn a_new_action_ends_what_could_be_redone() {
    let mut state = State::replay(
        &journal(vec![decide(&[key(1, 0)], APPROVE), Action::Undo { seq: 1 }, decide(&[key(2, 0)], APPROVE)]),
        january(),
    );
    assert_eq!(state.next_redo(), None);
    assert!(!state.apply(&entry(4, Some(january()), Action::Redo { seq: 1 })));
    assert_eq!(verdict(&state, 1), None);
}

#[test]
fn other_months_and_mere_facts_are_left_alone() {
    let february = Some(january().next());
    let import = Action::Import { side: "bill".into(), files: vec![], said: vec![] };
    let mut state = State::replay(
        &[
            entry(1, Some(january()), decide(&[key(1, 0)], APPROVE)),
            entry(2, february, decide(&[key(1, 0)], DISPUTE)),
            entry(3, Some(january()), import),
        ],
        january(),
    );
    assert_eq!((verdict(&state, 1), state.next_undo()), (APPROVE, Some(1)));
    assert!(!state.apply(&entry(4, Some(january()), Action::Undo { seq: 2 })));
    assert!(!state.apply(&entry(5, Some(january()), Action::Undo { seq: 99 })));
    assert_eq!(verdict(&state, 1), APPROVE);
}

#[test]
fn a_change_of_prices_taken_back_in_another_month_is_gone_here_too() {
    let edit = Action::EditFile {
        file: ConfigFile::Pricing,
        before: String::new(),
        after: "{}".into(),
        summary: String::new(),
    };
    let mut state = State::replay(&[entry(1, None, edit)], january());
    assert_eq!(state.next_undo(), Some(1));
    assert!(state.apply(&entry(2, Some(january().next()), Action::Undo { seq: 1 })));
    assert_eq!((state.next_undo(), state.next_redo()), (None, Some(1)));
}

#[test]
fn notes_projects_matches_and_bad_rows_come_and_go() {
    let one = key(1, 0);
    let note = |text: &str| Action::Note { items: vec![one], text: text.into() };
    let exclude = |rows: &[&str], reason: &str| Action::ExcludeBadRows {
        rows: rows.iter().map(ToString::to_string).collect(),
        reason: reason.into(),
    };
    let mut state = State::replay(
        &journal(vec![
            note("ask the vendor"),
            Action::Assign { items: vec![one], project: Some("p1".into()) },
            Action::Match { bill: vec!["b".into()], ledger: vec!["l".into()] },
            exclude(&["f:2", "f:3"], "header"),
            exclude(&["f:3"], "total line"),
            note(""),
        ]),
        january(),
    );
    assert_eq!((state.note(one.identity), state.project(one.identity)), (None, Some("p1")));
    assert_eq!(state.hand_matches().count(), 1);
    assert_eq!(state.excluded_rows().collect::<Vec<_>>(), [("f:2", "header"), ("f:3", "total line")]);
    for (seq, undone) in (7..).zip([6, 5, 4, 3, 2]) {
        assert!(state.apply(&entry(seq, Some(january()), Action::Undo { seq: undone })));
        if undone == 5 {
            assert_eq!(state.excluded("f:3"), Some("header"));
        }
    }
    assert_eq!((state.note(one.identity), state.project(one.identity)), (Some("ask the vendor"), None));
    assert_eq!((state.hand_matches().count(), state.excluded("f:2")), (0, None));
}

/// A thousand decisions and one over a million items, then taken back and put
/// in force again. Run with `--release -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement, not a check"]
fn a_million_items_replay_in_well_under_a_second() {
    use std::time::Instant as Clock;
    let items: Vec<ItemKey> =
        (0..1_000_000u128).map(|i| key(i.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835), i)).collect();
    let mut actions = vec![decide(&items, APPROVE)];
    actions.extend(items.chunks(1_000).map(|few| decide(&few[..1], DISPUTE)));
    let entries = journal(actions);
    let clock = Clock::now();
    let mut state = State::replay(&entries, january());
    println!("replayed {} entries in {:?}", entries.len(), clock.elapsed());
    for action in [Action::Undo { seq: 1 }, Action::Redo { seq: 1 }, Action::Undo { seq: 900 }] {
        let clock = Clock::now();
        assert!(state.apply(&entry(2_000, Some(january()), action.clone())));
        println!("{action:?} in {:?}", clock.elapsed());
    }
    let clock = Clock::now();
    let settled = items.iter().filter(|key| state.settled(key).in_force().is_some()).count();
    println!("{settled} looked up in {:?}", clock.elapsed());
}

/// One step of an operator; numbers choose among what is possible.
#[derive(Debug, Clone)]
enum Step {
    Decide(Vec<(u8, u8)>, Option<Verdict>),
    Note(Vec<(u8, u8)>, String),
    Undo(prop::sample::Index),
    UndoLast,
    Redo(prop::sample::Index),
    RedoLast,
}

fn step() -> impl Strategy<Value = Step> {
    let items = || proptest::collection::vec((0..6u8, 0..2u8), 1..5);
    let verdict = proptest::option::weighted(0.8, proptest::sample::select(Verdict::ALL.to_vec()));
    prop_oneof![
        4 => (items(), verdict).prop_map(|(items, verdict)| Step::Decide(items, verdict)),
        1 => (items(), "[ab]?").prop_map(|(items, text)| Step::Note(items, text)),
        1 => any::<prop::sample::Index>().prop_map(Step::Undo),
        2 => Just(Step::UndoLast),
        1 => any::<prop::sample::Index>().prop_map(Step::Redo),
        2 => Just(Step::RedoLast),
    ]
}

/// The simple way: which entries are in force, and all of them over again.
#[derive(Default)]
struct Model {
    entries: Vec<Entry>,
    in_force: Vec<u64>,
    undone: Vec<u64>,
}

impl Model {
    fn take(&mut self, step: Step) {
        let keys = |items: Vec<(u8, u8)>| items.into_iter().map(|(i, c)| key(i.into(), c.into())).collect::<Vec<_>>();
        let pick = |list: &[u64], at: &prop::sample::Index| {
            if list.is_empty() { 0 } else { list[at.index(list.len())] }
        };
        let action = match step {
            Step::Decide(items, verdict) => decide(&keys(items), verdict),
            Step::Note(items, text) => Action::Note { items: keys(items), text },
            Step::Undo(at) => Action::Undo { seq: pick(&self.in_force, &at) },
            Step::UndoLast => Action::Undo { seq: self.in_force.iter().copied().max().unwrap_or(0) },
            Step::Redo(at) => Action::Redo { seq: pick(&self.undone, &at) },
            Step::RedoLast => Action::Redo { seq: self.undone.last().copied().unwrap_or(0) },
        };
        let seq = self.entries.len() as u64 + 1;
        match &action {
            Action::Undo { seq } if self.in_force.contains(seq) => {
                self.in_force.retain(|s| s != seq);
                self.undone.push(*seq);
            }
            Action::Redo { seq } if self.undone.contains(seq) => {
                self.undone.retain(|s| s != seq);
                self.in_force.push(*seq);
            }
            Action::Undo { .. } | Action::Redo { .. } => {}
            _ => {
                self.undone.clear();
                self.in_force.push(seq);
            }
        }
        self.entries.push(entry(seq, Some(january()), action));
    }

    /// Content, verdict and entry of the last decision in force.
    fn decision(&self, identity: Digest) -> Option<(Digest, Verdict, u64)> {
        let entry = self.last(|action| matches!(action, Action::Decide { .. }), identity)?;
        let Action::Decide { items, decision, .. } = &entry.action else { return None };
        let content = items.iter().rev().find(|key| key.identity == identity)?.content;
        decision.as_ref().map(|decision| (content, decision.verdict, entry.seq))
    }

    fn note(&self, identity: Digest) -> Option<&str> {
        match &self.last(|action| matches!(action, Action::Note { .. }), identity)?.action {
            Action::Note { text, .. } if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    fn last(&self, kind: impl Fn(&Action) -> bool, identity: Digest) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| {
            self.in_force.contains(&entry.seq)
                && kind(&entry.action)
                && entry.action.items().iter().any(|key| key.identity == identity)
        })
    }
}

type Shown = (Vec<Option<(Digest, Verdict, u64)>>, Vec<Option<String>>, Option<u64>, Option<u64>);

fn shown(state: &State) -> Shown {
    let decision = |i: u128| match state.settled(&key(i, 99)) {
        Standing::Stale(settled) => Some((settled.content, settled.decision.verdict, settled.seq)),
        _ => None,
    };
    let notes = (0..6).map(|i| state.note(Digest(i)).map(str::to_owned)).collect();
    ((0..6).map(decision).collect(), notes, state.next_undo(), state.next_redo())
}

proptest! {
    #[test]
    fn a_state_agrees_with_doing_it_all_over(steps in proptest::collection::vec(step(), 0..60)) {
        let mut model = Model::default();
        let mut state = State::new(january());
        for step in steps {
            model.take(step);
            state.apply(model.entries.last().unwrap());
            let (decisions, notes, next_undo, next_redo) = shown(&state);
            for (i, (decision, note)) in (0..).zip(decisions.iter().zip(&notes)) {
                prop_assert_eq!(*decision, model.decision(Digest(i)));
                prop_assert_eq!(note.as_deref(), model.note(Digest(i)));
            }
            prop_assert_eq!(next_undo, model.in_force.iter().copied().max());
            prop_assert_eq!(next_redo, model.undone.last().copied());
        }
        prop_assert_eq!(shown(&State::replay(&model.entries, january())), shown(&state));
    }

    #[test]
    fn undo_then_redo_changes_nothing(steps in proptest::collection::vec(step(), 1..40), depth in 1usize..6) {
        let mut model = Model::default();
        steps.into_iter().for_each(|step| model.take(step));
        let before = shown(&State::replay(&model.entries, january()));
        let depth = depth.min(model.in_force.len());
        (0..depth).for_each(|_| model.take(Step::UndoLast));
        (0..depth).for_each(|_| model.take(Step::RedoLast));
        prop_assert_eq!(shown(&State::replay(&model.entries, january())), before);
    }
}

#[test]
fn what_is_taken_for_granted_follows_adopting_dropping_and_undo() {
    let cents = || Assumption::Scaled { because: Because::Unit, model: None, days: None, times: 1, over: 100 };
    let zone = || Assumption::LedgerTimes { minutes: 300 };
    let assume = |assumption: Assumption, dropped| Action::Assume {
        assumption,
        dropped,
        before: String::new(),
        after: String::new(),
    };
    let here = Some(january());
    let mut state = State::new(january());
    assert!(state.apply(&entry(1, here, assume(cents(), false))));
    // Of the whole book, whatever month was open.
    assert!(state.apply(&entry(2, None, assume(zone(), false))));
    assert!(!state.apply(&entry(3, Some(january().next()), assume(cents(), true))), "of another month");
    assert_eq!(state.assumptions(), [cents(), zone()]);
    assert!(state.apply(&entry(4, here, assume(cents(), true))));
    assert_eq!(state.assumptions(), [zone()]);
    assert!(state.apply(&entry(5, here, Action::Undo { seq: 4 })));
    assert_eq!(state.assumptions(), [cents(), zone()]);
    assert!(state.apply(&entry(6, here, Action::Redo { seq: 4 })));
    assert!(state.apply(&entry(7, here, Action::Undo { seq: 2 })));
    assert_eq!(state.assumptions(), []);
    let other = State::replay(
        &[entry(1, here, assume(cents(), false)), entry(2, None, assume(zone(), false))],
        january().next(),
    );
    assert_eq!(other.assumptions(), [zone()], "another month knows what is of the book");
}
