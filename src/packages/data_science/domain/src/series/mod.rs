//! Time series: rows in the order of a column of stamps, one series or one per value of a column.
//!
//! [`SeriesReader`] takes the rows in, puts each series on a regular grid of stamps, and a
//! [`SeriesAlgorithm`] says of every place how far it is from what is normal there. [`Finding`]
//! makes these deviations comparable among columns and series, one score a row, with reasons.
//!
//! Nothing here learns a model: a series is judged by itself, and what was learned of it is of no
//! use to other rows. So these are no detectors of pipelines.
//!
//! Invariants: every row gets a finite score; rows that cannot be judged score [`NOT_LOOKED_AT`]
//! and are counted with the reason; missing stamps are filled for the model only.

mod finding;
mod fourier;
mod grid;
pub mod level_shift;
pub mod matrix_profile;
mod period;
mod picture;
mod reader;
mod report;
mod robust;
pub mod seasonal_residual;
mod shadow;
pub mod spectral_residual;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use crate::detector::{DetectorDescription, Parameter};

pub use finding::Finding;
pub use picture::Picture;
pub use reader::{SeriesColumns, SeriesReader, SeriesTable};
pub use report::{Chosen, SeriesReport, SeriesSummary, SkippedRows};

use level_shift::LevelShift;
use matrix_profile::MatrixProfile;
use seasonal_residual::SeasonalResidual;
use spectral_residual::SpectralResidual;

/// The score of a row that could not be judged; all others score at least 0.
pub const NOT_LOOKED_AT: f64 = -1.0;

/// The detector of time series that is taken when nobody chose one.
pub const DEFAULT_SERIES_DETECTOR: &str = "seasonal_residual";

static ALGORITHMS: [&dyn SeriesAlgorithm; 4] =
    [&SeasonalResidual, &SpectralResidual, &MatrixProfile, &LevelShift];

/// What a user may set; `None` is found from the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeriesSettings {
    /// Steps after which a series repeats.
    pub period: Option<usize>,
    /// Steps that are looked at together.
    pub window: Option<usize>,
}

/// What a detector says of the places of a grid; vectors as long as the grid.
pub struct Verdict {
    /// How far each place is from normal, at least 0; NaN where that could not be told.
    pub deviations: Vec<f64>,
    /// What would have been normal there.
    pub expected: Vec<f64>,
    /// A robust standard deviation of what is normal there.
    pub spread: Vec<f64>,
    /// Whether a deviation is the distance of the value from the expected one in spreads: then it
    /// can be told of any value at a place.
    pub of_values: bool,
    /// Places in the shadow of a higher one near them: they are not calibrated with.
    pub shadowed: Vec<bool>,
    /// What was chosen, as far as the detector has it.
    pub chosen: SeriesSettings,
}

/// A way to tell what is normal in a series.
pub trait SeriesAlgorithm: Send + Sync {
    /// Name on the command line.
    fn name(&self) -> &'static str;

    /// What a user should know; the parameters are those of [`SeriesSettings`] that it heeds.
    fn describe(&self) -> DetectorDescription;

    /// Judges the values on a grid of equal steps, NaN where there is none. The values are between
    /// −1e100 and 1e100 and at least two of them differ. An error says why the series cannot be
    /// judged.
    fn judge(
        &self,
        values: &[f64],
        settings: SeriesSettings,
        cancellation: &Cancellation,
    ) -> Result<Verdict>;

    /// Operations that judging so many places takes; unless a detector says otherwise, few.
    fn operations(&self, places: usize) -> f64 {
        100.0 * places as f64
    }
}

/// All detectors of time series, in the order users see them.
pub fn series_algorithms() -> &'static [&'static dyn SeriesAlgorithm] {
    &ALGORITHMS
}

/// The detector of time series of a name, which must heed what is set.
pub fn series_algorithm(
    name: &str,
    settings: SeriesSettings,
) -> Result<&'static dyn SeriesAlgorithm> {
    let known = ALGORITHMS.iter().copied().find(|algorithm| algorithm.name() == name);
    let algorithm = known.ok_or_else(|| {
        let names: Vec<_> = ALGORITHMS.iter().map(|algorithm| algorithm.name()).collect();
        Error::usage(format!("there is no detector of time series called {name:?}")).hint(format!(
            "with --time choose one of {}; see `pynomaly detector list`",
            names.join(", ")
        ))
    })?;
    let parameters = algorithm.describe().parameters;
    for (flag, value) in [("period", settings.period), ("window", settings.window)] {
        if value.is_some() && parameters.iter().all(|parameter| parameter.name != flag) {
            return Err(Error::usage(format!("{name} has no {flag}")).hint(format!(
                "leave out --{flag}; `pynomaly detector show {name}` tells its parameters"
            )));
        }
        if value.is_some_and(|steps| steps < 2) {
            return Err(Error::usage(format!(
                "a {flag} of {} steps is too short",
                value.unwrap_or(0)
            ))
            .hint("give at least 2 steps"));
        }
    }
    Ok(algorithm)
}

/// A parameter of [`SeriesSettings`].
fn parameter(name: &str, default: &str, meaning: &str) -> Parameter {
    Parameter::told(name, default, meaning)
}
