//! What a list is sorted by: the column under the cursor, a choice, the other
//! way round, as at first.

use crate::desk::{Order, SortKey};
use crate::tui::effect::Effect;
use crate::tui::list::{COLUMNS, own_order};
use crate::tui::modal::{Choice, Entry, Modal, Picker};
use crate::tui::model::{Model, Tone};

/// Sorts by the column under the cursor: turns it round where the list is
/// sorted by it, else adds it behind the other keys. The order that a list has
/// at first gives way. Without a column, asks.
pub(super) fn sort(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(column) = model.columns().and_then(|columns| COLUMNS.get(columns.cursor?)) else { return ask(model) };
    let Some(list) = model.list() else { return };
    let mut order = list.order.clone();
    let sorted_by = column.sorts.iter().copied().find(|key| order.place(*key).is_some());
    match (sorted_by, column.sorts.first()) {
        (Some(key), _) => order.add_or_flip(key),
        (None, Some(key)) if order == own_order(list.screen) => order = Order::by(*key, key.greatest_first()),
        (None, Some(key)) => order.add_or_flip(*key),
        (None, None) => return,
    }
    set(model, order, effects);
}

fn ask(model: &mut Model) {
    let Some(list) = model.list() else { return };
    let several = list.order.keys().len() > 1;
    let entry = |key: SortKey| Entry {
        text: key.label().to_owned(),
        note: match list.order.place(key) {
            Some((at, _)) if several => format!("now, as key {}", at + 1),
            Some(_) => "now".to_owned(),
            None => String::new(),
        },
        choice: Choice::Sort(key),
    };
    let first = list.order.keys().first().map_or(SortKey::default(), |by| by.key);
    let picker = Picker::new("Sort by", SortKey::ALL.map(entry).into()).on(&Choice::Sort(first));
    model.modals.push(Modal::Pick(picker));
}

/// Sorts by one key alone; what is worth a look comes first.
pub(super) fn by(model: &mut Model, key: SortKey, effects: &mut Vec<Effect>) {
    set(model, Order::by(key, key.greatest_first()), effects);
}

pub(super) fn reverse(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(mut order) = model.list().map(|list| list.order.clone()) else { return };
    order.reverse();
    set(model, order, effects);
}

pub(super) fn as_at_first(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(order) = model.list().map(|list| own_order(list.screen)) {
        set(model, order, effects);
    }
}

fn set(model: &mut Model, order: Order, effects: &mut Vec<Effect>) {
    let Some(list) = model.list_mut() else { return };
    let said = format!("Sorted by {}.", order.words());
    list.order = order;
    list.stale = true;
    model.say(Tone::Info, said);
    super::moves::keep_place(model, effects);
}
