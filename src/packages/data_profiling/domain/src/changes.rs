use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::table::{Cell, ColumnType};

use crate::column::ColumnProfile;
use crate::drift::{ColumnDrift, drift};
use crate::figure::Figure;
use crate::profile::Profile;
use crate::value_changes::value_changes;

/// The share of missing values must move by so much.
const LEAST_SHARE: f64 = 0.01;

/// A mean or median must move by so much of the standard deviation before.
const LEAST_SHIFT: f64 = 0.05;

/// What kind of change it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The column is new.
    ColumnAdded,
    /// The column is gone.
    ColumnRemoved,
    /// The column has another type.
    TypeChanged,
    /// There are more or fewer rows.
    Rows,
    /// More or fewer values are missing.
    NullShare,
    /// The mean moved.
    Mean,
    /// The median moved.
    Median,
    /// Values are smaller or larger than any before.
    Range,
    /// A value that was not there is frequent.
    NewValue,
    /// A value that was frequent is not there.
    VanishedValue,
    /// A value has another share.
    ValueShare,
}

/// What a change of the columns means for those who read the table.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Compatibility {
    /// Whoever read the table before can read it now.
    Compatible,
    /// Every value of the type before is one of the type now, but readers have to expect more.
    Widening,
    /// Readers that rely on the column fail.
    Breaking,
}

impl Compatibility {
    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Widening => "widening",
            Self::Breaking => "breaking",
        }
    }

    fn of_types(before: ColumnType, after: ColumnType) -> Self {
        use ColumnType::{
            Boolean, Date, Decimal, Float, Integer, List, Null, Struct, Text, Timestamp,
        };
        match (before, after) {
            (Null, _) => Self::Compatible,
            (Integer, Float | Decimal) | (Decimal, Float) | (Date, Timestamp) => Self::Widening,
            (Boolean | Integer | Decimal | Float | Date | Timestamp | List | Struct, Text) => {
                Self::Widening
            }
            _ => Self::Breaking,
        }
    }
}

/// A difference between two profiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// What kind of change it is.
    pub kind: ChangeKind,
    /// The column; none where it is the table that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What it was.
    pub before: Cell,
    /// What it is now.
    pub after: Cell,
    /// How large the change is, from 0 to 1, to put the largest first: 1 for columns and types,
    /// the change itself for shares, and d / (1 + d) for a move by d times the spread before.
    pub size: f64,
    /// It in a plain sentence.
    pub sentence: String,
    /// Of columns that came, went or changed their type: what it means for readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compatibility: Option<Compatibility>,
}

/// What changed between two versions of a table, the largest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileChanges {
    /// Always `pynomaly.profile_changes/1`.
    pub schema: String,
    /// The version before, if it is one of a dataset.
    pub from_version: Option<u32>,
    /// The version now, if it is one of a dataset.
    pub to_version: Option<u32>,
    /// Rows before.
    pub rows_before: u64,
    /// Rows now.
    pub rows_after: u64,
    /// Whether every value is the same.
    pub identical: bool,
    /// The differences.
    pub changes: Vec<Change>,
    /// How far the values of each column moved that both have, the farthest first.
    #[serde(default)]
    pub drift: Vec<ColumnDrift>,
}

impl ProfileChanges {
    /// The schema's name.
    pub const SCHEMA: &'static str = "pynomaly.profile_changes/1";
}

/// What changed from one profile to the next.
pub fn compare(previous: &Profile, current: &Profile) -> ProfileChanges {
    let mut changes: Vec<Change> = rows_changed(previous, current).into_iter().collect();
    for column in current.all_columns() {
        match counterpart(previous, column) {
            None if !is_told(previous, column) => {}
            None => changes.push(added(column)),
            Some(before) if before.stored_type != column.stored_type => {
                changes.push(type_changed(before, column));
            }
            Some(before) => changes.extend(column_changes(before, column)),
        }
    }
    let both = |column: &&ColumnProfile| {
        counterpart(previous, column).is_some_and(|it| it.stored_type == column.stored_type)
    };
    let moved = current.all_columns().filter(both);
    let mut drift: Vec<ColumnDrift> =
        moved.filter_map(|column| Some(drift(counterpart(previous, column)?, column))).collect();
    // Stable: columns of one effect stay in the table's order.
    drift.sort_by_key(|column| std::cmp::Reverse(column.effect));
    let is_gone = |column: &&ColumnProfile| {
        counterpart(current, column).is_none() && is_told(current, column)
    };
    changes.extend(previous.all_columns().filter(is_gone).map(removed));
    // Stable: changes of one size stay in the order of the columns.
    changes.sort_by(|a, b| b.size.total_cmp(&a.size));
    let version = |profile: &Profile| profile.dataset.as_ref().map(|dataset| dataset.version);
    ProfileChanges {
        schema: ProfileChanges::SCHEMA.to_owned(),
        from_version: version(previous),
        to_version: version(current),
        rows_before: previous.rows,
        rows_after: current.rows,
        identical: previous.digest == current.digest,
        changes,
        drift,
    }
}

/// The column of another profile that has the name and place of this one.
fn counterpart<'a>(other: &'a Profile, column: &ColumnProfile) -> Option<&'a ColumnProfile> {
    match &column.within {
        None => other.column(&column.name),
        Some(_) => other.nested.as_ref()?.columns.iter().find(|it| it.name == column.name),
    }
}

/// Whether another profile, if it lacks a column, says so: one that did not look into the column
/// around it does not.
fn is_told(other: &Profile, column: &ColumnProfile) -> bool {
    let looks = |column: &str| other.nested.as_ref().is_some_and(|it| it.looks_into(column));
    column.within.as_ref().is_none_or(|within| looks(&within.column))
}

fn rows_changed(previous: &Profile, current: &Profile) -> Option<Change> {
    let (before, after) = (previous.rows, current.rows);
    if before == after {
        return None;
    }
    let difference = before.abs_diff(after);
    let word = if after > before { "more" } else { "fewer" };
    Some(Change {
        kind: ChangeKind::Rows,
        column: None,
        before: Cell::Integer(before as i64),
        after: Cell::Integer(after as i64),
        size: difference as f64 / before.max(after) as f64,
        sentence: format!("{difference} {word} rows: {before} became {after}"),
        compatibility: None,
    })
}

fn added(column: &ColumnProfile) -> Change {
    let name = column.stored_type.name();
    Change {
        kind: ChangeKind::ColumnAdded,
        column: Some(column.name.clone()),
        before: Cell::Null,
        after: Cell::Text(name.to_owned()),
        size: 1.0,
        sentence: format!("column {:?} ({name}) is new", column.name),
        compatibility: Some(Compatibility::Compatible),
    }
}

fn removed(column: &ColumnProfile) -> Change {
    let name = column.stored_type.name();
    Change {
        kind: ChangeKind::ColumnRemoved,
        column: Some(column.name.clone()),
        before: Cell::Text(name.to_owned()),
        after: Cell::Null,
        size: 1.0,
        sentence: format!("column {:?} ({name}) is gone", column.name),
        compatibility: Some(Compatibility::Breaking),
    }
}

fn type_changed(before: &ColumnProfile, after: &ColumnProfile) -> Change {
    let (old, new) = (before.stored_type.name(), after.stored_type.name());
    Change {
        kind: ChangeKind::TypeChanged,
        column: Some(after.name.clone()),
        before: Cell::Text(old.to_owned()),
        after: Cell::Text(new.to_owned()),
        size: 1.0,
        sentence: format!("{:?} became {new}, it was {old}", after.name),
        compatibility: Some(Compatibility::of_types(before.stored_type, after.stored_type)),
    }
}

fn column_changes(before: &ColumnProfile, after: &ColumnProfile) -> Vec<Change> {
    let mut changes = Vec::new();
    changes.extend(null_share_changed(before, after));
    changes.extend(mean_moved(before, after));
    changes.extend(median_moved(before, after));
    changes.extend(range_widened(before, after));
    changes.extend(value_changes(before, after));
    changes
}

pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn null_share_changed(before: &ColumnProfile, after: &ColumnProfile) -> Option<Change> {
    let (old, new) = (*before.null_share.value()?, *after.null_share.value()?);
    let size = (new - old).abs();
    // The first missing values of a column that had none are worth a word, however few.
    if size < LEAST_SHARE && (size == 0.0 || (old > 0.0 && new > 0.0)) {
        return None;
    }
    Some(Change {
        kind: ChangeKind::NullShare,
        column: Some(after.name.clone()),
        before: Cell::Float(old),
        after: Cell::Float(new),
        size,
        sentence: format!(
            "{} of {:?} is missing, it was {}",
            percent(new),
            after.name,
            percent(old)
        ),
        compatibility: None,
    })
}

fn deviation(column: &ColumnProfile) -> Option<f64> {
    column.numbers.as_ref()?.standard_deviation.value().copied().filter(|&spread| spread > 0.0)
}

fn number(figure: Option<&Figure<Cell>>) -> Option<f64> {
    match figure?.value()? {
        Cell::Integer(value) => Some(*value as f64),
        Cell::Float(value) => Some(*value),
        Cell::Text(value) => value.parse().ok(),
        Cell::Null | Cell::Boolean(_) => None,
    }
}

/// A move by `distance`, measured by the standard deviation before.
fn moved(
    kind: ChangeKind,
    what: &str,
    column: &ColumnProfile,
    figures: (f64, f64),
    spread: f64,
) -> Option<Change> {
    let (old, new) = figures;
    let shift = (new - old) / spread;
    if !shift.is_finite() || shift.abs() < LEAST_SHIFT {
        return None;
    }
    let direction = if shift > 0.0 { "up" } else { "down" };
    Some(Change {
        kind,
        column: Some(column.name.clone()),
        before: Cell::Float(old),
        after: Cell::Float(new),
        size: shift.abs() / (1.0 + shift.abs()),
        sentence: format!(
            "the {what} of {:?} went {direction} from {} to {} ({:.2} standard deviations)",
            column.name,
            short(old),
            short(new),
            shift.abs()
        ),
        compatibility: None,
    })
}

/// Five significant digits, as a sentence can bear.
fn short(number: f64) -> String {
    let digits = if number == 0.0 { 0 } else { 4 - (number.abs().log10().floor() as i32) };
    let text = format!("{number:.*}", digits.clamp(0, 8) as usize);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

fn mean_moved(before: &ColumnProfile, after: &ColumnProfile) -> Option<Change> {
    let old = *before.numbers.as_ref()?.mean.value()?;
    let new = *after.numbers.as_ref()?.mean.value()?;
    moved(ChangeKind::Mean, "mean", after, (old, new), deviation(before)?)
}

fn median_moved(before: &ColumnProfile, after: &ColumnProfile) -> Option<Change> {
    let (old, new) = (number(before.median())?, number(after.median())?);
    moved(ChangeKind::Median, "median", after, (old, new), deviation(before)?)
}

/// Values beyond all that were there before: of numbers by how far, of dates and times as such.
fn range_widened(before: &ColumnProfile, after: &ColumnProfile) -> Option<Change> {
    let (old_min, old_max) = (before.minimum.value()?, before.maximum.value()?);
    let (new_min, new_max) = (after.minimum.value()?, after.maximum.value()?);
    let (distance, spread) = if after.stored_type.is_numeric() {
        let below = number(Some(&before.minimum))? - number(Some(&after.minimum))?;
        let above = number(Some(&after.maximum))? - number(Some(&before.maximum))?;
        (below.max(0.0) + above.max(0.0), deviation(before).unwrap_or(1.0))
    } else if after.stored_type.is_temporal() {
        let text = |cell: &Cell| cell.to_string();
        let wider = text(new_min) < text(old_min) || text(new_max) > text(old_max);
        (if wider { 0.1 } else { 0.0 }, 1.0)
    } else {
        return None;
    };
    if !distance.is_finite() || distance / spread < LEAST_SHIFT {
        return None;
    }
    Some(Change {
        kind: ChangeKind::Range,
        column: Some(after.name.clone()),
        before: Cell::Text(format!("{old_min} to {old_max}")),
        after: Cell::Text(format!("{new_min} to {new_max}")),
        size: distance / (distance + spread),
        sentence: format!(
            "{:?} now goes from {new_min} to {new_max}, it went from {old_min} to {old_max}",
            after.name
        ),
        compatibility: None,
    })
}
