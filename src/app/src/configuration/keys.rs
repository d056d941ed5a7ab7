//! Every setting, declared once: its name in the file, its variable and its flag.

use shared_kernel_domain::event::Context;

/// A setting.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Its name in the file, with the tables it lies in: `store.url`.
    pub(super) name: &'static str,
    /// What the file holds.
    pub(super) form: Form,
    /// The environment variable.
    pub(super) variable: Option<&'static str>,
    /// The flag.
    pub(super) flag: Option<&'static str>,
}

/// What the file holds for a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A string.
    Text,
    /// A whole number.
    Number,
    /// A string with a unit, or a whole number of bytes.
    Size,
    /// Strings in brackets.
    List,
    /// Nothing: the setting is no matter for a file.
    Nothing,
}

impl Form {
    /// The form in the words of an error.
    pub(super) fn expectation(self) -> &'static str {
        match self {
            Self::Text => "a string in quotes",
            Self::Number => "a whole number such as 4",
            Self::Size => "a size such as \"2GiB\"",
            Self::List => "a list of strings such as [\"data_quality\", \"mlops\"]",
            Self::Nothing => "nothing",
        }
    }
}

impl Key {
    const fn new(name: &'static str, form: Form, variable: Option<&'static str>) -> Self {
        Self { name, form, variable, flag: None }
    }

    const fn with_flag(self, flag: &'static str) -> Self {
        Self { flag: Some(flag), ..self }
    }

    /// The tables of the file it lies in: `store` for `store.url`.
    pub(super) fn table(&self) -> &'static str {
        self.name.rsplit_once('.').map_or("", |(table, _)| table)
    }

    /// Its name within its table.
    pub(super) fn last_name(&self) -> &'static str {
        self.name.rsplit_once('.').map_or(self.name, |(_, name)| name)
    }
}

use Form::{List, Nothing, Number, Size, Text};

/// The variable that names the configuration file; it has no name in that file.
pub(super) const CONFIGURATION_FILE: Key =
    Key::new("config", Nothing, Some("PYNOMALY_CONFIG")).with_flag("--config");
pub(super) const HOME: Key = Key::new("home", Text, Some("PYNOMALY_HOME")).with_flag("--home");
pub(super) const THREADS: Key =
    Key::new("threads", Number, Some("PYNOMALY_THREADS")).with_flag("--threads");
pub(super) const MEMORY: Key =
    Key::new("memory", Size, Some("PYNOMALY_MEMORY")).with_flag("--memory");

pub(super) const STORE_URL: Key = Key::new("store.url", Text, Some("PYNOMALY_STORE"));
pub(super) const STORE_PASSWORD: Key =
    Key::new("store.password", Nothing, Some("PYNOMALY_STORE_PASSWORD"));
pub(super) const STORE_PASSWORD_FILE: Key = Key::new("store.password_file", Text, None);
/// URLs of a context's own, in the order of [`Context::ALL`].
pub(super) const STORE_CONTEXTS: [(Context, Key); 4] = [
    (
        Context::DataScience,
        Key::new("store.contexts.data_science", Text, Some("PYNOMALY_STORE_DATA_SCIENCE")),
    ),
    (
        Context::DataQuality,
        Key::new("store.contexts.data_quality", Text, Some("PYNOMALY_STORE_DATA_QUALITY")),
    ),
    (
        Context::DataProfiling,
        Key::new("store.contexts.data_profiling", Text, Some("PYNOMALY_STORE_DATA_PROFILING")),
    ),
    (Context::Mlops, Key::new("store.contexts.mlops", Text, Some("PYNOMALY_STORE_MLOPS"))),
];

pub(super) const BROKER_URL: Key = Key::new("broker.url", Text, Some("PYNOMALY_BROKER"));
pub(super) const BROKER_PASSWORD: Key =
    Key::new("broker.password", Nothing, Some("PYNOMALY_BROKER_PASSWORD"));
pub(super) const BROKER_PASSWORD_FILE: Key = Key::new("broker.password_file", Text, None);
pub(super) const BROKER_NAMESPACE: Key =
    Key::new("broker.namespace", Text, Some("PYNOMALY_BROKER_NAMESPACE"));

pub(super) const ARTIFACTS_URL: Key = Key::new("artifacts.url", Text, Some("PYNOMALY_ARTIFACTS"));
pub(super) const ARTIFACTS_ENDPOINT: Key =
    Key::new("artifacts.endpoint", Text, Some("PYNOMALY_ARTIFACTS_ENDPOINT"));
pub(super) const ARTIFACTS_REGION: Key =
    Key::new("artifacts.region", Text, Some("PYNOMALY_ARTIFACTS_REGION"));

pub(super) const SERVE_LISTEN: Key =
    Key::new("serve.listen", Text, Some("PYNOMALY_LISTEN")).with_flag("--listen");
pub(super) const SERVE_CONTEXTS: Key =
    Key::new("serve.contexts", List, None).with_flag("--contexts");

/// All of them, in the order people are told.
pub(super) const ALL: [&Key; 20] = [
    &CONFIGURATION_FILE,
    &HOME,
    &THREADS,
    &MEMORY,
    &STORE_URL,
    &STORE_PASSWORD,
    &STORE_PASSWORD_FILE,
    &STORE_CONTEXTS[0].1,
    &STORE_CONTEXTS[1].1,
    &STORE_CONTEXTS[2].1,
    &STORE_CONTEXTS[3].1,
    &BROKER_URL,
    &BROKER_PASSWORD,
    &BROKER_PASSWORD_FILE,
    &BROKER_NAMESPACE,
    &ARTIFACTS_URL,
    &ARTIFACTS_ENDPOINT,
    &ARTIFACTS_REGION,
    &SERVE_LISTEN,
    &SERVE_CONTEXTS,
];

/// What a file may hold.
pub(super) fn in_file() -> impl Iterator<Item = &'static Key> {
    ALL.into_iter().filter(|key| key.form != Nothing)
}
