"""What Azure was sent as token is no token, one that Microsoft itself made, or a variable that nothing sets.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from knowledge.azure_findings import refused, symptom_of
from knowledge.azure_token_given import OPTION, RIGHT, GivenToken, given_right, given_tokens, what_is_wrong
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.pipelines.model import OidcState
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.text_evidence import in_text
from knowledge.variable_findings import looked_at
from knowledge.variable_needs import lacking_in
from knowledge.words import code

_CAUSE = "azure-token-mistaken"
_OF_ENTRA = "7002137"
_EMPTY = ("azure-cli-token-empty", "azure-cli-token-argument-empty", "azure-token-empty")
_VERIFY = "Run the step again: Azure no longer refuses what it was sent as token."
_COUNT = f'printf %s "${TOKEN}" | tr -cd . | wc -c'


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    yield from _of_another_variable(case, suspect)
    symptom = symptom_of(case, "azure-token-malformed", "azure-own-token", "azure-subject-spelling")
    by_spelling = symptom is not None and symptom.id == "azure-subject-spelling"
    if symptom is None or (by_spelling and symptom.code != _OF_ENTRA):
        return
    malformed = symptom.id == "azure-token-malformed"
    given = list(given_tokens(suspect.step)) if suspect else []
    wrong = next((one for one in given if what_is_wrong(one.written) is not None), None)
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
        fixes=(given_right(case, wrong, _VERIFY, told=True), _count())
        if wrong
        else (_look(given, malformed=malformed),),
    )


_NO_JWT = (
    "A JWT has three parts with two dots between them. A variable's name between single quotes, a masked "
    "copy, a text that was encoded once more or a line break at its end is none."
)
_MICROSOFTS = "Another variable, or a file of another login, stands where the step's token belongs."


def _of_another_variable(case: CaseFile, suspect: Suspect | None) -> Iterator[Finding]:
    """No token came although the step has one: what is given is a variable that nothing sets."""
    symptom = symptom_of(case, *_EMPTY)
    if symptom is None or suspect is None or suspect.step.oidc.state is not OidcState.ON:
        return
    step = suspect.step
    for given in given_tokens(step):
        lacks = list(lacking_in(case, step, given.written, given.at))
        if what_is_wrong(given.written) != "" or not lacks or not all(lack.alone for lack in lacks):
            continue
        unsure = any(lack.lookup.unread or lack.lookup.uncertain for lack in lacks)
        name = lacks[0].name
        sentence = f"Line {given.at.line} gives {code(given.written)} as the token."
        yield Finding(
            cause=_CAUSE,
            verdict=Verdict.LIKELY if unsure else Verdict.CONFIRMED,
            headline=(
                f"Line {given.at.line} gives Azure {code('$' + name)}; the token is in {code('$' + TOKEN)}."
            ),
            meaning="Bitbucket puts the token into that variable; nothing that was read sets the other.",
            step=step_ref(step),
            evidence=(
                quoted(case, given.at, sentence),
                in_text(case, symptom, "The text says that the token was empty.", primary=False),
                *looked_at(case, step, name),
            ),
            fixes=(given_right(case, given, _VERIFY),),
        )
        return


def _line(case: CaseFile, given: GivenToken) -> Evidence:
    sentence = f"Line {given.at.line} gives {code(given.written)} as the token."
    return quoted(case, given.at, f"{sentence} {what_is_wrong(given.written) or ''}".strip(), primary=False)


def _count() -> Fix:
    return Fix(
        title="See whether it is a token",
        surface=Surface.RUN,
        commands=(_COUNT,),
        steps=("In the step, the command counts the dots of the token without printing it: there are 2.",),
        verify=_VERIFY,
    )


def _look(given: list[GivenToken], *, malformed: bool) -> Fix:
    """Nothing that was read is wrong: where else to look."""
    if not given:
        first = f"Give {code(RIGHT)}, between double quotes, by {code(OPTION)}; not from a file, not encoded."
    else:
        place = given[0]
        first = (
            f"Line {place.at.line} gives the token as it should ({code(place.written)}). So look for "
            "what changes it on the way: a line before that sets the variable anew, a container that gets "
            "only its name, another login in the same step."
        )
    if not malformed:
        first += " A managed identity, or a login that is kept from before, has a token of Microsoft."
    return replace(_count(), title="Find out what the step sends", steps=(first, *_count().steps))


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
