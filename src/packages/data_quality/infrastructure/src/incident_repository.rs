use data_quality_domain::{Acknowledgement, Handling, Incident, IncidentRepository};
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::identity::{DatasetId, IncidentId};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::store::{Row, Transaction, Value};

use crate::SqlQualityReportRepository;
use crate::report_repository::does_not_serialise;

/// An incident as it is written: what people say of it has columns of its own, which the flow of
/// versions leaves alone.
pub(crate) struct IncidentRow([Value; 4]);

impl IncidentRow {
    pub(crate) fn of(incident: &Incident) -> Result<Self> {
        let flow = Incident { acknowledgement: None, snoozed_until: None, ..incident.clone() };
        let document = serde_json::to_string(&flow).map_err(does_not_serialise)?;
        Ok(Self([
            incident.id.to_string().into(),
            incident.dataset_id.to_string().into(),
            incident.closed_by.into(),
            document.into(),
        ]))
    }

    pub(crate) fn write(&self, transaction: &mut dyn Transaction) -> Result<()> {
        transaction.execute(
            "INSERT INTO incident (incident_id, dataset_id, closed_by, document)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (incident_id)
             DO UPDATE SET closed_by = excluded.closed_by, document = excluded.document",
            &self.0,
        )?;
        Ok(())
    }
}

/// What every query of incidents selects.
const COLUMNS: &str = "SELECT document, acknowledgement, snoozed_until FROM incident";

impl SqlQualityReportRepository {
    fn find(&self, rest: &str, params: &[Value]) -> Result<Vec<Incident>> {
        let query = format!("{COLUMNS} {rest}");
        self.store
            .read(|transaction| transaction.query(&query, params)?.iter().map(incident).collect())
    }
}

impl IncidentRepository for SqlQualityReportRepository {
    fn open_of(&self, dataset: &DatasetId) -> Result<Option<Incident>> {
        let open = "WHERE dataset_id = $1 AND closed_by IS NULL";
        Ok(self.find(open, &[dataset.to_string().into()])?.pop())
    }

    fn incident(&self, id: &IncidentId) -> Result<Option<Incident>> {
        Ok(self.find("WHERE incident_id = $1", &[id.to_string().into()])?.pop())
    }

    fn incidents(&self, all: bool, most: usize) -> Result<Vec<Incident>> {
        let which = if all { "" } else { "WHERE closed_by IS NULL" };
        // ids sort by creation
        self.find(&format!("{which} ORDER BY incident_id DESC LIMIT $1"), &[most.into()])
    }

    fn handle(&self, id: &IncidentId, handling: &Handling, unit: UnitOfWork) -> Result<()> {
        let (column, value) = match handling {
            Handling::Acknowledge(said) => {
                ("acknowledgement", serde_json::to_string(said).map_err(does_not_serialise)?)
            }
            Handling::Snooze(until) => ("snoozed_until", until.to_string()),
        };
        let update = format!("UPDATE incident SET {column} = $2 WHERE incident_id = $1");
        let params: [Value; 2] = [id.to_string().into(), value.into()];
        self.store.commit(unit, move |transaction| {
            transaction.execute(&update, &params)?;
            Ok(())
        })
    }
}

fn incident(row: &Row) -> Result<Incident> {
    let acknowledgement: Option<Acknowledgement> =
        row.opt_text(1)?.map(|_| row.json(1)).transpose()?;
    let snoozed_until = row.opt_text(2)?.map(|text| instant(&text)).transpose()?;
    Ok(Incident { acknowledgement, snoozed_until, ..row.json(0)? })
}

fn instant(text: &str) -> Result<Timestamp> {
    text.parse().map_err(|cause| {
        Error::internal(format!("a stored time is none: {text:?}")).caused_by(cause)
    })
}
