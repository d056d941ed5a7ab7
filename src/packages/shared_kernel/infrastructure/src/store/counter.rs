//! Gapless numbers in commit order, on every database.
//!
//! A counter is a row: whoever takes its next number holds the row until the commit, so a number
//! is never visible before a smaller one (a database sequence promises less).

use shared_kernel_domain::{Error, Result};

use super::backend::Transaction;

/// The next number of a counter, from 1.
pub(crate) fn next_number(transaction: &mut dyn Transaction, counter: &str) -> Result<i64> {
    transaction
        .query_one(
            "INSERT INTO counter (name, value) VALUES ($1, 1)
             ON CONFLICT (name) DO UPDATE SET value = counter.value + 1
             RETURNING value",
            &[counter.into()],
        )?
        .ok_or_else(|| Error::internal("a counter gave no number"))?
        .integer(0)
}
