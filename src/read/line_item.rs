//! The line items of a platform bill, which are free text:
//! `batch api | gpt-5.4, cached input, long context`. What fits the grammar is
//! taken apart; what does not keeps its text and its money.

use std::borrow::Cow;

use crate::usage::TokenClass;

/// What a line item says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LineItem<'a> {
    /// `default`, `batch`, `flex`, `priority`, or the surface as it is spelled.
    pub tier: &'a str,
    /// Empty for a tool.
    pub model: Cow<'a, str>,
    pub class: TokenClass,
    pub long_context: bool,
    /// The tool that the fee is for; empty for tokens.
    pub tool: &'a str,
}

/// Fees that no model stands beside.
const TOOLS: [&str; 4] = ["file search", "web search tool calls", "containers", "code interpreter"];

/// Takes a line item apart:
///
/// ```text
/// [<surface> | ]<model>[ text|image|audio], <class>[, long context]
/// [<surface> | ]<tool>
/// ```
///
/// `None` where the text is neither.
pub(super) fn parse(text: &str) -> Option<LineItem<'_>> {
    let text = text.trim();
    let (surface, rest) = match text.split_once(" | ") {
        Some((surface, rest)) => (surface.trim(), rest.trim()),
        None => ("", text),
    };
    if TOOLS.iter().any(|tool| rest.eq_ignore_ascii_case(tool)) {
        let model = Cow::Borrowed("");
        return Some(LineItem {
            tier: tier(surface, ""),
            model,
            class: TokenClass::Tool,
            long_context: false,
            tool: rest,
        });
    }
    let mut parts = rest.split(',').map(str::trim);
    let (subject, class, tail) = (parts.next()?, parts.next()?, parts.next());
    let long_context = match tail {
        None => false,
        Some(tail) if tail.eq_ignore_ascii_case("long context") => true,
        Some(_) => return None,
    };
    if parts.next().is_some() {
        return None;
    }
    let (name, medium) = match subject.rsplit_once(' ') {
        Some((name, medium)) => (name, Medium::named(medium)?),
        None => (subject, Medium::Unsaid),
    };
    if name.is_empty() || name.contains(char::is_whitespace) || name.contains('|') {
        return None;
    }
    let class = token_class(class, medium)?;
    Some(LineItem { tier: tier(surface, "default"), model: model(name), class, long_context, tool: "" })
}

/// The surface as usage reports call it.
fn tier<'a>(surface: &'a str, without: &'static str) -> &'a str {
    match surface {
        "" => without,
        "batch api" => "batch",
        other => other,
    }
}

/// The model as usage reports spell it: a dot between digits may be written as
/// an underscore, and the colon of a fine-tune as a hyphen.
fn model(name: &str) -> Cow<'_, str> {
    let bytes = name.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let dot = |(at, byte): (usize, char)| byte == '_' && digit(at.checked_sub(1)) && digit(Some(at + 1));
    let tuned = name.strip_prefix("ft-");
    if tuned.is_none() && !name.char_indices().any(dot) {
        return Cow::Borrowed(name);
    }
    let spelled: String = name.char_indices().map(|(at, c)| if dot((at, c)) { '.' } else { c }).collect();
    Cow::Owned(if tuned.is_some() { format!("ft:{}", &spelled[3..]) } else { spelled })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Medium {
    Unsaid,
    Text,
    Image,
    Audio,
}

impl Medium {
    fn named(word: &str) -> Option<Self> {
        match word {
            "text" => Some(Self::Text),
            "image" => Some(Self::Image),
            "audio" => Some(Self::Audio),
            _ => None,
        }
    }
}

/// The class, whose medium may stand beside the model or in the class itself:
/// `gpt-image-1 image, output` and `gpt-audio, cached audio input`.
fn token_class(text: &str, beside: Medium) -> Option<TokenClass> {
    let text = text.to_ascii_lowercase();
    if text == "cache writes" {
        return matches!(beside, Medium::Unsaid | Medium::Text).then_some(TokenClass::CacheWrite);
    }
    let mut words = text.split(' ').peekable();
    let cached = words.next_if_eq(&"cached").is_some();
    let within = words.peek().and_then(|word| Medium::named(word));
    if within.is_some() {
        words.next();
    }
    let medium = match (beside, within) {
        (beside, None) => beside,
        (Medium::Unsaid, Some(within)) => within,
        (beside, Some(within)) => (beside == within).then_some(beside)?,
    };
    let output = match words.next()? {
        "input" => false,
        "output" if !cached => true,
        _ => return None,
    };
    if words.next().is_some() {
        return None;
    }
    Some(match (medium, cached, output) {
        (Medium::Unsaid | Medium::Text, false, false) => TokenClass::Input,
        (Medium::Unsaid | Medium::Text, true, _) => TokenClass::CachedInput,
        (Medium::Unsaid | Medium::Text, _, true) => TokenClass::Output,
        (Medium::Image, false, false) => TokenClass::ImageInput,
        (Medium::Image, true, _) => TokenClass::CachedImageInput,
        (Medium::Image, _, true) => TokenClass::ImageOutput,
        (Medium::Audio, false, false) => TokenClass::AudioInput,
        (Medium::Audio, true, _) => TokenClass::CachedAudioInput,
        (Medium::Audio, _, true) => TokenClass::AudioOutput,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<(String, String, TokenClass, bool, String)> {
        parse(text).map(|item| {
            (item.tier.to_owned(), item.model.into_owned(), item.class, item.long_context, item.tool.to_owned())
        })
    }

    fn tokens(
        tier: &str,
        model: &str,
        class: TokenClass,
        long: bool,
    ) -> Option<(String, String, TokenClass, bool, String)> {
        Some((tier.to_owned(), model.to_owned(), class, long, String::new()))
    }

    fn tool(surface: &str, tool: &str) -> Option<(String, String, TokenClass, bool, String)> {
        Some((surface.to_owned(), String::new(), TokenClass::Tool, false, tool.to_owned()))
    }

    #[test]
    fn line_items_as_bills_have_them() {
        use TokenClass::*;
        let mini = "gpt-4o-mini-2024-07-18";
        let all = [
            ("gpt-4o-mini-2024-07-18, input", tokens("default", mini, Input, false)),
            ("gpt-4o-mini-2024-07-18, cached input", tokens("default", mini, CachedInput, false)),
            ("gpt-4o-mini-2024-07-18, output", tokens("default", mini, Output, false)),
            ("priority | gpt-5.6-sol, output", tokens("priority", "gpt-5.6-sol", Output, false)),
            ("flex | o3, cached input", tokens("flex", "o3", CachedInput, false)),
            ("evals | gpt-5.6-sol, input", tokens("evals", "gpt-5.6-sol", Input, false)),
            ("gpt-5.6-sol, input, long context", tokens("default", "gpt-5.6-sol", Input, true)),
            ("gpt-5.6-sol, cache writes", tokens("default", "gpt-5.6-sol", CacheWrite, false)),
            ("batch api | gpt-5_1-2025-11-13, input", tokens("batch", "gpt-5.1-2025-11-13", Input, false)),
            (
                "batch api | gpt-image-2.5-sunburst image, output",
                tokens("batch", "gpt-image-2.5-sunburst", ImageOutput, false),
            ),
            ("gpt-image-2.5-sunburst text, input", tokens("default", "gpt-image-2.5-sunburst", Input, false)),
            ("gpt-image-1 image, cached input", tokens("default", "gpt-image-1", CachedImageInput, false)),
            ("gpt-4o-transcribe, audio input", tokens("default", "gpt-4o-transcribe", AudioInput, false)),
            ("gpt-realtime, cached audio input", tokens("default", "gpt-realtime", CachedAudioInput, false)),
            ("ft-gpt-4o-mini-2024-07-18, output", tokens("default", "ft:gpt-4o-mini-2024-07-18", Output, false)),
            ("assistants api | file search", tool("assistants api", "file search")),
            ("web search tool calls", tool("", "web search tool calls")),
            ("containers", tool("", "containers")),
        ];
        for (text, expect) in all {
            assert_eq!(read(text), expect, "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_not_forced() {
        for text in [
            "",
            "Promotional credit",
            "GPT-4o mini",
            "gpt-4o",
            "gpt-4o, input, short context",
            "gpt-4o, input, long context, more",
            "gpt-4o, cached output",
            "gpt-4o, tokens",
            ", input",
            "gpt-4o image, audio input",
            "gpt-4o image, cache writes",
            "a model, input",
            "batch api | ",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_names_a_model_or_a_tool(text in "(batch api|flex|)( \\| )?(gpt-5_1|ft-ü|_1_|)( image|)?(, )?(cached |)(input|output|cache writes)?(, long context)?") {
            if let Some(item) = parse(&text) {
                prop_assert!(item.model.is_empty() != item.tool.is_empty());
            }
        }
    }
}
