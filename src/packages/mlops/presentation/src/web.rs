//! The model's part of a report.

use mlops_application::TrainingOutcome;
use mlops_domain::ModelVersion;
use shared_kernel_presentation::page::{self, Html, Section};

use crate::words::{self, outcome_words};

/// Which model now watches the dataset, and what became of this version.
pub fn section(outcome: &TrainingOutcome) -> Section {
    let words = outcome_words(outcome);
    let said = page::notice(words.tone, words.word, &page::paragraph(&words.sentence));
    let watching = match outcome {
        TrainingOutcome::Trained { version, champion } => champion.as_ref().or(Some(version)),
        TrainingOutcome::Declined { champion, .. } | TrainingOutcome::Failed { champion, .. } => {
            champion.as_ref()
        }
        TrainingOutcome::Running | TrainingOutcome::NotBegun => None,
    };
    let about = watching.map_or_else(Html::empty, |version| about(version));
    Section {
        id: "model".to_owned(),
        title: "Model".to_owned(),
        aside: words.word.to_owned(),
        html: Html::concat([said, about]),
    }
}

/// Everything about the version that watches.
fn about(version: &ModelVersion) -> Html {
    let facts = words::facts(version);
    let pairs = facts.iter().map(|(name, value)| (*name, Html::text(value)));
    let heading = Html::concat([
        Html::trusted("<h3>"),
        Html::text(&format!("{} watches this dataset", words::name(version))),
        Html::trusted("</h3>"),
    ]);
    let mut parts = vec![heading, page::panel(&page::key_values(pairs))];
    for (table, caption) in [
        (words::metrics(version), "What was measured while training"),
        (words::parameters(version), "Parameters as used"),
        (words::left_out(version), "Columns the model does not read"),
    ] {
        if !table.is_empty() {
            parts.push(table.to_html(caption));
        }
    }
    let summary = format!("Columns the model reads ({})", version.columns.len());
    parts.push(page::details(&summary, &page::paragraph(&version.columns.join(", "))));
    Html::concat(parts)
}

#[cfg(test)]
mod tests {
    use mlops_domain::testing::version;
    use shared_kernel_domain::clock::Timestamp;

    use super::*;

    fn example(number: u32) -> Box<ModelVersion> {
        Box::new(version(1, number, Timestamp::UNIX_EPOCH).0)
    }

    #[test]
    fn a_new_champion_is_shown_with_everything_about_it() {
        let version = example(2);
        let outcome =
            TrainingOutcome::Trained { version: version.clone(), champion: Some(version) };
        let section = section(&outcome);
        assert_eq!(section.aside, "model trained");
        let html = section.html.as_str();
        for part in [
            "flights v2 (isolation_forest) now watches",
            "flights version 2",
            "more like a name than a category",
            "from a sample of 100,000 rows",
            "sample_size",
            "dep_delay, carrier",
            "50 KiB",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
    }

    #[test]
    fn a_declined_version_says_why_and_who_stays() {
        let reasons = vec!["38.4 % of <dep_time> is missing".to_owned()];
        let declined = |champion| TrainingOutcome::Declined { reasons: reasons.clone(), champion };
        let stays = section(&declined(Some(example(1))));
        assert_eq!(stays.aside, "model declined");
        assert!(stays.html.as_str().contains("flights v1 goes on watching"));
        assert!(stays.html.as_str().contains("of &lt;dep_time&gt; is missing"));
        let none = section(&declined(None));
        assert!(none.html.as_str().contains("no model watches this dataset"));
        assert!(!none.html.as_str().contains("<h3>"));
    }

    #[test]
    fn what_has_not_happened_is_not_shown_as_good() {
        for outcome in [TrainingOutcome::Running, TrainingOutcome::NotBegun] {
            assert!(section(&outcome).html.as_str().contains("notice not-evaluated"));
        }
        let older = TrainingOutcome::Trained { version: example(1), champion: Some(example(2)) };
        assert!(section(&older).html.as_str().contains("flights v2 goes on watching"));
    }
}
