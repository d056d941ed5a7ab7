//! Loops for the vector instructions that the processor at hand has.
#![expect(clippy::inline_always, reason = "compiled for vectors only where inlined")]

use pulp::{Arch, Simd, WithSimd};

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
    Arch::new().dispatch(Dispatched(work))
}

struct Dispatched<L>(L);

impl<L: VectorLoop> WithSimd for Dispatched<L> {
    type Output = L::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> L::Output {
        self.0.run()
    }
}
