//! What a query may say: one statement that reads tables, and nothing else.

use std::ops::ControlFlow;

use datafusion::execution::SessionState;
use datafusion::logical_expr::Volatility;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{
    Expr, Function, Query, Select, SetExpr, Statement as SqlStatement, TableFactor, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;

/// Longest query, in bytes.
const LONGEST: usize = 64 * 1024;

/// How deep a query's parentheses may nest.
const DEEPEST: usize = 50;

/// How deep its expressions may: a chain of operators is as deep as it is long.
const DEEPEST_EXPRESSION: usize = 500;

/// Most tables that it may name, one as often as it does, and most parts of a UNION.
const MOST_TABLES: usize = 50;

/// Reads a query.
///
/// # Errors
/// Why it is refused.
pub(super) fn read(sql: &str, state: &SessionState) -> Result<Statement, String> {
    if sql.len() > LONGEST {
        return Err(format!("a query has at most {LONGEST} bytes, and this one {}", sql.len()));
    }
    let parsed = DFParserBuilder::new(sql)
        .with_dialect(&GenericDialect {})
        .with_recursion_limit(DEEPEST)
        .build()
        .and_then(|mut parser| parser.parse_statements());
    let mut statements = parsed.map_err(|error| {
        let text = error.strip_backtrace();
        let text = text.lines().next().unwrap_or_default();
        let reason = text.rsplit_once("ParserError(").map_or(text, |(_, reason)| reason);
        format!("it is not SQL: {}", reason.trim_matches(['"', ')', '(']))
    })?;
    let statement = match (statements.pop_front(), statements.is_empty()) {
        (Some(only), true) => only,
        (Some(_), false) => return Err("it is more than one statement".to_owned()),
        (None, _) => return Err("it says nothing".to_owned()),
    };
    let Statement::Statement(parsed) = &statement else { return Err(not_reading()) };
    if !matches!(parsed.as_ref(), SqlStatement::Query(_)) {
        return Err(not_reading());
    }
    match parsed.visit(&mut Guard { state, depth: 0, tables: 0 }) {
        ControlFlow::Break(reason) => Err(reason),
        ControlFlow::Continue(()) => Ok(statement),
    }
}

fn not_reading() -> String {
    "only a query that reads (SELECT, WITH, VALUES) is run".to_owned()
}

/// Looks at all parts of a query, and breaks with the reason why one is refused.
struct Guard<'a> {
    state: &'a SessionState,
    /// Expressions around the one that is looked at.
    depth: usize,
    /// Tables so far.
    tables: usize,
}

impl Guard<'_> {
    fn function(&self, function: &Function) -> ControlFlow<String> {
        let name = function.name.to_string().to_lowercase();
        if let Some(scalar) = self.state.scalar_functions().get(&name) {
            if scalar.signature().volatility == Volatility::Volatile {
                let what = format!("{name}() gives another answer every time");
                return ControlFlow::Break(what);
            }
            return ControlFlow::Continue(());
        }
        let known = self.state.aggregate_functions().contains_key(&name)
            || self.state.window_functions().contains_key(&name)
            || self.state.higher_order_functions().contains_key(&name);
        if known {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(format!("there is no function {name}() here"))
        }
    }
}

impl Visitor for Guard<'_> {
    type Break = String;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
        if !query.locks.is_empty() || query.for_clause.is_some() {
            return ControlFlow::Break("a query that locks rows does more than read".to_owned());
        }
        reads(&query.body, 0)
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<String> {
        if select.into.is_some() {
            ControlFlow::Break(not_reading())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<String> {
        self.tables += 1;
        if self.tables > MOST_TABLES {
            return ControlFlow::Break(format!("it names more than {MOST_TABLES} tables"));
        }
        match table {
            TableFactor::Table { args: None, .. }
            | TableFactor::Derived { .. }
            | TableFactor::NestedJoin { .. } => ControlFlow::Continue(()),
            other => ControlFlow::Break(format!("{other} is not a table of the contract")),
        }
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<String> {
        self.depth += 1;
        match expression {
            _ if self.depth > DEEPEST_EXPRESSION => ControlFlow::Break(format!(
                "an expression is a chain of more than {DEEPEST_EXPRESSION} parts"
            )),
            Expr::Function(function) => self.function(function),
            _ => ControlFlow::Continue(()),
        }
    }

    fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<String> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}

fn reads(body: &SetExpr, depth: usize) -> ControlFlow<String> {
    match body {
        _ if depth > MOST_TABLES => {
            ControlFlow::Break(format!("it joins the rows of more than {MOST_TABLES} queries"))
        }
        SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) => ControlFlow::Continue(()),
        SetExpr::SetOperation { left, right, .. } => {
            reads(left, depth + 1)?;
            reads(right, depth + 1)
        }
        _ => ControlFlow::Break(not_reading()),
    }
}
