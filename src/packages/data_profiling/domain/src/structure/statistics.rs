//! Measures of association, as pure functions. Rows in which either side is missing are left out:
//! NaN among numbers, [`ABSENT`] among levels. Sums are taken in a fixed order.

/// The level of a row without a value.
pub(super) const ABSENT: u16 = u16::MAX;

/// A measure and the rows it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Strength {
    pub(super) value: f64,
    pub(super) rows: usize,
}

/// Pearson's product-moment correlation of rows that have both numbers; `None` when a side is
/// constant.
pub(super) fn pearson(left: &[f64], right: &[f64]) -> Option<Strength> {
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = present(left, right).unzip();
    correlation(&mut x, &mut y)
}

/// Spearman's rank correlation: Pearson's of the ranks, ties sharing the mean of theirs. The orders
/// are the rows that have a number, ascending by it.
pub(super) fn spearman(
    left: &[f64],
    left_order: &[u32],
    right: &[f64],
    right_order: &[u32],
) -> Option<Strength> {
    let x = ranks(left, left_order, right);
    let y = ranks(right, right_order, left);
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = present(&x, &y).unzip();
    correlation(&mut x, &mut y)
}

fn present<'a>(left: &'a [f64], right: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + 'a {
    left.iter().copied().zip(right.iter().copied()).filter(|(x, y)| !x.is_nan() && !y.is_nan())
}

fn correlation(x: &mut [f64], y: &mut [f64]) -> Option<Strength> {
    let rows = x.len();
    let both = normalise(x) && normalise(y);
    both.then(|| Strength { value: dot(x, y).clamp(-1.0, 1.0), rows })
}

/// Takes the mean off and divides by the length, so that a correlation is a dot product. False when
/// there is no direction: all numbers are equal, or too large for their squares.
pub(super) fn normalise(numbers: &mut [f64]) -> bool {
    let Some(&first) = numbers.first() else { return false };
    // Relative to the first one, equal numbers are zeros without rounding.
    let mean = numbers.iter().map(|number| number - first).sum::<f64>() / numbers.len() as f64;
    for number in numbers.iter_mut() {
        *number = (*number - first) - mean;
    }
    let length = dot(numbers, numbers).sqrt();
    if !length.is_finite() || length == 0.0 {
        return false;
    }
    for number in numbers.iter_mut() {
        *number /= length;
    }
    true
}

/// The dot product, in eight lanes that are added at the end.
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<8>(), y.as_chunks::<8>());
    let mut lanes = [0.0; 8];
    for (x, y) in x.iter().zip(y) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
    lanes.iter().sum::<f64>() + rest
}

/// The rows that have a number, ascending by it.
pub(super) fn order(numbers: &[f64]) -> Vec<u32> {
    let mut rows: Vec<u32> =
        (0..numbers.len() as u32).filter(|&row| !numbers[row as usize].is_nan()).collect();
    rows.sort_by(|&a, &b| numbers[a as usize].total_cmp(&numbers[b as usize]).then(a.cmp(&b)));
    rows
}

/// The rank of each number among the rows in which `other` has one too; NaN elsewhere. Equal
/// numbers share the mean of their ranks.
pub(super) fn ranks(numbers: &[f64], order: &[u32], other: &[f64]) -> Vec<f64> {
    let mut ranks = vec![f64::NAN; numbers.len()];
    let rows: Vec<usize> =
        order.iter().map(|&row| row as usize).filter(|&row| !other[row].is_nan()).collect();
    let mut before = 0;
    for tied in rows.chunk_by(|&a, &b| numbers[a] == numbers[b]) {
        let rank = before as f64 + f64::midpoint(tied.len() as f64, 1.0);
        for &row in tied {
            ranks[row] = rank;
        }
        before += tied.len();
    }
    ranks
}

/// How often levels come together.
#[derive(Debug)]
pub(super) struct Contingency {
    cells: Vec<u32>,
    left: Vec<u32>,
    right: Vec<u32>,
    rows: usize,
}

impl Contingency {
    /// Counts the pairs of levels, which are below `left_levels` and `right_levels`.
    pub(super) fn of(left: &[u16], left_levels: usize, right: &[u16], right_levels: usize) -> Self {
        let mut cells = vec![0_u32; left_levels * right_levels];
        for (&x, &y) in left.iter().zip(right) {
            if x != ABSENT && y != ABSENT {
                cells[x as usize * right_levels + y as usize] += 1;
            }
        }
        let lines = cells.chunks(right_levels.max(1));
        let left: Vec<u32> = lines.clone().map(|line| line.iter().sum()).collect();
        let mut sums = vec![0; right_levels];
        for line in lines {
            for (sum, cell) in sums.iter_mut().zip(line) {
                *sum += cell;
            }
        }
        let rows = left.iter().sum::<u32>() as usize;
        Self { cells, left, right: sums, rows }
    }

    /// Filled cells with the sums of their line and column.
    fn filled(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let lines = self.cells.chunks(self.right.len().max(1)).zip(&self.left);
        lines.flat_map(|(line, &left)| {
            line.iter()
                .zip(&self.right)
                .filter(|&(&cell, _)| cell > 0)
                .map(move |(&cell, &right)| (f64::from(cell), f64::from(left), f64::from(right)))
        })
    }

    /// Cramér's V with the correction of W. Bergsma, "A bias-correction for Cramér's V and
    /// Tschuprow's T" (2013); `None` when a side has only one level, or each row its own.
    pub(super) fn cramers_v(&self) -> Option<Strength> {
        let levels = |sums: &[u32]| sums.iter().filter(|&&sum| sum > 0).count() as f64;
        let (n, r, c) = (self.rows as f64, levels(&self.left), levels(&self.right));
        if r < 2.0 || c < 2.0 {
            return None;
        }
        let phi_squared =
            self.filled().map(|(cell, left, right)| cell * cell / (left * right)).sum::<f64>()
                - 1.0;
        let unbiased = (phi_squared - (r - 1.0) * (c - 1.0) / (n - 1.0)).max(0.0);
        let r = r - (r - 1.0).powi(2) / (n - 1.0);
        let c = c - (c - 1.0).powi(2) / (n - 1.0);
        let most = (r - 1.0).min(c - 1.0);
        (most > 1e-9)
            .then(|| Strength { value: (unbiased / most).sqrt().min(1.0), rows: self.rows })
    }

    /// Mutual information divided by the geometric mean of the entropies (Strehl and Ghosh 2002);
    /// `None` when a side has only one level.
    pub(super) fn mutual_information(&self) -> Option<Strength> {
        let n = self.rows as f64;
        let entropy = |sums: &[u32]| {
            let shares = sums.iter().filter(|&&sum| sum > 0).map(|&sum| f64::from(sum) / n);
            -shares.map(|share| share * share.ln()).sum::<f64>()
        };
        let (left, right) = (entropy(&self.left), entropy(&self.right));
        if left <= 0.0 || right <= 0.0 {
            return None;
        }
        let shared: f64 = self
            .filled()
            .map(|(cell, left, right)| cell / n * (cell * n / (left * right)).ln())
            .sum();
        let value = (shared / (left * right).sqrt()).clamp(0.0, 1.0);
        Some(Strength { value, rows: self.rows })
    }
}

/// The correlation ratio of numbers by level (Pearson 1905), with the correction of T. Kelley, "An
/// unbiased correlation ratio measure" (1935); `None` when there is one level, when each row has
/// its own, or when all numbers are equal.
pub(super) fn correlation_ratio(numbers: &[f64], levels: &[u16], count: usize) -> Option<Strength> {
    let rows = || {
        let pairs = numbers.iter().zip(levels);
        pairs.filter(|&(number, &level)| !number.is_nan() && level != ABSENT)
    };
    let &first = rows().next()?.0;
    let mut groups = vec![(0.0, 0_u32); count];
    for (number, &level) in rows() {
        let (sum, size) = &mut groups[level as usize];
        *sum += number - first;
        *size += 1;
    }
    groups.retain(|group| group.1 > 0);
    let n = groups.iter().map(|group| group.1 as usize).sum::<usize>();
    let mean = groups.iter().map(|group| group.0).sum::<f64>() / n as f64;
    let total: f64 = rows().map(|(number, _)| (number - first - mean).powi(2)).sum();
    let between: f64 = groups
        .iter()
        .map(|&(sum, size)| f64::from(size) * (sum / f64::from(size) - mean).powi(2))
        .sum();
    let groups = groups.len();
    if groups < 2 || n <= groups || total == 0.0 || !total.is_finite() {
        return None;
    }
    let unexplained = 1.0 - between / total;
    let corrected = 1.0 - unexplained * (n - 1) as f64 / (n - groups) as f64;
    Some(Strength { value: corrected.clamp(0.0, 1.0).sqrt(), rows: n })
}

/// The correlation of two indicators (phi): of `rows`, `left` and `right` are set, `both` together.
pub(super) fn phi(rows: u64, left: u64, right: u64, both: u64) -> Option<f64> {
    let [rows, left, right, both] = [rows, left, right, both].map(|count| count as f64);
    let spread = (left * (rows - left)).sqrt() * (right * (rows - right)).sqrt();
    (spread > 0.0).then(|| ((rows * both - left * right) / spread).clamp(-1.0, 1.0))
}

/// The highest share of failures that is not ruled out, with 95 % confidence, by `failures` among
/// `trials` (Clopper and Pearson 1934, one-sided). Without a failure it is about 3 / trials, the
/// rule of three.
pub(super) fn highest_share(failures: u64, trials: u64) -> f64 {
    const DOUBT: f64 = 0.05;
    if failures >= trials {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let share = f64::midpoint(low, high);
        if at_most(failures, trials, share) > DOUBT { low = share } else { high = share }
    }
    high
}

/// The chance of at most `failures` among `trials` that fail with a chance of `share`.
fn at_most(failures: u64, trials: u64, share: f64) -> f64 {
    let odds = share.ln() - (-share).ln_1p();
    let mut term = trials as f64 * (-share).ln_1p();
    let mut sum = term.exp();
    for failure in 1..=failures {
        term += ((trials - failure + 1) as f64 / failure as f64).ln() + odds;
        sum += term.exp();
    }
    sum
}
