//! Which columns tell something about one another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::table::Field;

use super::levels::Levels;
use super::row_sample::RowSample;
use super::sampled_table::{SampledColumn, SampledTable};
use super::statistics::{
    Contingency, Strength, correlation_ratio, dot, normalise, order, pearson, ranks, spearman,
};
use super::work::WorkBudget;

/// Steps for all measures of one pair, per row.
const STEPS_PER_ROW: u64 = 6;

/// When the budget is short, rows are given up first, down to so many, and then pairs.
const FEWEST_SAMPLED_ROWS: u64 = 1_000;

/// Fewer rows tell nothing about an association.
const FEWEST_ROWS: usize = 10;

/// So many pairs are listed.
const LISTED_PAIRS: usize = 100;

/// Up to so many columns there is a matrix.
const MATRIX_COLUMNS: usize = 50;

/// How an association is measured.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AssociationMeasure {
    /// Pearson's correlation of two columns of numbers or times, from -1 to 1.
    Pearson,
    /// Spearman's rank correlation of the same, ties averaged.
    Spearman,
    /// Cramér's V of two columns of categories, bias-corrected (Bergsma 2013), from 0 to 1.
    CramersV,
    /// The correlation ratio of numbers by category, bias-corrected (Kelley 1935), from 0 to 1.
    CorrelationRatio,
    /// Mutual information divided by the geometric mean of the entropies, from 0 to 1.
    MutualInformation,
}

impl AssociationMeasure {
    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pearson => "Pearson correlation",
            Self::Spearman => "Spearman correlation",
            Self::CramersV => "Cramér's V",
            Self::CorrelationRatio => "correlation ratio",
            Self::MutualInformation => "normalised mutual information",
        }
    }
}

/// One measure of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssociationFigure {
    /// How it is measured.
    pub measure: AssociationMeasure,
    /// The figure.
    pub value: Measured<f64>,
    /// The rows it rests on: those in which both columns have a value.
    pub rows: u64,
}

/// Two columns and how they are associated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PairAssociation {
    /// The column that stands first in the table.
    pub left: String,
    /// The other one.
    pub right: String,
    /// All measures that have a meaning for them.
    pub figures: Vec<AssociationFigure>,
}

impl PairAssociation {
    /// The figure furthest from 0, the first of equal ones.
    pub fn strongest(&self) -> Option<&AssociationFigure> {
        let ascending = |a: &&AssociationFigure, b: &&AssociationFigure| {
            a.value.value.abs().total_cmp(&b.value.value.abs())
        };
        self.figures.iter().rev().max_by(ascending)
    }

    fn strength(&self) -> f64 {
        self.strongest().map_or(0.0, |figure| figure.value.value.abs())
    }
}

/// The largest association of each pair of columns, for a heat map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssociationMatrix {
    /// The columns, in the order of the table.
    pub columns: Vec<String>,
    /// Line by line; signed where the strongest measure is; null where there is none.
    pub values: Vec<Vec<Option<f64>>>,
}

/// A column without associations, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOutColumn {
    /// The column.
    pub column: String,
    /// Why.
    pub reason: String,
}

/// Associations of the pairs of columns.
///
/// Of categories with more than 100 values (or a tenth of the rows), the rarer ones count as one;
/// for mutual information numbers are put into up to 16 bins of equally many rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Associations {
    /// Pairs of columns that can be associated.
    pub pairs: u64,
    /// Pairs computed.
    pub computed_pairs: u64,
    /// Pairs not computed.
    pub left_out_pairs: u64,
    /// Which pairs were computed, in a sentence.
    pub rule: String,
    /// Rows every pair was looked at in, missing values included.
    pub rows: Measured<u64>,
    /// Columns without associations.
    pub left_out_columns: Vec<LeftOutColumn>,
    /// The strongest pairs, by their strongest figure.
    pub strongest: Vec<PairAssociation>,
    /// Of a table of up to 50 columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<AssociationMatrix>,
}

/// Associations on a sample: as many rows as the budget allows for all pairs, then as many pairs.
pub(super) fn associations(
    sample: &RowSample,
    fields: &[Field],
    most_pairs: u64,
    budget: WorkBudget,
) -> Result<Associations> {
    let whole = SampledTable::of(sample, fields, usize::MAX)?;
    let mut left_out_columns = Vec::new();
    let mut places = Vec::new();
    for (place, column) in whole.columns.iter().enumerate() {
        match obstacle(column) {
            None => places.push(place),
            Some(reason) => left_out_columns.push(LeftOutColumn {
                column: column.field.name.clone(),
                reason: reason.to_owned(),
            }),
        }
    }
    let all_pairs = (places.len() * places.len().saturating_sub(1) / 2) as u64;
    let rows = whole.rows as u64;
    let affordable = budget.count() / (all_pairs.min(most_pairs).max(1) * STEPS_PER_ROW);
    let used_rows = affordable.clamp(FEWEST_SAMPLED_ROWS.min(rows), rows);
    let table = if used_rows < rows {
        SampledTable::of(sample, fields, used_rows as usize)?
    } else {
        whole
    };
    let affordable_pairs = budget.count() / (used_rows * STEPS_PER_ROW).max(1);
    let pairs = all_pairs.min(most_pairs).min(affordable_pairs);

    let columns: Vec<Prepared<'_>> =
        places.iter().filter_map(|&place| table.columns.get(place)).map(Prepared::of).collect();
    let (strongest, matrix) = compute(&table, &columns, pairs as usize);
    Ok(Associations {
        pairs: all_pairs,
        computed_pairs: pairs,
        left_out_pairs: all_pairs - pairs,
        rule: rule(all_pairs, pairs, table.is_whole, used_rows),
        rows: table.measured(used_rows, table.rows),
        left_out_columns,
        strongest,
        matrix,
    })
}

fn rule(all_pairs: u64, pairs: u64, is_whole: bool, rows: u64) -> String {
    let rows = if is_whole { "all rows".to_owned() } else { format!("a sample of {rows} rows") };
    if pairs == all_pairs {
        return format!("all pairs were computed on {rows}");
    }
    format!(
        "{pairs} of {all_pairs} pairs were computed on {rows}, within the budget: columns that \
         stand near each other in the table first"
    )
}

/// Why a column has no associations.
fn obstacle(column: &SampledColumn) -> Option<&'static str> {
    let values = column.codes.len() - column.null_count;
    let distinct = column.distinct - usize::from(column.null_count > 0);
    if values == 0 {
        return Some("it has no values");
    }
    if distinct < 2 {
        return Some("it has only one value");
    }
    (column.numbers.is_none() && distinct * 2 > values).then_some("nearly every value is different")
}

/// The pairs in the order they are computed: by the distance of their columns, then by the first.
fn pairs_by_distance(columns: usize) -> impl Iterator<Item = (usize, usize)> {
    (1..columns)
        .flat_map(move |distance| (0..columns - distance).map(move |left| (left, left + distance)))
}

fn compute(
    table: &SampledTable,
    columns: &[Prepared<'_>],
    pairs: usize,
) -> (Vec<PairAssociation>, Option<AssociationMatrix>) {
    let mut listed: Vec<((usize, usize), PairAssociation)> = Vec::new();
    let mut values = (columns.len() <= MATRIX_COLUMNS && !columns.is_empty())
        .then(|| vec![vec![None; columns.len()]; columns.len()]);
    for (left, right) in pairs_by_distance(columns.len()).take(pairs) {
        let (Some(first), Some(second)) = (columns.get(left), columns.get(right)) else { continue };
        let pair = first.with(second, table);
        let Some(strongest) = pair.strongest() else { continue };
        if let Some(values) = &mut values {
            values[left][right] = Some(strongest.value.value);
            values[right][left] = Some(strongest.value.value);
        }
        listed.push(((left, right), pair));
        if listed.len() >= 4 * LISTED_PAIRS {
            keep_strongest(&mut listed);
        }
    }
    keep_strongest(&mut listed);
    let matrix = values.map(|values| AssociationMatrix {
        columns: columns.iter().map(|column| column.name.to_owned()).collect(),
        values,
    });
    (listed.into_iter().map(|(_, pair)| pair).collect(), matrix)
}

fn keep_strongest(listed: &mut Vec<((usize, usize), PairAssociation)>) {
    listed.sort_by(|(place, pair), (other_place, other)| {
        other.strength().total_cmp(&pair.strength()).then(place.cmp(other_place))
    });
    listed.truncate(LISTED_PAIRS);
}

/// A column as the measures need it.
struct Prepared<'a> {
    name: &'a str,
    numbers: Option<Numbers<'a>>,
    /// For Cramér's V and the correlation ratio; of categories only.
    categories: Option<Levels>,
    /// For mutual information.
    few_levels: Levels,
}

struct Numbers<'a> {
    values: &'a [f64],
    order: Vec<u32>,
    /// When no number is missing: centred, of length 1, and so the ranks; `None` also when constant.
    direction: Option<(Vec<f64>, Vec<f64>)>,
    is_complete: bool,
}

impl<'a> Numbers<'a> {
    fn of(values: &'a [f64]) -> Self {
        let order = order(values);
        let is_complete = order.len() == values.len();
        let direction = is_complete
            .then(|| {
                let (mut numbers, mut ranks) = (values.to_vec(), ranks(values, &order, values));
                (normalise(&mut numbers) && normalise(&mut ranks)).then_some((numbers, ranks))
            })
            .flatten();
        Self { values, order, direction, is_complete }
    }

    /// Pearson's and Spearman's correlation.
    fn correlations(&self, other: &Self) -> [Option<Strength>; 2] {
        if let (Some((x, x_ranks)), Some((y, y_ranks))) = (&self.direction, &other.direction) {
            let strength = |value: f64| Strength { value: value.clamp(-1.0, 1.0), rows: x.len() };
            return [Some(strength(dot(x, y))), Some(strength(dot(x_ranks, y_ranks)))];
        }
        if self.is_complete && self.direction.is_none()
            || other.is_complete && other.direction.is_none()
        {
            return [None, None];
        }
        [
            pearson(self.values, other.values),
            spearman(self.values, &self.order, other.values, &other.order),
        ]
    }
}

impl<'a> Prepared<'a> {
    fn of(column: &'a SampledColumn) -> Self {
        let rows = column.codes.len();
        let most_categories = (rows / 10).clamp(2, 100);
        // With so many bins, independent columns share at most 0.1 nats by chance.
        let most_bins = ((rows as f64 / 5.0).sqrt() as usize).clamp(2, 16);
        let numbers = column.numbers.as_deref().map(Numbers::of);
        let few_levels = match &numbers {
            Some(numbers) => Levels::of_numbers(numbers.values, &numbers.order, most_bins),
            None => Levels::of_values(column, most_bins),
        };
        let categories = numbers.is_none().then(|| Levels::of_values(column, most_categories));
        Self { name: &column.field.name, numbers, categories, few_levels }
    }

    fn with(&self, other: &Self, table: &SampledTable) -> PairAssociation {
        let mut figures = Vec::new();
        let mut add = |measure, strength: Option<Strength>| {
            if let Some(Strength { value, rows }) = strength
                && rows >= FEWEST_ROWS
                && value.is_finite()
            {
                let value = table.measured(value, rows);
                figures.push(AssociationFigure { measure, value, rows: rows as u64 });
            }
        };
        match (&self.numbers, &self.categories, &other.numbers, &other.categories) {
            (Some(left), _, Some(right), _) => {
                let [pearson, spearman] = left.correlations(right);
                add(AssociationMeasure::Pearson, pearson);
                add(AssociationMeasure::Spearman, spearman);
            }
            (None, Some(left), None, Some(right)) => {
                let counts = Contingency::of(&left.of_row, left.count, &right.of_row, right.count);
                add(AssociationMeasure::CramersV, counts.cramers_v());
            }
            (Some(numbers), _, None, Some(levels)) | (None, Some(levels), Some(numbers), _) => {
                let ratio = correlation_ratio(numbers.values, &levels.of_row, levels.count);
                add(AssociationMeasure::CorrelationRatio, ratio);
            }
            _ => {}
        }
        let (left, right) = (&self.few_levels, &other.few_levels);
        let counts = Contingency::of(&left.of_row, left.count, &right.of_row, right.count);
        add(AssociationMeasure::MutualInformation, counts.mutual_information());
        PairAssociation { left: self.name.to_owned(), right: other.name.to_owned(), figures }
    }
}
