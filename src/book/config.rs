//! The files people edit: found, read and parsed, with a word on each that is
//! not there.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::settings::Settings;
use super::{BookError, parse};
use crate::allocate::{Projects, SubsidyRule, unknown_projects};
use crate::focus::Profile;
use crate::journal::ConfigFile;
use crate::place::PlacedError;
use crate::price::PriceBook;
use crate::reconcile::Finest;
use crate::review::rules::Rule;

/// What the config files say.
#[derive(Debug, Clone)]
pub struct Config {
    pub prices: PriceBook,
    pub projects: Projects,
    pub subsidies: Vec<SubsidyRule>,
    pub settings: Settings,
    /// In the order of `rules.toml`.
    pub rules: Vec<Rule>,
    /// The files as they stand, without a byte order mark; empty for one that
    /// is not there.
    pub texts: BTreeMap<ConfigFile, String>,
    /// Where they were found.
    pub paths: ConfigPaths,
    /// What is missing and what that means, in sentences.
    pub notices: Vec<String>,
    /// The grain that this run was asked for, instead of that of `config.toml`.
    pub grain: Option<Finest>,
}

/// Where one config file is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigPath {
    pub path: PathBuf,
    /// The operator named it, so that it must be there.
    pub named: bool,
}

/// Where all of them are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigPaths {
    pub pricing: ConfigPath,
    pub projects: ConfigPath,
    pub subsidies: ConfigPath,
    pub settings: ConfigPath,
    pub rules: ConfigPath,
}

impl ConfigPath {
    pub fn new(path: impl Into<PathBuf>, named: bool) -> Self {
        Self { path: path.into(), named }
    }
}

impl ConfigPaths {
    /// Under their usual names in a folder.
    pub fn in_folder(dir: &Path) -> Self {
        let usual = |file: ConfigFile| ConfigPath::new(dir.join(file.name()), false);
        Self {
            pricing: usual(ConfigFile::Pricing),
            projects: usual(ConfigFile::Projects),
            subsidies: usual(ConfigFile::Subsidies),
            settings: usual(ConfigFile::Settings),
            rules: usual(ConfigFile::Rules),
        }
    }

    fn of(&self, file: ConfigFile) -> &ConfigPath {
        match file {
            ConfigFile::Pricing => &self.pricing,
            ConfigFile::Projects => &self.projects,
            ConfigFile::Subsidies => &self.subsidies,
            ConfigFile::Settings => &self.settings,
            ConfigFile::Rules => &self.rules,
        }
    }
}

impl Config {
    /// The config files of a book.
    ///
    /// # Errors
    /// As [`Config::load_from`].
    pub fn load(dir: &Path) -> Result<Self, BookError> {
        Self::load_from(&ConfigPaths::in_folder(dir))
    }

    /// # Errors
    /// [`BookError::Config`] with line and column for what does not parse,
    /// [`BookError::Io`] for what cannot be read or was named and is missing.
    pub fn load_from(paths: &ConfigPaths) -> Result<Self, BookError> {
        let mut texts = BTreeMap::new();
        let mut notices = Vec::new();
        for file in ConfigFile::ALL {
            let ConfigPath { path, named } = paths.of(file);
            let found = read_text(path)?;
            if found.is_none() {
                if *named {
                    let missing = io::Error::from(io::ErrorKind::NotFound);
                    return Err(BookError::Io { path: path.clone(), doing: "read", source: missing });
                }
                if let Some(meaning) = without(file) {
                    notices.push(format!("There is no {}: {meaning}.", path.display()));
                }
            }
            texts.insert(file, found.unwrap_or_default());
        }
        let config = Self::from_texts(texts, paths)?;
        let unknown = unknown_projects(&config.subsidies, &config.projects);
        notices.extend(unknown.into_iter().map(|what| format!("In {}, {what}.", paths.subsidies.path.display())));
        Ok(Self { notices, ..config })
    }

    /// The configuration that these texts make, as if they stood in the files;
    /// an empty text is a file that is not there.
    ///
    /// # Errors
    /// [`BookError::Config`] with line and column for what does not parse.
    pub fn from_texts(texts: BTreeMap<ConfigFile, String>, paths: &ConfigPaths) -> Result<Self, BookError> {
        let text = |file| texts.get(&file).map_or("", String::as_str);
        let json = |file| Some(text(file)).filter(|text| !text.is_empty());
        let settings = Settings::parse(text(ConfigFile::Settings), &paths.settings.path)?;
        let mut prices = parse::prices(json(ConfigFile::Pricing).unwrap_or("{}"), &paths.pricing.path)?;
        prices.models = settings.models.clone();
        Ok(Self {
            prices,
            projects: json(ConfigFile::Projects)
                .map(|text| parse::projects(text, &paths.projects.path))
                .transpose()?
                .unwrap_or_default(),
            subsidies: json(ConfigFile::Subsidies)
                .map(|text| parse::subsidies(text, &paths.subsidies.path))
                .transpose()?
                .unwrap_or_default(),
            settings,
            rules: parse::rules(text(ConfigFile::Rules), &paths.rules.path)?,
            texts,
            paths: paths.clone(),
            notices: Vec::new(),
            grain: None,
        })
    }

    /// The same for a run that writes its file in this shape, and purchases of
    /// credits with it; `None` and `false` leave it at what `config.toml` says.
    #[must_use]
    pub fn writing(mut self, profile: Option<Profile>, purchases: bool) -> Self {
        self.settings.profile = profile.unwrap_or(self.settings.profile);
        self.settings.terms.purchases |= purchases;
        self
    }

    /// The same for a run that compares nothing at a finer grain than this;
    /// `None` leaves it at what `config.toml` says.
    pub fn with_grain(mut self, grain: Option<Finest>) -> Self {
        if let Some(grain) = grain {
            self.settings.rules.finest = grain;
        }
        self.grain = grain;
        self
    }
}

/// What it means that a file is missing; nothing for one whose absence only
/// means the documented defaults.
fn without(file: ConfigFile) -> Option<&'static str> {
    match file {
        ConfigFile::Pricing => Some("the shipped prices count, and there are no credit pools"),
        ConfigFile::Projects => Some("nobody is assigned to a project, so every charge is unassigned"),
        ConfigFile::Subsidies => Some("no subsidy is paid"),
        ConfigFile::Settings | ConfigFile::Rules => None,
    }
}

/// Whether a text would load again as this file.
///
/// # Errors
/// What is wrong with it, placed.
pub(super) fn check(file: ConfigFile, text: &str, path: &Path) -> Result<(), PlacedError> {
    match file {
        ConfigFile::Pricing => parse::prices(text, path).map(|_| ()),
        ConfigFile::Projects => parse::projects(text, path).map(|_| ()),
        ConfigFile::Subsidies => parse::subsidies(text, path).map(|_| ()),
        ConfigFile::Settings => Settings::parse(text, path).map(|_| ()),
        ConfigFile::Rules => parse::rules(text, path).map(|_| ()),
    }
}

/// A text file without its byte order mark; `None` where there is none.
pub(super) fn read_text(path: &Path) -> Result<Option<String>, BookError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(BookError::Io { path: path.into(), doing: "read", source }),
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text.strip_prefix('\u{feff}').map(Into::into).unwrap_or(text))),
        Err(error) => {
            let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let line = valid.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
            let what = "is not UTF-8 from here on; save it again as UTF-8";
            Err(PlacedError { line: Some(line), ..PlacedError::new(path, what) }.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_missing_file_is_said_and_a_named_one_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::load(dir.path()).unwrap();
        assert_eq!(config.settings, Settings::default());
        assert_eq!(config.notices.len(), 3, "{:?}", config.notices);
        assert!(config.notices.iter().any(|n| n.ends_with("subsidies.json: no subsidy is paid.")));

        let mut paths = ConfigPaths::in_folder(dir.path());
        paths.subsidies = ConfigPath::new(dir.path().join("sponsor.json"), true);
        let refusal = Config::load_from(&paths).unwrap_err().to_string();
        assert!(refusal.ends_with("sponsor.json could not be read: there is no such file or folder"), "{refusal}");
    }

    #[test]
    fn a_broken_file_is_named_with_its_place() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("projects.json"), "{\n  \"projects\": [,]\n}").unwrap();
        let refusal = Config::load(dir.path()).unwrap_err().to_string();
        assert!(refusal.contains("projects.json:2:"), "{refusal}");
        fs::write(dir.path().join("projects.json"), b"{\n\"a\": \"\xff\"}").unwrap();
        let refusal = Config::load(dir.path()).unwrap_err().to_string();
        assert!(refusal.ends_with("projects.json:2: is not UTF-8 from here on; save it again as UTF-8"), "{refusal}");
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("pricing.json"), "\u{feff}{}").unwrap();
        fs::write(dir.path().join("config.toml"), "\u{feff}theme = \"dark\"\r\n").unwrap();
        let config = Config::load(dir.path()).unwrap();
        assert_eq!(config.texts[&ConfigFile::Pricing], "{}");
        assert_eq!(config.settings.theme.as_deref(), Some("dark"));
    }
}
