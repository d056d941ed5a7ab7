use data_quality_domain::Problem;
use data_quality_domain::exchange::{Imported, Tool, import};
use shared_kernel_domain::{Error, Result};

use crate::DataQualityContainer;

/// Reads a rule file of another tool as a contract.
///
/// # Errors
/// A usage error that says where and what, when the file cannot be read, is of no known tool, or is
/// not about the table that is asked for.
pub fn import_contract(
    container: &DataQualityContainer,
    path: &str,
    from: Option<Tool>,
    table: Option<&str>,
) -> Result<Imported> {
    let file = container.contracts.read(path)?;
    import(&file.text, from, table).map_err(|problem| refusal(path, &problem))
}

fn refusal(path: &str, problem: &Problem) -> Error {
    let hint = problem.hint.clone().unwrap_or_else(|| "correct it there".to_owned());
    Error::usage(problem.what.clone()).at(format!("{path}, {}", problem.place)).hint(hint)
}
