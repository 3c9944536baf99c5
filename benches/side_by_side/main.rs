//! How fast and how small, side by side with what people would use instead, in
//! one run on one machine: what counts is the ratio, since seconds say more
//! about the machine.
//!
//! `cargo bench --bench side_by_side -- [ROWS,...] [--runs N] [--python PATH]
//! [--keep DIR] [--only PART]`; without rows: 10k, 100k and 1M. The peers need
//! a Python with `duckdb` and `polars`; without one they are left out, and it
//! says so. Prints the tables of the README.

mod measure;
mod month;
mod screen;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use measure::{Run, Runs, run, warm};

/// What one command line asks for.
struct Settings {
    rows: Vec<u64>,
    runs: usize,
    python: String,
    keep: Option<PathBuf>,
    only: Option<String>,
}

fn settings() -> Result<Settings, String> {
    let mut found = Settings {
        rows: Vec::new(),
        runs: 5,
        python: std::env::var("PYTHON").unwrap_or_else(|_| "python3".into()),
        keep: None,
        only: None,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            // What `cargo bench` adds by itself.
            "--bench" => {}
            "--runs" => found.runs = value()?.parse().map_err(|_| "--runs is a number".to_owned())?,
            "--python" => found.python = value()?,
            "--keep" => found.keep = Some(value()?.into()),
            "--only" => found.only = Some(value()?),
            rows => {
                for part in rows.split(',') {
                    found.rows.push(part.replace('_', "").parse().map_err(|_| format!("{part} is no number of rows"))?);
                }
            }
        }
    }
    if found.rows.is_empty() {
        found.rows = vec![10_000, 100_000, 1_000_000];
    }
    Ok(found)
}

fn main() -> ExitCode {
    match settings().and_then(|settings| measure_all(&settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The parts that `--only` knows.
const PARTS: [&str; 5] = ["csv", "summary", "jsonl", "convert", "screen"];

fn measure_all(settings: &Settings) -> Result<(), String> {
    if let Some(only) = settings.only.as_deref().filter(|only| !PARTS.contains(only)) {
        return Err(format!("--only knows {}; not {only}", PARTS.join(", ")));
    }
    let has = |module: &str| {
        let asked = Command::new(&settings.python)
            .args(["-c", &format!("import {module}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let there = asked.is_ok_and(|status| status.success());
        if !there {
            println!("{} has no {module}; its rows are left out (pip install {module}).", settings.python);
        }
        there
    };
    let peers = Peers { python: settings.python.clone(), duckdb: has("duckdb"), polars: has("polars") };
    let temp = tempfile::tempdir().map_err(|error| error.to_string())?;
    let root = settings.keep.clone().unwrap_or_else(|| temp.path().to_owned());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    println!("{cores} cores, median wall time of {} runs, peak memory, ratio run against run", settings.runs);
    println!();
    println!("| rows | what | trueup | peak | DuckDB | peak | ratio | Polars | peak | ratio |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let mut screens = Vec::new();
    for rows in settings.rows.iter().copied() {
        let dir = root.join(rows.to_string());
        make(rows, &dir)?;
        for part in PARTS.iter().filter(|part| settings.only.as_deref().is_none_or(|only| only == **part)) {
            if *part == "screen" {
                screens.push((rows, screen::measure(&program(), &dir)?));
            } else {
                compare(part, rows, &dir, settings.runs, &peers)?;
            }
        }
        if settings.keep.is_none() {
            std::fs::remove_dir_all(&dir).map_err(|error| error.to_string())?;
        }
    }
    if !screens.is_empty() {
        screen::print(&screens);
    }
    Ok(())
}

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_trueup"))
}

/// Makes the files of a size unless they stand there from an earlier run.
fn make(rows: u64, dir: &Path) -> Result<(), String> {
    if dir.join("complete").exists() {
        return Ok(());
    }
    let made = std::fs::create_dir_all(dir)
        .and_then(|()| month::requests(rows, dir))
        .and_then(|()| month::credits(rows, dir))
        .and_then(|()| std::fs::write(dir.join("complete"), ""));
    made.map_err(|error| format!("{}: {error}", dir.display()))
}

struct Peers {
    python: String,
    duckdb: bool,
    polars: bool,
}

impl Peers {
    fn script(&self, name: &str) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers").join(name));
        command
    }
}

/// One row of the table: the contenders in turn, so that a slow moment of the
/// machine meets all of them.
fn compare(part: &str, rows: u64, dir: &Path, runs: usize, peers: &Peers) -> Result<(), String> {
    let (export, out) = (dir.join("export.csv"), dir.join("out.csv"));
    let ledger = dir.join(if part == "jsonl" { "ledger.jsonl" } else { "ledger.csv" });
    let own = |number: usize| -> Result<Run, String> {
        let mut command = Command::new(program());
        command.env("RAYON_NUM_THREADS", "0").stderr(Stdio::null());
        if part == "convert" {
            // A fresh folder each time: a second conversion of a month is less work.
            let state = dir.join(format!("convert-{number}"));
            std::fs::create_dir_all(&state).map_err(|error| error.to_string())?;
            for (flag, file) in
                [("--input", "credits.csv"), ("--pricing", "pricing.json"), ("--projects", "projects.json")]
            {
                command.arg(flag).arg(dir.join(file));
            }
            command.arg("--subsidies").arg(dir.join("subsidies.json"));
            command.arg("--state").arg(state.join("state.json")).arg("--output").arg(state.join("out.csv"));
            let mut args = Command::new(program());
            args.arg("convert").args(command.get_args()).stderr(Stdio::null());
            let found = run(&mut args, &[0]);
            std::fs::remove_dir_all(&state).map_err(|error| error.to_string())?;
            return found;
        }
        command.arg("reconcile").arg("--book").arg(dir.join("book")).arg("--bill").arg(&export);
        command.arg("--ledger").arg(&ledger);
        if part != "summary" {
            command.args(["--format", "csv", "--output"]).arg(&out);
        }
        run(&mut command, &[0, 1])
    };
    let peer = |name: &str| -> Result<Run, String> {
        let mut command;
        if part == "convert" {
            command = peers.script("duckdb_convert.py");
            command.arg(dir);
        } else {
            command = peers.script(name);
            command.arg(if part == "summary" { "summary" } else { "rows" }).arg(&export).arg(&ledger);
        }
        run(command.arg(&out), &[0])
    };
    std::fs::create_dir_all(dir.join("book")).map_err(|error| error.to_string())?;
    for file in [&export, &ledger, &dir.join("credits.csv")] {
        warm(file);
    }
    let (mut ours, mut duckdb, mut polars) = (Runs::default(), Runs::default(), Runs::default());
    for number in 0..runs {
        ours.0.push(own(number)?);
        if peers.duckdb {
            duckdb.0.push(peer("duckdb_join.py")?);
        }
        if peers.polars && part != "convert" {
            polars.0.push(peer("polars_join.py")?);
        }
    }
    let what = match part {
        "csv" => "reconcile, all rows written",
        "summary" => "reconcile, summary",
        "jsonl" => "the same from a JSONL ledger",
        _ => "convert",
    };
    let cells = |runs: &Runs| match runs.0.is_empty() {
        true => "| | |".to_owned(),
        false => {
            let ratio = ours.ratio(runs).map_or_else(String::new, |ratio| format!("{ratio:.2}"));
            format!("{:.2} s | {} MiB | {ratio} |", runs.median().as_secs_f64(), runs.peak_mib())
        }
    };
    println!(
        "| {rows} | {what} | {:.2} s | {} MiB | {} {}",
        ours.median().as_secs_f64(),
        ours.peak_mib(),
        cells(&duckdb),
        cells(&polars)
    );
    let _ = std::fs::remove_file(&out);
    Ok(())
}
