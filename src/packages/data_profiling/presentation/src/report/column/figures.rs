//! The figures that matter.

use data_profiling_domain::{ColumnProfile, Figure};
use shared_kernel_domain::table::Cell;
use shared_kernel_presentation::format;
use shared_kernel_presentation::page::{self, Html};

use crate::figure::{NONE, cell};

/// Characters of a value in a card.
pub(super) const VALUE: usize = 40;

/// Names and figures.
pub(super) type Pairs = Vec<(&'static str, Html)>;

/// A figure, or a dash that tells why there is none.
pub(super) fn shown<T>(figure: &Figure<T>, render: impl Fn(&T) -> String) -> Html {
    match figure {
        Figure::Known(known) => page::measured(known, render),
        Figure::Missing(missing) => page::absent(NONE, &missing.reason),
    }
}

pub(super) fn number(figure: &Figure<f64>) -> Html {
    shown(figure, |number| format::number(*number))
}

pub(super) fn count(figure: &Figure<u64>) -> Html {
    shown(figure, |count| format::count(*count))
}

pub(super) fn share(figure: &Figure<f64>) -> Html {
    shown(figure, |share| format::share(*share))
}

pub(super) fn value(figure: &Figure<Cell>) -> Html {
    shown(figure, |value| cell(value, VALUE))
}

/// The figures of a card that is not opened; those that are not there are left out.
pub(super) fn main(column: &ColumnProfile) -> Pairs {
    let mut figures = vec![("missing", missing(column)), ("distinct", count(&column.distinct))];
    if column.values() == 0 {
        return figures;
    }
    if column.booleans.is_none() {
        ends(column, &mut figures);
    }
    if let Some(numbers) = &column.numbers {
        for (name, figure) in [("mean", &numbers.mean), ("std. dev.", &numbers.standard_deviation)]
        {
            if figure.value().is_some() {
                figures.push((name, number(figure)));
            }
        }
        for (name, of) in [
            ("zeros", numbers.zeros),
            ("negatives", numbers.negatives),
            ("NaN", numbers.nan),
            ("infinite", numbers.infinite),
        ] {
            if of > 0 {
                figures.push((name, part(of, column.values())));
            }
        }
    }
    if let Some(texts) = &column.texts {
        figures.push(("shortest", count(&texts.shortest)));
        figures.push(("longest", count(&texts.longest)));
        figures.push(("median length", count(&texts.median_length)));
        for (name, of) in [("empty", texts.empty), ("padded", texts.padded)] {
            if of > 0 {
                figures.push((name, part(of, column.values())));
            }
        }
    }
    if let Some(times) = &column.times
        && times.range.value().is_some()
    {
        figures.push(("range", shown(&times.range, Clone::clone)));
    }
    figures
}

/// Extremes and the median, of what has an order that people know.
fn ends(column: &ColumnProfile, figures: &mut Pairs) {
    let (smallest, largest) = match (&column.times, &column.texts) {
        (Some(_), _) => ("first", "last"),
        (None, Some(_)) => return,
        _ => ("smallest", "largest"),
    };
    let median = column.median().map(|median| ("median", median));
    let ends = [(smallest, &column.minimum), (largest, &column.maximum)];
    for (name, figure) in ends.into_iter().chain(median) {
        if figure.value().is_some() {
            figures.push((name, value(figure)));
        }
    }
}

fn missing(column: &ColumnProfile) -> Html {
    if column.nulls == 0 {
        return Html::text("0");
    }
    part(column.nulls, column.rows)
}

/// A count and its share, which is not torn apart.
pub(super) fn part(part: u64, whole: u64) -> Html {
    let share = format::share_of(part, whole).replace(' ', "\u{a0}");
    Html::text(&format!("{} ({share})", format::count(part)))
}
