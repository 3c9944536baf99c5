//! Config files and the journal, rewritten from here and from elsewhere.

use super::*;

fn edit(before: &str, after: &str) -> Action {
    let summary = "another price".into();
    Action::EditFile { file: ConfigFile::Pricing, before: before.into(), after: after.into(), summary }
}

#[test]
fn an_edit_changes_the_file_and_the_journal_together() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    let texts = Config::load(dir.path()).unwrap().texts;
    assert!(book.remember_config(&texts, at(0)).unwrap().is_empty());
    let made = book.edit_file(None, edit("", "{}"), at(1)).unwrap();
    let changed = book.edit_file(Some(month("2026-01")), edit("{}", "{\"currency\": \"USD\"}"), at(2)).unwrap();
    assert_eq!(book.entries().unwrap(), [made, changed].concat());
    assert!(book.edit_file(None, edit("{}", "{}"), at(3)).unwrap().is_empty());
    let config = Config::load(dir.path()).unwrap();
    assert_eq!(config.texts[&ConfigFile::Pricing], "{\"currency\": \"USD\"}");
    assert!(book.outside_edits(&config.texts).unwrap().is_empty());
    // Taken back to where there was no file.
    let back = FileChange { file: ConfigFile::Pricing, before: "{\"currency\": \"USD\"}".into(), after: String::new() };
    book.rewrite_file(None, back, vec![Action::Undo { seq: 2 }, Action::Undo { seq: 1 }], at(4)).unwrap();
    assert!(!dir.path().join("pricing.json").exists());
    assert_eq!(book.entries().unwrap().len(), 4);
}

#[test]
fn a_file_that_changed_meanwhile_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    fs::write(dir.path().join("pricing.json"), "{\"mine\": 1}").unwrap();
    let said = book.edit_file(None, edit("{}", "{\"ours\": 1}"), at(1)).unwrap_err().to_string();
    assert!(said.contains("pricing.json was changed by another program meanwhile"), "{said}");
    let said = book.edit_file(None, edit("{\"mine\": 1}", "{"), at(1)).unwrap_err().to_string();
    assert!(said.contains("pricing.json:1:"), "{said}");
    assert_eq!(fs::read_to_string(dir.path().join("pricing.json")).unwrap(), "{\"mine\": 1}");
    assert!(book.entries().unwrap().is_empty());
    assert!(book.edit_file(None, note("no edit"), at(1)).is_err());
}

#[test]
fn an_edit_from_outside_is_noticed_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    let texts = |pricing: &str| BTreeMap::from([(ConfigFile::Pricing, pricing.to_string())]);
    assert!(book.outside_edits(&texts("{}")).unwrap().is_empty(), "the first sight is no edit");
    book.remember_config(&texts("{}"), at(1)).unwrap();
    let found = book.outside_edits(&texts("{ }")).unwrap();
    let edit = Action::OutsideEdit { file: ConfigFile::Pricing, before: "{}".into(), after: "{ }".into() };
    assert_eq!(found, std::slice::from_ref(&edit));
    let journaled = book.remember_config(&texts("{ }"), at(2)).unwrap();
    assert_eq!(journaled.iter().map(|e| e.action.clone()).collect::<Vec<_>>(), [edit]);
    assert!(book.remember_config(&texts("{ }"), at(3)).unwrap().is_empty());
    // A file that appears, or goes, is an edit too.
    let mut more = texts("{ }");
    more.insert(ConfigFile::Subsidies, "{}".into());
    assert_eq!(book.outside_edits(&more).unwrap().len(), 1);
    assert_eq!(book.outside_edits(&BTreeMap::new()).unwrap().len(), 1);
}
