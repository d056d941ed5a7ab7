#!/usr/bin/env bash
# Times `pynomaly run` by step on a table, cold (a new home each time), and prints the JSON steps.
# usage: bench/run.sh TABLE [TIMES]
set -euo pipefail
cd "$(dirname "$0")/.."
table=$(realpath "$1")
times=${2:-3}
cargo build --release --quiet
for _ in $(seq "$times"); do
    home=$(mktemp -d)
    /usr/bin/env time -f 'whole command: %e s wall, %U s user, %M KiB peak' \
        target/release/pynomaly run "$table" --home "$home" --format json --quiet --output "$home/run.json" \
        || [ $? -eq 1 ]
    python3 - "$home/run.json" <<'P'
import json, sys
for step in json.load(open(sys.argv[1]))["steps"]:
    print(f'  {step["name"]:<16} {step["seconds"]:8.3f} s  {step["rows_per_second"]:14,.0f} rows/s')
P
    rm -rf "$home"
done
