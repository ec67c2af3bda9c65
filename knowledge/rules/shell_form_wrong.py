"""A line that was meant to set a variable and does not: `EXPORT A`, `SET A=b`, no `export`, single quotes.

The shell's own rules: https://www.gnu.org/software/bash/manual/html_node/Bourne-Shell-Builtins.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from knowledge.aws_login import KEYS, PIPE_ROLE, REGIONS, ROLE, ROLE_FILE, TOKEN_FILE
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Verdict
from knowledge.location import Position
from knowledge.pipelines.model import MalformedExport, PipelineStep
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import quoted, step_ref
from knowledge.rules.rule import ByCommands, Rule
from knowledge.shell_line_fixes import expanded, handed_on_to_all, mended
from knowledge.symptoms.model import EXCHANGE_TRIED, Family
from knowledge.unexpanded import Unexpanded, unexpanded, unexpanded_token
from knowledge.variable_needs import VAGUE, about_aws, needs, region_needs
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
#: Texts beside which a token that is none may still stand.
_NO_TOKEN = VAGUE | {Family.TOKEN_FILE_NOT_FOUND, Family.TOKEN_EMPTY, Family.NO_CREDENTIALS}


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    if not about_aws(case):
        return
    for slip in step.script.malformed:
        if slip.name in _OURS:
            yield from _malformed(case, step, slip)
    yield from _unexported(case, step)
    for found in unexpanded(case, step):
        yield _unexpanded(case, step, found, _verdict(case, found.name, doubtful=False))
    token = unexpanded_token(case, step)
    verdict = _on_token(case, token) if token is not None else None
    if token is not None and verdict is not None:
        yield _unexpanded(case, step, token, verdict)


def _malformed(case: CaseFile, step: PipelineStep, slip: MalformedExport) -> Iterator[Finding]:
    if slip.text.lower().startswith(("$env:", "${env:")) and step.self_hosted:
        return
    lookup = look_up(case, step, slip.name)
    # The line is wrong all the same, but what it was meant to set has a value.
    doubtful = step.self_hosted or not lookup.lacks
    if _HANDS_ON.match(slip.text):
        # `export NAME` is right where the name has a value already; only a name without one is a slip.
        if not lookup.lacks or (lookup.unread and not case.families & _typical(slip.name)):
            return
        doubtful = bool(lookup.unread or lookup.uncertain)
    verdict = _verdict(case, slip.name, doubtful=doubtful)
    headline = f"Line {slip.at.line} of step {code(step.label)} does not set {code(slip.name)}."
    yield _finding(step, headline, slip.why, verdict, _meant(case, slip.at), *mended(case, slip, lookup))


_HANDS_ON = re.compile(r"export\s+[^=]*$")


def _unexported(case: CaseFile, step: PipelineStep) -> Iterator[Finding]:
    regions = region_needs(case, step) if Family.REGION_MISSING in case.families else ()
    for need in (*needs(case, step), *regions):
        for item in need.lookup.beyond("not-exported"):
            at = item.setting.at
            if at is None or need.name != need.wanted or need.lookup.settings:
                continue
            doubtful = bool(need.lookup.unread or need.lookup.uncertain)
            if doubtful and not case.families & _typical(need.name):
                continue
            headline = (
                f"{code(need.name)}, which step {code(step.label)} needs, is not handed on to its programs."
            )
            why = f"{item.why[:1].upper()}{item.why[1:]}."
            fix = handed_on_to_all(case, at, item.setting.text, need.name)
            verdict = _verdict(case, need.name, doubtful=doubtful)
            yield _finding(step, headline, why, verdict, _meant(case, at), fix)


def _unexpanded(case: CaseFile, step: PipelineStep, found: Unexpanded, verdict: Verdict) -> Finding:
    headline = f"Line {found.at.line} {found.said}."
    line = _meant(case, found.at, "hand the token on" if found.name == TOKEN else "set it")
    return _finding(step, headline, found.why, verdict, line, expanded(case, found))


def _typical(name: str) -> frozenset[Family]:
    """The texts that a lack of this variable gives."""
    return _REGION_LACKS if name in REGIONS else _LOGIN_LACKS


def _verdict(case: CaseFile, name: str, *, doubtful: bool) -> Verdict:
    """The line is wrong whatever the text says; whether it is the reason depends on the text."""
    families = case.families
    if families and not families & _typical(name) and families & (_REGION_LACKS | _LOGIN_LACKS):
        # The text shows another lack than this line can make.
        return Verdict.POSSIBLE
    if doubtful or (families and not families & _typical(name)) or families & EXCHANGE_TRIED:
        return Verdict.LIKELY
    return Verdict.CONFIRMED


def _on_token(case: CaseFile, token: Unexpanded) -> Verdict | None:
    """Whether the token's name may be what was sent; a real token was not sent by this line."""
    families = case.families
    fits = not families or Family.TOKEN_INVALID in families
    if not fits and (families & EXCHANGE_TRIED or not families & _NO_TOKEN):
        return None
    if not token.certain:
        return Verdict.POSSIBLE
    return Verdict.CONFIRMED if fits else Verdict.LIKELY


def _meant(case: CaseFile, at: Position, to_do: str = "set it") -> Evidence:
    return quoted(case, at, f"Line {at.line} is meant to {to_do}.")


def _finding(
    step: PipelineStep, headline: str, why: str, verdict: Verdict, line: Evidence, *fixes: Fix
) -> Finding:
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=headline,
        meaning=why,
        step=step_ref(step),
        evidence=(line,),
        fixes=fixes,
    )


RULE = Rule(cause=_CAUSE, check=check, by_commands=ByCommands.SHOWN)
