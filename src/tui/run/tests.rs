use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::*;

/// Counts what is drawn.
#[derive(Default)]
struct Counting {
    frames: usize,
    redraws: usize,
    forgot: usize,
}

impl Surface for Counting {
    fn draw(&mut self, _model: &Model) -> io::Result<()> {
        self.frames += 1;
        Ok(())
    }
    fn redraw(&mut self) -> io::Result<(u16, u16)> {
        self.redraws += 1;
        Ok((80, 24))
    }
    fn forget(&mut self) {
        self.forgot += 1;
    }
    fn suspend(&mut self) -> io::Result<(u16, u16)> {
        self.redraw()
    }
    fn mouse(&mut self, _on: bool) -> io::Result<()> {
        Ok(())
    }
    fn copy(&mut self, _text: &str, _tmux: bool) -> io::Result<()> {
        Ok(())
    }
    fn edit(&mut self, text: &str) -> io::Result<Result<String, String>> {
        Ok(Ok(text.to_owned()))
    }
    fn size(&self) -> (u16, u16) {
        (80, 24)
    }
}

/// Hands that do nothing.
struct Idle;

impl Hands for Idle {
    fn carry_out(&mut self, effect: Effect) -> Option<Effect> {
        Some(effect)
    }
}

fn model() -> Model {
    Model::new("book".into(), Keymap::default(), Theme::new(Kind::Plain, Depth::Full), false, (80, 24))
}

fn key(char: char) -> Message {
    Message::Input(Event::Key(KeyEvent::new(KeyCode::Char(char), KeyModifiers::NONE)))
}

#[test]
fn keys_that_wait_share_a_frame_and_q_ends() {
    let (outbox, inbox) = unbounded();
    (0..1_000).for_each(|_| outbox.send(key('2')).unwrap());
    outbox.send(key('q')).unwrap();
    let mut surface = Counting::default();
    drive(&mut model(), &mut surface, &inbox, &mut Idle).unwrap();
    assert!(surface.frames <= 3, "{} frames", surface.frames);
}

#[test]
fn nothing_is_drawn_while_nothing_happens() {
    let (outbox, inbox) = unbounded();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(60));
        outbox.send(key('2')).unwrap();
        std::thread::sleep(Duration::from_millis(150));
        drop(outbox);
    });
    let mut surface = Counting::default();
    drive(&mut model(), &mut surface, &inbox, &mut Idle).unwrap();
    assert_eq!(surface.frames, 2, "the first frame and the key's");
}

#[test]
fn a_timer_wakes_the_loop_by_itself() {
    let (outbox, inbox) = unbounded();
    let start = KeyEvent::new(KeyCode::Char(']'), KeyModifiers::ALT);
    outbox.send(Message::Input(Event::Key(start))).unwrap();
    let waiting = outbox.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(650));
        waiting.send(key('q')).unwrap();
    });
    let mut model = model();
    let begun = Instant::now();
    drive(&mut model, &mut Counting::default(), &inbox, &mut Idle).unwrap();
    assert!(model.leaving && begun.elapsed() >= Duration::from_millis(600), "q counts once the reply is over");
    drop(outbox);
}

#[test]
fn a_redraw_and_a_stop_take_the_size_anew() {
    let (outbox, inbox) = unbounded();
    outbox.send(Message::Resumed).unwrap();
    outbox.send(Message::Suspend).unwrap();
    outbox.send(Message::Leave).unwrap();
    let mut model = model();
    model.size = (10, 10);
    let mut surface = Counting::default();
    drive(&mut model, &mut surface, &inbox, &mut Idle).unwrap();
    assert_eq!((surface.redraws, model.size), (2, (80, 24)));
}

#[test]
fn no_color_stands_above_the_theme_and_auto_asks() {
    let options =
        |theme: Option<&str>, no_color| Options { theme: theme.map(str::to_owned), no_color, ..Options::default() };
    assert_eq!(options(Some("light"), false).kind(), Ok(Some(Kind::Light)));
    assert_eq!(options(Some("light"), true).kind(), Ok(Some(Kind::Plain)));
    assert_eq!(options(Some("auto"), false).kind(), Ok(None));
    assert_eq!(options(None, true).kind(), Ok(Some(Kind::Plain)));
    assert!(options(Some("pink"), false).kind().is_err());
}

#[test]
fn a_window_that_changed_is_drawn_anew_even_at_the_same_size() {
    let (outbox, inbox) = unbounded();
    outbox.send(Message::Input(Event::Resize(80, 24))).unwrap();
    outbox.send(Message::Leave).unwrap();
    let mut surface = Counting::default();
    drive(&mut model(), &mut surface, &inbox, &mut Idle).unwrap();
    assert_eq!((surface.forgot, surface.redraws), (1, 0));
}
