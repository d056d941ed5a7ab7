use std::sync::Arc;

use data_science_domain::dataset::{Dataset, DatasetRepository, DatasetVersion};
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::store::{Store, Transaction, Value};

use crate::document::{all, document, first};

/// Datasets and their versions in the store of data science, one JSON document each.
pub struct SqlDatasetRepository {
    store: Arc<Store>,
}

impl SqlDatasetRepository {
    /// A repository over the context's store.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

/// A version, with the keys it is found by.
struct NewVersion {
    dataset_id: String,
    dataset_name: String,
    dataset_document: String,
    number: u32,
    params: Vec<Value>,
}

impl NewVersion {
    fn insert(&self, transaction: &mut dyn Transaction) -> Result<()> {
        let overtaken = || {
            Error::unavailable(format!(
                "dataset {} was changed by somebody else meanwhile",
                self.dataset_name
            ))
            .hint("try again")
        };
        let owner = transaction
            .query("SELECT id FROM dataset WHERE name = $1", &[(&self.dataset_name).into()])?;
        match owner.first() {
            Some(owner) if owner.text(0)? != self.dataset_id => return Err(overtaken()),
            Some(_) => {}
            None if self.number > 1 => return Err(overtaken()),
            None => {
                transaction.execute(
                    "INSERT INTO dataset (id, name, document) VALUES ($1, $2, $3)",
                    &[
                        (&self.dataset_id).into(),
                        (&self.dataset_name).into(),
                        (&self.dataset_document).into(),
                    ],
                )?;
            }
        }
        let newest = transaction.query(
            "SELECT COALESCE(MAX(number), 0) FROM dataset_version WHERE dataset_id = $1",
            &[(&self.dataset_id).into()],
        )?;
        let newest = newest.first().map_or(Ok(0), |row| row.integer(0))?;
        if newest + 1 != i64::from(self.number) {
            return Err(overtaken());
        }
        transaction.execute(
            "INSERT INTO dataset_version (id, dataset_id, number, digest, document)
             VALUES ($1, $2, $3, $4, $5)",
            &self.params,
        )?;
        Ok(())
    }
}

impl DatasetRepository for SqlDatasetRepository {
    fn list(&self) -> Result<Vec<(Dataset, DatasetVersion)>> {
        self.store.read(|transaction| {
            transaction
                .query(
                    "SELECT d.document, v.document FROM dataset d
                     JOIN dataset_version v ON v.dataset_id = d.id
                     WHERE v.number =
                         (SELECT MAX(number) FROM dataset_version WHERE dataset_id = d.id)
                     ORDER BY d.name",
                    &[],
                )?
                .iter()
                .map(|row| Ok((row.json(0)?, row.json(1)?)))
                .collect()
        })
    }

    fn by_name(&self, name: &str) -> Result<Option<Dataset>> {
        self.store.read(|transaction| {
            first(
                &transaction
                    .query("SELECT document FROM dataset WHERE name = $1", &[name.into()])?,
            )
        })
    }

    fn by_id(&self, id: &DatasetId) -> Result<Option<Dataset>> {
        self.store.read(|transaction| {
            first(
                &transaction.query(
                    "SELECT document FROM dataset WHERE id = $1",
                    &[id.to_string().into()],
                )?,
            )
        })
    }

    fn version(&self, id: &DatasetVersionId) -> Result<Option<DatasetVersion>> {
        self.store.read(|transaction| {
            first(&transaction.query(
                "SELECT document FROM dataset_version WHERE id = $1",
                &[id.to_string().into()],
            )?)
        })
    }

    fn versions(&self, dataset: &DatasetId) -> Result<Vec<DatasetVersion>> {
        self.store.read(|transaction| {
            all(&transaction.query(
                "SELECT document FROM dataset_version WHERE dataset_id = $1 ORDER BY number",
                &[dataset.to_string().into()],
            )?)
        })
    }

    fn newest_version(&self, dataset: &DatasetId) -> Result<Option<DatasetVersion>> {
        self.store.read(|transaction| {
            first(&transaction.query(
                "SELECT document FROM dataset_version WHERE dataset_id = $1
                 ORDER BY number DESC LIMIT 1",
                &[dataset.to_string().into()],
            )?)
        })
    }

    fn add_version(
        &self,
        dataset: &Dataset,
        version: &DatasetVersion,
        unit: UnitOfWork,
    ) -> Result<()> {
        let new = NewVersion {
            dataset_id: dataset.id.to_string(),
            dataset_name: dataset.name.to_string(),
            dataset_document: document(dataset)?,
            number: version.number,
            params: vec![
                version.id.to_string().into(),
                dataset.id.to_string().into(),
                version.number.into(),
                version.digest().as_str().into(),
                document(version)?.into(),
            ],
        };
        self.store.commit(unit, move |transaction| new.insert(transaction))
    }

    fn refer_to(&self, version: &DatasetVersion, unit: UnitOfWork) -> Result<()> {
        let (id, document) = (version.id.to_string(), document(version)?);
        self.store.commit(unit, move |transaction| {
            transaction.execute(
                "UPDATE dataset_version SET document = $2 WHERE id = $1",
                &[id.into(), document.into()],
            )?;
            Ok(())
        })
    }

    fn delete(&self, dataset: &DatasetId, unit: UnitOfWork) -> Result<()> {
        let id = dataset.to_string();
        self.store.commit(unit, move |transaction| {
            for statement in [
                "DELETE FROM anomaly WHERE version_id IN
                     (SELECT id FROM dataset_version WHERE dataset_id = $1)",
                "DELETE FROM anomaly_report WHERE version_id IN
                     (SELECT id FROM dataset_version WHERE dataset_id = $1)",
                "DELETE FROM feedback WHERE pipeline_id IN
                     (SELECT id FROM pipeline WHERE dataset_id = $1)",
                "DELETE FROM pipeline_revision WHERE pipeline_id IN
                     (SELECT id FROM pipeline WHERE dataset_id = $1)",
                "DELETE FROM pipeline WHERE dataset_id = $1",
                "DELETE FROM dataset_version WHERE dataset_id = $1",
                "DELETE FROM dataset WHERE id = $1",
            ] {
                transaction.execute(statement, &[(&id).into()])?;
            }
            Ok(())
        })
    }
}
