use super::formula::{Combination, SplitNode, SplitTree};

/// A function that is constant between its breaks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Steps {
    /// Ascending and different.
    breaks: Vec<f64>,
    /// One more than breaks: the values below the first one, from each to the next, from the last.
    values: Vec<f64>,
}

impl Steps {
    /// From a value for all numbers below the first break, and of each break the value from there
    /// on; of equal breaks the last one counts. Breaks must not descend.
    pub(crate) fn new(below: f64, breaks: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut steps = Self { breaks: Vec::new(), values: vec![below] };
        for (at, value) in breaks {
            if steps.breaks.last() == Some(&at) {
                steps.breaks.pop();
                steps.values.pop();
            }
            if steps.values.last() != Some(&value) {
                steps.breaks.push(at);
                steps.values.push(value);
            }
        }
        steps
    }

    /// From the level, 0 to `values.len() − 1`, that a number has; levels never fall as numbers
    /// grow. Breaks are the very numbers at which they rise, found by halving.
    pub(crate) fn of_levels(values: &[f64], level: impl Fn(f64) -> usize) -> Self {
        let lowest = level(f64::MIN);
        let below = values.get(lowest).copied().unwrap_or_default();
        let mut breaks = Vec::new();
        for (reached, &value) in values.iter().enumerate().skip(lowest + 1) {
            if level(f64::MAX) < reached {
                break;
            }
            breaks.push((smallest(|number| level(number) >= reached), value));
        }
        Self::new(below, breaks)
    }

    /// Breaks.
    pub(crate) fn len(&self) -> usize {
        self.breaks.len()
    }

    /// The value below all breaks, and each break with the value from there on.
    pub(crate) fn parts(&self) -> (f64, impl Iterator<Item = (f64, f64)>) {
        let first = self.values.first().copied().unwrap_or_default();
        (first, self.breaks.iter().copied().zip(self.values.iter().skip(1).copied()))
    }

    /// The same function as a tree of least height.
    pub(crate) fn tree(&self, input: &Combination) -> SplitTree {
        let mut nodes = vec![SplitNode::Leaf(0.0)];
        // Nodes still to be made: index, their values as a range.
        let mut open = vec![(0, 0, self.values.len())];
        while let Some((index, start, end)) = open.pop() {
            let middle = usize::midpoint(start, end);
            if middle == start {
                nodes[index] = SplitNode::Leaf(self.values[start]);
                continue;
            }
            let (left, right) = (nodes.len(), nodes.len() + 1);
            let threshold = self.breaks[middle - 1];
            nodes[index] = SplitNode::Split { input: input.clone(), threshold, left, right };
            nodes.extend([SplitNode::Leaf(0.0), SplitNode::Leaf(0.0)]);
            open.push((right, middle, end));
            open.push((left, start, middle));
        }
        SplitTree { nodes }
    }

    #[cfg(test)]
    pub(crate) fn of(&self, number: f64) -> f64 {
        self.values[self.breaks.partition_point(|&at| at <= number)]
    }
}

/// The smallest finite number for which `holds`, which does for the largest one and, once it does,
/// for all larger ones.
pub(crate) fn smallest(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (ordered(f64::MIN), ordered(f64::MAX));
    while low < high {
        let middle = low.midpoint(high).min(high - 1);
        if holds(number(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    // −0 and 0 are one number
    number(high) + 0.0
}

/// The place of a number among all: whole numbers in the order of the numbers.
fn ordered(number: f64) -> i64 {
    let bits = number.to_bits() as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

/// The number at a place.
fn number(place: i64) -> f64 {
    f64::from_bits((place ^ ((place >> 63) as u64 >> 1) as i64) as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn breaks_of_levels_are_exact_to_the_last_bit() {
        let border = 0.1 + 0.2;
        let steps = Steps::of_levels(&[1.0, 2.0, 2.0, 5.0], |number| match number {
            _ if number < -3.5 => 0,
            _ if number <= border => 1,
            _ if number < 1e300 => 2,
            _ => 3,
        });
        assert_eq!(steps.len(), 2, "equal values are one step: {steps:?}");
        assert_eq!([(-3.5_f64).next_down(), -3.5].map(|it| steps.of(it)), [1.0, 2.0]);
        assert_eq!([1e300_f64.next_down(), 1e300].map(|it| steps.of(it)), [2.0, 5.0]);
        let flat = Steps::of_levels(&[7.0], |_| 0);
        assert_eq!((flat.len(), flat.of(3.0)), (0, 7.0));
        let never = Steps::of_levels(&[7.0, 8.0], |_| 0);
        assert_eq!((never.len(), never.of(f64::MAX)), (0, 7.0));
        let always = Steps::of_levels(&[7.0, 8.0], |_| 1);
        assert_eq!((always.len(), always.of(f64::MIN)), (0, 8.0));
        let negative = Steps::of_levels(&[0.0, 1.0], |number| usize::from(number >= 0.0));
        assert_eq!([-5e-324, -0.0, 0.0].map(|it| negative.of(it)), [0.0, 1.0, 1.0]);
    }

    proptest! {
        #[test]
        fn a_tree_is_its_steps(
            mut breaks in prop::collection::vec((-9_i8..9, 0_u8..4), 0..40),
            numbers in prop::collection::vec(-10.0..10.0_f64, 20),
        ) {
            breaks.sort_unstable_by_key(|pair| pair.0);
            let pairs = breaks.iter().map(|&(at, value)| (f64::from(at), f64::from(value)));
            let steps = Steps::new(9.0, pairs.clone());
            let tree = steps.tree(&Combination::Feature(0));
            prop_assert_eq!(tree.splits(), steps.len());
            for number in numbers.into_iter().chain((-10..10).map(f64::from)) {
                let slow = pairs.clone().take_while(|&(at, _)| at <= number).last();
                prop_assert_eq!(steps.of(number), slow.map_or(9.0, |(_, value)| value));
                prop_assert_eq!(tree.of(&[number]), steps.of(number));
            }
        }

        #[test]
        fn places_are_in_the_order_of_numbers(a: f64, b: f64) {
            prop_assume!(!a.is_nan() && !b.is_nan());
            prop_assert_eq!(number(ordered(a)).to_bits(), a.to_bits());
            prop_assert_eq!(ordered(a).cmp(&ordered(b)), a.total_cmp(&b));
        }
    }
}
