//! **z_score** (accuracy, numbers): how many standard deviations (the sample's) a value lies above the
//! mean of its column is within `minimum` and `maximum`, or above `exclusiveMinimum` and below
//! `exclusiveMaximum`: `minimum: -3, maximum: 3` finds outliers on both sides. Mean and deviation are
//! those of the rows that are looked at, outliers among them, and exact: they take a scan of their own
//! before the one in which values are held against mean + bound × deviation. Where all values are the
//! same there is no such score, and the rule is not evaluated. Unknown where there is no number.

use super::{Arguments, Made, Test};
use crate::contract::Record;
use crate::expression::{Comparison, Expression, Number};
use crate::problem::Problem;
use crate::verdict::Dimension;

/// The bounds of z-scores: each a number, and whether it is left out itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZScores {
    /// The lower one.
    pub least: Option<(f64, bool)>,
    /// The upper one.
    pub most: Option<(f64, bool)>,
}

impl ZScores {
    /// The condition that a column's values keep to the bounds, with the column's mean and deviation.
    ///
    /// # Errors
    /// Why there are no scores.
    pub fn condition(
        &self,
        column: &str,
        mean: f64,
        deviation: f64,
    ) -> std::result::Result<Expression, String> {
        if deviation <= 0.0 || !deviation.is_finite() {
            return Err(format!("all values of {column} are the same, and have no z-score"));
        }
        let value = |bound: f64| {
            let float = mean + bound * deviation;
            Expression::Number(Number { float, decimal: None })
        };
        let mut parts = Vec::new();
        for (bound, at, beyond) in [
            (self.least, Comparison::GreaterOrEqual, Comparison::Greater),
            (self.most, Comparison::LessOrEqual, Comparison::Less),
        ] {
            if let Some((bound, is_open)) = bound {
                let comparison = if is_open { beyond } else { at };
                parts.push(Expression::column(column).compared(comparison, value(bound)));
            }
        }
        Ok(Expression::And(parts))
    }
}

pub(super) fn z_score(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let record = arguments.record;
    let least = bound(record, "minimum", "exclusiveMinimum");
    let most = bound(record, "maximum", "exclusiveMaximum");
    if least.is_none() && most.is_none() {
        let problem = Problem::error(record.place(), "the z-score has no bound");
        record.problems().add(problem.hint("write `minimum: -3, maximum: 3`"));
        return None;
    }
    if let (Some((low, _)), Some((high, _))) = (least, most)
        && low > high
    {
        let what = format!("nothing is between {low} and {high}");
        let problem = Problem::error(record.place_of("minimum"), what);
        record.problems().add(problem.hint("exchange minimum and maximum"));
        return None;
    }
    let told = |bound: Option<(f64, bool)>, at: &str, beyond: &str| {
        bound.map(|(bound, is_open)| format!("{} {bound}", if is_open { beyond } else { at }))
    };
    let parts = [told(least, "at least", "above"), told(most, "at most", "below")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let phrase = format!("the z-score of {column} is {}", parts.join(" and "));
    Some(Made {
        kind: "z_score",
        columns: vec![column],
        test: Test::ZScore(ZScores { least, most }),
        phrase,
        dimension: Dimension::Accuracy,
    })
}

fn bound(record: &Record<'_>, at: &'static str, beyond: &'static str) -> Option<(f64, bool)> {
    let (closed, open) = (record.number(at), record.number(beyond));
    open.map(|bound| (bound.float, true)).or(closed.map(|bound| (bound.float, false)))
}
