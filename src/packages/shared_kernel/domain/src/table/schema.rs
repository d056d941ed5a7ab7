use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a column holds, in the terms a user thinks in; the stored width does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// Only nulls.
    Null,
    /// True or false.
    Boolean,
    /// Whole numbers that fit 64 bits signed.
    Integer,
    /// Binary floating point.
    Float,
    /// Decimal numbers and whole numbers wider than 64 bits signed.
    Decimal,
    /// Text.
    Text,
    /// Bytes.
    Binary,
    /// A calendar date.
    Date,
    /// A time of day.
    Time,
    /// A point in time.
    Timestamp,
    /// A length of time.
    Duration,
    /// A list, seen as its JSON text.
    List,
    /// A record, seen as its JSON text.
    Struct,
}

impl ColumnType {
    /// Whether values are numbers.
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Integer | Self::Float | Self::Decimal)
    }

    /// Whether values are dates or points in time.
    pub fn is_temporal(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp)
    }

    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            Self::List => "list",
            Self::Struct => "struct",
        }
    }
}

/// A column's name and type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Field {
    /// Unique within the table.
    pub name: String,
    /// What it holds.
    pub column_type: ColumnType,
}

/// The columns of a table, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TableSchema {
    /// The columns.
    pub fields: Vec<Field>,
}

impl TableSchema {
    /// The column of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }
}
