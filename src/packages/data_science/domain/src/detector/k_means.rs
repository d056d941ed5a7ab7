//! k-means clustering: starts after k-means++ (Arthur, Vassilvitskii 2007), iterations after Lloyd.

use rand_chacha::ChaCha8Rng;
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;

use super::random::{below, unit};

/// Iterations at most.
const MAX_ITERATIONS: usize = 100;

/// Clusters the rows of a row-major matrix of `width` columns; returns at most `clusters` centres,
/// row-major. Fewer come back when fewer rows differ.
pub(super) fn k_means(
    rows: &[f64],
    width: usize,
    clusters: usize,
    random: &mut ChaCha8Rng,
    cancellation: &Cancellation,
) -> Result<Vec<f64>> {
    let mut centres = starts(rows, width, clusters, random);
    let mut assigned = vec![usize::MAX; rows.len() / width];
    for _ in 0..MAX_ITERATIONS {
        cancellation.check()?;
        let mut changed = false;
        let mut sums = vec![0.0; centres.len()];
        let mut counts = vec![0_u64; centres.len() / width];
        for (row, assigned) in rows.chunks_exact(width).zip(&mut assigned) {
            let (nearest, _) = nearest(&centres, row);
            changed |= *assigned != nearest;
            *assigned = nearest;
            counts[nearest] += 1;
            for (sum, value) in sums[nearest * width..].iter_mut().zip(row) {
                *sum += value;
            }
        }
        if !changed {
            break;
        }
        let means = sums.chunks_exact(width).zip(&counts);
        for (centre, (sums, &count)) in centres.chunks_exact_mut(width).zip(means) {
            // A cluster that lost its rows stays where it is.
            if count > 0 {
                for (value, sum) in centre.iter_mut().zip(sums) {
                    *value = sum / count as f64;
                }
            }
        }
    }
    Ok(centres)
}

/// The nearest centre and its squared distance; the first of equals.
pub(super) fn nearest(centres: &[f64], row: &[f64]) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (index, centre) in centres.chunks_exact(row.len().max(1)).enumerate() {
        let distance = squared_distance(centre, row);
        if distance < best.1 {
            best = (index, distance);
        }
    }
    best
}

/// `‖a − b‖²` of slices of one length, in a fixed order that vector registers can follow.
pub(super) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    let (a, a_rest) = a.as_chunks::<4>();
    let (b, b_rest) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..4 {
            let difference = a[lane] - b[lane];
            sums[lane] += difference * difference;
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| (a - b) * (a - b)).sum();
    sums.iter().sum::<f64>() + rest
}

/// k-means++: each next centre is a row drawn in proportion to its squared distance from those
/// there are.
fn starts(rows: &[f64], width: usize, clusters: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
    let count = rows.len() / width;
    let row = |index: usize| &rows[index * width..][..width];
    let first = below(random, count.max(1) as u64) as usize;
    let mut centres = row(first).to_vec();
    let mut distances: Vec<f64> =
        (0..count).map(|index| squared_distance(row(index), &centres)).collect();
    while centres.len() < clusters * width {
        let total: f64 = distances.iter().sum();
        let mut target = unit(random) * total;
        let drawn = distances.iter().position(|&distance| {
            target -= distance;
            target < 0.0
        });
        // Rounding may leave the target just above the end.
        let drawn = drawn.or_else(|| distances.iter().rposition(|&distance| distance > 0.0));
        let Some(drawn) = drawn else { break };
        centres.extend_from_slice(row(drawn));
        for (index, distance) in distances.iter_mut().enumerate() {
            *distance = distance.min(squared_distance(row(index), row(drawn)));
        }
    }
    centres
}

#[cfg(test)]
mod tests {
    use super::super::random::stream;
    use super::*;

    #[test]
    fn three_clear_clusters_are_found() {
        let rows: Vec<f64> =
            (0..90).map(|row| f64::from(row % 3) * 100.0 + f64::from(row % 7)).collect();
        let mut centres =
            k_means(&rows, 1, 3, &mut stream(1, 0), &Cancellation::default()).unwrap();
        centres.sort_by(f64::total_cmp);
        for (cluster, centre) in centres.iter().enumerate() {
            assert!((centre - (cluster as f64 * 100.0 + 3.0)).abs() < 0.2, "{centres:?}");
        }
    }

    #[test]
    fn equal_rows_make_one_cluster() {
        let centres = k_means(&[2.0; 10], 2, 8, &mut stream(1, 0), &Cancellation::default());
        assert_eq!(centres.unwrap(), [2.0, 2.0]);
    }
}
