//! Writing to the cache costs a quarter more than other input, which the
//! ledger leaves out: the gap is what the writes cost beyond input.

use super::{Probe, Scene, Told, Way};

pub(in crate::reconcile::cause) const WAYS: &[Way] =
    &[Way { probe: Probe::CacheWrite, name: "premium", recorded: |l| l.list.minus(l.writes), right: |l, _| l.list }];

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!(
        "The ledger prices what {} wrote to the cache like other input {}: the premium of a write is missing.",
        scene.model(),
        scene.when()
    ))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn writes_at_the_price_of_input_lack_their_premium() {
        for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
            let mut month = Months::of(shape, &["gpt-5.6-sol"], 31);
            for row in month.bill.iter_mut().chain(&mut month.ledger) {
                row.written = 2_000 + row.output;
            }
            let why = month.ledger_each(|row| row.prices[2] = row.prices[0]).why();
            assert_only(&why, &[Probe::CacheWrite]);
        }
    }
}
