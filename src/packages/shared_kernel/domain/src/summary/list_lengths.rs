use serde::{Deserialize, Serialize};

use super::support::{Present, PresentValues, single_column_summary, wrong_type};
use crate::Result;

/// How long lists are, from a column of their lengths in which a missing list is null. Exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListLengths {
    places: u64,
    nulls: u64,
    empty: u64,
    items: u64,
    /// Zero while there is no list.
    shortest: u64,
    longest: u64,
}

impl ListLengths {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Places where a list could be.
    pub fn places(&self) -> u64 {
        self.places
    }

    /// Places without a list.
    pub fn nulls(&self) -> u64 {
        self.nulls
    }

    /// Lists, empty ones included.
    pub fn lists(&self) -> u64 {
        self.places - self.nulls
    }

    /// Lists without items.
    pub fn empty(&self) -> u64 {
        self.empty
    }

    /// Items of all lists together.
    pub fn items(&self) -> u64 {
        self.items
    }

    /// The length of the shortest and of the longest list, if there is a list.
    pub fn range(&self) -> Option<(u64, u64)> {
        (self.lists() > 0).then_some((self.shortest, self.longest))
    }

    fn take(&mut self, present: &Present<'_>) -> Result<()> {
        let mut taken = Self { places: present.rows, nulls: present.nulls, ..Self::default() };
        match &present.values {
            PresentValues::Nothing => {}
            PresentValues::Integers(lengths, _) => {
                let lengths = lengths.iter().map(|&length| length.max(0).unsigned_abs());
                taken.empty = lengths.clone().filter(|&length| length == 0).count() as u64;
                taken.items = lengths.clone().sum();
                taken.shortest = lengths.clone().min().unwrap_or_default();
                taken.longest = lengths.max().unwrap_or_default();
            }
            values => return Err(wrong_type("lengths of lists", values)),
        }
        self.merge(taken)
    }

    #[expect(clippy::unnecessary_wraps, reason = "every summary's `merge` may refuse a part")]
    fn merge(&mut self, later: Self) -> Result<()> {
        let range = match (self.range(), later.range()) {
            (Some(own), Some(other)) => (own.0.min(other.0), own.1.max(other.1)),
            (own, other) => own.or(other).unwrap_or_default(),
        };
        (self.shortest, self.longest) = range;
        self.places += later.places;
        self.nulls += later.nulls;
        self.empty += later.empty;
        self.items = self.items.saturating_add(later.items);
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "every summary tells what it holds")]
    fn heap_bytes(&self) -> usize {
        0
    }
}

single_column_summary!(ListLengths, "list_lengths");

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::summary::Summary;
    use crate::table::{Batch, Bits, Column, Values};

    fn taken(lengths: &[Option<i64>]) -> ListLengths {
        let values: Vec<i64> = lengths.iter().map(|length| length.unwrap_or(99)).collect();
        let mut valid = vec![0_u8; lengths.len().div_ceil(8)];
        for (place, length) in lengths.iter().enumerate() {
            valid[place / 8] |= u8::from(length.is_some()) << (place % 8);
        }
        let column = Column {
            values: Values::Integer(&values),
            validity: Bits::new(&valid, 0, lengths.len()),
            len: lengths.len(),
            null_count: lengths.iter().filter(|length| length.is_none()).count(),
        };
        let rows: Vec<i64> = (0..lengths.len() as i64).collect();
        let mut summary = ListLengths::new();
        summary.update(&Batch { rows: &rows, columns: &[column] }).unwrap();
        summary
    }

    proptest! {
        #[test]
        fn lengths_are_counted_in_any_parts(
            lengths in vec(option::of(0_i64..5), 0..40),
            cut in 0_usize..40,
        ) {
            let (first, later) = lengths.split_at(cut.min(lengths.len()));
            let mut merged = taken(first);
            merged.merge_bytes(&taken(later).to_bytes().unwrap()).unwrap();
            prop_assert_eq!(merged, taken(&lengths));
            let known: Vec<u64> = lengths.iter().flatten().map(|&it| it as u64).collect();
            prop_assert_eq!(merged.places(), lengths.len() as u64);
            prop_assert_eq!(merged.lists(), known.len() as u64);
            prop_assert_eq!(merged.items(), known.iter().sum::<u64>());
            prop_assert_eq!(merged.empty(), known.iter().filter(|&&it| it == 0).count() as u64);
            let range = known.iter().min().zip(known.iter().max()).map(|(&min, &max)| (min, max));
            prop_assert_eq!(merged.range(), range);
        }
    }
}
