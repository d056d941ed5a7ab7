use schemars::JsonSchema;
use serde::Serialize;

use super::Tool;
use super::arguments::Reason;
use super::queries::Reads;
use crate::contract;
use crate::expression::{Expression, Number};
use crate::rule::{self, LogicalType};
use crate::verdict::Severity;
use crate::yaml::{Node, Place, list, mapping, plain, text, write_yaml};

/// What is to be said of every query.
const DIALECT: &str = "its SQL is read as that of DataFusion";

/// A rule that was taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Mapped {
    /// Where it stands in the file.
    #[serde(flatten)]
    pub place: Place,
    /// The table.
    pub table: String,
    /// What the file calls it.
    pub what: String,
    /// The kinds of the rules that it became.
    pub rules: Vec<String>,
    /// Where the two differ in what they say of a table, in a plain clause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Something that was not taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unmapped {
    /// Where it stands in the file.
    #[serde(flatten)]
    pub place: Place,
    /// The table; `null` where it is about none.
    pub table: Option<String>,
    /// What the file calls it.
    pub what: String,
    /// Why it was not taken over, in a plain clause.
    pub why: String,
}

/// A rule of a contract, before it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// The kind; `logical_type` stands with the property.
    pub rule: &'static str,
    /// What it is about; one column: it stands at its property.
    pub columns: Vec<String>,
    pub arguments: Vec<(&'static str, Node)>,
    pub filters: Vec<String>,
    pub limit: Vec<(&'static str, Node)>,
    pub percent: bool,
    pub severity: Option<Severity>,
    pub name: Option<String>,
    pub description: Option<String>,
    /// Where it differs from what the tool says.
    pub note: Option<&'static str>,
}

impl Draft {
    pub(super) fn of(rule: &'static str, columns: impl IntoIterator<Item = String>) -> Self {
        Self { rule, columns: columns.into_iter().collect(), ..Self::default() }
    }

    /// A condition over a row, which stands at the table.
    pub(super) fn condition(condition: impl ToString) -> Self {
        Self::of("expression", []).with("expression", text(condition.to_string()))
    }

    pub(super) fn with(mut self, key: &'static str, value: Node) -> Self {
        self.arguments.push((key, value));
        self
    }

    pub(super) fn must(mut self, operator: &'static str, value: Node) -> Self {
        self.limit.push((operator, value));
        self
    }

    pub(super) fn filtered(mut self, filter: Option<String>) -> Self {
        self.filters.extend(filter);
        self
    }

    pub(super) fn noting(mut self, note: &'static str) -> Self {
        self.note = Some(note);
        self
    }

    /// Only rows in which its column has a value count for a share.
    pub(super) fn of_values_only(mut self) -> Self {
        if let [column] = self.columns.as_slice() {
            self.filters.push(format!("{} is not null", Expression::column(column)));
        }
        self
    }

    /// The queries, of a rule that is one or two.
    fn queries(&self) -> impl Iterator<Item = &str> {
        let is_query = |key: &str| match self.rule {
            "sql" => key == "query",
            "same_answers" => ["query", "to_query"].contains(&key),
            _ => false,
        };
        let queries = self.arguments.iter().filter(move |(key, _)| is_query(key));
        queries.filter_map(|(_, node)| node.text())
    }

    fn filter(&self) -> Option<String> {
        match self.filters.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
            several => Some(format!("({})", several.join(") and ("))),
        }
    }

    /// The entry under `quality`: a metric of the standard's library where it says the same.
    fn entry(&self) -> Node {
        let mut entry: Vec<(&str, Node)> = Vec::new();
        entry.extend(self.name.as_deref().map(|name| ("name", text(name))));
        entry.extend(self.description.as_deref().map(|told| ("description", text(told))));
        let is_plain = self.filters.is_empty() && self.arguments.is_empty();
        let metric = match self.rule {
            "not_null" if is_plain => Some("nullValues"),
            "row_count" if is_plain => Some("rowCount"),
            "unique" if is_plain && !self.columns.is_empty() => Some("duplicateValues"),
            _ => None,
        };
        if self.rule == "sql" {
            entry.push(("type", text("sql")));
            entry.extend(self.arguments.iter().cloned());
        } else if let Some(metric) = metric {
            entry.push(("metric", text(metric)));
            if self.columns.len() > 1 {
                let columns = list(self.columns.iter().map(text));
                entry.push(("arguments", mapping([("properties", columns)])));
            }
        } else {
            entry.push(("type", text("custom")));
            entry.push(("engine", text("pynomaly")));
            entry.push(("implementation", self.implementation()));
        }
        if self.limit.is_empty() && metric.is_some() {
            entry.push(("mustBe", plain(0)));
        }
        entry.extend(self.limit.iter().cloned());
        if self.percent {
            entry.push(("unit", text("percent")));
        }
        if let Some(severity) = self.severity.filter(|severity| *severity != Severity::Error) {
            entry.push(("severity", text(severity.name())));
        }
        mapping(entry)
    }

    fn implementation(&self) -> Node {
        let mut implementation = vec![("rule", text(self.rule))];
        if self.columns.len() > 1 {
            implementation.push(("columns", list(self.columns.iter().map(text))));
        }
        implementation.extend(self.arguments.iter().cloned());
        implementation.extend(self.filter().map(|filter| ("filter", text(filter))));
        mapping(implementation)
    }

    fn logical_type(&self) -> Option<&Node> {
        let of_type = self.arguments.first().filter(|_| self.rule == "logical_type");
        of_type.map(|(_, logical)| logical)
    }
}

/// A column of a table that is put together.
#[derive(Clone, Debug, Default)]
struct Column {
    name: String,
    description: Option<String>,
    logical_type: Option<Node>,
    quality: Vec<Node>,
}

/// A table that is put together.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub name: String,
    pub description: Option<String>,
    columns: Vec<Column>,
    quality: Vec<Node>,
}

impl Table {
    fn column(&mut self, name: &str) -> Option<&mut Column> {
        let known = self.columns.iter().position(|column| column.name == name);
        let place = known.unwrap_or_else(|| {
            self.columns.push(Column { name: name.to_owned(), ..Column::default() });
            self.columns.len() - 1
        });
        self.columns.get_mut(place)
    }

    /// What a file says of a column beside its rules.
    pub(super) fn describe(&mut self, column: &str, description: &str) {
        if let Some(column) = self.column(column) {
            column.description = Some(description.to_owned());
        }
    }

    /// Whether the column of a draft has another type already.
    fn contradicts(&self, draft: &Draft) -> bool {
        let known = self.columns.iter().find(|column| draft.columns.first() == Some(&column.name));
        let known = known.and_then(|column| column.logical_type.as_ref());
        draft.logical_type().zip(known).is_some_and(|(logical, known)| known != logical)
    }

    fn add(&mut self, draft: &Draft) {
        for name in &draft.columns {
            self.column(name);
        }
        let only = match draft.columns.as_slice() {
            [only] => self.column(only),
            _ => None,
        };
        match (draft.logical_type(), only) {
            (Some(logical), Some(column)) => column.logical_type = Some(logical.clone()),
            (Some(_), None) => {}
            (None, Some(column)) => column.quality.push(draft.entry()),
            (None, None) => self.quality.push(draft.entry()),
        }
    }

    fn node(&self) -> Node {
        let mut table = vec![("name", text(&self.name))];
        table.extend(self.description.as_deref().map(|told| ("description", text(told))));
        let column = |column: &Column| {
            let mut entries = vec![("name", text(&column.name))];
            entries.extend(column.description.as_deref().map(|told| ("description", text(told))));
            entries.extend(column.logical_type.clone().map(|logical| ("logicalType", logical)));
            if !column.quality.is_empty() {
                entries.push(("quality", list(column.quality.iter().cloned())));
            }
            mapping(entries)
        };
        if !self.columns.is_empty() {
            table.push(("properties", list(self.columns.iter().map(column))));
        }
        if !self.quality.is_empty() {
            table.push(("quality", list(self.quality.iter().cloned())));
        }
        mapping(table)
    }
}

/// A contract that is put together from a tool's file.
#[derive(Debug)]
pub(super) struct Board {
    tool: Tool,
    id: String,
    tables: Vec<Table>,
    /// Rules that are queries, until it is known whether they are run here.
    queries: Vec<(usize, Place, String, Vec<Draft>)>,
    pub mapped: Vec<Mapped>,
    pub unmapped: Vec<Unmapped>,
}

/// What is taken over, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub table: usize,
    pub place: Place,
    pub what: &'a str,
}

impl Board {
    pub(super) fn new(tool: Tool, id: &str) -> Self {
        let (tables, queries, mapped, unmapped) = Default::default();
        Self { tool, id: id.to_owned(), tables, queries, mapped, unmapped }
    }

    /// The table of a name, which is begun if need be.
    pub(super) fn table(&mut self, name: &str) -> usize {
        let known = self.tables.iter().position(|table| table.name == name);
        known.unwrap_or_else(|| {
            self.tables.push(Table { name: name.to_owned(), ..Table::default() });
            self.tables.len() - 1
        })
    }

    pub(super) fn table_mut(&mut self, table: usize) -> Option<&mut Table> {
        self.tables.get_mut(table)
    }

    /// Leaves all tables out but one.
    ///
    /// # Errors
    /// The names of the tables, when there is none of that name.
    pub(super) fn keep(&mut self, name: &str) -> Result<(), Vec<String>> {
        if !self.tables.iter().any(|table| table.name == name) {
            return Err(self.tables.iter().map(|table| table.name.clone()).collect());
        }
        self.tables.retain(|table| table.name == name);
        self.mapped.retain(|mapped| mapped.table == name);
        self.unmapped.retain(|it| it.table.as_deref().is_none_or(|table| table == name));
        Ok(())
    }

    /// Takes a rule over, if it can be said and our own reader has nothing against it; else it is
    /// listed. A rule that becomes several is taken over as a whole or not at all.
    pub(super) fn add(&mut self, subject: Subject<'_>, drafts: Result<Vec<Draft>, Reason>) {
        let Some(table) = self.tables.get_mut(subject.table) else { return };
        let drafts = drafts.and_then(|drafts| usable(table, drafts));
        let Subject { place, what, .. } = subject;
        match drafts {
            Ok(drafts) if drafts.iter().any(|draft| draft.queries().next().is_some()) => {
                self.queries.push((subject.table, place, what.to_owned(), drafts));
            }
            Ok(drafts) => {
                let mut rules: Vec<String> =
                    drafts.iter().map(|draft| draft.rule.to_owned()).collect();
                rules.dedup();
                let note = drafts.iter().find_map(|draft| draft.note).map(str::to_owned);
                for draft in &drafts {
                    table.add(draft);
                }
                let (table, what) = (table.name.clone(), what.to_owned());
                self.mapped.push(Mapped { place, table, what, rules, note });
            }
            Err(why) => self.leave(subject, why),
        }
    }

    /// Takes over the queries that a check runs on the tables that there are.
    pub(super) fn settle(&mut self, reads: Reads<'_>) {
        for (table, place, what, drafts) in std::mem::take(&mut self.queries) {
            let subject = Subject { table, place, what: &what };
            let refused = drafts.iter().find_map(|draft| self.refused(draft, table, reads));
            match (refused, self.tables.get_mut(table)) {
                (None, Some(found)) => {
                    for draft in &drafts {
                        found.add(draft);
                    }
                    let rules = drafts.iter().map(|draft| draft.rule.to_owned()).collect();
                    let table = found.name.clone();
                    self.mapped.push(Mapped {
                        place,
                        table,
                        what,
                        rules,
                        note: Some(match drafts.iter().find_map(|draft| draft.note) {
                            Some(note) => format!("{DIALECT}; {note}"),
                            None => DIALECT.to_owned(),
                        }),
                    });
                }
                (refused, _) => self.leave(subject, refused.unwrap_or_default()),
            }
        }
    }

    fn refused(&self, draft: &Draft, table: usize, reads: Reads<'_>) -> Option<Reason> {
        if !draft.filters.is_empty() {
            return Some("its filter would have to be written into the query".to_owned());
        }
        let name = self.tables.get(table).map_or("", |table| table.name.as_str());
        let is_known = |name: &String| self.tables.iter().any(|table| table.name == *name);
        let refused = |query: &str| match reads(&rule::filled(query, name)) {
            Err(reason) => Some(reason),
            Ok(names) => {
                let other = names.into_iter().find(|name| !is_known(name));
                other
                    .map(|name| format!("its query reads {name}, which the file does not describe"))
            }
        };
        draft.queries().find_map(refused)
    }

    /// Lists something of a table that is not taken over.
    pub(super) fn leave(&mut self, subject: Subject<'_>, why: impl Into<String>) {
        let table = self.tables.get(subject.table).map(|table| table.name.clone());
        let (place, what, why) = (subject.place, subject.what.to_owned(), why.into());
        self.unmapped.push(Unmapped { place, table, what, why });
    }

    /// Lists something that is about no table.
    pub(super) fn leave_out(&mut self, place: Place, what: &str, why: &str) {
        let (what, why) = (what.to_owned(), why.to_owned());
        self.unmapped.push(Unmapped { place, table: None, what, why });
    }

    /// The contract's YAML. What was not taken over stands with its table as text.
    pub(super) fn contract(&self) -> String {
        let remark = |left: &Unmapped| {
            let told =
                format!("not imported, line {}: {}: {}", left.place.line, left.what, left.why);
            mapping([("type", text("text")), ("description", text(told))])
        };
        let mut tables = self.tables.clone();
        for table in &mut tables {
            let own = self.unmapped.iter().filter(|it| it.table.as_deref() == Some(&table.name));
            table.quality.extend(own.map(remark));
        }
        let mut told = vec![format!("imported from {}", self.tool.name())];
        told.extend(self.unmapped.iter().filter(|it| it.table.is_none()).map(|left| {
            format!("not imported, line {}: {}: {}", left.place.line, left.what, left.why)
        }));
        document(&self.id, &told, &tables)
    }
}

/// The rules, if our own reader takes them.
fn usable(table: &Table, drafts: Vec<Draft>) -> Result<Vec<Draft>, Reason> {
    let mut alone = Table { name: table.name.clone(), ..Table::default() };
    for draft in &drafts {
        if table.contradicts(draft) || alone.contradicts(draft) {
            return Err("the column has another type already".to_owned());
        }
        alone.add(draft);
    }
    match contract::read(&document("one rule", &[], &[alone])).problems.first() {
        None => Ok(drafts),
        Some(problem) => Err(problem.what.clone()),
    }
}

fn document(id: &str, told: &[String], tables: &[Table]) -> String {
    let head = [
        ("apiVersion", text("v3.1.0")),
        ("kind", text("DataContract")),
        ("id", text(id)),
        ("version", text("0.1.0")),
        ("status", text("draft")),
        ("description", mapping([("limitations", text(told.join("; ")))])),
        ("schema", list(tables.iter().map(Table::node))),
    ];
    write_yaml(&mapping(head))
}

/// The bounds of a figure; equal ones say what it must be.
pub(super) fn limits(
    least: Option<Number>,
    most: Option<Number>,
    (strict_least, strict_most): (bool, bool),
) -> Result<Vec<(&'static str, Node)>, Reason> {
    match (least, most) {
        (None, None) => Err("it has no bound".to_owned()),
        (Some(least), Some(most)) if !strict_least && !strict_most => {
            if least.float > most.float {
                return Err(format!("nothing is between {least} and {most}"));
            }
            Ok(vec![if least == most {
                ("mustBe", plain(least))
            } else {
                ("mustBeBetween", list([plain(least), plain(most)]))
            }])
        }
        (least, most) => {
            let over = if strict_least { "mustBeGreaterThan" } else { "mustBeGreaterOrEqualTo" };
            let under = if strict_most { "mustBeLessThan" } else { "mustBeLessOrEqualTo" };
            let least = least.map(|bound| (over, plain(bound)));
            Ok(least.into_iter().chain(most.map(|bound| (under, plain(bound)))).collect())
        }
    }
}

/// The rest of a share to one, in percent, without rounding where it is written as a decimal.
pub(super) fn rest_in_percent(share: Number) -> Option<Number> {
    if !(0.0..=1.0).contains(&share.float) {
        return None;
    }
    let exact = share.decimal.and_then(|(value, scale)| {
        let one = 10_i128.checked_pow(u32::from(scale.unsigned_abs()))?;
        let mut rest = (one.checked_sub(value)?.checked_mul(100)?, scale);
        while rest.1 > 0 && rest.0 % 10 == 0 {
            rest = (rest.0 / 10, rest.1 - 1);
        }
        Some(rest)
    });
    let float = 100.0 * (1.0 - share.float);
    let text = exact.map_or_else(
        || float.to_string(),
        |decimal| Number { float, decimal: Some(decimal) }.to_string(),
    );
    Number::read(&text)
}

/// The type of the standard that a type of a database or of pandas is, by its name.
pub(super) fn logical_type(name: &str) -> Option<LogicalType> {
    const BEGINNINGS: [(&str, LogicalType); 19] = [
        ("timestamp", LogicalType::Timestamp),
        ("datetime", LogicalType::Timestamp),
        ("date", LogicalType::Date),
        ("interval", LogicalType::Object),
        ("int", LogicalType::Integer),
        ("uint", LogicalType::Integer),
        ("bigint", LogicalType::Integer),
        ("smallint", LogicalType::Integer),
        ("tinyint", LogicalType::Integer),
        ("long", LogicalType::Integer),
        ("float", LogicalType::Number),
        ("double", LogicalType::Number),
        ("decimal", LogicalType::Number),
        ("numeric", LogicalType::Number),
        ("real", LogicalType::Number),
        ("bool", LogicalType::Boolean),
        ("varchar", LogicalType::String),
        ("char", LogicalType::String),
        ("text", LogicalType::String),
    ];
    let name = name.to_ascii_lowercase();
    let word = name.strip_suffix("type").unwrap_or(&name);
    if matches!(word, "str" | "string" | "nvarchar") {
        return Some(LogicalType::String);
    }
    let found = BEGINNINGS.iter().find(|(beginning, _)| word.starts_with(beginning));
    found.map(|(_, logical)| *logical).filter(|logical| *logical != LogicalType::Object)
}
