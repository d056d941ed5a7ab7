"""The 30 checks as a schema of Pandera, all failures collected."""

import json
import sys
import warnings

warnings.filterwarnings("ignore")

import pandas
import pandera.pandas as pandera
from pandera.pandas import Check, Column, DataFrameSchema

tables = sys.argv[1]
frame = pandas.read_parquet(f"{tables}/flights.parquet")
airlines = set(pandas.read_csv(f"{tables}/airlines.csv")["carrier"])
airports = set(pandas.read_csv(f"{tables}/airports.csv")["faa"])
planes = set(pandas.read_csv(f"{tables}/planes.csv")["tailnum"])


def few_missing(share):
    return Check(lambda values: values.isna().mean() < share, ignore_na=False)


def mostly_in(known, share):
    return Check(lambda values: (~values.isin(known)).mean() < share)


between = Check.in_range
schema = DataFrameSchema(
    {
        "year": Column(),
        "month": Column(checks=between(1, 12)),
        "day": Column(checks=between(1, 31)),
        "dep_time": Column(nullable=True, checks=few_missing(0.03)),
        "sched_dep_time": Column(),
        "dep_delay": Column(
            nullable=True, checks=[between(-60, 1500), Check(lambda values: values.quantile(0.95) < 120)]
        ),
        "arr_delay": Column(nullable=True, checks=few_missing(0.03)),
        "carrier": Column(checks=[Check.str_length(2, 2), Check.isin(airlines)]),
        "flight": Column(),
        "tailnum": Column(
            nullable=True,
            checks=[few_missing(0.01), Check.str_matches("^N[0-9A-Z]{4,5}$"), mostly_in(planes, 0.2)],
        ),
        "origin": Column(checks=Check.isin(["EWR", "JFK", "LGA"])),
        "dest": Column(checks=mostly_in(airports, 0.03)),
        "air_time": Column(nullable=True, checks=Check(lambda values: 100 <= values.mean() <= 200)),
        "distance": Column(checks=between(0, 5000)),
        "hour": Column(checks=between(0, 23)),
        "minute": Column(checks=between(0, 59)),
        "time_hour": Column(),
    },
    checks=[
        Check(lambda table: 300_000 <= len(table) <= 400_000),
        Check(lambda table: (table["arr_delay"] - table["dep_delay"]).between(-120, 250) | table["arr_delay"].isna()),
        Check(lambda table: table["sched_dep_time"] // 100 == table["hour"]),
    ],
    unique=["time_hour", "carrier", "flight", "origin"],
)
try:
    schema.validate(frame, lazy=True)
    failures = 0
except pandera.errors.SchemaErrors as errors:
    failures = len(errors.failure_cases)
    print(errors.failure_cases.head(), file=sys.stderr)
print(json.dumps({"failures": failures}))
