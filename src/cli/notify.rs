//! Handing a reconciliation to a command of the operator's when too much of it
//! is unexplained.

use std::io::{ErrorKind, Write};
use std::process::{Command, Stdio};

use super::Failure;
use super::args::Alert;
use crate::amount::Amount;
use crate::desk::text;

/// Runs the command when the unexplained amount, whatever its sign, is over
/// the limit. The command gets the JSON on its standard input; what it prints
/// goes to standard error, so that the program's own output stays whole.
///
/// # Errors
/// The command cannot be run, or says that it failed.
pub fn alert(
    asked: &Alert,
    unexplained: Amount,
    json: impl FnOnce() -> Result<Vec<u8>, Failure>,
) -> Result<(), Failure> {
    let (Some(limit), Some(command)) = (asked.alert_over, &asked.notify) else { return Ok(()) };
    if !is_over(unexplained, limit) {
        return Ok(());
    }
    let failed = |why: String| {
        Failure(format!(
            "{} are unexplained, and the alert did not reach anybody: the command of --notify {why}.",
            text::money(unexplained)
        ))
    };
    let json = json()?;
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(std::io::stderr())
        .spawn()
        .map_err(|error| failed(format!("cannot be started: {error}")))?;
    let written = match child.stdin.take() {
        Some(mut input) => input.write_all(&json),
        None => Ok(()),
    };
    let status = child.wait().map_err(|error| failed(format!("was lost: {error}")))?;
    if !status.success() {
        return Err(failed(match status.code() {
            // What the shell says of a command that it does not find.
            Some(127) => "is not there, or uses one that is not (the shell ended with 127)".into(),
            Some(code) => format!("ended with {code}"),
            None => "was stopped by a signal".into(),
        }));
    }
    // A command need not read all that it is given.
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(failed(format!("could not be given the figures: {error}")))
        }
        _ => Ok(()),
    }
}

/// Over it, not at it; a shortfall is as bad as an excess.
fn is_over(unexplained: Amount, limit: Amount) -> bool {
    unexplained.abs() > limit
}

// The command itself is tested from outside: a process started from the unit
// tests would for a moment share the locks that other tests hold.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_exclusive_and_has_no_sign() {
        let over = |unexplained, limit| is_over(Amount::parse(unexplained).unwrap(), Amount::parse(limit).unwrap());
        assert!(over("-5.01", "5") && over("5.01", "5"));
        assert!(!over("5", "5") && !over("-5", "5") && !over("0", "0"));
    }
}
