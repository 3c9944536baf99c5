//! The terminal face: what is on the screen, what a key does, and the threads
//! that keep both quick. Messages come in, [`update`] changes the model, a
//! frame is drawn from it, and effects go out to workers.

mod background;
#[cfg(test)]
mod bench;
mod burn;
mod canvas;
mod clipboard;
mod columns;
mod editor;
mod effect;
mod field;
mod figures;
mod filter;
mod groups;
mod journal;
mod key;
mod keymap;
mod list;
mod marks;
mod message;
mod minimap;
mod modal;
mod model;
mod pages;
mod pane;
mod pointer;
mod reader;
mod remember;
mod run;
mod signals;
mod stage;
mod summary;
mod tab;
mod terminal;
mod text;
mod theme;
mod told;
mod tour;
#[cfg(unix)]
mod typed;
mod update;
mod view;
mod why;
mod workers;
mod written;

pub use keymap::as_markdown as keys_as_markdown;
pub use run::{Options, run};
