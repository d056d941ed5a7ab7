//! Auto: several detectors of different kinds, combined without labels.
//!
//! No single detector is good everywhere: isolation is the most robust choice, density and
//! neighbours see what lies between clusters, ellipsoids what breaks a dependency, local factors what
//! is odd only among its neighbours. Averages of different detectors are better than most of their
//! parts (Aggarwal, Sathe 2015; Zimek, Campello, Sander 2014), and need nothing known of the table.
//!
//! - **Members** are one or two of each kind (`plan.rs`), fitted to all rows or, where they would
//!   take longer than a budget allows, to a random part or not at all. The choice is made by rows
//!   and columns: the same table has the same members on any machine.
//! - **Scores are made comparable** as surprises (`surprise.rs`): `−ln` of the share of training rows
//!   that score at least so high, extrapolated in the tail. The score is their weighted mean, in which
//!   a surprise beyond 4 nats counts by its logarithm and which is turned back into nats: `f⁻¹ Σ w f(u)`
//!   with `f` the damping. One member cannot outvote the others; what all agree on counts in full.
//! - **Weights come from agreement** (`agreement.rs`): the fourth power of a member's correlation with
//!   the weighted mean of the others, so that a member that says nothing, or the opposite of all
//!   others, counts for nothing. Synthetic anomalies planted into the tables were tried for weights
//!   and say nothing of which member finds the real ones; figures are in `docs/performance.md`.
//!
//! A row's reasons are by replacement: how far the score falls when a feature has the most favourable
//! one of its three quartiles instead. Of many features only those are replaced that the members
//! themselves hold responsible.

mod agreement;
mod fitted;
mod plan;
mod surprise;

#[cfg(test)]
mod tests;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, ErrorKind, Result};

use self::agreement::votes;
use self::fitted::{FittedAuto, Member};
use self::plan::{MEMBERS, Plan, plan};
use self::surprise::SurpriseScale;
use super::random::{sample, stream};
use super::{Algorithm, Cost, Detector, DetectorDescription, Parameter, algorithm, score_rows};
use crate::matrix::FeatureMatrix;

/// Rows whose scores make scales and weights.
const JUDGED_ROWS: u64 = 16_384;

/// Sets the random streams of the members apart.
const SEED_STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The algorithm and its parameter.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Auto {
    /// CPU seconds that learning from and scoring a table may take by estimate.
    pub budget_seconds: f64,
}

impl Algorithm for Auto {
    fn name(&self) -> &'static str {
        "auto"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "several detectors of different kinds, weighted by agreement".to_owned(),
            good_for: "tables of which nothing is known: better on average than any single \
                       detector; takes some thirty times as long as isolation_forest"
                .to_owned(),
            parameters: vec![Parameter::number(
                "budget_seconds",
                self.budget_seconds,
                1.0..=36_000.0,
                "CPU seconds that learning from and scoring a table may take, by an estimate from \
                 rows and columns, not by a clock; members that would take longer learn from fewer \
                 rows or are left out",
            )],
            cost:
                "that of its members, within the budget; the model keeps what theirs keep, up to \
                   8,192 training rows twice"
                    .to_owned(),
            contribution: "how far the score, a mean of −ln of tail shares, falls when \
                           the column has a usual value"
                .to_owned(),
            reference: format!(
                "ours, of {}; after Aggarwal, Sathe: Theoretical Foundations and Algorithms for \
                 Outlier Ensembles, 2015",
                MEMBERS.join(", ")
            ),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        let judged = judged_rows(features, seed)?;
        let mut ensemble = FittedAuto::new(*self, features);
        let plan = plan(features.rows(), features.features(), self.budget_seconds);
        let fit = |(index, (name, plan)): (usize, (&'static str, Plan))| {
            cancellation.check()?;
            let own_seed = seed.wrapping_add(SEED_STEP.wrapping_mul(index as u64 + 1));
            let (algorithm, rows) = match plan {
                Plan::LeaveOut(why) => return Ok((name, Err(why))),
                Plan::Fit { algorithm, rows } => (algorithm, rows),
            };
            let fitted = fit_member(algorithm.as_ref(), rows, features, own_seed, cancellation)?;
            let judge = |detector: Box<dyn Detector>| {
                let (algorithm, fitted) = (algorithm.as_ref(), detector.as_ref());
                let scores = score_rows(algorithm, fitted, &judged, cancellation)?;
                let scale = SurpriseScale::of(&scores);
                let surprise = |score| scale.damped_surprise(score);
                let surprises: Vec<f64> = scores.into_iter().map(surprise).collect();
                Ok((Member::new(name, detector, scale, rows), surprises))
            };
            Ok(match fitted {
                Ok(detector) => (name, Ok(judge(detector)?)),
                Err(why) => (name, Err(why)),
            })
        };
        let members: Vec<Result<_>> = plan.into_par_iter().enumerate().map(fit).collect();
        let mut surprises = Vec::new();
        for member in members {
            match member? {
                (_, Ok((member, own))) => {
                    surprises.push(own);
                    ensemble.add(member);
                }
                (name, Err(why)) => ensemble.leave_out(name, why),
            }
        }
        Ok(Box::new(ensemble.with_votes(&votes(&surprises))))
    }

    fn cost(&self, rows: usize, features: usize) -> Cost {
        let plans = plan(rows, features, self.budget_seconds);
        let costs = plans.iter().filter_map(|(_, plan)| match plan {
            Plan::Fit { algorithm, rows } => Some(algorithm.cost(*rows, features)),
            Plan::LeaveOut(_) => None,
        });
        let none = Cost { operations: 0.0, bytes: 0.0 };
        costs.fold(none, |sum, own| Cost {
            operations: sum.operations + own.operations,
            bytes: sum.bytes + own.bytes,
        })
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        Ok(Box::new(FittedAuto::restore(bytes, features)?))
    }
}

/// The rows that are judged by all members: all, or a random part.
fn judged_rows(features: &FeatureMatrix, seed: u64) -> Result<FeatureMatrix> {
    part(features, JUDGED_ROWS as usize, seed)
}

/// A random part of the rows, in row order, or all of them.
fn part(features: &FeatureMatrix, rows: usize, seed: u64) -> Result<FeatureMatrix> {
    if rows >= features.rows() {
        return Ok(features.clone());
    }
    let chosen = sample(&mut stream(seed, u64::MAX), features.rows() as u64, rows as u64);
    let columns = features.columns().iter();
    let columns = columns.map(|column| chosen.iter().map(|&row| column[row]).collect());
    FeatureMatrix::from_columns(chosen.len(), columns.collect())
}

/// The fitted member, or why this table cannot have it.
fn fit_member(
    algorithm: &dyn Algorithm,
    rows: usize,
    features: &FeatureMatrix,
    seed: u64,
    cancellation: &Cancellation,
) -> Result<std::result::Result<Box<dyn Detector>, String>> {
    let fitted = if rows < features.rows() {
        algorithm.fit(&part(features, rows, seed)?, seed, cancellation)
    } else {
        algorithm.fit(features, seed, cancellation)
    };
    match fitted {
        Ok(detector) => Ok(Ok(detector)),
        Err(error) if error.kind() == ErrorKind::Input => Ok(Err(error.what().to_owned())),
        Err(error) => Err(error),
    }
}

/// The algorithm that restores a member's state.
fn member_algorithm(name: &str) -> Result<(&'static str, &'static dyn Algorithm)> {
    let known = MEMBERS.into_iter().find(|known| *known == name);
    let Some(known) = known else {
        return Err(Error::input(format!("{name:?} is not a member that auto has")));
    };
    Ok((known, algorithm(known)?))
}
