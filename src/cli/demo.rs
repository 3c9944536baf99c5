//! `trueup demo`: a sample month that is inside the program.

use std::path::{Path, PathBuf};

use super::args::Demo;
use super::{Ended, Failure, output, review};
use crate::desk::{InputSpec, SessionOptions};
use crate::usage::Side;

macro_rules! sample {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../sample-data/", $name)) as &[u8])),*]
    };
}

const FILES: &[(&str, &[u8])] = sample![
    "openai_requests_2026-01.csv",
    "token_usage_2026-01.csv",
    "token_usage_2026-01_part2.jsonl",
    "chatgpt_edu_credits_2026-01.csv",
    "credit_ledger_2026-01.csv",
    "pricing.json",
    "projects.json",
    "subsidies.json",
    "subsidy_state.json",
    "broken_rows.csv",
];

const BILLS: [&str; 2] = ["openai_requests_2026-01.csv", "chatgpt_edu_credits_2026-01.csv"];
const LEDGERS: [&str; 3] = ["token_usage_2026-01.csv", "token_usage_2026-01_part2.jsonl", "credit_ledger_2026-01.csv"];

pub fn run(args: &Demo) -> Result<Ended, Failure> {
    if !args.unpack_only {
        review::check_terminal()?;
    }
    let dir = unpack(args.dir.as_deref())?;
    if args.unpack_only {
        return output::to_stdout(format!("{}\n", dir.display()).as_bytes());
    }
    let spec = |name: &&str, side| InputSpec { path: dir.join(name), side, format: None, append: false };
    let mut inputs: Vec<InputSpec> = BILLS.iter().map(|name| spec(name, Side::Bill)).collect();
    inputs.extend(LEDGERS.iter().map(|name| spec(name, Side::Ledger)));
    let options = SessionOptions { dir: dir.clone(), inputs, month: None, read_only: false, no_copy: false };
    let ended = review::open(review::Asked { options, rows: false, grain: None, tour: args.tour }, &args.screen)?;
    output::page(&format!(
        "The sample month is in {0}; open it again with: trueup review --book {0}\n",
        dir.display()
    ))?;
    Ok(ended)
}

/// Writes the sample into a folder that is new, or that already holds it.
fn unpack(dir: Option<&Path>) -> Result<PathBuf, Failure> {
    let cannot = |path: &Path, e: std::io::Error| Failure(format!("{} cannot be written: {e}.", path.display()));
    let dir = match dir {
        Some(dir) => {
            std::fs::create_dir_all(dir).map_err(|e| cannot(dir, e))?;
            dir.to_path_buf()
        }
        None => tempfile::Builder::new()
            .prefix("trueup-demo-")
            .tempdir()
            .map(tempfile::TempDir::keep)
            .map_err(|e| cannot(&std::env::temp_dir(), e))?,
    };
    for (name, bytes) in FILES {
        let path = dir.join(name);
        // A sample that was worked with is opened again as it is.
        if !path.exists() {
            std::fs::write(&path, bytes).map_err(|e| cannot(&path, e))?;
        }
    }
    Ok(dir)
}
