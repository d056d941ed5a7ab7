//! Calls webhooks over HTTP.
//!
//! A URL comes from people, so it is trusted with nothing: the address that is checked is the one
//! that is connected to, no answer leads anywhere else, and no answer is read.

mod address;
mod signature;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use reqwest::redirect::Policy;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::webhook::{WebhookMessage, WebhookSender, WebhookTarget};
use shared_kernel_domain::{Error, Result};
use url::Url;

use address::{Reachable, refused_host};
use signature::Secret;

/// A look at whether the process stops at least so often.
const LOOK: Duration = Duration::from_millis(100);

/// Webhooks over HTTP, with the secrets of this process's environment.
#[derive(Clone, Copy, Debug)]
pub struct HttpWebhooks {
    /// How long a call may take until its answer begins.
    pub patience: Duration,
}

impl Default for HttpWebhooks {
    fn default() -> Self {
        Self { patience: Duration::from_secs(10) }
    }
}

impl WebhookSender for HttpWebhooks {
    fn checked(&self, target: &WebhookTarget<'_>) -> Result<String> {
        parsed(target).map(|url| shown(&url))
    }

    fn send(
        &self,
        target: &WebhookTarget<'_>,
        message: &WebhookMessage<'_>,
        cancellation: &Cancellation,
    ) -> Result<()> {
        let url = parsed(target)?;
        let place = shown(&url);
        let secret = Secret::of_variable(target.secret_variable)?;
        let timestamp = message.at.as_second().to_string();
        let signature = secret.signature(message.id, &timestamp, message.body)?;
        let request = self
            .client(target.private)?
            .post(url)
            .header(CONTENT_TYPE, "application/cloudevents+json")
            .header(USER_AGENT, concat!("pynomaly/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", message.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(message.body.to_owned());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|cause| Error::unavailable("cannot call a webhook").caused_by(cause))?;
        let answer = runtime.block_on(async {
            let mut answer = std::pin::pin!(request.send());
            loop {
                cancellation.check()?;
                if let Ok(answer) = tokio::time::timeout(LOOK, answer.as_mut()).await {
                    return Ok(answer);
                }
            }
        })?;
        match answer {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) if answer.status().is_redirection() => {
                Err(Error::unavailable(format!("{place} answered {}", answer.status()))
                    .hint("calls do not follow redirects: give the URL to which it leads"))
            }
            Ok(answer) => Err(Error::unavailable(format!("{place} answered {}", answer.status()))),
            Err(failure) => Err(self.unanswered(&place, failure)),
        }
    }
}

impl HttpWebhooks {
    fn client(&self, private: bool) -> Result<Client> {
        Client::builder()
            .redirect(Policy::none())
            // A proxy would connect where nobody has looked.
            .no_proxy()
            .dns_resolver(Arc::new(Reachable { private }))
            .timeout(self.patience)
            .build()
            .map_err(|cause| {
                Error::unavailable("cannot call webhooks").caused_by(cause.without_url())
            })
    }

    fn unanswered(&self, place: &str, failure: reqwest::Error) -> Error {
        if failure.is_timeout() {
            let seconds = self.patience.as_secs_f64();
            return Error::unavailable(format!("{place} did not answer within {seconds} seconds"));
        }
        let failure = failure.without_url();
        // The innermost cause says what happened, those around it only where.
        let mut innermost: &dyn std::error::Error = &failure;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        Error::unavailable(format!("{place} could not be called: {innermost}"))
    }
}

/// The URL, if calls to it are allowed as far as it says itself.
fn parsed(target: &WebhookTarget<'_>) -> Result<Url> {
    let refused = |why: &str| Error::usage(format!("the URL of the webhook cannot be used: {why}"));
    let url = Url::parse(target.url).map_err(|cause| {
        refused(&cause.to_string()).hint("expected https://HOST/… with what the receiver told you")
    })?;
    match (url.scheme(), target.private) {
        ("https", _) | ("http", true) => {}
        ("http", false) => {
            return Err(refused("it is not encrypted")
                .hint("write https; http is for your own network, with --private"));
        }
        _ => return Err(refused("it is not https").hint("expected https://HOST/…")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("there is a user or password in it")
            .hint("calls are signed: what the receiver needs to trust them is the secret"));
    }
    let host = url.host().ok_or_else(|| refused("it names no host"))?;
    if !target.private
        && let Some(address) = refused_host(&host)
    {
        return Err(refused(&format!("{address} is not a public address"))
            .hint("--private allows addresses of your own network"));
    }
    Ok(url)
}

/// Scheme, host and port: the rest may be a secret.
fn shown(url: &Url) -> String {
    let rest = if url.path() == "/" && url.query().is_none() { "/" } else { "/…" };
    format!("{}{rest}", url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests;
