//! A table's rules as a suite of Great Expectations 1.x.

use super::condition::{Said, as_tree, said, value, without_values};
use super::{Entries, Found, column, range, rest_of, unchecked};
use crate::contract::SchemaObject;
use crate::exchange::arguments::Reason;
use crate::exchange::forms::{FORMS, Form};
use crate::expression::{Comparison, Expression, Format};
use crate::rule::{ColumnsTest, LimitUnit, Operator, Rule, Test};
use crate::verdict::Severity;
use crate::yaml::{Node, list, mapping, plain, text, write_json};

/// An expectation: its name and its arguments.
type Made = Result<Vec<(&'static str, Entries)>, Reason>;

pub(super) fn write(object: &SchemaObject, found: &mut Found) -> String {
    let mut expectations = Vec::new();
    for rule in &object.rules {
        let made = expectations_of(rule)
            .map(|made| made.into_iter().map(|it| written(rule, it)).collect());
        expectations.extend(found.take(&object.name, rule, made));
    }
    let suite = [
        ("name", text(&object.name)),
        ("expectations", list(expectations)),
        ("meta", mapping::<String>([])),
    ];
    write_json(&mapping(suite), true) + "\n"
}

fn written(rule: &Rule, (name, kwargs): (&'static str, Entries)) -> (String, Node) {
    let name = format!("expect_{name}");
    let severity = match rule.severity {
        Severity::Error => "critical",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    let meta = mapping([("pynomaly_rule", text(&rule.id))]);
    let parts = [
        ("type", text(&name)),
        ("kwargs", mapping(kwargs)),
        ("meta", meta),
        ("severity", text(severity)),
    ];
    (name, mapping(parts))
}

fn expectations_of(rule: &Rule) -> Made {
    unchecked(rule)?;
    match &rule.test {
        Test::Rows(condition) => of_rows(rule, condition),
        Test::Missing(column, values) if values.is_empty() => {
            with_share(rule, column, vec![("column_values_to_not_be_null", vec![])], false)
        }
        Test::Missing(..) => Err("values that stand for none cannot be named there".to_owned()),
        Test::Reference(_) => Err("there is no reference to another table there".to_owned()),
        Test::Unique => unique(rule),
        Test::RowCount if rule.filter.is_none() => {
            Ok(vec![("table_row_count_to_be_between", bounds(rule)?)])
        }
        Test::RowCount => Err("rows are counted without a filter there".to_owned()),
        Test::Figure(_) => figure(rule),
        Test::Columns(ColumnsTest::Are { names, ordered, exact }) => {
            let names = list(names.iter().map(text));
            match (ordered, exact) {
                (true, true) => {
                    Ok(vec![("table_columns_to_match_ordered_list", vec![("column_list", names)])])
                }
                (true, false) => {
                    Err("an order with others between them cannot be said there".to_owned())
                }
                (false, exact) => Ok(vec![(
                    "table_columns_to_match_set",
                    vec![("column_set", names), ("exact_match", plain(exact))],
                )]),
            }
        }
        Test::Columns(_) => Err("types are called differently by each engine there".to_owned()),
        _ => Err("there is no expectation of this kind".to_owned()),
    }
}

fn of_rows(rule: &Rule, condition: &Expression) -> Made {
    if let Expression::HasFormat(inner, format) = condition {
        return match (inner.as_ref(), format) {
            (Expression::Column(column), Format::Date) => {
                let made = (
                    "column_values_to_match_strftime_format",
                    vec![("strftime_format", text("%Y-%m-%d"))],
                );
                with_share(rule, column, vec![made], true)
            }
            _ => Err("there is no expectation of this format".to_owned()),
        };
    }
    match said(condition) {
        Said::Pair(one, comparison, other) => pair(rule, one, comparison, other),
        Said::All(parts) => {
            if !rule.limit.is_none() {
                return Err(
                    "several conditions together have no share of their own there".to_owned()
                );
            }
            let mut all = Vec::new();
            for part in &parts {
                all.extend(of_part(rule, part)?);
            }
            Ok(all)
        }
        part => of_part(rule, &part),
    }
}

fn of_part(rule: &Rule, part: &Said<'_>) -> Made {
    let one = |column: &str, name, kwargs| with_share(rule, column, vec![(name, kwargs)], true);
    match part {
        Said::NotNull(column) => {
            with_share(rule, column, vec![("column_values_to_not_be_null", vec![])], false)
        }
        Said::IsNull(column) => {
            with_share(rule, column, vec![("column_values_to_be_null", vec![])], false)
        }
        Said::InSet(column, items, is_in) => {
            let name = if *is_in {
                "column_values_to_be_in_set"
            } else {
                "column_values_to_not_be_in_set"
            };
            one(column, name, vec![("value_set", list(items.iter().map(value)))])
        }
        Said::Matches(column, pattern, is_match) => {
            let name = if *is_match {
                "column_values_to_match_regex"
            } else {
                "column_values_to_not_match_regex"
            };
            one(column, name, vec![("regex", text(*pattern))])
        }
        Said::Compared(column, bounds) => {
            one(column, "column_values_to_be_between", compared(bounds)?)
        }
        Said::Length(column, bounds) => {
            one(column, "column_value_lengths_to_be_between", compared(bounds)?)
        }
        Said::Pair(..) | Said::All(_) | Said::Other => {
            Err("conditions over columns are written in SQL or Python there".to_owned())
        }
    }
}

fn compared(bounds: &[(Comparison, &Expression)]) -> Result<Entries, Reason> {
    let mut entries = Entries::new();
    for (comparison, bound) in bounds {
        match comparison {
            Comparison::GreaterOrEqual => entries.push(("min_value", value(bound))),
            Comparison::LessOrEqual => entries.push(("max_value", value(bound))),
            Comparison::Greater => {
                entries.extend([("min_value", value(bound)), ("strict_min", plain(true))]);
            }
            Comparison::Less => {
                entries.extend([("max_value", value(bound)), ("strict_max", plain(true))]);
            }
            Comparison::Equal => {
                entries.extend([("min_value", value(bound)), ("max_value", value(bound))]);
            }
            Comparison::NotEqual => return Err("there is no expectation of this kind".to_owned()),
        }
    }
    Ok(entries)
}

/// With the column, the rows that are looked at, and the share that may break it.
fn with_share(
    rule: &Rule,
    column: &str,
    made: Vec<(&'static str, Entries)>,
    of_values: bool,
) -> Made {
    let (values_only, rest) = without_values(rule.filter.as_ref(), column);
    let filter = if of_values { rest.as_ref() } else { rule.filter.as_ref() };
    let mut more = Entries::new();
    if !rule.limit.is_none() {
        let (Some(percent), LimitUnit::Percent) = (at_most(rule), rule.limit.unit) else {
            return Err(format!("that their number {} cannot be said there", rule.limit));
        };
        if of_values && !values_only {
            return Err("its share is of all rows, and theirs of those with a value".to_owned());
        }
        more.push(("mostly", plain(rest_of(percent))));
    }
    more.extend(row_condition(filter)?);
    let with = |(name, kwargs): (&'static str, Entries)| {
        let column = ("column", text(column));
        (name, [column].into_iter().chain(kwargs).chain(more.iter().cloned()).collect())
    };
    Ok(made.into_iter().map(with).collect())
}

/// The upper bound of a limit that has no other.
fn at_most(rule: &Rule) -> Option<f64> {
    match rule.limit.operators.as_slice() {
        [Operator::LessOrEqual(bound)] => Some(*bound),
        [Operator::Between(low, high)] if *low == 0.0 => Some(*high),
        _ => None,
    }
}

fn row_condition(filter: Option<&Expression>) -> Result<Entries, Reason> {
    let Some(filter) = filter else { return Ok(Entries::new()) };
    Ok(vec![("row_condition", as_tree(filter)?)])
}

fn unique(rule: &Rule) -> Made {
    if !rule.limit.is_none() {
        return Err(
            "of repeated rows they count all, and all but the first are counted here".to_owned()
        );
    }
    match rule.columns.as_slice() {
        [] => Err("whole rows are compared by the names of all columns there".to_owned()),
        [only] => Ok(vec![("column_values_to_be_unique", vec![("column", text(only))])]),
        several => {
            let columns = list(several.iter().map(text));
            Ok(vec![("compound_columns_to_be_unique", vec![("column_list", columns)])])
        }
    }
}

fn bounds(rule: &Rule) -> Result<Entries, Reason> {
    let range = range(&rule.limit)?;
    let mut entries = Entries::new();
    entries.extend(range.least.map(|bound| ("min_value", plain(bound))));
    entries.extend(range.most.map(|bound| ("max_value", plain(bound))));
    for (key, strict) in [("strict_min", range.strict_least), ("strict_max", range.strict_most)] {
        if strict {
            entries.push((key, plain(true)));
        }
    }
    Ok(entries)
}

fn figure(rule: &Rule) -> Made {
    let name = column(rule)?;
    let of_kind =
        |(_, form): &&(&str, Form)| matches!(form, Form::Figure(kind) if *kind == rule.kind);
    let (name_there, _) = FORMS
        .iter()
        .find(of_kind)
        .ok_or(format!("there is no expectation of the {}", rule.kind.replace('_', " ")))?;
    let mut entries = vec![("column", text(name))];
    entries.extend(bounds(rule)?);
    entries.extend(row_condition(rule.filter.as_ref())?);
    Ok(vec![(name_there, entries)])
}

/// A row in which one of two columns has no value is left out here, and has to be there.
fn pair(rule: &Rule, one: &str, comparison: Comparison, other: &str) -> Made {
    if !rule.limit.is_none() {
        return Err("a share of pairs is of other rows there".to_owned());
    }
    let (name, columns, or_equal) = match comparison {
        Comparison::Equal => ("column_pair_values_to_be_equal", (one, other), None),
        Comparison::Greater => {
            ("column_pair_values_a_to_be_greater_than_b", (one, other), Some(false))
        }
        Comparison::GreaterOrEqual => {
            ("column_pair_values_a_to_be_greater_than_b", (one, other), Some(true))
        }
        Comparison::Less => {
            ("column_pair_values_a_to_be_greater_than_b", (other, one), Some(false))
        }
        Comparison::LessOrEqual => {
            ("column_pair_values_a_to_be_greater_than_b", (other, one), Some(true))
        }
        Comparison::NotEqual => return Err("there is no expectation of this kind".to_owned()),
    };
    let mut entries = vec![("column_A", text(columns.0)), ("column_B", text(columns.1))];
    entries.extend(or_equal.map(|or_equal| ("or_equal", plain(or_equal))));
    entries.push(("ignore_row_if", text("either_value_is_missing")));
    entries.extend(row_condition(rule.filter.as_ref())?);
    Ok(vec![(name, entries)])
}
