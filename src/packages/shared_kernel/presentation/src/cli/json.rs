use serde::Serialize;
use shared_kernel_domain::{Error, Result};

/// A result as one JSON document: pretty, in field order, with a final line break.
pub fn json_document(document: &impl Serialize) -> Result<String> {
    let mut text = serde_json::to_string_pretty(document).map_err(|cause| {
        Error::internal("a result could not be written as JSON").caused_by(cause)
    })?;
    text.push('\n');
    Ok(text)
}
