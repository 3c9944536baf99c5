//! Reasoning tokens are part of the output and billed as such. A ledger that
//! takes output for what was seen misses them; one that adds them to an output
//! that holds them already has them twice.

use super::{Detail, Probe, Scene, Told, Way};
use crate::amount::Amount;
use crate::reconcile::cause::evidence::Sums;

/// As the ledger counts it, else as the provider does.
fn reasoning(ledger: &Sums, billed: Option<&Sums>) -> Amount {
    let of_bill = billed.map_or(Amount::ZERO, |billed| billed.reasoning);
    if ledger.reasoning.is_zero() { of_bill } else { ledger.reasoning }
}

pub(in crate::reconcile::cause) const WAYS: &[Way] = &[
    Way {
        probe: Probe::Reasoning,
        name: "missed",
        recorded: |l| l.list,
        right: |l, billed| l.list.plus(reasoning(l, billed)),
    },
    Way {
        probe: Probe::Reasoning,
        name: "twice",
        recorded: |l| l.list,
        right: |l, billed| l.list.minus(reasoning(l, billed)),
    },
];

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let how = if scene.detail == Detail::Way("twice") {
        "holds the reasoning tokens of"
    } else {
        "lacks the reasoning tokens of"
    };
    let end = if scene.detail == Detail::Way("twice") { " twice" } else { "" };
    Told::only(format!("The ledger's output {how} {}{end} {}.", scene.model(), scene.when()))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn reasoning_tokens_left_out_of_the_output_are_missed() {
        for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
            let why = Months::plain(shape).ledger_each(|row| row.output -= row.reasoning).why();
            assert_only(&why, &[Probe::Reasoning]);
            assert!(why.findings[0].sentence.contains("lacks"));
        }
    }

    #[test]
    fn reasoning_tokens_added_to_an_output_that_has_them_are_there_twice() {
        let why = Months::plain(Bill::Models).ledger_each(|row| row.output += row.reasoning).why();
        assert_only(&why, &[Probe::Reasoning]);
        assert!(why.findings[0].sentence.ends_with("twice from 2026-01-01 to 2026-01-31."));
    }
}
