use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::summary::RowOrder;

use crate::figure::Figure;

/// In what order the values stand from row to row; missing ones, NaN and infinities left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "four questions with independent answers")]
pub struct OrderProfile {
    /// No value is below the one before.
    pub ascending: bool,
    /// Every value is above the one before.
    pub strictly_ascending: bool,
    /// No value is above the one before.
    pub descending: bool,
    /// Every value is below the one before.
    pub strictly_descending: bool,
    /// Steps to a larger value as a share of all steps: the sortiness. Of long columns of texts in
    /// no order, one step of 16 is compared.
    pub rising_share: Figure<f64>,
    /// Steps to a smaller value as a share of all steps.
    pub falling_share: Figure<f64>,
}

impl OrderProfile {
    /// The order of at least two values.
    pub(crate) fn new(order: &RowOrder) -> Option<Self> {
        const NO_STEP: &str = "one value has no order";
        Some(Self {
            ascending: order.is_ascending()?,
            strictly_ascending: order.is_strictly_ascending()?,
            descending: order.is_descending()?,
            strictly_descending: order.is_strictly_descending()?,
            rising_share: Figure::or_missing(order.rising_share(), NO_STEP),
            falling_share: Figure::or_missing(order.falling_share(), NO_STEP),
        })
    }
}
