//! What the tests of the real program share: a pseudo-terminal with an
//! emulated screen, and folders to work in.
#![allow(dead_code)]

pub mod admin_api;
pub mod books;
pub mod credits;
pub mod memory;
pub mod months;
pub mod server;
pub mod session;
pub mod signing;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// The program under test.
pub fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_trueup"))
}

/// A run of the program in a folder.
pub fn run_in(dir: &Path, args: &[&str]) -> Output {
    Command::new(program()).args(args).current_dir(dir).output().unwrap()
}

/// What a run printed that went well.
pub fn printed(dir: &Path, args: &[&str]) -> String {
    let output = run_in(dir, args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a run that was refused said on standard error.
pub fn refused(dir: &Path, args: &[&str]) -> String {
    let output = run_in(dir, args);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

/// The sample month of the repository.
pub fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(name)
}

/// The program in a terminal of its own, with a screen to read.
pub struct Terminal {
    parser: Arc<Mutex<vt100::Parser>>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    raw: Arc<Mutex<Vec<u8>>>,
}

/// How long a test waits for a screen before it fails. Generous: a slow
/// machine must not fail a test, only a wrong screen.
const PATIENCE: Duration = Duration::from_secs(60);

impl Terminal {
    pub fn start(columns: u16, rows: u16, args: &[&str], dir: &Path, env: &[(&str, &str)]) -> Self {
        let pty = native_pty_system()
            .openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })
            .expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(program());
        command.args(args);
        command.cwd(dir);
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        // What the program remembers for its user stays in the test.
        command.env("HOME", dir);
        command.env("XDG_CONFIG_HOME", dir.join(".config"));
        for (name, value) in env {
            command.env(name, value);
        }
        let child = pty.slave.spawn_command(command).expect("the program starts");
        drop(pty.slave);
        let parser = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let raw = Arc::new(Mutex::new(Vec::new()));
        let mut reader = pty.master.try_clone_reader().expect("a reader");
        let (screen, written) = (Arc::clone(&parser), Arc::clone(&raw));
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(n) = reader.read(&mut buffer) {
                if n == 0 {
                    break;
                }
                // Both at once, so that what was written is what is shown.
                let mut screen = screen.lock().unwrap();
                written.lock().unwrap().extend_from_slice(&buffer[..n]);
                screen.process(&buffer[..n]);
            }
        });
        let writer = pty.master.take_writer().expect("a writer");
        Self { parser, writer, child, master: pty.master, raw }
    }

    /// Types text as it is; `\r` is Enter, `\x1b` Escape.
    pub fn keys(&mut self, text: &str) {
        self.writer.write_all(text.as_bytes()).expect("the program reads keys");
        self.writer.flush().expect("the program reads keys");
    }

    /// The screen as text, a line a row.
    pub fn screen(&self) -> String {
        self.parser.lock().unwrap().screen().contents()
    }

    /// Bytes the program has written so far.
    pub fn bytes(&self) -> usize {
        self.raw.lock().unwrap().len()
    }

    /// The lengths of the frames that were written from this byte on.
    pub fn frames(&self, from: usize) -> Vec<usize> {
        let raw = self.raw.lock().unwrap();
        let (begin, end) = (b"\x1b[?2026h", b"\x1b[?2026l");
        let at = |mark: &[u8], from: usize| {
            raw[from..].windows(mark.len()).position(|window| window == mark).map(|at| from + at)
        };
        let mut frames = Vec::new();
        let mut from = from;
        while let Some((start, last)) = at(begin, from).and_then(|start| Some((start, at(end, start)?))) {
            from = last + end.len();
            frames.push(from - start);
        }
        frames
    }

    /// What is to be seen of each cell, a line a row: of a blank nothing but its
    /// ground, unless it is turned around or underlined.
    pub fn look(&self) -> Vec<String> {
        let parser = self.parser.lock().unwrap();
        let screen = parser.screen();
        let (rows, columns) = screen.size();
        let cell = |row, column| {
            let cell = screen.cell(row, column)?;
            let (sign, marks) = (cell.contents().trim(), (cell.underline(), cell.inverse()));
            let seen = !sign.is_empty() || marks != (false, false);
            let ink = seen.then(|| (cell.fgcolor(), cell.bold(), cell.dim(), cell.italic()));
            Some(format!("{sign}{:?}{marks:?}{ink:?}", cell.bgcolor()))
        };
        (0..rows).map(|row| (0..columns).filter_map(|column| cell(row, column)).collect()).collect()
    }

    /// Whether the program ever wrote these bytes.
    pub fn raw_contains(&self, bytes: &[u8]) -> bool {
        self.raw.lock().unwrap().windows(bytes.len()).any(|window| window == bytes)
    }

    /// Waits until the program has written these bytes.
    pub fn wait_raw(&self, bytes: &[u8]) {
        let end = Instant::now() + PATIENCE;
        while !self.raw_contains(bytes) {
            assert!(Instant::now() < end, "waited for {}", bytes.escape_ascii());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Whether the program is stopped, as Ctrl-z does.
    #[cfg(target_os = "linux")]
    pub fn is_stopped(&self) -> bool {
        let stat = self.child.process_id().and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/stat")).ok());
        // The state stands behind the name, which is in brackets.
        stat.and_then(|stat| stat.rsplit(')').next()?.trim_start().chars().next()) == Some('T')
    }

    /// The title the program gave the window; empty where it gave none.
    pub fn title(&self) -> String {
        let raw = self.raw.lock().unwrap();
        let text = String::from_utf8_lossy(&raw);
        let start = ["\u{1b}]0;", "\u{1b}]2;"].iter().find_map(|mark| text.find(mark).map(|at| at + mark.len()));
        start.map_or(String::new(), |at| text[at..].chars().take_while(|c| !c.is_control()).collect())
    }

    /// Whether no cell of the screen has a colour of its own.
    pub fn is_colourless(&self) -> bool {
        let parser = self.parser.lock().unwrap();
        let screen = parser.screen();
        let (rows, columns) = screen.size();
        (0..rows).all(|row| {
            (0..columns).all(|column| {
                screen.cell(row, column).is_none_or(|cell| {
                    cell.fgcolor() == vt100::Color::Default && cell.bgcolor() == vt100::Color::Default
                })
            })
        })
    }

    /// Column and row of the cursor, from 0; `None` where it is hidden.
    pub fn cursor(&self) -> Option<(u16, u16)> {
        let parser = self.parser.lock().unwrap();
        let screen = parser.screen();
        let (row, column) = screen.cursor_position();
        (!screen.hide_cursor()).then_some((column, row))
    }

    /// Whether the terminal would send clicks to the program.
    pub fn sends_clicks(&self) -> bool {
        self.parser.lock().unwrap().screen().mouse_protocol_mode() != vt100::MouseProtocolMode::None
    }

    /// Presses the left button on the first place where the text stands, and
    /// lets it go.
    pub fn click(&mut self, text: &str) {
        let screen = self.see(text);
        let place = screen.lines().enumerate().find_map(|(row, line)| {
            let at = line.find(text)?;
            Some((line[..at].chars().count() + 1, row + 1))
        });
        let (column, row) = place.unwrap_or_else(|| panic!("no {text} on\n{screen}"));
        self.keys(&format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"));
    }

    /// Waits until the program has written nothing for a while, and gives how
    /// many bytes it has written by then.
    pub fn settled(&self) -> usize {
        let end = Instant::now() + PATIENCE;
        let (mut bytes, mut since) = (self.bytes(), Instant::now());
        while since.elapsed() < Duration::from_millis(400) {
            assert!(Instant::now() < end, "the program never rests");
            std::thread::sleep(Duration::from_millis(10));
            if self.bytes() != bytes {
                (bytes, since) = (self.bytes(), Instant::now());
            }
        }
        bytes
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.parser.lock().unwrap().screen_mut().set_size(rows, columns);
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).expect("resized");
    }

    /// The screen, unless a frame is only half drawn.
    fn whole_screen(&self) -> Option<String> {
        let parser = self.parser.lock().unwrap();
        let raw = self.raw.lock().unwrap();
        let last = |mark: &[u8]| raw.windows(mark.len()).rposition(|window| window == mark);
        // A frame stands between a mark that begins it and one that ends it.
        let whole = last(b"\x1b[?2026h") <= last(b"\x1b[?2026l");
        whole.then(|| parser.screen().contents())
    }

    /// Waits until the screen is as asked, and gives it.
    pub fn wait(&mut self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(screen) = self.whole_screen().filter(|screen| is_so(screen)) {
                return screen;
            }
            if Instant::now() > end {
                panic!("waited for {what}; the screen is:\n{}", self.screen());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until something else than the screen is as asked.
    pub fn wait_for(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is_so(self) {
            assert!(Instant::now() < end, "waited for {what}; the screen is:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the text stands somewhere on the screen.
    pub fn see(&mut self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Says yes to the preview that comes, and gives what it showed.
    pub fn agree(&mut self) -> String {
        let preview = self.see("Do it?");
        self.keys("y");
        preview
    }

    /// Ends the program at once, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(pid) = self.child.process_id() {
            unsafe { libc::kill(pid as i32, libc::SIGKILL) };
        }
        let _ = self.child.wait();
    }

    pub fn signal(&self, signal: i32) {
        if let Some(pid) = self.child.process_id() {
            unsafe { libc::kill(pid as i32, signal) };
        }
    }

    /// Waits for the program to end and gives its exit code.
    pub fn ended(&mut self) -> u32 {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.exit_code();
            }
            if Instant::now() > end {
                panic!("the program did not end; the screen is:\n{}", self.screen());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// [`Self::restored`], with time for what the program wrote last to arrive.
    pub fn becomes_restored(&self) -> bool {
        let end = Instant::now() + PATIENCE;
        while !self.restored() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.restored()
    }

    /// Leaves the program by its own key, which must end it well.
    pub fn leave(&mut self) {
        self.keys("\x03");
        assert_eq!(self.ended(), 0, "the screen is:\n{}", self.screen());
    }

    /// Whether the program left the alternate screen, as a clean end does.
    pub fn restored(&self) -> bool {
        let parser = self.parser.lock().unwrap();
        let screen = parser.screen();
        let no_clicks = screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None;
        !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste() && no_clicks
    }
}

/// The sample month in a folder of its own, opened and loaded.
pub fn sample_month(dir: &Path, columns: u16, rows: u16, env: &[(&str, &str)]) -> Terminal {
    sample_month_with(dir, columns, rows, &[], env)
}

/// The same with flags behind the command.
pub fn sample_month_with(dir: &Path, columns: u16, rows: u16, flags: &[&str], env: &[(&str, &str)]) -> Terminal {
    let book = dir.join("book");
    let args = [&["demo", "--dir", book.to_str().unwrap()], flags].concat();
    let mut terminal = Terminal::start(columns, rows, &args, dir, env);
    terminal.see("balanced");
    terminal
}

/// Opens the book of an earlier [`sample_month`] again.
pub fn again(dir: &Path) -> Terminal {
    let book = dir.join("book");
    let mut terminal = Terminal::start(120, 40, &["review", "--book", book.to_str().unwrap()], dir, &[]);
    terminal.see("balanced");
    terminal
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
