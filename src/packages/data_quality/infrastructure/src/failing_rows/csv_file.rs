use std::io::{self, BufWriter};
use std::path::PathBuf;

use csv::Writer;
use data_quality_domain::examination::{FailingRow, FailingRowsFile};
use shared_kernel_domain::{Error, Result};
use tempfile::NamedTempFile;

use super::{Target, lost};

pub(super) struct CsvRows {
    path: PathBuf,
    writer: Writer<BufWriter<NamedTempFile>>,
}

impl CsvRows {
    pub(super) fn begin(target: Target, keys: &[String]) -> Result<Self> {
        let Target { path, file } = target;
        let mut rows = Self { path, writer: Writer::from_writer(BufWriter::new(file)) };
        let mut header: Vec<String> =
            ["row", "rule", "column", "value"].map(str::to_owned).to_vec();
        header.extend(keys.iter().map(|key| format!("key_{key}")));
        rows.record(&header)?;
        Ok(rows)
    }

    fn record(&mut self, fields: &[String]) -> Result<()> {
        self.writer.write_record(fields).map_err(|cause| self.lost(io::Error::other(cause)))
    }

    fn lost(&self, cause: io::Error) -> Error {
        lost(&self.path, cause)
    }
}

impl FailingRowsFile for CsvRows {
    fn write(&mut self, rows: &[FailingRow]) -> Result<()> {
        for row in rows {
            let mut fields = vec![
                row.row.map_or_else(String::new, |row| row.to_string()),
                row.rule.clone(),
                row.column.clone(),
                row.value.clone().unwrap_or_default(),
            ];
            fields.extend(row.keys.iter().map(|key| key.clone().unwrap_or_default()));
            self.record(&fields)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let Self { path, writer } = *self;
        let buffered = writer
            .into_inner()
            .map_err(|failed| lost(&path, io::Error::other(failed.error().to_string())))?;
        let file = buffered.into_inner().map_err(|failed| lost(&path, failed.into_error()))?;
        Target { path, file }.finish()
    }
}
