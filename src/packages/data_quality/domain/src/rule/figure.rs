//! **minimum**, **maximum**, **mean**, **sum**, **standard_deviation** (the sample's), **median**,
//! **quantile** (with `share`, such as 0.95; between two values it is interpolated), of the
//! numbers of a column; **shortest_length**, **longest_length**, **mean_length**, in characters,
//! of its texts; **distinct_count** and **distinct_share** (from 0 to 1) of its different values
//! (accuracy). `mustBe…` says what the figure must be. Missing values are left out; a column
//! without any value has no figure, and the rule is not evaluated. Quantiles and different values
//! are exact, in further passes where the first one cannot tell; different values take no filter.

use shared_kernel_domain::table::ColumnType;

use super::{Age, Arguments, Made, Test};
use crate::problem::Problem;
use crate::verdict::Dimension;

/// A figure of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// The smallest number.
    Minimum,
    /// The largest number.
    Maximum,
    /// The mean of the numbers.
    Mean,
    /// The sum of the numbers.
    Sum,
    /// The standard deviation of the numbers, as of a sample.
    StandardDeviation,
    /// The number below which this share of the numbers lies.
    Quantile(f64),
    /// Characters of the shortest text.
    ShortestLength,
    /// Characters of the longest text.
    LongestLength,
    /// Characters of the texts on average.
    MeanLength,
    /// Different values.
    DistinctCount,
    /// Different values as a share of all values.
    DistinctShare,
    /// How long ago the newest or oldest value is; [`Self::NAMES`] leaves it to a kind of its own.
    Age(Age),
}

impl Figure {
    /// The names of all figures.
    pub const NAMES: [&'static str; 12] = [
        "minimum",
        "maximum",
        "mean",
        "sum",
        "standard_deviation",
        "median",
        "quantile",
        "shortest_length",
        "longest_length",
        "mean_length",
        "distinct_count",
        "distinct_share",
    ];

    /// Whether it is of the different values.
    pub fn is_of_distinct(self) -> bool {
        matches!(self, Self::DistinctCount | Self::DistinctShare)
    }

    /// Whether it is of values of such a column.
    pub(crate) fn fits(self, column: ColumnType) -> bool {
        match self {
            Self::Age(_) => column.is_temporal(),
            _ if self.is_of_texts() => column == ColumnType::Text,
            _ => column.is_numeric(),
        }
    }

    /// What its values are called.
    pub(crate) fn wanted(self) -> &'static str {
        match self {
            Self::Age(_) => "dates or points in time",
            _ if self.is_of_texts() => "text",
            _ => "numbers",
        }
    }

    /// Whether it is of texts.
    pub fn is_of_texts(self) -> bool {
        matches!(self, Self::ShortestLength | Self::LongestLength | Self::MeanLength)
    }
}

pub(super) fn figure(name: &str, arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let record = arguments.record;
    let (kind, figure, told) = match name {
        "minimum" => ("minimum", Figure::Minimum, "the smallest"),
        "maximum" => ("maximum", Figure::Maximum, "the largest"),
        "mean" => ("mean", Figure::Mean, "the mean of"),
        "sum" => ("sum", Figure::Sum, "the sum of"),
        "standard_deviation" => {
            ("standard_deviation", Figure::StandardDeviation, "the standard deviation of")
        }
        "median" => ("median", Figure::Quantile(0.5), "the median of"),
        "quantile" => {
            let share = record.number("share").map(|share| share.float);
            let Some(share) = share.filter(|share| (0.0..=1.0).contains(share)) else {
                let problem =
                    Problem::error(record.place_of("share"), "a quantile has a share from 0 to 1");
                record.problems().add(problem.hint("write `share: 0.95`"));
                return None;
            };
            ("quantile", Figure::Quantile(share), "")
        }
        "shortest_length" => ("shortest_length", Figure::ShortestLength, "the shortest length of"),
        "longest_length" => ("longest_length", Figure::LongestLength, "the longest length of"),
        "mean_length" => ("mean_length", Figure::MeanLength, "the mean length of"),
        "distinct_count" => {
            ("distinct_count", Figure::DistinctCount, "the number of different values of")
        }
        _ => ("distinct_share", Figure::DistinctShare, "the share of different values of"),
    };
    if figure.is_of_distinct()
        && let Some(node) = record.get("filter")
    {
        record.problems().error(node.place, "a count of different values takes no filter");
    }
    let phrase = match figure {
        Figure::Quantile(share) if kind == "quantile" => {
            format!("the quantile of {column} at {share}")
        }
        _ => format!("{told} {column}"),
    };
    let test = Test::Figure(figure);
    Some(Made { kind, columns: vec![column], test, phrase, dimension: Dimension::Accuracy })
}
