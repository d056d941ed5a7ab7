//! Monitors: whether a version of a dataset is like the ones before it, without configuration.
//!
//! Of every version some figures are kept ([`VersionMetrics`]). A new version's are held against
//! what they usually are: their median, their growth, or those of the same day of the week, whichever
//! explains the earlier versions clearly better ([`Method`]), with the spread of what came from it.
//! The judged version is never in its own baseline; what was an anomaly before is left out of the
//! spread, up to a tenth of the versions. A figure is unusual when one so far away has a probability
//! below [`MonitorPolicy::false_alarms`] divided by the figures of its monitor (Bonferroni), by
//! Student's distribution: few versions make a wide range, and two hundred columns no more alarms
//! than two.
//!
//! **volume_change** (coverage): the number of rows. **schema_change** (consistency): columns that
//! went, came or changed their type since the version before. **missing_change** (completeness): the
//! share of missing values of each column. **distribution_change** (accuracy): mean and standard
//! deviation of numbers, and the number of different values, of columns that are neither constant nor
//! keys. **freshness_change** (timeliness): how old the newest date or time is when a version
//! arrives, and how long ago the version before came; watched when versions come regularly.
//!
//! All of them warn; columns that are new are information. They tell of a change, and not whether the
//! table is well: the score does not count them.

mod figure;
mod metrics;
mod schema;
mod student;
#[cfg(test)]
mod tests;
mod usual;

pub use figure::WatchedFigure;
pub use metrics::{ColumnMetrics, MetricSlots, VersionMetrics};
pub use usual::Method;

use std::collections::HashMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::table::Cell;

use crate::check::{number, percent_of};
use crate::plan::LeftOut;
use crate::policy::CheckPolicy;
use crate::result::{CheckResult, Evidence, Subject, Threshold, Unit};
use crate::verdict::{Dimension, Severity};
use figure::{Key, Value, figures};
use usual::{Expectation, Point};

/// The monitor of the number of rows.
pub const VOLUME: &str = "volume_change";
/// The monitor of columns and their types.
pub const SCHEMA: &str = schema::NAME;
/// The monitor of missing values.
pub const MISSING: &str = "missing_change";
/// The monitor of the values themselves.
pub const DISTRIBUTION: &str = "distribution_change";
/// The monitor of time.
pub const FRESHNESS: &str = "freshness_change";

/// All monitors, in the order in which reports list them.
pub const NAMES: [&str; 5] = [VOLUME, SCHEMA, MISSING, DISTRIBUTION, FRESHNESS];

/// What monitors go by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MonitorPolicy {
    /// Earlier versions that a figure needs before it is judged.
    pub least_versions: usize,
    /// Earlier versions that are looked at, the newest ones.
    pub most_versions: usize,
    /// The probability that a monitor warns of a version that is like the others.
    pub false_alarms: f64,
}

impl Default for MonitorPolicy {
    fn default() -> Self {
        Self { least_versions: 7, most_versions: 60, false_alarms: 0.01 }
    }
}

/// A figure of a version beside what it usually is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// The monitor.
    pub monitor: String,
    /// The figure.
    pub figure: WatchedFigure,
    /// Its column; `null` for the table.
    pub column: Option<String>,
    /// The figure of this version.
    pub value: f64,
    /// The figure of earlier versions, oldest first.
    pub earlier: Vec<f64>,
    /// What it usually is; `null` when there are too few earlier versions.
    pub usual: Option<UsualRange>,
    /// Whether it lies outside.
    pub is_unusual: bool,
}

/// What a figure usually is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UsualRange {
    /// What was expected.
    pub expected: f64,
    /// The smallest usual value.
    pub low: f64,
    /// The largest usual value.
    pub high: f64,
    /// How it is expected.
    pub method: Method,
    /// The probability of a figure so far from what was expected, by Student's distribution.
    pub p_value: f64,
}

/// What the monitors said of a version.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// One result of each monitor that could judge.
    pub results: Vec<CheckResult>,
    /// Monitors that could not, and why.
    pub left_out: Vec<LeftOut>,
    /// Every figure.
    pub readings: Vec<Reading>,
}

/// The figures of a dataset's newest version beside those before it (`pynomaly.check_history/1`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricHistory {
    /// `pynomaly.check_history/1`.
    pub schema: String,
    /// The dataset.
    pub dataset: String,
    /// The version's number, from 1.
    pub version: u32,
    /// When it came.
    #[schemars(with = "String")]
    pub arrived_at: Timestamp,
    /// The numbers of the earlier versions that it is held against, oldest first.
    pub earlier_versions: Vec<u32>,
    /// What each monitor says.
    pub results: Vec<CheckResult>,
    /// Monitors that could not judge, and why.
    pub left_out: Vec<LeftOut>,
    /// Every figure.
    pub readings: Vec<Reading>,
}

impl MetricHistory {
    /// The document's schema name.
    pub const SCHEMA: &'static str = "pynomaly.check_history/1";

    /// The figures of a version and what was judged of them.
    pub fn of(
        dataset: &str,
        version: &VersionMetrics,
        earlier: &[VersionMetrics],
        judgement: Judgement,
    ) -> Self {
        let Judgement { results, left_out, readings } = judgement;
        Self {
            schema: Self::SCHEMA.to_owned(),
            dataset: dataset.to_owned(),
            version: version.version,
            arrived_at: version.arrived_at,
            earlier_versions: earlier.iter().map(|earlier| earlier.version).collect(),
            results,
            left_out,
            readings,
        }
    }
}

/// The monitors of figures.
const MONITORS: [(&str, Dimension); 4] = [
    (VOLUME, Dimension::Coverage),
    (MISSING, Dimension::Completeness),
    (DISTRIBUTION, Dimension::Accuracy),
    (FRESHNESS, Dimension::Timeliness),
];

fn monitor_of(figure: WatchedFigure) -> &'static str {
    match figure {
        WatchedFigure::Rows => VOLUME,
        WatchedFigure::MissingShare => MISSING,
        WatchedFigure::Mean | WatchedFigure::StandardDeviation | WatchedFigure::DistinctValues => {
            DISTRIBUTION
        }
        WatchedFigure::Age | WatchedFigure::Interval => FRESHNESS,
    }
}

/// Judges a version by `earlier` ones, which are in the order of their numbers.
pub fn judge(
    version: &VersionMetrics,
    earlier: &[VersionMetrics],
    policy: &CheckPolicy,
) -> Judgement {
    let skipped = earlier.len().saturating_sub(policy.monitors.most_versions);
    let earlier = earlier.get(skipped..).unwrap_or_default();
    let Some(before) = earlier.last() else { return first(&policy.monitors) };
    let mut judgement = Judgement::default();
    judgement.results.push(schema::judge(version, before, policy));
    let history = series(earlier);
    let mut values = figures(version, Some(before));
    let is_regular = is_regular(&history);
    if !is_regular {
        values.retain(|value| monitor_of(value.key.0) != FRESHNESS);
    }
    for (monitor, dimension) in MONITORS {
        let own: Vec<&Value> =
            values.iter().filter(|value| monitor_of(value.key.0) == monitor).collect();
        let readings = read(&own, &history, version.arrived_at, &policy.monitors);
        if readings.iter().any(|reading| reading.usual.is_some()) {
            judgement.results.push(result(monitor, dimension, &readings, policy));
        } else {
            let reason = match monitor {
                FRESHNESS if !is_regular => "versions do not come regularly".to_owned(),
                _ if own.is_empty() => "there is nothing that it could watch".to_owned(),
                _ => too_few(earlier.len(), &policy.monitors),
            };
            judgement.left_out.push(left_out(monitor, reason));
        }
        judgement.readings.extend(readings);
    }
    judgement
}

fn first(policy: &MonitorPolicy) -> Judgement {
    let names = MONITORS.iter().map(|(name, _)| *name).chain([SCHEMA]);
    let left_out = names.map(|name| left_out(name, too_few(0, policy))).collect();
    Judgement { left_out, ..Judgement::default() }
}

fn left_out(monitor: &str, reason: String) -> LeftOut {
    LeftOut { check: monitor.to_owned(), reason, columns: Vec::new() }
}

fn too_few(versions: usize, policy: &MonitorPolicy) -> String {
    let earlier = crate::check::counted(versions as u64, "earlier version", "earlier versions");
    let are = if versions == 1 { "is" } else { "are" };
    format!("there {are} {earlier}, and what is usual is known from {} on", policy.least_versions)
}

/// The figures of earlier versions, each in the order of time, on the scale on which they are judged.
fn series(earlier: &[VersionMetrics]) -> HashMap<Key, Vec<Point>> {
    let mut all: HashMap<Key, Vec<Point>> = HashMap::new();
    let mut before = None;
    for version in earlier {
        for value in figures(version, before) {
            let scaled = value.key.0.scaled(value.number);
            let point = Point { at: version.arrived_at, value: scaled };
            all.entry(value.key).or_default().push(point);
        }
        before = Some(version);
    }
    all
}

/// Whether versions come at intervals that are alike, and not by hand within an hour.
fn is_regular(history: &HashMap<Key, Vec<Point>>) -> bool {
    /// An hour, on the scale of intervals.
    const HOUR: f64 = std::f64::consts::LN_2;
    /// About a third, on the same scale.
    const ALIKE: f64 = 0.3;
    let Some(intervals) = history.get(&(WatchedFigure::Interval, None)) else { return false };
    let (Some(first), true) = (intervals.first(), intervals.len() >= 2) else { return false };
    let expected = Expectation::after(intervals, first.at);
    expected.value >= HOUR && expected.scale <= ALIKE
}

fn read(
    values: &[&Value],
    history: &HashMap<Key, Vec<Point>>,
    at: Timestamp,
    policy: &MonitorPolicy,
) -> Vec<Reading> {
    let earlier = |value: &Value| history.get(&value.key).map_or(&[][..], Vec::as_slice);
    let is_known = |value: &&&Value| earlier(value).len() >= policy.least_versions;
    let known = values.iter().filter(is_known).count();
    let probability = policy.false_alarms / known.max(1) as f64;
    let reading = |value: &&Value| {
        let (figure, column) = &value.key;
        let points = earlier(value);
        let scaled = figure.scaled(value.number);
        let usual = (points.len() >= policy.least_versions).then(|| {
            let expected = Expectation::after(points, at);
            let (low, high) = expected.range(probability, value.error);
            let small_is_well = figure.may_be_small() && scaled < expected.value;
            UsualRange {
                expected: figure.unscaled(expected.value),
                low: if figure.may_be_small() { 0.0 } else { figure.unscaled(low) },
                high: figure.unscaled(high),
                method: expected.method,
                p_value: if small_is_well { 1.0 } else { expected.p_value(scaled, value.error) },
            }
        });
        Reading {
            monitor: monitor_of(*figure).to_owned(),
            figure: *figure,
            column: column.as_ref().map(|(name, _)| name.clone()),
            value: value.number,
            earlier: points.iter().map(|point| figure.unscaled(point.value)).collect(),
            is_unusual: usual.is_some_and(|usual| usual.p_value < probability),
            usual,
        }
    };
    values.iter().map(reading).collect()
}

impl Reading {
    /// The column for people, or the table.
    pub fn name(&self) -> String {
        self.figure.name(self.column.as_deref())
    }

    /// A value of the figure for people.
    pub fn shown(&self, value: f64) -> String {
        match self.figure {
            WatchedFigure::MissingShare => percent_of(value),
            WatchedFigure::Rows | WatchedFigure::DistinctValues => number(value.round() as u64),
            _ if value.abs() >= 100.0 => format!("{value:.1}"),
            _ => format!("{value:.4}"),
        }
    }

    /// `usually 26,531 to 27,402`
    pub fn usually(&self) -> Option<String> {
        let usual = self.usual?;
        let (low, high) = (self.shown(usual.low), self.shown(usual.high));
        Some(if low == high {
            format!("usually {low}")
        } else {
            format!("usually {low} to {high}")
        })
    }
}

/// What one monitor says of all its figures.
fn result(
    monitor: &'static str,
    dimension: Dimension,
    readings: &[Reading],
    policy: &CheckPolicy,
) -> CheckResult {
    let known: Vec<&Reading> = readings.iter().filter(|it| it.usual.is_some()).collect();
    let mut unusual: Vec<&Reading> = known.iter().copied().filter(|it| it.is_unusual).collect();
    unusual.sort_by(|left, right| {
        let p_value = |reading: &Reading| reading.usual.map_or(1.0, |usual| usual.p_value);
        p_value(left).total_cmp(&p_value(right))
    });
    let columns: Vec<&str> = unusual.iter().filter_map(|it| it.column.as_deref()).collect();
    let subject = Subject {
        check: monitor,
        columns: &columns,
        dimension,
        severity: Severity::Warning,
        unit: Unit::Figures,
        threshold: Threshold { warning: 0.0, error: None },
    };
    let told = |reading: &Reading| {
        let usually = reading.usually().unwrap_or_default();
        format!("{} is {}, {usually}", reading.name(), reading.shown(reading.value))
    };
    let sentence = match (unusual.as_slice(), known.as_slice()) {
        ([], [only]) => format!("{}: as it is", told(only)),
        ([], all) => format!("all {} figures are as usual", all.len()),
        ([first, ..], [_]) => told(first),
        ([first, others @ ..], all) => {
            let of = format!("{} of {} figures unusual", others.len() + 1, all.len());
            let most = if others.is_empty() { "" } else { "first of all " };
            format!("{of}: {most}{}", told(first))
        }
    };
    // of a single figure the sentence says it all
    let examples = if known.len() > 1 { policy.examples } else { 0 };
    let evidence = unusual.iter().take(examples).map(|reading| {
        let value = format!("{}: {}", reading.name(), reading.shown(reading.value));
        Evidence { row: None, value: Cell::Text(value), note: reading.usually() }
    });
    subject.judge(known.len() as u64, unusual.len() as u64, evidence.collect(), sentence)
}
