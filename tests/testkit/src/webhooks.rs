use std::sync::Mutex;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::webhook::{WebhookMessage, WebhookSender, WebhookTarget};
use shared_kernel_domain::{Error, Result};

/// A call as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The URL.
    pub url: String,
    /// The id.
    pub id: String,
    /// The body.
    pub body: String,
}

/// Webhooks that remember how they were called. A URL with `refused` in it is refused, one with
/// `silent` in it never answers.
#[derive(Debug, Default)]
pub struct MemoryWebhooks {
    calls: Mutex<Vec<Call>>,
}

impl MemoryWebhooks {
    /// Takes the calls so far, answered or not.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().expect("a lock"))
    }
}

impl WebhookSender for MemoryWebhooks {
    fn checked(&self, target: &WebhookTarget<'_>) -> Result<String> {
        if target.url.contains("refused") {
            return Err(Error::usage("the URL of the webhook cannot be used"));
        }
        Ok(format!("shown {}", target.url.len()))
    }

    fn send(
        &self,
        target: &WebhookTarget<'_>,
        message: &WebhookMessage<'_>,
        cancellation: &Cancellation,
    ) -> Result<()> {
        cancellation.check()?;
        let (url, id, body) =
            (target.url.to_owned(), message.id.to_owned(), message.body.to_owned());
        self.calls.lock().expect("a lock").push(Call { url, id, body });
        if target.url.contains("silent") {
            return Err(Error::unavailable("no answer"));
        }
        Ok(())
    }
}
