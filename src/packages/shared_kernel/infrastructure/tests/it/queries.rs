//! The engine through the port of queries.

use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::sql::{NamedTable, SqlAnswer, SqlQueries};
use shared_kernel_domain::table::{Cell, TableReference};
use testkit::{scanner_example, sql_queries_conformance};

use crate::tables::{Bench, numbered, write_parquet};

fn ask(
    bench: &Bench,
    table: &TableReference,
    sql: &str,
) -> shared_kernel_domain::Result<SqlAnswer> {
    let given = [NamedTable { name: "t", table, row_numbers: true }];
    bench.engine.answer(sql, &given, &Cancellation::default())
}

/// Two parts of 2,500 rows in row groups of 400.
fn two_parts(bench: &Bench) -> TableReference {
    for part in 0..2 {
        let path = bench.path(&format!("parts/part-{part}.parquet"));
        write_parquet(&path, numbered(part * 2_500, 2_500), 400);
    }
    bench.ingest(bench.path("parts").to_str().unwrap()).unwrap().table
}

#[test]
fn the_engine_answers_as_the_port_promises() {
    for threads in [1, 4] {
        let bench = Bench::with(threads, 64 << 20);
        let table = bench.read("example.csv", scanner_example().to_csv()).unwrap().table;
        sql_queries_conformance(bench.engine.as_ref(), &table);
    }
}

#[test]
fn what_does_more_than_read_tables_is_refused() {
    let bench = Bench::new();
    for sql in [
        "INSERT INTO t VALUES (1)",
        "UPDATE t SET a = 1",
        "DROP TABLE t",
        "CREATE TABLE u AS SELECT * FROM t",
        "CREATE EXTERNAL TABLE u STORED AS CSV LOCATION '/etc/passwd'",
        "COPY t TO '/tmp/out.csv'",
        "SET datafusion.execution.batch_size = 1",
        "EXPLAIN ANALYZE SELECT * FROM t",
        "SHOW TABLES",
        "SELECT * INTO u FROM t",
        "SELECT * FROM t FOR UPDATE",
        "WITH gone AS (DELETE FROM t RETURNING a) SELECT * FROM gone",
        "SELECT (WITH gone AS (DELETE FROM t RETURNING a) SELECT a FROM gone)",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM generate_series(1, 1000000000)",
        "SELECT * FROM UNNEST([1, 2])",
        "SELECT read_text('/etc/passwd') FROM t",
        "SELECT random() FROM t",
        "SELECT uuid() FROM t",
        "SELECT * FROM '/etc/passwd' AS f, read_parquet('x')",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM t; DROP TABLE t",
        "SELECT * FROM t WHERE",
        "-- nothing",
    ] {
        let reason = bench.engine.tables(sql).expect_err(sql);
        assert!(!reason.contains("Error("), "{sql}: {reason}");
    }
    let deep = format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(bench.engine.tables(&deep).is_err());
    let long = format!("SELECT 1 -- {}", "x".repeat(100_000));
    assert!(bench.engine.tables(&long).is_err());
}

#[test]
fn tables_are_named_once_and_not_what_the_query_makes_itself() {
    let engine = Bench::new().engine;
    let sql = "WITH late AS (SELECT * FROM flights) \
               SELECT count(*) FROM late JOIN \"my planes\" p ON p.id = late.id \
               WHERE late.id NOT IN (SELECT id FROM flights) UNION SELECT 1";
    assert_eq!(engine.tables(sql).unwrap(), ["flights", "my planes"]);
}

#[test]
fn answers_are_those_of_sql() {
    let bench = Bench::with(2, 64 << 20);
    let table = two_parts(&bench);
    let one = |sql: &str| ask(&bench, &table, sql).unwrap().first;
    assert_eq!(one("SELECT COUNT(*) FROM t"), [Cell::Integer(5_000)]);
    assert_eq!(one("SELECT sum(number) FROM t"), [Cell::Integer(4_999 * 2_500)]);
    assert_eq!(one("SELECT count(*) > 10 FROM t"), [Cell::Boolean(true)]);
    assert_eq!(one("SELECT max(number) FROM t WHERE number < 0"), [Cell::Null]);
    assert_eq!(one("SELECT CAST(12.5 AS DECIMAL(5, 2))"), [Cell::Text("12.50".to_owned())]);
    assert_eq!(one("SELECT upper('straße') || length('añb')"), [Cell::Text("STRASSE3".to_owned())]);
    assert_eq!(
        one("SELECT date_trunc('month', CAST('2013-05-07' AS DATE))").len(),
        1,
        "dates are known"
    );
    // rows of the second part follow those of the first
    let rows = ask(&bench, &table, "SELECT row_number FROM t WHERE number >= 4998").unwrap();
    assert_eq!(rows.row_numbers, Some(vec![4_998, 4_999]));
    let none = ask(&bench, &table, "SELECT * FROM t WHERE number < 0").unwrap();
    assert_eq!((none.rows, none.row_numbers), (0, Some(Vec::new())));
    let twice = "SELECT a.row_number FROM t a JOIN (VALUES (1), (2)) AS v(x) ON a.number = 7";
    let twice = ask(&bench, &table, twice).unwrap();
    assert_eq!((twice.rows, twice.row_numbers), (2, Some(vec![7])));
    assert_eq!(ask(&bench, &table, "SELECT number FROM t").unwrap().row_numbers, None);
    let texts = "SELECT 'x' AS row_number FROM t";
    assert_eq!(ask(&bench, &table, texts).unwrap().row_numbers, None);
}

#[test]
fn only_the_columns_that_a_query_needs_are_read() {
    let bench = Bench::new();
    let table = two_parts(&bench);
    let read = |sql: &str| ask(&bench, &table, sql).unwrap().columns_read;
    assert_eq!(read("SELECT count(*) FROM t"), 0);
    assert_eq!(read("SELECT max(number) FROM t WHERE number > 3"), 1);
    assert_eq!(read("SELECT count(*) FROM t WHERE number > 3 AND text <> 'x'"), 2);
}

#[test]
fn the_same_answer_with_any_number_of_threads() {
    let (one, many) = (Bench::with(1, 64 << 20), Bench::with(4, 64 << 20));
    let table = two_parts(&one);
    let sql = "SELECT sum(1.0 / (number + 1)) / avg(sin(number)), stddev(sqrt(number)) FROM t";
    let first = ask(&one, &table, sql).unwrap();
    for _ in 0..3 {
        assert_eq!(ask(&one, &table, sql).unwrap(), first);
        assert_eq!(ask(&many, &table, sql).unwrap(), first);
    }
}

#[test]
fn what_does_not_fit_or_fails_is_not_evaluated() {
    let bench = Bench::new();
    let table = two_parts(&bench);
    for (sql, told) in [
        ("SELECT gone FROM t", "gone"),
        ("SELECT number + text FROM t WHERE text IS NULL AND nothing", "nothing"),
        ("SELECT 1 / (number - number) FROM t", "zero"),
        ("SELECT CAST(text AS INT) FROM t", "the query fails"),
        ("SELECT count(*) FROM T", "no table T"),
        (
            "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i FROM n) SELECT * FROM n",
            "ecursive",
        ),
        ("SELECT interval '1 day' FROM t LIMIT 1", ""),
    ] {
        match ask(&bench, &table, sql) {
            Ok(answer) => assert_eq!(told, "", "{sql}: {answer:?}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::NotEvaluated, "{sql}: {error}");
                assert!(error.what().contains(told), "{sql}: {error}");
            }
        }
    }
}

#[test]
fn a_query_that_takes_long_can_be_stopped() {
    let bench = Bench::new();
    let table = two_parts(&bench);
    let given = [NamedTable { name: "t", table: &table, row_numbers: true }];
    let cancellation = Cancellation::default();
    let sines = vec!["sin(a.number * b.number)"; 40].join(" + ");
    let sql = &format!("SELECT sum({sines}) FROM t a, t b WHERE a.number <> b.number + 1");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(300));
            cancellation.cancel();
        });
        let stopped = bench.engine.answer(sql, &given, &cancellation).unwrap_err();
        assert_eq!(stopped.kind(), ErrorKind::Interrupted);
    });
}

#[test]
fn what_nests_too_deep_is_refused_and_what_may_nest_is_planned() {
    let bench = Bench::new();
    let table = two_parts(&bench);
    let chain = |length: usize| format!("SELECT {}1 FROM t LIMIT 1", "number + ".repeat(length));
    assert_eq!(ask(&bench, &table, &chain(400)).unwrap().rows, 1);
    let union = |length: usize| format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(length));
    assert_eq!(ask(&bench, &table, &union(40)).unwrap().rows, 41);
    let tables = |length: usize| format!("SELECT 1 FROM t{}", ", t".repeat(length));
    for sql in [chain(600), chain(7_000), union(100), union(3_000), tables(60), tables(20_000)] {
        let refused = ask(&bench, &table, &sql).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotEvaluated);
        assert!(refused.what().contains("more than"), "{refused}");
    }
}

#[test]
fn a_column_called_row_number_stays_what_it_is() {
    let bench = Bench::new();
    let table = bench.read("own.csv", "row_number,x\n7,1\n8,2\n").unwrap().table;
    let answer = ask(&bench, &table, "SELECT * FROM t").unwrap();
    assert_eq!(answer.columns, ["row_number", "x"]);
    assert_eq!(answer.row_numbers, Some(vec![7, 8]));
}
