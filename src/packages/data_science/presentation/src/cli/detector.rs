//! `detector list|show`.

use clap::{Args, Subcommand};
use data_science_domain::detector::{DEFAULT_DETECTOR, DetectorDescription, algorithm, algorithms};
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
            if is_json {
                json_document(&DetectorListDocument {
                    schema: DetectorListDocument::SCHEMA,
                    default: DEFAULT_DETECTOR,
                    detectors,
                })?
            } else {
                list_text(&detectors, console.width(), console.palette())
            }
        }
        Command::Show(arguments) => {
            let detector = algorithm(&arguments.name)?.describe();
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
        let mark = if detector.name == DEFAULT_DETECTOR { " (default)" } else { "" };
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
        line(&parameter.name, format!("{} ({})", parameter.default, parameter.meaning));
    }
    if detector.parameters.is_empty() {
        line("parameters", "none".to_owned());
    }
    line("cost", detector.cost.clone());
    line("contribution", detector.contribution.clone());
    line("reference", detector.reference.clone());
    let note = if detector.name == DEFAULT_DETECTOR { "taken when none is named\n" } else { "" };
    format!("{}{}", table.to_text(width, palette), palette.paint(Tone::Muted, note.trim_end()))
        .trim_end()
        .to_owned()
        + "\n"
}
