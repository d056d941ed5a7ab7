//! What `serve` listens on, and for which contexts it works.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};

use super::keys;
use super::nearest::nearest;
use super::reader::Reader;

/// Where `serve` listens when nothing is said.
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8750);

/// What `serve` takes on the command line.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ServeFlags {
    /// Where to answer health and metrics; a loopback address [default: 127.0.0.1:8750]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,

    /// Whose consumers to run, such as data_quality,mlops [default: all]
    #[arg(long, value_name = "CONTEXT,…")]
    pub(crate) contexts: Option<String>,
}

/// Refuses what others than this machine can reach: nobody is asked who they are yet.
pub(crate) fn only_loopback(address: SocketAddr) -> Result<()> {
    if address.ip().to_canonical().is_loopback() {
        return Ok(());
    }
    Err(Error::usage(format!("{address} can be reached from other machines"))
        .hint("there is no authentication yet: listen on 127.0.0.1 or [::1]"))
}

pub(super) fn listen(reader: &mut Reader<'_>) -> Result<SocketAddr> {
    let checked = |text: &str| {
        let address = address(text)?;
        only_loopback(address)?;
        Ok(address)
    };
    reader.or_default(&keys::SERVE_LISTEN, DEFAULT_LISTEN, checked, ToString::to_string)
}

fn address(text: &str) -> Result<SocketAddr> {
    let numbers = match text.strip_prefix("localhost:") {
        Some(port) => format!("{}:{port}", Ipv4Addr::LOCALHOST),
        None => text.to_owned(),
    };
    numbers.parse().map_err(|_| {
        Error::usage(format!("{text:?} is no address to listen on"))
            .hint("expected an address and a port such as 127.0.0.1:8750 or [::1]:8750")
    })
}

pub(super) fn contexts(reader: &mut Reader<'_>) -> Result<Vec<Context>> {
    let all = Context::ALL.to_vec();
    reader.or_default(&keys::SERVE_CONTEXTS, all, named_contexts, |contexts| names(contexts))
}

fn named_contexts(text: &str) -> Result<Vec<Context>> {
    let mut named = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let context = Context::ALL.into_iter().find(|context| context.name() == name);
        named.push(context.ok_or_else(|| unknown(name))?);
    }
    if named.is_empty() {
        return Err(Error::usage("no context is named")
            .hint(format!("name some of {}", names(&Context::ALL))));
    }
    Ok(Context::ALL.into_iter().filter(|context| named.contains(context)).collect())
}

fn unknown(name: &str) -> Error {
    let hint = match nearest(name, Context::ALL.map(Context::name)) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there are {}", names(&Context::ALL)),
    };
    Error::usage(format!("there is no context {name:?}")).hint(hint)
}

fn names(contexts: &[Context]) -> String {
    let names: Vec<&str> = contexts.iter().map(|context| context.name()).collect();
    names.join(", ")
}
