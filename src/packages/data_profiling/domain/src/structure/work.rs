//! How much may be computed: counted in steps, not in seconds, so that what is left out depends on
//! the table alone and never on the machine.

/// Steps that a core of 2020 does in a second: one step looks at one cell, or at one row of a pair
/// of columns.
const STEPS_PER_SECOND: f64 = 200_000_000.0;

/// How many steps the search for structure may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkBudget {
    steps: u64,
}

impl WorkBudget {
    /// A budget of steps.
    pub const fn steps(steps: u64) -> Self {
        Self { steps }
    }

    /// About as many steps as a core does in so many seconds, by a fixed rate.
    pub fn seconds(seconds: f64) -> Self {
        Self { steps: (seconds.max(0.0) * STEPS_PER_SECOND) as u64 }
    }

    /// A part of the budget.
    #[must_use]
    pub(super) fn share(self, percent: u64) -> Self {
        Self { steps: (u128::from(self.steps) * u128::from(percent) / 100) as u64 }
    }

    /// The number of steps.
    pub(super) fn count(self) -> u64 {
        self.steps
    }

    /// A meter that starts full.
    pub(super) fn meter(self) -> WorkMeter {
        WorkMeter { left: self.steps }
    }
}

/// What is left of a budget.
#[derive(Debug)]
pub(super) struct WorkMeter {
    left: u64,
}

impl WorkMeter {
    /// Takes steps off.
    pub(super) fn spend(&mut self, steps: usize) {
        self.left = self.left.saturating_sub(steps as u64);
    }

    /// Whether nothing is left.
    pub(super) fn is_spent(&self) -> bool {
        self.left == 0
    }
}
