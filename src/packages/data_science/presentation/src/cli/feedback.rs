//! `feedback confirm|dismiss|list|withdraw`.

use clap::{Args, Subcommand};
use data_science_application::{
    DataScienceContainer, FeedbackAction, FeedbackOutcome, FeedbackRequest, change_feedback,
    feedback_of_pipeline,
};
use data_science_domain::feedback::{Feedback, FeedbackChange, Verdict};
use shared_kernel_domain::Result;
use shared_kernel_presentation::cli::{Console, Format, Outcome, Palette, json_document};
use shared_kernel_presentation::table::Column;
use shared_kernel_presentation::{Table, Tone, format};

use super::paragraph;
use crate::document::{FeedbackChangeDocument, FeedbackDocument};
use crate::sentence;

/// Changed rows that are shown.
const SHOWN_CHANGES: usize = 20;
/// Columns told of a row that feedback was given on.
const SHOWN_COLUMNS: usize = 2;
/// Characters of what was said.
const SHOWN_CHARACTERS: usize = 60;

/// What people say of the rows that a pipeline told
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Say that rows are anomalies: they and their like are ranked higher
    #[command(after_help = EXPLANATION)]
    Confirm(GiveArguments),
    /// Say that rows are fine: they and their like are ranked lower, or no longer called anomalies
    #[command(after_help = EXPLANATION)]
    Dismiss(GiveArguments),
    /// All feedback on what a pipeline told
    List {
        /// The pipeline's name: the dataset's
        #[arg(value_name = "PIPELINE")]
        pipeline: String,
    },
    /// Take feedback back: all is as if it had never been given
    Withdraw(RowArguments),
}

const EXPLANATION: &str = "Examples:
  pynomaly feedback dismiss flights --row 1205 --reason \"charter flights report no carrier\"
  pynomaly feedback confirm flights --row 7 --row 1290 --dry-run
  pynomaly feedback withdraw flights --row 1205

Feedback is given on the most anomalous rows that run, pipeline show and the report tell, 100 of each
version. It applies to that version and all others, until it is withdrawn. Scores and p-values stay
as they are, and no model learns from it; docs/guide/feedback.md says what changes. The answer lists
the other rows of the newest version that it changes; with --dry-run that is all it does.";

/// Which rows.
#[derive(Args, Clone, Debug)]
pub struct RowArguments {
    /// The pipeline's name: the dataset's
    #[arg(value_name = "PIPELINE")]
    pub pipeline: String,
    /// The row's number, from 0; may be repeated
    #[arg(long = "row", value_name = "ROW", required = true)]
    pub rows: Vec<u64>,
    /// The dataset version that they are rows of [default: the newest that was scored]
    #[arg(long, value_name = "NUMBER")]
    pub version: Option<u32>,
    /// Only say what it would change
    #[arg(long)]
    pub dry_run: bool,
}

/// Which rows, and why.
#[derive(Args, Clone, Debug)]
pub struct GiveArguments {
    /// The rows.
    #[command(flatten)]
    pub rows: RowArguments,
    /// Why, for others to read
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Runs a command on feedback.
pub fn run(
    command: &Command,
    container: &DataScienceContainer,
    console: &Console,
) -> Result<Outcome> {
    let is_json = console.format(&[Format::Table, Format::Json])? == Format::Json;
    let (width, palette) = (console.width(), console.palette());
    let (rows, action) = match command {
        Command::List { pipeline } => {
            let (pipeline, feedback) = feedback_of_pipeline(container, pipeline)?;
            console.result(&if is_json {
                json_document(&FeedbackDocument::of(&pipeline.name, &feedback))?
            } else {
                list_text(&pipeline.name, &feedback, width, palette)
            })?;
            return Ok(Outcome::Done);
        }
        Command::Confirm(GiveArguments { rows, reason }) => {
            (rows, FeedbackAction::Give(Verdict::Confirmed, reason.clone()))
        }
        Command::Dismiss(GiveArguments { rows, reason }) => {
            (rows, FeedbackAction::Give(Verdict::Dismissed, reason.clone()))
        }
        Command::Withdraw(rows) => (rows, FeedbackAction::Withdraw),
    };
    let request = FeedbackRequest {
        pipeline: rows.pipeline.clone(),
        version: rows.version,
        rows: rows.rows.clone(),
        dry_run: rows.dry_run,
    };
    let outcome = change_feedback(container, &request, &action)?;
    console.result(&if is_json {
        json_document(&FeedbackChangeDocument::of(&outcome, &action))?
    } else {
        outcome_text(&outcome, &action, width, palette)
    })?;
    Ok(Outcome::Done)
}

fn list_text(pipeline: &str, feedback: &[Feedback], width: usize, palette: Palette) -> String {
    if feedback.is_empty() {
        return format!(
            "no feedback on what {0} told; `pynomaly feedback dismiss {0} --row N` gives some\n",
            format::printable(pipeline)
        );
    }
    let mut table = Table::new([
        Column::number("version"),
        Column::number("row"),
        Column::text("said"),
        Column::text("by").optional(),
        Column::text("when").optional(),
        Column::text("because of"),
        Column::text("reason").optional(),
    ]);
    for given in feedback {
        let reason = format::printable(given.reason.as_deref().unwrap_or_default());
        table.row([
            given.version.to_string().into(),
            format::count(given.row).into(),
            given.verdict.name().into(),
            given.by.clone().into(),
            format::timestamp(given.at).into(),
            sentence::judged_columns(&given.columns, SHOWN_COLUMNS).into(),
            format::shorten(&reason, SHOWN_CHARACTERS).into(),
        ]);
    }
    table.to_text(width, palette)
}

fn outcome_text(
    outcome: &FeedbackOutcome,
    action: &FeedbackAction,
    width: usize,
    palette: Palette,
) -> String {
    let mut lines = vec![palette.paint(Tone::Strong, &done(outcome, action))];
    for earlier in &outcome.replaced {
        lines.push(format!(
            "row {} was {} before",
            format::count(earlier.row),
            earlier.verdict.name()
        ));
    }
    let (before, after) = (outcome.before.anomaly_count, outcome.after.anomaly_count);
    lines.push(format!(
        "in version {}, {} of {} called anomalies, {} before",
        outcome.previewed_version,
        format::count(after),
        format::plural(outcome.after.rows, "row is", "rows are"),
        format::count(before)
    ));
    lines.extend(outcome.after.feedback.as_ref().map(sentence::effect));
    lines.extend(behind(outcome));
    let told = paragraph(&lines);
    if outcome.changes.is_empty() {
        return format!("{told}no row told of it changes\n");
    }
    let more = outcome.changes.len().saturating_sub(SHOWN_CHANGES);
    let shown = outcome.changes.len().min(SHOWN_CHANGES);
    let mut text = format!("{told}\n{}", changes_text(&outcome.changes[..shown], width, palette));
    if more > 0 {
        text.push_str(&format!("and {more} more, see --format json\n"));
    }
    text
}

/// Where to see what comes behind the rows told, when most of these are like dismissed ones.
fn behind(outcome: &FeedbackOutcome) -> Option<String> {
    let effect = outcome.after.feedback.as_ref()?;
    let name = format::printable(&outcome.pipeline.name);
    (2 * effect.lowered > effect.compared).then(|| {
        format!(
            "what comes behind them: `pynomaly detect {name} --pipeline {name}`, or the next run"
        )
    })
}

/// What was done, or would be.
fn done(outcome: &FeedbackOutcome, action: &FeedbackAction) -> String {
    let rows: Vec<String> = outcome
        .feedback
        .iter()
        .take(8)
        .map(|given| format!("{} of version {}", given.row, given.version))
        .collect();
    let others = match outcome.feedback.len().saturating_sub(rows.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let said = match action {
        FeedbackAction::Give(verdict, _) => verdict.name().to_owned(),
        FeedbackAction::Withdraw => "no longer judged".to_owned(),
    };
    let be = if outcome.dry_run { "would be " } else { "" };
    let kept = if outcome.dry_run { " (nothing was kept)" } else { "" };
    let pipeline = format::printable(&outcome.pipeline.name);
    format!("{pipeline}: row {}{others} {be}{said}{kept}", rows.join(", "))
}

fn changes_text(changes: &[FeedbackChange], width: usize, palette: Palette) -> String {
    let mut table = Table::new([
        Column::number("row"),
        Column::text("place"),
        Column::text("anomaly"),
        Column::text("feedback"),
    ]);
    let yes_or_no = |anomaly: bool| if anomaly { "yes" } else { "no" };
    for change in changes {
        let (before, after) = (change.place_before, change.place_after);
        let place =
            if before == after { after.to_string() } else { format!("{before} → {after}") };
        let (was, is) = (yes_or_no(change.anomaly_before), yes_or_no(change.anomaly_after));
        let anomaly = if was == is { is.to_owned() } else { format!("{was} → {is}") };
        table.row([
            format::count(change.row).into(),
            place.into(),
            anomaly.into(),
            change.feedback.as_ref().map_or_else(|| "none".to_owned(), sentence::mark).into(),
        ]);
    }
    table.to_text(width, palette)
}
