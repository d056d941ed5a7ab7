//! Checks of Soda: SodaCL (`checks for customers:`) and contracts of Soda 4 (`dataset:`).

mod contract;
mod reconciliation;
mod sodacl;
mod threshold;
mod validity;

use crate::exchange::Tool;
use crate::exchange::draft::Board;
use crate::problem::Problem;
use crate::yaml::{Entry, Node};

pub(super) use sodacl::SECTIONS;

pub(super) fn read(document: &Node) -> Result<Board, Problem> {
    let mut board = Board::new(Tool::Soda, "soda");
    if document.get("dataset").is_some() {
        contract::read(&mut board, document)?;
    } else {
        sodacl::read(&mut board, document)?;
    }
    Ok(board)
}

/// Figures of a column by name, as both versions know them.
const FIGURES: [(&str, &str); 16] = [
    ("avg", "mean"),
    ("min", "minimum"),
    ("max", "maximum"),
    ("sum", "sum"),
    ("stddev", "standard_deviation"),
    ("stddev_samp", "standard_deviation"),
    ("stddev_pop", "population_standard_deviation"),
    ("variance", "variance"),
    ("var_samp", "variance"),
    ("var_pop", "population_variance"),
    ("min_length", "shortest_length"),
    ("max_length", "longest_length"),
    ("avg_length", "mean_length"),
    ("minLength", "shortest_length"),
    ("maxLength", "longest_length"),
    ("avgLength", "mean_length"),
];

/// What is said of a check, and not to it.
const ABOUT: [&str; 12] = [
    "name",
    "title",
    "identity",
    "attributes",
    "samples_limit",
    "samples_columns",
    "collect_failed_rows",
    "collect_samples",
    "owner",
    "qualifier",
    "id",
    "scope",
];

/// Keys with underscores, as both versions of Soda are read.
fn normalised(entries: &[Entry]) -> Vec<Entry> {
    let normal = |entry: &Entry| Entry { key: entry.key.replace(' ', "_"), ..entry.clone() };
    entries.iter().map(normal).collect()
}
