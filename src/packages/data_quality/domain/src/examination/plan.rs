use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use shared_kernel_domain::Result;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::scan::{Duplicates, ScanOutcome, ScanPlan, Slot};
use shared_kernel_domain::sql::{ROW_NUMBER, SqlAnswer};
use shared_kernel_domain::summary::{Extremes, Moments, Quantiles, RankSelection, TextLengths};
use shared_kernel_domain::table::{ColumnType, TableSchema};

use super::distribution::{BinCounts, ReferenceDistribution};
use super::judge::{Judge, RowsSeen};
use super::masked::{Filter, Masked};
use super::{ReferenceSet, RowCounts, RowTest, query_answer};
use crate::expression::{Condition, Expression, no_column};
use crate::result::{CheckResult, Evidence};
use crate::rule::{
    Against, AgeOf, Asks, ColumnsTest, Distance, Figure, Query, Reference, ReferenceColumn, Rule,
    Test,
};

/// What rules need of other tables, or why it could not be read.
#[derive(Default)]
pub struct References {
    /// The keys that rules refer to.
    pub keys: BTreeMap<Reference, std::result::Result<Arc<ReferenceSet>, String>>,
    /// The distributions that columns are compared with.
    pub distributions:
        BTreeMap<ReferenceColumn, std::result::Result<Arc<ReferenceDistribution>, String>>,
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
    rules: Vec<Planned<'a>>,
}

struct Planned<'a> {
    rule: &'a Rule,
    work: Work<'a>,
}

/// A query to be asked for a rule.
pub struct AskedQuery<'a> {
    index: usize,
    /// The rule.
    pub rule: &'a Rule,
    /// Its query.
    pub query: &'a Query,
}

/// How a rule is evaluated.
enum Work<'a> {
    Rows(Arc<RowTest>, Slot<RowCounts>),
    Figure(FigureSlot),
    /// Shares, and those that they are compared with.
    Distribution(Distance, Slot<Masked<BinCounts>>, Arc<ReferenceDistribution>),
    /// In a pass of its own, over these columns.
    Distinct(Vec<String>),
    RowCount(Option<Slot<RowCounts>>),
    Columns(ColumnsTest),
    /// A query, and its answer once there is one.
    Query(&'a Query, Option<std::result::Result<SqlAnswer, String>>),
    Not(String),
}

#[derive(Clone, Copy)]
enum FigureSlot {
    Moments(Slot<Masked<Moments>>),
    Quantile(Slot<Masked<Quantiles>>),
    Lengths(Slot<Masked<TextLengths>>),
    Ages(Slot<Masked<Extremes>>, Timestamp),
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
            let work = work(rule, table, references, scan).unwrap_or_else(Work::Not);
            Planned { rule, work }
        };
        Self { contract: contract.to_owned(), rules: rules.iter().map(plan).collect() }
    }

    /// The columns that the scan reads for the rules.
    pub fn columns(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for planned in &self.rules {
            match &planned.work {
                Work::Rows(test, _) => all.extend(test.columns.iter().cloned()),
                Work::Figure(_) | Work::Distribution(..) => {
                    all.extend(planned.rule.columns.iter().cloned());
                }
                _ => {}
            }
            if matches!(
                planned.work,
                Work::Figure(_) | Work::Distribution(..) | Work::RowCount(Some(_))
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

    /// What a second scan must compute, where the first was not exact.
    pub fn second_scan(&self, outcome: &ScanOutcome, table: TableSide<'_>) -> Result<SecondScan> {
        let mut second = SecondScan::default();
        for (index, planned) in self.rules.iter().enumerate() {
            let (Work::Figure(FigureSlot::Quantile(slot)), Test::Figure(Figure::Quantile(share))) =
                (&planned.work, &planned.rule.test)
            else {
                continue;
            };
            let ordered = outcome.get(*slot)?.inner().ordered();
            if ordered.value(*share).is_none_or(|value| value.is_exact()) {
                continue;
            }
            let Ok((columns, filter)) = masked_columns(planned.rule, table) else {
                continue;
            };
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            let selection = RankSelection::for_shares(&ordered, &[*share]);
            let slot = second.plan.add(&columns, Keyed::new(index, selection, filter));
            second.columns += columns.len() as u32;
            second.slots.insert(index, slot);
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
            let judge = Judge { rule: planned.rule, contract: &self.contract };
            results.push(match &planned.work {
                Work::Not(reason) => judge.not_evaluated(reason),
                Work::Rows(_, slot) => judge.rows(&RowsSeen::of(outcome.get(*slot)?)),
                Work::RowCount(None) => {
                    judge.figure(Measured::exact(table.rows as f64), table.rows)
                }
                Work::RowCount(Some(slot)) => {
                    let rows = outcome.get(*slot)?.rows();
                    judge.figure(Measured::exact(rows as f64), rows)
                }
                Work::Columns(test) => match test.faults(table.schema, table.typed) {
                    Ok((looked_at, faults)) => judge.columns(looked_at, &faults),
                    Err(reason) => judge.not_evaluated(&reason),
                },
                Work::Query(query, Some(answer)) => {
                    query_answer::judge(&judge, query, answer, table.rows)
                }
                Work::Query(_, None) => judge.not_evaluated("the query was not run"),
                Work::Distinct(columns) => match found(columns) {
                    Some(Ok(duplicates)) => judge.duplicates(duplicates, table.rows),
                    Some(Err(reason)) => judge.not_evaluated(reason),
                    None => judge.not_evaluated("the pass for it was not made"),
                },
                Work::Distribution(distance, slot, reference) => {
                    let found = outcome.get(*slot)?.inner();
                    match reference.compare(*distance, found) {
                        Some(found) => judge.distribution(*distance, found),
                        None => judge.not_evaluated("there are no values to look at"),
                    }
                }
                Work::Figure(slot) => {
                    let exact = match second {
                        Some((second, outcome)) => second.value(index, planned.rule, outcome)?,
                        None => None,
                    };
                    match exact.or(slot.value(planned.rule, outcome)?) {
                        Some((value, values)) => judge.figure(value, values),
                        None => judge.not_evaluated("there are no values to look at"),
                    }
                }
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

/// Exact quantiles in a second scan.
#[derive(Default)]
pub struct SecondScan {
    /// What it computes.
    pub plan: ScanPlan,
    /// Columns that it reads.
    pub columns: u32,
    slots: BTreeMap<usize, Slot<Keyed>>,
}

impl SecondScan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    fn value(
        &self,
        index: usize,
        rule: &Rule,
        outcome: &ScanOutcome,
    ) -> Result<Option<(Measured<f64>, u64)>> {
        let (Some(slot), Test::Figure(Figure::Quantile(share))) =
            (self.slots.get(&index), &rule.test)
        else {
            return Ok(None);
        };
        let ordered = outcome.get(*slot)?.masked.inner().ordered(&[*share]);
        Ok(ordered.and_then(|ordered| Some((ordered.value(*share)?, ordered.count()))))
    }
}

/// A selection for one rule: two of them with the same key need not be equal.
struct Keyed {
    rule: usize,
    masked: Masked<RankSelection>,
}

impl Keyed {
    fn new(rule: usize, selection: RankSelection, filter: Option<Arc<Filter>>) -> Self {
        Self { rule, masked: Masked::new(selection, filter) }
    }
}

impl shared_kernel_domain::summary::Summary for Keyed {
    fn key(&self) -> String {
        format!("{} of rule {}", self.masked.key(), self.rule)
    }

    fn fresh(&self) -> Box<dyn shared_kernel_domain::summary::Summary> {
        let fresh: Box<dyn std::any::Any> = self.masked.fresh();
        match fresh.downcast::<Masked<RankSelection>>() {
            Ok(masked) => Box::new(Self { rule: self.rule, masked: *masked }),
            Err(_) => self.masked.fresh(),
        }
    }

    fn update(&mut self, batch: &shared_kernel_domain::table::Batch<'_>) -> Result<()> {
        self.masked.update(batch)
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        self.masked.merge_bytes(later)
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        self.masked.to_bytes()
    }

    fn memory_bytes(&self) -> usize {
        self.masked.memory_bytes()
    }
}

impl FigureSlot {
    /// The figure and the number of values it is of; `None` when there are none.
    fn value(self, rule: &Rule, outcome: &ScanOutcome) -> Result<Option<(Measured<f64>, u64)>> {
        let Test::Figure(figure) = &rule.test else { return Ok(None) };
        Ok(match self {
            Self::Moments(slot) => {
                let moments = outcome.get(slot)?.inner();
                let value = match figure {
                    Figure::Minimum => moments.min(),
                    Figure::Maximum => moments.max(),
                    Figure::Mean => moments.mean(),
                    Figure::Sum => moments.sum(),
                    _ => moments.standard_deviation(),
                };
                value.map(|value| (Measured::exact(value), moments.count()))
            }
            Self::Quantile(slot) => {
                let quantiles = outcome.get(slot)?.inner();
                let Figure::Quantile(share) = figure else { return Ok(None) };
                quantiles.value(*share).map(|value| (value, quantiles.count()))
            }
            Self::Ages(slot, now) => {
                let extremes = outcome.get(slot)?.inner();
                let Figure::Age(age) = figure else { return Ok(None) };
                let value = match age.of {
                    AgeOf::Newest => extremes.max(),
                    AgeOf::Oldest => extremes.min(),
                };
                let age = value.and_then(|value| age.of_value(&value, now));
                age.map(|age| (Measured::exact(age), 1))
            }
            Self::Lengths(slot) => {
                let lengths = outcome.get(slot)?.inner();
                let value = match figure {
                    Figure::ShortestLength => lengths.min().map(|length| length as f64),
                    Figure::LongestLength => lengths.max().map(|length| length as f64),
                    _ => lengths.mean(),
                };
                value.map(|value| (Measured::exact(value), lengths.count()))
            }
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
        Test::Written(column, format) => {
            let stored = schema.field(column).map(|field| field.column_type);
            if stored.is_some_and(|it| it.is_temporal() || it == ColumnType::Time) {
                return Ok(Work::Columns(ColumnsTest::IsTemporal(column.clone())));
            }
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
        Test::RowCount => Work::RowCount(match filter {
            None => None,
            Some(filter) => {
                let test = RowTest::of_condition(&Expression::Boolean(true), Some(filter), schema)?;
                let Work::Rows(_, slot) = rows(test) else { return Ok(Work::RowCount(None)) };
                Some(slot)
            }
        }),
        Test::Columns(test) => Work::Columns(test.clone()),
        Test::Query(query)
            if query.asks == Asks::FailingRows && schema.field(ROW_NUMBER).is_some() =>
        {
            return Err(format!("the table has a column {ROW_NUMBER} of its own"));
        }
        Test::Query(query) => Work::Query(query, None),
        Test::Figure(figure) => figure_work(*figure, rule, table, scan)?,
        Test::Distribution(distribution) => {
            let reference = reference_of(&distribution.against, references)?;
            let (columns, filter) = masked_columns(rule, table)?;
            let field = columns.first().and_then(|name| schema.field(name));
            if let Some(misfit) = field.and_then(|it| reference.misfit(&it.name, it.column_type)) {
                return Err(misfit);
            }
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            let slot = scan.add(&columns, Masked::new(reference.counts(), filter));
            Work::Distribution(distribution.distance, slot, reference)
        }
    })
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

fn figure_work(
    figure: Figure,
    rule: &Rule,
    table: TableSide<'_>,
    scan: &mut ScanPlan,
) -> std::result::Result<Work<'static>, String> {
    let schema = table.schema;
    let (columns, filter) = masked_columns(rule, table)?;
    let column = columns.first().and_then(|name| schema.field(name));
    let Some(field) = column else { return Err("the rule has no column".to_owned()) };
    if figure.is_of_distinct() {
        return Ok(Work::Distinct(vec![field.name.clone()]));
    }
    if !figure.fits(field.column_type) && field.column_type != ColumnType::Null {
        let (wanted, name, found) = (figure.wanted(), &field.name, field.column_type.name());
        return Err(format!("the figure is of {wanted}, but {name} is {found}"));
    }
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    Ok(Work::Figure(match figure {
        Figure::Quantile(_) => {
            FigureSlot::Quantile(scan.add(&columns, Masked::new(Quantiles::new(), filter)))
        }
        Figure::Age(_) => {
            let slot = scan.add(&columns, Masked::new(Extremes::new(), filter));
            FigureSlot::Ages(slot, table.now)
        }
        _ if figure.is_of_texts() => {
            FigureSlot::Lengths(scan.add(&columns, Masked::new(TextLengths::new(), filter)))
        }
        _ => FigureSlot::Moments(scan.add(&columns, Masked::new(Moments::new(), filter))),
    }))
}

/// The columns of a figure's batches: the one it is of, then those of its filter.
fn masked_columns(
    rule: &Rule,
    table: TableSide<'_>,
) -> std::result::Result<(Vec<String>, Option<Arc<Filter>>), String> {
    let schema = table.schema;
    let mut columns = rule.columns.clone();
    for name in &columns {
        schema.field(name).ok_or_else(|| no_column(name, schema))?;
    }
    let known = match (&rule.test, columns.first()) {
        (Test::Figure(Figure::Age(age)), Some(column)) => age.condition(column, table.now),
        _ => None,
    };
    let filter = match (rule.filter.clone(), known) {
        (Some(filter), Some(known)) => Some(Expression::And(vec![filter, known])),
        (filter, known) => filter.or(known),
    };
    let filter = match filter {
        None => None,
        Some(filter) => {
            let condition = Condition::compile(&filter, schema, &mut columns)?;
            Some(Arc::new(Filter { condition, text: filter.to_string() }))
        }
    };
    Ok((columns, filter))
}

/// Evidence of rows whose values are filled in later.
pub(super) fn rows_as_evidence(rows: &[u64]) -> Vec<Evidence> {
    rows.iter().map(|&row| Evidence::at(row, shared_kernel_domain::table::Cell::Null)).collect()
}
