//! The real program in a pseudo-terminal: how long until it shows something,
//! until everything is compared, and from a key to its frame.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::measure::wait;

/// What one opening of a month measured.
pub struct Screen {
    first_frame: Duration,
    first_rows: Duration,
    complete: Duration,
    key: [Duration; 2],
    filter: Duration,
    sort: Duration,
    price: Duration,
    /// The most bytes that a cursor move sent: within the page, and where the
    /// list scrolled. Then how many were sent in [`IDLE`] without a key, with the
    /// processor time that took.
    move_bytes: [usize; 2],
    idle: (usize, Option<Duration>),
    peak_mib: u64,
}

/// Moves from the first row that stay within the page.
const WITHIN: usize = 10;

/// How long nothing is pressed.
const IDLE: Duration = Duration::from_secs(5);

/// Longer than anything measured here may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The end of a synchronized update, that is, of a frame.
const FRAME: &[u8] = b"\x1b[?2026l";

struct Terminal {
    parser: vt100::Parser,
    bytes: Receiver<(Instant, Vec<u8>)>,
    writer: Box<dyn Write + Send>,
    process: i32,
    /// Bytes that came so far.
    seen: usize,
    /// Held: the program would be hung up on without it.
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    fn start(program: &Path, args: &[&str], dir: &Path) -> Result<(Self, Instant), String> {
        let said = |error: &dyn std::fmt::Display| format!("no pseudo-terminal: {error}");
        let size = PtySize { rows: 40, cols: 140, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).map_err(|error| said(&error))?;
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.cwd(dir);
        command.env("TERM", "xterm-256color");
        let start = Instant::now();
        let child = pty.slave.spawn_command(command).map_err(|error| said(&error))?;
        drop(pty.slave);
        let process = child.process_id().ok_or("the program has ended")? as i32;
        let mut reader = pty.master.try_clone_reader().map_err(|error| said(&error))?;
        let (send, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if send.send((Instant::now(), buffer[..n].to_vec())).is_err() {
                    break;
                }
            }
        });
        let writer = pty.master.take_writer().map_err(|error| said(&error))?;
        let terminal =
            Self { parser: vt100::Parser::new(40, 140, 0), bytes, writer, process, seen: 0, _master: pty.master };
        Ok((terminal, start))
    }

    fn type_in(&mut self, text: &str) -> Result<Instant, String> {
        let start = Instant::now();
        self.writer.write_all(text.as_bytes()).and_then(|()| self.writer.flush()).map_err(|e| e.to_string())?;
        Ok(start)
    }

    /// When the screen first was as asked, at the end of a chunk of bytes.
    fn until(&mut self, what: &str, is_so: impl Fn(&str, &[u8]) -> bool) -> Result<Instant, String> {
        let end = Instant::now() + PATIENCE;
        loop {
            let rest = end.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(rest) {
                Ok((at, bytes)) => {
                    self.seen += bytes.len();
                    self.parser.process(&bytes);
                    self.answer(&bytes)?;
                    if is_so(&self.parser.screen().contents(), &bytes) {
                        return Ok(at);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    return Err(format!("waited for {what}:\n{}", self.parser.screen().contents()));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(format!("it ended before {what}")),
            }
        }
    }

    /// Answers what a terminal is asked at the start, as one does at once: that
    /// its background is black, and which kind it is.
    fn answer(&mut self, bytes: &[u8]) -> Result<(), String> {
        if bytes.windows(3).any(|window| window == b"\x1b[c") {
            self.type_in("\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?62;22c")?;
        }
        Ok(())
    }

    /// Takes in what still comes until nothing did for a while.
    fn rest(&mut self, quiet: Duration) {
        while let Ok((_, bytes)) = self.bytes.recv_timeout(quiet) {
            self.seen += bytes.len();
            self.parser.process(&bytes);
        }
    }

    /// What the program sends and takes of the processor while nothing is
    /// pressed.
    fn idle(&mut self) -> (usize, Option<Duration>) {
        let before = (self.seen, processor_time(self.process));
        let end = Instant::now() + IDLE;
        while let Ok((_, bytes)) = self.bytes.recv_timeout(end.saturating_duration_since(Instant::now())) {
            self.seen += bytes.len();
            self.parser.process(&bytes);
        }
        let time = before.1.zip(processor_time(self.process)).map(|(before, after)| after.saturating_sub(before));
        (self.seen - before.0, time)
    }
}

/// What a process has taken so far, in hundredths of a second; `None` where the
/// system does not say it in `/proc`.
fn processor_time(process: i32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Behind the name, which may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
}

const QUIET: Duration = Duration::from_millis(300);

/// How the preview of a change ends.
const PREVIEW: &str = "Do it?";

/// Between two keys, longer than between two frames.
const REST: Duration = Duration::from_millis(120);

/// The rows of the list on the screen, from above, without what stands beside
/// the list.
fn rows(screen: &str) -> Vec<String> {
    let rows = screen.lines().filter(|line| line.trim_start().starts_with("\u{2713} matched"));
    rows.map(|row| row.chars().take(60).collect()).collect()
}

/// Opens the month and presses keys.
pub fn measure(program: &Path, dir: &Path) -> Result<Screen, String> {
    let book = dir.join("screen-book");
    // What a run that failed left behind is a place in another list.
    let _ = std::fs::remove_dir_all(&book);
    std::fs::create_dir_all(&book).map_err(|error| error.to_string())?;
    let args = ["review", "--book", "screen-book", "--no-copy", "--bill", "export.csv", "--ledger", "ledger.csv"];
    let (mut terminal, start) = Terminal::start(program, &args, dir)?;
    let frame = |_: &str, bytes: &[u8]| bytes.windows(FRAME.len()).any(|window| window == FRAME);
    let first_frame = terminal.until("a frame", frame)? - start;
    // The list instead of the overview, at once.
    terminal.type_in("1")?;
    let first_rows =
        terminal.until("rows", |screen, _| screen.contains("chatcmpl-") || screen.contains("gpt-"))? - start;
    let complete = terminal.until("all outcomes", |screen, _| screen.contains("balanced"))? - start;
    // What is worked out behind the first list, such as the causes of the
    // month, would be measured with the keys.
    terminal.rest(Duration::from_secs(2));
    if rows(&terminal.parser.screen().contents()).is_empty() {
        return Err(format!("the list is not there:\n{}", terminal.parser.screen().contents()));
    }
    let (mut keys, mut move_bytes) = (Vec::new(), [0; 2]);
    for number in 0..100 {
        let (page, before) = (number % 40 == 39, terminal.seen);
        let pressed = terminal.type_in(if page { "\x04" } else { "j" })?;
        keys.push(terminal.until("the cursor to move", frame)? - pressed);
        // A page is another screen; what the detail says follows later.
        if !page {
            let most = &mut move_bytes[usize::from(number >= WITHIN)];
            *most = terminal.seen.saturating_sub(before).max(*most);
        }
        // Keys that come faster than frames wait for the next frame, and that
        // would be measured instead.
        terminal.rest(REST);
    }
    keys.sort_unstable();
    let key = [keys[keys.len() / 2], keys[keys.len() * 95 / 100]];
    terminal.rest(Duration::from_secs(1));
    let idle = terminal.idle();
    terminal.type_in("&")?;
    terminal.until("the filter", |screen, _| screen.contains("filter:"))?;
    terminal.type_in("model:o3*")?;
    terminal.rest(Duration::from_secs(1));
    let pressed = terminal.type_in("\r")?;
    // Rows, and none of any other model.
    let filtered = |screen: &str, _: &[u8]| {
        let rows = rows(screen);
        !rows.is_empty() && rows.iter().all(|row| row.contains("o3"))
    };
    let filter = terminal.until("the filtered list", filtered)? - pressed;
    terminal.rest(QUIET);
    terminal.type_in("&")?;
    terminal.rest(QUIET);
    terminal.type_in("\x15\r")?;
    terminal.until("all rows", |screen, _| rows(screen).iter().any(|row| row.contains("gpt-")))?;
    terminal.rest(Duration::from_secs(1));
    let before = rows(&terminal.parser.screen().contents());
    terminal.type_in("s")?;
    terminal.rest(QUIET);
    terminal.type_in("billed")?;
    terminal.rest(QUIET);
    let pressed = terminal.type_in("\r")?;
    let sorted = |screen: &str, _: &[u8]| {
        let rows = rows(screen);
        rows.len() == before.len() && rows != before
    };
    let sort = terminal.until("the sorted list", sorted)? - pressed;
    terminal.rest(QUIET);
    // A rate of the book, one digit longer, up to what it would change.
    terminal.type_in("5")?;
    terminal.until("the prices", |screen, _| screen.contains("shipped"))?;
    terminal.rest(QUIET);
    terminal.type_in("e")?;
    terminal.until("the form of a rate", |screen, _| screen.contains("per million"))?;
    terminal.type_in("1")?;
    terminal.rest(QUIET);
    let pressed = terminal.type_in("\r")?;
    let price = terminal.until("what the price changes", |screen, _| screen.contains(PREVIEW))? - pressed;
    terminal.rest(QUIET);
    // SAFETY: a signal to the child started above.
    unsafe { libc::kill(terminal.process, libc::SIGTERM) };
    let (_, peak) = wait(terminal.process).map_err(|error| error.to_string())?;
    let _ = std::fs::remove_dir_all(&book);
    Ok(Screen { first_frame, first_rows, complete, key, filter, sort, price, move_bytes, idle, peak_mib: peak / 1024 })
}

/// The table of all sizes.
pub fn print(screens: &[(u64, Screen)]) {
    println!();
    println!(
        "| rows | first frame | first rows | all compared | key to frame p50, p95 | cursor move, scrolling | at rest, 5 s | filter | sort | price edit | peak |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    for (rows, screen) in screens {
        println!(
            "| {rows} | {} | {} | {} | {}, {} | {}, {} bytes | {} bytes, {} | {} | {} | {} | {} MiB |",
            ms(screen.first_frame),
            ms(screen.first_rows),
            ms(screen.complete),
            ms(screen.key[0]),
            ms(screen.key[1]),
            screen.move_bytes[0],
            screen.move_bytes[1],
            screen.idle.0,
            screen.idle.1.map_or_else(|| "?".to_owned(), |time| format!("{} ms", time.as_millis())),
            ms(screen.filter),
            ms(screen.sort),
            ms(screen.price),
            screen.peak_mib
        );
    }
}
