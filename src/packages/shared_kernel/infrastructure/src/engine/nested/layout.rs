//! Where values lie within a nested Arrow type, and the fields they are told by.

use arrow::datatypes::{DataType, Field};
use shared_kernel_domain::table::{
    ColumnType, LeftOutPath, NestedContent, NestedField, NestedPath, NestedSchema, NestedUnit,
};

use crate::engine::canonical::{canonical_type, column_type};

/// How the values within nested arrays are found.
#[derive(Debug)]
pub(super) enum Layout {
    /// Values of the canonical type, to be given out.
    Values,
    /// A record: the members looked into, by their place in it.
    Record(Vec<(usize, Layout)>),
    /// A list: its length is given out, then its items.
    List(Box<Layout>),
    /// A map: its size is given out, then its keys and its values.
    Map(Box<Layout>, Box<Layout>),
    /// Nothing is given out.
    LeftOut,
}

impl Layout {
    /// The layout of a column; its fields go to the collector in the order in which values are
    /// given out.
    pub(super) fn of(field: &Field, collector: &mut FieldCollector<'_>) -> Self {
        layout(field, &NestedPath::column(field.name()), 0, None, collector)
    }
}

fn layout(
    field: &Field,
    path: &NestedPath,
    depth: usize,
    list: Option<&NestedPath>,
    collector: &mut FieldCollector<'_>,
) -> Layout {
    let data_type = field.data_type();
    if data_type.is_nested() && depth == NestedSchema::DEEPEST {
        let reason = format!("it is nested deeper than {} levels", NestedSchema::DEEPEST);
        collector.leave_out(path, reason);
        return Layout::LeftOut;
    }
    match data_type {
        DataType::Struct(fields) => {
            let mut members = Vec::with_capacity(fields.len());
            for (place, field) in fields.iter().enumerate() {
                if collector.is_full() {
                    collector.leave_out_rest(path, fields.len() - place);
                    break;
                }
                let path = path.member(field.name());
                members.push((place, layout(field, &path, depth + 1, list, collector)));
            }
            Layout::Record(members)
        }
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => {
            let path = path.items();
            collector.lengths(&path, list);
            Layout::List(Box::new(layout(item, &path, depth + 1, Some(&path), collector)))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                let path = path.entries();
                collector.lengths(&path, list);
                let mut side = |place: usize, name: &str| {
                    let path_within = path.member(name);
                    Box::new(layout(
                        &fields[place],
                        &path_within,
                        depth + 1,
                        Some(&path),
                        collector,
                    ))
                };
                Layout::Map(side(0, "key"), side(1, "value"))
            }
            _ => Layout::LeftOut,
        },
        _ if data_type.is_nested() && !matches!(data_type, DataType::RunEndEncoded(..)) => {
            let reason = format!("values of type {data_type} are not looked into");
            collector.leave_out(path, reason);
            Layout::LeftOut
        }
        _ => {
            collector.values(path, list, column_type(field), canonical_type(data_type));
            Layout::Values
        }
    }
}

/// Gathers the nested fields of one column after the other, up to a limit.
pub(crate) struct FieldCollector<'a> {
    schema: &'a mut NestedSchema,
    column: &'a str,
    /// The Arrow type of each field of the column; of those counted in items, the type of an item.
    types: Vec<DataType>,
}

impl<'a> FieldCollector<'a> {
    /// For the fields of a column.
    pub(crate) fn new(schema: &'a mut NestedSchema, column: &'a str) -> Self {
        Self { schema, column, types: Vec::new() }
    }

    /// Whether there is room for no more fields.
    pub(crate) fn is_full(&self) -> bool {
        self.schema.fields.len() >= NestedSchema::MOST_FIELDS
    }

    /// Values at a path, within the list at `list` if within any.
    pub(crate) fn values(
        &mut self,
        path: &NestedPath,
        list: Option<&NestedPath>,
        column_type: ColumnType,
        data_type: DataType,
    ) {
        self.add(path, list, NestedContent::Values(column_type), data_type);
    }

    /// Lengths of the lists whose items are at a path.
    pub(crate) fn lengths(&mut self, path: &NestedPath, list: Option<&NestedPath>) {
        self.add(path, list, NestedContent::Lengths, DataType::Int64);
    }

    fn add(
        &mut self,
        path: &NestedPath,
        list: Option<&NestedPath>,
        content: NestedContent,
        data_type: DataType,
    ) {
        self.schema.fields.push(NestedField {
            column: self.column.to_owned(),
            place: self.types.len() as u32,
            path: path.as_str().to_owned(),
            content,
            unit: if list.is_some() { NestedUnit::Items } else { NestedUnit::Rows },
            list: list.map(|list| list.as_str().to_owned()),
        });
        self.types.push(data_type);
    }

    /// Says that what is at a path is not looked into.
    pub(crate) fn leave_out(&mut self, path: &NestedPath, reason: impl Into<String>) {
        let path = path.as_str().to_owned();
        self.schema.left_out.push(LeftOutPath { path, reason: reason.into() });
    }

    /// Says that the last members of a record are not looked into.
    pub(crate) fn leave_out_rest(&mut self, path: &NestedPath, members: usize) {
        let most = NestedSchema::MOST_FIELDS;
        let reason =
            format!("its last {members} members are left out: a profile has {most} paths at most");
        self.leave_out(path, reason);
    }

    /// The Arrow types of the column's fields, and whether each is counted in items.
    pub(crate) fn finish(self) -> Vec<(DataType, bool)> {
        let first = self.schema.fields.len() - self.types.len();
        let units = self.schema.fields.iter().skip(first).map(|it| it.unit == NestedUnit::Items);
        self.types.into_iter().zip(units).collect()
    }
}
