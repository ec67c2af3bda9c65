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


FILES = ("requirements.txt", "tests/requirements.txt", "deploy/requirements.txt")
"""What runs, what tests, and what runs with every extra."""


def _named(requirement: Requirement) -> str:
    return re.sub(r"[-_.]+", "-", requirement.name).lower()


def problems() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras: dict[str, list[str]] = project["optional-dependencies"]
    wanted = {name: [*project["dependencies"]] for name in FILES}
    for extra, lines in extras.items():
        # What is tested is also installed; what tests is not deployed.
        wanted["tests/requirements.txt"] += lines
        wanted["deploy/requirements.txt"] += [] if extra == "test" else lines
    found = []
    for name, lines in wanted.items():
        lock = locked(ROOT / name)
        for line in lines:
            requirement = Requirement(line)
            version, _ = lock.get(_named(requirement), ("", 0))
            if not version or not requirement.specifier.contains(version):
                found.append(f"{name}: {line} is not locked (run pip-compile)")
        found += [f"{name}: {package} has no hash" for package, (_, hashes) in lock.items() if not hashes]
        if _INDEX.search((ROOT / name).read_text(encoding="utf-8")):
            found.append(f"{name}: names an index")
    return found + _apart()


def _apart() -> list[str]:
    """Versions that are others elsewhere, or lacking where more is installed: what is tested is what runs."""
    runs, tests, deployed = (locked(ROOT / name) for name in FILES)
    found = [f"deploy/requirements.txt: {name} is lacking" for name in runs if name not in deployed]
    for name, (version, _) in {**runs, **deployed}.items():
        elsewhere = {lock[name][0] for lock in (runs, tests, deployed) if name in lock}
        if len(elsewhere) > 1:
            found.append(f"{name} {version} is locked in several versions: {', '.join(sorted(elsewhere))}")
    return found


if __name__ == "__main__":
    for problem in problems():
        print(problem, file=sys.stderr)
    sys.exit(1 if problems() else 0)
