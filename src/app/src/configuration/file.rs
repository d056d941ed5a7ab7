//! The configuration file: TOML, and nothing in it that is not a setting.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use shared_kernel_domain::{Error, Result};
use toml::de::{DeTable, DeValue};

use super::keys::{self, Form, Key};
use super::nearest::nearest;
use super::origin::Position;

/// A configuration file that was read.
#[derive(Debug)]
pub(super) struct ConfigurationFile {
    path: Arc<PathBuf>,
    values: BTreeMap<&'static str, (String, Position)>,
    /// Whether others than its owner may read it.
    pub(super) open_to_others: bool,
}

impl ConfigurationFile {
    /// Reads the text of a file. No error repeats a value: there may be a password in it.
    pub(super) fn parse(path: &Path, text: &str, open_to_others: bool) -> Result<Self> {
        let path = Arc::new(path.to_owned());
        let mut file = Self { path, values: BTreeMap::new(), open_to_others };
        let document = DeTable::parse(text).map_err(|cause| {
            let byte = cause.span().map_or(0, |span| span.start);
            // Its display would quote the line.
            Error::usage(format!("the configuration is no TOML: {}", cause.message()))
                .at(file.position(text, byte).to_string())
        })?;
        file.take(document.get_ref(), "", text)?;
        Ok(file)
    }

    /// A setting and where it stands.
    pub(super) fn value(&self, key: &Key) -> Option<&(String, Position)> {
        self.values.get(key.name)
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn position(&self, text: &str, byte: usize) -> Position {
        Position::of(&self.path, text, byte)
    }

    fn take(&mut self, table: &DeTable<'_>, prefix: &str, text: &str) -> Result<()> {
        for (name, value) in table {
            let position = self.position(text, name.span().start);
            let full = match prefix {
                "" => name.get_ref().to_string(),
                _ => format!("{prefix}.{}", name.get_ref()),
            };
            // A dot within quotes is no step into a table.
            let written_plainly = !name.get_ref().contains('.');
            let key = keys::in_file().find(|key| key.name == full && written_plainly);
            if let Some(key) = key {
                let value = text_of(key.form, value.get_ref()).ok_or_else(|| {
                    let (expected, found) = (key.form.expectation(), value.get_ref().type_str());
                    Error::usage(format!("`{full}` must be {expected}, and is of type {found}"))
                        .at(position.to_string())
                })?;
                self.values.insert(key.name, (value, position));
            } else if written_plainly && is_table(&full) {
                let table = value.get_ref().as_table().ok_or_else(|| {
                    let found = value.get_ref().type_str();
                    Error::usage(format!("`{full}` must be a table, and is of type {found}"))
                        .at(position.to_string())
                        .hint(format!("begin it with a line [{full}]; {}", contents(&full)))
                })?;
                self.take(table, &full, text)?;
            } else {
                return Err(Error::usage(format!("there is no setting `{full}`"))
                    .at(position.to_string())
                    .hint(suggestion(prefix, name.get_ref())));
            }
        }
        Ok(())
    }
}

/// A value as the environment would hold it; `None` when it is of another type.
fn text_of(form: Form, value: &DeValue<'_>) -> Option<String> {
    match (form, value) {
        (Form::Text | Form::Size, DeValue::String(text)) => Some(text.to_string()),
        (Form::Number | Form::Size, DeValue::Integer(number)) => {
            let number = i64::from_str_radix(number.as_str(), number.radix()).ok()?;
            Some(number.to_string())
        }
        (Form::List, DeValue::Array(items)) => {
            let items: Option<Vec<&str>> =
                items.iter().map(|item| item.get_ref().as_str()).collect();
            // An empty list says something; an empty text would not.
            Some(items?.join(",")).map(|text| if text.is_empty() { ",".to_owned() } else { text })
        }
        _ => None,
    }
}

fn is_table(name: &str) -> bool {
    keys::in_file().any(|key| key.table() == name)
}

/// What there is in a table: settings, and tables within it.
fn names_in(table: &str) -> Vec<&'static str> {
    let mut names = Vec::new();
    for key in keys::in_file() {
        let within = match table {
            "" => Some(key.name),
            _ => key.name.strip_prefix(table).and_then(|rest| rest.strip_prefix('.')),
        };
        let Some(within) = within else { continue };
        let name = within.split_once('.').map_or(within, |(name, _)| name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn contents(table: &str) -> String {
    format!("in [{table}] there can be {}", names_in(table).join(", "))
}

fn suggestion(table: &str, name: &str) -> String {
    let full = |near: &str| match table {
        "" => near.to_owned(),
        _ => format!("{table}.{near}"),
    };
    // A password has no place in a file that others may come to read, but a file of its own has.
    if name == "password" && names_in(table).contains(&"password_file") {
        let file = full("password_file");
        return format!("write the password to a file of its own and name that file in `{file}`");
    }
    if let Some(near) = nearest(name, names_in(table)) {
        return format!("did you mean `{}`?", full(near));
    }
    if let Some(key) = keys::in_file().find(|key| key.last_name() == name) {
        return format!("did you mean `{}`?", key.name);
    }
    match table {
        "" => format!("there can be {}", names_in("").join(", ")),
        _ => contents(table),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConfigurationFile> {
        ConfigurationFile::parse(Path::new("/etc/pynomaly.toml"), text, false)
    }

    fn refusal(text: &str) -> (String, String, String) {
        let error = parse(text).unwrap_err();
        let hint = error.hint_text().unwrap_or_default().to_owned();
        (error.what().to_owned(), error.location().unwrap().to_owned(), hint)
    }

    #[test]
    fn every_setting_of_a_file_is_read_with_its_place() {
        let file = parse(
            "threads = 0x10\nmemory = '2GiB'\nserve.contexts = ['mlops', \"data_quality\"]\n\
             [store]\nurl = 'postgres://a/b'\n  [store.contexts]\n  mlops = 'postgres://c/d'\n",
        )
        .unwrap();
        let read = |key: &Key| {
            let (value, position) = file.value(key).unwrap();
            (value.clone(), position.to_string())
        };
        let at = |line: usize, column: usize| {
            format!("/etc/pynomaly.toml, line {line}, column {column}")
        };
        assert_eq!(read(&keys::THREADS), ("16".to_owned(), at(1, 1)));
        assert_eq!(read(&keys::MEMORY), ("2GiB".to_owned(), at(2, 1)));
        assert_eq!(read(&keys::SERVE_CONTEXTS), ("mlops,data_quality".to_owned(), at(3, 7)));
        assert_eq!(read(&keys::STORE_URL), ("postgres://a/b".to_owned(), at(5, 1)));
        assert_eq!(read(&keys::STORE_CONTEXTS[3].1), ("postgres://c/d".to_owned(), at(7, 3)));
        assert_eq!(file.value(&keys::BROKER_URL), None);
        assert!(parse("").unwrap().values.is_empty());
        assert_eq!(parse("memory = 4096").unwrap().value(&keys::MEMORY).unwrap().0, "4096");
    }

    #[test]
    fn an_unknown_setting_is_named_with_the_one_that_was_meant() {
        for (text, name, hint) in [
            ("thread = 4", "thread", "did you mean `threads`?"),
            ("[store]\nulr = 'x'", "store.ulr", "did you mean `store.url`?"),
            ("[sotre]\nurl = 'x'", "sotre", "did you mean `store`?"),
            ("listen = 'x'", "listen", "did you mean `serve.listen`?"),
            ("[serve]\nkafka = 1", "serve.kafka", "in [serve] there can be listen, contexts"),
            (
                "[store.contexts]\ndataquality = 'x'",
                "store.contexts.dataquality",
                "did you mean `store.contexts.data_quality`?",
            ),
            ("'store.url' = 'x'", "store.url", "store"),
            ("store.'url.x' = 'x'", "store.url.x", "url"),
            (
                "broker.password = 's3cret'",
                "broker.password",
                "write the password to a file of its own and name that file in \
                 `broker.password_file`",
            ),
            (
                "zzz = 1",
                "zzz",
                "there can be home, threads, memory, store, broker, artifacts, serve",
            ),
        ] {
            let (what, location, found) = refusal(text);
            assert_eq!(what, format!("there is no setting `{name}`"));
            assert!(location.starts_with("/etc/pynomaly.toml, line "), "{location}");
            assert!(found.contains(hint), "{text}: {found}");
        }
    }

    #[test]
    fn another_type_is_refused_without_the_value() {
        for (text, what) in [
            (
                "threads = 's3cret'",
                "`threads` must be a whole number such as 4, and is of type string",
            ),
            ("store = 's3cret'", "`store` must be a table, and is of type string"),
            (
                "store.url = ['s3cret']",
                "`store.url` must be a string in quotes, and is of type array",
            ),
            ("serve.contexts = 's3cret'", "`serve.contexts` must be a list of strings"),
            ("serve.contexts = ['a', 1]", "`serve.contexts` must be a list of strings"),
            ("memory = 1.5", "`memory` must be a size such as \"2GiB\", and is of type float"),
            ("threads = 99999999999999999999", "`threads` must be a whole number"),
            ("[[store]]\nurl = 's3cret'", "`store` must be a table, and is of type array"),
        ] {
            let (found, location, hint) = refusal(text);
            assert!(found.starts_with(what), "{text}: {found}");
            assert!(!format!("{found}{location}{hint}").contains("s3cret"));
        }
    }

    #[test]
    fn broken_toml_is_refused_at_its_place_without_the_line() {
        for (text, place) in [
            ("threads = 4\n[store]\nurl = postgres://me:s3cret@db/x", "line 3, column 7"),
            ("threads = 4\nthreads = 5", "line 2, column 1"),
            ("url = 's3cret", "line 1, column"),
            ("[store\nurl = 's3cret'", "line 1, column 7"),
            ("päth = 's3cret' x", "line 1, column"),
        ] {
            let (what, location, hint) = refusal(text);
            assert!(what.starts_with("the configuration is no TOML: "), "{what}");
            assert!(location.contains(place), "{text}: {location}");
            assert!(!format!("{what}{location}{hint}").contains("s3cret"), "{what}");
        }
    }
}
