//! The password file of Postgres programs, `~/.pgpass`: one line for each
//! server, `host:port:database:user:password`, where `*` stands for any and
//! `\` before a colon or another `\` takes its meaning away.

/// What a password is looked up for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Login<'a> {
    pub host: &'a str,
    pub port: u16,
    pub database: &'a str,
    pub user: &'a str,
}

/// The password of the first line that fits.
pub(super) fn password(text: &str, login: Login<'_>) -> Option<String> {
    let port = login.port.to_string();
    let wanted = [login.host, &port, login.database, login.user];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut fields = fields(line);
        let password = (fields.len() == 5).then(|| fields.pop()).flatten()?;
        let fits = fields.iter().zip(wanted).all(|(field, wanted)| field.raw == "*" || field.text == wanted);
        fits.then_some(password.text)
    })
}

#[derive(Default)]
struct Field {
    text: String,
    /// As it stands in the file, to tell `*` from `\*`.
    raw: String,
}

fn fields(line: &str) -> Vec<Field> {
    let mut fields = vec![Field::default()];
    let mut chars = line.trim_end_matches('\r').chars();
    while let Some(c) = chars.next() {
        // The password is the last, and may hold colons.
        if c == ':' && fields.len() < 5 {
            fields.push(Field::default());
            continue;
        }
        let Some(field) = fields.last_mut() else { continue };
        field.raw.push(c);
        let meant = if c == '\\' { chars.next() } else { Some(c) };
        if c == '\\' {
            field.raw.extend(meant);
        }
        field.text.extend(meant);
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# ours\n\
        db.example:5432:usage:ann:first\n\
        db.example:5432:*:ann:second\r\n\
        broken line\n\
        *:*:*:bob:with\\:colon\\\\and:more\n\
        \\*:*:*:eve:star\n\
        h\\:1:5432:d:eve:odd\n";

    fn found(host: &str, port: u16, database: &str, user: &str) -> Option<String> {
        password(FILE, Login { host, port, database, user })
    }

    #[test]
    fn the_first_line_that_fits_counts() {
        assert_eq!(found("db.example", 5432, "usage", "ann").as_deref(), Some("first"));
        assert_eq!(found("db.example", 5432, "other", "ann").as_deref(), Some("second"));
        assert_eq!(found("db.example", 5433, "usage", "ann"), None);
        assert_eq!(found("anywhere", 1, "d", "bob").as_deref(), Some("with:colon\\and:more"));
    }

    #[test]
    fn a_backslash_takes_the_meaning_away() {
        assert_eq!(found("*", 5432, "d", "eve").as_deref(), Some("star"));
        assert_eq!(found("h:1", 5432, "d", "eve").as_deref(), Some("odd"));
        assert_eq!(found("h", 5432, "d", "eve"), None);
    }
}
