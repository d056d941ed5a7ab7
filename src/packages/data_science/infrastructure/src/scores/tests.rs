use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};
use data_science_domain::feedback::{FeedbackMark, Verdict};
use data_science_domain::reason::{Aspect, Expected, Reason};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::table::Cell;

use data_science_domain::scores::ScoredRow;

use super::*;

fn rows() -> Vec<ScoredRow> {
    let reason = Reason {
        column: "a \"b\", c".to_owned(),
        aspect: Aspect::Value,
        contribution: 1.5,
        value: Cell::Integer(9),
        expected: Expected::Common { values: Vec::new() },
        missing_share: 0.0,
    };
    let row = |row, score, anomaly: bool, reasons| {
        let (percentile, p_value) = (50.0, 1e-7);
        let segment = anomaly.then(|| "a=\"1\", b=2".into());
        let feedback = anomaly.then_some(FeedbackMark {
            verdict: Verdict::Dismissed,
            version: 2,
            row: 7,
            itself: false,
            likeness: 0.75,
            column: None,
        });
        ScoredRow { row, score, percentile, p_value, anomaly, segment, feedback, reasons }
    };
    vec![row(0, 0.1, false, None), row(1, 1.0 / 3.0, true, Some(vec![reason]))]
}

const NONE: ScoresColumns = ScoresColumns { segment: false, feedback: false, reasons: false };
const REASONS: ScoresColumns = ScoresColumns { reasons: true, ..NONE };
const SEGMENT: ScoresColumns = ScoresColumns { segment: true, ..NONE };
const FEEDBACK: ScoresColumns = ScoresColumns { feedback: true, ..NONE };
const ALL: ScoresColumns = ScoresColumns { segment: true, feedback: true, reasons: true };

fn written(format: ScoresFormat, columns: ScoresColumns) -> Vec<u8> {
    let mut bytes = Vec::new();
    let sink = Box::new(|piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok(())
    });
    let mut file = ArrowScoresWriter.begin(format, columns, sink).unwrap();
    for row in rows() {
        file.write(&[row]).unwrap();
    }
    file.finish().unwrap();
    bytes
}

#[test]
fn csv_holds_every_row_and_quotes_reasons() {
    let text = String::from_utf8(written(ScoresFormat::Csv, REASONS)).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "row,score,percentile,p_value,anomaly,reasons");
    assert_eq!(lines[1], "0,0.1,50,0.0000001,false,");
    assert!(
        lines[2].starts_with("1,0.3333333333333333,50,0.0000001,true,\"[{\"\"column\"\":"),
        "{text}"
    );
    let plain = String::from_utf8(written(ScoresFormat::Csv, ScoresColumns::default())).unwrap();
    assert_eq!(plain.lines().next(), Some("row,score,percentile,p_value,anomaly"));
    let segments = String::from_utf8(written(ScoresFormat::Csv, SEGMENT)).unwrap();
    let lines: Vec<_> = segments.lines().collect();
    assert_eq!(lines[0], "row,score,percentile,p_value,anomaly,segment");
    assert_eq!(lines[1], "0,0.1,50,0.0000001,false,");
    assert!(lines[2].ends_with(",true,\"a=\"\"1\"\", b=2\""), "{segments}");
    let feedback = String::from_utf8(written(ScoresFormat::Csv, FEEDBACK)).unwrap();
    let lines: Vec<_> = feedback.lines().collect();
    assert_eq!(lines[0], "row,score,percentile,p_value,anomaly,feedback");
    assert_eq!(lines[1], "0,0.1,50,0.0000001,false,");
    assert!(
        lines[2].contains(",true,\"{\"\"verdict\"\":\"\"dismissed\"\",\"\"version\"\":2,"),
        "{feedback}"
    );
}

#[test]
fn parquet_reads_back_as_written() {
    let bytes = arrow::buffer::Buffer::from(written(ScoresFormat::Parquet, ALL));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scores.parquet");
    std::fs::write(&path, bytes.as_slice()).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap())
        .unwrap()
        .build()
        .unwrap();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    let batch = &batches[0];
    assert_eq!(batch.num_rows(), 2);
    assert_eq!(batch.column(0).as_primitive::<Int64Type>().values(), &[0, 1]);
    assert_eq!(batch.column(1).as_primitive::<Float64Type>().values(), &[0.1, 1.0 / 3.0]);
    assert_eq!(batch.column(3).as_primitive::<Float64Type>().values(), &[1e-7, 1e-7]);
    assert!(batch.column(4).as_boolean().value(1));
    let segments = batch.column(5).as_string::<i32>();
    assert!(segments.is_null(0) && segments.value(1) == "a=\"1\", b=2");
    let feedback = batch.column(6).as_string::<i32>();
    assert!(feedback.is_null(0));
    let mark: FeedbackMark = serde_json::from_str(feedback.value(1)).unwrap();
    assert_eq!(Some(mark), rows()[1].feedback);
    let reasons = batch.column(7).as_string::<i32>();
    assert!(reasons.is_null(0));
    let told: Vec<Reason> = serde_json::from_str(reasons.value(1)).unwrap();
    assert_eq!(told, rows()[1].reasons.clone().unwrap());
}

#[test]
fn a_sink_that_fails_is_an_error() {
    for format in [ScoresFormat::Csv, ScoresFormat::Parquet] {
        let sink = Box::new(|_: &[u8]| Err(Error::unavailable("the disk is full")));
        let outcome = ArrowScoresWriter
            .begin(format, ScoresColumns::default(), sink)
            .and_then(|mut file| file.write(&rows()).and_then(|()| file.finish()));
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unavailable);
    }
}
