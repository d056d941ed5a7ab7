//! Pieces of SQL: numbers, names, texts, sums and choices.

use std::fmt::Write as _;

use crate::portable::{Combination, SplitNode, SplitTree, Steps};

/// Terms that are added up in one pair of parentheses: programs limit how deep an expression is.
const TERMS: usize = 32;

/// Steps that are asked for one after the other; more of them by halves.
const FEW_STEPS: usize = 16;

/// A number of double precision: with an exponent it is no decimal number in DuckDB, and its digits
/// are those that give the same number back.
pub(super) fn number(value: f64) -> String {
    format!("{value:e}")
}

/// `value − subtracted`, without two signs in a row, which would begin a comment.
pub(super) fn minus(value: &str, subtracted: f64) -> String {
    match subtracted {
        0.0 => value.to_owned(),
        _ if subtracted < 0.0 => format!("({value} + {})", number(-subtracted)),
        _ => format!("({value} - {})", number(subtracted)),
    }
}

/// A name, quoted.
pub(super) fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text, quoted.
pub(super) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// An expression in double precision.
pub(super) fn double(expression: &str) -> String {
    format!("CAST({expression} AS DOUBLE PRECISION)")
}

/// Terms added up.
pub(super) fn sum(terms: &[String]) -> String {
    match terms {
        [] => number(0.0),
        [only] => only.clone(),
        _ if terms.len() <= TERMS => format!("({})", terms.join("\n + ")),
        _ => sum(&terms.chunks(TERMS).map(sum).collect::<Vec<_>>()),
    }
}

/// `Σ coefficient × name`, in this order; terms of nothing are left out.
pub(super) fn weighted<'a>(terms: impl IntoIterator<Item = (&'a str, f64)>) -> String {
    let terms: Vec<String> = terms
        .into_iter()
        .filter(|(_, factor)| *factor != 0.0)
        .map(|(name, factor)| match factor {
            1.0 => name.to_owned(),
            _ => format!("{} * {name}", number(factor)),
        })
        .collect();
    match terms.as_slice() {
        [] => number(0.0),
        [only] => only.clone(),
        _ => format!("({})", terms.join(" + ")),
    }
}

/// A combination of features that have these names.
pub(super) fn combination(input: &Combination, features: &[String]) -> String {
    let named = |at: usize| features.get(at).map_or("NULL", String::as_str);
    match input {
        Combination::Feature(feature) => named(*feature).to_owned(),
        Combination::Sum(terms) => {
            weighted(terms.iter().map(|&(feature, factor)| (named(feature), factor)))
        }
    }
}

/// `input ≥ threshold`, told with the shorter of the two numbers that say it.
fn at_least(input: &str, threshold: f64) -> String {
    let (own, below) = (number(threshold), number(threshold.next_down()));
    if below.len() < own.len() { format!("{input} > {below}") } else { format!("{input} >= {own}") }
}

/// A tree as nested choices, in double precision; `input` tells what a split compares.
pub(super) fn tree(tree: &SplitTree, input: impl Fn(&Combination) -> String) -> String {
    let mut text = String::new();
    // What is still to be written, last first.
    let mut open = vec![Piece::Node(0)];
    while let Some(piece) = open.pop() {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            Piece::Node(index) => match tree.nodes.get(index) {
                Some(SplitNode::Split { input: asked, threshold, left, right }) => {
                    let _ = write!(text, "CASE WHEN {} THEN ", at_least(&input(asked), *threshold));
                    open.extend([
                        Piece::Text(" END"),
                        Piece::Node(*left),
                        Piece::Text(" ELSE "),
                        Piece::Node(*right),
                    ]);
                }
                Some(SplitNode::Leaf(value)) => text.push_str(&number(*value)),
                None => text.push_str("NULL"),
            },
        }
    }
    double(&text)
}

enum Piece {
    Text(&'static str),
    Node(usize),
}

/// Steps as choices, in double precision: the highest break first, or by halves where there are
/// many.
pub(super) fn steps(input: &str, steps: &Steps) -> String {
    if steps.len() > FEW_STEPS {
        return tree(&steps.tree(&Combination::Feature(0)), |_| input.to_owned());
    }
    let (below, parts) = steps.parts();
    let mut parts: Vec<(f64, f64)> = parts.collect();
    if parts.is_empty() {
        return double(&number(below));
    }
    parts.reverse();
    let mut text = "CASE".to_owned();
    for (at, value) in parts {
        let _ = write!(text, " WHEN {} THEN {}", at_least(input, at), number(value));
    }
    let _ = write!(text, " ELSE {} END", number(below));
    double(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_safe() {
        assert_eq!([0.1, -12.0, 1e300, 5e-324].map(number), ["1e-1", "-1.2e1", "1e300", "5e-324"]);
        assert_eq!(minus("x", -1.5), "(x + 1.5e0)");
        assert_eq!(minus("x", 0.0), "x");
        assert_eq!(name("a\"; DROP TABLE b; --"), "\"a\"\"; DROP TABLE b; --\"");
        assert_eq!(text("it's"), "'it''s'");
        assert_eq!(weighted([("a", 1.0), ("b", 0.0), ("c", -2.5)]), "(a + -2.5e0 * c)");
    }

    #[test]
    fn a_border_is_told_with_the_shorter_number() {
        assert_eq!(at_least("x", 3.0), "x >= 3e0");
        assert_eq!(at_least("x", 3.0_f64.next_up()), "x > 3e0");
        assert_eq!(at_least("x", 0.0_f64.next_up()), "x > 0e0");
        let odd = 0.1 + 0.7 / 3.0;
        assert_eq!(at_least("x", odd), format!("x >= {odd:e}"));
    }

    #[test]
    fn steps_are_choices_from_the_highest_down() {
        let three = Steps::new(9.0, [(1.0, 2.5), (4.0_f64.next_up(), 9.0)]);
        let expected = "CAST(CASE WHEN x > 4e0 THEN 9e0 WHEN x >= 1e0 THEN 2.5e0 ELSE 9e0 END \
                        AS DOUBLE PRECISION)";
        assert_eq!(steps("x", &three), expected);
        assert_eq!(steps("x", &Steps::new(7.0, [])), "CAST(7e0 AS DOUBLE PRECISION)");
        let many = Steps::new(0.0, (1..100).map(|at| (f64::from(at), f64::from(at))));
        let text = steps("x", &many);
        assert_eq!(text.matches("CASE").count(), 99);
        assert!(
            text.starts_with("CAST(CASE WHEN x >= 5e1 THEN CASE WHEN x >= 7.5e1 THEN"),
            "{text}"
        );
    }

    #[test]
    fn long_sums_stay_flat() {
        let terms: Vec<String> = (0..10_000).map(|at| format!("x{at}")).collect();
        let text = sum(&terms);
        assert_eq!(text.matches(" + ").count(), 9_999);
        let (mut depth, mut deepest) = (0, 0);
        for letter in text.chars() {
            depth += i32::from(letter == '(') - i32::from(letter == ')');
            deepest = deepest.max(depth);
        }
        assert!(deepest <= 4, "{deepest}");
    }
}
