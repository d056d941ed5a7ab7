//! The time of day, for people to read; no decision is taken by it (guarantee G14).

pub use jiff::Timestamp;

/// Where the time of day comes from.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;
}
