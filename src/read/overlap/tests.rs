use proptest::prelude::*;

use crate::read::tests::{all, contents, input};
use crate::read::{Input, SideRead};
use crate::usage::{Names, Side};

/// Files of `account,day,user,credits` rows, in the order of adding.
fn files(files: &[&[(&str, u32, &str, u32)]]) -> Vec<Input> {
    let file = |(added, rows): (usize, &&[(&str, u32, &str, u32)])| {
        let mut text = "account,date,user,type,credits\n".to_owned();
        for (account, day, user, credits) in rows.iter() {
            text.push_str(&format!("{account},2026-01-{day:02},{user},codex,{credits}\n"));
        }
        Input { added: added as u32, ..input(Side::Ledger, &format!("{added}.csv"), text.as_bytes()) }
    };
    files.iter().enumerate().map(file).collect()
}

fn read(rows: &[&[(&str, u32, &str, u32)]]) -> SideRead {
    all(files(rows), 1 << 16).unwrap().0
}

/// File and line of each line that counts.
fn standing(side: &SideRead) -> Vec<String> {
    (0..side.lines.len() as u32).map(|row| side.lines.origin_text(row)).collect()
}

#[test]
fn a_file_given_twice_counts_once() {
    let rows: &[_] = &[("a", 5, "x", 1), ("a", 5, "x", 1), ("b", 6, "y", 2)];
    let side = read(&[rows, rows]);
    assert_eq!(standing(&side), ["0.csv:2", "0.csv:3", "0.csv:4"]);
    assert_eq!((side.repeated_rows, side.superseded.len(), side.superseded_lines.len()), (3, 0, 0));
}

#[test]
fn identical_rows_count_as_often_as_the_file_that_has_most_of_them() {
    let twice: &[_] = &[("a", 5, "x", 1), ("a", 5, "x", 1), ("a", 5, "y", 1)];
    let once: &[_] = &[("a", 5, "x", 1), ("a", 5, "y", 1), ("a", 5, "y", 1)];
    let side = read(&[twice, once]);
    assert_eq!(standing(&side), ["0.csv:2", "0.csv:3", "1.csv:3", "1.csv:4"]);
    assert_eq!((side.repeated_rows, side.superseded.len()), (2, 0));
}

#[test]
fn a_day_that_grew_is_that_of_the_later_download() {
    let side = read(&[&[("a", 5, "x", 1), ("a", 6, "x", 1)], &[("a", 5, "x", 1), ("a", 6, "x", 1), ("a", 6, "y", 3)]]);
    assert_eq!(standing(&side), ["0.csv:2", "1.csv:3", "1.csv:4"]);
    assert_eq!(side.superseded_lines.origin_text(0), "0.csv:3");
    let [day] = side.superseded.as_slice() else { panic!("{:?}", side.superseded) };
    assert_eq!((day.account.as_str(), day.day.to_string().as_str()), ("a", "2026-01-06"));
    assert_eq!((day.older_rows, day.newer_rows, day.shrunk), (1, 2, false));
    assert_eq!((day.older.to_str(), day.newer.to_str()), (Some("0.csv"), Some("1.csv")));
}

#[test]
fn the_later_last_day_decides_before_the_order_of_adding() {
    let side = read(&[&[("a", 5, "x", 9), ("a", 7, "x", 1)], &[("a", 5, "x", 2)]]);
    assert_eq!(standing(&side), ["0.csv:2", "0.csv:3"]);
    assert_eq!(side.superseded[0].newer.to_str(), Some("0.csv"));
}

#[test]
fn a_day_that_shrinks_is_told() {
    let shrunk = |older: &[_], newer: &[_]| read(&[older, newer]).superseded[0].shrunk;
    assert!(shrunk(&[("a", 5, "x", 5)], &[("a", 5, "x", 4)]));
    assert!(!shrunk(&[("a", 5, "x", 5)], &[("a", 5, "x", 6)]));
    assert!(shrunk(&[("a", 5, "x", 2), ("a", 5, "y", 2)], &[("a", 5, "x", 4)]), "fewer rows of the same total");
    assert!(!shrunk(&[("a", 5, "x", 4)], &[("a", 5, "x", 2), ("a", 5, "y", 2)]));
}

#[test]
fn accounts_and_days_apart_do_not_touch_each_other() {
    let side = read(&[&[("a", 5, "x", 1), ("a", 9, "x", 1)], &[("b", 5, "x", 1), ("a", 7, "x", 1)]]);
    assert_eq!((side.lines.len(), side.repeated_rows, side.superseded.len()), (4, 0, 0));
}

#[test]
fn a_file_declared_disjoint_takes_no_part() {
    let rows: &[_] = &[("a", 5, "x", 1)];
    let mut given = files(&[rows, rows, &[("a", 5, "x", 2)]]);
    given[1].append = true;
    given[2].append = true;
    let side = all(given, 1 << 16).unwrap().0;
    assert_eq!((side.lines.len(), side.repeated_rows, side.superseded.len()), (3, 0, 0));
}

#[test]
fn of_three_downloads_the_newest_and_those_that_agree_with_it_count() {
    let side = read(&[
        &[("a", 5, "x", 1), ("a", 5, "y", 1)],
        &[("a", 5, "x", 1)],
        &[("a", 5, "y", 1), ("a", 5, "x", 1), ("a", 5, "x", 1)],
    ]);
    // x twice as the last file has it, y once from the first.
    assert_eq!(standing(&side), ["0.csv:3", "2.csv:3", "2.csv:4"]);
    let older: Vec<_> = side.superseded.iter().map(|day| day.older.to_str().unwrap()).collect();
    assert_eq!((older, side.repeated_rows), (vec!["1.csv"], 2));
}

type Row = (&'static str, u32, &'static str, u32);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (proptest::sample::select(&["a", "b"][..]), 4u32..8, proptest::sample::select(&["x", "y"][..]), 1u32..3);
    proptest::collection::vec(row, 0..12)
}

fn as_inputs(downloads: &[Vec<Row>]) -> Vec<Input> {
    files(&downloads.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn settled(given: Vec<Input>) -> (SideRead, Names) {
    all(given, 1 << 16).unwrap()
}

proptest! {
    #[test]
    fn every_row_counts_is_superseded_or_is_repeated(downloads in proptest::collection::vec(rows(), 0..4)) {
        let (side, _) = settled(as_inputs(&downloads));
        let read: usize = downloads.iter().map(Vec::len).sum();
        prop_assert_eq!(side.lines.len() + side.superseded_lines.len() + side.repeated_rows as usize, read);
        let older: u32 = side.superseded.iter().map(|day| day.older_rows).sum();
        prop_assert_eq!(older as usize, side.superseded_lines.len());
    }

    #[test]
    fn the_order_of_files_and_rows_does_not_matter(downloads in proptest::collection::vec(rows(), 0..4)) {
        let (side, names) = settled(as_inputs(&downloads));
        let turned: Vec<Vec<Row>> = downloads.iter().map(|rows| rows.iter().rev().copied().collect()).collect();
        let mut given = as_inputs(&turned);
        given.reverse();
        let (other, other_names) = settled(given);
        prop_assert_eq!(contents(&side.lines, &names), contents(&other.lines, &other_names));
        prop_assert_eq!(contents(&side.superseded_lines, &names), contents(&other.superseded_lines, &other_names));
        prop_assert_eq!(side.superseded, other.superseded);
    }

    #[test]
    fn importing_again_changes_nothing(downloads in proptest::collection::vec(rows(), 1..3)) {
        let (side, names) = settled(as_inputs(&downloads));
        let again: Vec<Vec<Row>> = downloads.iter().chain(&downloads).cloned().collect();
        let mut given = as_inputs(&again);
        // The same files, added at the same place.
        given.iter_mut().enumerate().for_each(|(at, input)| input.added = (at % downloads.len()) as u32);
        let (twice, their_names) = settled(given);
        prop_assert_eq!(contents(&side.lines, &names), contents(&twice.lines, &their_names));
    }
}
