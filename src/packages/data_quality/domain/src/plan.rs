//! What one scan must compute for the built-in checks, and what they make of it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::measured::{Exactness, Measured};
use shared_kernel_domain::scan::{ScanOutcome, ScanPlan, Slot};
use shared_kernel_domain::summary::{Distinct, Extremes};
use shared_kernel_domain::table::{ColumnType, Field, TableSchema};

use crate::check::{
    constant_column, date_domain, disguised_nulls, duplicate_keys, mixed_types, null_share,
    text_length,
};
use crate::name;
use crate::policy::CheckPolicy;
use crate::result::{CheckResult, share};
use crate::summary::{DateDomain, MissingValues, TextForms, TextTails};

/// Where the results of the one scan will be found, column by column.
pub struct Slots {
    columns: Vec<ColumnSlots>,
}

struct ColumnSlots {
    field: Field,
    missing: Slot<MissingValues>,
    distinct: Slot<Distinct>,
    extremes: Slot<Extremes>,
    texts: Option<(Slot<TextForms>, Slot<TextTails>)>,
    dates: Option<Slot<DateDomain>>,
}

/// Columns that a check did not look at though it could have, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// The check.
    pub check: String,
    /// Why, in a plain clause.
    pub reason: String,
    /// The columns.
    pub columns: Vec<String>,
}

/// A column that should perhaps tell rows apart; a second pass counts exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyCandidate {
    /// The column.
    pub column: String,
    /// Whether its name says that it identifies.
    pub named: bool,
}

impl KeyCandidate {
    /// The share of different values from which the column is a key.
    pub fn least_distinct(&self, policy: &CheckPolicy) -> f64 {
        if self.named { policy.named_key_distinct } else { policy.unnamed_key_distinct }
    }
}

/// What the one scan led to.
#[derive(Debug, Default)]
pub struct Findings {
    /// Results, grouped by check in the order of [`crate::check::NAMES`], then by column.
    pub results: Vec<CheckResult>,
    /// Columns to count exactly, in the order in which to do so.
    pub keys: Vec<KeyCandidate>,
    /// Columns not looked at.
    pub left_out: Vec<LeftOut>,
}

/// The day, in UTC, against which dates are judged at a time.
pub fn reference_date(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// Adds to a scan what the cheap built-in checks need. `today` is the day against which dates are
/// judged.
pub fn add_checks(plan: &mut ScanPlan, schema: &TableSchema, today: Date) -> Slots {
    let mut columns = Vec::with_capacity(schema.fields.len());
    for field in &schema.fields {
        let column = [field.name.as_str()];
        let is_text = field.column_type == ColumnType::Text;
        let is_temporal = field.column_type.is_temporal();
        columns.push(ColumnSlots {
            field: field.clone(),
            missing: plan.add(&column, MissingValues::default()),
            distinct: plan.add(&column, Distinct::new()),
            extremes: plan.add(&column, Extremes::new()),
            texts: is_text.then(|| {
                (plan.add(&column, TextForms::default()), plan.add(&column, TextTails::default()))
            }),
            dates: is_temporal.then(|| plan.add(&column, DateDomain::seen_from(today))),
        });
    }
    Slots { columns }
}

impl Slots {
    /// Judges the filled summaries.
    pub fn judge(&self, outcome: &ScanOutcome, policy: &CheckPolicy) -> Result<Findings> {
        let mut board = Board::default();
        for slots in &self.columns {
            slots.judge(outcome, policy, &mut board)?;
        }
        Ok(board.into_findings(policy))
    }
}

impl ColumnSlots {
    fn judge(&self, outcome: &ScanOutcome, policy: &CheckPolicy, board: &mut Board) -> Result<()> {
        let column = self.field.name.as_str();
        let missing = outcome.get(self.missing)?;
        let distinct = outcome.get(self.distinct)?;
        board.result(null_share::judge(column, missing, policy));
        if missing.rows > 0 && missing.values() == 0 {
            return Ok(());
        }
        if let Some((forms, tails)) = self.texts {
            let (forms, tails) = (outcome.get(forms)?, outcome.get(tails)?);
            board.result(disguised_nulls::judge(column, forms, policy));
            let meant = forms.values() - forms.count(&disguised_nulls::KINDS);
            if forms.values() == 0 || meant >= policy.minimum_values {
                board.result(mixed_types::judge(column, forms, policy));
                board.result(text_length::judge(column, tails, policy));
            } else {
                board.leave_out(mixed_types::NAME, short(policy), column);
                board.leave_out(text_length::NAME, short(policy), column);
            }
        }
        if let Some(dates) = self.dates {
            board.result(date_domain::judge(column, outcome.get(dates)?, policy));
        }
        if missing.rows == 0 || missing.values() >= policy.minimum_values {
            let extremes = outcome.get(self.extremes)?;
            board.result(constant_column::judge(column, missing, distinct, extremes, policy));
        } else {
            board.leave_out(constant_column::NAME, short(policy), column);
        }
        self.consider_key(missing.values(), distinct, policy, board);
        Ok(())
    }

    /// Whether the column is worth a second pass.
    fn consider_key(
        &self,
        values: u64,
        distinct: &Distinct,
        policy: &CheckPolicy,
        board: &mut Board,
    ) {
        if !matches!(self.field.column_type, ColumnType::Integer | ColumnType::Text) || values < 2 {
            return;
        }
        let column = self.field.name.as_str();
        let candidate = KeyCandidate { column: column.to_owned(), named: name::identifies(column) };
        if !candidate.named && values < policy.minimum_values {
            return;
        }
        let estimate = share(at_most(distinct.count()), values).unwrap_or_default();
        if estimate >= candidate.least_distinct(policy) {
            board.keys.push(candidate);
        } else if candidate.named {
            let reason = "named like an identifier, but with so few different values that it \
                          refers to something else";
            board.leave_out(duplicate_keys::NAME, reason.to_owned(), column);
        }
    }
}

/// The most different values there may be; a second pass settles it.
fn at_most(count: Measured<u64>) -> u64 {
    /// Three standard errors of the estimate, with a little room.
    const ROOM: f64 = 1.03;
    match count.exactness {
        Exactness::Exact => count.value,
        _ => (count.value as f64 * ROOM) as u64,
    }
}

fn short(policy: &CheckPolicy) -> String {
    format!("fewer than {} values", policy.minimum_values)
}

/// Collects findings while columns are gone through.
#[derive(Default)]
struct Board {
    results: Vec<CheckResult>,
    keys: Vec<KeyCandidate>,
    left_out: BTreeMap<(&'static str, String), Vec<String>>,
}

impl Board {
    fn result(&mut self, result: CheckResult) {
        self.results.push(result);
    }

    fn leave_out(&mut self, check: &'static str, reason: String, column: &str) {
        self.left_out.entry((check, reason)).or_default().push(column.to_owned());
    }

    fn into_findings(mut self, policy: &CheckPolicy) -> Findings {
        self.keys.sort_by_key(|key| !key.named);
        for key in self.keys.split_off(policy.key_passes.min(self.keys.len())) {
            let reason = format!("at most {} columns are counted exactly", policy.key_passes);
            self.leave_out(duplicate_keys::NAME, reason, &key.column);
        }
        let left_out = self.left_out.into_iter().map(|((check, reason), columns)| LeftOut {
            check: check.to_owned(),
            reason,
            columns,
        });
        Findings { results: self.results, keys: self.keys, left_out: left_out.collect() }
    }
}
