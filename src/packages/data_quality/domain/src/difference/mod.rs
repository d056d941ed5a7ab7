//! Two contracts compared: what changes for those who read the data, and for those who write it.
//!
//! A promise taken back or made weaker is *breaking*: whoever relied on it may be let down by data
//! that keep the new contract. One that is new or firmer is *stricter*: data that kept the old contract
//! may break the new one. What is neither is *compatible*. Where it cannot be told which way a rule
//! changed, it is breaking.

mod promise;
mod rules;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::Serialize;

use crate::contract::{Contract, SchemaObject};
use crate::yaml::Place;

/// What a change means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A promise was taken back or made weaker: readers may be let down.
    Breaking,
    /// A promise is new or firmer: writers may have to do more.
    Stricter,
    /// Neither.
    Compatible,
}

impl Effect {
    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Stricter => "stricter",
            Self::Compatible => "compatible",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// What it means.
    pub effect: Effect,
    /// The table; `null` for the contract itself.
    pub table: Option<String>,
    /// The column, rule or key.
    pub subject: String,
    /// What changed, in a plain clause.
    pub what: String,
    /// Where it stood before.
    pub before: Option<Place>,
    /// Where it stands now.
    pub after: Option<Place>,
}

/// What changed from one contract to another: breaking changes first, then in the order of the
/// contracts.
pub fn difference(before: &Contract, after: &Contract) -> Vec<Change> {
    let mut changes = of_contract(before, after);
    for object in &before.objects {
        match after.objects.iter().find(|it| it.name == object.name) {
            Some(now) => of_object(object, now, &mut changes),
            None => changes.push(Change {
                effect: Effect::Breaking,
                table: Some(object.name.clone()),
                subject: object.name.clone(),
                what: "the table is promised no more".to_owned(),
                before: Some(object.place),
                after: None,
            }),
        }
    }
    for object in &after.objects {
        if before.objects.iter().all(|it| it.name != object.name) {
            changes.push(Change {
                effect: Effect::Compatible,
                table: Some(object.name.clone()),
                subject: object.name.clone(),
                what: "the table is new".to_owned(),
                before: None,
                after: Some(object.place),
            });
        }
    }
    changes.sort_by_key(|change| change.effect);
    changes
}

/// The contract's own keys, and its promises of service.
fn of_contract(before: &Contract, after: &Contract) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut tell = |effect, subject: &str, what: String| {
        let (table, subject) = (None, subject.to_owned());
        changes.push(Change { effect, table, subject, what, before: None, after: None });
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    if before.id != after.id {
        let what = format!("it was {}, and is {}", before.id, after.id);
        tell(Effect::Compatible, "id", what);
    }
    for (key, was, is) in [
        ("version", &before.version, &after.version),
        ("status", &before.status, &after.status),
        ("apiVersion", &before.api_version, &after.api_version),
    ] {
        if was != is {
            tell(Effect::Compatible, key, format!("it was {}, and is {}", text(was), text(is)));
        }
    }
    let told = |level: &crate::contract::ServiceLevel| {
        format!("{} {}", text(&level.value), level.unit.as_deref().unwrap_or_default())
    };
    // of those that tables have rules of, the rules tell
    let own = |level: &&crate::contract::ServiceLevel| !level.is_in_rules();
    for level in before.service_levels.iter().filter(own) {
        let now = after.service_levels.iter().find(|it| it.property == level.property);
        match now {
            None => tell(Effect::Breaking, &level.property, "it is promised no more".to_owned()),
            Some(now) if now != level => {
                let what = format!("it was {}, and is {}", told(level).trim(), told(now).trim());
                tell(Effect::Breaking, &level.property, what);
            }
            Some(_) => {}
        }
    }
    for level in after.service_levels.iter().filter(own) {
        if before.service_levels.iter().all(|it| it.property != level.property) {
            let what = format!("{} is promised anew", told(level).trim());
            tell(Effect::Stricter, &level.property, what);
        }
    }
    changes
}

fn of_object(before: &SchemaObject, after: &SchemaObject, changes: &mut Vec<Change>) {
    let columns = |object: &SchemaObject| -> Vec<String> {
        object.properties.iter().map(|property| property.column.clone()).collect()
    };
    let (was, is) = (columns(before), columns(after));
    let mut tell = |effect, column: &String, what: &str, place: (Option<Place>, Option<Place>)| {
        changes.push(Change {
            effect,
            table: Some(before.name.clone()),
            subject: column.clone(),
            what: what.to_owned(),
            before: place.0,
            after: place.1,
        });
    };
    for column in was.iter().filter(|column| !is.contains(column)) {
        let what = "the column is promised no more";
        tell(Effect::Breaking, column, what, (Some(before.place), None));
    }
    for column in is.iter().filter(|column| !was.contains(column)) {
        tell(Effect::Stricter, column, "the column must be there now", (None, Some(after.place)));
    }
    rules::compare(before, after, changes);
}
