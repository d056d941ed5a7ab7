//! **columns** (conformity, the table): the columns `names` are there; with `ordered: true` in
//! this order, with `exact: true` and no others. The properties of a contract are such a rule, and
//! each `logicalType` is one of its own. **column_count** is how many there are.
//! **forbidden_columns** (conformity, the table): none of the columns `names` is there.
//! **logical_type** (conformity): a column is of the `type` that the standard calls so.
//!
//! Text formats have no types, so that there `string` is any column; else the stored type counts.

use shared_kernel_domain::table::{ColumnType, TableSchema};

use super::{Arguments, Made, Test};
use crate::contract::Record;
use crate::problem::{Problem, nearest};
use crate::verdict::Dimension;

/// What is tested of the columns of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnsTest {
    /// These columns are there.
    Are {
        /// The columns.
        names: Vec<String>,
        /// In this order, others between them or not.
        ordered: bool,
        /// And no others.
        exact: bool,
    },
    /// None of these columns is there.
    AreNot(Vec<String>),
    /// A column has a type.
    Has(String, LogicalType),
    /// A column holds dates or times, and therefore needs no format.
    IsTemporal(String),
    /// A column is of a type of dates or times, or, where the source has no types, text of a format.
    IsWritten(String, LogicalType),
}

/// A type in the words of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogicalType {
    /// Text.
    String,
    /// A calendar date.
    Date,
    /// A point in time.
    Timestamp,
    /// A time of day.
    Time,
    /// Any number.
    Number,
    /// A whole number.
    Integer,
    /// A record.
    Object,
    /// A list.
    Array,
    /// A truth value.
    Boolean,
}

impl LogicalType {
    /// All types and their names.
    pub const NAMES: [(&'static str, Self); 9] = [
        ("string", Self::String),
        ("date", Self::Date),
        ("timestamp", Self::Timestamp),
        ("time", Self::Time),
        ("number", Self::Number),
        ("integer", Self::Integer),
        ("object", Self::Object),
        ("array", Self::Array),
        ("boolean", Self::Boolean),
    ];

    /// The name as it is written.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    /// The type of a name.
    ///
    /// # Errors
    /// A suggestion.
    pub(crate) fn of_name(name: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        let names = Self::NAMES.map(|(name, _)| name);
        found.map(|(_, known)| *known).ok_or_else(|| {
            nearest(name, names).unwrap_or_else(|| format!("write {}", names.join(", ")))
        })
    }

    /// Whether it is one of dates or times.
    pub(crate) fn is_of_time(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp | Self::Time)
    }

    /// Whether a stored column is of this type; `typed` says that the source has types of its own.
    pub fn fits(self, column: ColumnType, typed: bool) -> bool {
        match self {
            Self::String => !typed || column == ColumnType::Text,
            Self::Date | Self::Timestamp => column.is_temporal(),
            Self::Time => column == ColumnType::Time,
            Self::Number => column.is_numeric(),
            Self::Integer => column == ColumnType::Integer,
            Self::Object => column == ColumnType::Struct,
            Self::Array => column == ColumnType::List,
            Self::Boolean => column == ColumnType::Boolean,
        }
    }
}

/// The names of columns that a rule lists.
fn names(record: &Record<'_>) -> Option<Vec<String>> {
    let names = record.texts("names");
    if names.is_empty() {
        let problem = Problem::error(record.place(), "there are no names of columns");
        record.problems().add(problem.hint("write `names: [id, name]`"));
        return None;
    }
    Some(names)
}

pub(super) fn forbidden_columns(arguments: &Arguments<'_>) -> Option<Made> {
    let names = names(arguments.record)?;
    let phrase = format!("the table has no column {}", names.join(", "));
    let test = Test::Columns(ColumnsTest::AreNot(names));
    let (kind, dimension) = ("forbidden_columns", Dimension::Conformity);
    Some(Made { kind, columns: Vec::new(), test, phrase, dimension })
}

pub(super) fn columns(arguments: &Arguments<'_>) -> Option<Made> {
    let record = arguments.record;
    let names = names(record)?;
    let ordered = record.flag("ordered").unwrap_or_default();
    let exact = record.flag("exact").unwrap_or_default();
    Some(of_names(names, ordered, exact))
}

pub(super) fn logical_type(arguments: &Arguments<'_>) -> Option<Made> {
    let (column, record) = (arguments.column()?, arguments.record);
    let name = record.required_text("type")?;
    match LogicalType::of_name(name) {
        Ok(logical) => {
            let phrase = format!("{column} is of the type {name}");
            let test = Test::Columns(ColumnsTest::Has(column.clone(), logical));
            let (columns, dimension) = (vec![column], Dimension::Conformity);
            Some(Made { kind: "logical_type", columns, test, phrase, dimension })
        }
        Err(hint) => {
            let what = format!("there is no logical type {name}");
            record.problems().add(Problem::error(record.place_of("type"), what).hint(hint));
            None
        }
    }
}

/// The number of columns.
pub(super) fn column_count(arguments: &Arguments<'_>) -> Made {
    if let Some(node) = arguments.record.get("filter") {
        arguments.record.problems().error(node.place, "columns are there in all rows or in none");
    }
    Made {
        kind: "column_count",
        columns: Vec::new(),
        test: Test::ColumnCount,
        phrase: "the number of columns".to_owned(),
        dimension: Dimension::Conformity,
    }
}

/// Some columns are there.
pub(crate) fn of_names(names: Vec<String>, ordered: bool, exact: bool) -> Made {
    let order = if ordered { ", in this order" } else { "" };
    let only = if exact { "only " } else { "" };
    let phrase = format!("the table has {only}the {} named columns{order}", names.len());
    let test = Test::Columns(ColumnsTest::Are { names, ordered, exact });
    Made { kind: "columns", columns: Vec::new(), test, phrase, dimension: Dimension::Conformity }
}

impl ColumnsTest {
    /// What is wrong with the columns of a table, in plain clauses; how many were looked at.
    ///
    /// # Errors
    /// Why that can't be said.
    pub(crate) fn faults(
        &self,
        schema: &TableSchema,
        typed: bool,
    ) -> Result<(u64, Vec<String>), String> {
        match self {
            Self::Are { names, ordered, exact } => {
                let mut faults: Vec<String> = names
                    .iter()
                    .filter(|name| schema.field(name).is_none())
                    .map(|name| format!("{name} is missing"))
                    .collect();
                if *exact {
                    let others =
                        schema.names().filter(|name| !names.iter().any(|known| known == name));
                    faults.extend(others.map(|name| format!("{name} is not in the contract")));
                }
                let place = |name: &String| schema.names().position(|known| known == name);
                let places: Vec<usize> = names.iter().filter_map(place).collect();
                if *ordered && !places.is_sorted() {
                    faults.push("the columns stand in another order".to_owned());
                }
                Ok((names.len() as u64, faults))
            }
            Self::AreNot(names) => {
                let there = names.iter().filter(|name| schema.field(name).is_some());
                let faults = there.map(|name| format!("{name} is there")).collect();
                Ok((names.len() as u64, faults))
            }
            Self::Has(name, logical) => {
                let column = column_type(name, schema)?;
                let wrong = (!logical.fits(column, typed))
                    .then(|| format!("{name} is {}, and not {}", column.name(), logical.name()));
                Ok((1, wrong.into_iter().collect()))
            }
            Self::IsWritten(name, logical) => {
                let column = column_type(name, schema)?;
                let fits = logical.fits(column, typed) || (!typed && column == ColumnType::Text);
                let wrong = (!fits)
                    .then(|| format!("{name} is {}, and not {}", column.name(), logical.name()));
                Ok((1, wrong.into_iter().collect()))
            }
            Self::IsTemporal(name) => match column_type(name, schema)? {
                column if column.is_temporal() || column == ColumnType::Time => Ok((1, Vec::new())),
                column => Err(format!(
                    "{name} is {}, and its date format is not known here",
                    column.name()
                )),
            },
        }
    }
}

fn column_type(name: &str, schema: &TableSchema) -> Result<ColumnType, String> {
    match schema.field(name).map(|field| field.column_type) {
        None => Err(crate::expression::no_column(name, schema)),
        Some(ColumnType::Null) => Err(format!("{name} holds no value, so that it has no type")),
        Some(column) => Ok(column),
    }
}
