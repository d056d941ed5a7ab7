"""Runs `pynomaly detect` on labelled tables and prints how well scores separate the labels.

usage: table.py BINARY FOLDER SEEDS [DETECTOR…]
Labels are only evaluated with; the detectors see the other columns of all rows. Ends with 1 when
a mean is more than 0.01 below that of the reference implementations (spec/detection.md, section 5).
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

# Mean AUROC of the usual implementations over the sets they could do; None: not measured there.
REFERENCE = {
    # the best single one: what an ensemble has to beat
    "auto": 0.819,
    "isolation_forest": 0.813,
    "extended_isolation_forest": 0.819,
    "ecod": 0.802,
    "copod": 0.799,
    "hbos": 0.745,
    "knn": 0.780,
    "lof": 0.707,
    "pca": 0.793,
    "cblof": 0.789,
    "mcd": 0.813,
    "gmm": 0.812,
    "inne": 0.811,
    "loda": 0.712,
    "ocsvm": 0.737,
    "kde": 0.756,
}
DRAWS = {"auto", "isolation_forest", "extended_isolation_forest", "fair_cut_forest"}
DRAWS |= {"inne", "loda", "cblof", "ocsvm"}
TOLERANCE = 0.01
LONGEST = 600


def detect(binary, home, table, detector, seed):
    """AUROC and average precision, or None when it took too long."""
    command = [binary, "detect", str(table), "--detector", detector, "--seed", str(seed)]
    command += ["--label", "label", "--top", "0", "--format", "json", "--quiet", "--home", home]
    try:
        answer = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return None
    evaluation = json.loads(answer.stdout)["evaluation"]
    return evaluation["auroc"]["value"], evaluation["average_precision"]["value"]


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def main():
    binary, folder, seeds = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    detectors = sys.argv[4:] or list(REFERENCE)
    tables = sorted(folder.glob("*.parquet"), key=lambda table: table.stem.lower())
    if not tables:
        sys.exit(f"no tables in {folder}")
    print(f"| AUROC ({seeds} seeds where chance plays) | {' | '.join(detectors)} |")
    print("|---" * (len(detectors) + 1) + "|")
    found = {detector: [] for detector in detectors}
    seconds = dict.fromkeys(detectors, 0.0)
    with tempfile.TemporaryDirectory() as home:
        for table in tables:
            cells = []
            for detector in detectors:
                began = time.perf_counter()
                draws = range(seeds if detector in DRAWS else 1)
                pairs = [detect(binary, home, table, detector, seed) for seed in draws]
                seconds[detector] += time.perf_counter() - began
                if None in pairs:
                    cells.append("–")
                    continue
                found[detector].append(tuple(mean(values) for values in zip(*pairs)))
                cells.append(f"{found[detector][-1][0]:.3f}")
            print(f"| {table.stem} | {' | '.join(cells)} |", flush=True)
    means = {name: mean(a for a, _ in figures) for name, figures in found.items() if figures}
    precision = {name: mean(p for _, p in figures) for name, figures in found.items() if figures}
    for title, row in [("mean AUROC", means), ("mean average precision", precision)]:
        print(f"| **{title}** | {' | '.join(f'{row[name]:.4f}' for name in detectors)} |")
    print(f"| seconds in all | {' | '.join(f'{seconds[name]:.1f}' for name in detectors)} |")
    below = [name for name in means if means[name] < REFERENCE.get(name, 0) - TOLERANCE]
    for name in below:
        print(f"{name}: mean AUROC {means[name]:.4f}, expected {REFERENCE[name]}", file=sys.stderr)
    sys.exit(1 if below else 0)


if __name__ == "__main__":
    main()
