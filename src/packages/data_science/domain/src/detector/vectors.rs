//! Loops for the vector instructions that the processor at hand has.
#![expect(unsafe_code, reason = "calls a function for a processor that was looked at first")]

/// A loop that is compiled for several kinds of processors.
pub(super) trait VectorLoop {
    type Output;

    /// To be `#[inline(always)]`, and all that it calls: only what is inlined is compiled so.
    fn run(self) -> Self::Output;
}

/// Runs a loop as compiled for the widest vectors of this processor (AVX2 where there is).
///
/// The compiler neither reorders sums nor fuses products with them, so that results are the same
/// bytes on every processor.
#[inline]
pub(super) fn widest<L: VectorLoop>(work: L) -> L::Output {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has what the function is compiled for, as the line above saw.
        return unsafe { run_with_avx2(work) };
    }
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_with_avx2<L: VectorLoop>(work: L) -> L::Output {
    work.run()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Products, sums, comparisons and selections, as the detectors' loops have them.
    #[derive(Clone, Copy)]
    struct Mixed<'a>(&'a [f64], &'a [f32]);

    impl VectorLoop for Mixed<'_> {
        type Output = (Vec<u64>, Vec<u32>, u32);

        #[inline(always)]
        #[expect(clippy::inline_always, reason = "compiled for vectors only where inlined")]
        fn run(self) -> Self::Output {
            let (mut sums, mut floats, mut covered) = ([0.0; 8], [0.0; 8], 0);
            for (values, others) in self.0.chunks_exact(8).zip(self.1.chunks_exact(8)) {
                for lane in 0..8 {
                    let difference = values[lane] - 0.1;
                    sums[lane] += difference * difference;
                    floats[lane] += others[lane] * others[lane] - 0.3 * others[lane];
                    covered += u32::from(sums[lane] <= values[lane]) << lane;
                }
            }
            (sums.map(f64::to_bits).to_vec(), floats.map(f32::to_bits).to_vec(), covered)
        }
    }

    proptest! {
        #[test]
        fn vectors_change_no_bit(
            values in prop::collection::vec(-1e9..1e9_f64, 0..80),
            others in prop::collection::vec(-1e9..1e9_f32, 0..80),
        ) {
            let work = Mixed(&values, &others);
            prop_assert_eq!(widest(work), work.run());
        }
    }
}
