mod categories;
mod meaning;
mod missing;
mod numbers;
mod texts;
mod values;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared_kernel_domain::summary::ColumnProfileSummary;
use shared_kernel_domain::table::Cell;

use crate::column::ColumnProfile;
use crate::nested::NestedProfile;
use crate::structure::{self, TableStructure};

/// Fewer values than this tell little about skewness, uniqueness or balance.
const FEW_VALUES: u64 = 20;

/// What can be found about a column, or about the table.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Every value is missing.
    AllNull,
    /// There is only one value.
    Constant,
    /// Every value is different.
    Unique,
    /// Many values are missing.
    HighNullShare,
    /// Texts stand for missing values.
    DisguisedNulls,
    /// Texts look like more than one type.
    MixedTypes,
    /// Values are NaN or infinite.
    NotFinite,
    /// The distribution leans far to one side.
    Skewed,
    /// Few of the different values have most of the rows.
    Imbalanced,
    /// The table has no rows.
    Empty,
    /// Nearly all values are one value.
    NearConstant,
    /// Many values are zero.
    Zeros,
    /// Texts that repeat have very many different values.
    HighCardinality,
    /// What is within the values is not looked at.
    Unsupported,
    /// Texts are dates.
    DatesInText,
    /// Different texts seem to mean one category.
    DirtyCategories,
    /// All texts have one length.
    ConstantLength,
    /// The values are spread as evenly as can be.
    Uniform,
    /// Values lie far outside of where most are.
    Outliers,
    /// Texts begin or end with white space.
    Padded,
    /// Texts hold characters that cannot be seen.
    InvisibleCharacters,
    /// Codes have zeros in front, which are lost when they are read as numbers.
    LeadingZeros,
    /// Numbers seem to be rounded by hand.
    Heaping,
    /// Texts seem to be cut at a largest length.
    Truncated,
    /// Rows repeat earlier ones.
    DuplicateRows,
    /// Values point at persons.
    PersonalData,
    /// Times lie in the future.
    FutureTimes,
    /// Dates that stand for "no date".
    DefaultDates,
    /// What is a key but for a few rows.
    NearKey,
    /// One column determines another but for a few rows.
    NearDependency,
    /// Local times that jump with the clocks.
    DaylightSaving,
    /// Times are missing from a series.
    TimeGaps,
    /// Numbers are missing from a sequence, or repeat.
    SequenceGaps,
    /// A few times or numbers come out of order.
    OutOfOrder,
    /// Two columns hold the same values.
    DuplicateColumns,
    /// Two columns say the same thing in other words.
    EquivalentColumns,
    /// Columns are missing together.
    MissingTogether,
    /// Two columns are strongly associated.
    Associated,
    /// Columns identify a row.
    Key,
    /// Columns determine another one.
    Dependency,
    /// Times follow one another in even steps.
    Cadence,
    /// Numbers count.
    Sequence,
}

impl FindingKind {
    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AllNull => "all null",
            Self::Constant => "constant",
            Self::Unique => "unique",
            Self::HighNullShare => "many nulls",
            Self::DisguisedNulls => "disguised nulls",
            Self::MixedTypes => "mixed types",
            Self::NotFinite => "not finite",
            Self::Skewed => "skewed",
            Self::Imbalanced => "imbalanced",
            Self::Empty => "empty",
            Self::NearConstant => "near constant",
            Self::Zeros => "many zeros",
            Self::HighCardinality => "high cardinality",
            Self::Unsupported => "not looked into",
            Self::DatesInText => "dates in text",
            Self::DirtyCategories => "dirty categories",
            Self::ConstantLength => "constant length",
            Self::Uniform => "uniform",
            Self::Outliers => "outliers",
            Self::Padded => "padded texts",
            Self::InvisibleCharacters => "invisible characters",
            Self::LeadingZeros => "leading zeros",
            Self::Heaping => "rounded values",
            Self::Truncated => "truncated texts",
            Self::DuplicateRows => "repeated rows",
            Self::PersonalData => "personal data",
            Self::FutureTimes => "times in the future",
            Self::DefaultDates => "default dates",
            Self::NearKey => "nearly a key",
            Self::NearDependency => "broken dependency",
            Self::DaylightSaving => "daylight saving time",
            Self::TimeGaps => "gaps in time",
            Self::SequenceGaps => "gaps in a sequence",
            Self::OutOfOrder => "out of order",
            Self::DuplicateColumns => "duplicate columns",
            Self::EquivalentColumns => "equivalent columns",
            Self::MissingTogether => "missing together",
            Self::Associated => "strongly associated",
            Self::Key => "key",
            Self::Dependency => "dependency",
            Self::Cadence => "cadence",
            Self::Sequence => "sequence",
        }
    }

    /// How much it matters, from 0 to 100. From 70 on values are probably wrong or of no use, from
    /// 40 on they deserve a look before they are relied on, below that it is good to know.
    pub fn importance(self) -> u8 {
        match self {
            Self::Empty => 100,
            Self::AllNull => 95,
            Self::MixedTypes => 90,
            Self::DisguisedNulls => 85,
            Self::NotFinite => 80,
            Self::HighNullShare => 75,
            Self::DuplicateRows => 78,
            Self::PersonalData => 73,
            Self::DirtyCategories => 72,
            Self::Constant => 70,
            Self::FutureTimes => 68,
            Self::DefaultDates => 66,
            Self::InvisibleCharacters => 65,
            Self::NearKey => 63,
            Self::Truncated => 62,
            Self::Padded => 60,
            Self::DaylightSaving => 57,
            Self::NearConstant => 55,
            Self::DatesInText => 52,
            Self::LeadingZeros => 50,
            Self::TimeGaps => 48,
            Self::SequenceGaps => 46,
            Self::Outliers => 45,
            Self::OutOfOrder => 44,
            Self::DuplicateColumns => 43,
            Self::Skewed => 42,
            Self::Unsupported => 40,
            Self::Imbalanced => 35,
            Self::NearDependency => 38,
            Self::EquivalentColumns => 33,
            Self::MissingTogether => 32,
            Self::Associated => 31,
            Self::Heaping => 30,
            Self::Zeros => 28,
            Self::HighCardinality => 25,
            Self::Unique => 20,
            Self::Key => 18,
            Self::Dependency => 15,
            Self::Uniform => 12,
            Self::ConstantLength => 10,
            Self::Cadence => 8,
            Self::Sequence => 7,
        }
    }
}

/// Something a careful reader would point out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The column; empty where it is the table, or several columns.
    pub column: String,
    /// The columns, where it is about several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// It in a plain sentence.
    pub sentence: String,
    /// The figures it rests on, by name; `threshold` is what they were held against.
    pub evidence: BTreeMap<String, Value>,
    /// How much it matters, from 0 to 100: see [`FindingKind::importance`].
    #[serde(default)]
    pub importance: u8,
}

impl Finding {
    /// The sentence, after the column it is about where it does not name it.
    pub fn told(&self) -> String {
        match self.column.as_str() {
            "" => self.sentence.clone(),
            column => format!("{column}: {}", self.sentence),
        }
    }
}

/// What is to be pointed out: the most important first, then in the order of the columns; and how
/// many findings are left out, of kinds of which there are very many.
pub(crate) fn all_findings<'a>(
    rows: u64,
    columns: impl Iterator<Item = (&'a ColumnProfile, &'a ColumnProfileSummary)>,
    nested: Option<&NestedProfile>,
    structure: Option<&TableStructure>,
) -> (Vec<Finding>, u64) {
    let mut columns = columns.peekable();
    if rows == 0 {
        // Without columns there is no table to speak of.
        let empty = columns.peek().map(|_| {
            let sentence = "the table has no rows".to_owned();
            finding_of("", FindingKind::Empty, sentence, [("rows", json!(rows))])
        });
        return (empty.into_iter().collect(), 0);
    }
    let mut findings: Vec<Finding> =
        columns.flat_map(|(column, summary)| findings(column, summary)).collect();
    if let Some(nested) = nested {
        findings.retain(|it| it.kind != FindingKind::Unsupported || !nested.looks_into(&it.column));
    }
    let (of_structure, unlisted) = structure.map(structure::findings).unwrap_or_default();
    // A column that is a key has been called unique.
    let is_told = |found: &Finding| {
        let unique =
            |known: &Finding| known.kind == FindingKind::Unique && known.column == found.column;
        found.kind == FindingKind::Key && findings.iter().any(unique)
    };
    let new: Vec<Finding> = of_structure.into_iter().filter(|found| !is_told(found)).collect();
    findings.extend(new);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.importance));
    (findings, unlisted)
}

/// What is to be pointed out about a column.
fn findings(column: &ColumnProfile, summary: &ColumnProfileSummary) -> Vec<Finding> {
    if column.values() == 0 {
        return vec![missing::all_null(column)];
    }
    [
        missing::high_null_share(column),
        missing::disguised_nulls(column),
        values::constant(column),
        values::near_constant(column),
        values::imbalanced(column),
        values::unique(column),
        values::high_cardinality(column),
        values::uniform(column),
        values::unsupported(column),
        numbers::not_finite(column),
        numbers::skewed(column),
        numbers::zeros(column),
        numbers::outliers(column),
        numbers::heaping(column),
        texts::mixed_types(column),
        texts::dates(column),
        texts::leading_zeros(column),
        texts::padded(column),
        texts::invisible_characters(column),
        texts::constant_length(column),
        texts::truncated(column, summary),
        categories::dirty(column, summary),
        meaning::personal(column),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn finding<const N: usize>(
    column: &ColumnProfile,
    kind: FindingKind,
    sentence: String,
    evidence: [(&str, Value); N],
) -> Finding {
    finding_of(&column.name, kind, sentence, evidence)
}

pub(crate) fn finding_of<'a>(
    column: &str,
    kind: FindingKind,
    sentence: String,
    evidence: impl IntoIterator<Item = (&'a str, Value)>,
) -> Finding {
    let evidence = evidence.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let importance = kind.importance();
    Finding { kind, column: column.to_owned(), columns: Vec::new(), sentence, evidence, importance }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// How many texts do what, as a sentence begins.
fn texts(count: u64, one: &str, several: &str) -> String {
    if count == 1 { format!("1 text {one}") } else { format!("{count} texts {several}") }
}

/// A value within a sentence.
pub(crate) fn quoted(value: &Cell) -> String {
    match value {
        Cell::Text(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}
