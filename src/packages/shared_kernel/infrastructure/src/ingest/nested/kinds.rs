use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use parquet::file::metadata::KeyValue;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::table::NestedSchema;

use super::text::{items, members};
use crate::engine::canonical::NESTED_KEY;
use crate::ingest::block::{CellForm, CellView};
use crate::ingest::kind::Signs;

/// Where the kinds are kept in a snapshot's footer.
const KEY: &str = "pynomaly.nested_kinds";

/// Objects with more different members are taken for maps from names to values.
const MOST_MEMBERS: usize = 1_000;

/// Places of one column that are told apart, before those that go beyond the limit of fields.
const MOST_PLACES: usize = 2 * NestedSchema::MOST_FIELDS;

/// What the values at a place, and those within them, look like.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct KindTree {
    pub(super) signs: Signs,
    /// Of objects, in the order in which they were first seen.
    pub(super) members: Members,
    /// Of arrays.
    pub(super) items: Option<Box<KindTree>>,
    /// Of objects that are maps.
    pub(super) entries: Option<Box<KindTree>>,
    /// Whether there are more places than are told apart.
    pub(super) is_cut: bool,
}

/// Places by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Members {
    pub(super) names: Names,
    pub(super) trees: Vec<KindTree>,
}

/// Names in an order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Names {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl Names {
    /// The place of a name; `guess` is where it often is.
    pub(super) fn place(&self, name: &str, guess: usize) -> Option<usize> {
        match self.names.get(guess) {
            Some(known) if known == name => Some(guess),
            _ => self.places.get(name).copied(),
        }
    }
}

impl Members {
    fn add(&mut self, name: &str, tree: KindTree) -> usize {
        let place = self.trees.len();
        self.names.places.insert(name.to_owned(), place);
        self.names.names.push(name.to_owned());
        self.trees.push(tree);
        place
    }

    /// Each name and its place.
    pub(super) fn each(&self) -> impl Iterator<Item = (&str, &KindTree)> {
        self.names.names.iter().map(String::as_str).zip(&self.trees)
    }
}

/// The cell that a value's text is.
pub(super) fn cell(value: &[u8]) -> (CellForm, Cow<'_, [u8]>) {
    match value.first() {
        Some(b'"') => {
            let inner = value.get(1..value.len() - 1).unwrap_or_default();
            if !inner.contains(&b'\\') {
                return (CellForm::Quoted, inner.into());
            }
            let text = serde_json::from_slice::<String>(value).unwrap_or_default();
            (CellForm::Quoted, text.into_bytes().into())
        }
        Some(b'{') => (CellForm::Struct, value.into()),
        Some(b'[') => (CellForm::List, value.into()),
        Some(b'n') | None => (CellForm::Null, (&[][..]).into()),
        Some(_) => (CellForm::Bare, value.into()),
    }
}

/// A name without its quotation marks; nothing where its escapes mean no text.
pub(super) fn name(quoted: &[u8]) -> Option<Cow<'_, str>> {
    let inner = quoted.get(1..quoted.len().checked_sub(1)?)?;
    if inner.contains(&b'\\') {
        return serde_json::from_slice::<String>(quoted).ok().map(Cow::Owned);
    }
    std::str::from_utf8(inner).ok().map(Cow::Borrowed)
}

impl KindTree {
    /// The kinds of some texts.
    #[cfg(test)]
    pub(crate) fn of(texts: &arrow::array::ArrayRef) -> Self {
        let (mut tree, mut room) = (Self::default(), MOST_PLACES);
        for text in texts.as_string::<i32>().iter().flatten() {
            tree.take(text.as_bytes(), 0, &mut room);
        }
        tree
    }

    /// Takes in a value; `room` is how many places may still be added.
    fn take(&mut self, value: &[u8], depth: usize, room: &mut usize) {
        let (form, bytes) = cell(value);
        self.signs.add(Signs::of(CellView { form, bytes: &bytes }, false));
        if depth == NestedSchema::DEEPEST {
            return;
        }
        match form {
            CellForm::List => {
                for item in items(value) {
                    match &mut self.items {
                        Some(tree) => tree.take(item, depth + 1, room),
                        None if *room > 0 => {
                            *room -= 1;
                            self.items.insert(Box::default()).take(item, depth + 1, room);
                        }
                        None => self.is_cut = true,
                    }
                }
            }
            CellForm::Struct => self.take_object(value, depth, room),
            _ => {}
        }
    }

    fn take_object(&mut self, object: &[u8], depth: usize, room: &mut usize) {
        for (guess, (quoted, value)) in members(object).enumerate() {
            if let Some(entries) = &mut self.entries {
                entries.take(value, depth + 1, room);
                continue;
            }
            let Some(name) = name(quoted) else { continue };
            let place = match self.members.names.place(&name, guess) {
                Some(place) => place,
                None if self.members.trees.len() == MOST_MEMBERS => {
                    self.become_map(room).take(value, depth + 1, room);
                    continue;
                }
                None if *room > 0 => {
                    *room -= 1;
                    self.members.add(&name, KindTree::default())
                }
                None => {
                    self.is_cut = true;
                    continue;
                }
            };
            if let Some(tree) = self.members.trees.get_mut(place) {
                tree.take(value, depth + 1, room);
            }
        }
    }

    /// Takes the members together as values of a map.
    fn become_map(&mut self, room: &mut usize) -> &mut KindTree {
        let before = self.places();
        let mut entries = KindTree::default();
        for tree in std::mem::take(&mut self.members).trees {
            entries.merge(tree);
        }
        let entries = self.entries.insert(Box::new(entries));
        *room += before.saturating_sub(entries.places() + 1);
        entries
    }

    /// Places below this one.
    fn places(&self) -> usize {
        let below =
            self.members.trees.iter().chain(self.items.as_deref()).chain(self.entries.as_deref());
        below.map(|tree| 1 + tree.places()).sum()
    }

    fn merge(&mut self, other: Self) {
        self.signs.add(other.signs);
        self.is_cut |= other.is_cut;
        for (name, tree) in other.members.names.names.iter().zip(other.members.trees) {
            let known = self.members.names.place(name, usize::MAX);
            match (&mut self.entries, known.and_then(|place| self.members.trees.get_mut(place))) {
                (Some(entries), _) => entries.merge(tree),
                (None, Some(own)) => own.merge(tree),
                (None, None) => {
                    self.members.add(name, tree);
                }
            }
        }
        if self.members.trees.len() > MOST_MEMBERS {
            self.become_map(&mut 0);
        }
        if let Some(tree) = other.items {
            self.items.get_or_insert_default().merge(*tree);
        }
        if let Some(tree) = other.entries {
            if self.entries.is_none() {
                self.become_map(&mut 0);
            }
            self.entries.get_or_insert_default().merge(*tree);
        }
    }
}

/// The kinds within the columns of a snapshot, gathered while it is written.
pub(crate) struct NestedKinds {
    columns: Vec<(usize, String, KindTree)>,
    room: usize,
}

impl NestedKinds {
    /// For the columns that are marked as JSON text of lists and structs.
    pub(crate) fn of(schema: &SchemaRef) -> Self {
        let marked = schema.fields().iter().enumerate();
        let marked = marked.filter(|(_, field)| field.metadata().contains_key(NESTED_KEY));
        let columns =
            marked.map(|(place, field)| (place, field.name().clone(), KindTree::default()));
        Self { columns: columns.collect(), room: MOST_PLACES }
    }

    /// Takes in later rows.
    pub(crate) fn take(&mut self, batch: &RecordBatch) {
        for (place, _, tree) in &mut self.columns {
            let Some(texts) = batch.columns().get(*place).and_then(|it| it.as_string_opt::<i32>())
            else {
                continue;
            };
            for text in texts.iter().flatten() {
                tree.take(text.as_bytes(), 0, &mut self.room);
            }
        }
    }
}

/// A place as it is written: places are written depth first.
#[derive(Serialize, Deserialize)]
struct Stored {
    depth: usize,
    role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    signs: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_cut: bool,
}

/// What a place is to the one around it.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    Column,
    Member,
    Items,
    Entries,
}

/// What a snapshot's footer is to say; nothing where no column is nested.
pub(crate) fn write_kinds(kinds: &NestedKinds) -> Option<KeyValue> {
    let mut columns: BTreeMap<&str, Vec<Stored>> = BTreeMap::new();
    for (_, name, tree) in &kinds.columns {
        store(tree, Role::Column, None, 0, columns.entry(name).or_default());
    }
    let text = serde_json::to_string(&columns).ok()?;
    (!columns.is_empty()).then(|| KeyValue::new(KEY.to_owned(), text))
}

fn store(tree: &KindTree, role: Role, name: Option<&str>, depth: usize, to: &mut Vec<Stored>) {
    let (signs, is_cut) = (tree.signs.bits(), tree.is_cut);
    to.push(Stored { depth, role, name: name.map(str::to_owned), signs, is_cut });
    for (name, tree) in tree.members.each() {
        store(tree, Role::Member, Some(name), depth + 1, to);
    }
    if let Some(tree) = &tree.items {
        store(tree, Role::Items, None, depth + 1, to);
    }
    if let Some(tree) = &tree.entries {
        store(tree, Role::Entries, None, depth + 1, to);
    }
}

/// The kinds that a file's footer tells, by column. A column of which they cannot be read is not
/// looked into.
pub(crate) fn read_kinds(metadata: Option<&Vec<KeyValue>>) -> HashMap<String, KindTree> {
    let value = metadata.into_iter().flatten().find(|pair| pair.key == KEY);
    let text = value.and_then(|pair| pair.value.as_deref()).unwrap_or("{}");
    let columns: HashMap<String, Vec<Stored>> = serde_json::from_str(text).unwrap_or_default();
    let tree = |(name, stored): (String, Vec<Stored>)| {
        let mut stored = stored.into_iter().peekable();
        let first = stored.next()?;
        Some((name, restore(&first, &mut stored, 0)?))
    };
    columns.into_iter().filter_map(tree).collect()
}

fn restore(
    own: &Stored,
    rest: &mut std::iter::Peekable<std::vec::IntoIter<Stored>>,
    depth: usize,
) -> Option<KindTree> {
    if own.depth != depth || depth > NestedSchema::DEEPEST {
        return None;
    }
    let signs = Signs::from_bits(own.signs);
    let mut tree = KindTree { signs, is_cut: own.is_cut, ..KindTree::default() };
    while let Some(next) = rest.next_if(|next| next.depth > depth) {
        let below = restore(&next, rest, depth + 1)?;
        match (next.role, next.name) {
            (Role::Member, Some(name)) => {
                tree.members.add(&name, below);
            }
            (Role::Items, _) => tree.items = Some(Box::new(below)),
            (Role::Entries, _) => tree.entries = Some(Box::new(below)),
            _ => return None,
        }
    }
    Some(tree)
}
