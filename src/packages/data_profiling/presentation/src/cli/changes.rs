//! What changed from one profile to another, as text.

use std::fmt::Write;

use data_profiling_domain::{Profile, ProfileChanges};
use shared_kernel_presentation::cli::Palette;
use shared_kernel_presentation::table::Column;
use shared_kernel_presentation::{Table, Tone, format};

/// Changes shown on one screen.
const SHOWN: usize = 40;

/// The changes, the largest first, ending with a line break.
pub(super) fn text(
    before: &Profile,
    after: &Profile,
    changes: &ProfileChanges,
    width: usize,
    palette: Palette,
) -> String {
    let table = |profile: &Profile| {
        let rows = format::plural(profile.rows, "row", "rows");
        format!("{} ({rows}, digest {})", format::printable(&profile.name), profile.digest.short())
    };
    let heading = format!("{} → {}", table(before), table(after));
    let mut text = format!("{}\n", palette.paint(Tone::Strong, &heading));
    if changes.changes.is_empty() {
        let sentence = if changes.identical {
            "every value is the same"
        } else {
            "no figure of the profile changed by much"
        };
        let _ = writeln!(text, "{sentence}");
        return text;
    }
    let mut shown = Table::new([Column::text("column"), Column::text("what changed")]);
    for change in changes.changes.iter().take(SHOWN) {
        let column = change.column.as_deref().unwrap_or("(table)");
        shown.row([column.into(), change.sentence.as_str().into()]);
    }
    let _ = write!(text, "\n{}", shown.to_text(width, palette));
    if changes.changes.len() > SHOWN {
        let more = changes.changes.len() - SHOWN;
        let more = format!("{more} more changes: --format json shows all");
        let _ = writeln!(text, "{}", palette.paint(Tone::Muted, &more));
    }
    text
}
