//! **date_domain** (conformity, date and timestamp columns): dates that can hardly be meant.
//!
//! Counts dates before 1900-01-01; dates more than a year ahead of the day of the check; the
//! placeholders 0001-01-01 and 9999-12-31; and 1970-01-01T00:00:00 where no other date of the
//! column lies within a year of it, for then it is a zero read as a time. Any is a warning. It is
//! an error when more than 1 % are placeholders, zeros, before 1583 (the Gregorian calendar) or
//! more than 100 years ahead.

use shared_kernel_domain::table::Cell;

use super::{number, percent};
use crate::policy::CheckPolicy;
use crate::result::{CheckResult, Evidence, Subject, Unit};
use crate::summary::{DateClass, DateDomain};
use crate::verdict::{Dimension, Severity};

/// The check's name.
pub const NAME: &str = "date_domain";

const GRAVE: [DateClass; 3] = [DateClass::Impossible, DateClass::Placeholder, DateClass::Epoch];
const UNUSUAL: [DateClass; 2] = [DateClass::Before1900, DateClass::Future];

/// What a class of dates is called.
fn name(class: DateClass) -> &'static str {
    match class {
        DateClass::Impossible => "before 1583 or more than 100 years ahead",
        DateClass::Placeholder => "placeholder (0001-01-01 or 9999-12-31)",
        DateClass::Epoch => "zero read as 1970-01-01",
        DateClass::Before1900 => "before 1900",
        DateClass::Future => "more than a year ahead",
    }
}

/// Judges a column of dates or points in time.
pub(crate) fn judge(column: &str, dates: &DateDomain, policy: &CheckPolicy) -> CheckResult {
    let subject = Subject {
        check: NAME,
        columns: &[column],
        dimension: Dimension::Conformity,
        severity: Severity::Warning,
        unit: Unit::Values,
        threshold: policy.date_domain,
    };
    let counts =
        |classes: &[DateClass]| classes.iter().map(|&class| dates.count(class)).sum::<u64>();
    let grave = counts(&GRAVE);
    let odd = grave + counts(&UNUSUAL);
    let classes: Vec<DateClass> =
        GRAVE.into_iter().chain(UNUSUAL).filter(|&class| dates.count(class) > 0).collect();
    let sentence = if odd == 0 {
        format!("all dates of {column} lie in the usual domain")
    } else {
        let parts: Vec<String> = classes
            .iter()
            .map(|&class| format!("{} {}", number(dates.count(class)), name(class)))
            .collect();
        format!(
            "{} of {} dates of {column} ({}) can hardly be meant: {}",
            number(odd),
            number(dates.values),
            percent(odd, dates.values),
            parts.join(", ")
        )
    };
    subject.judge_with(
        dates.values,
        odd,
        grave,
        evidence(dates, &classes, policy.examples),
        sentence,
    )
}

/// The first rows of each class in turn, so that every class is shown.
fn evidence(dates: &DateDomain, classes: &[DateClass], limit: usize) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for place in 0..limit {
        for &class in classes {
            if let Some((row, date)) = dates.first(class).get(place) {
                evidence.push(Evidence::at(*row, Cell::Text(date.clone())).noting(name(class)));
            }
        }
    }
    evidence.truncate(limit);
    evidence
}
