//! What is wrong with a contract, where, and what to do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::Place;

/// How bad a problem of a contract is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ProblemLevel {
    /// The contract can be used; something in it is odd, unknown or not checked.
    Warning,
    /// The contract cannot be used as it is.
    Error,
}

impl ProblemLevel {
    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something wrong in a contract file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// How bad it is.
    pub level: ProblemLevel,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// What is wrong, in a plain clause.
    pub what: String,
    /// What to do, where we know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Problem {
    /// Something that makes the contract unusable.
    pub fn error(place: Place, what: impl Into<String>) -> Self {
        Self { level: ProblemLevel::Error, place, what: what.into(), hint: None }
    }

    /// Something odd.
    pub fn warning(place: Place, what: impl Into<String>) -> Self {
        Self { level: ProblemLevel::Warning, place, what: what.into(), hint: None }
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what to do, when something is known.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

/// The candidate nearest to a misspelt word, as a suggestion; `None` when none is near.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let word = plain(word);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| {
            *distance <= 1 + candidate.chars().count().min(word.len()) / 4
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| format!("did you mean {candidate}?"))
}

/// Letters and digits in lower case, so that `max_length` is near `maxLength`.
fn plain(word: &str) -> Vec<char> {
    word.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(64)
        .collect()
}

/// The edits between two words: letters put in, left out or exchanged (Levenshtein 1966).
fn distance(left: &[char], right: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.iter().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        for (other, cell) in right.iter().zip(row.iter_mut().skip(1)) {
            let here = (before + 1).min(*cell + 1).min(diagonal + usize::from(letter != other));
            diagonal = *cell;
            *cell = here;
            before = here;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_words_find_the_one_that_was_meant() {
        let words = ["mustBeLessThan", "mustBe", "minLength", "pattern"];
        let near = |word| nearest(word, words);
        assert_eq!(near("mustBeLesThan").as_deref(), Some("did you mean mustBeLessThan?"));
        assert_eq!(near("min_length").as_deref(), Some("did you mean minLength?"));
        assert_eq!(near("patern").as_deref(), Some("did you mean pattern?"));
        assert_eq!(near("colour"), None);
    }

    #[test]
    fn distances_are_those_of_levenshtein() {
        let of = |left: &str, right: &str| distance(&plain(left), &plain(right));
        assert_eq!(of("kitten", "sitting"), 3);
        assert_eq!(of("", "abc"), 3);
        assert_eq!(of("same", "same"), 0);
    }
}
