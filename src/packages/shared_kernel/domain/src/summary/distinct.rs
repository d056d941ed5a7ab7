use serde::{Deserialize, Serialize};

use super::hash::{HashIndex, hashes};
use super::support::{Present, single_column_summary};
use crate::Result;
use crate::measured::Measured;

/// Up to so many different values the count is exact.
pub(super) const EXACT_VALUES: usize = 8_192;

/// 2^p registers.
const PRECISION: u32 = 14;
const REGISTERS: usize = 1 << PRECISION;

/// Three standard errors of a HyperLogLog with 2^14 registers: 3 × 1.04 / √16384.
const RELATIVE_ERROR: f64 = 0.024_375;

/// How many different values a column of any type has; nulls are none of them, NaN is one.
///
/// Exact up to 8,192 different values, which are kept as 64-bit hashes; beyond that a HyperLogLog
/// (Flajolet et al. 2007) with the estimator of O. Ertl, "New cardinality estimation algorithms
/// for HyperLogLog sketches" (2017), section 4.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Distinct {
    values: u64,
    state: State,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "StoredState", into = "StoredState")]
enum State {
    Exact(HashIndex),
    Registers(Vec<u8>),
}

impl Default for State {
    fn default() -> Self {
        Self::Exact(HashIndex::default())
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact(index), Self::Exact(other)) => index.hashes() == other.hashes(),
            (Self::Registers(registers), Self::Registers(other)) => registers == other,
            _ => false,
        }
    }
}

#[derive(Serialize, Deserialize)]
enum StoredState {
    Exact(Vec<u64>),
    Registers(Vec<u8>),
}

impl From<StoredState> for State {
    fn from(stored: StoredState) -> Self {
        match stored {
            StoredState::Exact(hashes) => Self::Exact(HashIndex::of(hashes)),
            StoredState::Registers(mut registers) => {
                registers.resize(REGISTERS, 0);
                Self::Registers(registers)
            }
        }
    }
}

impl From<State> for StoredState {
    fn from(state: State) -> Self {
        match state {
            State::Exact(index) => Self::Exact(index.hashes().to_vec()),
            State::Registers(registers) => Self::Registers(registers),
        }
    }
}

impl Distinct {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Values taken in, nulls left out.
    pub fn values(&self) -> u64 {
        self.values
    }

    /// Different values, never more than values. When approximate, the error bounds the relative
    /// deviation with 99.7 % confidence (three standard errors).
    pub fn count(&self) -> Measured<u64> {
        match &self.state {
            State::Exact(index) => Measured::exact(index.len() as u64),
            State::Registers(registers) => {
                let estimate = (estimate(registers).round() as u64).min(self.values);
                Measured::approximate(estimate, RELATIVE_ERROR)
            }
        }
    }

    pub(super) fn take(&mut self, present: &Present<'_>) -> Result<()> {
        self.take_hashes(&hashes(&present.values))
    }

    #[expect(clippy::unnecessary_wraps, reason = "the form every summary has")]
    pub(super) fn take_hashes(&mut self, hashes: &[u64]) -> Result<()> {
        self.values += hashes.len() as u64;
        let mut hashes = hashes.iter();
        if let State::Exact(index) = &mut self.state {
            for &hash in hashes.by_ref() {
                index.find_or_insert(hash);
                if index.len() > EXACT_VALUES {
                    let registers = registers_of(index.hashes());
                    self.state = State::Registers(registers);
                    break;
                }
            }
        }
        if let State::Registers(registers) = &mut self.state {
            for &hash in hashes {
                record(registers, hash);
            }
        }
        Ok(())
    }

    /// Takes in different values that were counted elsewhere.
    pub(super) fn take_counted(&mut self, hashes: &[u64], values: u64) -> Result<()> {
        let before = self.values;
        self.take_hashes(hashes)?;
        self.values = before + values;
        Ok(())
    }

    pub(super) fn merge(&mut self, later: Self) -> Result<()> {
        match later.state {
            State::Exact(index) => self.take_counted(index.hashes(), later.values),
            State::Registers(later_registers) => {
                self.values += later.values;
                if let State::Exact(index) = &self.state {
                    self.state = State::Registers(registers_of(index.hashes()));
                }
                if let State::Registers(registers) = &mut self.state {
                    for (register, later) in registers.iter_mut().zip(later_registers) {
                        *register = (*register).max(later);
                    }
                }
                Ok(())
            }
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        match &self.state {
            State::Exact(index) => index.heap_bytes(),
            State::Registers(registers) => registers.capacity(),
        }
    }
}

single_column_summary!(Distinct, "distinct");

fn registers_of(hashes: &[u64]) -> Vec<u8> {
    let mut registers = vec![0; REGISTERS];
    for &hash in hashes {
        record(&mut registers, hash);
    }
    registers
}

/// The first p bits choose a register; it keeps the longest run of zeros, plus one, of the rest.
#[inline]
fn record(registers: &mut [u8], hash: u64) {
    let chosen = (hash >> (64 - PRECISION)) as usize;
    let run = ((hash << PRECISION) | (1 << (PRECISION - 1))).leading_zeros() as u8 + 1;
    if let Some(register) = registers.get_mut(chosen) {
        *register = (*register).max(run);
    }
}

/// Ertl's improved raw estimator (2017, eq. 17): α∞ m² / (m σ(C₀/m) + Σ Cₖ 2⁻ᵏ + m τ(1 - C_q₊₁/m) 2⁻q).
fn estimate(registers: &[u8]) -> f64 {
    const RUNS: usize = 64 - PRECISION as usize;
    let mut counts = [0_u32; RUNS + 2];
    for &register in registers {
        if let Some(count) = counts.get_mut(usize::from(register)) {
            *count += 1;
        }
    }
    let registers = REGISTERS as f64;
    let full = f64::from(counts[RUNS + 1]);
    let mut sum = registers * tau(1.0 - full / registers);
    for &count in counts[1..=RUNS].iter().rev() {
        sum = 0.5 * (sum + f64::from(count));
    }
    sum += registers * sigma(f64::from(counts[0]) / registers);
    registers * registers / (2.0 * std::f64::consts::LN_2) / sum
}

/// Ertl (2017), algorithm 6.
fn sigma(share: f64) -> f64 {
    if share == 1.0 {
        return f64::INFINITY;
    }
    let (mut power, mut factor, mut sum) = (share, 1.0, share);
    loop {
        power *= power;
        let before = sum;
        sum += power * factor;
        factor += factor;
        if sum == before {
            return sum;
        }
    }
}

/// Ertl (2017), algorithm 6.
fn tau(share: f64) -> f64 {
    if share == 0.0 || share == 1.0 {
        return 0.0;
    }
    let (mut root, mut factor, mut sum) = (share, 1.0, 1.0 - share);
    loop {
        root = root.sqrt();
        let before = sum;
        factor *= 0.5;
        sum -= (1.0 - root) * (1.0 - root) * factor;
        if sum == before {
            return sum / 3.0;
        }
    }
}
