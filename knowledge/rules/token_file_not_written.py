"""The SDK is told where the token is, and the token is not there.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.aws_login import TOKEN_FILE
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Disposition, Evidence, Finding, Fix, Surface, Verdict
from knowledge.pipelines.edit import replace_span
from knowledge.pipelines.model import PipelineStep
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.rules.rule import ByCommands, Rule
from knowledge.symptoms.model import EXCHANGE_TRIED, Family
from knowledge.token_file import Fault, TokenFileFault, token_file_fault
from knowledge.variable_findings import VERIFY, WRITE_TOKEN, insert_lines, is_set
from knowledge.variable_needs import VAGUE, about_aws
from knowledge.words import code

_CAUSE = "token-file-not-written"
_TOKEN = f"${TOKEN}"
_TYPICAL = frozenset({Family.TOKEN_FILE_NOT_FOUND, Family.TOKEN_EMPTY})


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    fault = token_file_fault(case, step) if about_aws(case) else None
    if fault is None:
        return
    verdict, headline = _verdict(case, fault), _headline(step, fault)
    if verdict is None or headline is None:
        return
    yield Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=headline,
        meaning=f"The SDK opens the file that {code(TOKEN_FILE)} names; the token has to be in it by then.",
        step=step_ref(step),
        evidence=tuple(_evidence(case, fault)),
        fixes=(_fix(case, step, fault),),
    )


def _verdict(case: CaseFile, found: TokenFileFault) -> Verdict | None:
    families = case.families
    # Two tokens in one file are no token any more, but neither is the file empty or away.
    typical = frozenset({Family.TOKEN_INVALID}) if found.fault is Fault.TWICE else _TYPICAL
    fits = not families or bool(families & typical)
    if not fits and (families & EXCHANGE_TRIED or not families & (VAGUE | {Family.NO_CREDENTIALS})):
        return None
    if not found.certain:
        told = Family.TOKEN_FILE_NOT_FOUND in families and found.fault is Fault.MOVED
        return Verdict.LIKELY if told else Verdict.POSSIBLE
    return Verdict.CONFIRMED if fits else Verdict.LIKELY


def _headline(step: PipelineStep, found: TokenFileFault) -> str | None:
    name = code(step.label)
    match found.fault:
        case Fault.NOTHING:
            none = (
                f"Nothing in step {name} writes"
                if found.certain
                else f"No line of step {name} shows that it writes"
            )
            return f"{none} the token to the file that {code(TOKEN_FILE)} names."
        case Fault.LITERAL:
            # The line's own slip, which `shell-form-wrong` tells.
            return None
        case Fault.TWICE:
            return f"Step {name} writes the token twice to the file, one behind the other."
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
        Fault.TWICE: f"Line {line} appends the token with `>>`.",
        Fault.MISNAMED: f"Line {line} writes a variable that nothing sets; the token is {code(_TOKEN)}.",
        Fault.TOO_LATE: f"Line {line} writes the token.",
        Fault.UNNAMED: f"Line {line} writes to {code(TOKEN_FILE)}, which is not set yet.",
        Fault.OTHER_PATH: f"Line {line} writes the token here.",
        Fault.MOVED: f"Line {line} leaves the directory in which the file is.",
    }
    yield quoted(case, found.at, said[found.fault])
    if found.first is not None and found.first.at.line != line:
        before = found.first.at
        yield quoted(case, before, f"Line {before.line} wrote it there already.", primary=False)
    if setting.at is None:
        yield is_set(setting)
    elif setting.at.line != line:
        yield quoted(case, setting.at, f"Line {setting.at.line} names the file.", primary=False)
    if login.at.line != line:
        yield quoted(case, login.at, f"Line {login.at.line} runs {code(login.program)}.", primary=False)
    if found.elsewhere is not None:
        write = found.elsewhere.script.token_writes[0]
        text = f"Line {write.at.line} writes it in another step, {code(found.elsewhere.label)}."
        yield quoted(case, write.at, text, primary=False)


def _fix(case: CaseFile, step: PipelineStep, found: TokenFileFault) -> Fix:
    if found.fault is Fault.MISNAMED:
        return _in_line(case, found, found.misnamed, TOKEN, f"Write {code(_TOKEN)}")
    if found.fault is Fault.TWICE:
        return _in_line(case, found, ">>", ">", "Write the file anew with `>`")
    line, before, title = WRITE_TOKEN, found.login.at, "Write the token to that file before it is read"
    if found.fault is Fault.MOVED:
        line, before = f'export {TOKEN_FILE}="$PWD/${TOKEN_FILE}"', found.at
        title = "Make the path absolute before the directory changes"
    return insert_lines(case, step, [line], before, title) or Fix(
        title=title,
        surface=Surface.PIPELINE_FILE,
        steps=(f"Before what line {before.line} runs, put {code(line)}.",),
        verify=VERIFY,
    )


def _in_line(case: CaseFile, found: TokenFileFault, old: str, new: str, title: str) -> Fix:
    """The same line with one piece of it changed."""
    file = file_of(case)
    after = replace_span(file, found.at, old, new) if file is not None else None
    return Fix(
        title=title,
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE if after else Disposition.NEEDS_REVIEW,
        file_after=after,
        steps=() if after else (f"From line {found.at.line} on: write {code(new)} for {code(old)}.",),
        verify=VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check, by_commands=ByCommands.LACKING)
