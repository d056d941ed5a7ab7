//! YAML 1.2 documents as trees in which every value knows its line and column.
//!
//! The parser gives events; the tree is built here, without recursion and within limits, so that
//! a document made to be expensive (deep nesting, aliases that multiply, aliases to themselves) is
//! refused and not expanded.

mod builder;
#[cfg(test)]
mod tests;
mod writing;

pub use builder::read;
pub use writing::{list, mapping, plain, quoted, text, write_json, write_yaml};

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Deepest nesting of a document.
pub const DEEPEST: usize = 64;

/// Most values of a document, those that aliases stand for included.
pub const MOST_VALUES: usize = 500_000;

/// A place in a text.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

/// A value of a document and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub content: Content,
}

/// What a value of a document is.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A single value.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys, which are texts, and their values, in the order of the document.
    Mapping(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key begins.
    pub place: Place,
    /// The value.
    pub value: Node,
}

/// A single value as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text, without quotes.
    pub text: String,
    /// Whether it stands without quotes and may therefore mean a number, a truth value or null.
    pub plain: bool,
}

/// What a single value means in YAML's core schema.
#[derive(Clone, Debug, PartialEq)]
pub enum ScalarValue {
    /// Nothing.
    Null,
    /// A truth value.
    Boolean(bool),
    /// A number, as it is written.
    Number(String),
    /// Anything else.
    Text(String),
}

impl Scalar {
    /// What it means.
    pub fn value(&self) -> ScalarValue {
        let text = self.text.as_str();
        if !self.plain {
            return ScalarValue::Text(self.text.clone());
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => ScalarValue::Null,
            "true" | "True" | "TRUE" => ScalarValue::Boolean(true),
            "false" | "False" | "FALSE" => ScalarValue::Boolean(false),
            _ if is_number(text) => ScalarValue::Number(text.to_owned()),
            _ => ScalarValue::Text(self.text.clone()),
        }
    }
}

/// Digits with a sign, a point, an exponent; codes with leading zeros are numbers to YAML too.
fn is_number(text: &str) -> bool {
    let starts = |text: &str| {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        unsigned
            .strip_prefix('.')
            .unwrap_or(unsigned)
            .starts_with(|first: char| first.is_ascii_digit())
    };
    starts(text)
        && text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

impl Node {
    /// The entries of a mapping.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.content {
            Content::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn items(&self) -> Option<&[Self]> {
        match &self.content {
            Content::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()?.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// What a single value means.
    pub fn scalar(&self) -> Option<ScalarValue> {
        match &self.content {
            Content::Scalar(scalar) => Some(scalar.value()),
            _ => None,
        }
    }

    /// The text of a single value that is not null, however it is written.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(scalar) if scalar.value() != ScalarValue::Null => Some(&scalar.text),
            _ => None,
        }
    }

    /// Whether it is nothing: `key:` without a value, `null`, `~`.
    pub fn is_null(&self) -> bool {
        self.scalar() == Some(ScalarValue::Null)
    }

    /// What it is, as messages say it.
    pub fn kind(&self) -> &'static str {
        match self.scalar() {
            Some(ScalarValue::Null) => "nothing",
            Some(ScalarValue::Boolean(_)) => "true or false",
            Some(ScalarValue::Number(_)) => "a number",
            Some(ScalarValue::Text(_)) => "text",
            None if self.items().is_some() => "a list",
            None => "keys with values",
        }
    }
}
