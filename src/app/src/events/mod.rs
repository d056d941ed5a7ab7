//! `pynomaly events`: the event flow as people look at it, and what they do to it.

mod dead_letters;
mod replay;

use std::io::IsTerminal;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::bus::{DeliveryRecord, EventFilter, EventLog, GroupStatus};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Envelope;
use shared_kernel_domain::identity::{CorrelationId, EventId};
use shared_kernel_domain::{Error, ErrorKind, Result};
use shared_kernel_presentation::cli::{Console, Format, Outcome, json_document};
use shared_kernel_presentation::table::{Column, Table};
use shared_kernel_presentation::{Tone, format};

pub(crate) use dead_letters::{DeadLetter, DeadLetters};

/// Who acts, in the audit trail.
const ACTOR: &str = "user";
/// A look at the log at least so often: another process may publish.
const NET: Duration = Duration::from_millis(250);

/// The event flow
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Published events, newest last
    List {
        /// Only the chain of this correlation id
        #[arg(long, value_name = "ID")]
        chain: Option<CorrelationId>,
        /// Only events whose type contains this text, such as `model`
        #[arg(long = "type", value_name = "TEXT")]
        event_type: Option<String>,
        /// Only events about this dataset id
        #[arg(long, value_name = "ID")]
        subject: Option<String>,
        /// At most so many, the newest
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// One event, and what became of it in every consumer group
    Show {
        /// The event's id
        id: EventId,
    },
    /// New events as they come, until Ctrl-C
    Follow,
    /// Health of every consumer group: lag, retries, parked events
    Status,
    /// Parked events, which wait for a person: list, show, requeue or discard them
    DeadLetters {
        #[command(subcommand)]
        command: Option<dead_letters::Command>,
    },
    /// Have a consumer group handle events again that it has handled
    Replay(replay::Command),
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct EventList<'a> {
    schema: &'static str,
    events: &'a [Envelope],
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct EventDetails<'a> {
    schema: &'static str,
    event: &'a Envelope,
    deliveries: &'a [DeliveryRecord],
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Statuses<'a> {
    schema: &'static str,
    groups: &'a [GroupStatus],
}

/// How many events were requeued, discarded or replayed.
#[derive(Serialize, JsonSchema)]
pub(crate) struct EventsChanged {
    schema: &'static str,
    action: &'static str,
    events: u64,
}

/// Runs the command.
pub(crate) fn run(
    command: &Command,
    events: &dyn EventLog,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    match command {
        Command::List { chain, event_type, subject, limit } => {
            let filter = EventFilter {
                correlation_id: *chain,
                subject: subject.clone(),
                event_type: event_type.clone(),
                limit: Some(*limit),
            };
            list(&events.events(&filter)?, console)?;
        }
        Command::Show { id } => show(events, id, console)?,
        Command::Follow => follow(events, console, cancellation)?,
        Command::Status => status(&events.status()?, console)?,
        Command::DeadLetters { command } => {
            let list = dead_letters::Command::default();
            let command = command.as_ref().unwrap_or(&list);
            dead_letters::run(command, events, console, cancellation)?;
        }
        Command::Replay(command) => replay::run(command, events, console)?,
    }
    Ok(Outcome::Done)
}

fn list(events: &[Envelope], console: &Console) -> Result<()> {
    if console.format(&[Format::Table, Format::Json])? == Format::Json {
        return console.result(&json_document(&EventList { schema: "pynomaly.events/1", events })?);
    }
    if events.is_empty() {
        console.note("no events; `pynomaly run DATA` publishes the first");
        return Ok(());
    }
    let mut table = Table::new([
        Column::text("time"),
        Column::text("type"),
        Column::text("dataset"),
        Column::number("version"),
        Column::text("event"),
        Column::text("chain").optional(),
    ]);
    for event in events {
        let dataset = &event.data["dataset"];
        table.row([
            format::timestamp(event.time).into(),
            short_type(&event.event_type).to_owned().into(),
            dataset["dataset_name"].as_str().unwrap_or(&event.subject).to_owned().into(),
            dataset["version"].as_u64().map_or_else(String::new, |it| it.to_string()).into(),
            event.id.to_string().into(),
            event.correlation_id.to_string().into(),
        ]);
    }
    console.result(&table.to_text(console.width(), console.palette()))
}

fn show(events: &dyn EventLog, id: &EventId, console: &Console) -> Result<()> {
    let event = events.event(id)?.ok_or_else(|| {
        Error::usage(format!("no event has the id {id}")).hint("see `pynomaly events list`")
    })?;
    let mut deliveries = events.deliveries(Some(&event.correlation_id))?;
    deliveries.retain(|delivery| delivery.event_id == event.id);
    if console.format(&[Format::Table, Format::Json])? == Format::Json {
        let details =
            EventDetails { schema: "pynomaly.event/1", event: &event, deliveries: &deliveries };
        return console.result(&json_document(&details)?);
    }
    console.result(&json_document(&event)?)?;
    if !deliveries.is_empty() {
        console.result(&delivery_table(&deliveries).to_text(console.width(), console.palette()))?;
    }
    Ok(())
}

fn follow(events: &dyn EventLog, console: &Console, cancellation: &Cancellation) -> Result<()> {
    let as_json = console.format(&[Format::Table, Format::Json])? == Format::Json;
    let mut seen = events.newest()?;
    if std::io::stderr().is_terminal() {
        console.note("waiting for events; Ctrl-C ends");
    }
    loop {
        let activity = events.activity();
        match cancellation.check() {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            other => other?,
        }
        let (new, reached) = events.events_after(&seen)?;
        if new.is_empty() {
            events.wait(activity, NET);
        }
        for event in &new {
            console.result(&line(event, as_json)?)?;
        }
        seen = reached;
    }
}

fn line(event: &Envelope, as_json: bool) -> Result<String> {
    if as_json {
        let line = serde_json::to_string(event)
            .map_err(|cause| Error::internal("an event does not serialise").caused_by(cause))?;
        return Ok(line + "\n");
    }
    Ok(format!(
        "{}  {:<20} {}  {}\n",
        format::timestamp(event.time),
        short_type(&event.event_type),
        event.data["dataset"]["dataset_name"].as_str().unwrap_or(&event.subject),
        event.id
    ))
}

fn status(groups: &[GroupStatus], console: &Console) -> Result<()> {
    if console.format(&[Format::Table, Format::Json])? == Format::Json {
        let document = Statuses { schema: "pynomaly.event_status/1", groups };
        return console.result(&json_document(&document)?);
    }
    let mut table = Table::new([
        Column::text("group"),
        Column::number("handled"),
        Column::number("waiting"),
        Column::number("oldest"),
        Column::number("retries"),
        Column::number("parked"),
    ]);
    for group in groups {
        table.row([
            group.group.clone().into(),
            format::count(group.handled).into(),
            format::count(group.lag_events).into(),
            format::duration(Duration::from_secs_f64(group.lag_seconds.max(0.0))).into(),
            format::count(group.retries).into(),
            format::count(group.parked).into(),
        ]);
    }
    console.result(&table.to_text(console.width(), console.palette()))
}

/// Says how many events were changed, and what comes next.
fn changed(action: &'static str, events: u64, next: &str, console: &Console) -> Result<()> {
    if console.format(&[Format::Table, Format::Json])? == Format::Json {
        let document = EventsChanged { schema: "pynomaly.events_changed/1", action, events };
        return console.result(&json_document(&document)?);
    }
    let events = format::plural(events, "event", "events");
    console.note(&format!("{events} {action}; {next}"));
    Ok(())
}

fn delivery_table(deliveries: &[DeliveryRecord]) -> Table {
    let mut table = Table::new([
        Column::text("group"),
        Column::text("type"),
        Column::text("event"),
        Column::text("state"),
        Column::number("attempts"),
        Column::text("last error"),
    ]);
    for delivery in deliveries {
        table.row([
            delivery.group.clone().into(),
            short_type(&delivery.event_type).to_owned().into(),
            delivery.event_id.to_string().into(),
            state(delivery).into(),
            delivery.attempts.to_string().into(),
            shared_kernel_presentation::table::TableCell::toned(
                delivery.last_error.clone().unwrap_or_default(),
                Tone::Bad,
            ),
        ]);
    }
    table
}

fn state(delivery: &DeliveryRecord) -> String {
    let state = format!("{:?}", delivery.state).to_lowercase();
    if delivery.replay { format!("{state} (replay)") } else { state }
}

/// `io.pynomaly.model.trained.v1` as people say it: `model.trained`.
fn short_type(event_type: &str) -> &str {
    let name = event_type.strip_prefix("io.pynomaly.").unwrap_or(event_type);
    name.rsplit_once(".v").map_or(name, |(name, _)| name)
}
