//! Lists and maps: how long they are. What they hold has cards of its own.

use data_profiling_domain::NestedProfile;
use shared_kernel_presentation::format;
use shared_kernel_presentation::page::{self, Align, Html};

use super::cut;
use crate::figure::figure;

/// Lists shown.
const SHOWN: usize = 100;

/// Nothing where there are neither lists nor anything left out.
pub(super) fn lists(nested: &NestedProfile) -> Option<Html> {
    if nested.lists.is_empty() && nested.left_out.is_empty() {
        return None;
    }
    let rows = nested.lists.iter().take(SHOWN).map(|list| {
        vec![
            Html::text(&list.path),
            Html::text(&format::count(list.places)),
            Html::text(&format::count(list.nulls)),
            Html::text(&format::count(list.empty)),
            Html::text(&format::count(list.items)),
            Html::text(&figure(&list.shortest, |length| format::count(*length))),
            Html::text(&figure(&list.mean_length, |length| format::number(*length))),
            Html::text(&figure(&list.longest, |length| format::count(*length))),
        ]
    });
    let head = [
        ("List or map", Align::Left),
        ("places", Align::Right),
        ("missing", Align::Right),
        ("empty", Align::Right),
        ("items", Align::Right),
        ("shortest", Align::Right),
        ("mean", Align::Right),
        ("longest", Align::Right),
    ];
    let mut parts = vec![
        page::table("How long lists are, and how large maps", &head, rows),
        cut(nested.lists.len(), SHOWN, "lists"),
    ];
    for left_out in nested.left_out.iter().take(SHOWN) {
        parts.push(page::note(&format!("{}: {}", left_out.path, left_out.reason)));
    }
    parts.push(cut(nested.left_out.len(), SHOWN, "paths that are not looked into"));
    Some(Html::concat(parts))
}
