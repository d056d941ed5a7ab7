//! A Parquet file as its pages are read: a few at a time for each column, never a whole column chunk.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use datafusion::common::Result as DataFusionResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{ChunkReader, Length};

/// Bytes read at least where a page is wanted, so that small pages come many at a time ...
const WINDOW_BYTES: u64 = 256 << 10;

/// ... and where only its header is, since what follows may be skipped.
const HEADER_BYTES: u64 = 8 << 10;

/// An open file. Of each column chunk that is being read it holds what was read last.
#[derive(Clone)]
pub(super) struct PageFile {
    shared: Arc<Shared>,
}

struct Shared {
    file: File,
    length: u64,
    /// By start.
    chunks: Vec<Chunk>,
    /// By column.
    windows: Vec<Mutex<Window>>,
    failure: Mutex<Option<io::Error>>,
}

/// Where the pages of a column in a row group are.
struct Chunk {
    start: u64,
    end: u64,
    column: usize,
}

/// Bytes of a file from a place on.
#[derive(Default)]
struct Window {
    start: u64,
    bytes: Bytes,
}

impl Window {
    /// What it holds from a place on, if the place is in it.
    fn from(&self, start: u64) -> Option<Bytes> {
        let skipped = usize::try_from(start.checked_sub(self.start)?).ok()?;
        (skipped < self.bytes.len()).then(|| self.bytes.slice(skipped..))
    }
}

impl PageFile {
    /// Opens a file to read some of its row groups, which the footer puts within it.
    pub(super) fn open(
        location: &str,
        metadata: &ParquetMetaData,
        groups: &[usize],
    ) -> DataFusionResult<Self> {
        let file = File::open(location)?;
        let length = file.metadata()?.len();
        let mut chunks = Vec::new();
        for &group in groups {
            let Some(group) = metadata.row_groups().get(group) else { continue };
            for (column, chunk) in group.columns().iter().enumerate() {
                let (start, bytes) = chunk.byte_range();
                let end = start.saturating_add(bytes).min(length);
                if start < end {
                    chunks.push(Chunk { start, end, column });
                }
            }
        }
        chunks.sort_unstable_by_key(|chunk| (chunk.start, chunk.end));
        let columns = metadata.file_metadata().schema_descr().num_columns();
        let windows = (0..columns).map(|_| Mutex::default()).collect();
        let shared = Shared { file, length, chunks, windows, failure: Mutex::default() };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The error of the system that made reading fail, if one did.
    pub(super) fn failure(&self) -> Option<io::Error> {
        lock(&self.shared.failure).take()
    }

    /// At least `wanted` bytes from a place on, if the file has them; more where that saves reading
    /// again soon.
    fn bytes(&self, start: u64, wanted: u64, ahead: u64) -> Result<Bytes> {
        let Shared { length, chunks, windows, .. } = self.shared.as_ref();
        let before = chunks.partition_point(|chunk| chunk.start <= start);
        let chunk = before.checked_sub(1).and_then(|place| chunks.get(place));
        let within = chunk.filter(|chunk| start < chunk.end);
        let Some((chunk, window)) =
            within.and_then(|chunk| Some((chunk, windows.get(chunk.column)?)))
        else {
            let length = wanted.max(ahead).min(length.saturating_sub(start));
            return self.read(start, Bytes::new(), length);
        };
        let mut window = lock(window);
        let held = window.from(start).unwrap_or_default();
        if !held.is_empty() && held.len() as u64 >= wanted {
            return Ok(held);
        }
        let left = chunk.end - start;
        let ahead = if left <= WINDOW_BYTES { left } else { ahead };
        let bytes = self.read(start, held, wanted.max(ahead.min(left)).min(length - start))?;
        *window = Window { start, bytes: bytes.clone() };
        Ok(bytes)
    }

    /// So many bytes from a place on, of which the first are held already.
    fn read(&self, start: u64, held: Bytes, length: u64) -> Result<Bytes> {
        let known = held.len() as u64;
        if known >= length {
            return Ok(held);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length)?);
        bytes.extend_from_slice(&held);
        let mut file = &self.shared.file;
        let read = file
            .seek(SeekFrom::Start(start + known))
            .and_then(|_| file.take(length - known).read_to_end(&mut bytes));
        if let Err(error) = read {
            let told = ParquetError::General(error.to_string());
            *lock(&self.shared.failure) = Some(error);
            return Err(told);
        }
        Ok(bytes.into())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Length for PageFile {
    fn len(&self) -> u64 {
        self.shared.length
    }
}

impl ChunkReader for PageFile {
    type T = HeaderReader;

    fn get_read(&self, start: u64) -> Result<HeaderReader> {
        Ok(HeaderReader { file: self.clone(), position: start, buffered: Bytes::new() })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let wanted = length as u64;
        let bytes = self.bytes(start, wanted, WINDOW_BYTES)?;
        if bytes.len() < length {
            let found = bytes.len();
            return Err(ParquetError::EOF(format!("{length} bytes were expected, {found} found")));
        }
        Ok(bytes.slice(..length))
    }
}

/// Reads the header of a page.
pub(super) struct HeaderReader {
    file: PageFile,
    position: u64,
    buffered: Bytes,
}

impl Read for HeaderReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.buffered.is_empty() {
            let bytes = self.file.bytes(self.position, 1, HEADER_BYTES);
            self.buffered = bytes.map_err(io::Error::other)?;
            self.position += self.buffered.len() as u64;
        }
        let count = into.len().min(self.buffered.len());
        into[..count].copy_from_slice(&self.buffered.split_to(count));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use arrow::array::{Float64Array, Int64Array, RecordBatch};
    use parquet::arrow::ArrowWriter;
    use parquet::file::metadata::ParquetMetaDataReader;
    use parquet::file::properties::WriterProperties;
    use tempfile::NamedTempFile;

    use super::*;

    /// 300,000 rows in two row groups: chunks of more and of fewer bytes than a window.
    fn written() -> (NamedTempFile, Vec<u8>, ParquetMetaData) {
        let rows = 0..300_000_i64;
        let noise = rows.clone().map(|row| ((row * 7_919 % 10_007) as f64).sqrt());
        let batch = RecordBatch::try_from_iter([
            ("noise", Arc::new(noise.collect::<Float64Array>()) as _),
            ("same", Arc::new(rows.map(|row| row / 100_000).collect::<Int64Array>()) as _),
        ]);
        let batch = batch.unwrap();
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_max_row_group_row_count(Some(200_000))
            .build();
        let mut bytes = Vec::new();
        let mut writer =
            ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        let metadata = ParquetMetaDataReader::new().parse_and_finish(file.as_file()).unwrap();
        (file, bytes, metadata)
    }

    fn opened(file: &NamedTempFile, metadata: &ParquetMetaData) -> PageFile {
        PageFile::open(file.path().to_str().unwrap(), metadata, &[0, 1]).unwrap()
    }

    #[test]
    fn every_range_has_the_bytes_of_the_file_in_whatever_order_ranges_are_asked_for() {
        let (file, bytes, metadata) = written();
        let pages = opened(&file, &metadata);
        let mut state = 1_u64;
        let mut below = |bound: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % bound
        };
        for _ in 0..2_000 {
            let start = below(bytes.len());
            let most = [20, 5_000, 400_000][below(3)];
            let length = below(most).min(bytes.len() - start);
            let mut header = vec![0; length.min(20_000)];
            pages.get_read(start as u64).unwrap().read_exact(&mut header).unwrap();
            assert_eq!(header, bytes[start..start + header.len()]);
            assert_eq!(
                pages.get_bytes(start as u64, length).unwrap(),
                bytes[start..start + length]
            );
        }
    }

    #[test]
    fn a_file_that_became_shorter_is_told_as_such() {
        let (file, bytes, metadata) = written();
        let pages = opened(&file, &metadata);
        file.as_file().set_len(bytes.len() as u64 / 2).unwrap();
        let error = pages.get_bytes(bytes.len() as u64 - 300_000, 200_000).unwrap_err();
        assert!(matches!(error, ParquetError::EOF(_)), "{error}");
        assert!(pages.failure().is_none());
        let beyond = pages.get_bytes(bytes.len() as u64 + 5, 1).unwrap_err();
        assert!(matches!(beyond, ParquetError::EOF(_)), "{beyond}");
    }

    #[test]
    fn what_the_system_refuses_to_read_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let (_file, _, metadata) = written();
        let pages = PageFile::open(folder.path().to_str().unwrap(), &metadata, &[0]).unwrap();
        pages.get_bytes(0, 1).unwrap_err();
        assert!(pages.failure().is_some());
        assert!(pages.failure().is_none());
    }
}
