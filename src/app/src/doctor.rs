//! `pynomaly doctor`: what is configured, what is there, and what is wrong with it.

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::bus::GroupStatus;
use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::{Console, Format, MemorySize, Outcome, json_document};
use shared_kernel_presentation::{Tone, format};

use crate::configuration::Configuration;
use crate::platform::Platform;

#[derive(Serialize, JsonSchema)]
pub(crate) struct Report {
    schema: &'static str,
    version: &'static str,
    home: String,
    home_reason: String,
    threads: usize,
    memory_bytes: u64,
    stores: Vec<StoreHealth>,
    groups: Vec<GroupStatus>,
    problems: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct StoreHealth {
    context: String,
    path: String,
    bytes: u64,
    defects: Vec<String>,
}

/// Looks at everything; an error of kind `Unavailable` when something is wrong.
pub(crate) fn run(
    platform: &Platform,
    configuration: &Configuration,
    console: &Console,
) -> Result<Outcome> {
    let report = examine(platform, configuration)?;
    match console.format(&[Format::Table, Format::Json])? {
        Format::Json => console.result(&json_document(&report)?)?,
        _ => console.result(&as_text(&report, console))?,
    }
    match report.problems.first() {
        None => Ok(Outcome::Done),
        Some(first) => Err(Error::unavailable(first.clone())
            .at(report.home)
            .hint("`pynomaly events dead-letters` lists parked events; a damaged store is restored from a backup")),
    }
}

fn examine(platform: &Platform, configuration: &Configuration) -> Result<Report> {
    let mut problems = Vec::new();
    let mut stores = Vec::new();
    for (context, store) in &platform.stores {
        let path = platform.home.database(*context);
        let defects = store.check()?;
        problems.extend(
            defects.iter().map(|defect| format!("the store of {context} is damaged: {defect}")),
        );
        stores.push(StoreHealth {
            context: context.to_string(),
            bytes: std::fs::metadata(&path).map_or(0, |metadata| metadata.len()),
            path: path.display().to_string(),
            defects,
        });
    }
    let groups = platform.shared.events.status()?;
    for group in groups.iter().filter(|group| group.parked > 0) {
        problems.push(format!(
            "{} parked in {}",
            format::plural(group.parked, "event is", "events are"),
            group.group
        ));
    }
    Ok(Report {
        schema: "pynomaly.doctor/1",
        version: env!("CARGO_PKG_VERSION"),
        home: platform.home.root().display().to_string(),
        home_reason: configuration.home_reason.clone(),
        threads: configuration.threads,
        memory_bytes: configuration.memory_bytes,
        stores,
        groups,
        problems,
    })
}

fn as_text(report: &Report, console: &Console) -> String {
    use std::fmt::Write;
    let palette = console.palette();
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<10} {value}");
    };
    line("version", report.version);
    line("home", &format!("{} ({})", report.home, report.home_reason));
    line("threads", &report.threads.to_string());
    line("memory", &MemorySize::from_bytes(report.memory_bytes).to_string());
    for store in &report.stores {
        let health = if store.defects.is_empty() { "sound" } else { "DAMAGED" };
        line(
            "store",
            &format!("{:<16} {:>10}  {health}", store.context, format::bytes(store.bytes)),
        );
    }
    for group in &report.groups {
        let waiting = format::count(group.lag_events);
        line("group", &format!("{:<30} {waiting} waiting, {} parked", group.group, group.parked));
    }
    if report.problems.is_empty() {
        let fine = palette.paint(Tone::Good, "everything is in order");
        let _ = writeln!(text, "{fine}");
    }
    text
}
