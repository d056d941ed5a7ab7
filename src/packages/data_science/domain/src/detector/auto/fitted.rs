use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::{Error, Result};

use super::agreement::Vote;
use super::plan::{MEMBERS, purpose};
use super::surprise::{SurpriseScale, undamped};
use super::{Auto, member_algorithm};
use crate::detector::Detector;
use crate::matrix::FeatureMatrix;

/// Usual values of a feature: the quartiles.
const QUARTILES: usize = 3;

/// Features that are replaced for a row's reasons at most.
const REPLACED: usize = 32;

/// Bytes of reasons and names that a stored model may have.
const MAX_WORDS: usize = 1_000;

/// A fitted member.
pub(super) struct Member {
    name: &'static str,
    detector: Box<dyn Detector>,
    scale: SurpriseScale,
    /// Rows it learned from.
    rows: u64,
    agreement: f64,
    weight: f64,
}

impl Member {
    pub(super) fn new(
        name: &'static str,
        detector: Box<dyn Detector>,
        scale: SurpriseScale,
        rows: usize,
    ) -> Self {
        Self { name, detector, scale, rows: rows as u64, agreement: 0.0, weight: 0.0 }
    }

    /// Its name and what was found out about it.
    fn told(&self) -> (String, serde_json::Value) {
        let told = json!({
            "weight": self.weight,
            "agreement": self.agreement,
            "rows": self.rows,
        });
        (self.name.to_owned(), told)
    }
}

/// The members that count, and why others don't.
pub(super) struct FittedAuto {
    budget_seconds: f64,
    /// Rows that were learned from.
    rows: u64,
    /// By feature.
    quartiles: Vec<[f64; QUARTILES]>,
    members: Vec<Member>,
    left_out: Vec<(String, String)>,
}

/// What is stored of a member.
#[derive(Serialize, Deserialize)]
struct MemberDocument {
    name: String,
    state: Vec<u8>,
    scale: SurpriseScale,
    rows: u64,
    agreement: f64,
    weight: f64,
}

#[derive(Serialize, Deserialize)]
struct StoredAuto {
    budget_seconds: f64,
    rows: u64,
    quartiles: Vec<[f64; QUARTILES]>,
    members: Vec<MemberDocument>,
    left_out: Vec<(String, String)>,
}

impl FittedAuto {
    /// Without members yet.
    pub(super) fn new(auto: Auto, features: &FeatureMatrix) -> Self {
        Self {
            budget_seconds: auto.budget_seconds,
            rows: features.rows() as u64,
            quartiles: features.columns().iter().map(|column| quartiles(column)).collect(),
            members: Vec::new(),
            left_out: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, member: Member) {
        self.members.push(member);
    }

    pub(super) fn leave_out(&mut self, name: &str, why: String) {
        self.left_out.push((name.to_owned(), why));
    }

    /// Gives the members their votes and leaves out those without weight.
    pub(super) fn with_votes(mut self, votes: &[Vote]) -> Self {
        for (member, vote) in self.members.iter_mut().zip(votes) {
            (member.agreement, member.weight) = (vote.agreement, vote.weight);
        }
        let (counted, others) = self.members.into_iter().partition(|member| member.weight > 0.0);
        self.members = counted;
        for member in others {
            let Member { name, agreement, .. } = member;
            let why =
                format!("its scores do not agree with the others' (correlation {agreement:.2})");
            self.left_out.push((name.to_owned(), why));
        }
        self
    }

    /// Restores what [`Detector::to_bytes`] wrote; what could make scoring fail is refused.
    pub(super) fn restore(bytes: &[u8], features: usize) -> Result<Self> {
        let stored: StoredAuto = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the members in the model cannot be read").caused_by(cause)
        })?;
        let numbers = stored.quartiles.iter().flatten();
        let weights: f64 = stored.members.iter().map(|member| member.weight).sum();
        let short = |words: &(String, String)| words.0.len() + words.1.len() <= MAX_WORDS;
        let sound = stored.quartiles.len() == features
            && numbers.into_iter().all(|value| value.is_finite())
            && (1..=MEMBERS.len()).contains(&stored.members.len())
            && (weights - 1.0).abs() < 1e-6
            && stored.left_out.len() <= MEMBERS.len()
            && stored.left_out.iter().all(short)
            && (0.0..=1e9).contains(&stored.budget_seconds);
        if !sound {
            return Err(Error::input("the members in the model are broken"));
        }
        let members = stored.members.into_iter().map(|member| member.restore(features));
        Ok(Self {
            budget_seconds: stored.budget_seconds,
            rows: stored.rows,
            quartiles: stored.quartiles,
            members: members.collect::<Result<_>>()?,
            left_out: stored.left_out,
        })
    }

    /// The features to be replaced: all, or those that the members hold most responsible.
    fn suspects(&self, row: &[f64]) -> Vec<usize> {
        let mut suspects: Vec<usize> = (0..row.len()).collect();
        if suspects.len() <= REPLACED {
            return suspects;
        }
        let mut blame = vec![0.0; row.len()];
        for member in &self.members {
            let parts = member.detector.contributions(row);
            let total: f64 = parts.iter().map(|part| part.max(0.0)).sum();
            if total > 0.0 && total.is_finite() {
                for (blame, part) in blame.iter_mut().zip(parts) {
                    *blame += member.weight * part.max(0.0) / total;
                }
            }
        }
        let blame_of = |feature: usize| blame.get(feature).copied().unwrap_or(0.0);
        suspects.sort_by(|&a, &b| blame_of(b).total_cmp(&blame_of(a)).then(a.cmp(&b)));
        suspects.truncate(REPLACED);
        suspects
    }

    /// The row itself, then for each suspect the row with each of its quartiles instead.
    fn replaced(&self, row: &[f64], suspects: &[usize]) -> Result<FeatureMatrix> {
        let rows = 1 + QUARTILES * suspects.len();
        let mut columns: Vec<Vec<f64>> = row.iter().map(|&own| vec![own; rows]).collect();
        for (place, &suspect) in suspects.iter().enumerate() {
            let usual = self.quartiles.get(suspect).into_iter().flatten();
            let column = columns.get_mut(suspect).into_iter().flatten();
            for (own, &usual) in column.skip(1 + QUARTILES * place).zip(usual) {
                *own = usual;
            }
        }
        FeatureMatrix::from_columns(rows, columns)
    }
}

impl MemberDocument {
    fn restore(self, features: usize) -> Result<Member> {
        let (name, algorithm) = member_algorithm(&self.name)?;
        self.scale.check()?;
        if !((0.0..=1.0).contains(&self.weight) && (-1.0..=1.0).contains(&self.agreement)) {
            return Err(Error::input("a member's weight in the model is broken"));
        }
        Ok(Member {
            name,
            detector: algorithm.restore(&self.state, features)?,
            scale: self.scale,
            rows: self.rows,
            agreement: self.agreement,
            weight: self.weight,
        })
    }
}

impl Detector for FittedAuto {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let mut scores = vec![0.0; features.rows()];
        for member in &self.members {
            for (score, own) in scores.iter_mut().zip(member.detector.score(features)) {
                *score += member.weight * member.scale.damped_surprise(own);
            }
        }
        for score in &mut scores {
            *score = undamped(*score);
        }
        scores
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let mut parts = vec![0.0; row.len()];
        let suspects = self.suspects(row);
        let Ok(replaced) = self.replaced(row, &suspects) else { return parts };
        let scores = self.score(&replaced);
        let Some((own, usual)) = scores.split_first() else { return parts };
        for (suspect, scores) in suspects.into_iter().zip(usual.chunks_exact(QUARTILES)) {
            let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
            if let Some(part) = parts.get_mut(suspect) {
                *part = own - least;
            }
        }
        parts
    }

    fn choices(&self) -> Vec<String> {
        let counted = self.members.iter().map(|member| {
            let learned = if member.rows < self.rows {
                format!(", learned from {} of {} rows", member.rows, self.rows)
            } else {
                String::new()
            };
            format!(
                "{}: weight {:.2}, agreement with the others {:.2}{learned}; for {}",
                member.name,
                member.weight,
                member.agreement,
                purpose(member.name)
            )
        });
        let others = self.left_out.iter().map(|(name, why)| format!("{name}: left out, {why}"));
        counted.chain(others).collect()
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        let members: serde_json::Map<_, _> = self.members.iter().map(Member::told).collect();
        let left_out = self.left_out.iter().map(|(name, why)| (name.clone(), json!(why)));
        let left_out: serde_json::Map<_, _> = left_out.collect();
        BTreeMap::from([
            ("budget_seconds".to_owned(), json!(self.budget_seconds)),
            ("members".to_owned(), members.into()),
            ("left_out".to_owned(), left_out.into()),
        ])
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut members = Vec::with_capacity(self.members.len());
        for member in &self.members {
            members.push(MemberDocument {
                name: member.name.to_owned(),
                state: member.detector.to_bytes()?,
                scale: member.scale.clone(),
                rows: member.rows,
                agreement: member.agreement,
                weight: member.weight,
            });
        }
        let stored = StoredAuto {
            budget_seconds: self.budget_seconds,
            rows: self.rows,
            quartiles: self.quartiles.clone(),
            members,
            left_out: self.left_out.clone(),
        };
        postcard::to_allocvec(&stored)
            .map_err(|cause| Error::internal("members do not serialise").caused_by(cause))
    }
}

/// The lower quartile, the median and the upper quartile: values that occur.
fn quartiles(column: &[f64]) -> [f64; QUARTILES] {
    let mut ascending = column.to_vec();
    ascending.sort_unstable_by(f64::total_cmp);
    let last = ascending.len().saturating_sub(1);
    [1, 2, 3].map(|quarter| ascending.get(last * quarter / 4).copied().unwrap_or(0.0))
}
