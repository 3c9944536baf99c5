//! The files a new book begins with: examples of the documented shapes, and a
//! page that explains them.

use std::fs;
use std::path::{Path, PathBuf};

use super::{BookError, write_atomically};

const FILES: [(&str, &str); 5] = [
    ("pricing.json", include_str!("starter/pricing.json")),
    ("projects.json", include_str!("starter/projects.json")),
    ("subsidies.json", include_str!("starter/subsidies.json")),
    ("config.toml", include_str!("starter/config.toml")),
    ("README-trueup.md", include_str!("starter/README-trueup.md")),
];

/// Writes the starter files into a folder, which is made where it is missing.
///
/// # Errors
/// [`BookError::Refused`] when any of them is there already; then nothing is
/// written.
pub fn init(dir: &Path) -> Result<Vec<PathBuf>, BookError> {
    fs::create_dir_all(dir).map_err(BookError::io(dir, "made"))?;
    let there: Vec<&str> =
        FILES.iter().map(|(name, _)| *name).filter(|name| fs::symlink_metadata(dir.join(name)).is_ok()).collect();
    if !there.is_empty() {
        let why = format!("holds {} already, and nothing was written; choose another folder", there.join(", "));
        return Err(BookError::refused(dir, why));
    }
    let mut written = Vec::with_capacity(FILES.len());
    for (name, text) in FILES {
        let path = dir.join(name);
        write_atomically(&path, text.as_bytes())?;
        written.push(path);
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::{Config, Settings};

    #[test]
    fn the_starter_files_load_without_a_notice() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("new/book");
        assert_eq!(init(&folder).unwrap().len(), FILES.len());
        let config = Config::load(&folder).unwrap();
        assert!(config.notices.is_empty(), "{:?}", config.notices);
    }

    #[test]
    fn the_starter_settings_are_the_defaults_and_show_every_key() {
        let text = include_str!("starter/config.toml");
        assert_eq!(Settings::parse(text, Path::new("config.toml")).unwrap(), Settings::default());
        // What is commented out is valid too.
        let shown: String = text
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.contains(" = ") || rest.starts_with('[') => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let all = Settings::parse(&shown, Path::new("config.toml")).unwrap();
        assert!(
            all.theme.is_some() && all.fund_org_pattern.is_some() && all.keys.len() == 1 && all.columns.len() == 1,
            "{all:?}"
        );
        assert!(all.categories.len() == 2 && all.margin.is_some(), "{all:?}");
        assert!(all.margin_included.of("litellm").is_some(), "{all:?}");
    }

    #[test]
    fn nothing_is_written_over_and_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("subsidies.json"), "mine").unwrap();
        let refusal = init(dir.path()).unwrap_err().to_string();
        assert!(refusal.contains("holds subsidies.json already"), "{refusal}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert_eq!(fs::read_to_string(dir.path().join("subsidies.json")).unwrap(), "mine");
    }
}
