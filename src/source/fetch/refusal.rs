//! What a refusal means, in sentences that say what to do. Pure.

use serde::Deserialize;

use super::key::AdminKey;
use super::transport::Answer;

/// A report that could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FetchError {
    /// A sentence; never with the key in it.
    pub text: String,
    /// Whether every other report would fail in the same way.
    pub stops_all: bool,
}

/// What sentences name: the server, and where the key came from.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub host: &'a str,
    /// The name of the environment variable.
    pub key_from: &'a str,
    pub organization: Option<&'a str>,
    pub key: &'a AdminKey,
}

impl Asked<'_> {
    /// The sentence for an answer with any status but 200. `path` is what was
    /// asked for.
    pub fn refused(&self, path: &str, answer: &Answer) -> FetchError {
        let Self { host, key_from, .. } = self;
        let said = self.said(&answer.body);
        let (text, stops_all) = match answer.status {
            401 => (
                format!(
                    "{host} does not accept the key in {key_from} (401){said}. Bills are read with an admin key, \
                     which begins with sk-admin-; an ordinary key of a project does not do. An owner of the \
                     organization makes one under Settings, Organization, Admin keys"
                ),
                true,
            ),
            403 => {
                let which = match self.organization {
                    Some(organization) => format!(" {organization}"),
                    None => String::new(),
                };
                (
                    format!(
                        "{host} accepts the key in {key_from} and refuses what it asks for (403){said}. The key must \
                         be of an owner of the organization{which}, and be allowed to read usage; --org names \
                         another organization"
                    ),
                    true,
                )
            }
            404 => (
                format!("{host} has no {path} (404){said}. Look at --base-url, or leave this report out with --only",),
                false,
            ),
            status @ 300..=399 => {
                let to = answer.location.as_deref().map(|to| self.key.hide_in(to)).unwrap_or_default();
                (
                    format!(
                        "{host} sends elsewhere ({status}{}{to}), and the key is not sent there. If that is the \
                         right address, give it with --base-url",
                        if to.is_empty() { "" } else { ": " }
                    ),
                    true,
                )
            }
            status @ (408 | 429 | 500..=599) => (
                format!(
                    "{host} goes on refusing {path} ({status}){said}. Fetch again later; it goes on where it stopped"
                ),
                // A fault inside the server may be of this report alone.
                status != 500,
            ),
            status => (format!("{host} refuses {path} ({status}){said}"), false),
        };
        FetchError { text, stops_all }
    }

    /// What the body says, with a colon before it; nothing where it is no
    /// sentence.
    fn said(&self, body: &[u8]) -> String {
        #[derive(Deserialize)]
        struct Body {
            error: Said,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Said {
            Object { message: String },
            Text(String),
        }
        let Ok(Body { error: Said::Object { message } | Said::Text(message) }) = serde_json::from_slice(body) else {
            return String::new();
        };
        let message = self.key.hide_in(&message);
        let message = message.trim_end_matches('.');
        if message.is_empty() { String::new() } else { format!(": {message}") }
    }
}

/// Whether asking again may help.
pub fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str, organization: Option<&str>) -> FetchError {
        let key = AdminKey::new("sk-admin-secret").unwrap();
        let asked = Asked { host: "api.example", key_from: "OPENAI_ADMIN_KEY", organization, key: &key };
        let location = Some("https://elsewhere.example/?k=sk-admin-secret".into());
        asked.refused("/v1/organization/costs", &Answer { status, location, body: body.into(), ..Answer::default() })
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        let body = r#"{"error":{"message":"Incorrect API key provided: sk-admin-secret.","code":"invalid_api_key"}}"#;
        for (status, words, stops_all) in [
            (401, vec!["OPENAI_ADMIN_KEY", "admin key", "ordinary key", "Incorrect API key"], true),
            (403, vec!["owner", "--org"], true),
            (404, vec!["/v1/organization/costs", "--base-url", "--only"], false),
            (308, vec!["https://elsewhere.example", "not sent there", "--base-url"], true),
            (503, vec!["503", "later", "goes on where it stopped"], true),
            (400, vec!["400"], false),
        ] {
            let FetchError { text, stops_all: stops } = refused(status, body, None);
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
            assert!(!text.contains("secret"), "{text}");
            assert_eq!(stops, stops_all, "{text}");
        }
        assert!(refused(403, "", Some("org-1")).text.contains("org-1"));
    }

    #[test]
    fn a_body_that_is_no_sentence_is_left_out() {
        for body in ["", "<html>oops</html>", "{}", r#"{"error":{"message":""}}"#] {
            assert!(refused(404, body, None).text.contains("costs (404). Look"), "{body}");
        }
        assert!(refused(400, r#"{"error":"plain"}"#, None).text.ends_with("(400): plain"));
    }
}
