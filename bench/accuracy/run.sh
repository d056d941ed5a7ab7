#!/usr/bin/env bash
# Regenerates the table of AUROC and average precision on the open ADBench sets and checks the means.
# usage: bench/accuracy/run.sh [SEEDS [DETECTOR…]]     (data: $PYNOMALY_DATA, else ../shared/data)
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=${PYNOMALY_BINARY:-target/release/pynomaly}
if [ -z "${PYNOMALY_BINARY:-}" ]; then
    cargo build --release --quiet
fi
exec python3 bench/accuracy/table.py "$binary" "${PYNOMALY_DATA:-../shared/data}/adbench" "${1:-5}" "${@:2}"
