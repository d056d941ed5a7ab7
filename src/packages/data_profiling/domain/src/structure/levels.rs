//! Columns as a few levels, for tables of counts.

use super::sampled_table::SampledColumn;
use super::statistics::ABSENT;

/// A level per row, below `count`, or [`ABSENT`].
#[derive(Debug)]
pub(super) struct Levels {
    pub(super) of_row: Vec<u16>,
    pub(super) count: usize,
}

impl Levels {
    /// The values of a column as levels: the most frequent `most - 1` one each, the others together,
    /// when there are more than `most`.
    pub(super) fn of_values(column: &SampledColumn, most: usize) -> Self {
        let mut counts = vec![0_usize; column.distinct];
        for (&code, &null) in column.codes.iter().zip(&column.nulls) {
            counts[code as usize] += usize::from(!null);
        }
        let mut codes: Vec<usize> = (0..counts.len()).filter(|&code| counts[code] > 0).collect();
        let count = codes.len().min(most);
        if codes.len() > most {
            codes.sort_by_key(|&code| (std::cmp::Reverse(counts[code]), code));
            codes.truncate(most.saturating_sub(1));
        }
        let mut level_of_code = vec![count.saturating_sub(1) as u16; column.distinct];
        for (level, &code) in codes.iter().enumerate() {
            level_of_code[code] = level as u16;
        }
        let rows = column.codes.iter().zip(&column.nulls);
        let of_row =
            rows.map(|(&code, &null)| if null { ABSENT } else { level_of_code[code as usize] });
        Self { of_row: of_row.collect(), count }
    }

    /// Numbers as levels: each value one while there are at most `most`, else so many bins of about
    /// equally many rows, equal numbers always together.
    pub(super) fn of_numbers(numbers: &[f64], order: &[u32], most: usize) -> Self {
        let same = |&a: &u32, &b: &u32| numbers[a as usize] == numbers[b as usize];
        let distinct = order.chunk_by(same).count();
        let mut of_row = vec![ABSENT; numbers.len()];
        let mut count = 0;
        let (mut before, mut last_bin) = (0, usize::MAX);
        for (value, tied) in order.chunk_by(same).enumerate() {
            let bin = if distinct <= most { value } else { before * most / order.len() };
            count += usize::from(bin != last_bin);
            last_bin = bin;
            for &row in tied {
                of_row[row as usize] = (count - 1) as u16;
            }
            before += tied.len();
        }
        Self { of_row, count }
    }
}
