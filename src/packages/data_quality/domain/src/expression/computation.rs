use std::borrow::Cow;

use super::vector::{Texts, Valid, Vector, zip};
use super::{Function, Operation};

/// Computes row by row; what has no result is no value.
pub(super) fn compute<'a>(
    operation: Operation,
    left: Vector<'a>,
    right: Vector<'a>,
    len: usize,
) -> Vector<'a> {
    match (left, right) {
        (Vector::Integers(left, one), Vector::Integers(right, other))
            if operation != Operation::Divide =>
        {
            let valid = one.and(other, len);
            integers(zip(&left, &right, len, |left, right| whole(operation, left, right)), valid)
        }
        (Vector::Moments(left, unit, one), Vector::Moments(right, other_unit, other)) => {
            let seconds = |left: i64, right: i64| {
                let left = i128::from(left) * i128::from(unit);
                let right = i128::from(right) * i128::from(other_unit);
                (left - right) as f64 / 1e9
            };
            Vector::Floats(Cow::Owned(zip(&left, &right, len, seconds)), one.and(other, len))
        }
        (left @ Vector::Decimals(..), right @ (Vector::Decimals(..) | Vector::Integers(..)))
        | (left @ Vector::Integers(..), right @ Vector::Decimals(..))
            if is_exact(operation) =>
        {
            decimals(operation, left, right, len)
        }
        (left, right) => {
            let (Some((left, one)), Some((right, other))) =
                (left.into_floats(), right.into_floats())
            else {
                return Vector::Nothing;
            };
            let values = zip(&left, &right, len, |left, right| fraction(operation, left, right));
            let valid = one.and(other, len).of_floats(&values);
            Vector::Floats(Cow::Owned(values), valid)
        }
    }
}

fn is_exact(operation: Operation) -> bool {
    matches!(operation, Operation::Add | Operation::Subtract | Operation::Multiply)
}

fn whole(operation: Operation, left: i64, right: i64) -> Option<i64> {
    match operation {
        Operation::Add => left.checked_add(right),
        Operation::Subtract => left.checked_sub(right),
        Operation::Multiply => left.checked_mul(right),
        Operation::WholeDivide | Operation::Divide => left.checked_div(right),
        Operation::Remainder => left.checked_rem(right),
    }
}

fn fraction(operation: Operation, left: f64, right: f64) -> f64 {
    match operation {
        Operation::Add => left + right,
        Operation::Subtract => left - right,
        Operation::Multiply => left * right,
        _ if right == 0.0 => f64::NAN,
        Operation::Divide => left / right,
        Operation::WholeDivide => (left / right).trunc(),
        Operation::Remainder => left % right,
    }
}

fn integers(results: Vec<Option<i64>>, valid: Valid<'_>) -> Vector<'_> {
    let valid = missing_where(&results, valid);
    Vector::Integers(results.into_iter().map(Option::unwrap_or_default).collect(), valid)
}

fn missing_where<'a, T>(results: &[Option<T>], valid: Valid<'a>) -> Valid<'a> {
    if results.iter().all(Option::is_some) {
        return valid;
    }
    let there = |(row, result): (usize, &Option<T>)| result.is_some() && valid.get(row);
    Valid::Flags(results.iter().enumerate().map(there).collect())
}

fn decimals<'a>(
    operation: Operation,
    left: Vector<'a>,
    right: Vector<'a>,
    len: usize,
) -> Vector<'a> {
    let (Some((left, left_scale, one)), Some((right, right_scale, other))) =
        (left.into_decimals(), right.into_decimals())
    else {
        return Vector::Nothing;
    };
    let valid = one.and(other, len);
    let (scale, results) = if operation == Operation::Multiply {
        let Some(scale) = left_scale.checked_add(right_scale) else { return Vector::Nothing };
        (scale, zip(&left, &right, len, i128::checked_mul))
    } else {
        let scale = left_scale.max(right_scale);
        let factor = |from: i8| 10_i128.checked_pow(u32::from(scale.abs_diff(from)));
        let (Some(one), Some(other)) = (factor(left_scale), factor(right_scale)) else {
            return Vector::Nothing;
        };
        let results = zip(&left, &right, len, |left, right| {
            let (left, right) = (left.checked_mul(one)?, right.checked_mul(other)?);
            match operation {
                Operation::Subtract => left.checked_sub(right),
                _ => left.checked_add(right),
            }
        });
        (scale, results)
    };
    let valid = missing_where(&results, valid);
    let values = results.into_iter().map(Option::unwrap_or_default).collect();
    Vector::Decimals(values, scale, valid)
}

/// Applies a function row by row.
pub(super) fn call(function: Function, value: Vector<'_>, len: usize) -> Vector<'_> {
    match (function, value) {
        (Function::Absolute, Vector::Integers(values, valid)) => {
            integers(values.iter().map(|value| value.checked_abs()).collect(), valid)
        }
        (Function::Absolute, Vector::Floats(values, valid)) => {
            Vector::Floats(values.iter().map(|value| value.abs()).collect(), valid)
        }
        (Function::Absolute, Vector::Decimals(values, scale, valid)) => Vector::Decimals(
            values.iter().map(|value| value.saturating_abs()).collect(),
            scale,
            valid,
        ),
        (Function::Length, Vector::Texts(texts, valid)) => {
            let length = |row| texts.get(row).chars().count() as i64;
            Vector::Integers((0..len).map(length).collect(), valid)
        }
        (function, Vector::Texts(texts, valid)) => {
            let change = |row: usize| {
                let text = texts.get(row);
                match function {
                    Function::Lower => text.to_lowercase(),
                    Function::Upper => text.to_uppercase(),
                    _ => text.trim().to_owned(),
                }
            };
            Vector::Texts(Texts::Owned((0..len).map(change).collect()), valid)
        }
        _ => Vector::Nothing,
    }
}
