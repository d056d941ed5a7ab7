use super::support::PresentValues;

/// Folds kept side by side, so that a loop over a slice has no chain of dependent operations.
pub(super) const LANES: usize = 8;

/// The smallest and the largest finite number of a batch, by how they are computed with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bounds {
    /// There is no finite number.
    Nothing,
    /// Of whole numbers.
    Integers(i64, i64),
    /// Of floats.
    Floats(f64, f64),
    /// Of unscaled decimals.
    Decimals(i128, i128),
}

impl Bounds {
    pub(super) fn of(values: &PresentValues<'_>) -> Self {
        match values {
            PresentValues::Nothing | PresentValues::Booleans(_) | PresentValues::Texts(..) => {
                Self::Nothing
            }
            PresentValues::Integers(values, _) => {
                let (min, max) = ends(values, (i64::MAX, i64::MIN));
                if min > max { Self::Nothing } else { Self::Integers(min, max) }
            }
            PresentValues::Decimals(values, _) => {
                let (min, max) = ends(values, (i128::MAX, i128::MIN));
                if min > max { Self::Nothing } else { Self::Decimals(min, max) }
            }
            PresentValues::Floats { all, finite } => {
                Self::of_floats(finite.as_deref().unwrap_or(all))
            }
        }
    }

    /// Of finite floats.
    pub(super) fn of_floats(values: &[f64]) -> Self {
        if values.is_empty() {
            return Self::Nothing;
        }
        let min = lanes(values, f64::INFINITY, |value| value, f64::min);
        let max = lanes(values, f64::NEG_INFINITY, |value| value, f64::max);
        Self::Floats(min, max)
    }
}

fn ends<T: Copy + Ord>(values: &[T], none: (T, T)) -> (T, T) {
    values.iter().fold(none, |(min, max), &value| (min.min(value), max.max(value)))
}

/// Joins the images of the values in [`LANES`] interleaved folds, then the folds in order.
pub(super) fn lanes(
    values: &[f64],
    start: f64,
    image: impl Fn(f64) -> f64,
    join: impl Fn(f64, f64) -> f64,
) -> f64 {
    let mut folds = [start; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (fold, &value) in folds.iter_mut().zip(chunk) {
            *fold = join(*fold, image(value));
        }
    }
    for (fold, &value) in folds.iter_mut().zip(rest) {
        *fold = join(*fold, image(value));
    }
    folds.into_iter().fold(start, join)
}
