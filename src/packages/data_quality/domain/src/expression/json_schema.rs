//! Whether a text is a JSON document that satisfies a JSON Schema.
//!
//! **Nothing is fetched.** A `$ref` is `#` or `#/…`: whatever a schema needs stands in it.
//!
//! **Nothing hangs.** Patterns are matched in linear time, without look-around. A schema that unfolds into very
//! many (each `$ref` taken for what it says) is refused, and a document that is nested so deep that the
//! alternatives of a recursive schema could not all be tried does not satisfy it.

use std::fmt;
use std::sync::Arc;

use jsonschema::{PatternOptions, Retrieve, Uri, Validator};
use serde_json::{Map, Value};

/// How deep a document may be nested at all.
const DEEPEST: u32 = 127;

/// Into how many schemas one may unfold.
const MOST_UNFOLDED: u32 = 50_000;

/// How often the innermost value of a document may be looked at.
const MOST_LOOKS: f64 = 1e6;

/// How often schemas for the value itself are tried where one says what no other of them has looked at.
const AGAIN: u32 = 3;

/// Keywords with one schema for the value itself.
const OF_ITSELF: [&str; 4] = ["not", "if", "then", "else"];
/// With a list of such.
const SEVERAL_OF_ITSELF: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// With one, or a list, for what is in the value.
const OF_PARTS: [&str; 9] = [
    "items",
    "prefixItems",
    "additionalItems",
    "unevaluatedItems",
    "contains",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "contentSchema",
];
/// With some by name for what is in the value.
const NAMED_PARTS: [&str; 2] = ["properties", "patternProperties"];
/// With some by name for the value itself.
const NAMED_OF_ITSELF: [&str; 2] = ["dependentSchemas", "dependencies"];

/// A JSON Schema, made ready.
#[derive(Clone)]
pub struct JsonSchema {
    text: Arc<str>,
    validator: Arc<Validator>,
    deepest: u32,
}

impl JsonSchema {
    /// Reads a schema, written as JSON.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Self, String> {
        let schema: Value =
            serde_json::from_str(text).map_err(|cause| format!("it is no JSON: {cause}"))?;
        let deepest = unfolded(&schema)?;
        let validator = jsonschema::options()
            .with_pattern_options(PatternOptions::regex())
            .with_retriever(Nowhere)
            .build(&schema)
            .map_err(|fault| match fault.instance_path().as_str() {
                "" => fault.to_string(),
                path => format!("{fault}, at {path}"),
            })?;
        Ok(Self { text: text.into(), validator: Arc::new(validator), deepest })
    }

    /// The schema as JSON.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a text is a document that satisfies it.
    pub fn is_of(&self, text: &str) -> bool {
        let Ok(document) = serde_json::from_str::<Value>(text) else { return false };
        depth(&document) <= self.deepest && self.validator.is_valid(&document)
    }
}

impl PartialEq for JsonSchema {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for JsonSchema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("JsonSchema").field(&self.text).finish()
    }
}

/// Fetches nothing.
struct Nowhere;

impl Retrieve for Nowhere {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("{uri} is not in the schema, and nothing is fetched").into())
    }
}

/// How deep a value is nested; the reader of JSON lets none be too deep for this.
fn depth(value: &Value) -> u32 {
    let inner = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(entries) => entries.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or_default()
}

/// How deep documents may be nested for a schema, when it can be unfolded.
fn unfolded(root: &Value) -> Result<u32, String> {
    let mut unfolding =
        Unfolding { root, open: Vec::new(), left: MOST_UNFOLDED, ways: 1, recursive: false };
    unfolding.schema(root)?;
    if !unfolding.recursive || unfolding.ways < 2 {
        return Ok(DEEPEST);
    }
    // each level of a document may be looked at so many times as often as the one around it
    let levels = MOST_LOOKS.ln() / (unfolding.ways as f64).ln();
    Ok((levels as u32).clamp(1, DEEPEST))
}

struct Unfolding<'a> {
    root: &'a Value,
    /// The schemas within which one stands.
    open: Vec<&'a Value>,
    left: u32,
    /// In how many ways a schema looks at what is in a value, at most.
    ways: u64,
    recursive: bool,
}

impl<'a> Unfolding<'a> {
    /// Walks through a schema, and gives in how many ways it looks at what is in a value.
    fn schema(&mut self, schema: &'a Value) -> Result<u64, String> {
        let Value::Object(entries) = schema else { return Ok(0) };
        if self.open.iter().any(|open| std::ptr::eq(*open, schema)) {
            self.recursive = true;
            return Ok(1);
        }
        let too_many = || format!("it unfolds into more than {MOST_UNFOLDED} schemas");
        self.left = self.left.checked_sub(1).ok_or_else(too_many)?;
        if self.open.len() >= DEEPEST as usize {
            return Err(format!("it is nested deeper than {DEEPEST} levels"));
        }
        // draft 4 and before call it `id`; it moves what references are taken from
        let is_moved = |name| entries.get(name).is_some_and(Value::is_string);
        if !self.open.is_empty() && (is_moved("$id") || is_moved("id")) {
            return Err("only a whole schema has an $id here".to_owned());
        }
        self.open.push(schema);
        let ways = self.within(entries)?;
        self.open.pop();
        self.ways = self.ways.max(ways);
        Ok(ways)
    }

    fn within(&mut self, entries: &'a Map<String, Value>) -> Result<u64, String> {
        let mut ways = 0_u64;
        let asks_again = entries.keys().any(|keyword| keyword.starts_with("unevaluated"));
        let times = if asks_again { AGAIN } else { 1 };
        for (keyword, value) in entries {
            let keyword = keyword.as_str();
            let several = value.as_array().map(Vec::as_slice);
            let several = several.unwrap_or(std::slice::from_ref(value));
            let named = value.as_object();
            if matches!(keyword, "$ref" | "$recursiveRef" | "$dynamicRef") {
                for _ in 0..times {
                    ways += self.schema(self.target(value)?)?;
                }
            } else if OF_ITSELF.contains(&keyword) || SEVERAL_OF_ITSELF.contains(&keyword) {
                for inner in std::iter::repeat_n(several, times as usize).flatten() {
                    ways += self.schema(inner)?;
                }
            } else if NAMED_OF_ITSELF.contains(&keyword) {
                let all = named.into_iter().flat_map(Map::values);
                for inner in std::iter::repeat_n(all, times as usize).flatten() {
                    ways += self.schema(inner)?;
                }
            } else if OF_PARTS.contains(&keyword) {
                ways += 1;
                for inner in several {
                    self.schema(inner)?;
                }
            } else if NAMED_PARTS.contains(&keyword) {
                let inner = named.map_or(0, Map::len) as u64;
                // a part has one name, and may fit every pattern
                ways += if keyword == "properties" { inner.min(1) } else { inner };
                for inner in named.into_iter().flat_map(Map::values) {
                    self.schema(inner)?;
                }
            }
        }
        Ok(ways)
    }

    /// What a reference stands for.
    fn target(&self, reference: &Value) -> Result<&'a Value, String> {
        let text = reference.as_str().unwrap_or_default();
        let refused =
            || format!("its reference {text} is none to a part of it, such as `#/$defs/name`");
        let pointer = text.strip_prefix('#').ok_or_else(refused)?;
        let pointer = unescaped(pointer).ok_or_else(refused)?;
        self.root.pointer(&pointer).ok_or_else(|| format!("its reference {text} leads nowhere"))
    }
}

/// A part of a URL without its percent signs.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        bytes.push(match byte {
            b'%' => (digit(rest.next())? * 16 + digit(rest.next())?) as u8,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn refused(schema: &str) -> String {
        JsonSchema::new(schema).err().unwrap_or_default()
    }

    #[test]
    fn a_document_satisfies_a_schema_or_not() {
        let schema = JsonSchema::new(
            r##"{"type": "object", "required": ["id"], "additionalProperties": false, "properties": {
                "id": {"type": "integer", "minimum": 1}, "tags": {"$ref": "#/$defs/tags"}},
                "$defs": {"tags": {"type": "array", "items": {"pattern": "^[a-z]+$"}, "uniqueItems": true}}}"##,
        )
        .unwrap();
        for (text, expected) in [
            (r#"{"id": 1}"#, true),
            (r#" {"id": 7, "tags": ["a", "b"]} "#, true),
            (r#"{"id": 0}"#, false),
            (r#"{"id": 1.5}"#, false),
            (r#"{"id": 1, "tags": ["A"]}"#, false),
            (r#"{"id": 1, "tags": ["a", "a"]}"#, false),
            (r#"{"id": 1, "other": null}"#, false),
            ("[]", false),
            ("", false),
            (r#"{"id": 1"#, false),
            (r#"{"id": 1} x"#, false),
        ] {
            assert_eq!(schema.is_of(text), expected, "{text}");
        }
        assert!(JsonSchema::new("true").unwrap().is_of("5"));
        assert!(!JsonSchema::new("false").unwrap().is_of("5"));
    }

    #[test]
    fn what_is_no_schema_or_leads_out_of_it_is_refused() {
        for (schema, expected) in [
            ("{", "it is no JSON"),
            ("5", "5 is not of types"),
            (r#"{"type": "strin"}"#, "at /type"),
            (r#"{"properties": {"a": {"minLength": -1}}}"#, "at /properties/a/minLength"),
            (r#"{"$ref": "http://127.0.0.1:9/a.json"}"#, "none to a part of it"),
            (r#"{"items": {"$ref": "file:///etc/passwd"}}"#, "none to a part of it"),
            (r#"{"$ref": "other.json#/a"}"#, "none to a part of it"),
            (
                r#"{"allOf": [{"$ref": "https://json-schema.org/draft/2020-12/schema"}]}"#,
                "none to a part",
            ),
            (r##"{"$ref": "#/$defs/gone"}"##, "leads nowhere"),
            (r##"{"$ref": "#name"}"##, "leads nowhere"),
            (r#"{"$schema": "http://127.0.0.1:9/own"}"#, "http://127.0.0.1:9/own"),
            (r#"{"items": {"$id": "http://a/b"}}"#, "only a whole schema"),
            (r#"{"items": {"id": "http://a/b"}}"#, "only a whole schema"),
            (r#"{"pattern": "^(?=a)"}"#, "^(?=a)"),
            (r#"{"patternProperties": {"(a)\\1": true}}"#, "(a)\\1"),
        ] {
            let found = refused(schema);
            assert!(found.contains(expected), "{schema}: {found}");
        }
    }

    #[test]
    fn no_schema_and_no_document_hangs() {
        let begun = Instant::now();
        let pattern = JsonSchema::new(r#"{"pattern": "^(a+)+$"}"#).unwrap();
        assert!(!pattern.is_of(&format!("\"{}b\"", "a".repeat(100_000))));
        for schema in
            [r##"{"$ref": "#"}"##, r##"{"allOf": [{"$ref": "#"}, {"not": {"$ref": "#"}}]}"##]
        {
            let _ = JsonSchema::new(schema).unwrap().is_of("{\"a\": [1]}");
        }
        let doubled: Vec<String> = (0..40)
            .map(|at| format!(r##""d{at}": {{"anyOf": [{{"$ref": "#/$defs/d{n}"}}, {{"$ref": "#/$defs/d{n}"}}]}}"##, n = at + 1))
            .collect();
        let doubled = doubled.join(", ");
        let schema = format!(
            r##"{{"$ref": "#/$defs/d0", "$defs": {{{doubled}, "d40": {{"type": "string"}}}}}}"##
        );
        assert!(refused(&schema).contains("unfolds into more than"), "{}", refused(&schema));
        let mut asking = r#"{"properties": {"a": true}}"#.to_owned();
        for _ in 0..8 {
            asking = format!(r#"{{"allOf": [{asking}], "unevaluatedProperties": false}}"#);
        }
        assert!(JsonSchema::new(&asking).unwrap().is_of(r#"{"a": 1}"#));
        for _ in 0..8 {
            asking = format!(r#"{{"allOf": [{asking}], "unevaluatedProperties": false}}"#);
        }
        assert!(refused(&asking).contains("unfolds into more than"));
        // two ways to look at each level of a tree
        let tree = JsonSchema::new(
            r##"{"anyOf": [{"type": "array", "items": {"$ref": "#"}}, {"items": {"$ref": "#"}, "type": "array"}, {"const": 1}]}"##,
        )
        .unwrap();
        let nested = |levels: usize, inner: &str| {
            format!("{}{inner}{}", "[".repeat(levels), "]".repeat(levels))
        };
        assert!(tree.is_of(&nested(12, "1")));
        assert!(!tree.is_of(&nested(12, "2")));
        assert!(!tree.is_of(&nested(120, "2")));
        let list = JsonSchema::new(r##"{"type": "array", "items": {"$ref": "#"}}"##).unwrap();
        assert!(list.is_of(&nested(120, "")));
        assert!(!list.is_of(&nested(100_000, "")));
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    }
}
