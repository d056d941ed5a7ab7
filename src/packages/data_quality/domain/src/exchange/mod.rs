//! Rule files of other tools as contracts, and contracts as rule files of other tools: Great
//! Expectations, Soda and dbt. Our own short rule files are written out as contracts here too.
//!
//! Each rule of a file becomes rules that this engine evaluates and that mean the same, or stands in
//! the list of what could not be said, with its line and the reason; so do parts of a file that are no
//! rules. What was made is read by the reader of contracts before it is written: a rule that
//! it refuses is in the list too, and the contract that is written has no problems.
//!
//! Pure functions from text to text: no file, no clock.

mod arguments;
mod distributions;
mod draft;
mod export;
mod forms;
mod import;
mod other_tables;
mod queries;
mod rows;
mod times;

pub use draft::{Mapped, Unmapped};
pub use export::{Exported, export};
pub use import::{Imported, import};
pub use queries::Reads;

/// Whose rule files are read, or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Great Expectations: suites in JSON.
    GreatExpectations,
    /// Soda: SodaCL checks, and contracts of Soda 4.
    Soda,
    /// dbt: properties of models, sources, seeds and snapshots.
    Dbt,
    /// Our own short rule files.
    Rules,
}

impl Tool {
    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::GreatExpectations => "Great Expectations",
            Self::Soda => "Soda",
            Self::Dbt => "dbt",
            Self::Rules => "short rule file",
        }
    }

    /// The name as it is written on the command line.
    pub fn short_name(self) -> &'static str {
        match self {
            Self::GreatExpectations => "gx",
            Self::Soda => "soda",
            Self::Dbt => "dbt",
            Self::Rules => "rules",
        }
    }
}
