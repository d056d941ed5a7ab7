//! Avro schemas: the JSON text of a header as types that values are read by.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::container::Flaw;

/// Types within types; deeper schemas are taken for damage.
const DEEPEST: usize = 64;

/// How a value is encoded, and what it means.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    Text,
    Fixed(usize),
    Enum(Arc<[String]>),
    /// Days since 1970, in 32 bits.
    Date,
    /// The time of day: milliseconds in 32 bits, or microseconds in 64.
    Time(Unit),
    /// Since 1970-01-01T00:00, in UTC or local.
    Timestamp {
        unit: Unit,
        utc: bool,
    },
    /// A big-endian number of up to 38 digits, in bytes with or without their length.
    Decimal {
        fixed: Option<usize>,
        precision: u8,
        scale: i8,
    },
    /// Sixteen bytes.
    Uuid,
    /// Months, days and milliseconds, each of four bytes, the lowest first.
    Duration,
    Array(Arc<Type>),
    /// From texts to values.
    Map(Arc<Type>),
    /// The place of a record in [`Schema::records`].
    Record(usize),
    Union(Arc<[Type]>),
}

/// Units of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) of: Type,
}

/// A schema: what a row is, and the records it speaks of.
#[derive(Debug)]
pub(super) struct Schema {
    /// The columns.
    pub(super) fields: Vec<Field>,
    /// All records, each in its place; a record may hold itself.
    pub(super) records: Vec<Vec<Field>>,
}

impl Schema {
    /// Reads the JSON text of a schema. What is not a record is a table of one column, `value`.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Flaw> {
        let json: Value = serde_json::from_slice(text)
            .map_err(|error| Flaw::Damage(format!("the schema is not JSON: {error}")))?;
        let mut parser = Parser::default();
        let row = parser.parse(&json, "", 0)?;
        let fields = match row {
            Type::Record(place) => parser.records.get(place).cloned().unwrap_or_default(),
            of => vec![Field { name: "value".to_owned(), of }],
        };
        Ok(Self { fields, records: parser.records })
    }

    /// The fields of a record.
    pub(super) fn record(&self, place: usize) -> &[Field] {
        self.records.get(place).map_or(&[], Vec::as_slice)
    }
}

#[derive(Default)]
struct Parser {
    records: Vec<Vec<Field>>,
    named: HashMap<String, Type>,
}

impl Parser {
    fn parse(&mut self, json: &Value, space: &str, depth: usize) -> Result<Type, Flaw> {
        if depth > DEEPEST {
            return Err("the schema is nested too deeply".into());
        }
        match json {
            Value::String(name) => self.by_name(name, space),
            Value::Array(branches) => {
                let branches = branches.iter().map(|branch| self.parse(branch, space, depth + 1));
                Ok(Type::Union(branches.collect::<Result<Arc<[_]>, _>>()?))
            }
            Value::Object(members) => self.object(members, space, depth),
            _ => Err(Flaw::Damage(format!("the schema has {json} where a type should be"))),
        }
    }

    fn by_name(&self, name: &str, space: &str) -> Result<Type, Flaw> {
        Ok(match name {
            "null" => Type::Null,
            "boolean" => Type::Boolean,
            "int" => Type::Int,
            "long" => Type::Long,
            "float" => Type::Float,
            "double" => Type::Double,
            "bytes" => Type::Bytes,
            "string" => Type::Text,
            _ => {
                let known = self.named.get(&full_name(name, space));
                let known = known.or_else(|| self.named.get(name));
                return known.cloned().ok_or_else(|| {
                    Flaw::Damage(format!("the schema names an unknown type {name:?}"))
                });
            }
        })
    }

    fn object(
        &mut self,
        json: &Map<String, Value>,
        space: &str,
        depth: usize,
    ) -> Result<Type, Flaw> {
        let kind = json.get("type").ok_or("the schema has a type without a type")?;
        let Value::String(kind) = kind else {
            return self.parse(kind, space, depth + 1);
        };
        let inner = |member: &str| {
            json.get(member).ok_or_else(|| Flaw::Damage(format!("an {kind} has no {member}")))
        };
        Ok(match kind.as_str() {
            "array" => Type::Array(Arc::new(self.parse(inner("items")?, space, depth + 1)?)),
            "map" => Type::Map(Arc::new(self.parse(inner("values")?, space, depth + 1)?)),
            "record" | "error" => self.record(json, space, depth)?,
            "enum" => {
                let symbols = inner("symbols")?.as_array().ok_or("symbols are not a list")?;
                let symbols = symbols.iter().filter_map(Value::as_str).map(str::to_owned);
                self.name(json, space, Type::Enum(symbols.collect()))
            }
            "fixed" => {
                let size = inner("size")?.as_u64().and_then(|size| usize::try_from(size).ok());
                let size = size.ok_or("the size of a fixed is not a number")?;
                self.name(json, space, meaning(json, Type::Fixed(size)))
            }
            name => meaning(json, self.by_name(name, space)?),
        })
    }

    fn record(
        &mut self,
        json: &Map<String, Value>,
        space: &str,
        depth: usize,
    ) -> Result<Type, Flaw> {
        let place = self.records.len();
        self.records.push(Vec::new());
        let record = self.name(json, space, Type::Record(place));
        let space = space_of(json, space);
        let members = json.get("fields").and_then(Value::as_array);
        let mut fields = Vec::new();
        for member in members.ok_or("a record has no fields")? {
            let name = member.get("name").and_then(Value::as_str);
            let name = name.ok_or("a field has no name")?.to_owned();
            let of = member.get("type").ok_or("a field has no type")?;
            fields.push(Field { name, of: self.parse(of, &space, depth + 1)? });
        }
        if let Some(known) = self.records.get_mut(place) {
            *known = fields;
        }
        Ok(record)
    }

    /// Makes a type known by its name.
    fn name(&mut self, json: &Map<String, Value>, space: &str, of: Type) -> Type {
        if let Some(name) = json.get("name").and_then(Value::as_str) {
            self.named.insert(full_name(name, &space_of(json, space)), of.clone());
        }
        of
    }
}

fn full_name(name: &str, space: &str) -> String {
    if name.contains('.') || space.is_empty() { name.to_owned() } else { format!("{space}.{name}") }
}

/// The namespace inside a named type.
fn space_of(json: &Map<String, Value>, outer: &str) -> String {
    let name = json.get("name").and_then(Value::as_str).unwrap_or_default();
    let own = json.get("namespace").and_then(Value::as_str);
    match name.rsplit_once('.') {
        Some((space, _)) => space.to_owned(),
        None => own.unwrap_or(outer).to_owned(),
    }
}

/// What a type means by its logical type. One that is unknown or does not fit means nothing, as
/// the specification has it.
fn meaning(json: &Map<String, Value>, of: Type) -> Type {
    let number = |member: &str| json.get(member).and_then(Value::as_u64);
    let timestamp = |unit, utc| Type::Timestamp { unit, utc };
    match (json.get("logicalType").and_then(Value::as_str).unwrap_or_default(), &of) {
        ("date", Type::Int) => Type::Date,
        ("time-millis", Type::Int) => Type::Time(Unit::Milliseconds),
        ("time-micros", Type::Long) => Type::Time(Unit::Microseconds),
        ("timestamp-millis", Type::Long) => timestamp(Unit::Milliseconds, true),
        ("timestamp-micros", Type::Long) => timestamp(Unit::Microseconds, true),
        ("timestamp-nanos", Type::Long) => timestamp(Unit::Nanoseconds, true),
        ("local-timestamp-millis", Type::Long) => timestamp(Unit::Milliseconds, false),
        ("local-timestamp-micros", Type::Long) => timestamp(Unit::Microseconds, false),
        ("local-timestamp-nanos", Type::Long) => timestamp(Unit::Nanoseconds, false),
        ("uuid", Type::Fixed(16)) => Type::Uuid,
        ("duration", Type::Fixed(12)) => Type::Duration,
        ("decimal", Type::Bytes | Type::Fixed(_)) => {
            let fixed = if let Type::Fixed(size) = of { Some(size) } else { None };
            let scale = number("scale").unwrap_or_default();
            match number("precision") {
                Some(precision @ 1..=38) if scale <= precision => {
                    Type::Decimal { fixed, precision: precision as u8, scale: scale as i8 }
                }
                _ => of,
            }
        }
        _ => of,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(text: &str) -> Vec<Type> {
        let schema = Schema::parse(text.as_bytes()).unwrap();
        schema.fields.into_iter().map(|field| field.of).collect()
    }

    #[test]
    fn logical_types_mean_something_where_they_fit() {
        let found = types(
            r#"{"type":"record","name":"r","fields":[
              {"name":"a","type":{"type":"int","logicalType":"date"}},
              {"name":"b","type":{"type":"long","logicalType":"date"}},
              {"name":"c","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
              {"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":60}},
              {"name":"e","type":{"type":"fixed","name":"u","size":16,"logicalType":"uuid"}},
              {"name":"f","type":["null",{"type":"long","logicalType":"local-timestamp-millis"}]},
              {"name":"g","type":{"type":{"type":"string"}}}]}"#,
        );
        let local = Type::Timestamp { unit: Unit::Milliseconds, utc: false };
        assert_eq!(
            found,
            [
                Type::Date,
                Type::Long,
                Type::Decimal { fixed: None, precision: 9, scale: 2 },
                Type::Bytes,
                Type::Uuid,
                Type::Union([Type::Null, local].into()),
                Type::Text,
            ]
        );
    }

    #[test]
    fn names_are_found_in_their_space_and_in_themselves() {
        let found = types(
            r#"{"type":"record","name":"x.node","fields":[
              {"name":"next","type":["null","node"]},
              {"name":"kind","type":{"type":"enum","name":"kind","symbols":["a","b"]}},
              {"name":"again","type":"x.kind"}]}"#,
        );
        assert_eq!(found[0], Type::Union([Type::Null, Type::Record(0)].into()));
        assert_eq!(found[1], found[2]);
        assert_eq!(types(r#""long""#), [Type::Long]);
    }

    #[test]
    fn what_is_no_schema_is_told() {
        let deep = format!("{}\"int\"{}", "[".repeat(100), "]".repeat(100));
        for text in ["", "{}", "7", r#""whatever""#, r#"{"type":"record","name":"r"}"#, &deep] {
            assert!(Schema::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
