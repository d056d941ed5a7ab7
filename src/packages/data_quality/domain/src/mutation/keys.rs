//! Keys that repeat, and references to nothing.

use std::collections::HashSet;

use shared_kernel_domain::table::ColumnType;

use super::sample::{Cells, SampleColumn};
use super::texts::{replaced, unknown};
use super::{ColumnFacts, Corruption, Damage, Fits};
use crate::name::identifies;

/// Numbers given out twice.
pub(super) const KEY_COLLISION: Corruption = Corruption {
    name: "key_collision",
    what: "1 % of the rows have the key of the row before",
    needs: "a column of whole numbers or texts, all there and all different",
    remedy: "`unique: true` or `primaryKey: true`",
    fits: Fits::Column(|_, facts| facts.is_key && facts.rows >= 2),
    apply: |scene, random| {
        let (place, column) = scene.column()?;
        let repeated = scene.scattered(0.01, 1, random, |row| row > 0);
        let mut rows: Vec<usize> = (0..scene.sample.rows()).collect();
        for &row in &repeated {
            *rows.get_mut(row)? = row - 1;
        }
        let cells = column.cells.take(&rows);
        let detail = "the key of the row before".to_owned();
        Damage::of(scene.sample.with(place, cells)?, repeated.len(), detail)
    },
};

/// References to rows that were deleted, or not delivered yet.
pub(super) const ORPHAN_REFERENCE: Corruption = Corruption {
    name: "orphan_reference",
    what: "1 % of the rows refer to what is nowhere, written like the others",
    needs: "a column of repeated whole numbers or texts that is named like an identifier, or of more than \
            200 repeated texts",
    remedy: "`relationships` or `reference` to the table that is referred to",
    fits: Fits::Column(refers),
    apply: |scene, random| {
        let (place, column) = scene.column()?;
        let rows = scene.scattered(0.01, 1, random, |_| true);
        match &column.cells {
            Cells::Integer(values) => {
                let mut values = values.clone();
                let high = values.iter().flatten().max().copied()?;
                for &row in &rows {
                    let beyond = 1 + random.below(rows.len()) as i64;
                    *values.get_mut(row)? = Some(high.checked_add(beyond)?);
                }
                let detail = format!("numbers beyond {high}");
                Damage::of(scene.sample.with(place, Cells::Integer(values))?, rows.len(), detail)
            }
            Cells::Text(values) => {
                let known: HashSet<&str> = values.iter().flatten().map(AsRef::as_ref).collect();
                let detail = "values that are nowhere else".to_owned();
                replaced(scene, place, &rows, detail, |text, _| Some(unknown(text, &known).into()))
            }
            _ => None,
        }
    },
};

fn refers(column: &SampleColumn, facts: &ColumnFacts) -> bool {
    let is_repeated = facts.distinct > 1 && facts.values >= 2 * facts.distinct;
    let is_text = column.column_type == ColumnType::Text;
    let is_kind = is_text || column.column_type == ColumnType::Integer;
    is_repeated && is_kind && (identifies(&column.name) || (is_text && facts.distinct > 200))
}
