use super::{LEAF_ROWS, NO_ROW, ReferenceRows};

/// Where the leaves of a node part into those of its children.
pub(super) fn middle(start: u32, end: u32) -> u32 {
    start.midpoint(end)
}

impl ReferenceRows {
    /// Rows of `features` finite numbers, row-major, of which there are fewer than 2³²; a rest that
    /// is not a whole row is not taken.
    pub fn new(values: &[f64], features: usize) -> Self {
        let rows = values.len() / features.max(1);
        let leaves = rows.div_ceil(LEAF_ROWS).max(1);
        let nodes = (2 * leaves.next_power_of_two()).saturating_sub(2) / 2;
        let mut builder = Builder {
            values,
            features,
            order: by_falling_spread(values, features),
            row_at: (0..rows as u32).collect(),
            boxes: vec![[0.0; 4]; nodes * features],
            first_rows: vec![[NO_ROW; 2]; nodes],
            keys: Vec::new(),
        };
        builder.build(0, 0, leaves as u32);
        let Builder { order, mut row_at, boxes, first_rows, .. } = builder;

        row_at.resize(leaves * LEAF_ROWS, NO_ROW);
        let mut place_of = vec![0; rows];
        let mut by_place = Vec::with_capacity(rows * features);
        for (place, &row) in row_at.iter().enumerate().take(rows) {
            place_of[row as usize] = place as u32;
            let row = &values[row as usize * features..][..features];
            by_place.extend(order.iter().map(|&feature| row[feature as usize]));
        }
        let mut tree = Self {
            rows,
            order,
            values: by_place,
            centres: Vec::with_capacity(leaves * features),
            diagonals: Vec::with_capacity(leaves),
            offsets: Vec::with_capacity(leaves * features * LEAF_ROWS),
            row_at,
            place_of,
            boxes,
            first_rows,
        };
        for leaf in 0..leaves {
            tree.add_leaf(leaf * LEAF_ROWS);
        }
        tree
    }

    /// Prepares the first scan of the leaf whose rows begin at a place.
    fn add_leaf(&mut self, start: usize) {
        let features = self.features();
        let rows = self.rows.saturating_sub(start).min(LEAF_ROWS);
        let values = &self.values[start.min(self.rows) * features..][..rows * features];
        let first = self.centres.len();
        self.centres.resize(first + features, 0.0);
        let centre = &mut self.centres[first..];
        for row in values.chunks_exact(features.max(1)) {
            for (centre, value) in centre.iter_mut().zip(row) {
                *centre += value / rows as f64;
            }
        }
        let mut square = 0.0;
        for (feature, centre) in centre.iter().enumerate() {
            let column = values.iter().skip(feature).step_by(features);
            let (low, high) = column
                .clone()
                .fold((*centre, *centre), |(low, high), value| (low.min(*value), high.max(*value)));
            square += (high - low).powi(2);
            self.offsets.extend(column.map(|value| (value - centre) as f32));
            self.offsets.extend(std::iter::repeat_n(f32::INFINITY, LEAF_ROWS - rows));
        }
        self.diagonals.push(square.sqrt());
    }
}

/// Features by falling variance, equal ones by number.
fn by_falling_spread(values: &[f64], features: usize) -> Vec<u32> {
    let rows = (values.len() / features.max(1)).max(1) as f64;
    let mut means = vec![0.0; features];
    for row in values.chunks_exact(features.max(1)) {
        for (mean, value) in means.iter_mut().zip(row) {
            *mean += value / rows;
        }
    }
    let mut spreads = vec![0.0; features];
    for row in values.chunks_exact(features.max(1)) {
        for ((spread, value), mean) in spreads.iter_mut().zip(row).zip(&means) {
            *spread += (value - mean).powi(2);
        }
    }
    let mut order: Vec<u32> = (0..features as u32).collect();
    order.sort_by(|&a, &b| spreads[b as usize].total_cmp(&spreads[a as usize]));
    order
}

struct Builder<'a> {
    values: &'a [f64],
    features: usize,
    order: Vec<u32>,
    row_at: Vec<u32>,
    boxes: Vec<[f64; 4]>,
    first_rows: Vec<[u32; 2]>,
    keys: Vec<(f64, u32)>,
}

impl Builder<'_> {
    /// Parts the rows of a node's leaves along the feature of widest spread, at a border of leaves,
    /// until each leaf has its rows.
    fn build(&mut self, node: usize, start: u32, end: u32) {
        if end - start < 2 {
            return;
        }
        let middle = middle(start, end);
        let place = |leaf: u32| (leaf as usize * LEAF_ROWS).min(self.row_at.len());
        let (first, border, last) = (place(start), place(middle), place(end));
        let feature = self.widest(first, last);
        let mut keys = std::mem::take(&mut self.keys);
        keys.clear();
        let value = |row: u32| self.values[row as usize * self.features + feature];
        keys.extend(self.row_at[first..last].iter().map(|&row| (value(row), row)));
        // There is a row beyond every border: only the last leaf is not full.
        keys.select_nth_unstable_by(border - first, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (place, key) in self.row_at[first..last].iter_mut().zip(&keys) {
            *place = key.1;
        }
        self.keys = keys;
        self.enclose(node, first, border, last);
        self.build(2 * node + 1, start, middle);
        self.build(2 * node + 2, middle, end);
    }

    /// The feature in which some rows differ most.
    fn widest(&self, first: usize, last: usize) -> usize {
        let rows = &self.row_at[first..last];
        let mut means = vec![0.0; self.features];
        let mut spreads = vec![0.0; self.features];
        for &row in rows {
            for (mean, value) in means.iter_mut().zip(self.row(row)) {
                *mean += value / rows.len() as f64;
            }
        }
        for &row in rows {
            for ((spread, value), mean) in spreads.iter_mut().zip(self.row(row)).zip(&means) {
                *spread += (value - mean).powi(2);
            }
        }
        let widest = (0..self.features).max_by(|&a, &b| spreads[a].total_cmp(&spreads[b]));
        widest.unwrap_or(0)
    }

    fn row(&self, row: u32) -> &[f64] {
        &self.values[row as usize * self.features..][..self.features]
    }

    /// Notes the boxes around a node's children and their lowest row numbers.
    fn enclose(&mut self, node: usize, first: usize, border: usize, last: usize) {
        let mut boxes = std::mem::take(&mut self.boxes);
        let bounds = &mut boxes[node * self.features..][..self.features];
        bounds.fill([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY]);
        for (child, range) in [first..border, border..last].into_iter().enumerate() {
            for &row in &self.row_at[range] {
                let lowest = &mut self.first_rows[node][child];
                *lowest = row.min(*lowest);
                let values = &self.values[row as usize * self.features..][..self.features];
                for (bound, &feature) in bounds.iter_mut().zip(&self.order) {
                    let value = values[feature as usize];
                    bound[child] = value.min(bound[child]);
                    bound[2 + child] = value.max(bound[2 + child]);
                }
            }
        }
        self.boxes = boxes;
    }
}
