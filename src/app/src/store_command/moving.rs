//! `store move`: the databases of a home go to PostgreSQL.

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::service_url::ServiceUrl;
use shared_kernel_infrastructure::store::{Location, Snapshots};
use shared_kernel_presentation::cli::{Console, Format, Outcome, json_document};
use shared_kernel_presentation::format;

use super::manifest::TableEntry;
use super::tables;
use crate::configuration::{ArtifactChoice, Configuration, StoreChoice};
use crate::home::{FlowLock, Home};
use crate::platform::open_databases;

/// What was moved, and what to do next.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MoveDocument {
    schema: &'static str,
    /// The home that was copied; it is as it was.
    from: String,
    /// Where its databases are now, without a password.
    to: String,
    /// Every table, as it was read back from there.
    tables: Vec<TableEntry>,
    /// Texts in which PostgreSQL cannot keep a zero byte: U+FFFD stands there now.
    altered_values: u64,
    /// What to do next, in sentences.
    next: Vec<String>,
}

/// Copies and verifies; changes nothing of the home.
pub(super) fn run(
    configuration: &Configuration,
    target: &ServiceUrl,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let format = console.format(&[Format::Table, Format::Json])?;
    if configuration.store != StoreChoice::Sqlite {
        return Err(Error::usage("the store is on PostgreSQL already")
            .hint("`store backup` and `store restore` bring it to another database"));
    }
    let home = Home::open(&configuration.home)?;
    if !Context::ALL.iter().any(|context| home.database(*context).exists()) {
        return Err(Error::usage("there is nothing to move: the home has no databases")
            .at(home.root().display().to_string())
            .hint("name the home with --home DIR"));
    }
    let _lock = lock(&home)?;
    let step = console.progress().step("move the databases");
    let sources = open_databases(|context| Ok(Location::Sqlite(home.database(context))))?;
    let targets = open_databases(|_| Ok(Location::Postgres(target.clone())))?;
    Snapshots::take(&targets)?.must_be_empty()?;
    let copied = Snapshots::take(&sources)?.copy_into(&targets, cancellation)?;
    let tables: Vec<TableEntry> = copied.tables.iter().map(TableEntry::from).collect();
    step.done(&format::plural(tables::rows(&tables), "row", "rows"));
    let document = MoveDocument {
        schema: "pynomaly.store_move/1",
        from: home.root().display().to_string(),
        to: target.to_string(),
        tables,
        altered_values: copied.altered_values,
        next: next(configuration, &home, target),
    };
    match format {
        Format::Json => console.result(&json_document(&document)?)?,
        _ => console.result(&as_text(&document, console))?,
    }
    Ok(Outcome::Done)
}

/// Nobody else may run the flow of a home that is to be left.
pub(super) fn lock(home: &Home) -> Result<FlowLock> {
    home.try_lock_flow()?.ok_or_else(|| {
        Error::unavailable("another pynomaly process runs the event flow in this home")
            .at(home.root().display().to_string())
            .hint("stop it, or wait for it to end, and try again")
    })
}

fn next(configuration: &Configuration, home: &Home, target: &ServiceUrl) -> Vec<String> {
    let file = home.root().join("pynomaly.toml");
    let mut next = vec![
        format!(
            "nothing works there yet: put `url = \"{target}\"` under [store] in {}, or set \
             PYNOMALY_STORE",
            file.display()
        ),
        "`pynomaly doctor` tells whether it is found; what is written here until then is not moved"
            .to_owned(),
    ];
    if target.has_password() {
        next.push(
            "the password comes from PYNOMALY_STORE_PASSWORD, or the file that \
                   store.password_file names"
                .to_owned(),
        );
    }
    let models = match configuration.artifacts {
        ArtifactChoice::Local => " and models",
        ArtifactChoice::S3 { .. } => "",
    };
    next.push(format!("snapshots{models} stay in the home, where every process needs them"));
    next.push(format!(
        "the SQLite files in {} are as they were; remove them when you miss nothing",
        home.root().display()
    ));
    next
}

fn as_text(document: &MoveDocument, console: &Console) -> String {
    let mut text = tables::as_text(&document.tables, console);
    text.push_str(&format!(
        "\ncopied to {} and read back: every row is there as it was\n",
        document.to
    ));
    if document.altered_values > 0 {
        text.push_str(&format!(
            "but for {}: PostgreSQL keeps no zero byte, and U+FFFD stands in its place\n",
            format::plural(document.altered_values, "text", "texts")
        ));
    }
    text.push_str("\nnext\n");
    for sentence in &document.next {
        text.push_str(&format!("  {sentence}\n"));
    }
    text
}
