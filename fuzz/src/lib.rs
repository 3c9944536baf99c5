//! What the programs in `fuzz_targets` share.

mod targets;

pub use targets::run;

/// Makes the fuzzer's own thread the only one of the pool: handing work to
/// another takes far longer than reading a few rows.
///
/// # Panics
/// When the pool is there already.
pub fn prepare() {
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global().expect("no pool so far");
}
