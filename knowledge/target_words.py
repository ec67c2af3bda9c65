"""What a text says of the run beside the repository's name: its number, branch, tag, commit, pull request.

People write these in words; the log of a run prints them where it clones the repository and where a script
prints the environment (https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/).
"""

from __future__ import annotations

import re
from dataclasses import replace

from knowledge.late_pattern import late
from knowledge.target import Target
from knowledge.target_branches import Named, named_beside
from knowledge.target_numbers import own_numbers

_LIMIT = 40_000
"""Characters looked at, from the beginning: there people write, and there a log clones."""
_NUMBER = late(
    r"\b(?:build|run|pipeline)(?: run| number| no\.?)?[ :]{1,2}#(?P<number>\d{1,9})(?![\w.,-]*\d)\b",
    re.IGNORECASE,
)
_NAME = r"[A-Za-z0-9_][\w./-]{0,99}"
_BRANCH = late(
    rf"\bgit clone --branch=[\"'](?P<cloned>{_NAME})[\"']"
    rf"|\bBITBUCKET_BRANCH[\"']?[ \t]{{0,3}}[=:][ \t]{{0,3}}[\"']?(?P<printed>{_NAME})"
    rf"|\b[Bb]ranch[: ]{{1,2}}[`'\"](?P<quoted>{_NAME})[`'\"]"
    rf"|\b(?:on|of|from|in) (?:the )?branch (?P<plain>{_NAME})"
    rf"|\b(?:on|from) (?:the )?(?P<before>{_NAME}) branch\b"
    r"|\b(?:on|from) (?P<usual>main|master|develop|development)\b(?![/.\w-])"
)
_COMMIT = late(
    r"\bBITBUCKET_COMMIT[\"']?[ \t]{0,3}[=:][ \t]{0,3}[\"']?(?P<printed>[0-9a-f]{7,40})\b"
    r"|\bgit reset --hard (?P<reset>[0-9a-f]{7,40})\b|\bHEAD is now at (?P<head>[0-9a-f]{7,40})\b"
    r"|\b[Cc]ommit[: ]{1,2}[`'\"]?(?P<plain>[0-9a-f]{7,40})\b"
)
_PULL_REQUEST = late(
    r"\bBITBUCKET_PR_ID[\"']?[ \t]{0,3}[=:][ \t]{0,3}[\"']?(?P<printed>\d{1,7})\b"
    r"|\b(?:PR|[Pp]ull[ -][Rr]equest)[ :]{0,2}#?(?P<plain>\d{1,7})\b"
)
_NO_BRANCHES = frozenset(
    {"a", "another", "any", "every", "is", "it", "my", "our", "same", "that", "this", "was", "which"}
)


def with_words(target: Target, text: str, *, number: bool = False, own: bool = False) -> Target:
    """The target with what the text says of its run, where the target itself names none. `number` also takes
    the build number: where nothing else in the text says which repository it belongs to. `own` takes it from
    a person's own words alone: where the text names one repository. Of several numbers none is taken."""
    if target.build_number is not None or target.run_uuid is not None:
        return target
    beginning = text[:_LIMIT]
    written = own_numbers(text) if number or (own and not (target.commit or target.pull_request)) else ()
    if len(written) == 1:
        return replace(target, build_number=next(iter(written)))
    found = _NUMBER.search(beginning) if number and not written else None
    if found is not None:
        return replace(target, build_number=int(found["number"]))
    if target.branch is not None or target.commit is not None or target.pull_request is not None:
        return target
    pull_request, commit = _first(_PULL_REQUEST, beginning), _first(_COMMIT, beginning)
    branch = _first(_BRANCH, beginning)
    if branch is not None and branch.lower() in _NO_BRANCHES:
        branch = None
    other = Named()
    if branch is None and commit is None and pull_request is None:
        other = named_beside(beginning, target.full_name)
    return replace(
        target,
        pull_request=None if pull_request is None else int(pull_request),
        commit=commit,
        branch=other.branch if branch is None else branch.rstrip("."),
        tag=other.tag,
        perhaps=target.perhaps + other.perhaps,
    )


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return next((part for part in found.groups() if part), None) if found else None
