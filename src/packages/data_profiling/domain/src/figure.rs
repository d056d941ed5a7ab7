use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::Measured;

pub(crate) const NO_VALUES: &str = "every value is missing";
pub(crate) const NO_FINITE_VALUES: &str = "there is no finite value";
pub(crate) const TOO_LARGE: &str = "the figure is beyond the range of a 64-bit float";
pub(crate) const TOO_MANY: &str = "there are too many different values to count each";

/// A part of a whole, exactly; without a whole there is none, for this reason.
pub(crate) fn share(part: u64, whole: u64, reason: &str) -> Figure<f64> {
    if whole == 0 {
        return Figure::missing(reason);
    }
    Figure::exact(part as f64 / whole as f64)
}

/// A figure, or `null` with the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Figure<T> {
    /// The figure and how far it can be trusted.
    Known(Measured<T>),
    /// There is none.
    Missing(Missing),
}

/// No figure, and why. Serialises as `{"value": null, "reason": …}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Missing {
    /// Always null.
    pub value: (),
    /// Why there is no figure.
    pub reason: String,
}

/// What a document says that was written before there was the figure.
impl<T> Default for Figure<T> {
    fn default() -> Self {
        Self::missing("the profile was made before there was this figure")
    }
}

impl<T> Figure<T> {
    /// A figure computed from every value.
    pub fn exact(value: T) -> Self {
        Self::Known(Measured::exact(value))
    }

    /// No figure, for this reason.
    pub fn missing(reason: impl Into<String>) -> Self {
        Self::Missing(Missing { value: (), reason: reason.into() })
    }

    /// The figure if there is one, else none for this reason.
    pub fn or_missing(figure: Option<Measured<T>>, reason: &str) -> Self {
        figure.map_or_else(|| Self::missing(reason), Self::Known)
    }

    /// The figure and how far it can be trusted, if there is one.
    pub fn measured(&self) -> Option<&Measured<T>> {
        match self {
            Self::Known(measured) => Some(measured),
            Self::Missing(_) => None,
        }
    }

    /// The bare figure, if there is one.
    pub fn value(&self) -> Option<&T> {
        self.measured().map(|measured| &measured.value)
    }

    /// Why there is no figure, if there is none.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Known(_) => None,
            Self::Missing(missing) => Some(&missing.reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared_kernel_domain::table::Cell;

    use super::*;

    #[test]
    fn a_figure_and_its_absence_travel_as_json() {
        for (figure, text) in [
            (Figure::exact(Cell::Integer(3)), json!({"value": 3, "exactness": "exact"})),
            (
                Figure::Known(Measured::approximate(Cell::Float(0.5), 0.01)),
                json!({"value": 0.5, "exactness": "approximate", "error": 0.01}),
            ),
            (Figure::missing("no values"), json!({"value": null, "reason": "no values"})),
        ] {
            assert_eq!(serde_json::to_value(&figure).unwrap(), text);
            assert_eq!(serde_json::from_value::<Figure<Cell>>(text).unwrap(), figure);
        }
    }
}
