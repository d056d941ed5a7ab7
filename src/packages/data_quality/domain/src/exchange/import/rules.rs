//! Our own short rule files, each rule as a quality entry of the standard.

use super::Imported;
use crate::contract::{SchemaObject, read_written_out};
use crate::exchange::Tool;
use crate::exchange::draft::Mapped;
use crate::problem::{Problem, ProblemLevel};
use crate::yaml::{Node, write_yaml};

/// The contract that a file stands for: all of it, or nothing.
pub(super) fn read(document: &Node, table: Option<&str>) -> Result<Imported, Problem> {
    let reading = read_written_out(document, table);
    let is_error = |problem: &Problem| problem.level == ProblemLevel::Error;
    let Some(contract) = reading.contract else {
        let first = reading.problems.into_iter().find(is_error);
        return Err(first.unwrap_or_else(|| Problem::error(document.place, "it says no rules")));
    };
    if let Some(table) = table
        && contract.objects.first().is_none_or(|object| object.name != table)
    {
        let names: Vec<&str> = contract.objects.iter().map(|it| it.name.as_str()).collect();
        let problem = Problem::error(document.place, format!("the rules are not about {table}"));
        return Err(problem.hint(format!("they are about {}", names.join(", "))));
    }
    let mapped = contract.objects.iter().flat_map(taken_over).collect();
    let text = write_yaml(&contract.document);
    Ok(Imported { tool: Tool::Rules, contract: text, mapped, unmapped: Vec::new() })
}

fn taken_over(object: &SchemaObject) -> impl Iterator<Item = Mapped> {
    object.rules.iter().map(|rule| Mapped {
        place: rule.place,
        table: object.name.clone(),
        what: rule.phrase.clone(),
        rules: vec![rule.kind.to_owned()],
        note: None,
    })
}
