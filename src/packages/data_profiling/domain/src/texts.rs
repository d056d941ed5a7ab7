use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::summary::{ColumnProfileSummary, TextKind, TextKinds, ValueKind};
use shared_kernel_domain::table::Cell;

use crate::figure::{Figure, NO_VALUES};
use crate::histogram::{self, Histogram};
use crate::writing::TextWriting;

/// Figures of texts; lengths in characters (of bytes, in bytes).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TextProfile {
    /// Texts without a character.
    pub empty: u64,
    /// Texts with white space before or after.
    pub padded: u64,
    /// The shortest length.
    pub shortest: Figure<u64>,
    /// The longest length.
    pub longest: Figure<u64>,
    /// The mean length.
    pub mean_length: Figure<f64>,
    /// The median length.
    pub median_length: Figure<u64>,
    /// Texts by length, up to 1,023 characters, at most 40 bins; exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lengths: Option<Histogram>,
    /// What texts look like, by count.
    pub kinds: Vec<KindCount>,
    /// Ways in which "no value" was written, by count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub null_texts: Vec<NullText>,
    /// The sample standard deviation of the lengths (n - 1).
    #[serde(default)]
    pub length_deviation: Figure<f64>,
    /// Whether all texts have one length.
    #[serde(default)]
    pub constant_length: Figure<bool>,
    /// Texts of the longest length.
    #[serde(default)]
    pub of_longest_length: Figure<u64>,
    /// Characters of all texts.
    #[serde(default)]
    pub total_length: Figure<u64>,
    /// How texts, and not bytes, are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writing: Option<TextWriting>,
}

/// Texts that look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KindCount {
    /// What they look like.
    pub kind: TextKind,
    /// How many.
    pub count: u64,
}

/// A way to write "no value".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NullText {
    /// The text, without white space around it.
    pub text: String,
    /// How often.
    pub count: u64,
}

/// Figures of byte strings; their lengths are in [`TextProfile`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BytesProfile {
    /// The most frequent beginnings, of four bytes. When approximate, counts are lower bounds, and
    /// the error bounds how much higher they may be.
    pub prefixes: Vec<BytesPrefix>,
}

/// A beginning of byte strings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BytesPrefix {
    /// The bytes in hexadecimal.
    pub prefix: Cell,
    /// The kind of file that begins so, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_kind: Option<String>,
    /// How often.
    pub count: Measured<u64>,
}

impl TextProfile {
    pub(crate) fn new(summary: &ColumnProfileSummary, kinds: Option<&TextKinds>) -> Result<Self> {
        let counts = summary.counts();
        let lengths = summary.lengths();
        let exact =
            |length: Option<u64>| Figure::or_missing(length.map(Measured::exact), NO_VALUES);
        let mut by_kind: Vec<KindCount> = TextKind::ALL
            .into_iter()
            .filter_map(|kind| Some(KindCount { kind, count: kinds?.count(kind) }))
            .filter(|kind| kind.count > 0)
            .collect();
        by_kind.sort_by_key(|kind| std::cmp::Reverse(kind.count));
        let null_texts = kinds.map_or_else(Vec::new, TextKinds::null_texts);
        let deviation = lengths.standard_deviation().map(Measured::exact);
        let constant = lengths.min().map(|min| lengths.max() == Some(min));
        let writing = match kinds {
            Some(kinds) => Some(TextWriting::new(&summary.shapes()?, kinds)),
            None => None,
        };
        Ok(Self {
            empty: counts.empty_texts,
            padded: kinds.map_or(0, TextKinds::padded),
            shortest: exact(lengths.min()),
            longest: exact(lengths.max()),
            mean_length: Figure::or_missing(lengths.mean().map(Measured::exact), NO_VALUES),
            median_length: Figure::or_missing(lengths.quantile(0.5), NO_VALUES),
            lengths: histogram::of_lengths(&lengths),
            kinds: by_kind,
            null_texts: null_texts
                .into_iter()
                .map(|(text, count)| NullText { text, count })
                .collect(),
            length_deviation: Figure::or_missing(deviation, "one value has no spread"),
            constant_length: Figure::or_missing(constant.map(Measured::exact), NO_VALUES),
            of_longest_length: match lengths.counts().last() {
                Some((_, count)) if lengths.longer_texts() == 0 => Figure::exact(count),
                _ => Figure::missing("there is no text, or the longest are not counted by length"),
            },
            total_length: Figure::exact(lengths.total()),
            writing,
        })
    }

    /// Texts of a kind.
    pub(crate) fn count(&self, kind: TextKind) -> u64 {
        self.kinds.iter().find(|known| known.kind == kind).map_or(0, |known| known.count)
    }
}

impl BytesProfile {
    /// How many beginnings are listed.
    const LISTED: usize = 10;

    pub(crate) fn new(summary: &ColumnProfileSummary) -> Result<Option<Self>> {
        if summary.kind() != Some(ValueKind::Binary) {
            return Ok(None);
        }
        let prefixes = summary.prefixes()?.top(Self::LISTED).into_iter();
        let prefixes = prefixes.map(|top| BytesPrefix {
            file_kind: file_kind(&top.value.to_string()).map(str::to_owned),
            prefix: top.value,
            count: top.count,
        });
        Ok(Some(Self { prefixes: prefixes.collect() }))
    }
}

/// The kind of file that begins with these bytes, in hexadecimal.
fn file_kind(prefix: &str) -> Option<&'static str> {
    const KINDS: [(&str, &str); 14] = [
        ("0x89504e47", "PNG image"),
        ("0xffd8ff", "JPEG image"),
        ("0x47494638", "GIF image"),
        ("0x49492a00", "TIFF image"),
        ("0x4d4d002a", "TIFF image"),
        ("0x25504446", "PDF document"),
        ("0x504b0304", "ZIP archive"),
        ("0x1f8b", "gzip"),
        ("0x28b52ffd", "Zstandard"),
        ("0x50415231", "Parquet"),
        ("0x4f626a01", "Avro"),
        ("0x52494646", "RIFF (WAV, AVI, WebP)"),
        ("0x53514c69", "SQLite"),
        ("0x7f454c46", "ELF program"),
    ];
    KINDS.iter().find(|(bytes, _)| prefix.starts_with(bytes)).map(|&(_, kind)| kind)
}
