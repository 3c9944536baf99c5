//! The README says what the program does: every command and flag of the
//! argument definitions, and the keys of the key table.

use clap::CommandFactory;
use trueup::cli::Cli;

fn readme() -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    std::fs::read_to_string(path).unwrap()
}

/// What stands between a mark and `<!-- end -->`.
fn part<'a>(text: &'a str, mark: &str) -> &'a str {
    let (_, rest) = text.split_once(mark).unwrap_or_else(|| panic!("README.md has no {mark}"));
    rest.split_once("<!-- end -->").unwrap_or_else(|| panic!("README.md does not end {mark}")).0.trim()
}

/// Whether a word stands in the text as itself and not as a part of another.
fn has_word(text: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(joins) && !after.is_some_and(joins)
    })
}

#[test]
fn every_command_and_long_flag_stands_in_the_readme() {
    let text = readme();
    let mut missing = Vec::new();
    let program = Cli::command();
    for command in program.get_subcommands().filter(|command| command.get_name() != "help") {
        if !has_word(&text, &format!("trueup {}", command.get_name())) {
            missing.push(format!("trueup {}", command.get_name()));
        }
        for flag in command.get_arguments().filter_map(clap::Arg::get_long).filter(|flag| *flag != "help") {
            if !has_word(&text, &format!("--{flag}")) {
                missing.push(format!("--{flag} of {}", command.get_name()));
            }
        }
    }
    assert!(missing.is_empty(), "README.md does not name: {}", missing.join(", "));
}

#[test]
fn the_keys_in_the_readme_are_those_of_the_key_table() {
    let expected = trueup::tui::keys_as_markdown();
    let text = readme();
    let found = part(&text, "<!-- keys -->");
    assert!(found == expected, "Put this between <!-- keys --> and <!-- end --> in README.md:\n\n{expected}\n");
}

/// The keys that a parser knows, from what it says of one that it does not.
fn keys(said: &str) -> Vec<String> {
    let (_, known) = said.split_once("expected one of").unwrap_or_else(|| panic!("{said}"));
    let keys = known.split('`').skip(1).step_by(2).filter(|key| !key.ends_with("comment"));
    keys.map(str::to_owned).collect()
}

#[test]
fn the_rules_in_the_readme_are_read_and_every_key_is_explained() {
    let text = readme();
    let json = |mark: &str| {
        let (_, rest) = text.split_once(mark).unwrap();
        rest.split_once("```json").and_then(|(_, rest)| rest.split_once("```")).unwrap().0.to_owned()
    };
    let file = std::path::Path::new("subsidies.json");
    let rules = trueup::allocate::parse_subsidies(&json("<!-- rules -->"), file).unwrap();
    assert_eq!(
        rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(),
        ["students", "provost", "heavy_use", "pilot"]
    );
    let file = std::path::Path::new("projects.json");
    let projects = trueup::allocate::Projects::parse(&json("<!-- projects -->"), file).unwrap();
    assert_eq!(projects.list.len(), 3, "each fund with each PI");

    let starter = include_str!("../src/book/starter/README-trueup.md");
    let rule = r#"{"subsidies": [{"zzz": 1}]}"#;
    let said = trueup::allocate::parse_subsidies(rule, file).unwrap_err().to_string();
    let project = r#"{"projects": [{"zzz": 1}]}"#;
    let of_projects = trueup::allocate::Projects::parse(project, file).unwrap_err().to_string();
    let known = [keys(&said), keys(&of_projects)].concat();
    assert!(known.len() > 25, "{known:?}");
    for key in known {
        for (name, text) in [("README.md", text.as_str()), ("README-trueup.md", starter)] {
            assert!(has_word(text, &key), "{name} does not explain {key}");
        }
    }
}

#[test]
fn the_screens_in_the_readme_are_captures_of_a_hundred_columns_at_most() {
    let text = readme();
    for mark in [
        "<!-- screen: discrepancies -->",
        "<!-- screen: close -->",
        "<!-- screen: summary -->",
        "<!-- screen: verdicts -->",
        "<!-- screen: why -->",
        "<!-- screen: burn-down -->",
    ] {
        let screen = part(&text, mark);
        let lines: Vec<&str> = screen.lines().filter(|line| !line.starts_with("```")).collect();
        assert!(lines.len() >= 20, "{mark} is empty");
        assert!(lines.iter().all(|line| line.chars().count() <= 100), "{mark} is wider than a hundred columns");
    }
}

/// What somebody copies from a page into `pricing.json` is taken as it stands.
#[test]
fn every_purchase_of_credits_that_is_shown_parses() {
    let page = include_str!("../src/book/starter/README-trueup.md");
    let (_, begins) = page.split_once("        \"credit_pools\": [").unwrap();
    let (of_page, _) = begins.split_once("\n        ]").unwrap();
    let readme = readme();
    let of_readme = readme.split("```json").skip(1).filter_map(|rest| rest.split("```").next());
    let of_readme: Vec<&str> = of_readme.filter(|text| text.contains("\"credit_pools\"")).collect();
    assert_eq!(of_readme.len(), 1, "{of_readme:?}");
    let texts = [
        of_readme[0].to_owned(),
        format!("{{\"credit_pools\": [{of_page}]}}"),
        trueup::price::EXAMPLE_PURCHASE.to_owned(),
    ];
    for text in texts {
        let book =
            trueup::price::PriceBook::parse(&text, "pricing.json".as_ref()).unwrap_or_else(|e| panic!("{e}: {text}"));
        let lots: Vec<_> =
            book.lots.iter().map(|lot| (lot.name.as_str(), lot.cost.each().unwrap().to_string())).collect();
        assert_eq!(lots, [("edu-2026", "0.05".to_owned())], "{text}");
    }
}
