//! The audit trail of a context: append-only, in the transaction of what was done.

use shared_kernel_domain::Result;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::clock::Timestamp;

use super::backend::Transaction;
use super::counter::next_number;

/// Appends a record.
pub(crate) fn append(
    transaction: &mut dyn Transaction,
    entry: &AuditEntry,
    at: Timestamp,
) -> Result<()> {
    let position = next_number(transaction, "audit")?;
    transaction.execute(
        "INSERT INTO audit (position, recorded_at, actor, action, subject, detail)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            position.into(),
            at.to_string().into(),
            (&entry.actor).into(),
            (&entry.action).into(),
            (&entry.subject).into(),
            entry.detail.to_string().into(),
        ],
    )?;
    Ok(())
}
