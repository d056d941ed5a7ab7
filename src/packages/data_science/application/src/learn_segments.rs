use std::sync::Arc;

use data_science_domain::detector::{Job, check_memory, configured_algorithm};
use data_science_domain::encoder::Learner;
use data_science_domain::label::read_labels;
use data_science_domain::model::AnomalyModel;
use data_science_domain::sampling::RowSampler;
use data_science_domain::segments::{Place, SegmentReader, Segments};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::TableScanner;
use shared_kernel_domain::table::TableReference;
use shared_kernel_domain::{Error, Result};

/// How segments are to learn.
pub(crate) struct SegmentLesson<'a> {
    pub(crate) table: &'a TableReference,
    /// Never learned from.
    pub(crate) label: Option<&'a str>,
    pub(crate) detector: &'a str,
    pub(crate) seed: u64,
    /// The columns that make the segments.
    pub(crate) columns: &'a [String],
    /// What it may take of memory.
    pub(crate) memory_bytes: u64,
}

/// The rows of a table that its segments learn from.
pub(crate) struct SegmentLessons {
    pub(crate) segments: Arc<Segments>,
    pub(crate) learner: Learner,
    /// Of all rows; empty without a label column.
    pub(crate) labels: Vec<Option<bool>>,
    samplers: Vec<RowSampler>,
    /// By segment, the rows that the learner took in, and their places in it.
    rows: Vec<Vec<u32>>,
    places: Vec<Vec<u32>>,
    detector: String,
    seed: u64,
}

impl SegmentLessons {
    /// Reads a table twice: what its segments are, then what they learn from.
    pub(crate) fn read(
        scanner: &dyn TableScanner,
        lesson: &SegmentLesson<'_>,
        cancellation: &Cancellation,
    ) -> Result<Self> {
        let SegmentLesson { table, label, .. } = *lesson;
        if table.rows >= u64::from(u32::MAX) {
            return Err(Error::input(format!("{} rows are too many for segments", table.rows))
                .hint("give fewer rows, or judge them without --segment"));
        }
        let mut reader = SegmentReader::new(&table.schema, lesson.columns, label)?;
        let learner =
            Learner::new(&table.schema, label).leaving_out(lesson.columns, "it makes the segments");
        let job = Job::of_table(table.rows, learner.columns().len());
        check_memory(configured_algorithm(lesson.detector)?.as_ref(), job, lesson.memory_bytes)?;
        scanner.stream(table, &reader.columns(), cancellation, &mut |batch| reader.take(batch))?;
        let segments = Arc::new(reader.finish()?);
        let samplers = segments.samplers(lesson.seed, learner.columns().len());
        let count = segments.len();
        let mut lessons = Self {
            segments,
            learner,
            labels: Vec::new(),
            samplers,
            rows: vec![Vec::new(); count],
            places: vec![Vec::new(); count],
            detector: lesson.detector.to_owned(),
            seed: lesson.seed,
        };
        lessons.take(scanner, lesson, cancellation)?;
        Ok(lessons)
    }

    fn take(
        &mut self,
        scanner: &dyn TableScanner,
        lesson: &SegmentLesson<'_>,
        cancellation: &Cancellation,
    ) -> Result<()> {
        let mut columns = self.read_columns();
        if columns.is_empty() {
            return Err(Error::input("no column is left besides those of --segment and the label")
                .hint("give a table with other columns, or judge it without --segment"));
        }
        columns.extend(lesson.label.map(str::to_owned));
        scanner.stream(lesson.table, &columns, cancellation, &mut |batch| {
            let mut keep = vec![false; batch.len()];
            let mut taken = self.learner.rows() as u32;
            for (keep, &row) in keep.iter_mut().zip(batch.rows) {
                let Some(own) = self.segments.of(row as usize).map(usize::from) else { continue };
                let (Some(sampler), Some(rows), Some(places)) =
                    (self.samplers.get(own), self.rows.get_mut(own), self.places.get_mut(own))
                else {
                    return Err(Error::internal(format!("row {row} is in no segment")));
                };
                if sampler.keeps(row) {
                    *keep = true;
                    rows.push(row as u32);
                    places.push(taken);
                    taken += 1;
                }
            }
            self.learner.take(batch, Some(&keep))?;
            if let (Some(label), Some(column)) = (lesson.label, batch.columns.last()) {
                self.labels.extend(read_labels(label, column)?);
            }
            Ok(())
        })
    }

    /// The columns that models read, in the order of batches.
    pub(crate) fn read_columns(&self) -> Vec<String> {
        self.learner.columns()
    }

    /// Learns a segment; also returns the scores of the rows that it read, in row order.
    pub(crate) fn learn(
        &self,
        place: Place,
        cancellation: &Cancellation,
    ) -> Result<(AnomalyModel, Vec<f64>)> {
        let places = self.places.get(usize::from(place)).map_or(&[][..], Vec::as_slice);
        let learner = self.learner.subset(places);
        AnomalyModel::learn(learner, &self.detector, self.seed, cancellation)
    }

    /// Whether a segment reads all of its rows.
    pub(crate) fn has_all_rows(&self, place: Place) -> bool {
        self.samplers.get(usize::from(place)).is_some_and(RowSampler::keeps_all)
    }

    /// The rows that a segment reads, in row order.
    pub(crate) fn rows(&self, place: Place) -> &[u32] {
        self.rows.get(usize::from(place)).map_or(&[], Vec::as_slice)
    }
}
