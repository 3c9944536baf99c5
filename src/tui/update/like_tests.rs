//! All like this over the sample month: what is chosen, shown, settled and
//! taken back.

use super::tests::{entries, open};
use super::*;
use crate::desk::{Alike, Command, Shared};
use crate::journal::{Decision, Verdict};
use crate::tui::bench::{Bench, sample_book};

fn choice(bench: &Bench) -> &crate::tui::modal::Likeness {
    match bench.model.modals.last() {
        Some(Modal::Like(choice)) => choice,
        _ => panic!("{}", bench.screen()),
    }
}

fn previewed(bench: &Bench) -> (usize, usize) {
    match bench.model.modals.last() {
        Some(Modal::Preview(planned)) => (planned.change.preview.items, planned.hidden),
        _ => panic!("{}", bench.screen()),
    }
}

#[test]
fn counts_follow_the_choice_and_agree_with_the_items_found() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 *");
    let desk = bench.model.desk.clone().unwrap();
    let index = bench.model.list().map(|list| list.index.clone()).unwrap();
    for keys in ["", "space", "j space", "j space", "j space", "j space", "j space", "k space"] {
        bench.keys(keys);
        let choice = choice(&bench);
        let among = (!choice.month).then_some(index.as_slice());
        let found = desk.alike(choice.item, choice.alike, among);
        let open = found.iter().filter(|item| desk.is_open(**item)).count();
        if !choice.alike.is_empty() {
            assert_eq!((choice.holds().items, choice.holds().open), (found.len() as u64, open as u64), "{keys}");
        }
        assert!(bench.screen().contains("All like this"), "{}", bench.screen());
    }
}

#[test]
fn a_verdict_on_all_like_this_is_previewed_and_one_undo_takes_it_back() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 *");
    let open_ones = choice(&bench).holds().open as usize;
    assert!(open_ones > 1);
    bench.keys("a");
    assert_eq!(previewed(&bench), (open_ones, 0));
    assert_eq!(open(&bench), 151, "nothing is settled by looking");
    bench.keys("y");
    assert_eq!((open(&bench) as usize, entries(&bench)), (151 - open_ones, 1));
    bench.keys("u");
    assert_eq!(open(&bench), 151);
}

#[test]
fn what_is_settled_already_is_left_out_and_said() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 d");
    assert_eq!(open(&bench), 150);
    bench.keys("k *");
    let holds = choice(&bench).holds();
    assert_eq!(holds.items, holds.open + 1);
    assert!(bench.screen().contains("1 settled, left as they are"), "{}", bench.screen());
    bench.keys("a");
    assert!(bench.screen().contains("settled already; that decision stands"), "{}", bench.screen());
    bench.keys("y");
    let desk = bench.model.desk.as_ref().unwrap();
    let deferred = desk.journal().iter().filter(|entry| entry.action.can_be_undone()).count();
    assert_eq!((deferred, open(&bench)), (2, 150 - holds.open as u32));
}

#[test]
fn an_empty_choice_and_a_settled_one_do_nothing_and_say_so() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    // No field at all.
    bench.keys("2 * space j space j space a");
    assert!(bench.screen().contains("choose at least one thing"), "{}", bench.screen());
    assert_eq!((choice(&bench).alike, open(&bench)), (Alike::default(), 151));
    // All of them settled.
    bench.keys("esc * a y * a");
    assert!(bench.screen().contains("settled already"), "{}", bench.screen());
    let desk = bench.model.desk.as_ref().unwrap();
    let decided = |item: &u32| matches!(desk.row(*item).standing, crate::desk::Standing::Decided(_));
    let settled: Vec<u32> = (0..desk.items()).filter(decided).collect();
    let decision = Decision { verdict: Verdict::Defer, reason: String::new(), note: String::new() };
    let refused = desk.plan(&Command::DecideOpen { items: settled, decision }).map(|_| ()).unwrap_err();
    assert!(refused.0.starts_with("Nothing was done"), "{refused}");
}

#[test]
fn the_whole_month_counts_what_the_list_does_not_show() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 &").types("outcome:duplicate");
    bench.keys("enter *");
    // Only the user, in the whole month.
    bench.keys("space j space j space j j space j space");
    let found = choice(&bench).holds();
    let desk = bench.model.desk.clone().unwrap();
    assert!(choice(&bench).month && choice(&bench).alike == Alike::of(&[Shared::User]));
    assert_eq!(found.items as usize, desk.alike(choice(&bench).item, Alike::of(&[Shared::User]), None).len());
    bench.keys("d");
    let (items, hidden) = previewed(&bench);
    assert!(hidden > 0 && items == found.open as usize, "{}", bench.screen());
    assert!(bench.screen().contains("not among the rows shown"), "{}", bench.screen());
}

#[test]
fn a_batch_over_all_like_this_stops_when_something_changed_since() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 * a");
    let item = bench.model.list().and_then(|list| list.current()).unwrap();
    let decision = Decision { verdict: Verdict::Defer, reason: String::new(), note: String::new() };
    bench.write(1, Command::Decide { items: vec![item], decision });
    bench.keys("y");
    assert!(bench.status().starts_with("Something changed since the preview"), "{}", bench.status());
    drop(bench);
    let again = Bench::loaded(&book.path(), (100, 30));
    assert_eq!(entries(&again), 1, "only the one in between");
}
