use std::borrow::Cow;

use shared_kernel_domain::Result;
use shared_kernel_domain::table::{Batch, TableSchema};

use super::comparison::{Set, compare};
use super::computation::{call, compute};
use super::typing::Typing;
use super::vector::{Texts, Valid, Vector};
use super::{Comparison, Expression, Format, Function, JsonSchema, Operation, Pattern, TimeFormat};

/// A condition does not hold.
pub const FALSE: u8 = 0;
/// Whether a condition holds is unknown.
pub const UNKNOWN: u8 = 1;
/// A condition holds.
pub const TRUE: u8 = 2;

/// A condition made ready for a table: columns by their place in a batch, constants in the types
/// of what they are compared with.
pub struct Condition {
    step: Step,
}

/// What is done for the rows of a batch.
pub(super) enum Step {
    Column(usize),
    Constant(Constant),
    Compute(Operation, Box<Self>, Box<Self>),
    Compare(Comparison, Box<Self>, Box<Self>),
    In(Box<Self>, Set),
    IsNull(Box<Self>),
    Matches(Box<Self>, Pattern),
    HasFormat(Box<Self>, Format),
    HasTimeFormat(Box<Self>, TimeFormat),
    MatchesJsonSchema(Box<Self>, JsonSchema),
    Call(Function, Box<Self>),
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
}

/// A constant of a known type.
#[derive(Clone)]
pub(super) enum Constant {
    Integer(i64),
    Float(f64),
    Decimal(i128, i8),
    Text(String),
    Boolean(bool),
    /// A date, time or point in time, in units of so many nanoseconds.
    Moment(i64, i64),
}

impl Condition {
    /// Makes a condition ready. Columns that are not among `columns` yet are added to them; the
    /// batches that it is asked about must have these columns, in this order.
    ///
    /// # Errors
    /// Why it cannot be evaluated on such a table: a column is missing, types do not fit, or it is
    /// no condition.
    pub fn compile(
        expression: &Expression,
        schema: &TableSchema,
        columns: &mut Vec<String>,
    ) -> std::result::Result<Self, String> {
        let step = Typing::new(schema, columns).condition(expression)?;
        Ok(Self { step })
    }

    /// For each row [`FALSE`], [`UNKNOWN`] or [`TRUE`].
    pub fn truths(&self, batch: &Batch<'_>) -> Result<Vec<u8>> {
        Ok(self.step.truths(batch))
    }
}

impl Step {
    fn truths<'a>(&'a self, batch: &Batch<'a>) -> Vec<u8> {
        match self.vector(batch) {
            Vector::Truths(truths) => truths,
            _ => vec![UNKNOWN; batch.len()],
        }
    }

    fn vector<'a>(&'a self, batch: &Batch<'a>) -> Vector<'a> {
        let len = batch.len();
        match self {
            Self::Column(index) => batch.columns.get(*index).map_or(Vector::Nothing, Vector::of),
            Self::Constant(constant) => constant.vector(len),
            Self::Compute(operation, left, right) => {
                compute(*operation, left.vector(batch), right.vector(batch), len)
            }
            Self::Call(function, value) => call(*function, value.vector(batch), len),
            _ => Vector::Truths(self.condition(batch)),
        }
    }

    fn condition<'a>(&'a self, batch: &Batch<'a>) -> Vec<u8> {
        let len = batch.len();
        match self {
            Self::Compare(comparison, left, right) => {
                compare(*comparison, left.vector(batch), right.vector(batch), len)
            }
            Self::In(value, set) => set.contains(value.vector(batch), len),
            Self::IsNull(value) => negated(value.vector(batch).present(len)),
            Self::Matches(value, pattern) => {
                of_texts(value.vector(batch), len, |text| pattern.is_match(text))
            }
            Self::HasFormat(value, format) => {
                of_texts(value.vector(batch), len, |text| format.is_of(text))
            }
            Self::HasTimeFormat(value, format) => {
                of_texts(value.vector(batch), len, |text| format.is_of(text))
            }
            Self::MatchesJsonSchema(value, schema) => {
                of_texts(value.vector(batch), len, |text| schema.is_of(text))
            }
            Self::Not(value) => negated(value.truths(batch)),
            Self::And(parts) => joined(parts, batch, u8::min),
            Self::Or(parts) => joined(parts, batch, u8::max),
            _ => vec![UNKNOWN; len],
        }
    }
}

impl Constant {
    fn vector(&self, len: usize) -> Vector<'_> {
        match self {
            Self::Integer(value) => {
                Vector::Integers(Cow::Borrowed(std::slice::from_ref(value)), Valid::All)
            }
            Self::Float(value) => {
                Vector::Floats(Cow::Borrowed(std::slice::from_ref(value)), Valid::All)
            }
            Self::Decimal(value, scale) => {
                Vector::Decimals(Cow::Borrowed(std::slice::from_ref(value)), *scale, Valid::All)
            }
            Self::Text(text) => Vector::Texts(Texts::One(text), Valid::All),
            Self::Boolean(value) => Vector::Truths(vec![if *value { TRUE } else { FALSE }; len]),
            Self::Moment(value, unit) => {
                Vector::Moments(Cow::Borrowed(std::slice::from_ref(value)), *unit, Valid::All)
            }
        }
    }
}

fn negated(mut truths: Vec<u8>) -> Vec<u8> {
    for truth in &mut truths {
        *truth = TRUE - *truth;
    }
    truths
}

/// False is the least truth and true the greatest, so `and` is their minimum and `or` their
/// maximum (Kleene 1938).
fn joined<'a>(parts: &'a [Step], batch: &Batch<'a>, join: impl Fn(u8, u8) -> u8) -> Vec<u8> {
    let mut parts = parts.iter();
    let Some(first) = parts.next() else { return vec![TRUE; batch.len()] };
    let mut truths = first.truths(batch);
    for part in parts {
        for (truth, other) in truths.iter_mut().zip(part.truths(batch)) {
            *truth = join(*truth, other);
        }
    }
    truths
}

fn of_texts(value: Vector<'_>, len: usize, holds: impl Fn(&str) -> bool) -> Vec<u8> {
    let Vector::Texts(texts, valid) = value else { return vec![UNKNOWN; len] };
    let truth = |row: usize| match (valid.get(row), ()) {
        (false, ()) => UNKNOWN,
        (true, ()) if holds(texts.get(row)) => TRUE,
        (true, ()) => FALSE,
    };
    (0..len).map(truth).collect()
}
