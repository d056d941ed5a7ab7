use data_science_domain::detector::{Job, check_memory, configured_algorithm};
use data_science_domain::encoder::Learner;
use data_science_domain::label::read_labels;
use data_science_domain::model::AnomalyModel;
use data_science_domain::sampling::{MAX_TRAINING_CELLS, RowSampler};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::TableScanner;
use shared_kernel_domain::table::TableReference;
use shared_kernel_domain::{Error, Result};

use crate::upload::check_label;

/// How to learn.
pub(crate) struct Lesson<'a> {
    pub(crate) table: &'a TableReference,
    /// Never learned from.
    pub(crate) label: Option<&'a str>,
    pub(crate) detector: &'a str,
    pub(crate) seed: u64,
    /// What it may take of memory.
    pub(crate) memory_bytes: u64,
}

/// What came of it.
pub(crate) struct Learned {
    pub(crate) model: AnomalyModel,
    /// Scores of the rows that were read, in row order: those held back are among them.
    pub(crate) scores: Vec<f64>,
    /// Labels of these rows; empty without a label column.
    pub(crate) labels: Vec<Option<bool>>,
    /// Whether these rows are all of the table.
    pub(crate) all_rows: bool,
}

/// Learns from a table in one pass, from a sample of its rows when it is large.
pub(crate) fn learn(
    scanner: &dyn TableScanner,
    lesson: &Lesson<'_>,
    cancellation: &Cancellation,
) -> Result<Learned> {
    let Lesson { table, label, .. } = *lesson;
    let learner = Learner::new(&table.schema, label);
    let mut columns = learner.columns();
    let sampler = RowSampler::new(lesson.seed, table.rows, columns.len(), MAX_TRAINING_CELLS);
    let job = Job::of_table(table.rows, columns.len());
    check_memory(configured_algorithm(lesson.detector)?.as_ref(), job, lesson.memory_bytes)?;
    let mut learner = learner.expecting(job.learned_rows as usize);
    if let Some(label) = label {
        check_label(label, &table.schema)?;
        columns.push(label.to_owned());
    }
    let mut labels = Vec::new();
    if columns.is_empty() {
        // Nothing to read: the learner knows best what to say.
        learner.finish(None)?;
        return Err(Error::internal("a learner without columns learned"));
    }
    scanner.stream(table, &columns, cancellation, &mut |batch| {
        let kept: Option<Vec<bool>> = (!sampler.keeps_all())
            .then(|| batch.rows.iter().map(|&row| sampler.keeps(row)).collect());
        learner.take(batch, kept.as_deref())?;
        if let (Some(label), Some(column)) = (label, batch.columns.last()) {
            let read = read_labels(label, column)?.into_iter().enumerate();
            let is_kept = |row: usize| kept.as_ref().is_none_or(|kept| kept[row]);
            labels.extend(read.filter(|(row, _)| is_kept(*row)).map(|(_, label)| label));
        }
        Ok(())
    })?;
    let (model, scores) = AnomalyModel::learn(learner, lesson.detector, lesson.seed, cancellation)?;
    Ok(Learned { model, scores, labels, all_rows: sampler.keeps_all() })
}
