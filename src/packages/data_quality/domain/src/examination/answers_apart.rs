//! Two queries whose answers are compared: the rows of both are counted by one query around them.

use shared_kernel_domain::sql::SqlAnswer;
use shared_kernel_domain::table::Cell;

use super::judge::{Judge, RowsSeen};
use super::plan::{ContractPlan, Planned, Work};
use crate::check::{counted, number};
use crate::result::{CheckResult, Evidence};
use crate::rule::{Rule, SameAnswers};
use crate::summary::shorten;

/// Most columns of an answer.
const MOST_COLUMNS: usize = 1_000;

/// Two queries to be compared for a rule.
pub struct AskedAnswers<'a> {
    index: usize,
    /// The rule.
    pub rule: &'a Rule,
    /// Its queries.
    pub same: &'a SameAnswers,
}

/// How the answers of two queries differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnswersApart {
    /// Rows of the first.
    rows: u64,
    /// Rows that the first gives and the second does not, or not as often.
    added: u64,
    /// The other way round.
    missing: u64,
    /// One of these rows, and how often more the first gives it; less: the second.
    example: Option<(Vec<Cell>, i64)>,
}

/// The query for the columns of another one.
pub fn columns_of(query: &str) -> String {
    format!("SELECT * FROM (\n{}\n) AS answer LIMIT 0", single(query))
}

/// The queries that count the rows of two others with so many columns, and that give one that differs.
///
/// # Errors
/// Why their answers cannot be compared.
pub fn comparison_of(
    same: &SameAnswers,
    here: usize,
    there: usize,
) -> Result<(String, String), String> {
    if here != there {
        return Err(format!("the one query gives {here} columns, and the other {there}"));
    }
    if here == 0 || here > MOST_COLUMNS {
        return Err(format!("a query gives {here} columns"));
    }
    let names: Vec<String> = (0..here).map(|column| format!("c{column}")).collect();
    let names = names.join(", ");
    let (query, to_query) = (single(&same.query), single(&same.to_query));
    let counts = format!(
        "SELECT {names}, sum(here) AS here, sum(there) AS there FROM (\
         SELECT {names}, 1 AS here, 0 AS there FROM (\n{query}\n) AS one({names}) UNION ALL \
         SELECT {names}, 0 AS here, 1 AS there FROM (\n{to_query}\n) AS other({names})\
         ) AS both_of_them GROUP BY {names}"
    );
    let totals = format!(
        "SELECT sum(here), sum(CASE WHEN here > there THEN here - there ELSE 0 END), \
         sum(CASE WHEN there > here THEN there - here ELSE 0 END) FROM ({counts}) AS counts"
    );
    let example = format!(
        "SELECT here - there AS surplus, {names} FROM ({counts}) AS counts WHERE here <> there \
         ORDER BY {names} LIMIT 1"
    );
    Ok((totals, example))
}

/// A query without the sign that ends a statement.
fn single(query: &str) -> &str {
    query.trim().trim_end_matches(';').trim_end()
}

impl AnswersApart {
    /// What the first query of [`comparison_of`] gave.
    ///
    /// # Errors
    /// When it gave no counts.
    pub fn of(answer: &SqlAnswer) -> Result<Self, String> {
        let count = |cell: &Cell| match cell {
            // sums of no rows at all
            Cell::Null => Some(0),
            Cell::Integer(count) => u64::try_from(*count).ok(),
            _ => None,
        };
        let counts: Option<Vec<u64>> = answer.first.iter().map(count).collect();
        match counts.as_deref() {
            Some(&[rows, added, missing]) => Ok(Self { rows, added, missing, example: None }),
            _ => Err("the rows of its queries were not counted".to_owned()),
        }
    }

    /// Whether an example is wanted.
    pub fn differs(&self) -> bool {
        self.added + self.missing > 0
    }

    /// Takes in what the second query of [`comparison_of`] gave.
    pub fn show(&mut self, answer: &SqlAnswer) {
        if let Some((Cell::Integer(surplus), cells)) = answer.first.split_first() {
            self.example = Some((cells.to_vec(), *surplus));
        }
    }

    pub(super) fn judge(&self, judge: &Judge<'_>) -> CheckResult {
        let evidence = self.example.iter().map(|(cells, surplus)| {
            let told: Vec<String> = cells.iter().map(ToString::to_string).collect();
            let times = counted(surplus.unsigned_abs(), "time", "times");
            let which = if *surplus > 0 { "first" } else { "second" };
            let value = Cell::Text(shorten(&told.join(", ")));
            let note = format!("{times} more in the answer of the {which} query");
            Evidence { row: None, value, note: Some(note) }
        });
        let (rows, failed) = (self.rows + self.missing, self.added + self.missing);
        let seen = RowsSeen::without_rows(rows, failed, evidence.collect());
        let result = judge.rows(&seen);
        if result.is_not_evaluated() || failed == 0 {
            return result;
        }
        let (added, missing) = (number(self.added), number(self.missing));
        let sentence =
            format!("{}: {added} only in the first, {missing} only in the second", result.sentence);
        CheckResult { sentence, ..result }
    }
}

impl<'a> ContractPlan<'a> {
    /// The pairs of queries that must be compared.
    pub fn answers_to_compare(&self) -> Vec<AskedAnswers<'a>> {
        let asked = |(index, planned): (usize, &Planned<'a>)| match &planned.work {
            Work::SameAnswers(same, None) => Some(AskedAnswers { index, rule: planned.rule, same }),
            _ => None,
        };
        self.rules.iter().enumerate().filter_map(asked).collect()
    }

    /// Takes in how the answers to one of [`Self::answers_to_compare`] differ, or why it is not known.
    pub fn answers_compared(
        &mut self,
        asked: &AskedAnswers<'_>,
        found: Result<AnswersApart, String>,
    ) {
        if let Some(Planned { work: Work::SameAnswers(_, slot), .. }) =
            self.rules.get_mut(asked.index)
        {
            *slot = Some(found);
        }
    }
}
