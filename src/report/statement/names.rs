//! Names of the files that statements are sent as: the same for the same PI in
//! every run, never the same for two, and safe on every file system.

use sha2::{Digest as _, Sha256};

use crate::journal::hex;

/// Longest part of a name that comes from an email or a fund.
const MOST: usize = 100;

/// An email or fund as a part of a file's name: in lower case, as it is where
/// all its characters are safe, else with dashes for the others and the start
/// of its SHA-256 behind, so that no two names become one.
pub(super) fn part(name: &str) -> String {
    let folded = name.trim().to_lowercase();
    let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '@' | '-' | '+');
    if !folded.is_empty() && folded.len() <= MOST && folded.chars().all(safe) && !folded.ends_with('.') {
        return folded;
    }
    let kept: String = folded.chars().take(MOST).map(|c| if safe(c) { c } else { '-' }).collect();
    let hash: String = hex(&Sha256::digest(folded.as_bytes())).chars().take(12).collect();
    format!("{}~{hash}", kept.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_email_is_its_own_name_in_any_case() {
        assert_eq!(part("Ann.Lee+ai@X.edu "), "ann.lee+ai@x.edu");
        assert_eq!(part("BIO-4107"), "bio-4107");
    }

    #[test]
    fn no_name_leaves_the_folder_or_meets_another() {
        let names =
            ["../../etc/passwd", "a/b@x.edu", "a\\b@x.edu", "a-b@x.edu", "ä@x.edu", "", ".", "con:", "x.", "a\u{0}b"];
        let parts: std::collections::BTreeSet<String> = names.iter().map(|name| part(name)).collect();
        assert_eq!(parts.len(), names.len(), "{parts:?}");
        for part in &parts {
            assert!(!part.contains(['/', '\\', ':', '\0']) && !part.is_empty() && !part.ends_with('.'), "{part}");
        }
        assert!(part(&"x".repeat(500)).len() < 130);
        assert_ne!(part(&"x".repeat(500)), part(&"x".repeat(501)));
    }
}
