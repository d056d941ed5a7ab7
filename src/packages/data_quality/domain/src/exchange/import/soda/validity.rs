//! Which values are missing and which are valid, in the words of both versions of Soda.

use crate::exchange::arguments::{Arguments, Reason};
use crate::exchange::draft::Draft;
use crate::exchange::import::condition::constant;
use crate::expression::{Comparison, Expression, Format, Function, Pattern};
use crate::yaml::Node;

/// The named formats of Soda that are ours as well, under our names.
const FORMATS: [(&str, Format); 10] = [
    ("email", Format::Email),
    ("uuid", Format::Uuid),
    ("ip address", Format::Ipv4),
    ("ipv4 address", Format::Ipv4),
    ("ipv6 address", Format::Ipv6),
    ("integer", Format::Integer),
    ("decimal", Format::Number),
    ("decimal point", Format::Number),
    ("url", Format::Uri),
    ("credit card number", Format::CreditCard),
];
const FORMAT_NOTE: &str = "the grammar of the format is our own";

/// A column and what is said of its values.
pub(super) struct Values<'a> {
    pub column: String,
    pub arguments: &'a Arguments<'a>,
}

impl Values<'_> {
    fn itself(&self) -> Expression {
        Expression::column(&self.column)
    }

    fn among(&self, key: &'static str) -> Result<Option<Expression>, Reason> {
        if self.arguments.get(key).is_none() {
            return Ok(None);
        }
        let values = self.arguments.constants(key)?;
        let values = values.iter().map(constant).collect::<Result<_, _>>()?;
        Ok(Some(Expression::In(Box::new(self.itself()), values)))
    }

    fn matching(&self, pattern: &str) -> Result<Expression, Reason> {
        Ok(Expression::Matches(Box::new(self.itself()), Pattern::new(pattern)?))
    }

    /// A pattern at a key, or the format of a name or pattern at another.
    fn formed(&self, regex: &'static str, format: &'static str) -> Result<Vec<Expression>, Reason> {
        let mut tests = Vec::new();
        if let Some(pattern) = self.arguments.text(regex)? {
            tests.push(self.matching(pattern)?);
        }
        let Some(node) = self.arguments.get(format) else { return Ok(tests) };
        if let Some(pattern) = node.get("regex").and_then(Node::text) {
            tests.push(self.matching(pattern)?);
        } else {
            let name = node.text().unwrap_or_default();
            let known = FORMATS.iter().find(|(known, _)| *known == name);
            let (_, format) = known.ok_or(format!("the format {name} is not known here"))?;
            tests.push(Expression::HasFormat(Box::new(self.itself()), *format));
        }
        Ok(tests)
    }

    /// What stands for a missing value beside null.
    fn stand_ins(&self) -> Result<Vec<Expression>, Reason> {
        let mut tests = self.formed("missing_regex", "missing_format")?;
        tests.extend(self.among("missing_values")?);
        Ok(tests)
    }

    /// That there is a value.
    pub(super) fn present(&self) -> Result<Draft, Reason> {
        let stand_ins = self.stand_ins()?;
        if stand_ins.is_empty() {
            return Ok(Draft::of("not_null", [self.column.clone()]));
        }
        let mut parts = vec![Expression::IsNull(Box::new(self.itself())).negated()];
        parts.extend(stand_ins.into_iter().map(Expression::negated));
        Ok(self.condition(&Expression::And(parts)))
    }

    /// That a value is valid; unknown where there is none.
    pub(super) fn valid(&self) -> Result<Draft, Reason> {
        let mut parts: Vec<Expression> = self.among("valid_values")?.into_iter().collect();
        parts.extend(self.among("invalid_values")?.map(Expression::negated));
        parts.extend(self.formed("valid_regex", "valid_format")?);
        let invalid = self.formed("invalid_regex", "invalid_format")?;
        parts.extend(invalid.into_iter().map(Expression::negated));
        let length = || Expression::Call(Function::Length, Box::new(self.itself()));
        let at_least = Comparison::GreaterOrEqual;
        let bounds: [(&str, Expression, Comparison); 5] = [
            ("valid_min", self.itself(), at_least),
            ("valid_max", self.itself(), Comparison::LessOrEqual),
            ("valid_length", length(), Comparison::Equal),
            ("valid_min_length", length(), at_least),
            ("valid_max_length", length(), Comparison::LessOrEqual),
        ];
        for (key, value, comparison) in bounds {
            if let Some(node) = self.arguments.get(key) {
                parts.push(value.compared(comparison, constant(node)?));
            }
        }
        let named = parts.iter().any(|part| part.to_string().contains("has_format("));
        let draft = match (parts.len(), self.stand_ins()?) {
            (0, _) => return Err("it does not say which values are valid".to_owned()),
            (1, none) if none.is_empty() => self.condition(&parts.remove(0)),
            (_, none) if none.is_empty() => self.condition(&Expression::And(parts)),
            (_, mut stand_ins) => {
                stand_ins.insert(0, Expression::And(parts));
                self.condition(&Expression::Or(stand_ins))
            }
        };
        Ok(if named { draft.noting(FORMAT_NOTE) } else { draft })
    }

    /// A condition, as the kind of rule that says it where there is one.
    fn condition(&self, condition: &Expression) -> Draft {
        use crate::yaml::{list, plain, text};
        let of = |rule| Draft::of(rule, [self.column.clone()]);
        let node = |value: &Expression| match value {
            Expression::Text(value) => text(value),
            other => plain(other),
        };
        let (inner, negated) = match condition {
            Expression::Not(inner) => (inner.as_ref(), true),
            other => (other, false),
        };
        match (inner, negated) {
            (Expression::In(_, values), negated) => {
                let rule = if negated { "not_in_set" } else { "in_set" };
                of(rule).with("values", list(values.iter().map(node)))
            }
            (Expression::Matches(_, pattern), negated) => {
                let rule = if negated { "not_matches" } else { "matches" };
                of(rule).with("pattern", text(pattern.text()))
            }
            (Expression::HasFormat(_, format), false) => {
                of("has_format").with("format", text(format.name()))
            }
            _ => of("expression").with("expression", text(condition.to_string())),
        }
    }
}
