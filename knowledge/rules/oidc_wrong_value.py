"""The step has the key `oidc` with a value that is neither `true` nor a list of audiences within the limits.

https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
What Bitbucket makes of `"true"`, `1` or `yes` is not documented; its published schema takes a boolean.
At most 10 audiences, each of at most 150 characters:
https://www.atlassian.com/blog/bitbucket/bitbucket-pipelines-oidc-now-supports-multiple-audiences
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Finding, Fix, Surface, Verdict
from knowledge.pipelines.model import Oidc, OidcState, PipelineStep
from knowledge.quoting import quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.switch import Slip, need_evidence, switch_fault, why
from knowledge.switch_fixes import VERIFY, switched_on
from knowledge.symptoms.model import Family
from knowledge.words import code

_CAUSE = "oidc-wrong-value"
_AUDIENCES, _CHARACTERS = 10, 150


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    yield from _beyond_the_limits(case, suspect.step)
    fault = switch_fault(case, suspect)
    step = suspect.step
    if fault is None or fault.slip is not Slip.WRONG_VALUE:
        return
    at, written = step.oidc.key_at or step.at, _written(step.oidc)
    yield Finding(
        cause=_CAUSE,
        verdict=fault.verdict,
        headline=_headline(step, written),
        meaning=f"{_meaning(step.oidc)} {why(case)}",
        step=step_ref(step),
        evidence=(
            quoted(
                case,
                at,
                f"Line {at.line} gives `oidc` {_said(step.oidc)}.",
                comparison=Comparison("value of oidc", "true", written) if written is not None else None,
            ),
            *need_evidence(case, fault.need),
        ),
        fixes=(switched_on(case, step),),
    )


def _beyond_the_limits(case: CaseFile, step: PipelineStep) -> Iterable[Finding]:
    """What Bitbucket does with more than it takes is not documented; a token that came shows it took them."""
    audiences, at = step.oidc.audiences or (), step.oidc.key_at or step.at
    longest = max((len(audience) for audience in audiences), default=0)
    if case.families and Family.TOKEN_EMPTY not in case.families:
        return
    if len(audiences) > _AUDIENCES:
        what, limit = f"{len(audiences)} audiences", f"at most {_AUDIENCES} are documented"
    elif longest > _CHARACTERS:
        what, limit = f"an audience of {longest} characters", f"at most {_CHARACTERS} are documented"
    else:
        return
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.LIKELY,
        headline=f"Step {code(step.label)} asks for {what}; {limit}.",
        meaning="What Bitbucket does beyond that limit is not documented; the step may get no token.",
        step=step_ref(step),
        evidence=(quoted(case, at, f"Line {at.line} lists {what}."),),
        fixes=(
            Fix(
                title="Keep the audiences within the limits",
                surface=Surface.PIPELINE_FILE,
                steps=(
                    (
                        f"List only what this step's services ask for: {_AUDIENCES} audiences at most, "
                        f"each of at most {_CHARACTERS} characters."
                    ),
                ),
                verify=VERIFY,
            ),
        ),
    )


def _headline(step: PipelineStep, written: str | None) -> str:
    whose = f"Step {code(step.label)}"
    if step.oidc.state is OidcState.OFF:
        return f"{whose} has `oidc` switched off, so it gets no token."
    if written is None:
        return f"{whose} gives `oidc` {_said(step.oidc)}, and so no value that is documented."
    return f"{whose} has {code(f'oidc: {written}')}, which is not `oidc: true`."


def _written(oidc: Oidc) -> str | None:
    """The value as the file has it; None for a list or a mapping, which may be long."""
    value = oidc.value
    if value is None:
        return ""
    if value.tag in ("map", "list"):
        return None
    return f'"{value.text}"' if value.quoted else value.text


def _said(oidc: Oidc) -> str:
    value = oidc.value
    if value is None or (value.tag == "null" and not value.text.strip()):
        return "no value"
    if value.tag == "map":
        return "a mapping that lists no audience under `audiences`"
    if value.tag == "list":
        return "a list"
    if value.quoted:
        return "a text in quotes"
    kind = {"bool": "the value", "int": "the number", "float": "the number"}.get(value.tag, "the text")
    return f"{kind} {code(value.text)}"


def _meaning(oidc: Oidc) -> str:
    if oidc.state is OidcState.OFF:
        return "`false` is the same as no `oidc` at all."
    if oidc.state is OidcState.UNCERTAIN:
        return "Older YAML takes this word for `true`, newer YAML for a text; `true` is read alike by both."
    return "The documented values are `true` and a mapping with `audiences`."


RULE = Rule(cause=_CAUSE, check=check)
