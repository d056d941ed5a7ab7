use mlops_application::{ModelHistory, ModelOverview};
use mlops_domain::{AliasChange, ModelVersion, Run, RunStatus};
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_presentation::cli::Console;
use shared_kernel_presentation::table::{Column, TableCell};
use shared_kernel_presentation::{Table, Tone, format};

use crate::words;

fn render(table: &Table, console: &Console) -> String {
    table.to_text(console.width(), console.palette())
}

/// All models.
pub(super) fn list(overviews: &[ModelOverview], console: &Console) -> String {
    if overviews.is_empty() {
        return "no models yet: `pynomaly run DATA` trains the first\n".to_owned();
    }
    let mut table = Table::new([
        Column::text("Model"),
        Column::number("Champion"),
        Column::number("Versions"),
        Column::text("Detector"),
        Column::number("Learned from"),
        Column::number("Rows").optional(),
        Column::text("Registered").optional(),
    ]);
    for overview in overviews {
        let mut row: Vec<TableCell> = vec![overview.model.name.as_str().into()];
        let champion = overview.champion.as_ref();
        let of_champion = |render: fn(&ModelVersion) -> String| -> TableCell {
            champion.map_or_else(|| format::NO_VALUE.to_owned(), render).into()
        };
        row.push(of_champion(|it| format!("v{}", it.number)));
        row.push(format::count(overview.versions.into()).into());
        row.push(of_champion(|it| it.detector.clone()));
        row.push(of_champion(|it| format!("version {}", it.lineage.dataset.version)));
        row.push(of_champion(|it| format::count(it.training_rows)));
        row.push(of_champion(|it| format::timestamp(it.created_at)));
        table.row(row);
    }
    render(&table, console)
}

/// One version in full.
pub(super) fn version(version: &ModelVersion, champion: bool, console: &Console) -> String {
    let mut facts = words::facts(version);
    let watching = if champion { "yes, it is the champion" } else { "no" };
    facts.push(("Watches now", watching.to_owned()));
    facts.push(("Reads", version.columns.join(", ")));
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let mut lines: Vec<String> = Vec::new();
    for (name, value) in facts {
        lines.push(format!("{name:width$}  {}\n", format::printable(&value)));
    }
    let mut text = lines.concat();
    for table in [words::parameters(version), words::metrics(version), words::left_out(version)] {
        if !table.is_empty() {
            text.push('\n');
            text.push_str(&render(&table, console));
        }
    }
    text
}

/// Who was champion at a time.
pub(super) fn holder(name: &str, at: Timestamp, holder: Option<&AliasChange>) -> String {
    let (name, at) = (format::printable(name), format::timestamp(at));
    match holder {
        Some(change) => {
            let since = format::timestamp(change.changed_at);
            format!("{name} v{} was champion at {at}, since {since}\n", change.model_version)
        }
        None => format!("no version of {name} was champion at {at}\n"),
    }
}

/// Champions and runs.
pub(super) fn history(history: &ModelHistory, console: &Console) -> String {
    let mut champions = Table::new([
        Column::text("Since"),
        Column::number("Champion"),
        Column::text("Why"),
        Column::text("By").optional(),
    ]);
    for change in &history.aliases {
        champions.row([
            format::timestamp(change.changed_at).into(),
            format!("v{}", change.model_version).into(),
            change.reason.as_str().into(),
            change.actor.as_str().into(),
        ]);
    }
    let mut text = if champions.is_empty() {
        "no version was champion yet\n".to_owned()
    } else {
        render(&champions, console)
    };
    let mut runs = Table::new([
        Column::text("Run began"),
        Column::number("Dataset"),
        Column::text("Outcome"),
        Column::text("Why"),
        Column::number("Attempts").optional(),
    ]);
    for run in &history.runs {
        let (tone, why) = status(run);
        runs.row([
            format::timestamp(run.started_at).into(),
            format!("version {}", run.lineage.dataset.version).into(),
            TableCell::toned(run.status.name(), tone),
            why.into(),
            format::count(run.attempts.into()).into(),
        ]);
    }
    text.push('\n');
    text.push_str(&render(&runs, console));
    text
}

fn status(run: &Run) -> (Tone, String) {
    match &run.status {
        RunStatus::Running => (Tone::NotEvaluated, String::new()),
        RunStatus::Finished { .. } => (Tone::Good, String::new()),
        RunStatus::Failed { error } => (Tone::Bad, error.clone()),
        RunStatus::Declined { reasons } => (Tone::Bad, reasons.join("; ")),
    }
}
