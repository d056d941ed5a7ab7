use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use shared_kernel_domain::Result;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::scan::{Duplicates, ScanOutcome, ScanPlan, Slot};
use shared_kernel_domain::sql::{ROW_NUMBER, SqlAnswer};
use shared_kernel_domain::table::{ColumnType, TableSchema};

use super::answers_apart::AnswersApart;
use super::distribution::{BinCounts, ReferenceDistribution};
use super::figures::{FigureSlot, Found, NO_VALUES, SecondScan, masked_columns};
use super::in_order::{InOrderPass, RowBits, SeenInOrder};
use super::judge::{Judge, RowsSeen};
use super::masked::Masked;
use super::occurring::OccurringSlot;
use super::{ReferenceSet, RowCounts, RowTest, RowsApart, query_answer};
use crate::expression::{Expression, no_column};
use crate::result::{CheckResult, Evidence};
use crate::rule::{
    Against, Asks, ColumnsTest, Distance, Distribution, Figure, InOrder, OtherFigure, Query,
    Reference, ReferenceColumn, Rule, SameAnswers, SameRows, TableFigure, Test,
};

/// What rules need of other tables, or why it could not be read.
#[derive(Default)]
pub struct References {
    /// The keys that rules refer to.
    pub keys: BTreeMap<Reference, std::result::Result<Arc<ReferenceSet>, String>>,
    /// The distributions that columns are compared with.
    pub distributions:
        BTreeMap<ReferenceColumn, std::result::Result<Arc<ReferenceDistribution>, String>>,
    /// The figures that others are compared with.
    pub figures: Vec<(OtherFigure, std::result::Result<Measured<f64>, String>)>,
    /// The names that stand for the table that is checked.
    pub itself: BTreeSet<String>,
}

/// What a table is to a plan.
#[derive(Clone, Copy, Debug)]
pub struct TableSide<'a> {
    /// Its columns.
    pub schema: &'a TableSchema,
    /// Its rows.
    pub rows: u64,
    /// Whether its source has types of its own, and is not text.
    pub typed: bool,
    /// When it is looked at; ages are counted from then.
    pub now: Timestamp,
}

/// The rules of a contract's table, ready for a table.
pub struct ContractPlan<'a> {
    /// What the contract is called in the report.
    contract: String,
    pub(super) rules: Vec<Planned<'a>>,
}

pub(super) struct Planned<'a> {
    pub(super) rule: &'a Rule,
    pub(super) work: Work<'a>,
    /// The figure of another table that the rule's is compared with.
    there: Option<Measured<f64>>,
}

/// A query to be asked for a rule.
pub struct AskedQuery<'a> {
    index: usize,
    /// The rule.
    pub rule: &'a Rule,
    /// Its query.
    pub query: &'a Query,
}

/// Rows that must be compared with those of another table for a rule.
pub struct AskedRows<'a> {
    index: usize,
    /// The rule.
    pub rule: &'a Rule,
    /// What it says.
    pub same: &'a SameRows,
}

/// What a comparison of rows found, with examples.
pub type ComparedRows = (Arc<RowsApart>, Vec<Evidence>);

/// How a rule is evaluated.
pub(super) enum Work<'a> {
    Rows(Arc<RowTest>, Slot<RowCounts>),
    Figure(Figure, FigureSlot),
    /// Shares, and those that they are compared with.
    Distribution(Distance, Slot<Masked<BinCounts>>, Arc<ReferenceDistribution>),
    /// Which values occur.
    Occurring(OccurringSlot<'a>),
    /// In row order, and what was seen once it was looked at.
    InOrder(&'a InOrder, Option<std::result::Result<SeenInOrder, String>>),
    /// In a pass of its own, over these columns.
    Distinct(Vec<String>),
    RowCount(Option<Slot<RowCounts>>),
    ColumnCount,
    Columns(ColumnsTest),
    /// A query, and its answer once there is one.
    Query(&'a Query, Option<std::result::Result<SqlAnswer, String>>),
    /// Two queries, and how their answers differ once they were compared.
    SameAnswers(&'a SameAnswers, Option<std::result::Result<AnswersApart, String>>),
    /// Rows of another table, and what the comparison found once it was made.
    SameRows(&'a SameRows, Option<std::result::Result<ComparedRows, String>>),
    Not(String),
}

impl Work<'_> {
    /// Judges a rule that takes no part in the scan.
    fn judge_pass(&self, judge: &Judge<'_>, rows: u64) -> Option<CheckResult> {
        Some(match self {
            Work::Query(query, Some(answer)) => query_answer::judge(judge, query, answer, rows),
            Work::Query(_, None) => judge.not_evaluated("the query was not run"),
            Work::InOrder(_, Some(Ok(seen))) => judge.rows(&RowsSeen::in_order(seen)),
            Work::InOrder(_, None) => judge.not_evaluated("its rows were not looked at"),
            Work::SameRows(_, Some(Ok((apart, evidence)))) => {
                judge.rows_apart(apart, evidence.clone())
            }
            Work::SameAnswers(_, Some(Ok(apart))) => apart.judge(judge),
            Work::Not(reason)
            | Work::InOrder(_, Some(Err(reason)))
            | Work::SameRows(_, Some(Err(reason)))
            | Work::SameAnswers(_, Some(Err(reason))) => judge.not_evaluated(reason),
            Work::SameAnswers(_, None) => judge.not_evaluated("its queries were not run"),
            Work::SameRows(_, None) => judge.not_evaluated("its rows were not compared"),
            _ => return None,
        })
    }
}

/// A figure, from the second scan where that was needed.
fn figure_found(
    index: usize,
    (figure, slot): (Figure, FigureSlot),
    outcome: &ScanOutcome,
    second: Option<(&SecondScan, &ScanOutcome)>,
) -> Result<Found> {
    let exact = match second {
        Some((second, outcome)) => second.value(index, figure, outcome)?,
        None => None,
    };
    match exact {
        Some(found) => Ok(Ok(found)),
        None => slot.value(figure, outcome),
    }
}

impl<'a> ContractPlan<'a> {
    /// Makes rules ready for a table, and adds to `scan` what it must compute.
    pub fn of(
        contract: &str,
        rules: &'a [Rule],
        table: TableSide<'_>,
        references: &References,
        scan: &mut ScanPlan,
    ) -> Self {
        let plan = |rule: &'a Rule| {
            let made = there_of(rule, references)
                .and_then(|there| Ok((there, work(rule, table, references, scan)?)));
            let (there, work) = made.unwrap_or_else(|reason| (None, Work::Not(reason)));
            Planned { rule, work, there }
        };
        Self { contract: contract.to_owned(), rules: rules.iter().map(plan).collect() }
    }

    /// The columns that the scan reads for the rules.
    pub fn columns(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for planned in &self.rules {
            match &planned.work {
                Work::Rows(test, _) => all.extend(test.columns.iter().cloned()),
                Work::Figure(..) | Work::Distribution(..) | Work::Occurring(_) => {
                    all.extend(planned.rule.columns.iter().cloned());
                }
                _ => {}
            }
            if matches!(
                planned.work,
                Work::Figure(..)
                    | Work::Distribution(..)
                    | Work::Occurring(_)
                    | Work::RowCount(Some(_))
            ) {
                all.extend(planned.rule.filter.iter().flat_map(Expression::columns));
            }
        }
        all
    }

    /// The columns that must be compared in passes of their own, each once.
    pub fn duplicates_needed(&self) -> Vec<Vec<String>> {
        let mut needed: Vec<Vec<String>> = Vec::new();
        for planned in &self.rules {
            if let Work::Distinct(columns) = &planned.work
                && !needed.contains(columns)
            {
                needed.push(columns.clone());
            }
        }
        needed
    }

    /// The queries that must be asked, each in a pass of its own.
    pub fn queries(&self) -> Vec<AskedQuery<'a>> {
        let asked = |(index, planned): (usize, &Planned<'a>)| match &planned.work {
            Work::Query(query, None) => Some(AskedQuery { index, rule: planned.rule, query }),
            _ => None,
        };
        self.rules.iter().enumerate().filter_map(asked).collect()
    }

    /// Takes in the answer to one of [`Self::queries`], or why there is none.
    pub fn answer(
        &mut self,
        asked: &AskedQuery<'_>,
        answer: std::result::Result<SqlAnswer, String>,
    ) {
        if let Some(Planned { work: Work::Query(_, slot), .. }) = self.rules.get_mut(asked.index) {
            *slot = Some(answer);
        }
    }

    /// The rules that must be looked at in row order, all in one pass that may hold so many bytes.
    pub fn in_order(&mut self, schema: &TableSchema, room: usize) -> InOrderPass {
        let mut pass = InOrderPass::with_room(room);
        for (index, planned) in self.rules.iter_mut().enumerate() {
            if let Work::InOrder(test, None) = planned.work
                && let Err(reason) = pass.add((index, planned.rule), test, schema)
            {
                planned.work = Work::Not(reason);
            }
        }
        pass
    }

    /// Takes in what was seen in row order.
    pub fn seen_in_order(&mut self, pass: InOrderPass) {
        for (index, found) in pass.finish() {
            if let Some(Planned { work: Work::InOrder(_, slot), .. }) = self.rules.get_mut(index) {
                *slot = Some(found);
            }
        }
    }

    /// The rules whose rows must be compared with another table's, each in a pass of its own.
    pub fn rows_to_compare(&self) -> Vec<AskedRows<'a>> {
        let asked = |(index, planned): (usize, &Planned<'a>)| match &planned.work {
            Work::SameRows(same, None) => Some(AskedRows { index, rule: planned.rule, same }),
            _ => None,
        };
        self.rules.iter().enumerate().filter_map(asked).collect()
    }

    /// Takes in what a comparison of [`Self::rows_to_compare`] found, or why it was not made.
    pub fn compared(
        &mut self,
        asked: &AskedRows<'_>,
        found: std::result::Result<ComparedRows, String>,
    ) {
        if let Some(Planned { work: Work::SameRows(_, slot), .. }) = self.rules.get_mut(asked.index)
        {
            *slot = Some(found);
        }
    }

    /// What a second scan must compute, where the first was not exact.
    pub fn second_scan(&self, outcome: &ScanOutcome, table: TableSide<'_>) -> Result<SecondScan> {
        let mut second = SecondScan::default();
        for (index, planned) in self.rules.iter().enumerate() {
            if let Work::Figure(figure, slot) = planned.work {
                second.add((index, planned.rule), (figure, slot), outcome, table)?;
            }
        }
        Ok(second)
    }

    /// Judges all rules, in their order. `duplicates` are those of [`Self::duplicates_needed`], in
    /// that order, or why they could not be counted.
    pub fn judge(
        &self,
        outcome: &ScanOutcome,
        second: Option<(&SecondScan, &ScanOutcome)>,
        duplicates: &[std::result::Result<Duplicates, String>],
        table: TableSide<'_>,
    ) -> Result<Vec<CheckResult>> {
        let needed = self.duplicates_needed();
        let found = |columns: &[String]| {
            let place = needed.iter().position(|known| known == columns);
            place.and_then(|place| duplicates.get(place))
        };
        let mut results = Vec::with_capacity(self.rules.len());
        for (index, planned) in self.rules.iter().enumerate() {
            let there = planned.there;
            let judge = Judge { rule: planned.rule, contract: &self.contract, there };
            if let Some(result) = planned.work.judge_pass(&judge, table.rows) {
                results.push(result);
                continue;
            }
            results.push(match &planned.work {
                Work::Rows(_, slot) => judge.rows(&RowsSeen::of(outcome.get(*slot)?)),
                Work::RowCount(None) => {
                    judge.figure(Measured::exact(table.rows as f64), table.rows)
                }
                Work::RowCount(Some(slot)) => {
                    let rows = outcome.get(*slot)?.rows();
                    judge.figure(Measured::exact(rows as f64), rows)
                }
                Work::ColumnCount => {
                    let columns = table.schema.fields.len() as u64;
                    judge.figure(Measured::exact(columns as f64), columns)
                }
                Work::Columns(test) => match test.faults(table.schema, table.typed) {
                    Ok((looked_at, faults)) => judge.columns(looked_at, &faults),
                    Err(reason) => judge.not_evaluated(&reason),
                },
                Work::Occurring(slot) => slot.judge(&judge, outcome)?,
                Work::Distinct(columns) => judge.repeats(found(columns), table.rows),
                Work::Distribution(distance, slot, reference) => {
                    let found = outcome.get(*slot)?.inner();
                    match reference.compare(*distance, found) {
                        Some(found) => judge.distribution(*distance, found),
                        None => judge.not_evaluated(NO_VALUES),
                    }
                }
                Work::Figure(figure, slot) => {
                    let found = figure_found(index, (*figure, *slot), outcome, second)?;
                    match found {
                        Ok((value, values)) => judge.figure(value, values),
                        Err(reason) => judge.not_evaluated(&reason),
                    }
                }
                Work::Query(..)
                | Work::InOrder(..)
                | Work::SameRows(..)
                | Work::SameAnswers(..)
                | Work::Not(_) => judge.not_evaluated("the pass for it was not made"),
            });
        }
        Ok(results)
    }

    /// The tests of rows with their rules, for the rules that broke on some rows.
    pub(super) fn row_tests(&self) -> impl Iterator<Item = (usize, &'a Rule, &Arc<RowTest>)> {
        self.rules.iter().enumerate().filter_map(|(index, planned)| match &planned.work {
            Work::Rows(test, _) => Some((index, planned.rule, test)),
            _ => None,
        })
    }

    /// The rules with a query that named rows, and these rows, ascending.
    pub(super) fn rows_of_queries(&self) -> impl Iterator<Item = (usize, &'a Rule, Vec<u64>)> {
        let named = |(index, planned): (usize, &Planned<'a>)| match &planned.work {
            Work::Query(query, Some(Ok(answer))) if query.asks == Asks::FailingRows => {
                Some((index, planned.rule, query_answer::named_rows(answer)))
            }
            _ => None,
        };
        self.rules.iter().enumerate().filter_map(named)
    }

    /// The rules that were looked at in row order, and the rows that break them.
    pub(super) fn rows_in_order(&self) -> impl Iterator<Item = (usize, &'a Rule, &Arc<RowBits>)> {
        self.rules.iter().enumerate().filter_map(|(index, planned)| match &planned.work {
            Work::InOrder(_, Some(Ok(seen))) => Some((index, planned.rule, &seen.failing)),
            _ => None,
        })
    }

    /// The rules whose rows were compared with another table's.
    pub(super) fn rows_apart(&self) -> impl Iterator<Item = (usize, &'a Rule, &Arc<RowsApart>)> {
        self.rules.iter().enumerate().filter_map(|(index, planned)| match &planned.work {
            Work::SameRows(_, Some(Ok((apart, _)))) => Some((index, planned.rule, apart)),
            _ => None,
        })
    }

    /// The rules of uniqueness that could be evaluated, and their columns.
    pub(super) fn unique_rules(&self) -> impl Iterator<Item = (usize, &'a Rule, &[String])> {
        self.rules.iter().enumerate().filter_map(|(index, planned)| match &planned.work {
            Work::Distinct(columns) if planned.rule.test == Test::Unique => {
                Some((index, planned.rule, columns.as_slice()))
            }
            _ => None,
        })
    }
}

fn work<'a>(
    rule: &'a Rule,
    table: TableSide<'_>,
    references: &References,
    scan: &mut ScanPlan,
) -> std::result::Result<Work<'a>, String> {
    let schema = table.schema;
    let filter = rule.filter.as_ref();
    if rule.segment.is_some() {
        return Err("its segments were not read".to_owned());
    }
    let mut rows = |test: RowTest| {
        let test = Arc::new(test);
        let columns: Vec<&str> = test.columns.iter().map(String::as_str).collect();
        let slot = scan.add(&columns, RowCounts::of(Arc::clone(&test)));
        Work::Rows(test, slot)
    };
    Ok(match &rule.test {
        Test::Unchecked(reason) => Work::Not(reason.clone()),
        Test::Rows(condition) => rows(RowTest::of_condition(condition, filter, schema)?),
        Test::Missing(column, values) => {
            rows(RowTest::of_condition(&not_missing(column, values, schema), filter, schema)?)
        }
        Test::Written(column, _) if is_of_time(column, schema) => {
            Work::Columns(ColumnsTest::IsTemporal(column.clone()))
        }
        Test::Written(column, format) => {
            let value = Box::new(Expression::column(column));
            let condition = Expression::HasTimeFormat(value, format.clone());
            rows(RowTest::of_condition(&condition, filter, schema)?)
        }
        Test::Reference(reference) => match references.keys.get(reference) {
            Some(Ok(set)) => rows(RowTest::of_reference(&rule.columns, set, filter, schema)?),
            Some(Err(reason)) => return Err(reason.clone()),
            None => return Err(format!("{} was not read", reference.table)),
        },
        Test::Unique => {
            for name in &rule.columns {
                schema.field(name).ok_or_else(|| no_column(name, schema))?;
            }
            Work::Distinct(rule.columns.clone())
        }
        Test::RowCount => figured(TableFigure::RowCount, rule, table, scan)?,
        Test::ColumnCount => Work::ColumnCount,
        Test::TieOut(tie) => figured(tie.here, rule, table, scan)?,
        Test::Columns(test) => Work::Columns(test.clone()),
        Test::Query(query)
            if query.asks == Asks::FailingRows && schema.field(ROW_NUMBER).is_some() =>
        {
            return Err(format!("the table has a column {ROW_NUMBER} of its own"));
        }
        Test::Query(query) => Work::Query(query, None),
        Test::SameAnswers(same) => Work::SameAnswers(same, None),
        Test::SameRows(same) => Work::SameRows(same, None),
        Test::InOrder(test) => Work::InOrder(test, None),
        Test::ZScore(_) => return Err("the mean of its column was not read".to_owned()),
        Test::Occurring(occurring) => {
            Work::Occurring(OccurringSlot::add(occurring, rule, table, scan)?)
        }
        Test::Figure(figure) => figure_work(*figure, rule, table, scan)?,
        Test::Distribution(distribution) => {
            distribution_work(distribution, rule, table, references, scan)?
        }
    })
}

/// Whether a column is stored as dates or times.
fn is_of_time(column: &str, schema: &TableSchema) -> bool {
    let stored = schema.field(column).map(|field| field.column_type);
    stored.is_some_and(|it| it.is_temporal() || it == ColumnType::Time)
}

fn distribution_work(
    distribution: &Distribution,
    rule: &Rule,
    table: TableSide<'_>,
    references: &References,
    scan: &mut ScanPlan,
) -> std::result::Result<Work<'static>, String> {
    let reference = reference_of(&distribution.against, references)?;
    let (columns, filter) = masked_columns(rule, table)?;
    let field = columns.first().and_then(|name| table.schema.field(name));
    if let Some(misfit) = field.and_then(|it| reference.misfit(&it.name, it.column_type)) {
        return Err(misfit);
    }
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let slot = scan.add(&columns, Masked::new(reference.counts(), filter));
    Ok(Work::Distribution(distribution.distance, slot, reference))
}

/// The number of a table's rows, or of those of the rule's filter.
fn row_count(
    rule: &Rule,
    table: TableSide<'_>,
    scan: &mut ScanPlan,
) -> std::result::Result<Work<'static>, String> {
    let Some(filter) = &rule.filter else { return Ok(Work::RowCount(None)) };
    let all = Expression::Boolean(true);
    let test = Arc::new(RowTest::of_condition(&all, Some(filter), table.schema)?);
    let columns: Vec<&str> = test.columns.iter().map(String::as_str).collect();
    let slot = scan.add(&columns, RowCounts::of(Arc::clone(&test)));
    Ok(Work::RowCount(Some(slot)))
}

fn figured(
    figure: TableFigure,
    rule: &Rule,
    table: TableSide<'_>,
    scan: &mut ScanPlan,
) -> std::result::Result<Work<'static>, String> {
    match figure {
        TableFigure::RowCount => row_count(rule, table, scan),
        TableFigure::ColumnCount => Ok(Work::ColumnCount),
        TableFigure::Of(figure) => figure_work(figure, rule, table, scan),
    }
}

fn figure_work(
    figure: Figure,
    rule: &Rule,
    table: TableSide<'_>,
    scan: &mut ScanPlan,
) -> std::result::Result<Work<'static>, String> {
    if figure.is_of_distinct() {
        for name in &rule.columns {
            table.schema.field(name).ok_or_else(|| no_column(name, table.schema))?;
        }
        return Ok(Work::Distinct(rule.columns.clone()));
    }
    Ok(Work::Figure(figure, FigureSlot::add(figure, rule, table, scan)?))
}

/// The figure of another table that a rule's is compared with, if it is.
fn there_of(
    rule: &Rule,
    references: &References,
) -> std::result::Result<Option<Measured<f64>>, String> {
    let Test::TieOut(tie) = &rule.test else { return Ok(None) };
    let is_the_same = tie.here == tie.there.figure
        && rule.columns == tie.there.columns
        && rule.filter == tie.there.filter;
    if is_the_same && references.itself.contains(&tie.there.table) {
        return Err(format!("{} is the table itself", tie.there.table));
    }
    let found = references.figures.iter().find(|(wanted, _)| *wanted == tie.there);
    let Some((_, found)) = found else { return Err(format!("{} was not read", tie.there.table)) };
    found.clone().map(Some)
}

fn reference_of(
    against: &Against,
    references: &References,
) -> std::result::Result<Arc<ReferenceDistribution>, String> {
    let Against::Column(column) = against else {
        let given = ReferenceDistribution::given(against).map(Arc::new);
        return given.ok_or_else(|| "the reference has no shares".to_owned());
    };
    match references.distributions.get(column) {
        Some(found) => found.clone(),
        None => Err(format!("{} was not read", column.of.table)),
    }
}

/// A column has a value, and none of those that stand for none. Values that cannot be in such a
/// column, as texts in one of numbers, are left out.
fn not_missing(column: &str, values: &[Expression], schema: &TableSchema) -> Expression {
    let has_value = Expression::IsNull(Box::new(Expression::column(column))).negated();
    let column_type = schema.field(column).map(|field| field.column_type);
    let fits = |value: &&Expression| match (column_type, value) {
        (Some(ColumnType::Text), Expression::Text(_))
        | (Some(ColumnType::Boolean), Expression::Boolean(_)) => true,
        (Some(column), Expression::Number(_)) => column.is_numeric(),
        _ => false,
    };
    let fitting: Vec<Expression> = values.iter().filter(fits).cloned().collect();
    if fitting.is_empty() {
        return has_value;
    }
    let stands_for_none = Expression::In(Box::new(Expression::column(column)), fitting);
    Expression::And(vec![has_value, stands_for_none.negated()])
}

/// Evidence of rows whose values are filled in later.
pub(super) fn rows_as_evidence(rows: &[u64]) -> Vec<Evidence> {
    rows.iter().map(|&row| Evidence::at(row, shared_kernel_domain::table::Cell::Null)).collect()
}
