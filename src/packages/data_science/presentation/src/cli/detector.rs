//! `detector list|show`.

use clap::{Args, Subcommand};
use data_science_domain::detector::{
    DEFAULT_DETECTOR, DetectorDescription, algorithms, configured_algorithm,
};
use data_science_domain::series::{DEFAULT_SERIES_DETECTOR, series_algorithms};
use shared_kernel_domain::Result;
use shared_kernel_presentation::cli::{Console, Format, Outcome, Palette, json_document};
use shared_kernel_presentation::table::Column;
use shared_kernel_presentation::{Table, Tone};

use crate::document::{DetectorDocument, DetectorListDocument};

/// The algorithms: parameters, cost, reference.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// All detectors
    List,
    /// One detector: when to use it, its parameters, cost and paper
    Show(ShowArguments),
}

/// Which detector.
#[derive(Args, Clone, Debug)]
pub struct ShowArguments {
    /// The detector's name
    #[arg(value_name = "DETECTOR")]
    pub name: String,
}

/// Runs a command on detectors.
pub fn run(command: &Command, console: &Console) -> Result<Outcome> {
    let is_json = console.format(&[Format::Table, Format::Json])? == Format::Json;
    let text = match command {
        Command::List => {
            let detectors: Vec<_> =
                algorithms().iter().map(|algorithm| algorithm.describe()).collect();
            let series_detectors: Vec<_> =
                series_algorithms().iter().map(|algorithm| algorithm.describe()).collect();
            if is_json {
                json_document(&DetectorListDocument {
                    schema: DetectorListDocument::SCHEMA,
                    default: DEFAULT_DETECTOR,
                    detectors,
                    series_default: DEFAULT_SERIES_DETECTOR,
                    series_detectors,
                })?
            } else {
                let all = [detectors, series_detectors].concat();
                list_text(&all, console.width(), console.palette())
            }
        }
        Command::Show(arguments) => {
            let of_series = series_algorithms().iter().find(|a| a.name() == arguments.name);
            let detector = match of_series {
                Some(algorithm) => algorithm.describe(),
                None => configured_algorithm(&arguments.name)?.describe(),
            };
            if is_json {
                json_document(&DetectorDocument { schema: DetectorDocument::SCHEMA, detector })?
            } else {
                show_text(&detector, console.width(), console.palette())
            }
        }
    };
    console.result(&text)?;
    Ok(Outcome::Done)
}

fn list_text(detectors: &[DetectorDescription], width: usize, palette: Palette) -> String {
    let mut table = Table::new([
        Column::text("detector"),
        Column::text("what it does"),
        Column::text("reference").optional(),
    ]);
    for detector in detectors {
        let mark = match detector.name.as_str() {
            DEFAULT_DETECTOR => " (default)",
            DEFAULT_SERIES_DETECTOR => " (default with --time)",
            _ => "",
        };
        table.row([
            format!("{}{mark}", detector.name).into(),
            detector.summary.clone().into(),
            detector.reference.clone().into(),
        ]);
    }
    table.to_text(width, palette)
}

fn show_text(detector: &DetectorDescription, width: usize, palette: Palette) -> String {
    let mut table = Table::new([Column::text(detector.name.as_str()), Column::text("")]);
    let mut line = |name: &str, value: String| table.row([name.into(), value.into()]);
    line("what it does", detector.summary.clone());
    line("good for", detector.good_for.clone());
    for parameter in &detector.parameters {
        let accepted = parameter.accepted.as_ref();
        let accepted = accepted.map_or_else(String::new, |it| format!("; {}", it.words()));
        line(&parameter.name, format!("{} ({}{accepted})", parameter.default, parameter.meaning));
    }
    if detector.parameters.is_empty() {
        line("parameters", "none".to_owned());
    }
    line("cost", detector.cost.clone());
    line("contribution", detector.contribution.clone());
    line("reference", detector.reference.clone());
    let note = match detector.name.as_str() {
        DEFAULT_DETECTOR => "taken when none is named\n",
        DEFAULT_SERIES_DETECTOR => "taken with --time when none is named\n",
        _ => "",
    };
    format!("{}{}", table.to_text(width, palette), palette.paint(Tone::Muted, note.trim_end()))
        .trim_end()
        .to_owned()
        + "\n"
}
