//! Suggestions as a contract of the Open Data Contract Standard.

use std::fmt::Write;

use super::{Entry, Suggestion};
use crate::report::TableFacts;
use crate::yaml::quoted;

/// The contract's text, without the rules that earlier versions speak against. Every text of the data stands in double quotes.
pub fn contract_text(table: &TableFacts, columns: &[&str], suggestions: &[Suggestion]) -> String {
    let name = called(&table.name);
    let mut text = format!(
        "# Suggested from {} rows of what was checked as {}. A rule allows as many rows to break it as do\n\
         # so there, and a quarter more: tighten what is known better, and remove what is chance.\n\
         apiVersion: v3.1.0\nkind: DataContract\nid: {}\nversion: 0.1.0\nstatus: draft\n\nschema:\n  - name: {}\n",
        table.rows,
        quoted(&table.name),
        quoted(&name),
        quoted(&name),
    );
    let (kept, left): (Vec<Suggestion>, Vec<Suggestion>) =
        suggestions.iter().cloned().partition(Suggestion::is_in_contract);
    let left: Vec<String> = left
        .iter()
        .map(|it| {
            let told = it.history.as_ref().map(super::OnEarlierVersions::told).unwrap_or_default();
            comment(&format!("#   {}: {told}", it.id())) + "\n"
        })
        .collect();
    if !left.is_empty() {
        text = format!("# Left out, as most earlier versions break them:\n{}{text}", left.concat());
    }
    text.push_str(&table_text(columns, &kept));
    text
}

/// What stands under a contract's table: these columns and rules.
pub fn table_text(columns: &[&str], suggestions: &[Suggestion]) -> String {
    let mut text = String::new();
    if !columns.is_empty() {
        text.push_str("    properties:\n");
    }
    for column in columns {
        let own: Vec<&Suggestion> =
            suggestions.iter().filter(|it| it.column.as_deref() == Some(column)).collect();
        property(&mut text, column, &own);
    }
    let of_table: Vec<&Suggestion> = suggestions.iter().filter(|it| it.column.is_none()).collect();
    quality(&mut text, "    ", &of_table);
    text
}

/// The last part of a path, without endings.
fn called(name: &str) -> String {
    let file = name.rsplit('/').find(|part| !part.is_empty()).unwrap_or(name);
    let stem = file.split('.').find(|part| !part.is_empty()).unwrap_or(file);
    let stem = stem.trim();
    if stem.is_empty() || stem == "-" { "table".to_owned() } else { stem.to_owned() }
}

fn property(text: &mut String, column: &str, suggestions: &[&Suggestion]) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "      - name: {}", quoted(column));
    for suggestion in suggestions {
        let evidence = comment(&suggestion.evidence_with_history());
        let _ = match &suggestion.entry {
            Entry::Type(logical) => writeln!(text, "        logicalType: {}", logical.name()),
            Entry::Required => writeln!(text, "        required: true  # {evidence}"),
            Entry::Unique => writeln!(text, "        unique: true  # {evidence}"),
            Entry::Quality(_) => Ok(()),
        };
    }
    quality(text, "        ", suggestions);
}

fn quality(text: &mut String, indent: &str, suggestions: &[&Suggestion]) {
    let mut begun = false;
    for suggestion in suggestions {
        let Entry::Quality(entry) = &suggestion.entry else { continue };
        if !begun {
            let _ = writeln!(text, "{indent}quality:");
            begun = true;
        }
        let _ = writeln!(text, "{indent}  - id: {}", quoted(&suggestion.id()));
        let _ = writeln!(
            text,
            "{indent}    description: {}",
            quoted(&suggestion.evidence_with_history())
        );
        for (key, value) in entry {
            let _ = writeln!(text, "{indent}    {key}: {value}");
        }
    }
}

/// Text for the end of a line.
fn comment(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
