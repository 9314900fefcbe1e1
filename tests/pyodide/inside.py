"""What runs inside Pyodide: pytest, and a record of what became of each test."""

from __future__ import annotations

import json
import os
import sys

WORK = "/work"


class Record:
    """A pytest plugin: (test, "passed" | "failed" | "skipped", why), each test once."""

    def __init__(self):
        self.results = {}

    def pytest_internalerror(self, excrepr):
        self.results["pytest itself"] = ("failed", str(excrepr))

    def pytest_collectreport(self, report):
        if report.failed:
            self.results[report.nodeid] = ("failed", report.longreprtext)

    def pytest_runtest_logreport(self, report):
        if report.skipped:
            self.results[report.nodeid] = ("skipped", report.longrepr[2].removeprefix("Skipped: "))
        elif report.failed or report.when == "call":
            self.results[report.nodeid] = (report.outcome, report.longreprtext)


def run(arguments):
    """Run pytest in the unpacked project; return the record as JSON."""
    sys.path[:0] = [f"{WORK}/packages"]
    os.chdir(f"{WORK}/project")
    import numpy as np
    import pytest

    record = Record()
    # Rewritten assertions would tell more of a failure, which the same test tells outside, and take a quarter longer.
    code = pytest.main(["-q", "-p", "no:cacheprovider", "--tb=short", "--assert=plain", *arguments], plugins=[record])
    facts = {"platform": sys.platform, "index bits": np.intp(0).itemsize * 8, "code": int(code)}
    return json.dumps({"facts": facts, "results": record.results})
