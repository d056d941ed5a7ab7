//! A table split by row, beside the verdicts: what breaks a failed rule is set aside.

use data_quality_domain::examination::{
    ContractPlan, InvalidRow, MOST_APART, MOST_GROUPS, QuarantineFacts, QuarantineFiles, decision,
    sets_aside,
};
use data_quality_domain::{CheckResult, Pass, Severity};
use shared_kernel_domain::table::TableReference;
use shared_kernel_domain::{Error, ErrorKind, Result};

use crate::DataQualityContainer;
use crate::contract_check::{Chosen, ContractCheck};

/// Rows of a piece where no row needs to be looked at.
const PIECE: u64 = 65_536;

/// Where and how a table is split.
#[derive(Clone, Debug)]
pub struct QuarantineRequest {
    /// The folder of the two files.
    pub folder: String,
    /// Replace the split that is there.
    pub replace: bool,
    /// The level from which a failed rule sets its rows aside.
    pub level: Severity,
}

/// A split that was begun before the table was looked at: a folder in the way is told at once.
pub(crate) struct SplitBegun<'a> {
    request: &'a QuarantineRequest,
    files: Box<dyn QuarantineFiles>,
}

impl<'a> SplitBegun<'a> {
    pub(crate) fn of(
        container: &DataQualityContainer,
        request: &'a QuarantineRequest,
        table: &TableReference,
    ) -> Result<Self> {
        let files = container.quarantine.begin(&request.folder, table, request.replace)?;
        Ok(Self { request, files })
    }

    /// Splits the table in one pass over the columns of the rules that decide.
    ///
    /// # Errors
    /// When it cannot be said of every row whether it breaks a rule that decides.
    pub(crate) fn run(
        self,
        check: &ContractCheck<'_>,
        chosen: &[Chosen<'_>],
        parts: &[(&ContractPlan<'_>, &[CheckResult])],
        passes: &mut Vec<Pass>,
    ) -> Result<QuarantineFacts> {
        let Self { request, mut files } = self;
        let level = request.level;
        let (mut failing, cut) =
            check.find_failing(parts, &[], |result| sets_aside(result, level), false)?;
        if cut.apart {
            let what = format!("more than {MOST_APART} rows differ from another table's");
            return Err(Error::new(ErrorKind::NotEvaluated, what)
                .hint("compare with the right table, or leave the rule out of this contract"));
        }
        if cut.repeats {
            let what = format!("rows are repeated in more than {MOST_GROUPS} ways");
            return Err(Error::new(ErrorKind::NotEvaluated, what)
                .hint("remove repeated rows first, or leave the rule out of this contract"));
        }
        let table = check.table;
        if failing.is_empty() {
            take_all(files.as_mut(), table.rows, check)?;
        } else {
            let columns = failing.columns.clone();
            let scanner = &check.container.shared.scanner;
            scanner.stream(table, &columns, check.cancellation, &mut |batch| {
                let invalid = InvalidRow::of(failing.take(batch)?);
                files.take(batch.len() as u64, &invalid)
            })?;
            passes.push(Pass {
                purpose: "rows to set aside".to_owned(),
                columns: columns.len() as u32,
                rows: table.rows,
            });
        }
        let split = files.finish()?;
        passes.push(Pass {
            purpose: "split into valid and invalid rows".to_owned(),
            columns: table.schema.fields.len() as u32,
            rows: table.rows,
        });
        let (mut decided, mut rest) = (Vec::new(), Vec::new());
        for ((_, object), (_, results)) in chosen.iter().zip(parts) {
            for (rule, result) in object.rules.iter().zip(*results) {
                match decision(rule, result, level) {
                    Some(Ok(rule)) => decided.push(rule),
                    Some(Err(undecided)) => rest.push(undecided),
                    None => {}
                }
            }
        }
        Ok(QuarantineFacts::of(&request.folder, split, decided, rest))
    }
}

fn take_all(files: &mut dyn QuarantineFiles, rows: u64, check: &ContractCheck<'_>) -> Result<()> {
    let mut left = rows;
    while left > 0 {
        check.cancellation.check()?;
        let piece = left.min(PIECE);
        files.take(piece, &[])?;
        left -= piece;
    }
    Ok(())
}
