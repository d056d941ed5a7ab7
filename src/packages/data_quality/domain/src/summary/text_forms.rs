use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::summary::{Summary, TextKind};
use shared_kernel_domain::table::{Batch, Values};

use super::{KEPT, decode, encode, only_column, row_number, shorten};

/// Different ways to write "no value" that are told apart.
const NULL_FORMS: usize = 32;

/// What the texts of a column look like, with the first rows of each kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TextForms {
    kinds: BTreeMap<TextKind, Form>,
    /// Null-like texts as they were written, trimmed; beyond 32 of them only counted by kind.
    nulls: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Form {
    count: u64,
    first: Vec<(u64, String)>,
}

impl TextForms {
    /// Texts of some kinds.
    pub fn count(&self, kinds: &[TextKind]) -> u64 {
        kinds.iter().filter_map(|kind| self.kinds.get(kind)).map(|form| form.count).sum()
    }

    /// Texts in all.
    pub fn values(&self) -> u64 {
        self.kinds.values().map(|form| form.count).sum()
    }

    /// The first rows and texts of some kinds, in row order.
    pub fn first(&self, kinds: &[TextKind]) -> Vec<(u64, &str)> {
        let mut first: Vec<_> = kinds
            .iter()
            .filter_map(|kind| self.kinds.get(kind))
            .flat_map(|form| form.first.iter().map(|(row, text)| (*row, text.as_str())))
            .collect();
        first.sort_unstable();
        first
    }

    /// The kinds that occur, with their counts.
    pub fn kinds(&self) -> impl Iterator<Item = (TextKind, u64)> + '_ {
        self.kinds.iter().map(|(&kind, form)| (kind, form.count))
    }

    /// Null-like texts and how often each occurs, most frequent first.
    pub fn null_texts(&self) -> Vec<(&str, u64)> {
        let mut texts: Vec<_> =
            self.nulls.iter().map(|(text, &count)| (text.as_str(), count)).collect();
        texts.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(right.0)));
        texts
    }

    fn note_null(&mut self, text: &str, count: u64) {
        if let Some(known) = self.nulls.get_mut(text) {
            *known += count;
        } else if self.nulls.len() < NULL_FORMS {
            self.nulls.insert(text.to_owned(), count);
        }
    }
}

impl Summary for TextForms {
    fn key(&self) -> String {
        "quality.text_forms".to_owned()
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self::default())
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        let column = only_column(batch)?;
        let Values::Text(texts) = column.values else { return Ok(()) };
        for (index, &row) in batch.rows.iter().enumerate() {
            if !column.is_valid(index) {
                continue;
            }
            let text = texts.get(index);
            let kind = TextKind::of(text);
            let form = self.kinds.entry(kind).or_default();
            form.count += 1;
            if form.first.len() < KEPT {
                form.first.push((row_number(row), shorten(text)));
            }
            if kind == TextKind::NullLike {
                self.note_null(text.trim(), 1);
            }
        }
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let later: Self = decode(later)?;
        for (kind, form) in later.kinds {
            let mine = self.kinds.entry(kind).or_default();
            mine.count += form.count;
            mine.first.extend(form.first);
            mine.first.truncate(KEPT);
        }
        for (text, count) in later.nulls {
            self.note_null(&text, count);
        }
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(self)
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>() + (self.kinds.len() * KEPT + self.nulls.len()) * 128
    }
}
