//! The folder of a workspace: config files, inputs and `trueup.db`.
//!
//! Decisions come in as journal entries and exports as finished bytes; what
//! goes out is what was put in, checked. Everything here survives a crash at
//! any instant: a change is as before or as after when the book is opened next.

mod ahead;
mod alone;
mod applied;
mod archive;
mod atomic;
mod categories;
mod charge_draws;
mod chargeback;
mod charged;
mod column_maps;
mod config;
mod edits;
mod entries;
mod error;
mod export;
mod fault;
mod hashing;
mod included_margin;
mod inputs;
mod intent;
mod lock;
mod model_names;
mod open;
mod openings;
mod parse;
mod placing;
mod removal;
mod rules_file;
mod schema;
mod session;
mod settings;
mod settings_edit;
mod sign;
mod starter;
mod system;
mod table_rows;
#[cfg(test)]
mod tests;
mod toml_reader;

pub use alone::{Alone, Clash, Statement, change_alone, differences};
pub use archive::{Archive, Member, MemberContent};
pub use atomic::{Written, write_atomically, write_atomically_with, write_in_one_piece_with};
pub use charge_draws::{ChargeDraw, ChargeDraws, StoredDraw};
pub use charged::Charged;
pub use config::{Config, ConfigPath, ConfigPaths};
pub use edits::FileChange;
pub use error::BookError;
pub use export::{Beside, Content, DrawRow, ExportPlan, ExportRecord, KeptRows, LotDrawRow, Manifest, Writer};
pub use inputs::{Imported, InputRecord, NewInput, Waiting};
pub use model_names::set_model_name;
pub use open::{Access, Book};
pub use openings::{AdoptedState, OtherMonths, Stale};
pub use removal::{Known, KnownInput, KnownInputs, Removable};
pub use rules_file::{parse_rules, remove_rule, set_rule, set_suggest};
pub use settings::Settings;
pub use settings_edit::{set_filter, set_grain, set_profile, set_tolerance};
pub use sign::{SignPlan, signed_pack};
pub use starter::init;
pub use system::{now, who};
pub use table_rows::{TableCopy, table_rows};

/// The database of a book, in its folder.
pub const DATABASE: &str = "trueup.db";
/// The lock of the process that has the book open for writing.
pub const LOCK: &str = "trueup.lock";
/// The folder with copies of everything that was imported.
pub const INPUTS: &str = "inputs";
/// The folder with every signed version of every month.
pub const SIGNED: &str = "signed";
/// The folder with the rows of tables as they were read last.
pub const TABLES: &str = "tables";
/// Where the subsidy state is written for other tools.
pub const STATE_FILE: &str = "subsidy_state.json";
