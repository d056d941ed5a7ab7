//! Figures of another table, as other tools compare them.

use super::arguments::{Arguments, Dialect, Reason};
use super::draft::{Draft, rest_in_percent};
use super::import::condition;
use crate::yaml::{list, plain, text};

type Several = Result<Vec<Draft>, Reason>;

const GROUPS: &str = "figures of groups of rows are no rules here";

/// The table of `ref('customers')`, `ref('package', 'customers')` or `source('shop', 'customers')`.
pub(super) fn table_of(text: &str) -> Result<String, Reason> {
    let text = text.trim().trim_start_matches("{{").trim_end_matches("}}").trim();
    let inner = ["ref(", "source("].iter().find_map(|call| text.strip_prefix(call));
    let inner = inner.and_then(|inner| inner.strip_suffix(')'));
    let last = inner.and_then(|inner| inner.rsplit(',').next()).map(str::trim);
    let name = last.map(|last| last.trim_matches(|letter| letter == '\'' || letter == '"'));
    match name {
        Some(name) if !name.is_empty() && !name.contains(['\'', '"', '=']) => Ok(name.to_owned()),
        _ => Err(format!("the other table, {text}, is not understood here")),
    }
}

/// The name of a table that another one is compared with.
fn other(arguments: &Arguments<'_>) -> Result<String, Reason> {
    match arguments.dialect {
        Dialect::GreatExpectations => arguments.needed("other_table_name").map(str::to_owned),
        Dialect::Sql => table_of(arguments.needed("compare_model")?),
    }
}

/// A figure of this table against the same of another one.
fn tie_out(
    arguments: &Arguments<'_>,
    figure: &str,
    column: Option<String>,
) -> Result<Draft, Reason> {
    for key in ["group_by", "compare_group_by", "group_by_columns"] {
        let is_empty = |node: &crate::yaml::Node| node.items().is_some_and(<[_]>::is_empty);
        if arguments.get(key).is_some_and(|node| !is_empty(node)) {
            return Err(GROUPS.to_owned());
        }
    }
    let draft = Draft::of("tie_out", column)
        .with("figure", text(figure))
        .with("to", text(other(arguments)?));
    // there, the condition of this table's rows is that of the other's too, unless it has its own
    let theirs = match (arguments.text("compare_row_condition")?, arguments.dialect) {
        (Some(own), _) => Some(own),
        (None, Dialect::Sql) => arguments.text("row_condition")?,
        (None, Dialect::GreatExpectations) => None,
    };
    let filter = theirs.map(condition::of_sql).transpose()?;
    Ok(match filter {
        Some(filter) => draft.with("to_filter", text(filter)),
        None => draft,
    })
}

/// As many rows as another table, or so many times as many.
pub(super) fn row_count(arguments: &Arguments<'_>) -> Several {
    let draft = tie_out(arguments, "row_count", None)?;
    Ok(vec![match arguments.number("factor")? {
        Some(factor) if factor.float != 1.0 => draft.with("factor", plain(factor)),
        _ => draft,
    }])
}

/// Fewer rows than another table.
pub(super) fn fewer_rows(arguments: &Arguments<'_>) -> Several {
    let draft = tie_out(arguments, "row_count", None)?.with("signed", plain(true));
    Ok(vec![draft.must("mustBeLessThan", plain(0))])
}

/// As many columns as another table.
pub(super) fn column_count(arguments: &Arguments<'_>) -> Several {
    Ok(vec![tie_out(arguments, "column_count", None)?])
}

/// As many different values as a column of another table.
pub(super) fn distinct_count(arguments: &Arguments<'_>) -> Several {
    let column = arguments.column()?;
    let there = arguments.text("compare_column_name")?.unwrap_or(&column).to_owned();
    let draft = tie_out(arguments, "distinct_count", Some(column.clone()))?;
    Ok(vec![if there == column { draft } else { draft.with("to_columns", list([text(there)])) }])
}

/// `expression` is an aggregate, such as `sum(amount)`, and the same or another one there.
pub(super) fn aggregation(arguments: &Arguments<'_>) -> Several {
    const SHARE: &str = "the share is of the other table's figure here, and of this one's there";
    let (figure, column) = aggregate(arguments.needed("expression")?)?;
    let (figure_there, column_there) = match arguments.text("compare_expression")? {
        Some(written) => aggregate(written)?,
        None => (figure, column.clone()),
    };
    let mut draft = tie_out(arguments, figure, column.clone())?;
    if figure_there != figure {
        draft = draft.with("to_figure", text(figure_there));
    }
    if let Some(there) = column_there.filter(|there| Some(there) != column.as_ref()) {
        draft = draft.with("to_columns", list([text(there)]));
    }
    let tolerance = arguments.number("tolerance")?.filter(|tolerance| tolerance.float != 0.0);
    if let Some(share) = arguments.number("tolerance_percent")?.filter(|it| it.float != 0.0) {
        if tolerance.is_some() {
            return Err("one of its two tolerances is enough there".to_owned());
        }
        // a share of one, such as 0.1
        let percent = rest_in_percent(share).map(|rest| 100.0 - rest.float);
        let percent = percent.ok_or("its tolerance_percent is no share")?;
        let percent = format!("{percent:.9}").parse::<f64>().unwrap_or(percent);
        let draft = draft.must("mustBeLessOrEqualTo", plain(percent)).noting(SHARE);
        return Ok(vec![Draft { percent: true, ..draft }]);
    }
    Ok(vec![match tolerance {
        Some(tolerance) => draft.must("mustBeLessOrEqualTo", plain(tolerance)),
        None => draft,
    }])
}

/// The rows of another table, in all columns or some. Ours counts how often each stands there.
pub(super) fn same_rows(arguments: &Arguments<'_>) -> Several {
    const ONCE: &str = "how often a row stands in each table counts here, and not there";
    let columns = match arguments.get("compare_columns") {
        Some(_) => arguments.names("compare_columns")?,
        None => Vec::new(),
    };
    let draft = Draft::of("same_rows", columns).with("to", text(other(arguments)?));
    Ok(vec![draft.noting(ONCE)])
}

/// Each value of a column stands as often in a column of another table.
pub(super) fn same_values(arguments: &Arguments<'_>) -> Several {
    let (column, field) = (arguments.column()?, arguments.needed("field")?);
    let to = table_of(arguments.needed("to")?)?;
    let draft = Draft::of("same_rows", [column.clone()]).with("to", text(to));
    let is_same = field == column;
    Ok(vec![if is_same { draft } else { draft.with("to_columns", list([text(field)])) }])
}

/// Aggregates of SQL that are figures here.
const AGGREGATES: [(&str, &str); 11] = [
    ("sum", "sum"),
    ("avg", "mean"),
    ("min", "minimum"),
    ("max", "maximum"),
    ("stddev", "standard_deviation"),
    ("stddev_samp", "standard_deviation"),
    ("stddev_pop", "population_standard_deviation"),
    ("variance", "variance"),
    ("var_samp", "variance"),
    ("var_pop", "population_variance"),
    ("median", "median"),
];

/// The figure and column of `count(*)`, `count(distinct a)` or `sum(a)`.
fn aggregate(written: &str) -> Result<(&'static str, Option<String>), Reason> {
    let refused = || format!("the aggregate {written} is no figure here");
    let (function, inner) =
        written.trim().strip_suffix(')').and_then(|it| it.split_once('(')).ok_or_else(refused)?;
    let function = function.trim().to_ascii_lowercase();
    let (function, inner) = match inner.trim().split_once(char::is_whitespace) {
        Some((word, rest)) if function == "count" && word.eq_ignore_ascii_case("distinct") => {
            ("count distinct".to_owned(), rest.trim())
        }
        _ => (function, inner.trim()),
    };
    if function == "count" && inner == "*" {
        return Ok(("row_count", None));
    }
    let column = inner.trim_matches(['"', '`']);
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    if column.is_empty() || !column.chars().all(is_name) {
        return Err(refused());
    }
    if function == "count distinct" {
        return Ok(("distinct_count", Some(column.to_owned())));
    }
    let figure = AGGREGATES.iter().find(|(known, _)| *known == function);
    figure.map(|(_, figure)| (*figure, Some(column.to_owned()))).ok_or_else(refused)
}

/// `row_count same as customers` of Soda.
pub(super) fn same_row_count(rest: &str) -> Result<Draft, Reason> {
    let name = rest.trim().trim_matches('"');
    if name.is_empty() || name.contains([' ', '[']) {
        return Err("the other table is in another data source, or a part of one".to_owned());
    }
    Ok(Draft::of("tie_out", []).with("figure", text("row_count")).with("to", text(name)))
}
