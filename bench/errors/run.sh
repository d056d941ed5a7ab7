#!/usr/bin/env bash
# How many wrong cells do suggested contracts find, without a rule written by hand?
#   bench/errors/run.sh TWINS
# TWINS is a folder with NAME/dirty.csv and NAME/clean.csv: row i of the one is row i of the other, and a
# cell is wrong when the two texts differ.
set -euo pipefail
twins=${1:?usage: bench/errors/run.sh TWINS}
here=$(cd "$(dirname "$0")" && pwd)
pynomaly=${PYNOMALY:-$here/../../target/debug/pynomaly}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PYNOMALY_HOME=$work/home

for dirty in "$twins"/*/dirty.csv; do
    name=$(basename "$(dirname "$dirty")")
    cp "$dirty" "$work/table.csv"
    # the twins' headers differ, and their columns do not
    { head -n 1 "$dirty"; tail -n +2 "$(dirname "$dirty")/clean.csv"; } > "$work/clean.csv"
    for learnt in dirty clean; do
        source=$work/table.csv
        [ "$learnt" = clean ] && source=$work/clean.csv
        "$pynomaly" contract suggest "$source" --output "$work/contract.yaml"
        "$pynomaly" contract lint "$work/contract.yaml" --quiet > /dev/null
        # 0 kept, 1 broken, 4 something could not be evaluated: all are answers
        code=0
        "$pynomaly" check "$work/table.csv" --contract "$work/contract.yaml" --contract-only --quiet \
            --failed-rows "$work/failed.csv" --output "$work/report.json" || code=$?
        case $code in 0 | 1 | 4) ;; *) exit "$code" ;; esac
        python3 "$here/score.py" "$name" "$learnt" "$code" \
            "$work/table.csv" "$work/clean.csv" "$work/failed.csv" "$work/report.json"
    done
done
