use std::sync::Mutex;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::webhook::{WebhookMessage, WebhookSender, WebhookTarget};
use shared_kernel_domain::{Error, ErrorKind, Result};

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

/// Where a sender is to be tried; each URL has `s3cret` in its path.
#[derive(Clone, Copy, Debug)]
pub struct WebhookPlaces<'a> {
    /// It answers a call with success.
    pub answering: &'a str,
    /// It answers otherwise, or not at all.
    pub failing: &'a str,
    /// It may not be called.
    pub refused: &'a str,
    /// An environment variable with a secret.
    pub secret_variable: &'a str,
}

/// What every sender of webhooks must do; panics where one does not.
pub fn webhook_sender_conformance(sender: &dyn WebhookSender, places: WebhookPlaces<'_>) {
    let target =
        |url| WebhookTarget { url, secret_variable: places.secret_variable, private: true };
    let message = WebhookMessage { id: "call-1", at: Timestamp::UNIX_EPOCH, body: "{}" };
    let send = |url| sender.send(&target(url), &message, &Cancellation::default());
    for url in [places.answering, places.failing] {
        let shown = sender.checked(&target(url)).expect("a URL that may be called");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    send(places.answering).expect("it is told");
    let error = send(places.failing).expect_err("it is not told");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "it can be tried again: {error}");
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    for result in [sender.checked(&target(places.refused)).map(drop), send(places.refused)] {
        assert_eq!(result.expect_err("refused").kind(), ErrorKind::Usage);
    }
    let stopping = Cancellation::default();
    stopping.cancel();
    let error = sender.send(&target(places.failing), &message, &stopping);
    assert_eq!(error.expect_err("given up").kind(), ErrorKind::Interrupted);
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
        self.checked(target)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fake_calls_as_the_port_promises() {
        let places = WebhookPlaces {
            answering: "https://example.org/s3cret",
            failing: "https://silent.example.org/s3cret",
            refused: "https://refused.example.org/s3cret",
            secret_variable: "SECRET",
        };
        webhook_sender_conformance(&MemoryWebhooks::default(), places);
    }
}
