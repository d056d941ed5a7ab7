//! Rules that are evaluated for each value of a column by itself: one rule becomes one for each value,
//! with the value as a filter.

use std::collections::BTreeMap;

use shared_kernel_domain::Result;
use shared_kernel_domain::scan::{ScanOutcome, ScanPlan, Slot};
use shared_kernel_domain::summary::FrequentValues;
use shared_kernel_domain::table::{Cell, ColumnType, TableSchema};

use crate::expression::{Expression, Number, no_column};
use crate::rule::{Rule, Test};

/// Segments that a rule is evaluated for, at most: each is a result of its own.
pub const MOST_SEGMENTS: u64 = 100;

/// Texts of so many bytes and more are not told from one another.
const MOST_BYTES: usize = 200;

/// What the segment of the rows without a value is called.
const MISSING: &str = "missing";

/// The columns that rules are parted by, and what a scan must find out of them.
pub struct SegmentReading {
    slots: BTreeMap<String, std::result::Result<Slot<FrequentValues>, String>>,
    /// What the scan must compute.
    pub plan: ScanPlan,
}

/// The segments of columns, or why there are none.
pub struct Segments(BTreeMap<String, std::result::Result<Vec<Segment>, String>>);

struct Segment {
    name: String,
    condition: Expression,
}

impl SegmentReading {
    /// What must be found out for some rules; `None` when none is parted.
    pub fn begin<'a>(
        rules: impl IntoIterator<Item = &'a Rule>,
        schema: &TableSchema,
    ) -> Option<Self> {
        let mut reading = Self { slots: BTreeMap::new(), plan: ScanPlan::default() };
        for column in rules.into_iter().filter_map(|rule| rule.segment.as_ref()) {
            if !reading.slots.contains_key(column) {
                let slot = is_of_segments(column, schema)
                    .map(|()| reading.plan.add(&[column.as_str()], FrequentValues::new()));
                reading.slots.insert(column.clone(), slot);
            }
        }
        (!reading.slots.is_empty()).then_some(reading)
    }

    /// How many columns are read.
    pub fn columns(&self) -> u32 {
        self.slots.values().filter(|slot| slot.is_ok()).count() as u32
    }

    /// The segments that the scan found.
    pub fn read(&self, outcome: &ScanOutcome) -> Result<Segments> {
        let mut found = BTreeMap::new();
        for (column, slot) in &self.slots {
            let segments = match slot {
                Ok(slot) => segments(column, outcome.get(*slot)?, outcome.rows),
                Err(reason) => Err(reason.clone()),
            };
            found.insert(column.clone(), segments);
        }
        Ok(Segments(found))
    }
}

impl Segments {
    /// The rules, with one for each segment in the place of one that is parted. Where the segments
    /// are not known, the rule stays one that cannot be evaluated.
    pub fn part(&self, rules: &[Rule]) -> Vec<Rule> {
        let mut parted = Vec::with_capacity(rules.len());
        for rule in rules {
            let Some(column) = &rule.segment else {
                parted.push(rule.clone());
                continue;
            };
            match self.0.get(column) {
                Some(Ok(segments)) => {
                    parted.extend(segments.iter().map(|segment| segment.of(rule, column)));
                }
                Some(Err(reason)) => parted.push(unchecked(rule, reason)),
                None => parted.push(unchecked(rule, "its segments were not read")),
            }
        }
        parted
    }
}

impl Segment {
    fn of(&self, rule: &Rule, column: &str) -> Rule {
        let filter = match rule.filter.clone() {
            Some(filter) => Expression::And(vec![self.condition.clone(), filter]),
            None => self.condition.clone(),
        };
        let Self { name, .. } = self;
        Rule {
            id: format!("{}[{name}]", rule.id),
            phrase: format!("{} where {column} is {name}", rule.phrase),
            filter: Some(filter),
            segment: None,
            ..rule.clone()
        }
    }
}

fn unchecked(rule: &Rule, reason: &str) -> Rule {
    Rule { test: Test::Unchecked(reason.to_owned()), segment: None, ..rule.clone() }
}

fn is_of_segments(column: &str, schema: &TableSchema) -> std::result::Result<(), String> {
    let field = schema.field(column).ok_or_else(|| no_column(column, schema))?;
    match field.column_type {
        ColumnType::Text | ColumnType::Boolean | ColumnType::Integer => Ok(()),
        other => Err(format!(
            "segments are made of texts, whole numbers or truth values, but {column} is {}",
            other.name()
        )),
    }
}

fn segments(
    column: &str,
    values: &FrequentValues,
    rows: u64,
) -> std::result::Result<Vec<Segment>, String> {
    let missing = u64::from(values.values() < rows);
    let different = values.distinct().filter(|different| different + missing <= MOST_SEGMENTS);
    let Some(different) = different else {
        return Err(format!(
            "{column} has more than {MOST_SEGMENTS} different values, and a rule has at most so many segments"
        ));
    };
    let mut cells: Vec<Cell> =
        values.top(different as usize).into_iter().map(|value| value.value).collect();
    cells.sort_by_key(|cell| match cell {
        Cell::Integer(number) => (*number, String::new()),
        other => (0, other.to_string()),
    });
    let of_column = || Box::new(Expression::column(column));
    let mut segments = Vec::with_capacity(cells.len() + 1);
    for cell in cells {
        let text = cell.to_string();
        // a value that reads as no value would
        let name = if text == MISSING { format!("{text:?}") } else { text.clone() };
        let value = match cell {
            Cell::Integer(number) => Expression::Number(Number::from(number)),
            Cell::Boolean(truth) => Expression::Boolean(truth),
            _ if text.len() >= MOST_BYTES => {
                return Err(format!("{column} has values of {MOST_BYTES} bytes and more"));
            }
            _ => Expression::Text(text),
        };
        segments.push(Segment { name, condition: Expression::In(of_column(), vec![value]) });
    }
    if missing > 0 {
        let condition = Expression::IsNull(of_column());
        segments.push(Segment { name: MISSING.to_owned(), condition });
    }
    Ok(segments)
}
