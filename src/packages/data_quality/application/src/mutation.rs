//! A contract tested: the table is corrupted in realistic ways, and checked each time as `check` does.

use data_quality_domain::contract::{ContractFile, SchemaObject};
use data_quality_domain::examination::References;
use data_quality_domain::monitor::VersionMetrics;
use data_quality_domain::mutation::{
    ASSUMED_VERSIONS, Attempt, CorruptionReport, Damage, Ground, Guard, Monitored, MutationReport,
    Remedy, Sample, Tally, arrival, caught_by, usual_versions,
};
use data_quality_domain::suggest::{Known, Suggestion};
use data_quality_domain::{CheckResult, ContractFacts, TableFacts};
use shared_kernel_application::{DataRequest, ResolvedTable, resolve_table};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::scratch::ScratchTable;
use shared_kernel_domain::table::TableReference;
use shared_kernel_domain::{Error, Result};

use crate::contract::{UsableContract, object_for, references, usable, usable_text};
use crate::contract_check::{BuiltInRole, Chosen, ContractCheck, Further, facts_of, side_of};
use crate::other_tables::{OtherTables, VersionOf};
use crate::suggest::{earlier_rows, suggest_for};
use crate::watched::Watched;
use crate::{DataQualityContainer, TableToCheck};

/// Cells that are held in memory.
const MOST_CELLS: u64 = 8 << 20;

/// How a contract is to be tested.
#[derive(Clone, Debug)]
pub struct ContractTest {
    /// The contract's file.
    pub contract: String,
    /// The table in it, when the user names it.
    pub table: Option<String>,
    /// What chooses columns and rows.
    pub seed: u64,
    /// At how many places each corruption is tried, at most.
    pub places: usize,
    /// Rows that are looked at, at most; fewer of wide tables.
    pub rows: u64,
}

/// Corrupts what a user calls DATA in realistic ways and tells which of them a contract catches, which
/// the built-in checks and which the monitors, and which suggested rules would catch what the contract does not.
///
/// DATA are read once: all rows, or some that lie evenly in them. Each corrupted table is stored for as
/// long as it takes to check it. `at_work` is told which corruption it is.
///
/// # Errors
/// A usage error when the contract cannot be used.
pub fn test_contract(
    container: &DataQualityContainer,
    request: &DataRequest,
    wanted: &ContractTest,
    progress: &dyn Fn(u64, Option<u64>),
    at_work: &dyn Fn(&str),
    cancellation: &Cancellation,
) -> Result<MutationReport> {
    let contract = usable(container, &wanted.contract)?;
    let object = object_for(&contract, wanted.table.as_deref(), &request.data)?;
    let resolved = resolve_table(&container.shared, request, progress, cancellation)?;
    let evidence = resolved.evidence.as_ref().map(|evidence| evidence.format.is_typed());
    let typed = evidence.or(resolved.entry.as_ref().map(|entry| entry.typed)).unwrap_or_default();
    let sample = sample(container, &resolved.table, wanted.rows, cancellation)?;
    let version = resolved.entry.as_ref().map(VersionOf::entry);
    let (table, of) = (&resolved.table, &contract);
    let others = OtherTables { container, contract: of, table, version, cancellation };
    let keys = [references(others, object, &mut Vec::new())?];
    let bench =
        Bench { container, chosen: (&contract, object), keys, version, typed, cancellation };
    at_work("as it is");
    let now = container.shared.clock.now();
    let ground = Ground::of(sample, wanted.seed, now);
    let clean = bench.clean(&ground, &resolved, now)?;
    let mut corruptions = Vec::new();
    for trial in ground.trials(wanted.places) {
        at_work(trial.corruption.name);
        let mut attempts = Vec::new();
        for damage in ground.damages(&trial) {
            cancellation.check()?;
            attempts.push(bench.attempt(&damage, &clean)?);
        }
        corruptions.push(CorruptionReport::of(trial.corruption, attempts));
    }
    let facts = TableFacts::of(&resolved.name, &resolved.table);
    let taken = ground.sample().rows() as u64;
    let rows = if taken < resolved.table.rows {
        Measured::sampled(taken, taken)
    } else {
        Measured::exact(taken)
    };
    Ok(report(wanted, facts_of(&contract, object), facts, rows, clean, corruptions))
}

/// All rows of a table, or some that lie evenly in it.
fn sample(
    container: &DataQualityContainer,
    table: &TableReference,
    most: u64,
    cancellation: &Cancellation,
) -> Result<Sample> {
    let columns: Vec<String> = table.schema.names().map(str::to_owned).collect();
    let most = most.min(MOST_CELLS / (columns.len() as u64).max(1)).max(1);
    Sample::of(&table.schema, table.rows, most, |sink| {
        container.shared.scanner.stream(table, &columns, cancellation, sink)
    })
}

/// What checks tables for a test.
struct Bench<'a> {
    container: &'a DataQualityContainer,
    chosen: Chosen<'a>,
    keys: [References; 1],
    version: Option<VersionOf>,
    typed: bool,
    cancellation: &'a Cancellation,
}

/// What is said of the table as it is.
struct Clean {
    results: Vec<CheckResult>,
    watched: Watched,
    monitored: Monitored,
    suggestions: Vec<Suggestion>,
    suggested: UsableContract,
    suggested_results: Vec<CheckResult>,
}

impl Bench<'_> {
    /// Checks the table as it is, and suggests a contract for it.
    fn clean(&self, ground: &Ground, resolved: &ResolvedTable, now: Timestamp) -> Result<Clean> {
        let stored = self.store(ground.sample())?;
        let table = &stored.table;
        let version = ASSUMED_VERSIONS + 1;
        let first = Watched { version, arrived_at: now, earlier: Vec::new() };
        let (_, metrics) = self.check(table, &first)?;
        let (watched, monitored) = self.history(metrics, resolved, ground, now)?;
        let (results, _) = self.check(table, &watched)?;
        let name = &resolved.name;
        let is_whole = ground.sample().rows() as u64 == resolved.table.rows;
        let earlier = match &resolved.entry {
            Some(entry) if is_whole => earlier_rows(self.container, entry)?,
            _ => Vec::new(),
        };
        let known = Known { earlier, typed: self.typed, ..Known::default() };
        let found = suggest_for(self.container, name, table, known, self.cancellation)?;
        let text = ContractFile { path: "the suggested contract".to_owned(), text: found.contract };
        let suggested = usable_text(self.container, text)?;
        let suggested_results = self.check_suggested(table, &suggested)?;
        let suggestions = found.suggestions;
        Ok(Clean { results, watched, monitored, suggestions, suggested, suggested_results })
    }

    /// The versions that monitors hold corrupted tables against.
    fn history(
        &self,
        metrics: Option<VersionMetrics>,
        resolved: &ResolvedTable,
        ground: &Ground,
        now: Timestamp,
    ) -> Result<(Watched, Monitored)> {
        let is_whole = ground.sample().rows() as u64 == resolved.table.rows;
        if let Some(entry) = resolved.entry.as_ref().filter(|_| is_whole) {
            let report = self.container.reports.of_version(&entry.version_id)?;
            let watched = Watched::of(self.container, entry, report.as_ref())?;
            if watched.earlier.len() >= self.container.policy.monitors.least_versions {
                let versions = watched.earlier.len() as u32;
                return Ok((watched, Monitored { versions, assumed: false }));
            }
        }
        let metrics =
            metrics.ok_or_else(|| Error::internal("a table was watched and has no figures"))?;
        let arrived_at = arrival(&metrics, now);
        let like = VersionMetrics { arrived_at, ..metrics };
        let earlier = usual_versions(&like);
        let watched = Watched { version: like.version, arrived_at, earlier };
        Ok((watched, Monitored { versions: ASSUMED_VERSIONS, assumed: true }))
    }

    /// Checks a corrupted table, and tries the suggested rules where the contract's catch nothing.
    fn attempt(&self, damage: &Damage, clean: &Clean) -> Result<Attempt> {
        let stored = self.store(&damage.sample)?;
        let (results, _) = self.check(&stored.table, &clean.watched)?;
        let renamed = damage.renamed.as_ref();
        let mut attempt = Attempt {
            columns: damage.columns.clone(),
            rows: damage.rows,
            detail: damage.detail.clone(),
            ..Attempt::default()
        };
        caught_by(&clean.results, &results, renamed, &mut attempt);
        if attempt.rules.is_empty() {
            let results = self.check_suggested(&stored.table, &clean.suggested)?;
            let mut tried = Attempt::default();
            caught_by(&clean.suggested_results, &results, renamed, &mut tried);
            attempt.suggested = tried.rules.into_iter().map(|catch| catch.name).collect();
        }
        Ok(attempt)
    }

    fn store(&self, sample: &Sample) -> Result<ScratchTable> {
        let scratch = &self.container.shared.scratch;
        scratch.store(&sample.schema(), &mut |sink| sample.give(sink))
    }

    fn check(
        &self,
        table: &TableReference,
        watched: &Watched,
    ) -> Result<(Vec<CheckResult>, Option<VersionMetrics>)> {
        let further = Further {
            watched: Some(watched.clone()),
            references: &self.keys,
            ..Further::default()
        };
        self.run(table, self.chosen, BuiltInRole::Decide, further)
    }

    fn check_suggested(
        &self,
        table: &TableReference,
        suggested: &UsableContract,
    ) -> Result<Vec<CheckResult>> {
        let object: &SchemaObject = object_for(suggested, None, "")?;
        let further = Further::default();
        Ok(self.run(table, (suggested, object), BuiltInRole::None, further)?.0)
    }

    fn run(
        &self,
        table: &TableReference,
        chosen: Chosen<'_>,
        role: BuiltInRole,
        further: Further<'_>,
    ) -> Result<(Vec<CheckResult>, Option<VersionMetrics>)> {
        let (container, cancellation) = (self.container, self.cancellation);
        let side = side_of(container, table, self.typed);
        let gate = container.gate.clone();
        let version = self.version;
        let check = ContractCheck { container, table, side, version, cancellation, gate };
        let subject = TableToCheck { name: "the table", table, ingest: None };
        let (report, metrics) = check.run(subject, &[chosen], role, further)?;
        Ok((report.results, metrics))
    }
}

fn report(
    wanted: &ContractTest,
    contract: ContractFacts,
    table: TableFacts,
    rows: Measured<u64>,
    clean: Clean,
    corruptions: Vec<CorruptionReport>,
) -> MutationReport {
    let tally = Tally::of(corruptions.iter().flat_map(|it| &it.attempts));
    let score = MutationReport::score_of(&tally, rows);
    let remedies = Remedy::all(&clean.suggestions, &corruptions);
    let reason = score.is_none().then(|| match rows.value {
        0 => "the table has no rows".to_owned(),
        _ => "no corruption is applicable".to_owned(),
    });
    MutationReport {
        schema: MutationReport::SCHEMA.to_owned(),
        remedies_text: Remedy::text(&remedies, &clean.suggestions, &corruptions),
        rules: Guard::all(&clean.results, &corruptions),
        contract,
        table,
        rows,
        seed: wanted.seed,
        places: u32::try_from(wanted.places).unwrap_or(u32::MAX),
        monitored: clean.monitored,
        score,
        reason,
        tally,
        corruptions,
        remedies,
    }
}
