use std::sync::Arc;

use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::Batch;

use super::{EXCLUDED, RowTest};
use crate::expression::{FALSE, UNKNOWN};
use crate::summary::{KEPT, decode, encode, row_number};

/// How many rows keep a rule and break it, and the first that break it.
pub struct RowCounts {
    test: Arc<RowTest>,
    counts: Counts,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    rows: u64,
    failed: u64,
    unknown: u64,
    first: Vec<u64>,
}

impl RowCounts {
    /// Nothing counted yet.
    pub fn of(test: Arc<RowTest>) -> Self {
        Self { test, counts: Counts::default() }
    }

    /// Rows looked at: those that the filter lets through.
    pub fn rows(&self) -> u64 {
        self.counts.rows
    }

    /// Rows that break the rule.
    pub fn failed(&self) -> u64 {
        self.counts.failed
    }

    /// Rows looked at that neither keep nor break it, because a value is missing.
    pub fn unknown(&self) -> u64 {
        self.counts.unknown
    }

    /// The first rows that break it.
    pub fn first(&self) -> &[u64] {
        &self.counts.first
    }
}

impl Summary for RowCounts {
    fn key(&self) -> String {
        format!("quality.rule: {}", self.test.key)
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self::of(Arc::clone(&self.test)))
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        let outcomes = self.test.outcomes(batch)?;
        let mut counts = [0_u64; EXCLUDED as usize + 1];
        for &outcome in &outcomes {
            if let Some(count) = counts.get_mut(usize::from(outcome)) {
                *count += 1;
            }
        }
        let of = |outcome: u8| counts.get(usize::from(outcome)).copied().unwrap_or_default();
        let failed = of(FALSE);
        self.counts.rows += outcomes.len() as u64 - of(EXCLUDED);
        self.counts.unknown += of(UNKNOWN);
        self.counts.failed += failed;
        let room = KEPT.saturating_sub(self.counts.first.len());
        if failed > 0 && room > 0 {
            let failing = outcomes.iter().zip(batch.rows).filter(|(outcome, _)| **outcome == FALSE);
            self.counts.first.extend(failing.take(room).map(|(_, &row)| row_number(row)));
        }
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let later: Counts = decode(later)?;
        self.counts.rows += later.rows;
        self.counts.failed += later.failed;
        self.counts.unknown += later.unknown;
        self.counts.first.extend(later.first);
        self.counts.first.truncate(KEPT);
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(&self.counts)
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>() + KEPT * size_of::<u64>()
    }
}
