use std::fmt;

use crate::contract::{Record, number_of};
use crate::problem::Problem;
use crate::yaml::Node;

/// A bound of a figure or of a number of failing rows, in the words of the standard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operator {
    /// `mustBe`
    Be(f64),
    /// `mustNotBe`
    NotBe(f64),
    /// `mustBeGreaterThan`
    Greater(f64),
    /// `mustBeGreaterOrEqualTo`
    GreaterOrEqual(f64),
    /// `mustBeLessThan`
    Less(f64),
    /// `mustBeLessOrEqualTo`
    LessOrEqual(f64),
    /// `mustBeBetween`, both bounds included
    Between(f64, f64),
    /// `mustNotBeBetween`, both bounds included
    NotBetween(f64, f64),
}

type OneBound = fn(f64) -> Operator;
type TwoBounds = fn(f64, f64) -> Operator;

/// The operators with one bound and their names.
const ONE_BOUND: [(&str, OneBound); 6] = [
    ("mustBe", Operator::Be),
    ("mustNotBe", Operator::NotBe),
    ("mustBeGreaterThan", Operator::Greater),
    ("mustBeGreaterOrEqualTo", Operator::GreaterOrEqual),
    ("mustBeLessThan", Operator::Less),
    ("mustBeLessOrEqualTo", Operator::LessOrEqual),
];

/// The operators with two bounds and their names.
const TWO_BOUNDS: [(&str, TwoBounds); 2] =
    [("mustBeBetween", Operator::Between), ("mustNotBeBetween", Operator::NotBetween)];

/// The names of all operators.
pub(crate) fn operator_names() -> impl Iterator<Item = &'static str> {
    let two = TWO_BOUNDS.map(|(name, _)| name);
    ONE_BOUND.map(|(name, _)| name).into_iter().chain(two)
}

impl Operator {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::Be(bound) => value == bound,
            Self::NotBe(bound) => value != bound,
            Self::Greater(bound) => value > bound,
            Self::GreaterOrEqual(bound) => value >= bound,
            Self::Less(bound) => value < bound,
            Self::LessOrEqual(bound) => value <= bound,
            Self::Between(low, high) => (low..=high).contains(&value),
            Self::NotBetween(low, high) => !(low..=high).contains(&value),
        }
    }
}

/// What a bound is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LimitUnit {
    /// The figure itself, or a number of rows.
    #[default]
    Rows,
    /// A share of the rows looked at, in percent.
    Percent,
}

/// What a figure, or a number of failing rows, must be: all of the bounds must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The bounds.
    pub operators: Vec<Operator>,
    /// What they are of.
    pub unit: LimitUnit,
}

impl Limit {
    /// No row may fail.
    pub fn none_fails() -> Self {
        Self { operators: vec![Operator::Be(0.0)], unit: LimitUnit::Rows }
    }

    /// A truth value must be true.
    pub fn is_true() -> Self {
        Self { operators: vec![Operator::Be(1.0)], unit: LimitUnit::Rows }
    }

    /// Whether a figure is as it must be.
    pub fn holds(&self, value: f64) -> bool {
        self.operators.iter().all(|operator| operator.holds(value))
    }

    /// Whether a number of rows, of all that were looked at, is as it must be.
    pub fn holds_for(&self, rows: u64, of: u64) -> bool {
        self.holds(match self.unit {
            LimitUnit::Rows => rows as f64,
            LimitUnit::Percent if of == 0 => 0.0,
            LimitUnit::Percent => 100.0 * rows as f64 / of as f64,
        })
    }

    /// Whether it is that nothing may fail.
    pub fn is_none(&self) -> bool {
        self.operators == [Operator::Be(0.0)]
    }

    /// Reads the operators of a rule; `None` when there are none.
    pub(crate) fn read(record: &Record<'_>) -> Option<Self> {
        let problems = record.problems();
        let mut operators = Vec::new();
        for (key, make) in ONE_BOUND {
            if let Some(bound) = record.number(key) {
                operators.push(make(bound.float));
            }
        }
        for (key, make) in TWO_BOUNDS {
            let Some(node) = record.get(key) else { continue };
            let bounds: Vec<f64> =
                node.items().unwrap_or_default().iter().filter_map(bound).collect();
            let &[low, high] = bounds.as_slice() else {
                problems.error(node.place, format!("{key} must be a list of two numbers"));
                continue;
            };
            if low > high {
                let what = format!("nothing is between {low} and {high}");
                problems.add(Problem::error(node.place, what).hint("write the lower bound first"));
            }
            operators.push(make(low, high));
        }
        let unit = match record.text("unit") {
            None | Some("rows") => LimitUnit::Rows,
            Some("percent" | "%") => LimitUnit::Percent,
            Some(other) => {
                let problem =
                    Problem::error(record.place_of("unit"), format!("there is no unit {other}"));
                problems.add(problem.hint("write rows or percent"));
                LimitUnit::Rows
            }
        };
        let limit = Self { operators, unit };
        (!limit.operators.is_empty()).then_some(limit)
    }

    /// Whether it is in percent, and of no share of rows.
    pub(crate) fn is_no_share(&self) -> bool {
        let is_share = |operator: &Operator| match *operator {
            Operator::Be(bound)
            | Operator::NotBe(bound)
            | Operator::Greater(bound)
            | Operator::GreaterOrEqual(bound)
            | Operator::Less(bound)
            | Operator::LessOrEqual(bound) => (0.0..=100.0).contains(&bound),
            Operator::Between(low, high) | Operator::NotBetween(low, high) => {
                low >= 0.0 && high <= 100.0
            }
        };
        self.unit == LimitUnit::Percent && !self.operators.iter().all(is_share)
    }
}

fn bound(node: &Node) -> Option<f64> {
    number_of(node).map(|number| number.float)
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, operator) in self.operators.iter().enumerate() {
            if index > 0 {
                formatter.write_str(" and ")?;
            }
            match operator {
                Operator::Be(bound) => write!(formatter, "must be {bound}"),
                Operator::NotBe(bound) => write!(formatter, "must not be {bound}"),
                Operator::Greater(bound) => write!(formatter, "must be greater than {bound}"),
                Operator::GreaterOrEqual(bound) => write!(formatter, "must be at least {bound}"),
                Operator::Less(bound) => write!(formatter, "must be less than {bound}"),
                Operator::LessOrEqual(bound) => write!(formatter, "must be at most {bound}"),
                Operator::Between(low, high) => {
                    write!(formatter, "must be between {low} and {high}")
                }
                Operator::NotBetween(low, high) => {
                    write!(formatter, "must not be between {low} and {high}")
                }
            }?;
        }
        match self.unit {
            LimitUnit::Rows => Ok(()),
            LimitUnit::Percent => formatter.write_str(" percent"),
        }
    }
}
