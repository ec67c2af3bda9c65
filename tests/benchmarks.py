"""`python -m tests.benchmarks`: the figures of the design, measured here, beside their bars.

Bars are for a quiet machine of two cores; on a noisy one compare runs with each other. Exit code 1 when
a bar is missed.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import inspect
import sys

from bot.__main__ import NEW_OBJECTS

MODULES = (
    "tests.benchmarks_pipelines",
    "tests.benchmarks_check",
    "tests.benchmarks_trust",
    "tests.benchmarks_text",
    "tests.benchmarks_edge",
    "tests.benchmarks_investigator",
    "tests.benchmarks_process",
)


def main() -> int:
    # As every command of the program has it.
    gc.set_threshold(NEW_OBJECTS)
    missed = 0
    for name in MODULES:
        measured = importlib.import_module(name).measure()
        rows = asyncio.run(measured) if inspect.iscoroutine(measured) else measured
        for what, figure, bar in rows:
            fits = figure <= bar
            missed += not fits
            print(f"{'ok  ' if fits else 'MISS'} {what:<72} {figure:>10.3f}  bar {bar:g}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
