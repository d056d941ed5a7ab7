//! CBLOF: rows far from the centre of their cluster, or in small clusters far from large ones, are
//! anomalous.
//!
//! He, Xu, Deng: "Discovering Cluster-Based Local Outliers" (Pattern Recognition Letters 2003),
//! with PyOD's choices: 8 clusters by k-means; clusters by size, the large ones being the first
//! that hold a share α = 0.9 of the rows and before a drop in size by a factor β = 5; the score is
//! the distance to the row's own centre in a large cluster, to the nearest large one in a small
//! cluster, not weighted by size. Columns are standardised robustly first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::k_means::{k_means, nearest, squared_distance};
use super::random::{sample, stream};
use super::scaling::Scaler;
use super::{Algorithm, Detector, DetectorDescription, Parameter};
use crate::matrix::FeatureMatrix;

/// Rows that centres are looked for among at most.
const MAX_CLUSTERED_ROWS: u64 = 65_536;

/// Clusters that a stored model may have at most.
const MAX_CLUSTERS: usize = 1_024;

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Cblof {
    /// Clusters to look for.
    pub clusters: u32,
    /// The share of rows in large clusters (α).
    pub large_share: f64,
    /// How many times smaller the next cluster is (β).
    pub size_drop: f64,
}

/// Clusters, and which are large.
#[derive(Serialize, Deserialize)]
pub struct FittedCblof {
    scaler: Scaler,
    /// Row-major.
    centres: Vec<f64>,
    is_large: Vec<bool>,
    /// Whether α and β told large from small; otherwise all clusters are taken as large.
    parted: bool,
}

impl Algorithm for Cblof {
    fn name(&self) -> &'static str {
        "cblof"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "distance to the nearest large cluster".to_owned(),
            good_for: "data of a few round groups; needs no neighbours at scoring time; columns \
                       are standardised robustly; depends on where clusters start"
                .to_owned(),
            parameters: vec![
                Parameter::whole(
                    "clusters",
                    self.clusters,
                    2..=MAX_CLUSTERS as u32,
                    "clusters to look for",
                ),
                Parameter::number(
                    "large_share",
                    self.large_share,
                    0.5..=1.0,
                    "share of rows in large clusters",
                ),
                Parameter::number(
                    "size_drop",
                    self.size_drop,
                    1.0..=1e6,
                    "drop in size that ends the large ones",
                ),
            ],
            cost: "fit: at most 100 × 65,536 rows × clusters × d; score: n × clusters × d"
                .to_owned(),
            contribution: "the column's share of the squared distance, so that a row's \
                           contributions sum to its score"
                .to_owned(),
            reference: "He, Xu, Deng: Discovering Cluster-Based Local Outliers, Pattern \
                        Recognition Letters 2003"
                .to_owned(),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        let scaler = Scaler::robust(features);
        let mut random = stream(seed, 0);
        let rows = sample(&mut random, features.rows() as u64, MAX_CLUSTERED_ROWS);
        let scaled = scaled_rows(&scaler, features, &rows);
        let width = features.features();
        let centres = k_means(&scaled, width, self.clusters as usize, &mut random, cancellation)?;
        let mut sizes = vec![0_u64; centres.len() / width];
        for row in scaled.chunks_exact(width) {
            sizes[nearest(&centres, row).0] += 1;
        }
        let large = large_clusters(&sizes, self.large_share, self.size_drop);
        let parted = large.is_some();
        let is_large = large.unwrap_or_else(|| vec![true; sizes.len()]);
        Ok(Box::new(FittedCblof { scaler, centres, is_large, parted }))
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let fitted: FittedCblof = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the clusters in the model cannot be read").caused_by(cause)
        })?;
        fitted.scaler.check(features)?;
        let clusters = fitted.is_large.len();
        let sound = clusters <= MAX_CLUSTERS
            && fitted.is_large.contains(&true)
            && fitted.centres.len() == clusters * features
            && fitted.centres.iter().all(|value| value.abs() <= super::scaling::LIMIT);
        if !sound {
            return Err(Error::input("the clusters in the model are broken"));
        }
        Ok(Box::new(fitted))
    }
}

/// Some rows, scaled, row-major.
pub(super) fn scaled_rows(scaler: &Scaler, features: &FeatureMatrix, rows: &[usize]) -> Vec<f64> {
    let mut row = Vec::new();
    let mut scaled = Vec::with_capacity(rows.len() * features.features());
    for &index in rows {
        features.copy_row(index, &mut row);
        scaled.extend(scaler.apply_row(&row));
    }
    scaled
}

/// Which clusters are large (2003, definition 3): by size, the first to reach a share α of the rows
/// where the next is β times smaller; where both never hold at once, the first of either, as PyOD
/// does. `None` when neither holds before the last cluster.
fn large_clusters(sizes: &[u64], share: f64, drop: f64) -> Option<Vec<bool>> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&cluster| std::cmp::Reverse(sizes[cluster]));
    let rows: u64 = sizes.iter().sum();
    let mut held = 0;
    let (mut by_share, mut by_drop, mut by_both) = (None, None, None);
    for (place, pair) in order.windows(2).enumerate() {
        held += sizes[pair[0]];
        let enough = held as f64 >= share * rows as f64;
        let drops = sizes[pair[0]] as f64 >= drop * sizes[pair[1]] as f64;
        by_share = by_share.or(enough.then_some(place));
        by_drop = by_drop.or(drops.then_some(place));
        by_both = by_both.or((enough && drops).then_some(place));
    }
    let last_large = by_both.or(by_share).or(by_drop)?;
    let mut is_large = vec![false; sizes.len()];
    for &cluster in &order[..=last_large] {
        is_large[cluster] = true;
    }
    Some(is_large)
}

impl FittedCblof {
    /// The centre a scaled row is measured from.
    fn centre(&self, row: &[f64]) -> &[f64] {
        let centre = |cluster: usize| &self.centres[cluster * row.len()..][..row.len()];
        let (own, _) = nearest(&self.centres, row);
        if self.is_large[own] {
            return centre(own);
        }
        let large = (0..self.is_large.len()).filter(|&cluster| self.is_large[cluster]);
        let distance = |cluster: usize| squared_distance(centre(cluster), row);
        let nearest = large.min_by(|&a, &b| distance(a).total_cmp(&distance(b)));
        centre(nearest.unwrap_or(own))
    }
}

impl Detector for FittedCblof {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let mut row = Vec::new();
        let score = |index| {
            features.copy_row(index, &mut row);
            let scaled = self.scaler.apply_row(&row);
            squared_distance(self.centre(&scaled), &scaled).sqrt()
        };
        (0..features.rows()).map(score).collect()
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let scaled = self.scaler.apply_row(row);
        let centre = self.centre(&scaled);
        let distance = squared_distance(centre, &scaled).sqrt().max(f64::MIN_POSITIVE);
        // Divided first, so that a square does not vanish.
        scaled.iter().zip(centre).map(|(x, c)| (x - c) / distance * (x - c)).collect()
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        let large = self.is_large.iter().filter(|&&large| large).count();
        let parted = if self.parted {
            "by share of rows and drop in size"
        } else {
            "all clusters, because no size parts large from small ones"
        };
        BTreeMap::from([
            ("clusters".to_owned(), json!(self.is_large.len())),
            ("large_clusters".to_owned(), json!(large)),
            ("large_clusters_are".to_owned(), json!(parted)),
        ])
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_allocvec(self)
            .map_err(|cause| Error::internal("clusters do not serialise").caused_by(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_clusters_follow_the_definition() {
        // 95 of 100 rows, then a drop by 19.
        assert_eq!(large_clusters(&[5, 55, 40], 0.9, 5.0), Some(vec![false, true, true]));
        // Share alone.
        assert_eq!(large_clusters(&[50, 45, 25], 0.75, 5.0), Some(vec![true, true, false]));
        // Neither holds before the last cluster, nor with one cluster.
        assert_eq!(large_clusters(&[40, 30, 30], 0.9, 5.0), None);
        assert_eq!(large_clusters(&[7], 0.9, 5.0), None);
    }

    #[test]
    fn a_small_far_cluster_is_measured_from_the_large_one() {
        let mut x: Vec<f64> = (0..200).map(|row| f64::from(row % 10)).collect();
        x.extend([1_000.0; 4]);
        let features = FeatureMatrix::from_columns(x.len(), vec![x]).unwrap();
        let cblof = Cblof { clusters: 2, large_share: 0.9, size_drop: 5.0 };
        let fitted = cblof.fit(&features, 1, &Cancellation::default()).unwrap();
        let scores = fitted.score(&features);
        // Median 5, interquartile range 5; the large cluster's mean is 4.5.
        let scale = 5.0 / 1.348_979_500_392_163_5;
        assert!((scores[203] - (1_000.0 - 4.5) / scale).abs() < 1e-9, "{}", scores[203]);
        assert!((scores[0] - 4.5 / scale).abs() < 1e-9, "{}", scores[0]);
    }
}
