//! Profiles without values.

use std::collections::BTreeMap;

use shared_kernel_domain::table::Cell;

use crate::column::ColumnProfile;
use crate::distribution::Distribution;
use crate::figure::Figure;
use crate::findings::Finding;
use crate::frequencies::Frequencies;
use crate::numbers::NumberProfile;
use crate::profile::Profile;
use crate::texts::TextProfile;

const REDACTED: &str = "the values are redacted";

/// Of which columns a profile is to show no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redaction {
    /// Of all.
    All,
    /// Of those with personal data, as [`SemanticProfile::personal`](crate::SemanticProfile) tells.
    Personal,
}

impl Profile {
    /// The profile without a value of the columns in question: how many there are of what stays, and
    /// their lengths, shapes and kinds; what would be a value, or near one, goes. Names of columns
    /// stay.
    #[must_use]
    pub fn redacted(mut self, redaction: Redaction) -> Self {
        let is_meant = |column: &ColumnProfile| match redaction {
            Redaction::All => true,
            Redaction::Personal => {
                column.semantic.as_ref().is_some_and(|semantic| semantic.personal)
            }
        };
        let within = self.nested.iter().flat_map(|nested| &nested.columns);
        let within: Vec<&ColumnProfile> = within.filter(|column| is_meant(column)).collect();
        // The text of a column holds every value within it.
        let holds_one = |column: &ColumnProfile| {
            let mut places = within.iter().filter_map(|it| it.within.as_ref());
            places.any(|place| place.column == column.name)
        };
        let columns = self.columns.iter().filter(|column| is_meant(column) || holds_one(column));
        let names: Vec<String> =
            columns.chain(within.iter().copied()).map(|column| column.name.clone()).collect();
        let is_redacted = |name: &str| names.iter().any(|known| known == name);
        for column in self.all_columns_mut() {
            if is_redacted(&column.name) {
                *column = redacted_column(column.clone());
            }
        }
        self.structure = self.structure.map(|structure| structure.redacted(is_redacted));
        for finding in &mut self.findings {
            let one = is_redacted(&finding.column);
            if one || finding.columns.iter().any(|column| is_redacted(column)) {
                redact_finding(finding);
            }
        }
        let by_place: Vec<bool> =
            self.columns.iter().map(|column| is_redacted(&column.name)).collect();
        if by_place.iter().all(|&redacted| redacted) {
            self.sample = None;
        }
        let sampled = self.sample.iter_mut().flat_map(|it| it.head.iter_mut().chain(&mut it.tail));
        let repeated = self.duplicate_rows.iter_mut().flat_map(|it| &mut it.most_frequent);
        let rows = sampled.map(|row| &mut row.cells).chain(repeated.map(|row| &mut row.cells));
        for cells in rows {
            redact_cells(cells, &by_place);
        }
        if let Some(ingest) = self.ingest.as_mut().filter(|_| !names.is_empty()) {
            // A record that is not a row has no columns, and may hold anything.
            ingest.bad_row_examples.clear();
            ingest.null_texts.retain(|known| !is_redacted(&known.column));
        }
        self.redacted_columns = names;
        self
    }
}

/// The cells of a row without those of redacted columns; of a row without any, none stay.
fn redact_cells(cells: &mut Vec<Cell>, redacted: &[bool]) {
    if redacted.iter().all(|&redacted| redacted) {
        cells.clear();
    }
    for (cell, _) in cells.iter_mut().zip(redacted).filter(|(_, redacted)| **redacted) {
        *cell = Cell::Null;
    }
}

fn gone<T>() -> Figure<T> {
    Figure::missing(REDACTED)
}

fn redacted_column(column: ColumnProfile) -> ColumnProfile {
    let top_values =
        column.top_values.into_iter().map(|top| crate::TopValue { value: Cell::Null, ..top });
    ColumnProfile {
        minimum: gone(),
        maximum: gone(),
        numbers: column.numbers.map(redacted_numbers),
        quantiles: Vec::new(),
        texts: column.texts.map(redacted_texts),
        histogram: None,
        top_values: top_values.collect(),
        frequencies: column.frequencies.map(|frequencies| Frequencies {
            modes: Vec::new(),
            antimodes: Vec::new(),
            ..frequencies
        }),
        smallest_values: Vec::new(),
        largest_values: Vec::new(),
        distribution: column.distribution.map(redacted_distribution),
        times: None,
        bytes: None,
        ..column
    }
}

/// Of numbers their signs and the shape of their distribution stay, which have no unit.
fn redacted_numbers(numbers: NumberProfile) -> NumberProfile {
    NumberProfile {
        sum: gone(),
        mean: gone(),
        standard_deviation: gone(),
        variance: gone(),
        range: gone(),
        standard_error: gone(),
        geometric_mean: gone(),
        harmonic_mean: gone(),
        ..numbers
    }
}

fn redacted_distribution(distribution: Distribution) -> Distribution {
    Distribution {
        interquartile_range: gone(),
        median_absolute_deviation: gone(),
        lower_fence: gone(),
        upper_fence: gone(),
        equal_count_histogram: None,
        core_histogram: None,
        ..distribution
    }
}

fn redacted_texts(texts: TextProfile) -> TextProfile {
    let writing = texts.writing.map(|writing| crate::TextWriting {
        shortest_text: Cell::Null,
        longest_text: Cell::Null,
        frequent_words: Vec::new(),
        frequent_characters: Vec::new(),
        ..writing
    });
    TextProfile { null_texts: Vec::new(), writing, ..texts }
}

/// Sentences and evidence quote values, so that only what was found stays, and where.
fn redact_finding(finding: &mut Finding) {
    finding.sentence = format!("{}: {REDACTED}", finding.kind.name());
    finding.evidence = BTreeMap::new();
}
