//! Figures as people read them, for the terminal and for pages.

use data_profiling_domain::{ColumnProfile, Figure, Finding, Histogram, SemanticVerdict};
use shared_kernel_domain::table::Cell;
use shared_kernel_presentation::format;

/// Shown where there is no figure; the reason stands in the JSON document and in pages.
pub(crate) const NONE: &str = "–";

/// A figure, marked where it is not exact.
pub(crate) fn figure<T>(figure: &Figure<T>, render: impl Fn(&T) -> String) -> String {
    figure.measured().map_or_else(|| NONE.to_owned(), |known| format::measured(known, render))
}

/// A value in at most `characters` characters; numbers with few digits.
pub(crate) fn cell(cell: &Cell, characters: usize) -> String {
    match cell {
        Cell::Float(value) => format::number(*value),
        // Nobody compares times of midnight, so dates suffice where a time of day is nothing.
        Cell::Text(text) => {
            format::shorten(text.strip_suffix("T00:00:00").unwrap_or(text), characters)
        }
        other => format::cell(other),
    }
}

/// The stored type, and what values look like or mean where that says more.
pub(crate) fn type_name(column: &ColumnProfile) -> String {
    let (stored, inferred) = (column.stored_type.name(), column.inferred_type.name.as_str());
    if let Some(SemanticVerdict::Kind(kind)) = column.semantic.as_ref().map(|it| &it.verdict) {
        return format!("{stored} ({})", kind.kind.name());
    }
    match column.inferred_type.share.value() {
        Some(share) if inferred != stored && *share < 1.0 => {
            format!("{stored} ({} {inferred})", format::share(*share))
        }
        Some(_) if inferred != stored => format!("{stored} ({inferred})"),
        _ => stored.to_owned(),
    }
}

/// Which column a finding is about.
pub(crate) fn finding_column(finding: &Finding) -> String {
    match (finding.column.as_str(), finding.columns.as_slice()) {
        ("", []) => "(table)".to_owned(),
        ("", several) => several.join(", "),
        (one, _) => one.to_owned(),
    }
}

/// The same counts in at most `most` bins: neighbours are joined, in groups of one size.
pub(crate) fn condense(histogram: &Histogram, most: usize) -> Histogram {
    let size = histogram.counts.len().div_ceil(most.max(1)).max(1);
    let counts: Vec<u64> = histogram.counts.chunks(size).map(|group| group.iter().sum()).collect();
    let last = histogram.counts.len();
    let limits = (0..counts.len()).map(|group| group * size).chain([last]);
    let edges = limits.clone().filter_map(|limit| histogram.edges.get(limit).copied()).collect();
    let edge_labels =
        limits.filter_map(|limit| histogram.edge_labels.get(limit).cloned()).collect();
    Histogram { edges, edge_labels, counts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn condensing_keeps_every_count() {
        let edges: Vec<f64> = (0..=7).map(f64::from).collect();
        let labels = edges.iter().map(f64::to_string).collect();
        let histogram = Histogram { edges, edge_labels: labels, counts: vec![1, 2, 3, 4, 5, 6, 7] };
        let condensed = condense(&histogram, 3);
        assert_eq!(condensed.counts, [6, 15, 7]);
        assert_eq!(condensed.edges, [0.0, 3.0, 6.0, 7.0]);
        assert_eq!(condensed.edge_labels, ["0", "3", "6", "7"]);
        assert_eq!(condense(&histogram, 40), histogram);
        let empty = Histogram { edges: vec![], edge_labels: vec![], counts: vec![] };
        assert_eq!(condense(&empty, 3), empty);
    }
}
