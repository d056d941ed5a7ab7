//! How a dataset changed from version to version, as text.

use std::fmt::Write;

use data_profiling_domain::{Compatibility, ProfileHistory, VersionProfile};
use shared_kernel_presentation::cli::Palette;
use shared_kernel_presentation::table::{Column, TableCell};
use shared_kernel_presentation::{Table, Tone, format};

use crate::figure::figure;

/// Changes of a version that are named; the rest is counted.
const NAMED: usize = 5;

/// The versions, the newest first, ending with a line break.
pub(super) fn text(history: &ProfileHistory, width: usize, palette: Palette) -> String {
    let count = history.versions.len() as u64 + history.unlisted_versions;
    let heading = format!(
        "{}: {}",
        format::printable(&history.dataset),
        format::plural(count, "version", "versions")
    );
    let mut text = format!("{}\n", palette.paint(Tone::Strong, &heading));
    if history.versions.is_empty() {
        let _ = writeln!(text, "none is profiled yet");
        return text;
    }
    let mut table = Table::new([
        Column::number("version"),
        Column::text("profiled"),
        Column::number("rows"),
        Column::number("columns"),
        Column::number("missing"),
        Column::text("for readers"),
        Column::text("what changed"),
    ]);
    for version in &history.versions {
        table.row([
            version.version.to_string().into(),
            format::timestamp(version.profiled_at).into(),
            format::count(version.rows).into(),
            version.columns.to_string().into(),
            figure(&version.null_share, |share| format::share(*share)).into(),
            compatibility(version),
            changes(version).into(),
        ]);
    }
    let _ = write!(text, "\n{}", table.to_text(width, palette));
    if history.unlisted_versions > 0 {
        let more = format!("{} earlier: --versions {count} shows all", history.unlisted_versions);
        let _ = writeln!(text, "{}", palette.paint(Tone::Muted, &more));
    }
    text
}

fn compatibility(version: &VersionProfile) -> TableCell {
    let Some(compatibility) = version.compatibility else { return "".into() };
    let tone = match compatibility {
        Compatibility::Compatible => Tone::Neutral,
        Compatibility::Widening => Tone::Warning,
        Compatibility::Breaking => Tone::Bad,
    };
    TableCell::toned(compatibility.name().to_owned(), tone)
}

fn changes(version: &VersionProfile) -> String {
    let schema = version.schema_changes.iter().map(|change| change.sentence.clone());
    let drifted = version.drifted.iter().map(|it| format!("{:?} moved far", it.column));
    let mut sentences: Vec<String> = schema.chain(drifted).collect();
    let more = sentences.len().saturating_sub(NAMED);
    sentences.truncate(NAMED);
    if more > 0 {
        sentences.push(format!("and {more} more"));
    }
    sentences.join("; ")
}
