"""Which variables a step's AWS login needs, followed to the very name that has no value.

Names: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from knowledge.aws_login import (
    KEYS,
    PIPE_ROLE,
    ROLE,
    ROLE_FILE,
    TOKEN_FILE,
    AwsLogin,
    Style,
    aws_pipes_given,
    exchanges,
    login_of,
    uses_oidc,
)
from knowledge.aws_regions import region_in_script, region_lookups
from knowledge.casefile import CaseFile
from knowledge.finding import Verdict
from knowledge.frozen import dataclass
from knowledge.late_pattern import late
from knowledge.location import Position
from knowledge.near import near
from knowledge.needed_value import NeededValue
from knowledge.once import once_per_case
from knowledge.pipelines.model import MalformedExport, Pipe, PipelineStep
from knowledge.reading import Known
from knowledge.symptoms.model import EXCHANGE_TRIED, Family
from knowledge.variables import Lookup, Setting, look_up


class Purpose(StrEnum):
    ROLE = "role"
    TOKEN_FILE = "token-file"
    PIPE_ROLE = "pipe-role"
    REGION = "region"
    VALUE = "value"
    """A value of another cloud; `Need.value` says which."""


@dataclass(frozen=True, slots=True)
class Need:
    """A variable that the step needs and that nothing read gives a value.

    `name` is the variable itself, or the one it is made of: then `through` is the setting that
    expands it, and `wanted` what that sets. `at` is where the value is needed, `reader` what needs it.
    `alone` is false when the variable is only a part of the value (`arn:aws:iam::$ACCOUNT:role/x`).
    """

    purpose: Purpose
    wanted: str
    name: str
    at: Position
    reader: str
    lookup: Lookup
    through: Setting | None = None
    certain: bool = True
    alone: bool = True
    value: NeededValue | None = None

    @property
    def explained(self) -> bool:
        """Whether a setting out of the step's reach, or one made in a wrong way, explains the lack."""
        return bool(self.lookup.beyond("no-deployment", "other-environment", "other-step", "not-exported"))


@once_per_case
def needs(case: CaseFile, step: PipelineStep) -> tuple[Need, ...]:
    """What the step's AWS login needs and does not see, in the order of the script."""
    found: list[Need] = []
    login = login_of(case, step)
    if login is not None:
        # Without a sign of OIDC a failed login may as well be one that was meant to use a key pair.
        meant = uses_oidc(case, step)
        if meant or case.symptoms:
            found += _of_script(case, step, replace(login, certain=login.certain and meant))
    for pipe in aws_pipes_given(step):
        found += _of_pipe(case, step, pipe)
    return tuple(found)


def _of_pipe(case: CaseFile, step: PipelineStep, pipe: Pipe) -> Iterator[Need]:
    value = pipe.variable(PIPE_ROLE)
    if value is not None:
        for lack in lacking_in(case, step, value.text, pipe.at):
            yield Need(
                Purpose.PIPE_ROLE, PIPE_ROLE, lack.name, value.at, pipe.name, lack.lookup, alone=lack.alone
            )
        if not value.text.strip():
            yield Need(Purpose.PIPE_ROLE, PIPE_ROLE, PIPE_ROLE, value.at, pipe.name, Lookup(PIPE_ROLE))
        return
    given = {name for name, _ in pipe.variables}
    keyed = given & set(KEYS) or not all(look_up(case, step, name, pipe.at).lacks for name in KEYS)
    if uses_oidc(case, step) and not keyed and pipe.name.startswith("atlassian/aws-"):
        lookup = look_up(case, step, PIPE_ROLE, pipe.at)
        if lookup.lacks:
            yield Need(Purpose.PIPE_ROLE, PIPE_ROLE, PIPE_ROLE, pipe.at, pipe.name, lookup)


def _of_script(case: CaseFile, step: PipelineStep, login: AwsLogin) -> Iterator[Need]:
    for command in exchanges(step):
        written = dict(command.arguments).get("--role-arn", "").strip("\"'")
        for name, lookup, alone in lacking_in(case, step, written, command.at):
            yield Need(Purpose.ROLE, name, name, command.at, command.program, lookup, alone=alone)
    if login.style is not Style.TOKEN_FILE:
        return
    for purpose, wanted in ((Purpose.TOKEN_FILE, TOKEN_FILE), (Purpose.ROLE, ROLE)):
        yield from _need(case, step, login, purpose, wanted)


def _need(
    case: CaseFile, step: PipelineStep, login: AwsLogin, purpose: Purpose, wanted: str
) -> Iterator[Need]:
    lookup = look_up(case, step, wanted, login.at)
    winner = lookup.winner
    if winner is None:
        # A script that writes to `$NAME` needs the name itself, whatever reads it later.
        written_to = wanted == TOKEN_FILE and any(wanted in w.target for w in step.script.token_writes)
        certain = login.certain or written_to or (wanted == TOKEN_FILE and _role_alone(case, step, login))
        yield Need(purpose, wanted, wanted, login.at, login.program, lookup, None, certain)
        return
    inner = (
        list(lacking_in(case, step, winner.written or "", winner.at))
        if winner.at and not winner.literal
        else []
    )
    for name, deeper, alone in inner:
        yield Need(purpose, wanted, name, login.at, login.program, deeper, winner, alone=alone)
    if lookup.empty and not inner:
        yield Need(purpose, wanted, wanted, login.at, login.program, lookup, winner)


def _role_alone(case: CaseFile, step: PipelineStep, login: AwsLogin) -> bool:
    """Whether a Go tool's text shows that its search came to the end although the environment names a role:
    whatever its own configuration says, web identity by the environment comes before that end."""
    ended = any(symptom.id == "aws-go-no-credentials" for symptom in case.symptoms)
    winner = look_up(case, step, ROLE, login.at).winner if ended else None
    return winner is not None and winner.sure


_NAMED = late(r"\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?::?\?[^}]*|:?-)?\})")


class Lack(NamedTuple):
    """A name without a value; `alone` says whether its value would be all of the text that expands it."""

    name: str
    lookup: Lookup
    alone: bool


def lacking_in(
    case: CaseFile, step: PipelineStep, text: str, at: Position | None, depth: int = 4
) -> Iterator[Lack]:
    """The names that `text` expands without a default and that nothing read gives a value.

    A name that is set, but only to other such names, is followed to those.
    """
    for found in _NAMED.finditer(text):
        name = found["plain"] or found["braced"]
        lookup = look_up(case, step, name, at)
        winner = lookup.winner
        alone = found[0] == text.strip("\"' ")
        if winner is None or (winner.empty and not winner.written):
            yield Lack(name, lookup, alone)
        elif winner.at is not None and winner.written and not winner.literal and depth:
            for lack in lacking_in(case, step, winner.written, winner.at, depth - 1):
                yield lack._replace(alone=alone and lack.alone)


#: A text that hides the real error can stand for any of them.
VAGUE = frozenset({Family.HIDDEN, Family.OTHER})


def about_aws(case: CaseFile) -> bool:
    """Whether the pasted text, if any, can be about AWS."""
    return _about(case, "aws")


def _about(case: CaseFile, cloud: str) -> bool:
    return not case.symptoms or any(symptom.provider in (cloud, "other") for symptom in case.symptoms)


def read_levels(case: CaseFile) -> int:
    """How many of the stored levels were read."""
    levels = (case.repository_variables, case.workspace_variables)
    inner = list(case.environment_variables.values())
    return sum(isinstance(reading, Known) for reading in (*levels, *inner))


def shown_by(need: Need) -> tuple[frozenset[Family], frozenset[Family]]:
    """What the lack looks like, and which of these texts say so themselves."""
    if need.value is not None:
        return need.value.typical, need.value.states
    match need.purpose:
        case Purpose.REGION:
            return frozenset({Family.REGION_MISSING}), frozenset({Family.REGION_MISSING})
        case Purpose.TOKEN_FILE:
            return frozenset({Family.NO_CREDENTIALS, Family.TOKEN_FILE_NOT_FOUND}), frozenset()
        case Purpose.ROLE | Purpose.PIPE_ROLE | Purpose.VALUE:
            states = frozenset({Family.ROLE_ARN_MISSING})
            # A name in the middle of an ARN leaves a hole there when it has no value.
            holed = {Family.ROLE_ARN_MALFORMED} if need.name != need.wanted else set()
            return states | {Family.NO_CREDENTIALS} | holed, states


def verdict_for(case: CaseFile, need: Need) -> Verdict | None:
    """How sure it is that this lack is what the text shows; None: say nothing."""
    typical, states = shown_by(need)
    cloud = need.value.provider if need.value is not None else "aws"
    return verdict_of_lack(case, [need.lookup], typical, states=states, certain=need.certain, cloud=cloud)


def verdict_of_lack(
    case: CaseFile,
    lookups: Iterable[Lookup],
    typical: Iterable[Family],
    *,
    states: Iterable[Family] = (),
    certain: bool = True,
    cloud: str = "aws",
) -> Verdict | None:
    """How sure it is that a value is missing and that this is what the text shows; None: say nothing.

    `typical` are the families that the lack gives, `states` those whose text itself says that the
    value is not there. An unread level or a script that may set anything keeps it from being certain.
    """
    found = list(lookups)
    unread = any(lookup.unread for lookup in found)
    doubtful = not certain or any(lookup.uncertain for lookup in found)
    families = case.families
    if not _about(case, cloud):
        return None
    if not families:
        return None if unread or doubtful else Verdict.CONFIRMED
    fits = families & frozenset(typical)
    if not fits and (families & EXCHANGE_TRIED or not families & VAGUE):
        return None
    if families & frozenset(states):
        return Verdict.LIKELY if unread or doubtful else Verdict.CONFIRMED
    if doubtful or (unread and not read_levels(case)):
        return Verdict.POSSIBLE
    return Verdict.LIKELY if unread or not fits else Verdict.CONFIRMED


def slip_for(step: PipelineStep, name: str) -> MalformedExport | None:
    """The line of the script that was meant to set `name` and sets nothing."""
    return next((item for item in step.script.malformed if item.name == name), None)


#: What people write for `AWS_OIDC_ROLE_ARN`; no AWS pipe of Atlassian reads any of them.
#: https://bitbucket.org/atlassian/aws-cloudfront-invalidate/src/master/README.md
_PIPE_SLIPS = (ROLE, "AWS_OIDC_ROLE", "OIDC_ROLE_ARN", "AWS_OIDC_ARN", "AWS_WEB_IDENTITY_ROLE_ARN")


def misnamed_in_pipe(case: CaseFile, step: PipelineStep) -> tuple[tuple[Pipe, str], ...]:
    """AWS pipes that are handed their role under a name they do not read, with that name."""
    found = []
    for pipe in aws_pipes_given(step):
        given = [name for name, _ in pipe.variables]
        wrong = next((name for name in _PIPE_SLIPS if name in given), None)
        wrong = wrong or next(iter(near(PIPE_ROLE, given)), None)
        if wrong is None or PIPE_ROLE in given or set(given) & set(KEYS):
            continue
        if look_up(case, step, PIPE_ROLE, pipe.at).lacks:
            found.append((pipe, wrong))
    return tuple(found)


def misnamed_token_files(case: CaseFile, step: PipelineStep) -> tuple[Setting, ...]:
    """Settings that were meant as `AWS_WEB_IDENTITY_TOKEN_FILE`, while that itself is not set."""
    right = look_up(case, step, TOKEN_FILE)
    if not right.lacks:
        return ()
    wrong = look_up(case, step, ROLE_FILE)
    meant = [*wrong.settings[:1], *(item.setting for item in wrong.beyond("not-exported"))]
    return (*meant, *(setting for setting in right.nearly if setting.name != ROLE_FILE))


def region_needs(case: CaseFile, step: PipelineStep) -> tuple[Need, ...]:
    """The region's names, where the step's script sees none of them."""
    login = login_of(case, step)
    if login is None:
        return ()
    lookups = region_lookups(case, step, login.at)
    if any(not lookup.lacks for lookup in lookups) or region_in_script(step, login.at):
        return ()
    return tuple(
        Need(Purpose.REGION, lookup.name, lookup.name, login.at, login.program, lookup) for lookup in lookups
    )
