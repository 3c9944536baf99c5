//! Feeds every reader the inputs that are kept for fuzzing, `fuzz/corpus` and
//! `fuzz/regressions`, and files made to be large in a bad way. Bounds what
//! reading them may take: counted in bytes allocated at a time, so that it is
//! the same on every machine. What takes more than a small multiple of its
//! bytes in time does not end here either.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use proptest::prelude::*;
use trueup::read::{Content, Input, Quiet, formats, read};
use trueup::usage::{Names, Side};

#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

use targets::{TARGETS, run};

/// Counts what is allocated at a time, by all threads.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: all work is the system allocator's; the counts touch no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(NOW.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
}

/// Only one test at a time can be counted. Before the first, whatever is made
/// once and kept is made.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    let alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    run("detection", b"id,timestamp,model,total_tokens,cost\nr,2026-01-05,m,1,1\n");
    run("pricing", b"{}");
    alone
}

/// The most that was allocated at a time while something ran, beyond what was
/// before.
fn peak_of(work: impl FnOnce()) -> usize {
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    work();
    PEAK.load(Relaxed).saturating_sub(before)
}

/// What reading so many bytes may take, beside the blocks that are under way.
const fn most(bytes: usize) -> usize {
    64 * bytes + (4 << 20)
}

/// What is kept of a row that cannot be read.
const BAD_ROW: usize = 640;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// Files of a folder in their order; none where it is missing.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn every_input_that_is_kept_is_read_again_within_bounds() {
    let _alone = alone();
    let mut wrong = Vec::new();
    for (target, _) in TARGETS {
        for file in
            [files(&fuzz().join("corpus").join(target)), files(&fuzz().join("regressions").join(target))].concat()
        {
            let bytes = fs::read(&file).unwrap();
            let mut sound = false;
            let peak = peak_of(|| sound = catch_unwind(|| run(target, &bytes)).is_ok());
            if !sound {
                wrong.push(format!("{}: see above", file.display()));
            } else if peak > most(bytes.len()) {
                wrong.push(format!("{}: {peak} bytes of memory for {}", file.display(), bytes.len()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_reader_has_a_target_with_a_program_and_seeds() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for format in formats() {
        assert!(targets.contains(format.name), "{} is not fuzzed", format.name);
    }
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for target in &targets {
        let program = format!("fuzz_targets/{}.rs", target.replace('-', "_"));
        assert!(manifest.contains(&format!("name = \"{target}\"\npath = \"{program}\"")), "{target} has no program");
        let text = fs::read_to_string(fuzz().join(program)).unwrap();
        assert!(text.contains(&format!("run(\"{target}\", bytes)")), "the program of {target} is another's");
        assert!(!files(&fuzz().join("corpus").join(target)).is_empty(), "{target} has no seeds");
    }
    let mut size = 0;
    for kept in ["corpus", "regressions"] {
        for folder in files(&fuzz().join(kept)) {
            assert!(targets.contains(&name(&folder)), "{} is of no target", folder.display());
            size += files(&folder).iter().map(|file| fs::metadata(file).unwrap().len()).sum::<u64>();
        }
    }
    assert!(size < 300_000, "{size} bytes are kept: leave out what no longer shows anything");
}

/// A file read as it is, once.
fn read_one(side: Side, format: Option<&str>, bytes: &[u8]) -> Result<usize, String> {
    let input = Input {
        path: "x".into(),
        side,
        format: format.map(Into::into),
        append: false,
        added: 0,
        bytes: bytes.len() as u64,
        hash: false,
        content: Content::anywhere(bytes.to_vec()),
    };
    let read = read(vec![input], &mut Names::default(), &Quiet).map_err(|error| error.to_string())?;
    Ok(read.bad_rows.len())
}

/// A file of so many bytes or a little more: a beginning, something over and
/// over, an end.
fn long(size: usize, begin: &str, piece: impl Fn(usize) -> String, end: &str) -> Vec<u8> {
    let mut text = begin.to_owned();
    let mut number = 0;
    while text.len() < size {
        text.push_str(&piece(number));
        number += 1;
    }
    (text + end).into_bytes()
}

#[test]
fn a_large_file_that_is_bad_all_over_takes_a_small_multiple_of_its_size() {
    const REQUESTS: &str = "id,timestamp,model,total_tokens,cost\n";
    const SIZE: usize = 150_000;
    let x = "x".repeat(SIZE / 2);
    let event = |id: &str| {
        format!(r#"{{"event_id":"{id}","type":"COSTS","payload":{{"day":"2026-06-10","measures":{{"billing":["#)
    };
    let count = |n: usize| {
        format!(
            r#"{{"timestamp":"2026-07-28T00:00:00Z","type":"event_msg","payload":{{"type":"token_count","info":{{"total_token_usage":{{"input_tokens":{}}}}}}}}}"#,
            n + 1
        ) + "\n"
    };
    let session = format!(r#"{{"timestamp":"x","type":"session_meta","payload":{{"id":"{x}"}}}}"#) + "\n";
    let ledger = r#"{"created_at":"2026-01-05","model_used":"m","tokens_used":1,"calculated_cost_cents":1,""#;
    let same = |piece: &'static str| move |_: usize| piece.to_owned();
    let cases: [(&str, Side, Option<&str>, Vec<u8>); 20] = [
        ("rows of one letter", Side::Bill, None, long(SIZE, REQUESTS, same("x\n"), "")),
        ("blank rows", Side::Bill, None, long(SIZE, REQUESTS, same("\n"), "")),
        ("good rows", Side::Bill, None, long(SIZE, REQUESTS, |n| format!("r{n},2026-01-05,m{n},1,1\n"), "")),
        ("a header of commas", Side::Bill, None, long(SIZE, "id", same(","), "\n")),
        ("a row of commas", Side::Bill, None, long(SIZE, &format!("{REQUESTS}\"\""), same(","), "\n")),
        ("a quote that swallows the file", Side::Bill, None, long(SIZE, &format!("{REQUESTS}\""), same("\n"), "")),
        ("an object of keys", Side::Bill, None, long(SIZE, "{", |n| format!("\"k{n}\":1,"), "\"z\":1}\n")),
        (
            "keys under a long one",
            Side::Ledger,
            None,
            long(SIZE, &format!("{ledger}{x}\":{{"), |n| format!("\"k{n}\":1,"), "\"z\":1}}\n"),
        ),
        ("lists in lists", Side::Ledger, None, long(SIZE, &format!("{ledger}a\":"), same("["), "")),
        (
            "a long id of many things billed",
            Side::Bill,
            Some("chatgpt-credit-log"),
            long(SIZE, &event(&x), same(r#"{"sku":"c","cost":{"value":1,"unit":"CREDITS"}},"#), "7]}}}\n"),
        ),
        ("things billed that are none", Side::Bill, None, long(SIZE, &event("e"), same("7,"), "7]}}}\n")),
        ("a long name of a session", Side::Ledger, None, long(SIZE, &session, count, "")),
        (
            "pages that never get anywhere",
            Side::Bill,
            None,
            long(SIZE, r#"{"object":"page""#, same(r#","data":[]"#), "}"),
        ),
        ("empty pages", Side::Bill, None, long(SIZE, r#"{"object":"page"}"#, same("{}"), "")),
        ("buckets that are none", Side::Bill, None, long(SIZE, r#"{"data":["#, same("{},"), "{}]}")),
        (
            "results that are none",
            Side::Bill,
            None,
            long(
                SIZE,
                r#"{"data":[{"start_time":1,"end_time":86401,"results":[{"amount":{"value":1}}"#,
                same(",1"),
                "]}]}",
            ),
        ),
        (
            "a bucket with a long time",
            Side::Bill,
            Some("platform-cost"),
            long(
                SIZE,
                &format!(
                    r#"{{"data":[{{"start_time":1781395200.{},"end_time":1781481600,"results":["#,
                    "0".repeat(SIZE / 2)
                ),
                same(r#"{"amount":{"value":1}},"#),
                "{}]}]}",
            ),
        ),
        ("a page that opens lists", Side::Bill, None, long(SIZE, r#"{"object":"page","data":"#, same("["), "")),
        (
            "days far apart",
            Side::Bill,
            None,
            long(
                SIZE,
                "start_time,end_time\n",
                |n| format!("{},{}\n", 1_000_000_000 + n * 3, 1_000_000_001 + n * 3),
                "",
            ),
        ),
        ("bytes that are no text", Side::Bill, None, long(SIZE, REQUESTS, same("\u{1},\u{0}\n"), "")),
    ];
    let _alone = alone();
    let mut wrong = Vec::new();
    for (what, side, format, bytes) in cases {
        let mut bad = 0;
        let peak = peak_of(|| bad = read_one(side, format, &bytes).unwrap_or(0));
        if peak > most(bytes.len()) + BAD_ROW * bad {
            wrong.push(format!("{what}: {peak} bytes of memory for {} and {bad} bad rows", bytes.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_with_nothing_but_bad_rows_is_refused_before_they_fill_the_memory() {
    let _alone = alone();
    let bytes = long(3_000_000, "id,timestamp,model,total_tokens,cost\nr,2026-01-05,m,1,1\n", |_| "x\n".into(), "");
    let mut said = String::new();
    let peak = peak_of(|| said = read_one(Side::Bill, None, &bytes).unwrap_err());
    assert_eq!(
        said,
        "x:3: is the first of more than 100,000 rows that cannot be read (row: has 1 cell where the header has 5); \
         correct the file, or check what it is"
    );
    assert!(peak < most(bytes.len()) / 2, "{peak} bytes of memory");
}

/// The kept files of all formats, each with its target.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let of_target = |(target, _): (&'static str, targets::Target)| {
        files(&fuzz().join("corpus").join(target)).into_iter().map(move |file| (target, fs::read(file).unwrap()))
    };
    TARGETS.into_iter().flat_map(of_target).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// A piece taken out, another one put in several times, and the rest cut off.
    #[test]
    fn damage_to_any_file_breaks_no_promise_and_takes_no_more(
        which in any::<proptest::sample::Index>(),
        from in any::<proptest::sample::Index>(),
        taken in 0usize..40,
        copied in 0usize..400,
        times in 1usize..30,
        byte in any::<u8>(),
        cut in any::<proptest::sample::Index>(),
    ) {
        let samples = samples();
        let (target, sample) = which.get(&samples);
        let at = from.index(sample.len());
        let piece = &sample[at..sample.len().min(at + copied)];
        let mut bytes = [&sample[..at], &piece.repeat(times), &[byte], &sample[sample.len().min(at + taken)..]].concat();
        if byte % 2 == 0 {
            bytes.truncate(1 + cut.index(bytes.len()));
        }
        let _alone = alone();
        let peak = peak_of(|| run(target, &bytes));
        // The target reads it up to five times and keeps what two of them said.
        prop_assert!(peak < 4 * most(bytes.len()), "{target}: {peak} bytes of memory for {}", bytes.len());
    }
}
