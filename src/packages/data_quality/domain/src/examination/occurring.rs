//! Rules of the values that occur, and what the one scan found of them.

use std::sync::Arc;

use shared_kernel_domain::Result;
use shared_kernel_domain::scan::{ScanOutcome, ScanPlan, Slot};
use shared_kernel_domain::summary::{FrequentValue, FrequentValues};
use shared_kernel_domain::table::Cell;

use super::TableSide;
use super::distribution::{BinCounts, ReferenceDistribution};
use super::figures::{NO_VALUES, masked_columns};
use super::judge::Judge;
use super::masked::Masked;
use crate::check::{counted, number};
use crate::expression::Expression;
use crate::result::{CheckResult, ContractRule, Evidence, Unit};
use crate::rule::{Occurring, Rule};
use crate::summary::{KEPT, shorten};

/// Most values that are as common as any other.
const MOST_MODES: usize = 8_192;

/// Where the scan leaves what is needed.
pub(super) enum OccurringSlot<'a> {
    All(Slot<Masked<BinCounts>>, Arc<ReferenceDistribution>, bool),
    MostCommon(Slot<Masked<FrequentValues>>, &'a [Expression], bool),
}

impl<'a> OccurringSlot<'a> {
    /// What a scan must compute.
    ///
    /// # Errors
    /// Why it cannot be told of such a table.
    pub(super) fn add(
        occurring: &'a Occurring,
        rule: &Rule,
        table: TableSide<'_>,
        scan: &mut ScanPlan,
    ) -> std::result::Result<Self, String> {
        let (columns, filter) = masked_columns(rule, table)?;
        let field = columns.first().and_then(|name| table.schema.field(name));
        let field = field.ok_or("the rule has no column")?;
        let (Occurring::All { values, .. } | Occurring::MostCommon { values, .. }) = occurring;
        let reference = Arc::new(ReferenceDistribution::listed(values));
        if let Some(misfit) = reference.misfit(&field.name, field.column_type) {
            return Err(misfit.replace("the reference is", "the listed values are"));
        }
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        Ok(match occurring {
            Occurring::All { exact, .. } => {
                let slot = scan.add(&columns, Masked::new(reference.counts(), filter));
                Self::All(slot, reference, *exact)
            }
            Occurring::MostCommon { values, ties } => {
                let slot = scan.add(&columns, Masked::new(FrequentValues::new(), filter));
                Self::MostCommon(slot, values, *ties)
            }
        })
    }

    pub(super) fn judge(&self, judge: &Judge<'_>, outcome: &ScanOutcome) -> Result<CheckResult> {
        Ok(match self {
            Self::All(slot, reference, exact) => {
                judge.all_occur(reference, outcome.get(*slot)?.inner(), *exact)
            }
            Self::MostCommon(slot, wanted, ties) => {
                judge.most_common(outcome.get(*slot)?.inner(), wanted, *ties)
            }
        })
    }
}

impl Judge<'_> {
    fn all_occur(
        &self,
        reference: &ReferenceDistribution,
        found: &BinCounts,
        exact: bool,
    ) -> CheckResult {
        let (listed, others) = reference.occurrences(found);
        let values = others + listed.iter().map(|(_, count)| count).sum::<u64>();
        if values == 0 {
            return self.not_evaluated(NO_VALUES);
        }
        let missing: Vec<&str> =
            listed.iter().filter(|(_, count)| *count == 0).map(|(label, _)| *label).collect();
        let others = if exact { others } else { 0 };
        let failed = missing.len() as u64 + u64::from(others > 0);
        let looked_at = listed.len() as u64 + u64::from(exact);
        let holds = self.rule.limit.holds_for(failed, looked_at);
        let mut sentence = self.rule.phrase.clone();
        if failed == 0 {
            sentence += &format!(": so it is in {}", counted(values, "value", "values"));
        }
        if !missing.is_empty() {
            let named: Vec<String> = missing.iter().take(KEPT).map(|it| shorten(it)).collect();
            let more = if missing.len() > KEPT { ", …" } else { "" };
            let count = number(missing.len() as u64);
            sentence += &format!(": {count} of them missing ({}{more})", named.join(", "));
        }
        if others > 0 {
            sentence += &format!("; {} not in the list", counted(others, "value is", "values are"));
        }
        if !self.rule.limit.is_none() {
            sentence += &format!("; their number {}", self.rule.limit);
        }
        let told = |value: Cell, note: String| Evidence { row: None, value, note: Some(note) };
        let mut evidence: Vec<Evidence> = missing
            .iter()
            .take(KEPT)
            .map(|label| told(Cell::Text(shorten(label)), "does not occur".to_owned()))
            .collect();
        if others > 0 && evidence.len() < KEPT {
            let note = format!("{} not in the list", counted(others, "value is", "values are"));
            evidence.push(told(Cell::Null, note));
        }
        let result = self.result(holds, looked_at, failed, sentence);
        let contract = result.contract.map(|it| ContractRule { rows: Some(values), ..it });
        CheckResult { unit: Unit::Values, contract, evidence, ..result }
    }

    fn most_common(
        &self,
        found: &FrequentValues,
        wanted: &[Expression],
        ties: bool,
    ) -> CheckResult {
        let total = found.values();
        let top = found.top(MOST_MODES);
        let Some(first) = top.first() else { return self.not_evaluated(NO_VALUES) };
        let most = first.count.value;
        let next = top.get(1).map_or(0, |value| value.count.value);
        if !found.is_exact() && next + found.error() >= most {
            let reason = "it has too many different values to tell which is the most common";
            return self.not_evaluated(reason);
        }
        let modes: Vec<&FrequentValue> =
            top.iter().take_while(|value| value.count.value == most).collect();
        let is_wanted = |mode: &&FrequentValue| wanted.iter().any(|it| is_same(&mode.value, it));
        let holds = match modes.as_slice() {
            [only] => is_wanted(only),
            several => ties && several.iter().any(is_wanted),
        };
        let holds = self.rule.limit.holds(f64::from(u8::from(!holds)));
        let named: Vec<String> =
            modes.iter().take(KEPT).map(|mode| shorten(&mode.value.to_string())).collect();
        let more = if modes.len() > KEPT { ", …" } else { "" };
        let each = if modes.len() > 1 { " each" } else { "" };
        let sentence = format!(
            "{}: it is {}{more} ({} of {}{each})",
            self.rule.phrase,
            named.join(", "),
            number(most),
            counted(total, "value", "values"),
        );
        let result = self.result(holds, 1, u64::from(!holds), sentence);
        let contract = result.contract.map(|it| ContractRule { rows: Some(total), ..it });
        let note = |mode: &&FrequentValue| Evidence {
            row: None,
            value: mode.value.clone(),
            note: Some(format!("{} times", number(mode.count.value))),
        };
        let evidence = modes.iter().take(KEPT).map(note).collect();
        CheckResult { unit: Unit::Figures, contract, evidence, ..result }
    }
}

/// Whether a value is a listed one.
fn is_same(value: &Cell, listed: &Expression) -> bool {
    match (value, listed) {
        (Cell::Boolean(value), Expression::Boolean(listed)) => value == listed,
        (Cell::Integer(value), Expression::Number(listed)) => match listed.whole() {
            Some(whole) => *value == whole,
            None => *value as f64 == listed.float,
        },
        (Cell::Float(value), Expression::Number(listed)) => *value == listed.float,
        // exact decimals come as they are written
        (Cell::Text(value), Expression::Number(listed)) => value.parse() == Ok(listed.float),
        (Cell::Text(value), Expression::Text(listed)) => value == listed,
        _ => false,
    }
}
