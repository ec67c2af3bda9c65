"""What Azure was sent as token is no token, or one that Microsoft itself made.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from knowledge.azure_findings import refused, symptom_of
from knowledge.azure_login import AzLogin, az_logins
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import quoted
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "azure-token-mistaken"
_OF_ENTRA = "7002137"
_MEANT = f'"${TOKEN}"'
_VERIFY = "Run the step again: Azure no longer calls the token malformed."
_COUNT = f'printf %s "${TOKEN}" | tr -cd . | wc -c'


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-token-malformed", "azure-own-token", "azure-subject-spelling")
    by_spelling = symptom is not None and symptom.id == "azure-subject-spelling"
    if symptom is None or (by_spelling and symptom.code != _OF_ENTRA):
        return
    malformed = symptom.id == "azure-token-malformed"
    wrong = _wrongly_sent(suspect)
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline="What Azure was sent as token is no JWT."
        if malformed
        else "What Azure was sent is a token that Microsoft itself made, not the step's.",
        meaning=_NO_JWT if malformed else _MICROSOFTS,
        evidence=(_line(case, wrong),) if wrong else (),
        fixes=tuple(_fixes(wrong)),
    )


_NO_JWT = (
    "A JWT has three parts with two dots between them. A variable's name between single quotes, a masked "
    "copy, a text that was encoded once more or a line break at its end is none."
)
_MICROSOFTS = "Another variable, or a file of another login, stands where the step's token belongs."


def _wrongly_sent(suspect: Suspect | None) -> AzLogin | None:
    """The login that gives something else than the value of the step's variable."""
    logins = az_logins(suspect.step) if suspect else ()
    return next((item for item in logins if item.token and not _right(item.token)), None)


def _right(written: str) -> bool:
    return not written.startswith("'") and bool(re.search(rf"(?<!\\)\$\{{?{TOKEN}\b", written))


def _line(case: CaseFile, login: AzLogin) -> Evidence:
    sentence = f"Line {login.at.line} gives {code(login.token)} as the token."
    if (login.token or "").startswith("'"):
        sentence += " Between single quotes the shell puts in no variable."
    return quoted(case, login.at, sentence, primary=False)


def _fixes(wrong: AzLogin | None) -> Iterator[Fix]:
    yield Fix(
        title=f"Give {code(_MEANT)} between double quotes",
        surface=Surface.PIPELINE_FILE,
        commands=(_COUNT,),
        steps=(
            (f"On line {wrong.at.line}, write " if wrong else "Write ")
            + code(f"--federated-token {_MEANT}")
            + "; not from a file, not encoded.",
            "In the step, the command counts the dots of the token without printing it: there are 2.",
        ),
        verify=_VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
