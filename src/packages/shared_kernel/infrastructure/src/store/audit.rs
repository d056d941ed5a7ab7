//! The audit trail of a context: append-only, in the transaction of what was done.

use shared_kernel_domain::Result;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::clock::Timestamp;

use super::backend::Transaction;
use super::counter::next_numbers;
use super::value::Value;

/// Records in one statement.
const STRETCH: usize = 50;

/// Appends records, in few statements: the one who writes holds back everybody else.
pub(crate) fn append(
    transaction: &mut dyn Transaction,
    entries: &[AuditEntry],
    at: Timestamp,
) -> Result<()> {
    for stretch in entries.chunks(STRETCH) {
        let first_position = next_numbers(transaction, "audit", stretch.len())?;
        let mut params: Vec<Value> = vec![at.to_string().into()];
        let mut rows = Vec::with_capacity(stretch.len());
        for (position, entry) in (first_position..).zip(stretch) {
            let first = params.len() + 1;
            let places: Vec<String> = (first..first + 5).map(|place| format!("${place}")).collect();
            rows.push(format!("($1, {})", places.join(", ")));
            params.extend([
                position.into(),
                (&entry.actor).into(),
                (&entry.action).into(),
                (&entry.subject).into(),
                entry.detail.to_string().into(),
            ]);
        }
        let rows = rows.join(", ");
        let sql = format!(
            "INSERT INTO audit (recorded_at, position, actor, action, subject, detail)
             VALUES {rows}"
        );
        transaction.execute(&sql, &params)?;
    }
    Ok(())
}
