//! Values that are not there, said openly or not.

use shared_kernel_domain::table::ColumnType;

use super::numbers::{is_number, map_numbers};
use super::sample::Cells;
use super::{Corruption, Damage, Fits};

/// A run of rows without values: a source that was out of reach for a while.
pub(super) const NULL_BURST: Corruption = Corruption {
    name: "null_burst",
    what: "values are missing in a run of 5 % of the rows",
    needs: "a column with values in half of its rows",
    remedy: "`required: true`, or `nullValues` with a limit a little above what is usual",
    fits: Fits::Column(|_, facts| facts.values > 0 && 2 * facts.values >= facts.rows),
    apply: |scene, random| {
        let (place, column) = scene.column()?;
        let run = scene.run(0.05, random);
        let rows: Vec<usize> = scene.valued(run.clone()).collect();
        let cells = column.cells.with_nulls(&rows);
        let detail = format!("{} rows from row {} on", run.len(), run.start);
        Damage::of(scene.sample.with(place, cells)?, rows.len(), detail)
    },
};

/// Values that stand for none: the sign of an old system, or of a form that wants something in it.
pub(super) const DISGUISED_NULLS: Corruption = Corruption {
    name: "disguised_nulls",
    what: "5 % of the values become one that stands for none: -999 or N/A",
    needs: "a column of numbers above -999, or of texts",
    remedy: "`missingValues` with what stands for none; for numbers also `between` with the smallest \
             number that can be meant",
    fits: Fits::Column(|column, facts| {
        let is_text = column.column_type == ColumnType::Text;
        facts.values > 0 && (is_text || (is_number(column) && facts.low > SIGN))
    }),
    apply: |scene, random| {
        let (place, column) = scene.column()?;
        let rows = scene.scattered(0.05, 1, random, |_| true);
        let (cells, sign) = match &column.cells {
            Cells::Text(values) => {
                let mut values = values.clone();
                for &row in &rows {
                    *values.get_mut(row)? = Some("N/A".into());
                }
                (Cells::Text(values), "N/A".to_owned())
            }
            numbers => (map_numbers(numbers, &rows, |_, _| SIGN)?, SIGN.to_string()),
        };
        Damage::of(scene.sample.with(place, cells)?, rows.len(), format!("{sign} for a value"))
    },
};

/// What stands for no number.
const SIGN: f64 = -999.0;
