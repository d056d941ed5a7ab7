//! Columns that count.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::order::ValueOrder;
use super::steps::StepSummary;

/// Fewer values do not make a sequence.
const FEWEST_VALUES: u64 = 5;

/// At least one step in so many percent is the same.
const SAME_STEPS_PERCENT: u128 = 90;

/// A column of whole numbers that counts up or down by a constant, row by row. All figures are
/// exact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SequenceColumn {
    /// The column.
    pub column: String,
    /// What it counts by.
    pub step: i64,
    /// Its first number.
    pub first: i64,
    /// Its last number.
    pub last: i64,
    /// The order of its numbers.
    pub order: ValueOrder,
    /// Steps that go further than the constant, in its direction.
    pub gaps: u64,
    /// Numbers left out by them, where they are whole multiples.
    pub left_out_numbers: u64,
    /// Numbers that repeat the one before.
    pub repeats: u64,
    /// Steps in the other direction.
    pub steps_back: u64,
    /// Rows without a number.
    pub nulls: u64,
}

/// The sequence that a column is, if at least 90 % of its steps are equal.
pub(super) fn sequence(column: &str, steps: &StepSummary) -> Option<SequenceColumn> {
    let counts = steps.steps.as_ref()?;
    let ends = steps.ends?;
    if steps.values < FEWEST_VALUES {
        return None;
    }
    let (&step, most) = counts.iter().max_by_key(|(_, count)| count.count)?;
    let all = u128::from(steps.values - 1);
    if step == 0 || u128::from(most.count) * 100 < all * SAME_STEPS_PERCENT {
        return None;
    }
    let mut sequence = SequenceColumn {
        column: column.to_owned(),
        step,
        first: ends.first,
        last: ends.last,
        order: ValueOrder::of(steps),
        gaps: 0,
        left_out_numbers: 0,
        repeats: steps.repeats,
        steps_back: if step > 0 { steps.falls } else { steps.rises },
        nulls: steps.nulls,
    };
    for (&size, count) in counts {
        let (further, constant) = (size.unsigned_abs(), step.unsigned_abs());
        if size.signum() == step.signum() && further > constant {
            sequence.gaps += count.count;
            if further % constant == 0 {
                let skipped = (further / constant - 1).saturating_mul(count.count);
                sequence.left_out_numbers = sequence.left_out_numbers.saturating_add(skipped);
            }
        }
    }
    Some(sequence)
}
