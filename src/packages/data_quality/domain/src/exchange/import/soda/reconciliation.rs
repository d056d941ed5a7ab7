//! `reconciliation NAME:` of SodaCL: figures and rows of a target against those of a source.

use super::threshold;
use super::{FIGURES, normalised};
use crate::exchange::arguments::Reason;
use crate::exchange::draft::{Board, Draft, Subject};
use crate::exchange::forms::{as_line, told};
use crate::exchange::import::shape;
use crate::expression::Number;
use crate::problem::Problem;
use crate::verdict::Severity;
use crate::yaml::{Entry, Node, list, text};

pub(super) fn read(board: &mut Board, entry: &Entry) -> Result<(), Problem> {
    let dataset = |side: &str| {
        let side = entry.value.get("datasets").and_then(|datasets| datasets.get(side));
        side.and_then(|side| side.get("dataset")).and_then(Node::text)
    };
    let (Some(source), Some(target)) = (dataset("source"), dataset("target")) else {
        let what = format!("{}: {}", entry.key, as_line(&entry.value));
        board.leave_out(entry.place, &what, "it names no source and target");
        return Ok(());
    };
    let table = board.table(target);
    let checks = entry.value.get("checks").and_then(Node::items).unwrap_or_default();
    for node in checks {
        let (line, settings): (&str, &[Entry]) = match (node.text(), node.entries()) {
            (Some(line), _) => (line, &[]),
            (None, Some([only])) => (&only.key, only.value.entries().unwrap_or_default()),
            _ => return Err(shape(node, "a check", "a line, alone or with settings")),
        };
        let what = format!("{}: {}", entry.key, told(line, &settings.iter().collect::<Vec<_>>()));
        let subject = Subject { table, place: node.place, what: &what };
        let drafts = if source == target {
            Err("both tables are called the same, in two data sources".to_owned())
        } else {
            draft(line, &normalised(settings), source).map(|draft| vec![draft])
        };
        board.add(subject, drafts);
    }
    Ok(())
}

/// `avg(size) diff < 5`, `rows diff = 0`.
fn draft(line: &str, settings: &[Entry], source: &str) -> Result<Draft, Reason> {
    let refused = || "a reconciliation of this kind is not known here".to_owned();
    let (metric, threshold) = line.split_once(" diff").ok_or_else(refused)?;
    let metric = metric.trim();
    let when = settings.iter().find(|entry| entry.key == "fail").and_then(|it| it.value.text());
    let limit = match when {
        Some(when) => {
            let when = when.trim().strip_prefix("when ").unwrap_or(when);
            let when = when.trim().strip_prefix("diff").unwrap_or(when);
            threshold::read(when, true, Number::read)?
        }
        None => threshold::read(threshold, false, Number::read)?,
    };
    let draft = if metric == "rows" { rows(settings)? } else { figure(metric)? };
    let percent = threshold.trim_end().ends_with('%');
    let (severity, draft) = (Some(Severity::Error), draft.with("to", text(source)));
    Ok(Draft { limit, percent, severity, ..draft })
}

fn figure(metric: &str) -> Result<Draft, Reason> {
    if metric == "row_count" {
        return Ok(Draft::of("tie_out", []).with("figure", text("row_count")));
    }
    let parts = metric.strip_suffix(')').and_then(|metric| metric.split_once('('));
    let known = parts.and_then(|(name, column)| {
        let (_, figure) = FIGURES.iter().find(|(known, _)| *known == name.trim())?;
        Some((*figure, column.trim().trim_matches('"').to_owned()))
    });
    let (figure, column) = known.ok_or_else(|| format!("{metric} is no figure here"))?;
    Ok(Draft::of("tie_out", [column]).with("figure", text(figure)))
}

fn rows(settings: &[Entry]) -> Result<Draft, Reason> {
    let names = |key: &str| -> Option<Vec<String>> {
        let node = &settings.iter().find(|entry| entry.key == key)?.value;
        node.items()?.iter().map(|item| item.text().map(str::to_owned)).collect()
    };
    let known = |entry: &&Entry| {
        let keys = ["key_columns", "source_key_columns", "target_key_columns"];
        let columns = ["source_columns", "target_columns", "name", "fail", "strategy"];
        !keys.contains(&entry.key.as_str()) && !columns.contains(&entry.key.as_str())
    };
    if let Some(entry) = settings.iter().find(known) {
        return Err(format!("its {} is not understood here", entry.key));
    }
    let both = names("key_columns");
    let here = names("target_key_columns").or_else(|| both.clone());
    let here = here.ok_or("it names no key columns")?;
    let there = names("source_key_columns").or(both).unwrap_or_else(|| here.clone());
    let nodes = |names: &[String]| list(names.iter().map(text));
    let columns = names("target_columns");
    let columns_there = names("source_columns").filter(|there| Some(there) != columns.as_ref());
    let mut draft = Draft::of("same_rows", []).with("key", nodes(&here));
    if there != here {
        draft = draft.with("to_key", nodes(&there));
    }
    if let Some(columns) = columns {
        let key = |column: &String| !here.contains(column);
        let compared: Vec<String> = columns.iter().filter(|it| key(it)).cloned().collect();
        if columns_there.is_some() && compared.len() != columns.len() {
            return Err("its columns name the key too".to_owned());
        }
        draft = draft.with("columns", nodes(&compared));
        if let Some(there) = columns_there {
            draft = draft.with("to_columns", nodes(&there));
        }
    }
    Ok(draft)
}
