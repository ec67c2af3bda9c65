"""The catalogue of causes: one page each, `knowledge/causes/<id>.md`, read when it is asked for.

A page begins with a front matter in YAML and goes on with fixed sections; what is wrong with a page
is said by the page's name, so that a slip in a page is found by the tests and not by a reader.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import yaml

from knowledge.finding import Severity
from knowledge.frozen import dataclass
from knowledge.late_pattern import late
from knowledge.symptoms.model import Family

SECTIONS = (
    "What you see",
    "Why it happens",
    "How the bot decides",
    "Fix",
    "Check",
    "Not this when",
    "Broken",
    "Fixed",
)
PROVIDERS = frozenset({"aws", "azure", "gcp", "other"})

_ID = late(r"[a-z]+(?:-[a-z]+)*")
_FRONT = late(r"\A---\n(?P<front>.*?\n)---\n(?P<body>.*)\Z", re.DOTALL)
_PROVIDERS = late(r"^providers: \[(.*)\]$", re.MULTILINE)
_HEADING = late(r"^## (.+)$", re.MULTILINE)
_FENCE = late(r"^(`{3,}|~{3,}).*?^\1\s*?$", re.MULTILINE | re.DOTALL)
_REQUIRED = frozenset({"title", "severity", "providers", "typical", "possible", "since", "sources"})
_OPTIONAL = frozenset({"follows"})
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CatalogueError(ValueError):
    """A page of the catalogue that does not have the agreed form."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause, as its page describes it.

    `typical` and `possible` are values of `Family`: what the text shows when this is often, or
    sometimes, the reason. `follows` are causes of which this one is a mere consequence: beside one
    of them, found for the same step, it is not named. `page` is the body in Markdown.
    """

    id: str
    title: str
    severity: Severity
    providers: tuple[str, ...]
    typical: frozenset[str]
    possible: frozenset[str]
    follows: frozenset[str]
    sources: tuple[str, ...]
    since: str
    page: str

    def section(self, heading: str) -> str:
        """The text below `## heading`, without the heading; empty when there is none."""
        parts = dict(_sections(self.page))
        return parts.get(heading, "")


def _sections(body: str) -> Iterator[tuple[str, str]]:
    """Headings of level two with their texts; a `##` inside a fenced block is no heading."""
    hidden = _FENCE.sub(lambda found: "\x00" * len(found[0]), body)
    found = list(_HEADING.finditer(hidden))
    for number, match in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(body)
        yield match[1].strip(), body[match.end() : end].strip("\n")


def read_page(cause: str, text: str) -> Cause:
    """A page's text as a `Cause`.

    Raises:
        CatalogueError: the front matter or the sections are not as agreed; the message names the page.
    """
    match = _FRONT.match(text.replace("\r\n", "\n"))
    if match is None:
        raise CatalogueError(f"{cause}: the page must begin with a front matter between two `---` lines")
    try:
        front = yaml.load(match["front"], Loader=_LOADER)  # noqa: S506 - the loader is the safe one
    except yaml.YAMLError as error:
        raise CatalogueError(f"{cause}: the front matter is no YAML: {error}") from None
    if not isinstance(front, dict):
        raise CatalogueError(f"{cause}: the front matter must be a mapping")
    missing, unknown = _REQUIRED - front.keys(), front.keys() - _REQUIRED - _OPTIONAL
    if missing or unknown:
        raise CatalogueError(
            f"{cause}: missing keys {sorted(missing)}, unknown keys {sorted(map(str, unknown))}"
        )
    headings = tuple(name for name, _ in _sections(match["body"]))
    if headings != SECTIONS:
        raise CatalogueError(
            f"{cause}: the sections must be {', '.join(SECTIONS)}, not {', '.join(headings)}"
        )
    return _cause(cause, front, match["body"].strip("\n") + "\n")


def _cause(cause: str, front: Mapping[str, Any], page: str) -> Cause:
    families = [family.value for family in Family]
    typical, possible = (frozenset(_among(cause, front, key, families)) for key in ("typical", "possible"))
    if typical & possible:
        raise CatalogueError(f"{cause}: both typical and possible: {sorted(typical & possible)}")
    title = str(front["title"]).strip()
    if not title or title.endswith("."):
        raise CatalogueError(f"{cause}: the title must be a line without a full stop")
    sources = _texts(cause, front, "sources")
    if not sources or any(not source.startswith("https://") for source in sources):
        raise CatalogueError(f"{cause}: `sources` must list addresses that begin with https://")
    (severity,) = _among(
        cause, {"severity": [front["severity"]]}, "severity", [level.value for level in Severity]
    )
    return Cause(
        id=cause,
        title=title,
        severity=Severity(severity),
        providers=tuple(_among(cause, front, "providers", PROVIDERS)),
        typical=typical,
        possible=possible,
        follows=frozenset(_texts(cause, front, "follows")),
        sources=sources,
        since=str(front["since"]),
        page=page,
    )


def _texts(cause: str, front: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = front.get(key) or []
    if not isinstance(values, list) or any(not isinstance(value, str) for value in values):
        raise CatalogueError(f"{cause}: `{key}` must be a list of texts")
    return tuple(values)


def _among(cause: str, front: Mapping[str, Any], key: str, allowed: Iterable[str]) -> tuple[str, ...]:
    values = _texts(cause, front, key)
    odd = [value for value in values if value not in allowed]
    if odd:
        raise CatalogueError(f"{cause}: `{key}` knows no {', '.join(odd)}")
    return values


def _text(cause: str) -> str:
    """The page's text.

    Raises:
        KeyError: there is no such page.
    """
    # What is asked for may be what somebody typed: it must not lead to another file.
    if not _ID.fullmatch(cause):
        raise KeyError(cause)
    try:
        raw = pkgutil.get_data("knowledge", f"causes/{cause}.md")
    except OSError:
        raise KeyError(cause) from None
    if raw is None:
        raise KeyError(cause)
    return raw.decode("utf-8")


class _Catalogue(Mapping[str, Cause]):
    """All causes by id, in alphabetical order. A page is read at its first use, the folder when walked."""

    def __init__(self) -> None:
        self._read: dict[str, Cause] = {}
        self._providers: dict[str, tuple[str, ...]] = {}

    @cached_property
    def _ids(self) -> tuple[str, ...]:
        # Loads half of the standard library's file tools, and is only needed to list the pages.
        from importlib.resources import files

        folder = files("knowledge") / "causes"
        return tuple(sorted(page.name[:-3] for page in folder.iterdir() if page.name.endswith(".md")))

    def __getitem__(self, cause: str) -> Cause:
        if cause not in self._read:
            self._read[cause] = read_page(cause, _text(cause))
        return self._read[cause]

    def providers(self, cause: str) -> tuple[str, ...]:
        """`self[cause].providers`, without reading the whole page: every rule is asked for them."""
        if cause not in self._providers:
            line = _PROVIDERS.search(_text(cause))
            self._providers[cause] = tuple(line[1].split(", ")) if line else self[cause].providers
        return self._providers[cause]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


#: Every cause by its id. Raises `CatalogueError` at the first use of a page that is not as agreed.
CATALOGUE = _Catalogue()
