//! Trees written as YAML, or as JSON.

use std::fmt::Write;

use super::{Content, Entry, Node, Place, Scalar, ScalarValue};

/// Keys whose values stand in one line.
const IN_ONE_LINE: [&str; 2] = ["implementation", "arguments"];

/// A text, whatever it looks like.
pub fn text(text: impl Into<String>) -> Node {
    scalar(text.into(), false)
}

/// A number, a truth value or null, as it is written.
pub fn plain(value: impl ToString) -> Node {
    scalar(value.to_string(), true)
}

/// A list.
pub fn list(items: impl IntoIterator<Item = Node>) -> Node {
    Node { place: Place::default(), content: Content::Sequence(items.into_iter().collect()) }
}

/// Keys with values.
pub fn mapping<K: Into<String>>(entries: impl IntoIterator<Item = (K, Node)>) -> Node {
    let entry = |(key, value): (K, Node)| Entry { key: key.into(), place: Place::default(), value };
    Node {
        place: Place::default(),
        content: Content::Mapping(entries.into_iter().map(entry).collect()),
    }
}

fn scalar(text: String, plain: bool) -> Node {
    Node { place: Place::default(), content: Content::Scalar(Scalar { text, plain }) }
}

/// The YAML of a tree, which reads back as the same one.
pub fn write_yaml(node: &Node) -> String {
    let mut text = String::new();
    block(&mut text, node, 0, "");
    text
}

/// A tree as JSON: in one line, or indented.
pub fn write_json(node: &Node, indented: bool) -> String {
    let mut text = String::new();
    json(&mut text, node, indented.then_some(0));
    text
}

fn is_scalar(node: &Node) -> bool {
    matches!(node.content, Content::Scalar(_))
}

/// Whether a value stands in the line of its key.
fn fits_a_line(node: &Node, key: &str) -> bool {
    match &node.content {
        Content::Scalar(_) => true,
        Content::Sequence(items) => items.iter().all(is_scalar) || IN_ONE_LINE.contains(&key),
        Content::Mapping(entries) => entries.is_empty() || IN_ONE_LINE.contains(&key),
    }
}

/// Writes a value in lines of its own, indented; what it begins with stands where `text` ends.
fn block(out: &mut String, node: &Node, indent: usize, key: &str) {
    if fits_a_line(node, key) {
        flow(out, node);
        out.push('\n');
        return;
    }
    match &node.content {
        Content::Scalar(_) => {}
        Content::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                begin(out, indent, index);
                out.push_str("- ");
                block(out, item, indent + 2, "");
            }
        }
        Content::Mapping(entries) => {
            for (index, Entry { key, value, .. }) in entries.iter().enumerate() {
                begin(out, indent, index);
                word(out, key);
                out.push(':');
                if fits_a_line(value, key) {
                    out.push(' ');
                    block(out, value, indent, key);
                } else {
                    let _ = write!(out, "\n{:1$}", "", indent + 2);
                    block(out, value, indent + 2, key);
                }
            }
        }
    }
}

fn begin(out: &mut String, indent: usize, index: usize) {
    if index > 0 {
        // writing to a string cannot fail
        let _ = write!(out, "{:indent$}", "");
    }
}

fn flow(out: &mut String, node: &Node) {
    match &node.content {
        Content::Scalar(scalar) if scalar.plain => {
            out.push_str(if scalar.text.is_empty() { "null" } else { &scalar.text });
        }
        Content::Scalar(scalar) => word(out, &scalar.text),
        Content::Sequence(items) => {
            joined(out, ('[', ']'), items, flow);
        }
        Content::Mapping(entries) => joined(out, ('{', '}'), entries, |out, entry| {
            word(out, &entry.key);
            out.push_str(": ");
            flow(out, &entry.value);
        }),
    }
}

fn joined<T>(
    out: &mut String,
    (open, close): (char, char),
    items: &[T],
    write: impl Fn(&mut String, &T),
) {
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(out, item);
    }
    out.push(close);
}

/// A text: as it is where no reader of YAML, old or new, takes it for anything else.
fn word(out: &mut String, text: &str) {
    const NO_TEXTS: [&str; 8] = ["true", "false", "null", "yes", "no", "on", "off", "nan"];
    let is_plain = text.len() > 1
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        && !NO_TEXTS.iter().any(|known| text.eq_ignore_ascii_case(known));
    if is_plain { out.push_str(text) } else { out.push_str(&quoted(text)) }
}

fn json(out: &mut String, node: &Node, depth: Option<usize>) {
    let deeper = depth.map(|depth| depth + 1);
    match &node.content {
        Content::Scalar(scalar) => match scalar.value() {
            ScalarValue::Null => out.push_str("null"),
            ScalarValue::Boolean(value) => out.push_str(if value { "true" } else { "false" }),
            ScalarValue::Number(number) => out.push_str(&json_number(&number)),
            ScalarValue::Text(text) => out.push_str(&quoted(&text)),
        },
        Content::Sequence(items) => {
            let depth = deeper.filter(|_| !items.iter().all(is_scalar));
            json_items(out, ('[', ']'), items, depth, |out, item| json(out, item, depth));
        }
        Content::Mapping(entries) => {
            json_items(out, ('{', '}'), entries, deeper, |out, entry| {
                let _ = write!(out, "{}: ", quoted(&entry.key));
                json(out, &entry.value, deeper);
            });
        }
    }
}

fn json_items<T>(
    out: &mut String,
    (open, close): (char, char),
    items: &[T],
    depth: Option<usize>,
    write: impl Fn(&mut String, &T),
) {
    let line = |out: &mut String, depth: usize| {
        let _ = write!(out, "\n{:1$}", "", 2 * depth);
    };
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        match (index, depth) {
            (0, None) => {}
            (0, Some(depth)) => line(out, depth),
            (_, None) => out.push_str(", "),
            (_, Some(depth)) => {
                out.push(',');
                line(out, depth);
            }
        }
        write(out, item);
    }
    if let Some(depth) = depth.filter(|_| !items.is_empty()) {
        line(out, depth - 1);
    }
    out.push(close);
}

/// YAML has numbers that JSON does not, such as `.5`, `+1` and `007`.
fn json_number(number: &str) -> String {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let mut letters = digits.bytes();
    let is_json = match (letters.next(), letters.next()) {
        (Some(b'0'), Some(second)) => !second.is_ascii_digit(),
        (Some(first), _) => first.is_ascii_digit(),
        (None, _) => false,
    };
    if is_json && !number.ends_with('.') && !number.contains(".e") && !number.contains(".E") {
        return number.to_owned();
    }
    number.parse::<f64>().map_or_else(|_| quoted(number), |number| number.to_string())
}

/// A text in double quotes, as YAML 1.2 reads it (§7.3.1).
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if letter.is_control()
                || matches!(
                    letter,
                    '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
                ) =>
            {
                let _ = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            // what turns the direction of writing would show another text than there is
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
