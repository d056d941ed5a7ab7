use std::collections::BTreeSet;

use data_quality_domain::check::bad_rows;
use data_quality_domain::contract::{NO_RULES, SchemaObject};
use data_quality_domain::examination::{
    ContractPlan, FailingRows, FailingRowsFormat, MOST_APART, MOST_GROUPS, OtherValues, References,
    RowsApart, SegmentReading, TableSide,
};
use data_quality_domain::monitor::{MetricSlots, VersionMetrics, judge};
use data_quality_domain::{
    CheckResult, ContractFacts, Gate, IngestFacts, LeftOut, Pass, QualityReport, Severity,
    TableFacts, add_checks, reference_date,
};
use shared_kernel_application::{DataRequest, RowsOnTheWay, resolve_table_to_scan};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{Duplicates, ScanOutcome, ScanPlan};
use shared_kernel_domain::table::{Cell, TableReference};
use shared_kernel_domain::{Error, Result};

use crate::attached::kept;
use crate::check::{BuiltIn, built_in, duplicates_or_reason};
use crate::contract::{UsableContract, object_for, references, usable};
use crate::gates::gate_of;
use crate::other_tables::{OtherTables, VersionOf};
use crate::quarantine::{QuarantineRequest, SplitBegun};
use crate::watched::Watched;
use crate::{DataQualityContainer, TableToCheck};

/// The contracts that data are checked against, and what else is wanted.
#[derive(Clone, Debug, Default)]
pub struct ContractRequest {
    /// The contracts' files.
    pub files: Vec<String>,
    /// The table in them, when the user names it.
    pub table: Option<String>,
    /// Do without the contract that a dataset is held against.
    pub no_contract: bool,
    /// Leave the built-in checks out.
    pub contract_only: bool,
    /// A file for every row that breaks a rule.
    pub failed_rows: Option<String>,
    /// A folder to split the table into.
    pub quarantine: Option<QuarantineRequest>,
}

/// Checks what a user calls DATA: files, which are read now, or a dataset's newest version, whose bad
/// rows are known from the report made when it was uploaded. All rules and the built-in checks are
/// evaluated in one scan; exact duplicates, exact quantiles and other tables' keys take passes of
/// their own, which the report names.
///
/// Beside contracts that are named, built-in checks are information, but for records that could not
/// be read: the contract decides. Beside the one that a dataset is held against, which counts where
/// none is named, they have their say, as they had when it was uploaded.
///
/// # Errors
/// A usage error when a contract cannot be used, or something of a contract is wanted and there is
/// none.
pub fn check_data(
    container: &DataQualityContainer,
    request: &DataRequest,
    wanted: &ContractRequest,
    progress: &dyn Fn(u64, Option<u64>),
    cancellation: &Cancellation,
) -> Result<QualityReport> {
    let format = wanted.failed_rows.as_deref().map(FailingRowsFormat::of_path).transpose()?;
    let mut contracts =
        wanted.files.iter().map(|file| usable(container, file)).collect::<Result<Vec<_>>>()?;
    for contract in &contracts {
        object_for(contract, wanted.table.as_deref(), &request.data)?;
    }
    let resolved = resolve_table_to_scan(&container.shared, request, progress, cancellation)?;
    let entry = resolved.entry.as_ref();
    let attached = entry.and_then(|entry| entry.contract.as_ref());
    let attached = attached.filter(|_| contracts.is_empty() && !wanted.no_contract);
    if let Some(reference) = attached {
        contracts.push(kept(container, reference)?);
    }
    let table = &resolved.table;
    let stored = entry.map(|entry| container.reports.of_version(&entry.version_id)).transpose()?;
    let stored = stored.flatten();
    let ingest = match &resolved.evidence {
        Some(evidence) => Some(IngestFacts::from(evidence)),
        None => stored.as_ref().and_then(|stored| stored.report.ingest.clone()),
    };
    let subject = TableToCheck { name: &resolved.name, table, ingest };
    if contracts.is_empty() {
        wanted.needs_none(&request.data)?;
    }
    let asked = attached.map(|reference| reference.object.as_str()).or(wanted.table.as_deref());
    let mut chosen = Vec::with_capacity(contracts.len());
    for contract in &contracts {
        chosen.push((contract, object_for(contract, asked, &request.data)?));
    }
    let evidence = resolved.evidence.as_ref().map(|evidence| evidence.format.is_typed());
    let typed = evidence.or(entry.map(|entry| entry.typed)).unwrap_or_default();
    let side = side_of(container, table, typed);
    let gate = match entry {
        Some(entry) => gate_of(container, &entry.dataset_id)?,
        None => container.gate.clone(),
    };
    let version = entry.map(VersionOf::entry);
    let check = ContractCheck { container, table, side, version, cancellation, gate };
    let split = wanted.quarantine.as_ref().map(|it| SplitBegun::of(container, it, table));
    let role = match attached {
        _ if wanted.contract_only => BuiltInRole::None,
        None if !chosen.is_empty() => BuiltInRole::Inform,
        _ => BuiltInRole::Decide,
    };
    let further = Further {
        failed_rows: wanted.failed_rows.as_deref().zip(format),
        split: split.transpose()?,
        references: &[],
        watched: match entry {
            Some(entry) if role == BuiltInRole::Decide => {
                Some(Watched::of(container, entry, stored.as_ref())?)
            }
            _ => None,
        },
    };
    Ok(check.run(subject, &chosen, role, further)?.0)
}

impl ContractRequest {
    /// # Errors
    /// When something is wanted that only a contract can give.
    fn needs_none(&self, data: &str) -> Result<()> {
        let flag = match self {
            Self { contract_only: true, .. } => "--contract-only",
            Self { failed_rows: Some(_), .. } => "--failed-rows",
            Self { quarantine: Some(_), .. } => "--quarantine",
            _ => return Ok(()),
        };
        let what = format!("{flag} is about the rules of a contract, and there is none");
        Err(Error::usage(what).at(data).hint(
            "name one with --contract FILE, or give a dataset that was stored with one; \
             `pynomaly contract suggest` writes one",
        ))
    }
}

/// Runs the built-in checks alone: one scan for all that can be summarised, then an exact pass for
/// each key-like column, then one for whole rows unless a key was found.
pub fn check_table(
    container: &DataQualityContainer,
    subject: TableToCheck<'_>,
    cancellation: &Cancellation,
) -> Result<QualityReport> {
    let table = subject.table;
    let side = side_of(container, table, false);
    let gate = container.gate.clone();
    let check = ContractCheck { container, table, side, version: None, cancellation, gate };
    Ok(check.run(subject, &[], BuiltInRole::Decide, Further::default())?.0)
}

/// Checks a version of a dataset against the contract that it is held against, if any, and the
/// versions before it. The built-in checks keep their say: a contract makes a gate stricter, never
/// looser.
pub(crate) fn check_version(
    container: &DataQualityContainer,
    subject: TableToCheck<'_>,
    contract: Option<(&UsableContract, &str)>,
    (version, typed): (VersionOf, bool),
    (watched, gate): (Watched, Gate),
    cancellation: &Cancellation,
) -> Result<(QualityReport, Option<VersionMetrics>)> {
    let chosen = match contract {
        Some((contract, object)) => {
            vec![(contract, object_for(contract, Some(object), subject.name)?)]
        }
        None => Vec::new(),
    };
    let table = subject.table;
    let side = side_of(container, table, typed);
    let version = Some(version);
    let check = ContractCheck { container, table, side, version, cancellation, gate };
    let further = Further { watched: Some(watched), ..Further::default() };
    check.run(subject, &chosen, BuiltInRole::Decide, further)
}

pub(crate) fn side_of<'a>(
    container: &DataQualityContainer,
    table: &'a TableReference,
    typed: bool,
) -> TableSide<'a> {
    let now = container.shared.clock.now();
    TableSide { schema: &table.schema, rows: table.rows, typed, now }
}

/// What the built-in checks are beside a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BuiltInRole {
    /// Left out.
    None,
    /// Information, but for records that could not be read.
    Inform,
    /// As much as without a contract.
    Decide,
}

/// What is wanted beside the verdicts.
#[derive(Default)]
pub(crate) struct Further<'a> {
    pub(crate) failed_rows: Option<(&'a str, FailingRowsFormat)>,
    pub(crate) split: Option<SplitBegun<'a>>,
    pub(crate) watched: Option<Watched>,
    /// The keys that the contracts' rules refer to, where they were read before.
    pub(crate) references: &'a [References],
}

pub(crate) struct ContractCheck<'a> {
    pub(crate) container: &'a DataQualityContainer,
    pub(crate) table: &'a TableReference,
    pub(crate) side: TableSide<'a>,
    /// What the table is of a dataset, if of one.
    pub(crate) version: Option<VersionOf>,
    pub(crate) cancellation: &'a Cancellation,
    pub(crate) gate: Gate,
}

pub(crate) type Chosen<'a> = (&'a UsableContract, &'a SchemaObject);

impl ContractCheck<'_> {
    /// The tables that the rules of a contract name.
    pub(crate) fn other_tables<'b>(&'b self, contract: &'b UsableContract) -> OtherTables<'b> {
        let Self { container, table, version, cancellation, .. } = *self;
        OtherTables { container, contract, table, version, cancellation }
    }

    pub(crate) fn run(
        &self,
        subject: TableToCheck<'_>,
        chosen: &[Chosen<'_>],
        role: BuiltInRole,
        further: Further<'_>,
    ) -> Result<(QualityReport, Option<VersionMetrics>)> {
        let mut passes = Vec::new();
        let ready = self.made_ready(chosen, &mut passes)?;
        let chosen: Vec<Chosen<'_>> = chosen
            .iter()
            .zip(&ready)
            .map(|((contract, object), ready)| (*contract, ready.as_ref().unwrap_or(object)))
            .collect();
        let chosen = chosen.as_slice();
        let mut scan = ScanPlan::default();
        let mut plans = Vec::with_capacity(chosen.len());
        let mut room = self.container.policy.held_bytes;
        for (place, (contract, object)) in chosen.iter().enumerate() {
            let read;
            let keys = if let Some(known) = further.references.get(place) {
                known
            } else {
                read = references(self.other_tables(contract), object, &mut passes)?;
                &read
            };
            let rules = &object.rules;
            let mut plan = ContractPlan::of(&contract.path, rules, self.side, keys, &mut scan);
            self.ask_queries(contract, object, &mut plan, &mut passes)?;
            self.compare_rows(contract, &mut plan, &mut room, &mut passes)?;
            self.look_in_order(&mut plan, room, &mut passes)?;
            plans.push(plan);
        }
        let today = reference_date(self.container.shared.clock.now());
        let contract_only = role == BuiltInRole::None;
        let slots = (!contract_only).then(|| add_checks(&mut scan, self.side.schema, today));
        let metrics =
            further.watched.as_ref().map(|_| MetricSlots::add_to(&mut scan, self.side.schema));
        let rows = RowsOnTheWay::add_to(&mut scan, self.table, !contract_only);
        let scanner = &self.container.shared.scanner;
        let outcome = scanner.summarize(self.table, scan, self.cancellation)?;
        let repeated = rows.duplicates(&outcome, self.container.policy.examples)?;
        passes.push(self.first_pass(&plans, contract_only, repeated.is_some()));
        let mut results = Vec::new();
        for plan in &plans {
            results.push(self.judge(plan, (&outcome, repeated.as_ref()), &mut passes)?);
        }
        self.show_values(&mut results)?;
        let mut left_out = Vec::new();
        let parts: Vec<_> = plans.iter().zip(results.iter().map(Vec::as_slice)).collect();
        let quarantine = match further.split {
            Some(split) => Some(split.run(self, chosen, &parts, &mut passes)?),
            None => None,
        };
        if let Some((path, format)) = further.failed_rows {
            let keys = self.keys(chosen);
            left_out.extend(self.write_failing(&parts, &keys, (path, format), &mut passes)?);
        }
        let mut all: Vec<CheckResult> = results.into_iter().flatten().collect();
        if let Some(slots) = slots {
            let seen = (&outcome, repeated.as_ref());
            let found = built_in(self.container, &subject, &slots, seen, self.cancellation)?;
            if role == BuiltInRole::Decide {
                passes.extend(found.passes);
                left_out.extend(found.left_out);
                all.extend(found.results);
            } else {
                all.extend(as_information(found, &mut left_out, &mut passes));
            }
        }
        let metrics = match (metrics, further.watched) {
            (Some(slots), Some(watched)) => {
                let metrics = slots.read(&outcome, watched.version, watched.arrived_at)?;
                let judged = judge(&metrics, &watched.earlier, &self.container.policy);
                all.extend(judged.results);
                left_out.extend(judged.left_out);
                Some(metrics)
            }
            _ => None,
        };
        let digest = rows.digest(&outcome, self.table)?;
        let facts = TableFacts { digest, ..TableFacts::of(subject.name, self.table) };
        let report = QualityReport::assemble(facts, today, all, left_out, passes, &self.gate);
        let contracts =
            chosen.iter().map(|(contract, object)| facts_of(contract, object)).collect();
        Ok((QualityReport { ingest: subject.ingest, contracts, quarantine, ..report }, metrics))
    }

    /// The objects with rules that are evaluated for each value of a column, with one rule for each.
    pub(crate) fn parted(
        &self,
        chosen: &[Chosen<'_>],
        passes: &mut Vec<Pass>,
    ) -> Result<Vec<Option<SchemaObject>>> {
        let all = chosen.iter().flat_map(|(_, object)| &object.rules);
        let Some(mut reading) = SegmentReading::begin(all, self.side.schema) else {
            return Ok(chosen.iter().map(|_| None).collect());
        };
        let scanner = &self.container.shared.scanner;
        let outcome =
            scanner.summarize(self.table, std::mem::take(&mut reading.plan), self.cancellation)?;
        passes.push(Pass {
            purpose: "segments of rules".to_owned(),
            columns: reading.columns(),
            rows: outcome.rows,
        });
        let segments = reading.read(&outcome)?;
        let part = |object: &SchemaObject| {
            let rules = segments.part(&object.rules);
            SchemaObject { rules, ..object.clone() }
        };
        Ok(chosen.iter().map(|(_, object)| Some(part(object))).collect())
    }

    fn first_pass(&self, plans: &[ContractPlan<'_>], contract_only: bool, compared: bool) -> Pass {
        let columns: BTreeSet<String> = plans.iter().flat_map(ContractPlan::columns).collect();
        // A digest that is not known yet takes all columns.
        let all = !contract_only || !self.table.digest.is_known();
        let mut purpose = match (contract_only, plans) {
            (true, _) => "the contract's rules",
            (false, []) => "summaries of every column",
            (false, _) => "the contract's rules and summaries of every column",
        }
        .to_owned();
        if compared {
            purpose += ", repeated rows";
        }
        let columns = if all { self.side.schema.fields.len() } else { columns.len() };
        Pass { purpose, columns: columns as u32, rows: self.table.rows }
    }

    /// The results of one contract, after the further passes that it needs.
    pub(crate) fn judge(
        &self,
        plan: &ContractPlan<'_>,
        (outcome, repeated): (&ScanOutcome, Option<&Duplicates>),
        passes: &mut Vec<Pass>,
    ) -> Result<Vec<CheckResult>> {
        let mut duplicates = Vec::new();
        for columns in plan.duplicates_needed() {
            duplicates.push(match repeated.filter(|_| columns.is_empty()) {
                Some(repeated) => Ok(repeated.clone()),
                None => self.duplicates(&columns, passes)?,
            });
        }
        let mut second = plan.second_scan(outcome, self.side)?;
        if second.is_empty() {
            return plan.judge(outcome, None, &duplicates, self.side);
        }
        let scan = std::mem::take(&mut second.plan);
        let scanner = &self.container.shared.scanner;
        let exact = scanner.summarize(self.table, scan, self.cancellation)?;
        let purpose = "exact quantiles".to_owned();
        passes.push(Pass { purpose, columns: second.columns, rows: exact.rows });
        plan.judge(outcome, Some((&second, &exact)), &duplicates, self.side)
    }

    fn duplicates(
        &self,
        columns: &[String],
        passes: &mut Vec<Pass>,
    ) -> Result<std::result::Result<Duplicates, String>> {
        let found = duplicates_or_reason(self.container, self.table, columns, self.cancellation)?;
        if found.is_ok() {
            let what =
                if columns.is_empty() { "all columns".to_owned() } else { columns.join(", ") };
            let read =
                if columns.is_empty() { self.side.schema.fields.len() } else { columns.len() };
            passes.push(Pass {
                purpose: format!("repeated values of {what}"),
                columns: read as u32,
                rows: self.table.rows,
            });
        }
        Ok(found)
    }

    /// Puts the values of the example rows into the evidence: one look for all rules.
    fn show_values(&self, results: &mut [Vec<CheckResult>]) -> Result<()> {
        let schema = self.side.schema;
        let mut columns = BTreeSet::new();
        let mut rows = BTreeSet::new();
        for result in results.iter().flatten().filter(|result| !result.evidence.is_empty()) {
            let there = result.columns.iter().filter(|name| schema.field(name).is_some());
            columns.extend(there.cloned());
            rows.extend(result.evidence.iter().filter_map(|example| example.row));
        }
        if columns.is_empty() {
            return Ok(());
        }
        let columns: Vec<String> = columns.into_iter().collect();
        let rows: Vec<u64> = rows.into_iter().collect();
        let cells = self.container.shared.scanner.rows(self.table, &columns, &rows)?;
        let cell = |row: u64, column: &String| {
            let row = rows.binary_search(&row).ok().and_then(|place| cells.get(place))?;
            row.get(columns.binary_search(column).ok()?).cloned()
        };
        for result in results.iter_mut().flatten() {
            for example in &mut result.evidence {
                let Some(row) = example.row else { continue };
                let found: Vec<Cell> =
                    result.columns.iter().filter_map(|column| cell(row, column)).collect();
                example.value = joined(found);
            }
        }
        Ok(())
    }

    /// The columns of the first primary key that is there.
    fn keys(&self, chosen: &[Chosen<'_>]) -> Vec<String> {
        let there = |keys: &Vec<String>| {
            !keys.is_empty() && keys.iter().all(|key| self.side.schema.field(key).is_some())
        };
        chosen.iter().map(|(_, object)| object.primary_key()).find(there).unwrap_or_default()
    }

    /// Finds the rows that break wanted rules, and for which of them there are too many to be told
    /// all. `with_others`: what another table holds is told too, where rows differ from it.
    pub(crate) fn find_failing(
        &self,
        parts: &[(&ContractPlan<'_>, &[CheckResult])],
        keys: &[String],
        wanted: impl Fn(&CheckResult) -> bool,
        with_others: bool,
    ) -> Result<(FailingRows, Cut)> {
        let scanner = &self.container.shared.scanner;
        let all: Vec<String> = self.side.schema.names().map(str::to_owned).collect();
        let (mut repeats, mut apart) = (false, false);
        let groups = |columns: &[String]| {
            let found = scanner.duplicates(self.table, columns, MOST_GROUPS, self.cancellation)?;
            repeats |= found.groups.len() >= MOST_GROUPS;
            Ok(found)
        };
        let others = |rows: &RowsApart| {
            apart |= rows.is_cut();
            if with_others { self.other_values(rows) } else { Ok(OtherValues::default()) }
        };
        let failing = FailingRows::of(parts, &all, keys, wanted, groups, others)?;
        Ok((failing, Cut { repeats, apart }))
    }

    /// Writes every row that breaks a rule, in one pass over the columns that are needed.
    fn write_failing(
        &self,
        parts: &[(&ContractPlan<'_>, &[CheckResult])],
        keys: &[String],
        (path, format): (&str, FailingRowsFormat),
        passes: &mut Vec<Pass>,
    ) -> Result<Vec<LeftOut>> {
        let scanner = &self.container.shared.scanner;
        let (mut failing, cut) = self.find_failing(parts, keys, |_| true, true)?;
        let mut file = self.container.failing_rows.create(path, format, keys)?;
        if !failing.is_empty() {
            let columns = failing.columns.clone();
            scanner.stream(self.table, &columns, self.cancellation, &mut |batch| {
                file.write(&failing.take(batch)?)
            })?;
            passes.push(Pass {
                purpose: "failing rows".to_owned(),
                columns: columns.len() as u32,
                rows: self.table.rows,
            });
            file.write(&failing.missing())?;
        }
        file.finish()?;
        Ok(cut.told())
    }
}

/// Rules of which not every failing row can be told.
#[derive(Clone, Copy)]
pub(crate) struct Cut {
    /// Groups of repeated rows are too many.
    pub(crate) repeats: bool,
    /// Rows that differ from another table's are too many.
    pub(crate) apart: bool,
}

impl Cut {
    fn told(self) -> Vec<LeftOut> {
        let left = |check: &str, reason: String| LeftOut {
            check: check.to_owned(),
            reason,
            columns: Vec::new(),
        };
        let repeats = || format!("the file holds the rows of the largest {MOST_GROUPS} groups");
        let apart = || format!("the file holds the first {MOST_APART} rows that differ");
        let mut told = Vec::new();
        told.extend(self.repeats.then(|| left("unique", repeats())));
        told.extend(self.apart.then(|| left("same_rows", apart())));
        told
    }
}

/// Built-in checks beside a contract tell, and do not decide; those that could not look are
/// left out.
fn as_information(
    found: BuiltIn,
    left_out: &mut Vec<LeftOut>,
    passes: &mut Vec<Pass>,
) -> Vec<CheckResult> {
    passes.extend(found.passes);
    left_out.extend(found.left_out);
    let mut results = Vec::new();
    for result in found.results {
        if result.is_not_evaluated() {
            let reason = result.sentence.trim_start_matches("not evaluated: ").to_owned();
            left_out.push(LeftOut { check: result.check, reason, columns: result.columns });
        } else if result.check == bad_rows::NAME {
            // no rule of a contract sees what could not be read
            results.push(result);
        } else {
            results.push(CheckResult { severity: Severity::Info, ..result });
        }
    }
    results
}

pub(crate) fn facts_of(contract: &UsableContract, object: &SchemaObject) -> ContractFacts {
    ContractFacts {
        file: contract.path.clone(),
        id: contract.contract.id.clone(),
        version: contract.contract.version.clone(),
        object: object.name.clone(),
        rules: object.rules.iter().filter(|rule| rule.kind != NO_RULES).count() as u32,
        warnings: contract.warnings.clone(),
    }
}

/// One cell as it is, several as one text.
fn joined(mut cells: Vec<Cell>) -> Cell {
    match cells.pop() {
        None => Cell::Null,
        Some(only) if cells.is_empty() => only,
        Some(last) => {
            cells.push(last);
            let texts: Vec<String> = cells.iter().map(ToString::to_string).collect();
            Cell::Text(texts.join(", "))
        }
    }
}
