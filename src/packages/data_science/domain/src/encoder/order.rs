//! Order statistics of long columns: exact, without sorting, copying or moving them.

/// Numbers from which on buckets are worth their passes.
const LEAST_NUMBERS: usize = 8_192;

/// Numbers that say where to look.
const SAMPLED: usize = 1_024;

const BUCKETS: usize = 2_048;

/// The numbers that would stand at some ascending places, were the values of all numbers sorted but
/// for those that are NaN; each place is before their count.
///
/// A sample says between which values most numbers lie (as in Floyd, Rivest: "Expected time bounds
/// for selection", 1975). One pass counts them in buckets of equal width, a second takes out those
/// of the few buckets that hold a wanted place.
pub(super) fn at_places(numbers: &[f64], value: impl Fn(f64) -> f64, places: &[usize]) -> Vec<f64> {
    let Some(buckets) = Buckets::of(numbers, &value) else {
        let mut all: Vec<f64> = known(numbers, value).collect();
        put_into_place(&mut all, places, 0);
        return places.iter().map(|&place| all[place]).collect();
    };
    let mut counts = vec![0_usize; BUCKETS];
    for value in known(numbers, &value) {
        counts[buckets.place(value)] += 1;
    }
    let wanted = Wanted::new(&counts, places);
    let mut taken: Vec<Vec<f64>> =
        wanted.places.iter().map(|(bucket, _)| Vec::with_capacity(counts[*bucket])).collect();
    for value in known(numbers, &value) {
        if let Some(taken) = taken.get_mut(wanted.slots[buckets.place(value)]) {
            taken.push(value);
        }
    }
    let mut found = Vec::with_capacity(places.len());
    for (taken, (_, places)) in taken.iter_mut().zip(&wanted.places) {
        put_into_place(taken, places, 0);
        found.extend(places.iter().map(|&place| taken[place]));
    }
    found
}

/// The values of numbers, but for those that are NaN.
fn known(numbers: &[f64], value: impl Fn(f64) -> f64) -> impl Iterator<Item = f64> {
    numbers.iter().map(move |&number| value(number)).filter(|value| !value.is_nan())
}

/// Buckets of equal width, the first and the last open to the outside.
struct Buckets {
    low: f64,
    per_unit: f64,
}

impl Buckets {
    /// Where most values of a long column lie; none where they hardly differ, or too widely.
    fn of(numbers: &[f64], value: impl Fn(f64) -> f64) -> Option<Self> {
        if numbers.len() < LEAST_NUMBERS {
            return None;
        }
        let sampled: Vec<f64> = numbers.iter().copied().step_by(numbers.len() / SAMPLED).collect();
        let mut sample: Vec<f64> = known(&sampled, value).collect();
        sample.sort_unstable_by(f64::total_cmp);
        let outside = sample.len() / 100;
        let (low, high) = (*sample.get(outside)?, *sample.iter().rev().nth(outside)?);
        let per_unit = BUCKETS as f64 / (high - low);
        (low.is_finite() && per_unit.is_normal()).then_some(Self { low, per_unit })
    }

    /// The bucket of a value: never lower for a larger one, as subtraction and product round
    /// monotonically.
    #[inline]
    fn place(&self, value: f64) -> usize {
        let place = ((value - self.low) * self.per_unit) as i32;
        place.clamp(0, BUCKETS as i32 - 1) as usize
    }
}

/// The buckets that hold wanted places.
struct Wanted {
    /// By bucket, which of them it is; beyond all of them where it is none.
    slots: Vec<usize>,
    /// Each with the places wanted, counted within it.
    places: Vec<(usize, Vec<usize>)>,
}

impl Wanted {
    fn new(counts: &[usize], places: &[usize]) -> Self {
        let mut wanted = Self { slots: vec![usize::MAX; counts.len()], places: Vec::new() };
        let (mut left, mut before) = (places, 0);
        for (bucket, count) in counts.iter().enumerate() {
            let (here, later) =
                left.split_at(left.partition_point(|&place| place < before + count));
            if !here.is_empty() {
                wanted.slots[bucket] = wanted.places.len();
                wanted.places.push((bucket, here.iter().map(|place| place - before).collect()));
            }
            (left, before) = (later, before + count);
        }
        wanted
    }
}

/// Puts the numbers that would stand at some ascending places, were all sorted, there; `first` is the
/// place of the first number. The middle one first, so that each number is moved a few times at most.
fn put_into_place(numbers: &mut [f64], places: &[usize], first: usize) {
    let Some(&place) = places.get(places.len() / 2) else { return };
    let (lower, higher) = places.split_at(places.len() / 2);
    let (below, _, above) = numbers.select_nth_unstable_by(place - first, f64::total_cmp);
    put_into_place(below, lower, first);
    put_into_place(above, &higher[1..], place + 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A column of a kind, of numbers that a hash gives.
    fn column(kind: usize, count: usize) -> Vec<f64> {
        let unit = |row: usize| {
            let mixed = (row as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 11) as f64
                / (1_u64 << 53) as f64
        };
        let number = |row: usize| match (kind, unit(row)) {
            (1, unit) => (7.0 * unit).floor(),
            (2, unit) => (40.0 * (unit - 0.5)).exp(),
            (3, unit) if unit < 0.02 => unit,
            (3, _) => 5.0,
            (4, unit) if unit < 0.1 => f64::NAN,
            (4, unit) if unit < 0.2 => f64::INFINITY,
            (4, unit) if unit < 0.3 => f64::NEG_INFINITY,
            (0 | 4, unit) => unit,
            (5, unit) => (unit - 0.5) * f64::MAX,
            (6, unit) => unit * f64::MIN_POSITIVE,
            (_, unit) => {
                if row == 77 {
                    1e300
                } else {
                    1e9 + unit
                }
            }
        };
        (0..count).map(number).collect()
    }

    #[test]
    fn what_stands_at_places_is_what_sorting_puts_there() {
        for kind in 0..8 {
            for count in [1, 100, LEAST_NUMBERS - 1, LEAST_NUMBERS, 50_000] {
                let numbers = column(kind, count);
                for value in [|it: f64| it, |it: f64| (it / 2.0 - 0.3).abs()] {
                    let mut sorted: Vec<f64> = known(&numbers, value).collect();
                    sorted.sort_by(f64::total_cmp);
                    let Some(last) = sorted.len().checked_sub(1) else { continue };
                    let mut places: Vec<usize> = (0..=20).map(|of20| last * of20 / 20).collect();
                    places.dedup();
                    let expected: Vec<f64> = places.iter().map(|&place| sorted[place]).collect();
                    assert_eq!(at_places(&numbers, value, &places), expected, "{kind}, {count}");
                }
            }
        }
    }

    #[test]
    fn nothing_wanted_and_nothing_known_give_nothing() {
        assert!(at_places(&column(0, 20_000), |it| it, &[]).is_empty());
        assert!(at_places(&vec![f64::NAN; 20_000], |it| it, &[]).is_empty());
    }
}
