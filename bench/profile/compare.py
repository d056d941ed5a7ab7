"""Runs `pynomaly profile` and its peers in turn and prints a Markdown table; see run.sh."""

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from measuring import measured, medians  # noqa: E402

SUMMARIZE = "import duckdb; duckdb.sql('SET threads=2'); print(len(duckdb.sql(\"SUMMARIZE FROM '{0}'\").fetchall()))"
PLAIN_READS = {
    "duckdb read": "import duckdb; duckdb.sql('SET threads=2'); duckdb.sql(\"CREATE TABLE t AS FROM '{0}'\")",
    "polars read": "import polars; polars.read_csv('{0}', null_values=['NA'], infer_schema_length=100000)",
    "pyarrow read": "import pyarrow.csv; pyarrow.csv.read_csv('{0}')",
}
DESCRIBE = "import polars; print(polars.read_parquet('{0}').describe())"
YDATA = (
    "import pandas, ydata_profiling; "
    "ydata_profiling.ProfileReport(pandas.read_parquet('{0}'), progress_bar=False).to_file('/dev/null')"
)


def made(path, sql):
    """A table made by DuckDB when it is missing, in a process of its own: the peak memory of a
    process counts from its parent's."""
    if not path.exists():
        command = [sys.executable, "-c", "import duckdb, sys; duckdb.sql(sys.argv[1])", sql.format(path)]
        subprocess.run(command, check=True)
    return path


def tables(source, work):
    """The tables to profile."""
    big = made(
        work / "flights30.parquet",
        f"""COPY (SELECT flights.* REPLACE (flight + 10000 * number AS flight)
            FROM range(30) AS copies(number), '{source}' AS flights) TO '{{}}' (FORMAT parquet)""",
    )
    texts = [
        made(work / f"{parquet.stem}.csv", f"COPY (FROM '{parquet}') TO '{{}}' (HEADER)")
        for parquet in (source, big)
    ]
    columns = ", ".join(
        f"hash(i * 1000 + {n}) % {10 ** (n % 7 + 1)} AS n{n}"
        if n % 3 == 0
        else f"(hash(i * 1000 + {n}) % 100000) / 7.0 AS x{n}"
        if n % 3 == 1
        else f"'value ' || (hash(i * 1000 + {n}) % {n + 2}) AS t{n}"
        for n in range(1000)
    )
    wide = made(
        work / "wide.parquet",
        f"COPY (SELECT {columns} FROM range(10000) AS rows(i)) TO '{{}}' (FORMAT parquet)",
    )
    return [source, big, *texts, wide]


def contestants(pynomaly, table, python, with_ydata):
    """What is run on a table, by name."""
    yield "pynomaly profile", [pynomaly, "profile", str(table), "--format", "json", "--threads", "2"]
    yield "duckdb SUMMARIZE", [python, "-c", SUMMARIZE.format(table)]
    if table.suffix == ".csv":
        for name, code in PLAIN_READS.items():
            yield name, [python, "-c", code.format(table)]
    else:
        yield "polars describe", [python, "-c", DESCRIBE.format(table)]
        if with_ydata and table.stat().st_size < 20_000_000:
            yield "ydata-profiling", [python, "-c", YDATA.format(table)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pynomaly")
    parser.add_argument("table", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("times", type=int, nargs="?", default=3)
    parser.add_argument("--ydata", action="store_true", help="also ydata-profiling, which takes minutes")
    options = parser.parse_args()
    print("| table | command | CPU s | wall s | peak MiB | CPU, of SUMMARIZE |")
    print("| --- | --- | --- | --- | --- | --- |")
    for table in tables(options.table, options.work):
        todo = dict(contestants(options.pynomaly, table, sys.executable, options.ydata))
        runs = {name: [] for name in todo}
        for _ in range(options.times):
            for name, command in todo.items():
                if name == "ydata-profiling" and runs[name]:
                    continue
                runs[name].append(measured(command))
        middle = {name: medians(times) for name, times in runs.items()}
        peer = middle["duckdb SUMMARIZE"][0]
        for name, (cpu, wall, peak) in middle.items():
            print(f"| {table.name} | {name} | {cpu:.2f} | {wall:.2f} | {peak:.0f} | {cpu / peer:.2f} |", flush=True)


if __name__ == "__main__":
    main()
