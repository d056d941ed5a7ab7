//! Rules whose rows are looked at in order, and those that need a figure of their own column first.

use data_quality_domain::Pass;
use data_quality_domain::contract::SchemaObject;
use data_quality_domain::examination::ContractPlan;
use data_quality_domain::rule::{Figure, OtherFigure, Rule, TableFigure, Test};
use shared_kernel_domain::Result;

use crate::contract_check::{Chosen, ContractCheck};

impl ContractCheck<'_> {
    /// Looks at rows in order for the rules of a contract, in one pass.
    pub(crate) fn look_in_order(
        &self,
        plan: &mut ContractPlan<'_>,
        passes: &mut Vec<Pass>,
    ) -> Result<()> {
        let mut pass = plan.in_order(self.side.schema);
        if pass.is_empty() {
            return Ok(());
        }
        let columns = pass.columns().to_vec();
        let scanner = &self.container.shared.scanner;
        scanner.stream(self.table, &columns, self.cancellation, &mut |batch| pass.take(batch))?;
        passes.push(Pass {
            purpose: "rows in their order".to_owned(),
            columns: columns.len() as u32,
            rows: self.table.rows,
        });
        plan.seen_in_order(pass);
        Ok(())
    }

    /// The objects with rules that need a look at the table before they are planned: those of segments,
    /// then those of z-scores.
    pub(crate) fn made_ready(
        &self,
        chosen: &[Chosen<'_>],
        passes: &mut Vec<Pass>,
    ) -> Result<Vec<Option<SchemaObject>>> {
        let parted = self.parted(chosen, passes)?;
        let mut ready = Vec::with_capacity(chosen.len());
        for ((_, object), parted) in chosen.iter().zip(parted) {
            let scored = self.with_scores(parted.as_ref().unwrap_or(object), passes)?;
            ready.push(scored.or(parted));
        }
        Ok(ready)
    }

    /// A table's rules with the bounds of z-scores told in numbers, when it has such rules: means and
    /// deviations of all of them come from one scan.
    fn with_scores(
        &self,
        object: &SchemaObject,
        passes: &mut Vec<Pass>,
    ) -> Result<Option<SchemaObject>> {
        let is_score =
            |rule: &&Rule| matches!(rule.test, Test::ZScore(_)) && rule.segment.is_none();
        let figures: Vec<Rule> =
            object.rules.iter().filter(is_score).flat_map(figures_of).collect();
        if figures.is_empty() {
            return Ok(None);
        }
        let found = self.figures(&figures, "the columns of z-scores", passes)?;
        let mut pairs = found.chunks(2);
        let mut rules = Vec::with_capacity(object.rules.len());
        for rule in &object.rules {
            let (true, Test::ZScore(scores)) = (is_score(&rule), &rule.test) else {
                rules.push(rule.clone());
                continue;
            };
            let column = rule.columns.first().map_or("", String::as_str);
            let condition = match pairs.next() {
                Some([Ok(mean), Ok(deviation)]) => {
                    scores.condition(column, mean.value, deviation.value)
                }
                Some([Err(reason), _] | [_, Err(reason)]) => Err(reason.clone()),
                _ => Err("the mean of its column was not read".to_owned()),
            };
            let test = condition.map_or_else(Test::Unchecked, Test::Rows);
            rules.push(Rule { test, ..rule.clone() });
        }
        Ok(Some(SchemaObject { rules, ..object.clone() }))
    }
}

/// The mean and the deviation of a rule's column, over the rows that it looks at.
fn figures_of(rule: &Rule) -> [Rule; 2] {
    [Figure::Mean, Figure::StandardDeviation].map(|figure| {
        let asked = OtherFigure {
            table: String::new(),
            figure: TableFigure::Of(figure),
            columns: rule.columns.clone(),
            filter: rule.filter.clone(),
            phrase: String::new(),
        };
        asked.rule()
    })
}
