//! The bytes, read back by a reader of the wire format: is every edge made before it is used, does
//! every list of a node have its length? Whether onnxruntime gives our scores: `tests/export/check`.

use std::collections::{BTreeMap, BTreeSet};

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::table::{Batch, Column, ColumnType, Field, TableSchema, Values};

use crate::encoder::Learner;
use crate::model::AnomalyModel;
use crate::portable::{PORTABLE, Provenance};

/// A message by its fields: numbers, and bytes.
#[derive(Default)]
struct Read<'a> {
    numbers: BTreeMap<u64, Vec<u64>>,
    bytes: BTreeMap<u64, Vec<&'a [u8]>>,
}

impl<'a> Read<'a> {
    fn of(mut rest: &'a [u8]) -> Self {
        let mut read = Self::default();
        while !rest.is_empty() {
            let key = varint(&mut rest);
            let value = varint(&mut rest);
            match key & 7 {
                0 => read.numbers.entry(key >> 3).or_default().push(value),
                2 => {
                    let (own, others) = rest.split_at(value as usize);
                    rest = others;
                    read.bytes.entry(key >> 3).or_default().push(own);
                }
                kind => panic!("kind {kind}"),
            }
        }
        read
    }

    fn messages(&self, field: u64) -> Vec<Read<'a>> {
        self.bytes.get(&field).into_iter().flatten().map(|own| Read::of(own)).collect()
    }

    fn texts(&self, field: u64) -> Vec<String> {
        let texts = self.bytes.get(&field).into_iter().flatten();
        texts.map(|text| String::from_utf8(text.to_vec()).unwrap()).collect()
    }

    fn text(&self, field: u64) -> String {
        self.texts(field).swap_remove(0)
    }
}

fn varint(rest: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (byte, others) = rest.split_first().unwrap();
        *rest = others;
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return value;
        }
    }
}

/// A model of columns of numbers, the third with gaps.
fn model(detector: &str, names: [&str; 3], rows: usize) -> AnomalyModel {
    let field = |name: &str| Field { name: name.to_owned(), column_type: ColumnType::Float };
    let schema = TableSchema { fields: names.map(field).to_vec() };
    let column = |step: usize| -> Vec<f64> {
        let value = |row: usize| {
            if step == 7 && row % 5 == 3 { f64::NAN } else { (row * step % 23) as f64 }
        };
        (0..rows).map(value).collect()
    };
    let values = [5, 3, 7].map(column);
    let columns = values.each_ref().map(|values| Column {
        values: Values::Float(values),
        validity: None,
        len: values.len(),
        null_count: 0,
    });
    let numbers: Vec<i64> = (0..rows as i64).collect();
    let mut learner = Learner::new(&schema, None);
    learner.take(&Batch { rows: &numbers, columns: &columns }, None).unwrap();
    AnomalyModel::learn(learner, detector, 3, &Cancellation::default()).unwrap().0
}

fn provenance() -> Provenance {
    Provenance {
        pipeline: "p\n; DROP TABLE x".to_owned(),
        revision: 4,
        model: "m".to_owned(),
        model_version: 2,
        digest: "sha256:00".to_owned(),
    }
}

#[test]
fn every_edge_is_made_before_it_is_used_and_lists_have_one_length() {
    for detector in PORTABLE {
        let names = ["a", "", "score"];
        let bytes = model(detector, names, 80).portable().unwrap().to_onnx(&provenance()).unwrap();
        let file = Read::of(&bytes);
        assert_eq!(file.numbers[&1], [7], "format");
        let graph = file.messages(7).swap_remove(0);
        let inputs: Vec<_> = graph.messages(11).iter().map(|input| input.text(1)).collect();
        assert_eq!(inputs, ["a", "column:", "column:score"], "{detector}");
        let mut made: BTreeSet<String> = inputs.into_iter().collect();
        made.extend(graph.messages(5).iter().map(|constant| constant.text(8)));
        for node in graph.messages(1) {
            for input in node.texts(1) {
                assert!(made.contains(&input), "{detector}: {input} of {}", node.text(4));
            }
            assert!(made.insert(node.text(2)), "{detector}: {} is made twice", node.text(2));
            if node.text(4) == "TreeEnsembleRegressor" {
                assert_eq!(node.text(7), "ai.onnx.ml");
                check_trees(&node);
            }
        }
        assert_eq!(graph.messages(12).iter().map(|it| it.text(1)).collect::<Vec<_>>(), ["score"]);
        assert!(made.contains("score"));
        let metadata: BTreeMap<_, _> =
            file.messages(14).iter().map(|entry| (entry.text(1), entry.text(2))).collect();
        assert_eq!(metadata["pynomaly.detector"], detector);
        let examples: serde_json::Value =
            serde_json::from_str(&metadata["pynomaly.conformance"]).unwrap();
        assert_eq!(examples.as_array().unwrap().len(), 11);
    }
}

/// Lists over nodes are as long as each other, and so are those over leaves.
fn check_trees(node: &Read<'_>) {
    let lengths = |prefix: &str| -> BTreeSet<usize> {
        let attributes = node.messages(5).into_iter().filter(|it| it.text(1).starts_with(prefix));
        let length = |it: Read<'_>| {
            let numbers = it.numbers.get(&8).map_or(0, Vec::len);
            let doubles =
                it.messages(5).iter().map(|tensor| tensor.bytes[&9][0].len() / 8).sum::<usize>();
            numbers + doubles + it.texts(9).len()
        };
        attributes.map(length).collect()
    };
    assert_eq!((lengths("nodes_").len(), lengths("target_").len()), (1, 1));
    assert!(lengths("nodes_") > lengths("target_"));
}

#[test]
fn a_model_that_is_too_large_is_refused() {
    let large = model("ecod", ["a", "b", "c"], 60).portable().unwrap();
    let error = large.check_size(20, "a test").unwrap_err();
    assert!(error.what().contains("are too many for a test, which takes up to 20"), "{error}");
}

#[test]
fn a_query_names_its_columns_apart_from_those_of_the_table() {
    let names = ["x0", "SCORE", "a\"b"];
    for detector in PORTABLE {
        let portable = model(detector, names, 80).portable().unwrap();
        let text = portable.to_sql(&provenance(), &["shop", "t\"; --"]).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("-- Anomaly scores of pynomaly"), "{text}");
        assert!(lines[1].starts_with("-- Pipeline \"p\\n; DROP TABLE x\" revision 4"), "{text}");
        assert!(text.contains("FROM \"shop\".\"t\"\"; --\"\n"), "{text}");
        assert!(text.contains("\"x0\",\n  \"SCORE\",\n  \"a\"\"b\""), "{text}");
        assert!(
            text.contains(" AS n_x0") && text.contains(" AS \"anomaly_score\"\nFROM"),
            "{text}"
        );
        let outside = text.replace("\"t\"\"; --\"", "");
        let query = outside.lines().skip_while(|line| line.starts_with("--"));
        assert!(query.clone().all(|line| !line.contains("--")), "a comment within");
        let parentheses =
            |sign: char| query.clone().flat_map(str::chars).filter(|it| *it == sign).count();
        assert_eq!(parentheses('('), parentheses(')'), "{detector}");
    }
}
