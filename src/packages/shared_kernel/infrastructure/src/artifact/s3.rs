//! Where an S3-compatible store is, the keys to it, and how long it is waited for.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey, AwsCredential};
use object_store::{BackoffConfig, ClientConfigKey, RetryConfig, StaticCredentialProvider};
use shared_kernel_domain::{Error, Result};

use crate::service_url::ServiceUrl;

/// How long one request may take that carries a piece of an artifact: enough for 8 MiB on a line of
/// 1.2 Mbit/s.
const PIECE_TIMEOUT: Duration = Duration::from_mins(1);

/// Where an S3-compatible store keeps the artifacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Location {
    /// The bucket; it must exist.
    pub bucket: String,
    /// What stands before the keys of the artifacts; may be empty.
    pub prefix: String,
    /// The URL of the server; without one, AWS_ENDPOINT_URL or Amazon's own.
    pub endpoint: Option<String>,
    /// The region; without one, AWS_REGION or `us-east-1`.
    pub region: Option<String>,
}

/// Keys to an S3-compatible store; never shown.
#[derive(Clone)]
pub struct S3Keys {
    /// AWS_ACCESS_KEY_ID.
    pub access_key_id: String,
    /// AWS_SECRET_ACCESS_KEY.
    pub secret_access_key: String,
    /// AWS_SESSION_TOKEN, for temporary keys.
    pub session_token: Option<String>,
}

impl fmt::Debug for S3Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("S3Keys(***)")
    }
}

impl S3Location {
    /// The client of this location, and how errors name it. What the location does not say, and the
    /// keys if none are given, come from the usual AWS_ variables.
    pub(super) fn open(
        &self,
        keys: Option<S3Keys>,
        patience: Duration,
    ) -> Result<(AmazonS3, String)> {
        if self.bucket.is_empty() || self.bucket.contains('/') {
            return Err(Error::usage(format!("{:?} is not the name of a bucket", self.bucket))
                .hint("give the bucket and the prefix in it apart"));
        }
        let mut builder = AmazonS3Builder::from_env().with_bucket_name(&self.bucket);
        if let Some(endpoint) = &self.endpoint {
            // The key for S3 alone, which would win, may be in the environment.
            builder = builder.with_config(AmazonS3ConfigKey::S3Endpoint, endpoint);
        }
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        if let Some(keys) = keys {
            // Not key by key: a session token of the environment belongs to other keys.
            builder =
                builder.with_credentials(Arc::new(StaticCredentialProvider::new(AwsCredential {
                    key_id: keys.access_key_id,
                    secret_key: keys.secret_access_key,
                    token: keys.session_token,
                })));
        }
        let mut place = format!("s3://{}", self.bucket);
        let mut plain = false;
        if let Some(endpoint) = endpoint(&builder)? {
            plain = endpoint.scheme() == "http";
            place = format!("{place} at {endpoint}");
        }
        let client = builder
            .with_allow_http(plain)
            .with_config(client(ClientConfigKey::ConnectTimeout), milliseconds(patience / 2))
            .with_config(client(ClientConfigKey::Timeout), milliseconds(PIECE_TIMEOUT))
            .with_retry(retries(patience))
            .build()
            .map_err(|error| {
                Error::usage("the object store cannot be used as it is configured")
                    .at(&place)
                    .hint("check the endpoint, the region and the AWS_ environment variables")
                    .caused_by(error)
            })?;
        Ok((client, place))
    }
}

/// The endpoint that will be used, if it is not Amazon's own.
fn endpoint(builder: &AmazonS3Builder) -> Result<Option<ServiceUrl>> {
    let configured = |key| builder.get_config_value(&key);
    let Some(text) =
        configured(AmazonS3ConfigKey::S3Endpoint).or(configured(AmazonS3ConfigKey::Endpoint))
    else {
        return Ok(None);
    };
    let what = "the endpoint of the object store";
    let expected = "expected https://HOST or http://HOST:PORT";
    let endpoint =
        ServiceUrl::parse(&text, &["https", "http"], what).map_err(|error| error.hint(expected))?;
    if endpoint.user().is_some() || endpoint.has_password() {
        return Err(Error::usage(format!("{what} cannot be used: there are keys in it")).hint(
            "give the keys as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment",
        ));
    }
    Ok(Some(endpoint))
}

fn client(key: ClientConfigKey) -> AmazonS3ConfigKey {
    AmazonS3ConfigKey::Client(key)
}

fn milliseconds(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}

/// A request that fails is sent again for as long as `patience`, soon at first and then more seldom.
fn retries(patience: Duration) -> RetryConfig {
    let backoff =
        BackoffConfig { init_backoff: patience / 100, max_backoff: patience / 5, base: 2.0 };
    RetryConfig { backoff, max_retries: usize::MAX, retry_timeout: patience }
}
