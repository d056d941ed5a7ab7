//! Data quality, application layer: the use cases over the ports.
//!
//! [`check_data`] checks what a user names, with data contracts or without, [`AnalyzeDataset`] every uploaded dataset version;
//! both go through [`check_table`]. Reports are read with [`report_of_version`],
//! [`newest_report`] and [`history`].

mod analyze;
mod attached;
mod check;
mod container;
mod contract;
mod contract_check;
mod distributions;
mod exchange;
mod figures;
mod gates;
mod incidents;
mod mutation;
mod other_tables;
mod quarantine;
mod queries;
mod query_rules;
mod row_comparisons;
mod row_order;
mod suggest;
mod watched;
mod webhooks;

pub use analyze::{AnalyzeDataset, GROUP, subscriptions};
pub use attached::keep_contract;
pub use check::TableToCheck;
pub use container::DataQualityContainer;
pub use contract::{ContractDifference, LintedContract, diff_contracts, lint_contract};
pub use contract_check::{ContractRequest, check_data, check_table};
pub use exchange::{export_contract, import_contract};
pub use gates::{DatasetGate, GateChange, change_gate, dataset_gate, override_gate, reset_gate};
pub use incidents::{acknowledge_incident, find_incident, open_incidents, snooze_incident};
pub use mutation::{ContractTest, test_contract};
pub use quarantine::QuarantineRequest;
pub use queries::{history, metric_history, newest_report, report_of_version};
pub use suggest::{SuggestedContract, suggest_contract};
pub use webhooks::{
    NewWebhook, ShownWebhook, TellWebhooks, WEBHOOK_GROUP, add_webhook, remove_webhook,
    test_webhook, webhooks,
};
