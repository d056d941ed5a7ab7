//! What both faces say of a model.

use mlops_application::TrainingOutcome;
use mlops_domain::ModelVersion;
use serde::Serialize;
use serde_json::Value;
use shared_kernel_presentation::table::Column;
use shared_kernel_presentation::{Table, Tone, format};

/// What became of a dataset version, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeWords {
    /// What it means.
    pub tone: Tone,
    /// In two or three words, such as `model declined`.
    pub word: &'static str,
    /// In a sentence, without the word.
    pub sentence: String,
}

/// What became of a dataset version: `model trained`: `flights v2 (isolation_forest) now watches`.
pub fn outcome_words(outcome: &TrainingOutcome) -> OutcomeWords {
    let (tone, word, sentence) = match outcome {
        TrainingOutcome::Trained { version, champion } => {
            let trained = format!("{} ({})", name(version), version.detector);
            match champion {
                Some(champion) if champion.id != version.id => (
                    Tone::Neutral,
                    "model trained",
                    format!("{trained} is registered; {} goes on watching", name(champion)),
                ),
                _ => (Tone::Good, "model trained", format!("{trained} now watches")),
            }
        }
        TrainingOutcome::Declined { reasons, champion } => {
            let sentence = format!("{}; {}", reasons.join("; "), who_watches(champion.as_deref()));
            (Tone::Bad, "model declined", sentence)
        }
        TrainingOutcome::Failed { error, attempts, champion } => {
            let attempts = format::plural((*attempts).into(), "attempt", "attempts");
            let watching = who_watches(champion.as_deref());
            (Tone::Bad, "training failed", format!("{error} ({attempts}); {watching}"))
        }
        TrainingOutcome::Running => {
            (Tone::NotEvaluated, "model training", "it has not ended yet".to_owned())
        }
        TrainingOutcome::NotBegun => {
            (Tone::NotEvaluated, "no model yet", "training has not begun".to_owned())
        }
    };
    OutcomeWords { tone, word, sentence }
}

fn who_watches(champion: Option<&ModelVersion>) -> String {
    match champion {
        Some(champion) => format!("{} goes on watching", name(champion)),
        None => "no model watches this dataset".to_owned(),
    }
}

/// `flights v2`.
pub(crate) fn name(version: &ModelVersion) -> String {
    format!("{} v{}", version.model_name, version.number)
}

/// Names and values of a version, from what people ask first to what they look up.
pub(crate) fn facts(version: &ModelVersion) -> Vec<(&'static str, String)> {
    let dataset = &version.lineage.dataset;
    let gate = if version.lineage.gate.passed { "passed" } else { "failed" };
    vec![
        ("Model", name(version)),
        ("Detector", version.detector.clone()),
        ("Learned from", format!("{} version {}", dataset.dataset_name, dataset.version)),
        ("Quality gate", gate.to_owned()),
        ("Rows", format::count(version.training_rows)),
        ("Columns", format::count(version.columns.len() as u64)),
        ("Registered", format::timestamp(version.created_at)),
        ("Seed", version.seed.to_string()),
        ("Size", format::bytes(version.artifact_bytes)),
        ("Digest", version.artifact.to_string()),
        ("Run", version.run_id.to_string()),
        ("Profile", version.lineage.profile_id.to_string()),
        ("Dataset version", dataset.version_id.to_string()),
    ]
}

/// The parameters as used.
pub(crate) fn parameters(version: &ModelVersion) -> Table {
    let mut table = Table::new([Column::text("Parameter"), Column::number("Value")]);
    for (name, value) in &version.parameters {
        let Some(parts) = value.as_object() else {
            table.row([name.as_str().into(), json_text(value).into()]);
            continue;
        };
        for (part, value) in parts {
            table.row([format!("{name}: {part}").into(), parts_text(value).into()]);
        }
    }
    table
}

/// What was measured, each with how far it can be trusted.
pub(crate) fn metrics(version: &ModelVersion) -> Table {
    let columns = [Column::text("Metric"), Column::number("Value"), Column::text("Exactness")];
    let mut table = Table::new(columns);
    for (name, figure) in &version.metrics {
        let value = format::measured(figure, |value| format::number(*value));
        let exactness = format::exactness(&figure.exactness);
        table.row([name.as_str().into(), value.into(), exactness.into()]);
    }
    table
}

/// The columns the model does not read, and why.
pub(crate) fn left_out(version: &ModelVersion) -> Table {
    let mut table = Table::new([Column::text("Column left out"), Column::text("Why")]);
    for (column, reason) in &version.left_out {
        table.row([column.as_str().into(), reason.as_str().into()]);
    }
    table
}

/// What a part of a parameter consists of, in a line.
fn parts_text(value: &Value) -> String {
    let text = |value: &Value| match value.as_f64() {
        Some(number) => format::number(number),
        None => json_text(value),
    };
    let Some(parts) = value.as_object() else { return text(value) };
    let parts: Vec<_> =
        parts.iter().map(|(name, value)| format!("{name} {}", text(value))).collect();
    parts.join(", ")
}

fn json_text(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    text.trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use mlops_domain::testing::version;
    use serde_json::json;
    use shared_kernel_domain::clock::Timestamp;
    use shared_kernel_presentation::cli::Palette;

    use super::*;

    #[test]
    fn members_of_an_ensemble_are_told_a_line_each() {
        let (mut version, _) = version(1, 1, Timestamp::UNIX_EPOCH);
        let members = json!({
            "ecod": { "weight": 0.125, "rows": 300 },
            "lof": { "weight": 0.25, "rows": 200 },
        });
        version.parameters.insert("members".to_owned(), members);
        version.parameters.insert("left_out".to_owned(), json!({ "mcd": "too many columns" }));
        let text = parameters(&version).to_text(100, Palette::default());
        for line in ["members: ecod", "weight 0.125, rows 300", "left_out: mcd", "too many columns"]
        {
            assert!(text.contains(line), "{text}");
        }
    }
}
