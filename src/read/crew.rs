//! Parts of a file parsed on several threads, and what became of them taken in
//! the order of the file. Nobody waits for anybody: a thread that has parsed a
//! part and finds that it is the next one takes it and all that follow it,
//! unless another thread is at that already.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// Parsed parts, for each thread, that may wait for one before them. Beyond
/// that a thread waits until they are taken, for they take memory.
const MOST_WAITING: usize = 2;

/// Where parts come from; no more after the first error.
struct Source<Next> {
    next: Next,
    given: u64,
    ended: bool,
}

/// Where they go, in their order; no more after the first error.
struct Sink<Take> {
    take: Take,
    taken: u64,
    failed: bool,
}

struct Crew<Parsed, Next, Take> {
    source: Mutex<Source<Next>>,
    waiting: Mutex<BTreeMap<u64, Parsed>>,
    most_waiting: usize,
    sink: Mutex<Sink<Take>>,
}

/// Parses all parts that `next` gives, on this thread and others, one for each
/// of `scratches`. The first error, of `take` or else of `next`, ends it; what
/// was parsed by then is still taken.
///
/// # Errors
/// That one.
pub(super) fn work<Part, Parsed: Send, Scratch: Send, Error: Send>(
    scratches: Vec<Scratch>,
    next: impl FnMut() -> Result<Option<Part>, Error> + Send,
    parse: impl Fn(&Part, &mut Scratch) -> Parsed + Sync,
    take: impl FnMut(Parsed) -> Result<(), Error> + Send,
) -> Result<(), Error> {
    let crew = Crew {
        source: Mutex::new(Source { next, given: 0, ended: false }),
        waiting: Mutex::new(BTreeMap::new()),
        most_waiting: MOST_WAITING * scratches.len(),
        sink: Mutex::new(Sink { take, taken: 0, failed: false }),
    };
    let (crew, parse) = (&crew, &parse);
    let mut scratches = scratches.into_iter();
    let own = scratches.next();
    let (taken, given) = thread::scope(|scope| {
        let others: Vec<_> = scratches.map(|scratch| scope.spawn(move || crew.member(scratch, parse))).collect();
        let mut results: Vec<_> = own.map(|scratch| crew.member(scratch, parse)).into_iter().collect();
        for other in others {
            match other.join() {
                Ok(result) => results.push(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        // Who parsed the last part may have found another at the sink.
        results.push((crew.hand_over(true), Ok(())));
        results.into_iter().unzip::<_, _, Vec<_>, Vec<_>>()
    });
    taken.into_iter().chain(given).collect()
}

impl<Parsed, Next, Take> Crew<Parsed, Next, Take> {
    /// What one thread does: gives the errors it met at the sink and the source.
    fn member<Part, Scratch, Error>(
        &self,
        mut scratch: Scratch,
        parse: &impl Fn(&Part, &mut Scratch) -> Parsed,
    ) -> (Result<(), Error>, Result<(), Error>)
    where
        Next: FnMut() -> Result<Option<Part>, Error>,
        Take: FnMut(Parsed) -> Result<(), Error>,
    {
        loop {
            let (number, part) = match self.next() {
                Ok(Some(part)) => part,
                Ok(None) => return (Ok(()), Ok(())),
                Err(error) => return (Ok(()), Err(error)),
            };
            let parsed = parse(&part, &mut scratch);
            drop(part);
            let waiting = {
                let mut waiting = lock(&self.waiting);
                waiting.insert(number, parsed);
                waiting.len()
            };
            if let Err(error) = self.hand_over(waiting > self.most_waiting) {
                lock(&self.source).ended = true;
                return (Err(error), Ok(()));
            }
        }
    }

    /// The next part and its number.
    fn next<Part, Error>(&self) -> Result<Option<(u64, Part)>, Error>
    where
        Next: FnMut() -> Result<Option<Part>, Error>,
    {
        let mut source = lock(&self.source);
        if source.ended {
            return Ok(None);
        }
        let part = (source.next)();
        source.ended = !matches!(part, Ok(Some(_)));
        source.given += 1;
        Ok(part?.map(|part| (source.given - 1, part)))
    }

    /// Takes what is next; where another thread does that, it will not be
    /// waited for unless `patient`.
    fn hand_over<Error>(&self, patient: bool) -> Result<(), Error>
    where
        Take: FnMut(Parsed) -> Result<(), Error>,
    {
        let sink = if patient { Some(lock(&self.sink)) } else { self.sink.try_lock().ok() };
        let Some(mut sink) = sink.filter(|sink| !sink.failed) else { return Ok(()) };
        loop {
            let Some(parsed) = lock(&self.waiting).remove(&sink.taken) else { return Ok(()) };
            sink.taken += 1;
            if let Err(error) = (sink.take)(parsed) {
                sink.failed = true;
                return Err(error);
            }
        }
    }
}

/// A thread that panicked ends the whole run, so what it left is never used.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(parts: u32, fails_at: Option<u32>, refused: Option<u32>) -> (Result<(), String>, Vec<u32>) {
        let (mut given, mut taken) = (0, Vec::new());
        let next = || {
            given += 1;
            match fails_at == Some(given) {
                true => Err(format!("no part {given}")),
                false => Ok((given <= parts).then_some(given)),
            }
        };
        let parse = |part: &u32, seen: &mut u32| {
            *seen += 1;
            // Some take long, so that others overtake them.
            if part.is_multiple_of(5) {
                thread::sleep(std::time::Duration::from_millis(1));
            }
            *part
        };
        let take = |part: u32| {
            taken.push(part);
            if refused == Some(part) { Err(format!("not {part}")) } else { Ok(()) }
        };
        let result = work(vec![0; 4], next, parse, take);
        (result, taken)
    }

    #[test]
    fn every_part_is_taken_once_and_in_order() {
        for parts in [0, 1, 2, 50] {
            assert_eq!(run(parts, None, None), (Ok(()), (1..=parts).collect()));
        }
    }

    #[test]
    fn the_first_error_ends_it_and_what_was_parsed_before_is_taken() {
        let (result, taken) = run(50, Some(20), None);
        assert_eq!((result, taken), (Err("no part 20".to_owned()), (1..20).collect()));
        let (result, taken) = run(50, None, Some(7));
        assert_eq!((result, taken), (Err("not 7".to_owned()), (1..=7).collect()));
        assert_eq!(run(50, Some(8), Some(7)).0, Err("not 7".to_owned()));
    }
}
