//! From the engine's errors to what a user can be told.

use std::error::Error as StandardError;

use datafusion::arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use parquet::errors::ParquetError;
use shared_kernel_domain::Error;

/// Carries an error of ours through DataFusion.
pub(crate) fn into_datafusion(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// Tells an error of DataFusion in the user's terms; an error of ours comes out as it went in.
pub(crate) fn from_datafusion(error: DataFusionError) -> Error {
    if let Some(ours) = find_cause::<Error>(&error) {
        return copy(ours);
    }
    if let DataFusionError::ResourcesExhausted(reason) = error.find_root() {
        return Error::unavailable("the memory limit was reached")
            .hint("give more memory with --memory, or look at fewer columns at once")
            .caused_by(reason.clone());
    }
    if find_cause::<ParquetError>(&error).is_some() {
        return Error::input(format!("a Parquet file could not be read: {}", first_line(&error)))
            .hint("the file may be damaged or cut off; write it again")
            .caused_by(error);
    }
    if let Some(cause) = find_cause::<std::io::Error>(&error) {
        let what = format!("a file could not be read: {cause}");
        return Error::unavailable(what).caused_by(error);
    }
    if find_cause::<ArrowError>(&error).is_some() {
        return Error::input(format!("values could not be read: {}", first_line(&error)))
            .hint("the file may be damaged or cut off; write it again")
            .caused_by(error);
    }
    Error::internal(format!("the engine failed: {}", first_line(&error))).caused_by(error)
}

/// The first cause of type `T` in the chain, however it is wrapped.
fn find_cause<'a, T: StandardError + 'static>(
    error: &'a (dyn StandardError + 'static),
) -> Option<&'a T> {
    if let Some(found) = error.downcast_ref::<T>() {
        return Some(found);
    }
    let inner: Option<&(dyn StandardError + 'static)> = match error.downcast_ref() {
        Some(DataFusionError::External(inner)) => Some(inner.as_ref()),
        Some(DataFusionError::ArrowError(inner, _)) => Some(inner.as_ref()),
        Some(DataFusionError::ParquetError(inner)) => Some(inner.as_ref()),
        Some(DataFusionError::IoError(inner)) => Some(inner),
        Some(DataFusionError::Context(_, inner)) => Some(inner.as_ref()),
        Some(DataFusionError::Shared(inner)) => Some(inner.as_ref()),
        Some(DataFusionError::Collection(errors)) => {
            errors.first().map(|first| first as &(dyn StandardError + 'static))
        }
        _ => error.source(),
    };
    inner.and_then(find_cause)
}

/// An error of ours, told again: errors are not `Clone`, because their causes are not.
fn copy(error: &Error) -> Error {
    let mut copy = Error::new(error.kind(), error.what());
    if let Some(location) = error.location() {
        copy = copy.at(location);
    }
    if let Some(hint) = error.hint_text() {
        copy = copy.hint(hint);
    }
    match StandardError::source(error) {
        Some(source) => copy.caused_by(source.to_string()),
        None => copy,
    }
}

fn first_line(error: &DataFusionError) -> String {
    let text = error.strip_backtrace();
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared_kernel_domain::ErrorKind;
    use std::sync::Arc;

    #[test]
    fn an_error_of_ours_survives_any_wrapping() {
        let ours = Error::input("no such column").at("column b").hint("name another");
        let wrapped = DataFusionError::Shared(Arc::new(
            into_datafusion(ours).context("while scanning").context("while planning"),
        ));
        let back = from_datafusion(wrapped);
        assert_eq!(back.kind(), ErrorKind::Input);
        assert_eq!(back.what(), "no such column");
        assert_eq!(back.location(), Some("column b"));
        assert_eq!(back.hint_text(), Some("name another"));
    }

    #[test]
    fn too_little_memory_names_the_option() {
        let error = from_datafusion(DataFusionError::ResourcesExhausted("no room".to_owned()));
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.hint_text().is_some_and(|hint| hint.contains("--memory")));
    }
}
