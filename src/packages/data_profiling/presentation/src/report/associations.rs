//! Which columns tell something about one another.

use std::collections::BTreeSet;

use data_profiling_domain::{AssociationMatrix, Associations, PairAssociation};
use shared_kernel_presentation::chart::{self, HeatMap};
use shared_kernel_presentation::format;
use shared_kernel_presentation::page::{self, Align, Html};

use super::{column_link, cut};

/// Columns of the heat map: more would not fit a page.
const HEATED: usize = 24;
/// Pairs listed.
const PAIRS: usize = 25;
/// Columns named that have no associations.
const LEFT_OUT: usize = 30;

/// The heat map, the strongest pairs and what was left out; nothing where no pair was computed.
pub(super) fn associations(found: &Associations) -> Option<Html> {
    if found.computed_pairs == 0 || found.strongest.is_empty() {
        return None;
    }
    let heat = found.matrix.as_ref().map_or_else(
        || {
            page::paragraph(
                "There are too many columns for a heat map; these are the strongest pairs.",
            )
        },
        heat_map,
    );
    Some(Html::concat([rule(found), heat, pairs(&found.strongest), left_out(found)]))
}

fn rule(found: &Associations) -> Html {
    let mut sentence = found.rule.clone();
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    if let Some(first) = sentence.get(..1) {
        sentence = format!("{}{}", first.to_uppercase(), sentence.get(1..).unwrap_or_default());
    }
    page::note(&sentence)
}

fn heat_map(matrix: &AssociationMatrix) -> Html {
    let places = strongest_columns(matrix);
    let names: Vec<String> = places
        .iter()
        .filter_map(|&place| matrix.columns.get(place))
        .map(|name| format::shorten(name, 60))
        .collect();
    let values: Vec<Vec<Option<f64>>> = places
        .iter()
        .filter_map(|&place| matrix.values.get(place))
        .map(|line| places.iter().map(|&place| line.get(place).copied().flatten()).collect())
        .collect();
    let left_out = match matrix.columns.len() - names.len() {
        0 => String::new(),
        more => {
            format!(", of the {} columns that have the strongest; {more} left out", names.len())
        }
    };
    chart::heat_map(&HeatMap {
        title: &format!("The strongest association of each pair, from -1 to 1{left_out}"),
        names: &names,
        values: &values,
        link: "",
    })
}

/// Places of the columns with the strongest associations, in the order of the table.
fn strongest_columns(matrix: &AssociationMatrix) -> BTreeSet<usize> {
    let strength = |(place, line): (usize, &Vec<Option<f64>>)| {
        let others = line.iter().enumerate().filter(|(other, _)| *other != place);
        let strongest = others.filter_map(|(_, value)| *value).map(f64::abs).fold(0.0, f64::max);
        (place, strongest)
    };
    let mut ranked: Vec<(usize, f64)> = matrix.values.iter().enumerate().map(strength).collect();
    ranked.sort_by(|(place, one), (other_place, other)| {
        other.total_cmp(one).then(place.cmp(other_place))
    });
    ranked.into_iter().take(HEATED).map(|(place, _)| place).collect()
}

fn pairs(strongest: &[PairAssociation]) -> Html {
    let rows = strongest.iter().take(PAIRS).map(|pair| {
        let figures: Vec<String> = pair
            .figures
            .iter()
            .map(|figure| {
                let value = format::measured(&figure.value, |value| format!("{value:.3}"));
                format!("{} {value}", figure.measure.name())
            })
            .collect();
        let rows = pair.figures.iter().map(|figure| figure.rows).max().unwrap_or(0);
        vec![
            column_link(&pair.left),
            column_link(&pair.right),
            Html::text(&figures.join(" · ")),
            Html::text(&format::count(rows)),
        ]
    });
    let columns = [
        ("Column", Align::Left),
        ("Column", Align::Left),
        ("How they are associated", Align::Left),
        ("rows", Align::Right),
    ];
    let table = page::table("The strongest pairs", &columns, rows);
    Html::concat([table, cut(strongest.len(), PAIRS, "pairs")])
}

fn left_out(found: &Associations) -> Html {
    let mut parts = Vec::new();
    if found.left_out_pairs > 0 {
        parts.push(page::paragraph(&format!(
            "{} of {} were not computed.",
            format::count(found.left_out_pairs),
            format::plural(found.pairs, "pair", "pairs")
        )));
    }
    if !found.left_out_columns.is_empty() {
        let rows = found
            .left_out_columns
            .iter()
            .take(LEFT_OUT)
            .map(|left| vec![column_link(&left.column), Html::text(&left.reason)]);
        let table = page::table("", &[("Column", Align::Left), ("Why", Align::Left)], rows);
        let cut = cut(found.left_out_columns.len(), LEFT_OUT, "columns");
        let count = found.left_out_columns.len() as u64;
        let title = format!("{} without associations", format::plural(count, "column", "columns"));
        parts.push(page::details(&title, &Html::concat([table, cut])));
    }
    Html::concat(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heat_map_of_many_columns_keeps_the_strongest_and_says_so() {
        let columns: Vec<String> = (0..40).map(|place| format!("c{place}")).collect();
        let strength = |line: usize, place: usize| (line + place) as f64 / 80.0;
        let values = (0..40)
            .map(|line| (0..40).map(|place| Some(strength(line, place))).collect())
            .collect();
        let matrix = AssociationMatrix { columns, values };
        let kept: Vec<usize> = strongest_columns(&matrix).into_iter().collect();
        assert_eq!(kept, (16..40).collect::<Vec<_>>());
        let drawn = heat_map(&matrix);
        assert!(drawn.as_str().contains("of the 24 columns that have the strongest; 16 left out"));
    }
}
