//! What every detector of neighbours does, and each against its formula, worked out slowly.

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use shared_kernel_domain::cancellation::Cancellation;

use super::*;
use crate::detector::abod::Abod;
use crate::detector::cof::Cof;
use crate::detector::knn::{Aggregation, Knn};
use crate::detector::lof::Lof;
use crate::detector::scaling::Scaler;
use crate::detector::{Algorithm, Detector, algorithm};
use crate::matrix::FeatureMatrix;

const NAMES: [&str; 5] = ["knn", "lof", "cof", "abod", "inne"];

fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
    FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
}

fn of_rows(rows: &[Vec<f64>]) -> FeatureMatrix {
    matrix(
        (0..rows[0].len()).map(|feature| rows.iter().map(|row| row[feature]).collect()).collect(),
    )
}

fn fit(algorithm: &dyn Algorithm, features: &FeatureMatrix) -> Box<dyn Detector> {
    algorithm.fit(features, 7, &Cancellation::default()).unwrap()
}

fn by_name(name: &str) -> &'static dyn Algorithm {
    algorithm(name).unwrap()
}

fn scores(algorithm: &dyn Algorithm, features: &FeatureMatrix) -> Vec<f64> {
    fit(algorithm, features).score(features)
}

#[test]
fn agrees_with_scores_of_reference_implementations() {
    // X = c_[(7i % 23) / 4, (i² % 17) / 3, (11i % 13) / 2 + i / 100], i = 0..40; scaled as
    // (X − median) / (quantile(1 − tail) − quantile(tail)) by NumPy 2.4.6; rows 0, 13, 27, 39.
    let column = |value: fn(f64) -> f64| (0..40).map(|i| value(f64::from(i))).collect();
    let features = matrix(vec![
        column(|i| (7.0 * i) % 23.0 / 4.0),
        column(|i| (i * i) % 17.0 / 3.0),
        column(|i| (11.0 * i) % 13.0 / 2.0 + 0.01 * i),
    ]);
    let knn = |aggregation| Knn { neighbours: 5, aggregation };
    let expected: [(&dyn Algorithm, [f64; 4]); 6] = [
        // pyod 3.6.7: KNN(n_neighbors=5, method=…).fit(Z).decision_scores_, tail 0.05
        (
            &knn(Aggregation::Largest),
            [
                0.755_756_182_345_459_9,
                0.632_605_233_848_566_4,
                0.410_310_583_186_832_9,
                0.379_410_739_653_830_93,
            ],
        ),
        (
            &knn(Aggregation::Mean),
            [
                0.599_718_612_628_687,
                0.463_271_946_650_576,
                0.286_712_084_121_758_1,
                0.309_907_582_983_098_84,
            ],
        ),
        (
            &knn(Aggregation::Median),
            [
                0.568_606_754_788_685_9,
                0.496_559_734_306_813_6,
                0.302_565_478_196_449,
                0.300_382_713_675_602_26,
            ],
        ),
        // pyod 3.6.7 and scikit-learn 1.9.1: LOF(n_neighbors=5).fit(Z).decision_scores_, tail 0.01
        (
            &Lof { neighbours: 5 },
            [
                1.240_361_939_933_028_8,
                1.210_650_417_901_281,
                1.010_286_178_562_875,
                0.983_622_737_004_181_7,
            ],
        ),
        // NumPy 2.4.6 by the paper (see cof.rs for what PyOD does otherwise): Prim's algorithm over
        // argsort(D, kind="stable")[:, :5], costs that are equal to 12 digits in that order, tail 0.01
        (
            &Cof { neighbours: 5 },
            [
                1.305_789_107_390_577_6,
                1.175_593_476_971_542_8,
                0.855_737_460_892_779_1,
                1.154_821_846_631_745_3,
            ],
        ),
        // NumPy 2.4.6 by the paper: −log(average((v − average(v, weights=w))², weights=w)) over
        // itertools.combinations of the 5 neighbours, tail 0.05
        (
            &Abod { neighbours: 5 },
            [
                0.796_395_793_240_052_4,
                -2.180_551_618_762_415,
                -5.802_061_644_006_998,
                -4.163_398_224_508_348,
            ],
        ),
    ];
    for (algorithm, expected) in expected {
        let scores = scores(algorithm, &features);
        for (row, expected) in [0, 13, 27, 39].into_iter().zip(expected) {
            let name = algorithm.name();
            assert!((scores[row] - expected).abs() < 1e-6, "{name}, row {row}: {}", scores[row]);
        }
    }
}

/// Rows that were scaled, their distances, and each row's neighbours.
struct Slow {
    rows: Vec<Vec<f64>>,
    neighbours: Vec<Vec<usize>>,
}

impl Slow {
    fn new(features: &FeatureMatrix, tail: f64, k: usize) -> Self {
        let scaled = Scaler::central(features, tail).apply(features);
        let rows: Vec<Vec<f64>> = scaled.chunks(features.features()).map(<[f64]>::to_vec).collect();
        let mut slow = Self { rows, neighbours: Vec::new() };
        for row in 0..slow.rows.len() {
            let mut others: Vec<usize> = (0..slow.rows.len()).collect();
            others.sort_by(|&a, &b| slow.distance(row, a).total_cmp(&slow.distance(row, b)));
            // The first of the rows that lie where it lies stands for the row itself.
            others.remove(0);
            others.truncate(k);
            slow.neighbours.push(others);
        }
        slow
    }

    fn distance(&self, a: usize, b: usize) -> f64 {
        self.rows[a].iter().zip(&self.rows[b]).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    }

    fn each(&self, value: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..self.rows.len()).map(value).collect()
    }

    fn mean(&self, row: usize, value: impl Fn(usize) -> f64) -> f64 {
        let neighbours = &self.neighbours[row];
        neighbours.iter().map(|&other| value(other)).sum::<f64>() / neighbours.len() as f64
    }

    /// Levels of zero raised to the lowest above.
    fn raised(levels: Vec<f64>) -> Vec<f64> {
        let lowest =
            levels.iter().copied().filter(|&level| level > 0.0).fold(f64::INFINITY, f64::min);
        let lowest = if lowest.is_finite() { lowest } else { 1.0 };
        levels.into_iter().map(|level| level.max(lowest)).collect()
    }

    fn lof(&self) -> Vec<f64> {
        let reach = self.each(|row| self.distance(row, *self.neighbours[row].last().unwrap()));
        let means =
            self.each(|row| self.mean(row, |other| self.distance(row, other).max(reach[other])));
        let densities: Vec<f64> = Self::raised(means).iter().map(|mean| 1.0 / mean).collect();
        self.each(|row| self.mean(row, |other| densities[other]) / densities[row])
    }

    fn cof(&self) -> Vec<f64> {
        let chaining = self.each(|row| {
            let (mut connected, mut open) = (vec![row], self.neighbours[row].clone());
            let k = open.len() as f64;
            let mut sum = 0.0;
            for step in 1..=open.len() {
                let cost = |other: usize| {
                    connected
                        .iter()
                        .map(|&member| self.distance(member, other))
                        .fold(f64::INFINITY, f64::min)
                };
                open.sort_by(|&a, &b| cost(a).total_cmp(&cost(b)));
                sum += 2.0 * (k + 1.0 - step as f64) / (k * (k + 1.0)) * cost(open[0]);
                connected.push(open.remove(0));
            }
            sum
        });
        let chaining = Self::raised(chaining);
        self.each(|row| chaining[row] / self.mean(row, |other| chaining[other]))
    }

    /// `−ln ABOF`, or nothing where there is no angle or no variance worth a comparison.
    fn abod(&self, row: usize) -> Option<f64> {
        let mut terms = Vec::new();
        for (index, &b) in self.neighbours[row].iter().enumerate() {
            for &c in &self.neighbours[row][index + 1..] {
                let (ab, ac) = (self.distance(row, b), self.distance(row, c));
                let product: f64 = (0..self.rows[row].len())
                    .map(|f| {
                        (self.rows[b][f] - self.rows[row][f])
                            * (self.rows[c][f] - self.rows[row][f])
                    })
                    .sum();
                if ab > 0.0 && ac > 0.0 {
                    terms.push((product / (ab * ab * ac * ac), 1.0 / (ab * ac)));
                }
            }
        }
        let weights: f64 = terms.iter().map(|term| term.1).sum();
        let mean = terms.iter().map(|term| term.0 * term.1).sum::<f64>() / weights;
        let variance =
            terms.iter().map(|term| term.1 * (term.0 - mean).powi(2)).sum::<f64>() / weights;
        (variance > 1e-6 * mean * mean).then(|| -variance.ln())
    }
}

/// Some rows, some of them more than once.
fn tables() -> impl Strategy<Value = FeatureMatrix> {
    (1_usize..4).prop_flat_map(|features| {
        let row = prop::collection::vec(-1e3..1e3, features);
        let rows = prop::collection::vec(row, 3..40);
        (rows, prop::collection::vec(any::<prop::sample::Index>(), 0..30)).prop_map(
            |(mut rows, again)| {
                rows.extend(
                    again
                        .iter()
                        .map(|index| rows[index.index(rows.len())].clone())
                        .collect::<Vec<_>>(),
                );
                of_rows(&rows)
            },
        )
    })
}

fn assert_close(scores: &[f64], slow: &[f64], name: &str) {
    for (row, (score, slow)) in scores.iter().zip(slow).enumerate() {
        assert!(
            (score - slow).abs() <= 1e-9 * slow.abs().max(1.0),
            "{name}, row {row}: {score} is not {slow}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn agrees_with_the_formulas(features in tables(), k in 1_u32..12) {
        let slow = Slow::new(&features, 0.05, k as usize);
        let distances = |row: usize| -> Vec<f64> {
            slow.neighbours[row].iter().map(|&other| slow.distance(row, other)).collect()
        };
        let knn = |aggregation| scores(&Knn { neighbours: k, aggregation }, &features);
        assert_close(&knn(Aggregation::Largest), &slow.each(|row| *distances(row).last().unwrap()), "largest");
        assert_close(&knn(Aggregation::Mean), &slow.each(|row| slow.mean(row, |other| slow.distance(row, other))), "mean");
        let median = |row: usize| {
            let distances = distances(row);
            let count = distances.len();
            if count % 2 == 1 { distances[count / 2] } else { f64::midpoint(distances[count / 2 - 1], distances[count / 2]) }
        };
        assert_close(&knn(Aggregation::Median), &slow.each(median), "median");
        for (row, score) in scores(&Abod { neighbours: k }, &features).iter().enumerate() {
            if let Some(slow) = slow.abod(row) {
                prop_assert!((score - slow).abs() < 1e-9 * slow.abs().max(1.0), "abod: {} is not {}", score, slow);
            }
        }
        let slow = Slow::new(&features, 0.01, k as usize);
        assert_close(&scores(&Lof { neighbours: k }, &features), &slow.lof(), "lof");
        assert_close(&scores(&Cof { neighbours: k }, &features), &slow.cof(), "cof");
    }

    #[test]
    fn a_row_scores_alike_alone_restored_and_without_the_scores_kept(features in tables()) {
        for name in NAMES {
            let detector = fit(by_name(name), &features);
            let scores = detector.score(&features);
            let bytes = detector.to_bytes().unwrap();
            prop_assert_eq!(&fit(by_name(name), &features).to_bytes().unwrap(), &bytes);
            let restored = by_name(name).restore(&bytes, features.features()).unwrap();
            prop_assert_eq!(&restored.score(&features), &scores);
            prop_assert_eq!(restored.to_bytes().unwrap(), bytes);
            let mut row = Vec::new();
            for (index, &score) in scores.iter().enumerate() {
                features.copy_row(index, &mut row);
                let alone = restored.score(&of_rows(std::slice::from_ref(&row)));
                prop_assert_eq!(&alone, &[score]);
                // What a column may add; of a drawn row nothing where it is the centre.
                let parts = detector.contributions(&row);
                if name == "inne" {
                    let sum: f64 = parts.iter().sum();
                    let part = score.min(sum);
                    prop_assert!((sum - part).abs() <= 1e-9 * part.abs().max(1.0) || sum == 0.0);
                } else {
                    prop_assert!(parts.iter().all(|&part| part >= 0.0), "{}: {:?}", name, parts);
                }
            }
        }
    }

    #[test]
    fn hostile_tables_give_finite_scores(
        values in prop::collection::vec(
            prop_oneof![
                Just(0.0), Just(1e300), Just(-1e308), Just(f64::MAX), Just(1e-300), Just(5e-324),
                any::<f64>().prop_filter("finite", |value| value.is_finite()),
            ],
            1..60),
        features in 1_usize..4,
    ) {
        prop_assume!(values.len() >= features);
        let rows: Vec<Vec<f64>> = values.chunks_exact(features).map(<[f64]>::to_vec).collect();
        let features = of_rows(&rows);
        for name in NAMES {
            let detector = fit(by_name(name), &features);
            let new = of_rows(&[rows[0].iter().map(|value| value / 2.0 + 1.0).collect()]);
            for score in detector.score(&features).into_iter().chain(detector.score(&new)) {
                prop_assert!(score.is_finite(), "{}: {:?}", name, rows);
            }
            prop_assert!(detector.contributions(&rows[0]).iter().all(|part| part.is_finite()));
            by_name(name).restore(&detector.to_bytes().unwrap(), features.features()).unwrap();
        }
    }
}

#[test]
fn few_and_equal_rows_are_scored_alike() {
    for name in NAMES {
        for features in [
            matrix(vec![vec![3.0]]),
            matrix(vec![vec![3.0, 5.0], vec![1.0, 1.0]]),
            matrix(vec![vec![2.0; 300], vec![-1.0; 300]]),
        ] {
            let scores = scores(by_name(name), &features);
            assert!(scores.iter().all(|&score| score == scores[0] && score.is_finite()), "{name}");
        }
        let constant = matrix(vec![vec![2.0; 300]]);
        let new = fit(by_name(name), &constant).score(&matrix(vec![vec![2.0, 102.0]]));
        assert!(name == "abod" || new[1] > new[0], "{name}: {new:?}");
    }
}

#[test]
fn hostile_bytes_are_refused() {
    let features = matrix(vec![(0..20).map(f64::from).collect(), vec![1.0; 20]]);
    for name in NAMES {
        let bytes = fit(by_name(name), &features).to_bytes().unwrap();
        let step = 1 + bytes.len() / 500;
        for cut in (0..bytes.len()).step_by(step) {
            assert!(by_name(name).restore(&bytes[..cut], 2).is_err(), "{name} cut at {cut}");
        }
        assert!(by_name(name).restore(&bytes, 3).is_err());
        assert!(by_name(name).restore(&bytes, 0).is_err());
        // Any aligned number that is none is found.
        for place in (0..bytes.len().saturating_sub(8)).step_by(step) {
            let mut damaged = bytes.clone();
            damaged[place..place + 8].copy_from_slice(&f64::NAN.to_le_bytes());
            if let Ok(detector) = by_name(name).restore(&damaged, 2) {
                let finite = detector.score(&features).iter().all(|score| score.is_finite());
                assert!(finite, "{name} damaged at {place}");
            }
        }
    }
}

fn normal(random: &mut ChaCha8Rng) -> f64 {
    let mut unit = || (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    (-2.0 * (1.0 - unit()).ln()).sqrt() * (std::f64::consts::TAU * unit()).cos()
}

/// Correlated normal rows of units that differ: three causes, eight features.
fn correlated(random: &mut ChaCha8Rng, rows: usize) -> Vec<Vec<f64>> {
    let mut row = || {
        let causes = [normal(random), normal(random), normal(random)];
        let each = (0..8_usize).map(|feature| {
            let mixed =
                causes[feature % 3] + 0.5 * causes[(feature + 1) % 3] + 0.4 * normal(random);
            mixed * 10_f64.powi(feature as i32 - 3)
        });
        each.collect()
    };
    (0..rows).map(|_| row()).collect()
}

#[test]
fn the_one_feature_that_is_off_is_the_first_reason() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let rows = correlated(&mut random, 1_000);
    let features = of_rows(&rows);
    let deviations = Scaler::standard(&features).scales().to_vec();
    for name in NAMES {
        let detector = fit(by_name(name), &features);
        let (mut first, mut total) = (0, 0);
        for (index, mut row) in correlated(&mut random, 200).into_iter().enumerate() {
            let feature = index % 8;
            row[feature] += 8.0 * deviations[feature] * if index % 2 == 0 { 1.0 } else { -1.0 };
            let parts = detector.contributions(&row);
            let largest = (0..8).max_by(|&a, &b| parts[a].total_cmp(&parts[b])).unwrap();
            first += usize::from(largest == feature);
            total += 1;
        }
        assert!(first * 100 >= total * 95, "{name}: {first} of {total}");
    }
}

#[test]
fn large_tables_are_thinned_and_the_cost_stays_in_proportion() {
    assert_eq!(reference_rows(5_000, 10), 5_000);
    assert_eq!(reference_rows(1_000_000, 10), 100_000);
    assert_eq!(reference_rows(1_000_000, 2_000), 8_388);
    assert_eq!(reference_rows(1_000_000, 100_000_000), 1);
    for name in NAMES {
        let (once, twice) = (by_name(name).cost(1 << 20, 10), by_name(name).cost(2 << 20, 10));
        assert_eq!(twice.operations, 2.0 * once.operations, "{name}");
        assert_eq!(twice.bytes, once.bytes, "{name}");
    }
}

#[test]
fn of_too_many_rows_a_part_is_kept_that_depends_on_the_seed() {
    let features = matrix(vec![(0..100_500).map(f64::from).collect()]);
    let kept = |seed| Reference::learn(&features, Scaler::identity(1), seed);
    let (one, other) = (kept(1), kept(2));
    assert_eq!(one.rows().rows(), 100_000);
    let mut search = Search::default();
    let left_out = |reference: &Reference, search: &mut Search| -> Vec<u32> {
        (0..100_500)
            .filter(|&row| reference.rows().find(&[f64::from(row)], search).is_none())
            .collect()
    };
    let (one, other) = (left_out(&one, &mut search), left_out(&other, &mut search));
    assert_eq!(one.len(), 500);
    assert_ne!(one, other);
    assert_eq!(left_out(&kept(1), &mut search), one);
}
