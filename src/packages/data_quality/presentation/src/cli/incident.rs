//! The `incident` command: what bad versions caused, and what people say of it.

use std::fmt::Write;

use clap::Subcommand;
use data_quality_application::{
    DataQualityContainer, acknowledge_incident, find_incident, open_incidents, snooze_incident,
};
use data_quality_domain::{Incident, Severity};
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::Result;
use shared_kernel_presentation::cli::{Console, Format, Outcome, Palette, json_document};
use shared_kernel_presentation::table::{Column, TableCell};
use shared_kernel_presentation::{Table, Tone, format};

/// Incidents: what one bad version of a dataset, or several in a row, caused
#[derive(Subcommand, Clone, Debug)]
pub enum IncidentCommand {
    /// The open incidents, newest first
    #[command(
        after_help = "A version is bad when the quality gate is closed or a monitor warns of it. The first bad version
of a dataset opens an incident, the next ones go on with it, the first good one closes it.

Exit code: 0 none is open, 1 one is open that nobody has acknowledged."
    )]
    List {
        /// Closed ones and those put off as well
        #[arg(long)]
        all: bool,
        /// How many of the newest to show
        #[arg(long, value_name = "NUMBER", default_value_t = 20)]
        most: usize,
    },
    /// What failed, since when, and what was said of it
    Show {
        /// A dataset with an open incident, or an incident's id
        #[arg(value_name = "DATASET|ID")]
        name: String,
    },
    /// Say that it is known
    Acknowledge {
        /// A dataset with an open incident, or an incident's id
        #[arg(value_name = "DATASET|ID")]
        name: String,
        /// What others should know
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Leave it out of the list of open ones for some time
    Snooze {
        /// A dataset with an open incident, or an incident's id
        #[arg(value_name = "DATASET|ID")]
        name: String,
        /// For how long, such as 12h, 3d or 2w
        #[arg(long = "for", value_name = "TIME")]
        span: String,
    },
}

/// Incidents (`pynomaly.incidents/1`).
#[derive(Debug, Serialize, JsonSchema)]
pub struct IncidentsDocument {
    /// `pynomaly.incidents/1`.
    pub schema: String,
    /// The newest first.
    pub incidents: Vec<Incident>,
}

/// An incident (`pynomaly.incident/1`).
#[derive(Debug, Serialize, JsonSchema)]
pub struct IncidentDocument {
    /// `pynomaly.incident/1`.
    pub schema: String,
    /// The incident.
    #[serde(flatten)]
    pub incident: Incident,
}

/// Runs the command.
///
/// # Errors
/// A usage error when there is no such incident.
pub fn run_incident(
    command: &IncidentCommand,
    container: &DataQualityContainer,
    console: &Console,
) -> Result<Outcome> {
    let is_json = console.format(&[Format::Table, Format::Json])? == Format::Json;
    let incident = match command {
        IncidentCommand::List { all, most } => {
            let incidents = open_incidents(container, *all, *most)?;
            let urgent = |it: &Incident| it.is_open() && it.acknowledgement.is_none();
            let urgent = incidents.iter().any(urgent);
            console.result(&if is_json {
                let schema = "pynomaly.incidents/1".to_owned();
                json_document(&IncidentsDocument { schema, incidents })?
            } else {
                list(&incidents, *all, console.width(), console.palette())
            })?;
            return Ok(if urgent { Outcome::Failed } else { Outcome::Done });
        }
        IncidentCommand::Show { name } => find_incident(container, name)?,
        IncidentCommand::Acknowledge { name, note } => {
            acknowledge_incident(container, name, note.clone())?
        }
        IncidentCommand::Snooze { name, span } => snooze_incident(container, name, span)?,
    };
    console.result(&if is_json {
        json_document(&IncidentDocument { schema: "pynomaly.incident/1".to_owned(), incident })?
    } else {
        details(&incident, console.width(), console.palette())
    })?;
    Ok(Outcome::Done)
}

fn list(incidents: &[Incident], all: bool, width: usize, palette: Palette) -> String {
    if incidents.is_empty() {
        let which = if all { "" } else { " open" };
        return format!("no{which} incidents\n");
    }
    let mut table = Table::new([
        Column::text("dataset"),
        Column::text("since"),
        Column::text("versions"),
        Column::text("state"),
        Column::text("worst cause"),
        Column::text("id").optional(),
    ]);
    for incident in incidents {
        let worst = incident.causes.first().map_or("", |cause| cause.sentence.as_str());
        let (state, tone) = state(incident);
        table.row([
            format::printable(&incident.dataset).as_ref().into(),
            format::timestamp(incident.opened_at).into(),
            versions(incident).into(),
            TableCell::toned(state, tone),
            format::printable(worst).as_ref().into(),
            incident.id.to_string().into(),
        ]);
    }
    table.to_text(width, palette)
}

fn versions(incident: &Incident) -> String {
    if incident.opened_by == incident.last_bad {
        return incident.opened_by.to_string();
    }
    format!("{} to {}", incident.opened_by, incident.last_bad)
}

fn state(incident: &Incident) -> (String, Tone) {
    match (&incident.closed_by, &incident.acknowledgement, incident.snoozed_until) {
        (Some(version), ..) => (format!("closed by {version}"), Tone::Muted),
        (None, _, Some(until)) => {
            (format!("open, put off until {}", format::timestamp(until)), Tone::Muted)
        }
        (None, Some(_), None) => ("open, known".to_owned(), Tone::Warning),
        (None, None, None) => ("open".to_owned(), Tone::Bad),
    }
}

fn details(incident: &Incident, width: usize, palette: Palette) -> String {
    let mut text = String::new();
    let (state, tone) = state(incident);
    let heading = format!(
        "{}: {} since version {} of {}",
        format::printable(&incident.dataset),
        format::plural(incident.bad_versions.into(), "bad version", "bad versions"),
        incident.opened_by,
        format::timestamp(incident.opened_at)
    );
    let _ = writeln!(text, "{}", palette.paint(Tone::Strong, &heading));
    let gate = if incident.gate_closed { "; no model learned from what was bad" } else { "" };
    let _ = writeln!(text, "{}{gate}", palette.paint(tone, &state));
    if let Some(said) = &incident.acknowledgement {
        let note = said.note.as_ref().map_or_else(String::new, |note| format!(": {note}"));
        let line = format!("{} knows of it since {}{note}", said.by, format::timestamp(said.at));
        let _ = writeln!(text, "{}", format::printable(&line));
    }
    let mut table = Table::new([
        Column::text("level"),
        Column::text("check"),
        Column::number("version"),
        Column::text("what was found"),
    ]);
    for cause in &incident.causes {
        let tone = if cause.severity == Severity::Error { Tone::Bad } else { Tone::Warning };
        table.row([
            TableCell::toned(cause.severity.name(), tone),
            format::printable(&cause.check).as_ref().into(),
            cause.version.to_string().into(),
            format::printable(&cause.sentence).as_ref().into(),
        ]);
    }
    let _ = write!(text, "\n{}", table.to_text(width, palette));
    if incident.unlisted_causes > 0 {
        let _ = writeln!(text, "and {} more", incident.unlisted_causes);
    }
    let _ = writeln!(text, "\n{}", palette.paint(Tone::Muted, &format!("id {}", incident.id)));
    text
}
