"""`python -m tests.known`: the README's table of what the bot knows, made of the catalogue.

With `--write` it is put between the two marks in the README; a test compares them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from knowledge.catalogue import CATALOGUE, PROVIDERS, Cause

README = Path(__file__).resolve().parent.parent / "README.md"
START, END = "<!-- known: made by `python -m tests.known --write` -->", "<!-- /known -->"
CLOUDS = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud", "other": "Others"}
SEVERAL = "Several clouds"


def table() -> str:
    """One row for each cloud: how many causes, and each of them with a link to its page."""
    rows = [f"| {name} | {len(causes)} | {_listed(causes)} |" for name, causes in grouped().items() if causes]
    return "\n".join(["| login to | causes | what is found |", "|---|---|---|", *rows])


def grouped() -> dict[str, list[Cause]]:
    """The causes by cloud, each once; those of several clouds first."""
    found: dict[str, list[Cause]] = {SEVERAL: [], **{name: [] for name in CLOUDS.values()}}
    for cause in CATALOGUE.values():
        found[SEVERAL if len(cause.providers) > 1 else CLOUDS[cause.providers[0]]].append(cause)
    return found


def _listed(causes: list[Cause]) -> str:
    return " · ".join(f"[{cause.title}](knowledge/causes/{cause.id}.md)" for cause in causes)


def written(readme: str) -> str:
    """The README with the table between its marks.

    Raises:
        ValueError: the marks are not there.
    """
    before, start, rest = readme.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"the README must hold the two lines `{START}` and `{END}`")
    return f"{before}{START}\n\n{table()}\n\n{END}{after}"


def main(arguments: list[str]) -> int:
    assert set(CLOUDS) == PROVIDERS
    if arguments == ["--write"]:
        README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(table())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
