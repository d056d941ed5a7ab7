//! Expressions over the columns of a row: the condition of a rule, or a filter.
//!
//! `arr_delay - dep_delay between -120 and 250`, `sched_dep_time div 100 = hour`,
//! `status in ('open', 'closed') and (closed_at is null or closed_at >= opened_at)`.
//!
//! **Words.** A column is written as it is called, or in double quotes or backticks; text in
//! single quotes (`''` for a quote in it), dates and times as text. `+ - * / div %`, where `/`
//! gives a fraction and `div` cuts it off toward zero; `= != <> < <= > >=`; `between … and …`,
//! `in (…)`, `is null`, each also with `not`; `and or not`; parentheses. The functions are
//! `abs(number)`, `length(text)` in characters, `lower(text)`, `upper(text)`, `trim(text)`,
//! `matches(text, 'pattern')`, `has_format(text, 'email')`,
//! `has_time_format(text, '%d.%m.%Y')` and `matches_json_schema(text, '{"type": "object"}')`.
//!
//! **Missing values.** As in SQL, a comparison or a computation with null is unknown, and
//! `unknown and false` is false, `unknown or true` is true. NaN counts as missing. A division by
//! zero and a whole number beyond 64 bits are unknown as well. A row of which a condition is
//! unknown is neither right nor wrong: it is counted by itself.
//!
//! **Numbers.** Whole numbers and decimals are compared and added exactly; with a floating-point
//! number everything is one. The difference of two points in time is in seconds. Types must fit:
//! text is not compared with numbers.

mod checked_numbers;
mod comparison;
mod compiled;
mod computation;
mod format;
mod json;
mod json_schema;
mod lexer;
mod number;
mod parser;
#[cfg(test)]
mod tests;
mod time_format;
mod typing;
mod vector;

pub use compiled::{Condition, FALSE, TRUE, UNKNOWN};
pub use format::Format;
pub use json_schema::JsonSchema;
pub use number::Number;
pub use parser::parse;
pub use time_format::TimeFormat;
pub(crate) use typing::{instant, no_column};

use std::fmt;
use std::sync::Arc;

use regex::Regex;

/// An expression as it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// The value of a column.
    Column(String),
    /// A number.
    Number(Number),
    /// A text, or a date or time where it is compared with one.
    Text(String),
    /// A truth value.
    Boolean(bool),
    /// A computation.
    Computed(Operation, Box<Self>, Box<Self>),
    /// A comparison.
    Compared(Comparison, Box<Self>, Box<Self>),
    /// Whether a value is one of some numbers, texts or truth values.
    In(Box<Self>, Vec<Self>),
    /// Whether there is no value.
    IsNull(Box<Self>),
    /// Whether a text matches a pattern somewhere.
    Matches(Box<Self>, Pattern),
    /// Whether a text has a form.
    HasFormat(Box<Self>, Format),
    /// Whether a text is a date or time that is written in a way.
    HasTimeFormat(Box<Self>, TimeFormat),
    /// Whether a text is a JSON document that satisfies a schema.
    MatchesJsonSchema(Box<Self>, JsonSchema),
    /// A function of one value.
    Call(Function, Box<Self>),
    /// The opposite.
    Not(Box<Self>),
    /// All of them.
    And(Vec<Self>),
    /// At least one of them.
    Or(Vec<Self>),
}

/// A computation with two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Sum.
    Add,
    /// Difference.
    Subtract,
    /// Product.
    Multiply,
    /// Quotient, a fraction.
    Divide,
    /// Quotient cut off toward zero, a whole number.
    WholeDivide,
    /// What [`Self::WholeDivide`] leaves over; it has the sign of the dividend.
    Remainder,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Equal,
    /// Not equal.
    NotEqual,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
}

/// A function of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// A number without its sign.
    Absolute,
    /// Characters (Unicode scalar values) of a text.
    Length,
    /// A text in small letters.
    Lower,
    /// A text in capital letters.
    Upper,
    /// A text without white space around it.
    Trim,
}

impl Function {
    /// All functions.
    pub const ALL: [Self; 5] = [Self::Absolute, Self::Length, Self::Lower, Self::Upper, Self::Trim];

    /// The name as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Absolute => "abs",
            Self::Length => "length",
            Self::Lower => "lower",
            Self::Upper => "upper",
            Self::Trim => "trim",
        }
    }
}

/// Largest compiled pattern, in bytes.
const PATTERN_BYTES: usize = 1 << 20;

/// A regular expression, matched in time linear in the text whatever it is.
#[derive(Clone, Debug)]
pub struct Pattern(Arc<Regex>);

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    pub fn new(text: &str) -> Result<Self, String> {
        let regex = regex::RegexBuilder::new(text).size_limit(PATTERN_BYTES).build();
        regex.map(|regex| Self(Arc::new(regex))).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
            error => {
                let text = error.to_string();
                let last = text.lines().last().unwrap_or_default();
                last.trim_start_matches("error: ").to_owned()
            }
        })
    }

    /// The pattern as it is written.
    pub fn text(&self) -> &str {
        self.0.as_str()
    }

    /// Whether a text matches it somewhere.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Expression {
    /// A column.
    pub fn column(name: impl Into<String>) -> Self {
        Self::Column(name.into())
    }

    /// A comparison of two expressions.
    #[must_use]
    pub fn compared(self, comparison: Comparison, other: Self) -> Self {
        Self::Compared(comparison, Box::new(self), Box::new(other))
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// The columns in it, each once, in the order in which they occur.
    pub fn columns(&self) -> Vec<String> {
        let mut columns = Vec::new();
        self.collect(&mut columns);
        columns
    }

    fn collect(&self, columns: &mut Vec<String>) {
        match self {
            Self::Column(name) if !columns.contains(name) => columns.push(name.clone()),
            Self::Column(_) | Self::Number(_) | Self::Text(_) | Self::Boolean(_) => {}
            Self::Computed(_, left, right) | Self::Compared(_, left, right) => {
                left.collect(columns);
                right.collect(columns);
            }
            Self::In(value, _)
            | Self::IsNull(value)
            | Self::Matches(value, _)
            | Self::HasFormat(value, _)
            | Self::HasTimeFormat(value, _)
            | Self::MatchesJsonSchema(value, _)
            | Self::Call(_, value)
            | Self::Not(value) => value.collect(columns),
            Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.collect(columns);
                }
            }
        }
    }
}

impl Operation {
    fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::WholeDivide => "div",
            Self::Remainder => "%",
        }
    }
}

impl Comparison {
    fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// Writes an expression so that it reads back as the same one; it is also what tells two apart.
impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(name) => column(formatter, name),
            Self::Number(number) => number.fmt(formatter),
            Self::Text(text) => quoted(formatter, text),
            Self::Boolean(value) => value.fmt(formatter),
            Self::Computed(operation, left, right) => {
                write!(formatter, "({left} {} {right})", operation.symbol())
            }
            Self::Compared(comparison, left, right) => {
                write!(formatter, "({left} {} {right})", comparison.symbol())
            }
            Self::In(value, items) => {
                write!(formatter, "({value} in ")?;
                joined(formatter, items, ", ")?;
                formatter.write_str(")")
            }
            Self::IsNull(value) => write!(formatter, "({value} is null)"),
            Self::Matches(value, pattern) => {
                write!(formatter, "matches({value}, ")?;
                quoted(formatter, pattern.text())?;
                formatter.write_str(")")
            }
            Self::HasFormat(value, format) => {
                write!(formatter, "has_format({value}, '{}')", format.name())
            }
            Self::HasTimeFormat(value, format) => {
                write!(formatter, "has_time_format({value}, ")?;
                quoted(formatter, format.text())?;
                formatter.write_str(")")
            }
            Self::MatchesJsonSchema(value, schema) => {
                write!(formatter, "matches_json_schema({value}, ")?;
                quoted(formatter, schema.text())?;
                formatter.write_str(")")
            }
            Self::Call(function, value) => write!(formatter, "{}({value})", function.name()),
            Self::Not(value) => write!(formatter, "(not {value})"),
            Self::And(parts) => joined(formatter, parts, " and "),
            Self::Or(parts) => joined(formatter, parts, " or "),
        }
    }
}

fn joined(formatter: &mut fmt::Formatter<'_>, parts: &[Expression], by: &str) -> fmt::Result {
    formatter.write_str("(")?;
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            formatter.write_str(by)?;
        }
        write!(formatter, "{part}")?;
    }
    formatter.write_str(")")
}

fn quoted(formatter: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(formatter, "'{}'", text.replace('\'', "''"))
}

fn column(formatter: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    if lexer::is_plain_name(name) {
        return formatter.write_str(name);
    }
    write!(formatter, "\"{}\"", name.replace('"', "\"\""))
}
