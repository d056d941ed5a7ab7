"""The 30 checks as a scan of Soda Core 3 over DuckDB."""

import json
import logging
import sys

import duckdb
from soda.scan import Scan

logging.disable(logging.CRITICAL)
tables = sys.argv[1]
CHECKS = """
checks for flights:
  - row_count between 300000 and 400000
  - duplicate_count(time_hour, carrier, flight, origin) = 0
  - avg(air_time) between 100 and 200
  - percentile(dep_delay, 0.95) < 120
  - missing_percent(dep_time) < 3
  - missing_percent(arr_delay) < 3
  - missing_percent(tailnum) < 1
  - invalid_count(origin) = 0:
      valid values: [EWR, JFK, LGA]
  - invalid_count(tailnum) = 0:
      valid regex: ^N[0-9A-Z]{4,5}$
  - invalid_count(carrier) = 0:
      valid length: 2
  - values in (carrier) must exist in airlines (carrier)
  - values in (dest) must exist in airports (faa)
  - values in (tailnum) must exist in planes (tailnum)
  - failed rows:
      name: delays
      fail condition: arr_delay - dep_delay NOT BETWEEN -120 AND 250
  - failed rows:
      name: hour of departure
      fail condition: sched_dep_time // 100 <> hour
"""
for column in ["year", "month", "day", "carrier", "flight", "origin", "dest", "time_hour", "sched_dep_time"]:
    CHECKS += f"  - missing_count({column}) = 0\n"
ranges = {
    "month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59),
    "distance": (0, 5000), "dep_delay": (-60, 1500),
}
for column, (low, high) in ranges.items():
    CHECKS += f"  - invalid_count({column}) = 0:\n      valid min: {low}\n      valid max: {high}\n"

connection = duckdb.connect()
connection.sql("SET threads=2")
connection.sql(f"CREATE VIEW flights AS FROM '{tables}/flights.parquet'")
for other in ("airlines", "airports", "planes"):
    connection.sql(f"CREATE VIEW {other} AS FROM '{tables}/{other}.csv'")
scan = Scan()
scan.add_duckdb_connection(connection)
scan.set_data_source_name("duckdb")
scan.add_sodacl_yaml_str(CHECKS)
scan.execute()
results = scan.get_scan_results()
unknown = [check["name"] for check in results["checks"] if check["outcome"] is None]
if unknown:
    sys.exit(f"not evaluated: {unknown} {scan.get_error_logs_text()}")
print(json.dumps({check["name"]: check["outcome"] for check in results["checks"]}))
