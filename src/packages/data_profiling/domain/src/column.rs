use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::summary::{
    BinaryHistogram, ColumnCounts, ColumnProfileSummary, Moments, TextKind, TextKinds, TextLengths,
    ValueKind,
};
use shared_kernel_domain::table::{Cell, ColumnType, Field};

use crate::figure::Figure;

/// How many of the most frequent values are listed.
const TOP_VALUES: usize = 20;

/// At most so many bins are listed.
const BINS: usize = 40;

/// The quantiles that are listed.
const SHARES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// From this share of its telling texts on, a column is taken for what they look like.
const TELLING_SHARE: f64 = 0.95;

/// What is in a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnProfile {
    /// The column.
    pub name: String,
    /// How it is stored.
    pub stored_type: ColumnType,
    /// What its values look like.
    pub inferred_type: InferredType,
    /// Rows.
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
}

/// What the values of a column look like, whatever they are stored as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InferredType {
    /// The type's name: that of the stored type, or what nearly all texts look like.
    pub name: String,
    /// The share of values that look like it, blank and null-like texts left out.
    pub share: Figure<f64>,
}

/// Figures of numbers: NaN and infinities are counted, and left out of all else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NumberProfile {
    /// Values that are not a number.
    pub nan: u64,
    /// Infinite values of either sign.
    pub infinite: u64,
    /// Zeros.
    pub zeros: u64,
    /// Values below zero.
    pub negatives: u64,
    /// The sum.
    pub sum: Figure<f64>,
    /// The mean.
    pub mean: Figure<f64>,
    /// The sample standard deviation (n - 1).
    pub standard_deviation: Figure<f64>,
    /// The sample variance (n - 1).
    pub variance: Figure<f64>,
    /// The skewness g1.
    pub skewness: Figure<f64>,
    /// The excess kurtosis g2.
    pub kurtosis: Figure<f64>,
}

/// A quantile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuantileFigure {
    /// The share of values that are not larger, from 0 to 1.
    pub share: f64,
    /// The value; of dates and times in ISO 8601.
    pub value: Figure<Cell>,
}

/// Truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BooleanProfile {
    /// True ones.
    pub trues: u64,
    /// False ones.
    pub falses: u64,
}

/// Figures of texts; lengths in characters (of bytes, in bytes).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TextProfile {
    /// Texts without a character.
    pub empty: u64,
    /// Texts with white space before or after.
    pub padded: u64,
    /// The shortest length.
    pub shortest: Figure<u64>,
    /// The longest length.
    pub longest: Figure<u64>,
    /// The mean length.
    pub mean_length: Figure<f64>,
    /// The median length.
    pub median_length: Figure<u64>,
    /// Texts by length, up to 1,023 characters, at most 40 bins; exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lengths: Option<Histogram>,
    /// What texts look like, by count.
    pub kinds: Vec<KindCount>,
    /// Ways in which "no value" was written, by count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub null_texts: Vec<NullText>,
}

/// Texts that look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KindCount {
    /// What they look like.
    pub kind: TextKind,
    /// How many.
    pub count: u64,
}

/// A way to write "no value".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NullText {
    /// The text, without white space around it.
    pub text: String,
    /// How often.
    pub count: u64,
}

/// Counts of values in neighbouring bins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Histogram {
    /// Edges of the bins, one more than bins, ascending; a bin has its lower edge and not its
    /// upper one. Dates are in days since 1970, times in the column's unit.
    pub edges: Vec<f64>,
    /// The edges as people read them, where they are dates or times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edge_labels: Vec<String>,
    /// Values in each bin.
    pub counts: Vec<u64>,
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
    /// The profile of a column from its summary.
    pub(crate) fn new(field: &Field, summary: &ColumnProfileSummary) -> Self {
        let counts = summary.counts();
        let kind = summary.kind();
        let is_text = matches!(kind, Some(ValueKind::Text | ValueKind::Binary));
        let kinds = (kind == Some(ValueKind::Text)).then(|| summary.kinds());
        let texts = is_text.then(|| text_profile(counts, &summary.lengths(), kinds.as_ref()));
        let booleans = (field.column_type == ColumnType::Boolean)
            .then_some(BooleanProfile { trues: counts.trues, falses: counts.falses });
        let numbers = has_moments(field.column_type).then(|| numbers(counts, summary.moments()));
        let extremes = summary.extremes();
        let no_extreme = if counts.values() == 0 { NO_VALUES } else { NO_FINITE_VALUES };
        Self {
            name: field.name.clone(),
            stored_type: field.column_type,
            inferred_type: inferred_type(field.column_type, counts, kinds.as_ref()),
            rows: counts.rows,
            nulls: counts.nulls,
            null_share: share(counts.nulls, counts.rows, "the table has no rows"),
            distinct: Figure::Known(summary.distinct()),
            minimum: Figure::or_missing(extremes.min().map(Measured::exact), no_extreme),
            maximum: Figure::or_missing(extremes.max().map(Measured::exact), no_extreme),
            numbers,
            quantiles: quantiles(field.column_type, summary),
            booleans,
            texts,
            histogram: histogram(summary.histogram()),
            top_values: top_values(summary),
        }
    }

    /// Rows that have a value.
    pub fn values(&self) -> u64 {
        self.rows - self.nulls
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

const NO_VALUES: &str = "every value is missing";
const NO_FINITE_VALUES: &str = "there is no finite value";
const TOO_LARGE: &str = "the figure is beyond the range of a 64-bit float";

fn has_moments(column_type: ColumnType) -> bool {
    column_type.is_numeric() || column_type == ColumnType::Duration
}

fn has_order(column_type: ColumnType) -> bool {
    has_moments(column_type) || column_type.is_temporal() || column_type == ColumnType::Time
}

fn share(part: u64, whole: u64, reason: &str) -> Figure<f64> {
    if whole == 0 {
        return Figure::missing(reason);
    }
    Figure::exact(part as f64 / whole as f64)
}

fn numbers(counts: &ColumnCounts, moments: &Moments) -> NumberProfile {
    let reason = |least: u64, equal: bool| match moments.count() {
        0 if counts.values() == 0 => NO_VALUES,
        0 => NO_FINITE_VALUES,
        count if count < least => "one value has no spread",
        _ if equal && moments.variance() == Some(0.0) => "all values are equal",
        _ => TOO_LARGE,
    };
    let figure = |value: Option<f64>, least: u64, equal: bool| {
        Figure::or_missing(value.map(Measured::exact), reason(least, equal))
    };
    NumberProfile {
        nan: counts.nan,
        infinite: counts.positive_infinities + counts.negative_infinities,
        zeros: counts.zeros,
        negatives: counts.negatives,
        sum: figure(moments.sum(), 1, false),
        mean: figure(moments.mean(), 1, false),
        standard_deviation: figure(moments.standard_deviation(), 2, false),
        variance: figure(moments.variance(), 2, false),
        skewness: figure(moments.skewness(), 2, true),
        kurtosis: figure(moments.kurtosis(), 2, true),
    }
}

fn quantiles(column_type: ColumnType, summary: &ColumnProfileSummary) -> Vec<QuantileFigure> {
    if !has_order(column_type) {
        return Vec::new();
    }
    let ordered = summary.ordered();
    let reason = if summary.counts().values() == 0 { NO_VALUES } else { NO_FINITE_VALUES };
    SHARES
        .into_iter()
        .map(|share| QuantileFigure {
            share,
            value: Figure::or_missing(ordered.cell(share), reason),
        })
        .collect()
}

fn histogram(histogram: &BinaryHistogram) -> Option<Histogram> {
    let bins = histogram.bins(BINS);
    let last = bins.last()?;
    let mut edges: Vec<f64> = bins.iter().map(|bin| bin.lower).collect();
    edges.push(last.upper);
    let edge_labels = match histogram.kind() {
        Some(
            kind @ (ValueKind::Date
            | ValueKind::Time { .. }
            | ValueKind::Timestamp { .. }
            | ValueKind::Duration { .. }),
        ) => edges.iter().map(|&edge| kind.integer_cell(edge as i64).to_string()).collect(),
        _ => Vec::new(),
    };
    let counts = bins.iter().map(|bin| bin.count).collect();
    Some(Histogram { edges, edge_labels, counts })
}

fn text_profile(
    counts: &ColumnCounts,
    lengths: &TextLengths,
    kinds: Option<&TextKinds>,
) -> TextProfile {
    let exact = |length: Option<u64>| Figure::or_missing(length.map(Measured::exact), NO_VALUES);
    let mut by_kind: Vec<KindCount> = TextKind::ALL
        .into_iter()
        .filter_map(|kind| Some(KindCount { kind, count: kinds?.count(kind) }))
        .filter(|kind| kind.count > 0)
        .collect();
    by_kind.sort_by_key(|kind| std::cmp::Reverse(kind.count));
    let null_texts = kinds.map_or_else(Vec::new, TextKinds::null_texts);
    TextProfile {
        empty: counts.empty_texts,
        padded: kinds.map_or(0, TextKinds::padded),
        shortest: exact(lengths.min()),
        longest: exact(lengths.max()),
        mean_length: Figure::or_missing(lengths.mean().map(Measured::exact), NO_VALUES),
        median_length: Figure::or_missing(lengths.quantile(0.5), NO_VALUES),
        lengths: length_histogram(lengths),
        kinds: by_kind,
        null_texts: null_texts.into_iter().map(|(text, count)| NullText { text, count }).collect(),
    }
}

/// Lengths in bins of one width, a power of two.
fn length_histogram(lengths: &TextLengths) -> Option<Histogram> {
    let (first, _) = lengths.counts().next()?;
    let (last, _) = lengths.counts().last()?;
    let mut width = 1;
    while (last / width - first / width) as usize >= BINS {
        width *= 2;
    }
    let start = first / width;
    let bins = (last / width - start + 1) as usize;
    let mut counts = vec![0; bins];
    for (length, count) in lengths.counts() {
        if let Some(bin) = counts.get_mut((length / width - start) as usize) {
            *bin += count;
        }
    }
    let edges = (0..=bins as u64).map(|bin| ((start + bin) * width) as f64).collect();
    Some(Histogram { edges, edge_labels: Vec::new(), counts })
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
