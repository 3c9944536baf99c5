//! `[[categories]]` of `config.toml`: kinds of use, by rules.

use super::toml_reader::{Given, Section};
use crate::place::PlacedError;
use crate::report::Category;
use crate::review::filter::Pattern;

const KEYS: [&str; 7] = ["name", "tokens_over", "tokens_under", "action", "model", "endpoint", "fallback_per_request"];

/// The categories in the order they are written.
///
/// # Errors
/// With line and column: a category without a name or with one used before,
/// a key that is not known, a value of the wrong kind, token limits that
/// leave nothing between them.
pub(super) fn categories(top: &Section<'_>) -> Result<Vec<Category>, PlacedError> {
    let mut all: Vec<Category> = Vec::new();
    for (at, section) in top.list("categories", &KEYS)?.into_iter().enumerate() {
        let name = section.read("name", String::new(), plain_text)?;
        if name.is_empty() {
            return Err(top.refuse("categories", &format!("has no “name” in table {}; give each one", at + 1)));
        }
        if all.iter().any(|known| known.name == name) {
            return Err(section.refuse("name", &format!("is “{name}” again; give each category a name of its own")));
        }
        let category = Category {
            name,
            tokens_over: section.read("tokens_over", None, tokens)?,
            tokens_under: section.read("tokens_under", None, tokens)?,
            action: section.read("action", None, pattern)?,
            model: section.read("model", None, pattern)?,
            endpoint: section.read("endpoint", None, pattern)?,
            fallback_per_request: section.read("fallback_per_request", None, |given| given.amount().map(Some))?,
        };
        if let (Some(over), Some(under)) = (category.tokens_over, category.tokens_under)
            && under <= over.saturating_add(1)
        {
            return Err(section.refuse("tokens_under", &format!("leaves nothing above {over}; make it greater")));
        }
        all.push(category);
    }
    Ok(all)
}

/// A name reaches the terminal and files, so it has no control characters.
fn plain_text(given: Given) -> Result<String, String> {
    let text = given.text()?;
    if text.chars().any(char::is_control) { Err("has a control character in it".into()) } else { Ok(text) }
}

fn tokens(given: Given) -> Result<Option<i64>, String> {
    given.whole(u32::MAX).map(|tokens| Some(i64::from(tokens)))
}

fn pattern(given: Given) -> Result<Option<Pattern>, String> {
    given.text().map(|text| Some(Pattern::wildcard(&text)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::book::Settings;

    fn parse(text: &str) -> Result<Settings, String> {
        Settings::parse(text, Path::new("config.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn categories_are_read_in_their_order() {
        let text = "margin_percent = 12.5\n[[categories]]\nname = \"long\"\ntokens_over = 100\nmodel = \"gpt*\"\n\
                    [[categories]]\nname = \"sound\"\naction = \"speech\"\nfallback_per_request = 0.02\n";
        let settings = parse(text).unwrap();
        assert_eq!(settings.margin.unwrap().percent().to_string(), "12.5");
        let [long, sound] = &settings.categories[..] else { panic!("{:?}", settings.categories) };
        assert_eq!((long.name.as_str(), long.tokens_over), ("long", Some(100)));
        assert!(long.model.as_ref().unwrap().matches("GPT-5"));
        assert_eq!(sound.fallback_per_request.unwrap().to_string(), "0.02");
        assert_eq!(parse("categories = [{ name = \"all\" }]").unwrap().categories.len(), 1);
    }

    #[test]
    fn what_is_wrong_with_a_category_is_said_with_its_place() {
        for (text, message) in [
            ("categories = 1", "config.toml:1:1: “categories” must be a list of tables: write each below a line"),
            ("[categories]\nname = \"a\"", "config.toml:1:2: “categories” must be a list of tables"),
            ("[[categories]]\nmodel = \"a\"", "config.toml:1:1: “categories” has no “name” in table 1"),
            ("[[categories]]\nname = \"\"", "config.toml:2:8: “categories.name” must be text in quotes, and not empty"),
            (
                "[[categories]]\nname = \"a\"\n[[categories]]\nname = \"a\"",
                "config.toml:4:8: “categories.name” is “a” again",
            ),
            ("[[categories]]\nname = \"a\"\nmodle = \"b\"", "config.toml:3:1: there is no key “modle” in [categories]"),
            (
                "[[categories]]\nname = \"a\"\ntokens_over = 10\ntokens_under = 11",
                "config.toml:4:16: “categories.tokens_under” leaves nothing above 10",
            ),
            (
                "[[categories]]\nname = \"a\"\nfallback_per_request = -1",
                "config.toml:3:24: “categories.fallback_per_request” is “-1”; it must not be below 0",
            ),
            ("margin_percent = 2000", "config.toml:1:18: “margin_percent” is “2000”; a margin is from 0 to 1000"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }
}
