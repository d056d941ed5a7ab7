//! Conditions of other tools as expressions of ours.

use crate::exchange::arguments::Reason;
use crate::expression::{Comparison, Expression, Number, parse};
use crate::yaml::{Node, ScalarValue};

fn refused(what: &str) -> Reason {
    format!("the condition is not understood here: {what}")
}

/// A condition in SQL that is one of ours too.
pub(crate) fn of_sql(text: &str) -> Result<String, Reason> {
    if text.contains("{{") || text.contains("${") || text.contains("{%") {
        return Err("a condition that is put together when it runs is not known here".to_owned());
    }
    let text = text.trim();
    parse(text)
        .map(|_| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .map_err(|what| refused(&what))
}

/// The `row_condition` of Great Expectations: a text of pandas or of its own parser, or, since 1.9,
/// a tree.
pub(crate) fn of_gx(node: &Node, parser: Option<&str>) -> Result<String, Reason> {
    if node.entries().is_some() {
        return Ok(of_tree(node)?.to_string());
    }
    let text = node.text().ok_or_else(|| refused("it is no text"))?;
    if matches!(parser, Some("spark" | "spark_sql")) {
        return of_sql(text);
    }
    let expression = parse(&rewritten(text)?).map_err(|what| refused(&what))?;
    // to pandas, a missing value differs from every other; to SQL and to us that is unknown
    let expression = if parser == Some("pandas") { as_pandas(expression)? } else { expression };
    Ok(expression.to_string())
}

fn as_pandas(expression: Expression) -> Result<Expression, Reason> {
    let all = |parts: Vec<Expression>| parts.into_iter().map(as_pandas).collect::<Result<_, _>>();
    Ok(match expression {
        Expression::And(parts) => Expression::And(all(parts)?),
        Expression::Or(parts) => Expression::Or(all(parts)?),
        Expression::Not(inner) if matches!(*inner, Expression::IsNull(_)) => inner.negated(),
        Expression::Not(inner) => match *inner {
            Expression::In(value, items) => {
                let missing = Expression::IsNull(value.clone());
                Expression::Or(vec![Expression::In(value, items).negated(), missing])
            }
            _ => return Err(refused("what `not` means of missing values differs")),
        },
        Expression::Compared(Comparison::NotEqual, left, right) => {
            let missing = [&left, &right].into_iter().filter(|side| !side.columns().is_empty());
            let missing = missing.map(|side| Expression::IsNull(side.clone())).collect::<Vec<_>>();
            let differ = Expression::Compared(Comparison::NotEqual, left, right);
            Expression::Or([differ].into_iter().chain(missing).collect())
        }
        other => other,
    })
}

/// A condition as a tree: `{type: comparison, column: {name: a}, operator: ==, parameter: 1}`.
fn of_tree(node: &Node) -> Result<Expression, Reason> {
    let column = || {
        let column = node.get("column").and_then(|column| column.get("name")).and_then(Node::text);
        column.map(Expression::column).ok_or_else(|| refused("it names no column"))
    };
    let text = |key| node.get(key).and_then(Node::text).unwrap_or_default();
    let parts = || {
        let parts = node.get("conditions").and_then(Node::items).unwrap_or_default();
        parts.iter().map(of_tree).collect::<Result<Vec<_>, _>>()
    };
    match text("type") {
        "and" => Ok(Expression::And(parts()?)),
        "or" => Ok(Expression::Or(parts()?)),
        "nullity" => {
            let test = Expression::IsNull(Box::new(column()?));
            Ok(if text("is_null") == "true" { test } else { test.negated() })
        }
        "comparison" => {
            let parameter = node.get("parameter").ok_or_else(|| refused("it has no parameter"))?;
            let items = parameter.items().unwrap_or_default();
            let several = || items.iter().map(constant).collect::<Result<Vec<_>, _>>();
            let comparison = match text("operator") {
                "==" => Comparison::Equal,
                "!=" => Comparison::NotEqual,
                "<" => Comparison::Less,
                "<=" => Comparison::LessOrEqual,
                ">" => Comparison::Greater,
                ">=" => Comparison::GreaterOrEqual,
                "IN" => return Ok(Expression::In(Box::new(column()?), several()?)),
                "NOT_IN" | "NOT IN" => {
                    let among = Expression::In(Box::new(column()?), several()?);
                    return Ok(among.negated());
                }
                other => return Err(refused(&format!("its operator is {other}"))),
            };
            Ok(column()?.compared(comparison, constant(parameter)?))
        }
        other => Err(refused(&format!("its type is {other}"))),
    }
}

/// A single value as a constant.
pub(crate) fn constant(node: &Node) -> Result<Expression, Reason> {
    match node.scalar() {
        Some(ScalarValue::Number(text)) => Number::read(&text)
            .map(Expression::Number)
            .ok_or_else(|| refused("a number is too long")),
        Some(ScalarValue::Text(text)) => Ok(Expression::Text(text)),
        Some(ScalarValue::Boolean(value)) => Ok(Expression::Boolean(value)),
        Some(ScalarValue::Null) | None => Err(refused("it compares with no single value")),
    }
}

/// What pandas and the parser of Great Expectations write, and what we do.
const WORDS: [(&str, &str); 12] = [
    (".notNull()", " is not null"),
    (".notnull()", " is not null"),
    (".isNotNull()", " is not null"),
    (".notna()", " is not null"),
    (".isNull()", " is null"),
    (".isnull()", " is null"),
    (".isna()", " is null"),
    ("&&", " and "),
    ("||", " or "),
    ("&", " and "),
    ("|", " or "),
    ("~", " not "),
];

/// A condition of pandas in our words: texts in single quotes, columns in double ones.
fn rewritten(text: &str) -> Result<String, Reason> {
    let mut out = String::new();
    let mut rest = text;
    let mut open_lists = 0_u32;
    while let Some(first) = rest.chars().next() {
        if let Some((from, to)) = WORDS.iter().find(|(from, _)| rest.starts_with(from)) {
            out.push_str(to);
            rest = rest.get(from.len()..).unwrap_or_default();
            continue;
        }
        let is_column = ["col(\"", "col('"].iter().any(|start| rest.starts_with(start));
        let skipped = if is_column { "col(".len() } else { 0 };
        let quote = rest.get(skipped..).and_then(|rest| rest.chars().next());
        if let Some(quote @ ('\'' | '"')) = quote {
            let body = rest.get(skipped + 1..).unwrap_or_default();
            let (inner, after) =
                body.split_once(quote).ok_or_else(|| refused("a quote is not closed"))?;
            if inner.contains('\\') {
                return Err(refused("there is a backslash in a text"));
            }
            let after = if is_column {
                out.push_str(&format!("\"{}\"", inner.replace('"', "\"\"")));
                after.strip_prefix(')').ok_or_else(|| refused("col( is not closed"))?
            } else {
                out.push_str(&format!("'{}'", inner.replace('\'', "''")));
                after
            };
            rest = after;
            continue;
        }
        match first {
            '[' if out.trim_end().ends_with("in") => {
                open_lists += 1;
                out.push('(');
            }
            ']' if open_lists > 0 => {
                open_lists -= 1;
                out.push(')');
            }
            other => out.push(other),
        }
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
    }
    Ok(out)
}
