use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, Unit};
use shared_kernel_domain::table::{ColumnType, TableSchema};

use super::comparison::Set;
use super::compiled::{Constant, Step};
use super::vector::DAY;
use super::{Comparison, Expression, Format, Function, Number, Operation, TimeFormat};
use crate::problem::nearest;

/// What the values of a step are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    /// Nothing at all; fits everything.
    Null,
    Boolean,
    /// Exact numbers.
    Integer,
    Decimal,
    Float,
    Text,
    /// A text constant, which may stand for a date or time.
    TextConstant,
    /// Dates and points in time.
    Instant,
    Time,
    Duration,
    /// Bytes, lists and records: only whether they are there can be asked.
    Opaque,
}

impl Type {
    fn of(column: ColumnType) -> Self {
        match column {
            ColumnType::Null => Self::Null,
            ColumnType::Boolean => Self::Boolean,
            ColumnType::Integer => Self::Integer,
            ColumnType::Float => Self::Float,
            ColumnType::Decimal => Self::Decimal,
            ColumnType::Text => Self::Text,
            ColumnType::Date | ColumnType::Timestamp => Self::Instant,
            ColumnType::Time => Self::Time,
            ColumnType::Duration => Self::Duration,
            ColumnType::Binary | ColumnType::List | ColumnType::Struct => Self::Opaque,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Null => "without any value",
            Self::Boolean => "true or false",
            Self::Integer | Self::Decimal | Self::Float => "a number",
            Self::Text | Self::TextConstant => "text",
            Self::Instant => "a date or point in time",
            Self::Time => "a time of day",
            Self::Duration => "a length of time",
            Self::Opaque => "bytes, a list or a record",
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal | Self::Float | Self::Null)
    }

    fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::TextConstant | Self::Null)
    }
}

type Typed = Result<(Step, Type), String>;

/// Gives every part of an expression its type.
pub(super) struct Typing<'a> {
    schema: &'a TableSchema,
    columns: &'a mut Vec<String>,
}

impl<'a> Typing<'a> {
    pub(super) fn new(schema: &'a TableSchema, columns: &'a mut Vec<String>) -> Self {
        Self { schema, columns }
    }

    /// A step that says whether something holds.
    pub(super) fn condition(&mut self, expression: &Expression) -> Result<Step, String> {
        match self.step(expression)? {
            (step, Type::Boolean | Type::Null) => Ok(step),
            (_, other) => Err(format!("{expression} is {}, and no condition", other.name())),
        }
    }

    fn step(&mut self, expression: &Expression) -> Typed {
        Ok(match expression {
            Expression::Column(name) => self.column(name)?,
            Expression::Number(number) => constant_number(*number),
            Expression::Text(text) => {
                (Step::Constant(Constant::Text(text.clone())), Type::TextConstant)
            }
            Expression::Boolean(value) => {
                (Step::Constant(Constant::Boolean(*value)), Type::Boolean)
            }
            Expression::Computed(operation, left, right) => {
                self.computed(*operation, left, right)?
            }
            Expression::Compared(comparison, left, right) => {
                (self.compared(*comparison, left, right)?, Type::Boolean)
            }
            Expression::In(value, items) => (self.among(value, items)?, Type::Boolean),
            Expression::IsNull(value) => {
                (Step::IsNull(Box::new(self.step(value)?.0)), Type::Boolean)
            }
            Expression::Matches(value, pattern) => {
                let value = self.text(value, "a pattern")?;
                (Step::Matches(Box::new(value), pattern.clone()), Type::Boolean)
            }
            Expression::HasFormat(value, format) => {
                (self.formatted(value, *format)?, Type::Boolean)
            }
            Expression::HasTimeFormat(value, format) => {
                (self.written(value, format)?, Type::Boolean)
            }
            Expression::MatchesJsonSchema(value, schema) => {
                let value = self.text(value, "a JSON Schema")?;
                (Step::MatchesJsonSchema(Box::new(value), schema.clone()), Type::Boolean)
            }
            Expression::Call(function, value) => self.called(*function, value)?,
            Expression::Not(value) => (Step::Not(Box::new(self.condition(value)?)), Type::Boolean),
            Expression::And(parts) => (Step::And(self.conditions(parts)?), Type::Boolean),
            Expression::Or(parts) => (Step::Or(self.conditions(parts)?), Type::Boolean),
        })
    }

    fn conditions(&mut self, parts: &[Expression]) -> Result<Vec<Step>, String> {
        parts.iter().map(|part| self.condition(part)).collect()
    }

    fn column(&mut self, name: &str) -> Typed {
        let Some(field) = self.schema.field(name) else {
            return Err(no_column(name, self.schema));
        };
        let index = self.columns.iter().position(|known| known == name).unwrap_or_else(|| {
            self.columns.push(name.to_owned());
            self.columns.len() - 1
        });
        Ok((Step::Column(index), Type::of(field.column_type)))
    }

    /// Where a column of numbers is one already, each of its numbers has the format of one.
    fn formatted(&mut self, value: &Expression, format: Format) -> Result<Step, String> {
        let (step, found) = self.step(value)?;
        let is_so = match format {
            Format::Number => found.is_number(),
            Format::Integer => found == Type::Integer,
            _ => false,
        };
        if is_so {
            let again = self.step(value)?.0;
            return Ok(Step::Compare(Comparison::Equal, Box::new(step), Box::new(again)));
        }
        self.text(value, "a text format").map(|text| Step::HasFormat(Box::new(text), format))
    }

    /// A column of dates has the format in which dates are written.
    fn written(&mut self, value: &Expression, format: &TimeFormat) -> Result<Step, String> {
        if let Expression::Column(name) = value
            && format.is_of_iso_dates()
            && self.schema.field(name).is_some_and(|field| field.column_type == ColumnType::Date)
        {
            let (step, again) = (self.step(value)?.0, self.step(value)?.0);
            return Ok(Step::Compare(Comparison::Equal, Box::new(step), Box::new(again)));
        }
        let text = self.text(value, "a format of dates")?;
        Ok(Step::HasTimeFormat(Box::new(text), format.clone()))
    }

    fn text(&mut self, value: &Expression, what: &str) -> Result<Step, String> {
        let (step, found) = self.step(value)?;
        if found.is_text() {
            return Ok(step);
        }
        Err(format!("{what} is for text, but {value} is {}", found.name()))
    }

    fn called(&mut self, function: Function, value: &Expression) -> Typed {
        let (step, found) = self.step(value)?;
        let is_number = function == Function::Absolute;
        if if is_number { !found.is_number() } else { !found.is_text() } {
            let takes = if is_number { "a number" } else { "text" };
            let (name, found) = (function.name(), found.name());
            return Err(format!("{name} takes {takes}, but {value} is {found}"));
        }
        let result = match function {
            Function::Absolute => found,
            Function::Length => Type::Integer,
            Function::Lower | Function::Upper | Function::Trim => Type::Text,
        };
        Ok((Step::Call(function, Box::new(step)), result))
    }

    fn computed(&mut self, operation: Operation, left: &Expression, right: &Expression) -> Typed {
        let (one, left_type) = self.step(left)?;
        let (other, right_type) = self.step(right)?;
        let is_difference = operation == Operation::Subtract;
        let result = match (left_type, right_type) {
            (Type::Instant, Type::Instant) | (Type::Time, Type::Time) if is_difference => {
                Type::Float
            }
            (Type::Null, other) | (other, Type::Null) if other.is_number() => other,
            (Type::Integer, Type::Integer) if operation != Operation::Divide => Type::Integer,
            (one, other) if one.is_number() && other.is_number() => {
                let exact = one != Type::Float
                    && other != Type::Float
                    && matches!(
                        operation,
                        Operation::Add | Operation::Subtract | Operation::Multiply
                    );
                if exact { Type::Decimal } else { Type::Float }
            }
            (one, other) => {
                let symbol = operation.symbol();
                let (one, other) = (one.name(), other.name());
                return Err(format!(
                    "{symbol} does not go with {left}, which is {one}, and {right}, which is {other}"
                ));
            }
        };
        Ok((Step::Compute(operation, Box::new(one), Box::new(other)), result))
    }

    fn compared(
        &mut self,
        comparison: Comparison,
        left: &Expression,
        right: &Expression,
    ) -> Result<Step, String> {
        let (one, left_type) = self.step(left)?;
        let (other, right_type) = self.step(right)?;
        let (one, other) = match (left_type, right_type) {
            (Type::Instant | Type::Time, Type::TextConstant) => {
                (one, moment_of(other, left_type, left)?)
            }
            (Type::TextConstant, Type::Instant | Type::Time) => {
                (moment_of(one, right_type, right)?, other)
            }
            _ if fit(left_type, right_type) => (one, other),
            _ => {
                let (one, other) = (left_type.name(), right_type.name());
                return Err(format!("{left} is {one}, but {right} is {other}"));
            }
        };
        Ok(Step::Compare(comparison, Box::new(one), Box::new(other)))
    }

    fn among(&mut self, value: &Expression, items: &[Expression]) -> Result<Step, String> {
        let (step, found) = self.step(value)?;
        let misfit =
            |item: &Expression| format!("{value} is {}, but the list holds {item}", found.name());
        let set = match found {
            Type::Integer | Type::Decimal | Type::Float => {
                let number = |item: &Expression| match item {
                    Expression::Number(number) => Ok(*number),
                    other => Err(misfit(other)),
                };
                Set::of_numbers(items.iter().map(number).collect::<Result<_, _>>()?)
            }
            Type::Text | Type::TextConstant => {
                let text = |item: &Expression| match item {
                    Expression::Text(text) => Ok(text.clone()),
                    other => Err(misfit(other)),
                };
                Set::of_texts(items.iter().map(text).collect::<Result<_, _>>()?)
            }
            Type::Boolean => {
                let truth = |item: &Expression| match item {
                    Expression::Boolean(value) => {
                        Ok(if *value { super::TRUE } else { super::FALSE })
                    }
                    other => Err(misfit(other)),
                };
                Set::Truths(items.iter().map(truth).collect::<Result<_, _>>()?)
            }
            Type::Instant | Type::Time => {
                let moment = |item: &Expression| match item {
                    Expression::Text(text) => moment(text, found).ok_or_else(|| misfit(item)),
                    other => Err(misfit(other)),
                };
                Set::Moments(items.iter().map(moment).collect::<Result<_, _>>()?)
            }
            Type::Null => Set::Truths(Vec::new()),
            Type::Duration | Type::Opaque => {
                return Err(format!("{value} is {}, which has no list of values", found.name()));
            }
        };
        Ok(Step::In(Box::new(step), set))
    }
}

/// Says that a column is missing, and which one may be meant.
pub(crate) fn no_column(name: &str, schema: &TableSchema) -> String {
    let hint = nearest(name, schema.names());
    let hint = hint.map_or_else(String::new, |hint| format!(" ({hint})"));
    format!("the table has no column {name}{hint}")
}

fn fit(left: Type, right: Type) -> bool {
    left == right && !matches!(left, Type::Opaque)
        || left == Type::Null
        || right == Type::Null
        || left.is_number() && right.is_number()
        || left.is_text() && right.is_text()
}

fn constant_number(number: Number) -> (Step, Type) {
    match (number.whole(), number.decimal) {
        (Some(whole), _) => (Step::Constant(Constant::Integer(whole)), Type::Integer),
        (None, Some((value, scale))) => {
            (Step::Constant(Constant::Decimal(value, scale)), Type::Decimal)
        }
        (None, None) => (Step::Constant(Constant::Float(number.float)), Type::Float),
    }
}

/// A text constant as the date or time that it stands for.
fn moment_of(step: Step, wanted: Type, beside: &Expression) -> Result<Step, String> {
    let Step::Constant(Constant::Text(text)) = &step else { return Ok(step) };
    let (value, unit) = moment(text, wanted).ok_or_else(|| {
        let form =
            if wanted == Type::Time { "10:30:00" } else { "2013-01-31 or 2013-01-31T10:30:00Z" };
        format!("{beside} is {}, but {text:?} is not one: write it as {form}", wanted.name())
    })?;
    Ok(Step::Constant(Constant::Moment(value, unit)))
}

/// A date in days, anything else in the largest of nanoseconds and microseconds that holds it.
fn moment(text: &str, wanted: Type) -> Option<(i64, i64)> {
    let text = text.trim();
    if wanted == Type::Time {
        let time: Time = text.parse().ok()?;
        return Some((time.duration_since(Time::midnight()).as_nanos() as i64, 1));
    }
    if text.len() <= 10
        && let Ok(date) = text.parse::<Date>()
    {
        let days = date.since((Unit::Day, Date::constant(1970, 1, 1))).ok()?.get_days();
        return Some((i64::from(days), DAY));
    }
    let point = instant(text)?;
    match i64::try_from(point.as_nanosecond()) {
        Ok(nanoseconds) => Some((nanoseconds, 1)),
        Err(_) => Some((point.as_microsecond(), 1_000)),
    }
}

/// The point in time that a text stands for, in UTC when it names no zone; of a date its first second.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        Some(local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })
}
