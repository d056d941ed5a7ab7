"""The 30 checks by hand: one pass of aggregates, and a query for each check that joins or groups."""

import json
import sys

import duckdb

tables = sys.argv[1]
duckdb.sql("SET threads=2")
duckdb.sql(f"CREATE VIEW flights AS FROM '{tables}/flights.parquet'")
REQUIRED = ["year", "month", "day", "carrier", "flight", "origin", "dest", "time_hour", "sched_dep_time"]
RANGES = {
    "month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59),
    "distance": (0, 5000), "dep_delay": (-60, 1500),
}
aggregates = {f"{column}.not_null": f"count(*) FILTER ({column} IS NULL)" for column in REQUIRED}
for column in ("dep_time", "arr_delay", "tailnum"):
    aggregates[f"{column}.not_null"] = f"count(*) FILTER ({column} IS NULL)"
for column, (low, high) in RANGES.items():
    aggregates[f"{column}.between"] = f"count(*) FILTER ({column} NOT BETWEEN {low} AND {high})"
aggregates |= {
    "origin.set": "count(*) FILTER (origin NOT IN ('EWR', 'JFK', 'LGA'))",
    "tailnum.pattern": "count(*) FILTER (NOT regexp_matches(tailnum, '^N[0-9A-Z]{4,5}$'))",
    "carrier.length": "count(*) FILTER (length(carrier) <> 2)",
    "delays": "count(*) FILTER (arr_delay - dep_delay NOT BETWEEN -120 AND 250)",
    "hour of departure": "count(*) FILTER (sched_dep_time // 100 <> hour)",
    "rows": "count(*)",
    "air_time.mean": "avg(air_time)",
    "dep_delay.quantile": "quantile_cont(dep_delay, 0.95)",
}
row = duckdb.sql("SELECT " + ", ".join(aggregates.values()) + " FROM flights").fetchone()
found = dict(zip(aggregates, row))


def one(name, query):
    found[name] = duckdb.sql(query).fetchone()[0]


one("key", "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM flights GROUP BY time_hour, carrier, flight, origin)")
for name, column, other, key in [
    ("carrier.airlines", "carrier", "airlines", "carrier"),
    ("dest.airports", "dest", "airports", "faa"),
    ("tailnum.planes", "tailnum", "planes", "tailnum"),
]:
    one(name, f"SELECT count(*) FROM flights ANTI JOIN '{tables}/{other}.csv' AS other ON flights.{column} = other.{key} WHERE flights.{column} IS NOT NULL")
print(json.dumps({name: float(value) for name, value in found.items()}))
