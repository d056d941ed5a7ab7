//! `slaProperties`: `freshness` and `retention` are rules of the column that `element` names, and
//! `latency` is one where it names two, from when on to when; all others, such as the hours of support,
//! no table can show, and are documentation.

use super::properties::flagged;
use super::record::{Problems, Record};
use super::{SchemaObject, ServiceLevel};
use crate::expression::{Comparison, Expression, Number, Operation};
use crate::problem::Problem;
use crate::rule::{Age, AgeOf, AgeUnit, Limit, LimitUnit, Made, Operator, Rule, Test, of_age};
use crate::verdict::Dimension;
use crate::yaml::Node;

/// The kind of a rule that does not know its column.
pub(crate) const KIND: &str = "service_level";

/// Reads a service level, and adds to the tables the rules that it makes. `default` is the older
/// `slaDefaultElement`.
pub(super) fn read(
    node: &Node,
    default: Option<&str>,
    objects: &mut [SchemaObject],
    problems: &Problems,
) -> Option<ServiceLevel> {
    let record = Record::of(node, "service level", problems)?;
    record.know(&["id", "valueExt", "driver", "description", "scheduler", "schedule"]);
    let level = ServiceLevel {
        property: record.required_text("property").unwrap_or_default().to_owned(),
        value: record.text("value").map(str::to_owned),
        unit: record.text("unit").map(str::to_owned),
        element: record.text("element").or(default).map(str::to_owned),
    };
    if let Some(of) = age_of(&level.property) {
        age(&record, &level, of, objects);
    } else if let Some(ends) = ends_of_latency(&level) {
        latency(&record, &level, ends, objects);
    }
    record.finish();
    Some(level)
}

fn age_of(property: &str) -> Option<AgeOf> {
    match property.to_ascii_lowercase().as_str() {
        "freshness" | "fr" => Some(AgeOf::Newest),
        "retention" | "re" => Some(AgeOf::Oldest),
        _ => None,
    }
}

/// What a latency is measured from and to, where two elements say so.
fn ends_of_latency(level: &ServiceLevel) -> Option<(&str, &str)> {
    let is_latency = ["latency", "ly"].contains(&level.property.to_ascii_lowercase().as_str());
    let (from, to) = level.element.as_deref().filter(|_| is_latency)?.split_once(',')?;
    (!to.contains(',')).then_some((from.trim(), to.trim()))
}

impl ServiceLevel {
    /// Whether tables have rules that say the same.
    pub(crate) fn is_in_rules(&self) -> bool {
        let is_age = age_of(&self.property).is_some() && self.element.is_some();
        is_age || ends_of_latency(self).is_some()
    }
}

/// The longest time that is allowed, and its unit.
fn longest(record: &Record<'_>, level: &ServiceLevel) -> Option<(f64, AgeUnit)> {
    let most = record.number("value").map(|number| number.float);
    let unit = AgeUnit::of_name(level.unit.as_deref().unwrap_or("d"));
    if unit.is_none() {
        let problem = Problem::error(record.place_of("unit"), "this is no unit of time");
        record.problems().add(problem.hint("write m, h, d or y"));
    }
    most.zip(unit)
}

/// The table that an element `TABLE.COLUMN` is of, and its column as it is stored; a contract of one
/// table means that one.
fn find<'a>(
    element: &str,
    record: &Record<'_>,
    objects: &'a mut [SchemaObject],
) -> Option<(&'a mut SchemaObject, String)> {
    let (table, name) = element.split_once('.').unwrap_or(("", element));
    let only = objects.len() == 1;
    let meant = objects.iter_mut().find(|object| {
        only || table == object.name || object.physical_name.as_deref() == Some(table)
    });
    let Some(object) = meant else {
        let what = format!("the contract has no table {table}");
        record.problems().add(Problem::warning(record.place_of("element"), what));
        return None;
    };
    let property = object.properties.iter().find(|property| property.name == name);
    let column = property.map_or_else(|| name.to_owned(), |property| property.column.clone());
    Some((object, column))
}

/// The time that may pass at most, in every row, from one of its columns to the other.
fn latency(
    record: &Record<'_>,
    level: &ServiceLevel,
    (from, to): (&str, &str),
    objects: &mut [SchemaObject],
) {
    let Some((most, unit)) = longest(record, level) else { return };
    let table = |element: &str| element.split_once('.').map(|(table, _)| table.to_owned());
    if table(from) != table(to) {
        let problem = Problem::error(record.place_of("element"), "both columns are of one table");
        record.problems().add(problem.hint("write `element: TABLE.CREATED, TABLE.ARRIVED`"));
        return;
    }
    let Some((_, from)) = find(from, record, objects) else { return };
    let Some((object, to)) = find(to, record, objects) else { return };
    let phrase = format!("{to} is at most {most} {} after {from}", unit.name());
    let passed = Expression::Computed(
        Operation::Subtract,
        Box::new(Expression::column(to)),
        Box::new(Expression::column(from)),
    );
    let seconds = Number { float: most * unit.seconds(), decimal: None };
    let condition = passed.compared(Comparison::LessOrEqual, Expression::Number(seconds));
    let made = Made::rows("latency", Dimension::Timeliness, condition, phrase);
    object.rules.push(flagged(made, record.place()));
}

/// The age that the newest or oldest value may have at most.
fn age(record: &Record<'_>, level: &ServiceLevel, of: AgeOf, objects: &mut [SchemaObject]) {
    let Some((most, unit)) = longest(record, level) else { return };
    let Some(elements) = &level.element else {
        let what = format!("{} is promised of no column, and cannot be evaluated", level.property);
        let problem = Problem::warning(record.place(), what);
        record.problems().add(problem.hint("write `element: TABLE.COLUMN`"));
        for object in objects {
            object.rules.push(unchecked(record, level));
        }
        return;
    };
    for element in elements.split(',').map(str::trim) {
        let Some((object, column)) = find(element, record, objects) else { continue };
        let operators = vec![Operator::LessOrEqual(most)];
        let made = of_age(column, Age { of, unit });
        let limit = Limit { operators, unit: LimitUnit::Rows };
        object.rules.push(Rule { limit, ..flagged(made, record.place()) });
    }
}

fn unchecked(record: &Record<'_>, level: &ServiceLevel) -> Rule {
    let made = Made {
        kind: KIND,
        columns: Vec::new(),
        test: Test::Unchecked("the contract does not say of which column it is".to_owned()),
        phrase: level.property.clone(),
        dimension: Dimension::Timeliness,
    };
    flagged(made, record.place())
}
