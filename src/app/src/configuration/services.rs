//! The services to work with: where state, events and artifacts are kept.

use std::collections::BTreeMap;

use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::service_url::ServiceUrl;
use shared_kernel_infrastructure::store::Location;
use url::Url;

use super::keys;
use super::reader::Reader;

/// Where the contexts keep their state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreChoice {
    /// A file per context in the home.
    Sqlite,
    /// A schema per context.
    Postgres(PostgresChoice),
}

/// The databases of the contexts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostgresChoice {
    /// For every context that has none of its own.
    shared: Option<ServiceUrl>,
    own: BTreeMap<Context, ServiceUrl>,
}

impl PostgresChoice {
    /// Where, and as whom, this context keeps its state; a context that nothing is said of is
    /// another process's, whose guest this one is.
    pub(crate) fn location(&self, context: Context) -> Result<Location> {
        if let Some(url) = self.own.get(&context).or(self.shared.as_ref()) {
            return Ok(Location::Postgres(url.clone()));
        }
        let guest = self.own.values().next();
        let guest = guest.ok_or_else(|| Error::internal("a choice of PostgreSQL without a URL"))?;
        Ok(Location::PostgresAsGuest(guest.clone()))
    }

    /// Where that is, without the password, for people.
    pub(crate) fn told(&self, context: Context) -> String {
        match self.location(context) {
            Ok(Location::Postgres(url)) => url.to_string(),
            Ok(Location::PostgresAsGuest(url)) => format!("{url} (as a guest)"),
            Ok(Location::Sqlite(_)) | Err(_) => String::new(),
        }
    }
}

/// What carries events between processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrokerChoice {
    /// The broker and its virtual host.
    pub(crate) url: ServiceUrl,
    /// What the names of all queues and exchanges begin with.
    pub(crate) namespace: String,
}

/// Where models and other big things are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArtifactChoice {
    /// Files in the home.
    Local,
    /// A bucket of an S3-compatible server; its keys are in the usual `AWS_…` variables.
    S3 {
        /// The bucket.
        bucket: String,
        /// What all names begin with, without slashes around it; may be empty.
        prefix: String,
        /// The server, when it is not Amazon's.
        endpoint: Option<String>,
        /// The region.
        region: Option<String>,
    },
}

/// The store: one URL for all contexts, and for some perhaps one of their own.
pub(super) fn store(reader: &mut Reader<'_>) -> Result<StoreChoice> {
    const SCHEMES: [&str; 2] = ["postgres", "postgresql"];
    let mut password = reader.password(&keys::STORE_PASSWORD, &keys::STORE_PASSWORD_FILE)?;
    let shared =
        reader.url(&keys::STORE_URL, &SCHEMES, "the URL of the store", password.as_mut())?;
    if shared.is_none() {
        reader.tell_default(&keys::STORE_URL, "SQLite files in the home");
    }
    let mut own = BTreeMap::new();
    for (context, key) in &keys::STORE_CONTEXTS {
        let what = format!("the URL of the store of {context}");
        if let Some(url) = reader.url(key, &SCHEMES, &what, password.as_mut())? {
            own.insert(*context, url);
        }
    }
    reader.tell_password(&keys::STORE_PASSWORD, &keys::STORE_URL, password);
    if shared.is_none() && own.is_empty() {
        return Ok(StoreChoice::Sqlite);
    }
    Ok(StoreChoice::Postgres(PostgresChoice { shared, own }))
}

/// The broker, if there is one.
pub(super) fn broker(reader: &mut Reader<'_>) -> Result<Option<BrokerChoice>> {
    let mut password = reader.password(&keys::BROKER_PASSWORD, &keys::BROKER_PASSWORD_FILE)?;
    let what = "the URL of the broker";
    let url = reader.url(&keys::BROKER_URL, &["amqp", "amqps"], what, password.as_mut())?;
    if url.is_none() {
        reader.tell_default(&keys::BROKER_URL, "none: events travel through the store");
    }
    reader.tell_password(&keys::BROKER_PASSWORD, &keys::BROKER_URL, password);
    let namespace = reader.or_default(
        &keys::BROKER_NAMESPACE,
        "pynomaly".to_owned(),
        namespace,
        Clone::clone,
    )?;
    Ok(url.map(|url| BrokerChoice { url, namespace }))
}

fn namespace(text: &str) -> Result<String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if text.len() > 64 || !text.chars().all(fits) {
        return Err(Error::usage(format!("{text:?} cannot begin the names of queues"))
            .hint("at most 64 letters, digits, dots, underscores and hyphens"));
    }
    Ok(text.to_owned())
}

/// The artifact store.
pub(super) fn artifacts(reader: &mut Reader<'_>) -> Result<ArtifactChoice> {
    let place = reader.optional(&keys::ARTIFACTS_URL, bucket, |(bucket, prefix)| {
        format!("s3://{bucket}/{prefix}").trim_end_matches('/').to_owned()
    })?;
    if place.is_none() {
        reader.tell_default(&keys::ARTIFACTS_URL, "files in the home");
    }
    let endpoint = reader.optional(&keys::ARTIFACTS_ENDPOINT, endpoint, Clone::clone)?;
    let any = |text: &str| Ok(text.to_owned());
    let region = reader.optional(&keys::ARTIFACTS_REGION, any, Clone::clone)?;
    let Some(((bucket, prefix), _)) = place else {
        for (_, origin) in [endpoint, region].into_iter().flatten() {
            let notice = format!("{origin} is not used: there is no `artifacts.url`");
            reader.notices.push(notice);
        }
        return Ok(ArtifactChoice::Local);
    };
    Ok(ArtifactChoice::S3 {
        bucket,
        prefix,
        endpoint: endpoint.map(|(endpoint, _)| endpoint),
        region: region.map(|(region, _)| region),
    })
}

/// A bucket and a prefix. The text is not repeated: it may hold keys that belong elsewhere.
fn bucket(text: &str) -> Result<(String, String)> {
    let refused = |why: &str| {
        Error::usage(format!("the URL of the artifact store cannot be used: {why}")).hint(
            "expected s3://BUCKET or s3://BUCKET/PREFIX; keys are read from the AWS_… variables",
        )
    };
    let rest = text.strip_prefix("s3://").ok_or_else(|| refused("another scheme is expected"))?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if bucket.is_empty() || !bucket.chars().all(fits) {
        return Err(refused("it begins with no name of a bucket"));
    }
    let prefix = prefix.trim_matches('/');
    if !prefix.is_empty() && prefix.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(refused("a part of its prefix is empty, or made of dots"));
    }
    Ok((bucket.to_owned(), prefix.to_owned()))
}

fn endpoint(text: &str) -> Result<String> {
    let refused = |why: &str| {
        Error::usage(format!("the endpoint of the artifact store cannot be used: {why}")).hint(
            "expected http://HOST:PORT or https://HOST; keys are read from the AWS_… variables",
        )
    };
    let url = Url::parse(text).map_err(|cause| refused(&cause.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused("another scheme is expected"));
    }
    if !url.username().is_empty() || url.password().is_some() || text.contains('@') {
        return Err(refused("it names a user"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refused("there is something behind its path"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}
