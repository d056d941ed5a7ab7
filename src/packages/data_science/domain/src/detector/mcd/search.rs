//! FastMCD's search for the rows whose covariance has the smallest determinant.

use rand_chacha::ChaCha8Rng;
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;

use super::ellipsoid::Ellipsoid;
use crate::detector::random;

/// Random starts over all groups, in the paper; fewer where they would take too long.
const STARTS: usize = 500;

/// The fewest starts.
const LEAST_STARTS: usize = 20;

/// Multiplications that all starts may take together.
const START_BUDGET: f64 = 4e9;

/// The best candidates that go on.
const KEPT: usize = 10;

/// Groups that a large table is sampled into.
const GROUPS: usize = 5;

/// Rows of a group, at least; also at least five times the features.
const GROUP_ROWS: usize = 300;

/// Multiplications per step that all candidates on the whole table may take together.
const FULL_BUDGET: f64 = 2e8;

/// Concentration steps until which a candidate must settle.
const MAX_STEPS: usize = 50;

/// Row-major rows.
struct Rows<'a> {
    data: &'a [f64],
    width: usize,
    /// Directions in which they vary.
    rank: usize,
}

impl<'a> Rows<'a> {
    fn new(data: &'a [f64], width: usize) -> Result<Self> {
        let all: Vec<u32> = (0..(data.len() / width.max(1)) as u32).collect();
        let rank = Ellipsoid::of(data, width, &all)?.rank();
        Ok(Self { data, width, rank })
    }

    fn count(&self) -> usize {
        self.data.len() / self.width.max(1)
    }

    fn pick(&self, rows: &[usize]) -> Vec<f64> {
        rows.iter().flat_map(|&row| &self.data[row * self.width..][..self.width]).copied().collect()
    }

    /// One concentration step: the ellipsoid of the `support` rows nearest to an ellipsoid.
    fn step(&self, from: &Ellipsoid, support: usize) -> Result<Ellipsoid> {
        let distances = from.squared_distances(self.data);
        let mut order: Vec<u32> = (0..distances.len() as u32).collect();
        if support < order.len() {
            // Equal distances by row, so that the choice depends on nothing else.
            let nearer = |a: &u32, b: &u32| {
                distances[*a as usize].total_cmp(&distances[*b as usize]).then(a.cmp(b))
            };
            order.select_nth_unstable_by(support, nearer);
            order.truncate(support);
            order.sort_unstable();
        }
        Ellipsoid::of(self.data, self.width, &order)
    }

    /// Steps until the determinant falls no more.
    fn settle(&self, mut ellipsoid: Ellipsoid, support: usize) -> Result<Ellipsoid> {
        for _ in 0..MAX_STEPS {
            let next = self.step(&ellipsoid, support)?;
            let falls = volume(&next) < volume(&ellipsoid);
            if falls || next.rank() != ellipsoid.rank() {
                ellipsoid = next;
            } else {
                break;
            }
        }
        Ok(ellipsoid)
    }

    /// The ellipsoid of as many random rows as can vary in all directions, or of more until they do.
    fn start(&self, random: &mut ChaCha8Rng, support: usize) -> Result<Ellipsoid> {
        let mut order: Vec<u32> = (0..self.count() as u32).collect();
        let mut drawn = 0;
        let mut wanted = (self.rank + 1).min(support);
        loop {
            while drawn < wanted {
                let other = drawn + random::below(random, (order.len() - drawn) as u64) as usize;
                order.swap(drawn, other);
                drawn += 1;
            }
            let ellipsoid = Ellipsoid::of(self.data, self.width, &order[..drawn])?;
            if ellipsoid.rank() == self.rank || drawn == support {
                return Ok(ellipsoid);
            }
            wanted = (2 * drawn).min(support);
        }
    }
}

/// What the search makes small: no variance in a direction is less than any.
fn volume(ellipsoid: &Ellipsoid) -> (usize, f64) {
    (ellipsoid.rank(), ellipsoid.log_determinant)
}

/// The `kept` candidates of smallest volume, smallest first.
fn best(mut candidates: Vec<Ellipsoid>, kept: usize) -> Vec<Ellipsoid> {
    candidates.sort_by(|a, b| {
        let ((rank_a, volume_a), (rank_b, volume_b)) = (volume(a), volume(b));
        rank_a.cmp(&rank_b).then(volume_a.total_cmp(&volume_b))
    });
    candidates.truncate(kept);
    candidates
}

/// How many starts a group of rows may take of its part of the budget.
fn starts_of(rows: usize, width: usize, groups: usize) -> usize {
    let (rows, width) = (rows as f64, width as f64);
    let one = 2.0 * (1.5 * rows * width * width + width.powi(3));
    let affordable = (START_BUDGET / one) as usize;
    affordable.clamp(LEAST_STARTS, STARTS) / groups.max(1)
}

/// The ellipsoid of the `support` rows with about the smallest determinant, of `data` with rows of
/// `width`; depends on the seed only.
pub(super) fn smallest(
    data: &[f64],
    width: usize,
    support: usize,
    seed: u64,
    cancellation: &Cancellation,
) -> Result<Ellipsoid> {
    let all = Rows::new(data, width)?;
    let group_rows = GROUP_ROWS.max(5 * width);
    let groups = (all.count() / group_rows).min(GROUPS);
    if groups < 2 {
        let starts = starts_of(all.count(), width, 1);
        let candidates = candidates_of(&all, support, seed, 0, starts, cancellation)?;
        return settled(&all, candidates, support, cancellation);
    }
    let share = support as f64 / all.count() as f64;
    let merged_rows =
        if all.count() < (GROUPS + 1) * group_rows { all.count() } else { GROUPS * group_rows };
    let mut random = random::stream(seed, u64::MAX);
    let mut chosen: Vec<usize> =
        random::sample(&mut random, all.count() as u64, merged_rows as u64);
    for place in 0..chosen.len() {
        let other = place + random::below(&mut random, (chosen.len() - place) as u64) as usize;
        chosen.swap(place, other);
    }
    let support_of = |rows: usize| ((share * rows as f64).ceil() as usize).clamp(1, rows);
    let mut candidates = Vec::new();
    for (group, rows) in (0_u64..).zip(chosen.chunks(merged_rows.div_ceil(groups))) {
        let picked = all.pick(rows);
        let rows = Rows::new(&picked, width)?;
        let starts = starts_of(rows.count(), width, groups);
        let support = support_of(rows.count());
        candidates.extend(candidates_of(&rows, support, seed, group, starts, cancellation)?);
    }
    let picked = all.pick(&chosen);
    let merged = Rows::new(&picked, width)?;
    let merged_support = support_of(merged.count());
    let mut improved = Vec::new();
    for candidate in candidates {
        cancellation.check()?;
        let once = merged.step(&candidate, merged_support)?;
        improved.push(merged.step(&once, merged_support)?);
    }
    let one = all.count() as f64 * (width * width) as f64;
    let kept = ((FULL_BUDGET / one) as usize).clamp(1, KEPT);
    let mut full = Vec::new();
    for candidate in best(improved, kept) {
        cancellation.check()?;
        full.push(all.step(&all.step(&candidate, support)?, support)?);
    }
    settled(&all, best(full, 1), support, cancellation)
}

/// The best candidates of random starts, after two steps each.
fn candidates_of(
    rows: &Rows<'_>,
    support: usize,
    seed: u64,
    group: u64,
    starts: usize,
    cancellation: &Cancellation,
) -> Result<Vec<Ellipsoid>> {
    let mut candidates = Vec::new();
    for start in 0..starts.max(1) {
        cancellation.check()?;
        let mut random = random::stream(seed, group * STARTS as u64 + start as u64);
        let first = rows.step(&rows.start(&mut random, support)?, support)?;
        candidates.push(rows.step(&first, support)?);
        if candidates.len() > 4 * KEPT {
            candidates = best(candidates, KEPT);
        }
    }
    Ok(best(candidates, KEPT))
}

/// The smallest of the candidates, all settled.
fn settled(
    rows: &Rows<'_>,
    candidates: Vec<Ellipsoid>,
    support: usize,
    cancellation: &Cancellation,
) -> Result<Ellipsoid> {
    let mut ends = Vec::new();
    for candidate in candidates {
        cancellation.check()?;
        ends.push(rows.settle(candidate, support)?);
    }
    let [end] = <[Ellipsoid; 1]>::try_from(best(ends, 1))
        .map_err(|_| shared_kernel_domain::Error::internal("a search without candidates"))?;
    Ok(end)
}
