//! How long to wait before a request is made again, and when to give up. Pure:
//! the jitter comes from a seed, and nobody waits here.

use std::time::Duration;

use crate::calendar::{Day, Instant};

/// A page is asked for so many times.
pub const TRIES: u32 = 6;
/// The first wait; each further one is twice as long, up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
/// The longest a server is waited for that says how long.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// The waits between tries of all pages of a run.
#[derive(Debug, Clone)]
pub struct Backoff {
    state: u64,
}

impl Backoff {
    /// Equal seeds wait equally; different programs should not.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The wait behind a failed try, the first being 1; `None` when there is
    /// no further one. What the server asks for is waited in full, and a
    /// little longer, so that not everybody comes back at once; without it,
    /// half of a wait that doubles is certain and half is chance.
    pub fn wait(&mut self, failed: u32, asked: Option<Duration>) -> Option<Duration> {
        if failed >= TRIES || asked.is_some_and(|asked| asked > PATIENCE) {
            return None;
        }
        if let Some(asked) = asked {
            return Some(asked + self.up_to(asked / 10));
        }
        let whole = FIRST.saturating_mul(1 << failed.saturating_sub(1).min(16)).min(LONGEST);
        Some(whole / 2 + self.up_to(whole / 2))
    }

    fn up_to(&mut self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(if most == 0 { 0 } else { self.next() % (most + 1) })
    }

    /// SplitMix64: enough for jitter, and no crate.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// Reads a `Retry-After`: seconds, or a date as HTTP writes it (RFC 9110,
/// 10.2.3). `None` where it is neither.
pub fn retry_after(text: &str, now: Instant) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit are longer than anybody waits.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let micros = http_date(text)?.micros().saturating_sub(now.micros());
    Some(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn http_date(text: &str) -> Option<Instant> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text.split_once(", ")?.1.split(' ');
    let day: u32 = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let month = (1..).zip(MONTHS).find(|(_, month)| *month == name)?.0;
    let day = Day::from_ymd(parts.next()?.parse().ok()?, month, day)?;
    let time = parts.next()?;
    if parts.next() != Some("GMT") || parts.next().is_some() {
        return None;
    }
    Instant::parse(format!("{day}T{time}Z")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_seeds_wait_equally() {
        let waits = |seed| {
            let mut backoff = Backoff::new(seed);
            (1..TRIES).map(move |failed| backoff.wait(failed, None)).collect::<Vec<_>>()
        };
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }

    #[test]
    fn a_server_that_asks_for_too_much_is_not_waited_for() {
        let mut backoff = Backoff::new(1);
        assert!(backoff.wait(1, Some(PATIENCE)).is_some());
        assert_eq!(backoff.wait(1, Some(PATIENCE + Duration::from_secs(1))), None);
        assert_eq!(backoff.wait(1, retry_after("99999999999999999999999", Instant::from_seconds(0))), None);
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = Instant::parse("1994-11-06T08:49:07Z").unwrap();
        assert_eq!(retry_after(" 12 ", now), Some(Duration::from_secs(12)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(Duration::from_secs(30)));
        let past = retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now);
        assert_eq!(past, Some(Duration::ZERO), "a time that is over asks for no wait");
        for text in ["", "soon", "-1", "1.5", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET"] {
            assert_eq!(retry_after(text, now), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn waits_are_bounded_and_as_asked(seed: u64, failed in 1..TRIES, asked in proptest::option::of(0u64..=600)) {
            let wait = Backoff::new(seed).wait(failed, asked.map(Duration::from_secs)).unwrap();
            match asked {
                Some(asked) => prop_assert!(wait >= Duration::from_secs(asked) && wait <= Duration::from_secs(asked) * 11 / 10),
                None => {
                    let whole = (FIRST * (1 << (failed - 1))).min(LONGEST);
                    prop_assert!(wait >= whole / 2 && wait <= whole);
                }
            }
            prop_assert_eq!(Backoff::new(seed).wait(TRIES, None), None);
        }
    }
}
