"""Everything that the login needs is there, and the text does not say what AWS answered.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.aws_login import ROLE, TOKEN_FILE, Style, login_of
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.pipelines.model import OidcState
from knowledge.quoting import quoted, step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family, Symptom
from knowledge.text_evidence import first_of, in_text
from knowledge.token_file import token_file_fault
from knowledge.variables import look_up
from knowledge.words import code

_CAUSE = "error-hidden"
#: A pipe says what it lacks.
_OF_PIPES = ("pipe-keys-missing",)
_ASK = "aws sts get-caller-identity"
_STEPS = (
    "Put the command right before the one that failed, run the step, and post what it prints.",
    (
        "When it prints the role, the login works and the tool itself is the reason: it is too old to know "
        "`AWS_WEB_IDENTITY_TOKEN_FILE`, or has a profile or keys in its own settings (`profile` in Terraform "
        "or `serverless.yml`, `--profile`, `Session(profile_name=…)`), which come before the variables."
    ),
    (
        "When the tool runs in a container of its own (`docker run`) or under `sudo`, it sees neither the "
        "variables nor the file unless they are handed in."
    ),
)


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = first_of(case, Family.HIDDEN, Family.NO_CREDENTIALS)
    if (
        symptom is None
        or symptom.provider != "aws"
        or symptom.id in _OF_PIPES
        or case.families - {symptom.family, Family.OTHER}
    ):
        return
    if suspect is None and symptom.family is not Family.HIDDEN:
        return
    if suspect is not None and not _all_there(case, suspect):
        return
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.POSSIBLE,
        headline=f"What AWS answered {step_words(suspect)} is not in this text."
        if symptom.family is Family.HIDDEN
        else f"All that a login needs is there in {step_words(suspect)}, and its tool does not use it.",
        meaning=(
            "Some tools print one sentence for every failure of a login. Others do not know the login by "
            "token, or are told by their own settings to log in otherwise."
        ),
        step=step_for(suspect, of_the_step=True),
        evidence=tuple(_evidence(case, suspect, symptom)),
        fixes=(
            Fix(
                title=f"Ask the AWS CLI in the same step: {code(_ASK)}",
                surface=Surface.RUN,
                commands=(_ASK,),
                steps=_STEPS,
                verify="The command prints `assumed-role/` and the role, or the error that the tool hid.",
            ),
        ),
    )


def _all_there(case: CaseFile, suspect: Suspect) -> bool:
    """Whether nothing that was read lacks: the switch, the role, the token's file and what is in it."""
    step = suspect.step
    login = login_of(case, step)
    if login is None or login.style is not Style.TOKEN_FILE or step.oidc.state is not OidcState.ON:
        return False
    settings = [look_up(case, step, name, login.at).winner for name in (ROLE, TOKEN_FILE)]
    if any(setting is None or setting.empty or setting.lacking for setting in settings):
        return False
    return bool(step.script.token_writes) and token_file_fault(case, step) is None


def _evidence(case: CaseFile, suspect: Suspect | None, symptom: Symptom) -> Iterator[Evidence]:
    yield in_text(case, symptom, "This is all that the tool says.")
    at = suspect.step.key_at("image") if suspect else None
    if suspect is not None and at is not None and suspect.step.image:
        yield quoted(case, at, f"The tool comes with the image {code(suspect.step.image)}.", primary=False)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
