//! The admin key: read once, sent in one header, and shown, logged or stored
//! nowhere. What a server says goes through here before it is shown, since a
//! server may repeat the key.

use std::fmt;

/// So much of what a server says is shown.
const SHOWN: usize = 300;

/// A key that reads the bills of a whole organisation.
pub struct AdminKey(String);

impl AdminKey {
    /// # Errors
    /// A part of a sentence that says what is wrong, without the key.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("is empty");
        }
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("holds blanks or characters that no key has; was more than the key copied?");
        }
        Ok(Self(text.into()))
    }

    /// For the one header it is sent in.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        memchr::memmem::find(bytes, self.0.as_bytes()).is_some()
    }

    /// Text from outside in a form that can be shown: without this key, or
    /// anything that looks like one, without control characters, and short.
    pub fn hide_in(&self, text: &str) -> String {
        let text = text.replace(&self.0, "…");
        let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
        let hidden = words.map(|word| match word.find("sk-") {
            Some(at) => format!("{}sk-…", word.get(..at).unwrap_or_default()),
            None => word.to_owned(),
        });
        let text = hidden.collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }
}

impl fmt::Debug for AdminKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_shows_itself() {
        let key = AdminKey::new(" sk-admin-abc123\n").unwrap();
        assert_eq!(format!("{key:?}"), "AdminKey(…)");
        assert_eq!(key.reveal(), "sk-admin-abc123");
        assert!(key.is_in(b"x sk-admin-abc123 y") && !key.is_in(b"sk-admin-abc12"));
    }

    #[test]
    fn what_a_server_says_is_shown_without_keys_and_control_characters() {
        let key = AdminKey::new("secret").unwrap();
        let shown = key.hide_in("Incorrect key: sk-adm***12,\n\u{1b}[31m 'sk-proj-x' secret!");
        assert_eq!(shown, "Incorrect key: sk-… [31m 'sk-… …!");
        assert_eq!(key.hide_in(&"ä".repeat(500)).chars().count(), SHOWN + 1);
    }

    #[test]
    fn what_is_no_key_is_refused_without_repeating_it() {
        for text in ["", "  ", "two words", "line\nbreak", "schlüssel"] {
            let why = AdminKey::new(text).unwrap_err();
            assert!(text.trim().is_empty() || !why.contains(text), "{why}");
        }
    }
}
