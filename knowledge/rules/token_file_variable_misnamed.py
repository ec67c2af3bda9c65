"""The token's file is named in a variable that no SDK reads.

`AWS_WEB_IDENTITY_ROLE_FILE` is printed by a widely read article; the name that is read is
`AWS_WEB_IDENTITY_TOKEN_FILE`: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.aws_login import ROLE_FILE, TOKEN_FILE, Style, login_of
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Disposition, Evidence, Finding, Fix, Surface, Verdict
from knowledge.pipelines.model import PipelineStep
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.rules.rule import ByCommands, Rule
from knowledge.symptoms.model import Family
from knowledge.variable_findings import EXAMPLE_PATH, VERIFY, add_variable
from knowledge.variable_needs import about_aws, misnamed_token_files, slip_for
from knowledge.variables import Setting, where
from knowledge.words import code

_CAUSE = "token-file-variable-misnamed"
_TYPICAL = frozenset({Family.NO_CREDENTIALS, Family.HIDDEN, Family.TOKEN_FILE_NOT_FOUND})


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    login = login_of(case, step)
    if not about_aws(case) or (login is not None and login.style in (Style.EXPLICIT, Style.PROFILE)):
        return
    for setting in misnamed_token_files(case, step)[:1]:
        yield _finding(case, step, setting)
        return
    slip = slip_for(step, ROLE_FILE)
    if slip is not None:
        evidence = quoted(
            case, slip.at, f"Line {slip.at.line} names it {code(ROLE_FILE)}.", comparison=_names(ROLE_FILE)
        )
        yield _said(case, step, ROLE_FILE, evidence)


def _finding(case: CaseFile, step: PipelineStep, setting: Setting) -> Finding:
    names = _names(setting.name)
    if setting.at is not None:
        sentence = f"Line {setting.at.line} sets {code(setting.name)}."
        return _said(case, step, setting.name, quoted(case, setting.at, sentence, comparison=names))
    sentence = f"{code(setting.name)} is set {where(setting)}."
    return _said(
        case,
        step,
        setting.name,
        Evidence(sentence, setting.location, setting.name, comparison=names),
        setting,
    )


def _said(
    case: CaseFile, step: PipelineStep, wrong: str, evidence: Evidence, stored: Setting | None = None
) -> Finding:
    proven = not case.families or bool(case.families & _TYPICAL)
    known = wrong == ROLE_FILE
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if proven and known else Verdict.LIKELY,
        headline=f"Step {code(step.label)} names the token's file in {code(wrong)}, which nothing reads.",
        meaning=(f"The SDKs read {code(TOKEN_FILE)}; without it they leave the step's token alone."),
        step=step_ref(step),
        evidence=(evidence,),
        fixes=(_fix(case, wrong, stored),),
    )


def _names(wrong: str) -> Comparison:
    at = next((n for n, (a, b) in enumerate(zip(TOKEN_FILE, wrong, strict=False)) if a != b), None)
    return Comparison("the variable's name", TOKEN_FILE, wrong, at)


def _fix(case: CaseFile, wrong: str, stored: Setting | None) -> Fix:
    """The right name wherever the file has the wrong one: nothing reads that in any step."""
    file = file_of(case)
    after = re.sub(rf"\b{re.escape(wrong)}\b", TOKEN_FILE, file.text) if file else ""
    if stored is not None or file is None or after == file.text:
        environment = stored.environment if stored else None
        return add_variable(
            TOKEN_FILE,
            EXAMPLE_PATH,
            environment=environment,
            what=f"the path that {code(wrong)} holds, and delete {code(wrong)}",
        )
    return Fix(
        title=f"Call it {code(TOKEN_FILE)}",
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE,
        file_after=after,
        verify=VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check, by_commands=ByCommands.SHOWN)
