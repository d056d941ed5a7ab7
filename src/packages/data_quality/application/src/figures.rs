//! Figures of other tables, for rules that compare one with them.

use data_quality_domain::examination::{ContractPlan, References};
use data_quality_domain::rule::{OtherFigure, Rule, Test};
use data_quality_domain::{CheckResult, Pass, Verdict};
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::scan::ScanPlan;
use shared_kernel_domain::{Error, Result};

use crate::contract::or_reason;
use crate::contract_check::{ContractCheck, side_of};
use crate::other_tables::OtherTables;

/// A figure, or why there is none.
type Figure = std::result::Result<Measured<f64>, String>;

impl OtherTables<'_> {
    /// Reads all figures that rules need, those of a table in one scan of it.
    pub(crate) fn figures(
        &self,
        rules: &[Rule],
        references: &mut References,
        passes: &mut Vec<Pass>,
    ) -> Result<()> {
        let mut wanted: Vec<&OtherFigure> = Vec::new();
        for rule in rules {
            if let Test::TieOut(tie) = &rule.test
                && !wanted.contains(&&tie.there)
            {
                wanted.push(&tie.there);
            }
        }
        while let Some(first) = wanted.first() {
            let name = first.table.clone();
            let of_table: Vec<&OtherFigure> =
                wanted.iter().filter(|it| it.table == name).copied().collect();
            wanted.retain(|it| it.table != name);
            let found = or_reason(self.of_table(&name, &of_table, passes).map(Ok))?;
            if let Ok((true, _)) = found {
                references.itself.insert(name);
            }
            for (place, figure) in of_table.into_iter().enumerate() {
                let value = match &found {
                    Ok((_, values)) => {
                        let value = values.get(place).cloned();
                        value.unwrap_or_else(|| Err("the figure was not read".to_owned()))
                    }
                    Err(reason) => Err(reason.clone()),
                };
                references.figures.push((figure.clone(), value));
            }
        }
        Ok(())
    }

    /// The figures of a table, and whether it is the one that is checked.
    fn of_table(
        &self,
        name: &str,
        wanted: &[&OtherFigure],
        passes: &mut Vec<Pass>,
    ) -> Result<(bool, Vec<Figure>)> {
        let resolved = self.find_to_scan(name)?;
        let table = &resolved.table;
        let check = ContractCheck {
            container: self.container,
            table,
            side: side_of(self.container, table, false),
            version: None,
            cancellation: self.cancellation,
            gate: self.container.gate.clone(),
        };
        let rules: Vec<Rule> = wanted.iter().map(|figure| figure.rule()).collect();
        let figures = check.figures(&rules, &resolved.name, passes)?;
        let told = |reason| format!("{}: {reason}", resolved.name);
        let figures = figures.into_iter().map(|figure| figure.map_err(told)).collect();
        Ok((self.is_itself(name, table), figures))
    }
}

impl ContractCheck<'_> {
    /// What rules that are figures come to, in one scan and the further passes that some need.
    pub(crate) fn figures(
        &self,
        rules: &[Rule],
        name: &str,
        passes: &mut Vec<Pass>,
    ) -> Result<Vec<Figure>> {
        let mut scan = ScanPlan::default();
        let plan = ContractPlan::of("", rules, self.side, &References::default(), &mut scan);
        let scanner = &self.container.shared.scanner;
        let outcome = scanner.summarize(self.table, scan, self.cancellation)?;
        let mut own = vec![Pass {
            purpose: "figures".to_owned(),
            columns: plan.columns().len() as u32,
            rows: outcome.rows,
        }];
        let results = self.judge(&plan, (&outcome, None), &mut own)?;
        let of_table = |pass: Pass| Pass { purpose: format!("{} of {name}", pass.purpose), ..pass };
        passes.extend(own.into_iter().map(of_table));
        results.into_iter().map(figure_of).collect()
    }
}

fn figure_of(result: CheckResult) -> Result<Figure> {
    if let Verdict::NotEvaluated { reason } = result.verdict {
        return Ok(Err(reason));
    }
    let figure = result.contract.and_then(|contract| contract.figure);
    figure.map(Ok).ok_or_else(|| Error::internal("a figure was judged and not told"))
}
