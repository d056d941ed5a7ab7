//! `slaProperties`: `freshness` and `retention` are rules of the column that `element` names; all
//! others, such as a latency or the hours of support, no table can show, and are documentation.

use super::properties::flagged;
use super::record::{Problems, Record};
use super::{SchemaObject, ServiceLevel};
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

impl ServiceLevel {
    /// Whether tables have rules that say the same.
    pub(crate) fn is_in_rules(&self) -> bool {
        age_of(&self.property).is_some() && self.element.is_some()
    }
}

/// The age that the newest or oldest value may have at most.
fn age(record: &Record<'_>, level: &ServiceLevel, of: AgeOf, objects: &mut [SchemaObject]) {
    let problems = record.problems();
    let most = record.number("value").map(|number| number.float);
    let unit = AgeUnit::of_name(level.unit.as_deref().unwrap_or("d"));
    if unit.is_none() {
        let problem = Problem::error(record.place_of("unit"), "this is no unit of time");
        problems.add(problem.hint("write m, h, d or y"));
    }
    let (Some(most), Some(unit)) = (most, unit) else { return };
    let Some(elements) = &level.element else {
        let what = format!("{} is promised of no column, and cannot be evaluated", level.property);
        let problem = Problem::warning(record.place(), what);
        problems.add(problem.hint("write `element: TABLE.COLUMN`"));
        for object in objects {
            object.rules.push(unchecked(record, level));
        }
        return;
    };
    for element in elements.split(',').map(str::trim) {
        let (table, name) = element.split_once('.').unwrap_or(("", element));
        let only = objects.len() == 1;
        let meant = objects.iter_mut().find(|object| {
            only || table == object.name || object.physical_name.as_deref() == Some(table)
        });
        let Some(object) = meant else {
            let what = format!("the contract has no table {table}");
            problems.add(Problem::warning(record.place_of("element"), what));
            continue;
        };
        let property = object.properties.iter().find(|property| property.name == name);
        let column = property.map_or_else(|| name.to_owned(), |property| property.column.clone());
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
