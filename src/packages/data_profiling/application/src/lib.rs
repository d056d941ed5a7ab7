//! Data profiling, application: profiles of tables, made on request and for every new version.
//!
//! One scan makes a profile ([`profile_data`]). [`subscriptions`] has each version profiled as
//! soon as its quality was analysed, also when it failed its gate: people want to see why.

mod container;
mod generate;
mod on_quality_analyzed;
mod profile_version;
mod queries;

pub use container::DataProfilingContainer;
pub use generate::{merge_profiles, portable_profile, profile_data, profile_of};
pub use on_quality_analyzed::{GROUP, ProfileVersion, subscriptions};
pub use queries::{changes_of_version, history_of_dataset, profile_of_version};
