//! The whole face over a real book without a terminal or a thread: effects are
//! carried out on the spot, so that a test presses keys and looks at the
//! screen.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier};
use tempfile::TempDir;

use super::effect::{Effect, Task};
use super::keymap::Keymap;
use super::message::{Message, Timer};
use super::model::Model;
use super::remember;
use super::theme::{Depth, Kind, Theme};
use super::update::{start, update};
use super::view::view;
use super::workers::answer::answer;
use super::workers::trend;
use super::workers::verdicts;
use super::workers::writer::{Job, Keeper};
use crate::desk::{InputSpec, RawRows, Session, SessionOptions};
use crate::usage::Side;

const BILLS: [&str; 2] = ["openai_requests_2026-01.csv", "chatgpt_edu_credits_2026-01.csv"];
const LEDGERS: [&str; 3] = ["token_usage_2026-01.csv", "token_usage_2026-01_part2.jsonl", "credit_ledger_2026-01.csv"];
const CONFIG: [&str; 4] = ["pricing.json", "projects.json", "subsidies.json", "subsidy_state.json"];

pub struct Bench {
    pub model: Model,
    keeper: Keeper,
    session: Arc<Session>,
    raw: RawRows,
    /// The file that keeps the columns: beside the book, where the next bench
    /// on the book finds it.
    pub columns: PathBuf,
    /// What went out and nobody here carries out.
    pub out: Vec<Effect>,
    /// Each key comes before the cursor has rested.
    pub hurries: bool,
}

/// A book with the sample month in it, in a folder `sample`.
pub struct SampleBook(TempDir);

impl SampleBook {
    pub fn path(&self) -> PathBuf {
        self.0.path().join("sample")
    }
}

pub fn sample_book() -> SampleBook {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("sample");
    std::fs::create_dir(&dir).unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    for name in BILLS.iter().chain(&LEDGERS).chain(&CONFIG) {
        std::fs::copy(from.join(name), dir.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    SampleBook(temp)
}

impl Bench {
    /// Opens the book; nothing is loaded yet.
    pub fn open(dir: &Path, size: (u16, u16)) -> Self {
        Self::open_files(dir, size, &BILLS, &LEDGERS, None)
    }

    /// A name that is a URL is a table.
    fn open_files(dir: &Path, size: (u16, u16), bills: &[&str], ledgers: &[&str], month: Option<&str>) -> Self {
        let path = |name: &str| if name.contains(':') { name.into() } else { dir.join(name) };
        let spec = |name: &&str, side| InputSpec { path: path(name), side, format: None, append: false };
        let mut inputs: Vec<InputSpec> = bills.iter().map(|name| spec(name, Side::Bill)).collect();
        inputs.extend(ledgers.iter().map(|name| spec(name, Side::Ledger)));
        let month = month.map(|month| month.parse().unwrap());
        let options = SessionOptions { dir: dir.into(), inputs, month, read_only: false, no_copy: false };
        let session = Session::open(options).unwrap().keeping(vec![crate::usage::Extra::Job]);
        let session = Arc::new(session);
        let theme = Theme::new(Kind::Plain, Depth::Full);
        let model = Model::new(dir.display().to_string(), Keymap::default(), theme, false, size);
        let keeper = Keeper::new(Arc::clone(&session));
        let raw = session.raw_rows();
        let columns = dir.with_file_name("config").join("columns.toml");
        Self { model, keeper, session, raw, columns, out: Vec::new(), hurries: false }
    }

    /// The book loaded, as after a start.
    pub fn loaded(dir: &Path, size: (u16, u16)) -> Self {
        Self::open(dir, size).load()
    }

    /// These files instead of the sample's, loaded.
    pub fn of_files(dir: &Path, size: (u16, u16), bills: &[&str], ledgers: &[&str]) -> Self {
        Self::open_files(dir, size, bills, ledgers, None).load()
    }

    /// The book's own files and these bills, at a month.
    pub fn of_month(dir: &Path, size: (u16, u16), bills: &[&str], month: &str) -> Self {
        Self::open_files(dir, size, bills, &[], Some(month)).load()
    }

    fn load(mut self) -> Self {
        let bench = &mut self;
        let place = bench.keeper.place();
        bench.send(place);
        bench.send(remember::read(Some(&bench.columns)));
        bench.carry_out(start());
        self
    }

    pub fn send(&mut self, message: Message) {
        let effects = update(&mut self.model, message);
        self.carry_out(effects);
    }

    pub fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let message = match effect {
                Effect::Load => match self.session.load(&|_| (), &|| false) {
                    Ok(desk) => self.job(Job::Begin(Box::new(desk))),
                    Err(why) => Some(Message::Loaded(Err(why))),
                },
                Effect::Write { job, task } => self.job(Job::Write { job, task }),
                plan @ (Effect::PlanApply { .. } | Effect::PlanRevert { .. }) => verdicts::plan(plan, &self.session),
                question @ Effect::Trend { .. } => trend::trend(question, &self.session, &|| false),
                Effect::KeepPlace(text) => self.job(Job::KeepPlace(text)),
                Effect::KeepColumns(text) => remember::write(Some(&self.columns), &text),
                Effect::Wake { timer: timer @ (Timer::Rested(_) | Timer::RestedOnRow(_)), .. } if !self.hurries => {
                    Some(Message::Woke(timer))
                }
                other @ (Effect::Wake { .. }
                | Effect::Copy(_)
                | Effect::CopyByTerminal { .. }
                | Effect::Edit { .. }
                | Effect::Mouse(_)
                | Effect::Redraw
                | Effect::Suspend
                | Effect::CancelLoad
                | Effect::StopPlan(_)
                | Effect::Quit) => {
                    self.out.push(other);
                    None
                }
                question => answer(question, &self.raw),
            };
            if let Some(message) = message {
                self.send(message);
            }
        }
    }

    /// Lets the cursor rest after keys that came too fast.
    pub fn rest(&mut self) {
        self.hurries = false;
        let waits = std::mem::take(&mut self.out);
        self.carry_out(waits);
    }

    /// A command that reaches the writer on another way than the keys; its
    /// answer is not delivered.
    pub fn write(&mut self, numbering: u64, command: crate::desk::Command) {
        let _ = self.job(Job::Write { job: u64::MAX, task: Task::Do { numbering, command } });
    }

    fn job(&mut self, job: Job) -> Option<Message> {
        self.keeper.take(job, &|_| ())
    }

    /// Presses keys as the config file writes them, with blanks between.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            self.press(key);
        }
        self
    }

    /// Types a text letter by letter.
    pub fn types(&mut self, text: &str) -> &mut Self {
        for char in text.chars() {
            self.send(Message::Input(Event::Key(KeyEvent::new(KeyCode::Char(char), KeyModifiers::NONE))));
        }
        self
    }

    fn press(&mut self, key: &str) {
        let (modifiers, name) = match key.strip_prefix("ctrl-") {
            Some(rest) => (KeyModifiers::CONTROL, rest),
            None => (KeyModifiers::NONE, key),
        };
        let mut chars = name.chars();
        let code = match (name, chars.next(), chars.next()) {
            (_, Some(char), None) => KeyCode::Char(char),
            ("enter", ..) => KeyCode::Enter,
            ("esc", ..) => KeyCode::Esc,
            ("tab", ..) => KeyCode::Tab,
            ("space", ..) => KeyCode::Char(' '),
            ("down", ..) => KeyCode::Down,
            ("up", ..) => KeyCode::Up,
            ("backspace", ..) => KeyCode::Backspace,
            _ => panic!("no key {key}"),
        };
        self.send(Message::Input(Event::Key(KeyEvent::new(code, modifiers))));
    }

    pub fn resize(&mut self, size: (u16, u16)) -> &mut Self {
        self.send(Message::Input(Event::Resize(size.0, size.1)));
        self
    }

    pub fn drawn(&self) -> Buffer {
        self.frame().0
    }

    /// What is drawn, and where the cursor shows.
    pub fn frame(&self) -> (Buffer, Option<Position>) {
        let (width, height) = self.model.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let cursor = view(&self.model, &mut buffer);
        (buffer, cursor)
    }

    /// What is on the screen, without blanks at the ends of lines.
    pub fn screen(&self) -> String {
        text_of(&self.drawn())
    }

    /// The screen, and below it for each row the columns that have a style of
    /// their own, with it.
    pub fn styled(&self) -> String {
        styled(&self.drawn())
    }

    pub fn status(&self) -> &str {
        self.model.status.as_ref().map_or("", |status| status.text.as_str())
    }
}

pub fn text_of(buffer: &Buffer) -> String {
    let (width, height) = (buffer.area.width, buffer.area.height);
    let line = |y| {
        let mut line = String::new();
        let mut x = 0;
        while x < width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            // Behind a wide sign stands a cell that is never drawn.
            x += (super::text::width(symbol) as u16).max(1);
        }
        line.trim_end().to_owned()
    };
    (0..height).map(line).collect::<Vec<_>>().join("\n")
}

/// `bold #56b4e9 on #303a46`; empty for plain text.
pub fn style_of(cell: &Cell) -> String {
    let colour = |colour: Color| match colour {
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        other => other.to_string().to_lowercase(),
    };
    let names = [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::UNDERLINED, "underlined"),
        (Modifier::REVERSED, "reversed"),
        (Modifier::CROSSED_OUT, "struck"),
    ];
    let mut words: Vec<String> =
        names.iter().filter(|(bit, _)| cell.modifier.contains(*bit)).map(|(_, name)| (*name).to_owned()).collect();
    if cell.fg != Color::Reset {
        words.push(colour(cell.fg));
    }
    if cell.bg != Color::Reset {
        words.push(format!("on {}", colour(cell.bg)));
    }
    words.join(" ")
}

/// See [`Bench::styled`].
pub fn styled(buffer: &Buffer) -> String {
    let (width, height) = (buffer.area.width, buffer.area.height);
    let mut out = text_of(buffer) + "\n";
    for y in 0..height {
        let mut spans: Vec<(u16, u16, String)> = Vec::new();
        for x in 0..width {
            let style = style_of(&buffer[(x, y)]);
            match spans.last_mut() {
                Some((_, to, last)) if *last == style => *to = x,
                _ => spans.push((x, x, style)),
            }
        }
        let spans: Vec<String> = spans
            .into_iter()
            .filter(|(.., style)| !style.is_empty())
            .map(|(from, to, style)| format!("{from}-{to} {style}"))
            .collect();
        if !spans.is_empty() {
            out.push_str(&format!("\n{y:>2}: {}", spans.join(", ")));
        }
    }
    out
}
