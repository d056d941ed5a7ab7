"""Runs `pynomaly detect` on labelled tables and prints how well scores separate the labels.

usage: table.py BINARY FOLDER SEEDS
Labels are only evaluated with; the detectors see the other columns of all rows. Ends with 1 when
a mean is more than 0.01 away from the reference implementations (spec/detection.md, section 5).
"""

import json
import pathlib
import subprocess
import sys
import tempfile

REFERENCE = {"isolation_forest": 0.813, "ecod": 0.802}
TOLERANCE = 0.01


def detect(binary, home, table, detector, seed):
    command = [binary, "detect", str(table), "--detector", detector, "--seed", str(seed)]
    command += ["--label", "label", "--top", "0", "--format", "json", "--quiet", "--home", home]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    evaluation = json.loads(answer.stdout)["evaluation"]
    return evaluation["auroc"]["value"], evaluation["average_precision"]["value"]


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def main():
    binary, folder, seeds = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    tables = sorted(folder.glob("*.parquet"), key=lambda table: table.stem.lower())
    if not tables:
        sys.exit(f"no tables in {folder}")
    # ECOD draws nothing at random: one run says all
    runs = {"isolation_forest": range(seeds), "ecod": range(1)}
    print(f"| data set | iforest AUROC | iforest AP | ecod AUROC | ecod AP |  ({seeds} seeds)")
    print("|---|---|---|---|---|")
    found = {detector: [] for detector in runs}
    with tempfile.TemporaryDirectory() as home:
        for table in tables:
            cells = []
            for detector, draws in runs.items():
                pairs = [detect(binary, home, table, detector, seed) for seed in draws]
                figures = mean(auroc for auroc, _ in pairs), mean(ap for _, ap in pairs)
                found[detector].append(figures)
                cells += [f"{figure:.3f}" for figure in figures]
            print(f"| {table.stem} | {' | '.join(cells)} |", flush=True)
    cells, failed = [], False
    for detector, figures in found.items():
        auroc, precision = mean(a for a, _ in figures), mean(p for _, p in figures)
        cells += [f"{auroc:.4f}", f"{precision:.4f}"]
        if abs(auroc - REFERENCE[detector]) > TOLERANCE:
            failed = True
            print(f"{detector}: mean AUROC {auroc:.4f}, expected {REFERENCE[detector]}", file=sys.stderr)
    print(f"| **mean** | {' | '.join(cells)} |")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
