use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::{Batch, Values};
use shared_kernel_domain::{Error, Result};

/// Remembers the row numbers and whole numbers it saw, in order: shows every mistake in merging.
#[derive(Debug, Default)]
pub struct Trace(pub Vec<(i64, i64)>);

impl Summary for Trace {
    fn key(&self) -> String {
        "trace".to_owned()
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self::default())
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        let Some(Values::Integer(values)) = batch.columns.first().map(|column| column.values)
        else {
            return Err(Error::internal("not integers"));
        };
        self.0.extend(batch.rows.iter().copied().zip(values.iter().copied()));
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let number = |bytes: &[u8]| i64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        let pairs = later.chunks(16).map(|pair| (number(&pair[..8]), number(&pair[8..])));
        self.0.extend(pairs);
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let pairs = self.0.iter();
        Ok(pairs.flat_map(|pair| [pair.0.to_le_bytes(), pair.1.to_le_bytes()].concat()).collect())
    }

    fn memory_bytes(&self) -> usize {
        self.0.capacity() * 16
    }
}
