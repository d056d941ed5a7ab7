use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::{Exactness, Measured};
use shared_kernel_domain::table::{ColumnType, Field};

use super::column_name::NameHints;
use super::kind::SemanticKind;
use super::reading::Reading;
use super::rules::{Candidate, Tally, candidates, doubt};
use super::shape::shapes;

/// At most so many runners-up are told.
const RUNNERS_UP: usize = 3;

/// From this share on, a kind that is not the column's is told.
const RUNNER_UP_SHARE: f64 = 0.01;

/// From this share on, a personal kind with an unmistakable form makes a column personal.
const PERSONAL_SHARE: f64 = 0.05;

/// What the values of a column mean. No value is in it: safe to show where values are not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SemanticProfile {
    /// The kind of the values, or why it can't be told.
    pub verdict: SemanticVerdict,
    /// Other kinds whose form at least one in a hundred values has, by share; at most three.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runners_up: Vec<KindShare>,
    /// Whether there is personal data: the kind is personal, or one in twenty values has the form
    /// of a personal kind that nothing else has, or there is an e-mail address in any text.
    pub personal: bool,
    /// Texts that hold an e-mail address, alone or among other words; exact, of all rows.
    pub emails_inside: u64,
    /// What was looked at.
    pub examined: Examined,
    /// The most frequent shapes of texts, by share; at most ten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<PatternShare>,
    /// The share of texts in other shapes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_patterns: Option<Measured<f64>>,
}

/// The kind of a column's values, or that it can't be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum SemanticVerdict {
    /// The values are of a kind.
    Kind(DetectedKind),
    /// It can't be told.
    CannotTell {
        /// Why.
        reason: String,
    },
}

/// The kind of a column's values and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DetectedKind {
    /// The kind.
    pub kind: SemanticKind,
    /// The share of values that have its form, blank and null-like ones left out.
    pub share: Measured<f64>,
    /// From 0 to 1: how well the form tells the kind from others, times the lower end of the 95 %
    /// interval (Wilson 1927) of the share, as if the different values were drawn at random. For
    /// ordering, not a probability.
    pub confidence: f64,
    /// Whether values count only if their check digits are right.
    pub checksum_validated: bool,
    /// Whether such values point at a person.
    pub personal: bool,
    /// What it was told by.
    pub evidence: KindEvidence,
}

/// What a kind was told by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KindEvidence {
    /// The values alone.
    Values,
    /// The values, and the column's name where they left it open.
    ValuesAndName,
}

/// A kind and the share of values that have its form.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KindShare {
    /// The kind.
    pub kind: SemanticKind,
    /// The share, blank and null-like values left out.
    pub share: Measured<f64>,
}

/// What shares are shares of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareOf {
    /// Rows: every value was looked at.
    Rows,
    /// Different values, a random sample of them: of few frequent values among many rare ones a
    /// sample says little about rows.
    DistinctValues,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Examined {
    /// Different values.
    pub distinct_values: u64,
    /// Rows that have one of them.
    pub rows: u64,
    /// What shares are shares of.
    pub share_of: ShareOf,
}

/// A shape of texts and its share of all texts that are there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PatternShare {
    /// The shape: `A` and `a` letters in upper and lower case, `x` letters without case, `9`
    /// digits, `X` letters or digits, `*` other characters outside ASCII, punctuation and spaces
    /// as they are; `{5}` so many, `+` one or more, `…` more follows. Empty for the empty text.
    pub pattern: String,
    /// The share.
    pub share: Measured<f64>,
}

/// What a column's verdict rests on.
pub(super) struct Evidence<'a> {
    /// Values in all, nulls left out.
    pub(super) values: u64,
    pub(super) emails_inside: u64,
    /// Whether `texts` are all different values.
    pub(super) complete: bool,
    /// Different values and how often each occurs.
    pub(super) texts: Vec<(&'a str, u64)>,
}

impl SemanticProfile {
    pub(super) fn new(field: &Field, evidence: &Evidence<'_>) -> Self {
        let rows = evidence.texts.iter().map(|(_, count)| count).sum();
        let exactness =
            if evidence.complete { Exactness::Exact } else { Exactness::Sampled { rows } };
        let weighted: Vec<(&str, u64)> = evidence
            .texts
            .iter()
            .map(|&(text, count)| (text, if evidence.complete { count } else { 1 }))
            .collect();
        let share_of = if evidence.complete { ShareOf::Rows } else { ShareOf::DistinctValues };
        let examined = Examined { distinct_values: weighted.len() as u64, rows, share_of };
        let mut profile = Self {
            verdict: SemanticVerdict::CannotTell { reason: String::new() },
            runners_up: Vec::new(),
            personal: evidence.emails_inside > 0,
            emails_inside: evidence.emails_inside,
            examined,
            patterns: Vec::new(),
            other_patterns: None,
        };
        profile.judge(field, evidence, &weighted, exactness);
        if field.column_type == ColumnType::Text {
            profile.add_patterns(&weighted, exactness);
        }
        profile
    }

    /// The kind, where it could be told.
    pub fn kind(&self) -> Option<SemanticKind> {
        match &self.verdict {
            SemanticVerdict::Kind(detected) => Some(detected.kind),
            SemanticVerdict::CannotTell { .. } => None,
        }
    }

    fn judge(
        &mut self,
        field: &Field,
        evidence: &Evidence<'_>,
        weighted: &[(&str, u64)],
        exactness: Exactness,
    ) {
        let is_examined = field.column_type.is_numeric() || field.column_type == ColumnType::Text;
        let early = if evidence.values == 0 {
            Some("there are no values".to_owned())
        } else if !is_examined || weighted.is_empty() {
            Some(format!("a {} column says itself what it is", field.column_type.name()))
        } else {
            None
        };
        if let Some(reason) = early {
            self.verdict = SemanticVerdict::CannotTell { reason };
            return;
        }
        let hints = NameHints::of(&field.name);
        let mut tally = Tally::new(evidence.complete);
        for &(text, weight) in weighted {
            tally.take(&Reading::of(text, &hints, field.column_type), weight);
        }
        let found = candidates(&tally, &hints);
        self.runners_up = runners_up(&tally, found.first(), exactness);
        let is_number = field.column_type.is_numeric();
        self.verdict = match found.first() {
            Some(&best) => SemanticVerdict::Kind(detected(best, &tally, exactness)),
            None if tally.telling.weight == 0 => SemanticVerdict::CannotTell {
                reason: "every value is blank or stands for no value".to_owned(),
            },
            None => SemanticVerdict::CannotTell { reason: doubt(&tally, is_number) },
        };
        self.personal |= self.kind().is_some_and(SemanticKind::is_personal)
            || self.runners_up.iter().any(|other| {
                let clear = other.kind.standing().specificity >= 0.9;
                other.kind.is_personal() && clear && other.share.value >= PERSONAL_SHARE
            });
    }

    fn add_patterns(&mut self, weighted: &[(&str, u64)], exactness: Exactness) {
        let (top, rest) = shapes(weighted);
        let total = (rest + top.iter().map(|(_, weight)| weight).sum::<u64>()) as f64;
        if total == 0.0 {
            return;
        }
        let share = |weight: u64| Measured { value: weight as f64 / total, exactness };
        self.patterns = top
            .into_iter()
            .map(|(pattern, weight)| PatternShare { pattern, share: share(weight) })
            .collect();
        self.other_patterns = Some(share(rest));
    }
}

fn detected(best: Candidate, tally: &Tally, exactness: Exactness) -> DetectedKind {
    let share = tally.share(best.kind);
    let lower = wilson_lower(share, tally.telling.distinct as f64);
    DetectedKind {
        kind: best.kind,
        share: Measured { value: share, exactness },
        confidence: best.kind.standing().specificity * lower,
        checksum_validated: best.kind.is_checksummed(),
        personal: best.kind.is_personal(),
        evidence: if best.by_name { KindEvidence::ValuesAndName } else { KindEvidence::Values },
    }
}

fn runners_up(tally: &Tally, best: Option<&Candidate>, exactness: Exactness) -> Vec<KindShare> {
    let best = best.map(|best| best.kind);
    // That digits are digits and short texts short says nothing.
    let plain = [SemanticKind::PaddedCode, SemanticKind::CategoricalCode];
    let mut others: Vec<KindShare> = SemanticKind::ALL
        .into_iter()
        .filter(|&kind| Some(kind) != best && !plain.contains(&kind))
        .map(|kind| KindShare { kind, share: Measured { value: tally.share(kind), exactness } })
        .filter(|other| other.share.value >= RUNNER_UP_SHARE)
        .collect();
    others.sort_by(|a, b| b.share.value.total_cmp(&a.share.value));
    others.truncate(RUNNERS_UP);
    others
}

/// The lower end of the 95 % score interval of a share `p` of `n`: E. B. Wilson (1927), with
/// z = 1.96.
fn wilson_lower(p: f64, n: f64) -> f64 {
    if n == 0.0 {
        return 0.0;
    }
    let z2 = 1.96 * 1.96;
    let centre = p + z2 / (2.0 * n);
    let spread = 1.96 * ((p * (1.0 - p) + z2 / (4.0 * n)) / n).sqrt();
    ((centre - spread) / (1.0 + z2 / n)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_say_less_than_many() {
        // Agresti and Coull (1998): p = 1, n = 10 gives 0.722.
        assert!((wilson_lower(1.0, 10.0) - 0.722).abs() < 1e-3);
        assert!(wilson_lower(0.9, 1_000.0) > wilson_lower(0.9, 20.0));
        assert_eq!(wilson_lower(0.0, 0.0), 0.0);
    }
}
