//! The tour begins, goes on when its key was pressed, is left and resumed.

use crate::tui::keymap::Action;
use crate::tui::model::{Model, Tone};
use crate::tui::stage::Stage;
use crate::tui::tour::Tour;

/// Its key: begins the tour or goes on with it; while it is on, skips a step.
pub(super) fn key(model: &mut Model) {
    if model.tour.on {
        advance(model);
        return;
    }
    let at = if model.tour.at < Tour::STEPS { model.tour.at } else { 0 };
    model.tour = Tour { at, on: true };
}

/// After each message: on to the next step where this one is done.
pub(super) fn follow(model: &mut Model, asked: Option<Action>) {
    if matches!(model.stage, Stage::Ready) && model.tour.is_done(model, asked) {
        advance(model);
    }
}

fn advance(model: &mut Model) {
    model.tour.at += 1;
    if model.tour.at >= Tour::STEPS {
        model.tour.on = false;
        let key = model.keymap.shown(Action::Tour, model.ascii);
        model.say(Tone::Good, format!("That was the tour; {key} begins it anew."));
    }
}

/// Leaves the tour; whether it was on.
pub(super) fn leave(model: &mut Model) -> bool {
    if !model.tour.on {
        return false;
    }
    model.tour.on = false;
    let (key, step) = (model.keymap.shown(Action::Tour, model.ascii), model.tour.at + 1);
    model.say(Tone::Info, format!("You left the tour at step {step} of {}; {key} goes on with it.", Tour::STEPS));
    true
}
