"""Which repository and run a text names.

Addresses are only parsed, never fetched. The forms of the links are those of Bitbucket Cloud's own
pages and of its REST API (https://developer.atlassian.com/cloud/bitbucket/rest/).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from knowledge.late_pattern import late
from knowledge.target import Target, TargetSource

_NOT_WORKSPACES = frozenset(
    {"product", "blog", "account", "dashboard", "site", "repo", "workspaces", "socket", "!api", "api"}
)
"""First parts of bitbucket.org addresses that are no workspace."""
_PIPES = "atlassian"
"""The workspace of the pipes' sources: a link to one of them names the pipe, not what failed."""

_HOST = b"bitbucket.org"
_BEFORE, _BEHIND = 250, 700
"""Characters around the host's name in which its whole link stands."""
_UUID = r"\{[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\}"
_SLUG = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"
_NAME = rf"(?:{_UUID}|{_SLUG})"
_USER = r"(?:[^@/\s<>|\"'\\#?]{1,200}(?: [a-z-]{1,20}\])?@)?"
_LINK = late(
    rf"(?<![\w./@-])(?ai:https?|ssh"
    rf"|git)://{_USER}(?ai:www\.|(?P<api>api\.))?(?ai:bitbucket\.org)(?::(?:443|22))?/(?P<path>[^\s<>|\"'`\\]{{1,600}})"
    r"|(?<![\w./-])(?ai:ssh://)?git@(?ai:bitbucket\.org):(?P<scp>[^\s<>|\"'`\\]{1,300})"
    r"|(?<![\w./@:-])(?ai:www\.)?(?ai:bitbucket\.org)/(?P<bare>[^\s<>|\"'`\\]{1,600})"
)
_REST = late(
    rf"(?P<workspace>{_NAME})/(?P<repository>{_NAME})(?P<rest>[/?#].*)?\Z",
    re.DOTALL,
)
_RUN = late(
    r"/(?:addon/)?pipelines/(?:(?:home/?(?:\?[^#]*)?#?!?/)?results/)?(?P<number>\d{1,9})(?![\w-])"
    r"(?:/steps/(?P<step>\{?[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\}?))?"
)
_API_RUN = late(
    rf"/pipelines/(?P<number>\d{{1,9}})(?![\w-])(?:/steps/(?P<step>{_UUID}))?"
    rf"|/pipelines/(?P<uuid>{_UUID})(?:/steps/(?P<step2>{_UUID}))?"
)
_PULL_REQUEST = late(r"/pull-?requests/(?P<number>\d{1,9})(?![\w-])")
_COMMIT = late(r"/(?:commits?|src)/(?P<commit>[0-9a-f]{7,40})(?![\w-])")
_BRANCH = late(
    r"(?:/(?:addon/)?pipelines/results)?/branch/(?P<branch>[^?#\s]{1,200}?)(?:/page/\d+)?/?(?:[?#]|\Z)"
)
_SOURCE = late(r"[^/]+/[^/]+/src/(?P<name>[^/?#\s]{1,200})")

_FULL_NAME = late(
    r"BITBUCKET_REPO_FULL_NAME[\"']?[ \t]{0,3}[=:][ \t]{0,3}[\"']?(?P<name>[\w{}-]{1,60}/[\w.{}-]{1,100})"
)
_BUILD_VARIABLE = late(r"BITBUCKET_BUILD_NUMBER[\"']?[ \t]{0,3}[=:][ \t]{0,3}[\"']?(?P<number>\d{1,9})")
_STEP_VARIABLE = late(rf"BITBUCKET_STEP_UUID[\"']?[ \t]{{0,3}}[=:][ \t]{{0,3}}[\"']?(?P<step>{_UUID})")
_WORDS = late(
    r"(?<![\w./:@{}$#&=-])(?P<workspace>[A-Za-z0-9_-]{1,60})/(?P<repository>[A-Za-z0-9_][\w.-]{0,99}?)"
    r"(?:(?: ?#| | (?:build|run|pipeline) #?|/pipelines/(?:results/)?)(?P<number>\d{1,9}))?"
    r"(?=[\s,;!?)\]>\"'`*]|[.:](?:\s|\Z)"
    r"|\Z)(?! ?[%/])"
)
_UNLISTED = late(
    r"(?<![\w./:@{}$#&=-])(?P<workspace>[A-Za-z0-9_-]{1,60})/(?P<repository>[A-Za-z0-9_][\w.-]{0,99})"
    r"#(?P<number>\d{1,9})(?![\w-])"
)
_NUMBER_BESIDE = late(
    r"(?:\b(?:[Bb]uild|[Rr]un|[Pp]ipeline)(?: run| number| no\.?)?[ :]{1,2}#?"
    r"|(?<![\w./-])pipelines/(?:results/)?"
    r"|(?<=[^\n])(?<!PR )(?<!request )(?<!ssue )(?<!icket )(?<![\w&/#-])#)"
    r"(?P<number>\d{1,9})(?![\w.,-]*\d)\b"
    r"(?! ?(?:%|of \d|times?|s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:ours?)?|days?|steps?|jobs?|tests?"
    r"|[MGk]i?B)\b)"
)
_BESIDE = 120
"""Characters around the repository's name in which `#12` means its run."""
_COMMAND = late(
    rf"(?P<workspace>{_NAME})/(?P<repository>{_NAME})(?:(?:\s*#\s*|\s+(?:build\s+"
    rf"|run\s+)?#?)(?P<number>\d{{1,9}}))?"
)
_ADDRESS_ENDS = late(r"[\s<>|\"'`(,;]")
_LIMIT = 250_000
"""Characters looked at; of a longer text its beginning and its end."""


def find_target(text: str, known_workspaces: frozenset[str] = frozenset()) -> Target:
    """The repository, run and step that `text` names; every member None when it names none.

    Links are taken from bitbucket.org alone, in the forms in which Slack carries them. Words such as
    `acme/widget` count only when `acme` is one of `known_workspaces` (lower case), because paths,
    images and branches look the same. A link to a run is preferred to a link to a repository.
    """
    return next(_found(text, known_workspaces), Target())


def find_targets(text: str, known_workspaces: frozenset[str] = frozenset()) -> tuple[Target, ...]:
    """Every repository that `text` names, the one that `find_target` gives first; each with the run that
    tells most."""
    found: dict[str, Target] = {}
    for target in _found(text, known_workspaces):
        found.setdefault((target.full_name or "").lower(), target)
    return tuple(found.values())


def find_unlisted(text: str) -> Target:
    """The run of a workspace that nobody listed: `acme/widget#12` in a text that names no other. Without the
    number such words may be a path, an image or a branch."""
    match = _UNLISTED.search(text[:_LIMIT]) if "#" in text else None
    if match is None or match["workspace"].lower() in _NOT_WORKSPACES or not _slug_like(match["repository"]):
        return Target()
    return Target(
        workspace=match["workspace"],
        repository=match["repository"],
        build_number=_number(match["number"]),
        source=TargetSource.WORDS,
    )


def _found(text: str, known: frozenset[str]) -> Iterator[Target]:
    """The targets, those that tell most first; links before the build's own variables before words."""
    if len(text) > _LIMIT:
        text = f"{text[: _LIMIT // 5]}\n{text[-_LIMIT * 4 // 5 :]}"
    links = _linked(text)
    printed = _from_variables(text) if "BITBUCKET_REPO" in text else None
    for link, place in links:
        yield _with_number(link if link.build_number is not None else _joined(link, printed), text, place)
    if printed is not None:
        yield _with_number(printed, text, 0)
    if known and "/" in text:
        for words, place in _from_words(text, known):
            yield _with_number(words, text, place)


def _with_number(target: Target, text: str, place: int) -> Target:
    """The target with the number of the run that stands beside its name."""
    if target.build_number is not None or target.pull_request is not None or target.commit is not None:
        return target
    if target.run_uuid is not None:
        return target
    beside = _NUMBER_BESIDE.search(text, max(0, place - _BESIDE), place + 2 * _BESIDE)
    return replace(target, build_number=int(beside["number"])) if beside else target


def _linked(text: str) -> list[tuple[Target, int]]:
    """What the links name and where they stand; those first that tell most, equals as they come."""
    found: list[tuple[Target, int]] = []
    for match in _links(text):
        target = None if _inside_address(text, match.start()) else _from_link(match)
        if target is not None and (target.workspace != _PIPES or target.build_number is not None):
            found.append((target, match.start()))
    return sorted(found, key=lambda one: -_worth(one[0]))


def _links(text: str) -> Iterator[re.Match[str]]:
    """All links, in order; only the text around the host's name, in whatever case, is searched."""
    # Character by character, which `str.lower` is not.
    plain = text.encode("ascii", "replace").lower()
    at, low = plain.find(_HOST), 0
    while at >= 0:
        match = _LINK.search(text, max(low, at - _BEFORE), at + _BEHIND)
        if match:
            yield match
            low = match.end()
        at = plain.find(_HOST, max(at + len(_HOST), low))


def _inside_address(text: str, start: int) -> bool:
    """Whether the link is only a part of another host's address (`https://x.example/?to=https://...`)."""
    before = text[max(0, start - 300) : start]
    return "://" in _ADDRESS_ENDS.split(before)[-1]


def parse_command_target(text: str) -> Target | None:
    """What somebody typed to name a run: a link, `ws/repo`, `ws/repo#12` or `ws/repo 12`, with or
    without quotes; None when it is something else."""
    typed = text.strip().strip("`\"'“”‘’*").strip()
    if not typed:
        return None
    link = _LINK.search(typed)
    if link:
        found = _from_link(link)
        return None if found is None else replace(found, source=TargetSource.COMMAND)
    match = _COMMAND.fullmatch(unquote(typed))
    if match is None or match["workspace"].lower() in _NOT_WORKSPACES:
        return None
    repository = match["repository"].removesuffix(".git")
    if not _slug_like(repository):
        return None
    return Target(
        workspace=match["workspace"],
        repository=repository,
        build_number=_number(match["number"]),
        source=TargetSource.COMMAND,
    )


def _worth(target: Target) -> int:
    """How much a link tells: the run and its step, the run, a commit or pull request, the repository."""
    if target.build_number is not None or target.run_uuid is not None:
        return 4 if target.step else 3
    return 1 if target.commit is None and target.pull_request is None and target.branch is None else 2


def _from_link(match: re.Match[str]) -> Target | None:
    raw = (match["path"] or match["scp"] or match["bare"]).replace("&amp;", "&")
    path = unquote(raw)
    path = path.lstrip("/").rstrip(".,;:!?)]*_~")
    if match["api"]:
        if not path.startswith(("2.0/repositories/", "internal/repositories/")):
            return None
        path = path.split("/", 2)[2]
    parsed = _REST.match(path)
    if parsed is None or parsed["workspace"].lower() in _NOT_WORKSPACES:
        return None
    repository = parsed["repository"].removesuffix(".git")
    if not _slug_like(repository) or (repository == "workspace" and parsed["rest"]):
        return None
    found = _with_rest(parsed["workspace"], repository, parsed["rest"] or "", api=bool(match["api"]))
    # Of a page of the source only the address as it stands tells a branch with a slash from a path; what is
    # shown there may be a tag as well.
    shown = _SOURCE.match(raw.lstrip("/"))
    if shown is None or found.commit is not None:
        return found
    return replace(found, perhaps=(unquote(shown["name"]),))


def _with_rest(workspace: str, repository: str, rest: str, *, api: bool) -> Target:
    run = (_API_RUN if api else _RUN).match(rest)
    pull_request, commit = _PULL_REQUEST.match(rest), _COMMIT.match(rest)
    branch = _BRANCH.match(rest)
    said = run.groupdict() if run else {}
    step, uuid = said.get("step") or said.get("step2"), said.get("uuid")
    return Target(
        workspace=workspace,
        repository=repository,
        build_number=_number(said.get("number")),
        run_uuid=uuid.lower() if uuid else None,
        step="{" + step.strip("{}").lower() + "}" if step else None,
        branch=branch["branch"] if branch else None,
        commit=commit["commit"] if commit else None,
        pull_request=_number(pull_request["number"]) if pull_request else None,
        source=TargetSource.LINK,
    )


def _from_variables(text: str) -> Target | None:
    """What the environment of a build, printed into its log, says."""
    name = _FULL_NAME.search(text)
    if name is None:
        return None
    workspace, repository = name["name"].split("/", 1)
    build, step = _BUILD_VARIABLE.search(text), _STEP_VARIABLE.search(text)
    return Target(
        workspace=workspace,
        repository=repository.rstrip("."),
        build_number=_number(build["number"]) if build else None,
        step=step["step"].lower() if step else None,
        source=TargetSource.WORDS,
    )


def _from_words(text: str, known: frozenset[str]) -> Iterator[tuple[Target, int]]:
    for match in _WORDS.finditer(text):
        if match["workspace"].lower() in known and _slug_like(match["repository"]):
            words = Target(
                workspace=match["workspace"],
                repository=match["repository"],
                build_number=_number(match["number"]),
                source=TargetSource.WORDS,
            )
            yield words, match.start()


def _joined(link: Target, words: Target | None) -> Target:
    """The link, with the run that the build's own variables name, when both mean one repository."""
    if words is None or words.build_number is None:
        return link
    return words if (link.full_name or "").lower() == (words.full_name or "").lower() else link


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None


def _slug_like(repository: str) -> bool:
    return repository not in {".", "..", ""} and not repository.startswith(".")
