//! The shape of the chargeback file: which there are, and which is in force.

use crate::focus::Profile;
use crate::tui::modal::{Choice, Modal, Picker};
use crate::tui::model::Model;

pub(super) fn choose(model: &mut Model) {
    let Some(desk) = &model.desk else { return };
    let now = desk.profile();
    let all = Profile::ALL.map(|profile| (profile.name(), meaning(profile), Choice::Profile(profile)));
    let picker = Picker::setting("Write the file as", Choice::Profile(now), all);
    model.modals.push(Modal::Pick(picker));
}

const fn meaning(profile: Profile) -> &'static str {
    match profile {
        Profile::OpenChargeback => "ten columns, for OpenChargeback",
        Profile::Focus12 => "FOCUS 1.2",
        Profile::Focus14 => "FOCUS 1.4",
        Profile::Focus => "the columns of FOCUS 1.2 and 1.4 in one file",
    }
}
