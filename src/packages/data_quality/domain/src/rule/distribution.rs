//! **distribution** (consistency): how far the shares of a column's values are from those of a
//! reference, by the measure that `distance` names: `population_stability_index`,
//! `kolmogorov_smirnov`, `total_variation`, `jensen_shannon` or `kullback_leibler`. `mustBe…` says
//! what it must be.
//!
//! The reference is `values` with their `shares`; or `edges` of bins of numbers, or of dates and points in time
//! (texts as they write them, in UTC where no time zone is named), with their `shares`,
//! one for each bin, or two more, for what lies below the first edge and above the last (without
//! these, nothing lies there); or the column of another table, `to` with `to_columns` (the same
//! name without it), as in `reference`. Numbers of another table are compared over `bins` (10 without it) that each
//! hold as much of it as any other. A bin begins with its lower edge; the last one has both.
//!
//! Missing values are left out on both sides; a filter is about the checked table alone.

use jiff::Timestamp;
use shared_kernel_domain::distribution;

use super::{Arguments, Made, Reference, Test, told_table};
use crate::contract::Record;
use crate::expression::{Expression, Number, instant};
use crate::problem::{Problem, nearest};
use crate::verdict::Dimension;
use crate::yaml::{Node, ScalarValue};

/// Bins of the numbers of another table, where nothing else is said.
const BINS: u32 = 10;

/// Most bins of the numbers of another table.
const MOST_BINS: u64 = 1_000;

/// Most values or edges that a contract may list.
const MOST_LISTED: usize = 10_000;

/// By how much shares that were rounded may miss one; they are then taken in proportion.
const ROUNDING: f64 = 0.001;

/// A measure of how far two distributions are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distance {
    /// The sum of the differences of the shares, each times that of their logarithms.
    PopulationStabilityIndex,
    /// The largest difference of the shares up to any value.
    KolmogorovSmirnov,
    /// Half the sum of the differences of the shares.
    TotalVariation,
    /// The root of the divergence of both from their middle, with logarithms to base 2.
    JensenShannon,
    /// The divergence from the reference, in nats.
    KullbackLeibler,
}

impl Distance {
    /// All measures.
    pub const ALL: [Self; 5] = [
        Self::PopulationStabilityIndex,
        Self::KolmogorovSmirnov,
        Self::TotalVariation,
        Self::JensenShannon,
        Self::KullbackLeibler,
    ];

    /// The name as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::PopulationStabilityIndex => "population_stability_index",
            Self::KolmogorovSmirnov => "kolmogorov_smirnov",
            Self::TotalVariation => "total_variation",
            Self::JensenShannon => "jensen_shannon",
            Self::KullbackLeibler => "kullback_leibler",
        }
    }

    /// The name as users read it.
    fn told(self) -> &'static str {
        match self {
            Self::PopulationStabilityIndex => "population stability index",
            Self::KolmogorovSmirnov => "Kolmogorov–Smirnov distance",
            Self::TotalVariation => "total variation distance",
            Self::JensenShannon => "Jensen–Shannon distance",
            Self::KullbackLeibler => "Kullback–Leibler divergence",
        }
    }

    /// The distance of pairs of shares, (reference, observed).
    pub(crate) fn of(self, pairs: &[(f64, f64)]) -> f64 {
        match self {
            Self::PopulationStabilityIndex => distribution::population_stability_index(pairs),
            Self::KolmogorovSmirnov => distribution::kolmogorov_smirnov(pairs),
            Self::TotalVariation => distribution::total_variation(pairs),
            Self::JensenShannon => distribution::jensen_shannon(pairs),
            Self::KullbackLeibler => distribution::kullback_leibler(pairs),
        }
    }
}

/// How far a column's values may be from a reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// The measure.
    pub distance: Distance,
    /// The reference.
    pub against: Against,
}

/// A reference that a column's values are compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Against {
    /// Shares of single values; there are no others.
    Values(Vec<Expression>, Vec<f64>),
    /// Edges, ascending, and the shares below the first, between them and above the last.
    Bins(Vec<f64>, Vec<f64>),
    /// The same of points in time, in seconds since 1970.
    Periods(Vec<f64>, Vec<f64>),
    /// A column of another table.
    Column(ReferenceColumn),
}

/// A column of another table, and how its numbers are compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReferenceColumn {
    /// The table and its column.
    pub of: Reference,
    /// Bins of numbers; `None`: at all values.
    pub bins: Option<u32>,
}

pub(super) fn distribution(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let record = arguments.record;
    let distance = distance(record)?;
    let (against, told) = match (record.get("values"), record.get("edges"), record.get("to")) {
        (Some(_), None, None) => (values(record, distance)?, "the shares of its values".to_owned()),
        (None, Some(_), None) => (bins(record)?, "the shares of its bins".to_owned()),
        (None, None, Some(_)) => {
            let of = reference(record, &column, distance)?;
            let told = format!("{} of {}", of.of.columns.join(", "), told_table(&of.of.table));
            (Against::Column(of), told)
        }
        _ => {
            let problem =
                Problem::error(record.place(), "a distribution is compared with one reference");
            record
                .problems()
                .add(problem.hint("give `values` or `edges` with their `shares`, or `to: TABLE`"));
            return None;
        }
    };
    Some(Made {
        kind: "distribution",
        phrase: format!("the {} of {column} from {told}", distance.told()),
        columns: vec![column],
        test: Test::Distribution(Distribution { distance, against }),
        dimension: Dimension::Consistency,
    })
}

fn distance(record: &Record<'_>) -> Option<Distance> {
    let name = record.required_text("distance")?;
    let found = Distance::ALL.into_iter().find(|distance| distance.name() == name);
    if found.is_none() {
        let names = Distance::ALL.map(Distance::name);
        let hint =
            nearest(name, names).unwrap_or_else(|| format!("there are {}", names.join(", ")));
        let what = format!("there is no distance {name}");
        record.problems().add(Problem::error(record.place_of("distance"), what).hint(hint));
    }
    found
}

fn values(record: &Record<'_>, distance: Distance) -> Option<Against> {
    let problems = record.problems();
    let values = record.constants("values");
    let place = record.place_of("values");
    if distance == Distance::KolmogorovSmirnov {
        let problem = Problem::error(place, "this distance is of numbers in order, not of values");
        problems.add(problem.hint("give `edges`, or take total_variation"));
        return None;
    }
    let kinds = |value: &Expression| std::mem::discriminant(value);
    if values.iter().any(|value| Some(kinds(value)) != values.first().map(kinds)) {
        problems.error(place, "the values are not of one kind");
        return None;
    }
    let twice =
        |(index, value): &(usize, &Expression)| values.iter().take(*index).any(|it| it == *value);
    if values.len() <= MOST_LISTED
        && let Some((_, value)) = values.iter().enumerate().find(twice)
    {
        problems.error(place, format!("the value {value} is there twice"));
        return None;
    }
    let shares = shares(record, values.len())?;
    (shares.len() == values.len()).then_some(Against::Values(values, shares))
}

fn bins(record: &Record<'_>) -> Option<Against> {
    let problems = record.problems();
    let (edges, of_times) = edges(record)?;
    let is_ascending = edges.iter().zip(edges.iter().skip(1)).all(|(low, high)| low < high);
    if edges.len() < 2 || !is_ascending {
        let problem = Problem::error(record.place_of("edges"), "edges are two and more, ascending");
        problems.add(problem.hint("write `edges: [0, 10, 100]`"));
        return None;
    }
    let mut shares = shares(record, edges.len() - 1)?;
    if shares.len() + 1 == edges.len() {
        shares.insert(0, 0.0);
        shares.push(0.0);
    }
    Some(if of_times { Against::Periods(edges, shares) } else { Against::Bins(edges, shares) })
}

/// The edges, and whether they are dates or points in time: so they are when the first is a text.
fn edges(record: &Record<'_>) -> Option<(Vec<f64>, bool)> {
    let nodes = record.list("edges");
    let is_text = |node: &Node| matches!(node.scalar(), Some(ScalarValue::Text(_)));
    if !nodes.first().is_some_and(is_text) {
        return Some((numbers(record, "edges")?, false));
    }
    let mut moments = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Some(point) = node.text().and_then(instant) else {
            let what = "edges are all dates or points in time, or all numbers";
            let problem = Problem::error(node.place, what);
            record.problems().add(problem.hint("write `edges: ['2024-01-01', '2024-02-01']`"));
            return None;
        };
        moments.push(seconds(point));
    }
    Some((moments, true))
}

/// Seconds since 1970, rounded as those of a column of microseconds are: a value that equals an edge
/// is not before it.
fn seconds(point: Timestamp) -> f64 {
    match point.as_nanosecond() {
        nanoseconds if nanoseconds % 1_000 == 0 => (nanoseconds / 1_000) as f64 / 1e6,
        nanoseconds => nanoseconds as f64 / 1e9,
    }
}

/// The shares of so many values or bins, or, of bins, of two more; in proportion they are one.
fn shares(record: &Record<'_>, wanted: usize) -> Option<Vec<f64>> {
    let problems = record.problems();
    let place = record.place_of("shares");
    let shares = numbers(record, "shares")?;
    let is_of_bins = record.get("edges").is_some();
    let fits = shares.len() == wanted || (is_of_bins && shares.len() == wanted + 2);
    if !fits || wanted == 0 || wanted > MOST_LISTED {
        let more = if is_of_bins { format!(" (or {})", wanted + 2) } else { String::new() };
        let what = format!("{} shares for {wanted}{more}", shares.len());
        let problem = Problem::error(place, what);
        problems.add(problem.hint(format!("give each its share, up to {MOST_LISTED}")));
        return None;
    }
    let sum: f64 = shares.iter().sum();
    if shares.iter().any(|share| *share < 0.0) || (sum - 1.0).abs() > ROUNDING {
        let problem = Problem::error(place, format!("the shares add up to {sum}, and not to 1"));
        problems.add(problem.hint("shares are from 0 to 1; what is left is a value or bin too"));
        return None;
    }
    Some(shares.iter().map(|share| share / sum).collect())
}

fn numbers(record: &Record<'_>, key: &'static str) -> Option<Vec<f64>> {
    let constants = record.constants(key);
    let number = |constant: &Expression| match constant {
        Expression::Number(Number { float, .. }) => Some(*float),
        _ => None,
    };
    let numbers: Option<Vec<f64>> = constants.iter().map(number).collect();
    if numbers.is_none() || constants.is_empty() {
        let problem = Problem::error(record.place_of(key), format!("{key} is a list of numbers"));
        record.problems().add(problem.hint(format!("write `{key}: [0.2, 0.8]`")));
        return None;
    }
    numbers
}

fn reference(record: &Record<'_>, column: &str, distance: Distance) -> Option<ReferenceColumn> {
    let table = record.required_text("to")?.to_owned();
    let mut columns = record.texts("to_columns");
    if columns.is_empty() {
        columns.push(column.to_owned());
    }
    if columns.len() > 1 {
        let what = "a column is compared with one column";
        record.problems().error(record.place_of("to_columns"), what);
        return None;
    }
    let bins = match record.whole("bins") {
        None => BINS,
        Some(bins @ 2..=MOST_BINS) => bins as u32,
        Some(bins) => {
            let what = format!("{bins} bins, where 2 to {MOST_BINS} make sense");
            record.problems().error(record.place_of("bins"), what);
            return None;
        }
    };
    let bins = (distance != Distance::KolmogorovSmirnov).then_some(bins);
    Some(ReferenceColumn { of: Reference { table, columns }, bins })
}
