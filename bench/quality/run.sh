#!/usr/bin/env bash
# The 30 checks of flights.odcs.yaml beside the same checks by hand in DuckDB's SQL, Great Expectations,
# Soda and Pandera: whole commands, the same tables, one run, CPU seconds (user and system of all
# threads) and peak memory. What each finds is compared with what DuckDB finds.
#
#   bench/quality/run.sh TABLES [TIMES]
#
# TABLES is a folder with flights.parquet (nycflights13, 336,776 × 19), airlines.csv, airports.csv and
# planes.csv. Peers come from PyPI (requirements*.txt) into virtual environments below $PYNOMALY_BENCH
# (default: a folder in the system's temporary folder); Soda asks for a DuckDB of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
tables=$(realpath "${1:?usage: bench/quality/run.sh TABLES [TIMES]}")
work=${PYNOMALY_BENCH:-${TMPDIR:-/tmp}/pynomaly-bench}
mkdir -p "$work"
for peer in quality soda; do
    if [[ ! -x $work/$peer/bin/python ]]; then
        python3 -m venv "$work/$peer"
        "$work/$peer/bin/pip" install --quiet -r "bench/quality/requirements-$peer.txt"
    fi
done
cargo build --release --quiet
"$work/quality/bin/python" bench/quality/compare.py target/release/pynomaly "$tables" "$work" "${@:2}"
