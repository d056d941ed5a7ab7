use std::collections::BTreeMap;
use std::sync::Mutex;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::sql::{NamedTable, SqlAnswer, SqlQueries};
use shared_kernel_domain::table::{Cell, TableReference};
use shared_kernel_domain::{Error, ErrorKind, Result};

/// Queries whose answers it was told; all others are refused.
#[derive(Debug, Default)]
pub struct MemoryQueries(Mutex<BTreeMap<String, Told>>);

#[derive(Clone, Debug)]
struct Told {
    tables: Vec<String>,
    answer: SqlAnswer,
}

impl MemoryQueries {
    /// Tells the answer to a query, and which tables it reads.
    pub fn tell(&self, sql: &str, tables: &[&str], answer: SqlAnswer) {
        let tables = tables.iter().map(|&name| name.to_owned()).collect();
        self.0.lock().expect("a lock").insert(sql.to_owned(), Told { tables, answer });
    }

    fn told(&self, sql: &str) -> Option<Told> {
        self.0.lock().expect("a lock").get(sql).cloned()
    }
}

impl SqlQueries for MemoryQueries {
    fn tables(&self, sql: &str) -> std::result::Result<Vec<String>, String> {
        self.told(sql).map(|told| told.tables).ok_or_else(|| "nobody told the answer".to_owned())
    }

    fn answer(
        &self,
        sql: &str,
        tables: &[NamedTable<'_>],
        cancellation: &Cancellation,
    ) -> Result<SqlAnswer> {
        cancellation.check()?;
        let not_evaluated = |what: &str| Error::new(ErrorKind::NotEvaluated, what);
        let told = self.told(sql).ok_or_else(|| not_evaluated("nobody told the answer"))?;
        let is_given = |name: &String| tables.iter().any(|table| table.name == name);
        if told.tables.iter().all(is_given) {
            Ok(told.answer)
        } else {
            Err(not_evaluated("a table is missing"))
        }
    }
}

const COUNT: &str = "SELECT count(*) AS n FROM example";
const ROWS: &str = "SELECT * FROM example WHERE number = 3";

/// The queries of [`sql_queries_conformance`] with the tables that they read and their answers on
/// [`scanner_example`](crate::scanner_example).
pub fn example_answers() -> Vec<(&'static str, Vec<&'static str>, SqlAnswer)> {
    let count = SqlAnswer {
        columns: vec!["n".to_owned()],
        rows: 1,
        first: vec![Cell::Integer(500)],
        row_numbers: None,
        columns_read: 0,
    };
    let columns = ["number", "share", "carrier", "late", "day", "row_number"];
    let rows = SqlAnswer {
        columns: columns.map(str::to_owned).to_vec(),
        rows: 3,
        first: vec![
            Cell::Integer(3),
            Cell::Float(0.875),
            Cell::Null,
            Cell::Boolean(false),
            Cell::Text("2013-01-04".to_owned()),
            Cell::Integer(3),
        ],
        row_numbers: Some(vec![3, 203, 403]),
        columns_read: 5,
    };
    vec![(COUNT, vec!["example"], count), (ROWS, vec!["example"], rows)]
}

/// What every [`SqlQueries`] does; `table` is [`scanner_example`](crate::scanner_example).
pub fn sql_queries_conformance(queries: &dyn SqlQueries, table: &TableReference) {
    let go_on = Cancellation::default();
    let given = [NamedTable { name: "example", table, row_numbers: true }];
    for (sql, tables, expected) in example_answers() {
        assert_eq!(queries.tables(sql).expect("a query that reads"), tables, "{sql}");
        assert_eq!(queries.answer(sql, &given, &go_on).expect("an answer"), expected, "{sql}");
        let missing = queries.answer(sql, &[], &go_on).expect_err("no table is given");
        assert_eq!(missing.kind(), ErrorKind::NotEvaluated, "{sql}");
        let stopped = Cancellation::default();
        stopped.cancel();
        let stopped = queries.answer(sql, &given, &stopped).expect_err("it was stopped");
        assert_eq!(stopped.kind(), ErrorKind::Interrupted, "{sql}");
    }
    for sql in ["", "DELETE FROM example", "SELECT 1; SELECT 2", "what is this"] {
        assert!(queries.tables(sql).is_err(), "{sql:?} is refused");
        let refused = queries.answer(sql, &given, &go_on).expect_err("it is refused");
        assert_eq!(refused.kind(), ErrorKind::NotEvaluated, "{sql}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanner_example;

    #[test]
    fn the_fake_keeps_to_the_contract() {
        let queries = MemoryQueries::default();
        for (sql, tables, answer) in example_answers() {
            queries.tell(sql, &tables, answer);
        }
        sql_queries_conformance(&queries, &scanner_example().reference());
    }
}
