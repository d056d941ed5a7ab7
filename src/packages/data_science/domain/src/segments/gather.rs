//! Some rows of a batch as a batch of their own.

use shared_kernel_domain::table::{Batch, Bits, Column, TextValues, TimeUnit, Values};

/// Chosen rows of a batch, copied, in the order chosen.
#[derive(Clone, Debug)]
pub(super) struct GatheredRows {
    rows: Vec<i64>,
    columns: Vec<GatheredColumn>,
}

#[derive(Clone, Debug)]
struct GatheredColumn {
    values: Gathered,
    validity: Option<Vec<u8>>,
    null_count: usize,
}

#[derive(Clone, Debug)]
enum Gathered {
    Null,
    Boolean(Vec<u8>),
    Integer(Vec<i64>),
    Float(Vec<f64>),
    Decimal(Vec<i128>, i8),
    Text(Vec<i32>, Vec<u8>),
    Binary(Vec<i32>, Vec<u8>),
    Date(Vec<i32>),
    Time(Vec<i64>, TimeUnit),
    Timestamp(Vec<i64>, TimeUnit),
    Duration(Vec<i64>, TimeUnit),
}

impl GatheredRows {
    /// The rows at some places of a batch; places beyond its end are left out.
    pub(super) fn of(batch: &Batch<'_>, places: &[usize]) -> Self {
        let there = |&&place: &&usize| place < batch.len();
        let places: Vec<usize> = places.iter().filter(there).copied().collect();
        Self {
            rows: places.iter().map(|&place| batch.rows[place]).collect(),
            columns: batch.columns.iter().map(|column| gather(column, &places)).collect(),
        }
    }

    /// Looks at the rows as a batch.
    pub(super) fn view<T>(&self, look: impl FnOnce(&Batch<'_>) -> T) -> T {
        let rows = self.rows.len();
        let columns: Vec<Column<'_>> =
            self.columns.iter().map(|column| column.view(rows)).collect();
        look(&Batch { rows: &self.rows, columns: &columns })
    }
}

impl GatheredColumn {
    fn view(&self, len: usize) -> Column<'_> {
        let text = |offsets, bytes| TextValues { offsets, bytes };
        let values = match &self.values {
            Gathered::Null => Values::Null,
            Gathered::Boolean(bytes) => {
                Bits::new(bytes, 0, len).map_or(Values::Null, Values::Boolean)
            }
            Gathered::Integer(values) => Values::Integer(values),
            Gathered::Float(values) => Values::Float(values),
            Gathered::Decimal(values, scale) => Values::Decimal { values, scale: *scale },
            Gathered::Text(offsets, bytes) => Values::Text(text(offsets, bytes)),
            Gathered::Binary(offsets, bytes) => Values::Binary(text(offsets, bytes)),
            Gathered::Date(values) => Values::Date(values),
            Gathered::Time(values, unit) => Values::Time { values, unit: *unit },
            Gathered::Timestamp(values, unit) => Values::Timestamp { values, unit: *unit },
            Gathered::Duration(values, unit) => Values::Duration { values, unit: *unit },
        };
        let validity = self.validity.as_ref().and_then(|bytes| Bits::new(bytes, 0, len));
        Column { values, validity, len, null_count: self.null_count }
    }
}

fn gather(column: &Column<'_>, places: &[usize]) -> GatheredColumn {
    let valid: Vec<bool> = places.iter().map(|&place| column.is_valid(place)).collect();
    let null_count = valid.iter().filter(|&&valid| !valid).count();
    let values = match column.values {
        Values::Null => Gathered::Null,
        Values::Boolean(bits) => {
            Gathered::Boolean(packed(places.iter().map(|&place| bits.get(place))))
        }
        Values::Integer(values) => Gathered::Integer(picked(values, places)),
        Values::Float(values) => Gathered::Float(picked(values, places)),
        Values::Decimal { values, scale } => Gathered::Decimal(picked(values, places), scale),
        Values::Text(texts) => {
            let (offsets, bytes) = picked_texts(texts, places);
            Gathered::Text(offsets, bytes)
        }
        Values::Binary(texts) => {
            let (offsets, bytes) = picked_texts(texts, places);
            Gathered::Binary(offsets, bytes)
        }
        Values::Date(values) => Gathered::Date(picked(values, places)),
        Values::Time { values, unit } => Gathered::Time(picked(values, places), unit),
        Values::Timestamp { values, unit } => Gathered::Timestamp(picked(values, places), unit),
        Values::Duration { values, unit } => Gathered::Duration(picked(values, places), unit),
    };
    let validity = (null_count > 0).then(|| packed(valid.into_iter()));
    GatheredColumn { values, validity, null_count }
}

fn picked<T: Copy>(values: &[T], places: &[usize]) -> Vec<T> {
    places.iter().map(|&place| values[place]).collect()
}

fn picked_texts(texts: TextValues<'_>, places: &[usize]) -> (Vec<i32>, Vec<u8>) {
    let (mut offsets, mut bytes) = (vec![0], Vec::new());
    for &place in places {
        bytes.extend_from_slice(texts.bytes_at(place));
        offsets.push(bytes.len() as i32);
    }
    (offsets, bytes)
}

fn packed(bits: impl ExactSizeIterator<Item = bool>) -> Vec<u8> {
    let mut bytes = vec![0_u8; bits.len().div_ceil(8)];
    for (place, bit) in bits.enumerate() {
        bytes[place / 8] |= u8::from(bit) << (place % 8);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_every_kind_are_copied_with_their_nulls() {
        let bits = Bits::new(&[0b0000_1010], 0, 4).unwrap();
        let validity = Bits::new(&[0b0101_1000], 3, 4);
        let (integers, floats, decimals, days) =
            ([1, 2, 3, 4], [0.5, 1.5, 2.5, 3.5], [10, 20, 30, 40], [7, 8, 9, 10]);
        let texts = TextValues { offsets: &[2, 3, 3, 5, 6], bytes: b"--abcd" };
        let unit = TimeUnit::Millisecond;
        let column = |values, validity: Option<Bits<'static>>| Column {
            values,
            validity,
            len: 4,
            null_count: usize::from(validity.is_some()),
        };
        let columns = [
            column(Values::Boolean(bits), None),
            column(Values::Integer(&integers), validity),
            column(Values::Float(&floats), None),
            column(Values::Decimal { values: &decimals, scale: 1 }, None),
            column(Values::Text(texts), None),
            column(Values::Binary(texts), None),
            column(Values::Date(&days), None),
            column(Values::Time { values: &integers, unit }, None),
            column(Values::Timestamp { values: &integers, unit }, None),
            column(Values::Duration { values: &integers, unit }, None),
            Column { values: Values::Null, validity: None, len: 4, null_count: 4 },
        ];
        let batch = Batch { rows: &[10, 11, 12, 13], columns: &columns };
        GatheredRows::of(&batch, &[3, 2, 0, 9]).view(|found| {
            assert_eq!(found.rows, [13, 12, 10], "places beyond the end are left out");
            let [boolean, integer, float, decimal, text, binary, date, time, stamp, length, null] =
                found.columns
            else {
                panic!("{} columns", found.columns.len())
            };
            let Values::Boolean(bits) = boolean.values else { panic!("{boolean:?}") };
            assert_eq!([bits.get(0), bits.get(1), bits.get(2)], [true, false, false]);
            assert!(matches!(integer.values, Values::Integer([4, 3, 1])));
            assert_eq!([0, 1, 2].map(|row| integer.is_valid(row)), [true, false, true]);
            assert_eq!(integer.null_count, 1);
            assert!(matches!(float.values, Values::Float(values) if values == [3.5, 2.5, 0.5]));
            assert!(float.validity.is_none());
            assert!(matches!(decimal.values, Values::Decimal { values: [40, 30, 10], scale: 1 }));
            let (Values::Text(texts), Values::Binary(bytes)) = (text.values, binary.values) else {
                panic!("{text:?} {binary:?}")
            };
            assert_eq!([0, 1, 2].map(|row| texts.get(row)), ["d", "bc", "a"]);
            assert_eq!(bytes.bytes_at(1), b"bc");
            assert!(matches!(date.values, Values::Date([10, 9, 7])));
            assert!(matches!(time.values, Values::Time { values: [4, 3, 1], .. }));
            assert!(matches!(stamp.values, Values::Timestamp { values: [4, 3, 1], .. }));
            assert!(matches!(length.values, Values::Duration { values: [4, 3, 1], .. }));
            assert!(null.null_count == 3 && !null.is_valid(0));
        });
    }
}
