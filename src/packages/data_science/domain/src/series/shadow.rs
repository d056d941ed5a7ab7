//! One finding for one event: what looks at windows finds it in every window that holds it.

use std::collections::BTreeSet;

use super::robust::{known_median, spread};

/// Robust standard deviations above the median from which on a place throws a shadow.
const PROMINENT: f64 = 3.0;

/// Puts the places within `reach` of a prominent higher one into its shadow: they keep at most the
/// median deviation, and are marked. Of equal ones the first stands out. `moved` says where the
/// event of a place that stands out is: within reach, at a place with a deviation.
pub(super) fn shadows(
    deviations: &mut [f64],
    reach: usize,
    moved: impl Fn(usize) -> usize,
) -> Vec<bool> {
    let mut shadowed = vec![false; deviations.len()];
    let Some(middle) = known_median(deviations) else { return shadowed };
    let distances: Vec<f64> = deviations.iter().map(|deviation| deviation - middle).collect();
    let border = middle + PROMINENT * spread(&distances);
    let mut prominent: Vec<usize> =
        (0..deviations.len()).filter(|&at| deviations[at] > border).collect();
    prominent.sort_by(|&a, &b| deviations[b].total_cmp(&deviations[a]));
    let mut events = BTreeSet::new();
    for at in prominent {
        if shadowed[at] || events.contains(&at) {
            continue;
        }
        let height = deviations[at];
        let end = deviations.len().min(at + reach + 1);
        for place in at.saturating_sub(reach)..end {
            // What stands out already is higher.
            if deviations[place] <= height {
                shadowed[place] = true;
                deviations[place] = deviations[place].min(middle);
            }
        }
        let event = moved(at);
        if let Some(deviation) = deviations.get_mut(event).filter(|deviation| **deviation <= height)
        {
            *deviation = height;
            shadowed[event] = false;
            events.insert(event);
        }
    }
    shadowed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_hill_only_its_top_remains() {
        let mut deviations =
            vec![1.0, 0.9, 1.1, 1.0, 8.0, 9.0, 9.0, 7.0, 1.0, 0.9, 1.1, 1.0, 1.0, 6.0];
        let shadowed = shadows(&mut deviations, 3, |at| at);
        let tops: Vec<usize> = (0..14).filter(|&at| deviations[at] > 1.1).collect();
        assert_eq!(tops, [5, 13]);
        assert!(shadowed[4] && shadowed[6] && shadowed[8] && !shadowed[5] && !shadowed[0]);
    }

    #[test]
    fn a_finding_is_told_where_its_event_is() {
        let mut deviations = vec![1.0, 0.9, 1.1, 1.0, 8.0, 9.0, 7.0, 1.0, 0.9, 1.1, 1.0, 1.0];
        let shadowed = shadows(&mut deviations, 2, |at| at + 1);
        assert_eq!((deviations[5], deviations[6]), (1.0, 9.0));
        assert!(shadowed[5] && !shadowed[6]);
    }

    #[test]
    fn without_hills_nothing_is_shadowed() {
        let mut flat = vec![1.0; 9];
        assert_eq!(shadows(&mut flat, 4, |at| at), [false; 9]);
        let mut unknown = vec![f64::NAN; 3];
        assert_eq!(shadows(&mut unknown, 4, |at| at), [false; 3]);
    }
}
