//! Texts that differ but seem to mean one category.

use std::collections::BTreeMap;

use serde_json::json;
use shared_kernel_domain::summary::ColumnProfileSummary;
use shared_kernel_domain::table::{Cell, ColumnType};

use super::{Finding, FindingKind, finding};
use crate::column::ColumnProfile;

/// Columns of more different texts are not compared, so that the work stays bounded.
const MOST_CATEGORIES: usize = 200;

/// Longer texts are no categories.
const MOST_CHARACTERS: usize = 64;

/// One less the edit distance by the longer length.
const LEAST_SIMILARITY: f64 = 0.85;

/// A text that differs by more than case and blanks is taken for a slip of another if it is at most
/// this share of it.
const SLIP_SHARE: f64 = 0.1;

/// How many pairs are listed.
const LISTED: usize = 5;

struct Category {
    text: String,
    count: u64,
    /// In lower case, without punctuation, with single blanks.
    plain: Vec<char>,
    digits: String,
}

pub(super) fn dirty(column: &ColumnProfile, summary: &ColumnProfileSummary) -> Option<Finding> {
    let frequent = summary.frequent();
    let different = frequent.distinct()? as usize;
    let repeats = (different as u64) < column.values();
    if column.stored_type != ColumnType::Text || different > MOST_CATEGORIES || !repeats {
        return None;
    }
    let categories: Vec<Category> = frequent
        .top(MOST_CATEGORIES)
        .into_iter()
        .filter_map(|top| match top.value {
            Cell::Text(text) => Category::new(text, top.count.value),
            _ => None,
        })
        .collect();
    let pairs = pairs(&categories);
    let &(first, second) = pairs.first()?;
    let example = (&first.text, &second.text);
    let many =
        if pairs.len() == 1 { "a pair".to_owned() } else { format!("{} pairs", pairs.len()) };
    let listed = pairs.iter().take(LISTED).map(|(one, other)| {
        json!({"value": one.text, "count": one.count, "other": other.text, "other_count": other.count})
    });
    Some(finding(
        column,
        FindingKind::DirtyCategories,
        format!("{many} of texts may mean the same, such as {:?} and {:?}", example.0, example.1),
        [
            ("pairs", json!(listed.collect::<Vec<_>>())),
            ("pair_count", json!(pairs.len())),
            ("threshold", json!(LEAST_SIMILARITY)),
        ],
    ))
}

impl Category {
    fn new(text: String, count: u64) -> Option<Self> {
        if text.chars().count() > MOST_CHARACTERS {
            return None;
        }
        let mut plain = String::new();
        for part in text.split(|character: char| !character.is_alphanumeric()) {
            if !part.is_empty() && !plain.is_empty() {
                plain.push(' ');
            }
            plain.push_str(&part.to_lowercase());
        }
        let digits = plain.chars().filter(char::is_ascii_digit).collect();
        // Signs alone are told apart by what they are.
        (!plain.is_empty()).then(|| Self { text, count, plain: plain.chars().collect(), digits })
    }
}

/// Pairs, the more frequent text first: those that differ in case, blanks or punctuation alone, then
/// slips; each by how frequent they are.
fn pairs(categories: &[Category]) -> Vec<(&Category, &Category)> {
    let mut by_plain: BTreeMap<&[char], &Category> = BTreeMap::new();
    let mut alike = Vec::new();
    let mut different = Vec::new();
    for category in categories {
        match by_plain.get(category.plain.as_slice()) {
            Some(known) if !differs_in_numbers(&known.text, &category.text) => {
                alike.push((*known, category));
            }
            Some(_) => {}
            None => {
                by_plain.insert(&category.plain, category);
                different.push(category);
            }
        }
    }
    for (place, rare) in different.iter().enumerate() {
        let frequent = different.iter().take(place);
        let slip = frequent.copied().find(|frequent| {
            rare.count as f64 <= SLIP_SHARE * frequent.count as f64 && is_similar(frequent, rare)
        });
        alike.extend(slip.map(|frequent| (frequent, *rare)));
    }
    alike
}

/// Punctuation between digits means something: `1.5` is not `15`, nor `-1` the same as `1`.
fn differs_in_numbers(one: &str, other: &str) -> bool {
    let bare = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    one.bytes().any(|byte| byte.is_ascii_digit()) && bare(one) != bare(other)
}

/// Numbers within texts make them different, however similar they are.
fn is_similar(one: &Category, other: &Category) -> bool {
    let longer = one.plain.len().max(other.plain.len());
    let most = ((1.0 - LEAST_SIMILARITY) * longer as f64 + 1e-9).floor() as usize;
    most > 0
        && one.digits == other.digits
        && one.plain.len().abs_diff(other.plain.len()) <= most
        && edits(&one.plain, &other.plain) <= most
}

/// Levenshtein's distance.
fn edits(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, character) in one.iter().enumerate() {
        let mut diagonal = place;
        let mut left = place + 1;
        for (other, above) in other.iter().zip(row.iter_mut().skip(1)) {
            let changed = diagonal + usize::from(character != other);
            diagonal = *above;
            left = changed.min(diagonal + 1).min(left + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = place + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        let distance = |one: &str, other: &str| {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            edits(&chars(one), &chars(other))
        };
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("flaw", "lawn"), 2);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn alike_are_case_blanks_and_slips_but_not_numbers() {
        let found = |texts: &[(&str, u64)]| -> Vec<(String, String)> {
            let categories: Vec<Category> = texts
                .iter()
                .filter_map(|&(text, count)| Category::new(text.to_owned(), count))
                .collect();
            let pairs = pairs(&categories);
            pairs.iter().map(|(one, other)| (one.text.clone(), other.text.clone())).collect()
        };
        let pair = |one: &str, other: &str| vec![(one.to_owned(), other.to_owned())];
        assert_eq!(found(&[("New York", 9), ("new  york ", 2)]), pair("New York", "new  york "));
        assert_eq!(found(&[("Amsterdam", 50), ("Amsterdan", 1)]), pair("Amsterdam", "Amsterdan"));
        assert_eq!(found(&[("Northern Region", 50), ("Southern Region", 48)]), []);
        assert_eq!(found(&[("warehouse 17", 50), ("warehouse 18", 1)]), []);
        assert_eq!(found(&[("1.5", 50), ("15", 1), ("-15", 1)]), []);
        assert_eq!(found(&[("+", 50), ("-", 1)]), []);
        assert_eq!(found(&[("male", 50), ("female", 50)]), []);
    }
}
