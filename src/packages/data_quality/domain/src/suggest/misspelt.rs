//! Rare texts that differ from a frequent one by few letters.

use std::collections::BTreeSet;

/// A text is rare beside one that occurs so many times as often.
const RATIO: u64 = 10;
/// And frequent when it occurs so often.
const FREQUENT: u64 = 5;
/// In shorter texts every letter tells.
const SHORTEST: usize = 4;
/// One edit in so many characters.
const CHARACTERS_OF_AN_EDIT: usize = 5;
/// More different texts are not compared with each other.
const MOST_TEXTS: usize = 3_000;

/// The texts that look like others, misspelt. `texts` are all different ones with how often they
/// occur, most frequent first.
///
/// Texts that differ in figures alone do not look alike: `pn-2` is another measure than `pn-3`.
pub(super) fn misspelt<'a>(texts: &[(&'a str, u64)]) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    if texts.len() > MOST_TEXTS {
        return found;
    }
    let read: Vec<(&str, u64, Vec<char>, String)> = texts
        .iter()
        .map(|&(text, count)| (text, count, text.chars().collect(), without_figures(text)))
        .collect();
    for (text, count, letters, plain) in &read {
        if letters.len() < SHORTEST {
            continue;
        }
        let most = (letters.len() / CHARACTERS_OF_AN_EDIT).max(1);
        let frequent =
            read.iter().take_while(|(_, other, ..)| *other >= FREQUENT && *other >= RATIO * count);
        let mut near = frequent.filter(|(.., others, others_plain)| {
            plain != others_plain && is_within(letters, others, most)
        });
        if near.next().is_some() {
            found.insert(*text);
        }
    }
    found
}

/// The text with each run of figures as one sign.
fn without_figures(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if !letter.is_numeric() {
            plain.push(letter);
        } else if !plain.ends_with('0') {
            plain.push('0');
        }
    }
    plain
}

/// Whether at most so many letters are put in, left out or exchanged (Levenshtein 1966).
fn is_within(left: &[char], right: &[char], most: usize) -> bool {
    if left.len().abs_diff(right.len()) > most {
        return false;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.iter().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        let mut least = before;
        for (other, cell) in right.iter().zip(row.iter_mut().skip(1)) {
            let here = (before + 1).min(*cell + 1).min(diagonal + usize::from(letter != other));
            diagonal = *cell;
            *cell = here;
            before = here;
            least = least.min(here);
        }
        if least > most {
            return false;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().is_some_and(|distance| *distance <= most)
}
