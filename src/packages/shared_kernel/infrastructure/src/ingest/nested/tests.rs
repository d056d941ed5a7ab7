//! JSON text against a walk over its parsed values.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use shared_kernel_domain::table::{ColumnType, NestedContent, NestedSchema};

use super::*;
use crate::engine::canonical::NESTED_KEY;
use crate::engine::nested::{FieldCollector, FieldValues};

fn texts(values: &[Value]) -> ArrayRef {
    let text = |value: &Value| (!value.is_null()).then(|| value.to_string());
    Arc::new(values.iter().map(text).collect::<StringArray>())
}

fn read(texts: &ArrayRef, tree: &KindTree) -> (NestedSchema, Vec<FieldValues>) {
    let mut schema = NestedSchema::default();
    let layout = TextLayout::of("v", tree, &mut FieldCollector::new(&mut schema, "v"));
    let values = layout.read(texts.as_string::<i32>()).unwrap();
    (schema, values)
}

/// The fields of a column: path, type, values with how many of them are there.
fn fields(values: &[Value]) -> Vec<(String, String, usize, usize)> {
    let texts = texts(values);
    let (schema, values) = read(&texts, &KindTree::of(&texts));
    let told = schema.fields.into_iter().zip(values).map(|(field, found)| {
        let name = match field.content {
            NestedContent::Values(column_type) => column_type.name(),
            NestedContent::Lengths => "lengths",
        };
        let there = found.values.len() - found.values.logical_null_count();
        (field.path, name.to_owned(), found.values.len(), there)
    });
    told.collect()
}

fn field(path: &str, name: &str, all: usize, there: usize) -> (String, String, usize, usize) {
    (path.to_owned(), name.to_owned(), all, there)
}

#[test]
fn values_get_the_types_that_columns_get() {
    let rows = [
        json!({"id": 1, "day": "2024-02-29", "at": "2024-02-29T10:00:00Z", "x": 1}),
        json!({"id": 12_345_678_901_234_567_890_u64, "x": 2.5, "ok": true, "day": null}),
        Value::Null,
    ];
    assert_eq!(
        fields(&rows),
        [
            field("v.id", "decimal", 3, 2),
            field("v.day", "date", 3, 1),
            field("v.at", "timestamp", 3, 1),
            field("v.x", "float", 3, 2),
            field("v.ok", "boolean", 3, 1),
        ]
    );
}

#[test]
fn lists_are_counted_in_items() {
    let rows = [
        json!({"b": [{"c": 1}, {"c": null}, null]}),
        json!({"b": []}),
        json!({}),
        json!({"b": [{"c": 2, "d": ["x", "y"]}]}),
    ];
    assert_eq!(
        fields(&rows),
        [
            field("v.b[]", "lengths", 4, 3),
            field("v.b[].c", "integer", 4, 2),
            field("v.b[].d[]", "lengths", 4, 1),
            field("v.b[].d[]", "text", 2, 2),
        ]
    );
}

#[test]
fn what_is_mixed_or_too_deep_is_seen_as_text() {
    let texts = texts(&[json!([1, {"a": 2}, "x"])]);
    let (schema, values) = read(&texts, &KindTree::of(&texts));
    assert_eq!(schema.left_out[0].path, "v[]");
    assert!(schema.left_out[0].reason.contains("numbers"), "{:?}", schema.left_out);
    let items: Vec<_> = values[1].values.as_string::<i32>().iter().flatten().collect();
    assert_eq!(items, ["1", r#"{"a":2}"#, "x"]);

    let deep = format!("{}7{}", "[".repeat(70), "]".repeat(70));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![deep]));
    let (schema, values) = read(&texts, &KindTree::of(&texts));
    assert!(schema.left_out[0].reason.contains("64 levels"), "{:?}", schema.left_out);
    let deepest = values.last().unwrap().values.as_string::<i32>();
    assert_eq!(deepest.value(0), "[[[[[[7]]]]]]");
}

#[test]
fn objects_with_very_many_members_are_maps() {
    let members = |from: usize, to: usize| -> Value {
        (from..to).map(|id| (format!("user{id}"), json!({"age": id}))).collect::<Map<_, _>>().into()
    };
    let rows = [members(0, 700), members(600, 1_300), json!({})];
    assert_eq!(
        fields(&rows),
        [
            field("v{}", "lengths", 3, 3),
            field("v{}.key", "text", 1_400, 1_400),
            field("v{}.value.age", "integer", 1_400, 1_400),
        ]
    );
}

#[test]
fn of_members_of_one_name_the_last_counts() {
    let text = r#"{"a":1,"b":"x","a":2,"\u0062":"y"}"#;
    let texts: ArrayRef = Arc::new(StringArray::from(vec![text]));
    let (_, values) = read(&texts, &KindTree::of(&texts));
    assert_eq!(values[0].values.as_primitive::<arrow::datatypes::Int64Type>().value(0), 2);
    assert_eq!(values[1].values.as_string::<i32>().value(0), "y");
}

/// Values of any shape.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..3).prop_map(Value::from),
        Just(json!(2.5)),
        "[a-c\"\\\\é ]{0,3}".prop_map(Value::from),
        Just(json!("2024-02-29")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-c.]{0,2}", inner), 0..4)
                .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// How many values there are at a path of names (`None` for items), and how many are not null.
fn count(value: &Value, path: &[Option<String>]) -> (usize, usize) {
    match path.split_first() {
        None => (1, usize::from(!value.is_null())),
        Some((Some(name), rest)) => count(value.get(name).unwrap_or(&Value::Null), rest),
        Some((None, rest)) => {
            let items = value.as_array().into_iter().flatten();
            items.map(|it| count(it, rest)).fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
        }
    }
}

/// The steps of a path as it is written.
fn steps(path: &str) -> Vec<Option<String>> {
    let mut steps = Vec::new();
    let mut rest = path.strip_prefix('v').unwrap();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[]") {
            steps.push(None);
            rest = after;
            continue;
        }
        rest = rest.strip_prefix('.').unwrap();
        let end = match rest.strip_prefix('"') {
            Some(quoted) => quoted.find('"').unwrap() + 2,
            None => rest.find(['.', '[']).unwrap_or(rest.len()),
        };
        steps.push(Some(rest[..end].trim_matches('"').to_owned()));
        rest = &rest[end..];
    }
    steps
}

proptest! {
    #[test]
    fn every_path_has_as_many_values_as_a_walk_finds(
        rows in prop::collection::vec(
            prop::collection::vec(values(), 0..4).prop_map(Value::from), 0..6),
    ) {
        let texts = texts(&rows);
        let tree = KindTree::of(&texts);
        let (schema, found) = read(&texts, &tree);
        for (field, values) in schema.fields.iter().zip(found) {
            let steps = steps(&field.path);
            let there = values.values.len() - values.values.logical_null_count();
            let counts = |steps: &[Option<String>]| {
                let each = rows.iter().map(|row| count(row, steps));
                each.fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
            };
            match field.content {
                NestedContent::Lengths => {
                    prop_assert_eq!((values.values.len(), there), counts(&steps[..steps.len() - 1]));
                    let lengths = values.values.as_primitive::<arrow::datatypes::Int64Type>();
                    let items: i64 = lengths.iter().flatten().sum();
                    prop_assert_eq!(items as usize, counts(&steps).0);
                }
                // a column of nothing but null texts is text, and empty text is a value
                NestedContent::Values(kind) => {
                    let expected = counts(&steps);
                    prop_assert_eq!((values.values.len(), there), expected, "{} {:?}", field.path, kind);
                    prop_assert_eq!(kind == ColumnType::Null, expected.1 == 0);
                }
            }
        }
    }

    #[test]
    fn kinds_are_found_in_any_parts_and_kept(
        rows in prop::collection::vec(
            prop::collection::vec(values(), 0..4).prop_map(Value::from), 0..6),
        cut in 0_usize..6,
    ) {
        let marked = Field::new("v", DataType::Utf8, true)
            .with_metadata([(NESTED_KEY.to_owned(), "list".to_owned())].into());
        let schema = Arc::new(Schema::new(vec![marked]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![texts(&rows)]).unwrap();
        let mut kinds = NestedKinds::of(&schema);
        let cut = cut.min(rows.len());
        kinds.take(&batch.slice(0, cut));
        kinds.take(&batch.slice(cut, rows.len() - cut));
        let kept = write_kinds(&kinds).unwrap();
        let back = read_kinds(Some(&vec![kept]));
        prop_assert_eq!(&back["v"], &KindTree::of(&texts(&rows)));
    }

    #[test]
    fn any_footer_is_read_or_left(text in r#"[\[{]["{}\[\],:a1v\\]{0,60}"#) {
        let kept = parquet::file::metadata::KeyValue::new("pynomaly.nested_kinds".to_owned(), text);
        let _ = read_kinds(Some(&vec![kept]));
    }
}
