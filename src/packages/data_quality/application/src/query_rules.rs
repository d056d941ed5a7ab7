//! Rules that are queries: which tables they know, and their answers.

use std::collections::BTreeMap;

use data_quality_domain::contract::{Contract, SchemaObject};
use data_quality_domain::examination::{
    AnswersApart, AskedAnswers, ContractPlan, columns_of, comparison_of,
};
use data_quality_domain::rule::{Rule, Test};
use data_quality_domain::{Pass, Problem};
use shared_kernel_application::{DataRequest, resolve_table};
use shared_kernel_domain::sql::{NamedTable, SqlAnswer};
use shared_kernel_domain::table::TableReference;
use shared_kernel_domain::{Error, ErrorKind, Result};

use crate::DataQualityContainer;
use crate::contract::{UsableContract, is_of_the_data};
use crate::contract_check::ContractCheck;
use crate::other_tables::place_of;

/// What is wrong with the queries of a contract: one that does more than read, or that reads
/// tables which the contract does not describe.
pub(crate) fn refused_queries(
    container: &DataQualityContainer,
    contract: &Contract,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for rule in contract.objects.iter().flat_map(|object| &object.rules) {
        for query in queries_of(&rule.test) {
            problems.extend(refused(container, contract, rule, query));
        }
    }
    problems
}

/// The queries of a rule.
fn queries_of(test: &Test) -> Vec<&str> {
    match test {
        Test::Query(query) => vec![&query.text],
        Test::SameAnswers(same) => vec![&same.query, &same.to_query],
        _ => Vec::new(),
    }
}

fn refused(
    container: &DataQualityContainer,
    contract: &Contract,
    rule: &Rule,
    query: &str,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    match container.shared.queries.tables(query) {
        Err(reason) => {
            let what = format!("the query of {} is refused: {reason}", rule.id);
            let problem = Problem::error(rule.place, what);
            problems.push(problem.hint("write one SELECT over tables of the contract"));
        }
        Ok(tables) => {
            let unknown = tables.iter().filter(|name| described(contract, name).is_none());
            for name in unknown {
                let what =
                    format!("the query of {} reads {name}, no table of the contract", rule.id);
                let known: Vec<&str> =
                    contract.objects.iter().map(|object| object.name.as_str()).collect();
                let hint = format!("there are {}", known.join(", "));
                problems.push(Problem::error(rule.place, what).hint(hint));
            }
        }
    }
    problems
}

fn described<'a>(contract: &'a Contract, name: &str) -> Option<&'a SchemaObject> {
    contract.objects.iter().find(|object| is_called(object, name))
}

fn is_called(object: &SchemaObject, name: &str) -> bool {
    object.name == name || object.physical_name.as_deref() == Some(name)
}

/// Tables that queries read beside the one that is checked; each is read in once.
type OtherTables = BTreeMap<String, std::result::Result<TableReference, String>>;

impl ContractCheck<'_> {
    /// Asks the queries of a contract, each in a pass of its own.
    pub(crate) fn ask_queries(
        &self,
        contract: &UsableContract,
        object: &SchemaObject,
        plan: &mut ContractPlan<'_>,
        passes: &mut Vec<Pass>,
    ) -> Result<()> {
        let mut others = OtherTables::new();
        for asked in plan.queries() {
            let answer = match self.ask(contract, object, (&asked.query.text, true), &mut others) {
                Ok(answer) => {
                    passes.push(Pass {
                        purpose: format!("the query of {}", asked.rule.id),
                        columns: answer.columns_read,
                        rows: self.table.rows,
                    });
                    Ok(answer)
                }
                Err(error) if is_of_the_data(&error) => Err(error.to_string()),
                Err(error) => return Err(error),
            };
            plan.answer(&asked, answer);
        }
        for asked in plan.answers_to_compare() {
            let found = match self.compare_answers(contract, object, &asked, &mut others) {
                Ok((found, columns)) => {
                    let purpose = format!("the queries of {}", asked.rule.id);
                    passes.push(Pass { purpose, columns, rows: self.table.rows });
                    Ok(found)
                }
                Err(error) if is_of_the_data(&error) => Err(error.to_string()),
                Err(error) => return Err(error),
            };
            plan.answers_compared(&asked, found);
        }
        Ok(())
    }

    /// How the answers of two queries differ, and how many columns were read for it. The checked table has no
    /// numbers of its rows here, as `*` stands for them too.
    fn compare_answers(
        &self,
        contract: &UsableContract,
        object: &SchemaObject,
        asked: &AskedAnswers<'_>,
        others: &mut OtherTables,
    ) -> Result<(AnswersApart, u32)> {
        let not_evaluated = |reason: String| Error::new(ErrorKind::NotEvaluated, reason);
        let mut ask = |sql: &str| self.ask(contract, object, (sql, false), others);
        let (here, there) =
            (ask(&columns_of(&asked.same.query))?, ask(&columns_of(&asked.same.to_query))?);
        let (totals, example) = comparison_of(asked.same, here.columns.len(), there.columns.len())
            .map_err(not_evaluated)?;
        let answer = ask(&totals)?;
        let mut found = AnswersApart::of(&answer).map_err(not_evaluated)?;
        if found.differs() {
            found.show(&ask(&example)?);
        }
        Ok((found, answer.columns_read))
    }

    fn ask(
        &self,
        contract: &UsableContract,
        object: &SchemaObject,
        (sql, with_row_numbers): (&str, bool),
        others: &mut OtherTables,
    ) -> Result<SqlAnswer> {
        let not_evaluated = |reason: String| Error::new(ErrorKind::NotEvaluated, reason);
        let queries = &self.container.shared.queries;
        let names = queries.tables(sql).map_err(not_evaluated)?;
        for name in names.iter().filter(|name| !is_called(object, name)) {
            if !others.contains_key(name) {
                let found = self.other_table(contract, name)?;
                others.insert(name.clone(), found);
            }
        }
        let mut tables = Vec::with_capacity(names.len());
        for name in &names {
            let (table, row_numbers) = match others.get(name) {
                None => (self.table, with_row_numbers),
                Some(Ok(table)) => (table, false),
                Some(Err(reason)) => return Err(not_evaluated(reason.clone())),
            };
            tables.push(NamedTable { name, table, row_numbers });
        }
        queries.answer(sql, &tables, self.cancellation)
    }

    fn other_table(
        &self,
        contract: &UsableContract,
        name: &str,
    ) -> Result<std::result::Result<TableReference, String>> {
        let called = described(&contract.contract, name).map_or(name, |object| &object.name);
        let data = place_of(self.container, contract, called);
        let request = DataRequest { data, ..DataRequest::default() };
        match resolve_table(&self.container.shared, &request, &|_, _| (), self.cancellation) {
            Ok(resolved) => Ok(Ok(resolved.table)),
            Err(error) if is_of_the_data(&error) => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }
}
