//! The URL of a service: it carries a password and never shows it.

use std::fmt::{self, Write as _};

use shared_kernel_domain::{Error, Result};
use url::Url;

/// What stands where a password is.
const HIDDEN: &str = "***";

/// Parts of the names of query parameters whose values are not shown.
const SECRET_PARAMETERS: [&str; 5] = ["pass", "pwd", "secret", "token", "credential"];

/// The URL of a service with what it needs to be let in.
///
/// `Display` and `Debug` show it without the password; only [`ServiceUrl::expose`] has it.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceUrl {
    url: Url,
    host: String,
}

impl ServiceUrl {
    /// Reads a URL with one of these schemes; `what` says in an error which URL it is, such as
    /// `the URL of the store`. No error repeats any of the text: a password may be in it.
    pub fn parse(text: &str, schemes: &[&str], what: &str) -> Result<Self> {
        let refused = |why: &str| {
            Error::usage(format!("{what} cannot be used: {why}")).hint(expectation(schemes))
        };
        let url = Url::parse(text).map_err(|cause| refused(&cause.to_string()))?;
        if !schemes.contains(&url.scheme()) {
            return Err(refused("another scheme is expected"));
        }
        // A password with a bare `/`, `?` or `#` ends the authority early and would stand, in
        // clear, where the path is shown.
        let behind_host = [Some(url.path()), url.query()];
        if url.fragment().is_some() || behind_host.iter().flatten().any(|part| part.contains('@')) {
            return Err(refused("there is a '#', or an '@' behind the host"));
        }
        let host = match url.host_str() {
            Some(host) if !host.is_empty() => decoded(host),
            // As PostgreSQL writes the folder of a socket.
            _ => parameter(&url, "host").ok_or_else(|| refused("it names no host"))?,
        };
        Ok(Self { url, host })
    }

    /// The same service with this password; a password that was there is replaced.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        // `Url::set_password` leaves `%` as it is, so a password with one would be read back wrong.
        if self.url.set_password(Some(&encoded(password))).is_err() {
            // Without a host there is no place for it but the query.
            let kept: Vec<&str> = parameters(&self.url)
                .filter(|parameter| decoded(name_of(parameter)) != "password")
                .collect();
            let query = [kept.join("&"), format!("password={}", encoded(password))];
            let query: Vec<&str> = query.iter().map(String::as_str).filter(not_empty).collect();
            self.url.set_query(Some(&query.join("&")));
        }
        self
    }

    /// Whether there is a password in it.
    pub fn has_password(&self) -> bool {
        self.url.password().is_some_and(|password| !password.is_empty())
            || parameter(&self.url, "password").is_some()
    }

    /// The whole URL, password and all, for the client of the service.
    pub fn expose(&self) -> &str {
        self.url.as_str()
    }

    /// The scheme.
    pub fn scheme(&self) -> &str {
        self.url.scheme()
    }

    /// The host, or the folder of its socket.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Who logs in, if it says so.
    pub fn user(&self) -> Option<String> {
        Some(decoded(self.url.username()))
            .filter(|user| !user.is_empty())
            .or_else(|| parameter(&self.url, "user"))
    }

    /// The path as it was written, `/` in front: the database or the virtual host.
    pub fn path(&self) -> &str {
        self.url.path()
    }

    fn redacted(&self) -> Url {
        let mut shown = self.url.clone();
        if shown.password().is_some() {
            // Cannot fail: a URL with a password can have another.
            let _ = shown.set_password(Some(HIDDEN));
        }
        if shown.query().is_some() {
            let shown_parameters: Vec<String> = parameters(&self.url)
                .map(|parameter| match name_of(parameter) {
                    name if is_secret(name) => format!("{name}={HIDDEN}"),
                    _ => parameter.to_owned(),
                })
                .collect();
            shown.set_query(Some(&shown_parameters.join("&")));
        }
        shown
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.redacted().as_str())
    }
}

impl fmt::Debug for ServiceUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ServiceUrl({self})")
    }
}

fn expectation(schemes: &[&str]) -> String {
    let forms: Vec<String> =
        schemes.iter().map(|scheme| format!("{scheme}://USER@HOST/…")).collect();
    format!(
        "expected {}; in names and passwords write @ : / ? # % as %40 %3A %2F %3F %23 %25",
        forms.join(" or ")
    )
}

/// The parameters of the query as they were written.
fn parameters(url: &Url) -> impl Iterator<Item = &str> {
    url.query().unwrap_or_default().split('&').filter(not_empty)
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    parameters(url)
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(found, value)| decoded(found) == name && !value.is_empty())
        .map(|(_, value)| decoded(value))
}

fn name_of(parameter: &str) -> &str {
    parameter.split_once('=').map_or(parameter, |(name, _)| name)
}

fn is_secret(name: &str) -> bool {
    let name = decoded(name).to_ascii_lowercase();
    SECRET_PARAMETERS.iter().any(|part| name.contains(part))
}

fn not_empty(text: &&str) -> bool {
    !text.is_empty()
}

/// Everything but RFC 3986's unreserved characters as `%XX`.
fn encoded(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            all.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(all, "%{byte:02X}");
        }
    }
    all
}

/// `%XX` as the bytes they stand for; what is no such escape stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let escape = behind.get(..2).filter(|_| first == b'%').and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            // `from_str_radix` takes a sign.
            digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
            u8::from_str_radix(digits, 16).ok()
        });
        bytes.push(escape.unwrap_or(first));
        rest = if escape.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use shared_kernel_domain::ErrorKind;

    use super::*;

    const SCHEMES: &[&str] = &["postgres", "postgresql"];

    fn parse(text: &str) -> ServiceUrl {
        ServiceUrl::parse(text, SCHEMES, "the URL of the store").unwrap()
    }

    fn refusal(text: &str) -> Error {
        ServiceUrl::parse(text, SCHEMES, "the URL of the store").unwrap_err()
    }

    #[test]
    fn its_parts_are_told() {
        let url = parse("postgres://py%40nomaly:s3cret@db.example:5433/pynomaly?sslmode=require");
        assert_eq!(url.scheme(), "postgres");
        assert_eq!(url.host(), "db.example");
        assert_eq!(url.user().as_deref(), Some("py@nomaly"));
        assert_eq!(url.path(), "/pynomaly");
        assert!(url.has_password());
        assert_eq!(
            url.expose(),
            "postgres://py%40nomaly:s3cret@db.example:5433/pynomaly?sslmode=require"
        );
        let bare = parse("postgres://db.example/pynomaly");
        assert_eq!(bare.user(), None);
        assert!(!bare.has_password());
        assert!(!parse("postgres://me:@db.example/pynomaly").has_password());
    }

    #[test]
    fn a_virtual_host_keeps_its_writing() {
        let url = ServiceUrl::parse("amqps://me@rabbit/%2f", &["amqp", "amqps"], "it").unwrap();
        assert_eq!(url.path(), "/%2f");
        assert_eq!(url.to_string(), "amqps://me@rabbit/%2f");
    }

    #[test]
    fn a_password_is_never_shown() {
        let shown = |text: &str| {
            let url = parse(text);
            assert!(!format!("{url:?} {url:#?}").contains("s3cret"), "{url:?}");
            url.to_string()
        };
        assert_eq!(shown("postgres://me:s3cret@db/x"), "postgres://me:***@db/x");
        assert_eq!(shown("postgres://:s3cret@db/x"), "postgres://:***@db/x");
        assert_eq!(
            shown("postgres://db/x?a=1&password=s3cret&b=%20"),
            "postgres://db/x?a=1&password=***&b=%20"
        );
        assert_eq!(shown("postgres://db/x?SslP%61ssword=s3cret"), {
            "postgres://db/x?SslP%61ssword=***"
        });
        assert_eq!(
            shown("postgres:///x?host=/run&password=s3cret"),
            "postgres:///x?host=/run&password=***"
        );
    }

    #[test]
    fn any_password_comes_back_as_it_was() {
        for password in ["plain", "a%25b", "100%", "p@ss:w/o?r#d &+=", "päß\"'\\<>[]^|`{}", ""] {
            let url = parse("postgres://me:old@db/x").with_password(password);
            let read = Url::parse(url.expose()).unwrap();
            assert_eq!(decoded(read.password().unwrap_or_default()), password);
            assert_eq!((url.host(), url.path(), url.user().as_deref()), ("db", "/x", Some("me")));
            assert_eq!(url.has_password(), !password.is_empty());
            assert!(!url.to_string().contains("old"));
            // And so does the library that connects with it read it.
            let client: postgres::Config = url.expose().parse().unwrap();
            let expected = Some(password.as_bytes()).filter(|password| !password.is_empty());
            assert_eq!(client.get_password(), expected);
            let broker = ServiceUrl::parse("amqp://me@rabbit/%2f", &["amqp"], "it").unwrap();
            let broker = broker.with_password(password);
            let client: lapin::uri::AMQPUri = broker.expose().parse().unwrap();
            assert_eq!(
                (client.authority.userinfo.username.as_str(), client.vhost.as_str()),
                ("me", "/")
            );
            if !password.is_empty() {
                assert_eq!(client.authority.userinfo.password, password);
            }
        }
    }

    #[test]
    fn a_socket_has_its_password_in_the_query() {
        let url = parse("postgres:///x?host=/run/postgresql&user=me&password=old");
        assert_eq!((url.host(), url.user().as_deref()), ("/run/postgresql", Some("me")));
        let url = url.with_password("a b&c%");
        let client: postgres::Config = url.expose().parse().unwrap();
        assert_eq!(client.get_password(), Some(b"a b&c%".as_slice()));
        assert_eq!(client.get_user(), Some("me"));
        assert_eq!(url.to_string(), "postgres:///x?host=/run/postgresql&user=me&password=***");
        assert_eq!(parse("postgres://me@%2Frun/x").host(), "/run");
        let client: postgres::Config = parse("postgres:///?host=/run").expose().parse().unwrap();
        assert_eq!(client.get_dbname(), None);
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_repeating_it() {
        for text in [
            "",
            "s3cret",
            "me:s3cret@db/x",
            "mysql://me:s3cret@db/x",
            "postgres://me:s3cret@/x",
            "postgres://me:s3cret@db:port/x",
            "postgres://me:12#s3cret@db/x",
            "postgres://me:12/s3cret@db/x",
            "postgres://me:12?s3cret@db/x",
            "postgres://me:s3cret@db1:1,db2:2/x",
            "postgres:///x",
            "postgres:s3cret",
        ] {
            let error = refusal(text);
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(error.what().starts_with("the URL of the store cannot be used: "), "{error}");
            let hint = error.hint_text().unwrap();
            assert!(hint.starts_with("expected postgres://USER@HOST/… or postgresql://"), "{hint}");
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }

    #[test]
    fn escapes_are_read_and_others_left() {
        assert_eq!(decoded("a%2Fb%2fc%zz%2%+5%C3%A4%"), "a/b/c%zz%2%+5ä%");
        assert_eq!(encoded("a/ä~"), "a%2F%C3%A4~");
    }
}
