#!/usr/bin/env bash
# `pynomaly detect` beside PyOD, scikit-learn, scikit-learn-intelex, isotree and coniferest: whole
# commands that read a Parquet file, fit, score the same rows and write the scores; the same tables,
# one run, two threads, CPU seconds (user and system of all threads) and peak memory. Ours also
# calibrates p-values, which the others do not have.
#
#   bench/detection/run.sh [--times N] [--table NAME]… [--detector NAME]…
#
# Tables of 100,000 × 10, 1,000,000 × 10 and 1,000,000 × 50 numbers are generated, with one planted row
# in 200. Peers come from PyPI (requirements.txt) into a virtual environment below $PYNOMALY_BENCH
# (default: a folder in the system's temporary folder); isotree is compiled there.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=${PYNOMALY_BENCH:-${TMPDIR:-/tmp}/pynomaly-bench}
mkdir -p "$work"
if [[ ! -x $work/detection/bin/python ]]; then
    python3 -m venv "$work/detection"
    "$work/detection/bin/pip" install --quiet -r bench/detection/requirements.txt
fi
cargo build --release --quiet
"$work/detection/bin/python" bench/detection/compare.py target/release/pynomaly "$work" "$@"
