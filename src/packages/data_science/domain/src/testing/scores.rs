use shared_kernel_domain::table::Cell;
use shared_kernel_domain::{Error, ErrorKind, Result};

use crate::feedback::{FeedbackMark, Verdict};
use crate::reason::{Aspect, Expected, Reason};
use crate::scores::{ScoredRow, ScoresColumns, ScoresFile, ScoresFormat, ScoresSink, ScoresWriter};

type Sink<'a> = Box<ScoresSink<'a>>;
type Begin<'b> = dyn for<'a> Fn(Sink<'a>) -> Result<Box<dyn ScoresFile + 'a>> + 'b;
type Change = fn(&mut ScoredRow);

/// What every file of scores does; `begin` begins one whose bytes go to a sink.
pub fn scores_file_conformance(
    begin: &dyn for<'a> Fn(Sink<'a>) -> Result<Box<dyn ScoresFile + 'a>>,
) {
    written(begin, &[]);
    let rows = scored_rows();
    let bytes = written(begin, &rows);
    assert!(!bytes.is_empty(), "what was written went to the sink");
    assert_eq!(written(begin, &rows), bytes, "the same rows give the same bytes");
    assert_ne!(written(begin, &rows[..1]), bytes, "every row is in the file");

    let changes: [(&str, Change); 5] = [
        ("row", |row| row.row = 7),
        ("score", |row| row.score = 0.75),
        ("percentile", |row| row.percentile = 98.5),
        ("p_value", |row| row.p_value = 0.25),
        ("anomaly", |row| row.anomaly = !row.anomaly),
    ];
    for (column, change) in changes {
        let mut rows = scored_rows();
        rows.last_mut().map(change).expect("a row");
        assert_ne!(written(begin, &rows), bytes, "{column} is in the file");
    }

    let full = Box::new(|_: &[u8]| Err(Error::unavailable("the disk is full")));
    let lost = begin(full).and_then(|mut file| {
        file.write(&rows)?;
        file.finish()
    });
    assert_eq!(lost.expect_err("nothing was kept").kind(), ErrorKind::Unavailable);
}

/// What every writer of scores does: files that keep their promises in each format, and reasons in
/// those that explain, only.
pub fn scores_writer_conformance(writer: &dyn ScoresWriter) {
    for format in [ScoresFormat::Parquet, ScoresFormat::Csv] {
        for having in 0..8_u8 {
            let [segment, feedback, reasons] = [1, 2, 4].map(|bit| having & bit != 0);
            let columns = ScoresColumns { segment, feedback, reasons };
            scores_file_conformance(&|sink| writer.begin(format, columns, sink));
        }
        let none = ScoresColumns::default();
        let changes: [(&str, Change, ScoresColumns); 3] = [
            ("reasons", |row| row.reasons = None, ScoresColumns { reasons: true, ..none }),
            (
                "segment",
                |row| row.segment = Some("b=2".into()),
                ScoresColumns { segment: true, ..none },
            ),
            (
                "feedback",
                |row| row.feedback = Some(mark(Verdict::Confirmed)),
                ScoresColumns { feedback: true, ..none },
            ),
        ];
        for (name, change, having) in changes {
            let mut others = scored_rows();
            others.iter_mut().for_each(change);
            let both = |columns| {
                [scored_rows(), others.clone()]
                    .map(|rows| written(&|sink| writer.begin(format, columns, sink), &rows))
            };
            let [own, other] = both(having);
            assert_ne!(own, other, "{format:?}: {name} are in a file that has them");
            let [own, other] = both(ScoresColumns::default());
            assert_eq!(own, other, "{format:?}: {name} are in no other");
        }
    }
}

fn mark(verdict: Verdict) -> FeedbackMark {
    let column = Some("a \"b\", c".to_owned());
    FeedbackMark { verdict, version: 3, row: 17, itself: false, likeness: 0.75, column }
}

/// A row without reasons and an anomaly with one.
fn scored_rows() -> Vec<ScoredRow> {
    let reason = Reason {
        column: "a \"b\", c".to_owned(),
        aspect: Aspect::Value,
        contribution: 1.5,
        value: Cell::Integer(9),
        expected: Expected::Common { values: Vec::new() },
        missing_share: 0.0,
    };
    let row = |row, score, anomaly: bool, reasons| {
        let (percentile, p_value) = (50.0, 0.5);
        let segment = Some("a=\"1\", b is missing".into());
        let feedback = anomaly.then(|| mark(Verdict::Dismissed));
        ScoredRow { row, score, percentile, p_value, anomaly, segment, feedback, reasons }
    };
    vec![row(0, 0.1, false, None), row(1, 1.0 / 3.0, true, Some(vec![reason]))]
}

/// The bytes of a file to which these rows were added one by one.
fn written(begin: &Begin<'_>, rows: &[ScoredRow]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let sink = Box::new(|piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok(())
    });
    let mut file = begin(sink).expect("a file");
    for row in rows {
        file.write(std::slice::from_ref(row)).expect("written");
    }
    file.finish().expect("finished");
    bytes
}
