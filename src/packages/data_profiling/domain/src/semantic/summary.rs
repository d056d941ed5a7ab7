use serde::{Deserialize, Serialize};
use shared_kernel_domain::summary::{Summary, ValueKind};
use shared_kernel_domain::table::{Batch, Column, Field, TextValues, Values};
use shared_kernel_domain::{Error, Result};

use super::embedded_email::{has_at_sign, has_email_inside};
use super::hash::{hash_bytes, hash_word};
use super::sample::{Sample, StoredSample, kept_start};
use super::verdict::{Evidence, SemanticProfile};

/// What is needed to say what the values of a column mean: see [`SemanticSummary::profile`].
///
/// Of texts and numbers a sample of different values is kept, with the exact count of each: all of
/// them while there are at most 1,024 (of 128 KiB, and of each at most 256 bytes), else those with
/// the smallest hashes. Values of other types are only counted. The state does not depend on how
/// rows were grouped or ordered.
#[derive(Clone, Debug)]
pub struct SemanticSummary {
    kind: Option<ValueKind>,
    values: u64,
    nulls: u64,
    emails_inside: u64,
    sample: Sample,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    kind: Option<ValueKind>,
    values: u64,
    nulls: u64,
    emails_inside: u64,
    sample: StoredSample,
}

impl Default for SemanticSummary {
    fn default() -> Self {
        Self::new()
    }
}

impl SemanticSummary {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self { kind: None, values: 0, nulls: 0, emails_inside: 0, sample: Sample::new() }
    }

    /// Values taken in, nulls left out.
    pub fn values(&self) -> u64 {
        self.values
    }

    /// Texts that hold an e-mail address, alone or among other words: exact, so that personal data
    /// in few rows of many is seen even where values are sampled.
    pub fn emails_inside(&self) -> u64 {
        self.emails_inside
    }

    /// What the column's values mean. The name of the field counts only where values leave it open.
    pub fn profile(&self, field: &Field) -> SemanticProfile {
        let sample = self.sample.stored();
        SemanticProfile::new(
            field,
            &Evidence {
                values: self.values,
                emails_inside: self.emails_inside,
                complete: sample.limit.is_none(),
                texts: sample
                    .values
                    .iter()
                    .map(|value| (value.text.as_str(), value.count))
                    .collect(),
            },
        )
    }

    fn take(&mut self, column: &Column<'_>) -> Result<()> {
        let kind = ValueKind::of(&column.values);
        let nulls = if kind.is_none() { column.len } else { column.null_count };
        self.nulls += nulls as u64;
        if nulls == column.len {
            return Ok(());
        }
        self.values += (column.len - nulls) as u64;
        self.adopt(kind)?;
        match column.values {
            Values::Text(texts) => self.take_texts(column, texts),
            Values::Integer(values) => self.take_numbers(column, values, hash_integer, write_text),
            Values::Float(values) => self.take_numbers(column, values, hash_float, write_text),
            Values::Decimal { values, scale } => {
                self.take_numbers(column, values, hash_decimal, |value, bytes| {
                    bytes.extend(decimal_text(value, scale).as_bytes());
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn take_texts(&mut self, column: &Column<'_>, texts: TextValues<'_>) {
        let (first, last) = (texts.offsets.first(), texts.offsets.get(column.len));
        let span =
            first.zip(last).and_then(|(&from, &to)| texts.bytes.get(from as usize..to as usize));
        let search_emails = span.is_some_and(has_at_sign);
        let has_nulls = column.null_count > 0;
        for (index, bounds) in texts.offsets.windows(2).take(column.len).enumerate() {
            let (&[from, to], true) = (bounds, !has_nulls || column.is_valid(index)) else {
                continue;
            };
            let Some(text) = texts.bytes.get(from as usize..to as usize) else { continue };
            let hash = hash_bytes(text);
            if self.sample.admits(hash) {
                self.sample.add(hash, 1, |bytes| bytes.extend(kept_start(text)));
            }
            if search_emails && has_email_inside(text) {
                self.emails_inside += 1;
            }
        }
    }

    fn take_numbers<T: Copy>(
        &mut self,
        column: &Column<'_>,
        values: &[T],
        hash: impl Fn(T) -> u64,
        write: impl Fn(T, &mut Vec<u8>),
    ) {
        let has_nulls = column.null_count > 0;
        for (index, &value) in values.iter().enumerate().take(column.len) {
            let hash = hash(value);
            if self.sample.admits(hash) && (!has_nulls || column.is_valid(index)) {
                self.sample.add(hash, 1, |bytes| write(value, bytes));
            }
        }
    }

    /// A column has one kind of values.
    fn adopt(&mut self, kind: Option<ValueKind>) -> Result<()> {
        if let (Some(seen), Some(later)) = (self.kind, kind)
            && seen != later
        {
            return Err(Error::internal(format!(
                "a column changed from {} to {} within a scan",
                seen.name(),
                later.name()
            )));
        }
        self.kind = self.kind.or(kind);
        Ok(())
    }
}

impl Summary for SemanticSummary {
    fn key(&self) -> String {
        "semantic".to_owned()
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self::new())
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        match batch.columns {
            [column] => self.take(column),
            columns => Err(Error::internal(format!(
                "a summary of one column was given {} columns",
                columns.len()
            ))),
        }
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let later: Stored = postcard::from_bytes(later).map_err(|cause| {
            Error::internal("the bytes of a semantic summary cannot be read back").caused_by(cause)
        })?;
        if is_sampled(later.kind) {
            later.sample.check(later.values)?;
        } else if !later.sample.values.is_empty() || later.sample.limit.is_some() {
            return Err(Error::internal(
                "a semantic summary holds values of a type it only counts",
            ));
        }
        let sum = |own: u64, later: u64| {
            own.checked_add(later)
                .ok_or_else(|| Error::internal("a semantic summary counts more than 2⁶⁴ values"))
        };
        let (values, nulls) = (sum(self.values, later.values)?, sum(self.nulls, later.nulls)?);
        let emails_inside = sum(self.emails_inside, later.emails_inside)?;
        if later.kind.is_none() && later.values > 0 || emails_inside > values {
            return Err(Error::internal("the counts of a semantic summary contradict themselves"));
        }
        self.adopt(later.kind)?;
        (self.values, self.nulls, self.emails_inside) = (values, nulls, emails_inside);
        self.sample.merge(later.sample);
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let stored = Stored {
            kind: self.kind,
            values: self.values,
            nulls: self.nulls,
            emails_inside: self.emails_inside,
            sample: self.sample.stored(),
        };
        postcard::to_stdvec(&stored)
            .map_err(|cause| Error::internal("a summary does not serialise").caused_by(cause))
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.sample.heap_bytes()
    }
}

/// Whether values are kept, not only counted.
fn is_sampled(kind: Option<ValueKind>) -> bool {
    matches!(
        kind,
        Some(ValueKind::Text | ValueKind::Integer | ValueKind::Float | ValueKind::Decimal { .. })
    )
}

fn hash_integer(value: i64) -> u64 {
    hash_word(value as u64)
}

/// One zero, one NaN.
fn hash_float(value: f64) -> u64 {
    hash_word(if value.is_nan() { f64::NAN } else { value + 0.0 }.to_bits())
}

fn hash_decimal(value: i128) -> u64 {
    hash_bytes(&value.to_le_bytes())
}

fn write_text(value: impl std::fmt::Display, bytes: &mut Vec<u8>) {
    let text = value.to_string();
    let text = if text == "-0" { "0" } else { text.as_str() };
    bytes.extend(kept_start(text.as_bytes()));
}

/// `value` × 10^-scale, without zeros at the end of the fraction.
fn decimal_text(value: i128, scale: i8) -> String {
    if scale <= 0 {
        let zeros = if value == 0 { 0 } else { usize::from(scale.unsigned_abs()) };
        return format!("{value}{}", "0".repeat(zeros));
    }
    let places = usize::from(scale.unsigned_abs());
    let digits = format!("{:0width$}", value.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if value < 0 { "-" } else { "" };
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_written_as_people_write_them() {
        for (value, scale, text) in [
            (5, 3, "0.005"),
            (-4_071_280, 5, "-40.7128"),
            (700, 2, "7"),
            (7, -2, "700"),
            (0, 4, "0"),
            (i128::MIN, 0, "-170141183460469231731687303715884105728"),
        ] {
            assert_eq!(decimal_text(value, scale), text);
        }
    }
}
