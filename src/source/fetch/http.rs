//! Asking over HTTP. The key goes to the base address and nowhere else: over
//! TLS unless the server is this machine, and no redirect is followed.

use std::io::ErrorKind;
use std::time::Duration;

use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Error};

use super::key::AdminKey;
use super::transport::{Answer, Lost, Transport};

/// The provider's own address.
pub const DEFAULT_BASE: &str = "https://api.openai.com";

const CONNECT: Duration = Duration::from_secs(20);
/// A connection that is silent for so long is lost. A month of costs by key
/// may take the server a minute to add up.
const SILENCE: Duration = Duration::from_secs(180);
const WHOLE_BODY: Duration = Duration::from_secs(1_800);
/// The greatest page, in bytes. It is held in memory once.
const LARGEST_PAGE: u64 = 512 << 20;
/// So much is read of an answer that refuses.
const LARGEST_REFUSAL: u64 = 64 << 10;

/// Where the API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Without a slash at its end, and without `/v1`.
    address: String,
    host: String,
    this_machine: bool,
}

impl Base {
    /// Reads an address; one that ends in `/v1`, as other tools want it, is
    /// taken too.
    ///
    /// # Errors
    /// A sentence when it is none, holds a password, or would send the key
    /// over the network in the clear.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("--base-url {why}; write it like {DEFAULT_BASE}");
        let uri: Uri = text.trim().parse().map_err(|_| wrong("is no address"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(wrong("has no https:// or no host"));
        };
        if authority.as_str().contains('@') {
            return Err(wrong("holds a user or password, which is not sent"));
        }
        if uri.query().is_some() || text.contains('#') {
            return Err(wrong("holds a query"));
        }
        let host = authority.host();
        let this_machine = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        match scheme {
            "https" => {}
            "http" if this_machine => {}
            "http" => return Err(wrong("would send the key unencrypted; use https://")),
            _ => return Err(wrong("is neither https:// nor http://")),
        }
        let path = uri.path().trim_end_matches('/');
        let path = path.strip_suffix("/v1").unwrap_or(path);
        Ok(Self { address: format!("{scheme}://{authority}{path}"), host: host.into(), this_machine })
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// For sentences.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// A connection to the admin API.
pub struct Http<'a> {
    agent: Agent,
    base: &'a Base,
    key: &'a AdminKey,
    organization: Option<&'a str>,
}

impl<'a> Http<'a> {
    /// `organization` is sent as `OpenAI-Organization`. A proxy that the
    /// environment names (`HTTPS_PROXY`, `NO_PROXY`) is used, except to reach
    /// this machine.
    pub fn new(base: &'a Base, key: &'a AdminKey, organization: Option<&'a str>) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("trueup/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_send_request(Some(CONNECT))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .timeout_recv_body(Some(WHOLE_BODY));
        if base.this_machine {
            config = config.proxy(None);
        }
        if base.address.starts_with("https:") {
            config = config.tls_config(TlsConfig::builder().root_certs(root_certs()).build());
        }
        Self { agent: config.build().into(), base, key, organization }
    }
}

/// Those of the system, which know a company's own proxy; where it has none,
/// those that came with the program.
fn root_certs() -> RootCerts {
    let found = rustls_native_certs::load_native_certs().certs;
    if found.is_empty() {
        return RootCerts::WebPki;
    }
    found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).into()
}

impl Transport for Http<'_> {
    fn get(&self, target: &str) -> Result<Answer, Lost> {
        let mut request = self
            .agent
            .get(format!("{}{target}", self.base.address))
            .header("Authorization", format!("Bearer {}", self.key.reveal()));
        if let Some(organization) = self.organization {
            request = request.header("OpenAI-Organization", organization);
        }
        let mut response = request.call().map_err(lost)?;
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let (retry_after, location) = (header("retry-after"), header("location"));
        let status = response.status().as_u16();
        let body = if status == 200 {
            response.body_mut().with_config().limit(LARGEST_PAGE).read_to_vec().map_err(lost)?
        } else {
            // What refuses says so by its status; its words are a courtesy.
            response.body_mut().with_config().limit(LARGEST_REFUSAL).read_to_vec().unwrap_or_default()
        };
        Ok(Answer { status, retry_after, location, body })
    }
}

/// Says what failed. No error of the connection holds a header, and so none
/// holds the key.
fn lost(error: Error) -> Lost {
    match error {
        Error::BodyExceedsLimit(_) => Lost::ForGood(format!(
            "sent a page of more than {} MB; ask for wider buckets or fewer days",
            LARGEST_PAGE >> 20
        )),
        Error::Rustls(error) => untrusted(&error.to_string()),
        Error::Tls(why) => untrusted(why),
        // A certificate that is refused comes as data that makes no sense.
        Error::Io(error) if error.kind() == ErrorKind::InvalidData => untrusted(&error.to_string()),
        Error::Http(_) | Error::BadUri(_) | Error::InvalidProxyUrl | Error::LargeResponseHeader(..) => {
            Lost::ForGood(format!("cannot be asked ({error})"))
        }
        Error::HostNotFound => Lost::Connection("is not known by that name".into()),
        Error::Timeout(_) => Lost::Connection("did not answer in time".into()),
        Error::Io(error) => Lost::Connection(format!("cannot be reached ({error})")),
        other => Lost::Connection(format!("cannot be reached ({other})")),
    }
}

fn untrusted(why: &str) -> Lost {
    Lost::ForGood(format!(
        "cannot be trusted ({why}); if it is a proxy of your own, add its certificate to those of the system, or \
         name the file of it in SSL_CERT_FILE"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_cannot_be_trusted_is_not_asked_again() {
        let refused = std::io::Error::new(ErrorKind::InvalidData, "invalid peer certificate: UnknownIssuer");
        assert!(matches!(lost(Error::Io(refused)), Lost::ForGood(why) if why.contains("UnknownIssuer")));
        let reset = std::io::Error::from(ErrorKind::ConnectionReset);
        assert!(matches!(lost(Error::Io(reset)), Lost::Connection(_)));
        assert!(matches!(lost(Error::HostNotFound), Lost::Connection(_)));
        assert!(matches!(lost(Error::BodyExceedsLimit(1)), Lost::ForGood(why) if why.contains("512 MB")));
    }

    #[test]
    fn a_base_address_is_taken_with_and_without_v1() {
        for (text, address) in [
            ("https://api.openai.com", "https://api.openai.com"),
            ("https://api.openai.com/v1/", "https://api.openai.com"),
            ("https://proxy.example:8443/openai/v1", "https://proxy.example:8443/openai"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(Base::parse(text).unwrap().address(), address);
        }
    }

    #[test]
    fn an_address_that_would_give_the_key_away_is_refused() {
        for (text, why) in [
            ("http://api.openai.com", "unencrypted"),
            ("http://127.0.0.1.example.com", "unencrypted"),
            ("https://me:pass@proxy.example", "password"),
            ("ftp://proxy.example", "neither"),
            ("api.openai.com", "no https://"),
            ("https://proxy.example/?key=1", "query"),
            ("", "no address"),
        ] {
            let refused = Base::parse(text).unwrap_err();
            assert!(refused.contains(why), "{text}: {refused}");
            assert!(!refused.contains("pass@"), "{refused}");
        }
    }
}
