//! How the values of a column follow one another, row by row.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared_kernel_domain::summary::{Summary, ValueKind};
use shared_kernel_domain::table::{Batch, Bits, Column, Values};
use shared_kernel_domain::{Error, Result};

use crate::state::{damaged, decode, encode};

/// Steps are told apart while there are at most so many different ones…
const MOST_STEPS: usize = 4_096;

/// …and the values go mostly one way: at most so many steps against it.
const MOST_AGAINST: u64 = 64;

/// Of a step it is remembered where it was taken, at most so many times.
const MOST_PLACES: usize = 8;

/// Days that stand for "no date" in many systems, since 1970-01-01: 0001-01-01, 1753-01-01,
/// 1899-12-30, 1899-12-31, 1900-01-01, 1970-01-01, 9999-12-31.
pub(super) const DEFAULT_DAYS: [i64; 7] =
    [-719_162, -79_258, -25_569, -25_568, -25_567, 0, 2_932_896];

const SECONDS_PER_DAY: i64 = 86_400;

/// A zone may be so far ahead of UTC; what is later is in the future everywhere.
const FURTHEST_AHEAD: i64 = 14 * 3_600;

/// The order of a column of whole numbers, dates or points in time, and the steps between
/// neighbouring values; nulls are passed over. Exact, and the same in any grouping of the rows: the
/// different steps are dropped when there are more than 4,096, or when the values go up and down
/// more than 64 times each, and both can only grow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepSummary {
    /// Seconds since 1970-01-01T00:00:00 after which a time is in the future.
    as_of: Option<i64>,
    pub(super) kind: Option<ValueKind>,
    pub(super) values: u64,
    pub(super) nulls: u64,
    pub(super) ends: Option<Ends>,
    pub(super) rises: u64,
    pub(super) falls: u64,
    pub(super) repeats: u64,
    /// The largest step in either direction, the first of equal ones.
    pub(super) largest: Option<Step>,
    /// The different steps; `None` once dropped.
    pub(super) steps: Option<BTreeMap<i64, StepCount>>,
    future: u64,
    pub(super) defaults: [u64; DEFAULT_DAYS.len()],
}

/// The first, last, smallest and largest value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ends {
    pub(super) first: i64,
    pub(super) last: i64,
    /// The row of the last value.
    last_row: u64,
    pub(super) smallest: i64,
    pub(super) largest: i64,
}

/// A step from one value to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) size: i64,
    pub(super) place: StepPlace,
}

/// Where a step was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StepPlace {
    /// The value before it.
    pub(super) before: i64,
    /// The row of that value.
    pub(super) row: u64,
}

/// How often a step was taken, and where the first times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StepCount {
    pub(super) count: u64,
    pub(super) places: Vec<StepPlace>,
}

impl StepSummary {
    /// Nothing taken in yet; `as_of` in seconds since 1970-01-01T00:00:00 UTC says which times lie
    /// in the future.
    pub fn new(as_of: Option<i64>) -> Self {
        Self {
            as_of,
            kind: None,
            values: 0,
            nulls: 0,
            ends: None,
            rises: 0,
            falls: 0,
            repeats: 0,
            largest: None,
            steps: Some(BTreeMap::new()),
            future: 0,
            defaults: [0; DEFAULT_DAYS.len()],
        }
    }

    /// Times in the future, if it was said what now is.
    pub(super) fn future(&self) -> Option<u64> {
        self.as_of.map(|_| self.future)
    }

    fn take(&mut self, batch: &Batch<'_>) -> Result<()> {
        let [column] = batch.columns else {
            return Err(Error::internal("steps are those of one column"));
        };
        self.nulls += column.null_count as u64;
        if column.null_count == column.len {
            return Ok(());
        }
        self.adopt(ValueKind::of(&column.values))?;
        let validity = column.validity.filter(|_| column.null_count > 0);
        match column.values {
            Values::Integer(values) => self.take_values(batch.rows, values, validity),
            Values::Timestamp { values, unit } => {
                self.take_values(batch.rows, values, validity);
                self.look_at_times(column, values, unit.per_second());
            }
            Values::Date(days) => {
                let values: Vec<i64> = days.iter().map(|&day| i64::from(day)).collect();
                self.take_values(batch.rows, &values, validity);
                self.look_at_times(column, &values, 0);
            }
            _ => return Err(Error::internal("steps have no meaning for this type of column")),
        }
        Ok(())
    }

    fn adopt(&mut self, kind: Option<ValueKind>) -> Result<()> {
        if let (Some(seen), Some(later)) = (self.kind, kind)
            && seen != later
        {
            return Err(Error::internal(format!(
                "a column changed from {} to {} within a scan",
                seen.name(),
                later.name()
            )));
        }
        self.kind = self.kind.or(kind);
        Ok(())
    }

    fn take_values(&mut self, rows: &[i64], values: &[i64], validity: Option<Bits<'_>>) {
        // Equal steps come in runs; a run is counted before it is looked up.
        let mut run = Run::default();
        for (place, (&row, &value)) in rows.iter().zip(values).enumerate() {
            if validity.is_some_and(|validity| !validity.get(place)) {
                continue;
            }
            self.values += 1;
            let row = row as u64;
            let Some(ends) = &mut self.ends else {
                self.ends = Some(Ends {
                    first: value,
                    last: value,
                    last_row: row,
                    smallest: value,
                    largest: value,
                });
                continue;
            };
            let step = Step {
                size: value.saturating_sub(ends.last),
                place: StepPlace { before: ends.last, row: ends.last_row },
            };
            ends.last = value;
            ends.last_row = row;
            ends.smallest = ends.smallest.min(value);
            ends.largest = ends.largest.max(value);
            self.count_step(step, 1);
            if self.steps.is_some() && !run.takes(step) {
                self.record(std::mem::replace(&mut run, Run::of(step)));
            }
        }
        self.record(run);
    }

    fn count_step(&mut self, step: Step, count: u64) {
        match step.size.cmp(&0) {
            std::cmp::Ordering::Greater => self.rises += count,
            std::cmp::Ordering::Less => self.falls += count,
            std::cmp::Ordering::Equal => self.repeats += count,
        }
        let size = step.size.unsigned_abs();
        if self.largest.is_none_or(|largest| size > largest.size.unsigned_abs()) {
            self.largest = Some(step);
        }
    }

    fn record(&mut self, run: Run) {
        if self.rises.min(self.falls) > MOST_AGAINST {
            self.steps = None;
        }
        let Some(steps) = &mut self.steps else { return };
        if run.count == 0 {
            return;
        }
        steps.entry(run.size).or_default().add(run.count, &run.places);
        if steps.len() > MOST_STEPS {
            self.steps = None;
        }
    }

    /// Counts times in the future and days that stand for "no date"; `per_second` is 0 for dates.
    fn look_at_times(&mut self, column: &Column<'_>, values: &[i64], per_second: i64) {
        let (per_day, latest) = match (per_second, self.as_of) {
            (0, as_of) => (
                1,
                as_of.map(|as_of| as_of.saturating_add(FURTHEST_AHEAD).div_euclid(SECONDS_PER_DAY)),
            ),
            (unit, as_of) => (
                unit.saturating_mul(SECONDS_PER_DAY),
                as_of.map(|as_of| as_of.saturating_add(FURTHEST_AHEAD).saturating_mul(unit)),
            ),
        };
        // A day that does not fit the unit is as good as never met.
        let defaults = DEFAULT_DAYS.map(|day| day.checked_mul(per_day).unwrap_or(i64::MIN));
        for (place, &value) in values.iter().enumerate() {
            let is_future = latest.is_some_and(|latest| value > latest);
            let default = defaults.iter().position(|&default| default == value);
            if (is_future || default.is_some()) && column.is_valid(place) {
                self.future += u64::from(is_future);
                if let Some(default) = default {
                    self.defaults[default] += 1;
                }
            }
        }
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        if !later.is_sound() {
            return Err(damaged("the steps of a column"));
        }
        self.adopt(later.kind)?;
        let joint = self.ends.zip(later.ends).map(|(ends, later)| Step {
            size: later.first.saturating_sub(ends.last),
            place: StepPlace { before: ends.last, row: ends.last_row },
        });
        if let Some(step) = joint {
            self.count_step(step, 1);
            self.record(Run::of(step));
        }
        self.values = self.values.saturating_add(later.values);
        self.nulls = self.nulls.saturating_add(later.nulls);
        self.rises = self.rises.saturating_add(later.rises);
        self.falls = self.falls.saturating_add(later.falls);
        self.repeats = self.repeats.saturating_add(later.repeats);
        self.future = self.future.saturating_add(later.future);
        for (count, later) in self.defaults.iter_mut().zip(later.defaults) {
            *count = count.saturating_add(later);
        }
        if let Some(step) = later.largest {
            self.count_step(step, 0);
        }
        self.ends = match (self.ends, later.ends) {
            (Some(ends), Some(later)) => Some(Ends {
                first: ends.first,
                last: later.last,
                last_row: later.last_row,
                smallest: ends.smallest.min(later.smallest),
                largest: ends.largest.max(later.largest),
            }),
            (ends, later) => ends.or(later),
        };
        match later.steps {
            None => self.steps = None,
            Some(steps) => {
                for (size, StepCount { count, places }) in steps {
                    self.record(Run { size, count, places });
                }
            }
        }
        self.record(Run::default());
        Ok(())
    }

    /// Whether the parts can be those of one column.
    fn is_sound(&self) -> bool {
        let steps =
            self.rises.checked_add(self.falls).and_then(|sum| sum.checked_add(self.repeats));
        let listed = self.steps.as_ref().map(|steps| {
            let counts = steps.values().try_fold(0_u64, |sum, step| sum.checked_add(step.count));
            (counts, steps.len() <= MOST_STEPS)
        });
        let unit = match self.kind {
            Some(ValueKind::Timestamp { per_second }) => per_second > 0,
            None | Some(ValueKind::Integer | ValueKind::Date) => true,
            Some(_) => false,
        };
        unit && self.ends.is_some() == (self.values > 0)
            && self.kind.is_some() == (self.values > 0)
            && steps == Some(self.values.saturating_sub(1))
            && listed.is_none_or(|(counts, few)| few && counts == steps)
            && self.largest.is_some() == (self.values > 1)
    }
}

impl Summary for StepSummary {
    fn key(&self) -> String {
        format!("steps({:?})", self.as_of)
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self::new(self.as_of))
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        self.take(batch)
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        self.merge(decode(later)?)
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(self)
    }

    fn memory_bytes(&self) -> usize {
        let steps = self.steps.as_ref().map_or(0, BTreeMap::len);
        size_of::<Self>() + steps * (size_of::<(i64, StepCount)>() + size_of::<StepPlace>())
    }
}

impl StepCount {
    fn add(&mut self, count: u64, places: &[StepPlace]) {
        self.count = self.count.saturating_add(count);
        let room = MOST_PLACES.saturating_sub(self.places.len());
        self.places.extend(places.iter().take(room));
    }
}

/// Equal steps one after the other.
#[derive(Debug, Default)]
struct Run {
    size: i64,
    count: u64,
    places: Vec<StepPlace>,
}

impl Run {
    fn of(step: Step) -> Self {
        Self { size: step.size, count: 1, places: vec![step.place] }
    }

    /// Takes in a step if it is of the same size.
    fn takes(&mut self, step: Step) -> bool {
        if self.count == 0 || self.size != step.size {
            return false;
        }
        self.count += 1;
        if self.places.len() < MOST_PLACES {
            self.places.push(step.place);
        }
        true
    }
}
