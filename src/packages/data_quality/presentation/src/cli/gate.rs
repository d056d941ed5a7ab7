//! The `gate` command: when a model may learn from a dataset, and who decided otherwise.

use clap::{Args, Subcommand, ValueEnum};
use data_quality_application::{
    DataQualityContainer, DatasetGate, GateChange, change_gate, dataset_gate, override_gate,
    reset_gate,
};
use data_quality_domain::{Dimension, GatePolicy, Severity};
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::event::GateDecision;
use shared_kernel_domain::identity::CorrelationId;
use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::{Console, Format, Outcome, Palette, json_document};
use shared_kernel_presentation::{Tone, format};

/// The quality gate of a dataset: whether a model may learn from a version
#[derive(Subcommand, Clone, Debug)]
pub enum GateCommand {
    /// The policy, and what was decided of the newest version
    #[command(after_help = "Exit code: 0 the gate is open, 1 it is closed.")]
    Show {
        /// The dataset's name
        #[arg(value_name = "DATASET")]
        dataset: String,
    },
    /// Give the dataset a policy of its own; what is not named stays as it is
    #[command(after_help = "Examples:
  pynomaly gate set flights --least-score 0.9 --least completeness=0.95
  pynomaly gate set flights --require dest.reference --tolerate null_share
  pynomaly gate set flights --fail-on warning --on-gap close

A NAME is a rule of the contract by its id, or a built-in check: `null_share` for all columns,
`dep_time.null_share` for one. The policy counts from the next version on.")]
    Set(SetArguments),
    /// Take the policy that all datasets have
    Reset {
        /// The dataset's name
        #[arg(value_name = "DATASET")]
        dataset: String,
    },
    /// Let a model learn from the newest version although its gate was closed
    #[command(after_help = "The reason is kept with the report and in the audit trail.

Exit code: 0 a model learned from the version, 2 there is nothing to override.")]
    Override {
        /// The dataset's name
        #[arg(value_name = "DATASET")]
        dataset: String,
        /// Why a model may learn from it all the same
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// What is to change of a policy.
#[derive(Args, Clone, Debug)]
#[command(group(clap::ArgGroup::new("change").required(true).multiple(true)
    .args(["least_score", "least", "fail_on", "require", "tolerate", "forget", "on_gap"])))]
pub struct SetArguments {
    /// The dataset's name
    #[arg(value_name = "DATASET")]
    pub dataset: String,
    /// The lowest overall score that passes, from 0 to 1
    #[arg(long, value_name = "SCORE")]
    pub least_score: Option<f64>,
    /// The lowest score of a dimension that passes, such as completeness=0.95
    #[arg(long, value_name = "DIMENSION=SCORE", value_parser = dimension_score)]
    pub least: Vec<(Dimension, f64)>,
    /// The level at which a failed check closes the gate by itself
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub fail_on: Option<GateLevel>,
    /// A rule or check that must have passed, whatever its level
    #[arg(long, value_name = "NAME")]
    pub require: Vec<String>,
    /// A rule or check that does not close the gate by itself; the score still counts it
    #[arg(long, value_name = "NAME")]
    pub tolerate: Vec<String>,
    /// A rule, check or dimension to treat as all others again
    #[arg(long, value_name = "NAME")]
    pub forget: Vec<String>,
    /// What becomes of checks at that level that could not be evaluated
    #[arg(long, value_enum, value_name = "WHAT")]
    pub on_gap: Option<OnGap>,
}

/// The level at which a failed check closes the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GateLevel {
    /// Warnings and errors.
    Warning,
    /// Errors only.
    Error,
    /// No check by itself; scores and required checks decide.
    Never,
}

/// What a gap in the evaluation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnGap {
    /// It closes the gate.
    Close,
    /// It counts for nothing.
    Pass,
}

fn dimension_score(text: &str) -> std::result::Result<(Dimension, f64), String> {
    let (name, score) = text.split_once('=').ok_or("write it as completeness=0.95")?;
    let dimension = Dimension::ALL.into_iter().find(|dimension| dimension.name() == name);
    let dimension = dimension.ok_or_else(|| {
        let names = Dimension::ALL.map(Dimension::name).join(", ");
        format!("there is no dimension {name}; there are {names}")
    })?;
    let score = score.parse().map_err(|_| format!("{score} is no number"))?;
    Ok((dimension, score))
}

impl SetArguments {
    fn change(&self) -> GateChange {
        GateChange {
            least_score: self.least_score,
            least_of_dimension: self.least.iter().copied().collect(),
            fail_on: self.fail_on.map(|level| match level {
                GateLevel::Warning => Some(Severity::Warning),
                GateLevel::Error => Some(Severity::Error),
                GateLevel::Never => None,
            }),
            require: self.require.clone(),
            tolerate: self.tolerate.clone(),
            forget: self.forget.clone(),
            gaps_close: self.on_gap.map(|gap| gap == OnGap::Close),
        }
    }
}

/// The gate of a dataset (`pynomaly.gate/1`).
#[derive(Debug, Serialize, JsonSchema)]
pub struct GateDocument {
    /// `pynomaly.gate/1`.
    pub schema: String,
    /// The dataset's name.
    pub dataset: String,
    /// When the gate closes.
    pub policy: GatePolicy,
    /// Whether the dataset has this policy for itself.
    pub own_policy: bool,
    /// The newest version that was judged; `null` when none was.
    pub version: Option<u32>,
    /// What was decided of it.
    pub decision: Option<GateDecision>,
}

impl GateDocument {
    fn of(gate: DatasetGate) -> Self {
        let (version, decision) = gate.newest.unzip();
        Self {
            schema: "pynomaly.gate/1".to_owned(),
            dataset: gate.dataset,
            policy: gate.policy,
            own_policy: gate.own,
            version,
            decision,
        }
    }
}

/// Runs the command. `carry_on` takes a chain of events that goes on after an override to its end.
///
/// # Errors
/// A usage error when there is no such dataset, or nothing to override.
pub fn run_gate(
    command: &GateCommand,
    container: &DataQualityContainer,
    carry_on: &dyn Fn(Option<CorrelationId>) -> Result<()>,
    console: &Console,
) -> Result<Outcome> {
    let format = console.format(&[Format::Table, Format::Json])?;
    let gate = match command {
        GateCommand::Show { dataset } => dataset_gate(container, dataset)?,
        GateCommand::Set(arguments) => {
            change_gate(container, &arguments.dataset, &arguments.change())?
        }
        GateCommand::Reset { dataset } => reset_gate(container, dataset)?,
        GateCommand::Override { dataset, reason } => {
            let (stored, chain) = override_gate(container, dataset, reason)?;
            carry_on(chain).map_err(|error| carried_on(error, stored.dataset.version))?;
            dataset_gate(container, dataset)?
        }
    };
    let is_shown = matches!(command, GateCommand::Show { .. });
    let closed = gate.newest.as_ref().is_some_and(|(_, decision)| !decision.passed);
    console.result(&if format == Format::Json {
        json_document(&GateDocument::of(gate))?
    } else {
        text(&gate, console.palette())
    })?;
    Ok(if is_shown && closed { Outcome::Failed } else { Outcome::Done })
}

fn carried_on(error: Error, version: u32) -> Error {
    let kept = format!("the override of version {version} is kept, and `pynomaly serve` goes on");
    if error.hint_text().is_some() { error } else { error.hint(kept) }
}

fn text(gate: &DatasetGate, palette: Palette) -> String {
    let policy = &gate.policy;
    let mut lines = Vec::new();
    let whose = if gate.own { "its own policy" } else { "the policy of all datasets" };
    let heading = format!("{}: {whose}", format::printable(&gate.dataset));
    lines.push(palette.paint(Tone::Strong, &heading));
    lines.push(format!("  the score is at least {}", policy.least_score));
    for (dimension, least) in &policy.least_of_dimension {
        lines.push(format!("  the score of {dimension} is at least {least}"));
    }
    lines.push(match policy.fail_on {
        Some(level) => format!("  no check fails at {level} level"),
        None => "  no check closes it by itself".to_owned(),
    });
    for (names, what) in
        [(&policy.required, "must have passed"), (&policy.tolerated, "does not close it by itself")]
    {
        lines.extend(names.iter().map(|name| format!("  {} {what}", format::printable(name))));
    }
    if policy.gaps_close {
        lines.push("  what could not be evaluated at that level closes it".to_owned());
    }
    lines.push(String::new());
    lines.extend(decision(gate, palette));
    lines.join("\n") + "\n"
}

fn decision(gate: &DatasetGate, palette: Palette) -> Vec<String> {
    let Some((version, decision)) = &gate.newest else {
        return vec!["no version was judged yet".to_owned()];
    };
    let (word, tone) = match (&decision.overridden, decision.passed) {
        (Some(_), true) => ("open by override", Tone::Warning),
        (_, true) => ("open", Tone::Good),
        (_, false) => ("closed", Tone::Bad),
    };
    let mut lines = vec![format!("version {version}: {}", palette.paint(tone, word))];
    let mut reasons = &decision.reasons;
    if let Some(taken) = &decision.overridden {
        let at = format::timestamp(taken.at);
        let line = format!("  {} at {at}: {}", taken.by, taken.reason);
        lines.push(format::printable(&line).into_owned());
        lines.push("  it was closed because".to_owned());
        reasons = &taken.closed_for;
    }
    lines.extend(reasons.iter().map(|reason| format!("  {}", format::printable(reason))));
    lines
}
