use super::*;

fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
    FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
}

fn fit(features: &FeatureMatrix, seed: u64) -> Box<dyn Detector> {
    Mcd { support: 0.0 }.fit(features, seed, &Cancellation::default()).unwrap()
}

/// 20 rows around a line and 4 far off it.
fn example() -> FeatureMatrix {
    matrix(vec![
        vec![
            -0.6, 0.5, 3.27, -0.11, 2.5, 1.55, -0.92, 1.41, 0.83, -0.26, -0.43, 0.87, 1.82, -2.29,
            -0.96, -1.58, 0.92, -1.1, -1.18, 1.45, 9.0, 10.0, 8.5, 9.5,
        ],
        vec![
            -4.46, -3.04, -1.81, -3.95, -1.43, -3.34, -3.16, -3.66, -3.67, -3.87, -3.44, -3.36,
            -2.18, -4.77, -4.07, -4.28, -3.19, -4.25, -4.77, -3.33, -9.0, -8.0, -9.5, -8.5,
        ],
    ])
}

#[test]
fn distances_are_those_that_scikit_learn_gives() {
    // scikit-learn 1.9.1: m = MinCovDet(support_fraction=0.84, random_state=s).fit(X);
    // m.dist_[[0, 1, 2, 19, 20, 23]] and m.mahalanobis([[0, 0]]), the same for s of 0 to 2. (With
    // its own support of 14 rows it ends in a larger determinant than there is.)
    let expected = [
        (0, 1.392_154_227_534_272_9),
        (1, 0.540_217_696_621_952_7),
        (2, 4.055_975_641_336_298),
        (19, 1.446_601_820_557_761),
        (20, 470.258_447_988_271_3),
        (23, 454.036_116_427_575_4),
    ];
    for seed in 0..5 {
        let mcd = Mcd { support: 0.84 }.fit(&example(), seed, &Cancellation::default()).unwrap();
        assert_eq!(mcd.parameters()["support_rows"], json!(20));
        let scores = mcd.score(&example());
        for (row, expected) in expected {
            assert!((scores[row] / expected - 1.0).abs() < 1e-9, "{} {expected}", scores[row]);
        }
        let new = mcd.score(&matrix(vec![vec![0.0], vec![0.0]]));
        assert!((new[0] / 57.197_399_477_147_06 - 1.0).abs() < 1e-9, "{new:?}");
    }
}

#[test]
fn the_search_finds_the_smallest_determinant_of_all_subsets() {
    for table in 0..12_u64 {
        let mut random = crate::detector::random::stream(table, 0);
        let data: Vec<f64> =
            (0..22).map(|_| crate::detector::random::normal(&mut random)).collect();
        let found = search::smallest(&data, 2, 7, 1, &Cancellation::default()).unwrap();
        let least = (0_u32..1 << 11)
            .filter(|chosen| chosen.count_ones() == 7)
            .map(|chosen| {
                let rows: Vec<u32> = (0..11).filter(|row| chosen >> row & 1 == 1).collect();
                Ellipsoid::of(&data, 2, &rows).unwrap().log_determinant
            })
            .fold(f64::INFINITY, f64::min);
        assert!((found.log_determinant - least).abs() < 1e-9, "table {table}");
    }
}

#[test]
fn the_normal_rows_of_a_large_contaminated_table_are_found() {
    // 3 normal columns, the second along the first; 30 % of the rows in another place.
    let mut random = crate::detector::random::stream(5, 0);
    let mut columns = vec![Vec::new(); 3];
    for row in 0..4_000 {
        let shift = if row % 10 < 3 { 12.0 } else { 0.0 };
        let mut normal = || crate::detector::random::normal(&mut random);
        let (x, y, z) = (normal(), normal(), normal());
        columns[0].push(x + shift);
        columns[1].push(2.0 * x + y);
        columns[2].push(z);
    }
    let features = matrix(columns);
    let scores = fit(&features, 1).score(&features);
    let normal: Vec<f64> = (0..4_000).filter(|row| row % 10 >= 3).map(|row| scores[row]).collect();
    // The mean squared distance of normal rows is the number of columns, whoever else is there.
    let mean = normal.iter().sum::<f64>() / normal.len() as f64;
    assert!((mean - 3.0).abs() < 0.2, "{mean}");
    assert!((0..4_000).filter(|row| row % 10 < 3).all(|row| scores[row] > 50.0));
}

#[test]
fn a_repeated_column_changes_no_distance() {
    let once = example();
    let mut columns = once.columns().to_vec();
    columns.push(columns[0].clone());
    let twice = matrix(columns);
    let mcd = fit(&twice, 1);
    assert_eq!(mcd.parameters()["rank"], json!(2));
    // The support is one row larger with three columns: compare with an equal share.
    let wanted = Mcd { support: 14.0 / 24.0 };
    let of = |features: &FeatureMatrix| {
        wanted.fit(features, 1, &Cancellation::default()).unwrap().score(features)
    };
    for (once, twice) in of(&once).iter().zip(of(&twice)) {
        assert!((once / twice - 1.0).abs() < 1e-6, "{once} {twice}");
    }
}

#[test]
fn too_many_features_are_refused_with_another_detector_named() {
    let wide = matrix(vec![vec![1.0, 2.0]; MAX_FEATURES + 1]);
    let error = Mcd { support: 0.0 }.fit(&wide, 1, &Cancellation::default()).err().unwrap();
    assert!(error.to_string().contains("301 features"), "{error}");
}
