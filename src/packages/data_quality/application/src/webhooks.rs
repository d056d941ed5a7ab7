//! Webhooks: adding and trying them, and telling them of incidents.

use std::sync::Arc;

use data_quality_domain::{WatchedDataset, Webhook, webhook_name};
use serde_json::{Value, json};
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::bus::{Delivery, EventHandler, PoisonPolicy, StartAt, Subscription};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{
    Context, EventPayload, IncidentChange, IncidentChanged, NewEvent, WebhookDue,
};
use shared_kernel_domain::identity::EventId;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::webhook::WebhookMessage;
use shared_kernel_domain::{Error, Result};

use crate::DataQualityContainer;
use crate::gates::entry_of;
use crate::incidents::USER;

/// The consumer group that tells webhooks of incidents.
pub const WEBHOOK_GROUP: &str = "data_quality.tell_webhooks";
/// A call is tried so often: with the waits of the bus between, for about two hours.
const MOST_ATTEMPTS: u32 = 60;
/// The type of the event with which a webhook is tried.
const TEST_TYPE: &str = "io.pynomaly.webhook.test.v1";

/// A webhook, without what may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownWebhook {
    /// Its URL up to the host.
    pub place: String,
    /// The rest of it.
    pub webhook: Webhook,
}

/// What a new webhook is told of, and where.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// Its name.
    pub name: String,
    /// The URL.
    pub url: String,
    /// What it is told of.
    pub on: Vec<IncidentChange>,
    /// The one dataset it is told of.
    pub dataset: Option<String>,
    /// The environment variable that holds the secret.
    pub secret_variable: String,
    /// Whether it may be in a private network.
    pub private: bool,
}

/// Adds a webhook.
///
/// # Errors
/// A usage error when there is one of that name, no such dataset, or the URL is refused.
pub fn add_webhook(container: &DataQualityContainer, new: NewWebhook) -> Result<ShownWebhook> {
    let NewWebhook { name, url, on, dataset, secret_variable, private } = new;
    webhook_name(&name)?;
    if container.webhooks.webhook(&name)?.is_some() {
        return Err(Error::usage(format!("there is a webhook called {name} already"))
            .hint(format!("`pynomaly webhook remove {name}` makes room for another")));
    }
    let watched = |name: &str| {
        let entry = entry_of(container, name)?;
        Ok::<_, Error>(WatchedDataset { id: entry.dataset_id, name: entry.dataset_name })
    };
    let dataset = dataset.as_deref().map(watched).transpose()?;
    let created_at = container.shared.clock.now();
    let webhook = Webhook { name, url, on, dataset, secret_variable, private, created_at };
    let place = container.shared.webhooks.checked(&webhook.target())?;
    let detail = json!({ "url": place, "on": webhook.on, "dataset": webhook.dataset });
    let entry = AuditEntry::new(USER, "webhook.added", &webhook.name, detail);
    container.webhooks.keep(&webhook, UnitOfWork::of_command().audit(entry))?;
    Ok(ShownWebhook { place, webhook })
}

/// All webhooks, by name.
pub fn webhooks(container: &DataQualityContainer) -> Result<Vec<ShownWebhook>> {
    let shown = |webhook: Webhook| {
        let place = container.shared.webhooks.checked(&webhook.target())?;
        Ok(ShownWebhook { place, webhook })
    };
    container.webhooks.webhooks()?.into_iter().map(shown).collect()
}

/// Forgets a webhook; what it was to be told is not told any more.
///
/// # Errors
/// A usage error when there is none of that name.
pub fn remove_webhook(container: &DataQualityContainer, name: &str) -> Result<ShownWebhook> {
    let webhook = find(container, name)?;
    let entry = AuditEntry::new(USER, "webhook.removed", name, json!({}));
    container.webhooks.forget(name, UnitOfWork::of_command().audit(entry))?;
    let place = container.shared.webhooks.checked(&webhook.target())?;
    Ok(ShownWebhook { place, webhook })
}

/// Calls a webhook once, with an event that says nothing has happened.
///
/// # Errors
/// A usage error when there is none of that name or no secret; `Unavailable` when it is not answered
/// with success.
pub fn test_webhook(
    container: &DataQualityContainer,
    name: &str,
    cancellation: &Cancellation,
) -> Result<ShownWebhook> {
    let webhook = find(container, name)?;
    let shared = &container.shared;
    let (id, at) = (EventId::generate(shared.ids.as_ref()).to_string(), shared.clock.now());
    let event = json!({
        "specversion": "1.0",
        "id": id,
        "source": Context::DataQuality.source(),
        "type": TEST_TYPE,
        "time": at.to_string(),
        "datacontenttype": "application/json",
        "data": { "webhook": name, "summary": "pynomaly can call this webhook" },
    });
    let body = text_of(&event)?;
    let message = WebhookMessage { id: &id, at, body: &body };
    shared.webhooks.send(&webhook.target(), &message, cancellation)?;
    let place = shared.webhooks.checked(&webhook.target())?;
    Ok(ShownWebhook { place, webhook })
}

fn find(container: &DataQualityContainer, name: &str) -> Result<Webhook> {
    container.webhooks.webhook(name)?.ok_or_else(|| {
        Error::usage(format!("there is no webhook called {name:?}"))
            .hint("`pynomaly webhook list` shows them")
    })
}

pub(crate) fn subscription(container: &DataQualityContainer) -> Subscription {
    Subscription {
        group: WEBHOOK_GROUP,
        consumer: Context::DataQuality,
        source: Context::DataQuality,
        types: &[IncidentChanged::TYPE, WebhookDue::TYPE],
        policy: PoisonPolicy::SkipEvent,
        start: StartAt::default(),
        shadow: false,
        handler: Arc::new(TellWebhooks { container: container.clone() }),
    }
}

/// Tells webhooks of incidents in two steps: a change becomes one event for each webhook that hears of
/// it, and each of these is one call, tried again for itself.
pub struct TellWebhooks {
    container: DataQualityContainer,
}

impl TellWebhooks {
    /// A handler over a container.
    pub fn new(container: DataQualityContainer) -> Self {
        Self { container }
    }

    fn hand_out(&self, delivery: &Delivery) -> Result<()> {
        let changed: IncidentChanged = delivery.envelope.payload()?;
        let mut unit = UnitOfWork::completing(delivery.receipt());
        for webhook in self.container.webhooks.webhooks()? {
            if webhook.hears_of(&changed) {
                let due = WebhookDue { webhook: webhook.name, event: delivery.envelope.clone() };
                unit = unit.publish(NewEvent::caused_by(&due, &delivery.envelope)?);
            }
        }
        self.container.webhooks.hand_out(unit)
    }

    fn call(&self, delivery: &Delivery, cancellation: &Cancellation) -> Result<()> {
        let due: WebhookDue = delivery.envelope.payload()?;
        if let (false, Some(webhook)) =
            (delivery.replay, self.container.webhooks.webhook(&due.webhook)?)
        {
            let body = serde_json::to_value(&due.event).map_err(does_not_serialise)?;
            let body = text_of(&body)?;
            let id = delivery.envelope.id.to_string();
            let shared = &self.container.shared;
            let message = WebhookMessage { id: &id, at: shared.clock.now(), body: &body };
            shared.webhooks.send(&webhook.target(), &message, cancellation)?;
        }
        self.container.webhooks.hand_out(UnitOfWork::completing(delivery.receipt()))
    }
}

impl EventHandler for TellWebhooks {
    fn handle(&self, delivery: &Delivery, cancellation: &Cancellation) -> Result<()> {
        if delivery.envelope.event_type == IncidentChanged::TYPE {
            self.hand_out(delivery)
        } else {
            self.call(delivery, cancellation)
        }
    }

    fn most_attempts(&self) -> Option<u32> {
        Some(MOST_ATTEMPTS)
    }
}

fn text_of(event: &Value) -> Result<String> {
    serde_json::to_string(event).map_err(does_not_serialise)
}

fn does_not_serialise(cause: serde_json::Error) -> Error {
    Error::internal("an event does not serialise").caused_by(cause)
}
