use serde::Serialize;
use serde::de::DeserializeOwned;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::store::Row;

/// A state as the JSON document it is kept as.
pub(crate) fn document(state: &impl Serialize) -> Result<String> {
    serde_json::to_string(state)
        .map_err(|cause| Error::internal("a state does not serialise").caused_by(cause))
}

/// The document in the first cell of the first row, if there is one.
pub(crate) fn first<T: DeserializeOwned>(rows: &[Row]) -> Result<Option<T>> {
    rows.first().map(|row| row.json(0)).transpose()
}

/// The documents in the first cells.
pub(crate) fn all<T: DeserializeOwned>(rows: &[Row]) -> Result<Vec<T>> {
    rows.iter().map(|row| row.json(0)).collect()
}
