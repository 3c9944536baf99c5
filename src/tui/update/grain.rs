//! What the month is compared by: the choice of a coarser grain, and the way
//! back to a finer one. What it would change is shown before it is done.

use crate::reconcile::Finest;
use crate::tui::modal::{Choice, Modal, Picker};
use crate::tui::model::Model;

/// From fine to coarse, with the one in force under the cursor.
pub(super) fn choose(model: &mut Model) {
    let Some(desk) = &model.desk else { return };
    let now = desk.rules().finest;
    let all = Finest::ALL.map(|finest| (finest.name(), meaning(finest), Choice::Grain(finest)));
    let picker = Picker::setting("Compare at nothing finer than", Choice::Grain(now), all);
    model.modals.push(Modal::Pick(picker));
}

const fn meaning(finest: Finest) -> &'static str {
    match finest {
        Finest::Request => "as fine as both sides allow",
        Finest::Minute => "minute x key x model, where tokens are counted so",
        Finest::Hour => "hour x key x model, where tokens are counted so",
        Finest::Class => "day x project x model x kind of token",
        Finest::Model => "day x project x model; credits by user and usage type",
        Finest::Project => "day x project; credits by user",
        Finest::Day => "day by day",
        Finest::Total => "the month as a whole",
    }
}
