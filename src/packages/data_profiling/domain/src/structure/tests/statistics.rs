//! Measures against their textbook formulas.

use proptest::prelude::*;

use crate::structure::levels::Levels;
use crate::structure::statistics::{
    ABSENT, Contingency, correlation_ratio, highest_share, order, pearson, phi, spearman,
};

fn close(actual: Option<f64>, expected: Option<f64>) -> bool {
    match (actual, expected) {
        (Some(actual), Some(expected)) => (actual - expected).abs() < 1e-9,
        (actual, expected) => actual == expected,
    }
}

fn both(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    x.iter().copied().zip(y.iter().copied()).filter(|(x, y)| !x.is_nan() && !y.is_nan()).collect()
}

fn naive_pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (mx, my) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum =
        |of: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|&(x, y)| of(x - mx, y - my)).sum::<f64>();
    let is_constant =
        |of: fn(&(f64, f64)) -> f64| pairs.iter().all(|pair| of(pair) == of(&pairs[0]));
    if pairs.is_empty() || is_constant(|pair| pair.0) || is_constant(|pair| pair.1) {
        return None;
    }
    Some(sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt())
}

fn naive_ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|other| *other < value).count() as f64;
        let equal = values.iter().filter(|other| *other == value).count() as f64;
        below + f64::midpoint(equal, 1.0)
    };
    values.iter().map(rank).collect()
}

fn present_levels(x: &[u16], y: &[u16]) -> Vec<(u16, u16)> {
    x.iter().copied().zip(y.iter().copied()).filter(|&(x, y)| x != ABSENT && y != ABSENT).collect()
}

/// Every share of two levels and of their product, from scratch.
fn shares(pairs: &[(u16, u16)]) -> Vec<(f64, f64, f64)> {
    let n = pairs.len() as f64;
    let share =
        |is: &dyn Fn(&(u16, u16)) -> bool| pairs.iter().filter(|pair| is(pair)).count() as f64 / n;
    let mut shares = Vec::new();
    for x in 0..6 {
        for y in 0..6 {
            let left = share(&|pair| pair.0 == x);
            let right = share(&|pair| pair.1 == y);
            if left > 0.0 && right > 0.0 {
                shares.push((share(&|&pair| pair == (x, y)), left, right));
            }
        }
    }
    shares
}

fn distinct(values: impl Iterator<Item = u16>) -> f64 {
    values.collect::<std::collections::HashSet<_>>().len() as f64
}

fn naive_cramers_v(pairs: &[(u16, u16)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let r = distinct(pairs.iter().map(|pair| pair.0));
    let c = distinct(pairs.iter().map(|pair| pair.1));
    if r < 2.0 || c < 2.0 {
        return None;
    }
    let chi_squared: f64 = shares(pairs)
        .iter()
        .map(|(share, left, right)| n * (share - left * right).powi(2) / (left * right))
        .sum();
    let phi_squared = (chi_squared / n - (r - 1.0) * (c - 1.0) / (n - 1.0)).max(0.0);
    let corrected = |k: f64| k - (k - 1.0).powi(2) / (n - 1.0) - 1.0;
    let most = corrected(r).min(corrected(c));
    (most > 1e-9).then(|| (phi_squared / most).sqrt().min(1.0))
}

fn naive_information(pairs: &[(u16, u16)]) -> Option<f64> {
    let entropy = |shares: Vec<f64>| -> f64 {
        -shares.iter().filter(|&&share| share > 0.0).map(|share| share * share.ln()).sum::<f64>()
    };
    let n = pairs.len() as f64;
    let marginal = |of: fn(&(u16, u16)) -> u16| {
        (0..6)
            .map(|level| pairs.iter().filter(|pair| of(pair) == level).count() as f64 / n)
            .collect()
    };
    let (x, y) = (entropy(marginal(|pair| pair.0)), entropy(marginal(|pair| pair.1)));
    let joint = entropy(shares(pairs).into_iter().map(|(share, ..)| share).collect());
    (x > 1e-12 && y > 1e-12).then(|| ((x + y - joint) / (x * y).sqrt()).clamp(0.0, 1.0))
}

fn naive_ratio(pairs: &[(f64, u16)]) -> Option<f64> {
    let groups: Vec<Vec<f64>> = (0..6)
        .map(|level| pairs.iter().filter(|pair| pair.1 == level).map(|pair| pair.0).collect())
        .filter(|group: &Vec<f64>| !group.is_empty())
        .collect();
    let n = pairs.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let all: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
    if groups.len() < 2 || n <= groups.len() as f64 || all.iter().all(|value| *value == all[0]) {
        return None;
    }
    // The share of the variance within groups, each estimated without bias.
    let squares = |values: &[f64], around: f64| {
        values.iter().map(|value| (value - around).powi(2)).sum::<f64>()
    };
    let within: f64 = groups.iter().map(|group| squares(group, mean(group))).sum();
    let total = squares(&all, mean(&all)) / (n - 1.0);
    let unexplained = within / (n - groups.len() as f64) / total;
    Some((1.0 - unexplained).clamp(0.0, 1.0).sqrt())
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (-5_i32..5).prop_map(f64::from),
        2 => -1e6..1e6,
        1 => Just(f64::NAN),
    ]
}

fn level() -> impl Strategy<Value = u16> {
    prop_oneof![6 => 0_u16..6, 1 => Just(ABSENT)]
}

proptest! {
    #[test]
    fn correlations_are_the_textbook_ones(
        rows in prop::collection::vec((number(), number()), 1..40)
    ) {
        let (x, y): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        let pairs = both(&x, &y);
        let actual = pearson(&x, &y);
        prop_assert!(close(actual.map(|r| r.value), naive_pearson(&pairs)), "{actual:?}");
        prop_assert!(actual.is_none_or(|strength| strength.rows == pairs.len()));

        let (px, py): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let ranked: Vec<_> = naive_ranks(&px).into_iter().zip(naive_ranks(&py)).collect();
        let actual = spearman(&x, &order(&x), &y, &order(&y));
        prop_assert!(close(actual.map(|r| r.value), naive_pearson(&ranked)), "{actual:?}");
    }

    #[test]
    fn tables_of_counts_are_the_textbook_ones(
        rows in prop::collection::vec((level(), level()), 2..60)
    ) {
        let (x, y): (Vec<u16>, Vec<u16>) = rows.into_iter().unzip();
        let pairs = present_levels(&x, &y);
        prop_assume!(pairs.len() > 1);
        let counts = Contingency::of(&x, 6, &y, 6);
        let v = counts.cramers_v().map(|v| v.value);
        // The root makes a rounding error of 1e-16 one of 1e-8.
        let squared = |value: Option<f64>| value.map(|value| value * value);
        prop_assert!(close(squared(v), squared(naive_cramers_v(&pairs))), "{v:?}");
        let information = counts.mutual_information().map(|shared| shared.value);
        prop_assert!(close(information, naive_information(&pairs)), "{information:?}");
    }

    #[test]
    fn the_ratio_is_the_textbook_one(
        rows in prop::collection::vec((number(), level()), 1..60)
    ) {
        let (numbers, levels): (Vec<f64>, Vec<u16>) = rows.into_iter().unzip();
        let pairs: Vec<(f64, u16)> = numbers.iter().copied().zip(levels.iter().copied())
            .filter(|(number, level)| !number.is_nan() && *level != ABSENT).collect();
        let squared = |value: Option<f64>| value.map(|value| value * value);
        let actual = correlation_ratio(&numbers, &levels, 6).map(|ratio| ratio.value);
        prop_assert!(close(squared(actual), squared(naive_ratio(&pairs))), "{actual:?}");
    }

    #[test]
    fn phi_is_the_correlation_of_indicators(
        rows in prop::collection::vec((any::<bool>(), any::<bool>()), 1..50)
    ) {
        let count = |is: fn(&(bool, bool)) -> bool| rows.iter().filter(|row| is(row)).count() as u64;
        let pairs: Vec<(f64, f64)> = rows.iter()
            .map(|&(x, y)| (f64::from(u8::from(x)), f64::from(u8::from(y)))).collect();
        let actual = phi(rows.len() as u64, count(|row| row.0), count(|row| row.1), count(|row| row.0 && row.1));
        prop_assert!(close(actual, naive_pearson(&pairs)), "{actual:?}");
    }

    #[test]
    fn bins_keep_equal_numbers_together_and_in_order(
        numbers in prop::collection::vec(number(), 0..80), most in 2_usize..17
    ) {
        let levels = Levels::of_numbers(&numbers, &order(&numbers), most);
        prop_assert!(levels.count <= most);
        for (x, level) in numbers.iter().zip(&levels.of_row) {
            prop_assert_eq!(x.is_nan(), *level == ABSENT);
            prop_assert!(x.is_nan() || usize::from(*level) < levels.count);
            for (y, other) in numbers.iter().zip(&levels.of_row) {
                prop_assert!(x.is_nan() || y.is_nan() || x > y || level <= other);
                prop_assert!(x != y || level == other);
            }
        }
    }
}

#[test]
fn extreme_numbers_have_no_wrong_correlation() {
    let huge = [1e300, -1e300, 1e308, 5.0];
    assert_eq!(pearson(&huge, &huge), None);
    assert_eq!(pearson(&[0.1; 9], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]), None);
    assert_eq!(pearson(&[], &[]), None);
    assert_eq!(pearson(&[f64::NAN], &[1.0]), None);
}

#[test]
fn the_highest_share_is_that_of_clopper_and_pearson() {
    // qbeta(0.95, failures + 1, trials - failures)
    for (failures, trials, expected) in [
        (0, 100, 0.029_513),
        (1, 100, 0.046_559),
        (5, 50, 0.198_833),
        (0, 20_000, 0.000_149_775),
        (10, 1_000, 0.016_903),
        (3, 3, 1.0),
        (0, 0, 1.0),
    ] {
        let actual = highest_share(failures, trials);
        assert!(
            (actual - expected).abs() < 1e-4 * expected.max(0.01),
            "{failures} of {trials}: {actual}"
        );
    }
}
