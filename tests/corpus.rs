//! Feeds every reader the inputs that are kept for fuzzing, `fuzz/corpus` and
//! `fuzz/regressions`, and files made to be large in a bad way. Bounds what
//! reading them may take: counted in bytes allocated, so that it is the same on
//! every machine.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[path = "../fuzz/src/lib.rs"]
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

/// Only one test at a time can be counted.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The most that was allocated at a time while something ran, beyond what was
/// before.
fn peak_of(work: impl FnOnce()) -> usize {
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    work();
    PEAK.load(Relaxed).saturating_sub(before)
}
#[test]
fn adhoc() {
    let _alone = alone();
    run("requests", b"id,timestamp,model,total_tokens,cost\nr,2026-01-05,m,1,1\n");
    run("pricing", b"{}");
    let n = 200_000usize;
    let cases: Vec<(&str, &str, String)> = vec![
        ("requests", "two-byte bad rows", format!("id,timestamp,model,total_tokens,cost\n{}", "x\n".repeat(n))),
        ("requests", "blank rows", format!("id,timestamp,model,total_tokens,cost\n{}", "\n".repeat(n))),
        ("requests", "good rows", format!("id,timestamp,model,total_tokens,cost\n{}", "r,2026-01-05,m,1,1\n".repeat(n/8))),
        ("requests", "commas in header", format!("id,timestamp,model,total_tokens,cost{}\n", ",".repeat(n))),
        ("requests", "commas in row", format!("id,timestamp,model,total_tokens,cost\n{}\n", ",".repeat(n))),
        ("requests", "quoted commas in row", format!("id,timestamp,model,total_tokens,cost\n\"\"{}\n", ",".repeat(n))),
        ("detection", "keys", format!("{{{}\"z\":1}}\n", (0..n/10).map(|i| format!("\"k{i}\":1,")).collect::<String>())),
        ("detection", "keys inside a long one", format!("{{\"{}\":{{{}\"z\":1}}}}\n", "o".repeat(n/2), (0..n/40).map(|i| format!("\"k{i}\":1,")).collect::<String>())),
        ("token-usage", "keys inside a long one", format!("{{\"created_at\":\"2026-01-05\",\"model_used\":\"m\",\"tokens_used\":1,\"calculated_cost_cents\":1,\"{}\":{{{}\"z\":1}}}}\n", "o".repeat(n/2), (0..n/40).map(|i| format!("\"k{i}\":1,")).collect::<String>())),
        ("chatgpt-credit-log", "long id, many entries", format!("{{\"event_id\":\"{}\",\"type\":\"COSTS\",\"payload\":{{\"day\":\"2026-06-10\",\"measures\":{{\"billing\":[{}{{}}]}}}}}}\n", "o".repeat(n/2), "{\"sku\":\"c\",\"cost\":{\"value\":1,\"unit\":\"CREDITS\"}},".repeat(n/100))),
        ("chatgpt-credit-log", "empty entries", format!("{{\"event_id\":\"o\",\"type\":\"COSTS\",\"payload\":{{\"day\":\"2026-06-10\",\"measures\":{{\"billing\":[{}{{}}]}}}}}}\n", "7,".repeat(n/2))),
        ("cost-pages", "many data", format!("{{\"object\":\"page\",{}\"x\":1}}", "\"data\":[],".repeat(n/10))),
        ("cost-pages", "empty results", format!("{{\"object\":\"page\",\"data\":[{{\"start_time\":1,\"end_time\":86401,\"results\":[{{\"amount\":{{\"value\":1}}}},{}1]}}]}}", "1,".repeat(n/2))),
        ("cost-pages", "buckets", format!("{{\"object\":\"page\",\"data\":[{}]}}", "{},".repeat(n/3))),
        ("cost-pages", "pages", "{\"object\":\"page\"}".to_string() + &"{}".repeat(n/2)),
        ("cost-pages", "deep", "{\"object\":\"page\",\"data\":".to_string() + &"[".repeat(n)),
        ("detection", "deep", "{\"a\":".to_string() + &"[".repeat(n)),
        ("detection", "quote", format!("\"{}", "a\n".repeat(n/2))),
        ("platform-empty", "spans", format!("start_time,end_time\n{}", (0..n/10).map(|i| format!("{},{}\n", i*3, i*3+1)).collect::<String>())),
        ("codex-rollout", "session", format!("{{\"timestamp\":\"2026-07-28T00:00:00Z\",\"type\":\"session_meta\",\"payload\":{{\"id\":\"{}\"}}}}\n{}", "s".repeat(n/2), (1..n/400).map(|i| format!("{{\"timestamp\":\"2026-07-28T00:00:00Z\",\"type\":\"event_msg\",\"payload\":{{\"type\":\"token_count\",\"info\":{{\"total_token_usage\":{{\"input_tokens\":{i}}}}}}}}}\n")).collect::<String>())),
        ("filter", "terms", "a ".repeat(n/2)),
        ("filter", "stars", "*a".repeat(n/2)),
        ("filter", "commas", format!("model:{}a", "a,".repeat(n/2))),
        ("filter", "choice", format!("outcome:{}o*", "o*,".repeat(n/4))),
        ("price-table", "rows", format!("model_name,input_price_per_1m,output_price_per_1m\n{}", (0..n/200).map(|i| format!("m{i},1,1\n")).collect::<String>())),
        ("pricing", "lots", format!("{{\"credit_pools\":[{}]}}", (0..n/80).map(|i| format!("{{\"name\":\"a{i}\",\"credits_purchased\":1,\"purchase_amount\":1}}")).collect::<Vec<_>>().join(","))),
        ("pricing", "models", format!("{{\"models\":[{}]}}", (0..n/80).map(|i| format!("{{\"model\":\"a{i}\",\"input_per_1m\":1,\"output_per_1m\":1}}")).collect::<Vec<_>>().join(","))),
        ("config", "tables", (0..n/40).map(|i| format!("[columns.a{i}]\ntime='t'\nmodel='m'\ncost='c'\n")).collect::<String>()),
        ("config", "deep", format!("a={}", "[".repeat(n))),
        ("config", "dotted", format!("a{}=1", ".a".repeat(n/2))),
        ("projects", "users", format!("{{\"projects\":[{{\"project_id\":\"a\",\"pi_email\":\"a@x\",\"fund_org\":\"f\",\"users\":[{}]}}]}}", (0..n/20).map(|i| format!("{{\"email\":\"a{i}@x\"}}")).collect::<Vec<_>>().join(","))),
        ("subsidy-state", "deep", "[".repeat(n)),
    ];
    let only = std::env::var("ONLY").ok();
    for (target, what, text) in cases {
        if only.as_ref().is_some_and(|o| !what.contains(o.as_str())) { continue; }
        let start = std::time::Instant::now();
        let ok = std::cell::Cell::new(true);
        let peak = peak_of(|| ok.set(catch_unwind(|| run(target, text.as_bytes())).is_ok()));
        eprintln!("{target:20} {what:25} {:8} bytes peak {:10} = {:5}x {:?} {}", text.len(), peak, peak / text.len(), start.elapsed(), ok.get());
    }
}
