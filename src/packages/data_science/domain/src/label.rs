//! Labels: a column that says which rows are known anomalies. Used to evaluate, never to learn.

use shared_kernel_domain::table::{Column, Values};
use shared_kernel_domain::{Error, Result};

/// Texts that mean an anomaly, in lower case.
const ANOMALY_TEXTS: [&str; 7] = ["1", "true", "yes", "y", "anomaly", "outlier", "fraud"];

/// Texts that mean a normal row, in lower case.
const NORMAL_TEXTS: [&str; 8] = ["0", "false", "no", "n", "normal", "inlier", "ok", "-1"];

/// Reads a label column: numbers other than 0 and `true` are anomalies, null is unknown.
///
/// Texts are read as usual words (`1`, `true`, `yes`, `anomaly`, `outlier`, `fraud` and their
/// opposites); another text is an error that names it.
pub fn read_labels(name: &str, column: &Column<'_>) -> Result<Vec<Option<bool>>> {
    let read = |row: usize| -> Result<Option<bool>> {
        if !column.is_valid(row) {
            return Ok(None);
        }
        match column.values {
            Values::Null => Ok(None),
            Values::Boolean(bits) => Ok(Some(bits.get(row))),
            Values::Integer(values) => Ok(Some(values[row] != 0)),
            Values::Float(values) => Ok((!values[row].is_nan()).then_some(values[row] != 0.0)),
            Values::Decimal { values, .. } => Ok(Some(values[row] != 0)),
            Values::Text(texts) => read_text(name, texts.get(row)),
            _ => Err(Error::usage(format!(
                "the label column {name:?} holds neither numbers, truth values nor words"
            ))
            .hint("a label is 0 or 1, true or false, or words such as normal and anomaly")),
        }
    };
    (0..column.len).map(read).collect()
}

fn read_text(name: &str, text: &str) -> Result<Option<bool>> {
    let word = text.trim().to_lowercase();
    if word.is_empty() {
        return Ok(None);
    }
    if ANOMALY_TEXTS.contains(&word.as_str()) {
        return Ok(Some(true));
    }
    if NORMAL_TEXTS.contains(&word.as_str()) {
        return Ok(Some(false));
    }
    Err(Error::usage(format!("the label column {name:?} holds {text:?}, which is no label"))
        .hint("a label is 0 or 1, true or false, or words such as normal and anomaly"))
}

#[cfg(test)]
mod tests {
    use shared_kernel_domain::table::{Bits, TextValues};

    use super::*;

    fn column(values: Values<'_>, len: usize) -> Column<'_> {
        Column { values, validity: None, len, null_count: 0 }
    }

    #[test]
    fn numbers_and_words_are_labels_and_nulls_are_unknown() {
        let integers = [0_i64, 1, 7];
        let validity = Bits::new(&[0b011], 0, 3);
        let with_null =
            Column { values: Values::Integer(&integers), validity, len: 3, null_count: 1 };
        assert_eq!(read_labels("y", &with_null).unwrap(), [Some(false), Some(true), None]);

        let floats = [0.0, 1.0, f64::NAN];
        let read = read_labels("y", &column(Values::Float(&floats), 3)).unwrap();
        assert_eq!(read, [Some(false), Some(true), None]);

        let texts = TextValues { offsets: &[0, 6, 13, 13], bytes: b"normalAnomaly" };
        let read = read_labels("y", &column(Values::Text(texts), 3)).unwrap();
        assert_eq!(read, [Some(false), Some(true), None]);
    }

    #[test]
    fn other_words_are_named() {
        let texts = TextValues { offsets: &[0, 5], bytes: b"maybe" };
        let error = read_labels("y", &column(Values::Text(texts), 1)).unwrap_err();
        assert!(error.what().contains("maybe"), "{error}");
        let dates = [1_i32];
        assert!(read_labels("y", &column(Values::Date(&dates), 1)).is_err());
    }
}
