//! `trueup review`: the terminal face on a book.

use super::args::{Review, ScreenArgs};
use super::{Ended, Failure, month, password};
use crate::book::Config;
use crate::desk::{Session, SessionOptions, check_named};
use crate::reconcile::Finest;
use crate::report::Dimension;
use crate::tui;

pub fn run(args: &Review) -> Result<Ended, Failure> {
    if !args.files.book.is_dir() {
        return Err(Failure(format!(
            "{} is no folder. Make a book there first: trueup init {0}",
            args.files.book.display()
        )));
    }
    let options = SessionOptions { read_only: args.read_only, no_copy: args.no_copy, ..month::options(&args.files) };
    open(Asked { options, rows: args.files.rows, grain: args.grain, tour: false }, &args.screen)
}

/// Refuses to go on where no screen can be drawn or no key be typed.
pub fn check_terminal() -> Result<(), Failure> {
    use std::io::IsTerminal;
    if std::io::stdout().is_terminal() && std::io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Failure("The review needs a terminal. Without one, trueup reconcile prints the same figures.".into()))
}

/// What a review opens, and how it is read.
pub struct Asked {
    pub options: SessionOptions,
    /// As for [`Session::row_by_row`].
    pub rows: bool,
    /// As for [`Session::with_grain`].
    pub grain: Option<Finest>,
    /// Begin with the tour of the keys.
    pub tour: bool,
}

/// Opens the terminal face.
pub fn open(asked: Asked, screen: &ScreenArgs) -> Result<Ended, Failure> {
    let Asked { options, rows, grain, tour: asked_for_tour } = asked;
    // A configuration or a file that cannot be read is better said before the
    // screen opens, and before the lack of a terminal: it is wrong there too.
    let config = Config::load(&options.dir).map_err(|e| Failure(e.to_string()))?;
    check_named(&options.inputs, &config)?;
    check_terminal()?;
    let keep = screen.keep.iter().filter_map(Dimension::extra).collect();
    let session = Session::open(options)?.keeping(keep).row_by_row(rows).with_grain(grain);
    session.unlock(&password::ask)?;
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let no_motion = is_set("PREFERS_REDUCED_MOTION") && std::env::var_os("PREFERS_REDUCED_MOTION") != Some("0".into());
    let plain = screen.plain || config.settings.plain;
    let face = tui::Options {
        theme: screen.theme.clone().or(config.settings.theme),
        keys: config.settings.keys,
        ascii: screen.ascii,
        no_color: is_set("NO_COLOR"),
        // A screen reader has no use for clicks, and its user selects text.
        mouse: config.settings.mouse && !plain,
        plain,
        still: plain || config.settings.reduced_motion || no_motion,
        columns: directories::ProjectDirs::from("", "", "trueup").map(|of| of.config_dir().join("columns.toml")),
        tour: asked_for_tour,
    };
    tui::run(session, face).map_err(|e| Failure(e.to_string()))?;
    Ok(Ended::Well)
}
