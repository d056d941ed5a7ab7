//! Keys, columns that repeat others, and columns that determine others.

use data_profiling_domain::{
    CandidateKeys, FunctionalDependencies, NearDuplicates, Repetition, TableStructure,
};
use shared_kernel_presentation::format;
use shared_kernel_presentation::page::{self, Align, Html};

use super::{column_link, column_links, cut};

/// Of each, so many are shown.
const SHOWN: usize = 20;

/// What identifies a row and which columns follow from others.
pub(super) fn relations(structure: &TableStructure) -> Html {
    Html::concat([
        keys(&structure.keys),
        repetitions(&structure.near_duplicates),
        dependencies(&structure.dependencies),
    ])
}

fn keys(found: &CandidateKeys) -> Html {
    let columns =
        [("Columns", Align::Left), ("repeated rows", Align::Right), ("rests on", Align::Left)];
    let mut parts = vec![page::heading("What identifies a row")];
    let all: Vec<_> = found.keys.iter().chain(&found.near_keys).collect();
    if all.is_empty() {
        parts.push(page::paragraph(
            "No column does, and no two or three together. The check command counts equal rows.",
        ));
    } else {
        let rows = all.iter().take(SHOWN).map(|key| {
            let exactness = if key.duplicate_rows.is_exact() {
                "all rows".to_owned()
            } else {
                format::exactness(&key.duplicate_rows.exactness)
            };
            vec![
                column_links(&key.columns),
                Html::text(&format::count(key.duplicate_rows.value)),
                Html::text(&exactness),
            ]
        });
        parts.push(page::table("", &columns, rows));
        parts.push(cut(all.len() + found.unlisted_keys as usize, SHOWN.min(all.len()), "keys"));
    }
    parts.push(left_out(found.left_out_sets, "sets of columns"));
    Html::concat(parts)
}

fn repetitions(found: &NearDuplicates) -> Html {
    if found.pairs.is_empty() {
        return Html::default();
    }
    let rows = found.pairs.iter().take(SHOWN).map(|pair| {
        let how = match pair.repetition {
            Repetition::Equal => "equal values",
            Repetition::OneToOne => "one to one, in other words",
        };
        let share = page::measured(&pair.share, |share| format::share(*share));
        vec![column_link(&pair.left), column_link(&pair.right), Html::text(how), share]
    });
    let columns = [
        ("Column", Align::Left),
        ("Column", Align::Left),
        ("how", Align::Left),
        ("of the rows", Align::Right),
    ];
    Html::concat([
        page::heading("Columns that say the same thing"),
        page::table("", &columns, rows),
        cut(
            found.pairs.len() + found.unlisted_pairs as usize,
            SHOWN.min(found.pairs.len()),
            "pairs",
        ),
        left_out(found.left_out_pairs, "pairs"),
    ])
}

fn dependencies(found: &FunctionalDependencies) -> Html {
    if found.dependencies.is_empty() {
        return Html::default();
    }
    let rows = found.dependencies.iter().take(SHOWN).map(|known| {
        vec![
            column_links(&known.determinants),
            column_link(&known.dependent),
            page::measured(&known.error, |error| format::share(*error)),
            Html::text(&format::count(known.evidence)),
        ]
    });
    let columns = [
        ("Who knows", Align::Left),
        ("also knows", Align::Left),
        ("exceptions", Align::Right),
        ("rows that could show one", Align::Right),
    ];
    let all = found.dependencies.len() + found.unlisted_dependencies as usize;
    Html::concat([
        page::heading("Columns that follow from others"),
        page::table("", &columns, rows),
        cut(all, SHOWN.min(found.dependencies.len()), "dependencies"),
        left_out(found.left_out_sets, "sets of columns"),
    ])
}

fn left_out(count: u64, what: &str) -> Html {
    if count == 0 {
        return Html::default();
    }
    page::paragraph(&format!("{} {what} were not looked at", format::count(count)))
}
