//! Merging what lies within nested columns: two tables may have other members in their records.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use shared_kernel_domain::Result;
use shared_kernel_domain::scan::ScanPlan;
use shared_kernel_domain::summary::{ListLengths, Summary};
use shared_kernel_domain::table::{
    Batch, Column, ColumnType, LeftOutPath, NestedContent, NestedField, NestedSchema, NestedUnit,
    Values,
};

use crate::nested::NestedSlots;

/// Missing values are taken in by so many at a time.
const STEP: u64 = 1_024;

/// What is within the columns of a table: the fields and their summaries, in the order of the plan.
pub(crate) struct NestedPart {
    pub(crate) schema: NestedSchema,
    pub(crate) summaries: Vec<Box<dyn Summary>>,
    /// Rows of the table.
    pub(crate) rows: u64,
}

impl NestedPart {
    /// Takes in what is within later rows. What is within only one of the two is missing in the other,
    /// as often as it could be there; what is of two kinds is left out.
    pub(crate) fn append(&mut self, later: Self) -> Result<()> {
        let mut left_out: BTreeMap<String, String> = BTreeMap::new();
        let given = [&self.schema, &later.schema].into_iter().flat_map(|it| &it.left_out);
        for LeftOutPath { path, reason } in given {
            left_out.entry(path.clone()).or_insert_with(|| reason.clone());
        }
        let mut fields = Vec::new();
        let mut summaries = Vec::new();
        let (rows, later_rows) = (self.rows, later.rows);
        let own = Known::of(&self.schema, rows, std::mem::take(&mut self.summaries));
        let other = Known::of(&later.schema, later_rows, later.summaries);
        let only_later = later.schema.fields.iter().filter(|it| own.field(it).is_none());
        let all: Vec<&NestedField> = self.schema.fields.iter().chain(only_later).collect();
        let mut states = (own, other);
        for field in all {
            let (own, other) = (&states.0, &states.1);
            if own.is_superseded(field, other) || other.is_superseded(field, own) {
                continue;
            }
            let conflict = own.conflict(field, other).or_else(|| other.conflict(field, own));
            if let Some(reason) = conflict {
                left_out.insert(field.path.clone(), reason);
                continue;
            }
            let merged_field = own.merged_field(field, other);
            let own = states.0.take(&merged_field)?;
            let other = states.1.take(&merged_field)?;
            for (mut own, other) in own.into_iter().zip(other) {
                own.merge_bytes(&other.to_bytes()?)?;
                summaries.push(own);
            }
            fields.push(merged_field);
        }
        number(&mut fields);
        let left_out = left_out.into_iter().map(|(path, reason)| LeftOutPath { path, reason });
        self.schema = NestedSchema { fields, left_out: left_out.collect() };
        self.summaries = summaries;
        Ok(())
    }
}

/// Gives the fields of each column places of their own.
fn number(fields: &mut [NestedField]) {
    let mut next: HashMap<String, u32> = HashMap::new();
    for field in fields {
        let place = next.entry(field.column.clone()).or_default();
        field.place = *place;
        *place += 1;
    }
}

/// The summaries of one field, empty.
fn empty(field: &NestedField) -> Vec<Box<dyn Summary>> {
    let mut plan = ScanPlan::default();
    let schema = NestedSchema { fields: vec![field.clone()], left_out: Vec::new() };
    let _ = NestedSlots::add(&mut plan, &schema);
    plan.into_items().into_iter().map(|item| item.summary).collect()
}

/// The path of a field, and whether it is that of lengths: items and lengths of a list share one.
type Key<'a> = (&'a str, bool);

fn key(field: &NestedField) -> Key<'_> {
    (&field.path, field.content == NestedContent::Lengths)
}

/// What is known of one of two tables.
struct Known<'a> {
    fields: BTreeMap<Key<'a>, &'a NestedField>,
    summaries: HashMap<Key<'a>, Vec<Box<dyn Summary>>>,
    /// Items of lists, by their path.
    items: HashMap<&'a str, u64>,
    left_out: BTreeSet<&'a str>,
    rows: u64,
}

impl<'a> Known<'a> {
    fn of(schema: &'a NestedSchema, rows: u64, given: Vec<Box<dyn Summary>>) -> Self {
        let mut given = given.into_iter();
        let mut known = Self {
            fields: BTreeMap::new(),
            summaries: HashMap::new(),
            items: HashMap::new(),
            left_out: schema.left_out.iter().map(|it| it.path.as_str()).collect(),
            rows,
        };
        for field in &schema.fields {
            let count = if field.content == NestedContent::Lengths { 1 } else { 2 };
            let of_field: Vec<Box<dyn Summary>> = given.by_ref().take(count).collect();
            if let [lengths] = &of_field[..] {
                let lengths =
                    (lengths.as_ref() as &dyn std::any::Any).downcast_ref::<ListLengths>();
                known.items.insert(&field.path, lengths.map_or(0, ListLengths::items));
            }
            known.fields.insert(key(field), field);
            known.summaries.insert(key(field), of_field);
        }
        known
    }

    fn field(&self, field: &NestedField) -> Option<&'a NestedField> {
        self.fields.get(&key(field)).copied()
    }

    /// Whether a field without any value here is a list or record in the other table.
    fn is_superseded(&self, field: &NestedField, other: &Self) -> bool {
        let own = self.field(field).map(|own| own.content);
        own == Some(NestedContent::Values(ColumnType::Null)) && other.has_within(&field.path)
    }

    /// Why a field here and what the other table has at or within its path are not one thing.
    fn conflict(&self, field: &NestedField, other: &Self) -> Option<String> {
        let own = self.field(field)?;
        let kind = |content| match content {
            NestedContent::Values(column_type) => ColumnType::name(column_type),
            NestedContent::Lengths => "list",
        };
        if let Some(known) = other.field(field) {
            let fits = match (own.content, known.content) {
                (NestedContent::Values(one), NestedContent::Values(other)) => {
                    one == other || one == ColumnType::Null || other == ColumnType::Null
                }
                (one, other) => one == other,
            };
            let same = own.unit == known.unit && own.list == known.list;
            return (!fits || !same).then(|| {
                format!(
                    "it is {} in one table, {} in another",
                    kind(own.content),
                    kind(known.content)
                )
            });
        }
        if other.left_out.contains(field.path.as_str()) {
            return Some("it is not looked into in one of the tables".to_owned());
        }
        let is_value = matches!(own.content, NestedContent::Values(it) if it != ColumnType::Null);
        if is_value && other.has_within(&field.path) {
            let kind = kind(own.content);
            return Some(format!("it is {kind} in one table, nested in another"));
        }
        around(&field.path).find_map(|path| {
            let known = other.fields.get(&(path, false))?;
            matches!(known.content, NestedContent::Values(it) if it != ColumnType::Null)
                .then(|| format!("{path} is {} in another table", kind(known.content)))
        })
    }

    /// Whether there are fields within a path.
    fn has_within(&self, path: &str) -> bool {
        [".", "[", "{"].into_iter().any(|sign| {
            let start = format!("{path}{sign}");
            let next = self.fields.range((start.as_str(), false)..).next();
            next.is_some_and(|((known, _), _)| known.starts_with(&start))
        })
    }

    /// The field as both tables have it: a type that only one knows is the type.
    fn merged_field(&self, field: &NestedField, other: &Self) -> NestedField {
        let known = [self, other].into_iter().filter_map(|it| it.field(field));
        let typed = known
            .map(|it| it.content)
            .find(|&content| content != NestedContent::Values(ColumnType::Null));
        NestedField { content: typed.unwrap_or(field.content), ..field.clone() }
    }

    /// The summaries of a field; of one that is not here, with a missing value wherever it could be.
    fn take(&mut self, field: &NestedField) -> Result<Vec<Box<dyn Summary>>> {
        let own = self.field(field);
        if let Some(known) = own.and_then(|own| self.summaries.remove(&key(own))) {
            return Ok(known);
        }
        let mut left = match (field.unit, &field.list) {
            (NestedUnit::Items, Some(list)) => self.items.get(list.as_str()).copied().unwrap_or(0),
            _ => self.rows,
        };
        let mut summaries = empty(field);
        let rows = [0; STEP as usize];
        while left > 0 {
            let len = left.min(STEP) as usize;
            let column = Column { values: Values::Null, validity: None, len, null_count: len };
            let rows = rows.get(..len).unwrap_or_default();
            for summary in &mut summaries {
                summary.update(&Batch { rows, columns: &[column] })?;
            }
            left -= len as u64;
        }
        Ok(summaries)
    }
}

/// The paths around a path, the next first. Signs within quoted names give paths that are none, which
/// no table has.
fn around(path: &str) -> impl Iterator<Item = &str> {
    let places = path.char_indices().rev().filter(|(_, sign)| matches!(sign, '.' | '[' | '{'));
    places.filter_map(|(place, _)| path.get(..place))
}
