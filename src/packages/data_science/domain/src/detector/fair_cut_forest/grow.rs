use crate::detector::extended_isolation_forest::grow::Grower;
use crate::detector::extended_isolation_forest::tree::{Split, TreeDocument};
use crate::matrix::FeatureMatrix;

/// Grows tree `index` of a forest from `sample_rows` rows drawn without replacement, until rows are
/// alone or equal.
pub(super) fn grow(
    features: &FeatureMatrix,
    sample_rows: u32,
    candidates: u32,
    seed: u64,
    index: u64,
) -> TreeDocument {
    let mut grower = Grower::new(features, sample_rows, seed, index);
    let mut sorted = Vec::new();
    grower.tree(u32::MAX, |grower, rows| best_split(grower, rows, candidates, &mut sorted))
}

/// The hyperplane of the greatest gain among some of random directions; `None` when none parts the rows.
fn best_split(
    grower: &mut Grower,
    rows: &[u32],
    candidates: u32,
    sorted: &mut Vec<f64>,
) -> Option<Split> {
    let mut best: Option<(f64, Split)> = None;
    for _ in 0..candidates.max(1) {
        let direction = grower.draw_direction(rows);
        sorted.clear();
        sorted.extend(rows.iter().map(|&row| grower.project(&direction, row)));
        sorted.sort_unstable_by(f64::total_cmp);
        let Some(cut) = fairest_cut(sorted) else { continue };
        if best.is_none_or(|(gain, _)| cut.gain > gain) {
            best = Some((cut.gain, Split { threshold: cut.threshold, ..direction }));
        }
    }
    best.map(|(_, split)| split)
}

/// Where sorted numbers are parted, and what it gains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cut {
    /// `(σ − (nₗ σₗ + nᵣ σᵣ) / n) / σ`, between 0 and 1.
    pub(super) gain: f64,
    /// Numbers below go left; there are some on either side.
    pub(super) threshold: f64,
}

/// The cut with the greatest pooled gain, the lowest of equal ones; `None` when the numbers are all the
/// same or not finite.
pub(super) fn fairest_cut(sorted: &[f64]) -> Option<Cut> {
    let (low, high) = (*sorted.first()?, *sorted.last()?);
    // In units of the range, so that squares neither overflow nor vanish.
    let unit = high / 2.0 - low / 2.0;
    if !(unit > 0.0 && unit.is_finite()) {
        return None;
    }
    let n = sorted.len() as f64;
    let scaled = |value: f64| (value / 2.0 - low / 2.0) / unit;
    let mean = sorted.iter().map(|&value| scaled(value)).sum::<f64>() / n;
    let centred = |value: f64| scaled(value) - mean;
    let sum = sorted.iter().map(|&value| centred(value)).sum::<f64>();
    let squares = sorted.iter().map(|&value| centred(value).powi(2)).sum::<f64>();
    // n σ of n numbers by their sum and that of their squares.
    let spread = |n: f64, sum: f64, squares: f64| (n * squares - sum * sum).max(0.0).sqrt();

    let (mut left, mut left_sum, mut left_squares) = (0.0, 0.0, 0.0);
    let mut best: Option<(f64, [f64; 2])> = None;
    for pair in sorted.windows(2) {
        let &[below, above] = pair else { continue };
        left += 1.0;
        left_sum += centred(below);
        left_squares += centred(below).powi(2);
        let pooled = spread(left, left_sum, left_squares)
            + spread(n - left, sum - left_sum, squares - left_squares);
        if below < above && best.is_none_or(|(least, _)| pooled < least) {
            best = Some((pooled, [below, above]));
        }
    }
    let (pooled, [below, above]) = best?;
    let middle = below / 2.0 + above / 2.0;
    let parts = middle > below && middle <= above;
    let threshold = if parts { middle } else { above };
    Some(Cut { gain: 1.0 - pooled / spread(n, sum, squares), threshold })
}
