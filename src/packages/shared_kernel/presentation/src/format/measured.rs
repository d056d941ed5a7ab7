use shared_kernel_domain::measured::{Exactness, Measured};

use super::{count, number};

/// A figure, marked with `≈` unless it is exact.
pub fn measured<T>(figure: &Measured<T>, render: impl Fn(&T) -> String) -> String {
    let text = render(&figure.value);
    if figure.is_exact() { text } else { format!("≈ {text}") }
}

/// A figure with how far it can be trusted: `12`, `≈ 9.8 (error at most 0.01)`.
pub fn measured_in_full<T>(figure: &Measured<T>, render: impl Fn(&T) -> String) -> String {
    let text = measured(figure, render);
    if figure.is_exact() { text } else { format!("{text} ({})", exactness(&figure.exactness)) }
}

/// How a figure came about, in words.
pub fn exactness(exactness: &Exactness) -> String {
    match exactness {
        Exactness::Exact => "exact".to_owned(),
        Exactness::Approximate { error } => format!("error at most {}", number(*error)),
        Exactness::Sampled { rows } => format!("from a sample of {} rows", count(*rows)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_exact_says_so() {
        let render = |value: &f64| number(*value);
        assert_eq!(measured_in_full(&Measured::exact(12.0), render), "12");
        assert_eq!(measured(&Measured::approximate(9.8, 0.01), render), "≈ 9.8");
        assert_eq!(
            measured_in_full(&Measured::approximate(9.8, 0.01), render),
            "≈ 9.8 (error at most 0.01)"
        );
        assert_eq!(
            measured_in_full(&Measured::sampled(9.8, 100_000), render),
            "≈ 9.8 (from a sample of 100,000 rows)"
        );
    }
}
