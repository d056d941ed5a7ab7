//! What tables a database has, as its own catalogue tells.

use shared_kernel_domain::{Error, Result};

use super::backend::{Dialect, Transaction};

/// What belongs to the process or to the database, not to what they are about.
const NOT_CONTENT: [&str; 2] = ["holder", "schema_migration"];

/// A table and how its rows are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// Its name.
    pub(super) name: String,
    /// Its columns, in their order.
    pub(super) columns: Vec<Column>,
    /// The columns of its primary key, in their order.
    pub(super) key: Vec<Column>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// Whether it holds text, which databases sort by rules of their own.
    pub(super) is_text: bool,
}

impl Table {
    /// The place of a column.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|it| it.name == column)
    }

    /// The columns as SQL lists them.
    pub(super) fn column_list(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|it| quoted(&it.name)).collect();
        columns.join(", ")
    }
}

/// A name as SQL takes any.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The tables whose rows are content; what a table refers to comes before it.
pub(super) fn tables(transaction: &mut dyn Transaction) -> Result<Vec<Table>> {
    let questions = Questions::of(transaction.dialect());
    let mut waiting = Vec::new();
    for row in transaction.query(questions.tables, &[])? {
        let name = row.text(0)?;
        if NOT_CONTENT.contains(&name.as_str()) {
            continue;
        }
        let columns = columns(transaction, questions.columns, &name)?;
        let key = columns_of_key(transaction, questions.key, &name, &columns)?;
        let mut referred: Vec<String> = Vec::new();
        for row in transaction.query(questions.references, &[(&name).into()])? {
            referred.push(row.text(0)?);
        }
        referred.retain(|other| *other != name);
        waiting.push((Table { name, columns, key }, referred));
    }
    in_order_of_reference(waiting)
}

fn columns(transaction: &mut dyn Transaction, question: &str, table: &str) -> Result<Vec<Column>> {
    let rows = transaction.query(question, &[table.into()])?;
    rows.iter()
        .map(|row| {
            let is_text = row.text(1)?.eq_ignore_ascii_case("text");
            Ok(Column { name: row.text(0)?, is_text })
        })
        .collect()
}

fn columns_of_key(
    transaction: &mut dyn Transaction,
    question: &str,
    table: &str,
    columns: &[Column],
) -> Result<Vec<Column>> {
    let rows = transaction.query(question, &[table.into()])?;
    let names = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>>>()?;
    let key: Vec<Column> = names
        .iter()
        .filter_map(|name| columns.iter().find(|column| column.name == *name))
        .cloned()
        .collect();
    if key.is_empty() {
        return Err(Error::internal(format!("the table {table} has no primary key")));
    }
    Ok(key)
}

fn in_order_of_reference(mut waiting: Vec<(Table, Vec<String>)>) -> Result<Vec<Table>> {
    let mut ordered: Vec<Table> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_free = |(_, referred): &(Table, Vec<String>)| {
            referred.iter().all(|other| ordered.iter().any(|table| table.name == *other))
        };
        let Some(next) = waiting.iter().position(is_free) else {
            return Err(Error::internal("tables refer to one another in a circle"));
        };
        ordered.push(waiting.remove(next).0);
    }
    Ok(ordered)
}

/// What to ask a catalogue; all but the first about the table `$1`.
struct Questions {
    tables: &'static str,
    /// Name and type.
    columns: &'static str,
    key: &'static str,
    /// The tables it refers to.
    references: &'static str,
}

impl Questions {
    fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sqlite => Self {
                tables: "SELECT name FROM sqlite_schema
                         WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                         ORDER BY name",
                columns: "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
                key: "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk",
                references: "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1)",
            },
            Dialect::Postgres => Self {
                tables: "SELECT table_name::text FROM information_schema.tables
                         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
                         ORDER BY table_name::text COLLATE \"C\"",
                columns: "SELECT column_name::text, data_type::text
                          FROM information_schema.columns
                          WHERE table_schema = current_schema() AND table_name::text = $1
                          ORDER BY ordinal_position",
                key: "SELECT k.column_name::text
                      FROM information_schema.table_constraints c
                      JOIN information_schema.key_column_usage k
                           USING (constraint_schema, constraint_name, table_name)
                      WHERE c.table_schema = current_schema() AND table_name::text = $1
                            AND c.constraint_type = 'PRIMARY KEY'
                      ORDER BY k.ordinal_position",
                references: "SELECT DISTINCT other.relname::text
                             FROM pg_constraint c
                             JOIN pg_class own ON own.oid = c.conrelid
                             JOIN pg_class other ON other.oid = c.confrelid
                             WHERE c.contype = 'f' AND own.relname::text = $1
                                   AND own.relnamespace = current_schema()::regnamespace",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> Table {
        Table { name: name.to_owned(), columns: Vec::new(), key: Vec::new() }
    }

    fn ordered(waiting: &[(&str, &[&str])]) -> Result<Vec<String>> {
        let waiting = waiting
            .iter()
            .map(|(name, referred)| {
                (table(name), referred.iter().map(|name| (*name).to_owned()).collect())
            })
            .collect();
        Ok(in_order_of_reference(waiting)?.into_iter().map(|table| table.name).collect())
    }

    #[test]
    fn what_is_referred_to_comes_first_and_else_the_order_stays() {
        let order = ordered(&[
            ("alias", &["model", "version"]),
            ("audit", &[]),
            ("model", &[]),
            ("version", &["model"]),
        ]);
        assert_eq!(order.unwrap(), ["audit", "model", "version", "alias"]);
        assert!(ordered(&[("a", &["b"]), ("b", &["a"])]).is_err());
    }

    #[test]
    fn any_name_can_be_quoted() {
        assert_eq!(quoted("a \"b\" c"), "\"a \"\"b\"\" c\"");
    }
}
