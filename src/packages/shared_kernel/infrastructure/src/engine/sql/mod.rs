//! Queries in SQL, guarded: one statement, which reads the tables it is given and no others.
//!
//! Unlike scans, a query's plan is left to DataFusion's optimizer, in one partition: with several,
//! sums of floats would depend on which of them ends first.

mod guard;
mod table;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::DataFusionError;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use futures::StreamExt;
use futures::future::{Either, select};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::sql::{NamedTable, ROW_NUMBER, SqlAnswer, SqlQueries};
use shared_kernel_domain::table::Cell;
use shared_kernel_domain::{Error, ErrorKind, Result};

use super::Engine;
use super::canonical::canonical_array;
use super::cells::cell;
use super::columns::view;
use super::errors::from_datafusion;

/// A query that takes longer is given up: some, such as a table times itself, never end.
const PATIENCE: Duration = Duration::from_mins(10);

/// How often a running query looks whether it was asked to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Most row numbers that an answer holds.
const MOST_ROW_NUMBERS: usize = 20_000_000;

/// The stack on which queries are read and planned, which follows them as deep as they nest.
const STACK: usize = 64 << 20;

impl SqlQueries for Engine {
    fn tables(&self, sql: &str) -> std::result::Result<Vec<String>, String> {
        on_a_deep_stack(|| {
            let state = state(self);
            let statement = guard::read(sql, &state)?;
            named_tables(&state, &statement)
        })
        .map_err(|error| error.to_string())?
    }

    fn answer(
        &self,
        sql: &str,
        tables: &[NamedTable<'_>],
        cancellation: &Cancellation,
    ) -> Result<SqlAnswer> {
        cancellation.check()?;
        on_a_deep_stack(|| answer(self, sql, tables, cancellation))?
    }
}

fn on_a_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("query".to_owned()).stack_size(STACK);
        let thread = thread.spawn_scoped(scope, work).map_err(|error| {
            Error::unavailable("no thread could be started for a query").caused_by(error)
        })?;
        thread.join().map_err(|_| not_evaluated("the query ended in a fault".to_owned()))
    })
}

fn answer(
    engine: &Engine,
    sql: &str,
    tables: &[NamedTable<'_>],
    cancellation: &Cancellation,
) -> Result<SqlAnswer> {
    let state = state(engine);
    let statement = guard::read(sql, &state).map_err(not_evaluated)?;
    for name in named_tables(&state, &statement).map_err(not_evaluated)? {
        if !tables.iter().any(|table| table.name == name) {
            return Err(not_evaluated(format!("the query is given no table {name}")));
        }
    }
    let columns_read = Arc::new(AtomicU32::new(0));
    let context = SessionContext::new_with_state(state);
    for named in tables {
        let home = engine.config.home.clone();
        let table = table::QueriedTable::new(home, named, Arc::clone(&columns_read))?;
        let name = datafusion::common::TableReference::bare(named.name);
        context.register_table(name, Arc::new(table)).map_err(from_query)?;
    }
    let mut answer = Answering::default();
    engine.block_on(run(&context, statement, cancellation, &mut answer))??;
    let columns_read = columns_read.load(Ordering::Relaxed);
    Ok(SqlAnswer { columns_read, ..answer.finish() })
}

/// The functions and the settings of queries; identifiers are taken as they are written.
fn state(engine: &Engine) -> SessionState {
    let mut config = engine.session.clone().with_target_partitions(1);
    let options = config.options_mut();
    options.sql_parser.enable_ident_normalization = false;
    options.sql_parser.map_string_types_to_utf8view = false;
    options.execution.enable_recursive_ctes = false;
    SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(Arc::clone(&engine.environment))
        .with_default_features()
        .build()
}

fn named_tables(
    state: &SessionState,
    statement: &Statement,
) -> std::result::Result<Vec<String>, String> {
    let references =
        state.resolve_table_references(statement).map_err(|error| first_line(&error))?;
    let mut names = BTreeSet::new();
    for reference in references {
        if reference.schema().is_some() {
            return Err(format!("{reference} is not a table of the contract"));
        }
        names.insert(reference.table().to_owned());
    }
    Ok(names.into_iter().collect())
}

async fn run(
    context: &SessionContext,
    statement: Statement,
    cancellation: &Cancellation,
    answer: &mut Answering,
) -> Result<()> {
    let state = context.state();
    let plan = state.statement_to_plan(statement).await.map_err(from_query)?;
    let plan = state.create_physical_plan(&plan).await.map_err(from_query)?;
    answer.columns = plan.schema().fields().iter().map(|field| field.name().clone()).collect();
    let mut batches = execute_stream(plan, context.task_ctx()).map_err(from_query)?;
    let begun = Instant::now();
    let mut next = batches.next();
    loop {
        match select(next, Box::pin(tokio::time::sleep(LOOK))).await {
            Either::Left((None, _)) => return Ok(()),
            Either::Left((Some(batch), _)) => {
                answer.take(&batch.map_err(from_query)?)?;
                next = batches.next();
            }
            Either::Right(((), waiting)) => next = waiting,
        }
        cancellation.check()?;
        if begun.elapsed() > PATIENCE {
            let minutes = PATIENCE.as_secs() / 60;
            return Err(not_evaluated(format!("the query took longer than {minutes} minutes")));
        }
    }
}

/// An answer, as far as it came in.
#[derive(Default)]
struct Answering {
    columns: Vec<String>,
    rows: u64,
    first: Vec<Cell>,
    row_numbers: BTreeSet<i64>,
    /// Some row's number is missing, or is no whole number.
    unnumbered: bool,
}

impl Answering {
    fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        if self.rows == 0 {
            self.first = first_cells(batch)?;
        }
        self.rows += batch.num_rows() as u64;
        let numbers = self.columns.iter().position(|name| name == ROW_NUMBER);
        let numbers = numbers.and_then(|place| batch.columns().get(place));
        match numbers.and_then(|array| array.as_primitive_opt::<Int64Type>()) {
            Some(numbers) if numbers.null_count() == 0 => {
                self.row_numbers.extend(numbers.values());
            }
            _ => self.unnumbered = true,
        }
        if self.row_numbers.len() > MOST_ROW_NUMBERS {
            return Err(not_evaluated(format!("it gives more than {MOST_ROW_NUMBERS} rows")));
        }
        Ok(())
    }

    fn finish(self) -> SqlAnswer {
        let numbered = !self.unnumbered && self.columns.iter().any(|name| name == ROW_NUMBER);
        SqlAnswer {
            row_numbers: numbered.then(|| self.row_numbers.into_iter().collect()),
            columns: self.columns,
            rows: self.rows,
            first: self.first,
            columns_read: 0,
        }
    }
}

fn first_cells(batch: &RecordBatch) -> Result<Vec<Cell>> {
    let schema = batch.schema();
    let first = |(field, array): (_, &ArrayRef)| {
        let array = canonical_array(field, &array.slice(0, 1)).map_err(DataFusionError::from);
        let array = array.map_err(from_query)?;
        let zoned = matches!(array.data_type(), DataType::Timestamp(_, Some(_)));
        Ok(cell(&view(&array)?, 0, zoned))
    };
    schema.fields().iter().zip(batch.columns()).map(first).collect()
}

fn not_evaluated(what: String) -> Error {
    Error::new(ErrorKind::NotEvaluated, what)
}

/// What a query that cannot be planned or run tells; only its own faults are about the query.
fn from_query(error: DataFusionError) -> Error {
    let line = first_line(&error);
    let told = from_datafusion(error);
    match told.kind() {
        ErrorKind::Unavailable | ErrorKind::Interrupted | ErrorKind::NotEvaluated => told,
        _ => not_evaluated(format!("the query fails: {line}")),
    }
}

fn first_line(error: &DataFusionError) -> String {
    let text = error.find_root().strip_backtrace();
    text.lines().next().unwrap_or_default().to_owned()
}
