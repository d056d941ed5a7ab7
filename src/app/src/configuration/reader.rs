//! Settings as they are read: each is remembered with its origin, and what is odd with a notice.

use std::path::Path;

use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::service_url::ServiceUrl;

use super::keys::Key;
use super::origin::{Origin, Setting};
use super::sources::Sources;

/// Reads settings and remembers what it read.
pub(super) struct Reader<'a> {
    /// Where they are read from.
    pub(super) sources: Sources<'a>,
    /// What was read.
    pub(super) settings: Vec<Setting>,
    /// What an operator should know, and nothing fails for.
    pub(super) notices: Vec<String>,
}

/// A password that was given apart from the URL it belongs to.
pub(super) struct Password {
    text: String,
    origin: Origin,
    used: bool,
}

impl Password {
    /// The password.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl<'a> Reader<'a> {
    /// Nothing read yet.
    pub(super) fn new(sources: Sources<'a>) -> Self {
        Self { sources, settings: Vec::new(), notices: Vec::new() }
    }

    /// Remembers a setting.
    pub(super) fn tell(&mut self, key: &Key, value: impl Into<String>, origin: &Origin) {
        let setting = Setting { name: key.name, value: value.into(), origin: origin.to_string() };
        self.settings.push(setting);
    }

    /// Remembers that a setting was left to us.
    pub(super) fn tell_default(&mut self, key: &Key, value: impl Into<String>) {
        self.tell(key, value, &Origin::Default("default"));
    }

    /// A setting that may be missing; `parse` says what is wrong, the source is added here.
    pub(super) fn optional<T>(
        &mut self,
        key: &Key,
        parse: impl FnOnce(&str) -> Result<T>,
        show: impl FnOnce(&T) -> String,
    ) -> Result<Option<(T, Origin)>> {
        let Some((text, origin)) = self.sources.text(key)? else { return Ok(None) };
        let value = parse(&text).map_err(|error| error.at(origin.place()))?;
        self.tell(key, show(&value), &origin);
        Ok(Some((value, origin)))
    }

    /// A setting with a default.
    pub(super) fn or_default<T>(
        &mut self,
        key: &Key,
        default: T,
        parse: impl FnOnce(&str) -> Result<T>,
        show: impl Fn(&T) -> String,
    ) -> Result<T> {
        if let Some((value, _)) = self.optional(key, parse, &show)? {
            return Ok(value);
        }
        self.tell_default(key, show(&default));
        Ok(default)
    }

    /// A URL with what lets in. A password given apart goes into one that has none, or that a
    /// weaker source gave.
    pub(super) fn url(
        &mut self,
        key: &Key,
        schemes: &[&str],
        what: &str,
        password: Option<&mut Password>,
    ) -> Result<Option<ServiceUrl>> {
        let Some((text, origin)) = self.sources.text(key)? else { return Ok(None) };
        let url =
            ServiceUrl::parse(&text, schemes, what).map_err(|error| error.at(origin.place()))?;
        if url.has_password()
            && matches!(origin, Origin::File(_))
            && let Some(path) = self.sources.open_file()
        {
            let notice = open_to_others(path);
            if !self.notices.contains(&notice) {
                self.notices.push(notice);
            }
        }
        let url = match password {
            Some(apart) if !url.has_password() || apart.origin.is_stronger_than(&origin) => {
                apart.used = true;
                url.with_password(&apart.text)
            }
            _ => url,
        };
        self.tell(key, url.to_string(), &origin);
        Ok(Some(url))
    }

    /// A password from its variable, else from its file.
    pub(super) fn password(&mut self, variable: &Key, file: &Key) -> Result<Option<Password>> {
        if let Some((text, origin)) = self.sources.text(variable)? {
            return Ok(Some(Password { text, origin, used: false }));
        }
        let Some((path, origin)) = self.sources.path(file) else { return Ok(None) };
        let read = self.sources.surroundings.read(&path).map_err(|cause| {
            Error::usage(format!("the password file {} cannot be read: {cause}", path.display()))
                .at(origin.place())
                .caused_by(cause)
        })?;
        if read.open_to_others {
            self.notices.push(open_to_others(&path));
        }
        let text = read.text.strip_suffix('\n').unwrap_or(&read.text);
        let text = text.strip_suffix('\r').unwrap_or(text).to_owned();
        if text.is_empty() {
            let what = format!("the password file {} is empty", path.display());
            return Err(Error::usage(what).at(origin.place()));
        }
        Ok(Some(Password { text, origin, used: false }))
    }

    /// Remembers a password once it is known who needed it.
    pub(super) fn tell_password(&mut self, key: &Key, url: &Key, password: Option<Password>) {
        let Some(password) = password else { return };
        if !password.used {
            let (origin, url) = (password.origin.to_string(), url.name);
            self.notices.push(format!(
                "the password of {origin} is not used: there is no `{url}` that lacks one"
            ));
        }
        self.tell(key, if password.used { "given" } else { "not used" }, &password.origin);
    }
}

fn open_to_others(path: &Path) -> String {
    let path = path.display();
    format!("{path} holds a password, and others than its owner may read it (chmod 600 {path})")
}
