//! Data contracts of the Open Data Contract Standard, versions 3.0 and 3.1: what a table promises.
//!
//! [`read`] reads a contract's YAML and tells every [`Problem`] with its line and column; what it
//! makes of a table's properties and quality entries are [`Rule`](crate::rule::Rule)s. Parts that
//! mean nothing to a check are kept in the document, as are parts that nobody knows, which are
//! told as warnings. A [short rule file](short) is read as the contract that it stands for.
//!
//! Invariants: an entry that cannot be checked (another engine, a nested property) becomes a
//! rule that says so, and is never dropped; text is documentation and becomes none.

mod files;
mod properties;
mod quality;
mod reading;
mod record;
mod service_levels;
mod short;
#[cfg(test)]
mod tests;

pub use files::{ContractFile, ContractFiles};
pub use reading::{Reading, read};

pub(crate) use reading::read_written_out;
pub(crate) use record::{Record, number_of};
pub(crate) use service_levels::KIND as SERVICE_LEVEL;
pub(crate) use short::is_rule_file;

use crate::rule::{Limit, Rule, Test};
use crate::verdict::{Dimension, Severity};
use crate::yaml::{Node, Place};

/// A data contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// `id`
    pub id: String,
    /// `name`
    pub name: Option<String>,
    /// `version` of the contract
    pub version: Option<String>,
    /// `apiVersion`: the version of the standard
    pub api_version: Option<String>,
    /// `status`, such as `active`
    pub status: Option<String>,
    /// `schema`: the tables it is about.
    pub objects: Vec<SchemaObject>,
    /// `slaProperties`; of freshness and retention the tables have rules.
    pub service_levels: Vec<ServiceLevel>,
    /// The whole document.
    pub document: Node,
}

/// A promise of service, such as how fresh the data are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLevel {
    /// `property`, such as `latency`
    pub property: String,
    /// `value`
    pub value: Option<String>,
    /// `unit`, such as `d`
    pub unit: Option<String>,
    /// `element`: the columns that it is about.
    pub element: Option<String>,
}

/// A table of a contract.
#[derive(Clone, Debug, PartialEq)]
pub struct SchemaObject {
    /// `name`
    pub name: String,
    /// `physicalName`: where its data are
    pub physical_name: Option<String>,
    /// Its columns.
    pub properties: Vec<Property>,
    /// All its rules, in the order of the file.
    pub rules: Vec<Rule>,
    /// Where it stands.
    pub place: Place,
}

/// The kind of the rule that stands for none at all.
pub const NO_RULES: &str = "no_rules";

impl SchemaObject {
    /// The same with a rule that cannot be evaluated, where it has no rules: nothing is held against such a table,
    /// and that must not look as if all were well.
    pub fn with_some_rule(&self) -> Option<Self> {
        if !self.rules.is_empty() {
            return None;
        }
        let name = &self.name;
        let reason = format!("the contract has no rules about {name}, so nothing was looked at");
        let rule = Rule {
            id: "no rules".to_owned(),
            kind: NO_RULES,
            columns: Vec::new(),
            dimension: Dimension::Coverage,
            severity: Severity::Error,
            test: Test::Unchecked(reason),
            phrase: format!("the contract has rules about {name}"),
            filter: None,
            segment: None,
            limit: Limit::none_fails(),
            place: self.place,
        };
        Some(Self { rules: vec![rule], ..self.clone() })
    }

    /// The columns of its primary key, in order; empty when it has none.
    pub fn primary_key(&self) -> Vec<String> {
        let mut keys: Vec<(i64, &str)> = self
            .properties
            .iter()
            .filter_map(|property| Some((property.key_position?, property.column.as_str())))
            .collect();
        keys.sort_by_key(|(position, _)| *position);
        keys.into_iter().map(|(_, column)| column.to_owned()).collect()
    }
}

/// A column of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// `name`
    pub name: String,
    /// `physicalName`, else `name`: the column of the table.
    pub column: String,
    /// Its place in the primary key, when it belongs to it.
    pub key_position: Option<i64>,
}
