//! Rows that say what another row has said.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::scan::Duplicates;
use shared_kernel_domain::table::Cell;

use crate::edge_rows::shortened;
use crate::figure::{Figure, share};
use crate::findings::{Finding, FindingKind, finding_of};
use crate::profile::Profile;

/// Repeated rows, told apart by a 128-bit digest of their values; rows without any value are no
/// repetitions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DuplicateRows {
    /// Rows that agree in every column with an earlier one.
    pub rows: Figure<u64>,
    /// Their share of all rows.
    pub share: Figure<f64>,
    /// The rows that come most often, at most five.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub most_frequent: Vec<RepeatedRow>,
}

/// A row that comes several times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepeatedRow {
    /// The number of the first of them, from 0.
    pub first_row: u64,
    /// How many there are.
    pub count: u64,
    /// Its cells, in the order of the columns; `null` also where values are left out on request, and
    /// none where all are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<Cell>,
}

impl Profile {
    /// The most frequent repeated rows that are told.
    pub const TOLD_DUPLICATES: usize = 5;

    /// The profile, now that its rows were compared with one another; `cells` are those of the first
    /// row of each group that is told.
    #[must_use]
    pub fn with_duplicate_rows(mut self, found: &Duplicates, cells: Vec<Vec<Cell>>) -> Self {
        let groups = found.groups.iter().take(Self::TOLD_DUPLICATES);
        let most_frequent: Vec<RepeatedRow> = groups
            .zip(cells)
            .map(|(group, cells)| RepeatedRow {
                first_row: group.first_row,
                count: group.count,
                cells: cells.into_iter().map(shortened).collect(),
            })
            .collect();
        if found.duplicate_rows > 0 {
            let finding = finding(found.duplicate_rows, self.rows, &most_frequent);
            let before = |known: &Finding| known.importance >= finding.importance;
            self.findings.insert(self.findings.partition_point(before), finding);
        }
        self.duplicate_rows = Some(DuplicateRows {
            rows: Figure::exact(found.duplicate_rows),
            share: share(found.duplicate_rows, self.rows, "the table has no rows"),
            most_frequent,
        });
        self
    }

    /// The profile of a table whose rows were not compared with one another, for this reason.
    #[must_use]
    pub fn without_duplicate_rows(mut self, reason: &str) -> Self {
        self.duplicate_rows = Some(DuplicateRows {
            rows: Figure::missing(reason),
            share: Figure::missing(reason),
            most_frequent: Vec::new(),
        });
        self
    }
}

fn finding(repeated: u64, rows: u64, most_frequent: &[RepeatedRow]) -> Finding {
    let percent = 100.0 * repeated as f64 / rows.max(1) as f64;
    let (count, verb) = if repeated == 1 { ("1 row", "repeats") } else { ("rows", "repeat") };
    let subject = if repeated == 1 { count.to_owned() } else { format!("{repeated} {count}") };
    let sentence = format!("{subject} ({percent:.2} %) {verb} an earlier one in every column");
    let groups = most_frequent.iter();
    let groups: Vec<_> =
        groups.map(|it| json!({ "first_row": it.first_row, "count": it.count })).collect();
    let evidence = [
        ("duplicate_rows", json!(repeated)),
        ("rows", json!(rows)),
        ("most_frequent", json!(groups)),
        ("threshold", json!(0)),
    ];
    finding_of("", FindingKind::DuplicateRows, sentence, evidence)
}
