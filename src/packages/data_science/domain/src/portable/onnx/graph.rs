//! A graph being put together: nodes, constants, and names for what flows between them.

use super::protobuf::Message;

/// Numbers of kinds of tensors and attributes in ONNX.
const DOUBLES: i64 = 11;
const INTEGERS: i64 = 7;

/// What flows along an edge, by its name.
pub(super) type Edge = String;

/// An attribute of a node.
pub(super) enum Attribute {
    /// A whole number.
    Integer(i64),
    /// Whole numbers.
    Integers(Vec<i64>),
    /// A text.
    Text(&'static str),
    /// Texts.
    Texts(Vec<&'static str>),
    /// Numbers, kept in double precision.
    Doubles(Vec<f64>),
}

/// The nodes so far, in the order in which they can be computed.
#[derive(Default)]
pub(super) struct Graph {
    nodes: Vec<Message>,
    constants: Vec<Message>,
    names: usize,
}

/// What names within the graph begin with; inputs do not.
pub(super) const INNER: &str = "pynomaly/";

impl Graph {
    /// A node of the standard operators with one result.
    pub(super) fn node(&mut self, operator: &str, inputs: &[&str]) -> Edge {
        self.node_with(operator, inputs, Vec::new())
    }

    /// The same with attributes.
    pub(super) fn node_with(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: Vec<(&str, Attribute)>,
    ) -> Edge {
        let result = self.name();
        self.add(("", operator), inputs, &result, attributes);
        result
    }

    /// A node of the operators of machine learning.
    pub(super) fn learned(
        &mut self,
        operator: &str,
        input: &str,
        attributes: Vec<(&str, Attribute)>,
    ) -> Edge {
        let result = self.name();
        self.add(("ai.onnx.ml", operator), &[input], &result, attributes);
        result
    }

    /// Gives an edge a name of its own.
    pub(super) fn output(&mut self, edge: &str, name: &str) {
        self.add(("", "Identity"), &[edge], name, Vec::new());
    }

    /// Turns an edge into numbers of double precision.
    pub(super) fn as_doubles(&mut self, edge: &str) -> Edge {
        self.node_with("Cast", &[edge], vec![("to", Attribute::Integer(DOUBLES))])
    }

    /// The columns of a matrix at these places.
    pub(super) fn columns(&mut self, matrix: &str, places: &[usize]) -> Edge {
        let places: Vec<i64> = places.iter().map(|&place| place as i64).collect();
        let places = self.integers(&places);
        self.node_with("Gather", &[matrix, &places], vec![("axis", Attribute::Integer(1))])
    }

    /// Matrices of as many rows beside each other.
    pub(super) fn beside(&mut self, matrices: &[&str]) -> Edge {
        self.node_with("Concat", matrices, vec![("axis", Attribute::Integer(1))])
    }

    /// A constant.
    pub(super) fn doubles(&mut self, shape: &[usize], values: &[f64]) -> Edge {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(DOUBLES, shape, &bytes)
    }

    /// A constant row.
    pub(super) fn row(&mut self, values: &[f64]) -> Edge {
        self.doubles(&[values.len()], values)
    }

    /// A constant of whole numbers.
    pub(super) fn integers(&mut self, values: &[i64]) -> Edge {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(INTEGERS, &[values.len()], &bytes)
    }

    fn constant(&mut self, kind: i64, shape: &[usize], bytes: &[u8]) -> Edge {
        let name = self.name();
        let mut constant = tensor(kind, shape, bytes);
        constant.text(8, &name);
        self.constants.push(constant);
        name
    }

    fn name(&mut self) -> Edge {
        self.names += 1;
        format!("{INNER}{}", self.names)
    }

    fn add(
        &mut self,
        (domain, operator): (&str, &str),
        inputs: &[&str],
        result: &str,
        attributes: Vec<(&str, Attribute)>,
    ) {
        let mut node = Message::default();
        for input in inputs {
            node.text(1, input);
        }
        node.text(2, result).text(3, result).text(4, operator);
        for (name, attribute) in attributes {
            node.message(5, &attribute.message(name));
        }
        if !domain.is_empty() {
            node.text(7, domain);
        }
        self.nodes.push(node);
    }

    /// The finished graph of columns of numbers.
    pub(super) fn finish(self, name: &str, inputs: &[String], outputs: &[&str]) -> Message {
        let mut graph = Message::default();
        for node in &self.nodes {
            graph.message(1, node);
        }
        graph.text(2, name);
        for constant in &self.constants {
            graph.message(5, constant);
        }
        for input in inputs {
            graph.message(11, &column_of_doubles(input));
        }
        for output in outputs {
            graph.message(12, &column_of_doubles(output));
        }
        graph
    }
}

impl Attribute {
    fn message(&self, name: &str) -> Message {
        let mut message = Message::default();
        message.text(1, name);
        match self {
            Self::Integer(value) => message.number(3, *value).number(20, 2),
            Self::Integers(values) => {
                for value in values {
                    message.number(8, *value);
                }
                message.number(20, 7)
            }
            Self::Text(text) => message.text(4, text).number(20, 3),
            Self::Texts(texts) => {
                for text in texts {
                    message.text(9, text);
                }
                message.number(20, 8)
            }
            Self::Doubles(values) => {
                let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                message.message(5, &tensor(DOUBLES, &[values.len()], &bytes)).number(20, 4)
            }
        };
        message
    }
}

fn tensor(kind: i64, shape: &[usize], bytes: &[u8]) -> Message {
    let mut tensor = Message::default();
    for &length in shape {
        tensor.number(1, length as i64);
    }
    tensor.number(2, kind).raw(9, bytes);
    tensor
}

/// The type of a column of as many numbers as there are rows.
fn column_of_doubles(name: &str) -> Message {
    let (mut rows, mut one, mut shape) = <(Message, Message, Message)>::default();
    rows.text(2, "rows");
    one.number(1, 1);
    shape.message(1, &rows).message(1, &one);
    let (mut kind, mut of_tensor, mut column) = <(Message, Message, Message)>::default();
    kind.number(1, DOUBLES).message(2, &shape);
    of_tensor.message(1, &kind);
    column.text(1, name).message(2, &of_tensor);
    column
}
