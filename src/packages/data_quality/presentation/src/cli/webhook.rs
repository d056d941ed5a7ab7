//! The `webhook` command: who outside is told of incidents.

use clap::{Args, Subcommand, ValueEnum};
use data_quality_application::{
    DataQualityContainer, NewWebhook, ShownWebhook, add_webhook, remove_webhook, test_webhook,
    webhooks,
};
use data_quality_domain::WatchedDataset;
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::IncidentChange;
use shared_kernel_presentation::cli::{Console, Format, Outcome, json_document};
use shared_kernel_presentation::table::Column;
use shared_kernel_presentation::{Table, format};

/// Webhooks: URLs that are told when an incident opens and closes
#[derive(Subcommand, Clone, Debug)]
pub enum WebhookCommand {
    /// Tell a URL of incidents from now on
    #[command(after_help = "Examples:
  pynomaly webhook add alerts https://hooks.example.org/pynomaly
  pynomaly webhook add flights http://10.0.0.7:8080/hook --private --dataset flights --on opened

A call carries the event as CloudEvent and is signed, as https://www.standardwebhooks.com says,
with the secret in the environment of the process that calls. A call that is not answered with
success is tried again for about two hours, always with the same id; then
`pynomaly events dead-letters` has it.

Without --private only https to public addresses is called.")]
    Add(AddArguments),
    /// Who is told of what
    List,
    /// Call one now, with an event that says nothing has happened
    #[command(
        after_help = "Exit code: 0 it answered with success, 2 it cannot be called, 5 it did not answer so."
    )]
    Test {
        /// The webhook's name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Tell one no more
    Remove {
        /// The webhook's name
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// A new webhook.
#[derive(Args, Clone, Debug)]
pub struct AddArguments {
    /// A name for it
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Where it is called; shown only up to the host
    #[arg(value_name = "URL")]
    pub url: String,
    /// What it is told of
    #[arg(
        long,
        value_enum,
        value_name = "CHANGE",
        value_delimiter = ',',
        default_values = ["opened", "closed"]
    )]
    pub on: Vec<OnChange>,
    /// Only of this dataset
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<String>,
    /// The environment variable with the secret that signs calls
    #[arg(long, value_name = "VARIABLE", default_value = "PYNOMALY_WEBHOOK_SECRET")]
    pub secret_env: String,
    /// It may be in your own network, and unencrypted
    #[arg(long)]
    pub private: bool,
}

/// What a version does to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnChange {
    /// The first bad version
    Opened,
    /// Each further bad version
    Continued,
    /// The good version that ends it
    Closed,
}

impl From<OnChange> for IncidentChange {
    fn from(change: OnChange) -> Self {
        match change {
            OnChange::Opened => Self::Opened,
            OnChange::Continued => Self::Continued,
            OnChange::Closed => Self::Closed,
        }
    }
}

/// Webhooks (`pynomaly.webhooks/1`).
#[derive(Debug, Serialize, JsonSchema)]
pub struct WebhooksDocument {
    /// `pynomaly.webhooks/1`.
    pub schema: String,
    /// By name.
    pub webhooks: Vec<WebhookFacts>,
}

/// A webhook.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WebhookFacts {
    /// Its name.
    pub name: String,
    /// Where it is, up to the host.
    pub url: String,
    /// What it is told of.
    pub on: Vec<IncidentChange>,
    /// The one dataset it is told of; `null` for all.
    pub dataset: Option<WatchedDataset>,
    /// The environment variable with the secret that signs calls.
    pub secret_env: String,
    /// Whether it may be in a private network.
    pub private: bool,
    /// When it was added.
    pub created_at: String,
}

impl From<ShownWebhook> for WebhookFacts {
    fn from(shown: ShownWebhook) -> Self {
        let ShownWebhook { place, webhook } = shown;
        Self {
            name: webhook.name,
            url: place,
            on: webhook.on,
            dataset: webhook.dataset,
            secret_env: webhook.secret_variable,
            private: webhook.private,
            created_at: webhook.created_at.to_string(),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// A usage error when there is no such webhook, or one already, or its URL is refused; `Unavailable`
/// when a call is not answered with success.
pub fn run_webhook(
    command: &WebhookCommand,
    container: &DataQualityContainer,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let format = console.format(&[Format::Table, Format::Json])?;
    let (shown, what) = match command {
        WebhookCommand::Add(arguments) => (vec![add_webhook(container, new(arguments))?], "added"),
        WebhookCommand::List => (webhooks(container)?, ""),
        WebhookCommand::Test { name } => {
            (vec![test_webhook(container, name, cancellation)?], "answered")
        }
        WebhookCommand::Remove { name } => (vec![remove_webhook(container, name)?], "removed"),
    };
    let shown: Vec<WebhookFacts> = shown.into_iter().map(WebhookFacts::from).collect();
    console.result(&match (format, what) {
        (Format::Json, _) => json_document(&WebhooksDocument {
            schema: "pynomaly.webhooks/1".to_owned(),
            webhooks: shown,
        })?,
        (_, "") => list(&shown, console),
        (_, what) => {
            let lines = shown.iter().map(|it| format!("{what}: {} ({})", it.name, it.url));
            lines.collect::<Vec<_>>().join("\n") + "\n"
        }
    })?;
    if let WebhookCommand::Add(AddArguments { name, secret_env, .. }) = command {
        console.note(&format!(
            "calls are signed with the secret in {secret_env}; try it with `pynomaly webhook test {name}`"
        ));
    }
    Ok(Outcome::Done)
}

fn new(arguments: &AddArguments) -> NewWebhook {
    let AddArguments { name, url, on, dataset, secret_env, private } = arguments.clone();
    let mut changes: Vec<IncidentChange> = Vec::new();
    for change in on.into_iter().map(IncidentChange::from) {
        if !changes.contains(&change) {
            changes.push(change);
        }
    }
    NewWebhook { name, url, on: changes, dataset, secret_variable: secret_env, private }
}

fn list(webhooks: &[WebhookFacts], console: &Console) -> String {
    if webhooks.is_empty() {
        return "no webhooks; `pynomaly webhook add NAME URL` adds one\n".to_owned();
    }
    let mut table = Table::new([
        Column::text("webhook"),
        Column::text("where"),
        Column::text("told when an incident is"),
        Column::text("dataset"),
        Column::text("secret in"),
    ]);
    for webhook in webhooks {
        let dataset = webhook.dataset.as_ref().map_or("all", |dataset| &dataset.name);
        table.row([
            webhook.name.clone().into(),
            format::printable(&webhook.url).as_ref().into(),
            changes(&webhook.on).into(),
            format::printable(dataset).as_ref().into(),
            format::printable(&webhook.secret_env).as_ref().into(),
        ]);
    }
    table.to_text(console.width(), console.palette())
}

fn changes(on: &[IncidentChange]) -> String {
    let names = on.iter().map(|change| match change {
        IncidentChange::Opened => "opened",
        IncidentChange::Continued => "continued",
        IncidentChange::Closed => "closed",
    });
    names.collect::<Vec<_>>().join(", ")
}
