//! Which members are taken, and how large, by rows and columns alone: never by a clock.

use super::super::Algorithm;
use super::super::cblof::Cblof;
use super::super::ecod::Ecod;
use super::super::extended_isolation_forest::ExtendedIsolationForest;
use super::super::inne::Inne;
use super::super::isolation_forest::IsolationForest;
use super::super::kde::KernelDensity;
use super::super::knn::{Aggregation, Knn};
use super::super::lof::Lof;
use super::super::mcd::Mcd;

/// Neighbours that knn's mean distance runs over, and those of lof.
const KNN_NEIGHBOURS: u32 = 20;
const LOF_NEIGHBOURS: u32 = 30;

/// Rows up to which a table is learned from eleven times: once, and once without each tenth
/// (`model/learn.rs`). Smaller tables are planned for as if they were so large, so that a fold gets the
/// members that the whole table gets.
const CROSS_FITTED_ROWS: usize = 2_500;
const CROSS_FITTED_PASSES: f64 = 11.0;

/// The share of the budget that one member may take.
const MEMBER_SHARE: f64 = 1.0 / 6.0;

/// Rows that neighbours are looked for among, and the fewest that are worth it.
const NEIGHBOUR_ROWS: (usize, usize) = (128, 8_192);

/// Numbers that such rows may have, so that a model stays small.
const NEIGHBOUR_CELLS: usize = 2 << 20;

/// Reference rows of kde, and estimators of inne: the fewest, and as many as without a budget.
const DENSITY_ROWS: (usize, usize) = (64, 2_048);
const ESTIMATORS: (usize, usize) = (10, 200);

/// Rows in an estimator of inne.
const ESTIMATOR_ROWS: u32 = 8;

/// Rows that mcd learns from at most, and its starts.
const ELLIPSOID_ROWS: usize = 8_192;
const ELLIPSOID_STARTS: f64 = 500.0;
const ELLIPSOID_START_ROWS: f64 = 300.0;

/// Features that mcd takes at most.
const ELLIPSOID_FEATURES: usize = 300;

/// The members, in the order in which they are told.
pub(super) const MEMBERS: [&str; 9] = [
    "isolation_forest",
    "extended_isolation_forest",
    "ecod",
    "mcd",
    "cblof",
    "inne",
    "kde",
    "knn",
    "lof",
];

/// What a member is there for.
pub(super) fn purpose(name: &str) -> &'static str {
    match name {
        "isolation_forest" => "rows that few splits part from the others",
        "extended_isolation_forest" => "the same by oblique splits",
        "ecod" => "values in the tails of columns",
        "mcd" => "rows that break linear dependencies",
        "cblof" => "rows far from clusters",
        "inne" => "rows outside of spheres around others",
        "kde" => "rows where density is low",
        "knn" => "rows far from their neighbours, over a range of k",
        _ => "rows in sparser surroundings than their neighbours",
    }
}

/// What becomes of a member.
pub(super) enum Plan {
    /// It is fitted, to a random part of the rows when there are more than it may learn from.
    Fit { algorithm: Box<dyn Algorithm>, rows: usize },
    /// It is left out, and why.
    LeaveOut(String),
}

/// A table's size, and what a member may take.
#[derive(Clone, Copy)]
struct Size {
    rows: usize,
    features: f64,
    /// Nanoseconds.
    allowed: f64,
    /// Rows scored in all passes.
    scored: f64,
    passes: f64,
}

/// The plan of every member, for a budget in estimated CPU seconds.
///
/// The estimates are those of one core of the machine that the figures in `docs/performance.md` were
/// measured on: another clock, not another choice.
pub(super) fn plan(rows: usize, features: usize, seconds: f64) -> Vec<(&'static str, Plan)> {
    let planned = rows.max(CROSS_FITTED_ROWS);
    let passes = if planned == CROSS_FITTED_ROWS { CROSS_FITTED_PASSES } else { 1.0 };
    let size = Size {
        rows,
        features: features as f64,
        allowed: 1e9 * seconds * MEMBER_SHARE,
        scored: passes * planned as f64,
        passes,
    };
    MEMBERS.into_iter().map(|name| (name, member(name, size))).collect()
}

fn member(name: &str, size: Size) -> Plan {
    let all = |algorithm: Box<dyn Algorithm>| Plan::Fit { algorithm, rows: size.rows };
    match name {
        "isolation_forest" => all(Box::new(IsolationForest { trees: 100, sample_rows: 256 })),
        "extended_isolation_forest" => {
            all(Box::new(ExtendedIsolationForest { trees: 100, sample_rows: 256 }))
        }
        "ecod" => all(Box::new(Ecod)),
        "cblof" => all(Box::new(Cblof { clusters: 8, large_share: 0.9, size_drop: 5.0 })),
        "mcd" => ellipsoid(size),
        "inne" => {
            sized(size, ESTIMATORS, f64::from(ESTIMATOR_ROWS) * (15.0 + 1.25 * size.features))
                .map_or_else(Plan::LeaveOut, |estimators| {
                    let estimators = estimators as u32;
                    all(Box::new(Inne { estimators, sample_rows: ESTIMATOR_ROWS }))
                })
        }
        "kde" => sized(size, DENSITY_ROWS, 24.0 + 0.35 * size.features)
            .map_or_else(Plan::LeaveOut, |rows| {
                all(Box::new(KernelDensity { reference_rows: rows as u32 }))
            }),
        "knn" => neighbours(
            size,
            Box::new(Knn { neighbours: KNN_NEIGHBOURS, aggregation: Aggregation::Mean }),
        ),
        _ => neighbours(size, Box::new(Lof { neighbours: LOF_NEIGHBOURS })),
    }
}

/// How large a member may be, of which a unit costs so many nanoseconds for each row scored.
fn sized(size: Size, (fewest, most): (usize, usize), unit: f64) -> Result<usize, String> {
    let affordable = size.allowed / (size.scored * unit);
    if affordable < fewest as f64 {
        return Err(too_slow(size, size.scored * unit * fewest as f64, "at its smallest"));
    }
    Ok((affordable as usize).min(most))
}

fn neighbours(size: Size, algorithm: Box<dyn Algorithm>) -> Plan {
    let (fewest, most) = NEIGHBOUR_ROWS;
    let most = most.min(NEIGHBOUR_CELLS / size.features.max(1.0) as usize).max(fewest);
    match sized(size, (fewest, most), 6.0 + 0.25 * size.features) {
        Ok(rows) => Plan::Fit { algorithm, rows: rows.min(size.rows) },
        Err(why) => Plan::LeaveOut(why),
    }
}

fn ellipsoid(size: Size) -> Plan {
    if size.features > ELLIPSOID_FEATURES as f64 {
        return Plan::LeaveOut(format!("it takes at most {ELLIPSOID_FEATURES} columns"));
    }
    let squares = size.features * size.features;
    let rows = size.rows.min(ELLIPSOID_ROWS);
    let learning = ELLIPSOID_STARTS * ELLIPSOID_START_ROWS * squares * 3.0
        + (size.scored / size.passes).min(ELLIPSOID_ROWS as f64) * squares * 40.0;
    let nanoseconds = size.passes * learning + size.scored * squares;
    if nanoseconds > size.allowed {
        return Plan::LeaveOut(too_slow(size, nanoseconds, "for so many columns"));
    }
    Plan::Fit { algorithm: Box::new(Mcd { support: 0.0 }), rows }
}

fn too_slow(size: Size, nanoseconds: f64, when: &str) -> String {
    format!(
        "it would take about {:.0} s {when}, of {:.0} s that a member may take",
        nanoseconds / 1e9,
        size.allowed / 1e9
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows_of(plan: &[(&'static str, Plan)], wanted: &str) -> Option<usize> {
        plan.iter().find(|(name, _)| *name == wanted).and_then(|(_, plan)| match plan {
            Plan::Fit { rows, .. } => Some(*rows),
            Plan::LeaveOut(_) => None,
        })
    }

    #[test]
    fn small_tables_have_all_members_fitted_to_all_rows() {
        for (rows, features) in [(1, 1), (300, 5), (2_500, 40), (8_000, 60)] {
            let plan = plan(rows, features, 60.0);
            for name in MEMBERS {
                assert_eq!(rows_of(&plan, name), Some(rows), "{name} of {rows} × {features}");
            }
        }
    }

    #[test]
    fn a_fold_has_the_members_of_the_whole_table() {
        for features in [10, 60, 200, 301, 2_000] {
            let (whole, fold) = (plan(2_500, features, 60.0), plan(2_250, features, 60.0));
            for (one, other) in whole.iter().zip(&fold) {
                let taken = |plan: &Plan| matches!(plan, Plan::Fit { .. });
                assert_eq!(taken(&one.1), taken(&other.1), "{} of {features}", one.0);
            }
        }
    }

    #[test]
    fn large_tables_have_members_fitted_to_a_part_and_wide_ones_some_left_out() {
        let large = plan(1_000_000, 10, 60.0);
        assert!(MEMBERS.iter().all(|name| rows_of(&large, name).is_some()));
        let kept = rows_of(&large, "knn").unwrap();
        assert!((1_000..1_400).contains(&kept), "{kept}");
        assert!(rows_of(&plan(5_000, 400, 60.0), "mcd").is_none());
        let cheap = plan(1_000_000, 10, 1.0);
        assert!(rows_of(&cheap, "lof").is_none() && rows_of(&cheap, "ecod").is_some());
    }
}
