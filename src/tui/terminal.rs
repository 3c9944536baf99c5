//! The terminal itself: taken over, drawn on, and given back as it was,
//! whatever ends the program.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue, terminal};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::canvas::Canvas;
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

/// The terminal while the program runs; dropping it gives it back.
pub struct Screen {
    canvas: Canvas,
    mouse: bool,
    gate: Arc<Gate>,
}

impl Screen {
    /// # Errors
    /// When standard output is no terminal that can be taken over.
    pub fn take() -> io::Result<Self> {
        give_back_on_panic();
        take()?;
        Ok(Self { canvas: Canvas::default(), mouse: false, gate: Arc::default() })
    }

    /// What the reader of keys has to pass.
    pub fn gate(&self) -> Arc<Gate> {
        Arc::clone(&self.gate)
    }
}

fn send(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

impl Surface for Screen {
    fn draw(&mut self, model: &Model) -> io::Result<()> {
        #[cfg(debug_assertions)]
        panic_if_asked(model);
        let (width, height) = terminal::size()?;
        let mut frame = Buffer::empty(Rect::new(0, 0, width, height));
        let cursor = view(model, &mut frame);
        let bytes = self.canvas.show(&frame, cursor);
        if bytes.is_empty() { Ok(()) } else { send(&bytes) }
    }

    fn redraw(&mut self) -> io::Result<(u16, u16)> {
        // After a stop the shell has set modes of its own.
        disable_raw_mode()?;
        take()?;
        self.mouse(self.mouse)?;
        self.forget();
        Ok(self.size())
    }

    fn forget(&mut self) {
        self.canvas.forget();
    }

    fn suspend(&mut self) -> io::Result<(u16, u16)> {
        give_back();
        signals::stop();
        self.redraw()
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        let modes = if on { MOUSE_ON } else { MOUSE_OFF };
        send(modes.as_bytes())
    }

    fn size(&self) -> (u16, u16) {
        terminal::size().unwrap_or((80, 24))
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
        send(sequence(text, tmux).as_bytes())
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
