//! A connection: the password from where Postgres programs look for it, TLS as
//! the URL asks for it.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::{Client, NoTls};

use super::sentences::{Doing, needs_password, sentence};
use super::tls::Tls;
use crate::source::passfile::{self, Login};
use crate::source::{PostgresLocation, SourceError};

/// How long a server may take to answer, unless the URL says otherwise.
const PATIENCE: Duration = Duration::from_secs(15);

/// Connects with the password of the URL, of `PGPASSWORD`, or of the password
/// file, in this order.
///
/// # Errors
/// [`SourceError::PasswordNeeded`] when none of these has one and the server
/// asks; otherwise a sentence.
pub(in crate::source) fn connect(location: &PostgresLocation) -> Result<Client, SourceError> {
    let refuse = |what: String| SourceError::new(&location.shown, what);
    let mut config = location.config.clone();
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    if config.get_application_name().is_none() {
        config.application_name("trueup");
    }
    if config.get_user().is_none()
        && let Some(user) = set("PGUSER").or_else(|| set("USER"))
    {
        config.user(&user);
    }
    if config.get_password().is_none()
        && let Some(password) = known_password(&config).map_err(refuse)?
    {
        config.password(password);
    }
    let connected = if config.get_ssl_mode() == SslMode::Disable {
        config.connect(NoTls)
    } else {
        config.connect(Tls::new(location.check, location.roots.as_deref()).map_err(refuse)?)
    };
    connected.map_err(|error| {
        if needs_password(&error) {
            return SourceError::PasswordNeeded { shown: location.shown.clone() };
        }
        refuse(sentence(&error, &Doing::Connecting, config.get_user().unwrap_or("you")))
    })
}

fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn known_password(config: &postgres::Config) -> Result<Option<String>, String> {
    if let Some(password) = set("PGPASSWORD") {
        return Ok(Some(password));
    }
    let named = env::var_os("PGPASSFILE").filter(|path| !path.is_empty()).map(PathBuf::from);
    let path = match named {
        Some(path) => path,
        None => match env::var_os("HOME") {
            Some(home) => PathBuf::from(home).join(".pgpass"),
            None => return Ok(None),
        },
    };
    from_file(&path, config)
}

/// # Errors
/// A sentence when others may read the file, which Postgres programs then
/// pass over: better to say so.
fn from_file(path: &Path, config: &postgres::Config) -> Result<Option<String>, String> {
    let Ok(text) = std::fs::read_to_string(path) else { return Ok(None) };
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    let ports = config.get_ports();
    let mut found = config.get_hosts().iter().enumerate().filter_map(|(at, host)| {
        let host = match host {
            Host::Tcp(name) => name.as_str(),
            // As Postgres programs look up the servers of this machine.
            #[cfg(unix)]
            Host::Unix(_) => "localhost",
        };
        let port = ports.get(at).or_else(|| ports.first()).copied().unwrap_or(5432);
        passfile::password(&text, Login { host, port, database, user })
    });
    let password = found.next();
    #[cfg(unix)]
    if password.is_some() {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map(|meta| meta.permissions().mode()).unwrap_or(0);
        if mode & 0o077 != 0 {
            return Err(format!(
                "the password file {0} may be read by others; close it with: chmod 600 {0}",
                path.display()
            ));
        }
    }
    Ok(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_password_file_that_others_may_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pgpass");
        std::fs::write(&path, "h:5432:*:ann:secret\nlocalhost:*:*:ann:local\n").unwrap();
        let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let config: postgres::Config = "postgres://ann@h/d".parse().unwrap();
        mode(0o600);
        assert_eq!(from_file(&path, &config), Ok(Some("secret".into())));
        let socket: postgres::Config = "postgres://ann@%2Frun%2Fpostgresql/d".parse().unwrap();
        assert_eq!(from_file(&path, &socket), Ok(Some("local".into())));
        mode(0o644);
        let error = from_file(&path, &config).unwrap_err();
        assert!(error.contains("may be read by others") && !error.contains("secret"), "{error}");
        let other: postgres::Config = "postgres://bob@h/d".parse().unwrap();
        assert_eq!(from_file(&path, &other), Ok(None));
        assert_eq!(from_file(&dir.path().join("none"), &config), Ok(None));
    }
}
