//! What stands behind `--ledger` and `--bill`: a file, a folder, or a table of
//! a database. A password in it is kept apart and never shown.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use postgres::Config;
use postgres::config::SslMode;

use super::SourceError;

/// Stands where a password stood. Given as one, it means that none is given,
/// so that a shown location can be typed again.
const HIDDEN: &str = "***";

/// Where lines are read from.
#[derive(Debug, Clone)]
pub enum Location {
    File(PathBuf),
    Folder(PathBuf),
    Sqlite(SqliteLocation),
    Postgres(Box<PostgresLocation>),
}

/// `sqlite:PATH[?table=NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteLocation {
    pub path: PathBuf,
    pub table: Option<String>,
}

/// `postgres://USER@HOST/DATABASE[?table=NAME&…]`.
#[derive(Clone)]
pub struct PostgresLocation {
    /// With the password, if the URL or somebody asked gave one.
    pub(super) config: Config,
    pub(super) check: Check,
    /// The authorities a certificate is checked against; `None` for those of
    /// the user or, without any, of the system.
    pub(super) roots: Option<PathBuf>,
    /// As it is typed: `name`, `schema.name`, either in quotes.
    pub(super) table: Option<String>,
    pub(super) shown: String,
}

/// What is checked of a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// `sslmode` up to `require`: the connection is encrypted, to whomever.
    Nothing,
    /// `verify-ca`: it is signed by a trusted authority.
    Authority,
    /// `verify-full`: and made out for this host.
    AuthorityAndHost,
}

impl fmt::Debug for PostgresLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresLocation").field(&self.shown).finish()
    }
}

impl Location {
    /// Whether a text is a location of its own kind rather than a path.
    pub fn is_url(text: &Path) -> bool {
        text.to_str().is_some_and(|text| scheme(text).is_some())
    }

    /// Reads what stands behind `--ledger` or `--bill`.
    ///
    /// # Errors
    /// A URL that says too little, or something unknown.
    pub fn parse(text: &Path) -> Result<Self, SourceError> {
        match text.to_str().and_then(|text| Some((scheme(text)?, text))) {
            Some((Scheme::Sqlite(rest), text)) => sqlite(text, rest).map(Self::Sqlite),
            Some((Scheme::Postgres(rest), text)) => postgres(text, rest).map(Box::new).map(Self::Postgres),
            None if text.is_dir() => Ok(Self::Folder(text.into())),
            None => Ok(Self::File(text.into())),
        }
    }

    /// The same place, whatever folder it is asked for from later: a book
    /// remembers where its tables live. Links behind the folder stay links, so
    /// that a database that is replaced is still the one that was named.
    #[must_use]
    pub fn absolute(mut self) -> Self {
        if let Self::Sqlite(at) = &mut self
            && at.path.is_relative()
            && let Ok(path) = std::path::absolute(&at.path)
        {
            let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
            at.path = folder.zip(path.file_name()).map_or_else(|| path.clone(), |(folder, name)| folder.join(name));
        }
        self
    }

    /// The location with the password replaced.
    pub fn shown(&self) -> String {
        match self {
            Self::File(path) | Self::Folder(path) => path.display().to_string(),
            Self::Sqlite(at) => {
                let table = at.table.as_ref().map(|table| format!("?table={table}")).unwrap_or_default();
                format!("sqlite:{}{table}", at.path.display())
            }
            Self::Postgres(at) => at.shown.clone(),
        }
    }

    /// The location of one table, whose last part names it: what lines that
    /// were read from it have as their origin.
    pub(super) fn shown_table(&self, table: &str) -> String {
        match self {
            Self::Sqlite(at) => format!("sqlite:{}/{table}", at.path.display()),
            Self::Postgres(at) => {
                let end = at.shown.find('?').unwrap_or(at.shown.len());
                format!("{}/{table}", at.shown.get(..end).unwrap_or_default().trim_end_matches('/'))
            }
            Self::File(_) | Self::Folder(_) => self.shown(),
        }
    }

    /// This location with the table that lines of this origin came from, as
    /// `shown_table` made it.
    pub fn of_table(&self, origin: &Path) -> Self {
        let mut location = self.clone();
        let origin = origin.to_string_lossy();
        // A point in a name would be taken for the end of a schema.
        let quoted = |name: &str| if name.contains('.') { format!("\"{name}\"") } else { name.to_owned() };
        if let Self::Sqlite(at) = &mut location
            && let Some(name) = origin.strip_prefix(&format!("sqlite:{}/", at.path.display()))
        {
            at.table = Some(quoted(name));
        }
        if let Self::Postgres(at) = &mut location
            && let Some(name) = origin.rsplit('/').next()
            && at.table.is_none()
        {
            let sign = if at.shown.contains('?') { '&' } else { '?' };
            at.table = Some(name.to_owned());
            at.shown.push_str(&format!("{sign}table={}", encoded(name)));
        }
        location
    }

    /// Uses the password of another location of the same user and database,
    /// where it knows one and this does not.
    pub fn take_password(&mut self, other: &Self) {
        let same = |at: &PostgresLocation| at.shown.split('?').next().unwrap_or_default().to_owned();
        if let (Self::Postgres(at), Self::Postgres(other)) = (self, other)
            && at.config.get_password().is_none()
            && same(at) == same(other)
            && let Some(password) = other.config.get_password()
        {
            at.config.password(password);
        }
    }

    /// Uses a password that was asked for.
    pub fn set_password(&mut self, password: &str) {
        if let Self::Postgres(at) = self {
            at.config.password(password);
        }
    }
}

enum Scheme<'a> {
    Sqlite(&'a str),
    Postgres(&'a str),
}

fn scheme(text: &str) -> Option<Scheme<'_>> {
    let after = |scheme: &str| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    after("sqlite:")
        .map(Scheme::Sqlite)
        .or_else(|| after("postgres://").or_else(|| after("postgresql://")).map(Scheme::Postgres))
}

fn sqlite(text: &str, rest: &str) -> Result<SqliteLocation, SourceError> {
    let refuse = |what: &str| Err(SourceError::new(text, what));
    let (path, table) = match rest.rsplit_once('?') {
        None => (rest, None),
        Some((path, query)) => match query.strip_prefix("table=").map(str::trim) {
            Some(table) if !table.is_empty() => (path, Some(table.to_owned())),
            _ => return refuse("behind the path only ?table=NAME may stand"),
        },
    };
    if path.is_empty() {
        return refuse("names no file; write sqlite:PATH, such as sqlite:ledger.db");
    }
    if path.starts_with("//") {
        return refuse("is not how a path is written here; write sqlite:ledger.db, or sqlite:/var/ledger.db");
    }
    Ok(SqliteLocation { path: path.into(), table })
}

fn postgres(text: &str, rest: &str) -> Result<PostgresLocation, SourceError> {
    let url = Url::of(text, rest);
    let shown = url.shown();
    let refuse = |what: String| SourceError::new(shown.clone(), what);
    if url.place.contains('@') {
        return Err(SourceError::new(
            // The rest of a password may stand there.
            "a postgres:// URL",
            "has more than one @; write those in the user name or password as %40",
        ));
    }
    let (mut table, mut roots, mut check) = (None, None, Check::Nothing);
    let mut others: Vec<String> = Vec::new();
    for (key, value) in &url.query {
        match *key {
            "table" => {
                let name = decoded(value).filter(|name| !name.trim().is_empty());
                table = Some(name.ok_or_else(|| refuse("names no table behind table=".into()))?);
            }
            "sslrootcert" if *value == "system" => {}
            "sslrootcert" => {
                let path = decoded(value).filter(|path| !path.is_empty());
                roots = Some(PathBuf::from(path.ok_or_else(|| refuse("names no file behind sslrootcert=".into()))?));
            }
            "sslmode" if *value == "verify-ca" => check = Check::Authority,
            "sslmode" if *value == "verify-full" => check = Check::AuthorityAndHost,
            "sslmode" if !["disable", "prefer", "require"].contains(value) => {
                return Err(refuse(format!(
                    "“{value}” is no sslmode; there are disable, prefer, require, verify-ca and verify-full"
                )));
            }
            "password" if *value == HIDDEN => {}
            _ => others.push(format!("{key}={value}")),
        }
    }
    let password = url.password.filter(|password| *password != HIDDEN).map(|p| format!(":{p}")).unwrap_or_default();
    let user = url.user.map(|user| format!("{user}{password}@")).unwrap_or_default();
    let plain = format!("postgres://{user}{}?{}", url.place, others.join("&"));
    let mut config = Config::from_str(plain.trim_end_matches('?')).map_err(|error| {
        let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        refuse(format!("cannot be understood: {cause}"))
    })?;
    if config.get_hosts().is_empty() {
        return Err(refuse("names no host; write postgres://HOST/DATABASE".into()));
    }
    if roots.is_some() && check == Check::Nothing && config.get_ssl_mode() == SslMode::Require {
        // As for other programs: who names an authority wants it asked.
        check = Check::Authority;
    }
    if check != Check::Nothing {
        config.ssl_mode(SslMode::Require);
    }
    Ok(PostgresLocation { config, check, roots, table, shown })
}

/// The parts of a URL, as they are written.
struct Url<'a> {
    scheme: &'a str,
    user: Option<&'a str>,
    password: Option<&'a str>,
    /// Hosts, ports and database.
    place: &'a str,
    query: Vec<(&'a str, &'a str)>,
}

impl<'a> Url<'a> {
    fn of(text: &'a str, rest: &'a str) -> Self {
        let scheme = text.strip_suffix(rest).unwrap_or_default();
        let (login, rest) = match rest.split_once('@') {
            // An @ behind the question mark is no end of a login.
            Some((login, rest)) if !login.contains("?") || login.contains(':') => (Some(login), rest),
            _ => (None, rest),
        };
        let (user, password) = match login.and_then(|login| login.split_once(':')) {
            Some((user, password)) => (Some(user), Some(password)),
            None => (login, None),
        };
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let query = query.split('&').filter(|pair| !pair.is_empty());
        let query = query.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
        Self { scheme, user, password, place, query }
    }

    fn shown(&self) -> String {
        let mut text = self.scheme.to_owned();
        if let Some(user) = self.user {
            text.push_str(user);
            if self.password.is_some() {
                text.push(':');
                text.push_str(HIDDEN);
            }
            text.push('@');
        }
        text.push_str(self.place);
        for (at, (key, value)) in self.query.iter().enumerate() {
            let value = if key.contains("pass") { HIDDEN } else { value };
            text.push_str(&format!("{}{key}={value}", if at == 0 { '?' } else { '&' }));
        }
        text
    }
}

/// The other way round from [`decoded`].
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// `%40` and the like as what they stand for; `None` where that is no text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Location, String> {
        Location::parse(Path::new(text)).map_err(|error| error.to_string())
    }

    fn server(text: &str) -> PostgresLocation {
        match parse(text).unwrap() {
            Location::Postgres(at) => *at,
            other => panic!("{text} is {other:?}"),
        }
    }

    #[test]
    fn paths_and_urls_are_told_apart() {
        assert!(matches!(parse("a/b.csv"), Ok(Location::File(_))));
        assert!(matches!(parse("."), Ok(Location::Folder(_))));
        let at = |path: &str, table: Option<&str>| SqliteLocation { path: path.into(), table: table.map(Into::into) };
        for (text, expect) in
            [("sqlite:led?ger.db?table=t", at("led?ger.db", Some("t"))), ("SQLITE:/var/x.db", at("/var/x.db", None))]
        {
            match parse(text).unwrap() {
                Location::Sqlite(found) => assert_eq!(found, expect),
                other => panic!("{text} is {other:?}"),
            }
        }
        for text in ["sqlite:", "sqlite:a.db?mode=rw", "sqlite:a.db?table=", "sqlite:///a.db"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(Location::is_url(Path::new("postgresql://h/d")) && !Location::is_url(Path::new("postgres")));
    }

    #[test]
    fn a_password_is_used_and_never_shown() {
        let text = "postgres://ann:s%40cret@db.example:5433/usage?table=public.t&sslmode=verify-full&connect_timeout=3";
        let at = server(text);
        assert_eq!(at.config.get_password(), Some(&b"s@cret"[..]));
        assert_eq!((at.config.get_user(), at.config.get_dbname()), (Some("ann"), Some("usage")));
        assert_eq!(at.config.get_ports(), [5433]);
        assert_eq!((at.check, at.config.get_ssl_mode()), (Check::AuthorityAndHost, SslMode::Require));
        assert_eq!(at.table.as_deref(), Some("public.t"));
        let shown = "postgres://ann:***@db.example:5433/usage?table=public.t&sslmode=verify-full&connect_timeout=3";
        assert_eq!(at.shown, shown);
        assert_eq!(format!("{:?}", Location::Postgres(Box::new(at))), format!("Postgres(PostgresLocation({shown:?}))"));
        let again = server(shown);
        assert_eq!((again.config.get_password(), again.shown.as_str()), (None, shown));
        let in_query = server("postgres://h/d?password=geheim");
        assert_eq!(in_query.config.get_password(), Some(&b"geheim"[..]));
        assert_eq!(in_query.shown, "postgres://h/d?password=***");
    }

    #[test]
    fn an_authority_that_is_named_is_asked() {
        let at = server("postgres://h/d?sslmode=require&sslrootcert=%2Fetc%2Fca.pem");
        assert_eq!((at.check, at.roots.as_deref()), (Check::Authority, Some(Path::new("/etc/ca.pem"))));
        assert_eq!(server("postgres://h/d").check, Check::Nothing);
        assert_eq!(server("postgres://h/d?sslmode=verify-ca&sslrootcert=system").roots, None);
    }

    #[test]
    fn urls_that_cannot_be_used_say_why_without_the_password() {
        for (text, what) in [
            ("postgres://u:secret@/d", "names no host"),
            ("postgres://u:secret@h:x/d", "cannot be understood"),
            ("postgres://u:secret@h/d?sslmode=allow", "“allow” is no sslmode"),
            ("postgres://u:secret@h/d?colour=1", "colour"),
            ("postgres://u:sec@ret@h/d", "more than one @"),
            ("postgres://u:secret@h/d?table=%ff", "names no table"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(what) && !error.contains("sec"), "{text}: {error}");
        }
    }

    #[test]
    fn a_table_is_the_last_part_of_its_location() {
        let shown = |text: &str| parse(text).unwrap().shown_table("public.t");
        assert_eq!(shown("postgres://u:p@h/d?table=t"), "postgres://u:***@h/d/public.t");
        assert_eq!(shown("sqlite:a/b.db?table=t"), "sqlite:a/b.db/public.t");
    }

    proptest! {
        #[test]
        fn no_url_makes_it_panic_or_shows_its_password(user in "[a-z]{0,3}", password in "XX[A-Za-z0-9%:?/&=.]{0,8}XX", rest in "[a-z0-9:/?&=%.,]{0,12}") {
            let text = format!("postgres://{user}:{password}@{rest}");
            match parse(&text) {
                Ok(at) => prop_assert!(!at.shown().contains("XX"), "{}", at.shown()),
                Err(error) => prop_assert!(!error.contains("XX"), "{error}"),
            }
        }
    }
}
