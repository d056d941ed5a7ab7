//! The rules of a table, before and after.

use std::cmp::Ordering;

use super::promise::{Firmness, of_filters, of_limits, of_tests};
use super::{Change, Effect};
use crate::contract::{SERVICE_LEVEL, SchemaObject};
use crate::rule::Rule;
use crate::verdict::Severity;

/// Compares the rules of a table. That the columns are there is compared by name elsewhere, and what
/// goes with a column goes without a word.
pub(super) fn compare(before: &SchemaObject, after: &SchemaObject, changes: &mut Vec<Change>) {
    let has = |object: &SchemaObject, rule: &Rule| {
        rule.columns.iter().all(|column| {
            object.properties.is_empty()
                || object.properties.iter().any(|property| property.column == *column)
        })
    };
    let (was, is) = (own_rules(before), own_rules(after));
    let pairs = pairs(&was, &is);
    for (index, rule) in was.iter().enumerate() {
        let now = pairs.iter().find(|(old, _)| *old == index).and_then(|(_, new)| is.get(*new));
        let change = match now {
            Some(now) => changed(rule, now),
            None if has(after, rule) => Some((
                weaker_if(rule.severity),
                format!("the rule is promised no more: {}", rule.phrase),
            )),
            None => None,
        };
        if let Some((effect, what)) = change {
            changes.push(Change {
                effect,
                table: Some(before.name.clone()),
                subject: rule.id.clone(),
                what,
                before: Some(rule.place),
                after: now.map(|now| now.place),
            });
        }
    }
    for (index, rule) in is.iter().enumerate() {
        if pairs.iter().any(|(_, new)| *new == index) {
            continue;
        }
        let effect =
            if rule.severity == Severity::Info { Effect::Compatible } else { Effect::Stricter };
        changes.push(Change {
            effect,
            table: Some(after.name.clone()),
            subject: rule.id.clone(),
            what: format!("the rule is new: {}", rule.phrase),
            before: None,
            after: Some(rule.place),
        });
    }
}

fn own_rules(object: &SchemaObject) -> Vec<&Rule> {
    let of_names = |rule: &&Rule| rule.kind == "columns" && !object.properties.is_empty();
    // the first rule of a table with columns is that they are there
    object
        .rules
        .iter()
        .enumerate()
        .filter(|(index, rule)| *index > 0 || !of_names(rule))
        .filter(|(_, rule)| rule.kind != SERVICE_LEVEL)
        .map(|(_, rule)| rule)
        .collect()
}

/// Whether two rules are the same.
type Same = fn(&Rule, &Rule) -> bool;

/// Which rules are the same before and after: those of the same name, then those of the same kind
/// about the same columns.
fn pairs(was: &[&Rule], is: &[&Rule]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let same_id = |old: &Rule, new: &Rule| old.id == new.id && old.kind == new.kind;
    let same_kind = |old: &Rule, new: &Rule| old.kind == new.kind && old.columns == new.columns;
    let ways: [Same; 2] = [same_id, same_kind];
    for same in ways {
        for (old, rule) in was.iter().enumerate() {
            if pairs.iter().any(|(known, _)| *known == old) {
                continue;
            }
            let free = |new: &usize| pairs.iter().all(|(_, known)| known != new);
            let mut fitting = (0..is.len()).filter(free);
            let found = fitting.find(|new| is.get(*new).is_some_and(|it| same(rule, it)));
            if let Some(new) = found {
                pairs.push((old, new));
            }
        }
    }
    pairs
}

fn weaker_if(severity: Severity) -> Effect {
    if severity == Severity::Info { Effect::Compatible } else { Effect::Breaking }
}

/// What changed in a rule, if anything did.
fn changed(was: &Rule, is: &Rule) -> Option<(Effect, String)> {
    let severity = match is.severity.cmp(&was.severity) {
        Ordering::Equal => Firmness::Same,
        Ordering::Less => Firmness::Weaker,
        Ordering::Greater => Firmness::Firmer,
    };
    let firmness = of_tests(&was.test, &is.test)
        .and(of_filters(was.filter.as_ref(), is.filter.as_ref()))
        .and(of_limits(&was.limit, &is.limit))
        .and(severity);
    let firmness = if was.segment == is.segment { firmness } else { Firmness::Other };
    let effect = match firmness {
        Firmness::Same => return None,
        _ if was.severity == Severity::Info && is.severity == Severity::Info => Effect::Compatible,
        Firmness::Weaker | Firmness::Other => Effect::Breaking,
        Firmness::Firmer => Effect::Stricter,
    };
    let (old, new) = (told(was), told(is));
    let what = match firmness {
        Firmness::Weaker => format!("it allows more: it was {old}, and is {new}"),
        Firmness::Firmer => format!("it allows less: it was {old}, and is {new}"),
        _ => format!("it is another rule: it was {old}, and is {new}"),
    };
    Some((effect, what))
}

/// A rule in words, with all that can change.
fn told(rule: &Rule) -> String {
    let mut text = rule.phrase.clone();
    if let Some(filter) = &rule.filter {
        text = format!("{text} where {filter}");
    }
    if let Some(segment) = &rule.segment {
        text = format!("{text} for each {segment}");
    }
    if !rule.limit.is_none() {
        text = format!("{text} ({})", rule.limit);
    }
    format!("{text}, {}", rule.severity)
}
