//! The chi-squared test of counts against expected ones.

/// The chance that counts deviate at least so much from what is expected, if that is true: the
/// upper tail of the chi-squared distribution, Q(degrees / 2, statistic / 2).
pub(crate) fn p_value(statistic: f64, degrees: u64) -> f64 {
    upper_gamma(degrees as f64 / 2.0, statistic / 2.0).clamp(0.0, 1.0)
}

/// The regularised upper incomplete gamma function Q(a, x), by its series below a + 1 and by
/// Lentz's continued fraction above (Press et al., Numerical Recipes, 3rd edition, 6.2).
fn upper_gamma(a: f64, x: f64) -> f64 {
    /// Both converge in about √a steps.
    const MOST_STEPS: u32 = 100_000;
    if x <= 0.0 {
        return 1.0;
    }
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut above) = (1.0 / a, 1.0 / a, a);
        for _ in 0..MOST_STEPS {
            above += 1.0;
            term *= x / above;
            sum += term;
            if term < sum * f64::EPSILON {
                break;
            }
        }
        return 1.0 - sum * scale;
    }
    let tiny = f64::MIN_POSITIVE / f64::EPSILON;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / tiny;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for step in 1..MOST_STEPS {
        let step = f64::from(step);
        let factor = -step * (step - a);
        b += 2.0;
        d = factor * d + b;
        d = 1.0 / if d.abs() < tiny { tiny } else { d };
        c = b + factor / c;
        if c.abs() < tiny {
            c = tiny;
        }
        fraction *= d * c;
        if (d * c - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    scale * fraction
}

/// The logarithm of the gamma function of a number above zero: Stirling's series from 10 on
/// (Abramowitz and Stegun 6.1.41), and Γ(x) = Γ(x + 1) / x below.
fn ln_gamma(x: f64) -> f64 {
    let (mut shifted, mut product) = (x, 1.0);
    while shifted < 10.0 {
        product *= shifted;
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let square = inverse * inverse;
    let series = inverse
        * (1.0 / 12.0
            - square
                * (1.0 / 360.0
                    - square * (1.0 / 1_260.0 - square * (1.0 / 1_680.0 - square / 1_188.0))));
    (shifted - 0.5) * shifted.ln() - shifted + 0.5 * (2.0 * std::f64::consts::PI).ln() + series
        - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_agree_with_published_tables() {
        // NIST/SEMATECH e-Handbook, 1.3.6.7.4: upper critical values.
        for (degrees, statistic, share) in [
            (1, 3.841, 0.05),
            (1, 6.635, 0.01),
            (10, 18.307, 0.05),
            (10, 4.865, 0.90),
            (50, 67.505, 0.05),
            (100, 149.449, 0.001),
            (100, 70.065, 0.99),
        ] {
            assert!((p_value(statistic, degrees) - share).abs() < 1e-4, "{degrees} {statistic}");
        }
        // With two degrees of freedom the tail is exp(-x / 2).
        for statistic in [0.0, 0.1, 1.0, 5.0, 40.0] {
            assert!((p_value(statistic, 2) - (-statistic / 2.0_f64).exp()).abs() < 1e-12);
        }
        assert!(p_value(0.0, 7_000) > 0.999);
        assert!((p_value(7_000.0, 7_000) - 0.497_7).abs() < 1e-3);
        assert!(p_value(1e6, 10) == 0.0);
    }
}
