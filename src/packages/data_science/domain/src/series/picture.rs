use super::reader::{NumberColumn, Series};

/// Pieces of a picture.
const PIECES: usize = 60;

/// A column of a series in few pieces of equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The column.
    pub column: String,
    /// The value of the column that tells series apart.
    pub series: Option<String>,
    /// The most surprising value of each piece; `None` where there is none.
    pub values: Vec<Option<f64>>,
    /// Whether a row of the piece is called an anomaly.
    pub marked: Vec<bool>,
}

impl Picture {
    pub(super) fn of(
        series: &Series,
        column: &NumberColumn,
        surprises: &[f64],
        called: impl Fn(usize) -> bool,
    ) -> Self {
        let pieces = series.grid.len.min(PIECES);
        let mut most = vec![(f64::NEG_INFINITY, None); pieces];
        let mut marked = vec![false; pieces];
        for (&row, &place) in series.rows.iter().zip(&series.grid.places) {
            let (row, piece) = (row as usize, place * pieces / series.grid.len);
            marked[piece] |= called(row);
            let (value, surprise) = (column.values[row], surprises[row]);
            let surprise = if surprise.is_nan() { -1.0 } else { surprise };
            if !value.is_nan() && surprise > most[piece].0 {
                most[piece] = (surprise, Some(value * column.unit));
            }
        }
        Self {
            column: column.name.clone(),
            series: series.name.clone(),
            values: most.into_iter().map(|(_, value)| value).collect(),
            marked,
        }
    }
}
