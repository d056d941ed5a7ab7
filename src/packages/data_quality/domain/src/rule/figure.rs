//! **minimum**, **maximum**, **range** (their difference), **mean**, **sum**, **variance** and
//! **standard_deviation** (the sample's, divided by n - 1), **population_variance** and
//! **population_standard_deviation** (divided by n), **skewness** (g1 = m3 / m2^1.5), **kurtosis**
//! (the excess, g2 = m4 / m2² - 3), **median**, **quantile** (with `share`, such as 0.95; between two
//! values it is interpolated), **interquartile_range** (between the quantiles at 0.25 and 0.75), of the
//! numbers of a column; **correlation** (Pearson's) of two `columns` of numbers, over the rows in which
//! both are there; **mutual_information** (in nats) of two `columns` of any types, over the rows in which
//! both are there; **entropy** (in nats) of a column's values of any type; **shortest_length**, **longest_length**, **mean_length**, in characters,
//! of its texts; **distinct_count** and **distinct_share** (from 0 to 1) of its different values
//! (accuracy). `mustBe…` says what the figure must be. Missing values are left out; a column
//! without any value has no figure, and the rule is not evaluated. Quantiles and different values
//! are exact, in further passes where the first one cannot tell; different values take no filter.

use shared_kernel_domain::table::ColumnType;

use super::{Age, Arguments, Made, Test};
use crate::contract::Record;
use crate::problem::Problem;
use crate::verdict::Dimension;

/// The figures of two columns.
pub(super) const PAIRS: [&str; 2] = ["correlation", "mutual_information"];

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
    /// The variance of the numbers, as of a sample.
    Variance,
    /// The variance of the numbers, as of all there are.
    PopulationVariance,
    /// The standard deviation of the numbers, as of all there are.
    PopulationStandardDeviation,
    /// How far the numbers lean to one side.
    Skewness,
    /// How heavy the tails of the numbers are, beyond those of a normal distribution.
    Kurtosis,
    /// The largest number less the smallest.
    Range,
    /// The quantile at 0.75 less that at 0.25.
    InterquartileRange,
    /// The entropy of the values, in nats.
    Entropy,
    /// The correlation of two columns.
    Correlation,
    /// How much two columns say of one another, in nats.
    MutualInformation,
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
    /// The median of the absolute deviations from a number; no rule names it.
    MedianDeviation(f64),
    /// How long ago the newest or oldest value is; [`Self::NAMES`] leaves it to a kind of its own.
    Age(Age),
}

impl Figure {
    /// The names of all figures.
    pub const NAMES: [&'static str; 22] = [
        "minimum",
        "maximum",
        "range",
        "mean",
        "sum",
        "variance",
        "population_variance",
        "standard_deviation",
        "population_standard_deviation",
        "skewness",
        "kurtosis",
        "median",
        "quantile",
        "interquartile_range",
        "entropy",
        "correlation",
        "mutual_information",
        "shortest_length",
        "longest_length",
        "mean_length",
        "distinct_count",
        "distinct_share",
    ];

    /// The shares of the quantiles that it is made of.
    pub(crate) fn shares(self) -> Vec<f64> {
        match self {
            Self::Quantile(share) => vec![share],
            Self::InterquartileRange => vec![0.25, 0.75],
            Self::MedianDeviation(_) => vec![0.5],
            _ => Vec::new(),
        }
    }

    /// The number that it is about the distances from.
    pub(crate) fn centre(self) -> Option<f64> {
        match self {
            Self::MedianDeviation(centre) => Some(centre),
            _ => None,
        }
    }

    /// Whether it is of the different values.
    pub fn is_of_distinct(self) -> bool {
        matches!(self, Self::DistinctCount | Self::DistinctShare)
    }

    /// Whether it is of values of such a column.
    pub(crate) fn fits(self, column: ColumnType) -> bool {
        match self {
            Self::Age(_) => column.is_temporal(),
            Self::Entropy | Self::MutualInformation => {
                !matches!(column, ColumnType::Struct | ColumnType::List)
            }
            _ if self.is_of_texts() => column == ColumnType::Text,
            _ => column.is_numeric(),
        }
    }

    /// What its values are called.
    pub(crate) fn wanted(self) -> &'static str {
        match self {
            Self::Age(_) => "dates or points in time",
            Self::Entropy | Self::MutualInformation => "single values",
            _ if self.is_of_texts() => "text",
            _ => "numbers",
        }
    }

    /// Whether it is of texts.
    pub fn is_of_texts(self) -> bool {
        matches!(self, Self::ShortestLength | Self::LongestLength | Self::MeanLength)
    }
}

/// A figure of a name, such as `mean`, with the name and how it is told; `None` when there is no such
/// figure, or when something is wrong with its share, which is then told.
pub(super) fn named(
    name: &str,
    record: &Record<'_>,
) -> Option<(&'static str, Figure, &'static str)> {
    let name = Figure::NAMES.into_iter().find(|known| *known == name)?;
    let (figure, told) = match name {
        "minimum" => (Figure::Minimum, "the smallest"),
        "maximum" => (Figure::Maximum, "the largest"),
        "range" => (Figure::Range, "the range of"),
        "mean" => (Figure::Mean, "the mean of"),
        "sum" => (Figure::Sum, "the sum of"),
        "variance" => (Figure::Variance, "the variance of"),
        "population_variance" => (Figure::PopulationVariance, "the population variance of"),
        "standard_deviation" => (Figure::StandardDeviation, "the standard deviation of"),
        "population_standard_deviation" => {
            (Figure::PopulationStandardDeviation, "the population standard deviation of")
        }
        "skewness" => (Figure::Skewness, "the skewness of"),
        "kurtosis" => (Figure::Kurtosis, "the kurtosis of"),
        "median" => (Figure::Quantile(0.5), "the median of"),
        "quantile" => (Figure::Quantile(share(record)?), "the quantile of"),
        "interquartile_range" => (Figure::InterquartileRange, "the interquartile range of"),
        "entropy" => (Figure::Entropy, "the entropy of"),
        "correlation" => (Figure::Correlation, "the correlation of"),
        "mutual_information" => (Figure::MutualInformation, "the mutual information of"),
        "shortest_length" => (Figure::ShortestLength, "the shortest length of"),
        "longest_length" => (Figure::LongestLength, "the longest length of"),
        "mean_length" => (Figure::MeanLength, "the mean length of"),
        "distinct_count" => (Figure::DistinctCount, "the number of different values of"),
        _ => (Figure::DistinctShare, "the share of different values of"),
    };
    Some((name, figure, told))
}

fn share(record: &Record<'_>) -> Option<f64> {
    let share = record.number("share").map(|share| share.float);
    let share = share.filter(|share| (0.0..=1.0).contains(share));
    if share.is_none() {
        let problem =
            Problem::error(record.place_of("share"), "a quantile has a share from 0 to 1");
        record.problems().add(problem.hint("write `share: 0.95`"));
    }
    share
}

/// A figure of a column in words.
pub(super) fn phrase(kind: &str, figure: Figure, told: &str, column: &str) -> String {
    match figure {
        Figure::Quantile(share) if kind == "quantile" => {
            format!("the quantile of {column} at {share}")
        }
        _ => format!("{told} {column}"),
    }
}

/// Says so where a figure of different values has a filter.
pub(super) fn refuse_filter(figure: Figure, record: &Record<'_>, key: &'static str) {
    if figure.is_of_distinct()
        && let Some(node) = record.get(key)
    {
        record.problems().error(node.place, "a count of different values takes no filter");
    }
}

pub(super) fn figure(name: &str, arguments: &Arguments<'_>) -> Option<Made> {
    let record = arguments.record;
    let columns = match (PAIRS.contains(&name), arguments.columns.as_slice()) {
        (true, columns @ [_, _]) => columns.to_vec(),
        (true, _) => {
            let what = format!("{name} is of two columns");
            let problem = Problem::error(record.place_of("columns"), what);
            record.problems().add(problem.hint("name them with `columns: [A, B]`"));
            return None;
        }
        (false, _) => vec![arguments.column()?],
    };
    let (kind, figure, told) = named(name, record)?;
    refuse_filter(figure, record, "filter");
    let phrase = phrase(kind, figure, told, &columns.join(" and "));
    let test = Test::Figure(figure);
    Some(Made { kind, columns, test, phrase, dimension: Dimension::Accuracy })
}
