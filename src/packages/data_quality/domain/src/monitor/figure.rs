use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::Exactness;
use shared_kernel_domain::table::ColumnType;

use super::metrics::{ColumnMetrics, VersionMetrics};

/// A figure of a version that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WatchedFigure {
    /// The number of rows.
    Rows,
    /// The share of rows in which a column has no value.
    MissingShare,
    /// The mean of a column's numbers.
    Mean,
    /// The standard deviation of a column's numbers.
    StandardDeviation,
    /// A column's different values.
    DistinctValues,
    /// Hours from a column's newest date or time to the version's arrival.
    Age,
    /// Hours since the version before.
    Interval,
}

/// What a figure is of. A column that changed its type is another one.
pub(super) type Key = (WatchedFigure, Option<(String, ColumnType)>);

/// A figure of a version.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    pub key: Key,
    pub number: f64,
    /// The standard error that the figure itself has, on the scale on which it is judged.
    pub error: f64,
}

/// What a count of different values may differ by without a word.
const FEW_VALUES: f64 = 0.02;
/// What a length of time may differ by.
const SHORT_TIME: f64 = 0.05;

impl WatchedFigure {
    /// The figure on a scale on which what is usual is about symmetric: shares by the arcsine of the
    /// root (Anscombe 1948), counts, deviations and times by the logarithm.
    pub(super) fn scaled(self, value: f64) -> f64 {
        match self {
            Self::Mean => value,
            Self::MissingShare => value.clamp(0.0, 1.0).sqrt().asin(),
            Self::StandardDeviation => value.ln(),
            Self::Rows | Self::DistinctValues | Self::Age | Self::Interval => value.ln_1p(),
        }
    }

    /// The figure from the scale.
    pub(super) fn unscaled(self, scaled: f64) -> f64 {
        match self {
            Self::Mean => scaled,
            Self::MissingShare => scaled.clamp(0.0, std::f64::consts::FRAC_PI_2).sin().powi(2),
            Self::StandardDeviation => scaled.exp(),
            Self::Rows | Self::DistinctValues | Self::Age | Self::Interval => {
                scaled.exp_m1().max(0.0)
            }
        }
    }

    /// Whether a figure that is smaller than usual is well.
    pub(super) fn may_be_small(self) -> bool {
        matches!(self, Self::Age | Self::Interval)
    }

    /// What it is called, of a column or the table.
    pub fn name(self, column: Option<&str>) -> String {
        let column = column.unwrap_or("the table");
        match self {
            Self::Rows => "the number of rows".to_owned(),
            Self::MissingShare => format!("the missing share of {column}"),
            Self::Mean => format!("the mean of {column}"),
            Self::StandardDeviation => format!("the standard deviation of {column}"),
            Self::DistinctValues => format!("the number of different values of {column}"),
            Self::Age => format!("the age in hours of the newest {column}"),
            Self::Interval => "the time in hours since the version before".to_owned(),
        }
    }
}

/// All figures of a version that are watched. `before` is the version before it.
pub(super) fn figures(version: &VersionMetrics, before: Option<&VersionMetrics>) -> Vec<Value> {
    let rows = version.rows as f64;
    let mut all = vec![Value {
        key: (WatchedFigure::Rows, None),
        number: rows,
        error: 1.0 / (rows + 1.0).sqrt(),
    }];
    if let Some(before) = before {
        let hours = version.arrived_at.duration_since(before.arrived_at).as_secs_f64() / 3_600.0;
        let key = (WatchedFigure::Interval, None);
        all.push(Value { key, number: hours.max(0.0), error: SHORT_TIME });
    }
    for column in &version.columns {
        of_column(column, version, &mut all);
    }
    all
}

fn of_column(column: &ColumnMetrics, version: &VersionMetrics, all: &mut Vec<Value>) {
    let mut add = |figure, value: f64, error: f64| {
        if value.is_finite() && error.is_finite() {
            let key = (figure, Some((column.name.clone(), column.column_type)));
            all.push(Value { key, number: value, error });
        }
    };
    let rows = version.rows as f64;
    if version.rows > 0 {
        let share = column.missing as f64 / rows;
        add(WatchedFigure::MissingShare, share, 0.5 / rows.sqrt());
    }
    if let Some(newest) = column.newest
        && newest <= version.arrived_at
    {
        let hours = version.arrived_at.duration_since(newest).as_secs_f64() / 3_600.0;
        add(WatchedFigure::Age, hours, SHORT_TIME);
    }
    let values = version.rows.saturating_sub(column.missing);
    let distinct = column.distinct.value;
    let is_key = distinct >= values && column.column_type != ColumnType::Float;
    // a constant tells which batch it is, and a key of what comes after it
    if distinct < 2 || is_key {
        return;
    }
    if let (Some(mean), Some(deviation)) = (column.mean, column.standard_deviation) {
        add(WatchedFigure::Mean, mean, deviation / (values as f64).sqrt());
        let excess = column.kurtosis.unwrap_or_default();
        if deviation > 0.0 {
            let error = 0.5 * ((excess + 2.0).max(0.0) / values as f64).sqrt();
            add(WatchedFigure::StandardDeviation, deviation, error);
        }
    }
    if matches!(column.column_type, ColumnType::Text | ColumnType::Integer | ColumnType::Boolean) {
        let counted = match column.distinct.exactness {
            // the bound is of three standard errors
            Exactness::Approximate { error } => error / 3.0,
            _ => 0.0,
        };
        add(WatchedFigure::DistinctValues, distinct as f64, counted.max(FEW_VALUES));
    }
}
