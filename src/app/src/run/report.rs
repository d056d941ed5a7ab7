//! The self-contained HTML report: every context's part on one page.

use shared_kernel_domain::Result;
use shared_kernel_presentation::format;
use shared_kernel_presentation::page::{self, Html, ReportPage, Section};
use shared_kernel_presentation::table::{Column, Table};

use super::findings::Findings;

/// The page.
pub(crate) fn whole_page(findings: &Findings) -> Result<String> {
    let upload = &findings.upload;
    let table = &upload.version.table;
    let mut sections = vec![data_quality_presentation::web::section(&findings.quality.report)];
    let read = upload.version.evidence.sentences();
    if !read.is_empty() {
        sections.push(Section {
            id: "reading".to_owned(),
            title: "How it was read".to_owned(),
            aside: String::new(),
            html: Html::concat(read.iter().map(|sentence| page::paragraph(sentence))),
        });
    }
    if let Some(changes) = &findings.changes {
        sections.push(data_profiling_presentation::web::changes_section(changes));
    }
    if let Some(anomalies) = &findings.anomalies {
        sections.push(data_science_presentation::web::section(anomalies));
    }
    sections.extend(data_profiling_presentation::web::sections(&findings.profile.profile));
    sections.push(mlops_presentation::web::section(&findings.training));
    sections.push(steps(findings));
    ReportPage {
        title: format!("{}, version {}", upload.dataset.name, upload.version.number),
        subtitle: format!(
            "{} rows × {} columns · {} · digest {}",
            format::count(table.rows),
            table.schema.fields.len(),
            upload.version.source,
            table.digest.short(),
        ),
        verdict: Some(data_quality_presentation::web::verdict(&findings.quality.report)),
        sections,
        footer: format!(
            "pynomaly {} · {}{}",
            env!("CARGO_PKG_VERSION"),
            format::timestamp(findings.profile.created_at),
            findings.chain.map_or_else(String::new, |chain| format!(" · chain {chain}")),
        ),
    }
    .render()
}

/// How long each step took.
pub(crate) fn step_table(findings: &Findings) -> Table {
    let mut table = Table::new([
        Column::text("step"),
        Column::number("time"),
        Column::number("rows per second"),
    ]);
    let rows = findings.upload.version.table.rows;
    for step in &findings.steps {
        table.row([
            step.name.into(),
            format::duration(step.took).into(),
            format::rate(rows, "rows", step.took).into(),
        ]);
    }
    table
}

fn steps(findings: &Findings) -> Section {
    Section {
        id: "steps".to_owned(),
        title: "Steps".to_owned(),
        aside: String::new(),
        html: Html::concat([step_table(findings).to_html("Time of each step")]),
    }
}
