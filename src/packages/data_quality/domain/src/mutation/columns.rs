//! Columns that went, came, were exchanged, or hold what belongs elsewhere.

use shared_kernel_domain::table::ColumnType;

use super::numbers::is_number;
use super::sample::{Cells, SampleColumn};
use super::{Corruption, Damage, Fits};

/// Two fields of a form mixed up.
pub(super) const SWAPPED_COLUMNS: Corruption = Corruption {
    name: "swapped_columns",
    what: "the values of two columns of the same type are exchanged in the last fifth of the rows",
    needs: "two columns of the same type with different values",
    remedy: "`between`, `in_set` or `matches` with what only one of the two can hold, or `expression` that holds \
             one against the other",
    fits: Fits::Pair,
    apply: |scene, _| {
        let (one, other) = scene.pair()?;
        let (left, right) = (scene.sample.column(one)?, scene.sample.column(other)?);
        let run = scene.last(0.2);
        let (mut mixed, mut mixed_other) = (left.cells.clone(), right.cells.clone());
        let rows = exchange(&mut mixed, &mut mixed_other, run.clone())?;
        let sample = scene.sample.with(one, mixed)?.with(other, mixed_other)?;
        Damage::of(sample, rows, format!("from row {} on", run.start))
    },
};

/// A sensor that hangs.
pub(super) const STUCK_VALUE: Corruption = Corruption {
    name: "stuck_value",
    what: "in the last 30 % of the rows a column repeats one value",
    needs: "a column with different values",
    remedy: "`distinct_count` with a minimum, or `standard_deviation` with bounds; a monitor of distribution",
    fits: Fits::Column(|_, facts| facts.distinct > 1 && facts.rows >= 4),
    apply: |scene, _| {
        let (place, column) = scene.column()?;
        let run = scene.last(0.3);
        let held = scene.valued(0..run.start).last()?;
        let at = |row: usize| if run.contains(&row) { held } else { row };
        let rows: Vec<usize> = (0..scene.sample.rows()).map(at).collect();
        let cells = column.cells.take(&rows);
        let detail = format!("the value of row {held} from row {} on", run.start);
        let changed = if cells == column.cells { 0 } else { run.len() };
        Damage::of(scene.sample.with(place, cells)?, changed, detail)
    },
};

/// A join or a sort that took one column alone.
pub(super) const SHUFFLED_COLUMN: Corruption = Corruption {
    name: "shuffled_column",
    what: "the values of a column stand in other rows: what it has to do with the others is lost",
    needs: "a column with different values",
    remedy: "`expression` that holds the column against another one",
    fits: Fits::Column(|_, facts| facts.distinct > 1),
    apply: |scene, random| {
        let (place, column) = scene.column()?;
        let mut rows: Vec<usize> = (0..scene.sample.rows()).collect();
        random.shuffle(&mut rows);
        let cells = column.cells.take(&rows);
        let changed = if cells == column.cells { 0 } else { rows.len() };
        Damage::of(scene.sample.with(place, cells)?, changed, "in another order".to_owned())
    },
};

/// A column that the source does not deliver any more.
pub(super) const COLUMN_DROPPED: Corruption = Corruption {
    name: "column_dropped",
    what: "a column is gone",
    needs: "two columns",
    remedy: "the column under `properties`",
    fits: Fits::ColumnOfSeveral,
    apply: |scene, _| {
        let (place, _) = scene.column()?;
        let rows = scene.sample.rows();
        Damage::of(scene.sample.without(place), rows, "gone".to_owned())
    },
};

/// A column under another name.
pub(super) const COLUMN_RENAMED: Corruption = Corruption {
    name: "column_renamed",
    what: "a column has another name",
    needs: "a column",
    remedy: "the column under `properties`",
    fits: Fits::Column(|_, _| true),
    apply: |scene, _| {
        let (place, column) = scene.column()?;
        let mut name = format!("{}_v2", column.name);
        while scene.sample.columns.iter().any(|other| other.name == name) {
            name.push('_');
        }
        let renamed = SampleColumn { name: name.clone(), ..column.clone() };
        let sample = scene.sample.with_column(place, renamed)?;
        let damage = Damage::of(sample, scene.sample.rows(), format!("as {name}"))?;
        Some(Damage { renamed: Some((name, column.name.clone())), ..damage })
    },
};

/// A spreadsheet's idea of numbers.
pub(super) const NUMBERS_AS_TEXT: Corruption = Corruption {
    name: "numbers_as_text",
    what: "the numbers of a column come as texts with commas: 1,234 or 0,5",
    needs: "a column of numbers",
    remedy: "`logicalType: integer` or `number`",
    fits: Fits::Column(|column, facts| is_number(column) && facts.values > 0),
    apply: |scene, _| {
        let (place, column) = scene.column()?;
        let rows = scene.sample.rows();
        let text = |row: usize| written(&column.cells, row).map(Into::into);
        let cells = Cells::Text((0..rows).map(text).collect());
        let texts =
            SampleColumn { name: column.name.clone(), column_type: ColumnType::Text, cells };
        Damage::of(scene.sample.with_column(place, texts)?, rows, "texts with commas".to_owned())
    },
};

/// A number as a spreadsheet writes it: whole ones with commas between thousands, others with one in
/// the place of the point.
fn written(cells: &Cells, row: usize) -> Option<String> {
    match cells {
        Cells::Integer(values) => {
            let value = values.get(row).copied().flatten()?;
            let sign = if value < 0 { "-" } else { "" };
            Some(format!("{sign}{}", crate::check::number(value.unsigned_abs())))
        }
        cells => {
            super::numbers::number(cells, row).map(|value| value.to_string().replace('.', ","))
        }
    }
}

/// Exchanges some rows of two columns of the same type; the rows that changed. `None` when they are of
/// different types.
fn exchange(one: &mut Cells, other: &mut Cells, run: std::ops::Range<usize>) -> Option<usize> {
    fn swap<T: PartialEq>(
        one: &mut [Option<T>],
        other: &mut [Option<T>],
        run: std::ops::Range<usize>,
    ) -> Option<usize> {
        let (one, other) = (one.get_mut(run.clone())?, other.get_mut(run)?);
        let changed = one.iter().zip(other.iter()).filter(|(one, other)| one != other).count();
        one.swap_with_slice(other);
        Some(changed)
    }
    match (one, other) {
        (Cells::Boolean(one), Cells::Boolean(other)) => swap(one, other, run),
        (Cells::Integer(one), Cells::Integer(other)) => swap(one, other, run),
        (Cells::Float(one), Cells::Float(other)) => swap(one, other, run),
        (Cells::Text(one), Cells::Text(other)) => swap(one, other, run),
        (Cells::Date(one), Cells::Date(other)) => swap(one, other, run),
        (
            Cells::Decimal { values: one, scale },
            Cells::Decimal { values: other, scale: another },
        ) if scale == another => swap(one, other, run),
        (
            Cells::Timestamp { values: one, unit },
            Cells::Timestamp { values: other, unit: another },
        ) if unit == another => swap(one, other, run),
        _ => None,
    }
}

/// Whether the values of two columns can be exchanged, and that would be seen.
pub(super) fn can_be_exchanged(one: &SampleColumn, other: &SampleColumn) -> bool {
    let kinds = match (&one.cells, &other.cells) {
        (Cells::Decimal { scale, .. }, Cells::Decimal { scale: another, .. }) => scale == another,
        (Cells::Timestamp { unit, .. }, Cells::Timestamp { unit: another, .. }) => unit == another,
        (Cells::Boolean(_), Cells::Boolean(_))
        | (Cells::Integer(_), Cells::Integer(_))
        | (Cells::Float(_), Cells::Float(_))
        | (Cells::Text(_), Cells::Text(_))
        | (Cells::Date(_), Cells::Date(_)) => true,
        _ => false,
    };
    kinds && one.column_type == other.column_type && one.cells != other.cells
}
