use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use data_science_domain::scores::{ScoredRow, ScoresColumns, ScoresFile, ScoresSink};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use shared_kernel_domain::Result;

use super::{SinkWriter, json_text, lost};

/// Rows of a row group.
const GROUP_ROWS: usize = 262_144;

pub(super) struct ParquetScores<'a> {
    writer: ArrowWriter<SinkWriter<'a>>,
    schema: Arc<Schema>,
    columns: ScoresColumns,
}

impl<'a> ParquetScores<'a> {
    pub(super) fn begin(columns: ScoresColumns, sink: Box<ScoresSink<'a>>) -> Result<Self> {
        let mut fields = vec![
            Field::new("row", DataType::Int64, false),
            Field::new("score", DataType::Float64, false),
            Field::new("percentile", DataType::Float64, false),
            Field::new("p_value", DataType::Float64, false),
            Field::new("anomaly", DataType::Boolean, false),
        ];
        if columns.segment {
            fields.push(Field::new("segment", DataType::Utf8, true));
        }
        if columns.feedback {
            fields.push(Field::new("feedback", DataType::Utf8, true));
        }
        if columns.reasons {
            fields.push(Field::new("reasons", DataType::Utf8, true));
        }
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by("pynomaly".to_owned())
            // Scores hardly repeat: a dictionary would only cost time.
            .set_dictionary_enabled(false)
            // Nor do they get smaller: not by a tenth.
            .set_column_compression(ColumnPath::from("score"), Compression::UNCOMPRESSED)
            .set_column_encoding(ColumnPath::from("row"), Encoding::DELTA_BINARY_PACKED)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let writer = ArrowWriter::try_new(SinkWriter(sink), schema.clone(), Some(properties))
            .map_err(lost)?;
        Ok(Self { writer, schema, columns })
    }
}

impl ScoresFile for ParquetScores<'_> {
    fn write(&mut self, rows: &[ScoredRow]) -> Result<()> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(rows.iter().map(|row| row.row as i64).collect::<Int64Array>()),
            Arc::new(rows.iter().map(|row| row.score).collect::<Float64Array>()),
            Arc::new(rows.iter().map(|row| row.percentile).collect::<Float64Array>()),
            Arc::new(rows.iter().map(|row| row.p_value).collect::<Float64Array>()),
            Arc::new(rows.iter().map(|row| Some(row.anomaly)).collect::<BooleanArray>()),
        ];
        if self.columns.segment {
            let names = rows.iter().map(|row| row.segment.as_deref());
            columns.push(Arc::new(names.collect::<StringArray>()));
        }
        if self.columns.feedback {
            let marks = rows.iter().map(|row| json_text(row.feedback.as_ref()));
            columns.push(Arc::new(marks.collect::<Result<StringArray>>()?));
        }
        if self.columns.reasons {
            let reasons = rows.iter().map(|row| json_text(row.reasons.as_ref()));
            columns.push(Arc::new(reasons.collect::<Result<StringArray>>()?));
        }
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(lost)?;
        self.writer.write(&batch).map_err(lost)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.writer.close().map_err(lost)?;
        Ok(())
    }
}
