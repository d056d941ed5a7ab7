//! **between** (conformity): the value lies within `minimum` and `maximum`, or above
//! `exclusiveMinimum` and below `exclusiveMaximum`; each may be left out. Numbers are compared by
//! value, dates and times are given as text in ISO 8601, text is compared by code points. Unknown
//! where there is no value.

use super::{Arguments, Made};
use crate::contract::Record;
use crate::expression::{Comparison, Expression};
use crate::problem::Problem;
use crate::verdict::Dimension;

/// The bounds of values, in the words of the standard's type options.
pub(crate) struct Bounds {
    least: Option<(Comparison, Expression)>,
    most: Option<(Comparison, Expression)>,
}

impl Bounds {
    /// Reads the bounds of a record; says so when nothing lies between them.
    pub(crate) fn read(record: &Record<'_>) -> Self {
        let bound = |key, exclusive, comparison, strict| {
            // version 3.0 of the standard had a truth value here
            let flag = record.get(exclusive).and_then(crate::yaml::Node::scalar);
            match flag {
                Some(crate::yaml::ScalarValue::Boolean(is_strict)) => {
                    let comparison = if is_strict { strict } else { comparison };
                    record.constant(key).map(|value| (comparison, value))
                }
                _ => record
                    .constant(exclusive)
                    .map(|value| (strict, value))
                    .or_else(|| record.constant(key).map(|value| (comparison, value))),
            }
        };
        let least =
            bound("minimum", "exclusiveMinimum", Comparison::GreaterOrEqual, Comparison::Greater);
        let most = bound("maximum", "exclusiveMaximum", Comparison::LessOrEqual, Comparison::Less);
        record.know(&["minimum", "maximum"]);
        if let (Some((_, Expression::Number(low))), Some((_, Expression::Number(high)))) =
            (&least, &most)
            && low.float > high.float
        {
            let what = format!("nothing is between {low} and {high}");
            let problem = Problem::error(record.place_of("minimum"), what);
            record.problems().add(problem.hint("exchange minimum and maximum"));
        }
        Self { least, most }
    }

    /// The rule that a column keeps to them; `None` when there are none.
    pub(crate) fn rule(self, column: &str) -> Option<Made> {
        let phrase = match (&self.least, &self.most) {
            (None, None) => return None,
            (Some((Comparison::GreaterOrEqual, low)), Some((Comparison::LessOrEqual, high))) => {
                format!("{column} is between {low} and {high}")
            }
            (least, most) => {
                let tell = |bound: &Option<(Comparison, Expression)>| {
                    bound.as_ref().map(|(comparison, value)| match comparison {
                        Comparison::Greater => format!("above {value}"),
                        Comparison::GreaterOrEqual => format!("at least {value}"),
                        Comparison::Less => format!("below {value}"),
                        _ => format!("at most {value}"),
                    })
                };
                let told: Vec<String> = [tell(least), tell(most)].into_iter().flatten().collect();
                format!("{column} is {}", told.join(" and "))
            }
        };
        let parts: Vec<Expression> = [self.least, self.most]
            .into_iter()
            .flatten()
            .map(|(comparison, value)| Expression::column(column).compared(comparison, value))
            .collect();
        Some(Made::rows("between", Dimension::Conformity, Expression::And(parts), phrase))
    }
}

pub(super) fn between(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let rule = Bounds::read(arguments.record).rule(&column);
    if rule.is_none() {
        let problem = Problem::error(arguments.record.place(), "there is no bound");
        arguments.record.problems().add(problem.hint("write `minimum: 0`, `maximum: 9` or both"));
    }
    rule
}
