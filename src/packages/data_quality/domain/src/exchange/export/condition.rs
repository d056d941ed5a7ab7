//! The conditions of rules, as other tools know them.

use crate::exchange::arguments::Reason;
use crate::expression::{Comparison, Expression, Function, Operation};
use crate::yaml::{Node, list, mapping, plain, text};

/// What a condition says of a column.
pub(super) enum Said<'a> {
    NotNull(&'a str),
    IsNull(&'a str),
    InSet(&'a str, &'a [Expression], bool),
    Matches(&'a str, &'a str, bool),
    /// Comparisons of its values with constants.
    Compared(&'a str, Vec<(Comparison, &'a Expression)>),
    /// Comparisons of its length with constants.
    Length(&'a str, Vec<(Comparison, &'a Expression)>),
    /// Two columns of a row.
    Pair(&'a str, Comparison, &'a str),
    /// All of several.
    All(Vec<Said<'a>>),
    Other,
}

pub(super) fn said(condition: &Expression) -> Said<'_> {
    let (inner, is_true) = match condition {
        Expression::Not(inner) => (inner.as_ref(), false),
        other => (other, true),
    };
    match (inner, is_true) {
        (Expression::IsNull(value), is_true) => match (value.as_ref(), is_true) {
            (Expression::Column(column), true) => Said::IsNull(column),
            (Expression::Column(column), false) => Said::NotNull(column),
            _ => Said::Other,
        },
        (Expression::In(value, items), is_true) => match value.as_ref() {
            Expression::Column(column) => Said::InSet(column, items, is_true),
            _ => Said::Other,
        },
        (Expression::Matches(value, pattern), is_true) => match value.as_ref() {
            Expression::Column(column) => Said::Matches(column, pattern.text(), is_true),
            _ => Said::Other,
        },
        (Expression::Compared(comparison, left, right), true) => {
            match (left.as_ref(), right.as_ref()) {
                (Expression::Column(one), Expression::Column(other)) => {
                    Said::Pair(one, *comparison, other)
                }
                (Expression::Column(column), bound) if is_constant(bound) => {
                    Said::Compared(column, vec![(*comparison, bound)])
                }
                (Expression::Call(Function::Length, inner), bound) if is_constant(bound) => {
                    match inner.as_ref() {
                        Expression::Column(column) => {
                            Said::Length(column, vec![(*comparison, bound)])
                        }
                        _ => Said::Other,
                    }
                }
                _ => Said::Other,
            }
        }
        (Expression::And(parts), true) => together(parts.iter().map(said).collect()),
        _ => Said::Other,
    }
}

/// Bounds of the same column together; else all of them.
fn together(mut parts: Vec<Said<'_>>) -> Said<'_> {
    if parts.iter().any(|part| matches!(part, Said::Other)) {
        return Said::Other;
    }
    if parts.len() == 2 {
        match (parts.pop(), parts.pop()) {
            (Some(Said::Compared(column, second)), Some(Said::Compared(same, mut first)))
                if column == same =>
            {
                first.extend(second);
                return Said::Compared(column, first);
            }
            (Some(Said::Length(column, second)), Some(Said::Length(same, mut first)))
                if column == same =>
            {
                first.extend(second);
                return Said::Length(column, first);
            }
            (second, first) => parts.extend(first.into_iter().chain(second)),
        }
    }
    if parts.len() == 1 { parts.remove(0) } else { Said::All(parts) }
}

fn is_constant(value: &Expression) -> bool {
    matches!(value, Expression::Number(_) | Expression::Text(_) | Expression::Boolean(_))
}

/// A constant as a value.
pub(super) fn value(constant: &Expression) -> Node {
    match constant {
        Expression::Text(value) => text(value),
        other => plain(other),
    }
}

/// A condition as the tree that Great Expectations has for rows since 1.9.
pub(super) fn as_tree(condition: &Expression) -> Result<Node, Reason> {
    let parts = |kind: &str, parts: &[Expression]| {
        let parts = parts.iter().map(as_tree).collect::<Result<Vec<_>, _>>()?;
        Ok(mapping([("type", text(kind)), ("conditions", list(parts))]))
    };
    let column = |name: &str| ("column", mapping([("name", text(name))]));
    let compared = |name: &str, operator: &str, parameter: Node| {
        let operator = ("operator", text(operator));
        Ok(mapping([
            ("type", text("comparison")),
            column(name),
            operator,
            ("parameter", parameter),
        ]))
    };
    let nullity = |name: &str, is_null: bool| {
        Ok(mapping([("type", text("nullity")), column(name), ("is_null", plain(is_null))]))
    };
    match (condition, said(condition)) {
        (Expression::And(several), _) => parts("and", several),
        (Expression::Or(several), _) => parts("or", several),
        (_, Said::IsNull(name)) => nullity(name, true),
        (_, Said::NotNull(name)) => nullity(name, false),
        (_, Said::InSet(name, items, is_in)) => {
            compared(name, if is_in { "IN" } else { "NOT_IN" }, list(items.iter().map(value)))
        }
        (_, Said::Compared(name, bounds)) => match bounds.as_slice() {
            [(comparison, bound)] => compared(name, symbol(*comparison), value(bound)),
            _ => Err(refused(condition)),
        },
        _ => Err(refused(condition)),
    }
}

fn refused(condition: &Expression) -> Reason {
    format!("rows for which {condition} cannot be told apart there")
}

fn symbol(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "==",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

/// Parts a filter into "the column has a value" and the rest.
pub(super) fn without_values(
    filter: Option<&Expression>,
    column: &str,
) -> (bool, Option<Expression>) {
    let is_it = |part: &Expression| matches!(said(part), Said::NotNull(name) if name == column);
    match filter {
        None => (false, None),
        Some(whole) if is_it(whole) => (true, None),
        Some(Expression::And(parts)) if parts.iter().any(is_it) => {
            let mut rest: Vec<Expression> =
                parts.iter().filter(|part| !is_it(part)).cloned().collect();
            let rest = if rest.len() == 1 { rest.pop() } else { Some(Expression::And(rest)) };
            (true, rest)
        }
        Some(other) => (false, Some(other.clone())),
    }
}

/// A condition as SQL that every database takes.
///
/// # Errors
/// When it has words of ours in it.
pub(super) fn as_sql(condition: &Expression) -> Result<String, Reason> {
    if is_sql(condition) {
        Ok(condition.to_string())
    } else {
        Err(format!("{condition} is not said so in SQL"))
    }
}

fn is_sql(condition: &Expression) -> bool {
    match condition {
        Expression::Column(_)
        | Expression::Number(_)
        | Expression::Text(_)
        | Expression::Boolean(_) => true,
        // whole numbers are divided differently by each database
        Expression::Computed(operation, left, right) => {
            matches!(operation, Operation::Add | Operation::Subtract | Operation::Multiply)
                && is_sql(left)
                && is_sql(right)
        }
        Expression::Compared(_, left, right) => is_sql(left) && is_sql(right),
        Expression::In(value, items) => is_sql(value) && items.iter().all(is_sql),
        Expression::IsNull(inner) | Expression::Not(inner) => is_sql(inner),
        Expression::Call(function, inner) => *function != Function::Trim && is_sql(inner),
        Expression::And(parts) | Expression::Or(parts) => parts.iter().all(is_sql),
        Expression::Matches(..)
        | Expression::HasFormat(..)
        | Expression::HasTimeFormat(..)
        | Expression::MatchesJsonSchema(..) => false,
    }
}
