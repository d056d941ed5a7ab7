use schemars::JsonSchema;
use serde::Serialize;

use super::Suggestion;
use crate::result::CheckResult;

/// Earlier versions that suggestions are tried on, at most: each takes a scan.
pub const MOST_VERSIONS: usize = 7;

/// What a suggested rule would have come to on earlier versions of the dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OnEarlierVersions {
    /// Versions on which it could be evaluated.
    pub evaluated: u32,
    /// Those of them that break it, newest first.
    pub broken_by: Vec<u32>,
    /// Whether it is left out of the contract: more than half of them break it.
    pub left_out: bool,
}

/// The earlier versions that suggestions were tried on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TriedVersions {
    /// The version that the rules are suggested from.
    pub of_version: u32,
    /// Earlier versions that have a report.
    pub stored: u32,
    /// The newest of them, which the rules were tried on, newest first.
    pub tried: Vec<u32>,
    /// Those of the newest that could not be read any more.
    pub unread: Vec<UnreadVersion>,
}

/// A version that suggestions could not be tried on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnreadVersion {
    /// Its number.
    pub version: u32,
    /// Why.
    pub reason: String,
}

impl Suggestion {
    /// Takes in what the rules of the suggested contract came to on earlier versions, newest first.
    pub fn hold_against(&mut self, versions: &[(u32, Vec<CheckResult>)]) {
        let id = self.id();
        let mut found = OnEarlierVersions::default();
        for (version, results) in versions {
            let is_own = |result: &&CheckResult| {
                result.contract.as_ref().is_some_and(|contract| contract.rule == id)
            };
            let own = results.iter().find(is_own).filter(|result| !result.is_not_evaluated());
            if let Some(result) = own {
                found.evaluated += 1;
                if result.has_failed() {
                    found.broken_by.push(*version);
                }
            }
        }
        found.left_out = 2 * found.broken_by.len() > found.evaluated as usize;
        self.history = Some(found);
    }

    /// Whether it is in the contract.
    pub fn is_in_contract(&self) -> bool {
        !self.history.as_ref().is_some_and(|history| history.left_out)
    }

    /// What speaks for it, and what earlier versions say of it.
    pub(super) fn evidence_with_history(&self) -> String {
        match &self.history {
            Some(history) if history.evaluated > 0 => {
                format!("{}; {}", self.evidence, history.told())
            }
            _ => self.evidence.clone(),
        }
    }
}

impl OnEarlierVersions {
    /// In a plain clause.
    pub(super) fn told(&self) -> String {
        let of = match self.evaluated {
            1 => "1 earlier version".to_owned(),
            several => format!("{several} earlier versions"),
        };
        match self.broken_by.as_slice() {
            [] => format!("kept by {of}"),
            broken => {
                let named: Vec<String> = broken.iter().map(ToString::to_string).collect();
                format!("broken by {} of {of} ({})", broken.len(), named.join(", "))
            }
        }
    }
}
