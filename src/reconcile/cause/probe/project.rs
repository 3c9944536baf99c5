//! Recorded for the wrong project or key: on the same day and model, what one
//! project has too much another one lacks.

use super::{Claim, Detail, Probe, Scene, Told, model_name};
use crate::reconcile::cause::evidence::Proposal;
use crate::reconcile::cause::explain::Work;

pub(in crate::reconcile::cause) fn claims(work: &Work<'_, '_>) -> Vec<Claim> {
    model_name::opposite(work, Probe::Project, |key| key.who)
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let Detail::Names(a, b) = scene.detail else { return Told::only(String::new()) };
    let (a, b) = (scene.evidence.text(a).to_owned(), scene.evidence.text(b).to_owned());
    let named = |name: &str| if name.is_empty() { "no project".to_owned() } else { name.to_owned() };
    Told {
        sentence: format!(
            "What the ledger has for {} is billed for {} {}, to the last digit.",
            named(&a),
            named(&b),
            scene.when()
        ),
        proposal: Some(Proposal::MergeProjects { a, b }),
    }
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn usage_recorded_for_another_project_is_named() {
        for shape in [Bill::Classes, Bill::Models] {
            let wrong = |row: &mut crate::reconcile::cause::months::Row| {
                if row.project == "proj_b" && row.day() > 10 {
                    row.project = "proj_c";
                }
            };
            assert_only(&Months::plain(shape).ledger_each(wrong).why(), &[Probe::Project]);
        }
    }
}
