use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::Exactness;
use shared_kernel_domain::summary::{BinaryHistogram, OrderedValues, TextLengths, ValueKind};

/// At most so many bins are listed.
const BINS: usize = 40;

/// An adaptive histogram has at most so many bins.
const EQUAL_BINS: usize = 20;

/// The bins between the fences.
const CORE_BINS: u32 = 20;

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

/// A histogram over edges that were chosen after the values were seen. When approximate, the error
/// bounds by how much any count may be wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FittedHistogram {
    /// Edges and counts; the last bin has its upper edge.
    #[serde(flatten)]
    pub bins: Histogram,
    /// Values below the first edge.
    pub below: u64,
    /// Values above the last edge.
    pub above: u64,
    /// How far the counts can be trusted.
    #[serde(flatten)]
    pub exactness: Exactness,
}

/// Bins of one width over the whole range.
pub(crate) fn fixed(histogram: &BinaryHistogram) -> Option<Histogram> {
    let bins = histogram.bins(BINS);
    let last = bins.last()?;
    let mut edges: Vec<f64> = bins.iter().map(|bin| bin.lower).collect();
    edges.push(last.upper);
    let edge_labels = labels(histogram.kind(), &edges);
    let counts = bins.iter().map(|bin| bin.count).collect();
    Some(Histogram { edges, edge_labels, counts })
}

fn labels(kind: Option<ValueKind>, edges: &[f64]) -> Vec<String> {
    match kind {
        Some(
            kind @ (ValueKind::Date
            | ValueKind::Time { .. }
            | ValueKind::Timestamp { .. }
            | ValueKind::Duration { .. }),
        ) => edges.iter().map(|&edge| kind.integer_cell(edge as i64).to_string()).collect(),
        _ => Vec::new(),
    }
}

/// Bins that hold about equally many values each: the edges are quantiles. A value that is more
/// frequent than that has a bin to itself as far as edges fall on it; equal edges are one.
pub(crate) fn equal_counts(ordered: &OrderedValues) -> Option<FittedHistogram> {
    let share = |edge: usize| edge as f64 / EQUAL_BINS as f64;
    let quantiles = (0..=EQUAL_BINS).map(|edge| ordered.value(share(edge)).map(|it| it.value));
    let mut edges: Vec<f64> = quantiles.collect::<Option<_>>()?;
    edges.dedup();
    fitted(ordered, edges)
}

/// Bins of one width from `low` to `high`, beyond which there are values.
pub(crate) fn core(ordered: &OrderedValues, low: f64, high: f64) -> Option<FittedHistogram> {
    let smallest = ordered.value(0.0)?.value;
    let largest = ordered.value(1.0)?.value;
    let (low, high) = (low.max(smallest), high.min(largest));
    let width = (high - low) / f64::from(CORE_BINS);
    if !(width > 0.0 && width.is_finite()) || (low == smallest && high == largest) {
        return None;
    }
    let mut edges: Vec<f64> = (0..CORE_BINS).map(|bin| low + width * f64::from(bin)).collect();
    edges.push(high);
    edges.dedup();
    fitted(ordered, edges)
}

fn fitted(ordered: &OrderedValues, edges: Vec<f64>) -> Option<FittedHistogram> {
    let last = edges.len().checked_sub(1).filter(|&last| last > 0)?;
    let ranks: Vec<(u64, u64)> = edges.iter().map(|&edge| ordered.ranks_of(edge)).collect();
    // Up to an edge: without it, but for the last, which belongs to the bin below it.
    let up_to = |(place, &(below, not_above)): (usize, &(u64, u64))| {
        if place == last { not_above } else { below }
    };
    let limits: Vec<u64> = ranks.iter().enumerate().map(up_to).collect();
    let counts = limits.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
    let exactness = match ordered.rank_error() {
        0 => Exactness::Exact,
        error => Exactness::Approximate { error: 2.0 * error as f64 },
    };
    Some(FittedHistogram {
        below: limits.first().copied().unwrap_or(0),
        above: ordered.count() - limits.last().copied().unwrap_or(0),
        bins: Histogram { edge_labels: labels(ordered.kind(), &edges), edges, counts },
        exactness,
    })
}

/// Lengths in bins of one width, a power of two.
pub(crate) fn of_lengths(lengths: &TextLengths) -> Option<Histogram> {
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
