//! An ONNX file of a model: standard operators of version 13, trees of `ai.onnx.ml` version 3.
//!
//! Inputs are the columns the model reads, each by its name, `rows × 1` numbers of double
//! precision, NaN where missing. The output `score` is `rows × 1` numbers.

mod graph;
mod protobuf;
#[cfg(test)]
mod tests;
mod trees;

use serde_json::json;
use shared_kernel_domain::table::ColumnType;
use shared_kernel_domain::{Error, Result};

use self::graph::{Edge, Graph, INNER};
use self::protobuf::Message;
use self::trees::TreeSum;
use super::{Combination, PortableModel, Provenance, ScoreForm, SplitNode, SplitTree, Weighted};
use crate::detector::scaling::{LIMIT, Scaler};
use crate::encoder::{PortableColumn, PortableValues};
use crate::reason::Aspect;

/// Versions of the format and of its operators: those that programs of 2021 know.
const FORMAT: i64 = 7;
const OPERATORS: [(&str, i64); 2] = [("", 13), ("ai.onnx.ml", 3)];

/// The output.
const SCORE: &str = "score";

/// Projections that are computed together: few enough to stay in the cache for some rows.
const PROJECTIONS: usize = 1_024;

/// Seconds of a day and of an hour.
const DAY: f64 = 86_400.0;
const HOUR: f64 = 3_600.0;

/// Writes the file.
pub(super) fn write(model: &PortableModel, provenance: &Provenance) -> Result<Vec<u8>> {
    let texts = |column: &&PortableColumn| matches!(column.values, PortableValues::Texts { .. });
    if let Some(column) = model.columns.iter().find(texts) {
        return Err(Error::usage(format!(
            "this model cannot be exported to ONNX: column {:?} holds texts, and a text of ONNX \
             cannot be missing",
            column.name
        ))
        .hint("use `--to sql`, or train on a table without columns of texts"));
    }
    let names = input_names(&model.columns);
    let mut graph = Graph::default();
    let features = encode(&mut graph, &model.columns, &names);
    let scaled = match &model.formula.scaler {
        Some(scaler) => scale(&mut graph, &features, scaler),
        None => features,
    };
    let score = score(&mut graph, &scaled, &model.formula.score);
    graph.output(&score, SCORE);
    let graph = graph.finish("pynomaly", &names, &[SCORE]);
    let mut file = Message::default();
    file.number(1, FORMAT).text(2, "pynomaly").text(3, env!("CARGO_PKG_VERSION"));
    file.text(6, "Anomaly scores; higher is more anomalous. See the metadata.");
    file.message(7, &graph);
    for (domain, version) in OPERATORS {
        let mut operators = Message::default();
        operators.text(1, domain).number(2, version);
        file.message(8, &operators);
    }
    for (key, value) in metadata(model, provenance, &names) {
        let mut entry = Message::default();
        entry.text(1, &format!("pynomaly.{key}")).text(2, &value);
        file.message(14, &entry);
    }
    Ok(file.into_bytes())
}

/// The columns' names, but for those that an input cannot have.
fn input_names(columns: &[PortableColumn]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut name = column.name.clone();
        if name.is_empty() || name == SCORE || name.starts_with(INNER) {
            name = format!("column:{name}");
        }
        while names.contains(&name) || (name != column.name && taken(columns, &name)) {
            name.push('\'');
        }
        names.push(name);
    }
    names
}

fn taken(columns: &[PortableColumn], name: &str) -> bool {
    columns.iter().any(|column| column.name == name)
}

/// What stands in the file beside the graph.
fn metadata(
    model: &PortableModel,
    provenance: &Provenance,
    names: &[String],
) -> Vec<(&'static str, String)> {
    let column = |(column, input): (&PortableColumn, &String)| {
        json!({ "name": column.name, "input": input, "type": column.column_type.name(),
                "unit": unit(column.column_type) })
    };
    let columns: Vec<_> = model.columns.iter().zip(names).map(column).collect();
    let border = |(p, score): &(f64, f64)| json!({ "p_value": p, "score": score });
    let borders: Vec<_> = model.borders.iter().map(border).collect();
    let example = |it: &super::Example| json!({ "row": it.row, "score": it.score });
    let examples: Vec<_> = model.examples.iter().map(example).collect();
    vec![
        ("detector", model.detector.clone()),
        ("pipeline", provenance.pipeline.clone()),
        ("revision", provenance.revision.to_string()),
        ("model", provenance.model.clone()),
        ("model_version", provenance.model_version.to_string()),
        ("model_digest", provenance.digest.clone()),
        ("training_rows", model.training_rows.to_string()),
        ("columns", json!(columns).to_string()),
        ("scores_at_p_values", json!(borders).to_string()),
        ("conformance", json!(examples).to_string()),
    ]
}

/// What a column's values are as numbers.
fn unit(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Boolean => "0 or 1",
        ColumnType::Date | ColumnType::Timestamp => "seconds since 1970",
        ColumnType::Time | ColumnType::Duration => "seconds",
        _ => "as it is",
    }
}

/// The features of the columns: `rows × features`.
fn encode(graph: &mut Graph, columns: &[PortableColumn], names: &[String]) -> Edge {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let given = graph.beside(&names);
    let is_missing = graph.node("IsNaN", &[&given]);
    let is_infinite = graph.node("IsInf", &[&given]);
    let ends = |pick: fn(f64, f64, f64) -> f64| -> Vec<f64> {
        let of = |column: &PortableColumn| match column.values {
            PortableValues::Numbers { median, lowest, highest } => pick(median, lowest, highest),
            PortableValues::Texts { .. } => 0.0,
        };
        columns.iter().map(of).collect()
    };
    let lowest = graph.row(&ends(|_, lowest, _| lowest));
    let highest = graph.row(&ends(|_, _, highest| highest));
    let medians = graph.row(&ends(|median, _, _| median));
    let above = graph.node("Max", &[&given, &lowest]);
    let within = graph.node("Min", &[&above, &highest]);
    let finite = graph.node("Where", &[&is_infinite, &within, &given]);
    let values = graph.node("Where", &[&is_missing, &medians, &finite]);

    let with = |aspect: Aspect| -> Vec<usize> {
        let has = |(_, column): &(usize, &PortableColumn)| column.aspects.contains(&aspect);
        columns.iter().enumerate().filter(has).map(|(at, _)| at).collect()
    };
    let (hours, weekdays) = (with(Aspect::HourOfDay), with(Aspect::Weekday));
    let mut parts = vec![values.clone(), graph.as_doubles(&is_missing)];
    if !hours.is_empty() {
        let times = graph.columns(&values, &hours);
        parts.push(hour_of_day(graph, &times));
    }
    if !weekdays.is_empty() {
        let times = graph.columns(&values, &weekdays);
        parts.push(weekday(graph, &times));
    }
    let width = columns.len();
    let place_in = |all: &[usize], column: usize| {
        all.iter().position(|&own| own == column).unwrap_or_default()
    };
    let places: Vec<usize> = columns
        .iter()
        .enumerate()
        .flat_map(|(at, column)| {
            let place = |aspect: &Aspect| match aspect {
                Aspect::Value | Aspect::Rarity => at,
                Aspect::Missing => width + at,
                Aspect::HourOfDay => 2 * width + place_in(&hours, at),
                Aspect::Weekday => 2 * width + hours.len() + place_in(&weekdays, at),
            };
            column.aspects.iter().map(place).collect::<Vec<_>>()
        })
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let all = graph.beside(&parts);
    graph.columns(&all, &places)
}

/// `floor(times / unit)`.
fn whole(graph: &mut Graph, times: &str, unit: f64) -> Edge {
    let unit = graph.row(&[unit]);
    let shares = graph.node("Div", &[times, &unit]);
    graph.node("Floor", &[&shares])
}

/// The hour of the day of seconds since 1970.
fn hour_of_day(graph: &mut Graph, times: &str) -> Edge {
    let days = whole(graph, times, DAY);
    let (day, none, last) = (graph.row(&[DAY]), graph.row(&[0.0]), graph.row(&[23.0]));
    let begun = graph.node("Mul", &[&days, &day]);
    let rest = graph.node("Sub", &[times, &begun]);
    // A quotient that was rounded up leaves less than nothing.
    let is_before = graph.node("Less", &[&rest, &none]);
    let next = graph.node("Add", &[&rest, &day]);
    let seconds = graph.node("Where", &[&is_before, &next, &rest]);
    let hours = whole(graph, &seconds, HOUR);
    graph.node("Min", &[&hours, &last])
}

/// The weekday, 0 for Monday, of seconds since 1970.
fn weekday(graph: &mut Graph, times: &str) -> Edge {
    let days = whole(graph, times, DAY);
    let (thursday, week) = (graph.row(&[3.0]), graph.row(&[7.0]));
    let days = graph.node("Add", &[&days, &thursday]);
    let weeks = whole(graph, &days, 7.0);
    let begun = graph.node("Mul", &[&weeks, &week]);
    graph.node("Sub", &[&days, &begun])
}

fn scale(graph: &mut Graph, features: &str, scaler: &Scaler) -> Edge {
    let (centres, scales) = (graph.row(scaler.centres()), graph.row(scaler.scales()));
    let (low, high) = (graph.row(&[-LIMIT]), graph.row(&[LIMIT]));
    let centred = graph.node("Sub", &[features, &centres]);
    let scaled = graph.node("Div", &[&centred, &scales]);
    let above = graph.node("Max", &[&scaled, &low]);
    graph.node("Min", &[&above, &high])
}

fn score(graph: &mut Graph, features: &str, form: &ScoreForm) -> Edge {
    match form {
        ScoreForm::Steps { terms, divisor } => {
            let trees: Vec<_> = terms.iter().map(|(input, steps)| steps.tree(input)).collect();
            let sum = tree_sums(graph, features, &trees);
            let divisor = graph.row(&[*divisor]);
            graph.node("Div", &[&sum, &divisor])
        }
        ScoreForm::Forest { trees, normal } => {
            let sum = tree_sums(graph, features, trees);
            let divisor = graph.row(&[-(trees.len() as f64 * normal)]);
            let two = graph.row(&[2.0]);
            let exponent = graph.node("Div", &[&sum, &divisor]);
            graph.node("Pow", &[&two, &exponent])
        }
        ScoreForm::Squares { centre, directions } => {
            let width = centre.len();
            let mut transposed = Vec::with_capacity(width * directions.len());
            for feature in 0..width {
                let entries = directions.iter().filter_map(|it| it.entries.get(feature));
                transposed.extend(entries.copied());
            }
            let matrix = graph.doubles(&[width, directions.len()], &transposed);
            let centre = graph.row(centre);
            let centred = graph.node("Sub", &[features, &centre]);
            let lengths = graph.node("MatMul", &[&centred, &matrix]);
            let squares = graph.node("Mul", &[&lengths, &lengths]);
            weighted_sum(graph, &squares, directions)
        }
        ScoreForm::Distances { points } => {
            let entries: Vec<f64> = points.iter().flat_map(|it| it.entries.clone()).collect();
            let width = entries.len() / points.len().max(1);
            let points_matrix = graph.doubles(&[points.len(), width], &entries);
            let (middle, last) = (graph.integers(&[1]), graph.integers(&[2]));
            let rows = graph.node("Unsqueeze", &[features, &middle]);
            let apart = graph.node("Sub", &[&rows, &points_matrix]);
            let squares = graph.node("Mul", &[&apart, &apart]);
            let keep = vec![("keepdims", graph::Attribute::Integer(0))];
            let sums = graph.node_with("ReduceSum", &[&squares, &last], keep);
            let distances = graph.node("Sqrt", &[&sums]);
            weighted_sum(graph, &distances, points)
        }
    }
}

fn weighted_sum(graph: &mut Graph, parts: &str, weighted: &[Weighted]) -> Edge {
    let weights: Vec<f64> = weighted.iter().map(|it| it.weight).collect();
    let weights = graph.doubles(&[weights.len(), 1], &weights);
    graph.node("MatMul", &[parts, &weights])
}

/// The sum over trees of the value at each row's leaf.
fn tree_sums(graph: &mut Graph, features: &str, trees: &[SplitTree]) -> Edge {
    let mut sums = Vec::new();
    let mut rest = trees;
    while !rest.is_empty() {
        let (group, others) = rest.split_at(group_length(rest));
        rest = others;
        sums.push(tree_sum(graph, features, group));
    }
    let sums: Vec<&str> = sums.iter().map(String::as_str).collect();
    if let [only] = sums.as_slice() { (*only).to_owned() } else { graph.node("Sum", &sums) }
}

/// How many of the trees are computed together.
fn group_length(trees: &[SplitTree]) -> usize {
    let mut projections = 0;
    let fits = |tree: &&SplitTree| {
        projections += inputs(tree).filter(|it| matches!(it, Combination::Sum(_))).count();
        projections <= PROJECTIONS
    };
    trees.iter().take_while(fits).count().max(1)
}

fn inputs(tree: &SplitTree) -> impl Iterator<Item = &Combination> {
    tree.nodes.iter().filter_map(|node| match node {
        SplitNode::Split { input, .. } => Some(input),
        SplitNode::Leaf(_) => None,
    })
}

fn tree_sum(graph: &mut Graph, features: &str, trees: &[SplitTree]) -> Edge {
    let mut sum = TreeSum::default();
    let is_plain = |input: &Combination| matches!(input, Combination::Feature(_));
    if trees.iter().flat_map(inputs).all(is_plain) {
        for tree in trees {
            sum.add(tree, |input| match input {
                Combination::Feature(feature) => *feature,
                Combination::Sum(_) => 0,
            });
        }
        return sum.of(graph, features);
    }
    let mut projections: Vec<Combination> = Vec::new();
    for tree in trees {
        // Steps ask for the same projection again and again.
        let first = projections.len();
        sum.add(tree, |input| {
            let known = projections[first..].iter().position(|own| own == input);
            first
                + known.unwrap_or_else(|| {
                    projections.push(input.clone());
                    projections.len() - first - 1
                })
        });
    }
    let projected = project(graph, features, &projections);
    sum.of(graph, &projected)
}

/// The projections of each row, added term by term in the order of the model: a product of matrices
/// would round otherwise, and a row at a border would change sides.
fn project(graph: &mut Graph, features: &str, projections: &[Combination]) -> Edge {
    let terms: Vec<Vec<(usize, f64)>> = projections
        .iter()
        .map(|projection| match projection {
            Combination::Feature(feature) => vec![(*feature, 1.0)],
            Combination::Sum(terms) => terms.clone(),
        })
        .collect();
    let most = terms.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let mut sum: Option<Edge> = None;
    for place in 0..most {
        let own = || terms.iter().map(|terms| terms.get(place).copied().unwrap_or((0, 0.0)));
        let chosen: Vec<usize> = own().map(|(feature, _)| feature).collect();
        let factors: Vec<f64> = own().map(|(_, factor)| factor).collect();
        let (values, factors) = (graph.columns(features, &chosen), graph.row(&factors));
        let products = graph.node("Mul", &[&values, &factors]);
        sum = Some(match sum {
            Some(sum) => graph.node("Add", &[&sum, &products]),
            None => products,
        });
    }
    sum.unwrap_or_else(|| features.to_owned())
}
