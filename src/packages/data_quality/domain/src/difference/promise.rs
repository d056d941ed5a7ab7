//! Whether one promise is firmer than another, as far as that can be told from how they are written.

use std::collections::BTreeSet;

use crate::expression::{Comparison, Expression};
use crate::rule::{
    ColumnsTest, InOrder, Limit, LogicalType, Occurring, Operator, SameRows, Test, ZScores,
};

/// How a promise changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Firmness {
    /// It did not.
    Same,
    /// What kept it before keeps it now, and more does.
    Weaker,
    /// What keeps it now kept it before, and less does.
    Firmer,
    /// Neither, or it cannot be told.
    Other,
}

impl Firmness {
    /// Of a promise that is as firm as both together.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, change) | (change, Self::Same) => change,
            (one, another) if one == another => one,
            _ => Self::Other,
        }
    }

    /// `forth` says whether the old promise implies the new one, `back` the reverse.
    fn of(forth: bool, back: bool) -> Self {
        match (forth, back) {
            (true, true) => Self::Same,
            (true, false) => Self::Weaker,
            (false, true) => Self::Firmer,
            (false, false) => Self::Other,
        }
    }

    fn turned(self) -> Self {
        match self {
            Self::Weaker => Self::Firmer,
            Self::Firmer => Self::Weaker,
            same => same,
        }
    }
}

pub(super) fn of_tests(was: &Test, is: &Test) -> Firmness {
    match (was, is) {
        (Test::Rows(was), Test::Rows(is)) => Firmness::of(implies(was, is), implies(is, was)),
        (Test::Missing(old, was), Test::Missing(new, is)) if old == new => {
            let texts = |values: &[Expression]| -> BTreeSet<String> {
                values.iter().map(ToString::to_string).collect()
            };
            let (was, is) = (texts(was), texts(is));
            Firmness::of(is.is_subset(&was), was.is_subset(&is))
        }
        (Test::Columns(ColumnsTest::Has(old, was)), Test::Columns(ColumnsTest::Has(new, is)))
            if old == new =>
        {
            let fits = |one: LogicalType, other: LogicalType| {
                one == other || (one, other) == (LogicalType::Integer, LogicalType::Number)
            };
            Firmness::of(fits(*was, *is), fits(*is, *was))
        }
        (Test::Columns(ColumnsTest::AreNot(was)), Test::Columns(ColumnsTest::AreNot(is))) => {
            Firmness::of(all_in(is, was), all_in(was, is))
        }
        (was, is) if was == is => Firmness::Same,
        (Test::SameRows(was), Test::SameRows(is)) => of_rows(was, is),
        (Test::ZScore(was), Test::ZScore(is)) if was.scale == is.scale => {
            let (was, is) = (of_scores(*was), of_scores(*is));
            Firmness::of(was.lies_in(&is), is.lies_in(&was))
        }
        (Test::InOrder(InOrder::Sequence(was, old)), Test::InOrder(InOrder::Sequence(is, new)))
            if old == new && was.increasing == is.increasing =>
        {
            Firmness::of(was.strictly || !is.strictly, is.strictly || !was.strictly)
        }
        (
            Test::Occurring(Occurring::All { values: was, exact: false }),
            Test::Occurring(Occurring::All { values: is, exact: false }),
        ) => Firmness::of(all_in(is, was), all_in(was, is)),
        _ => Firmness::Other,
    }
}

fn all_in<T: PartialEq>(some: &[T], all: &[T]) -> bool {
    some.iter().all(|one| all.contains(one))
}

/// A comparison of the same rows, nearer or of more differences, is firmer.
fn of_rows(was: &SameRows, is: &SameRows) -> Firmness {
    let aside =
        |same: &SameRows| SameRows { tolerance: None, differences: Vec::new(), ..same.clone() };
    if aside(was) != aside(is) {
        return Firmness::Other;
    }
    let (old, new) = (was.tolerance.unwrap_or_default(), is.tolerance.unwrap_or_default());
    Firmness::of(new >= old, old >= new).and(Firmness::of(
        all_in(&is.differences, &was.differences),
        all_in(&was.differences, &is.differences),
    ))
}

fn of_scores(scores: ZScores) -> Range {
    Range {
        low: scores.least.unwrap_or((f64::NEG_INFINITY, false)),
        high: scores.most.unwrap_or((f64::INFINITY, false)),
    }
}

/// A rule that looks at fewer rows promises less.
pub(super) fn of_filters(was: Option<&Expression>, is: Option<&Expression>) -> Firmness {
    match (was, is) {
        (None, None) => Firmness::Same,
        (Some(_), None) => Firmness::Firmer,
        (None, Some(_)) => Firmness::Weaker,
        // the firmer a filter, the fewer rows it lets through
        (Some(was), Some(is)) => Firmness::of(implies(was, is), implies(is, was)).turned(),
    }
}

pub(super) fn of_limits(was: &Limit, is: &Limit) -> Firmness {
    if was == is {
        return Firmness::Same;
    }
    let (Some(old), Some(new)) = (Range::of(was), Range::of(is)) else { return Firmness::Other };
    // no row at all is so in both units
    if was.unit != is.unit && !was.is_none() && !is.is_none() {
        return Firmness::Other;
    }
    Firmness::of(old.lies_in(&new), new.lies_in(&old))
}

/// Numbers between two bounds; a bound that is open is not among them.
struct Range {
    low: (f64, bool),
    high: (f64, bool),
}

impl Range {
    fn of(limit: &Limit) -> Option<Self> {
        let mut range = Self { low: (f64::NEG_INFINITY, false), high: (f64::INFINITY, false) };
        for operator in &limit.operators {
            match *operator {
                Operator::Be(bound) => range.cut(Some((bound, false)), Some((bound, false))),
                Operator::Greater(bound) => range.cut(Some((bound, true)), None),
                Operator::GreaterOrEqual(bound) => range.cut(Some((bound, false)), None),
                Operator::Less(bound) => range.cut(None, Some((bound, true))),
                Operator::LessOrEqual(bound) => range.cut(None, Some((bound, false))),
                Operator::Between(low, high) => range.cut(Some((low, false)), Some((high, false))),
                Operator::NotBe(_) | Operator::NotBetween(..) => return None,
            }
        }
        Some(range)
    }

    fn cut(&mut self, low: Option<(f64, bool)>, high: Option<(f64, bool)>) {
        if let Some((bound, open)) = low
            && (bound > self.low.0 || (bound == self.low.0 && open))
        {
            self.low = (bound, open);
        }
        if let Some((bound, open)) = high
            && (bound < self.high.0 || (bound == self.high.0 && open))
        {
            self.high = (bound, open);
        }
    }

    fn lies_in(&self, other: &Self) -> bool {
        let above =
            self.low.0 > other.low.0 || (self.low.0 == other.low.0 && (self.low.1 || !other.low.1));
        let below = self.high.0 < other.high.0
            || (self.high.0 == other.high.0 && (self.high.1 || !other.high.1));
        above && below
    }
}

/// Whether each row that keeps one condition surely keeps the other. Bounds, lists and conditions
/// joined by `and` are understood; all else must be written alike.
fn implies(one: &Expression, other: &Expression) -> bool {
    match other {
        Expression::And(parts) => parts.iter().all(|part| implies(one, part)),
        _ => match one {
            Expression::And(parts) => parts.iter().any(|part| implies_part(part, other)),
            _ => implies_part(one, other),
        },
    }
}

fn implies_part(one: &Expression, other: &Expression) -> bool {
    if one == other {
        return true;
    }
    match (one, other) {
        (Expression::Compared(left, what, bound), Expression::Compared(right, other, limit)) => {
            what == other && bound_implies((*left, bound.as_ref()), (*right, limit.as_ref()))
        }
        (Expression::In(what, items), Expression::In(other, others)) => {
            what == other && items.iter().all(|item| others.contains(item))
        }
        (Expression::Not(one), Expression::Not(other)) => implies_part(other, one),
        _ => false,
    }
}

/// Whether a value that is `one` bound away is the `other`.
fn bound_implies(one: (Comparison, &Expression), other: (Comparison, &Expression)) -> bool {
    use Comparison::{Greater, GreaterOrEqual, Less, LessOrEqual};
    let (Expression::Number(bound), Expression::Number(limit)) = (one.1, other.1) else {
        return false;
    };
    let (bound, limit) = (bound.float, limit.float);
    match (one.0, other.0) {
        (Greater, Greater | GreaterOrEqual) | (GreaterOrEqual, GreaterOrEqual) => bound >= limit,
        (GreaterOrEqual, Greater) => bound > limit,
        (Less, Less | LessOrEqual) | (LessOrEqual, LessOrEqual) => bound <= limit,
        (LessOrEqual, Less) => bound < limit,
        _ => false,
    }
}
