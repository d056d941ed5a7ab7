//! Dates and times that are wrong.

use jiff::Span;
use jiff::civil::Date;
use shared_kernel_domain::table::{ColumnType, TimeUnit};

use super::sample::{Cells, SampleColumn};
use super::{ColumnFacts, Corruption, Damage, Fits};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A server that moved to another time zone.
pub(super) const ZONE_SHIFT: Corruption = Corruption {
    name: "zone_shift",
    what: "the last fifth of the points in time is five hours late",
    needs: "a column of points in time",
    remedy: "`expression` that holds the time against another one, such as the hour in a column of its own; \
             `freshness`, where they come to lie in the future",
    fits: Fits::Column(|column, facts| {
        facts.values > 0 && column.column_type == ColumnType::Timestamp
    }),
    apply: |scene, _| {
        let (place, column) = scene.column()?;
        let run = scene.last(0.2);
        let detail = format!("5 hours later from row {} on", run.start);
        let rows: Vec<usize> = scene.valued(run).collect();
        let cells = shifted(&column.cells, &rows, |_| Some(5 * 3_600))?;
        Damage::of(scene.sample.with(place, cells)?, rows.len(), detail)
    },
};

/// 03/04 read as the third of April.
pub(super) const DAY_MONTH_SWAP: Corruption = Corruption {
    name: "day_month_swap",
    what: "day and month are exchanged in the last fifth, where both can be either",
    needs: "a column of dates or points in time with days up to 12",
    remedy: "`expression` that holds the date against another one, or `between` with the dates that a \
             delivery can have",
    fits: Fits::Column(is_temporal),
    apply: |scene, _| {
        let (place, column) = scene.column()?;
        let run = scene.last(0.2);
        let detail = format!("from row {} on", run.start);
        let swaps = |&row: &usize| day_of(&column.cells, row).and_then(swapped_days).is_some();
        let rows: Vec<usize> = run.filter(swaps).collect();
        let cells = shifted(&column.cells, &rows, |row| {
            Some(swapped_days(day_of(&column.cells, row)?)? * DAY)
        })?;
        Damage::of(scene.sample.with(place, cells)?, rows.len(), detail)
    },
};

/// Last week's file, delivered again.
pub(super) const STALE_BATCH: Corruption = Corruption {
    name: "stale_batch",
    what: "all dates and points in time are a week older",
    needs: "a column of dates or points in time",
    remedy: "`slaProperties` with `freshness`; a monitor of freshness, where versions come regularly",
    fits: Fits::Table(|sample, facts| {
        sample.columns.iter().zip(facts).any(|(column, facts)| is_temporal(column, facts))
    }),
    apply: |scene, _| {
        let mut stale = scene.sample.clone();
        let mut names = Vec::new();
        for (place, column) in scene.sample.columns.iter().enumerate() {
            if is_temporal(column, scene.facts_of(place)?) {
                let rows: Vec<usize> = (0..scene.sample.rows()).collect();
                stale = stale.with(place, shifted(&column.cells, &rows, |_| Some(-7 * DAY))?)?;
                names.push(column.name.as_str());
            }
        }
        Damage::of(stale, scene.sample.rows(), names.join(", "))
    },
};

/// A year typed wrongly, a clock that is off.
pub(super) const FUTURE_DATES: Corruption = Corruption {
    name: "future_dates",
    what: "1 % of the dates or points in time lie one month to three years ahead of today",
    needs: "a column of dates or points in time",
    remedy: "`between` with a `maximum`, or `expression` that holds the date against another one",
    fits: Fits::Column(is_temporal),
    apply: |scene, random| {
        let (place, column) = scene.column()?;
        let rows = scene.scattered(0.01, 1, random, |row| day_of(&column.cells, row).is_some());
        let today = scene.now.as_second().div_euclid(DAY);
        let cells = shifted(&column.cells, &rows, |row| {
            let ahead = 30 + random.below(1_000) as i64;
            Some((today + ahead).saturating_sub(day_of(&column.cells, row)?).saturating_mul(DAY))
        })?;
        Damage::of(scene.sample.with(place, cells)?, rows.len(), "ahead of today".to_owned())
    },
};

fn is_temporal(column: &SampleColumn, facts: &ColumnFacts) -> bool {
    facts.values > 0 && column.column_type.is_temporal()
}

/// The day of a row's date or point in time, since 1970.
fn day_of(cells: &Cells, row: usize) -> Option<i64> {
    match cells {
        Cells::Date(values) => values.get(row).copied().flatten().map(i64::from),
        Cells::Timestamp { values, unit } => {
            let value = values.get(row).copied().flatten()?;
            Some(value.div_euclid(unit.per_second().saturating_mul(DAY)))
        }
        _ => None,
    }
}

/// How many days later a date is with its day and month exchanged; `None` where it has no such twin.
fn swapped_days(day: i64) -> Option<i64> {
    let epoch = Date::new(1970, 1, 1).ok()?;
    let date = epoch.checked_add(Span::new().try_days(day).ok()?).ok()?;
    if date.day() > 12 || date.day() == date.month() {
        return None;
    }
    let swapped = Date::new(date.year(), date.day(), date.month()).ok()?;
    Some(i64::from(date.until(swapped).ok()?.get_days()))
}

/// Dates and times moved by whole seconds, dates by the days in them; what leaves the calendar stays.
fn shifted(
    cells: &Cells,
    rows: &[usize],
    mut seconds: impl FnMut(usize) -> Option<i64>,
) -> Option<Cells> {
    let mut moved = cells.clone();
    for &row in rows {
        match &mut moved {
            Cells::Date(values) => {
                let Some(day) = values.get(row).copied().flatten() else { continue };
                let days = i32::try_from(seconds(row)? / DAY).unwrap_or_default();
                *values.get_mut(row)? = Some(day.checked_add(days).unwrap_or(day));
            }
            Cells::Timestamp { values, unit } => {
                let Some(value) = values.get(row).copied().flatten() else { continue };
                *values.get_mut(row)? = Some(later(value, seconds(row)?, *unit));
            }
            _ => return None,
        }
    }
    Some(moved)
}

fn later(value: i64, seconds: i64, unit: TimeUnit) -> i64 {
    let by = seconds.checked_mul(unit.per_second());
    by.and_then(|by| value.checked_add(by)).unwrap_or(value)
}
