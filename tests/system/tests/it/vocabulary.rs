//! The vocabulary of contracts against SQL that `SQLite` runs over the same rows.

use rusqlite::Connection;
use serde_json::Value;

use crate::pynomaly::{Pynomaly, example};

/// The columns of the example that hold numbers.
const NUMBERS: [&str; 14] = [
    "year",
    "month",
    "day",
    "dep_time",
    "sched_dep_time",
    "dep_delay",
    "arr_time",
    "sched_arr_time",
    "arr_delay",
    "flight",
    "air_time",
    "distance",
    "hour",
    "minute",
];

/// A rule, and SQL that gives the rows that break it, or the figure.
struct Case {
    rule: &'static str,
    sql: &'static str,
    /// What the figure, or the number of rows, must be.
    limit: &'static str,
    holds: bool,
    /// What is made of the answer, where `SQLite` has no function for it.
    of: fn(&[Vec<f64>]) -> f64,
}

const fn case(rule: &'static str, limit: &'static str, holds: bool, sql: &'static str) -> Case {
    Case { rule, sql, limit, holds, of: |rows| rows[0][0] }
}

const fn computed(
    rule: &'static str,
    limit: &'static str,
    sql: &'static str,
    of: fn(&[Vec<f64>]) -> f64,
) -> Case {
    Case { rule, sql, limit, holds: true, of }
}

/// The quartiles a and b and the median m of the delays, for SQL that goes on.
macro_rules! quantiles {
    ($rest:literal) => {
        concat!(
            "WITH s AS (SELECT dep_delay AS x, row_number() OVER (ORDER BY dep_delay) - 1 AS n, count(*) OVER () - 1 AS c
             FROM flights WHERE dep_delay IS NOT NULL), q AS (SELECT avg(CASE WHEN abs(n - 0.25 * c) < 1 THEN x END) AS a,
             avg(CASE WHEN abs(n - 0.5 * c) < 1 THEN x END) AS m, avg(CASE WHEN abs(n - 0.75 * c) < 1 THEN x END) AS b FROM s), ",
            $rest
        )
    };
}

/// `flights` is the table, `part` its first 20,000 rows, of which some were changed.
const CASES: &[Case] = &[
    case("rule: not_null, column: arr_delay", "", false, "SELECT count(*) FROM flights WHERE arr_delay IS NULL"),
    case("rule: is_null, column: tailnum", "mustBeGreaterThan: 20000", true, "SELECT count(*) FROM flights WHERE tailnum IS NOT NULL"),
    case("rule: between, column: dep_delay, minimum: -10, maximum: 300", "", false, "SELECT count(*) FROM flights WHERE dep_delay < -10 OR dep_delay > 300"),
    case("rule: in_set, column: origin, values: [EWR, JFK]", "", false, "SELECT count(*) FROM flights WHERE origin NOT IN ('EWR', 'JFK')"),
    case("rule: not_in_set, column: carrier, values: [HA, OO]", "mustBeLessThan: 1, unit: percent", true, "SELECT count(*) FROM flights WHERE carrier IN ('HA', 'OO')"),
    case("rule: length_between, column: tailnum, minimum: 6", "", false, "SELECT count(*) FROM flights WHERE length(tailnum) < 6"),
    case("rule: multiple_of, column: distance, of: 7", "mustBeGreaterThan: 0", true, "SELECT count(*) FROM flights WHERE distance % 7 <> 0"),
    case("rule: unique, columns: [carrier, flight, day, month]", "mustBeLessThan: 20000", true, "SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT carrier, flight, day, month FROM flights)) FROM flights"),
    case("rule: reference, column: tailnum, to: part.csv", "", false, "SELECT count(*) FROM flights WHERE tailnum IS NOT NULL AND tailnum NOT IN (SELECT tailnum FROM part WHERE tailnum IS NOT NULL)"),
    case("rule: mean, column: air_time", "mustBeLessThan: 155", true, "SELECT avg(air_time) FROM flights"),
    case("rule: distinct_count, column: dest", "mustBe: 1", false, "SELECT count(DISTINCT dest) FROM flights"),
    case("rule: range, column: arr_delay, filter: origin = 'JFK'", "mustBeLessThan: 5000", true, "SELECT max(arr_delay) - min(arr_delay) FROM flights WHERE origin = 'JFK'"),
    case("rule: population_variance, column: dep_delay", "mustBeGreaterThan: 0", true, "SELECT avg((dep_delay - m) * (dep_delay - m)) FROM flights, (SELECT avg(dep_delay) AS m FROM flights) WHERE dep_delay IS NOT NULL"),
    case("rule: variance, column: distance", "mustBe: 0", false, "SELECT sum((distance - m) * (distance - m)) / (count(*) - 1) FROM flights, (SELECT avg(distance) AS m FROM flights)"),
    computed("rule: population_standard_deviation, column: distance", "mustBeGreaterThan: 0", "SELECT avg((distance - m) * (distance - m)) FROM flights, (SELECT avg(distance) AS m FROM flights)", |rows| rows[0][0].sqrt()),
    computed("rule: skewness, column: dep_delay", "mustBeGreaterThan: 1", "SELECT avg(d * d * d), avg(d * d) FROM (SELECT dep_delay - m AS d FROM flights, (SELECT avg(dep_delay) AS m FROM flights) WHERE dep_delay IS NOT NULL)", |rows| rows[0][0] / rows[0][1].powf(1.5)),
    case("rule: kurtosis, column: dep_delay", "mustBeLessThan: 1", false, "SELECT avg(d * d * d * d) / (avg(d * d) * avg(d * d)) - 3 FROM (SELECT dep_delay - m AS d FROM flights, (SELECT avg(dep_delay) AS m FROM flights) WHERE dep_delay IS NOT NULL)"),
    computed("rule: entropy, column: dest", "mustBeLessThan: 5", "SELECT count(*) * 1.0 / (SELECT count(*) FROM flights) FROM flights GROUP BY dest", |rows| rows.iter().map(|row| -row[0] * row[0].ln()).sum()),
    computed("rule: correlation, columns: [air_time, distance]", "mustBeGreaterThan: 0.9", "SELECT avg(x * y), avg(x * x), avg(y * y) FROM (SELECT air_time - a AS x, distance - b AS y FROM flights, (SELECT avg(air_time) AS a, avg(distance) AS b FROM flights WHERE air_time IS NOT NULL) WHERE air_time IS NOT NULL)", |rows| rows[0][0] / (rows[0][1] * rows[0][2]).sqrt()),
    computed("rule: mutual_information, columns: [carrier, origin]", "mustBeGreaterThan: 0", "SELECT n * 1.0 / t, n * 1.0 * t / (c * o) FROM (SELECT count(*) AS n, carrier, origin FROM flights GROUP BY carrier, origin) JOIN (SELECT count(*) AS c, carrier FROM flights GROUP BY carrier) USING (carrier) JOIN (SELECT count(*) AS o, origin FROM flights GROUP BY origin) USING (origin), (SELECT count(*) AS t FROM flights)", |rows| rows.iter().map(|row| row[0] * row[1].ln()).sum()),
    case("rule: sequential, column: flight, by: [carrier, day]", "mustBeGreaterThan: 0", true, "SELECT count(*) FROM (SELECT flight <> lag(flight) OVER (PARTITION BY carrier, day ORDER BY flight) + 1 AS b FROM flights) WHERE b"),
    case("rule: no_gaps, column: time_hour, in: hours, by: origin", "", false, "SELECT count(*) FROM (SELECT h - lag(h) OVER (PARTITION BY origin ORDER BY h) > 1 AS b FROM (SELECT DISTINCT origin, strftime('%s', time_hour) / 3600 AS h FROM flights)) WHERE b"),
    case("rule: no_gaps, column: time_hour", "", true, "SELECT count(*) FROM (SELECT h - lag(h) OVER (ORDER BY h) > 1 AS b FROM (SELECT DISTINCT strftime('%s', time_hour) / 86400 AS h FROM flights)) WHERE b"),
    case(
        "rule: ranges_apart, columns: [sched_dep_time, sched_arr_time], by: [tailnum, day]",
        "",
        false,
        "SELECT count(*) FROM (SELECT a, b, max(CASE WHEN b > a THEN b END) OVER (PARTITION BY tailnum, day ORDER BY a, b, r ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS e
         FROM (SELECT sched_dep_time AS a, sched_arr_time AS b, tailnum, day, rowid AS r FROM flights)) WHERE b <= a OR a < e",
    ),
    case("rule: column_count", "mustBe: 19", true, "SELECT count(*) FROM pragma_table_info('flights')"),
    case("rule: tie_out, figure: row_count, to: part.csv", "", false, "SELECT abs((SELECT count(*) FROM flights) - (SELECT count(*) FROM part))"),
    case("rule: tie_out, figure: sum, column: distance, filter: origin = 'JFK', to: part.csv, to_filter: origin = 'LGA'", "mustBeLessThan: 200, unit: percent", true, "SELECT 100.0 * abs(a - b) / b FROM (SELECT (SELECT sum(distance) FROM flights WHERE origin = 'JFK') AS a, (SELECT sum(distance) FROM part WHERE origin = 'LGA') AS b)"),
    case("rule: tie_out, figure: distinct_count, column: tailnum, to: part.csv, signed: true", "mustBeLessThan: 0", false, "SELECT (SELECT count(DISTINCT tailnum) FROM flights) - (SELECT count(DISTINCT tailnum) FROM part)"),
    case("rule: tie_out, figure: mean, column: air_time, to: part.csv", "mustBeLessThan: 10", true, "SELECT abs((SELECT avg(air_time) FROM flights) - (SELECT avg(air_time) FROM part))"),
    case(
        "rule: same_rows, key: [time_hour, carrier, flight, origin], to: part.csv",
        "",
        false,
        "SELECT (SELECT count(*) FROM flights f LEFT JOIN part p USING (time_hour, carrier, flight, origin) WHERE p.year IS NULL
             OR f.dep_time IS NOT p.dep_time OR f.dep_delay IS NOT p.dep_delay OR f.tailnum IS NOT p.tailnum)
         + (SELECT count(*) FROM part p LEFT JOIN flights f USING (time_hour, carrier, flight, origin) WHERE f.year IS NULL)",
    ),
    case(
        "rule: same_rows, key: [time_hour, carrier, flight, origin], to: part.csv, columns: dep_delay, tolerance: 2, differences: [changed]",
        "mustBeLessThan: 50, unit: percent",
        true,
        "SELECT count(*) FROM flights f JOIN part p USING (time_hour, carrier, flight, origin)
         WHERE NOT ((f.dep_delay IS NULL AND p.dep_delay IS NULL) OR coalesce(abs(f.dep_delay - p.dep_delay) <= 2, 0))",
    ),
    case(
        "rule: same_rows, columns: [origin, dest, dep_delay], to: part.csv",
        "mustBeLessThan: 50, unit: percent",
        true,
        "WITH f AS (SELECT origin, dest, dep_delay, count(*) AS n FROM flights GROUP BY 1, 2, 3), p AS (SELECT origin, dest, dep_delay, count(*) AS n FROM part GROUP BY 1, 2, 3)
         SELECT (SELECT sum(max(f.n - coalesce(p.n, 0), 0)) FROM f LEFT JOIN p ON f.origin IS p.origin AND f.dest IS p.dest AND f.dep_delay IS p.dep_delay)
         + (SELECT sum(max(p.n - coalesce(f.n, 0), 0)) FROM p LEFT JOIN f ON f.origin IS p.origin AND f.dest IS p.dest AND f.dep_delay IS p.dep_delay)",
    ),
    case("rule: increasing, column: sched_dep_time", "mustBeLessThan: 10000", true, "SELECT count(*) FROM (SELECT sched_dep_time < lag(sched_dep_time) OVER (ORDER BY rowid) AS b FROM flights) WHERE b"),
    case("rule: decreasing, column: dep_delay, strictly: true, by: [carrier, origin]", "", false, "SELECT count(*) FROM (SELECT dep_delay >= lag(dep_delay) OVER (PARTITION BY carrier, origin ORDER BY rowid) AS b FROM flights WHERE dep_delay IS NOT NULL) WHERE b"),
    case("rule: increasing, column: day, filter: month = 1", "", true, "SELECT count(*) FROM (SELECT day < lag(day) OVER (ORDER BY rowid) AS b FROM flights WHERE month = 1) WHERE b"),
    case("rule: consistent_casing, column: dest, filter: distance > 0", "", true, "SELECT count(*) FROM flights a WHERE 0"),
    case("rule: z_score, column: dep_delay, minimum: -3, maximum: 3", "mustBeLessThan: 5, unit: percent", true, "SELECT count(*) FROM flights, (SELECT m, sum((dep_delay - m) * (dep_delay - m)) / (count(*) - 1) AS v FROM flights, (SELECT avg(dep_delay) AS m FROM flights) WHERE dep_delay IS NOT NULL) WHERE (dep_delay - m) * (dep_delay - m) > 9 * v"),
    case(
        "rule: moving_z_score, column: dep_delay, order: time_hour, by: origin, window: 24, minimum: -3, maximum: 3",
        "mustBeLessThan: 10, unit: percent",
        true,
        "WITH w AS (SELECT dep_delay AS x, count(*) OVER o AS n, avg(dep_delay) OVER o AS m, avg(dep_delay * dep_delay) OVER o AS q FROM flights WHERE dep_delay IS NOT NULL
             WINDOW o AS (PARTITION BY origin ORDER BY time_hour, rowid ROWS BETWEEN 24 PRECEDING AND 1 PRECEDING))
         SELECT count(*) FROM w WHERE n = 24 AND q > m * m AND (x - m) * (x - m) > 9 * (q - m * m) * 24 / 23",
    ),
    case("rule: robust_z_score, column: dep_delay, minimum: -3, maximum: 3", "", false, quantiles!("e AS (SELECT avg(CASE WHEN abs(n - 0.5 * c) < 1 THEN d END) AS u FROM (SELECT abs(x - m) AS d, row_number() OVER (ORDER BY abs(x - m)) - 1 AS n, c FROM s, q)) SELECT count(*) FROM flights, q, e WHERE abs(dep_delay - m) > 3 * 1.4826 * u")),
    case("rule: interquartile_score, column: dep_delay, exclusiveMinimum: -2, exclusiveMaximum: 2", "", false, quantiles!("e AS (SELECT 1) SELECT count(*) FROM flights, q WHERE abs(dep_delay - m) >= 2 * (b - a)")),
    case("rule: quartile_score, column: dep_delay, minimum: -1.5, maximum: 1.5", "mustBeLessThan: 20, unit: percent", true, quantiles!("e AS (SELECT 1) SELECT count(*) FROM flights, q WHERE dep_delay < a - 1.5 * (b - a) OR dep_delay > b + 1.5 * (b - a)")),
    case("rule: contains_set, column: origin, values: [EWR, JFK, LGA, BOS]", "", false, "SELECT 4 - count(DISTINCT origin) FROM flights WHERE origin IN ('EWR', 'JFK', 'LGA', 'BOS')"),
    case("rule: contains_set, column: origin, values: [EWR, JFK], exact: true", "", false, "SELECT 2 - (SELECT count(DISTINCT origin) FROM flights WHERE origin IN ('EWR', 'JFK')) + (SELECT count(*) > 0 FROM flights WHERE origin NOT IN ('EWR', 'JFK'))"),
    case("rule: most_common_value, column: carrier, values: [UA, B6]", "", true, "SELECT count(*) FROM (SELECT carrier FROM flights GROUP BY carrier ORDER BY count(*) DESC LIMIT 1) WHERE carrier NOT IN ('UA', 'B6')"),
    case("rule: forbidden_columns, names: [secret, hour]", "", false, "SELECT count(*) FROM pragma_table_info('flights') WHERE name IN ('secret', 'hour')"),
];

fn table(connection: &Connection, name: &str, text: &str) {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &&str| {
        let kind = if NUMBERS.contains(name) { "INTEGER" } else { "TEXT" };
        format!("{name} {kind}")
    };
    let columns: Vec<String> = names.iter().map(column).collect();
    let sql = format!("CREATE TABLE {name} ({})", columns.join(", "));
    connection.execute(&sql, []).unwrap();
    // in a column of numbers NA stands for none; in one of texts it is a text
    let place = |name: &&str| if NUMBERS.contains(name) { "nullif(?, 'NA')" } else { "?" };
    let places = names.iter().map(place).collect::<Vec<_>>().join(", ");
    let mut insert = connection.prepare(&format!("INSERT INTO {name} VALUES ({places})")).unwrap();
    for line in lines {
        insert.execute(rusqlite::params_from_iter(line.split(','))).unwrap();
    }
}

fn answer(connection: &Connection, sql: &str) -> Vec<Vec<f64>> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect()).unwrap();
    rows.map(|row| row.unwrap()).collect()
}

/// The first 20,000 rows but 7; of every 50th the delay is another, of every 70th the plane, and of
/// every 90th the hour, so that it is no row of the table.
fn changed(text: &str) -> String {
    let mut part = String::new();
    for (number, line) in text.lines().take(20_001).enumerate() {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if number > 0 && number % 50 == 0 {
            cells[5] = cells[5]
                .parse::<i64>()
                .map_or("1".to_owned(), |delay| (delay + (number as i64 / 50) % 4).to_string());
        }
        if number > 0 && number % 70 == 0 {
            "N00000".clone_into(&mut cells[11]);
        }
        if number > 0 && number % 90 == 0 {
            "2014-01-01T00:00:00Z".clone_into(&mut cells[18]);
            cells[10] = (number + 100_000).to_string();
        }
        if number == 0 || number % 2_857 != 0 {
            part += &cells.join(",");
            part.push('\n');
        }
    }
    part
}

#[test]
fn verdicts_and_counts_are_those_of_sql_on_the_same_rows() {
    let pynomaly = Pynomaly::new();
    let flights = std::fs::read_to_string(example("flights.csv")).unwrap();
    let part = changed(&flights);
    pynomaly.file("flights.csv", &flights);
    pynomaly.file("part.csv", &part);
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("BEGIN").unwrap();
    table(&connection, "flights", &flights);
    table(&connection, "part", &part);
    for name in ["flights", "part"] {
        let sql = format!("CREATE INDEX i_{name} ON {name} (time_hour, carrier, flight, origin)");
        connection.execute_batch(&sql).unwrap();
    }
    let rule = |case: &Case| {
        let limit = if case.limit.is_empty() { String::new() } else { format!(", {}", case.limit) };
        format!(
            "      - {{type: custom, engine: pynomaly, implementation: {{{}}}{limit}}}\n",
            case.rule
        )
    };
    let head =
        "apiVersion: v3.1.0\nkind: DataContract\nid: v\nschema:\n  - name: flights\n    quality:\n";
    pynomaly.file("v.yaml", head.to_owned() + &CASES.iter().map(rule).collect::<String>());
    let arguments = ["check", "flights.csv", "--contract", "v.yaml", "--contract-only"];
    let finished = pynomaly.run(&[&arguments[..], &["--format", "json"]].concat());
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    let report = finished.document();
    let results = report["results"].as_array().unwrap();
    assert_eq!(results.len(), CASES.len());
    for (case, result) in CASES.iter().zip(results) {
        let expected = (case.of)(&answer(&connection, case.sql));
        let figure = &result["contract"]["figure"]["value"];
        let found = if figure.is_null() { &result["failed"]["value"] } else { figure };
        let found = found.as_f64().unwrap_or_else(|| panic!("{}: {result}", case.rule));
        let apart = (found - expected).abs();
        assert!(apart <= 1e-9 * expected.abs().max(1.0), "{}: {found}, {expected}", case.rule);
        let verdict = if case.holds { "passed" } else { "failed" };
        assert_eq!(result["verdict"], Value::from(verdict), "{}: {result}", case.rule);
    }
}
