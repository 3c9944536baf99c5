//! What went wrong between this program and a server, as sentences without
//! their subject that say what to do.

use std::error::Error as _;
use std::io::ErrorKind;

use postgres::error::SqlState;

/// What was being done when it went wrong.
pub(in crate::source) enum Doing {
    Connecting,
    Listing,
    Reading {
        /// As SQL has it.
        table: String,
    },
}

/// Whether the server asked for a password and none was known.
pub(super) fn needs_password(error: &postgres::Error) -> bool {
    error.source().is_some_and(|cause| cause.to_string() == "password missing")
}

pub(in crate::source) fn sentence(error: &postgres::Error, doing: &Doing, user: &str) -> String {
    if let Some(told) = error.as_db_error() {
        return refused(told.code(), told.message(), doing, user);
    }
    let cause = causes(error);
    let io = error.source().and_then(|cause| cause.downcast_ref::<std::io::Error>());
    match io.map(std::io::Error::kind) {
        Some(ErrorKind::ConnectionRefused) => {
            "no server answers there (connection refused); check host and port, and that the server runs".into()
        }
        Some(ErrorKind::TimedOut) => "the server did not answer in time; check host, port and firewall".into(),
        Some(ErrorKind::NotFound) => "there is no such socket; check the folder, and that the server runs".into(),
        _ if cause.contains("failed to lookup address") => {
            "the host is not known; check its name, and the network".into()
        }
        _ if cause.contains("does not support TLS") => {
            "the server does not speak TLS, which sslmode asks for; turn it on there, or write sslmode=prefer if the \
             network may be trusted"
                .into()
        }
        _ if cause.contains("UnknownIssuer") || cause.contains("CaUsedAsEndEntity") => {
            "the server's certificate is not signed by an authority that is trusted here; name the right one with \
             sslrootcert=FILE"
                .into()
        }
        _ if cause.contains("not valid for name") || cause.contains("NotValidForName") => {
            "the server's certificate is made out for another host; use the name it is made out for, or \
             sslmode=verify-ca if this is the right server all the same"
                .into()
        }
        _ if error.is_closed() && matches!(doing, Doing::Connecting) => {
            "the server closed the connection at once; check that it is a Postgres server".into()
        }
        _ if matches!(doing, Doing::Connecting) => format!("there is no connection: {cause}"),
        _ => format!("the connection was lost while reading ({cause}); try again"),
    }
}

/// What the server itself said no to.
fn refused(code: &SqlState, message: &str, doing: &Doing, user: &str) -> String {
    let table = match doing {
        Doing::Reading { table } => table.as_str(),
        Doing::Connecting | Doing::Listing => "the table",
    };
    if *code == SqlState::INVALID_PASSWORD {
        format!(
            "the server refuses the password of {user}; check the URL, PGPASSWORD and the password file, in this order"
        )
    } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        format!("the server does not let {user} in: {message}")
    } else if *code == SqlState::INVALID_CATALOG_NAME {
        format!("there is no such database ({message}); check the name behind the host")
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        format!("{user} may not read {table} ({message}); ask its owner for: GRANT SELECT ON {table} TO {user}")
    } else if *code == SqlState::UNDEFINED_TABLE {
        format!("{table} is gone: {message}")
    } else if *code == SqlState::QUERY_CANCELED {
        format!("{table} took too long: {message}; an index on its time may help")
    } else if *code == SqlState::LOCK_NOT_AVAILABLE {
        format!("{table} is locked by another program: {message}; try again later")
    } else if *code == SqlState::CANNOT_CONNECT_NOW || *code == SqlState::TOO_MANY_CONNECTIONS {
        format!("the server takes no connection now: {message}; try again later")
    } else {
        format!("the server refused: {message} ({})", code.code())
    }
}

/// The error with everything that led to it.
fn causes(error: &postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
