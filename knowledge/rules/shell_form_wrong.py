"""A line that was meant to set a variable and does not: `EXPORT A`, `SET A=b`, no `export`, single quotes.

The shell's own rules: https://www.gnu.org/software/bash/manual/html_node/Bourne-Shell-Builtins.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from knowledge.aws_login import KEYS, PIPE_ROLE, REGIONS, ROLE, ROLE_FILE, TOKEN_FILE, login_of
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Fix, Verdict
from knowledge.location import Position
from knowledge.pipelines.model import MalformedExport, PipelineStep
from knowledge.quoting import quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.shell_line_fixes import given_elsewhere, handed_on_to_all, rewritten
from knowledge.symptoms.model import Family
from knowledge.variable_needs import REACHED, about_aws, needs
from knowledge.variables import look_up
from knowledge.words import code

_CAUSE = "shell-form-wrong"
_OURS = frozenset({ROLE, TOKEN_FILE, ROLE_FILE, PIPE_ROLE, "AWS_ROLE_SESSION_NAME", *REGIONS, *KEYS})
_REGION_LACKS = frozenset({Family.REGION_MISSING, Family.HIDDEN})
_LOGIN_LACKS = frozenset(
    {
        Family.NO_CREDENTIALS,
        Family.ROLE_ARN_MISSING,
        Family.ROLE_ARN_MALFORMED,
        Family.TOKEN_FILE_NOT_FOUND,
        Family.TOKEN_EMPTY,
        Family.HIDDEN,
    }
)


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    if not about_aws(case):
        return
    for slip in step.script.malformed:
        if slip.name in _OURS:
            yield from _malformed(case, step, slip)
    yield from _unexported(case, step)
    yield from _single_quoted(case, step)


def _malformed(case: CaseFile, step: PipelineStep, slip: MalformedExport) -> Iterator[Finding]:
    if slip.text.lower().startswith(("$env:", "${env:")) and step.self_hosted:
        return
    lookup = look_up(case, step, slip.name)
    doubtful = step.self_hosted
    if _HANDS_ON.match(slip.text):
        # `export NAME` is right where the name has a value already; only a name without one is a slip.
        if not lookup.lacks or (lookup.unread and not case.families & _typical(slip.name)):
            return
        doubtful = bool(lookup.unread or lookup.uncertain)
    verdict = _verdict(case, slip.name, doubtful=doubtful)
    headline = f"Line {slip.at.line} of step {code(step.label)} does not set {code(slip.name)}."
    fix = (
        given_elsewhere(case, slip, lookup)
        if slip.repaired.endswith("=…")
        else rewritten(case, slip.at, slip.text, slip.repaired)
    )
    yield _finding(case, step, slip.at, headline, slip.why, verdict, fix)


_HANDS_ON = re.compile(r"export\s+[^=]*$")


def _unexported(case: CaseFile, step: PipelineStep) -> Iterator[Finding]:
    for need in needs(case, step):
        for item in need.lookup.beyond("not-exported"):
            at = item.setting.at
            if at is None or need.name != need.wanted or need.lookup.settings:
                continue
            doubtful = bool(need.lookup.unread or need.lookup.uncertain)
            if doubtful and not case.families & _typical(need.name):
                continue
            text = item.setting.text
            headline = (
                f"{code(need.name)}, which step {code(step.label)} needs, is not handed on to its programs."
            )
            why = f"{item.why[:1].upper()}{item.why[1:]}."
            fix = handed_on_to_all(case, at, text, need.name)
            yield _finding(case, step, at, headline, why, _verdict(case, need.name, doubtful=doubtful), fix)


def _single_quoted(case: CaseFile, step: PipelineStep) -> Iterator[Finding]:
    """`export A='$B'` sets the two letters and the name, not the value."""
    login = login_of(case, step)
    for export in step.script.exports:
        quotes = re.search(rf"\b{re.escape(export.name)}='(?P<value>[^']*\$[A-Za-z_{{][^']*)'", export.text)
        if quotes is None or login is None or export.name not in {ROLE, TOKEN_FILE, *REGIONS}:
            continue
        value = quotes["value"]
        repaired = export.text.replace(f"'{value}'", f'"{value}"', 1)
        headline = f"Line {export.at.line} sets {code(export.name)} to a variable's name, not to its value."
        why = "Between single quotes the shell puts in no variables."
        fix = rewritten(case, export.at, export.text, repaired)
        yield _finding(case, step, export.at, headline, why, _verdict(case, export.name, doubtful=False), fix)


def _typical(name: str) -> frozenset[Family]:
    """The texts that a lack of this variable gives."""
    return _REGION_LACKS if name in REGIONS else _LOGIN_LACKS


def _verdict(case: CaseFile, name: str, *, doubtful: bool) -> Verdict:
    """The line is wrong whatever the text says; whether it is the reason depends on the text."""
    families = case.families
    if families and not families & _typical(name) and families & (_REGION_LACKS | _LOGIN_LACKS):
        # The text shows another lack than this line can make.
        return Verdict.POSSIBLE
    if doubtful or (families and not families & _typical(name)) or families & REACHED:
        return Verdict.LIKELY
    return Verdict.CONFIRMED


def _finding(
    case: CaseFile, step: PipelineStep, at: Position, headline: str, why: str, verdict: Verdict, fix: Fix
) -> Finding:
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=headline,
        meaning=why,
        step=step_ref(step),
        evidence=(quoted(case, at, f"Line {at.line} is meant to set it."),),
        fixes=(fix,),
    )


RULE = Rule(cause=_CAUSE, check=check)
