//! R10: the rooms `api`, `cli` and `web` do not use one another, and no presentation code holds
//! SQL, touches DataFusion, Arrow or a database client, or opens files.

use super::{place_of, written};
use crate::reading::Reading;
use crate::{Layer, Mention, Place, SourceFile, Violation};

const ROOMS: [&str; 3] = ["api", "cli", "web"];

/// Crates whose mention in a presentation crate is an engine or a database reached past a port.
const ENGINES: [&str; 8] = [
    "arrow",
    "datafusion",
    "lapin",
    "object_store",
    "parquet",
    "rusqlite",
    "tokio_postgres",
    "sqlx",
];

/// Modules through which files are reached.
const FILES: [[&str; 2]; 2] = [["std", "fs"], ["tokio", "fs"]];

/// Types through which files are reached, when imported by a glob.
const FILE_TYPES: [[&str; 2]; 3] = [["File", "open"], ["File", "create"], ["OpenOptions", "new"]];

/// SQL by its first word and a later one (none: the first is enough).
const STATEMENTS: [(&str, &[&str]); 8] = [
    ("select", &["from"]),
    ("insert", &["into"]),
    ("update", &["set"]),
    ("delete", &["from"]),
    ("create", &["table", "index", "view", "trigger"]),
    ("drop", &["table", "index", "view", "trigger"]),
    ("alter", &["table"]),
    ("pragma", &[]),
];

/// Judges a file of a presentation crate; others pass.
pub fn check(file: &SourceFile) -> Vec<Violation> {
    if !matches!(file.place, Place::Room { layer: Layer::Presentation, .. }) {
        return Vec::new();
    }
    let reading = Reading::of(file);
    let mut violations = Vec::new();
    for mention in &reading.mentions {
        violations.extend(check_rooms(file, mention));
        violations.extend(check_engines_and_files(file, mention));
    }
    for literal in &reading.literals {
        if looks_like_sql(&literal.text) {
            violations.push(Violation::new(
                "R10",
                place_of(file, literal.line),
                format!("SQL in a presentation crate: {:?}", literal.text),
                "ask a use case, which asks a repository port",
            ));
        }
    }
    violations.dedup();
    violations
}

/// The room a path inside a presentation crate leads to, of this crate or of the kernel's kits.
fn room_of(path: &[String]) -> Option<&str> {
    let inside = match path.first().map(String::as_str) {
        Some("crate" | "shared_kernel_presentation") => path.get(1),
        _ => None,
    };
    inside.map(String::as_str).filter(|name| ROOMS.contains(name))
}

fn check_rooms(file: &SourceFile, mention: &Mention) -> Option<Violation> {
    let own = mention.module.first().map(String::as_str).filter(|name| ROOMS.contains(name))?;
    let other = room_of(&mention.path)?;
    (own != other).then(|| {
        Violation::new(
            "R10",
            place_of(file, mention.line),
            format!("room {own} uses room {other}: {}", written(mention)),
            "move what both need to the application layer, or to the crate's root when it is \
             about presentation",
        )
    })
}

fn check_engines_and_files(file: &SourceFile, mention: &Mention) -> Option<Violation> {
    let path: Vec<&str> = mention.path.iter().map(String::as_str).collect();
    let what = if path.len() > 1 && ENGINES.contains(path.first()?) {
        "an engine or a database"
    } else if FILES.iter().any(|module| path.starts_with(module))
        || FILE_TYPES.iter().any(|call| path.ends_with(call))
    {
        "the file system"
    } else {
        return None;
    };
    Some(Violation::new(
        "R10",
        place_of(file, mention.line),
        format!("a presentation crate reaches {what}: {}", written(mention)),
        "ask a use case, which goes through a port",
    ))
}

fn looks_like_sql(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words =
        lower.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let Some(first) = words.next() else { return false };
    let rest: Vec<&str> = words.collect();
    STATEMENTS.iter().any(|(verb, later)| {
        *verb == first && (later.is_empty() || later.iter().any(|word| rest.contains(word)))
    })
}
