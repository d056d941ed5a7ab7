//! What lies within lists, records and maps, by path.

use std::fmt::Write;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ColumnType;

/// What the values at a path are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NestedUnit {
    /// One for each row of the table; none where a record around it is missing.
    Rows,
    /// One for each item of the innermost list around it, or entry of the map.
    Items,
}

/// What is to be seen at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NestedContent {
    /// Values, as those of a column.
    Values(ColumnType),
    /// Whole numbers: how long the lists, or how large the maps, at the path are.
    Lengths,
}

/// Values within a nested column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NestedField {
    /// The column of the table.
    pub column: String,
    /// The place among the nested fields of that column, from 0.
    pub place: u32,
    /// Unique within the table, such as `a.b[].c`: see [`NestedPath`].
    pub path: String,
    /// What is there.
    pub content: NestedContent,
    /// What it is counted in.
    pub unit: NestedUnit,
    /// The path of the innermost list or map around it, where it is counted in items.
    pub list: Option<String>,
}

/// A path whose values are not seen one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOutPath {
    /// The path.
    pub path: String,
    /// Why, and what is seen of it instead.
    pub reason: String,
}

/// What lies within the nested columns of a table, column by column, in the order of their places.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NestedSchema {
    /// The fields.
    pub fields: Vec<NestedField>,
    /// What is not among them.
    pub left_out: Vec<LeftOutPath>,
}

impl NestedSchema {
    /// Nesting deeper than this is not followed.
    pub const DEEPEST: usize = 64;
    /// More fields than this are not given.
    pub const MOST_FIELDS: usize = 10_000;

    /// The field at a path.
    pub fn field(&self, path: &str) -> Option<&NestedField> {
        self.fields.iter().find(|field| field.path == path)
    }
}

/// The name of a place in a nested value: `a.b` is member `b` of record `a`, `a[]` the items of list
/// `a`, `m{}.key` and `m{}.value` those of map `m`. Names that hold one of these signs, or nothing,
/// are put in quotation marks: `a."b.c"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NestedPath(String);

impl NestedPath {
    /// A column.
    pub fn column(name: &str) -> Self {
        Self(part(name))
    }

    /// A member of the record here.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        Self(format!("{}.{}", self.0, part(name)))
    }

    /// The items of the list here.
    #[must_use]
    pub fn items(&self) -> Self {
        Self(format!("{}[]", self.0))
    }

    /// The entries of the map here.
    #[must_use]
    pub fn entries(&self) -> Self {
        Self(format!("{}{{}}", self.0))
    }

    /// The path as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn part(name: &str) -> String {
    if !name.is_empty() && !name.contains(['.', '[', ']', '{', '}', '"']) {
        return name.to_owned();
    }
    let mut quoted = String::with_capacity(name.len() + 2);
    // writing to a string cannot fail
    let _ = write!(quoted, "{name:?}");
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_as_people_write_them() {
        let path = NestedPath::column("a").member("b").items().member("c");
        assert_eq!(path.as_str(), "a.b[].c");
        assert_eq!(NestedPath::column("m").entries().member("key").as_str(), "m{}.key");
    }

    #[test]
    fn no_two_places_have_one_path() {
        let paths = [
            NestedPath::column("a").member("b.c"),
            NestedPath::column("a").member("b").member("c"),
            NestedPath::column("a.b").member("c"),
            NestedPath::column("a").member("b[]"),
            NestedPath::column("a").member("b").items(),
            NestedPath::column("a").member(""),
            NestedPath::column("a"),
        ];
        for (place, path) in paths.iter().enumerate() {
            assert!(!paths[..place].contains(path), "{path:?}");
        }
        assert_eq!(paths[0].as_str(), r#"a."b.c""#);
    }
}
