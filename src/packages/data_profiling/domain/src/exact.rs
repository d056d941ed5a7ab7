//! What one scan leaves open and further ones tell exactly: different values, quantiles, keys.

use shared_kernel_domain::Result;
use shared_kernel_domain::scan::{Duplicates, ScanOutcome, ScanPlan, Slot};
use shared_kernel_domain::summary::{OrderedValues, RankSelection};

use crate::distribution::{SHARES, quantiles_of};
use crate::figure::Figure;
use crate::plan::ProfileSlots;
use crate::profile::Profile;

/// So many values are held at once to select quantiles among them: 64 MiB.
const MOST_VALUES: u64 = 8 << 20;

/// So many keys of a sample are held against all rows.
const MOST_KEYS: usize = 5;

/// Questions of one further scan.
pub struct QuantileScan {
    /// The place of a column among all, its slot, and what was known of its values.
    columns: Vec<(usize, Slot<RankSelection>, OrderedValues)>,
}

impl Profile {
    /// Columns whose different values were only estimated; of values within columns they stay so.
    pub fn estimated_distinct(&self) -> Vec<String> {
        let estimated = self.columns.iter().filter(|column| {
            column.distinct.measured().is_some_and(|distinct| !distinct.is_exact())
        });
        estimated.map(|column| column.name.clone()).collect()
    }

    /// Keys that are known from a sample only.
    pub fn sampled_keys(&self) -> Vec<Vec<String>> {
        self.structure.as_ref().map_or_else(Vec::new, |it| it.keys.to_verify(MOST_KEYS))
    }

    /// The scans that tell the quantiles that were only estimated; as many as memory makes
    /// necessary, mostly one or none.
    pub fn quantile_scans(
        slots: &ProfileSlots,
        outcome: &ScanOutcome,
    ) -> Result<Vec<(ScanPlan, QuantileScan)>> {
        let mut scans: Vec<(ScanPlan, QuantileScan)> = Vec::new();
        let mut room = 0;
        let columns = slots.columns.iter().map(|slots| (slots.summary, Ok(&slots.field)));
        let nested = slots.nested.columns.iter().map(|slots| (slots.summary, Err(&slots.nested)));
        for (place, (summary, field)) in columns.chain(nested).enumerate() {
            let ordered = outcome.get(summary)?.ordered();
            if ordered.rank_error() == 0 {
                continue;
            }
            let selection = RankSelection::for_shares(&ordered, &SHARES);
            if room < selection.expected_values() || scans.is_empty() {
                scans.push((ScanPlan::default(), QuantileScan { columns: Vec::new() }));
                room = MOST_VALUES;
            }
            room = room.saturating_sub(selection.expected_values());
            if let Some((plan, scan)) = scans.last_mut() {
                let slot = match field {
                    Ok(field) => plan.add(&[field.name.as_str()], selection),
                    Err(nested) => plan.add_nested(nested, selection),
                };
                scan.columns.push((place, slot, ordered));
            }
        }
        Ok(scans)
    }

    /// The profile, now that a column's values were compared with one another.
    #[must_use]
    pub fn with_exact_distinct(mut self, column: &str, found: &Duplicates) -> Self {
        let distinct = found.evaluated_rows - found.duplicate_rows;
        if let Some(column) = self.columns.iter_mut().find(|known| known.name == column) {
            column.distinct = Figure::exact(distinct);
            let values = column.values();
            if let Some(frequencies) = &mut column.frequencies {
                frequencies.distinct_share = Figure::exact(distinct as f64 / values as f64);
            }
        }
        self
    }

    /// The profile with the quantiles of a further scan.
    pub fn with_exact_quantiles(
        mut self,
        scan: &QuantileScan,
        outcome: &ScanOutcome,
    ) -> Result<Self> {
        for (place, slot, known) in &scan.columns {
            let exact = outcome.get(*slot)?.ordered(&SHARES);
            if let (Some(column), Some(exact)) = (self.all_columns_mut().nth(*place), exact) {
                column.quantiles = quantiles_of(&exact);
                if let Some(distribution) = &mut column.distribution {
                    distribution.take_quartiles(&exact, known);
                }
            }
        }
        Ok(self)
    }

    /// The profile, now that the rows that agree in the columns of a key are counted.
    #[must_use]
    pub fn with_verified_key(mut self, columns: &[String], found: &Duplicates) -> Self {
        self.structure = self.structure.map(|it| it.with_verified_key(columns, found));
        self
    }
}
