use data_quality_domain::{Acknowledgement, Handling, Incident, after_span};
use serde_json::json;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::identity::IncidentId;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};

use crate::DataQualityContainer;

/// Who acts on the command line.
pub(crate) const USER: &str = "user";

/// The newest `most` incidents, newest first: those that need attention, or all.
pub fn open_incidents(
    container: &DataQualityContainer,
    all: bool,
    most: usize,
) -> Result<Vec<Incident>> {
    let now = container.shared.clock.now();
    let found = container.incidents.incidents(all, most)?.into_iter();
    Ok(found.filter(|incident| all || incident.needs_attention(now)).collect())
}

/// The open incident of a dataset by name, or any incident by id.
///
/// # Errors
/// A usage error when there is none.
pub fn find_incident(container: &DataQualityContainer, name: &str) -> Result<Incident> {
    let entry = container.shared.catalog.newest(name)?;
    let found = match (&entry, name.parse::<IncidentId>()) {
        (Some(entry), _) => container.incidents.open_of(&entry.dataset_id)?,
        (None, Ok(id)) => container.incidents.incident(&id)?,
        (None, Err(_)) => None,
    };
    found.ok_or_else(|| {
        let what = match entry {
            Some(_) => format!("{name} has no open incident"),
            None => format!("there is no dataset and no incident called {name:?}"),
        };
        Error::usage(what).hint("`pynomaly incident list --all` shows all incidents with their ids")
    })
}

/// Keeps that somebody knows of an incident.
pub fn acknowledge_incident(
    container: &DataQualityContainer,
    name: &str,
    note: Option<String>,
) -> Result<Incident> {
    let incident = find_incident(container, name)?;
    let detail = json!({ "note": &note });
    let at = container.shared.clock.now();
    let said = Acknowledgement { by: USER.to_owned(), at, note };
    handle(container, incident, Handling::Acknowledge(said), "incident.acknowledged", detail)
}

/// Puts an incident off for a span such as `3d`.
///
/// # Errors
/// A usage error when it is no span of time.
pub fn snooze_incident(
    container: &DataQualityContainer,
    name: &str,
    span: &str,
) -> Result<Incident> {
    let until = after_span(container.shared.clock.now(), span).ok_or_else(|| {
        Error::usage(format!("{span:?} is no span of time")).hint("write 3d, 12h or 2w")
    })?;
    let incident = find_incident(container, name)?;
    let detail = json!({ "until": until.to_string() });
    handle(container, incident, Handling::Snooze(until), "incident.snoozed", detail)
}

fn handle(
    container: &DataQualityContainer,
    incident: Incident,
    handling: Handling,
    action: &str,
    detail: serde_json::Value,
) -> Result<Incident> {
    let entry = AuditEntry::new(USER, action, incident.id, detail);
    let unit = UnitOfWork::of_command().audit(entry);
    container.incidents.handle(&incident.id, &handling, unit)?;
    container
        .incidents
        .incident(&incident.id)?
        .ok_or_else(|| Error::internal("an incident is gone while it was handled"))
}
