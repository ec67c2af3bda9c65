"""A branch or a tag that a text names without saying "on branch": "acme/widget branch release/2.x".

Such words are ordinary ones too ("branch protection", "the branch is red"). So a name must look like one, or
stand beside the repository's; any other word counts only if a run is of a branch or tag of that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from knowledge.late_pattern import late

_NAME = r"[A-Za-z0-9_][\w./-]{0,99}"
_ENDS = r"(?![\w./*?{$-])"
_QUOTE = r"[`'\"*]?"
_AFTER_WORD = late(
    rf"\b(?P<what>[Bb]ranch|[Tt]ag)(?:[:=][ \t]?|[ \t]){_QUOTE}"
    rf"(?P<name>{_NAME}?)(?=[.`'\"*]?(?:[\s,;:)!?]|\Z))"
)
_BEFORE_WORD = late(
    rf"\b(?:(?P<the>[Tt]he|[Oo]ur|[Mm]y) )?{_QUOTE}(?<![\w./-])(?P<name>{_NAME}){_QUOTE} branch\b(?![:=\w-])"
)
_BESIDE = late(rf"{_QUOTE}[>,;:]?[ \t]{{1,2}}(?:on |at |from |in )?{_QUOTE}(?P<name>{_NAME}){_ENDS}")
_PRINTED_TAG = late(rf"\bBITBUCKET_TAG[\"']?[ \t]{{0,3}}[=:][ \t]{{0,3}}[\"']?(?P<name>{_NAME})")
_OF = late(rf"{_QUOTE},? (?:of|in|on|for|at) (?:the )?(?:repo(?:sitory)? )?{_QUOTE}")
_TO_A_TAG = late(r"\b(?:on|for|from|of|at) (?:the )?\Z")
_JOINS = late(r"[`'\"*>,;:(]{0,3}[ \t]{0,2}(?:(?:on|in|at|from|for) )?(?:the )?\Z")
_MOST = 8
"""Words that are kept to be compared with the runs' branches."""
# fmt: off
_ORDINARY = frozenset(
    {
        "a", "again", "also", "an", "and", "another", "any", "are", "as", "at", "based", "be",
        "branch", "broken", "build", "builds", "but", "by", "can", "condition", "conditions", "coverage",
        "deploy", "deployment", "deployments", "deploys", "does", "every", "failed", "failing",
        "fails", "filter", "filters", "for", "from", "has", "have", "i", "if", "in", "is", "it",
        "level", "list", "model", "my", "name", "names", "no", "not", "now", "of", "on", "only",
        "or", "our", "pattern", "patterns", "permission", "permissions", "pipeline", "pipelines",
        "policies", "policy", "protection", "push", "red", "restriction", "restrictions", "rule",
        "rules", "run", "runs", "same", "set", "so", "specific", "strategy", "tag", "than", "that", "the",
        "then", "there", "this", "to", "today", "too", "variable", "variables", "was", "we", "were",
        "when", "where", "which", "with", "without", "workflow", "works", "yet",
    }
)
# fmt: on


class Named(NamedTuple):
    """`branch` and `tag` are meant as such; `perhaps` are words that may be the name of one."""

    branch: str | None = None
    tag: str | None = None
    perhaps: tuple[str, ...] = ()


def named_beside(text: str, repository: str | None) -> Named:
    """What the text names; `repository` is its `workspace/repository` as written there."""
    perhaps: list[str] = []
    printed = _PRINTED_TAG.search(text) if "BITBUCKET_TAG" in text else None
    if printed is not None:
        return Named(tag=printed["name"])
    lowered = text.lower()
    if "branch" in lowered or "tag" in lowered:
        for found in _words(text, repository):
            if found.branch or found.tag:
                return found
            perhaps += found.perhaps
    if repository:
        perhaps += _right_behind(text, repository)
    return Named(perhaps=tuple(dict.fromkeys(perhaps))[:_MOST])


def _words(text: str, repository: str | None) -> Iterator[Named]:
    """What stands behind the word "branch" or "tag", and then what stands before "branch"."""
    for found in _AFTER_WORD.finditer(text):
        name = found["name"].rstrip(".")
        if _is_ordinary(name, repository):
            continue
        beside = _is_beside(text, found, repository)
        if found["what"] in ("tag", "Tag"):
            to_it = _TO_A_TAG.search(text, max(0, found.start() - 20), found.start())
            sure = (beside or (to_it and _has_digit(name))) and not _is_of_an_image(text, found.start())
            yield Named(tag=name) if sure else Named(perhaps=(name,))
        else:
            sure = beside or _looks_like_one(name)
            yield Named(branch=name) if sure else Named(perhaps=(name,))
    for found in _BEFORE_WORD.finditer(text):
        name = found["name"]
        if _is_ordinary(name, repository):
            continue
        sure = (found["the"] and "/" in name) or _is_followed(text, found.end(), repository)
        yield Named(branch=name) if sure else Named(perhaps=(name,))


def _is_ordinary(name: str, repository: str | None) -> bool:
    """Whether it is a word of a sentence, the repository itself, or the beginning of a pattern."""
    return name.lower() in _ORDINARY or name == repository or name.endswith("/")


def _is_of_an_image(text: str, tag: int) -> bool:
    return text[max(0, tag - 20) : tag].rstrip().lower().endswith(("image", "container", "docker"))


def _looks_like_one(name: str) -> bool:
    """A name with a slash, or with a digit among its letters."""
    return "/" in name.strip("/") or (_has_digit(name) and any(sign.isalpha() for sign in name))


def _has_digit(name: str) -> bool:
    return any(sign.isdigit() for sign in name)


def _is_beside(text: str, found: re.Match[str], repository: str | None) -> bool:
    """Whether the words stand right behind the repository's name, or before it with "of" between."""
    if not repository:
        return False
    joins = _JOINS.search(text, max(0, found.start() - 20), found.start())
    before = found.start() if joins is None else joins.start()
    return text.endswith(repository, 0, before) or _is_followed(text, found.end(), repository)


def _is_followed(text: str, end: int, repository: str | None) -> bool:
    of = _OF.match(text, end)
    return repository is not None and of is not None and text.startswith(repository, of.end())


def _right_behind(text: str, repository: str) -> list[str]:
    """The words right behind the repository's name, wherever that stands."""
    found: list[str] = []
    at = text.find(repository)
    while at >= 0 and len(found) < _MOST:
        end = at + len(repository)
        beside = _BESIDE.match(text, end)
        if beside is not None and not _is_ordinary(beside["name"], repository):
            found.append(beside["name"].rstrip("."))
        at = text.find(repository, end)
    return found
