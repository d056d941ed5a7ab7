//! `pynomaly events replay`: a consumer group handles events again.

use shared_kernel_domain::Result;
use shared_kernel_domain::bus::{EventLog, Replay};
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_presentation::cli::Console;

use super::{ACTOR, changed};

/// Have a consumer group handle events again that it has handled and that are still kept. What
/// its handler changes is kept; the events it publishes are not, since they were the first time.
/// Newer events of the same dataset wait meanwhile.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pynomaly events replay --group data_profiling.profile --since 2026-08-01T00:00:00Z
  pynomaly events replay --group mlops.train --subject DATASET_ID")]
pub(crate) struct Command {
    /// The consumer group, as `events status` names it
    #[arg(long, value_name = "GROUP")]
    group: String,
    #[command(flatten)]
    which: Which,
}

/// Which events.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// From this event, or this position of the context that publishes
    #[arg(long, value_name = "EVENT|POSITION", value_parser = beginning)]
    from: Option<Replay>,
    /// From the first event at this time or later, such as 2026-08-01T12:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only events about this dataset id
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// Every event that is kept
    #[arg(long)]
    all: bool,
}

impl Which {
    fn replay(&self) -> Replay {
        match self {
            Self { from: Some(beginning), .. } => beginning.clone(),
            Self { since: Some(time), .. } => Replay::Since(*time),
            Self { subject: Some(subject), .. } => Replay::Subject(subject.clone()),
            _ => Replay::All,
        }
    }
}

fn beginning(text: &str) -> std::result::Result<Replay, String> {
    if let Ok(position) = text.parse() {
        return Ok(Replay::FromPosition(position));
    }
    text.parse()
        .map(Replay::FromEvent)
        .map_err(|_| "neither an event's id nor a position".to_owned())
}

/// Runs the command.
pub(super) fn run(command: &Command, events: &dyn EventLog, console: &Console) -> Result<()> {
    let replayed = events.replay(&command.group, &command.which.replay(), ACTOR)?;
    let next = "`pynomaly serve` or the next `pynomaly run` handles them again";
    changed("replayed", replayed, next, console)
}
