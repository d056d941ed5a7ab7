//! Columns of dates and points in time: their order, their cadence and what breaks it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::{Exactness, Measured};
use shared_kernel_domain::table::Cell;

use super::ColumnFacts;
use super::calendar::{TimeScale, day_text};
use super::daylight_saving::{DaylightSaving, daylight_saving};
use super::order::ValueOrder;
use super::sampled_table::{SampledColumn, SampledTable};
use super::steps::{DEFAULT_DAYS, StepCount, StepPlace, StepSummary};
use crate::figure::Figure;

/// A cadence is the step that is taken at least so often, in percent.
const CADENCE_PERCENT: u64 = 50;

/// A step three halves as long as the cadence, or longer, leaves a gap.
const GAP_RATIO: (i128, i128) = (3, 2);

/// A column of dates or points in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimeColumn {
    /// The column.
    pub column: String,
    /// Rows with a time.
    pub values: u64,
    /// The order of the times.
    pub order: ValueOrder,
    /// The earliest time.
    pub earliest: Cell,
    /// The latest time.
    pub latest: Cell,
    /// Times beyond the first of equal ones. When approximate, the error bounds the number.
    pub repeated: Measured<u64>,
    /// The usual step from one time to the next different one: by row where the times are in order,
    /// else among the sorted times of the sample.
    pub cadence: Figure<Cadence>,
    /// Steps more than half as long again as the cadence.
    pub gaps: Figure<u64>,
    /// The longest step from one time to the next; by row where the times are in order, else among
    /// the sorted times of the sample.
    pub longest_step: Figure<TimeStep>,
    /// Signs of local times in a zone with daylight saving time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daylight_saving: Option<DaylightSaving>,
    /// Times that lie in the future wherever one is, when it was said what now is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub future: Option<u64>,
    /// Midnights of days that stand for "no date" in many systems.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_dates: Vec<DefaultDate>,
}

/// The usual step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cadence {
    /// The step as people say it.
    pub step: String,
    /// Its most frequent length in seconds.
    pub seconds: f64,
    /// The share of the steps that are it.
    pub share: f64,
}

/// A step from one time to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimeStep {
    /// How long it is, as people say it.
    pub length: String,
    /// How long it is in seconds.
    pub seconds: f64,
    /// The earlier time.
    pub from: Cell,
    /// The later time.
    pub to: Cell,
    /// The row, from 0, whose value the step starts from, when it was found by row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
}

/// A day that stands for "no date" in many systems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DefaultDate {
    /// The day.
    pub date: String,
    /// How often.
    pub count: u64,
    /// Whether it is the earliest or the latest day of the column.
    pub is_extreme: bool,
}

/// What is known of a column of dates or points in time; `None` if it has no value.
pub(super) fn time_column(
    facts: &ColumnFacts,
    steps: &StepSummary,
    sampled: &SampledColumn,
    table: &SampledTable,
) -> Option<TimeColumn> {
    let scale = TimeScale::of(steps.kind?)?;
    let ends = steps.ends?;
    let order = ValueOrder::of(steps);
    let lengths = Lengths::of(steps, order, sampled, table);
    let cadence =
        lengths.as_ref().map_err(|&reason| reason).and_then(|lengths| lengths.cadence(scale));
    let gaps = match (&lengths, &cadence) {
        (Ok(lengths), Ok((_, usual))) => Figure::Known(lengths.measured(lengths.gaps(*usual))),
        _ => Figure::missing("there is no cadence to miss"),
    };
    let daylight_saving = match (&cadence, order.is_ascending(), &steps.steps) {
        (Ok((_, usual)), Some(true), Some(counts)) => daylight_saving(scale, usual.length, counts),
        _ => None,
    };
    let longest = longest_step(scale, steps, order, &lengths);
    Some(TimeColumn {
        column: facts.name.clone(),
        values: steps.values,
        order,
        earliest: scale.cell(ends.smallest),
        latest: scale.cell(ends.largest),
        repeated: repeated(facts, steps),
        cadence: match (lengths, cadence) {
            (Ok(lengths), Ok((cadence, _))) => Figure::Known(lengths.measured(cadence)),
            (_, Err(reason)) | (Err(reason), _) => Figure::missing(reason),
        },
        gaps,
        longest_step: longest,
        daylight_saving,
        future: steps.future(),
        default_dates: default_dates(scale, steps),
    })
}

/// Equal times stand next to each other where the times are in order; else the profile knows how
/// many are different.
fn repeated(facts: &ColumnFacts, steps: &StepSummary) -> Measured<u64> {
    if steps.rises == 0 || steps.falls == 0 {
        return Measured::exact(steps.repeats);
    }
    let repeated = steps.values.saturating_sub(facts.distinct.value);
    match facts.distinct.exactness {
        Exactness::Exact => Measured::exact(repeated),
        Exactness::Approximate { error } => {
            Measured::approximate(repeated, (error * facts.distinct.value as f64).ceil())
        }
        Exactness::Sampled { rows } => Measured::sampled(repeated, rows),
    }
}

fn default_dates(scale: TimeScale, steps: &StepSummary) -> Vec<DefaultDate> {
    let Some(ends) = steps.ends else { return Vec::new() };
    let counted = DEFAULT_DAYS.iter().zip(steps.defaults).filter(|&(_, count)| count > 0);
    counted
        .map(|(&day, count)| DefaultDate {
            date: day_text(day),
            count,
            is_extreme: day == scale.day(ends.smallest) || day == scale.day(ends.largest),
        })
        .collect()
}

fn longest_step(
    scale: TimeScale,
    steps: &StepSummary,
    order: ValueOrder,
    lengths: &Result<Lengths, &'static str>,
) -> Figure<TimeStep> {
    let described = |length: i64, before: i64, row| {
        let after = before.saturating_add(length);
        TimeStep {
            length: scale.length_text(length.saturating_abs()),
            seconds: scale.seconds(length.saturating_abs()),
            from: scale.cell(before.min(after)),
            to: scale.cell(before.max(after)),
            row,
        }
    };
    if steps.rises == 0 || steps.falls == 0 {
        return match steps.largest.filter(|step| step.size != 0) {
            Some(step) => {
                Figure::exact(described(step.size, step.place.before, Some(step.place.row)))
            }
            None => Figure::missing("there are no two different times"),
        };
    }
    let Ok(lengths) = lengths else {
        return Figure::missing("the times are not in order");
    };
    match lengths
        .steps
        .last_key_value()
        .and_then(|(length, step)| Some((length, step.places.first()?)))
    {
        Some((&length, place)) => {
            let signed = if order.is_ascending() == Some(false) { -length } else { length };
            let row = order.is_ascending().map(|_| place.row);
            Figure::Known(lengths.measured(described(signed, place.before, row)))
        }
        None => Figure::missing("there are no two different times"),
    }
}

/// The steps between different times that follow each other, by length, all longer than 0.
struct Lengths {
    steps: BTreeMap<i64, StepCount>,
    total: u64,
    exactness: Exactness,
}

/// The usual step of a column, and what it takes to see a gap.
#[derive(Clone, Copy)]
struct Usual {
    length: i64,
    /// Only Monday to Friday: a step from a Friday over the weekend, as long as this, is no gap.
    weekend: Option<i64>,
}

impl Lengths {
    fn of(
        steps: &StepSummary,
        order: ValueOrder,
        sampled: &SampledColumn,
        table: &SampledTable,
    ) -> Result<Self, &'static str> {
        let (counts, exactness) = match (order, order.is_ascending(), &steps.steps) {
            (ValueOrder::Constant, ..) => return Err("there are no two different times"),
            (_, Some(is_ascending), Some(counts)) => {
                let forward =
                    counts.iter().filter(|&(&size, _)| size != 0 && (size > 0) == is_ascending);
                let lengths = forward.map(|(&size, count)| (size.saturating_abs(), count.clone()));
                (lengths.collect(), Exactness::Exact)
            }
            (_, Some(_), None) => return Err("there are too many different steps"),
            (_, None, _) => (sorted_steps(sampled), table.measured((), table.rows).exactness),
        };
        let total = counts.values().map(|step: &StepCount| step.count).sum();
        Ok(Self { steps: counts, total, exactness })
    }

    fn measured<T>(&self, value: T) -> Measured<T> {
        Measured { value, exactness: self.exactness }
    }

    /// The most frequent step, if it is frequent enough, or a family of them: months, quarters and
    /// years of different lengths, working days.
    fn cadence(&self, scale: TimeScale) -> Result<(Cadence, Usual), &'static str> {
        let most = |a: &(&i64, &StepCount), b: &(&i64, &StepCount)| {
            a.1.count.cmp(&b.1.count).then(b.0.cmp(a.0))
        };
        let (&length, step) =
            self.steps.iter().max_by(most).ok_or("there are no two different times")?;
        let days = scale.whole_days(length);
        let count_days = |from: i64, to: i64| {
            let within = |length: i64| {
                scale.whole_days(length).is_some_and(|days| (from..=to).contains(&days))
            };
            self.steps
                .iter()
                .filter(|&(&length, _)| within(length))
                .map(|(_, step)| step.count)
                .sum()
        };
        let mut usual = Usual { length, weekend: None };
        let (text, count): (String, u64) = match days {
            Some(31) => ("1 month".to_owned(), count_days(28, 31)),
            Some(92) => ("1 quarter".to_owned(), count_days(90, 92)),
            Some(365) => ("1 year".to_owned(), count_days(365, 366)),
            Some(1) if self.rests_at_weekends(scale, length) => {
                usual.weekend = Some(3 * length);
                ("1 working day".to_owned(), count_days(1, 1) + count_days(3, 3))
            }
            _ => (scale.length_text(length), step.count),
        };
        if count * 100 < self.total * CADENCE_PERCENT {
            return Err("no step is taken more often than all others together");
        }
        let share = count as f64 / self.total as f64;
        Ok((Cadence { step: text, seconds: scale.seconds(length), share }, usual))
    }

    /// Whether every remembered step of three days starts on a Friday, and they are many.
    fn rests_at_weekends(&self, scale: TimeScale, day: i64) -> bool {
        self.steps.get(&(3 * day)).is_some_and(|step| {
            step.count * 10 >= self.total
                && step.places.iter().all(|place| scale.weekday(place.before) == 4)
        })
    }

    fn gaps(&self, usual: Usual) -> u64 {
        let is_gap = |length: i64| {
            i128::from(length) * GAP_RATIO.1 > i128::from(usual.length) * GAP_RATIO.0
                && usual.weekend != Some(length)
        };
        self.steps.iter().filter(|&(&length, _)| is_gap(length)).map(|(_, step)| step.count).sum()
    }
}

/// The steps between the different times of a sample, sorted.
fn sorted_steps(sampled: &SampledColumn) -> BTreeMap<i64, StepCount> {
    let present = sampled.words.iter().zip(&sampled.nulls).filter(|&(_, &null)| !null);
    let mut times: Vec<i64> = present.map(|(&word, _)| word as i64).collect();
    times.sort_unstable();
    times.dedup();
    let mut steps: BTreeMap<i64, StepCount> = BTreeMap::new();
    for pair in times.windows(2) {
        let &[before, after] = pair else { continue };
        let step = steps.entry(after.saturating_sub(before)).or_default();
        step.count += 1;
        if step.places.is_empty() {
            step.places.push(StepPlace { before, row: 0 });
        }
    }
    steps
}
