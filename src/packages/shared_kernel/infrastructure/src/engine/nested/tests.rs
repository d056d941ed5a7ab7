//! Random nested arrays against a walk over the values they were made of.

use std::collections::BTreeMap;

use arrow::array::{Int64Array, LargeListArray, MapArray, NullArray, StringArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{cast, concat};
use proptest::prelude::*;
use shared_kernel_domain::table::{ColumnType, NestedContent, NestedUnit};

use super::*;
use crate::engine::cells::cell;
use crate::engine::columns::view;
use crate::ingest::nested::KindTree;

#[derive(Clone, Debug)]
enum Type {
    Integer,
    Text,
    Coded,
    Record(Vec<Type>),
    List(Box<Type>),
    Large(Box<Type>),
    Fixed(Box<Type>),
    Map(Box<Type>),
}

#[derive(Clone, Debug)]
enum Value {
    Null,
    Integer(i64),
    Text(String),
    Record(Vec<Value>),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Integer), Just(Type::Text), Just(Type::Coded)];
    leaf.prop_recursive(4, 12, 3, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Type::Record),
            boxed().prop_map(Type::List),
            boxed().prop_map(Type::Large),
            boxed().prop_map(Type::Fixed),
            boxed().prop_map(Type::Map),
        ]
    })
}

/// A column that is nested.
fn nested_types() -> impl Strategy<Value = Type> {
    types().prop_map(|of| match of {
        Type::Integer | Type::Text | Type::Coded => Type::List(Box::new(of)),
        nested => nested,
    })
}

/// Numbers that depend on a seed alone (Steele et al., SplitMix64, 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % end
    }
}

fn value(of: &Type, random: &mut Random) -> Value {
    if random.below(4) == 0 {
        return Value::Null;
    }
    let count = match of {
        Type::Fixed(_) => 2,
        _ => random.below(4),
    };
    match of {
        Type::Integer => Value::Integer(random.below(5) as i64),
        Type::Text | Type::Coded => {
            Value::Text(["", "a", "b\"c", "ü"][random.below(4) as usize].into())
        }
        Type::Record(members) => {
            Value::Record(members.iter().map(|of| value(of, random)).collect())
        }
        Type::List(of) | Type::Large(of) | Type::Fixed(of) => {
            Value::List((0..count).map(|_| value(of, random)).collect())
        }
        Type::Map(of) => {
            Value::Map((0..count).map(|key| (format!("k{key}"), value(of, random))).collect())
        }
    }
}

fn data_type(of: &Type) -> DataType {
    let item = |of: &Type| Arc::new(Field::new("item", data_type(of), true));
    match of {
        Type::Integer => DataType::Int64,
        Type::Text => DataType::Utf8,
        Type::Coded => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        Type::Record(members) => {
            let named = members.iter().zip('a'..);
            let fields: Vec<Field> =
                named.map(|(of, name)| Field::new(name.to_string(), data_type(of), true)).collect();
            DataType::Struct(fields.into())
        }
        Type::List(of) => DataType::List(item(of)),
        Type::Large(of) => DataType::LargeList(item(of)),
        Type::Fixed(of) => DataType::FixedSizeList(item(of), 2),
        Type::Map(of) => DataType::Map(entries(of), false),
    }
}

fn entries(of: &Type) -> FieldRef {
    let fields =
        vec![Field::new("keys", DataType::Utf8, false), Field::new("values", data_type(of), true)];
    Arc::new(Field::new("entries", DataType::Struct(fields.into()), false))
}

/// An array of values, with other values beneath what is missing.
fn array(of: &Type, values: &[Value], random: &mut Random) -> ArrayRef {
    let there: Vec<bool> = values.iter().map(|it| !matches!(it, Value::Null)).collect();
    let nulls = Some(NullBuffer::from(there));
    let any = |random: &mut Random, of: &Type| (0..9).fold(Value::Null, |_, _| value(of, random));
    match of {
        Type::Integer => {
            let of_value = |it: &Value| if let Value::Integer(it) = it { *it } else { 77 };
            Arc::new(Int64Array::new(values.iter().map(of_value).collect(), nulls))
        }
        Type::Text | Type::Coded => {
            let text = |it: &Value| if let Value::Text(it) = it { Some(it.clone()) } else { None };
            let texts: StringArray = values.iter().map(text).collect();
            cast(&texts, &data_type(of)).unwrap()
        }
        Type::Record(members) => {
            let columns: Vec<ArrayRef> = members
                .iter()
                .enumerate()
                .map(|(place, of)| {
                    let member = |it: &Value, random: &mut Random| match it {
                        Value::Record(members) => members[place].clone(),
                        _ => any(random, of),
                    };
                    let values: Vec<Value> = values.iter().map(|it| member(it, random)).collect();
                    array(of, &values, random)
                })
                .collect();
            let DataType::Struct(fields) = data_type(&Type::Record(members.clone())) else {
                unreachable!()
            };
            Arc::new(StructArray::new(fields, columns, nulls))
        }
        Type::List(item) | Type::Large(item) | Type::Fixed(item) => {
            let mut items = Vec::new();
            let mut lengths = Vec::new();
            for it in values {
                let before = items.len();
                match (it, of) {
                    (Value::List(of_value), _) => items.extend(of_value.iter().cloned()),
                    (_, Type::Fixed(_)) => items.extend((0..2).map(|_| any(random, item))),
                    _ => items.extend((0..random.below(3)).map(|_| any(random, item))),
                }
                lengths.push(items.len() - before);
            }
            let items = array(item, &items, random);
            let field = Arc::new(Field::new("item", data_type(item), true));
            match of {
                Type::List(_) => {
                    let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
                    Arc::new(ListArray::new(field, offsets, items, nulls))
                }
                Type::Large(_) => {
                    let offsets = OffsetBuffer::<i64>::from_lengths(lengths);
                    Arc::new(LargeListArray::new(field, offsets, items, nulls))
                }
                _ => Arc::new(arrow::array::FixedSizeListArray::new(field, 2, items, nulls)),
            }
        }
        Type::Map(of) => {
            let mut keys = Vec::new();
            let mut items = Vec::new();
            let mut lengths = Vec::new();
            for it in values {
                let pairs = if let Value::Map(pairs) = it { pairs.clone() } else { Vec::new() };
                lengths.push(pairs.len());
                for (key, value) in pairs {
                    keys.push(key);
                    items.push(value);
                }
            }
            let columns: Vec<ArrayRef> =
                vec![Arc::new(StringArray::from(keys)), array(of, &items, random)];
            let field = entries(of);
            let DataType::Struct(fields) = field.data_type().clone() else { unreachable!() };
            let pairs = StructArray::new(fields, columns, None);
            let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
            Arc::new(MapArray::new(field, offsets, pairs, nulls, false))
        }
    }
}

/// Texts of values by path, and how many each row has.
type Found = BTreeMap<(String, bool), Vec<Vec<String>>>;

/// Puts the values of one row where they belong.
fn walk(of: &Type, value: &Value, path: &str, row: usize, found: &mut Found) {
    let mut put = |path: &str, is_length: bool, text: String| {
        found.get_mut(&(path.to_owned(), is_length)).unwrap()[row].push(text);
    };
    match (of, value) {
        (Type::Integer, Value::Integer(it)) => put(path, false, it.to_string()),
        (Type::Text | Type::Coded, Value::Text(it)) => put(path, false, it.clone()),
        (Type::Integer | Type::Text | Type::Coded, _) => put(path, false, "null".to_owned()),
        (Type::Record(members), it) => {
            for (place, (of, name)) in members.iter().zip('a'..).enumerate() {
                let null = Value::Null;
                let it = if let Value::Record(values) = it { &values[place] } else { &null };
                walk(of, it, &format!("{path}.{name}"), row, found);
            }
        }
        (Type::List(of) | Type::Large(of) | Type::Fixed(of), it) => {
            let path = format!("{path}[]");
            let Value::List(items) = it else { return put(&path, true, "null".to_owned()) };
            put(&path, true, items.len().to_string());
            for it in items {
                walk(of, it, &path, row, found);
            }
        }
        (Type::Map(of), it) => {
            let path = format!("{path}{{}}");
            let Value::Map(pairs) = it else { return put(&path, true, "null".to_owned()) };
            put(&path, true, pairs.len().to_string());
            for (key, it) in pairs {
                let of_keys = (format!("{path}.key"), false);
                found.get_mut(&of_keys).unwrap()[row].push(key.clone());
                walk(of, it, &format!("{path}.value"), row, found);
            }
        }
    }
}

fn column(field: &Field, kinds: Option<&KindTree>) -> (NestedSchema, NestedColumn) {
    let mut schema = NestedSchema::default();
    let mut collector = FieldCollector::new(&mut schema, field.name());
    let source = match kinds {
        None => Source::Arrays(Layout::of(field, &mut collector)),
        Some(tree) => Source::Text(TextLayout::of(field.name(), tree, &mut collector)),
    };
    let fields = Fields::from(struct_fields(collector.finish()));
    (schema, NestedColumn { name: field.name().clone(), source, fields })
}

/// What a column's fields give, by row.
fn given(field: &FieldRef, array: &ArrayRef, kinds: Option<&KindTree>) -> Found {
    let (schema, column) = column(field, kinds);
    let record = column.take_apart(field, array).unwrap();
    assert_eq!(record.data_type(), &DataType::Struct(column.fields.clone()));
    let rows: Vec<i64> = (0..array.len() as i64).collect();
    let mut found = Found::new();
    for nested in &schema.fields {
        let (rows, values) = field_values(&record, nested.place, &rows).unwrap();
        let values = view(&values).unwrap();
        let mut by_row = vec![Vec::new(); array.len()];
        for (place, &row) in rows.iter().enumerate() {
            by_row[row as usize].push(cell(&values, place, false).to_string());
        }
        let is_length = nested.content == NestedContent::Lengths;
        found.insert((nested.path.clone(), is_length), by_row);
    }
    found
}

/// The fields that a type should have, all empty.
fn expected(of: &Type, path: &str, rows: usize, found: &mut Found) {
    let mut put = |path: &str, is_length| {
        found.insert((path.to_owned(), is_length), vec![Vec::new(); rows]);
    };
    match of {
        Type::Integer | Type::Text | Type::Coded => put(path, false),
        Type::Record(members) => members
            .iter()
            .zip('a'..)
            .for_each(|(of, name)| expected(of, &format!("{path}.{name}"), rows, found)),
        Type::List(of) | Type::Large(of) | Type::Fixed(of) => {
            let path = format!("{path}[]");
            put(&path, true);
            expected(of, &path, rows, found);
        }
        Type::Map(of) => {
            let path = format!("{path}{{}}");
            put(&path, true);
            put(&format!("{path}.key"), false);
            expected(of, &format!("{path}.value"), rows, found);
        }
    }
}

proptest! {
    #[test]
    fn arrays_give_what_a_walk_over_the_values_gives(
        of in nested_types(),
        seed: u64,
        rows in 0_usize..12,
        around in (0_usize..3, 0_usize..3),
    ) {
        let mut random = Random(seed);
        let all = rows + around.0 + around.1;
        let values: Vec<Value> = (0..all).map(|_| value(&of, &mut random)).collect();
        let whole = array(&of, &values, &mut random);
        let field = Arc::new(Field::new("v", data_type(&of), true));
        let mut found = Found::new();
        expected(&of, "v", rows, &mut found);
        for (row, value) in values[around.0..around.0 + rows].iter().enumerate() {
            walk(&of, value, "v", row, &mut found);
        }
        prop_assert_eq!(given(&field, &whole.slice(around.0, rows), None), found);
    }

    #[test]
    fn json_text_gives_what_its_arrays_give(of in nested_types(), seed: u64, rows in 0_usize..12) {
        let mut random = Random(seed);
        let values: Vec<Value> = (0..rows).map(|_| value(&of, &mut random)).collect();
        let array = array(&of, &values, &mut random);
        let field = Arc::new(Field::new("v", data_type(&of), true));
        let texts = crate::engine::canonical::json_text(&field, &array).unwrap();
        let tree = KindTree::of(&texts);
        let text_field = Arc::new(Field::new("v", DataType::Utf8, true));
        let from_text = given(&text_field, &texts, Some(&tree));
        let from_arrays = given(&field, &array, None);
        if has_map(&of) {
            // a map's text is that of a record
            return Ok(());
        }
        for (path, values) in &from_arrays {
            match from_text.get(path) {
                Some(found) => prop_assert_eq!(found, values, "{:?}", path),
                // what never has a value is not in the text
                None => prop_assert!(values.iter().flatten().all(|it| it == "null"), "{:?}", path),
            }
        }
        for path in from_text.keys() {
            let is_empty_item = from_text[path].iter().flatten().all(|it| it == "null");
            prop_assert!(from_arrays.contains_key(path) || is_empty_item, "{:?}", path);
        }
    }
}

fn has_map(of: &Type) -> bool {
    match of {
        Type::Integer | Type::Text | Type::Coded => false,
        Type::Record(members) => members.iter().any(has_map),
        Type::List(of) | Type::Large(of) | Type::Fixed(of) => has_map(of),
        Type::Map(_) => true,
    }
}

#[test]
fn fields_say_what_they_are_and_what_they_are_counted_in() {
    let of = Type::Record(vec![
        Type::Integer,
        Type::List(Box::new(Type::Record(vec![Type::Text, Type::List(Box::new(Type::Integer))]))),
    ]);
    let (schema, _) = column(&Field::new("v", data_type(&of), true), None);
    let told: Vec<_> = schema
        .fields
        .iter()
        .map(|it| (it.path.as_str(), it.content, it.unit, it.list.as_deref()))
        .collect();
    let (rows, items) = (NestedUnit::Rows, NestedUnit::Items);
    let values = NestedContent::Values;
    assert_eq!(
        told,
        [
            ("v.a", values(ColumnType::Integer), rows, None),
            ("v.b[]", NestedContent::Lengths, rows, None),
            ("v.b[].a", values(ColumnType::Text), items, Some("v.b[]")),
            ("v.b[].b[]", NestedContent::Lengths, items, Some("v.b[]")),
            ("v.b[].b[]", values(ColumnType::Integer), items, Some("v.b[].b[]")),
        ]
    );
}

#[test]
fn too_deep_and_too_wide_is_told() {
    let mut deep = DataType::Int64;
    for _ in 0..70 {
        deep = DataType::List(Arc::new(Field::new("item", deep, true)));
    }
    let (schema, _) = column(&Field::new("v", deep, true), None);
    assert_eq!(schema.fields.len(), NestedSchema::DEEPEST);
    assert_eq!(schema.left_out.len(), 1);
    assert_eq!(schema.left_out[0].path, format!("v{}", "[]".repeat(NestedSchema::DEEPEST)));

    let fields: Vec<Field> =
        (0..12_000).map(|member| Field::new(format!("m{member}"), DataType::Null, true)).collect();
    let wide = Field::new("v", DataType::Struct(fields.into()), true);
    let (schema, column) = column(&wide, None);
    assert_eq!(schema.fields.len(), NestedSchema::MOST_FIELDS);
    assert!(schema.left_out[0].reason.contains("2000"), "{:?}", schema.left_out);
    let DataType::Struct(fields) = wide.data_type().clone() else { unreachable!() };
    let columns = fields.iter().map(|_| Arc::new(NullArray::new(3)) as ArrayRef).collect();
    let array: ArrayRef = Arc::new(StructArray::new(fields, columns, None));
    assert_eq!(column.take_apart(&Arc::new(wide), &array).unwrap().len(), 3);
}

#[test]
fn values_beneath_missing_records_may_not_even_fit() {
    use arrow::array::Decimal256Array;
    use arrow::datatypes::i256;
    let values = Decimal256Array::from(vec![i256::from_i128(1), i256::MAX])
        .with_precision_and_scale(38, 0)
        .unwrap();
    let values: ArrayRef = Arc::new(values);
    let fields = Fields::from(vec![Field::new("a", values.data_type().clone(), true)]);
    let nulls = Some(NullBuffer::from(vec![true, false]));
    let array: ArrayRef = Arc::new(StructArray::new(fields, vec![values], nulls));
    let field = Arc::new(Field::new("v", array.data_type().clone(), true));
    let found = given(&field, &array, None);
    assert_eq!(found[&("v.a".to_owned(), false)], [["1"], ["null"]]);
}

#[test]
fn batches_put_together_give_what_they_give_apart() {
    let of = Type::List(Box::new(Type::Record(vec![Type::Text, Type::Integer])));
    let mut random = Random(7);
    let values: Vec<Value> = (0..40).map(|_| value(&of, &mut random)).collect();
    let field = Arc::new(Field::new("v", data_type(&of), true));
    let parts: Vec<ArrayRef> =
        values.chunks(9).map(|values| array(&of, values, &mut random)).collect();
    let borrowed: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    let whole = given(&field, &concat(&borrowed).unwrap(), None);
    let mut joined = Found::new();
    for part in &parts {
        for (path, rows) in given(&field, part, None) {
            joined.entry(path).or_default().extend(rows);
        }
    }
    assert_eq!(joined, whole);
}
