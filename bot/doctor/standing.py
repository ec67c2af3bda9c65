"""What a running bot has found out about its own rights, for `/readyz` and the Home tab.

A start asks nothing but what it costs nothing to know: the scopes stand in the answer to `auth.test`, and
each watched channel is asked for once while the database opens. Bitbucket and the clouds are asked nothing:
their calls are counted and limited, and every diagnosis asks them the very questions that a test would. So
what they refused, and what they gave, is learnt from the answers. `python -m bot doctor` tries all of it at
once.

The lines are read by everybody in the workspace: no repository is named in them, and no account, tenant or
project.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bot.doctor.report import Check, State
from knowledge.answer import Answer
from knowledge.reading import Unread
from knowledge.words import listed

_KEPT_SECONDS = 86_400.0
_MOST = 200
_CHANNELS = 10
_SHOWN = 6
"""Lines of each kind on the Home tab."""

#: What a reading's name begins with, by kind; and whose the right is that it needs.
_KINDS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), kind, area)
    for pattern, kind, area in (
        (r"the repository\b", "repositories", "bitbucket"),
        (
            r"(?:run #|the runs of|failed runs of|the pipeline run|the steps of|the run's steps)",
            "runs",
            "bitbucket",
        ),
        (r"the log of|the step's log", "logs of steps", "bitbucket"),
        (r"the pipeline file|\S+\.ya?ml at ", "pipeline files", "bitbucket"),
        (r"repository variables", "repository variables", "bitbucket"),
        (r"workspace variables", "workspace variables", "bitbucket"),
        (r"deployment environments", "deployment environments", "bitbucket"),
        (r"deployment variables", "deployment variables", "bitbucket"),
        (r"the (?:trust policy of the )?role|the role's trust policy", "roles", "aws"),
        (
            r"the (?:account's )?OIDC providers|the other OIDC providers|Bitbucket's OIDC provider",
            "OIDC providers",
            "aws",
        ),
        (r"the policies of the role|the role's (?:policies|boundary)", "policies of roles", "aws"),
        (r"the application's (?:registration|service principal)\b", "applications", "azure"),
        (r"the (?:identity's )?federated credentials\b", "federated credentials", "azure"),
        (r"the provider \S+ of the pool\b", "workload identity providers", "google"),
        (r"the service account\b", "service accounts", "google"),
    )
)
_NAMED = re.compile(
    r"\d{12}|\{?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F-]{18,}\}?|[\w.-]+/[\w.-]+"
    r"|(?<=\bthe project )(?!that\b)[\w:.-]+"
)
"""An account, a UUID (of a tenant, too), a repository, a project."""
_NAMES = {"bitbucket": "Bitbucket", "aws": "AWS", "azure": "Azure", "google": "Google Cloud"}


def kind_of(source: str) -> tuple[str, str] | None:
    """The kind of thing that a reading's name is of, and the area that it belongs to; None when it is none
    that a right of the bot's decides."""
    return next(((kind, area) for begins, kind, area in _KINDS if begins.match(source)), None)


@dataclass(frozen=True, slots=True)
class _Refused:
    check: Check
    kind: str


class Standing:
    """Of one process. `clock` gives monotonic seconds: what was refused a day ago is not told any more."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._slack: tuple[Check, ...] = ()
        self._channels: dict[str, Check] = {}
        self._refused: OrderedDict[tuple[str, str], tuple[float, _Refused]] = OrderedDict()
        self._read: dict[tuple[str, str], float] = {}

    def told_of_scopes(self, checks: Iterable[Check]) -> None:
        """What the token's scopes are, as the start learnt them."""
        self._slack = tuple(check for check in checks if check.state is State.PROBLEM)

    def told_of_channel(self, channel: str, check: Check | None) -> None:
        """What is wrong with a watched channel; None when it was read, or posted in."""
        if check is None or check.state is not State.PROBLEM:
            self._channels.pop(channel, None)
        elif channel in self._channels or len(self._channels) < _CHANNELS:
            self._channels[channel] = check

    def told_of_answer(self, answer: Answer) -> None:
        """What a diagnosis could read, and what it was refused."""
        where = (answer.target.full_name or "").lower()
        now = self._clock()
        for source in answer.sources:
            kind = kind_of(source.label)
            if kind is not None and source.age < 1:
                self._refused.pop((kind[0], _scope(kind[0], where)), None)
                self._read[(kind[1], kind[0])] = now
        for unread in answer.diagnosis.unread:
            kind = kind_of(unread.source)
            if kind is not None and unread.refused:
                key = (kind[0], _scope(kind[0], where))
                self._refused[key] = now, _Refused(_check(kind[1], unread), kind[0])
                self._refused.move_to_end(key)
        while len(self._refused) > _MOST:
            self._refused.popitem(last=False)

    def warnings(self) -> tuple[Check, ...]:
        """What weakens the answers, each with its remedy; nothing of it keeps the bot from answering."""
        return (*self._slack, *self._channels.values(), *self._of_sources())

    def lines(self) -> tuple[str, ...]:
        """For the Home tab: what was read of late, then what is missing and what to do about it."""
        since = self._clock() - _KEPT_SECONDS
        read = {
            name: [kind for (area, kind), at in self._read.items() if area == own and at >= since]
            for own, name in _NAMES.items()
        }
        seen = [f"{name}: {listed(kinds)}" for name, kinds in read.items() if kinds]
        said = f"Read within the last day: {'; '.join(seen)}." if seen else _UNTRIED
        missing = [_sentence(check) for check in self.warnings()]
        more = len(missing) - _SHOWN
        rest = [f"And {more} more; `python -m bot doctor` names them all."] if more > 0 else []
        return (said, *missing[:_SHOWN], *rest)

    def _of_sources(self) -> Iterator[Check]:
        """One for each reason, however many kinds of things it keeps from being read."""
        since = self._clock() - _KEPT_SECONDS
        kinds: dict[Check, list[str]] = {}
        for at, refused in self._refused.values():
            if at >= since and refused.kind not in (known := kinds.setdefault(refused.check, [])):
                known.append(refused.kind)
        for check, names in kinds.items():
            yield Check(
                check.area, check.state, f"{listed(names)} could not be read: {check.sentence}", check.remedy
            )


_UNTRIED = (
    "Since its start, or within the last day, it has read nothing, so whether that works is not known here: "
    "`python -m bot doctor` tries it."
)


def _scope(kind: str, repository: str) -> str:
    """What a right is given for: the workspace, or the repository."""
    return repository.partition("/")[0] if kind == "workspace variables" else repository


def _check(area: str, unread: Unread) -> Check:
    return Check(area, State.PROBLEM, _nameless(unread.reason), _nameless(unread.remedy))


def _nameless(sentence: str) -> str:
    return _NAMED.sub("…", sentence.strip().rstrip("."))


def _sentence(check: Check) -> str:
    remedy = f" To change that: {check.remedy}." if check.remedy else ""
    return f"Missing: {check.sentence}.{remedy}"
