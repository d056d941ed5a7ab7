//! `model list|show|history`.

mod document;
mod text;

use mlops_application::{MlopsContainer, find_model, find_version, history, model_overviews};
use mlops_domain::{CHAMPION, ModelRepository, holder_at};
use shared_kernel_domain::Result;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_presentation::cli::{Console, Format, Outcome, json_document};

pub use document::{HolderDocument, ModelDocument, ModelHistoryDocument, ModelListDocument};

/// Registered models: which version watches which dataset, and where it came from.
#[derive(clap::Subcommand, Clone, Debug)]
pub enum Command {
    /// All models and the version of each that watches
    List,
    /// One version in full: detector, parameters, metrics, lineage, columns left out
    #[command(after_help = "Example: pynomaly model show flights 2")]
    Show {
        /// The model's name (its dataset's) or id
        name: String,
        /// The version's number [default: the champion]
        #[arg(value_name = "VERSION")]
        number: Option<u32>,
    },
    /// Which version was champion when, and what became of every training
    #[command(after_help = "Example: pynomaly model history flights --at 2026-05-03T14:00:00Z")]
    History {
        /// The model's name (its dataset's) or id
        name: String,
        /// Say which version was champion at this time, in RFC 3339
        #[arg(long, value_name = "TIME")]
        at: Option<Timestamp>,
    },
}

const FORMATS: [Format; 2] = [Format::Table, Format::Json];

/// Runs `model …`.
pub fn run(command: &Command, container: &MlopsContainer, console: &Console) -> Result<Outcome> {
    answer(command, container.models.as_ref(), console)
}

fn answer(command: &Command, models: &dyn ModelRepository, console: &Console) -> Result<Outcome> {
    let as_json = console.format(&FORMATS)? == Format::Json;
    let result = match command {
        Command::List => {
            let overviews = model_overviews(models)?;
            if as_json {
                json_document(&ModelListDocument::new(overviews))?
            } else {
                text::list(&overviews, console)
            }
        }
        Command::Show { name, number } => {
            let model = find_model(models, name)?;
            let version = find_version(models, &model, *number)?;
            let champion = models.champion(&model.id)?.is_some_and(|it| it.id == version.id);
            if as_json {
                json_document(&ModelDocument::new(version, champion))?
            } else {
                text::version(&version, champion, console)
            }
        }
        Command::History { name, at } => {
            let history = history(models, name)?;
            let holder = at.map(|at| (at, holder_at(&history.aliases, CHAMPION, at).cloned()));
            if as_json {
                json_document(&ModelHistoryDocument::new(history, holder))?
            } else if let Some((at, holder)) = holder {
                text::holder(name, at, holder.as_ref())
            } else {
                text::history(&history, console)
            }
        }
    };
    console.result(&result)?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests;
