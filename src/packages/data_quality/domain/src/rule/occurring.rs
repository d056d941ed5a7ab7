//! **contains_set** (completeness): each of `values` occurs in the column; with `exact: true`, and no
//! others. `mustBe…` says how many may be missing. Texts, numbers or truth values of one kind, counted
//! exactly; missing values are left out.
//!
//! **most_common_value** (conformity): the value that occurs most often is one of `values`. Where
//! several occur as often, the rule is broken, unless `ties: true` says that one of them suffices.
//! Missing values are left out; of more than 8,192 different values it is only told where it is certain.

use super::{Arguments, Made, Test, list_of};
use crate::expression::Expression;
use crate::problem::Problem;
use crate::verdict::Dimension;

/// What must be said of the values that occur.
#[derive(Clone, Debug, PartialEq)]
pub enum Occurring {
    /// All of these occur; and, when it is exact, no others.
    All {
        /// The values.
        values: Vec<Expression>,
        /// No others.
        exact: bool,
    },
    /// The most common one is one of these.
    MostCommon {
        /// The values.
        values: Vec<Expression>,
        /// Of several that are as common one suffices.
        ties: bool,
    },
}

pub(super) fn contains_set(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let values = values(arguments)?;
    let exact = arguments.record.flag("exact").unwrap_or_default();
    let only = if exact { "exactly" } else { "all" };
    let phrase = format!("{column} holds {only} the {} listed values", values.len());
    let test = Test::Occurring(Occurring::All { values, exact });
    let (kind, dimension) = ("contains_set", Dimension::Completeness);
    Some(Made { kind, columns: vec![column], test, phrase, dimension })
}

pub(super) fn most_common_value(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let values = values(arguments)?;
    let ties = arguments.record.flag("ties").unwrap_or_default();
    let phrase = format!("the most common value of {column} is {}", list_of(&values));
    let test = Test::Occurring(Occurring::MostCommon { values, ties });
    let (kind, dimension) = ("most_common_value", Dimension::Conformity);
    Some(Made { kind, columns: vec![column], test, phrase, dimension })
}

/// The listed values, each once and all of one kind.
fn values(arguments: &Arguments<'_>) -> Option<Vec<Expression>> {
    let record = arguments.record;
    let mut values: Vec<Expression> = Vec::new();
    for value in record.constants("values") {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    let place = record.place_of("values");
    if values.is_empty() {
        let problem = Problem::error(place, "the list of values is empty or missing");
        record.problems().add(problem.hint("write `values: [A, B]`"));
        return None;
    }
    let kind = |value: &Expression| std::mem::discriminant(value);
    if values.iter().any(|value| Some(kind(value)) != values.first().map(kind)) {
        record.problems().error(place, "the values are not of one kind");
        return None;
    }
    Some(values)
}
