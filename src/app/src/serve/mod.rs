//! `pynomaly serve`: the consumers of some contexts at work, and what watches them over HTTP.

mod command;
mod http;
mod listener;
mod question;
mod readiness;
mod scrape;
#[cfg(test)]
mod tests;

pub(crate) use command::{Command, run};
use scrape::record_metrics;
