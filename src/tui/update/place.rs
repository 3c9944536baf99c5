//! Where the operator is, as text that the book keeps between two starts:
//! the screen, and for each list its filter, order and the item under the
//! cursor. What no longer fits is left out without a word, and another month
//! begins at the overview.

use serde::{Deserialize, Serialize};

use crate::desk::{GroupBy, Screen};
use crate::report::{Dimension, column_named};
use crate::tui::list::{Anchor, ListState};
use crate::tui::model::Model;
use crate::tui::stage::Stage;
use crate::tui::summary::SummaryQuery;
use crate::tui::tab::Tab;
use crate::tui::tour::Tour;
use crate::tui::written::Written;

const SCREENS: [Screen; 3] = [Screen::Matched, Screen::Discrepancies, Screen::NotFound];

#[derive(Serialize, Deserialize)]
struct Place {
    /// Of which month; a filter of one would hide rows of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    month: Option<String>,
    screen: Tab,
    #[serde(default)]
    lists: Vec<ListPlace>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    summary: Option<SummaryPlace>,
    /// What was searched for and filtered by, of each the newest first.
    #[serde(default, skip_serializing_if = "Written::is_empty")]
    written: Written,
    /// The step of a tour that was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tour: Option<usize>,
}

#[derive(Serialize, Deserialize)]
struct SummaryPlace {
    by: Vec<String>,
    /// The name of a column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sort: Option<String>,
    #[serde(default)]
    descending: bool,
}

#[derive(Serialize, Deserialize)]
struct ListPlace {
    list: Tab,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    filter: String,
    /// The keys as [`crate::desk::Order`] writes them.
    sort: String,
    #[serde(default)]
    open_only: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group_by: Option<GroupBy>,
    cursor: Option<Anchor>,
}

/// The place as text; `None` while there is nothing to come back to.
pub(super) fn text(model: &Model) -> Option<String> {
    if !matches!(model.stage, Stage::Ready) {
        return None;
    }
    let lists = model.lists.iter().map(|list| kept(model, list)).collect();
    let query = &model.summary.query;
    let summary = Some(SummaryPlace {
        by: query.by.iter().map(ToString::to_string).collect(),
        sort: query.sort.map(str::to_owned),
        descending: query.descending,
    });
    let tour = Some(model.tour.at).filter(|at| (1..Tour::STEPS).contains(at));
    let month = model.desk.as_ref().map(|desk| desk.month().to_string());
    let written = model.written.clone();
    serde_json::to_string(&Place { month, screen: model.tab, lists, summary, written, tour }).ok()
}

fn kept(model: &Model, list: &ListState) -> ListPlace {
    let current = list.current().zip(model.desk.as_ref()).filter(|(item, desk)| *item < desk.items());
    let cursor = current.map(|(item, desk)| Anchor::of(&desk.row(item)));
    ListPlace {
        list: Tab::of(list.screen),
        filter: list.filter.clone(),
        sort: list.order.to_string(),
        open_only: list.open_only,
        group_by: list.group_by,
        cursor: cursor.or_else(|| list.anchor.clone()),
    }
}

/// Goes back to the place that came with the book, once.
pub(super) fn restore(model: &mut Model) {
    let Some(place) = model.place.take() else { return };
    let Ok(place) = serde_json::from_str::<Place>(&place) else { return };
    let desk = model.desk.clone();
    let now = desk.as_ref().map(|desk| desk.month().to_string());
    let same_month = place.month.is_none() || now.is_none() || place.month == now;
    if same_month && !model.went {
        model.tab = place.screen;
    }
    model.written = place.written;
    if let Some(at) = place.tour.filter(|at| *at < Tour::STEPS && model.tour.at == 0) {
        model.tour.at = at;
    }
    if let Some(summary) = place.summary {
        restore_summary(model, &summary);
    }
    for kept in place.lists {
        let Some(screen) = SCREENS.into_iter().find(|screen| Tab::of(*screen) == kept.list) else { continue };
        let list = model.of_mut(screen);
        if let Ok(order) = kept.sort.parse() {
            list.order = order;
        }
        list.group_by = kept.group_by;
        list.stale = true;
        if !same_month {
            continue;
        }
        // A filter of another version that no longer reads would hide nothing
        // and say so nowhere.
        if crate::tui::filter::check(&kept.filter, desk.as_ref()).is_ok() {
            list.filter = kept.filter;
        }
        list.open_only = kept.open_only;
        list.anchor = kept.cursor;
    }
}

fn restore_summary(model: &mut Model, place: &SummaryPlace) {
    let by: Result<Vec<Dimension>, _> = place.by.iter().map(|name| name.parse()).collect();
    let Ok(by) = by else { return };
    if by.is_empty() || by.iter().enumerate().any(|(at, one)| by.iter().take(at).any(|other| other == one)) {
        return;
    }
    let sort = match &place.sort {
        None => None,
        Some(name) => match column_named(name) {
            Some(column) => Some(column.name),
            None => return,
        },
    };
    model.summary.query = SummaryQuery { by, sort, descending: place.descending };
    model.summary.stale = true;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Order;
    use crate::tui::keymap::Keymap;
    use crate::tui::theme::{Depth, Kind, Theme};

    fn model() -> Model {
        let theme = Theme::new(Kind::Plain, Depth::Full);
        let mut model = Model::new("book".into(), Keymap::default(), theme, false, (80, 24));
        model.stage = Stage::Ready;
        model
    }

    #[test]
    fn the_place_comes_back_as_it_was() {
        let mut first = model();
        first.tab = Tab::NotFound;
        let anchor = Anchor { id: "req_1".into(), at: Some(5), what: "gpt-4o".into(), user: "ada@example.edu".into() };
        {
            let list = first.of_mut(Screen::NotFound);
            (list.order, list.open_only) = ("user:desc,size".parse().unwrap(), true);
            list.group_by = Some(GroupBy::Day);
            list.anchor = Some(anchor.clone());
        }
        let mut second = model();
        second.place = text(&first);
        restore(&mut second);
        let list = second.of(Screen::NotFound);
        assert_eq!(
            (second.tab, list.order.to_string().as_str(), list.open_only, list.group_by),
            (Tab::NotFound, "user:desc,size", true, Some(GroupBy::Day))
        );
        assert_eq!(list.anchor, Some(anchor));
    }

    #[test]
    fn a_place_that_does_not_read_is_left_out() {
        for place in
            ["", "{}", "[]", r#"{"screen":"attic"}"#, r#"{"screen":"close","lists":[{"list":"close","sort":"?"}]}"#]
        {
            let mut model = model();
            model.place = Some(place.to_owned());
            restore(&mut model);
            assert!(matches!(model.tab, Tab::Overview | Tab::Close), "{place}");
            assert_eq!(model.of(Screen::Matched).order, Order::default());
        }
    }

    #[test]
    fn nothing_is_kept_before_the_month_is_there() {
        let mut model = model();
        model.stage = Stage::Loading(crate::tui::stage::Progress::default());
        assert_eq!(text(&model), None);
    }
}
