"""Scores of exported models against those of `detect --pipeline`: check.py PYNOMALY FOLDER.

A model learns from one table; what is scored is another one, with values between those learned,
on borders, far out, infinite and missing.
"""

import json
import os
import subprocess
import sys
import time

import duckdb
import numpy as np
import onnxruntime

DETECTORS = [
    "isolation_forest",
    "extended_isolation_forest",
    "fair_cut_forest",
    "ecod",
    "copod",
    "hbos",
    "loda",
    "pca",
    "mcd",
]
ONNX_TOLERANCE = 1e-5
SQL_TOLERANCE = 1e-9
ROWS = 1200

pynomaly, folder = sys.argv[1:]
postgres = os.environ.get("PYNOMALY_TEST_POSTGRES")
database = duckdb.connect()


def run(*arguments, codes=(0,)):
    command = [pynomaly, "--home", f"{folder}/home", *arguments]
    ended = subprocess.run(command, capture_output=True, cwd=folder)
    if ended.returncode not in codes:
        sys.exit(f"{' '.join(arguments)} ended with {ended.returncode}:\n{ended.stderr.decode()}")
    return ended


def psql(text):
    command = ["psql", postgres, "--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1"]
    command += ["--csv", "--tuples-only", "-c", "SET jit = off", "-f", "-"]
    ended = subprocess.run(command, input=text.encode(), capture_output=True, cwd=folder)
    if ended.returncode:
        sys.exit(f"psql: {ended.stderr.decode()}")
    return ended.stdout.decode()


def quoted(name):
    return '"%s"' % name.replace('"', '""')


def make(name, columns, seed, rows, odd):
    """A Parquet file of generated columns; `odd` adds what the learned one has none of."""
    database.execute(f"SELECT setseed({seed})")
    chosen = ",\n".join(f"{it} AS {quoted(column)}" for column, (_, it) in columns.items())
    database.execute(f"CREATE OR REPLACE TABLE made AS SELECT {chosen} FROM range({rows}) AS r(i)")
    for at, (column, (kind, _)) in enumerate(columns.items()):
        if not odd or column == "id":
            continue
        column = quoted(column)
        where = f"WHERE id % 97 = {at + 1}"
        database.execute(f"UPDATE made SET {column} = NULL {where}")
        if kind == "double precision":
            for place, value in enumerate(["'NaN'", "'Infinity'", "'-Infinity'", "1e9", "-1e9"]):
                where = f"WHERE id % 97 = {40 + 5 * place + at % 5}"
                database.execute(f"UPDATE made SET {column} = CAST({value} AS DOUBLE) {where}")
    database.execute(f"COPY (FROM made ORDER BY id) TO '{folder}/{name}.parquet'")
    if odd and postgres:
        kinds = ", ".join(f"{quoted(column)} {kind}" for column, (kind, _) in columns.items())
        database.execute(f"COPY (FROM made ORDER BY id) TO '{folder}/{name}.csv' (HEADER)")
        psql(f'DROP TABLE IF EXISTS "{name}"; CREATE TABLE "{name}" ({kinds});\n'
             f"\\copy \"{name}\" FROM '{name}.csv' CSV HEADER\n")


NORMAL = "sqrt(-2 * ln(1 - random())) * cos(6.283185307179586 * random())"
NUMBERS = {
    "id": ("bigint", "i"),
    "whole": ("integer", "CAST(floor(random() * 11) AS INTEGER)"),
    "amount": ("double precision", f"20 + 3 * {NORMAL}"),
    "half": ("double precision", "round(random() * 20) / 2"),
    "some": ("double precision", f"CASE WHEN random() < 0.9 THEN {NORMAL} END"),
    "cents": ("numeric(9, 2)", "CAST(random() * 50 AS DECIMAL(9, 2))"),
    'odd "name" -- x': ("double precision", "-ln(1 - random())"),
    "score": ("double precision", f"{NORMAL}"),
}
TIMES = {
    "id": NUMBERS["id"],
    "flag": ("boolean", "random() < 0.2"),
    "day": ("date", "DATE '2024-01-01' + CAST(floor(random() * 200) AS INTEGER)"),
    "at": ("timestamp",
           "TIMESTAMP '1969-11-30 00:00:00' + INTERVAL 1 SECOND * floor(random() * 9000000)"),
    "x0": ("double precision", NORMAL),
}
MIXED = {
    **TIMES,
    "kind": ("text", "CASE WHEN random() < 0.1 THEN NULL WHEN random() < 0.05 THEN 'it''s' "
                     "WHEN random() < 0.5 THEN 'a' ELSE 'b' END"),
}


def compare(what, found, ours, tolerance):
    """The largest difference, by the score where that is above 1."""
    found, ours = np.asarray(found, dtype=float), np.asarray(ours, dtype=float)
    if found.shape != ours.shape:
        sys.exit(f"{what}: {found.shape} scores, not {ours.shape}")
    off = np.abs(found - ours) / np.maximum(1, np.abs(ours))
    if not np.all(off <= tolerance):
        row = int(np.argmax(np.where(np.isnan(off), np.inf, off)))
        sys.exit(f"{what}: row {row} scores {found[row]}, not {ours[row]}")
    return float(np.max(off))


def in_onnxruntime(path, table):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    columns = json.loads(metadata["pynomaly.columns"])
    seconds = {"seconds since 1970": "epoch({})", "seconds": "epoch({})"}

    def values(column):
        number = seconds.get(column["unit"], "{}").format(quoted(column["name"]))
        query = f"SELECT coalesce(CAST({number} AS DOUBLE), 'NaN') FROM '{table}' ORDER BY id"
        return database.sql(query).fetchnumpy()
    inputs = {}
    for column in columns:
        (found,) = values(column).values()
        inputs[column["input"]] = np.ma.filled(found, np.nan).astype(np.float64).reshape(-1, 1)
    (scores,) = session.run(["score"], inputs)
    examples = json.loads(metadata["pynomaly.conformance"])
    rows = np.array([example["row"] for example in examples], dtype=np.float64)
    fed = {column["input"]: rows[:, [at]] for at, column in enumerate(columns)}
    (told,) = session.run(["score"], fed)
    expected = [example["score"] for example in examples]
    compare(f"{path}, its own rows", told[:, 0], expected, ONNX_TOLERANCE)
    return scores[:, 0]


def check(table, columns, detectors, to_onnx):
    make(f"{table}_learned", columns, 0.1, ROWS, odd=False)
    make(f"{table}_new", columns, 0.7, 600, odd=True)
    new = f"{folder}/{table}_new.parquet"
    for detector in detectors:
        began = time.monotonic()
        name = f"{table}_{detector}"
        # the gate may speak of what is odd in the table; the model is what counts
        run("run", f"{table}_learned.parquet", "--name", name, "--detector", detector)
        run("detect", new, "--pipeline", name, "--output", f"{folder}/{name}.parquet")
        query = f"SELECT score FROM '{folder}/{name}.parquet' ORDER BY row"
        ours = [score for (score,) in database.sql(query).fetchall()]
        told = [name]
        export = ["pipeline", "export", name, "--output"]
        if to_onnx:
            run(*export, f"{name}.onnx", "--to", "onnx")
            scores = in_onnxruntime(f"{folder}/{name}.onnx", new)
            off = compare(f"{name} in onnxruntime", scores, ours, ONNX_TOLERANCE)
            size = os.path.getsize(f"{folder}/{name}.onnx") / 1e6
            told.append(f"ONNX {size:.2f} MB off {off:.0e}")
        else:
            run(*export, f"{name}.onnx", "--to", "onnx", codes=(2,))
        run(*export, f"{name}.sql", "--to", "sql", "--table", f"{table}_new")
        text = open(f"{folder}/{name}.sql").read()
        output = "anomaly_score" if "score" in columns else "score"
        text = text.rstrip().rstrip(";")
        text = f'SELECT q."{output}" FROM (\n{text}\n) AS q ORDER BY "id"'
        database.execute(f"CREATE OR REPLACE VIEW {table}_new AS FROM '{new}'")
        scores = [score for (score,) in database.sql(text).fetchall()]
        off = compare(f"{name} in DuckDB", scores, ours, SQL_TOLERANCE)
        told.append(f"SQL {len(text) / 1e6:.2f} MB off {off:.0e} in DuckDB")
        if postgres:
            scores = [float(line) for line in psql(f"{text};").split()]
            off = compare(f"{name} in PostgreSQL", scores, ours, SQL_TOLERANCE)
            told.append(f"{off:.0e} in PostgreSQL")
        print(", ".join(told), f"({time.monotonic() - began:.1f} s)", flush=True)


check("numbers", NUMBERS, DETECTORS, to_onnx=True)
check("times", TIMES, ["isolation_forest", "hbos", "pca"], to_onnx=True)
check("mixed", MIXED, ["isolation_forest", "ecod", "mcd"], to_onnx=False)
run("run", "numbers_learned.parquet", "--name", "near", "--detector", "knn")
for target in ["onnx", "sql"]:
    refused = run("pipeline", "export", "near", "--to", target, codes=(2,)).stderr.decode()
    assert "isolation_forest" in refused, refused
print("exported models score as pynomaly does")
