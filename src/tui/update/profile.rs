//! The shape of the chargeback file: which there are, and which is in force.

use crate::focus::Profile;
use crate::tui::modal::{Choice, Entry, Modal, Picker};
use crate::tui::model::Model;

pub(super) fn choose(model: &mut Model) {
    let Some(desk) = &model.desk else { return };
    let now = desk.profile();
    let entry = |profile: Profile| Entry {
        text: profile.name().to_owned(),
        note: if profile == now { format!("now; {}", meaning(profile)) } else { meaning(profile).to_owned() },
        choice: Choice::Profile(profile),
    };
    let entries = Profile::ALL.map(entry).into();
    let picker = Picker::new("Write the file as", entries).on(&Choice::Profile(now));
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
