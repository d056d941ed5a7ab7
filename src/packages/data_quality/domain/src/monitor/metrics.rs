use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::scan::{ScanOutcome, ScanPlan, Slot};
use shared_kernel_domain::summary::{Distinct, Extremes, Moments};
use shared_kernel_domain::table::{Cell, ColumnType, TableSchema};

use crate::expression::instant;
use crate::summary::MissingValues;

/// What is kept of every version of a dataset, so that later ones can be held against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VersionMetrics {
    /// The version's number, from 1.
    pub version: u32,
    /// When it came.
    #[schemars(with = "String")]
    pub arrived_at: Timestamp,
    /// Rows.
    pub rows: u64,
    /// Its columns, in their order.
    pub columns: Vec<ColumnMetrics>,
}

/// What is kept of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnMetrics {
    /// The column.
    pub name: String,
    /// The type of its values.
    pub column_type: ColumnType,
    /// Rows without a value; NaN is none.
    pub missing: u64,
    /// Different values.
    pub distinct: Measured<u64>,
    /// The mean of its finite numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// The standard deviation of its finite numbers, as of a sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_deviation: Option<f64>,
    /// Their excess kurtosis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kurtosis: Option<f64>,
    /// Its newest date or point in time, in UTC where it has no zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub newest: Option<Timestamp>,
}

impl VersionMetrics {
    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&ColumnMetrics> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Where the figures of a version will be found.
pub struct MetricSlots {
    columns: Vec<Slots>,
}

struct Slots {
    name: String,
    column_type: ColumnType,
    missing: Slot<MissingValues>,
    distinct: Slot<Distinct>,
    moments: Option<Slot<Moments>>,
    extremes: Option<Slot<Extremes>>,
}

impl MetricSlots {
    /// Adds to a scan what is kept of a version; most of it the built-in checks need as well.
    pub fn add_to(plan: &mut ScanPlan, schema: &TableSchema) -> Self {
        let slots = |field: &shared_kernel_domain::table::Field| {
            let column = [field.name.as_str()];
            let (is_number, is_time) =
                (field.column_type.is_numeric(), field.column_type.is_temporal());
            Slots {
                name: field.name.clone(),
                column_type: field.column_type,
                missing: plan.add(&column, MissingValues::default()),
                distinct: plan.add(&column, Distinct::new()),
                moments: is_number.then(|| plan.add(&column, Moments::new())),
                extremes: is_time.then(|| plan.add(&column, Extremes::new())),
            }
        };
        Self { columns: schema.fields.iter().map(slots).collect() }
    }

    /// The figures of a version.
    pub fn read(
        &self,
        outcome: &ScanOutcome,
        version: u32,
        arrived_at: Timestamp,
    ) -> Result<VersionMetrics> {
        let columns =
            self.columns.iter().map(|slots| slots.read(outcome)).collect::<Result<_>>()?;
        Ok(VersionMetrics { version, arrived_at, rows: outcome.rows, columns })
    }
}

impl Slots {
    fn read(&self, outcome: &ScanOutcome) -> Result<ColumnMetrics> {
        let moments = self.moments.map(|slot| outcome.get(slot)).transpose()?;
        let newest = match self.extremes {
            Some(slot) => outcome.get(slot)?.max(),
            None => None,
        };
        Ok(ColumnMetrics {
            name: self.name.clone(),
            column_type: self.column_type,
            missing: outcome.get(self.missing)?.missing,
            distinct: outcome.get(self.distinct)?.count(),
            mean: moments.and_then(Moments::mean),
            standard_deviation: moments.and_then(Moments::standard_deviation),
            kurtosis: moments.and_then(Moments::kurtosis),
            newest: newest.and_then(|cell| match cell {
                Cell::Text(text) => instant(&text),
                _ => None,
            }),
        })
    }
}
