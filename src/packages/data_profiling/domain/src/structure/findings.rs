//! What a careful reader would point out about a table's structure.

use std::collections::HashMap;

use serde_json::{Value, json};
use shared_kernel_domain::measured::Exactness;

use super::TableStructure;
use super::near_duplicates::Repetition;
use super::time_columns::TimeColumn;
use crate::findings::{Finding, FindingKind, finding_of};

/// An association from here on is pointed out.
const STRONG: f64 = 0.8;

/// Fewer rows are no evidence of an association.
const FEWEST_ROWS: u64 = 30;

/// Of one kind, at most so many are listed.
const LISTED_OF_A_KIND: usize = 20;

/// The findings, by kind and place, and how many more there are than are listed.
pub(crate) fn findings(structure: &TableStructure) -> (Vec<Finding>, u64) {
    let mut findings = Vec::new();
    keys(structure, &mut findings);
    dependencies(structure, &mut findings);
    near_duplicates(structure, &mut findings);
    associations(structure, &mut findings);
    missing(structure, &mut findings);
    structure.times.iter().for_each(|time| times(time, &mut findings));
    sequences(structure, &mut findings);
    let mut of_kind: HashMap<FindingKind, usize> = HashMap::new();
    let all = findings.len();
    findings.retain(|finding| {
        let count = of_kind.entry(finding.kind).or_default();
        *count += 1;
        *count <= LISTED_OF_A_KIND
    });
    let unlisted = all - findings.len();
    (findings, unlisted as u64)
}

fn finding<const N: usize>(
    kind: FindingKind,
    columns: &[String],
    sentence: String,
    evidence: [(&str, Value); N],
) -> Finding {
    let of_kind = [("threshold", json!(threshold(kind)))];
    let evidence = evidence.into_iter().chain(of_kind);
    match columns {
        [column] => finding_of(column, kind, sentence, evidence),
        several => {
            Finding { columns: several.to_vec(), ..finding_of("", kind, sentence, evidence) }
        }
    }
}

/// What the figures of a kind are held against: the least association, the largest share of
/// exceptions, the least share of equal steps, the length of a gap in usual steps; else a count.
fn threshold(kind: FindingKind) -> f64 {
    match kind {
        FindingKind::Associated => STRONG,
        FindingKind::NearKey | FindingKind::NearDependency => 0.01,
        FindingKind::SequenceGaps | FindingKind::Sequence => 0.9,
        FindingKind::Cadence => 0.5,
        FindingKind::TimeGaps => 1.5,
        _ => 0.0,
    }
}

fn list(columns: &[String]) -> String {
    match columns {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// "1 row", "2 rows".
fn counted(count: u64, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// Where a figure is from, for the end of a sentence.
fn basis(exactness: Exactness) -> String {
    match exactness {
        Exactness::Exact => String::new(),
        Exactness::Approximate { .. } => " (an estimate)".to_owned(),
        Exactness::Sampled { rows } => format!(" (in a sample of {})", counted(rows, "row")),
    }
}

fn keys(structure: &TableStructure, findings: &mut Vec<Finding>) {
    for key in &structure.keys.keys {
        let identify = if key.columns.len() == 1 { "identifies" } else { "together identify" };
        let sentence = format!(
            "{} {identify} a row: no two rows agree{}",
            list(&key.columns),
            basis(key.duplicate_rows.exactness)
        );
        let evidence = [("duplicate_rows", json!(key.duplicate_rows))];
        findings.push(finding(FindingKind::Key, &key.columns, sentence, evidence));
    }
    for key in &structure.keys.near_keys {
        let repeated = counted(key.duplicate_rows.value, "row");
        let sentence = format!(
            "{} would identify a row, but {repeated} of {} repeat an earlier one",
            list(&key.columns),
            structure.rows
        );
        let evidence =
            [("duplicate_rows", json!(key.duplicate_rows)), ("rows", json!(structure.rows))];
        findings.push(finding(FindingKind::NearKey, &key.columns, sentence, evidence));
    }
}

fn dependencies(structure: &TableStructure, findings: &mut Vec<Finding>) {
    for dependency in &structure.dependencies.dependencies {
        let determine = if dependency.determinants.len() == 1 { "determines" } else { "determine" };
        let whole =
            format!("{} {determine} {}", list(&dependency.determinants), dependency.dependent);
        let basis = basis(dependency.error.exactness);
        // Two columns that nearly determine a third mostly do so by chance.
        if dependency.exceptions > 0 && dependency.determinants.len() > 1 {
            continue;
        }
        let (kind, sentence) = if dependency.exceptions == 0 {
            (FindingKind::Dependency, format!("{whole}{basis}"))
        } else {
            let exceptions = counted(dependency.exceptions, "row");
            let sentence = format!(
                "{whole} but for {exceptions} of {} that can show it{basis}",
                dependency.evidence
            );
            (FindingKind::NearDependency, sentence)
        };
        let mut columns = dependency.determinants.clone();
        columns.push(dependency.dependent.clone());
        let evidence = [
            ("error", json!(dependency.error)),
            ("exceptions", json!(dependency.exceptions)),
            ("evidence", json!(dependency.evidence)),
            ("highest_error", json!(dependency.highest_error)),
        ];
        findings.push(finding(kind, &columns, sentence, evidence));
    }
}

fn near_duplicates(structure: &TableStructure, findings: &mut Vec<Finding>) {
    for pair in &structure.near_duplicates.pairs {
        let (left, right, basis) = (&pair.left, &pair.right, basis(pair.share.exactness));
        let (kind, sentence) = match pair.repetition {
            Repetition::Equal => {
                let share = pair.share.value * 100.0;
                let sentence =
                    format!("{left} and {right} are equal in {share:.1} % of the rows{basis}");
                (FindingKind::DuplicateColumns, sentence)
            }
            Repetition::OneToOne => {
                let sentence = format!(
                    "{left} and {right} say the same: each value of one stands beside one value of \
                     the other{basis}"
                );
                (FindingKind::EquivalentColumns, sentence)
            }
        };
        let columns = [left.clone(), right.clone()];
        findings.push(finding(kind, &columns, sentence, [("share", json!(pair.share))]));
    }
}

/// Strong associations, except of columns that repeat each other.
fn associations(structure: &TableStructure, findings: &mut Vec<Finding>) {
    for pair in &structure.associations.strongest {
        let is_repeated = structure
            .near_duplicates
            .pairs
            .iter()
            .any(|repeated| repeated.left == pair.left && repeated.right == pair.right);
        let Some(strongest) = pair.strongest() else { continue };
        let value = strongest.value.value;
        if is_repeated || value.abs() < STRONG || strongest.rows < FEWEST_ROWS {
            continue;
        }
        let sentence = format!(
            "{} and {} are strongly associated ({} {value:.2}){}",
            pair.left,
            pair.right,
            strongest.measure.name(),
            basis(strongest.value.exactness)
        );
        let columns = [pair.left.clone(), pair.right.clone()];
        let evidence = [("figures", json!(pair.figures))];
        findings.push(finding(FindingKind::Associated, &columns, sentence, evidence));
    }
}

fn missing(structure: &TableStructure, findings: &mut Vec<Finding>) {
    for group in &structure.missing.together {
        let sentence = format!(
            "{} are always missing together, in {}{}",
            list(&group.columns),
            counted(group.rows.value, "row"),
            basis(group.rows.exactness)
        );
        let evidence = [("rows", json!(group.rows))];
        let kind = FindingKind::MissingTogether;
        findings.push(finding(kind, &group.columns, sentence, evidence));
    }
}

fn times(time: &TimeColumn, findings: &mut Vec<Finding>) {
    let columns = [time.column.clone()];
    let mut add = |kind, sentence, evidence: (&str, Value)| {
        findings.push(finding(kind, &columns, sentence, [evidence]));
    };
    if let Some(future) = time.future.filter(|&future| future > 0) {
        let sentence = format!("{} in the future", counted_lie(future, "time"));
        add(FindingKind::FutureTimes, sentence, ("future", json!(future)));
    }
    // In a series without repetition such a day is one of many.
    let is_series = time.repeated.value == 0 && time.order.is_ascending().is_some();
    for default in time.default_dates.iter().filter(|day| day.is_extreme && !is_series) {
        let sentence = format!(
            "{} at the end of the range stands {} and may stand for a missing date",
            default.date,
            if default.count == 1 { "once".to_owned() } else { format!("{} times", default.count) }
        );
        add(FindingKind::DefaultDates, sentence, ("default_date", json!(default)));
    }
    if let Some(saving) = &time.daylight_saving {
        let days = |days: &[String]| days.join(", ");
        let parts = [
            (!saving.short_days.is_empty())
                .then(|| format!("skip an hour on {}", days(&saving.short_days))),
            (!saving.long_days.is_empty())
                .then(|| format!("repeat one on {}", days(&saving.long_days))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let sentence = format!(
            "times {}: local times of a zone with daylight saving time",
            parts.join(" and ")
        );
        let evidence = ("daylight_saving", json!(saving));
        add(FindingKind::DaylightSaving, sentence, evidence);
    }
    let Some(cadence) = time.cadence.measured() else { return };
    let basis = basis(cadence.exactness);
    match (time.gaps.value(), time.longest_step.value()) {
        (Some(&gaps), Some(longest)) if gaps > 0 => {
            let sentence = format!(
                "{} in steps of {}: the longest is {}, from {} to {}{basis}",
                counted(gaps, "gap"),
                cadence.value.step,
                longest.length,
                longest.from,
                longest.to
            );
            add(FindingKind::TimeGaps, sentence, ("longest_step", json!(longest)));
        }
        _ => {
            let sentence = format!("times follow in steps of {}{basis}", cadence.value.step);
            add(FindingKind::Cadence, sentence, ("cadence", json!(cadence)));
        }
    }
}

fn counted_lie(count: u64, thing: &str) -> String {
    if count == 1 { format!("1 {thing} lies") } else { format!("{count} {thing}s lie") }
}

fn sequences(structure: &TableStructure, findings: &mut Vec<Finding>) {
    for sequence in &structure.sequences {
        let direction = if sequence.step > 0 { "up" } else { "down" };
        let counts = format!("counts {direction} by {}", sequence.step.unsigned_abs());
        let broken = sequence.gaps + sequence.repeats > 0;
        let columns = [sequence.column.clone()];
        let evidence = [("sequence", json!(sequence))];
        if sequence.steps_back > 0 {
            let back = counted(sequence.steps_back, "step");
            let sentence = format!("{counts}, with {back} back");
            let kind = FindingKind::OutOfOrder;
            findings.push(finding(kind, &columns, sentence, evidence.clone()));
        }
        let (kind, sentence) = if broken {
            let sentence = format!(
                "{counts}, with {} ({} left out) and {}",
                counted(sequence.gaps, "gap"),
                counted(sequence.left_out_numbers, "number"),
                counted(sequence.repeats, "repetition")
            );
            (FindingKind::SequenceGaps, sentence)
        } else {
            (FindingKind::Sequence, format!("{counts} without a gap"))
        };
        findings.push(finding(kind, &columns, sentence, evidence));
    }
}
