//! Rules whose rows are looked at in order, and those that need a figure of their own column first.

use data_quality_domain::Pass;
use data_quality_domain::contract::SchemaObject;
use data_quality_domain::examination::ContractPlan;
use data_quality_domain::rule::{Figure, OtherFigure, Rule, Scale, TableFigure, Test};
use shared_kernel_domain::Result;
use shared_kernel_domain::measured::Measured;

use crate::contract_check::{Chosen, ContractCheck};

impl ContractCheck<'_> {
    /// Looks at rows in order for the rules of a contract, in one pass that may hold so many bytes.
    pub(crate) fn look_in_order(
        &self,
        plan: &mut ContractPlan<'_>,
        room: usize,
        passes: &mut Vec<Pass>,
    ) -> Result<()> {
        let mut pass = plan.in_order(self.side.schema, room);
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
    /// then those of scores.
    pub(crate) fn made_ready(
        &self,
        chosen: &[Chosen<'_>],
        passes: &mut Vec<Pass>,
    ) -> Result<Vec<Option<SchemaObject>>> {
        let parted = self.parted(chosen, passes)?;
        let mut ready = Vec::with_capacity(chosen.len());
        for ((_, object), parted) in chosen.iter().zip(parted) {
            if let Some(empty) = object.with_some_rule() {
                ready.push(Some(empty));
                continue;
            }
            let scored = self.with_scores(parted.as_ref().unwrap_or(object), passes)?;
            ready.push(scored.or(parted));
        }
        Ok(ready)
    }

    /// A table's rules with the bounds of scores told in numbers, when it has such rules: the figures that all
    /// of them are made of come from one scan, or two where some are made of others.
    fn with_scores(
        &self,
        object: &SchemaObject,
        passes: &mut Vec<Pass>,
    ) -> Result<Option<SchemaObject>> {
        let scale = |rule: &Rule| match &rule.test {
            Test::ZScore(scores) if rule.segment.is_none() => Some(scores.scale),
            _ => None,
        };
        let scored: Vec<(&Rule, Scale)> =
            object.rules.iter().filter_map(|rule| Some((rule, scale(rule)?))).collect();
        if scored.is_empty() {
            return Ok(None);
        }
        let first = scored.iter().map(|(rule, scale)| (*rule, scale.figures()));
        let mut found = self.numbers(first.collect(), passes)?;
        let mut further = Vec::with_capacity(scored.len());
        for ((rule, scale), found) in scored.iter().zip(&found) {
            let figures = found.as_ref().map(|found| scale.further(found));
            further.push((*rule, figures.unwrap_or_default()));
        }
        for (found, more) in found.iter_mut().zip(self.numbers(further, passes)?) {
            match (&mut *found, more) {
                (Ok(numbers), Ok(more)) => numbers.extend(more),
                (Ok(_), Err(reason)) => *found = Err(reason),
                (Err(_), _) => {}
            }
        }
        let mut found = found.into_iter();
        let mut rules = Vec::with_capacity(object.rules.len());
        for rule in &object.rules {
            let (Some(_), Test::ZScore(scores)) = (scale(rule), &rule.test) else {
                rules.push(rule.clone());
                continue;
            };
            let column = rule.columns.first().map_or("", String::as_str);
            let numbers =
                found.next().unwrap_or_else(|| Err("its figures were not read".to_owned()));
            let condition = numbers.and_then(|numbers| scores.condition(column, &numbers));
            let test = condition.map_or_else(Test::Unchecked, Test::Rows);
            rules.push(Rule { test, ..rule.clone() });
        }
        Ok(Some(SchemaObject { rules, ..object.clone() }))
    }

    /// Figures of the columns of rules, over the rows that each looks at: for each rule all of its own.
    fn numbers(
        &self,
        wanted: Vec<(&Rule, Vec<Figure>)>,
        passes: &mut Vec<Pass>,
    ) -> Result<Vec<Numbers>> {
        let asked: Vec<Rule> = wanted
            .iter()
            .flat_map(|(rule, figures)| figures.iter().map(|figure| figure_of(rule, *figure)))
            .collect();
        if asked.is_empty() {
            return Ok(wanted.iter().map(|_| Ok(Vec::new())).collect());
        }
        let mut found = self.figures(&asked, "the columns of scores", passes)?.into_iter();
        let exact = |figure: std::result::Result<Measured<f64>, String>| match figure? {
            figure if figure.is_exact() => Ok(figure.value),
            _ => Err("its figures are not known exactly".to_owned()),
        };
        let of_rule = |(_, figures): &(&Rule, Vec<Figure>)| {
            let own: Vec<_> = found.by_ref().take(figures.len()).collect();
            own.into_iter().map(exact).collect()
        };
        Ok(wanted.iter().map(of_rule).collect())
    }
}

/// Figures of a column, or why there are none.
type Numbers = std::result::Result<Vec<f64>, String>;

/// A figure of a rule's column, over the rows that it looks at.
fn figure_of(rule: &Rule, figure: Figure) -> Rule {
    let asked = OtherFigure {
        table: String::new(),
        figure: TableFigure::Of(figure),
        columns: rule.columns.clone(),
        filter: rule.filter.clone(),
        phrase: String::new(),
    };
    asked.rule()
}
