//! How far a month is read: what has come of it, and the time that is left.

use std::time::Duration;

/// How far the month is.
pub enum Stage {
    Loading(Progress),
    Ready,
    /// It could not be loaded; the sentence says why.
    Failed(String),
}

#[derive(Debug, Clone, Default)]
pub struct Progress {
    pub bytes: u64,
    pub of_bytes: u64,
    pub rows: u64,
    pub elapsed: Duration,
    /// Bytes taken into the book, and how many that will be; `None` once they
    /// are read.
    pub taking_in: Option<(u64, u64)>,
    /// When reading began.
    pub began: Duration,
    pub first_rows: Vec<[String; 5]>,
    pub comparing: bool,
    pub cancelled: bool,
}

impl Progress {
    /// Whole seconds left, by the pace so far; `None` until there is one.
    pub fn seconds_left(&self) -> Option<u64> {
        let (bytes, of_bytes) = self.taking_in.unwrap_or((self.bytes, self.of_bytes));
        let since = if self.taking_in.is_some() { Duration::ZERO } else { self.began };
        let millis = u64::try_from(self.elapsed.saturating_sub(since).as_millis()).unwrap_or(u64::MAX);
        if bytes == 0 || of_bytes <= bytes || millis < 200 {
            return None;
        }
        let left = u128::from(millis) * u128::from(of_bytes - bytes) / u128::from(bytes);
        Some(u64::try_from(left / 1_000 + 1).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_follows_the_pace_so_far() {
        let progress = |bytes, millis| Progress {
            bytes,
            of_bytes: 1_000,
            elapsed: Duration::from_millis(millis),
            ..Progress::default()
        };
        assert_eq!(progress(0, 1_000).seconds_left(), None);
        assert_eq!(progress(250, 1_000).seconds_left(), Some(4));
        assert_eq!(progress(1_000, 1_000).seconds_left(), None);
        assert_eq!(Progress { of_bytes: u64::MAX, ..progress(1, 5_000) }.seconds_left(), Some(u64::MAX));
    }
}
