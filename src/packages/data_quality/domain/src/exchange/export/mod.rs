//! Contracts as rule files of other tools.

mod condition;
mod dbt;
mod gx;
mod values;

use super::Tool;
use super::arguments::Reason;
use super::draft::{Mapped, Unmapped};
use crate::contract::SchemaObject;
use crate::rule::{Limit, Operator, PREVIOUS_VERSION, Rule, TableFigure, TieOut};
use crate::yaml::Node;

/// A contract as a rule file of another tool.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The file.
    pub text: String,
    /// The rules that are in it, with what they are called there.
    pub exported: Vec<Mapped>,
    /// Those that are not.
    pub left: Vec<Unmapped>,
}

/// Writes some tables of a contract as a rule file of a tool.
///
/// # Errors
/// Why this tool has no such file.
pub fn export(objects: &[&SchemaObject], tool: Tool) -> Result<Exported, Reason> {
    let mut found = Found::default();
    let text = match (tool, objects) {
        (Tool::GreatExpectations, [object]) => gx::write(object, &mut found),
        (Tool::GreatExpectations, _) => {
            return Err("a suite is about one table, and the contract about several".to_owned());
        }
        (Tool::Dbt, objects) => dbt::write(objects, &mut found),
        (Tool::Soda | Tool::Rules, _) => {
            return Err(format!("no {} is written here", tool.name()));
        }
    };
    Ok(Exported { text, exported: found.exported, left: found.left })
}

/// What became of the rules.
#[derive(Default)]
struct Found {
    exported: Vec<Mapped>,
    left: Vec<Unmapped>,
}

impl Found {
    /// Notes what a rule became, by the names of the tool.
    fn take<T>(
        &mut self,
        table: &str,
        rule: &Rule,
        made: Result<Vec<(String, T)>, Reason>,
    ) -> Vec<T> {
        let what = if rule.phrase.is_empty() {
            rule.id.clone()
        } else {
            format!("{}: {}", rule.id, rule.phrase)
        };
        match made {
            Ok(made) => {
                let rules = made.iter().map(|(name, _)| name.clone()).collect();
                let (place, table) = (rule.place, table.to_owned());
                self.exported.push(Mapped { place, table, what, rules, note: None });
                made.into_iter().map(|(_, value)| value).collect()
            }
            Err(why) => {
                let table = Some(table.to_owned());
                self.left.push(Unmapped { place: rule.place, table, what, why });
                Vec::new()
            }
        }
    }
}

/// The one column of a rule.
fn column(rule: &Rule) -> Result<&str, Reason> {
    match rule.columns.as_slice() {
        [only] => Ok(only),
        _ => Err("it is not about one column".to_owned()),
    }
}

/// The model or table that a file or dataset is called after.
fn model_of(table: &str) -> Result<&str, Reason> {
    if table == PREVIOUS_VERSION {
        return Err("the version before is no model of its own".to_owned());
    }
    let file = table.rsplit('/').next().unwrap_or(table);
    let model = file.split('.').next().unwrap_or(file);
    if model.is_empty() || model.contains('\'') {
        return Err(format!("{table} is no name of a model"));
    }
    Ok(model)
}

/// The other table, of a rule that both have as many rows; `None` when it says something else.
fn same_row_count<'a>(rule: &Rule, tie: &'a TieOut) -> Option<Result<&'a str, Reason>> {
    let is_plain = tie.here == TableFigure::RowCount
        && tie.there.figure == TableFigure::RowCount
        && rule.filter.is_none()
        && tie.there.filter.is_none()
        && tie.factor == 1.0
        && rule.limit.is_none();
    is_plain.then(|| model_of(&tie.there.table))
}

/// Why a rule that is not evaluated here cannot be said elsewhere either.
fn unchecked(why: &str) -> Reason {
    format!("it is not evaluated here: {why}")
}

/// A figure's bounds: the least, the most, and whether they are left out themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Range {
    least: Option<f64>,
    most: Option<f64>,
    strict_least: bool,
    strict_most: bool,
}

fn range(limit: &Limit) -> Result<Range, Reason> {
    let mut range = Range::default();
    for operator in &limit.operators {
        match *operator {
            Operator::Be(value) => (range.least, range.most) = (Some(value), Some(value)),
            Operator::Between(low, high) => (range.least, range.most) = (Some(low), Some(high)),
            Operator::GreaterOrEqual(value) => range.least = Some(value),
            Operator::LessOrEqual(value) => range.most = Some(value),
            Operator::Greater(value) => (range.least, range.strict_least) = (Some(value), true),
            Operator::Less(value) => (range.most, range.strict_most) = (Some(value), true),
            Operator::NotBe(_) | Operator::NotBetween(..) => {
                return Err(format!("that it {limit} cannot be said there"));
            }
        }
    }
    Ok(range)
}

/// What is left of a whole, of a share in percent.
fn rest_of(percent: f64) -> f64 {
    // as many digits as were written
    let rest = (100.0 - percent) / 100.0;
    format!("{rest:.12}").parse().unwrap_or(rest)
}

type Entries = Vec<(&'static str, Node)>;
