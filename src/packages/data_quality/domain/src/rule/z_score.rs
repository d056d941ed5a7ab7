//! **z_score** (accuracy, numbers): how many standard deviations (the sample's) a value lies above the
//! mean of its column is within `minimum` and `maximum`, or above `exclusiveMinimum` and below
//! `exclusiveMaximum`: `minimum: -3, maximum: 3` finds outliers on both sides.
//!
//! Outliers themselves pull at a mean and a deviation. Three scores are not moved by a few of them:
//! **robust_z_score**, from the median in deviations of 1.4826 × the median of the absolute deviations from
//! it, which is as much as a standard deviation where values are normal (Iglewicz, Hoaglin 1993, with their
//! 0.6745 = 1 / 1.4826); **interquartile_score**, from the median in interquartile ranges; and
//! **quartile_score**, from the nearer quartile in interquartile ranges, 0 between them, so that
//! `minimum: -1.5, maximum: 1.5` are the fences of Tukey 1977.
//!
//! Figures are those of the rows that are looked at, outliers among them, and exact: they take scans of
//! their own before the one in which values are held against the bounds. Where the unit is 0 there is no
//! such score, and the rule is not evaluated. Unknown where there is no number.

use super::{Arguments, Figure, Made, Test};
use crate::contract::Record;
use crate::expression::{Comparison, Expression, Number};
use crate::problem::Problem;
use crate::verdict::Dimension;

/// Standard deviations of a normal distribution in a median of absolute deviations.
const NORMAL: f64 = 1.4826;

/// What scores are counted from, and in what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// From the mean in standard deviations.
    Deviations,
    /// From the median in medians of the absolute deviations.
    MedianDeviations,
    /// From the median in interquartile ranges.
    MedianRanges,
    /// From the nearer quartile in interquartile ranges.
    QuartileRanges,
}

/// Where scores are 0, and how much is 1.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Zero {
    low: f64,
    high: f64,
    unit: f64,
}

impl Scale {
    /// The figures of a column that scores are made of.
    pub fn figures(self) -> Vec<Figure> {
        match self {
            Self::Deviations => vec![Figure::Mean, Figure::StandardDeviation],
            Self::MedianDeviations => vec![Figure::Quantile(0.5)],
            Self::MedianRanges => vec![Figure::Quantile(0.5), Figure::InterquartileRange],
            Self::QuartileRanges => vec![Figure::Quantile(0.25), Figure::Quantile(0.75)],
        }
    }

    /// Figures that can be computed once those are known.
    pub fn further(self, found: &[f64]) -> Vec<Figure> {
        match (self, found) {
            (Self::MedianDeviations, [median]) => vec![Figure::MedianDeviation(*median)],
            _ => Vec::new(),
        }
    }

    fn zero(self, figures: &[f64]) -> Option<Zero> {
        let &[first, second] = figures else { return None };
        Some(match self {
            Self::Deviations | Self::MedianRanges => Zero { low: first, high: first, unit: second },
            Self::MedianDeviations => Zero { low: first, high: first, unit: NORMAL * second },
            Self::QuartileRanges => Zero { low: first, high: second, unit: second - first },
        })
    }

    /// The name of the score in words.
    fn told(self) -> &'static str {
        match self {
            Self::Deviations => "the z-score",
            Self::MedianDeviations => "the robust z-score",
            Self::MedianRanges => "the interquartile score",
            Self::QuartileRanges => "the quartile score",
        }
    }
}

/// The bounds of scores: each a number, and whether it is left out itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZScores {
    /// What they are counted from.
    pub scale: Scale,
    /// The lower one.
    pub least: Option<(f64, bool)>,
    /// The upper one.
    pub most: Option<(f64, bool)>,
}

impl ZScores {
    /// The condition that a column's values keep to the bounds, with the figures of [`Scale::figures`] and
    /// then those of [`Scale::further`].
    ///
    /// # Errors
    /// Why there are no scores.
    pub fn condition(
        &self,
        column: &str,
        figures: &[f64],
    ) -> std::result::Result<Expression, String> {
        let told = self.scale.told().trim_start_matches("the ");
        let zero = self.scale.zero(figures).filter(|zero| zero.unit > 0.0 && zero.unit.is_finite());
        let Some(zero) = zero else {
            return Err(match self.scale {
                Scale::Deviations => {
                    format!("all values of {column} are the same, and have no {told}")
                }
                _ => format!("half of the values of {column} are the same, and have no {told}"),
            });
        };
        let mut parts = Vec::new();
        for (bound, from, at, beyond) in [
            (self.least, zero.low, Comparison::GreaterOrEqual, Comparison::Greater),
            (self.most, zero.high, Comparison::LessOrEqual, Comparison::Less),
        ] {
            if let Some((bound, is_open)) = bound {
                let comparison = if is_open { beyond } else { at };
                let value = Number { float: from + bound * zero.unit, decimal: None };
                let value = Expression::Number(value);
                parts.push(Expression::column(column).compared(comparison, value));
            }
        }
        Ok(Expression::And(parts))
    }
}

pub(super) fn z_score(arguments: &Arguments<'_>) -> Option<Made> {
    score("z_score", Scale::Deviations, arguments)
}

pub(super) fn robust_z_score(arguments: &Arguments<'_>) -> Option<Made> {
    score("robust_z_score", Scale::MedianDeviations, arguments)
}

pub(super) fn interquartile_score(arguments: &Arguments<'_>) -> Option<Made> {
    score("interquartile_score", Scale::MedianRanges, arguments)
}

pub(super) fn quartile_score(arguments: &Arguments<'_>) -> Option<Made> {
    score("quartile_score", Scale::QuartileRanges, arguments)
}

fn score(kind: &'static str, scale: Scale, arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let record = arguments.record;
    let ScoreBounds { least, most, told } = score_bounds(record, scale.told())?;
    // between the quartiles all scores are 0
    if scale == Scale::QuartileRanges {
        let is_wrong = least.is_some_and(|(low, is_open)| low > 0.0 || (low == 0.0 && is_open))
            || most.is_some_and(|(high, is_open)| high < 0.0 || (high == 0.0 && is_open));
        if is_wrong {
            let problem = Problem::error(record.place(), "half of all quartile scores are 0");
            record.problems().add(problem.hint("write `minimum: -1.5, maximum: 1.5`"));
            return None;
        }
    }
    let phrase = format!("{} of {column} is {told}", scale.told());
    Some(Made {
        kind,
        columns: vec![column],
        test: Test::ZScore(ZScores { scale, least, most }),
        phrase,
        dimension: Dimension::Accuracy,
    })
}

/// The bounds of a score, and how they are told.
pub(super) struct ScoreBounds {
    pub least: Option<(f64, bool)>,
    pub most: Option<(f64, bool)>,
    pub told: String,
}

/// The bounds that a record gives a score; `None` when something is wrong with them, which is told.
pub(super) fn score_bounds(record: &Record<'_>, score: &str) -> Option<ScoreBounds> {
    let least = bound(record, "minimum", "exclusiveMinimum");
    let most = bound(record, "maximum", "exclusiveMaximum");
    if least.is_none() && most.is_none() {
        let problem = Problem::error(record.place(), format!("{score} has no bound"));
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
    Some(ScoreBounds { least, most, told: parts.join(" and ") })
}

fn bound(record: &Record<'_>, at: &'static str, beyond: &'static str) -> Option<(f64, bool)> {
    let (closed, open) = (record.number(at), record.number(beyond));
    open.map(|bound| (bound.float, true)).or(closed.map(|bound| (bound.float, false)))
}
