"""What is told apart of a step in two versions of its file: what its token and its login are made of.

Stored variables are those of now for both; what they were then is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from knowledge.aws_login import REGIONS, TOKEN_FILE
from knowledge.casefile import CaseFile
from knowledge.frozen import dataclass
from knowledge.location import InPaste
from knowledge.pipelines.model import OidcState, PipelineFile, PipelineStep
from knowledge.reading import Known
from knowledge.roles import ROLE_ARN, role_choices
from knowledge.variables import look_up
from knowledge.words import code, listed

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Version:
    """A step, and the case with the file that it stands in."""

    case: CaseFile
    step: PipelineStep


def version(case: CaseFile, file: PipelineFile, step: PipelineStep) -> Version:
    """The step of another version of the file, seen with all else that was read."""
    return Version(replace(case, pipeline_file=Known(file, file.path)), step)


def differences(then: Version, now: Version) -> tuple[str, ...]:
    """What was otherwise `then`, the most telling first, each completing "..., where ..."."""
    return tuple(_differences(then, now))


def _differences(then: Version, now: Version) -> Iterator[str]:
    on = then.step.oidc.state is OidcState.ON
    if on and now.step.oidc.state is not OidcState.ON:
        at = then.step.oidc.key_at
        yield f"the step had `oidc` switched on{f' (line {at.line} then)' if at else ''}"
    before, after = _role(then), _role(now)
    if before is not None and before != after:
        yield (
            f"the step asked for the role {code(before)}"
            if ROLE_ARN.fullmatch(before)
            else ("the step asked for another role")
        )
    if on and then.step.oidc.audiences != now.step.oidc.audiences:
        audiences = then.step.oidc.audiences
        named = listed([code(one) for one in (audiences or ())[:_NAMED]])
        yield (
            f"the step's token had the audience {named}"
            if audiences
            else ("the step's token had the workspace's audience")
        )
    before, after = (_deployment(one.step) for one in (then, now))
    if before != after:
        yield f"the step deployed to {code(before)}" if before else "the step deployed to nothing"
    for name, what in (*((region, "region") for region in REGIONS), (TOKEN_FILE, "token file")):
        before, after = _value(then, name), _value(now, name)
        if before is not None and before != after:
            yield f"the step's {what} ({code(name)}) was another"


def _role(of: Version) -> str | None:
    """The ARN that the step itself names, where it can be told."""
    own = [one for one in role_choices(of.case, of.step) if not isinstance(one.location, InPaste)]
    return next((one.arn.strip() for one in own if one.arn), None)


def _deployment(step: PipelineStep) -> str | None:
    return step.deployment.text if step.deployment else None


def _value(of: Version, name: str) -> str | None:
    """What the script sets, or hands to a pipe: the value, or where that is made by a command the line, which
    are only compared."""
    handed = next((value for pipe in of.step.script.pipes if (value := pipe.variable(name))), None)
    if handed is not None:
        return handed.text
    winner = look_up(of.case, of.step, name).winner
    if winner is None or winner.at is None:
        return None
    return winner.text if winner.value is None else winner.value
