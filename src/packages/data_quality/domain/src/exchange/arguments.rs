use std::cell::RefCell;

use super::import::condition;
use crate::expression::Number;
use crate::yaml::{Entry, Node, ScalarValue};

/// Whose words some arguments are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Great Expectations: missing values are looked at as it says.
    GreatExpectations,
    /// SQL, as dbt and Soda run it: a condition with a missing value is unknown.
    Sql,
}

/// Why something cannot be said here.
pub(super) type Reason = String;

/// The arguments of a rule, read by name; what nobody asked for is told.
pub(super) struct Arguments<'a> {
    entries: Vec<&'a Entry>,
    column: Option<&'a str>,
    read: RefCell<Vec<String>>,
    pub(super) dialect: Dialect,
}

impl<'a> Arguments<'a> {
    /// Arguments in some lists of keys; `column` is where the rule stands.
    pub(super) fn new(dialect: Dialect, entries: Vec<&'a Entry>, column: Option<&'a str>) -> Self {
        Self { entries, column, read: RefCell::default(), dialect }
    }

    /// The value of a key; `None` when it is not there or null.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.know(&[key]);
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        (!entry.value.is_null()).then_some(&entry.value)
    }

    /// Keys that mean nothing to a rule.
    pub(super) fn know(&self, keys: &[&str]) {
        self.read.borrow_mut().extend(keys.iter().map(|&key| key.to_owned()));
    }

    /// Says so when there is a key that nobody asked for.
    pub(super) fn finish(&self) -> Result<(), Reason> {
        let read = self.read.borrow();
        let is_read = |entry: &&&Entry| entry.value.is_null() || read.contains(&entry.key);
        let left = self.entries.iter().find(|entry| !is_read(entry));
        left.map_or(Ok(()), |entry| Err(format!("its {} is not understood here", entry.key)))
    }

    /// A single value as it is written.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, Reason> {
        let Some(node) = self.get(key) else { return Ok(None) };
        node.text().map(Some).ok_or_else(|| format!("its {key} is {}", node.kind()))
    }

    /// A single value that must be there.
    pub(super) fn needed(&self, key: &'static str) -> Result<&'a str, Reason> {
        self.text(key)?.ok_or_else(|| format!("it has no {key}"))
    }

    pub(super) fn number(&self, key: &'static str) -> Result<Option<Number>, Reason> {
        let Some(node) = self.get(key) else { return Ok(None) };
        crate::contract::number_of(node).map(Some).ok_or_else(|| format!("its {key} is no number"))
    }

    pub(super) fn flag(&self, key: &'static str) -> Result<Option<bool>, Reason> {
        match self.get(key).map(Node::scalar) {
            None => Ok(None),
            Some(Some(ScalarValue::Boolean(value))) => Ok(Some(value)),
            Some(_) => Err(format!("its {key} is neither true nor false")),
        }
    }

    /// The items of a list that must be there.
    pub(super) fn items(&self, key: &'static str) -> Result<&'a [Node], Reason> {
        let Some(node) = self.get(key) else { return Err(format!("it has no {key}")) };
        node.items().ok_or_else(|| format!("its {key} is no list"))
    }

    /// The texts of a list that must be there.
    pub(super) fn names(&self, key: &'static str) -> Result<Vec<String>, Reason> {
        let text = |item: &Node| item.text().map(str::to_owned);
        let names: Option<Vec<String>> = self.items(key)?.iter().map(text).collect();
        names.ok_or_else(|| format!("its {key} is no list of texts"))
    }

    /// The constants of a list that must be there and hold something.
    pub(super) fn constants(&self, key: &'static str) -> Result<Vec<Node>, Reason> {
        let items = self.items(key)?;
        let is_constant = |item: &Node| item.scalar().is_some() && !item.is_null();
        match items {
            [] => Err(format!("its {key} is empty")),
            items if items.iter().all(is_constant) => Ok(items.to_vec()),
            _ => Err(format!("its {key} holds more than numbers and texts")),
        }
    }

    /// The column that the rule is about.
    pub(super) fn column(&self) -> Result<String, Reason> {
        let named = self.text("column")?.or(self.text("column_name")?);
        named.or(self.column).map(str::to_owned).ok_or_else(|| "it names no column".to_owned())
    }

    /// The rows that are looked at, as a filter.
    pub(super) fn filter(&self) -> Result<Option<String>, Reason> {
        let Some(node) = self.get("row_condition") else {
            self.know(&["condition_parser"]);
            return Ok(None);
        };
        let condition = match self.dialect {
            Dialect::GreatExpectations => condition::of_gx(node, self.text("condition_parser")?),
            Dialect::Sql => condition::of_sql(node.text().unwrap_or_default()),
        };
        condition.map(Some)
    }
}
