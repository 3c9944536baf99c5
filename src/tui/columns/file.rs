//! The file that keeps the columns of every screen between two starts:
//! `columns.toml` in the user's configuration directory. It changes no figure,
//! so what does not read in it is said and left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Layout, Slot, TableColumns, WIDTHS};

const HEAD: &str = "# How trueup shows the columns of its tables, a table for each screen. It writes this\n\
                    # file when columns are changed with its keys; without it they are as at first.\n\n";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    order: Vec<String>,
    /// So many of the order stay in sight.
    frozen: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hidden: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    width: BTreeMap<String, u16>,
}

/// The file of these screens, by their names; those that are as at first are
/// not in it.
///
/// # Errors
/// What the writer of TOML says; it should not happen.
pub fn text<'a>(screens: impl Iterator<Item = (&'static str, &'a TableColumns)>) -> Result<String, String> {
    let changed = screens.filter(|(_, columns)| columns.layout != columns.own);
    let kept: BTreeMap<&str, Kept> = changed.map(|(name, columns)| (name, kept(columns))).collect();
    toml::to_string(&kept).map(|text| HEAD.to_owned() + &text).map_err(|error| error.to_string())
}

fn kept(columns: &TableColumns) -> Kept {
    let layout = &columns.layout;
    let name = |slot: &Slot| columns.name(slot.column).to_owned();
    Kept {
        order: layout.slots.iter().map(name).collect(),
        frozen: layout.frozen,
        hidden: layout.slots.iter().filter(|slot| slot.hidden).map(name).collect(),
        width: layout.slots.iter().filter_map(|slot| Some((name(slot), slot.width?))).collect(),
    }
}

/// Takes what the file says into the screens of these names; gives sentences
/// about what of it does not hold, which is left out.
///
/// # Errors
/// Where the file is none, with line and column.
pub fn parse<'a>(
    text: &str,
    screens: impl Iterator<Item = (&'static str, &'a mut TableColumns)>,
) -> Result<Vec<String>, String> {
    let mut file: BTreeMap<String, Kept> = toml::from_str(text).map_err(|error| said(text, &error))?;
    let mut wrong = Vec::new();
    for (name, columns) in screens {
        if let Some(kept) = file.remove(name) {
            columns.layout = layout(name, kept, columns, &mut wrong);
        }
    }
    wrong.extend(file.keys().map(|name| format!("there is no screen “{name}”")));
    Ok(wrong)
}

/// `line 3, column 5: invalid type …`
fn said(text: &str, error: &toml::de::Error) -> String {
    let what = error.message().trim().replace('\n', " ");
    let Some(before) = error.span().and_then(|span| text.get(..span.start)) else { return what };
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}: {what}")
}

fn layout(screen: &str, kept: Kept, columns: &TableColumns, wrong: &mut Vec<String>) -> Layout {
    let number = |name: &str| columns.names.iter().position(|other| *other == name);
    let strangers =
        kept.order.iter().chain(&kept.hidden).chain(kept.width.keys()).filter(|name| number(name).is_none());
    wrong.extend(strangers.map(|name| format!("{screen} has no column “{name}”")));
    let mut layout = Layout { slots: Vec::new(), frozen: 0 };
    for (at, name) in kept.order.iter().enumerate() {
        let Some(column) = number(name).filter(|column| layout.place(*column).is_none()) else { continue };
        layout.slots.push(Slot { column, hidden: false, width: None });
        layout.frozen += usize::from(at < kept.frozen);
    }
    // Columns that came later than the file stand behind the others.
    for column in 0..columns.names.len() {
        if layout.place(column).is_none() {
            layout.slots.push(Slot { column, hidden: false, width: None });
        }
    }
    for name in &kept.hidden {
        let shown = number(name).filter(|column| layout.shown().any(|slot| slot.column == *column));
        if shown.is_some_and(|column| !layout.toggle(column)) {
            wrong.push(format!("{screen} hides all of its columns, so “{name}” is shown"));
        }
    }
    for (name, width) in &kept.width {
        if !WIDTHS.contains(width) {
            wrong.push(format!(
                "{screen}: “{name}” cannot be {width} wide, but {} to {}",
                WIDTHS.start(),
                WIDTHS.end()
            ));
        }
        if let Some(column) = number(name) {
            layout.widen(column, Some(*width));
        }
    }
    layout
}
