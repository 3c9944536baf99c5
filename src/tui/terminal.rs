//! The terminal itself: taken over, drawn on, and given back as it was,
//! whatever ends the program.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Rect, Size};

use super::clipboard::sequence;
use super::model::Model;
use super::reader::Gate;
use super::run::Surface;
use super::view::view;
use super::{editor, signals};

/// Clicks, drags and the wheel with their places as numbers of any size. Moves
/// without a button are not asked for: over a slow line they would cost much
/// and tell nothing.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// Whether the terminal is ours, so that it is given back once.
static TAKEN: AtomicBool = AtomicBool::new(false);

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    enter(&mut io::stdout())
}

fn enter(out: &mut impl Write) -> io::Result<()> {
    execute!(out, EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)
}

/// Gives the terminal back. Every step is tried, since the terminal may be
/// half gone; there is nobody to tell an error to.
pub fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = leave(&mut io::stdout());
        let _ = disable_raw_mode();
    }
}

/// The way back from [`take`], whatever state the screen is in: a panic may
/// come in the middle of a frame.
fn leave(out: &mut impl Write) -> io::Result<()> {
    queue!(out, EndSynchronizedUpdate)?;
    out.write_all(MOUSE_OFF.as_bytes())?;
    execute!(out, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show)
}

/// Standard output as long as the terminal is ours. A frame that a panic left
/// half drawn waits in a buffer and must not follow what gave the terminal back.
struct Ours(Stdout);

impl Write for Ours {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if TAKEN.load(Ordering::SeqCst) { self.0.write(bytes) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if TAKEN.load(Ordering::SeqCst) { self.0.flush() } else { Ok(()) }
    }
}

/// The terminal while the program runs; dropping it gives it back.
pub struct Screen {
    terminal: Terminal<Placed<CrosstermBackend<BufWriter<Ours>>>>,
    mouse: bool,
    gate: Arc<Gate>,
}

impl Screen {
    /// # Errors
    /// When standard output is no terminal that can be taken over.
    pub fn take() -> io::Result<Self> {
        give_back_on_panic();
        take()?;
        let backend = Placed(CrosstermBackend::new(BufWriter::with_capacity(1 << 16, Ours(io::stdout()))));
        match Terminal::new(backend) {
            Ok(terminal) => Ok(Self { terminal, mouse: false, gate: Arc::default() }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// What the reader of keys has to pass.
    pub fn gate(&self) -> Arc<Gate> {
        Arc::clone(&self.gate)
    }

    fn writer(&mut self) -> &mut CrosstermBackend<BufWriter<Ours>> {
        &mut self.terminal.backend_mut().0
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

impl Surface for Screen {
    fn draw(&mut self, model: &Model) -> io::Result<()> {
        queue!(self.writer(), BeginSynchronizedUpdate)?;
        #[cfg(debug_assertions)]
        panic_if_asked(model);
        self.terminal.draw(|frame| view(model, frame))?;
        execute!(self.writer(), EndSynchronizedUpdate)
    }

    fn redraw(&mut self) -> io::Result<(u16, u16)> {
        // After a stop the shell has set modes of its own.
        disable_raw_mode()?;
        take()?;
        self.mouse(self.mouse)?;
        let (width, height) = self.size();
        // Not `clear`: it asks the terminal where the cursor is, and the
        // answer would go to the thread that reads the keys.
        self.terminal.resize(Rect::new(0, 0, width, height))?;
        Ok((width, height))
    }

    fn suspend(&mut self) -> io::Result<(u16, u16)> {
        give_back();
        signals::stop();
        self.redraw()
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        let modes = if on { MOUSE_ON } else { MOUSE_OFF };
        self.writer().write_all(modes.as_bytes())?;
        Write::flush(self.writer())
    }

    fn size(&self) -> (u16, u16) {
        self.terminal.size().map_or((80, 24), |size| (size.width, size.height))
    }

    fn edit(&mut self, text: &str) -> io::Result<Result<String, String>> {
        let editor = match editor::chosen(|name| std::env::var_os(name)) {
            Ok(editor) => editor,
            Err(why) => return Ok(Err(why)),
        };
        if !self.gate.close() {
            return Ok(Err("The keys cannot be handed to an editor in this terminal, so none was opened.".to_owned()));
        }
        give_back();
        signals::lend(true);
        let result = editor::edit(text, &editor);
        signals::lend(false);
        let taken = self.redraw();
        // What the editor left unread was meant for it.
        forget_typed();
        self.gate.open();
        taken.map(|_| result)
    }

    fn copy(&mut self, text: &str, tmux: bool) -> io::Result<()> {
        self.writer().write_all(sequence(text, tmux).as_bytes())?;
        Write::flush(self.writer())
    }
}

/// For the test that a panic in the middle of a frame gives the terminal back.
/// Not there in a release.
#[cfg(debug_assertions)]
fn panic_if_asked(model: &Model) {
    use super::modal::Modal;
    let asked = std::env::var_os("TRUEUP_PANIC").is_some_and(|at| at == "help");
    assert!(!(asked && matches!(model.modals.last(), Some(Modal::Help(_)))), "a panic that a test asked for");
}

/// Drops what the terminal has sent and nobody has read.
fn forget_typed() {
    #[cfg(unix)]
    // SAFETY: a descriptor and a constant; an error leaves all as it was.
    unsafe {
        libc::tcflush(libc::STDIN_FILENO, libc::TCIFLUSH);
    }
}

/// A panic of the drawing thread gives the terminal back before it is
/// reported. One of a worker is shown on the screen by whoever watches it, so
/// nothing is printed over the frame.
fn give_back_on_panic() {
    let drawing = std::thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == drawing || !TAKEN.load(Ordering::SeqCst) {
            give_back();
            before(info);
        }
    }));
}

/// Puts the cursor in its place by hand after every cell whose width terminals
/// disagree on: wide, joined, or written from right to left.
struct Placed<B>(B);

fn is_plain(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    let Some(first) = chars.next() else { return true };
    chars.next().is_none()
        && super::text::width(symbol) == 1
        && !matches!(first, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}')
}

impl<B: Backend> Backend for Placed<B> {
    type Error = B::Error;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), B::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut run: Vec<(u16, u16, &'a Cell)> = Vec::new();
        for cell in content {
            let ends = !is_plain(cell.2.symbol());
            run.push(cell);
            if ends {
                self.0.draw(run.drain(..))?;
            }
        }
        if run.is_empty() { Ok(()) } else { self.0.draw(run.into_iter()) }
    }

    fn hide_cursor(&mut self) -> Result<(), B::Error> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), B::Error> {
        // When a terminal is dropped, ratatui prints a failure of this to a
        // standard error that may be gone as well, which would panic.
        let _ = self.0.show_cursor();
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, B::Error> {
        self.0.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), B::Error> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), B::Error> {
        self.0.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), B::Error> {
        self.0.clear_region(clear_type)
    }

    fn size(&self) -> Result<Size, B::Error> {
        self.0.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, B::Error> {
        self.0.window_size()
    }

    fn flush(&mut self) -> Result<(), B::Error> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::Buffer;
    use ratatui::style::Style;

    /// What a panic, a signal and an ordinary end write.
    #[test]
    fn leaving_takes_back_every_mode_and_closes_a_frame_left_open() {
        let (mut entered, mut left) = (Vec::new(), Vec::new());
        enter(&mut entered).unwrap();
        leave(&mut left).unwrap();
        let (entered, left) = (String::from_utf8(entered).unwrap(), String::from_utf8(left).unwrap());
        for (on, off) in [("\x1b[?1049h", "\x1b[?1049l"), ("\x1b[?2004h", "\x1b[?2004l"), ("\x1b[?25l", "\x1b[?25h")] {
            assert!(entered.contains(on) && left.contains(off), "{on:?}: {left:?}");
        }
        assert!(["\x1b[?1000l", "\x1b[?1002l", "\x1b[?1006l"].iter().all(|off| left.contains(off)), "{left:?}");
        assert!(left.starts_with("\x1b[?2026l"), "nothing shows before the update ends: {left:?}");
    }

    #[test]
    fn a_terminal_that_is_not_ours_is_left_alone() {
        assert!(!TAKEN.load(Ordering::SeqCst));
        give_back();
        assert!(!TAKEN.load(Ordering::SeqCst));
    }

    #[test]
    fn the_cursor_is_placed_after_cells_of_doubtful_width() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, "abאcd", Style::new());
        let mut out = Vec::new();
        let mut backend = Placed(CrosstermBackend::new(&mut out));
        let cells: Vec<(u16, u16, &Cell)> = (0..5).filter_map(|x| Some((x, 0, buffer.cell((x, 0))?))).collect();
        backend.draw(cells.into_iter()).unwrap();
        let text = String::from_utf8(out).unwrap();
        let (before, after) = text.split_once('א').unwrap();
        assert!(before.ends_with("ab"), "{text:?}");
        assert!(after.contains("\x1b[1;4Hcd"), "{text:?}");
    }

    #[test]
    fn plain_cells_need_no_placing() {
        assert!(is_plain("a") && is_plain("─") && is_plain("") && is_plain("ü"));
        assert!(!is_plain("日") && !is_plain("א") && !is_plain("e\u{301}") && !is_plain("👩\u{200d}🔬"));
    }
}
