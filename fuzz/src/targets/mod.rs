//! What is asked of every reader, whatever its bytes are. A fuzzer feeds these
//! functions through the programs in `fuzz_targets`; `tests/corpus.rs` feeds
//! them the inputs that are kept, as an ordinary test.
//!
//! Each returns quietly for any bytes, well-formed or not, and panics when the
//! reader does or breaks a promise of its documentation.

mod files;
mod texts;

use files::{detection, litellm, mapped, of_format};
use trueup::usage::Side::{Bill, Ledger};

/// What a target's name stands for.
pub type Target = fn(&[u8]);

/// Every target: the formats of bills and ledgers under their own names, then
/// what else is read.
pub const TARGETS: [(&str, Target); 26] = [
    ("chatgpt-credits", |bytes| of_format("chatgpt-credits", &[Bill], bytes)),
    ("chatgpt-credit-log", |bytes| of_format("chatgpt-credit-log", &[Bill], bytes)),
    ("platform-cost", |bytes| of_format("platform-cost", &[Bill], bytes)),
    ("platform-cost-2024", |bytes| of_format("platform-cost-2024", &[Bill], bytes)),
    ("platform-usage", |bytes| of_format("platform-usage", &[Bill], bytes)),
    ("platform-empty", |bytes| of_format("platform-empty", &[Bill], bytes)),
    // The same two formats as pages of the admin API.
    ("cost-pages", |bytes| of_format("platform-cost", &[Bill], bytes)),
    ("usage-pages", |bytes| of_format("platform-usage", &[Bill], bytes)),
    ("openrouter", |bytes| of_format("openrouter", &[Bill, Ledger], bytes)),
    ("batch-output", |bytes| of_format("batch-output", &[Bill], bytes)),
    ("requests", |bytes| of_format("requests", &[Bill, Ledger], bytes)),
    ("token-usage", |bytes| of_format("token-usage", &[Ledger], bytes)),
    ("litellm", litellm),
    ("pipeline-runs", |bytes| of_format("pipeline-runs", &[Ledger], bytes)),
    ("agent-posts", |bytes| of_format("agent-posts", &[Ledger], bytes)),
    ("codex-rollout", |bytes| of_format("codex-rollout", &[Ledger], bytes)),
    ("credit-ledger", |bytes| of_format("credit-ledger", &[Ledger], bytes)),
    ("column-map", mapped),
    ("detection", detection),
    ("pricing", texts::pricing),
    ("projects", texts::projects),
    ("subsidies", texts::subsidies),
    ("config", texts::config),
    ("subsidy-state", texts::subsidy_state),
    ("filter", texts::filter),
    ("price-table", texts::price_table),
];

/// Gives a target its bytes.
///
/// # Panics
/// When there is no such target; and when the reader breaks a promise.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, target) = target.unwrap_or_else(|| panic!("there is no target {name}"));
    target(bytes);
}
