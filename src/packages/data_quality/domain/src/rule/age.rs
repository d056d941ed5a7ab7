//! **freshness**, **retention** (timeliness): how long ago the newest or the oldest date or point in
//! time of a column is when the table is checked; `in` is `minutes`, `hours` (as without it), `days`
//! or `years` (of 365.25 days). `mustBe…` says what it must be. Missing values are left out; for
//! freshness also values that lie in the future, which would hide that nothing came any more. A date
//! counts from its first second, and what has no time zone is taken for UTC.

use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::table::Cell;

use super::{Arguments, Figure, Made, Test};
use crate::expression::{Comparison, Expression, instant};
use crate::problem::Problem;
use crate::verdict::Dimension;

/// How long ago the newest or the oldest value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// Of which value.
    pub of: AgeOf,
    /// What it is told in.
    pub unit: AgeUnit,
}

/// The value whose age it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeOf {
    /// The newest value.
    Newest,
    /// The oldest value.
    Oldest,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeUnit {
    /// 60 seconds
    Minutes,
    /// 60 minutes
    Hours,
    /// 24 hours
    Days,
    /// 365.25 days
    Years,
}

/// The names of the units as contracts write them; the first of each is the one that we tell.
const UNITS: [(AgeUnit, &[&str]); 4] = [
    (AgeUnit::Minutes, &["minutes", "minute", "min", "m"]),
    (AgeUnit::Hours, &["hours", "hour", "hr", "h"]),
    (AgeUnit::Days, &["days", "day", "d"]),
    (AgeUnit::Years, &["years", "year", "yr", "y"]),
];

impl AgeUnit {
    /// The unit of a name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        UNITS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(unit, _)| *unit)
    }

    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
            Self::Years => "years",
        }
    }

    /// Its length.
    pub(crate) fn seconds(self) -> f64 {
        match self {
            Self::Minutes => 60.0,
            Self::Hours => 3_600.0,
            Self::Days => 86_400.0,
            Self::Years => 365.25 * 86_400.0,
        }
    }
}

impl Age {
    /// How long before `now` a value is, in the unit; `None` when it is no date or point in time.
    pub(crate) fn of_value(self, value: &Cell, now: Timestamp) -> Option<f64> {
        let Cell::Text(text) = value else { return None };
        let seconds = now.duration_since(instant(text)?).as_secs_f64();
        Some(seconds / self.unit.seconds())
    }

    /// The values that are looked at: for freshness those that are not in the future.
    pub(crate) fn condition(self, column: &str, now: Timestamp) -> Option<Expression> {
        let until = Expression::Text(now.to_string());
        (self.of == AgeOf::Newest)
            .then(|| Expression::column(column).compared(Comparison::LessOrEqual, until))
    }
}

/// The rule of a column's age.
pub(crate) fn of_age(column: String, age: Age) -> Made {
    let (kind, which) = match age.of {
        AgeOf::Newest => ("freshness", "newest"),
        AgeOf::Oldest => ("retention", "oldest"),
    };
    Made {
        kind,
        phrase: format!("the age in {} of the {which} {column}", age.unit.name()),
        columns: vec![column],
        test: Test::Figure(Figure::Age(age)),
        dimension: Dimension::Timeliness,
    }
}

pub(super) fn freshness(arguments: &Arguments<'_>) -> Option<Made> {
    read(arguments, AgeOf::Newest)
}

pub(super) fn retention(arguments: &Arguments<'_>) -> Option<Made> {
    read(arguments, AgeOf::Oldest)
}

fn read(arguments: &Arguments<'_>, of: AgeOf) -> Option<Made> {
    let column = arguments.column()?;
    let record = arguments.record;
    let unit = match record.text("in") {
        None => AgeUnit::Hours,
        Some(name) => {
            let unit = AgeUnit::of_name(name);
            if unit.is_none() {
                let what = format!("there is no unit of time {name}");
                let problem = Problem::error(record.place_of("in"), what);
                record.problems().add(problem.hint("write minutes, hours, days or years"));
            }
            unit?
        }
    };
    Some(of_age(column, Age { of, unit }))
}
