"""A key pair stands before the token: SDKs take `AWS_ACCESS_KEY_ID` before they try web identity.

The order: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.aws_login import KEYS, Style, login_of, only_pipes_with_token, pipes_alone, uses_oidc
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.quoting import step_for, step_words
from knowledge.rules.rule import ByCommands, Rule
from knowledge.symptoms.model import Family, Symptom
from knowledge.text_evidence import first_of, in_text
from knowledge.variable_types import Level, Setting
from knowledge.variables import look_up, where
from knowledge.words import code, listed

_CAUSE = "static-keys-shadow"
_VERIFY = "Run `aws sts get-caller-identity` in the step: it prints `assumed-role/`, not `user/`."
_HALF, _OTHER = "aws-partial-credentials", "aws-other-principal-denied"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    families = case.families
    symptom = first_of(case, Family.STATIC_KEYS)
    if families and symptom is None and Family.CALL_REFUSED not in families:
        # Every other text comes when no key pair was there, or after web identity was tried.
        return
    settings = _keys(case, suspect) if suspect else []
    if settings and suspect is not None and _meant(case, suspect):
        yield _found(case, suspect, settings)
    elif symptom is not None:
        named = symptom.id in (_HALF, _OTHER)
        if named:
            evidence = in_text(case, symptom, "The text shows that keys were looked at, not the token.")
            # Half a pair ends the search whatever was meant; a whole one may be meant, and pipes may drop it.
            dropped = suspect is not None and only_pipes_with_token(case, suspect.step)
            of_a_user = Verdict.POSSIBLE if dropped else Verdict.LIKELY
            verdict = Verdict.CONFIRMED if symptom.id == _HALF else of_a_user
            beyond = _other_half(case, suspect, symptom)
            yield _finding(suspect, verdict, symptom, (evidence, *beyond), [])
        else:
            yield Finding(
                cause=_CAUSE,
                verdict=Verdict.POSSIBLE,
                headline=f"A key pair may stand before the token of {step_words(suspect)}.",
                meaning="AWS refused keys, and a login by token has none of its own until it succeeded.",
                evidence=(in_text(case, symptom, "AWS refused the keys that it was given."),),
            )


def _keys(case: CaseFile, suspect: Suspect) -> list[Setting]:
    """Where the key pair of this step is set. Keys that the script exports are often those of a
    session that it got for the token, so only fixed values count there."""
    found = []
    for name in KEYS:
        winner = look_up(case, suspect.step, name).winner
        if winner is None or winner.empty:
            continue
        if winner.level is not Level.SCRIPT or "$" not in (winner.written or "$"):
            found.append(winner)
    symptom = first_of(case, Family.STATIC_KEYS, ids=(_HALF,))
    return found if len(found) == len(KEYS) or symptom is not None else []


def _meant(case: CaseFile, suspect: Suspect) -> bool:
    """Whether the step is meant to log in by its token, and through the SDK's own chain."""
    login = login_of(case, suspect.step)
    if pipes_alone(case, suspect.step) or (login is not None and login.style is Style.EXPLICIT):
        return False
    return uses_oidc(case, suspect.step)


def _found(case: CaseFile, suspect: Suspect, settings: list[Setting]) -> Finding:
    symptom = first_of(case, Family.STATIC_KEYS)
    evidence = [
        Evidence(
            f"{code(setting.name)} is set {where(setting)}.",
            setting.location,
            setting.name,
            primary=number == 0,
        )
        for number, setting in enumerate(settings)
    ]
    if symptom is not None:
        evidence.append(in_text(case, symptom, "The text shows that keys were looked at.", primary=False))
        evidence += _other_half(case, suspect, symptom)
    verdict = Verdict.CONFIRMED if symptom is not None else Verdict.LIKELY
    return _finding(suspect, verdict, symptom, tuple(evidence), settings)


def _other_half(case: CaseFile, suspect: Suspect | None, symptom: Symptom) -> tuple[Evidence, ...]:
    """Where the half that is missing is set, out of the step's reach."""
    name = symptom.fields.get("variable") if symptom.id == _HALF else None
    beyond = look_up(case, suspect.step, name).out_of_reach if name in KEYS and suspect and name else ()
    return tuple(
        Evidence(
            f"{code(name)} is set {where(item.setting)}, but {item.why}.",
            item.setting.location,
            item.setting.name,
            primary=False,
        )
        for item in beyond[:1]
    )


def _finding(
    suspect: Suspect | None,
    verdict: Verdict,
    symptom: Symptom | None,
    evidence: tuple[Evidence, ...],
    settings: list[Setting],
) -> Finding:
    pair = "Half a key pair" if symptom is not None and symptom.id == _HALF else "A key pair"
    principal = symptom.fields.get("principal") if symptom is not None else None
    who = f" The call was made by {code(principal)}." if principal else ""
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=f"{pair} stands before the token of {step_words(suspect)}, so OIDC is not tried.",
        meaning=(
            "SDKs and the AWS CLI take `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` from the "
            f"environment before they look for a token.{who}"
        ),
        step=step_for(suspect, of_the_step=True),
        evidence=evidence,
        fixes=tuple(_fixes(settings, symptom.fields.get("variable") if symptom is not None else None)),
    )


def _fixes(settings: list[Setting], missing: str | None) -> Iterator[Fix]:
    places = list(dict.fromkeys(f"{code(item.name)} {where(item)}" for item in settings))
    names = "`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`"
    what = listed(places) if places else f"{names} at every level of the variables"
    yield Fix(
        title="Remove the key pair",
        surface=Surface.VARIABLES,
        steps=(
            f"Delete {what}, unless another step needs them.",
            "Where they must stay, `unset` all three before the first AWS command of the step.",
            *((f"Where the pair is meant, the step has to see {code(missing)} too.",) if missing else ()),
        ),
        verify=_VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True, by_commands=ByCommands.SHOWN)
