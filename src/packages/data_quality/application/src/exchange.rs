use data_quality_domain::Problem;
use data_quality_domain::contract::SchemaObject;
use data_quality_domain::exchange::{Exported, Imported, Tool, export, import};
use shared_kernel_domain::{Error, Result};

use crate::DataQualityContainer;
use crate::contract::{object_for, usable};

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
    let reads = |query: &str| container.shared.queries.tables(query);
    import(&file.text, from, table, &reads).map_err(|problem| refusal(path, &problem))
}

fn refusal(path: &str, problem: &Problem) -> Error {
    let hint = problem.hint.clone().unwrap_or_else(|| "correct it there".to_owned());
    Error::usage(problem.what.clone()).at(format!("{path}, {}", problem.place)).hint(hint)
}

/// Writes a contract, or one table of it, as a rule file of another tool. A suite of Great Expectations is
/// about one table: the one that is asked for, or the only one with rules.
///
/// # Errors
/// A usage error when the contract cannot be used or is not about the table that is asked for.
pub fn export_contract(
    container: &DataQualityContainer,
    path: &str,
    to: Tool,
    table: Option<&str>,
) -> Result<Exported> {
    let contract = usable(container, path)?;
    let objects: Vec<&SchemaObject> = match (to, table) {
        (Tool::GreatExpectations, _) | (_, Some(_)) => vec![object_for(&contract, table, path)?],
        _ => contract.contract.objects.iter().collect(),
    };
    export(&objects, to).map_err(|why| Error::usage(why).at(path))
}
