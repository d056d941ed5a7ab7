//! A query of a model: the columns of the table as they are, and the score.
//!
//! Written for DuckDB and PostgreSQL: nested selects, CASE, COALESCE, CAST, LEAST and GREATEST. The innermost select gives every column its number, the next ones what is
//! computed of them, the outermost the score. `OFFSET 0` keeps PostgreSQL from computing them anew
//! wherever they are named.

mod text;

use shared_kernel_domain::table::ColumnType;
use shared_kernel_domain::{Error, Result};

use self::text::{combination, double, minus, name, number, steps, sum, tree, weighted};
use super::{Combination, PortableModel, Provenance, ScoreForm, Weighted};
use crate::detector::scaling::LIMIT;
use crate::encoder::{PortableColumn, PortableValues};
use crate::reason::Aspect;

/// Nested selects, the innermost first.
struct Query {
    /// The table's columns, quoted.
    columns: Vec<String>,
    text: String,
    layers: usize,
    /// What computed columns begin with, so that they are none of the table's.
    prefix: String,
}

/// Writes the query.
pub(super) fn write(
    model: &PortableModel,
    provenance: &Provenance,
    table: &[&str],
) -> Result<String> {
    let named: Vec<&str> = model.columns.iter().map(|column| column.name.as_str()).collect();
    let all: Vec<&str> =
        named.iter().copied().chain(model.other_columns.iter().map(String::as_str)).collect();
    let table: Vec<String> = table.iter().map(|part| name(part)).collect();
    let mut query = Query {
        columns: all.iter().map(|column| name(column)).collect(),
        text: table.join("."),
        layers: 0,
        prefix: prefix(&all),
    };
    let features = query.encode(&model.columns)?;
    let features = match &model.formula.scaler {
        None => features,
        Some(scaler) => {
            let scales = scaler.centres().iter().zip(scaler.scales());
            let scaled = features.iter().zip(scales).map(|(feature, (&centre, &scale))| {
                let (centred, limit) = (minus(feature, centre), number(LIMIT));
                format!("LEAST(GREATEST({centred} / {}, -{limit}), {limit})", number(scale))
            });
            let scaled = scaled.collect();
            query.layer("z", scaled, &[])
        }
    };
    let score = query.score(&features, &model.formula.score);
    let columns = query.columns.join(",\n  ");
    let output = name(score_name(&all));
    let head = head(model, provenance);
    Ok(format!("{head}SELECT\n  {columns},\n  {score} AS {output}\nFROM {};\n", query.text))
}

/// What the output is called: no column of the table is.
fn score_name<'a>(columns: &[&str]) -> &'a str {
    let is_free = |name: &&&str| !columns.iter().any(|own| own.eq_ignore_ascii_case(name));
    ["score", "anomaly_score"].iter().find(is_free).copied().unwrap_or("pynomaly_score")
}

/// What computed columns begin with: no column of the table does, unless by nothing but digits.
fn prefix(columns: &[&str]) -> String {
    let mut prefix = String::new();
    let is_taken = |prefix: &str| {
        let computed = |column: &&str| {
            let rest = column.to_ascii_lowercase();
            let rest = rest.strip_prefix(prefix).unwrap_or_default().to_owned();
            let digits = rest.strip_prefix(['x', 'm', 'h', 'w', 'z', 'p']).unwrap_or("-");
            digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        columns.iter().any(computed)
    };
    while is_taken(&prefix) {
        prefix.push_str("n_");
    }
    prefix
}

/// Where the query comes from, as a comment.
fn head(model: &PortableModel, provenance: &Provenance) -> String {
    let Provenance { pipeline, revision, model: named, model_version, digest } = provenance;
    let mut lines = vec![
        format!(
            "Anomaly scores of pynomaly {}; higher is more anomalous.",
            env!("CARGO_PKG_VERSION")
        ),
        format!(
            "Pipeline {pipeline:?} revision {revision}: model {named:?} version {model_version},"
        ),
        format!("{}, learned from {} rows,", model.detector, model.training_rows),
        format!("digest {digest}."),
    ];
    for (p, score) in &model.borders {
        lines.push(format!("A score of at least {score:e} has a p-value of at most {p}."));
    }
    lines.push("For DuckDB and PostgreSQL; the innermost FROM names the table.".to_owned());
    // a name with a line break must not end its comment
    let comment = |line: &String| format!("-- {}", line.replace(char::is_control, " "));
    lines.iter().map(comment).collect::<Vec<_>>().join("\n") + "\n"
}

impl Query {
    /// Computes columns of what there is; what there was stays only where it is kept. Gives their
    /// names.
    fn layer(&mut self, kind: &str, computed: Vec<String>, kept: &[String]) -> Vec<String> {
        let names = |at: usize| format!("{}{kind}{at}", self.prefix);
        let names: Vec<String> = (0..computed.len()).map(names).collect();
        let computed =
            computed.iter().zip(&names).map(|(expression, name)| format!("{expression} AS {name}"));
        self.select(computed.collect(), kept);
        names
    }

    fn select(&mut self, computed: Vec<String>, kept: &[String]) {
        let columns = self.columns.iter().chain(kept).cloned().chain(computed);
        let columns = columns.collect::<Vec<_>>().join(",\n  ");
        self.layers += 1;
        self.text = format!(
            "(\nSELECT\n  {columns}\nFROM {}\nOFFSET 0) AS {}layer{}",
            self.text, self.prefix, self.layers
        );
    }

    /// The features of the columns, by name.
    fn encode(&mut self, columns: &[PortableColumn]) -> Result<Vec<String>> {
        let (mut computed, mut times, mut features) = (Vec::new(), Vec::new(), Vec::new());
        for (at, column) in columns.iter().enumerate() {
            let named = |kind: &str| format!("{}{kind}{at}", self.prefix);
            let (value, is_missing) = encoded(column)?;
            computed.push(format!("{value} AS {}", named("x")));
            for aspect in &column.aspects {
                let feature = match aspect {
                    Aspect::Value | Aspect::Rarity => named("x"),
                    Aspect::Missing => {
                        let flag = double(&format!("CASE WHEN {is_missing} THEN 1 ELSE 0 END"));
                        computed.push(format!("{flag} AS {}", named("m")));
                        named("m")
                    }
                    Aspect::HourOfDay => {
                        times.push(format!("{} AS {}", hour_of_day(&named("x")), named("h")));
                        named("h")
                    }
                    Aspect::Weekday => {
                        times.push(format!("{} AS {}", weekday(&named("x")), named("w")));
                        named("w")
                    }
                };
                features.push(feature);
            }
        }
        self.select(computed, &[]);
        if !times.is_empty() {
            let is_known =
                |name: &&String| !times.iter().any(|time| time.ends_with(&format!(" AS {name}")));
            let kept: Vec<String> = features.iter().filter(is_known).cloned().collect();
            self.select(times, &kept);
        }
        Ok(features)
    }

    /// The score of features that have these names.
    fn score(&mut self, features: &[String], form: &ScoreForm) -> String {
        match form {
            ScoreForm::Steps { terms, divisor } => {
                let plain = terms.iter().all(|(it, _)| matches!(it, Combination::Feature(_)));
                let inputs = terms.iter().map(|(input, _)| combination(input, features));
                let inputs: Vec<String> = inputs.collect();
                let inputs = if plain { inputs } else { self.layer("p", inputs, &[]) };
                let terms = terms.iter().zip(&inputs).map(|((_, it), input)| steps(input, it));
                let sum = sum(&terms.collect::<Vec<_>>());
                if *divisor == 1.0 { sum } else { format!("{sum} / {}", number(*divisor)) }
            }
            ScoreForm::Forest { trees, normal } => {
                let trees = trees.iter().map(|it| tree(it, |input| combination(input, features)));
                let trees: Vec<String> = trees.collect();
                let divisor = number(-(trees.len() as f64 * normal));
                format!("POWER({}, {} / {divisor})", double("2"), sum(&trees))
            }
            ScoreForm::Squares { centre, directions } => {
                let centred = features.iter().zip(centre).map(|(it, &centre)| minus(it, centre));
                let centred: Vec<String> = centred.collect();
                let length = |it: &Weighted| {
                    weighted(centred.iter().map(String::as_str).zip(it.entries.iter().copied()))
                };
                let lengths = self.layer("p", directions.iter().map(length).collect(), &[]);
                let square = |(name, it): (&String, &Weighted)| {
                    let square = format!("{name} * {name}");
                    if it.weight == 1.0 {
                        square
                    } else {
                        format!("{} * {square}", number(it.weight))
                    }
                };
                sum(&lengths.iter().zip(directions).map(square).collect::<Vec<_>>())
            }
            ScoreForm::Distances { points } => {
                let distance = |it: &Weighted| {
                    let apart = features.iter().zip(&it.entries);
                    let squares =
                        apart.map(|(name, &entry)| format!("POWER({}, 2)", minus(name, entry)));
                    let squares = sum(&squares.collect::<Vec<_>>());
                    format!("{} * SQRT({squares})", number(it.weight))
                };
                sum(&points.iter().map(distance).collect::<Vec<_>>())
            }
        }
    }
}

/// A column's number, and the condition that it is missing.
fn encoded(column: &PortableColumn) -> Result<(String, String)> {
    let own = name(&column.name);
    let is_null = format!("{own} IS NULL");
    let refused = |why: &str| {
        Err(Error::usage(format!(
            "this model cannot be exported to SQL: column {:?} holds {why}",
            column.name
        ))
        .hint("train on a table without that column"))
    };
    let (median, lowest, highest) = match &column.values {
        PortableValues::Texts { known, other, missing } => {
            if column.column_type != ColumnType::Text {
                return refused("lists or records, whose text differs from program to program");
            }
            if known.iter().any(|(category, _)| category.contains('\0')) {
                return refused("a text with a zero byte");
            }
            let known = known.iter().map(|(category, rarity)| {
                format!(" WHEN {own} = {} THEN {}", text::text(category), number(*rarity))
            });
            let known = known.collect::<String>();
            let (missing, other) = (number(*missing), number(*other));
            let choice = format!("CASE WHEN {is_null} THEN {missing}{known} ELSE {other} END");
            return Ok((double(&choice), is_null));
        }
        PortableValues::Numbers { median, lowest, highest } => (median, lowest, highest),
    };
    let given = match column.column_type {
        ColumnType::Boolean => double(&format!("CAST({own} AS INTEGER)")),
        ColumnType::Date | ColumnType::Timestamp | ColumnType::Time => {
            double(&format!("EXTRACT(EPOCH FROM {own})"))
        }
        ColumnType::Duration => return refused("lengths of time"),
        _ => double(&own),
    };
    let median = number(*median);
    if !column.column_type.is_numeric() {
        return Ok((format!("COALESCE({given}, {median})"), is_null));
    }
    let special = |word: &str| double(&format!("'{word}'"));
    let is_missing = format!("{is_null} OR {given} = {}", special("NaN"));
    let value = format!(
        "CASE WHEN {is_missing} THEN {median} WHEN {given} = {} THEN {} WHEN {given} = {} THEN {} \
         ELSE {given} END",
        special("Infinity"),
        number(*highest),
        special("-Infinity"),
        number(*lowest)
    );
    Ok((value, is_missing))
}

/// The hour of the day of seconds since 1970. A quotient that was rounded up leaves less than
/// nothing: the last hour of the day before.
fn hour_of_day(seconds: &str) -> String {
    let rest = format!("({seconds} - FLOOR({seconds} / 86400e0) * 86400e0)");
    format!("CASE WHEN {rest} < 0 THEN 23e0 ELSE LEAST(FLOOR({rest} / 3600e0), 23e0) END")
}

/// The weekday, 0 for Monday, of seconds since 1970.
fn weekday(seconds: &str) -> String {
    let days = format!("(FLOOR({seconds} / 86400e0) + 3e0)");
    format!("({days} - FLOOR({days} / 7e0) * 7e0)")
}
