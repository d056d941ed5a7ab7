//! Local times that jump with the clocks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calendar::{TimeScale, day_text};
use super::steps::StepCount;

/// Clocks are changed between midnight and this hour.
const LATEST_HOUR: i64 = 4;

/// The weekday of nearly all changes, from Monday, 0.
const SUNDAY: i64 = 6;

/// The months in which clocks are put forward or back, in either hemisphere.
const MONTHS: [u32; 5] = [3, 4, 9, 10, 11];

/// Days on which hourly (or finer) times skip or repeat an hour, as local times of a zone with
/// daylight saving time do. In UTC there are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DaylightSaving {
    /// Days of 23 hours.
    pub short_days: Vec<String>,
    /// Days of 25 hours.
    pub long_days: Vec<String>,
}

/// Signs of daylight saving time: steps that are an hour too long or too short, all of them in the
/// small hours of a Sunday in spring or autumn. Where such steps come at other times too, or more
/// often than their places are remembered, they have another cause.
pub(super) fn daylight_saving(
    scale: TimeScale,
    cadence: i64,
    steps: &BTreeMap<i64, StepCount>,
) -> Option<DaylightSaving> {
    let hour = scale.per_hour()?;
    if cadence <= 0 || hour % cadence != 0 {
        return None;
    }
    let days = |size: i64| {
        let step = steps.get(&size)?;
        let mut days = Vec::with_capacity(step.places.len());
        for place in &step.places {
            let next = place.before.checked_add(cadence)?;
            // Put forward, the skipped hour follows the step's start; put back, the step ends an hour
            // before that.
            let changed = if size > 0 { next } else { place.before };
            let is_change = scale.of_day(changed) < LATEST_HOUR * hour
                && scale.weekday(changed) == SUNDAY
                && scale.month(changed).is_some_and(|month| MONTHS.contains(&month));
            if !is_change {
                return None;
            }
            days.push(day_text(scale.day(changed)));
        }
        (step.places.len() as u64 == step.count).then_some(days)
    };
    let short_days = days(cadence.checked_add(hour)?).unwrap_or_default();
    let long_days = days(cadence - hour).unwrap_or_default();
    let any = !short_days.is_empty() || !long_days.is_empty();
    any.then_some(DaylightSaving { short_days, long_days })
}
