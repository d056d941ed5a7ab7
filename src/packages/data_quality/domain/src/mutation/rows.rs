//! Rows that are there twice, or not at all.

use super::{Corruption, Damage, Fits};

/// A batch that was delivered twice.
pub(super) const DUPLICATED_BATCH: Corruption = Corruption {
    name: "duplicated_batch",
    what: "a run of 5 % of the rows stands in the table once more",
    needs: "two rows",
    remedy: "`unique`, `primaryKey` or `duplicateValues` with the columns that tell rows apart",
    fits: Fits::Table(|sample, _| sample.rows() >= 2),
    apply: |scene, random| {
        let run = scene.run(0.05, random);
        let (repeated, first) = (run.len(), run.start);
        let rows: Vec<usize> = (0..scene.sample.rows()).chain(run).collect();
        let detail = format!("{repeated} rows from row {first} on, again at the end");
        Damage::of(scene.sample.take(&rows), repeated, detail)
    },
};

/// A transfer that broke off.
pub(super) const TRUNCATED_FILE: Corruption = Corruption {
    name: "truncated_file",
    what: "the last 40 % of the rows are missing",
    needs: "three rows",
    remedy: "`rowCount` with bounds; a monitor of volume",
    fits: Fits::Table(|sample, _| sample.rows() >= 3),
    apply: |scene, _| {
        let lost = scene.last(0.4);
        let rows: Vec<usize> = (0..lost.start).collect();
        let detail = format!("{} rows are left", rows.len());
        Damage::of(scene.sample.take(&rows), lost.len(), detail)
    },
};
