//! How far two distributions are apart: the shares of the same bins or values in both, each pair as
//! (reference, observed), both sides adding up to one.

/// Shares below this count as this much in the population stability index, which has no value
/// where one of them is nothing.
const LEAST_SHARE: f64 = 1e-4;

/// The largest distance of the two cumulative distributions, seen at the ends of the bins, which are
/// in order (A. N. Kolmogorov, 1933; N. V. Smirnov, 1939): from 0 to 1.
pub fn kolmogorov_smirnov(pairs: &[(f64, f64)]) -> f64 {
    let mut sums = (0.0_f64, 0.0_f64);
    let distances = pairs.iter().map(|(reference, observed)| {
        sums = (sums.0 + reference, sums.1 + observed);
        (sums.1 - sums.0).abs()
    });
    distances.fold(0.0, f64::max)
}

/// Half the sum of the differences of the shares (total variation): from 0 to 1.
pub fn total_variation(pairs: &[(f64, f64)]) -> f64 {
    pairs.iter().map(|(reference, observed)| (observed - reference).abs()).sum::<f64>() / 2.0
}

/// The population stability index, Σ (q − p) ln(q / p) of the reference p and the observed q, where
/// shares below 0.0001 count as that much: from 0.
pub fn population_stability_index(pairs: &[(f64, f64)]) -> f64 {
    let terms = pairs.iter().map(|(reference, observed)| {
        let (reference, observed) = (reference.max(LEAST_SHARE), observed.max(LEAST_SHARE));
        (observed - reference) * (observed / reference).ln()
    });
    terms.sum()
}

/// The divergence of the observed q from the reference p, Σ q ln(q / p), in nats (S. Kullback and
/// R. A. Leibler, "On information and sufficiency", 1951): from 0, and infinite where something is
/// observed that the reference does not have.
pub fn kullback_leibler(pairs: &[(f64, f64)]) -> f64 {
    pairs.iter().map(|&(reference, observed)| relative_entropy(observed, reference)).sum()
}

/// The square root of the divergence of both from their middle, with logarithms to base 2 (J. Lin,
/// "Divergence measures based on the Shannon entropy", 1991; D. M. Endres and J. E. Schindelin, 2003,
/// for the root, which is a metric): from 0 to 1.
pub fn jensen_shannon(pairs: &[(f64, f64)]) -> f64 {
    let terms = pairs.iter().map(|&(reference, observed)| {
        let middle = f64::midpoint(reference, observed);
        f64::midpoint(relative_entropy(reference, middle), relative_entropy(observed, middle))
    });
    let divergence = terms.sum::<f64>() / std::f64::consts::LN_2;
    divergence.clamp(0.0, 1.0).sqrt()
}

/// `share · ln(share / of)`, which is nothing where there is no share.
fn relative_entropy(share: f64, of: f64) -> f64 {
    if share == 0.0 { 0.0 } else { share * (share / of).ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
    }

    #[test]
    fn equal_shares_have_no_distance() {
        let same = [(0.25, 0.25), (0.75, 0.75), (0.0, 0.0)];
        for distance in [
            kolmogorov_smirnov,
            total_variation,
            population_stability_index,
            kullback_leibler,
            jensen_shannon,
        ] {
            close(distance(&same), 0.0);
        }
    }

    #[test]
    fn figures_are_those_of_their_formulas() {
        // worked out by hand and with scipy.stats.entropy and scipy.spatial.distance.jensenshannon
        let pairs = [(0.5, 0.25), (0.3, 0.25), (0.2, 0.5)];
        close(kolmogorov_smirnov(&pairs), 0.3);
        close(total_variation(&pairs), 0.3);
        close(
            population_stability_index(&pairs),
            -0.25 * 0.5_f64.ln() - 0.05 * (0.25_f64 / 0.3).ln() + 0.3 * 2.5_f64.ln(),
        );
        close(
            kullback_leibler(&pairs),
            0.25 * 0.5_f64.ln() + 0.25 * (0.25_f64 / 0.3).ln() + 0.5 * 2.5_f64.ln(),
        );
    }

    #[test]
    fn nothing_in_common_is_as_far_as_can_be() {
        let apart = [(1.0, 0.0), (0.0, 1.0)];
        close(kolmogorov_smirnov(&apart), 1.0);
        close(total_variation(&apart), 1.0);
        close(jensen_shannon(&apart), 1.0);
        assert!(kullback_leibler(&apart).is_infinite());
        assert!(population_stability_index(&apart).is_finite());
    }
}
