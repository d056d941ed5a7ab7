use std::cmp::Ordering;
use std::collections::HashSet;

use super::compiled::{FALSE, TRUE, UNKNOWN};
use super::vector::{Vector, zip};
use super::{Comparison, Number};

/// Compares two vectors of types that fit, row by row.
pub(super) fn compare(
    comparison: Comparison,
    left: Vector<'_>,
    right: Vector<'_>,
    len: usize,
) -> Vec<u8> {
    let (mut truths, valid) = match (left, right) {
        (Vector::Integers(left, one), Vector::Integers(right, other)) => {
            (ordered(comparison, &left, &right, len), one.and(other, len))
        }
        (Vector::Texts(left, one), Vector::Texts(right, other)) => {
            let truth = |row| truth(comparison.holds(left.bytes(row).cmp(right.bytes(row))));
            ((0..len).map(truth).collect(), one.and(other, len))
        }
        (Vector::Moments(left, unit, one), Vector::Moments(right, other_unit, other)) => {
            let truths = if unit == other_unit {
                ordered(comparison, &left, &right, len)
            } else {
                let order = |left, right| {
                    let left = i128::from(left) * i128::from(unit);
                    left.cmp(&(i128::from(right) * i128::from(other_unit)))
                };
                zip(&left, &right, len, |left, right| truth(comparison.holds(order(left, right))))
            };
            (truths, one.and(other, len))
        }
        (Vector::Truths(left), Vector::Truths(right)) => {
            let both = |left, right| match (left, right) {
                (UNKNOWN, _) | (_, UNKNOWN) => UNKNOWN,
                (left, right) => truth(comparison.holds(u8::cmp(&left, &right))),
            };
            return zip(&left, &right, len, both);
        }
        (left @ Vector::Floats(..), right) | (left, right @ Vector::Floats(..)) => {
            let (Some((left, one)), Some((right, other))) =
                (left.into_floats(), right.into_floats())
            else {
                return vec![UNKNOWN; len];
            };
            (ordered(comparison, &left, &right, len), one.and(other, len))
        }
        (left, right) => {
            let (Some((left, scale, one)), Some((right, other_scale, other))) =
                (left.into_decimals(), right.into_decimals())
            else {
                return vec![UNKNOWN; len];
            };
            let truths = zip(&left, &right, len, |left, right| {
                truth(comparison.holds(order_of_decimals((left, scale), (right, other_scale))))
            });
            (truths, one.and(other, len))
        }
    };
    valid.mark(&mut truths);
    truths
}

fn truth(holds: bool) -> u8 {
    if holds { TRUE } else { FALSE }
}

fn ordered<T: Copy + PartialOrd>(
    comparison: Comparison,
    left: &[T],
    right: &[T],
    len: usize,
) -> Vec<u8> {
    match comparison {
        Comparison::Equal => zip(left, right, len, |left, right| truth(left == right)),
        Comparison::NotEqual => zip(left, right, len, |left, right| truth(left != right)),
        Comparison::Less => zip(left, right, len, |left, right| truth(left < right)),
        Comparison::LessOrEqual => zip(left, right, len, |left, right| truth(left <= right)),
        Comparison::Greater => zip(left, right, len, |left, right| truth(left > right)),
        Comparison::GreaterOrEqual => zip(left, right, len, |left, right| truth(left >= right)),
    }
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// Compares value × 10^-scale exactly.
pub(super) fn order_of_decimals(left: (i128, i8), right: (i128, i8)) -> Ordering {
    if left.1 == right.1 {
        return left.0.cmp(&right.0);
    }
    if left.1 > right.1 {
        return order_of_decimals(right, left).reverse();
    }
    // the left one has fewer places: give it as many
    let factor = 10_i128.checked_pow(u32::from(left.1.abs_diff(right.1)));
    match factor.and_then(|factor| left.0.checked_mul(factor)) {
        Some(scaled) => scaled.cmp(&right.0),
        // it is larger than anything with more places can be
        None => left.0.cmp(&0),
    }
}

/// A set with more values than this is hashed.
const SMALL: usize = 8;

/// The constants of a list.
pub(super) enum Set {
    Numbers { whole: Members<i64>, all: Vec<Number> },
    Texts(Members<Vec<u8>>),
    Moments(Vec<(i64, i64)>),
    Truths(Vec<u8>),
}

/// Values to look for: a few one by one, many by hash.
pub(super) enum Members<T> {
    Few(Vec<T>),
    Many(HashSet<T>),
}

impl<T: Eq + std::hash::Hash> Members<T> {
    fn of(values: Vec<T>) -> Self {
        if values.len() > SMALL {
            Self::Many(values.into_iter().collect())
        } else {
            Self::Few(values)
        }
    }
}

impl Set {
    pub(super) fn of_numbers(all: Vec<Number>) -> Self {
        let whole = all.iter().filter_map(|number| number.whole()).collect();
        Self::Numbers { whole: Members::of(whole), all }
    }

    pub(super) fn of_texts(texts: Vec<String>) -> Self {
        Self::Texts(Members::of(texts.into_iter().map(String::into_bytes).collect()))
    }

    /// Whether the value of each row is one of them.
    pub(super) fn contains(&self, vector: Vector<'_>, len: usize) -> Vec<u8> {
        let (mut truths, valid): (Vec<u8>, _) = match (vector, self) {
            (Vector::Integers(values, valid), Self::Numbers { whole, .. }) => {
                let has = |value: &i64| match whole {
                    Members::Few(few) => few.contains(value),
                    Members::Many(many) => many.contains(value),
                };
                (broadcast(values.iter().map(|value| truth(has(value))), len), valid)
            }
            (Vector::Floats(values, valid), Self::Numbers { all, .. }) => {
                let has = |value: f64| all.iter().any(|number| number.float == value);
                (broadcast(values.iter().map(|&value| truth(has(value))), len), valid)
            }
            (Vector::Decimals(values, scale, valid), Self::Numbers { all, .. }) => {
                let has = |value: i128| {
                    all.iter()
                        .filter_map(|number| number.decimal)
                        .any(|member| order_of_decimals((value, scale), member).is_eq())
                };
                (broadcast(values.iter().map(|&value| truth(has(value))), len), valid)
            }
            (Vector::Texts(texts, valid), Self::Texts(members)) => {
                let has = |text: &[u8]| match members {
                    Members::Few(few) => few.iter().any(|member| member == text),
                    Members::Many(many) => many.contains(text),
                };
                ((0..len).map(|row| truth(has(texts.bytes(row)))).collect(), valid)
            }
            (Vector::Moments(values, unit, valid), Self::Moments(members)) => {
                let has = |value: i64| {
                    let wide = i128::from(value) * i128::from(unit);
                    members
                        .iter()
                        .any(|&(member, unit)| i128::from(member) * i128::from(unit) == wide)
                };
                (broadcast(values.iter().map(|&value| truth(has(value))), len), valid)
            }
            (Vector::Truths(truths), Self::Truths(members)) => {
                let has = |value: u8| match value {
                    UNKNOWN => UNKNOWN,
                    value => truth(members.contains(&value)),
                };
                return truths.into_iter().map(has).collect();
            }
            _ => return vec![UNKNOWN; len],
        };
        valid.mark(&mut truths);
        truths
    }
}

/// One truth for each row, where a single one stands for all rows.
fn broadcast(truths: impl Iterator<Item = u8>, len: usize) -> Vec<u8> {
    let truths: Vec<u8> = truths.collect();
    match truths.as_slice() {
        &[truth] => vec![truth; len],
        _ => truths,
    }
}
