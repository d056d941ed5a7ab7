//! What monitors would know of a table that was always like this.

use jiff::{Span, Timestamp};

use crate::monitor::VersionMetrics;

/// Versions of two weeks.
pub const ASSUMED_VERSIONS: u32 = 14;

/// Daily versions before one, each like it: as many rows, the same figures, and as fresh when it came.
/// What monitors say of a corrupted table after them is the most that they can say.
pub fn usual_versions(version: &VersionMetrics) -> Vec<VersionMetrics> {
    let mut earlier = Vec::with_capacity(ASSUMED_VERSIONS as usize);
    for days in (1..=ASSUMED_VERSIONS).rev() {
        let before = |at: Timestamp| {
            let span = Span::new().hours(24 * i64::from(days));
            at.checked_sub(span).unwrap_or(at)
        };
        let mut like = version.clone();
        like.version = version.version.saturating_sub(days);
        like.arrived_at = before(version.arrived_at);
        for column in &mut like.columns {
            column.newest = column.newest.map(before);
        }
        earlier.push(like);
    }
    earlier
}

/// When a table came, if it came as soon as its newest value was there: then its age tells something,
/// however old it is. `now` when it has no dates, or some that are ahead.
pub fn arrival(version: &VersionMetrics, now: Timestamp) -> Timestamp {
    let newest = version.columns.iter().filter_map(|column| column.newest).max();
    let hour = Span::new().hours(1);
    newest.and_then(|newest| newest.checked_add(hour).ok()).map_or(now, |at| at.min(now))
}
