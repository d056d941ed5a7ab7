//! The short rule file: rules and nothing else, each an expression, or the name of a rule with what it
//! is about and, beside it, its arguments and what it must be.
//!
//! It is written out as a contract of the standard, each value at the place where it stands in the file,
//! and read as such: there is no second meaning of a rule. Arguments that no rule has are errors here,
//! since nobody else has a use for them.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::quality::ARGUMENTS;
use super::record::Problems;
use crate::expression::parse;
use crate::problem::{Problem, nearest};
use crate::rule;
use crate::yaml::{Content, Entry, Node, Place, Scalar, ScalarValue, list, plain, text};

/// What the checked table is called where the file has no name for it.
const TABLE: &str = "data";

/// The keys of a file.
const KEYS: [&str; 4] = ["table", "tables", "version", "rules"];

/// What a figure, or the number or share of failing rows, must be, and what the standard calls it.
const BOUNDS: [(&str, &str); 8] = [
    ("more_than", "mustBeGreaterThan"),
    ("at_least", "mustBeGreaterOrEqualTo"),
    ("less_than", "mustBeLessThan"),
    ("at_most", "mustBeLessOrEqualTo"),
    ("between", "mustBeBetween"),
    ("not_between", "mustNotBeBetween"),
    // last, as others begin with them
    ("is_not", "mustNotBe"),
    ("is", "mustBe"),
];

/// What is advised for a contract, and for a rule file.
const HINTS: [(&str, &str); 3] = [
    ("name them with `columns: [A, B]`", "write `[A, B]` behind the rule"),
    ("name it with `column: NAME`", "write its name behind the rule"),
    ("leave the unit out", "leave the `%` out"),
];

/// What is said of a rule beside its arguments.
const REMARKS: [&str; 4] = ["name", "description", "severity", "dimension"];

/// Whether a document is a short rule file.
pub(crate) fn is_rule_file(document: &Node) -> bool {
    let has = |key: &str| document.get(key).is_some();
    has("rules") && !["apiVersion", "kind", "schema"].into_iter().any(has)
}

/// The document as a contract of the standard; `table` is its name where the document has none.
pub(super) fn written_out(document: &Node, table: Option<&str>, problems: &Problems) -> Node {
    for entry in document.entries().unwrap_or_default() {
        if !KEYS.contains(&entry.key.as_str()) {
            let problem = Problem::error(entry.place, format!("rules have no key {}", entry.key));
            problems.add(problem.maybe_hint(nearest(&entry.key, KEYS)));
        }
    }
    let place = document.place;
    let name = document.get("table").cloned();
    let name = name.unwrap_or_else(|| text(table.unwrap_or(TABLE)));
    let version = document.get("version").cloned().unwrap_or_else(|| text("1"));
    let rules = match document.get("rules") {
        Some(node) if node.items().is_some_and(<[Node]>::is_empty) => {
            let problem = Problem::error(node.place, "there are no rules");
            problems.add(problem.hint("write each behind `- `"));
            &[]
        }
        Some(node) if node.items().is_some() => node.items().unwrap_or_default(),
        Some(node) => {
            let what = format!("rules are a list, and not {}", node.kind());
            problems.add(Problem::error(node.place, what).hint("write each behind `- `"));
            &[]
        }
        None => &[],
    };
    let entries = rules.iter().flat_map(|item| entries(item, problems)).collect();
    let table = mapping(
        place,
        [("name", name.clone()), ("quality", Node { place, content: Content::Sequence(entries) })],
    );
    let mut tables = vec![table];
    tables.extend(others(document, &name, problems));
    mapping(
        place,
        [
            ("apiVersion", text("v3.1.0")),
            ("kind", text("DataContract")),
            ("id", name),
            ("version", version),
            ("status", text("active")),
            ("schema", Node { place, ..list(tables) }),
        ],
    )
}

/// A problem in the words of a rule file.
pub(super) fn in_short(mut problem: Problem) -> Problem {
    for (short, long) in BOUNDS {
        problem.what = problem.what.replace(long, short);
        problem.hint = problem.hint.map(|hint| hint.replace(long, short));
    }
    for (long, short) in HINTS {
        problem.hint = problem.hint.map(|hint| hint.replace(long, short));
    }
    problem
}

/// The other tables that queries and references know, with their files.
fn others(document: &Node, checked: &Node, problems: &Problems) -> Vec<Node> {
    let Some(node) = document.get("tables") else { return Vec::new() };
    let Some(entries) = node.entries() else {
        let what = format!("tables are names with files, and not {}", node.kind());
        problems.add(Problem::error(node.place, what).hint("write `tables: {planes: planes.csv}`"));
        return Vec::new();
    };
    let checked = checked.scalar();
    let table = |Entry { key, place, value }: &Entry| {
        if checked == Some(ScalarValue::Text(key.clone())) {
            let problem = Problem::error(*place, format!("{key} is the checked table itself"));
            problems.add(problem.hint("give one of them another name"));
        }
        let name = Node { place: *place, ..text(key) };
        mapping(*place, [("name", name), ("physicalName", value.clone())])
    };
    entries.iter().map(table).collect()
}

/// The quality entries of an item: one, or one for each of several columns.
fn entries(item: &Node, problems: &Problems) -> Vec<Node> {
    let told = |problem: Problem| {
        problems.add(problem);
        Vec::new()
    };
    if let Some(ScalarValue::Text(condition)) = item.scalar() {
        if let Some(problem) = meant_as_rule(item.place, &condition) {
            return told(problem);
        }
        return vec![custom(item.place, item.clone(), Vec::new())];
    }
    let Some((rule, others)) = item.entries().and_then(<[Entry]>::split_first) else {
        let what = format!("a rule is an expression or has a name, and is not {}", item.kind());
        return told(Problem::error(item.place, what).hint("write `- not_null: COLUMN`"));
    };
    let Some(name) = names().find(|name| *name == rule.key) else {
        return told(no_rule(rule, others));
    };
    let Some(subjects) = subjects(name, rule, problems) else { return Vec::new() };
    let Some(parts) = Parts::of(name, others, problems) else { return Vec::new() };
    subjects.into_iter().map(|subject| parts.entry(item.place, rule, subject)).collect()
}

/// The names of all rules; a query that gives one value is one too.
fn names() -> impl Iterator<Item = &'static str> {
    rule::names().chain(["sql"])
}

/// What is wrong with a text that begins with the name of a rule, and is no condition.
fn meant_as_rule(place: Place, condition: &str) -> Option<Problem> {
    let what = parse(condition).err()?;
    let (word, rest) = condition.split_once([' ', '(']).unwrap_or((condition, ""));
    let name = names().find(|name| *name == word)?;
    let column = rest.split([' ', ',', ')']).next().filter(|column| !column.is_empty());
    let hint = format!("write `- {name}: {}`", column.unwrap_or("COLUMN"));
    Some(Problem::error(place, what).hint(hint))
}

fn no_rule(rule: &Entry, others: &[Entry]) -> Problem {
    let problem = Problem::error(rule.place, format!("there is no rule {}", rule.key));
    let is_rule = |entry: &&Entry| names().any(|name| name == entry.key);
    let later = others.iter().find(is_rule).filter(|_| is_beside(&rule.key));
    let hint = match later {
        Some(later) => Some(format!("the name of the rule stands first: `- {}: …`", later.key)),
        None => nearest(&rule.key, names()),
    };
    problem.hint(hint.unwrap_or_else(|| {
        format!("there are expressions and {}", names().collect::<Vec<_>>().join(", "))
    }))
}

/// Whether a key stands beside the name of a rule.
fn is_beside(key: &str) -> bool {
    BOUNDS.iter().any(|(short, _)| *short == key)
        || REMARKS.contains(&key)
        || ARGUMENTS.contains(&key)
}

/// What stands behind the name of a rule.
enum About {
    /// Nothing: it is about the whole table.
    Table,
    /// An argument.
    Argument(&'static str),
    /// Columns together.
    Together,
    /// A column, or several, each by itself.
    Each,
}

fn about(rule: &str) -> About {
    match rule {
        "row_count" | "column_count" => About::Table,
        "columns" | "forbidden_columns" => About::Argument("names"),
        "expression" => About::Argument("expression"),
        "failing_rows" | "same_answers" | "sql" => About::Argument("query"),
        "same_rows" => About::Argument("key"),
        "tie_out" => About::Argument("figure"),
        "unique" | "reference" | "correlation" | "mutual_information" | "ranges_apart" => {
            About::Together
        }
        _ => About::Each,
    }
}

/// What an item is about, as arguments of its rules; none: nothing is said of it.
type Subject = Option<(&'static str, Node)>;

fn subjects(name: &str, rule: &Entry, problems: &Problems) -> Option<Vec<Subject>> {
    let value = &rule.value;
    let wrong = |what: String, hint: String| {
        problems.add(Problem::error(value.place, what).hint(hint));
        None
    };
    if let Some(arguments) = value.entries() {
        let first = arguments.first().map_or("its arguments", |entry| entry.key.as_str());
        let what = format!("the arguments of {name} stand beside it");
        return wrong(what, format!("write `{first}` as far to the left as `{name}`"));
    }
    match about(name) {
        About::Table if !value.is_null() => {
            let what = format!("{name} is about the whole table");
            wrong(what, format!("leave `{name}:` empty, and write what it must be below"))
        }
        About::Table => Some(vec![None]),
        About::Together if value.is_null() && name == "unique" => Some(vec![None]),
        About::Argument("key") if value.is_null() => Some(vec![None]),
        About::Argument(argument) if !value.is_null() => {
            Some(vec![Some((argument, value.clone()))])
        }
        About::Together if !value.is_null() => Some(vec![Some(("columns", value.clone()))]),
        About::Each if !value.is_null() && value.items().is_none_or(|items| !items.is_empty()) => {
            let columns = value.items().unwrap_or(std::slice::from_ref(value)).iter();
            Some(columns.map(|column| Some(("column", column.clone()))).collect())
        }
        _ => {
            let what = format!("nothing says what {name} is about");
            let argument = match about(name) {
                About::Argument(argument) => argument.to_uppercase(),
                _ => "COLUMN".to_owned(),
            };
            wrong(what, format!("write `- {name}: {argument}`"))
        }
    }
}

/// What an item says beside its name.
struct Parts {
    arguments: Vec<Entry>,
    /// What belongs to the quality entry, in the words of the standard.
    entry: Vec<Entry>,
}

impl Parts {
    fn of(name: &str, entries: &[Entry], problems: &Problems) -> Option<Self> {
        let (mut arguments, mut entry, mut wrong) = (Vec::new(), Vec::new(), false);
        let mut percent = HashSet::new();
        let takes_column = matches!(about(name), About::Argument(_));
        for found in entries {
            let key = found.key.as_str();
            if let Some((_, long)) = BOUNDS.iter().find(|(short, _)| *short == key) {
                let value = without_percent(&found.value, &mut percent);
                entry.push(Entry { key: (*long).to_owned(), place: found.place, value });
            } else if REMARKS.contains(&key) {
                entry.push(found.clone());
            } else if ["column", "columns"].contains(&key) && !takes_column {
                let what = format!("the columns of {name} stand behind its name");
                let hint = format!("write `- {name}: COLUMN`, or `[COLUMN, COLUMN]`");
                problems.add(Problem::error(found.place, what).hint(hint));
                wrong = true;
            } else if ARGUMENTS.contains(&key) {
                arguments.push(found.clone());
            } else {
                let known = ARGUMENTS.into_iter().chain(REMARKS);
                let hint = if names().any(|name| name == key) {
                    Some(format!("a rule has one name: `- {key}: …` is another"))
                } else {
                    nearest(key, known.chain(BOUNDS.map(|(short, _)| short)))
                };
                let what = format!("a rule has no key {key}");
                problems.add(Problem::error(found.place, what).maybe_hint(hint));
                wrong = true;
            }
        }
        let place = entries.first().map(|entry| entry.place).unwrap_or_default();
        if percent.len() > 1 {
            let problem = Problem::error(place, "one bound is in percent, and another is not");
            problems.add(problem.hint("write `%` behind each of them, or behind none"));
            wrong = true;
        }
        if percent.contains(&true) {
            entry.push(standing_at(place, "unit", text("percent")));
        }
        (!wrong).then_some(Self { arguments, entry })
    }

    /// The quality entry of a rule.
    fn entry(&self, place: Place, rule: &Entry, subject: Subject) -> Node {
        if rule.key == "sql" {
            let (key, query) = subject.unwrap_or(("query", rule.value.clone()));
            let mut entries =
                vec![standing_at(place, "type", text("sql")), standing_at(query.place, key, query)];
            entries.extend(self.entry.iter().chain(&self.arguments).cloned());
            return Node { place, content: Content::Mapping(entries) };
        }
        let name = standing_at(rule.place, "rule", text(&rule.key));
        let subject = subject.map(|(key, value)| standing_at(value.place, key, value));
        let mut implementation = vec![name];
        implementation.extend(subject);
        implementation.extend(self.arguments.iter().cloned());
        let content = Content::Mapping(implementation);
        custom(place, Node { place: rule.place, content }, self.entry.clone())
    }
}

/// A bound as a plain number, and whether it was one in percent.
fn without_percent(bound: &Node, percent: &mut HashSet<bool>) -> Node {
    if let Some(items) = bound.items() {
        let items = items.iter().map(|item| without_percent(item, percent)).collect();
        return Node { place: bound.place, content: Content::Sequence(items) };
    }
    let Content::Scalar(Scalar { text, .. }) = &bound.content else { return bound.clone() };
    let number = text.trim().strip_suffix('%').map(str::trim).filter(|number| !number.is_empty());
    percent.insert(number.is_some());
    number.map_or_else(|| bound.clone(), |number| Node { place: bound.place, ..plain(number) })
}

/// The entry of a rule of our own.
fn custom(place: Place, implementation: Node, others: Vec<Entry>) -> Node {
    let head = [
        ("type", text("custom")),
        ("engine", text("pynomaly")),
        ("implementation", implementation),
    ];
    let head = head.map(|(key, value)| standing_at(place, key, value));
    Node { place, content: Content::Mapping(head.into_iter().chain(others).collect()) }
}

fn standing_at(place: Place, key: &str, value: Node) -> Entry {
    Entry { key: key.to_owned(), place, value }
}

fn mapping<const N: usize>(place: Place, entries: [(&str, Node); N]) -> Node {
    let entries = entries.map(|(key, value)| standing_at(place, key, value));
    Node { place, content: Content::Mapping(entries.into()) }
}
