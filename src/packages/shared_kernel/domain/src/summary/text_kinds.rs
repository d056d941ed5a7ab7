use serde::{Deserialize, Serialize};

use super::support::{Present, PresentValues, single_column_summary, wrong_type};
use super::text_kind::TextKind;
use crate::Result;

/// At most so many different null-like texts are told apart.
const NULL_TEXTS: usize = 32;

/// How many texts of a column look like what: numbers, dates, ways to write "no value"…
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextKinds {
    values: u64,
    counts: [u64; TextKind::ALL.len()],
    padded: u64,
    leading: u64,
    trailing: u64,
    null_texts: Vec<(String, u64)>,
}

impl TextKinds {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Texts taken in.
    pub fn values(&self) -> u64 {
        self.values
    }

    /// Texts of a kind.
    pub fn count(&self, kind: TextKind) -> u64 {
        self.counts[kind as usize]
    }

    /// Texts with white space before or after; blank ones left out.
    pub fn padded(&self) -> u64 {
        self.padded
    }

    /// Texts with white space before; blank ones left out.
    pub fn leading(&self) -> u64 {
        self.leading
    }

    /// Texts with white space after; blank ones left out.
    pub fn trailing(&self) -> u64 {
        self.trailing
    }

    /// Null-like texts as they were written, trimmed, by count and then text; at most 32.
    pub fn null_texts(&self) -> Vec<(String, u64)> {
        let mut texts = self.null_texts.clone();
        texts.sort_by(|(text, count), (other_text, other)| {
            other.cmp(count).then_with(|| text.cmp(other_text))
        });
        texts
    }

    pub(super) fn take(&mut self, present: &Present<'_>) -> Result<()> {
        match &present.values {
            PresentValues::Nothing => {}
            PresentValues::Texts(texts, super::kind::ValueKind::Text) => {
                texts.each(|text| self.take_text(text, 1));
            }
            _ => return Err(wrong_type("text kinds", &present.values)),
        }
        Ok(())
    }

    /// Takes in a text `count` times.
    pub(super) fn take_text(&mut self, text: &[u8], count: u64) {
        self.values += count;
        let text = std::str::from_utf8(text).unwrap_or("\u{fffd}");
        let kind = TextKind::of(text);
        self.counts[kind as usize] += count;
        if kind == TextKind::Blank {
            return;
        }
        let started = text.trim_start();
        let trimmed = started.trim_end();
        if trimmed.len() < text.len() {
            self.padded += count;
            self.leading += if started.len() < text.len() { count } else { 0 };
            self.trailing += if trimmed.len() < started.len() { count } else { 0 };
        }
        if kind == TextKind::NullLike {
            self.take_null_text(trimmed, count);
        }
    }

    fn take_null_text(&mut self, text: &str, count: u64) {
        if let Some((_, known)) = self.null_texts.iter_mut().find(|(known, _)| known == text) {
            *known += count;
        } else if self.null_texts.len() < NULL_TEXTS {
            self.null_texts.push((text.to_owned(), count));
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "the form every summary has")]
    pub(super) fn merge(&mut self, later: Self) -> Result<()> {
        self.values += later.values;
        self.padded += later.padded;
        self.leading += later.leading;
        self.trailing += later.trailing;
        for (count, later) in self.counts.iter_mut().zip(later.counts) {
            *count += later;
        }
        for (text, count) in later.null_texts {
            self.take_null_text(&text, count);
        }
        Ok(())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.null_texts.capacity() * size_of::<(String, u64)>()
    }
}

single_column_summary!(TextKinds, "text_kinds");
