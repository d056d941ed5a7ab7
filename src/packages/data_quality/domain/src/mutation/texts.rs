//! Texts that are written otherwise.

use std::collections::{HashMap, HashSet};

use shared_kernel_domain::table::ColumnType;

use super::random::Random;
use super::sample::{Cells, SampleColumn};
use super::{ColumnFacts, Corruption, Damage, Fits, Scene};

/// A category has at most so many values.
const MOST_CATEGORIES: usize = 200;

/// One category that became two: another system writes it in capitals.
pub(super) const CATEGORY_SPLIT: Corruption = Corruption {
    name: "category_split",
    what: "30 % of a frequent text are written in other letters: capitals, small ones, or a blank behind",
    needs: "a column of at most 200 texts, each five times on average",
    remedy: "`in_set` with all values, or `matches` with how they are written",
    fits: Fits::Column(is_category),
    apply: |scene, random| {
        let (place, column) = scene.column()?;
        let Cells::Text(values) = &column.cells else { return None };
        let text = most_frequent(values)?;
        let other = other_letters(text);
        let detail = format!("{text:?} as {other:?}");
        let other: Box<str> = other.into();
        let is_it = |row: usize| values.get(row).is_some_and(|it| it.as_deref() == Some(text));
        let all: Vec<usize> = (0..values.len()).filter(|&row| is_it(row)).collect();
        let rows = random.some_of(&all, (all.len() * 3 / 10).max(1));
        replaced(scene, place, &rows, detail, |_, _| Some(other.clone()))
    },
};

/// A value that nobody announced.
pub(super) const NEW_CATEGORY: Corruption = Corruption {
    name: "new_category",
    what: "3 % of the texts become one that was never there, written like the others",
    needs: "a column of at most 200 texts, each five times on average",
    remedy: "`in_set` with all values, or `reference` to the table that lists them",
    fits: Fits::Column(is_category),
    apply: |scene, random| {
        let (place, column) = scene.column()?;
        let Cells::Text(values) = &column.cells else { return None };
        let known: HashSet<&str> = values.iter().flatten().map(AsRef::as_ref).collect();
        let new: Box<str> = unknown(most_frequent(values)?, &known).into();
        let rows = scene.scattered(0.03, 1, random, |_| true);
        replaced(scene, place, &rows, format!("{new:?}"), |_, _| Some(new.clone()))
    },
};

/// Texts typed by hand.
pub(super) const TYPO_NOISE: Corruption = Corruption {
    name: "typo_noise",
    what: "2 % of the texts have a letter too few, twice, or two exchanged",
    needs: "a column of texts of four letters and more",
    remedy: "`in_set` or `reference` where the values are known, else `matches` with how they are written",
    fits: Fits::Column(|column, facts| {
        let Cells::Text(values) = &column.cells else { return false };
        let long = values.iter().flatten().filter(|text| can_be_mistyped(text)).count();
        is_text(column) && facts.values > 0 && 2 * long >= facts.values
    }),
    apply: |scene, random| {
        let (place, column) = scene.column()?;
        let Cells::Text(values) = &column.cells else { return None };
        let is_long =
            |row: usize| values.get(row).and_then(Option::as_deref).is_some_and(can_be_mistyped);
        let rows = scene.scattered(0.02, 1, random, is_long);
        let detail = "misspelt".to_owned();
        replaced(scene, place, &rows, detail, |text, _| Some(mistyped(text, random).into()))
    },
};

/// UTF-8 that was read as Latin-1.
pub(super) const ENCODING_DAMAGE: Corruption = Corruption {
    name: "encoding_damage",
    what: "letters beyond ASCII are read in the wrong encoding: Ã¼ for ü",
    needs: "a column of texts with letters beyond ASCII",
    remedy: "`not_matches` with `pattern: '[ÃÂ][\\u0080-\\u00BF]'`, or `in_set` where the values are known",
    fits: Fits::Column(|column, _| {
        let Cells::Text(values) = &column.cells else { return false };
        is_text(column) && values.iter().flatten().any(|text| !text.is_ascii())
    }),
    apply: |scene, _| {
        let (place, column) = scene.column()?;
        let Cells::Text(values) = &column.cells else { return None };
        let is_beyond = |(row, text): (usize, &Option<Box<str>>)| {
            text.as_ref().is_some_and(|text| !text.is_ascii()).then_some(row)
        };
        let rows: Vec<usize> = values.iter().enumerate().filter_map(is_beyond).collect();
        let detail = "UTF-8 read as Latin-1".to_owned();
        replaced(scene, place, &rows, detail, |text, _| {
            Some(text.bytes().map(char::from).collect::<String>().into())
        })
    },
};

fn is_text(column: &SampleColumn) -> bool {
    column.column_type == ColumnType::Text
}

fn is_category(column: &SampleColumn, facts: &ColumnFacts) -> bool {
    is_text(column)
        && facts.distinct > 1
        && facts.distinct <= MOST_CATEGORIES
        && facts.values >= 5 * facts.distinct
}

/// A sample with other texts in some rows.
pub(super) fn replaced(
    scene: &Scene<'_>,
    place: usize,
    rows: &[usize],
    detail: String,
    mut other: impl FnMut(&str, usize) -> Option<Box<str>>,
) -> Option<Damage> {
    let Cells::Text(values) = &scene.sample.column(place)?.cells else { return None };
    let mut values = values.clone();
    for &row in rows {
        let cell = values.get_mut(row)?;
        if let Some(text) = cell {
            *cell = other(text, row);
        }
    }
    Damage::of(scene.sample.with(place, Cells::Text(values))?, rows.len(), detail)
}

/// The text that occurs most often; of several, the first in the alphabet.
fn most_frequent(values: &[Option<Box<str>>]) -> Option<&str> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for text in values.iter().flatten() {
        *counts.entry(text).or_default() += 1;
    }
    let best = counts.into_iter().max_by_key(|(text, count)| (*count, std::cmp::Reverse(*text)));
    best.map(|(text, _)| text)
}

fn other_letters(text: &str) -> String {
    let (upper, lower) = (text.to_uppercase(), text.to_lowercase());
    if lower != text {
        lower
    } else if upper != text {
        upper
    } else {
        format!("{text} ")
    }
}

/// A text written like another that is not among those that are known.
pub(super) fn unknown(like: &str, known: &HashSet<&str>) -> String {
    let next = |letter: char| match letter {
        'z' => 'a',
        'Z' => 'A',
        '9' => '0',
        'a'..='y' | 'A'..='Y' | '0'..='8' => char::from(letter as u8 + 1),
        other => other,
    };
    let mut text = like.to_owned();
    for _ in 0..26 {
        text = text.chars().map(next).collect();
        if !known.contains(text.as_str()) {
            return text;
        }
    }
    while known.contains(text.as_str()) {
        text.push('X');
    }
    text
}

fn can_be_mistyped(text: &str) -> bool {
    text.chars().filter(|letter| letter.is_alphabetic()).count() >= 4
}

/// The text with one letter left out, doubled, or exchanged with the next one that differs.
fn mistyped(text: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = random.below(letters.len());
    let differ = |pair: &[char]| matches!(pair, [left, right] if left != right);
    match random.below(3) {
        0 => {
            letters.remove(at);
        }
        1 => {
            if let Some(&letter) = letters.get(at) {
                letters.insert(at, letter);
            }
        }
        _ => match (at..at + letters.len())
            .map(|at| at % letters.len())
            .find(|&at| letters.get(at..at + 2).is_some_and(differ))
        {
            Some(at) => letters.swap(at, at + 1),
            None => {
                letters.remove(at);
            }
        },
    }
    letters.into_iter().collect()
}
