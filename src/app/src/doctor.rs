//! `pynomaly doctor`: what is configured and why, what can be reached, and what is wrong with it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::bus::GroupStatus;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::store::Store;
use shared_kernel_presentation::cli::{Console, Format, Outcome, json_document};
use shared_kernel_presentation::{Tone, format};

use crate::configuration::{Configuration, Setting, StoreChoice};
use crate::home::Home;
use crate::platform::{Platform, open_database};

#[derive(Serialize, JsonSchema)]
pub(crate) struct Report {
    schema: &'static str,
    version: &'static str,
    home: String,
    home_reason: String,
    settings: Vec<Setting>,
    notices: Vec<String>,
    services: Vec<Service>,
    groups: Vec<GroupStatus>,
    problems: Vec<String>,
}

/// Something that the work needs, and how it stands with it.
#[derive(Serialize, JsonSchema)]
struct Service {
    name: String,
    place: String,
    ok: bool,
    message: String,
}

/// Looks at everything, also at what cannot be opened; an error of kind `Unavailable` when
/// something is wrong.
pub(crate) fn run(configuration: &Configuration, console: &Console) -> Result<Outcome> {
    let report = examine(configuration);
    match console.format(&[Format::Table, Format::Json])? {
        Format::Json => console.result(&json_document(&report)?)?,
        _ => console.result(&as_text(&report, console))?,
    }
    match report.problems.first() {
        None => Ok(Outcome::Done),
        Some(first) => Err(Error::unavailable(first.clone()).at(report.home)),
    }
}

fn examine(configuration: &Configuration) -> Report {
    let mut report = Report {
        schema: "pynomaly.doctor/1",
        version: env!("CARGO_PKG_VERSION"),
        home: configuration.home.display().to_string(),
        home_reason: configuration.home_reason.clone(),
        settings: configuration.settings().to_vec(),
        notices: configuration.notices().to_vec(),
        services: Vec::new(),
        groups: Vec::new(),
        problems: Vec::new(),
    };
    match Platform::open(configuration) {
        Ok(platform) => {
            for (context, store) in &platform.stores {
                report.examine_store(
                    configuration,
                    &platform.home,
                    *context,
                    Ok(Arc::clone(store)),
                );
            }
            report.examine_services(&platform);
            report.examine_groups(&platform);
        }
        Err(error) => {
            if let Ok(home) = Home::open(&configuration.home) {
                for context in Context::ALL {
                    let store = open_database(configuration, &home, context);
                    report.examine_store(configuration, &home, context, store);
                }
            }
            if report.problems.is_empty() {
                report.problems.push(with_hint(&error));
            }
        }
    }
    report
}

fn with_hint(error: &Error) -> String {
    match error.hint_text() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}

impl Report {
    fn examine_store(
        &mut self,
        configuration: &Configuration,
        home: &Home,
        context: Context,
        store: Result<Arc<Store>>,
    ) {
        let place = match &configuration.store {
            StoreChoice::Sqlite => {
                let path = home.database(context);
                let bytes = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
                format!("{} ({})", path.display(), format::bytes(bytes))
            }
            StoreChoice::Postgres(choice) => choice.told(context),
        };
        let found = store.and_then(|store| store.check());
        let is_sound = found.as_ref().is_ok_and(Vec::is_empty);
        let said = found.map(|defects| match &defects[..] {
            [] => "sound".to_owned(),
            defects => {
                format!("DAMAGED: {}; restore all stores from a backup", defects.join("; "))
            }
        });
        self.tell(format!("store {context}"), place, is_sound, said);
    }

    fn examine_services(&mut self, platform: &Platform) {
        if let Some(broker) = &platform.broker {
            let reached = broker.check().map(|()| "answers".to_owned());
            self.tell("broker".to_owned(), broker.place(), reached.is_ok(), reached);
        }
        let artifacts = Arc::clone(&platform.shared.artifacts);
        let reached = artifacts.check().map(|()| "can be written".to_owned());
        self.tell("artifacts".to_owned(), String::new(), reached.is_ok(), reached);
    }

    fn examine_groups(&mut self, platform: &Platform) {
        match platform.shared.events.status() {
            Ok(groups) => self.groups = groups,
            Err(error) => self.problems.push(with_hint(&error)),
        }
        for group in self.groups.iter().filter(|group| group.parked > 0) {
            let parked = format::plural(group.parked, "event is", "events are");
            self.problems.push(format!(
                "{parked} parked in {}; `pynomaly events dead-letters` lists them",
                group.group
            ));
        }
    }

    fn tell(&mut self, name: String, place: String, ok: bool, found: Result<String>) {
        let message = found.unwrap_or_else(|error| with_hint(&error));
        if !ok {
            self.problems.push(format!("{name}: {message}"));
        }
        self.services.push(Service { name, place, ok, message });
    }
}

fn as_text(report: &Report, console: &Console) -> String {
    use std::fmt::Write;
    let palette = console.palette();
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "version    {}", report.version);
    let _ = writeln!(text, "home       {} ({})", report.home, report.home_reason);
    let _ = writeln!(text, "\nsettings");
    for setting in &report.settings {
        let (name, value) = (&setting.name, &setting.value);
        let _ = writeln!(text, "  {name:<26} {value}  ({})", setting.origin);
    }
    for notice in &report.notices {
        let _ = writeln!(text, "  {}", palette.paint(Tone::Warning, &format!("note: {notice}")));
    }
    if !report.services.is_empty() {
        let _ = writeln!(text, "\nservices");
    }
    for service in &report.services {
        let tone = if service.ok { Tone::Good } else { Tone::Bad };
        let message = palette.paint(tone, &service.message);
        let _ = writeln!(text, "  {:<26} {message}  {}", service.name, service.place);
    }
    if !report.groups.is_empty() {
        let _ = writeln!(text, "\nconsumer groups");
    }
    for group in &report.groups {
        let waiting = format::count(group.lag_events);
        let _ = writeln!(text, "  {:<30} {waiting} waiting, {} parked", group.group, group.parked);
    }
    if report.problems.is_empty() {
        let fine = palette.paint(Tone::Good, "everything is in order");
        let _ = writeln!(text, "\n{fine}");
    }
    text
}
