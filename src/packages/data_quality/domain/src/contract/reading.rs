use std::collections::HashMap;

use super::properties::Properties;
use super::quality::Quality;
use super::record::{Problems, Record};
use super::{Contract, SchemaObject, service_levels, short};
use crate::problem::Problem;
use crate::rule::Rule;
use crate::yaml::{self, Node};

/// Keys of a contract that are kept and mean nothing to a check.
const KEPT: [&str; 15] = [
    "tenant",
    "tags",
    "domain",
    "dataProduct",
    "authoritativeDefinitions",
    "description",
    "servers",
    "price",
    "team",
    "roles",
    "support",
    "customProperties",
    "contractCreatedTs",
    "type",
    "project",
];

/// Keys of a table that are kept.
const KEPT_OF_OBJECT: [&str; 9] = [
    "id",
    "physicalType",
    "description",
    "businessName",
    "authoritativeDefinitions",
    "tags",
    "customProperties",
    "dataGranularityDescription",
    "logicalType",
];

/// What was read of a contract's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The contract; `None` when there are errors.
    pub contract: Option<Contract>,
    /// What is wrong, in the order of the file.
    pub problems: Vec<Problem>,
}

/// Reads a contract, or a short rule file as one.
pub fn read(text: &str) -> Reading {
    let document = match yaml::read(text) {
        Ok(document) => document,
        Err(problem) => return Reading { contract: None, problems: vec![problem] },
    };
    if short::is_rule_file(&document) {
        return read_written_out(&document, None);
    }
    let problems = Problems::default();
    let contract = contract(&document, &problems).filter(|_| problems.errors() == 0);
    Reading { contract, problems: problems.into_sorted() }
}

/// Reads a short rule file; `table` is what the checked table is called where the file does not say so.
pub(crate) fn read_written_out(document: &Node, table: Option<&str>) -> Reading {
    let problems = Problems::default();
    let document = short::written_out(document, table, &problems);
    let contract = contract(&document, &problems).filter(|_| problems.errors() == 0);
    let problems = problems.into_sorted().into_iter().map(short::in_short).collect();
    Reading { contract, problems }
}

fn contract(document: &Node, problems: &Problems) -> Option<Contract> {
    let record = Record::of(document, "contract", problems)?;
    record.know(&KEPT);
    version_of_standard(&record);
    let objects = record.list("schema");
    if objects.is_empty() {
        let problem = Problem::warning(record.place_of("schema"), "the contract is about no table");
        problems.add(problem.hint("describe its tables under `schema`"));
    }
    let mut objects: Vec<SchemaObject> =
        objects.iter().filter_map(|node| object(node, problems)).collect();
    let element = record.text("slaDefaultElement");
    let levels = record.list("slaProperties").iter();
    let service_levels = levels
        .filter_map(|node| service_levels::read(node, element, &mut objects, problems))
        .collect();
    for object in &mut objects {
        identify(&mut object.rules);
    }
    let contract = Contract {
        id: record.required_text("id").unwrap_or_default().to_owned(),
        name: record.text("name").map(str::to_owned),
        version: record.text("version").map(str::to_owned),
        api_version: record.text("apiVersion").map(str::to_owned),
        status: record.text("status").map(str::to_owned),
        objects,
        service_levels,
        document: document.clone(),
    };
    record.finish();
    Some(contract)
}

fn version_of_standard(record: &Record<'_>) {
    let problems = record.problems();
    let kind = record.text("kind");
    if kind.is_some_and(|kind| kind != "DataContract") {
        problems.error(record.place_of("kind"), "the kind of a contract is DataContract");
    }
    match record.text("apiVersion") {
        None => {
            let problem = Problem::error(record.place(), "the contract has no apiVersion");
            let is_bare = record.get("schema").is_none();
            problems.add(problem.hint(if is_bare {
                "write `apiVersion: v3.1.0` and `kind: DataContract`, or `rules:` for rules alone"
            } else {
                "write `apiVersion: v3.1.0` and `kind: DataContract`"
            }));
        }
        Some(version) if !version.trim_start_matches('v').starts_with("3.") => {
            let what = format!("version {version} of the standard is not known here");
            let problem = Problem::error(record.place_of("apiVersion"), what);
            problems.add(problem.hint("write the contract in version v3.1.0"));
        }
        Some(_) => {}
    }
    if kind.is_none() {
        problems.add(
            Problem::warning(record.place(), "the contract has no kind")
                .hint("write `kind: DataContract`"),
        );
    }
}

fn object(node: &Node, problems: &Problems) -> Option<SchemaObject> {
    let record = Record::of(node, "table", problems)?;
    record.know(&KEPT_OF_OBJECT);
    let name = record.required_text("name").unwrap_or_default();
    let mut properties = Properties::read(name, record.list("properties"), problems);
    let mut rules = properties.rules(&record);
    let quality = Quality { columns: &[], property: None, names: properties.names(), object: name };
    rules.extend(quality.rules(record.list("quality"), problems));
    rules.extend(properties.relationships(&record));
    let object = SchemaObject {
        name: name.to_owned(),
        physical_name: record.text("physicalName").map(str::to_owned),
        properties: properties.into_list(),
        rules,
        place: record.place(),
    };
    record.finish();
    Some(object)
}

/// Gives every rule an id of its own: what is there twice gets a number.
fn identify(rules: &mut [Rule]) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for rule in rules {
        let count = seen.entry(rule.id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            rule.id = format!("{} #{count}", rule.id);
        }
    }
}
