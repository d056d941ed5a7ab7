//! Weights from agreement: members that see what the others see count more.

/// Times that weights are worked out anew from those before.
const ROUNDS: usize = 2;

/// The power of a member's correlation with the others that is its weight.
const SHARPNESS: i32 = 4;

/// How well a member agrees with the others, and how much it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Vote {
    /// The correlation of its surprises with the weighted mean of the others', from −1 to 1.
    pub(super) agreement: f64,
    /// From 0 to 1; all sum to 1.
    pub(super) weight: f64,
}

/// The votes of members by the surprises of the same rows. Where nothing agrees all count the same.
pub(super) fn votes(surprises: &[Vec<f64>]) -> Vec<Vote> {
    let equal = 1.0 / surprises.len().max(1) as f64;
    let mut votes = vec![Vote { agreement: 0.0, weight: equal }; surprises.len()];
    for _ in 0..ROUNDS {
        let consensus = weighted_sum(surprises, &votes);
        for (vote, own) in votes.iter_mut().zip(surprises) {
            let others: Vec<f64> =
                consensus.iter().zip(own).map(|(all, own)| all - vote.weight * own).collect();
            vote.agreement = correlation(own, &others);
        }
        let total: f64 = votes.iter().map(|vote| raw_weight(vote.agreement)).sum();
        for vote in &mut votes {
            vote.weight = if total > 0.0 { raw_weight(vote.agreement) / total } else { equal };
        }
    }
    votes
}

fn raw_weight(agreement: f64) -> f64 {
    agreement.max(0.0).powi(SHARPNESS)
}

fn weighted_sum(surprises: &[Vec<f64>], votes: &[Vote]) -> Vec<f64> {
    let mut sums = vec![0.0; surprises.first().map_or(0, Vec::len)];
    for (own, vote) in surprises.iter().zip(votes) {
        for (sum, surprise) in sums.iter_mut().zip(own) {
            *sum += vote.weight * surprise;
        }
    }
    sums
}

/// Pearson's; 0 where one of the two does not vary.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let rows = a.len().max(1) as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / rows, b.iter().sum::<f64>() / rows);
    let (mut together, mut own, mut other) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        together += a * b;
        own += a * a;
        other += b * b;
    }
    // What rounding leaves of values that are all the same is no variation.
    let least = rows * 1e-18;
    if own <= least || other <= least {
        return 0.0;
    }
    (together / (own.sqrt() * other.sqrt())).clamp(-1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_disagrees_counts_less_and_who_says_nothing_does_not_count() {
        let wave = |speed: f64| (0..500).map(|row| (f64::from(row) * speed).sin()).collect();
        let (agreed, other): (Vec<f64>, Vec<f64>) = (wave(0.1), wave(0.37));
        let near = agreed.iter().zip(&other).map(|(a, b)| a + 0.3 * b).collect();
        let votes = votes(&[agreed.clone(), near, agreed, other, vec![1.0; 500]]);
        assert!((votes.iter().map(|vote| vote.weight).sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(votes[0].weight > 0.25 && votes[1].weight > 0.25, "{votes:?}");
        assert!(votes[3].weight < 0.02, "{votes:?}");
        assert_eq!(votes[4], Vote { agreement: 0.0, weight: 0.0 });
    }

    #[test]
    fn where_nothing_agrees_all_count_the_same() {
        for surprises in [vec![vec![1.0; 9]; 3], vec![vec![0.5]; 3]] {
            assert!(votes(&surprises).iter().all(|vote| (vote.weight - 1.0 / 3.0).abs() < 1e-12));
        }
        assert!(votes(&[]).is_empty());
    }
}
