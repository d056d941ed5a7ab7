//! What stands out, the most important first.

use data_profiling_domain::{Finding, Profile};
use shared_kernel_presentation::page::{self, Align, Html};
use shared_kernel_presentation::{Tone, format};

use super::{column_links, cut};

/// Findings shown of each group; all of them stand in the JSON document.
const SHOWN: usize = 80;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    Wrong,
    Look,
    Know,
}

impl Weight {
    /// See [`FindingKind::importance`](data_profiling_domain::FindingKind::importance).
    fn of(finding: &Finding) -> Self {
        match finding.importance {
            70.. => Self::Wrong,
            40.. => Self::Look,
            _ => Self::Know,
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::Wrong => Tone::Bad,
            Self::Look => Tone::Warning,
            Self::Know => Tone::Muted,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Wrong => "Probably wrong or of no use",
            Self::Look => "Worth a look",
            Self::Know => "Good to know",
        }
    }
}

/// What kind of thing was found, in the colours of how much it matters.
pub(super) fn badge(finding: &Finding) -> Html {
    page::badge(Weight::of(finding).tone(), finding.kind.name())
}

/// The sentence of a finding, without its kind, which stands beside it.
pub(super) fn sentence(finding: &Finding) -> &str {
    let named = finding.sentence.strip_prefix(finding.kind.name());
    named.and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&finding.sentence)
}

/// How many there are, listed or not.
pub(super) fn count(profile: &Profile) -> u64 {
    profile.findings.len() as u64 + profile.unlisted_findings
}

/// How many of the findings matter.
pub(super) fn note(profile: &Profile) -> String {
    let count = |weight| {
        profile.findings.iter().filter(|finding| Weight::of(finding) == weight).count() as u64
    };
    let parts: Vec<String> =
        [(count(Weight::Wrong), "probably wrong"), (count(Weight::Look), "worth a look")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", format::count(count)))
            .collect();
    parts.join(", ")
}

/// All findings in three groups, those that are only good to know on demand.
pub(super) fn findings(profile: &Profile) -> Html {
    let mut parts = Vec::new();
    for weight in [Weight::Wrong, Weight::Look, Weight::Know] {
        let group: Vec<&Finding> =
            profile.findings.iter().filter(|finding| Weight::of(finding) == weight).collect();
        if group.is_empty() {
            continue;
        }
        let title = format!("{} ({})", weight.title(), format::count(group.len() as u64));
        let table = Html::concat([table(&group), cut(group.len(), SHOWN, "findings")]);
        if weight == Weight::Know {
            parts.push(page::details(&title, &table));
        } else {
            parts.push(page::heading(&title));
            parts.push(table);
        }
    }
    if profile.unlisted_findings > 0 {
        parts.push(page::paragraph(&format!(
            "{} of kinds of which there are very many are not listed",
            format::plural(profile.unlisted_findings, "further finding", "further findings")
        )));
    }
    Html::trusted(format!("<div class=\"findings\">{}</div>", Html::concat(parts)))
}

fn table(findings: &[&Finding]) -> Html {
    let rows = findings.iter().take(SHOWN).map(|finding| {
        let columns = match finding.column.as_str() {
            "" => column_links(&finding.columns),
            one => column_links(&[one.to_owned()]),
        };
        vec![badge(finding), columns, Html::text(sentence(finding))]
    });
    let columns =
        [("Finding", Align::Left), ("Column", Align::Left), ("What it rests on", Align::Left)];
    page::table("", &columns, rows)
}
