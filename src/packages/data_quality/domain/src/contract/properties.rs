use std::collections::HashMap;

use super::Property;
use super::quality::Quality;
use super::record::{Problems, Record};
use crate::expression::{Format, Number, TimeFormat};
use crate::problem::Problem;
use crate::rule::{self, Bounds, ColumnsTest, Limit, LogicalType, Made, Reference, Rule, Test};
use crate::verdict::{Dimension, Severity};
use crate::yaml::{Node, Place};

/// Keys of a property that are kept and mean nothing to a check.
const KEPT: [&str; 18] = [
    "id",
    "physicalType",
    "description",
    "businessName",
    "authoritativeDefinitions",
    "tags",
    "customProperties",
    "partitioned",
    "partitionKeyPosition",
    "classification",
    "encryptedName",
    "transformSourceObjects",
    "transformLogic",
    "transformDescription",
    "examples",
    "criticalDataElement",
    "type",
    "items",
];

/// The columns of a table, and the rules that stand with them.
pub(super) struct Properties<'a> {
    /// The name of the table.
    object: &'a str,
    list: Vec<Property>,
    /// Columns by the names that the contract calls them.
    columns: HashMap<String, String>,
    rules: Vec<Rule>,
}

impl<'a> Properties<'a> {
    /// Reads the columns of a table.
    pub(super) fn read(object: &'a str, nodes: &[Node], problems: &Problems) -> Self {
        let mut columns = HashMap::new();
        for node in nodes {
            let name = node.get("name").and_then(Node::text);
            let physical = node.get("physicalName").and_then(Node::text);
            if let Some(name) = name {
                columns.insert(name.to_owned(), physical.unwrap_or(name).to_owned());
            }
        }
        let mut properties = Self { object, list: Vec::new(), columns, rules: Vec::new() };
        for node in nodes {
            properties.property(node, problems);
        }
        properties
    }

    /// The columns by name.
    pub(super) fn names(&self) -> &HashMap<String, String> {
        &self.columns
    }

    pub(super) fn into_list(self) -> Vec<Property> {
        self.list
    }

    /// The rules of all columns, after the one that they are there and the primary key.
    pub(super) fn rules(&mut self, object: &Record<'_>) -> Vec<Rule> {
        let mut rules = Vec::new();
        let names: Vec<String> = self.list.iter().map(|property| property.column.clone()).collect();
        if !names.is_empty() {
            rules.push(flagged(rule::of_names(names, false, false), object.place_of("properties")));
        }
        let mut keys: Vec<&Property> =
            self.list.iter().filter(|property| property.key_position.is_some()).collect();
        keys.sort_by_key(|property| property.key_position);
        if !keys.is_empty() {
            let columns = keys.iter().map(|property| property.column.clone()).collect();
            let key = Made { kind: "primary_key", ..rule::of_columns(columns) };
            rules.push(flagged(key, object.place_of("properties")));
        }
        rules.append(&mut self.rules);
        rules
    }

    fn property(&mut self, node: &Node, problems: &Problems) {
        let Some(record) = Record::of(node, "property", problems) else { return };
        record.know(&KEPT);
        let Some(name) = record.required_text("name").map(str::to_owned) else { return };
        let column = record.text("physicalName").unwrap_or(&name).to_owned();
        if self.list.iter().any(|known| known.column == column) {
            problems.error(record.place(), format!("the column {column} is described twice"));
        }
        let is_key = record.flag("primaryKey").unwrap_or_default();
        let position = record.number("primaryKeyPosition").and_then(Number::whole);
        let key_position = is_key.then(|| position.filter(|place| *place >= 0).unwrap_or(i64::MAX));
        self.flags(&record, &column, is_key);
        self.logical_type(&record, &column);
        if record.get("properties").is_some() || record.get("items").is_some() {
            let reason = "what is inside a record or list is not checked yet";
            self.unchecked("nested", &column, reason, record.place());
        }
        let columns = [column.clone()];
        let quality = Quality {
            columns: &columns,
            property: Some(&name),
            names: &self.columns,
            object: self.object,
        };
        let rules = quality.rules(record.list("quality"), problems);
        self.rules.extend(rules);
        for node in record.list("relationships") {
            if let Some(made) = self.relationship(node, Some(&column), problems) {
                self.rules.push(flagged(made, node.place));
            }
        }
        record.finish();
        self.list.push(Property { name, column, key_position });
    }

    /// `required`, `unique` and what a primary key means for one column.
    fn flags(&mut self, record: &Record<'_>, column: &str, is_key: bool) {
        if record.flag("required") == Some(true) {
            self.rules.push(flagged(rule::has_value(column), record.place_of("required")));
        } else if is_key {
            self.rules.push(flagged(rule::has_value(column), record.place_of("primaryKey")));
        }
        if record.flag("unique") == Some(true) {
            let unique = rule::of_columns(vec![column.to_owned()]);
            self.rules.push(flagged(unique, record.place_of("unique")));
        }
    }

    fn unchecked(&mut self, kind: &'static str, column: &str, reason: &str, place: Place) {
        let made = Made {
            kind,
            columns: vec![column.to_owned()],
            test: Test::Unchecked(reason.to_owned()),
            phrase: format!("{kind} of {column}"),
            dimension: Dimension::Conformity,
        };
        self.rules.push(flagged(made, place));
    }

    fn logical_type(&mut self, record: &Record<'_>, column: &str) {
        let logical = record.text("logicalType").and_then(|name| {
            let place = record.place_of("logicalType");
            LogicalType::of_name(name)
                .map_err(|hint| {
                    let problem = Problem::error(place, format!("there is no logical type {name}"));
                    record.problems().add(problem.hint(hint));
                })
                .ok()
        });
        let format = record.get("logicalTypeOptions").and_then(|node| node.get("format"));
        let format = format.and_then(Node::text).filter(|text| TimeFormat::new(text).is_ok());
        if let Some(logical) = logical {
            let is_written = logical.is_of_time() && format.is_some();
            let or_text = if is_written { ", or text written as one" } else { "" };
            let made = Made {
                kind: "logical_type",
                columns: vec![column.to_owned()],
                test: Test::Columns(if is_written {
                    ColumnsTest::IsWritten(column.to_owned(), logical)
                } else {
                    ColumnsTest::Has(column.to_owned(), logical)
                }),
                phrase: format!("{column} is of the type {}{or_text}", logical.name()),
                dimension: Dimension::Conformity,
            };
            self.rules.push(flagged(made, record.place_of("logicalType")));
        }
        let Some(node) = record.get("logicalTypeOptions") else { return };
        let Some(options) = Record::of(node, "set of type options", record.problems()) else {
            return;
        };
        self.options(&options, column, logical);
        options.finish();
    }

    /// What the options of a type say of a column's values.
    fn options(&mut self, options: &Record<'_>, column: &str, logical: Option<LogicalType>) {
        options.know(&["timezone", "defaultTimezone"]);
        let problems = options.problems();
        let mut made: Vec<Made> = Vec::new();
        made.extend(Bounds::read(options).rule(column));
        if let Some(unit) = options.number("multipleOf") {
            if unit.float > 0.0 {
                made.push(rule::of_unit(column, unit));
            } else {
                problems.error(options.place_of("multipleOf"), "multiples are of a number above 0");
            }
        }
        let (least, most) = (options.whole("minLength"), options.whole("maxLength"));
        if most.is_some() && least > most {
            let problem = Problem::error(
                options.place_of("minLength"),
                "no text is longer than its longest length",
            );
            problems.add(problem.hint("exchange minLength and maxLength"));
        }
        made.extend(rule::of_lengths(column, least, most));
        made.extend(rule::read_pattern(options).map(|pattern| rule::of_pattern(column, pattern)));
        let place = options.place();
        self.rules.extend(made.into_iter().map(|made| flagged(made, place)));
        if let Some(format) = options.text("format") {
            self.format(options, column, logical, format);
        }
        for key in
            ["minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "required"]
        {
            if options.get(key).is_some() {
                let reason = "what is inside a record or list is not checked yet";
                self.unchecked("nested", column, reason, options.place_of(key));
            }
        }
    }

    fn format(
        &mut self,
        options: &Record<'_>,
        column: &str,
        logical: Option<LogicalType>,
        format: &str,
    ) {
        let place = options.place_of("format");
        match logical {
            Some(logical) if logical.is_of_time() => {
                let test = match TimeFormat::new(format) {
                    Ok(format) => Test::Written(column.to_owned(), format),
                    Err(what) => {
                        let place = options.get("format").map_or(place, |node| node.place);
                        options.problems().add(Problem::warning(place, what));
                        Test::Columns(ColumnsTest::IsTemporal(column.to_owned()))
                    }
                };
                let made = Made {
                    kind: "date_format",
                    columns: vec![column.to_owned()],
                    test,
                    phrase: format!("{column} is written as {format}"),
                    dimension: Dimension::Conformity,
                };
                self.rules.push(flagged(made, place));
            }
            // the width in which numbers are stored is no matter of quality
            Some(LogicalType::Number | LogicalType::Integer) => {}
            _ => self.text_format(options, column, format, place),
        }
    }

    fn text_format(&mut self, options: &Record<'_>, column: &str, name: &str, place: Place) {
        if let Ok(format) = Format::of_name(name) {
            self.rules.push(flagged(rule::of_format(column, format), place));
            return;
        }
        // words such as `phone` are none, though their letters may be
        if name.contains('%') || name.contains("yy") {
            match TimeFormat::new(name) {
                Ok(format) => self.rules.push(flagged(rule::of_time_format(column, format), place)),
                Err(what) => {
                    options.problems().add(Problem::warning(place, what.clone()));
                    self.unchecked("has_time_format", column, &what, place);
                }
            }
            return;
        }
        let reason = format!("the format {name} is not known here");
        options.problems().add(Problem::warning(place, reason.clone()));
        self.unchecked("has_format", column, &reason, place);
    }

    /// The rules of the foreign keys of a whole table.
    pub(super) fn relationships(&self, object: &Record<'_>) -> Vec<Rule> {
        let problems = object.problems();
        let rule =
            |node: &Node| Some(flagged(self.relationship(node, None, problems)?, node.place));
        object.list("relationships").iter().filter_map(rule).collect()
    }

    /// A foreign key: `to: airports.faa`, or `from` and `to` as lists.
    fn relationship(&self, node: &Node, from: Option<&str>, problems: &Problems) -> Option<Made> {
        let record = Record::of(node, "relationship", problems)?;
        record.know(&["id", "type", "customProperties", "description"]);
        let named = record.texts("from");
        let columns: Vec<String> = match from {
            Some(column) => vec![column.to_owned()],
            None => named.iter().map(|name| self.column(last_part(name))).collect(),
        };
        let to = record.texts("to");
        let made = match to.split_first() {
            None => {
                problems.error(record.place(), "the relationship leads nowhere: it has no `to`");
                None
            }
            Some(_) if to.len() != columns.len() => {
                let what = format!("a relationship from {} columns to {}", columns.len(), to.len());
                problems.error(record.place_of("to"), what);
                None
            }
            Some((first, others)) => {
                let table = first_part(first);
                if table.is_empty() || others.iter().any(|other| first_part(other) != table) {
                    let problem =
                        Problem::error(record.place_of("to"), "it leads to no column of one table");
                    problems.add(problem.hint("write `to: table.column`"));
                    None
                } else {
                    let columns_there = to.iter().map(|name| last_part(name).to_owned()).collect();
                    let reference = Reference { table: table.to_owned(), columns: columns_there };
                    Some(rule::to_table(columns, reference))
                }
            }
        };
        record.finish();
        made
    }

    fn column(&self, name: &str) -> String {
        self.columns.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }
}

/// The table of `table.column` or `schema/table/properties/column`.
fn first_part(name: &str) -> &str {
    if name.contains('/') {
        return name
            .trim_start_matches('/')
            .split('/')
            .find(|part| *part != "schema")
            .unwrap_or("");
    }
    name.rsplit_once('.').map_or("", |(table, _)| table)
}

fn last_part(name: &str) -> &str {
    name.rsplit(['.', '/']).next().unwrap_or(name)
}

/// A rule that stands in a property's own words: an error when any row breaks it.
pub(super) fn flagged(made: Made, place: Place) -> Rule {
    let subject = if made.columns.is_empty() {
        String::new()
    } else {
        format!("{}.", made.columns.join("+"))
    };
    Rule {
        id: format!("{subject}{}", made.kind),
        kind: made.kind,
        columns: made.columns,
        dimension: made.dimension,
        severity: Severity::Error,
        test: made.test,
        phrase: made.phrase,
        filter: None,
        segment: None,
        limit: Limit::none_fails(),
        place,
    }
}
