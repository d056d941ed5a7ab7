use serde::{Deserialize, Serialize};

use super::characters::Characters;
use super::extremes::{cut, cut_cell};
use super::frequent_values::FrequentValues;
use super::hash::hash_word;
use super::kind::ValueKind;
use super::support::{Present, PresentValues, single_column_summary, wrong_type};
use super::text_bytes::{Scan, scan};
use crate::Result;
use crate::table::Cell;

/// Where there are too many different texts to count each, one of so many rows is looked at closely.
const SAMPLED_ROWS: u64 = 64;

/// How texts are written: their case, words and characters; invisible ones; the shortest and the
/// longest text.
///
/// What shows in a few operations on whole words of memory is exact for every text. Case, words and
/// characters need a closer look. On its own this summary gives it to all texts; within a
/// [`ColumnProfileSummary`](super::ColumnProfileSummary) of too many different texts to count each,
/// to one of 64 rows, which then stands for all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TextShapes {
    texts: u64,
    ascii: u64,
    controls: u64,
    line_breaks: u64,
    invisible: u64,
    shortest: Option<(u64, Vec<u8>)>,
    longest: Option<(u64, Vec<u8>)>,
    looked_at: u64,
    stands_for: u64,
    /// The next row to be looked at.
    next: u64,
    cases: TextCases,
    words: u64,
    frequent_words: FrequentValues,
    characters: Characters,
}

/// Texts by the case of their letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextCases {
    /// All letters are capitals.
    pub upper: u64,
    /// No letter is a capital.
    pub lower: u64,
    /// Each word begins with a capital, and has no other.
    pub title: u64,
    /// Capitals stand elsewhere.
    pub mixed: u64,
    /// There are no letters that have a case.
    pub none: u64,
}

impl TextShapes {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Texts taken in.
    pub fn texts(&self) -> u64 {
        self.texts
    }

    /// Texts of ASCII characters alone.
    pub fn ascii(&self) -> u64 {
        self.ascii
    }

    /// Texts with a control character other than a tabulator or line break.
    pub fn controls(&self) -> u64 {
        self.controls
    }

    /// Texts with a line feed or carriage return.
    pub fn line_breaks(&self) -> u64 {
        self.line_breaks
    }

    /// Texts with a character that cannot be seen and takes no room: zero-width spaces, marks of
    /// direction, soft hyphens, byte order marks. Joiners, which some scripts and emoji need, and
    /// blanks are none.
    pub fn invisible(&self) -> u64 {
        self.invisible
    }

    /// The first of the shortest texts; cut at 256 bytes.
    pub fn shortest(&self) -> Option<Cell> {
        self.shortest.as_ref().map(|(_, text)| cut_cell(ValueKind::Text, text))
    }

    /// The first of the longest texts; cut at 256 bytes.
    pub fn longest(&self) -> Option<Cell> {
        self.longest.as_ref().map(|(_, text)| cut_cell(ValueKind::Text, text))
    }

    /// How many texts were looked at closely: all, or a sample.
    pub fn looked_at(&self) -> u64 {
        self.looked_at
    }

    /// For how many texts these stand.
    pub fn stands_for(&self) -> u64 {
        self.stands_for
    }

    /// Texts by case, of those that [`Self::stands_for`] counts.
    pub fn cases(&self) -> TextCases {
        self.cases
    }

    /// Words, parted by white space, in the texts that [`Self::stands_for`] counts.
    pub fn words(&self) -> u64 {
        self.words
    }

    /// The most frequent words in lower case, without punctuation around them.
    pub fn frequent_words(&self) -> &FrequentValues {
        &self.frequent_words
    }

    /// Characters of the texts that [`Self::stands_for`] counts.
    pub fn characters(&self) -> &Characters {
        &self.characters
    }

    pub(super) fn take(&mut self, present: &Present<'_>) -> Result<()> {
        match &present.values {
            PresentValues::Nothing => Ok(()),
            PresentValues::Texts(texts, ValueKind::Text) => {
                let mut taken = Ok(());
                texts.each(|text| {
                    if taken.is_ok() {
                        taken = self.take_text(text, 1);
                    }
                });
                self.frequent_words.settle();
                taken
            }
            _ => Err(wrong_type("shapes of texts", &present.values)),
        }
    }

    /// Takes in a text `count` times, with a closer look.
    pub(super) fn take_text(&mut self, text: &[u8], count: u64) -> Result<()> {
        self.note(text, &scan(text), count);
        self.look_at(text, count, count)
    }

    /// Takes in the text of a row, and looks at one of 64 closely.
    #[inline]
    pub(super) fn take_row(&mut self, text: &[u8], scan: &Scan) -> Result<()> {
        self.note(text, scan, 1);
        if self.texts < self.next {
            return Ok(());
        }
        // Anywhere within the next stretch of rows, lest a pattern in them shows.
        let stretch = self.texts / SAMPLED_ROWS + 1;
        self.next = stretch * SAMPLED_ROWS + hash_word(stretch) % SAMPLED_ROWS;
        self.look_at(text, 1, SAMPLED_ROWS)?;
        self.frequent_words.settle();
        Ok(())
    }

    /// Settles the frequent words, once all texts are taken in.
    pub(super) fn settle(&mut self) {
        self.frequent_words.settle();
    }

    #[inline]
    fn note(&mut self, text: &[u8], scan: &Scan, count: u64) {
        self.texts += count;
        if scan.is_ascii {
            self.ascii += count;
        }
        if scan.is_special {
            self.note_special(text, count);
        }
        let length = scan.characters as u64;
        if self.shortest.as_ref().is_none_or(|&(shortest, _)| length < shortest) {
            self.shortest = Some((length, cut(text).to_vec()));
        }
        if self.longest.as_ref().is_none_or(|&(longest, _)| length > longest) {
            self.longest = Some((length, cut(text).to_vec()));
        }
    }

    #[cold]
    fn note_special(&mut self, text: &[u8], count: u64) {
        let (mut control, mut line_break, mut invisible) = (false, false, false);
        for character in std::str::from_utf8(text).unwrap_or_default().chars() {
            match character {
                '\n' | '\r' => line_break = true,
                '\t' => {}
                other => {
                    control |= other.is_control();
                    invisible |= is_invisible(other);
                }
            }
        }
        let times = |is: bool| if is { count } else { 0 };
        self.controls += times(control);
        self.line_breaks += times(line_break);
        self.invisible += times(invisible);
    }

    /// A closer look at one of `rows` texts that stands for `count`.
    fn look_at(&mut self, text: &[u8], rows: u64, count: u64) -> Result<()> {
        let text = std::str::from_utf8(text).unwrap_or("\u{fffd}");
        self.looked_at += rows;
        self.stands_for += count;
        self.characters.take(text, count);
        self.cases.add(text, count);
        for word in text.split_whitespace() {
            self.words += count;
            let word = word.trim_matches(|character: char| !character.is_alphanumeric());
            if word.is_empty() {
                continue;
            }
            let word = word.to_lowercase();
            self.frequent_words.take_bytes(ValueKind::Text, word.as_bytes(), count)?;
        }
        Ok(())
    }

    pub(super) fn merge(&mut self, later: Self) -> Result<()> {
        self.texts += later.texts;
        self.ascii += later.ascii;
        self.controls += later.controls;
        self.line_breaks += later.line_breaks;
        self.invisible += later.invisible;
        if let Some(shortest) = later.shortest
            && self.shortest.as_ref().is_none_or(|(length, _)| shortest.0 < *length)
        {
            self.shortest = Some(shortest);
        }
        if let Some(longest) = later.longest
            && self.longest.as_ref().is_none_or(|(length, _)| longest.0 > *length)
        {
            self.longest = Some(longest);
        }
        self.looked_at += later.looked_at;
        self.stands_for += later.stands_for;
        self.cases.merge(later.cases);
        self.words += later.words;
        self.characters.merge(later.characters);
        self.frequent_words.merge(later.frequent_words)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.frequent_words.heap_bytes() + self.characters.heap_bytes()
    }
}

single_column_summary!(TextShapes, "text_shapes");

impl TextCases {
    fn add(&mut self, text: &str, count: u64) {
        let (mut upper, mut lower, mut title) = (false, false, true);
        let mut in_word = false;
        for character in text.chars() {
            if character.is_uppercase() {
                upper = true;
                title &= !in_word;
                in_word = true;
            } else if character.is_lowercase() {
                lower = true;
                title &= in_word;
            } else if character.is_whitespace() {
                in_word = false;
            }
        }
        *match (upper, lower) {
            (false, false) => &mut self.none,
            (true, false) => &mut self.upper,
            (false, true) => &mut self.lower,
            (true, true) if title => &mut self.title,
            (true, true) => &mut self.mixed,
        } += count;
    }

    fn merge(&mut self, later: Self) {
        self.upper += later.upper;
        self.lower += later.lower;
        self.title += later.title;
        self.mixed += later.mixed;
        self.none += later.none;
    }
}

fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{180b}'..='\u{180e}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0001}'..='\u{e007f}'
    )
}
