//! Whole processes, measured by what the operating system says of them when
//! they end: wall time and peak memory.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// One run of a program.
#[derive(Clone, Copy)]
pub struct Run {
    pub wall: Duration,
    /// Peak resident memory in KiB.
    pub peak: u64,
}

/// Runs a command to its end; `allowed` are the exit codes that are no
/// failure. Its output is thrown away, what it says of errors is not.
pub fn run(command: &mut Command, allowed: &[i32]) -> Result<Run, String> {
    let what = format!("{command:?}");
    let start = Instant::now();
    let child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().map_err(|error| format!("{what}: {error}"))?;
    let (status, peak) = wait(child.id() as i32).map_err(|error| format!("{what}: {error}"))?;
    let wall = start.elapsed();
    match status.code() {
        Some(code) if allowed.contains(&code) => Ok(Run { wall, peak }),
        _ => Err(format!("{what} ended with {status}")),
    }
}

/// Waits for one child and takes its own peak memory with it: the figure of
/// all children together would keep the greatest of all runs so far.
pub fn wait(process: i32) -> std::io::Result<(ExitStatus, u64)> {
    let mut status = 0;
    // SAFETY: `rusage` is plain numbers, for which all zeros are valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to values that outlive the call.
        let found = unsafe { libc::wait4(process, &raw mut status, 0, &raw mut usage) };
        if found == process {
            return Ok((ExitStatus::from_raw(status), usage.ru_maxrss as u64));
        }
        let error = std::io::Error::last_os_error();
        if error.kind() != std::io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// The runs of one contender.
#[derive(Default)]
pub struct Runs(pub Vec<Run>);

impl Runs {
    pub fn median(&self) -> Duration {
        let mut walls: Vec<Duration> = self.0.iter().map(|run| run.wall).collect();
        walls.sort_unstable();
        walls.get(walls.len() / 2).copied().unwrap_or_default()
    }

    pub fn peak_mib(&self) -> u64 {
        self.0.iter().map(|run| run.peak).max().unwrap_or_default() / 1024
    }

    /// Of run against run, since a machine's speed drifts from one to the next.
    pub fn ratio(&self, peer: &Self) -> Option<f64> {
        let pairs = self.0.iter().zip(&peer.0).filter(|(_, peer)| !peer.wall.is_zero());
        let mut ratios: Vec<f64> = pairs.map(|(own, peer)| own.wall.as_secs_f64() / peer.wall.as_secs_f64()).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied()
    }
}

/// Reads a file once, so that the first contender does not pay for the disk.
pub fn warm(path: &Path) {
    if let Ok(mut file) = std::fs::File::open(path) {
        let _ = std::io::copy(&mut file, &mut std::io::sink());
    }
}
