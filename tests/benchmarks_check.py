"""`check`: how its time grows with the file, what a file beyond all bounds costs, a schema checker beside it.

The schema checker is `check-jsonschema` (from PyPI), found on PATH or at $CHECK_JSONSCHEMA; without it that
row is left out.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from knowledge.casefile import CaseFile
from knowledge.engine import diagnose
from knowledge.finding import Diagnosis
from knowledge.pipelines import parse
from knowledge.reading import Known
from knowledge.suspects import choose_suspects

Row = tuple[str, float, float]

_ROOT = Path(__file__).parents[1]
_EXAMPLE = _ROOT / "bot" / "playground" / "example" / "parcel-tracker" / "bitbucket-pipelines.yml"
_SIZES = (1, 10, 100, 500)


def file_of(kilobytes: int, salt: int) -> str:
    """A right file of that size: a step with a login in each kilobyte, no two scripts alike."""
    parts = ["image: acme/build:2.17\n\npipelines:\n  custom:\n"]
    size = len(parts[0])
    for number in range(kilobytes * 2):
        room = kilobytes * 1_000 - size
        if room < 900:
            break
        text = (
            f"    job-{number}:\n      - step:\n          name: Job {number}\n          oidc: true\n"
            "          script:\n"
            f"            - export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/job-{salt}-{number}\n"
            "            - export AWS_REGION=eu-central-1\n"
            f'            - export AWS_WEB_IDENTITY_TOKEN_FILE="$HOME/.token-{number}"\n'
            '            - printf \'%s\' "$BITBUCKET_STEP_OIDC_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE"\n'
            f"            - |\n              set -e\n              make prepare-{salt}-{number}\n"
            f"              for part in one two three; do ./build.sh $part {number}; done\n"
            f"            - aws s3 sync build/{number} s3://acme-{salt}-{number} --delete\n"
            f"          # {'what this job is for, ' * 12}\n"
        )
        parts.append(text)
        size += len(text)
    return "".join(parts)


def checked(text: str) -> Diagnosis:
    """All that `check` does with a file once it is read."""
    file = parse(text)
    suspects = choose_suspects(file)
    return diagnose(CaseFile(pipeline_file=Known(file, file.path), suspects=suspects))


def _milliseconds(kilobytes: int) -> float:
    """Of the quickest, each time with a text never seen before."""
    times = 3 if kilobytes > 100 else 8
    found = []
    for salt in range(times):
        text = file_of(kilobytes, salt * 1_000 + kilobytes)
        start = time.process_time()
        diagnosis = checked(text)
        found.append(time.process_time() - start)
        assert diagnosis.findings == (), diagnosis.findings[0].headline
    return min(found) * 1000


def _seconds(command: list[str], stdin: bytes | None = None) -> tuple[float, int]:
    """Of the quickest of several, so that a busy machine does not decide; and its exit code."""
    best, code = float("inf"), 0
    for _ in range(7):
        start = time.perf_counter()
        done = subprocess.run(command, input=stdin, check=False, capture_output=True, cwd=_ROOT)
        best, code = min(best, time.perf_counter() - start), done.returncode
    return best, code


def _growth() -> list[Row]:
    """The time itself has no bar of its own: it goes with the steps that use OIDC, and here all do."""
    times = {size: _milliseconds(size) for size in _SIZES}
    rows = [(f"check a file of {size} kB (ms)", times[size], float("inf")) for size in _SIZES]
    for small, large in pairwise(_SIZES[1:]):
        ratio = times[large] / large / (times[small] / small)
        rows.append((f"the same by kB, {large} kB against {small} kB (ratio)", ratio, 1.5))
    return rows


def _many_faults() -> list[Row]:
    """900 faulty steps, which is near to as many as a file may have, and scripts built to be hard to read."""
    head = "pipelines:\n  default:\n"
    faulty = {
        "900 steps with `OIDC`": "    - step: {OIDC: true, script: [aws s3 ls]}\n",
        "900 steps with `oidc: yes`": "    - step: {oidc: yes, script: [aws s3 ls]}\n",
        "900 steps without `oidc`": "    - step: {script: [x $BITBUCKET_STEP_OIDC_TOKEN]}\n",
        "900 steps of one deployment": "    - step: {oidc: true, deployment: p, script: [aws s3 ls]}\n",
    }
    rows = []
    for what, step in faulty.items():
        start = time.process_time()
        assert len(checked(head + step * 900).findings) >= 1
        rows.append((f"check {what} (s)", time.process_time() - start, 1.0))
    script = "    - step:\n        oidc: true\n        script:\n"
    nested = "".join(f"          - 'aws {'$(a ' * 390} {number}'\n" for number in range(290))
    start = time.process_time()
    checked(head + script + nested)
    return [*rows, ("check 460 kB of nested `$(` (s)", time.process_time() - start, 1.0)]


def _too_large() -> list[Row]:
    """10 MB of a pipeline file, and of what is no text."""
    rows = []
    inputs: list[tuple[str, Callable[[], bytes]]] = [
        ("10 MB of steps", lambda: file_of(500, 0).encode() * 20),
        ("10 MB of zeros", lambda: b"\0" * 10_000_000),
    ]
    with tempfile.TemporaryDirectory(prefix="rolecall-benchmark-") as folder:
        path = Path(folder) / "bitbucket-pipelines.yml"
        for what, made in inputs:
            path.write_bytes(made())
            seconds, code = _seconds([sys.executable, "-m", "bot", "check", str(path)])
            assert code == 2
            rows.append((f"check {what}, the whole process (s)", seconds, 1.0))
        path.write_bytes(made()[:7_900_000])
        seconds, code = _seconds([sys.executable, "-m", "bot", "check", str(path)])
        assert code == 1
        rows.append(("check 7.9 MB of zeros, the whole process (s)", seconds, 1.0))
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    rows.append(("memory of the largest of these processes (MB)", used, 200))
    return rows


def _beside_a_schema() -> list[Row]:
    program = os.environ.get("CHECK_JSONSCHEMA") or shutil.which("check-jsonschema")
    if program is None:
        return []
    ours, _ = _seconds([sys.executable, "-m", "bot", "check", str(_EXAMPLE)])
    theirs, _ = _seconds([program, "--builtin-schema", "vendor.bitbucket-pipelines", str(_EXAMPLE)])
    return [
        ("check-jsonschema of the same file, the whole process (s)", theirs, float("inf")),
        ("`check FILE` beside it, the whole process (s)", ours, theirs),
    ]


def measure() -> list[Row]:
    """Rows of what (with its unit), the figure, and the bar."""
    return [*_growth(), *_many_faults(), *_too_large(), *_beside_a_schema()]
