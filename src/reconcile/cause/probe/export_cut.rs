//! The export of the bill ends before the ledger does, or begins after it: an
//! interface gives seven days where nobody asks for more. Days beyond those
//! the bill covers have no line at all.

use super::{Claim, Detail, Probe, Scene, Told};
use crate::reconcile::cause::evidence::Pool;
use crate::reconcile::cause::explain::Work;

pub(in crate::reconcile::cause) fn claims(work: &Work<'_, '_>) -> Vec<Claim> {
    let Some((first, last)) = work.evidence.covered else { return Vec::new() };
    let beyond = |pool: &Pool| pool.key.day.is_some_and(|day| day < first || day > last);
    let cut = work.open().filter(|(_, pool, _)| pool.days && pool.bill.lines == 0 && !pool.key.credits && beyond(pool));
    cut.map(|(at, _, left)| work.claim(Probe::ExportCut, 0, Detail::Nothing, at, left)).collect()
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let covered = scene.evidence.covered.map(|(first, last)| format!("from {first} to {last}")).unwrap_or_default();
    Told::only(format!(
        "The bill covers the days {covered} only; the ledger has usage {}. Fetch or export the whole month.",
        scene.when()
    ))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn days_beyond_the_bill_are_an_export_cut_short() {
        let mut month = Months::plain(Bill::Models);
        month.bill.retain(|row| row.day() <= 7);
        let why = month.why();
        assert_only(&why, &[Probe::ExportCut]);
        assert!(why.findings[0].sentence.starts_with("The bill covers the days from 2026-01-01 to 2026-01-07 only"));
    }
}
