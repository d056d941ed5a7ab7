"""What every comparison of whole commands measures; see the run.sh of each."""

import os
import statistics
import subprocess
import sys
import time


def measured(command, environment=None, worst=0):
    """Output, CPU seconds (user and system of all threads), wall seconds and peak MiB of a command, alone.

    An exit status above `worst` ends the comparison.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, **(environment or {})}
    )
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    code = os.waitstatus_to_exitcode(status)
    if not 0 <= code <= worst:
        sys.exit(f"{command} ended with {code}; run it alone to see why")
    return output, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024


def medians(runs):
    """The median of each figure of several runs, without their outputs."""
    return [statistics.median(figures) for figures in zip(*(run[1:] for run in runs))]
