//! Borrowed views of a batch of rows: plain slices, so that kernels stay pure and vectorise.

/// A bitmap seen from a bit offset, least significant bit first (Arrow's layout).
#[derive(Clone, Copy, Debug)]
pub struct Bits<'a> {
    bytes: &'a [u8],
    offset: usize,
    len: usize,
}

impl<'a> Bits<'a> {
    /// `len` bits from bit `offset` of `bytes`; `None` when the bytes are too few.
    pub fn new(bytes: &'a [u8], offset: usize, len: usize) -> Option<Self> {
        (offset + len <= bytes.len() * 8).then_some(Self { bytes, offset, len })
    }

    /// Bit `index`, below [`Self::len`].
    #[inline]
    pub fn get(&self, index: usize) -> bool {
        let bit = self.offset + index;
        self.bytes[bit / 8] >> (bit % 8) & 1 == 1
    }

    /// The 64 bits from bit 64 × `index` on, the first of them the lowest; zeros beyond the end.
    pub fn word(&self, index: usize) -> u64 {
        let first = self.offset + index * 64;
        let left = (self.offset + self.len).saturating_sub(first);
        let mut word = 0_u128;
        for (place, &byte) in self.bytes.iter().skip(first / 8).take(9).enumerate() {
            word |= u128::from(byte) << (8 * place);
        }
        let word = (word >> (first % 8)) as u64;
        if left < 64 { word & !(u64::MAX << left) } else { word }
    }

    /// Number of bits.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of set bits.
    pub fn count_ones(&self) -> usize {
        (0..self.len).filter(|&index| self.get(index)).count()
    }
}

/// Text values: value `i` is `bytes[offsets[i]..offsets[i + 1]]`, valid UTF-8.
#[derive(Clone, Copy, Debug)]
pub struct TextValues<'a> {
    /// One more than there are values.
    pub offsets: &'a [i32],
    /// The text of all values, one after the other.
    pub bytes: &'a [u8],
}

impl<'a> TextValues<'a> {
    /// The bytes of value `index`.
    #[inline]
    pub fn bytes_at(&self, index: usize) -> &'a [u8] {
        &self.bytes[self.offsets[index] as usize..self.offsets[index + 1] as usize]
    }

    /// The text of value `index`.
    #[inline]
    pub fn get(&self, index: usize) -> &'a str {
        std::str::from_utf8(self.bytes_at(index)).unwrap_or_default()
    }
}

/// Unit of a time value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Seconds.
    Second,
    /// Milliseconds.
    Millisecond,
    /// Microseconds.
    Microsecond,
    /// Nanoseconds.
    Nanosecond,
}

impl TimeUnit {
    /// How many of this unit make a second.
    pub fn per_second(self) -> i64 {
        match self {
            Self::Second => 1,
            Self::Millisecond => 1_000,
            Self::Microsecond => 1_000_000,
            Self::Nanosecond => 1_000_000_000,
        }
    }
}

/// The values of a column; what stands at a null's place is unspecified.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    /// Only nulls.
    Null,
    /// Booleans.
    Boolean(Bits<'a>),
    /// Integers of any width up to 64 bits signed.
    Integer(&'a [i64]),
    /// Floating-point numbers.
    Float(&'a [f64]),
    /// Decimals: value × 10^-scale.
    Decimal {
        /// Unscaled values.
        values: &'a [i128],
        /// Digits after the point.
        scale: i8,
    },
    /// Text; lists and structs come as their JSON text.
    Text(TextValues<'a>),
    /// Bytes, laid out as text is, not necessarily UTF-8.
    Binary(TextValues<'a>),
    /// Days since 1970-01-01.
    Date(&'a [i32]),
    /// Time of day since midnight.
    Time {
        /// In `unit`.
        values: &'a [i64],
        /// Unit.
        unit: TimeUnit,
    },
    /// Time since 1970-01-01T00:00:00, UTC where the column has a zone, local where not.
    Timestamp {
        /// In `unit`.
        values: &'a [i64],
        /// Unit.
        unit: TimeUnit,
    },
    /// Lengths of time.
    Duration {
        /// In `unit`.
        values: &'a [i64],
        /// Unit.
        unit: TimeUnit,
    },
}

/// A column of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// The values.
    pub values: Values<'a>,
    /// Set where there is a value; `None` when there are no nulls.
    pub validity: Option<Bits<'a>>,
    /// Number of rows.
    pub len: usize,
    /// Number of nulls.
    pub null_count: usize,
}

impl Column<'_> {
    /// Whether row `index` has a value.
    #[inline]
    pub fn is_valid(&self, index: usize) -> bool {
        match (self.values, self.validity) {
            (Values::Null, _) => false,
            (_, Some(bits)) => bits.get(index),
            (_, None) => true,
        }
    }
}

/// Some rows of some columns.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The row numbers in the table, from 0, ascending.
    pub rows: &'a [i64],
    /// The columns asked for, in the order asked for.
    pub columns: &'a [Column<'a>],
}

impl Batch<'_> {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
