//! `rules.toml`: the rules made from decisions, as people review and edit them.
//! Text comes in and rules go out, or the same text with one rule more or
//! another, comments and all else as they stood.

use std::path::Path;

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};

use super::settings_edit::put;
use super::toml_reader::{Given, Reader, Section};
use crate::calendar::Day;
use crate::journal::ConfigFile;
use crate::place::PlacedError;
use crate::review::rules::{Rule, check_when, is_rule_name, verdict_of, word};

const TOP: [&str; 1] = ["rule"];
const KEYS: [&str; 9] = ["name", "version", "author", "reason", "since", "when", "verdict", "code", "suggest"];

/// What stands above the first rule of a new file.
const HEAD: &str = "\
# Rules made from decisions. Nothing is decided by them until somebody says yes
# to what they would do: trueup rules apply, or the same from the review.
# After a change by hand raise the version of the rule by one.

";

const NO_LIST: &str = "“rule” must be a list of tables: write each below a line [[rule]]";

/// Reads `rules.toml`.
///
/// # Errors
/// As [`parse`].
pub fn parse_rules(text: &str) -> Result<Vec<Rule>, PlacedError> {
    parse(text, Path::new(ConfigFile::Rules.name()))
}

/// # Errors
/// With line and column: text that is not TOML, an unknown key, a key that is
/// missing, two rules of one name, a value of the wrong kind.
pub(super) fn parse(text: &str, file: &Path) -> Result<Vec<Rule>, PlacedError> {
    let reader = Reader::new(text, file);
    let document = reader.document()?;
    let top = reader.top(&document, &TOP)?;
    // The program could not put another value into a list in one line.
    if document.get("rule").is_some_and(|item| !item.is_array_of_tables()) {
        return Err(top.refuse("rule", "must be a list of tables: write each below a line [[rule]]"));
    }
    let mut rules: Vec<Rule> = Vec::new();
    for section in top.list("rule", &KEYS)? {
        let rule = one(&section)?;
        if rules.iter().any(|known| known.name == rule.name) {
            let what = format!("is “{}” again; give each rule a name of its own", rule.name);
            return Err(section.refuse("name", &what));
        }
        rules.push(rule);
    }
    Ok(rules)
}

fn one(section: &Section<'_>) -> Result<Rule, PlacedError> {
    Ok(Rule {
        name: needed(section, "name", name)?,
        version: needed(section, "version", |given| match given.whole(u32::MAX)? {
            0 => Err("must be 1 or more".into()),
            version => Ok(version),
        })?,
        author: needed(section, "author", one_line)?,
        reason: needed(section, "reason", one_line)?,
        since: needed(section, "since", |given| {
            let text = given.date()?;
            Day::parse(&text).map_err(|error| format!("is “{text}”, which {error}"))
        })?,
        when: needed(section, "when", |given| check_when(&given.text()?))?,
        verdict: needed(section, "verdict", |given| verdict_of(&given.text()?))?,
        code: section.read("code", String::new(), code)?,
        suggest: section.read("suggest", false, |given| given.yes_or_no())?,
    })
}

/// Reads a key that has no default.
fn needed<T>(
    section: &Section<'_>,
    key: &str,
    read: impl FnOnce(Given) -> Result<T, String>,
) -> Result<T, PlacedError> {
    let missing = || section.refuse_entry(&format!("has no “{key}”; give each rule one"));
    section.read(key, None, |given| read(given).map(Some))?.ok_or_else(missing)
}

fn name(given: Given) -> Result<String, String> {
    let name = given.text()?;
    if is_rule_name(&name) { Ok(name) } else { Err(format!("is “{name}”; a name has letters, digits, - and _")) }
}

/// What reaches the terminal has no control characters.
fn one_line(given: Given) -> Result<String, String> {
    let text = given.text()?;
    if text.chars().any(char::is_control) {
        Err("must be one line without control characters".into())
    } else {
        Ok(text)
    }
}

/// May be empty.
fn code(given: Given) -> Result<String, String> {
    match given.text_or_empty()? {
        text if text.chars().any(char::is_control) => Err("has a control character in it".into()),
        text => Ok(text.trim().to_owned()),
    }
}

/// The text of `rules.toml` with this rule in the place of the one that has its
/// name, or behind all others; comments and everything else stay.
///
/// # Errors
/// A sentence when the text is not a valid `rules.toml`, or cannot hold the
/// rule without changing another.
pub fn set_rule(text: &str, rule: &Rule) -> Result<String, String> {
    let mut meant = parse_rules(text).map_err(|error| error.to_string())?;
    match meant.iter_mut().find(|known| known.name == rule.name) {
        Some(known) => known.clone_from(rule),
        None => meant.push(rule.clone()),
    }
    edited(text, &rule.name, &meant, |table| {
        for (key, value) in values(rule) {
            put(table, key, &value)?;
        }
        Ok(())
    })
}

/// The text of `rules.toml` with these rules only suggesting from now on.
///
/// # Errors
/// As [`set_rule`].
pub fn set_suggest(text: &str, names: &[&str]) -> Result<String, String> {
    let mut after = text.to_owned();
    for name in names {
        let mut meant = parse_rules(&after).map_err(|error| error.to_string())?;
        for rule in meant.iter_mut().filter(|rule| rule.name == *name) {
            rule.suggest = true;
        }
        after = edited(&after, name, &meant, |table| put(table, "suggest", "true"))?;
    }
    Ok(after)
}

/// The text of `rules.toml` without one rule and what is written right above it.
///
/// # Errors
/// A sentence when there is no such rule, or as [`set_rule`].
pub fn remove_rule(text: &str, name: &str) -> Result<String, String> {
    let mut meant = parse_rules(text).map_err(|error| error.to_string())?;
    let at = meant.iter().position(|rule| rule.name == name);
    let at = at.ok_or_else(|| format!("rules.toml has no rule “{name}”."))?;
    meant.remove(at);
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    take_out(&mut document, "rule", at);
    checked(document.to_string(), &meant)
}

/// Takes an entry out of a list of tables, with what is written right above it;
/// what a blank line parts from it stays.
pub(super) fn take_out(document: &mut DocumentMut, key: &str, at: usize) {
    let Some(list) = document.get_mut(key).and_then(Item::as_array_of_tables_mut) else { return };
    let stays = list.get(at).map(above).unwrap_or_default();
    list.remove(at);
    match list.get_mut(at) {
        Some(next) => {
            let own = prefix(next).unwrap_or("\n");
            // At the top, and below a blank line, it needs none of its own.
            let own = if at == 0 || !stays.is_empty() { own.trim_start_matches('\n') } else { own };
            let together = format!("{stays}{own}");
            next.decor_mut().set_prefix(together);
        }
        None => {
            let behind = document.trailing().as_str().unwrap_or_default();
            let together = format!("{stays}{behind}");
            document.set_trailing(together);
        }
    }
}

/// Puts what stands at the end of the text above the only entry of a list: it
/// is what was left of others, such as the words at the top of the file.
pub(super) fn below_what_is_left(document: &mut DocumentMut, key: &str) {
    let left = document.trailing().as_str().unwrap_or_default().to_owned();
    let list = document.get_mut(key).and_then(Item::as_array_of_tables_mut).filter(|list| list.len() == 1);
    if let Some(table) = list.and_then(|list| list.get_mut(0)).filter(|_| !left.is_empty()) {
        table.decor_mut().set_prefix(left);
        document.set_trailing("");
    }
}

/// What stands between the rule before and a rule.
fn prefix(table: &Table) -> Option<&str> {
    table.decor().prefix().and_then(|raw| raw.as_str())
}

/// Of what stands above a rule, all up to the last blank line.
fn above(table: &Table) -> String {
    let prefix = prefix(table).unwrap_or_default();
    let end = prefix.rfind("\n\n").map_or(0, |at| at + 2);
    let stays = prefix.get(..end).unwrap_or_default();
    if stays.trim().is_empty() { String::new() } else { stays.to_owned() }
}

/// Every key with its value as TOML has it, in the order of the file.
fn values(rule: &Rule) -> [(&'static str, String); 9] {
    let text = |text: &str| Value::from(text).to_string();
    [
        ("name", text(&rule.name)),
        ("version", rule.version.to_string()),
        ("author", text(&rule.author)),
        ("reason", text(&rule.reason)),
        ("since", rule.since.to_string()),
        ("when", text(&rule.when.to_text())),
        ("verdict", text(word(rule.verdict))),
        ("code", text(&rule.code)),
        ("suggest", rule.suggest.to_string()),
    ]
}

/// Changes the table of one rule, and checks that the text then says what is
/// meant and nothing else.
fn edited(
    text: &str,
    name: &str,
    meant: &[Rule],
    change: impl FnOnce(&mut Table) -> Result<(), String>,
) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let list = document
        .entry("rule")
        .or_insert(Item::ArrayOfTables(ArrayOfTables::new()))
        .as_array_of_tables_mut()
        .ok_or(NO_LIST)?;
    let is_it = |table: &Table| table.get("name").and_then(Item::as_str).map(str::trim) == Some(name);
    let at = list.iter().position(is_it);
    match at.and_then(|at| list.get_mut(at)) {
        Some(table) => change(table)?,
        None => {
            let mut table = Table::new();
            change(&mut table)?;
            list.push(table);
            below_what_is_left(&mut document, "rule");
        }
    }
    let mut after = document.to_string();
    if text.trim().is_empty() {
        after = format!("{HEAD}{}", after.trim_start());
    }
    checked(after, meant)
}

/// The text, if it says what is meant and nothing else.
fn checked(after: String, meant: &[Rule]) -> Result<String, String> {
    match parse_rules(&after) {
        Ok(read) if read == meant => Ok(after),
        Ok(_) => Err("rules.toml could not be changed without changing more than the rule".into()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Verdict;
    use proptest::prelude::*;

    const TEXT: &str = "\
# Ours
[[rule]]
name = \"small\" # below a cent
version = 2
author = \"ada@desk\"
reason = \"rounding of the provider\"
since = 2026-01-01
when = \"outcome:discrepancy cause:rounding\"
verdict = \"approve\"

[[rule]]
name = \"tests\"
version = 1
author = \"ben@desk\"
reason = \"not ours\"
since = \"2026-02-01\"
when = 'user:\"test user\"'
verdict = \"exclude\"
code = \"test-usage\"
suggest = true
";

    fn fails(text: &str) -> String {
        parse_rules(text).unwrap_err().to_string()
    }

    #[test]
    fn rules_are_read_with_their_defaults() {
        let rules = parse_rules(TEXT).unwrap();
        let [small, tests] = rules.as_slice() else { panic!("{rules:?}") };
        assert_eq!((small.version, small.code.as_str(), small.suggest), (2, "", false));
        assert_eq!((tests.verdict, tests.since.to_string().as_str()), (Verdict::Exclude, "2026-02-01"));
        assert_eq!(tests.when.to_text(), "user:\"test user\"");
        assert_eq!(parse_rules(""), Ok(Vec::new()));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_column() {
        for (from, to, says) in [
            ("verdict = \"approve\"", "verdict = \"aprove\"", "rules.toml:9:11: “rule.verdict” is “aprove”"),
            ("cause:rounding\"", "decision:open\"", "rules.toml:8:8: “rule.when” asks for a decision"),
            ("version = 2", "version = 0", "rules.toml:4:11: “rule.version” must be 1 or more"),
            ("version = 2", "versoin = 2", "rules.toml:4:1: there is no key “versoin” in [rule]"),
            ("reason = \"not ours\"\n", "", "rules.toml:12: [[rule]] has no “reason”"),
            ("name = \"tests\"", "name = \"small\"", "rules.toml:12:8: “rule.name” is “small” again"),
            ("since = 2026-01-01", "since = 7", "rules.toml:7:9: “rule.since” must be a day"),
            (TEXT, "rule = [{name = 1}]", "rules.toml:1:8: “rule” must be a list of tables"),
            ("[[rule]]\nname = \"small\"", "x = 1\n[[rule]]\nname = \"small\"", "rules.toml:2:1: there is no key “x”"),
        ] {
            let said = fails(&TEXT.replacen(from, to, 1));
            assert!(said.starts_with(says), "{said}");
        }
    }

    #[test]
    fn another_version_leaves_everything_else_as_it_stands() {
        let rules = parse_rules(TEXT).unwrap();
        let next = Rule { version: 3, when: check_when("absdiff<0.01").unwrap(), ..rules[0].clone() };
        let text = set_rule(TEXT, &next).unwrap();
        assert!(text.starts_with("# Ours\n[[rule]]\nname = \"small\" # below a cent\nversion = 3\n"), "{text}");
        assert_eq!(parse_rules(&text).unwrap(), [next, rules[1].clone()]);
        assert!(text.ends_with(&TEXT[TEXT.find("\n[[rule]]\nname = \"tests\"").unwrap()..]), "{text}");
        let less = set_suggest(TEXT, &["small"]).unwrap();
        assert_eq!(parse_rules(&less).unwrap(), [Rule { suggest: true, ..rules[0].clone() }, rules[1].clone()]);
        assert_eq!(less.replace("suggest = true\n\n", "\n"), TEXT, "one line more, and nothing else");
    }

    #[test]
    fn a_rule_goes_with_what_is_written_right_above_it() {
        let head = super::HEAD;
        let [small, tests] = TEXT
            .strip_prefix("# Ours\n")
            .unwrap()
            .split_once("\n[[rule]]\n")
            .map(|(a, b)| [a.to_owned(), format!("[[rule]]\n{b}")])
            .unwrap();
        let both = format!("{head}# the first\n{small}\n# the second\n{tests}");
        assert_eq!(remove_rule(&both, "small").unwrap(), format!("{head}# the second\n{tests}"));
        assert_eq!(remove_rule(&both, "tests").unwrap(), format!("{head}# the first\n{small}"));
        let none = remove_rule(&remove_rule(&both, "tests").unwrap(), "small").unwrap();
        assert_eq!(none, head);
        let again = set_rule(&none, &parse_rules(TEXT).unwrap()[0]).unwrap();
        assert!(again.starts_with(HEAD), "{again}");
        assert_eq!(remove_rule(TEXT, "smal").unwrap_err(), "rules.toml has no rule “smal”.");
        assert!(remove_rule("[[rule]]\nname = 1", "small").is_err());
    }

    #[test]
    fn the_first_rule_makes_a_file_that_explains_itself() {
        let rule = crate::review::rules::rule("small", "cause:rounding", Verdict::Defer);
        let text = set_rule("", &rule).unwrap();
        assert!(text.starts_with("# Rules made from decisions."), "{text}");
        assert_eq!(parse_rules(&text).unwrap(), [rule]);
    }

    proptest! {
        #[test]
        fn a_rule_is_read_as_it_was_written(
            name in "[a-z0-9_-]{1,12}", version in 1u32.., author in "[a-z@]{1,9}", reason in "[ -~äß“”]{0,20}[!-~]",
            day in 0i32..30_000, user in "[ -~é]{1,8}", verdict in 0..6usize, code in "[a-z-]{0,9}", suggest in any::<bool>(),
        ) {
            let when = crate::review::filter::Filter::default().and(crate::review::filter::Term::is(
                crate::review::filter::TextField::User, &user,
            ));
            let rule = Rule {
                name, version, author, reason: reason.trim().to_owned(), since: Day::from_number(day), when,
                verdict: Verdict::ALL[verdict], code, suggest,
            };
            for text in ["", TEXT] {
                let after = set_rule(text, &rule).unwrap();
                let read = parse_rules(&after).unwrap();
                prop_assert_eq!(read.iter().find(|read| read.name == rule.name), Some(&rule));
            }
        }
    }
}
