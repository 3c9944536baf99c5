//! Ids come back as they were given, and compare as their texts.

use proptest::prelude::*;

use crate::memory::Order;

use super::*;

fn column(ids: &[String]) -> IdColumn {
    let mut column = IdColumn::default();
    ids.iter().for_each(|id| column.push(id));
    column
}

fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "chatcmpl-[-_A-Za-z0-9]{11,20}",
        2 => Just(String::new()),
        1 => "chatcmpl-[A-Za-z0-9]{0,11}",
        1 => "(resp_|a-|_|-)?[-_A-Za-z0-9.ä]{0,70}",
    ]
}

/// Ids that are packed in so many words, and now and then none.
fn packed(words: usize, most: usize) -> impl Strategy<Value = Vec<String>> {
    let id = format!("req_[-_A-Za-z0-9]{{{},{}}}", words * 10 - 9, words * 10);
    let id = proptest::string::string_regex(&id).unwrap();
    proptest::collection::vec(prop_oneof![9 => id, 1 => Just(String::new())], 0..most)
}

/// Ids that are packed, and now and then one that is not.
fn ids(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop_oneof![packed(2, most), packed(3, most), packed(4, most), proptest::collection::vec(id(), 0..most)]
}

#[test]
fn ids_of_one_kind_take_eight_bytes_for_ten_characters() {
    let ids: Vec<String> = (0..1_024u32).map(|n| format!("chatcmpl-{n:029}")).collect();
    let mut column = column(&ids);
    column.reorder(&Order::of_rows(&(0..1_024).collect::<Vec<_>>()));
    assert_eq!(column.bytes(), 1_024 * 3 * 8);
    assert_eq!(*column.get(77), *ids[77]);
}

#[test]
fn no_ids_take_nothing() {
    let mut column = column(&vec![String::new(); 100]);
    column.pad(7);
    assert_eq!((column.bytes(), column.has(3), &*column.get(3)), (0, false, ""));
}

proptest! {
    #[test]
    fn ids_come_back_as_they_were_given(first in ids(8), second in ids(8), third in ids(8), pad in 0usize..3) {
        let mut whole = column(&first);
        whole.append(&column(&second));
        whole.pad(pad);
        let text = third.concat();
        let ends = third.iter().scan(0, |at, id| {
            let from = *at;
            *at += id.len() as u32;
            Some((from, *at))
        });
        whole.push_all(text.as_bytes(), &ends.collect::<Vec<_>>());
        let all = [first, second, vec![String::new(); pad], third].concat();
        let rows = 0..all.len() as u32;
        prop_assert_eq!(rows.clone().map(|row| whole.get(row).to_owned()).collect::<Vec<_>>(), all.clone());
        prop_assert!(rows.clone().all(|row| whole.has(row) != all[row as usize].is_empty()));
        let back: Vec<u32> = rows.rev().collect();
        whole.reorder(&Order::of_rows(&back));
        let turned: Vec<_> = (0..).take(all.len()).map(|row| whole.get(row).to_owned()).collect();
        prop_assert_eq!(turned, all.into_iter().rev().collect::<Vec<_>>());
    }

    #[test]
    fn ids_compare_and_hash_as_their_texts(mine in ids(8), theirs in ids(8)) {
        let (a, b) = (column(&mine), column(&theirs));
        let how = a.hashed_with(&b);
        let hash = |column: &IdColumn, row: u32| {
            let mut hasher = rustc_hash::FxHasher::default();
            column.write(row, how, &mut hasher);
            hasher.finish()
        };
        for (row, id) in (0..).zip(&mine) {
            for (other_row, other) in (0..).zip(&theirs) {
                prop_assert_eq!(a.is_same(row, &b, other_row), id == other);
                prop_assert!(id != other || hash(&a, row) == hash(&b, other_row));
            }
            for (other_row, other) in (0..).zip(&mine) {
                prop_assert_eq!(a.compare(row, other_row), id.as_bytes().cmp(other.as_bytes()));
            }
        }
    }
}
