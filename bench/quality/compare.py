"""Runs the checks of `pynomaly check` and its peers in turn and prints a Markdown table; see run.sh."""

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from measuring import measured, medians  # noqa: E402

PEERS = {
    "duckdb SQL by hand": ("quality", "duckdb_sql.py"),
    "Pandera": ("quality", "pandera_schema.py"),
    "Soda Core 3": ("soda", "soda_scan.py"),
    "Great Expectations": ("quality", "great_expectations_suite.py"),
}


def ours(report):
    """Counts and figures of our report, by kind and columns, in the order of the contract."""
    found = []
    for result in report["results"]:
        figure = result["contract"].get("figure")
        if result["verdict"] == "not_evaluated":
            sys.exit(f"not evaluated: {result}")
        found.append((result["contract"]["rule"], (figure or result["failed"])["value"]))
    return found


def agree(report, by_hand):
    """Every count and figure of DuckDB stands in our report as often."""
    mine = sorted(value for rule, value in ours(report) if rule != "columns")
    theirs = sorted(by_hand.values())
    if len(mine) != len(theirs) or any(abs(a - b) > 1e-9 * max(1, abs(b)) for a, b in zip(mine, theirs)):
        sys.exit(f"the findings differ:\n{ours(report)}\n{by_hand}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pynomaly")
    parser.add_argument("tables", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("times", type=int, nargs="?", default=5)
    arguments = parser.parse_args()
    contract = arguments.work / "flights.odcs.yaml"
    text = (HERE / "flights.odcs.yaml").read_text()
    contract.write_text(text.replace("TABLES", str(arguments.tables)))
    table = str(arguments.tables / "flights.parquet")
    check = [arguments.pynomaly, "check", table, "--contract", str(contract), "--contract-only"]
    check += ["--format", "json", "--threads", "2", "--home", str(arguments.work / "home")]
    contestants = {"pynomaly check": check}
    for name, (environment, script) in PEERS.items():
        python = str(arguments.work / environment / "bin" / "python")
        contestants[name] = [python, str(HERE / "peers" / script), str(arguments.tables)]
    runs = {name: [] for name in contestants}
    for turn in range(arguments.times):
        outputs = {}
        for name, command in contestants.items():
            # the slow ones twice at most
            if turn < 2 or not runs[name] or runs[name][0][1] < 10:
                run = measured(command, worst=1)
                outputs[name] = run[0]
                runs[name].append(run)
        agree(json.loads(outputs["pynomaly check"]), json.loads(outputs["duckdb SQL by hand"]))
    own = medians(runs["pynomaly check"])[0]
    print("| | CPU s | wall s | peak MiB | CPU of ours |\n| --- | ---: | ---: | ---: | ---: |")
    for name, times in runs.items():
        cpu, wall, memory = medians(times)
        print(f"| {name} | {cpu:.2f} | {wall:.2f} | {memory:.0f} | {cpu / own:.1f} × |")


main()
