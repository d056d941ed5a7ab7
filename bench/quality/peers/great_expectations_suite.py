"""The 30 checks as a suite of Great Expectations over a pandas table."""

import json
import logging
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas

tables = sys.argv[1]
frame = pandas.read_parquet(f"{tables}/flights.parquet")
# there is no expectation over an expression of columns
frame["gained"] = frame["arr_delay"] - frame["dep_delay"]
frame["expected_hour"] = frame["sched_dep_time"] // 100
values = {
    "carrier": list(pandas.read_csv(f"{tables}/airlines.csv")["carrier"]),
    "dest": list(pandas.read_csv(f"{tables}/airports.csv")["faa"]),
    "tailnum": list(pandas.read_csv(f"{tables}/planes.csv")["tailnum"]),
}
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
asset = context.data_sources.add_pandas("flights").add_dataframe_asset("flights")
batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
suite = gx.ExpectationSuite("flights")
required = ["year", "month", "day", "carrier", "flight", "origin", "dest", "time_hour", "sched_dep_time"]


def expect(name, expectation):
    expectation.meta = {"name": name}
    suite.add_expectation(expectation)



for column in required:
    expect(f"{column}.not_null", gxe.ExpectColumnValuesToNotBeNull(column=column))
for column, share in (("dep_time", 0.97), ("arr_delay", 0.97), ("tailnum", 0.99)):
    expect(f"{column}.not_null", gxe.ExpectColumnValuesToNotBeNull(column=column, mostly=share))
ranges = {
    "month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59),
    "distance": (0, 5000), "dep_delay": (-60, 1500),
}
for column, (low, high) in ranges.items():
    expect(f"{column}.between", gxe.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high))
expect("origin.set", gxe.ExpectColumnValuesToBeInSet(column="origin", value_set=["EWR", "JFK", "LGA"]))
expect("carrier.airlines", gxe.ExpectColumnValuesToBeInSet(column="carrier", value_set=values["carrier"]))
expect("tailnum.pattern", gxe.ExpectColumnValuesToMatchRegex(column="tailnum", regex="^N[0-9A-Z]{4,5}$"))
expect("carrier.length", gxe.ExpectColumnValueLengthsToEqual(column="carrier", value=2))
expect("key", gxe.ExpectCompoundColumnsToBeUnique(column_list=["time_hour", "carrier", "flight", "origin"]))
expect("dest.airports", gxe.ExpectColumnValuesToBeInSet(column="dest", value_set=values["dest"], mostly=0.97))
expect("tailnum.planes", gxe.ExpectColumnValuesToBeInSet(column="tailnum", value_set=values["tailnum"], mostly=0.8))
expect("rows", gxe.ExpectTableRowCountToBeBetween(min_value=300_000, max_value=400_000))
expect("delays", gxe.ExpectColumnValuesToBeBetween(column="gained", min_value=-120, max_value=250))
expect("hour of departure", gxe.ExpectColumnPairValuesToBeEqual(column_A="expected_hour", column_B="hour"))
expect("air_time.mean", gxe.ExpectColumnMeanToBeBetween(column="air_time", min_value=100, max_value=200))
expect(
    "dep_delay.quantile",
    gxe.ExpectColumnQuantileValuesToBeBetween(
        column="dep_delay", quantile_ranges={"quantiles": [0.95], "value_ranges": [[None, 120]]}
    ),
)
result = batch.validate(suite, result_format="BASIC")
found = {}
for each in result.results:
    name = each.expectation_config.meta["name"]
    if each.exception_info.get("raised_exception"):
        sys.exit(f"{name}: {each.exception_info}")
    value = each.result.get("unexpected_count", each.result.get("observed_value"))
    found[name] = value["values"][0] if isinstance(value, dict) else value
print(json.dumps({name: float(value) for name, value in found.items()}))
