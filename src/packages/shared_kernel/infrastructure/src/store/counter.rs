//! Gapless numbers in commit order, on every database.
//!
//! A counter is a row: whoever takes its next number holds the row until the commit, so a number
//! is never visible before a smaller one (a database sequence promises less).

use shared_kernel_domain::{Error, Result};

use super::backend::Transaction;

/// The next number of a counter, from 1.
pub(crate) fn next_number(transaction: &mut dyn Transaction, counter: &str) -> Result<i64> {
    next_numbers(transaction, counter, 1)
}

/// The first of the next so many numbers of a counter.
pub(super) fn next_numbers(
    transaction: &mut dyn Transaction,
    counter: &str,
    count: usize,
) -> Result<i64> {
    let count = count as i64;
    let last = transaction
        .query_one(
            "INSERT INTO counter (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value
             RETURNING value",
            &[counter.into(), count.into()],
        )?
        .ok_or_else(|| Error::internal("a counter gave no number"))?
        .integer(0)?;
    Ok(last - count + 1)
}
