//! `pynomaly events dead-letters`: parked events, and what a person makes of them.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::bus::{DeliveryRecord, EventLog, ParkedFilter};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Envelope;
use shared_kernel_domain::identity::EventId;
use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::{Console, Format, json_document};
use shared_kernel_presentation::format;

use super::{ACTOR, changed, delivery_table};

/// What comes behind a requeue.
const GOES_ON: &str = "`pynomaly serve`, or `pynomaly run` with the same data, goes on from there";

/// Parked events
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Parked events, oldest first
    List {
        #[command(flatten)]
        narrowing: Narrowing,
    },
    /// One parked event: what it says, how often it was tried, why it failed
    Show {
        /// The event's id
        event: EventId,
        /// The consumer group it is parked in; else every group
        #[arg(long, value_name = "GROUP")]
        group: Option<String>,
    },
    /// Give parked events another row of attempts
    Requeue {
        #[command(flatten)]
        selection: Selection,
        /// At most so many a second, so that other events do not suffer
        #[arg(long, value_name = "N", default_value = "50")]
        rate: NonZeroU32,
    },
    /// Give parked events up for good: later events of their datasets go on without them
    Discard {
        #[command(flatten)]
        selection: Selection,
        /// Why; kept in the audit trail
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

impl Default for Command {
    fn default() -> Self {
        Self::List { narrowing: Narrowing::default() }
    }
}

/// Which parked events to look at.
#[derive(clap::Args, Default)]
pub(crate) struct Narrowing {
    /// Only events parked in this consumer group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Only events whose type contains this text, such as `model`
    #[arg(long = "type", value_name = "TEXT")]
    event_type: Option<String>,
    /// Only events about this dataset id
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
}

/// Which parked events to change: never all by accident.
#[derive(clap::Args)]
pub(crate) struct Selection {
    /// This event; else those that the options name
    #[arg(required_unless_present_any = ["all", "group", "event_type", "subject"])]
    event: Option<EventId>,
    /// Every parked event
    #[arg(long, conflicts_with_all = ["event", "group", "event_type", "subject"])]
    all: bool,
    #[command(flatten)]
    narrowing: Narrowing,
}

impl Narrowing {
    fn filter(&self) -> ParkedFilter {
        ParkedFilter {
            event_id: None,
            group: self.group.clone(),
            event_type: self.event_type.clone(),
            subject: self.subject.clone(),
        }
    }
}

impl Selection {
    fn filter(&self) -> ParkedFilter {
        ParkedFilter { event_id: self.event, ..self.narrowing.filter() }
    }
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct DeadLetters<'a> {
    schema: &'static str,
    parked: &'a [DeliveryRecord],
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct DeadLetter<'a> {
    schema: &'static str,
    event: &'a Envelope,
    parked: &'a [DeliveryRecord],
}

/// Runs the command.
pub(super) fn run(
    command: &Command,
    events: &dyn EventLog,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<()> {
    match command {
        Command::List { narrowing } => list(&events.parked(&narrowing.filter())?, console),
        Command::Show { event, group } => show(events, event, group.as_ref(), console),
        Command::Requeue { selection, rate } => {
            let (which, parked) = (selection.filter(), count(selection, events)?);
            if parked > u64::from(rate.get()) {
                let parked = format::plural(parked, "event is", "events are");
                console.note(&format!("{parked} requeued, {rate} a second; Ctrl-C stops"));
            }
            let requeued = events.requeue(&which, *rate, ACTOR, cancellation)?;
            check_whole("requeued", requeued, parked, cancellation)?;
            changed("requeued", requeued, GOES_ON, console)
        }
        Command::Discard { selection, reason } => {
            let (which, parked) = (selection.filter(), count(selection, events)?);
            let discarded = events.discard(&which, reason, ACTOR, cancellation)?;
            check_whole("discarded", discarded, parked, cancellation)?;
            let next = "later events of the same datasets go on without them";
            changed("discarded", discarded, next, console)
        }
    }
}

/// How many are selected; a single event must be there.
fn count(selection: &Selection, events: &dyn EventLog) -> Result<u64> {
    let parked = events.parked(&selection.filter())?.len() as u64;
    match selection.event {
        Some(event) if parked == 0 => Err(not_parked(&event)),
        _ => Ok(parked),
    }
}

fn check_whole(action: &str, done: u64, selected: u64, cancellation: &Cancellation) -> Result<()> {
    if done < selected && cancellation.is_cancelled() {
        let hint =
            format!("{done} of {selected} were {action}; the same command goes on with the others");
        return Err(Error::interrupted().hint(hint));
    }
    Ok(())
}

fn not_parked(event: &EventId) -> Error {
    Error::usage(format!("event {event} is not parked there"))
        .hint("`pynomaly events dead-letters` lists what is parked")
}

fn list(parked: &[DeliveryRecord], console: &Console) -> Result<()> {
    if console.format(&[Format::Table, Format::Json])? == Format::Json {
        let document = DeadLetters { schema: "pynomaly.dead_letters/1", parked };
        return console.result(&json_document(&document)?);
    }
    if parked.is_empty() {
        console.note("no parked events");
        return Ok(());
    }
    console.result(&delivery_table(parked).to_text(console.width(), console.palette()))
}

fn show(
    events: &dyn EventLog,
    id: &EventId,
    group: Option<&String>,
    console: &Console,
) -> Result<()> {
    let which =
        ParkedFilter { event_id: Some(*id), group: group.cloned(), ..ParkedFilter::default() };
    let parked = events.parked(&which)?;
    let event = events.event(id)?.filter(|_| !parked.is_empty()).ok_or_else(|| not_parked(id))?;
    if console.format(&[Format::Table, Format::Json])? == Format::Json {
        let document =
            DeadLetter { schema: "pynomaly.dead_letter/1", event: &event, parked: &parked };
        return console.result(&json_document(&document)?);
    }
    console.result(&json_document(&event)?)?;
    for delivery in &parked {
        let attempts = format::plural(delivery.attempts.into(), "attempt", "attempts");
        let error = delivery.last_error.as_deref().unwrap_or("no reason was recorded");
        console.result(&format!("\nparked in {} after {attempts}: {error}\n", delivery.group))?;
    }
    Ok(())
}
