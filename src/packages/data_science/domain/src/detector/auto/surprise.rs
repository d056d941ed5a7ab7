use serde::{Deserialize, Serialize};
use shared_kernel_domain::{Error, Result};

use crate::tail::Tail;

/// A tail is taken over at the highest one of so many scores, at least at the tenth.
const TAIL_PART: usize = 50;
const TAIL_ROWS: usize = 10;

/// Scores that a tail is fitted to at least.
const MIN_TAIL_ROWS: usize = 40;

/// The surprise, in nats, beyond which one counts by its logarithm in a mean: a share of about 2 %,
/// from where on it is extrapolated.
const PLAIN: f64 = 4.0;

/// How fast it grows there at first.
const BEYOND: f64 = 0.5;

/// The step, in nats, between two scores that are kept.
const STEP: f64 = 0.02;

/// Scores that a scale may hold.
const MAX_KEPT: usize = 4_096;

/// Makes scores of any detector comparable: how surprising a score is among those of the training
/// rows, `−ln` of the share of rows that score at least so high (equal ones count half).
///
/// A constant row share is a constant difference of surprise, whatever the scores' unit and
/// distribution. The share is counted up to the highest fiftieth and goes on as a generalised
/// Pareto tail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SurpriseScale {
    /// Ascending, different.
    scores: Vec<f64>,
    /// How surprising each is, ascending.
    surprises: Vec<f64>,
    tail: Option<Tail>,
}

impl SurpriseScale {
    /// The scale of training scores, at least one.
    pub(super) fn of(scores: &[f64]) -> Self {
        let mut ascending = scores.to_vec();
        ascending.sort_unstable_by(f64::total_cmp);
        let rows = ascending.len();
        let tail = if rows < MIN_TAIL_ROWS {
            None
        } else {
            Tail::fit(&ascending, (rows / TAIL_PART).max(TAIL_ROWS))
        };
        let most = tail.map_or(f64::INFINITY, |tail| tail.surprise_from(tail.start()));
        let mut scale = Self { scores: Vec::new(), surprises: Vec::new(), tail };
        let mut upto = 0;
        for group in ascending.chunk_by(|a, b| a == b) {
            let Some(&score) = group.first() else { continue };
            let at_least = (rows - upto) as f64 - (group.len() - 1) as f64 / 2.0;
            upto += group.len();
            let surprise = (-(at_least / (rows + 1) as f64).ln()).clamp(0.0, most);
            let is_far = scale.surprises.last().is_none_or(|last| surprise - last >= STEP);
            if is_far || upto == rows {
                scale.scores.push(score);
                scale.surprises.push(surprise);
            }
        }
        scale
    }

    /// How surprising a score is, [`damped`]: finite, at least 0, never falling with the score.
    pub(super) fn damped_surprise(&self, score: f64) -> f64 {
        damped(match &self.tail {
            Some(tail) if score > tail.start() => tail.surprise_from(score),
            _ => self.counted(score),
        })
    }

    /// By the scores kept, straight lines between them.
    fn counted(&self, score: f64) -> f64 {
        let upper = self.scores.partition_point(|&kept| kept < score);
        let at = |place: usize| Some((*self.scores.get(place)?, *self.surprises.get(place)?));
        let below = upper.checked_sub(1).and_then(at);
        match (below, at(upper)) {
            (Some((low, from)), Some((high, to))) => {
                // In halves: the difference of two numbers may be too large for one.
                let share = (score / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
                from + (to - from) * share.clamp(0.0, 1.0)
            }
            (None, Some((_, lowest))) => lowest,
            (Some((highest, surprise)), None) => surprise + self.beyond(highest, score),
            (None, None) => 0.0,
        }
    }

    /// What a score beyond all adds where no tail could be fitted: the logarithm of the distance in
    /// ranges of the scores.
    fn beyond(&self, highest: f64, score: f64) -> f64 {
        let lowest = self.scores.first().copied().unwrap_or(highest);
        let range = highest / 2.0 - lowest / 2.0;
        let unit = if range > 0.0 { range } else { highest.abs().max(1.0) };
        ((score / 2.0 - highest / 2.0) / unit).clamp(0.0, f64::MAX).ln_1p()
    }

    /// Refuses what no scores can give.
    pub(super) fn check(&self) -> Result<()> {
        let sound = (1..=MAX_KEPT).contains(&self.scores.len())
            && self.scores.len() == self.surprises.len()
            && self.scores.iter().all(|score| score.is_finite())
            && self.scores.is_sorted_by(|a, b| a < b)
            && self.surprises.iter().all(|surprise| (0.0..=100.0).contains(surprise))
            && self.surprises.is_sorted();
        if !sound {
            return Err(Error::input("a member's scale in the model is broken"));
        }
        self.tail.as_ref().map_or(Ok(()), Tail::check)
    }
}

/// What of a surprise goes into a mean: beyond [`PLAIN`] nats only the logarithm of the rest, so that
/// no member can outvote the others alone.
fn damped(surprise: f64) -> f64 {
    if surprise <= PLAIN { surprise } else { PLAIN + BEYOND * (surprise - PLAIN).ln_1p() }
}

/// The surprise that a mean of damped ones stands for: what all agree on counts in full.
pub(super) fn undamped(mean: f64) -> f64 {
    if mean <= PLAIN { mean } else { (PLAIN + ((mean - PLAIN) / BEYOND).exp_m1()).min(f64::MAX) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_shares_are_equally_surprising_whatever_the_unit() {
        let scores: Vec<f64> = (0..1_000).map(f64::from).collect();
        let bent: Vec<f64> = scores.iter().map(|score| (score / 90.0).exp()).collect();
        let (plain, exponential) = (SurpriseScale::of(&scores), SurpriseScale::of(&bent));
        for row in [0, 100, 500, 900, 970] {
            let (one, other) =
                (plain.damped_surprise(scores[row]), exponential.damped_surprise(bent[row]));
            let expected = -((1_000 - row) as f64 / 1_001.0).ln();
            assert!((one - expected).abs() < 0.02, "{one} {expected}");
            assert!((one - other).abs() < 0.02, "{one} {other}");
        }
        assert_eq!(plain.damped_surprise(-7.0), plain.damped_surprise(0.0));
        assert!(plain.scores.len() < 400, "{}", plain.scores.len());
    }

    #[test]
    fn scores_far_out_differ_but_cannot_outvote() {
        let scores: Vec<f64> = (0..1_000).map(|row| (f64::from(row) * 0.7).sin()).collect();
        let scale = SurpriseScale::of(&scores);
        let (far, farther) = (scale.damped_surprise(10.0), scale.damped_surprise(1e300));
        assert!(far > 4.0 && farther > far && farther < 400.0, "{far} {farther}");
        assert!(scale.damped_surprise(100.0) < 8.0);
        let few = SurpriseScale::of(&[1.0, 2.0, 3.0]);
        assert!(
            few.damped_surprise(9.0) > few.damped_surprise(4.0)
                && few.damped_surprise(4.0) > few.damped_surprise(3.0)
        );
    }

    #[test]
    fn a_mean_of_equal_surprises_is_that_surprise() {
        for surprise in [0.0, 1.5, 4.0, 4.5, 30.0, 1e9, 1e300] {
            let back = undamped(damped(surprise));
            assert!((back - surprise).abs() <= 1e-9 * surprise.max(1.0), "{back} of {surprise}");
        }
        assert!(undamped(damped(f64::MAX)).is_finite() && undamped(1e6).is_finite());
        // One that shouts among eight that see nothing.
        assert!(undamped((8.0 * damped(1.0) + damped(1e6)) / 9.0) < 2.5);
    }

    proptest! {
        #[test]
        fn surprises_are_finite_and_never_fall(
            scores in prop::collection::vec(
                prop_oneof![
                    any::<f64>().prop_filter("finite", |value| value.is_finite()),
                    (-3_i32..3).prop_map(f64::from),
                    -9.0..9.0_f64,
                ],
                1..120,
            ),
            others in prop::collection::vec(
                any::<f64>().prop_filter("finite", |value| value.is_finite()), 2..20,
            ),
        ) {
            let scale = SurpriseScale::of(&scores);
            scale.check().unwrap();
            let mut all: Vec<f64> = scores.iter().chain(&others).copied().collect();
            all.sort_unstable_by(f64::total_cmp);
            let surprises: Vec<f64> = all.iter().map(|&score| scale.damped_surprise(score)).collect();
            prop_assert!(surprises.iter().all(|value| value.is_finite() && *value >= 0.0));
            prop_assert!(surprises.is_sorted_by(|a, b| *a <= b + 1e-9), "{surprises:?}");
        }
    }
}
