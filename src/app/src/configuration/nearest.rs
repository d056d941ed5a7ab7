//! The known name that a misspelled one most likely stands for.

/// The nearest of `known`, if one is near enough to be meant.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, candidate) = known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= 1.max(name.chars().count() / 3)).then_some(candidate)
}

/// The fewest characters to insert, remove, replace or swap with their neighbour
/// (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous_left = None;
    for (row, letter) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        let mut previous_right = None;
        for (column, &other) in right.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != other);
            let mut best = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            if previous_left == Some(other) && previous_right == Some(letter) {
                best = best.min(before_last[column - 1] + 1);
            }
            current.push(best);
            previous_right = Some(other);
        }
        previous_left = Some(letter);
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (left, right, expected) in [
            ("", "", 0),
            ("", "url", 3),
            ("url", "", 3),
            ("url", "url", 0),
            ("ulr", "url", 1),
            ("thread", "threads", 1),
            ("memroy", "memory", 1),
            ("listne", "listen", 1),
            ("kitten", "sitting", 3),
            ("ca", "abc", 3),
        ] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
        }
    }

    #[test]
    fn only_what_is_near_is_offered() {
        let known = ["url", "password_file", "contexts"];
        assert_eq!(nearest("ulr", known), Some("url"));
        assert_eq!(nearest("passwordfile", known), Some("password_file"));
        assert_eq!(nearest("kafka", known), None);
        assert_eq!(nearest("url", []), None);
    }
}
