"""The SDK is told where the token is, and the token is not there.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.aws_login import TOKEN_FILE
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Disposition, Evidence, Finding, Fix, Surface, Verdict
from knowledge.pipelines.edit import replace_line
from knowledge.pipelines.model import PipelineStep
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.token_file import Fault, TokenFileFault, token_file_fault
from knowledge.variable_findings import VERIFY, WRITE_TOKEN, insert_lines
from knowledge.variable_levels import TOKEN
from knowledge.variable_needs import REACHED, VAGUE, about_aws
from knowledge.variables import where
from knowledge.words import code

_CAUSE = "token-file-not-written"
_TOKEN = f"${TOKEN}"
_TYPICAL = frozenset({Family.TOKEN_FILE_NOT_FOUND, Family.TOKEN_EMPTY})


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    fault = token_file_fault(case, step) if about_aws(case) else None
    if fault is None:
        return
    verdict = _verdict(case, fault)
    fix = _fix(case, step, fault)
    if verdict is None or fix is None:
        return
    yield Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=_headline(step, fault),
        meaning=f"The SDK opens the file that {code(TOKEN_FILE)} names; the token has to be in it by then.",
        step=step_ref(step),
        evidence=tuple(_evidence(case, fault)),
        fixes=(fix,),
    )


def _verdict(case: CaseFile, found: TokenFileFault) -> Verdict | None:
    families = case.families
    typical = _TYPICAL | {Family.TOKEN_INVALID} if found.fault is Fault.LITERAL else _TYPICAL
    fits = not families or bool(families & typical)
    if not fits and (families & REACHED or not families & (VAGUE | {Family.NO_CREDENTIALS})):
        return None
    if not found.certain:
        told = Family.TOKEN_FILE_NOT_FOUND in families and found.fault is Fault.MOVED
        return Verdict.LIKELY if told else Verdict.POSSIBLE
    return Verdict.CONFIRMED if fits else Verdict.LIKELY


def _headline(step: PipelineStep, found: TokenFileFault) -> str:
    name = code(step.label)
    match found.fault:
        case Fault.NOTHING:
            return f"Nothing in step {name} writes the token to the file that {code(TOKEN_FILE)} names."
        case Fault.LITERAL:
            return f"Step {name} writes the name of the token's variable to the file, not the token."
        case Fault.MISNAMED:
            return f"Step {name} writes {code('$' + found.misnamed)} to the file, which is not the token."
        case Fault.TOO_LATE:
            return f"Step {name} writes the token's file after the command that reads it."
        case Fault.UNNAMED:
            return f"Step {name} writes the token before {code(TOKEN_FILE)} has a value."
        case Fault.OTHER_PATH:
            return f"Step {name} writes the token to another file than {code(TOKEN_FILE)} names."
        case Fault.MOVED:
            return f"Step {name} changes its directory, and {code(TOKEN_FILE)} is a relative path."


def _evidence(case: CaseFile, found: TokenFileFault) -> Iterable[Evidence]:
    setting, login, line = found.setting, found.login, found.at.line
    said = {
        Fault.NOTHING: f"Line {line} names the file."
        if setting.at
        else f"Line {line} runs {code(login.program)}.",
        Fault.LITERAL: f"Line {line} expands no variable: single quotes, or no `$`.",
        Fault.MISNAMED: f"Line {line} writes a variable that nothing sets; the token is {code(_TOKEN)}.",
        Fault.TOO_LATE: f"Line {line} writes the token.",
        Fault.UNNAMED: f"Line {line} writes to {code(TOKEN_FILE)}, which is not set yet.",
        Fault.OTHER_PATH: f"Line {line} writes the token here.",
        Fault.MOVED: f"Line {line} leaves the directory in which the file is.",
    }
    yield quoted(case, found.at, said[found.fault])
    if setting.at is None:
        text = f"{code(TOKEN_FILE)} is set {where(setting)}."
        yield Evidence(text, setting.location, setting.name, primary=False)
    elif setting.at.line != line:
        yield quoted(case, setting.at, f"Line {setting.at.line} names the file.", primary=False)
    if login.at.line != line:
        yield quoted(case, login.at, f"Line {login.at.line} runs {code(login.program)}.", primary=False)
    if found.elsewhere is not None:
        write = found.elsewhere.script.token_writes[0]
        text = f"Line {write.at.line} writes it in another step, {code(found.elsewhere.label)}."
        yield quoted(case, write.at, text, primary=False)


def _fix(case: CaseFile, step: PipelineStep, found: TokenFileFault) -> Fix | None:
    if found.fault in (Fault.LITERAL, Fault.MISNAMED):
        return _rewritten(case, found)
    if found.fault is Fault.MOVED:
        lines = [f'export {TOKEN_FILE}="$PWD/${TOKEN_FILE}"']
        return insert_lines(
            case, step, lines, found.at, "Make the path absolute before the directory changes"
        )
    title = "Write the token to that file before it is read"
    return insert_lines(case, step, [WRITE_TOKEN], found.login.at, title)


def _rewritten(case: CaseFile, found: TokenFileFault) -> Fix | None:
    """The same line with the token's variable expanded, or with its right name."""
    file = file_of(case)
    if file is None:
        return None
    line = file.line(found.at.line)
    wrong = rf"\b{found.misnamed}\b" if found.misnamed else rf"'?\\?\$?\{{?{TOKEN}\}}?'?"
    new = re.sub(wrong, TOKEN if found.misnamed else f'"{_TOKEN}"', line, count=1)
    return Fix(
        title=f"Write {code(_TOKEN)}",
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE,
        file_after=replace_line(file, found.at.line, new) if new != line else None,
        steps=() if new != line else (f"From line {found.at.line} on: write {code(_TOKEN)}, expanded.",),
        verify=VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check)
