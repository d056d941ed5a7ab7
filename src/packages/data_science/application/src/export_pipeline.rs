use data_science_domain::model::AnomalyModel;
use data_science_domain::pipeline::{PipelineRevision, no_such_pipeline};
use data_science_domain::portable::Provenance;
use shared_kernel_domain::{Error, Result};

use crate::DataScienceContainer;

/// What a model is written for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportTarget {
    /// Programs that run ONNX files.
    Onnx,
    /// Databases.
    Sql {
        /// The table that the query reads, with its schema if that is needed: parts parted by
        /// dots. `None` takes the pipeline's name.
        table: Option<String>,
    },
}

/// Which model to export, and what for.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// The pipeline's name.
    pub pipeline: String,
    /// The revision; `None` takes the current one.
    pub revision: Option<u32>,
    /// What for.
    pub target: ExportTarget,
}

/// An exported model.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The file.
    pub bytes: Vec<u8>,
    /// The revision whose champion it is.
    pub revision: PipelineRevision,
}

/// Writes the champion of a pipeline in terms of other programs.
pub fn export_pipeline(
    container: &DataScienceContainer,
    request: &ExportRequest,
) -> Result<Exported> {
    let name = &request.pipeline;
    let pipeline = container.pipelines.by_name(name)?.ok_or_else(|| no_such_pipeline(name))?;
    let revision = match request.revision {
        None => pipeline.current,
        Some(number) => {
            let history = container.pipelines.history(&pipeline.id)?;
            history.into_iter().find(|revision| revision.number == number).ok_or_else(|| {
                Error::usage(format!("pipeline {name:?} has no revision {number}"))
                    .hint(format!("see `pynomaly pipeline history {name}`"))
            })?
        }
    };
    let bytes = container.shared.artifacts.get(&revision.artifact)?;
    let model = AnomalyModel::from_bytes(&bytes)?.portable()?;
    let provenance = Provenance {
        pipeline: pipeline.name.clone(),
        revision: revision.number,
        model: revision.champion.model_name.clone(),
        model_version: revision.champion.model_version,
        digest: revision.artifact.to_string(),
    };
    let bytes = match &request.target {
        ExportTarget::Onnx => model.to_onnx(&provenance)?,
        ExportTarget::Sql { table: None } => {
            model.to_sql(&provenance, &[&pipeline.name])?.into_bytes()
        }
        ExportTarget::Sql { table: Some(table) } => {
            let parts: Vec<&str> = table.split('.').collect();
            if parts.iter().any(|part| part.is_empty()) {
                return Err(Error::usage(format!("{table:?} is not the name of a table"))
                    .hint("give a name such as flights or shop.flights, without quotes"));
            }
            model.to_sql(&provenance, &parts)?.into_bytes()
        }
    };
    Ok(Exported { bytes, revision })
}
