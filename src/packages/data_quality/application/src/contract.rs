use std::sync::Arc;

use data_quality_domain::contract::{Contract, ContractFile, Reading, SchemaObject, read};
use data_quality_domain::difference::{Change, difference};
use data_quality_domain::examination::{ReferenceSet, References};
use data_quality_domain::rule::{Against, Distribution, Reference, Test};
use data_quality_domain::{Pass, Problem, ProblemLevel};
use shared_kernel_domain::{Error, ErrorKind, Result};

use crate::DataQualityContainer;
use crate::other_tables::OtherTables;
use crate::query_rules::refused_queries;

/// A contract's file and what is wrong with it.
#[derive(Clone, Debug)]
pub struct LintedContract {
    /// The file, as the user wrote it.
    pub file: String,
    /// What is wrong, in the order of the file.
    pub problems: Vec<Problem>,
}

/// Reads a contract's file and tells what is wrong with it.
///
/// # Errors
/// A usage error when the file cannot be read.
pub fn lint_contract(container: &DataQualityContainer, path: &str) -> Result<LintedContract> {
    let file = container.contracts.read(path)?;
    Ok(LintedContract { problems: read_whole(container, &file.text).problems, file: file.path })
}

/// Two contracts and what changed from the one to the other.
#[derive(Clone, Debug)]
pub struct ContractDifference {
    /// `id` and `version` of the one before.
    pub before: (String, Option<String>),
    /// `id` and `version` of the one after.
    pub after: (String, Option<String>),
    /// The changes, breaking ones first.
    pub changes: Vec<Change>,
}

/// Compares two contracts' files.
///
/// # Errors
/// A usage error when one of them cannot be used.
pub fn diff_contracts(
    container: &DataQualityContainer,
    before: &str,
    after: &str,
) -> Result<ContractDifference> {
    let (before, after) = (usable(container, before)?, usable(container, after)?);
    let (before, after) = (before.contract, after.contract);
    let changes = difference(&before, &after);
    Ok(ContractDifference {
        before: (before.id, before.version),
        after: (after.id, after.version),
        changes,
    })
}

/// Reads a contract with its queries: what one of them may not say makes it unusable.
fn read_whole(container: &DataQualityContainer, text: &str) -> Reading {
    let mut reading = read(text);
    let Some(contract) = &reading.contract else { return reading };
    let refused = refused_queries(container, contract);
    if !refused.is_empty() {
        reading.problems.extend(refused);
        reading.problems.sort_by_key(|problem| problem.place);
        reading.contract = None;
    }
    reading
}

/// A contract that can be used.
pub(crate) struct UsableContract {
    pub(crate) path: String,
    pub(crate) contract: Contract,
    pub(crate) warnings: Vec<Problem>,
}

/// Reads a contract's file.
///
/// # Errors
/// A usage error that tells the first thing that is wrong with it.
pub(crate) fn usable(container: &DataQualityContainer, path: &str) -> Result<UsableContract> {
    usable_text(container, container.contracts.read(path)?)
}

/// Reads a contract's text.
///
/// # Errors
/// A usage error that tells the first thing that is wrong with it.
pub(crate) fn usable_text(
    container: &DataQualityContainer,
    file: ContractFile,
) -> Result<UsableContract> {
    let reading = read_whole(container, &file.text);
    let path = &file.path;
    if let Some(contract) = reading.contract {
        return Ok(UsableContract { path: file.path, contract, warnings: reading.problems });
    }
    let is_error = |problem: &&Problem| problem.level == ProblemLevel::Error;
    let errors = reading.problems.iter().filter(is_error).count();
    let first = reading.problems.iter().find(is_error);
    let Some(first) = first else {
        return Err(Error::internal("a contract could not be used, and nothing is wrong with it"));
    };
    let hint = match (&first.hint, errors) {
        (Some(hint), 1) => hint.clone(),
        (None, 1) => "correct it there".to_owned(),
        (Some(hint), _) => {
            format!("{hint}; `pynomaly contract lint {path}` tells all {errors} errors")
        }
        (None, _) => format!("`pynomaly contract lint {path}` tells all {errors} errors"),
    };
    Err(Error::usage(first.what.clone()).at(format!("{path}, {}", first.place)).hint(hint))
}

/// The table of a contract that some data are: the one asked for, the only one, the one that is
/// called as the data are, or the only one with rules.
pub(crate) fn object_for<'a>(
    contract: &'a UsableContract,
    asked: Option<&str>,
    data: &str,
) -> Result<&'a SchemaObject> {
    let objects = &contract.contract.objects;
    let called = |object: &SchemaObject, name: &str| {
        object.name == name || object.physical_name.as_deref() == Some(name)
    };
    let found = match (asked, objects.as_slice()) {
        (Some(name), _) => objects.iter().find(|object| called(object, name)),
        (None, [only]) => Some(only),
        (None, _) => {
            let file = data.rsplit('/').next().unwrap_or(data);
            let stem = file.split('.').next().unwrap_or(file);
            let names = [data, file, stem];
            let named =
                objects.iter().find(|object| names.into_iter().any(|name| called(object, name)));
            let mut with_rules = objects.iter().filter(|object| !object.rules.is_empty());
            match (named, with_rules.next(), with_rules.next()) {
                (None, Some(only), None) => Some(only),
                _ => named,
            }
        }
    };
    // Nothing is held against a table that rules only refer to: that would look as if all were well.
    let mut ruled = objects.iter().filter(|object| !object.rules.is_empty());
    if let (None, Some(found), Some(other)) = (asked, found, ruled.next())
        && found.rules.is_empty()
    {
        let what =
            format!("the contract has no rules about {}, which {data} seems to be", found.name);
        let hint = format!("if its rules are about these data: --table {}", other.name);
        return Err(Error::usage(what).at(contract.path.clone()).hint(hint));
    }
    found.ok_or_else(|| {
        let names: Vec<&str> = objects.iter().map(|object| object.name.as_str()).collect();
        let what = match asked {
            Some(name) => format!("the contract is about no table {name}"),
            None if objects.is_empty() => "the contract is about no table".to_owned(),
            None => format!("which table of the contract is {data}?"),
        };
        let hint = match names.as_slice() {
            [] => "describe the table under `schema`".to_owned(),
            names => format!("name one with --table: {}", names.join(", ")),
        };
        Error::usage(what).at(contract.path.clone()).hint(hint)
    })
}

/// Reads what the rules of an object need of other tables, and notes the passes.
pub(crate) fn references(
    others: OtherTables<'_>,
    object: &SchemaObject,
    passes: &mut Vec<Pass>,
) -> Result<References> {
    let mut references = References::default();
    for rule in &object.rules {
        match &rule.test {
            Test::Reference(to) if !references.keys.contains_key(to) => {
                let found = reference_set(others, to, passes);
                references.keys.insert(to.clone(), or_reason(found)?.map(Arc::new));
            }
            Test::Distribution(Distribution { against: Against::Column(column), .. })
                if !references.distributions.contains_key(column) =>
            {
                let found = or_reason(others.distribution(column, passes))?.map(Arc::new);
                references.distributions.insert(column.clone(), found);
            }
            _ => {}
        }
    }
    others.figures(&object.rules, &mut references, passes)?;
    Ok(references)
}

/// What cannot be read or held, as the reason why a rule is not evaluated.
pub(crate) fn or_reason<T>(
    found: Result<std::result::Result<T, String>>,
) -> Result<std::result::Result<T, String>> {
    match found {
        Err(error) if is_of_the_data(&error) => Ok(Err(error.to_string())),
        found => found,
    }
}

/// What cannot be read or held is not evaluated; all else ends the command.
pub(crate) fn is_of_the_data(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Input | ErrorKind::NotEvaluated | ErrorKind::Usage | ErrorKind::Unavailable
    )
}

fn reference_set(
    others: OtherTables<'_>,
    reference: &Reference,
    passes: &mut Vec<Pass>,
) -> Result<std::result::Result<ReferenceSet, String>> {
    let resolved = others.find(&reference.table)?;
    let table = &resolved.table;
    let mut types = Vec::new();
    for name in &reference.columns {
        match table.schema.field(name) {
            Some(field) => types.push(field.column_type),
            None => return Ok(Err(format!("{} has no column {name}", resolved.name))),
        }
    }
    let identity =
        format!("{} of {} {}", reference.columns.join(", "), reference.table, table.digest);
    let mut set = ReferenceSet::new(identity, types);
    let scanner = &others.container.shared.scanner;
    scanner.stream(table, &reference.columns, others.cancellation, &mut |batch| {
        set.add(batch).map_err(|reason| {
            Error::new(ErrorKind::NotEvaluated, format!("{}: {reason}", resolved.name))
        })
    })?;
    passes.push(Pass {
        purpose: format!("keys of {}", resolved.name),
        columns: reference.columns.len() as u32,
        rows: table.rows,
    });
    Ok(Ok(set))
}
