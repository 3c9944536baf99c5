//! What is paid for the item or project under the cursor, and why.

use crate::desk::{ChargesOf, Desk};
use crate::tui::effect::Effect;
use crate::tui::modal::{Modal, Scroll};
use crate::tui::model::{Model, Tone};
use crate::tui::tab::Tab;

/// The charges that the row under the cursor stands for.
pub(super) fn under_cursor(model: &Model) -> Option<ChargesOf> {
    if model.tab == Tab::Projects {
        if let Some(behind) = &model.burn.behind {
            return behind.draws.row(behind.spot.at).map(|row| ChargesOf::Item(row.item));
        }
        return model.burn.get(model.spot().at)?.charges_of();
    }
    let items = model.desk.as_ref().map_or(0, Desk::items);
    model.list()?.current().filter(|item| *item < items).map(ChargesOf::Item)
}

/// `$`
pub(super) fn here(model: &mut Model, effects: &mut Vec<Effect>) {
    match under_cursor(model) {
        Some(of) => ask(model, of, effects),
        None if model.tab == Tab::Projects && !model.burn.is_empty() => {
            model.say(Tone::Info, "All projects share this cap; stand on a project, or use trueup explain.");
        }
        None => super::decide::nothing_here(model),
    }
}

pub(super) fn ask(model: &mut Model, of: ChargesOf, effects: &mut Vec<Effect>) {
    let Some(desk) = model.desk.clone() else { return };
    let generation = model.next_generation();
    model.modals.push(Modal::Waiting { generation, what: "Looking up who pays, and why".to_owned() });
    effects.push(Effect::WhoPays { desk, generation, of });
}

pub(super) fn arrived(model: &mut Model, generation: u64, result: Result<(String, Vec<(String, String)>), String>) {
    match result {
        Ok((title, rows)) => {
            super::answers::instead(model, generation, |_| Modal::Raw { title, rows, scroll: Scroll::default() });
        }
        Err(why) => {
            if super::answers::answered(model, generation) {
                model.say(Tone::Bad, why);
            }
        }
    }
}
