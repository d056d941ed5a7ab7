//! Precision and recall of each kind on the corpus, published in `docs/guide/semantic-types.md`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use super::corpus::{Judged, judged};
use super::words::GIVEN;
use crate::semantic::SemanticKind as Kind;
use crate::semantic::glance::is_listed;
use crate::semantic::lists::GIVEN_NAMES;

#[derive(Clone, Copy, Debug, Default)]
struct Score {
    columns: u64,
    found: u64,
    unnamed: u64,
    unnamed_found: u64,
    wrongly_found: u64,
}

impl Score {
    fn recall(self) -> f64 {
        self.found as f64 / self.columns as f64
    }

    fn precision(self) -> f64 {
        self.found as f64 / (self.found + self.wrongly_found) as f64
    }
}

fn scores(judged: &[Judged]) -> BTreeMap<Kind, Score> {
    let mut scores: BTreeMap<Kind, Score> = BTreeMap::new();
    for column in judged {
        let told = column.profile.kind();
        if let Some(label) = column.label {
            let score = scores.entry(label).or_default();
            let is_found = u64::from(told == Some(label));
            score.columns += 1;
            score.found += is_found;
            if !column.is_named {
                score.unnamed += 1;
                score.unnamed_found += is_found;
            }
        }
        if let Some(told) = told
            && column.label != Some(told)
        {
            scores.entry(told).or_default().wrongly_found += 1;
        }
    }
    scores
}

/// What each kind must reach: rules of thumb and ambiguous codes less than clear forms. A short
/// column of padded codes may have none with a leading zero.
fn floor(kind: Kind) -> (f64, f64) {
    match kind {
        Kind::PersonName | Kind::Address => (0.9, 0.8),
        Kind::CategoricalCode | Kind::PaddedCode | Kind::Year => (0.95, 0.75),
        Kind::CountryAlpha2 | Kind::Language => (0.95, 0.85),
        _ => (0.95, 0.95),
    }
}

fn table(scores: &BTreeMap<Kind, Score>) -> String {
    let mut table =
        "| kind | columns | precision | recall | recall where the name says nothing |\n\
                     |---|---:|---:|---:|---:|\n"
            .to_owned();
    for (kind, score) in scores {
        let unnamed = match score.unnamed {
            0 => "not told without".to_owned(),
            unnamed => format!("{:.2}", score.unnamed_found as f64 / unnamed as f64),
        };
        let (precision, recall) = (score.precision(), score.recall());
        let name = kind.name();
        let columns = score.columns;
        writeln!(table, "| {name} | {columns} | {precision:.2} | {recall:.2} | {unnamed} |")
            .unwrap();
    }
    table
}

fn mistakes(judged: &[Judged]) -> String {
    let mut counted: BTreeMap<(String, String), u64> = BTreeMap::new();
    for column in judged.iter().filter(|column| column.profile.kind() != column.label) {
        let told = column.profile.kind().map_or("cannot tell", Kind::name);
        *counted.entry((column.family.clone(), told.to_owned())).or_default() += 1;
    }
    let mut text = String::new();
    for ((family, told), columns) in counted {
        writeln!(text, "{columns} × {family} taken for {told}").unwrap();
    }
    text
}

/// `PYNOMALY_UPDATE=1 cargo test -p pynomaly-data-profiling-domain` writes the published table.
#[test]
fn kinds_are_told_as_well_as_the_guide_says() {
    let judged = judged();
    let scores = scores(&judged);
    let labels = judged.iter().filter_map(|column| column.label);
    assert!(labels.clone().all(|kind| scores[&kind].columns >= 20));
    assert!(Kind::ALL.into_iter().all(|kind| scores.contains_key(&kind)));
    for (&kind, score) in &scores {
        let (precision, recall) = floor(kind);
        assert!(
            score.precision() >= precision && score.recall() >= recall,
            "{kind:?}: precision {:.3}, recall {:.3}\n{}",
            score.precision(),
            score.recall(),
            mistakes(&judged)
        );
    }
    let known = GIVEN.iter().filter(|name| is_listed(GIVEN_NAMES, &name.to_lowercase())).count();
    let rivals = judged.iter().filter(|column| column.label.is_none()).count();
    let mut text = table(&scores);
    write!(
        text,
        "\n{} columns, {rivals} of them near misses and columns of no kind. Of the {} given names \
         in the corpus {known} are among the detector's {}.\n",
        judged.len(),
        GIVEN.len(),
        GIVEN_NAMES.len()
    )
    .unwrap();
    compare_with_guide(&text);
}

fn compare_with_guide(table: &str) {
    const BEGIN: &str = "<!-- accuracy: written by PYNOMALY_UPDATE=1 -->\n";
    const END: &str = "<!-- end of accuracy -->";
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../docs/guide/semantic-types.md");
    let guide = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = guide.split_once(BEGIN).expect("the guide has a place for the table");
    let (published, after) = rest.split_once(END).expect("the table's place ends");
    if std::env::var_os("PYNOMALY_UPDATE").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}\n{table}\n{END}{after}")).unwrap();
        return;
    }
    assert_eq!(published.trim(), table.trim(), "run with PYNOMALY_UPDATE=1");
}

/// Prices of a mistake differ: what is personal must be seen as personal, whatever its kind.
#[test]
fn personal_columns_are_seen_as_personal() {
    let judged = judged();
    let personal: Vec<&Judged> =
        judged.iter().filter(|column| column.label.is_some_and(Kind::is_personal)).collect();
    let seen = personal.iter().filter(|column| column.profile.personal).count();
    assert!(seen as f64 >= 0.95 * personal.len() as f64, "{seen} of {}", personal.len());
    let others: Vec<&Judged> = judged
        .iter()
        .filter(|column| column.label.is_some_and(|kind| !kind.is_personal()))
        .collect();
    let wrongly = others.iter().filter(|column| column.profile.personal).count();
    assert!(wrongly as f64 <= 0.03 * others.len() as f64, "{wrongly} of {}", others.len());
}
