//! What a database holds, seen without the code under test.

use std::path::Path;
use std::time::Duration;

use postgres::{Client, NoTls, SimpleQueryMessage};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// A connection to one context's database.
pub(crate) enum Witness {
    Sqlite(Connection),
    Postgres(Box<Client>),
}

impl Witness {
    pub(crate) fn of_file(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        connection.busy_timeout(Duration::from_secs(10)).unwrap();
        Self::Sqlite(connection)
    }

    pub(crate) fn of_schema(url: &str, schema: &str) -> Self {
        let mut client = Client::connect(url, NoTls).unwrap();
        client.batch_execute(&format!("SET search_path = {schema}")).unwrap();
        Self::Postgres(Box::new(client))
    }

    /// What a query finds, as text; a missing value is empty.
    pub(crate) fn rows<const COLUMNS: usize>(&mut self, sql: &str) -> Vec<[String; COLUMNS]> {
        let rows = match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare(sql).unwrap();
                let cells =
                    |row: &rusqlite::Row<'_>| (0..COLUMNS).map(|at| text(row, at)).collect();
                let found = statement.query_map([], |row| Ok(cells(row))).unwrap();
                found.map(Result::unwrap).collect::<Vec<Vec<String>>>()
            }
            Self::Postgres(client) => {
                let mut rows = Vec::new();
                for message in client.simple_query(sql).unwrap() {
                    if let SimpleQueryMessage::Row(row) = message {
                        let cell = |at| row.get(at).unwrap_or_default().to_owned();
                        rows.push((0..COLUMNS).map(cell).collect::<Vec<String>>());
                    }
                }
                rows
            }
        };
        rows.into_iter().map(|row| row.try_into().unwrap()).collect()
    }

    /// Changes what is there.
    pub(crate) fn execute(&mut self, sql: &str) {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(sql).unwrap(),
            Self::Postgres(client) => client.batch_execute(sql).unwrap(),
        }
    }

    /// The whole number that a query answers with.
    pub(crate) fn number(&mut self, sql: &str) -> i64 {
        let [[number]] = &self.rows::<1>(sql)[..] else { panic!("{sql} has one answer") };
        number.parse().unwrap()
    }
}

fn text(row: &rusqlite::Row<'_>, column: usize) -> String {
    match row.get_ref(column).unwrap() {
        ValueRef::Null => String::new(),
        ValueRef::Integer(value) => value.to_string(),
        ValueRef::Real(value) => value.to_string(),
        ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into_owned(),
    }
}
