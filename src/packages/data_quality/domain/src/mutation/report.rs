use std::cmp::Reverse;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::Measured;

use super::{Attempt, Corruption};
use crate::report::{ContractFacts, TableFacts};
use crate::result::CheckResult;
use crate::suggest::{Suggestion, table_text};
use crate::verdict::{Severity, Verdict};

/// How many attempts there were, and how many of them something caught.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tally {
    /// Corruptions tried: each at some places.
    pub attempts: u32,
    /// Caught by rules of the contract.
    pub rules: u32,
    /// Caught by built-in checks.
    pub built_in: u32,
    /// Caught by monitors.
    pub monitors: u32,
    /// Caught by any of them.
    pub any: u32,
}

impl Tally {
    /// Of some attempts.
    pub fn of<'a>(attempts: impl IntoIterator<Item = &'a Attempt>) -> Self {
        let mut tally = Self::default();
        for attempt in attempts {
            tally.attempts += 1;
            tally.rules += u32::from(!attempt.rules.is_empty());
            tally.built_in += u32::from(!attempt.built_in.is_empty());
            tally.monitors += u32::from(!attempt.monitors.is_empty());
            tally.any += u32::from(attempt.is_noticed());
        }
        tally
    }
}

/// A corruption and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CorruptionReport {
    /// The corruption, such as `null_burst`.
    pub corruption: String,
    /// What it does.
    pub what: String,
    /// Which kinds of rules catch it.
    pub remedy: String,
    /// Why it was not tried; `null` when it was.
    pub not_applicable: Option<String>,
    /// Each place at which it was tried.
    pub attempts: Vec<Attempt>,
}

impl CorruptionReport {
    /// A corruption with its attempts.
    pub fn of(corruption: &Corruption, attempts: Vec<Attempt>) -> Self {
        let reason = || format!("it needs {}", corruption.needs);
        Self {
            corruption: corruption.name.to_owned(),
            what: corruption.what.to_owned(),
            remedy: corruption.remedy.to_owned(),
            not_applicable: attempts.is_empty().then(reason),
            attempts,
        }
    }
}

/// A rule of the contract and how many attempts it caught.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Guard {
    /// The rule's id.
    pub rule: String,
    /// What it says.
    pub requirement: String,
    /// The level at which it fails; information catches nothing.
    pub severity: Severity,
    /// What it says of the table as it is: one that fails or is not evaluated there catches less, or
    /// nothing.
    pub clean: Verdict,
    /// Attempts that it caught.
    pub caught: u32,
}

impl Guard {
    /// The rules of the contract, by their results on the table as it is.
    pub fn all(results: &[CheckResult], corruptions: &[CorruptionReport]) -> Vec<Self> {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for attempt in corruptions.iter().flat_map(|it| &it.attempts) {
            for catch in &attempt.rules {
                *counts.entry(catch.name.as_str()).or_default() += 1;
            }
        }
        let guard = |result: &CheckResult| {
            let rule = result.contract.as_ref()?;
            Some(Self {
                rule: rule.rule.clone(),
                requirement: rule.requirement.clone(),
                severity: result.severity,
                clean: result.verdict.clone(),
                caught: counts.get(rule.rule.as_str()).copied().unwrap_or_default(),
            })
        };
        results.iter().filter_map(guard).collect()
    }
}

/// A suggested rule that would catch what the contract does not.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Remedy {
    /// Its id in the contract that is suggested.
    pub rule: String,
    /// The rule with what speaks for it; `null` for the one that the columns are there.
    pub suggestion: Option<Suggestion>,
    /// Attempts that it would catch, and neither the contract nor a remedy before this one does.
    pub catches: u32,
}

impl Remedy {
    /// The fewest rules, about, that together catch all that any suggested rule would: the one that
    /// catches most first, then the one that catches most of the rest (Chvátal 1979).
    pub fn all(suggestions: &[Suggestion], corruptions: &[CorruptionReport]) -> Vec<Self> {
        let mut left: Vec<&[String]> = corruptions
            .iter()
            .flat_map(|it| &it.attempts)
            .map(|attempt| attempt.suggested.as_slice())
            .filter(|rules| !rules.is_empty())
            .collect();
        let mut all = Vec::new();
        while !left.is_empty() {
            let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
            for rule in left.iter().copied().flatten() {
                *counts.entry(rule.as_str()).or_default() += 1;
            }
            let best = counts.into_iter().max_by_key(|(rule, count)| (*count, Reverse(*rule)));
            let Some((rule, catches)) = best else { break };
            left.retain(|rules| !rules.iter().any(|other| other == rule));
            let suggestion = suggestions.iter().find(|it| it.id() == rule).cloned();
            all.push(Self { rule: rule.to_owned(), suggestion, catches });
        }
        all
    }

    /// The rules as part of a contract's table, to be pasted; empty when there are none.
    pub fn text(
        remedies: &[Self],
        suggestions: &[Suggestion],
        corruptions: &[CorruptionReport],
    ) -> String {
        let mut columns: Vec<&str> = Vec::new();
        for remedy in remedies {
            if let Some(suggestion) = &remedy.suggestion {
                columns.extend(suggestion.column.as_deref());
                continue;
            }
            // the rule that the columns are there: it is enough to name them
            let attempts = corruptions.iter().flat_map(|it| &it.attempts);
            let caught = attempts.filter(|it| it.suggested.contains(&remedy.rule));
            columns.extend(caught.flat_map(|it| &it.columns).map(String::as_str));
        }
        // in the order of the table, as far as it is known
        let place =
            |column: &str| suggestions.iter().position(|it| it.column.as_deref() == Some(column));
        columns.sort_by_key(|column| (place(column).unwrap_or(usize::MAX), *column));
        columns.dedup();
        let is_chosen = |it: &&Suggestion| remedies.iter().any(|remedy| remedy.rule == it.id());
        let chosen: Vec<Suggestion> = suggestions.iter().filter(is_chosen).cloned().collect();
        if remedies.is_empty() { String::new() } else { table_text(&columns, &chosen) }
    }
}

/// Which corruptions of a table a contract catches (`pynomaly.contract_test/1`). It holds no time, so
/// that it can be compared byte by byte.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MutationReport {
    /// `pynomaly.contract_test/1`.
    pub schema: String,
    /// The contract.
    pub contract: ContractFacts,
    /// The table, as it is.
    pub table: TableFacts,
    /// Rows that were corrupted and checked: all, or a sample that lies evenly in the table.
    pub rows: Measured<u64>,
    /// What chooses columns and rows.
    pub seed: u64,
    /// At how many places each corruption was tried, at most.
    pub places: u32,
    /// Versions that monitors held the corrupted table against: those that are stored, or, when they are
    /// `assumed`, as many that were like the table itself.
    pub monitored: Monitored,
    /// How many of the attempts the contract's rules catch, from 0 to 1; `null` when nothing could be
    /// tried.
    pub score: Option<Measured<f64>>,
    /// Why there is no score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many attempts there were, and what caught them.
    pub tally: Tally,
    /// All corruptions, those that were not applicable too.
    pub corruptions: Vec<CorruptionReport>,
    /// The contract's rules and how many attempts each caught.
    pub rules: Vec<Guard>,
    /// Suggested rules that would catch what the contract's rules do not.
    pub remedies: Vec<Remedy>,
    /// They, as part of a contract's table, to be pasted; empty when there are none.
    pub remedies_text: String,
}

/// The history that monitors judge by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Monitored {
    /// Versions.
    pub versions: u32,
    /// Whether they were not stored, but taken to have been like the table itself.
    pub assumed: bool,
}

impl MutationReport {
    /// The document's schema name.
    pub const SCHEMA: &'static str = "pynomaly.contract_test/1";

    /// The share of attempts that rules catch, as exact as the rows are.
    pub fn score_of(tally: &Tally, rows: Measured<u64>) -> Option<Measured<f64>> {
        let share = f64::from(tally.rules) / f64::from(tally.attempts);
        (tally.attempts > 0).then(|| rows.map(|_| share))
    }
}
