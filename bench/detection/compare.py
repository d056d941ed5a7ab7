"""Runs `pynomaly detect` and its peers in turn and prints a Markdown table; see run.sh."""

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from measuring import measured, medians  # noqa: E402

# Rows × columns, and what is too slow on more.
TABLES = {"100k × 10": (100_000, 10), "1M × 10": (1_000_000, 10), "1M × 50": (1_000_000, 50)}
SLOW = {"knn", "lof", "inne"}
PEERS = {
    "isolation_forest": [
        "scikit-learn isolation forest",
        "coniferest isolation forest",
        "isotree isolation forest",
        "PyOD isolation forest",
    ],
    "extended_isolation_forest": ["isotree extended"],
    "ecod": ["PyOD ecod"],
    "copod": ["PyOD copod"],
    "hbos": ["PyOD hbos"],
    "knn": ["scikit-learn-intelex knn", "PyOD knn"],
    "lof": ["scikit-learn-intelex lof", "PyOD lof"],
    "inne": ["PyOD inne"],
}
# One row in 200 is planted: some columns of it come from a wider distribution.
MAKE = """
import sys, numpy, pyarrow, pyarrow.parquet
rows, columns, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
random = numpy.random.default_rng(7)
centres = random.normal(0, 4, (5, columns))
table = centres[random.integers(0, 5, rows)] + random.normal(0, 1, (rows, columns))
planted = random.random(rows) < 0.005
table[planted] += (random.random((planted.sum(), columns)) < 0.3) * random.normal(0, 8, (planted.sum(), columns))
names = [f"x{column}" for column in range(columns)]
pyarrow.parquet.write_table(pyarrow.table(dict(zip(names, table.T))), path)
numpy.save(path + ".npy", planted)
"""
JUDGE = """
import sys, numpy
from sklearn.metrics import roc_auc_score
scores, planted = sys.argv[1], numpy.load(sys.argv[2])
if scores.endswith(".npy"):
    scores = numpy.load(scores)
else:
    import pyarrow.parquet
    scores = pyarrow.parquet.read_table(scores, columns=["score"])["score"].to_numpy()
print(roc_auc_score(planted, scores))
"""


def alone(code, *arguments):
    """Output of a few lines of Python in a process of its own: peak memory counts from the parent's."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def contestants(pynomaly, detector, table, work):
    """What is run with a detector: the command, and where its scores go."""
    ours = str(work / "scores.parquet")
    command = [pynomaly, "detect", str(table), "--detector", detector, "--output", ours, "--threads", "2", "--quiet"]
    yield f"pynomaly {detector}", command + ["--memory", "8GiB", "--home", str(work / "home")], ours
    for peer in PEERS[detector]:
        scores = str(work / "scores.npy")
        yield peer, [sys.executable, str(HERE / "peers.py"), peer, str(table), scores], scores


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pynomaly")
    parser.add_argument("work", type=Path)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--table", choices=TABLES, action="append", help="only this table")
    parser.add_argument("--detector", choices=PEERS, action="append", help="only this detector")
    options = parser.parse_args()
    print("| table | command | CPU s | wall s | peak MiB | CPU, of ours | AUROC of planted rows |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for title in options.table or TABLES:
        rows, columns = TABLES[title]
        table = options.work / f"planted-{rows}-{columns}.parquet"
        if not table.exists():
            alone(MAKE, rows, columns, table)
        for detector in options.detector or PEERS:
            if detector in SLOW and rows > 100_000:
                continue
            todo = list(contestants(options.pynomaly, detector, table, options.work))
            runs = {name: [] for name, *_ in todo}
            found = {}
            for _ in range(options.times):
                for name, command, scores in todo:
                    runs[name].append(measured(command, {"OMP_NUM_THREADS": "2", "NUMBA_NUM_THREADS": "2"}))
                    if name not in found:
                        found[name] = float(alone(JUDGE, scores, f"{table}.npy"))
            ours = medians(runs[todo[0][0]])[0]
            for name, *_ in todo:
                cpu, wall, peak = medians(runs[name])
                figures = f"{cpu:.2f} | {wall:.2f} | {peak:.0f} | {cpu / ours:.1f} | {found[name]:.3f}"
                print(f"| {title} | {name} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
