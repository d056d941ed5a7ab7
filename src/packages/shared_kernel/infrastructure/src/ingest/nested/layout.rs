use std::sync::Arc;

use arrow::array::{Array, Int64Array, StringArray};
use arrow::buffer::OffsetBuffer;
use arrow::error::ArrowError;
use shared_kernel_domain::table::{NestedPath, NestedSchema};

use super::kinds::{KindTree, Names, cell, name};
use super::text::{items, members};
use crate::engine::canonical::column_type;
use crate::engine::nested::{FieldCollector, FieldValues};
use crate::ingest::block::{Block, CellForm, CellView};
use crate::ingest::column::ColumnState;
use crate::ingest::kind::{Kind, Signs};

/// How the values within a column of JSON text are read.
#[derive(Debug)]
pub(crate) struct TextLayout {
    place: Place,
    fields: Vec<FieldLayout>,
    /// How many lists and maps there are within one another.
    lists: usize,
}

/// A field: its signs, or nothing for lengths; and the list that its values are in.
#[derive(Clone, Copy, Debug)]
struct FieldLayout {
    signs: Option<Signs>,
    list: Option<usize>,
}

/// What is done with the value at a place.
#[derive(Debug)]
enum Place {
    /// It goes to this field.
    Values(usize),
    /// Its members go on, by name; those beyond the places are not looked into.
    Record(Names, Vec<Place>),
    /// Its length goes to a field, its items go on.
    List { list: usize, lengths: usize, items: Option<Box<Place>> },
    /// Its size goes to a field, its names to the next, its values go on.
    Map { list: usize, sizes: usize, values: Box<Place> },
}

/// Makes layouts.
struct Maker<'c, 'a> {
    collector: &'c mut FieldCollector<'a>,
    fields: Vec<FieldLayout>,
    lists: usize,
}

/// Where a place is.
#[derive(Clone)]
struct Within {
    path: NestedPath,
    depth: usize,
    list: Option<(usize, NestedPath)>,
}

impl TextLayout {
    /// The layout of a column whose values are of these kinds; its fields go to the collector.
    pub(crate) fn of(column: &str, tree: &KindTree, collector: &mut FieldCollector<'_>) -> Self {
        let within = Within { path: NestedPath::column(column), depth: 0, list: None };
        let mut maker = Maker { collector, fields: Vec::new(), lists: 0 };
        let place = match Kind::of(tree.signs) {
            Kind::List | Kind::Struct => maker.place(tree, &within),
            _ => Place::Record(Names::default(), Vec::new()),
        };
        Self { place, fields: maker.fields, lists: maker.lists }
    }

    /// The values of every field.
    pub(crate) fn read(&self, texts: &StringArray) -> Result<Vec<FieldValues>, ArrowError> {
        let mut reader = Reader {
            fields: self.fields.iter().map(FieldReader::of).collect(),
            counts: vec![0; self.lists],
        };
        let mut ends = vec![Vec::with_capacity(texts.len() + 1); self.lists];
        for of_list in &mut ends {
            of_list.push(0);
        }
        for text in texts {
            reader.take(&self.place, text.map(str::as_bytes));
            for (of_list, &count) in ends.iter_mut().zip(&reader.counts) {
                let end = i32::try_from(count).map_err(|_| {
                    ArrowError::ComputeError("lists of 2³¹ items in few rows".to_owned())
                })?;
                of_list.push(end);
            }
        }
        let offsets: Vec<OffsetBuffer<i32>> =
            ends.into_iter().map(|ends| OffsetBuffer::new(ends.into())).collect();
        let fields = reader.fields.into_iter().zip(&self.fields);
        fields
            .map(|(reader, layout)| {
                let rows = layout.list.and_then(|list| offsets.get(list)).cloned();
                Ok(FieldValues { rows, values: reader.finish()? })
            })
            .collect()
    }
}

impl Maker<'_, '_> {
    fn place(&mut self, tree: &KindTree, within: &Within) -> Place {
        let kind = Kind::of(tree.signs);
        if tree.is_cut {
            let reason = "not all of its members are looked into: there are too many places";
            self.collector.leave_out(&within.path, reason);
        }
        let is_deepest = within.depth == NestedSchema::DEEPEST;
        match kind {
            Kind::List | Kind::Struct if is_deepest => {
                let deepest = NestedSchema::DEEPEST;
                let reason = format!("deeper than {deepest} levels, it is seen as text");
                self.collector.leave_out(&within.path, reason);
                self.values(tree.signs, within)
            }
            Kind::Struct => match &tree.entries {
                Some(entries) => self.map(entries, within),
                None => self.record(tree, within),
            },
            Kind::List => {
                let within = self.list(within, within.path.items());
                let lengths = self.fields.len() - 1;
                let list = self.lists - 1;
                let items = tree.items.as_ref().filter(|_| !self.collector.is_full());
                let items = items.map(|tree| Box::new(self.place(tree, &within)));
                Place::List { list, lengths, items }
            }
            _ => {
                if tree.signs.any(Signs::LIST.or(Signs::STRUCT)) {
                    let families = tree.signs.families().join(" and ");
                    let reason = format!("it mixes {families}, so it is seen as text");
                    self.collector.leave_out(&within.path, reason);
                }
                self.values(tree.signs, within)
            }
        }
    }

    fn values(&mut self, signs: Signs, within: &Within) -> Place {
        let field = Kind::of(signs).field("");
        let list = within.list.as_ref();
        let data_type = field.data_type().clone();
        let path = list.map(|(_, path)| path);
        self.collector.values(&within.path, path, column_type(&field), data_type);
        let list = list.map(|(list, _)| *list);
        self.fields.push(FieldLayout { signs: Some(signs), list });
        Place::Values(self.fields.len() - 1)
    }

    /// Adds the lengths of a list or map and gives where its items are.
    fn list(&mut self, around: &Within, path: NestedPath) -> Within {
        self.collector.lengths(&path, around.list.as_ref().map(|(_, path)| path));
        let list = around.list.as_ref().map(|(list, _)| *list);
        self.fields.push(FieldLayout { signs: None, list });
        self.lists += 1;
        let list = Some((self.lists - 1, path.clone()));
        Within { path, depth: around.depth + 1, list }
    }

    fn map(&mut self, entries: &KindTree, around: &Within) -> Place {
        let within = self.list(around, around.path.entries());
        let (list, sizes) = (self.lists - 1, self.fields.len() - 1);
        let side = |name| Within { path: within.path.member(name), ..within.clone() };
        self.values(Signs::TEXT, &side("key"));
        let values = Box::new(self.place(entries, &side("value")));
        Place::Map { list, sizes, values }
    }

    fn record(&mut self, tree: &KindTree, around: &Within) -> Place {
        let known = tree.members.trees.len();
        let mut places = Vec::with_capacity(known);
        for (name, tree) in tree.members.each() {
            if self.collector.is_full() {
                self.collector.leave_out_rest(&around.path, known - places.len());
                break;
            }
            let path = around.path.member(name);
            let within = Within { path, depth: around.depth + 1, list: around.list.clone() };
            places.push(self.place(tree, &within));
        }
        Place::Record(tree.members.names.clone(), places)
    }
}

/// Reads values into fields.
struct Reader {
    fields: Vec<FieldReader>,
    /// Items so far, by list.
    counts: Vec<u64>,
}

impl Reader {
    /// Takes the value at a place, or that there is none.
    fn take(&mut self, place: &Place, value: Option<&[u8]>) {
        match place {
            Place::Values(field) => {
                let (form, bytes) = value.map_or((CellForm::Null, (&[][..]).into()), cell);
                self.push(*field, CellView { form, bytes: &bytes });
            }
            Place::Record(names, places) => {
                let mut found = vec![None; places.len()];
                let object = value.unwrap_or_default();
                for (guess, (quoted, value)) in members(object).enumerate() {
                    let place = name(quoted).and_then(|name| names.place(&name, guess));
                    // of members of the same name the last counts
                    if let Some(found) = place.and_then(|place| found.get_mut(place)) {
                        *found = Some(value);
                    }
                }
                for (place, value) in places.iter().zip(found) {
                    self.take(place, value);
                }
            }
            Place::List { list, lengths, items: place } => {
                let array = value.filter(|value| value.first() == Some(&b'['));
                let mut length = 0;
                for item in items(array.unwrap_or_default()) {
                    length += 1;
                    if let Some(place) = place {
                        self.take(place, Some(item));
                    }
                }
                self.end(*list, *lengths, array.map(|_| length));
            }
            Place::Map { list, sizes, values: place } => {
                let object = value.filter(|value| value.first() == Some(&b'{'));
                let mut size = 0;
                for (quoted, value) in members(object.unwrap_or_default()) {
                    size += 1;
                    self.push_text(*sizes + 1, quoted);
                    self.take(place, Some(value));
                }
                self.end(*list, *sizes, object.map(|_| size));
            }
        }
    }

    fn end(&mut self, list: usize, lengths: usize, length: Option<i64>) {
        if let Some(count) = self.counts.get_mut(list) {
            *count += length.unwrap_or_default().unsigned_abs();
        }
        if let Some(FieldReader::Lengths(lengths)) = self.fields.get_mut(lengths) {
            lengths.push(length);
        }
    }

    fn push_text(&mut self, field: usize, quoted: &[u8]) {
        let (form, bytes) = cell(quoted);
        self.push(field, CellView { form, bytes: &bytes });
    }

    fn push(&mut self, field: usize, cell: CellView<'_>) {
        if let Some(FieldReader::Values(cells, _)) = self.fields.get_mut(field) {
            cells.push_cells(std::iter::once(cell));
        }
    }
}

/// The cells of a field.
enum FieldReader {
    Values(Block, ColumnState),
    Lengths(Vec<Option<i64>>),
}

impl FieldReader {
    fn of(layout: &FieldLayout) -> Self {
        match layout.signs {
            Some(signs) => {
                let one_column = Arc::new(vec![String::new()]);
                Self::Values(Block::new(one_column), ColumnState::new(signs, false))
            }
            None => Self::Lengths(Vec::new()),
        }
    }

    fn finish(self) -> Result<Arc<dyn Array>, ArrowError> {
        match self {
            Self::Values(cells, mut state) => state.convert(&cells, 0).map_err(|_| {
                ArrowError::JsonError("nested values are not of the kind they were".to_owned())
            }),
            Self::Lengths(lengths) => Ok(Arc::new(Int64Array::from(lengths))),
        }
    }
}
