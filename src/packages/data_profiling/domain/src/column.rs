use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::summary::{
    ColumnCounts, ColumnProfileSummary, TextKind, TextKinds, ValueKind,
};
use shared_kernel_domain::table::{Cell, ColumnType, Field, NestedUnit};

pub(crate) use crate::histogram::Histogram;

use crate::distribution::{Distribution, QuantileFigure, quantiles};
use crate::figure::{Figure, NO_VALUES, share};
use crate::frequencies::Frequencies;
use crate::histogram;
use crate::nested::NestedPlace;
use crate::numbers::{NumberProfile, no_numbers};
use crate::order::OrderProfile;
use crate::semantic::{SemanticProfile, SemanticSummary};
use crate::texts::{BytesProfile, TextProfile};
use crate::times::TimeProfile;

/// How many of the most frequent values are listed.
const TOP_VALUES: usize = 20;

/// From this share of its telling texts on, a column is taken for what they look like.
const TELLING_SHARE: f64 = 0.95;

/// What is in a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnProfile {
    /// The column; of one within another its path.
    pub name: String,
    /// Where it is, of a column within another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<NestedPlace>,
    /// How it is stored.
    pub stored_type: ColumnType,
    /// What its values look like.
    pub inferred_type: InferredType,
    /// Rows; of a column within lists their items, see `within`.
    pub rows: u64,
    /// Rows without a value.
    pub nulls: u64,
    /// Their share of the rows.
    pub null_share: Figure<f64>,
    /// Different values. When approximate, the error bounds the relative deviation with 99.7 %
    /// confidence.
    pub distinct: Figure<u64>,
    /// The smallest value; of numbers, the smallest finite one.
    pub minimum: Figure<Cell>,
    /// The largest value; of numbers, the largest finite one.
    pub maximum: Figure<Cell>,
    /// Of numbers, and of times as numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<NumberProfile>,
    /// Of numbers, dates and times, the finite ones. When approximate, the error bounds the rank,
    /// as a share of the values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quantiles: Vec<QuantileFigure>,
    /// Of booleans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booleans: Option<BooleanProfile>,
    /// Of texts, lists, records and bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<TextProfile>,
    /// Of numbers, dates and times, the finite ones; exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histogram: Option<Histogram>,
    /// The most frequent values, by count. When approximate, counts are lower bounds, and the
    /// error bounds how much higher they may be.
    pub top_values: Vec<TopValue>,
    /// How evenly the values are spread over the different ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequencies: Option<Frequencies>,
    /// In what order the values stand from row to row; of two values and more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderProfile>,
    /// The ten smallest different values, ascending; exact. Texts are compared by their first 256
    /// bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smallest_values: Vec<Cell>,
    /// The ten largest different values, descending; exact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub largest_values: Vec<Cell>,
    /// How numbers and lengths of time are spread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
    /// Of dates and times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<TimeProfile>,
    /// Of bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<BytesProfile>,
    /// What the values mean, of texts and numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semantic: Option<SemanticProfile>,
    /// Memory of the decoded values in bytes: eight for a number, a time or a point in time, four
    /// for a date, 16 for a decimal, an eighth for a truth value, four and its bytes for a text,
    /// and an eighth for every row where values are missing.
    #[serde(default)]
    pub memory_bytes: Figure<u64>,
}

/// What the values of a column look like, whatever they are stored as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InferredType {
    /// The type's name: that of the stored type, or what nearly all texts look like.
    pub name: String,
    /// The share of values that look like it, blank and null-like texts left out.
    pub share: Figure<f64>,
}

/// Truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BooleanProfile {
    /// True ones.
    pub trues: u64,
    /// False ones.
    pub falses: u64,
}

/// A frequent value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TopValue {
    /// The value; long text is cut and ends in `…`.
    pub value: Cell,
    /// How often it occurs.
    pub count: Measured<u64>,
    /// The count as a share of the rows that have a value.
    pub share: f64,
}

impl ColumnProfile {
    /// The profile of a column from its summaries.
    pub(crate) fn new(
        field: &Field,
        summary: &ColumnProfileSummary,
        semantic: &SemanticSummary,
    ) -> Result<Self> {
        let counts = summary.counts();
        let kind = summary.kind();
        let column_type = field.column_type;
        let is_text = matches!(kind, Some(ValueKind::Text | ValueKind::Binary));
        let kinds = (kind == Some(ValueKind::Text)).then(|| summary.kinds());
        let texts = if is_text { Some(TextProfile::new(summary, kinds.as_ref())?) } else { None };
        let booleans = (column_type == ColumnType::Boolean)
            .then_some(BooleanProfile { trues: counts.trues, falses: counts.falses });
        let forms = has_moments(column_type).then(|| summary.forms());
        let ordered = has_order(column_type).then(|| summary.ordered());
        let extremes = summary.extreme_values();
        let (smallest, largest) = (extremes.smallest(), extremes.largest());
        let extreme = |listed: &[Cell]| {
            let first = listed.first().cloned().map(Measured::exact);
            Figure::or_missing(first, no_numbers(counts))
        };
        Ok(Self {
            name: field.name.clone(),
            within: None,
            stored_type: column_type,
            inferred_type: inferred_type(column_type, counts, kinds.as_ref()),
            rows: counts.rows,
            nulls: counts.nulls,
            null_share: share(counts.nulls, counts.rows, "the table has no rows"),
            distinct: Figure::Known(summary.distinct()),
            minimum: extreme(&smallest),
            maximum: extreme(&largest),
            numbers: forms.as_ref().map(|forms| NumberProfile::new(summary, forms)),
            quantiles: ordered
                .as_ref()
                .map_or_else(Vec::new, |ordered| quantiles(summary, ordered)),
            booleans,
            texts,
            histogram: histogram::fixed(summary.histogram()),
            top_values: top_values(summary),
            frequencies: Some(Frequencies::new(summary)),
            order: OrderProfile::new(summary.order()),
            smallest_values: smallest,
            largest_values: largest,
            distribution: ordered
                .as_ref()
                .zip(forms.as_ref())
                .map(|(ordered, forms)| Distribution::new(summary, ordered, forms)),
            times: ordered
                .as_ref()
                .filter(|_| !has_moments(column_type))
                .map(|_| TimeProfile::new(summary)),
            bytes: BytesProfile::new(summary)?,
            semantic: has_meaning(column_type).then(|| semantic.profile(field)),
            memory_bytes: Figure::exact(memory_bytes(column_type, counts)),
        })
    }

    /// Rows that have a value.
    pub fn values(&self) -> u64 {
        self.rows - self.nulls
    }

    /// What its rows are called.
    pub(crate) fn unit(&self) -> &'static str {
        match &self.within {
            Some(NestedPlace { unit: NestedUnit::Items, .. }) => "items",
            _ => "rows",
        }
    }

    /// The quantile at a share that is listed.
    pub fn quantile(&self, share: f64) -> Option<&Figure<Cell>> {
        self.quantiles.iter().find(|quantile| quantile.share == share).map(|found| &found.value)
    }

    /// The median of numbers, dates and times.
    pub fn median(&self) -> Option<&Figure<Cell>> {
        self.quantile(0.5)
    }

    /// Whether the frequent values listed are all there are, with exact counts.
    pub fn lists_every_value(&self) -> bool {
        let counted: u64 = self.top_values.iter().map(|top| top.count.value).sum();
        counted == self.values()
    }
}

fn has_moments(column_type: ColumnType) -> bool {
    column_type.is_numeric() || column_type == ColumnType::Duration
}

fn has_meaning(column_type: ColumnType) -> bool {
    column_type.is_numeric() || column_type == ColumnType::Text
}

fn has_order(column_type: ColumnType) -> bool {
    has_moments(column_type) || column_type.is_temporal() || column_type == ColumnType::Time
}

fn memory_bytes(column_type: ColumnType, counts: &ColumnCounts) -> u64 {
    let rows = counts.rows;
    let values = match column_type {
        ColumnType::Null => 0,
        ColumnType::Boolean => rows.div_ceil(8),
        ColumnType::Date => 4 * rows,
        ColumnType::Integer
        | ColumnType::Float
        | ColumnType::Time
        | ColumnType::Timestamp
        | ColumnType::Duration => 8 * rows,
        ColumnType::Decimal => 16 * rows,
        ColumnType::Text | ColumnType::Binary | ColumnType::List | ColumnType::Struct => {
            4 * rows + counts.text_bytes
        }
    };
    let validity = if counts.nulls > 0 { rows.div_ceil(8) } else { 0 };
    values + validity
}

fn top_values(summary: &ColumnProfileSummary) -> Vec<TopValue> {
    let frequent = summary.frequent();
    let values = frequent.values() as f64;
    frequent
        .top(TOP_VALUES)
        .into_iter()
        .map(|top| TopValue {
            share: top.count.value as f64 / values,
            value: top.value,
            count: top.count,
        })
        .collect()
}

fn inferred_type(
    stored: ColumnType,
    counts: &ColumnCounts,
    kinds: Option<&TextKinds>,
) -> InferredType {
    let Some(kinds) = kinds.filter(|_| stored == ColumnType::Text) else {
        let share = share(counts.values(), counts.values(), NO_VALUES);
        return InferredType { name: stored.name().to_owned(), share };
    };
    let telling = kinds.values() - kinds.count(TextKind::Blank) - kinds.count(TextKind::NullLike);
    let text = |name: &str, count| InferredType {
        name: name.to_owned(),
        share: share(count, telling, "every text is blank or stands for no value"),
    };
    // Whole numbers among decimals are decimals, dates among points in time are points in time.
    let numbers = kinds.count(TextKind::Integer) + kinds.count(TextKind::Decimal);
    let candidates = [
        (TextKind::Integer, kinds.count(TextKind::Integer)),
        (TextKind::Decimal, numbers),
        (TextKind::Boolean, kinds.count(TextKind::Boolean)),
        (TextKind::DigitCode, kinds.count(TextKind::DigitCode) + kinds.count(TextKind::Integer)),
        (TextKind::FormattedNumber, numbers + kinds.count(TextKind::FormattedNumber)),
        (TextKind::IsoDate, kinds.count(TextKind::IsoDate)),
        (TextKind::OtherDate, kinds.count(TextKind::IsoDate) + kinds.count(TextKind::OtherDate)),
        (TextKind::Timestamp, kinds.count(TextKind::Timestamp)),
    ];
    let enough = |count: u64| telling > 0 && count as f64 >= TELLING_SHARE * telling as f64;
    match candidates.into_iter().find(|&(_, count)| enough(count)) {
        Some((kind, count)) => text(kind.name(), count),
        None => text("text", telling),
    }
}
