"""`python -m tests.locked`: every dependency is locked, with hashes, in an allowed version."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


_INDEX = re.compile(r"^\s*(?:-i|--index-url|--extra-index-url|--find-links|--trusted-host)\b", re.MULTILINE)


def locked(path: Path) -> dict[str, tuple[str, int]]:
    """Name → (version, number of hashes) of a requirements file."""
    found: dict[str, tuple[str, int]] = {}
    for block in re.split(r"\n(?=\S)", path.read_text(encoding="utf-8")):
        if match := re.match(r"([A-Za-z0-9_.\-]+)==([^\s\\;]+)", block):
            found[re.sub(r"[-_.]+", "-", match[1]).lower()] = (match[2], block.count("--hash="))
    return found


def problems() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runs, tests = locked(ROOT / "requirements.txt"), locked(ROOT / "tests" / "requirements.txt")
    found = []
    wanted = [(line, "requirements.txt", runs) for line in project["dependencies"]]
    wanted += [
        (line, "tests/requirements.txt", tests)
        for line in project["dependencies"] + project["optional-dependencies"]["test"]
    ]
    for line, name, lock in wanted:
        requirement = Requirement(line)
        version, hashes = lock.get(re.sub(r"[-_.]+", "-", requirement.name).lower(), ("", 0))
        if not version or not requirement.specifier.contains(version) or not hashes:
            found.append(f"{name}: {line} is not locked (run pip-compile)")
    found += [
        f"{name} {version[0]} is {tests[name][0]} in tests/requirements.txt"
        for name, version in runs.items()
        if name in tests and tests[name][0] != version[0]
    ]
    for path in ("requirements.txt", "tests/requirements.txt"):
        if _INDEX.search((ROOT / path).read_text(encoding="utf-8")):
            found.append(f"{path}: names an index")
    return found


if __name__ == "__main__":
    for problem in problems():
        print(problem, file=sys.stderr)
    sys.exit(1 if problems() else 0)
