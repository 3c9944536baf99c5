//! The usage types of a credit report that name a model and a class of tokens:
//! `api.codex_fast_gpt_5_5_2026_04_23_text_cached_input_v_1` in a report,
//! `GPT-5.6 Sol - Cached Input` in a log. Others, such as `codex`, name
//! neither.

use std::borrow::Cow;

use crate::usage::TokenClass;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CreditType<'a> {
    pub model: Cow<'a, str>,
    /// `fast`, or empty.
    pub tier: &'static str,
    pub class: TokenClass,
}

/// `None` for a type that is of neither form.
pub(super) fn parse(text: &str) -> Option<CreditType<'_>> {
    match text.strip_prefix("api.") {
        Some(rest) => of_report(rest),
        None => of_log(text),
    }
}

/// `[codex_fast_]gpt_5_5[_2026_04_23]_text_cached_input_v_1`
fn of_report(text: &str) -> Option<CreditType<'static>> {
    let (tier, text) = match text.strip_prefix("codex_fast_") {
        Some(rest) => ("fast", rest),
        None => ("", text.strip_prefix("codex_").unwrap_or(text)),
    };
    let (body, version) = text.rsplit_once("_v_")?;
    let (model, class) = body.split_once("_text_")?;
    if version.is_empty() || !version.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let class = match class {
        "input" => TokenClass::Input,
        "cached_input" => TokenClass::CachedInput,
        "cache_write_input" => TokenClass::CacheWrite,
        "output" => TokenClass::Output,
        _ => return None,
    };
    Some(CreditType { model: Cow::Owned(spelled(model)?), tier, class })
}

/// `gpt_5_6_sol` as `gpt-5.6-sol`, and a date at its end as in a snapshot.
fn spelled(model: &str) -> Option<String> {
    let parts: Vec<&str> = model.split('_').collect();
    let number = |part: &str, digits: usize| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
    let (parts, date) = match parts.as_slice() {
        [name @ .., year, month, day] if number(year, 4) && number(month, 2) && number(day, 2) => {
            (name, format!("-{year}-{month}-{day}"))
        }
        name => (name, String::new()),
    };
    let mut spelled = String::new();
    let mut digits = false;
    for part in parts {
        if part.is_empty() {
            return None;
        }
        let number = part.bytes().all(|b| b.is_ascii_digit());
        if !spelled.is_empty() {
            spelled.push(if digits && number { '.' } else { '-' });
        }
        spelled.push_str(part);
        digits = number;
    }
    (!spelled.is_empty()).then_some(spelled + &date)
}

/// `GPT-5.6 Sol - Cached Input`
fn of_log(text: &str) -> Option<CreditType<'_>> {
    let (name, class) = text.rsplit_once(" - ")?;
    let class = match class.trim().to_ascii_lowercase().as_str() {
        "input" => TokenClass::Input,
        "cached input" => TokenClass::CachedInput,
        "cache write" | "cache writes" | "cache write input" => TokenClass::CacheWrite,
        "output" => TokenClass::Output,
        _ => return None,
    };
    let name = name.trim().to_lowercase().split_whitespace().collect::<Vec<_>>().join("-");
    (!name.is_empty()).then_some(CreditType { model: Cow::Owned(name), tier: "", class })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_name_a_model_are_taken_apart() {
        use TokenClass::*;
        for (text, model, tier, class) in [
            ("api.codex_fast_gpt_5_5_2026_04_23_text_input_v_1", "gpt-5.5-2026-04-23", "fast", Input),
            ("api.codex_fast_gpt_5_5_2026_04_23_text_cached_input_v_1", "gpt-5.5-2026-04-23", "fast", CachedInput),
            ("api.gpt_5_6_sol_text_cache_write_input_v_1", "gpt-5.6-sol", "", CacheWrite),
            ("api.gpt_5_5_text_output_v_12", "gpt-5.5", "", Output),
            ("api.codex_gpt_5_text_output_v_1", "gpt-5", "", Output),
            ("GPT-5.6 Sol - Cached Input", "gpt-5.6-sol", "", CachedInput),
        ] {
            let found = parse(text).map(|found| (found.model.into_owned(), found.tier, found.class));
            assert_eq!(found, Some((model.to_owned(), tier, class)), "{text}");
        }
    }

    #[test]
    fn other_types_are_left_as_they_are() {
        for text in [
            "codex",
            "codex.local.2",
            "chat.completion.5.reasoning",
            "voice.audio.4o",
            "api.gpt_5_text_output",
            "api.gpt_5_text_thought_v_1",
            "api._text_output_v_1",
            "api.gpt__5_text_output_v_1",
            "api.gpt_5_text_output_v_x",
            "Research - Thinking",
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
