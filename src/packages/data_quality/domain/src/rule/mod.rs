//! The rules of a contract: one kind per file, its doc comment is the user's documentation.
//!
//! A rule says what must hold for every row, or what a figure of a column or table must be.
//! `mustBe…` bounds the number of failing rows (or, with `unit: percent`, their share of the rows
//! looked at), or the figure; without it, no row may fail. `filter` is a condition: rows of which
//! it is not true are not looked at. A row of which a rule is unknown, because a value is missing,
//! neither keeps nor breaks it. With `segment: COLUMN` the rule is evaluated for the rows of each
//! value of that column by itself, and all it says holds for each.

mod age;
mod between;
mod by_value;
mod columns;
mod distribution;
mod expression;
mod figure;
mod has_format;
mod has_time_format;
mod in_order;
mod in_set;
mod length_between;
mod limit;
mod matches;
mod matches_json_schema;
mod moving_z_score;
mod multiple_of;
mod nulls;
mod occurring;
mod query;
mod reference;
mod same_answers;
mod same_rows;
mod tie_out;
mod unique;
mod z_score;

pub use age::{Age, AgeOf, AgeUnit};
pub use by_value::{ByValue, Gaps, Period, ValueTest};
pub use columns::{ColumnsTest, LogicalType};
pub use distribution::{Against, Distance, Distribution, ReferenceColumn};
pub use figure::Figure;
pub use in_order::{InOrder, Sequence};
pub(crate) use limit::operator_names;
pub use limit::{Limit, LimitUnit, Operator};
pub use occurring::Occurring;
pub use query::{Asks, Query};
pub use reference::{PREVIOUS_VERSION, Reference};
pub use same_answers::SameAnswers;
pub use same_rows::{Difference, SameRows};
pub use tie_out::{OtherFigure, TableFigure, TieOut};
pub use z_score::{Scale, ZScores};

pub(crate) use age::of_age;
pub(crate) use between::Bounds;
pub(crate) use columns::of_names;
pub(crate) use expression::{of_text, read as read_condition};
pub(crate) use has_format::of_format;
pub(crate) use has_time_format::of_time_format;
pub(crate) use in_set::list as list_of;
pub(crate) use length_between::of_lengths;
pub(crate) use matches::{of_pattern, read as read_pattern};
pub(crate) use multiple_of::of_unit;
pub(crate) use nulls::{has_value, of_missing};
pub(crate) use query::{Standing, of_record as of_query, of_table as filled};
pub(crate) use reference::{to_table, told_table};
pub(crate) use unique::of_columns;

use crate::contract::Record;
use crate::expression::{Expression, TimeFormat};
use crate::verdict::{Dimension, Severity};
use crate::yaml::Place;

/// One rule of a contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What tells it apart in its contract: its `id`, its `name`, or its columns and kind.
    pub id: String,
    /// The kind, such as `between`.
    pub kind: &'static str,
    /// The columns it is about; empty for the whole table.
    pub columns: Vec<String>,
    /// The dimension it counts in.
    pub dimension: Dimension,
    /// The level at which it fails.
    pub severity: Severity,
    /// What is tested.
    pub test: Test,
    /// What it says, such as `month is between 1 and 12`.
    pub phrase: String,
    /// Which rows are looked at.
    pub filter: Option<Expression>,
    /// The column for each of whose values the rule is evaluated by itself.
    pub segment: Option<String>,
    /// What the number of failing rows, or the figure, must be.
    pub limit: Limit,
    /// Where it stands in the contract's file.
    pub place: Place,
}

/// What a rule tests.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// A condition that holds for every row.
    Rows(Expression),
    /// A column has a value, and none of these, which stand for "no value".
    Missing(String, Vec<Expression>),
    /// A column holds dates or times, stored as such or in texts that are written so.
    Written(String, TimeFormat),
    /// The columns' values stand in another table.
    Reference(Reference),
    /// The rows are those of another table.
    SameRows(Box<SameRows>),
    /// No row repeats another in the rule's columns; in all columns when there are none.
    Unique,
    /// Rows follow one another, or are written like those before.
    InOrder(InOrder),
    /// How far values are from the middle of their column, in what it is spread by.
    ZScore(ZScores),
    /// Which values occur.
    Occurring(Occurring),
    /// A figure of the rule's column.
    Figure(Figure),
    /// How far a column's values are from a reference.
    Distribution(Distribution),
    /// The number of rows.
    RowCount,
    /// The number of columns.
    ColumnCount,
    /// How far a figure is from one of another table.
    TieOut(Box<TieOut>),
    /// Which columns there are.
    Columns(ColumnsTest),
    /// The answer to a query.
    Query(Query),
    /// Two queries give the same rows.
    SameAnswers(SameAnswers),
    /// Nothing that could be tested, and why.
    Unchecked(String),
}

impl Test {
    /// The figure of a column that it is about, by itself or against another table.
    pub(crate) fn figure(&self) -> Option<Figure> {
        match self {
            Self::Figure(figure) => Some(*figure),
            Self::TieOut(tie) => match tie.here {
                TableFigure::Of(figure) => Some(figure),
                TableFigure::RowCount | TableFigure::ColumnCount => None,
            },
            _ => None,
        }
    }

    /// Whether it is one number, which a limit bounds.
    pub(crate) fn is_figure(&self) -> bool {
        matches!(self, Self::Figure(_) | Self::RowCount | Self::ColumnCount | Self::Distribution(_))
            || matches!(self, Self::Query(Query { asks: Asks::Number, .. }))
    }
}

impl Rule {
    /// Whether it can be evaluated for a part of the rows.
    pub(crate) fn has_parts(test: &Test) -> bool {
        match test {
            Test::Figure(figure) => !figure.is_of_distinct(),
            Test::Rows(_)
            | Test::Missing(..)
            | Test::Written(..)
            | Test::Reference(_)
            | Test::InOrder(_)
            | Test::ZScore(_)
            | Test::Occurring(_)
            | Test::Distribution(_)
            | Test::RowCount => true,
            _ => false,
        }
    }

    /// Whether it can name the rows that break it.
    pub fn names_rows(&self) -> bool {
        match &self.test {
            Test::Rows(_)
            | Test::Missing(..)
            | Test::Written(..)
            | Test::Reference(_)
            | Test::SameRows(_)
            | Test::InOrder(_)
            | Test::ZScore(_)
            | Test::Unique => true,
            Test::Query(query) => query.asks == Asks::FailingRows,
            _ => false,
        }
    }
}

/// A rule as its kind makes it, before the contract says how much it matters.
pub(crate) struct Made {
    pub kind: &'static str,
    pub columns: Vec<String>,
    pub test: Test,
    pub phrase: String,
    pub dimension: Dimension,
}

impl Made {
    /// A condition for every row.
    pub(crate) fn rows(
        kind: &'static str,
        dimension: Dimension,
        condition: Expression,
        phrase: String,
    ) -> Self {
        let columns = condition.columns();
        Self { kind, columns, test: Test::Rows(condition), phrase, dimension }
    }
}

/// What a kind of rule is made from: its arguments, and the columns it is about.
pub(crate) struct Arguments<'a> {
    pub record: &'a Record<'a>,
    /// From `column` or `columns`, else the property at which the rule stands.
    pub columns: Vec<String>,
    /// Where it stands.
    pub standing: Standing<'a>,
}

impl Arguments<'_> {
    /// The one column that a kind needs.
    fn column(&self) -> Option<String> {
        match self.columns.as_slice() {
            [only] => Some(only.clone()),
            others => {
                let what = if others.is_empty() { "it has none" } else { "it has several" };
                let place = self.record.place_of("columns");
                let problem = crate::problem::Problem::error(
                    place,
                    format!("this rule is about one column, but {what}"),
                );
                self.record.problems().add(problem.hint("name it with `column: NAME`"));
                None
            }
        }
    }
}

/// A kind of rule: reads its arguments, or tells what is wrong with them.
type Read = fn(&Arguments<'_>) -> Option<Made>;

/// The kinds by name.
const KINDS: [(&str, Read); 39] = [
    ("not_null", nulls::not_null),
    ("is_null", nulls::is_null),
    ("not_blank", nulls::not_blank),
    ("missing_values", nulls::missing_values),
    ("in_set", in_set::in_set),
    ("not_in_set", in_set::not_in_set),
    ("between", between::between),
    ("matches", matches::matches),
    ("not_matches", matches::not_matches),
    ("length_between", length_between::length_between),
    ("has_format", has_format::has_format),
    ("has_time_format", has_time_format::has_time_format),
    ("matches_json_schema", matches_json_schema::matches_json_schema),
    ("multiple_of", multiple_of::multiple_of),
    ("expression", expression::expression),
    ("unique", unique::unique),
    ("reference", reference::reference),
    ("failing_rows", query::failing_rows),
    ("distribution", distribution::distribution),
    ("tie_out", tie_out::tie_out),
    ("same_rows", same_rows::same_rows),
    ("same_answers", same_answers::same_answers),
    ("increasing", in_order::increasing),
    ("decreasing", in_order::decreasing),
    ("sequential", by_value::sequential),
    ("no_gaps", by_value::no_gaps),
    ("ranges_apart", by_value::ranges_apart),
    ("consistent_casing", in_order::consistent_casing),
    ("moving_z_score", moving_z_score::moving_z_score),
    ("z_score", z_score::z_score),
    ("robust_z_score", z_score::robust_z_score),
    ("interquartile_score", z_score::interquartile_score),
    ("quartile_score", z_score::quartile_score),
    ("contains_set", occurring::contains_set),
    ("most_common_value", occurring::most_common_value),
    ("forbidden_columns", columns::forbidden_columns),
    ("logical_type", columns::logical_type),
    ("freshness", age::freshness),
    ("retention", age::retention),
];

/// The names of all kinds that can be written.
pub fn names() -> impl Iterator<Item = &'static str> {
    let figures = Figure::NAMES.iter().copied();
    let tables = ["row_count", "column_count", "columns"];
    KINDS.iter().map(|(name, _)| *name).chain(figures).chain(tables)
}

/// Makes a rule of the kind of a name; `None` when there is no such kind, or when something is
/// wrong, which is then told.
pub(crate) fn make(name: &str, arguments: &Arguments<'_>) -> Result<Option<Made>, ()> {
    if let Some((_, read)) = KINDS.iter().find(|(kind, _)| *kind == name) {
        return Ok(read(arguments));
    }
    match name {
        "row_count" => Ok(Some(row_count())),
        "column_count" => Ok(Some(columns::column_count(arguments))),
        "columns" => Ok(columns::columns(arguments)),
        _ if Figure::NAMES.contains(&name) => Ok(figure::figure(name, arguments)),
        _ => Err(()),
    }
}

/// The number of rows, or, with a filter, of those for which it is true.
pub(crate) fn row_count() -> Made {
    Made {
        kind: "row_count",
        columns: Vec::new(),
        test: Test::RowCount,
        phrase: "the number of rows".to_owned(),
        dimension: Dimension::Coverage,
    }
}
