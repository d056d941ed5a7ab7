//! Trees as the attributes of a node of ONNX.

use super::graph::{Attribute, Edge, Graph};
use crate::portable::{Combination, SplitNode, SplitTree};

/// Trees whose values at a row's leaves are added up.
#[derive(Default)]
pub(super) struct TreeSum {
    trees: i64,
    tree_ids: Vec<i64>,
    node_ids: Vec<i64>,
    columns: Vec<i64>,
    modes: Vec<&'static str>,
    thresholds: Vec<f64>,
    left: Vec<i64>,
    right: Vec<i64>,
    missing_left: Vec<i64>,
    leaf_trees: Vec<i64>,
    leaf_nodes: Vec<i64>,
    leaf_values: Vec<f64>,
}

impl TreeSum {
    /// Adds a tree; `column` tells where in the matrix an input is.
    pub(super) fn add(&mut self, tree: &SplitTree, mut column: impl FnMut(&Combination) -> usize) {
        for (index, node) in tree.nodes.iter().enumerate() {
            self.tree_ids.push(self.trees);
            self.node_ids.push(index as i64);
            let (mode, at, threshold, below, others) = match node {
                SplitNode::Leaf(value) => {
                    self.leaf_trees.push(self.trees);
                    self.leaf_nodes.push(index as i64);
                    self.leaf_values.push(*value);
                    ("LEAF", 0, 0.0, 0, 0)
                }
                SplitNode::Split { input, threshold, left, right } => {
                    ("BRANCH_LT", column(input), *threshold, *left, *right)
                }
            };
            self.modes.push(mode);
            self.columns.push(at as i64);
            self.thresholds.push(threshold);
            self.left.push(below as i64);
            self.right.push(others as i64);
            self.missing_left.push(1);
        }
        self.trees += 1;
    }

    /// The sums over a matrix, one per row. Trees are summed in double precision and told in
    /// single.
    pub(super) fn of(self, graph: &mut Graph, matrix: &str) -> Edge {
        let targets = vec![0; self.leaf_nodes.len()];
        let sums = graph.learned(
            "TreeEnsembleRegressor",
            matrix,
            vec![
                ("aggregate_function", Attribute::Text("SUM")),
                ("n_targets", Attribute::Integer(1)),
                ("nodes_falsenodeids", Attribute::Integers(self.right)),
                ("nodes_featureids", Attribute::Integers(self.columns)),
                ("nodes_missing_value_tracks_true", Attribute::Integers(self.missing_left)),
                ("nodes_modes", Attribute::Texts(self.modes)),
                ("nodes_nodeids", Attribute::Integers(self.node_ids)),
                ("nodes_treeids", Attribute::Integers(self.tree_ids)),
                ("nodes_truenodeids", Attribute::Integers(self.left)),
                ("nodes_values_as_tensor", Attribute::Doubles(self.thresholds)),
                ("post_transform", Attribute::Text("NONE")),
                ("target_ids", Attribute::Integers(targets)),
                ("target_nodeids", Attribute::Integers(self.leaf_nodes)),
                ("target_treeids", Attribute::Integers(self.leaf_trees)),
                ("target_weights_as_tensor", Attribute::Doubles(self.leaf_values)),
            ],
        );
        graph.as_doubles(&sums)
    }
}
