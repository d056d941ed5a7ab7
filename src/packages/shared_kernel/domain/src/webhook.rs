//! Calls to the outside: something that happened is told to a URL.
//!
//! A call is signed as [Standard Webhooks](https://www.standardwebhooks.com) describes it, so that
//! its receiver can tell it from others and tell a repeated one by its id.

use crate::Result;
use crate::cancellation::Cancellation;
use crate::clock::Timestamp;

/// Who is called, and what for a call needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookTarget<'a> {
    /// The URL; its path and query may be a secret.
    pub url: &'a str,
    /// The environment variable that holds the secret with which calls are signed.
    pub secret_variable: &'a str,
    /// Whether it may be in a private network, where `http` will do as well.
    pub private: bool,
}

/// What a call says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookMessage<'a> {
    /// The same for every attempt at one call.
    pub id: &'a str,
    /// When it is called.
    pub at: Timestamp,
    /// The body, a CloudEvent as JSON.
    pub body: &'a str,
}

/// Calls webhooks.
pub trait WebhookSender: Send + Sync {
    /// The URL as it may be shown: without what may be a secret.
    ///
    /// # Errors
    /// A usage error when calls to such a target are refused.
    fn checked(&self, target: &WebhookTarget<'_>) -> Result<String>;

    /// Calls once. It is taken as told when the answer is a success (2xx).
    ///
    /// # Errors
    /// A usage error when the target is refused or there is no secret; `Unavailable` when there is no
    /// such answer in time; `Interrupted`.
    fn send(
        &self,
        target: &WebhookTarget<'_>,
        message: &WebhookMessage<'_>,
        cancellation: &Cancellation,
    ) -> Result<()>;
}
