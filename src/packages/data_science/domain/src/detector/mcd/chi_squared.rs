//! The χ² distribution with a whole number of degrees of freedom.

/// `ln Γ(d/2 + 1)`: a product of whole or half numbers.
fn ln_gamma_of_half_plus_one(degrees: usize) -> f64 {
    let (mut sum, mut factor) = if degrees.is_multiple_of(2) {
        (0.0, 1.0)
    } else {
        (std::f64::consts::PI.sqrt().ln(), 0.5)
    };
    while factor <= degrees as f64 / 2.0 {
        sum += f64::ln(factor);
        factor += 1.0;
    }
    sum
}

/// `P(X ≤ x)` of χ² with `degrees` ≥ 1 degrees of freedom, by the series of the lower incomplete
/// gamma function (Abramowitz, Stegun 6.5.29), whose terms are all positive.
pub(super) fn cumulative(x: f64, degrees: usize) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let (half, shape) = (x / 2.0, degrees as f64 / 2.0);
    let mut term = (shape * half.ln() - half - ln_gamma_of_half_plus_one(degrees)).exp();
    let mut sum = term;
    let mut index = shape;
    while term > sum * f64::EPSILON / 4.0 || index < half {
        index += 1.0;
        term *= half / index;
        sum += term;
    }
    sum.min(1.0)
}

/// The value below which a share in (0, 1) of χ² lies, by bisection.
pub(super) fn quantile(share: f64, degrees: usize) -> f64 {
    let (mut low, mut high) = (0.0, degrees as f64 + 1.0);
    while cumulative(high, degrees) < share && high < 1e6 {
        high *= 2.0;
    }
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if cumulative(middle, degrees) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The factor that makes the covariance of the central share `kept` of normal rows consistent
/// (Croux, Haesbroeck 1999, equation 4.2; Pison 2002, section 3).
pub(super) fn consistency_factor(kept: f64, degrees: usize) -> f64 {
    if kept >= 1.0 {
        return 1.0;
    }
    kept / cumulative(quantile(kept, degrees), degrees + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_factors_are_those_of_scipy() {
        // SciPy 1.17.1: chi2.ppf(share, d); scikit-learn 1.9.1: _consistency_factor(d, share).
        for (share, degrees, value, factor) in [
            (0.5, 1, 0.454_936_423_119_572, 7.010_074_539_703_252),
            (0.975, 1, 5.023_886_187_314_888, 1.174_778_641_564_566_5),
            (0.975, 2, 7.377_758_908_227_871, 1.104_467_923_902_905_4),
            (0.55, 5, 4.727_756_586_483_846, 1.792_383_823_472_795_3),
            (0.975, 62, 85.653_730_789_615_32, 1.012_160_647_159_199_7),
            (0.52, 333, 333.628_048_584_021_14, 1.063_161_592_567_688),
        ] {
            assert!((quantile(share, degrees) / value - 1.0).abs() < 1e-10);
            assert!((cumulative(value, degrees) - share).abs() < 1e-12);
            assert!((consistency_factor(share, degrees) / factor - 1.0).abs() < 1e-10);
        }
        assert_eq!(cumulative(0.0, 3), 0.0);
        assert_eq!(consistency_factor(1.0, 3), 1.0);
    }
}
