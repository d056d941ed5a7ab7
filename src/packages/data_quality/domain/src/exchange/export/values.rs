//! Rules of values and their order as expectations of Great Expectations.

use super::Entries;
use super::condition::value;
use super::gx::{row_condition, with_share};
use crate::exchange::arguments::Reason;
use crate::rule::{InOrder, Occurring, Rule, Scale, Sequence, Test, ZScores};
use crate::yaml::{list, plain, text};

type Made = Result<Vec<(&'static str, Entries)>, Reason>;

/// Rules of the order of rows, of scores, and of the values that occur.
pub(super) fn of_values(rule: &Rule) -> Made {
    let column = super::column(rule)?;
    match &rule.test {
        Test::InOrder(InOrder::Sequence(sequence, by)) if by.is_empty() => {
            in_order(rule, column, *sequence)
        }
        Test::InOrder(InOrder::Sequence(..)) => {
            Err("rows are not compared within groups there".to_owned())
        }
        Test::InOrder(InOrder::ConsistentCasing) => {
            Err("there is no expectation of how texts are written".to_owned())
        }
        Test::InOrder(InOrder::ByValue(_)) => {
            Err("there is no expectation of steps, periods or ranges".to_owned())
        }
        Test::ZScore(scores) => of_scores(rule, column, *scores),
        Test::Occurring(occurring) => occur(rule, column, occurring),
        _ => Err("there is no expectation of this kind".to_owned()),
    }
}

fn in_order(rule: &Rule, column: &str, sequence: Sequence) -> Made {
    let name = if sequence.increasing {
        "column_values_to_be_increasing"
    } else {
        "column_values_to_be_decreasing"
    };
    let strictly = if sequence.strictly { vec![("strictly", plain(true))] } else { Vec::new() };
    with_share(rule, column, vec![(name, strictly)], true)
}

fn of_scores(rule: &Rule, column: &str, scores: ZScores) -> Made {
    if scores.scale != Scale::Deviations {
        return match scores {
            ZScores {
                scale: Scale::MedianRanges,
                least: Some((least, true)),
                most: Some((most, true)),
            } if least == -most => {
                let kwargs = vec![("method", text("iqr")), ("multiplier", plain(most))];
                with_share(rule, column, vec![("column_values_to_not_be_outliers", kwargs)], true)
            }
            _ => Err("distances from the median are below a number of interquartile ranges there"
                .to_owned()),
        };
    }
    let (threshold, both) = match (scores.least, scores.most) {
        (None, Some((most, true))) => (most, false),
        (Some((least, true)), Some((most, true))) if least == -most => (most, true),
        _ => return Err("scores are below a threshold there, on one side or on both".to_owned()),
    };
    let kwargs = vec![("threshold", plain(threshold)), ("double_sided", plain(both))];
    with_share(rule, column, vec![("column_value_z_scores_to_be_less_than", kwargs)], true)
}

fn occur(rule: &Rule, column: &str, occurring: &Occurring) -> Made {
    if !rule.limit.is_none() {
        return Err("all of the values occur there, or the rule is broken".to_owned());
    }
    let (name, values, ties) = match occurring {
        Occurring::All { values, exact: false } => {
            ("column_distinct_values_to_contain_set", values, false)
        }
        Occurring::All { values, exact: true } => {
            ("column_distinct_values_to_equal_set", values, false)
        }
        Occurring::MostCommon { values, ties } => {
            ("column_most_common_value_to_be_in_set", values, *ties)
        }
    };
    let mut kwargs = vec![("column", text(column)), ("value_set", list(values.iter().map(value)))];
    if ties {
        kwargs.push(("ties_okay", plain(true)));
    }
    kwargs.extend(row_condition(rule.filter.as_ref())?);
    Ok(vec![(name, kwargs)])
}
