use shared_kernel_domain::measured::{Exactness, Measured};
use shared_kernel_domain::scan::Duplicates;
use shared_kernel_domain::table::Cell;

use super::distribution::ComparedShares;
use super::figures::error;
use super::in_order::SeenInOrder;
use super::plan::rows_as_evidence;
use super::{RowCounts, RowsApart};
use crate::check::{counted, number, percent};
use crate::result::{CheckResult, ComparedDistribution, ContractRule, Evidence, Unit};
use crate::rule::{Distance, Figure, LimitUnit, Rule, Test, TieOut, told_table};
use crate::verdict::Verdict;

/// Judges one rule.
pub(super) struct Judge<'a> {
    pub rule: &'a Rule,
    pub contract: &'a str,
    /// The figure of another table that the rule's is compared with.
    pub there: Option<Measured<f64>>,
}

/// What a scan counted for a rule.
pub(super) struct RowsSeen {
    rows: u64,
    failed: u64,
    unknown: u64,
    evidence: Vec<Evidence>,
}

impl RowsSeen {
    pub(super) fn of(counts: &RowCounts) -> Self {
        Self {
            rows: counts.rows(),
            failed: counts.failed(),
            unknown: counts.unknown(),
            evidence: rows_as_evidence(counts.first()),
        }
    }

    /// What was seen in row order.
    pub(super) fn in_order(seen: &SeenInOrder) -> Self {
        let SeenInOrder { rows, failed, unknown, .. } = *seen;
        Self { rows, failed, unknown, evidence: rows_as_evidence(&seen.first) }
    }

    /// Rows that are none of the table's.
    pub(super) fn without_rows(rows: u64, failed: u64, evidence: Vec<Evidence>) -> Self {
        Self { rows, failed, unknown: 0, evidence }
    }

    /// So many of a table's rows, and the first of them.
    pub(super) fn of_rows(rows: u64, failed: u64, first: &[u64]) -> Self {
        Self { rows, failed, unknown: 0, evidence: rows_as_evidence(first) }
    }
}

impl Judge<'_> {
    /// A truth value that must be true.
    pub(super) fn truth(&self, holds: bool, rows: u64) -> CheckResult {
        let sentence = format!("{} is {holds}; it must be true", self.rule.phrase);
        let result = self.result(holds, 1, u64::from(!holds), sentence);
        let contract = result.contract.map(|contract| ContractRule {
            limit: "must be true".to_owned(),
            rows: Some(rows),
            ..contract
        });
        CheckResult { unit: Unit::Figures, contract, ..result }
    }

    /// A rule of rows.
    pub(super) fn rows(&self, seen: &RowsSeen) -> CheckResult {
        if seen.rows == 0 {
            return self.not_evaluated("there are no rows to look at");
        }
        if seen.rows == seen.unknown {
            return self.not_evaluated("in no row are all its values there");
        }
        let holds = self.rule.limit.holds_for(seen.failed, seen.rows);
        let looked_at = seen.rows - seen.unknown;
        let sentence = self.sentence(seen.failed, seen.rows, looked_at, holds);
        let result = self.result(holds, looked_at, seen.failed, sentence);
        let contract = result.contract.map(|contract| ContractRule {
            rows: Some(seen.rows),
            unknown: Some(seen.unknown),
            ..contract
        });
        CheckResult { evidence: seen.evidence.clone(), contract, ..result }
    }

    /// A rule that rows are those of another table.
    pub(super) fn rows_apart(&self, apart: &RowsApart, evidence: Vec<Evidence>) -> CheckResult {
        let (rows, failed, unknown) = (apart.looked_at(), apart.failed(), apart.unknown());
        let seen = RowsSeen { rows, failed, unknown, evidence };
        let result = self.rows(&seen);
        if result.is_not_evaluated() || failed == 0 {
            return result;
        }
        CheckResult { sentence: format!("{}: {}", result.sentence, apart.summary()), ..result }
    }

    fn sentence(&self, failed: u64, rows: u64, looked_at: u64, holds: bool) -> String {
        let phrase = &self.rule.phrase;
        if failed == 0 && holds {
            return format!("{phrase}: so it is in {}", counted(looked_at, "row", "rows"));
        }
        let share = percent(failed, rows);
        let of = number(rows);
        let broken = counted(failed, "row breaks", "rows break");
        let sentence = format!("{broken} the rule, of {of} ({share}): {phrase}");
        if self.rule.limit.is_none() {
            return sentence;
        }
        let what = match self.rule.limit.unit {
            LimitUnit::Rows => "their number",
            LimitUnit::Percent => "their share",
        };
        format!("{sentence}; {what} {}", self.rule.limit)
    }

    /// The same of what a pass found, if it was made.
    pub(super) fn repeats(
        &self,
        found: Option<&std::result::Result<Duplicates, String>>,
        rows: u64,
    ) -> CheckResult {
        match found {
            Some(Ok(duplicates)) => self.duplicates(duplicates, rows),
            Some(Err(reason)) => self.not_evaluated(reason),
            None => self.not_evaluated("the pass for it was not made"),
        }
    }

    /// A rule of uniqueness, or a figure of the different values.
    fn duplicates(&self, found: &Duplicates, rows: u64) -> CheckResult {
        let (compared, repeated) = (found.evaluated_rows, found.duplicate_rows);
        if compared == 0 {
            let reason =
                if rows == 0 { "there are no rows to look at" } else { "no row has a value" };
            return self.not_evaluated(reason);
        }
        let distinct = compared - repeated.min(compared);
        match self.rule.test.figure() {
            Some(Figure::DistinctCount) => self.figure(Measured::exact(distinct as f64), compared),
            Some(_) => self.figure(Measured::exact(distinct as f64 / compared as f64), compared),
            None => {
                let evidence = found.groups.iter().map(|group| {
                    let note = format!("stands {} times", number(group.count));
                    Evidence::at(group.first_row, Cell::Null).noting(note)
                });
                let seen = RowsSeen {
                    rows,
                    failed: repeated,
                    unknown: rows.saturating_sub(compared),
                    evidence: evidence.collect(),
                };
                self.rows(&seen)
            }
        }
    }

    /// A figure of `values` values.
    pub(super) fn figure(&self, value: Measured<f64>, values: u64) -> CheckResult {
        if let (Test::TieOut(tie), Some(there)) = (&self.rule.test, self.there) {
            return self.tie_out(tie, value, there, values);
        }
        let holds = self.rule.limit.holds(value.value);
        let sentence =
            format!("{} is {}; it {}", self.rule.phrase, shown(value.value), self.rule.limit);
        let result = self.result(holds, 1, u64::from(!holds), sentence);
        let contract = result.contract.map(|contract| ContractRule {
            figure: Some(value),
            rows: Some(values),
            ..contract
        });
        CheckResult { unit: Unit::Figures, contract, ..result }
    }

    /// A figure of `values` values against one of another table.
    fn tie_out(
        &self,
        tie: &TieOut,
        here: Measured<f64>,
        there: Measured<f64>,
        values: u64,
    ) -> CheckResult {
        if error(here) > 0.0 || error(there) > 0.0 {
            return self.not_evaluated("the figures are only known approximately");
        }
        let percent = self.rule.limit.unit == LimitUnit::Percent;
        let value = tie.difference(here.value, there.value, percent);
        let holds = self.rule.limit.holds(value);
        let unit = if percent { " percent" } else { "" };
        let apart = if value.is_finite() { shown(value) } else { "infinite".to_owned() };
        let times =
            if tie.factor == 1.0 { String::new() } else { format!(", times {}", tie.factor) };
        let sentence = format!(
            "{} is {}, and {} {}{times}; the difference is {apart}{unit}, and {}",
            tie.phrase,
            shown(here.value),
            tie.there.told(),
            shown(there.value),
            self.rule.limit
        );
        let result = self.result(holds, 1, u64::from(!holds), sentence);
        let contract = result.contract.map(|contract| ContractRule {
            figure: value.is_finite().then_some(Measured::exact(value)),
            rows: Some(values),
            ..contract
        });
        let side = |value: f64, note: &str| Evidence {
            row: None,
            value: Cell::Float(value),
            note: Some(note.to_owned()),
        };
        let evidence = vec![
            side(here.value, "here"),
            side(there.value, &format!("in {}", told_table(&tie.there.table))),
        ];
        CheckResult { unit: Unit::Figures, contract, evidence, ..result }
    }

    /// How far a column is from a reference distribution. One that is only known between two
    /// bounds decides when both are on the same side of the limit.
    pub(super) fn distribution(&self, distance: Distance, found: ComparedShares) -> CheckResult {
        let Measured { value, exactness } = found.distance;
        let most = match exactness {
            Exactness::Approximate { error } => value + error,
            _ => value,
        };
        let holds = self.rule.limit.holds(value);
        if holds != self.rule.limit.holds(most) {
            return self.not_evaluated(&format!(
                "{} is between {} and {}, too near its limit to tell",
                self.rule.phrase,
                shown(value),
                shown(most)
            ));
        }
        let how = if most > value {
            format!("at most {} more", shown(most - value))
        } else {
            "exact".to_owned()
        };
        let sentence = format!(
            "{} is {} ({how}, of {} over {}); it {}",
            self.rule.phrase,
            if value.is_finite() { shown(value) } else { "infinite".to_owned() },
            counted(found.values, "value", "values"),
            counted(found.bins, "bin", "bins"),
            self.rule.limit
        );
        let result = self.result(holds, 1, u64::from(!holds), sentence);
        let contract = result.contract.map(|contract| ContractRule {
            figure: value.is_finite().then_some(found.distance),
            distribution: Some(ComparedDistribution {
                distance: distance.name().to_owned(),
                bins: found.bins,
            }),
            rows: Some(found.values),
            ..contract
        });
        let evidence = if holds { Vec::new() } else { found.evidence };
        CheckResult { unit: Unit::Figures, contract, evidence, ..result }
    }

    /// A rule of the columns themselves.
    pub(super) fn columns(&self, looked_at: u64, faults: &[String]) -> CheckResult {
        /// Faults that a sentence names.
        const NAMED: usize = 10;
        let sentence = match faults {
            [] => format!("{}: so it is", self.rule.phrase),
            faults => {
                let named = faults.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
                let more = if faults.len() > NAMED { ", …" } else { "" };
                format!("{}: {named}{more}", self.rule.phrase)
            }
        };
        let failed = (faults.len() as u64).min(looked_at);
        let result = self.result(faults.is_empty(), looked_at, failed, sentence);
        CheckResult { unit: Unit::Columns, ..result }
    }

    /// A rule that could not be evaluated.
    pub(super) fn not_evaluated(&self, reason: &str) -> CheckResult {
        let sentence = format!("not evaluated: {reason}");
        CheckResult {
            verdict: Verdict::NotEvaluated { reason: reason.to_owned() },
            evaluated: None,
            failed: None,
            ..self.result(true, 0, 0, sentence)
        }
    }

    pub(super) fn result(
        &self,
        holds: bool,
        evaluated: u64,
        failed: u64,
        sentence: String,
    ) -> CheckResult {
        let rule = self.rule;
        CheckResult {
            check: rule.kind.to_owned(),
            columns: rule.columns.clone(),
            dimension: rule.dimension,
            severity: rule.severity,
            verdict: if holds { Verdict::Passed } else { Verdict::Failed },
            unit: Unit::Rows,
            evaluated: Some(Measured::exact(evaluated)),
            failed: Some(Measured::exact(failed)),
            threshold: None,
            evidence: Vec::new(),
            sentence,
            contract: Some(ContractRule {
                rule: rule.id.clone(),
                contract: self.contract.to_owned(),
                place: rule.place,
                requirement: rule.phrase.clone(),
                limit: rule.limit.to_string(),
                filter: rule.filter.as_ref().map(ToString::to_string),
                figure: None,
                distribution: None,
                rows: None,
                unknown: None,
            }),
        }
    }
}

/// A figure with as many digits as a sentence needs.
fn shown(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{value}");
    }
    let digits = if value.abs() >= 100.0 { 1 } else { 4 };
    format!("{value:.digits$}")
}
