//! The loop: draw first, then take messages as they come, at most one frame
//! for all that arrived together, and nothing at all while nothing happens.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};

use super::effect::Effect;
use super::keymap::Keymap;
use super::message::{Message, Timer};
use super::model::Model;
use super::terminal::Screen;
use super::theme::{Depth, Kind, Theme};
use super::update::{start, update};
use super::workers::Workers;
use super::{background, reader, signals};
use crate::desk::Session;

/// Frames are at least this far apart; the first after a rest comes at once.
const FRAME: Duration = Duration::from_millis(16);

/// What the operator may choose about the screen.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `dark`, `light`, `high-contrast`, `none`; `None` or `auto` asks the
    /// terminal.
    pub theme: Option<String>,
    /// Action name to keys, as in `[keys]` of `config.toml`.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Draw with ASCII only and escape everything else.
    pub ascii: bool,
    /// Emit no colour, whatever the theme.
    pub no_color: bool,
    /// Take clicks; else the terminal selects text with them.
    pub mouse: bool,
    /// Draw for a screen reader.
    pub plain: bool,
    /// Let nothing move by itself.
    pub still: bool,
    /// The file that keeps the columns between two starts; `None`: nowhere.
    pub columns: Option<PathBuf>,
    /// Begin with the tour.
    pub tour: bool,
}

impl Options {
    /// The theme that is asked for; `None` where the terminal decides.
    fn kind(&self) -> Result<Option<Kind>, String> {
        let asked = match self.theme.as_deref().map(str::trim) {
            None | Some("" | "auto") => None,
            Some(name) => Some(Kind::parse(name)?),
        };
        Ok(if self.no_color { Some(Kind::Plain) } else { asked })
    }
}

/// Opens the review on the terminal and returns when the operator leaves.
/// What was decided is on the disk by then.
///
/// # Errors
/// A sentence: wrong options or keys, or a terminal that cannot be used.
pub fn run(session: Session, options: Options) -> Result<(), String> {
    let keymap = Keymap::new(&options.keys).map_err(|errors| errors.join("\n"))?;
    let kind = options.kind()?;
    let cannot = |error: io::Error| format!("The terminal cannot be used: {error}.");
    let depth = depth();
    let (outbox, inbox) = unbounded();

    let mut screen = Screen::take().map_err(cannot)?;
    let theme = Theme::new(kind.unwrap_or(Kind::Dark), depth);
    let mut model = Model::new(session.dir.display().to_string(), keymap, theme, options.ascii, screen.size());
    model.read_only = session.read_only.clone();
    model.tour.on = options.tour;
    (model.plain, model.still, model.pointer.on) = (options.plain, options.still, options.mouse);
    screen.mouse(options.mouse).map_err(cannot)?;
    // The frame is up before a file is opened.
    screen.draw(&model).map_err(cannot)?;
    let mut workers = Workers::start(session, options.columns, outbox.clone());
    for effect in start() {
        workers.carry_out(effect);
    }
    signals::listen(outbox.clone()).map_err(cannot)?;
    if kind.is_none() {
        let answer = background::ask();
        if let Some(kind) = answer.kind {
            model.theme = Theme::new(kind, depth);
        }
        // What was typed meanwhile comes before what is read from now on.
        for event in answer.typed {
            let _ = outbox.send(Message::Input(event));
        }
    }
    reader::start(screen.gate(), outbox);
    if drive(&mut model, &mut screen, &inbox, &mut workers).is_err() {
        // The terminal is gone in the middle of the work, and with it whoever
        // could be told: leave as on a hangup.
        for effect in update(&mut model, Message::Leave) {
            workers.carry_out(effect);
        }
    }
    // The terminal first: the last writes need no screen.
    drop(screen);
    workers.finish();
    Ok(())
}

/// Whether the terminal says that it has 24 bits of colour.
fn depth() -> Depth {
    let colours = std::env::var("COLORTERM").unwrap_or_default();
    if colours.contains("truecolor") || colours.contains("24bit") { Depth::Full } else { Depth::Indexed }
}

/// What the loop draws on.
pub trait Surface {
    /// # Errors
    /// When the terminal is gone.
    fn draw(&mut self, model: &Model) -> io::Result<()>;
    /// Forgets what is on the screen; gives its size.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn redraw(&mut self) -> io::Result<(u16, u16)>;
    /// Gives the terminal back until the program is continued.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn suspend(&mut self) -> io::Result<(u16, u16)>;
    /// Takes the mouse over, or leaves it to the terminal.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn mouse(&mut self, on: bool) -> io::Result<()>;
    /// # Errors
    /// When the terminal is gone.
    fn copy(&mut self, text: &str, tmux: bool) -> io::Result<()>;
    /// Opens a text in the operator's editor, which has the terminal until it
    /// ends; gives what was written, or a sentence why nothing was.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn edit(&mut self, text: &str) -> io::Result<Result<String, String>>;
    /// Columns and rows.
    fn size(&self) -> (u16, u16);
}

/// Who carries out what an update asks for; gives back what it does not do.
pub trait Hands {
    fn carry_out(&mut self, effect: Effect) -> Option<Effect>;
}

impl Hands for Workers {
    fn carry_out(&mut self, effect: Effect) -> Option<Effect> {
        Self::carry_out(self, effect)
    }
}

struct Loop<'a, S, H> {
    model: &'a mut Model,
    surface: &'a mut S,
    hands: &'a mut H,
    inbox: &'a Receiver<Message>,
    timers: Vec<(Instant, Timer)>,
    quit: bool,
}

/// Runs until an update asks to quit, or nobody is left to send a message.
///
/// # Errors
/// When the terminal is gone.
pub fn drive<S: Surface, H: Hands>(
    model: &mut Model,
    surface: &mut S,
    inbox: &Receiver<Message>,
    hands: &mut H,
) -> io::Result<()> {
    let mut state = Loop { model, surface, hands, inbox, timers: Vec::new(), quit: false };
    state.surface.draw(state.model)?;
    let mut drawn = Instant::now();
    let mut changed = false;
    loop {
        let until = if changed { Some(drawn + FRAME) } else { state.next_timer() };
        let message = match until {
            Some(until) => inbox.recv_deadline(until),
            None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match message {
            Ok(message) => {
                state.take(message)?;
                for message in inbox.try_iter() {
                    state.take(message)?;
                }
                changed = true;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        changed |= state.ring()?;
        if state.quit {
            return Ok(());
        }
        if changed && drawn.elapsed() >= FRAME {
            state.surface.draw(state.model)?;
            drawn = Instant::now();
            changed = false;
        }
    }
}

impl<S: Surface, H: Hands> Loop<'_, S, H> {
    fn next_timer(&self) -> Option<Instant> {
        self.timers.iter().map(|(at, _)| *at).min()
    }

    /// Wakes whoever waits for a time that has come.
    fn ring(&mut self) -> io::Result<bool> {
        let now = Instant::now();
        let due: Vec<Timer> = self.timers.extract_if(.., |(at, _)| *at <= now).map(|(_, timer)| timer).collect();
        for timer in &due {
            self.take(Message::Woke(*timer))?;
        }
        Ok(!due.is_empty())
    }

    /// Leaves the terminal to the editor. What was typed before it opened was
    /// not meant for what is on the screen when it is closed.
    fn edit(&mut self, items: Vec<u32>, before: String, numbering: u64) -> io::Result<()> {
        let result = self.surface.edit(&before)?;
        self.model.size = self.surface.size();
        for message in self.inbox.try_iter() {
            if !matches!(message, Message::Input(_)) {
                self.take(message)?;
            }
        }
        self.take(Message::Edited { items, before, numbering, result })
    }

    fn take(&mut self, message: Message) -> io::Result<()> {
        for effect in update(self.model, message) {
            let Some(ours) = self.hands.carry_out(effect) else { continue };
            match ours {
                Effect::Wake { after, timer } => {
                    // A newer timer of a kind takes the place of the older.
                    let kind = std::mem::discriminant(&timer);
                    self.timers.retain(|(_, other)| std::mem::discriminant(other) != kind);
                    self.timers.push((Instant::now() + after, timer));
                }
                Effect::Mouse(on) => self.surface.mouse(on)?,
                Effect::CopyByTerminal { text, tmux } => self.surface.copy(&text, tmux)?,
                Effect::Edit { items, text, numbering } => self.edit(items, text, numbering)?,
                Effect::Redraw => self.model.size = self.surface.redraw()?,
                Effect::Suspend => self.model.size = self.surface.suspend()?,
                Effect::Quit => self.quit = true,
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
