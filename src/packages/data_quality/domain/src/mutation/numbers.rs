//! Numbers that are wrong: units, signs, spikes, digits.

use shared_kernel_domain::table::ColumnType;

use super::sample::{Cells, SampleColumn};
use super::{ColumnFacts, Corruption, Damage, Fits, Scene};
use crate::name::identifies;

const RANGES: &str = "`between` with the smallest and the largest number that can be meant; or `mean` and \
                      `quantile` with bounds";

/// A batch in another unit: cents for euros, percent for shares.
pub(super) const UNIT_TIMES_100: Corruption = Corruption {
    name: "unit_times_100",
    what: "a run of 10 % of the numbers is in a unit a hundred times smaller",
    needs: "a column of different numbers that is no key",
    remedy: RANGES,
    fits: Fits::Column(is_measure),
    apply: |scene, random| scaled(scene, 100.0, "× 100", scene.run(0.1, random)),
};

/// A batch in another unit: kilograms for grams.
pub(super) const UNIT_THOUSANDTH: Corruption = Corruption {
    name: "unit_thousandth",
    what: "a run of 10 % of the numbers is in a unit a thousand times larger",
    needs: "a column of numbers with fractions, or of whole numbers from 1,000 on, that is no key",
    remedy: RANGES,
    fits: Fits::Column(|column, facts| {
        let is_whole = column.column_type == ColumnType::Integer;
        is_measure(column, facts) && (!is_whole || facts.low.abs().max(facts.high.abs()) >= 1e3)
    }),
    apply: |scene, random| scaled(scene, 0.001, "÷ 1,000", scene.run(0.1, random)),
};

/// Credit booked as debit.
pub(super) const SIGN_FLIP: Corruption = Corruption {
    name: "sign_flip",
    what: "5 % of the numbers lose their sign: they become negative",
    needs: "a column of numbers of which none is negative",
    remedy: "`between` with `minimum: 0`",
    fits: Fits::Column(|column, facts| is_number(column) && facts.low >= 0.0 && facts.high > 0.0),
    apply: |scene, random| {
        let (place, column) = scene.column()?;
        let rows = scene.scattered(0.05, 1, random, |row| number(&column.cells, row) != Some(0.0));
        let cells = map_numbers(&column.cells, &rows, |_, value| -value)?;
        Damage::of(scene.sample.with(place, cells)?, rows.len(), "sign changed".to_owned())
    },
};

/// A sensor that jumps, a digit typed twice.
pub(super) const OUTLIER_SPIKES: Corruption = Corruption {
    name: "outlier_spikes",
    what: "one number of a thousand, and at least three, lies ten ranges beyond the largest",
    needs: "a column of different numbers that is no key",
    remedy: "`between` with the largest number that can be meant, or `maximum` with a bound",
    fits: Fits::Column(is_measure),
    apply: |scene, random| {
        let (place, column) = scene.column()?;
        let facts = scene.facts_of(place)?;
        let spike = (facts.high + 10.0 * (facts.high - facts.low)).min(f64::MAX);
        let rows = scene.scattered(0.001, 3, random, |_| true);
        let cells = map_numbers(&column.cells, &rows, |_, _| spike)?;
        Damage::of(scene.sample.with(place, cells)?, rows.len(), format!("{spike}"))
    },
};

/// Digits after the point that an export cut off.
pub(super) const ROUNDING: Corruption = Corruption {
    name: "rounding",
    what: "all numbers are rounded to whole ones",
    needs: "a column of numbers with fractions",
    remedy: "`expression` with what the digits must fulfil, such as a total that is the sum of its parts",
    fits: Fits::Column(|column, facts| {
        let has_fraction = |row| number(&column.cells, row).is_some_and(|it| it.fract() != 0.0);
        is_number(column) && column.column_type != ColumnType::Integer && {
            (0..facts.rows).any(has_fraction)
        }
    }),
    apply: |scene, _| {
        let (place, column) = scene.column()?;
        let changes = |&row: &usize| number(&column.cells, row).is_some_and(|it| it.fract() != 0.0);
        let rows: Vec<usize> = (0..scene.sample.rows()).filter(changes).collect();
        let cells = map_numbers(&column.cells, &rows, |_, value| value.round())?;
        Damage::of(scene.sample.with(place, cells)?, rows.len(), "rounded".to_owned())
    },
};

pub(super) fn is_number(column: &SampleColumn) -> bool {
    column.column_type.is_numeric()
}

/// Numbers that measure something, and do not name a row.
fn is_measure(column: &SampleColumn, facts: &ColumnFacts) -> bool {
    is_number(column) && facts.distinct > 1 && !facts.is_key && !identifies(&column.name)
}

fn scaled(
    scene: &Scene<'_>,
    factor: f64,
    detail: &str,
    run: std::ops::Range<usize>,
) -> Option<Damage> {
    let (place, column) = scene.column()?;
    let detail = format!("{detail} in {} rows from row {} on", run.len(), run.start);
    let changes = |&row: &usize| number(&column.cells, row).is_some_and(|it| it != 0.0);
    let rows: Vec<usize> = run.filter(changes).collect();
    let cells = map_numbers(&column.cells, &rows, |_, value| value * factor)?;
    Damage::of(scene.sample.with(place, cells)?, rows.len(), detail)
}

/// The number of a row, when it is one and finite.
pub(super) fn number(cells: &Cells, row: usize) -> Option<f64> {
    let value = match cells {
        Cells::Integer(values) => (*values.get(row)?)? as f64,
        Cells::Float(values) => (*values.get(row)?)?,
        Cells::Decimal { values, scale } => {
            (*values.get(row)?)? as f64 / 10_f64.powi(i32::from(*scale))
        }
        _ => return None,
    };
    value.is_finite().then_some(value)
}

/// Numbers with others in the place of some of them; what does not fit is the nearest that does.
pub(super) fn map_numbers(
    cells: &Cells,
    rows: &[usize],
    map: impl Fn(usize, f64) -> f64,
) -> Option<Cells> {
    let mut changed = cells.clone();
    for &row in rows {
        let Some(value) = number(cells, row) else { continue };
        let value = map(row, value);
        match &mut changed {
            Cells::Integer(values) => *values.get_mut(row)? = Some(value.round() as i64),
            Cells::Float(values) => *values.get_mut(row)? = Some(value),
            Cells::Decimal { values, scale } => {
                let unscaled = (value * 10_f64.powi(i32::from(*scale))).round();
                *values.get_mut(row)? = Some(unscaled.clamp(-LARGEST, LARGEST) as i128);
            }
            _ => return None,
        }
    }
    Some(changed)
}

/// The largest decimal of 38 digits, about.
const LARGEST: f64 = 9.9e37;
