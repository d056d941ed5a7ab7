//! Values in and out of SQL, the same for every backend.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use shared_kernel_domain::{Error, Result};

/// A parameter or a result cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// A 64-bit integer; flags are 0 and 1.
    Integer(i64),
    /// A double.
    Real(f64),
    /// Text: ids, times in RFC 3339, documents in JSON.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

macro_rules! value_from {
    ($($from:ty => |$value:ident| $into:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $into
            }
        })*
    };
}

value_from! {
    i64 => |value| Self::Integer(value);
    i32 => |value| Self::Integer(value.into());
    u32 => |value| Self::Integer(value.into());
    u64 => |value| Self::Integer(value as i64);
    usize => |value| Self::Integer(value as i64);
    bool => |value| Self::Integer(value.into());
    f64 => |value| Self::Real(value);
    &str => |value| Self::Text(value.to_owned());
    String => |value| Self::Text(value);
    &String => |value| Self::Text(value.clone());
    Vec<u8> => |value| Self::Blob(value);
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A row of a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    fn cell(&self, column: usize) -> &Value {
        self.0.get(column).unwrap_or(&Value::Null)
    }

    fn mismatch(&self, column: usize, expected: &str) -> Error {
        Error::internal(format!(
            "column {column} of a stored row is not {expected}: {:?}",
            self.cell(column)
        ))
    }

    /// A text cell.
    pub fn text(&self, column: usize) -> Result<String> {
        self.opt_text(column)?.ok_or_else(|| self.mismatch(column, "text"))
    }

    /// A text cell that may be NULL.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>> {
        match self.cell(column) {
            Value::Text(text) => Ok(Some(text.clone())),
            Value::Null => Ok(None),
            _ => Err(self.mismatch(column, "text")),
        }
    }

    /// An integer cell.
    pub fn integer(&self, column: usize) -> Result<i64> {
        self.opt_integer(column)?.ok_or_else(|| self.mismatch(column, "an integer"))
    }

    /// An integer cell that may be NULL.
    pub fn opt_integer(&self, column: usize) -> Result<Option<i64>> {
        match self.cell(column) {
            Value::Integer(value) => Ok(Some(*value)),
            Value::Null => Ok(None),
            _ => Err(self.mismatch(column, "an integer")),
        }
    }

    /// A floating-point cell.
    pub fn real(&self, column: usize) -> Result<f64> {
        self.opt_real(column)?.ok_or_else(|| self.mismatch(column, "a number"))
    }

    /// A floating-point cell that may be NULL.
    pub fn opt_real(&self, column: usize) -> Result<Option<f64>> {
        match self.cell(column) {
            Value::Real(value) => Ok(Some(*value)),
            Value::Integer(value) => Ok(Some(*value as f64)),
            Value::Null => Ok(None),
            _ => Err(self.mismatch(column, "a number")),
        }
    }

    /// A cell of bytes.
    pub fn blob(&self, column: usize) -> Result<Vec<u8>> {
        match self.cell(column) {
            Value::Blob(bytes) => Ok(bytes.clone()),
            _ => Err(self.mismatch(column, "bytes")),
        }
    }

    /// A JSON document.
    pub fn json<T: DeserializeOwned>(&self, column: usize) -> Result<T> {
        serde_json::from_str(&self.text(column)?)
            .map_err(|cause| self.mismatch(column, "the expected document").caused_by(cause))
    }

    /// An id, a time or anything else with a text form.
    pub fn id<T: FromStr>(&self, column: usize) -> Result<T> {
        self.text(column)?.parse().map_err(|_| self.mismatch(column, "an id"))
    }
}
