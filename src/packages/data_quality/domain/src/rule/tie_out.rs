//! **tie_out** (consistency): a figure of this table is that of another one, `to`: a file, its path
//! relative to the contract, or the name of a dataset. `figure` is `row_count`, `column_count` or a
//! figure of `column` (`sum`, `mean`, `distinct_count` …); `to_figure` and `to_columns` say where it is
//! another one there. `filter` is about this table's rows, `to_filter` about the other's. `factor`: so
//! many times as much as there is wanted here.
//!
//! `mustBe…` bounds the difference, whichever is larger; with `signed: true`, this table's figure less
//! the other's. With `unit: percent` it is a share of the other's figure; where that is 0, a figure
//! that is not 0 is infinitely far. Without a bound both are the same. Missing values are left out on
//! both sides; a side without values is not evaluated.

use super::figure::{PAIRS, named, phrase, refuse_filter};
use super::{Arguments, Figure, Limit, LimitUnit, Made, Rule, Test, told_table};
use crate::contract::Record;
use crate::expression::Expression;
use crate::problem::{Problem, nearest};
use crate::verdict::{Dimension, Severity};
use crate::yaml::Place;

/// A figure of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TableFigure {
    /// The number of its rows.
    RowCount,
    /// The number of its columns.
    ColumnCount,
    /// A figure of one of its columns.
    Of(Figure),
}

impl TableFigure {
    fn test(self) -> Test {
        match self {
            Self::RowCount => Test::RowCount,
            Self::ColumnCount => Test::ColumnCount,
            Self::Of(figure) => Test::Figure(figure),
        }
    }
}

/// A figure of another table.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherFigure {
    /// The table: a path, relative to the contract's file, or the name of a dataset.
    pub table: String,
    /// The figure.
    pub figure: TableFigure,
    /// The column that it is of, if it is of one.
    pub columns: Vec<String>,
    /// The rows that it is of.
    pub filter: Option<Expression>,
    /// What it is, such as `the sum of amount`.
    pub phrase: String,
}

/// A figure of a table against one of another.
#[derive(Clone, Debug, PartialEq)]
pub struct TieOut {
    /// The figure of this table.
    pub here: TableFigure,
    /// What it is in words.
    pub phrase: String,
    /// The other table's.
    pub there: OtherFigure,
    /// How many times the other's figure is wanted.
    pub factor: f64,
    /// Whether it matters which is larger.
    pub signed: bool,
}

impl TieOut {
    /// How far two figures are apart; in percent, as a share of the other's.
    pub(crate) fn difference(&self, here: f64, there: f64, percent: bool) -> f64 {
        let there = there * self.factor;
        let difference = here - there;
        let difference = if percent && difference != 0.0 {
            100.0 * difference / there.abs()
        } else {
            difference
        };
        if self.signed { difference } else { difference.abs() }
    }
}

pub(super) fn tie_out(arguments: &Arguments<'_>) -> Option<Made> {
    let record = arguments.record;
    let name = record.required_text("figure")?;
    let (here, columns, phrase) = read(name, "figure", "filter", &arguments.columns, record)?;
    let table = record.required_text("to")?.to_owned();
    let filter = match record.text("to_filter") {
        Some(text) => Some(super::read_condition(text, record, "to_filter")?),
        None => None,
    };
    let named = record.texts("to_columns");
    let named = if named.is_empty() { &arguments.columns } else { &named };
    let name_there = record.text("to_figure").unwrap_or(name);
    let (figure, columns_there, phrase_there) =
        read(name_there, "to_figure", "to_filter", named, record)?;
    let factor = record.number("factor").map_or(1.0, |factor| factor.float);
    if factor <= 0.0 {
        record.problems().error(record.place_of("factor"), "a factor is above 0");
        return None;
    }
    let signed = record.flag("signed").unwrap_or_default();
    let times = if factor == 1.0 { String::new() } else { format!("{factor} times ") };
    let there = OtherFigure { table, figure, columns: columns_there, filter, phrase: phrase_there };
    let told = format!("{phrase} ties out with {times}{}", there.told());
    let tie = TieOut { here, phrase, there, factor, signed };
    Some(Made {
        kind: "tie_out",
        columns,
        test: Test::TieOut(Box::new(tie)),
        phrase: told,
        dimension: Dimension::Consistency,
    })
}

impl OtherFigure {
    /// A rule that asks for nothing but the figure.
    pub fn rule(&self) -> Rule {
        Rule {
            id: self.phrase.clone(),
            kind: "figure",
            columns: self.columns.clone(),
            dimension: Dimension::Consistency,
            severity: Severity::Info,
            test: self.figure.test(),
            phrase: self.phrase.clone(),
            filter: self.filter.clone(),
            segment: None,
            limit: Limit { operators: Vec::new(), unit: LimitUnit::Rows },
            place: Place { line: 0, column: 0 },
        }
    }

    /// What it is, with its table.
    pub(crate) fn told(&self) -> String {
        let rows = self.filter.as_ref().map_or(String::new(), |filter| format!(" where {filter}"));
        format!("{} in {}{rows}", self.phrase, told_table(&self.table))
    }
}

type Figured = (TableFigure, Vec<String>, String);

/// A figure by its name, of the column that stands there.
fn read(
    name: &str,
    key: &'static str,
    filter: &'static str,
    columns: &[String],
    record: &Record<'_>,
) -> Option<Figured> {
    let problems = record.problems();
    let whole = match name {
        "row_count" => Some((TableFigure::RowCount, "the number of rows")),
        "column_count" => Some((TableFigure::ColumnCount, "the number of columns")),
        _ => None,
    };
    if let Some((figure, phrase)) = whole {
        if figure == TableFigure::ColumnCount
            && let Some(node) = record.get(filter)
        {
            problems.error(node.place, "columns are there in all rows or in none");
        }
        return Some((figure, Vec::new(), phrase.to_owned()));
    }
    if !Figure::NAMES.contains(&name) || PAIRS.contains(&name) {
        let names = || {
            ["row_count", "column_count"]
                .into_iter()
                .chain(Figure::NAMES.into_iter().filter(|name| !PAIRS.contains(name)))
        };
        let all = || format!("there are {}", names().collect::<Vec<_>>().join(", "));
        let hint = nearest(name, names()).unwrap_or_else(all);
        let problem = Problem::error(record.place_of(key), format!("there is no figure {name}"));
        problems.add(problem.hint(hint));
        return None;
    }
    let (kind, figure, told) = named(name, record)?;
    refuse_filter(figure, record, filter);
    let [column] = columns else {
        let key = if key == "figure" { "columns" } else { "to_columns" };
        let what = format!("the {kind} is of one column, and {} are named", columns.len());
        let problem = Problem::error(record.place_of(key), what);
        problems.add(problem.hint(if key == "columns" {
            "name it with `column: NAME`"
        } else {
            "name it with `to_columns: NAME`"
        }));
        return None;
    };
    let phrase = phrase(kind, figure, told, column);
    Some((TableFigure::Of(figure), vec![column.clone()], phrase))
}
