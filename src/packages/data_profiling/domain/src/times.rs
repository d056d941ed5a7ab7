use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::summary::{ColumnProfileSummary, ValueKind};

use crate::figure::{Figure, NO_VALUES, share};

/// How dates and times lie in the week, the year and the day; points in time in UTC where the
/// column has a zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimeProfile {
    /// From the first to the last, as people read it: `364 days 23:59:59`.
    pub range: Figure<String>,
    /// The same in seconds.
    pub range_seconds: Figure<f64>,
    /// Values by day of the week, from Monday; of dates and points in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<u64>,
    /// Values by month, from January; of dates and points in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub months: Vec<u64>,
    /// Values by hour; of times and points in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<u64>,
    /// The share of values at midnight sharp; of times and points in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub midnight_share: Option<Figure<f64>>,
}

impl TimeProfile {
    /// Of dates and times.
    pub(crate) fn new(summary: &ColumnProfileSummary) -> Self {
        let calendar = summary.calendar();
        let moments = summary.moments();
        let seconds = moments.min().zip(moments.max()).and_then(|(first, last)| {
            let unit = seconds_of_unit(summary.kind()?)?;
            Some((last - first) * unit)
        });
        let listed = |counts: Option<&[u64]>| counts.map_or_else(Vec::new, <[u64]>::to_vec);
        Self {
            range: Figure::or_missing(
                seconds.map(|seconds| Measured::exact(readable(seconds))),
                NO_VALUES,
            ),
            range_seconds: Figure::or_missing(seconds.map(Measured::exact), NO_VALUES),
            weekdays: listed(calendar.weekdays().as_ref().map(<[u64; 7]>::as_slice)),
            months: listed(calendar.months().as_ref().map(<[u64; 12]>::as_slice)),
            hours: listed(calendar.hours().as_ref().map(<[u64; 24]>::as_slice)),
            midnight_share: calendar
                .midnights()
                .map(|midnights| share(midnights, calendar.count(), NO_VALUES)),
        }
    }
}

fn seconds_of_unit(kind: ValueKind) -> Option<f64> {
    match kind {
        ValueKind::Date => Some(86_400.0),
        ValueKind::Time { per_second } | ValueKind::Timestamp { per_second } => {
            Some(1.0 / per_second as f64)
        }
        _ => None,
    }
}

/// A length of time in days and hours, minutes and seconds.
fn readable(seconds: f64) -> String {
    let whole = seconds.floor() as u64;
    let (days, within) = (whole / 86_400, whole % 86_400);
    let clock = format!("{:02}:{:02}:{:02}", within / 3_600, within / 60 % 60, within % 60);
    match (days, within) {
        (0, _) => clock,
        (1, 0) => "1 day".to_owned(),
        (days, 0) => format!("{days} days"),
        (1, _) => format!("1 day {clock}"),
        (days, _) => format!("{days} days {clock}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_easily() {
        assert_eq!(readable(86_400.0 * 364.0 + 86_399.5), "364 days 23:59:59");
        assert_eq!(readable(86_400.0), "1 day");
        assert_eq!(readable(3_661.0), "01:01:01");
        assert_eq!(readable(0.0), "00:00:00");
    }
}
