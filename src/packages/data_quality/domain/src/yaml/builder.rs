use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::{Content, DEEPEST, Entry, MOST_VALUES, Node, Place, Scalar};
use crate::problem::Problem;

/// A text counts as one value for so many bytes of it, so that aliases of long texts are bounded.
const VALUE_BYTES: usize = 256;

/// Reads the one document of a text.
///
/// # Errors
/// A problem with its place, when the text is not YAML, holds several documents or none, repeats a
/// key, has a key that is not text, or is beyond the limits.
pub fn read(text: &str) -> Result<Node, Problem> {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            Problem::error(place(error.marker()), format!("this is not YAML: {}", error.info()))
        })?;
        builder.take(event, place_of(&span))?;
    }
    builder
        .root
        .ok_or_else(|| Problem::error(Place { line: 1, column: 1 }, "there is nothing in it"))
}

fn place(marker: &Marker) -> Place {
    Place { line: marker.line() as u32, column: marker.col() as u32 + 1 }
}

fn place_of(span: &Span) -> Place {
    place(&span.start)
}

/// A list or mapping that is being read.
struct Open {
    place: Place,
    anchor: usize,
    /// Values in it so far, itself included.
    values: usize,
    kind: OpenKind,
}

enum OpenKind {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<Entry>, names: HashSet<String>, key: Option<(String, Place)> },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    /// Finished values with anchors, and how many values each holds.
    anchors: HashMap<usize, (Node, usize)>,
    values: usize,
    /// Values that are kept a second time, for aliases.
    kept: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text =
                    tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
                let plain = style == ScalarStyle::Plain && !is_text;
                let weight = 1 + text.len() / VALUE_BYTES;
                let content = Content::Scalar(Scalar { text: text.into_owned(), plain });
                self.add(Node { place, content }, anchor, weight)
            }
            Event::SequenceStart(anchor, _) => {
                self.begin(place, anchor, OpenKind::Sequence(Vec::new()))
            }
            Event::MappingStart(anchor, _) => {
                let (entries, names) = (Vec::new(), HashSet::new());
                self.begin(place, anchor, OpenKind::Mapping { entries, names, key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                let Some((node, values)) = self.anchors.get(&anchor) else {
                    return Err(Problem::error(
                        place,
                        "this alias stands for a value that holds it",
                    )
                    .hint("write the value out"));
                };
                let (node, values) = (node.content.clone_within(*values, self.values), *values);
                let Some(content) = node else { return Err(too_many(place)) };
                self.add(Node { place, content }, 0, values)
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(Problem::error(place, "a second document begins here")
                    .hint("put each contract into a file of its own"))
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, place: Place, anchor: usize, kind: OpenKind) -> Result<(), Problem> {
        if self.open.len() >= DEEPEST {
            return Err(Problem::error(
                place,
                format!("values are nested more than {DEEPEST} deep"),
            ));
        }
        self.count(place, 1)?;
        self.open.push(Open { place, anchor, values: 1, kind });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Problem> {
        let Some(Open { place, anchor, values, kind }) = self.open.pop() else { return Ok(()) };
        let content = match kind {
            OpenKind::Sequence(items) => Content::Sequence(items),
            OpenKind::Mapping { entries, .. } => Content::Mapping(entries),
        };
        // it was counted when it began
        self.values -= values;
        self.add(Node { place, content }, anchor, values)
    }

    fn count(&mut self, place: Place, values: usize) -> Result<(), Problem> {
        self.values += values;
        if self.values > MOST_VALUES { Err(too_many(place)) } else { Ok(()) }
    }

    /// Puts a finished value where it belongs.
    fn add(&mut self, node: Node, anchor: usize, values: usize) -> Result<(), Problem> {
        self.count(node.place, values)?;
        if anchor > 0 {
            self.kept += values;
            if self.kept > MOST_VALUES {
                return Err(too_many(node.place));
            }
            self.anchors.insert(anchor, (node.clone(), values));
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        parent.values += values;
        match &mut parent.kind {
            OpenKind::Sequence(items) => items.push(node),
            OpenKind::Mapping { entries, names, key } => match key.take() {
                Some((key, place)) => entries.push(Entry { key, place, value: node }),
                None => *key = Some(key_of(node, names)?),
            },
        }
        Ok(())
    }
}

fn key_of(node: Node, names: &mut HashSet<String>) -> Result<(String, Place), Problem> {
    let place = node.place;
    let Content::Scalar(scalar) = node.content else {
        return Err(Problem::error(place, format!("a key is text, and not {}", node.kind())));
    };
    if !names.insert(scalar.text.clone()) {
        return Err(Problem::error(place, format!("the key {} stands here twice", scalar.text))
            .hint("remove one of them"));
    }
    Ok((scalar.text, place))
}

fn too_many(place: Place) -> Problem {
    Problem::error(place, format!("there are more than {MOST_VALUES} values, aliases written out"))
}

impl Content {
    /// A copy, unless the document would hold too many values with it.
    fn clone_within(&self, values: usize, so_far: usize) -> Option<Self> {
        (so_far + values <= MOST_VALUES).then(|| self.clone())
    }
}
