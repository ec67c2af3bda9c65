"""The step has the key `oidc` with a value that is neither `true` nor a list of audiences.

https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
What Bitbucket makes of `"true"`, `1` or `yes` is not documented; its published schema takes a boolean.
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Finding
from knowledge.pipelines.model import Oidc, OidcState, PipelineStep
from knowledge.quoting import quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.switch import Slip, need_evidence, switch_fault, why
from knowledge.switch_fixes import switched_on
from knowledge.words import code

_CAUSE = "oidc-wrong-value"


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
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
