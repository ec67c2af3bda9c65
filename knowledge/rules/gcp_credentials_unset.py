"""The client found no credential configuration at all: `GOOGLE_APPLICATION_CREDENTIALS` is not set for it.

https://cloud.google.com/docs/authentication/application-default-credentials
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Disposition, Evidence, Finding, Fix, Surface, Verdict
from knowledge.gcp_case import symptom_of
from knowledge.gcp_login import CREDENTIALS, GoogleLogin, google_login
from knowledge.gcp_told import Saying, told
from knowledge.location import Position
from knowledge.pipelines.edit import insert_script_lines
from knowledge.pipelines.model import PipelineStep
from knowledge.quoting import file_of, quoted, step_words
from knowledge.rules.rule import Rule
from knowledge.script_order import before, rank, script_lines
from knowledge.symptoms.model import Symptom
from knowledge.variables import Lookup, look_up
from knowledge.words import code

_CAUSE = "gcp-credentials-unset"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-no-credentials")
    if symptom is None:
        return
    step = suspect.step if suspect else None
    login = google_login(case, step) if step else None
    asks = _asking(step, login) if step else None
    lookup = look_up(case, step, CREDENTIALS, asks) if step else None
    verdict = _verdict(lookup, login)
    if verdict is not None and _after_another(case, symptom):
        # What failed before it may be all that is wrong.
        verdict = Verdict.POSSIBLE
    if verdict is None or (step is not None and _by_gcloud(step)):
        return
    beside = list(_beside(case, step, login, lookup, asks)) if step else []
    yield told(
        case,
        suspect,
        symptom,
        Saying(
            cause=_CAUSE,
            headline=(
                f"{code(CREDENTIALS)} is not set for the command of {step_words(suspect)} that asks Google."
            ),
            meaning=(
                "`gcloud auth login --cred-file` logs in `gcloud` alone. Terraform and the libraries "
                "look for "
                f"{code(CREDENTIALS)}, and found nothing."
            ),
            verdict=verdict,
            fixes=(_fix(case, step, login, asks),),
            beside=tuple(beside),
            of_the_step=bool(beside),
        ),
    )


def _after_another(case: CaseFile, symptom: Symptom) -> bool:
    """Whether another failure of Google's stands above this one in the text."""
    return any(one.provider == "gcp" and one.span[0] < symptom.span[0] for one in case.symptoms)


def _verdict(lookup: Lookup | None, login: GoogleLogin | None) -> Verdict | None:
    if lookup is None:
        return Verdict.LIKELY
    if not lookup.lacks:
        # Where the script itself sets it, the program may still run where it is not seen.
        winner = lookup.winner
        return None if winner and winner.at and not winner.maybe else Verdict.POSSIBLE
    if lookup.beyond("no-deployment", "other-environment", "not-exported"):
        # Where it is set and not seen is a cause of its own.
        return None
    return Verdict.CONFIRMED if login is not None and lookup.missing else Verdict.LIKELY


def _by_gcloud(step: PipelineStep) -> bool:
    """Whether a line lets `gcloud` put the credentials where the libraries look for them by themselves."""
    return any(
        "--update-adc" in text or "application-default login" in text for text, _ in script_lines(step)
    )


def _asking(step: PipelineStep, login: GoogleLogin | None) -> Position | None:
    """The first command that is no `gcloud` and needs a login."""
    commands = sorted(step.script.commands, key=lambda item: rank(step, item.at))
    return next(
        (
            command.at
            for command in commands
            if command.kind == "tool" and (login is None or before(step, login.at, command.at))
        ),
        None,
    )


def _beside(
    case: CaseFile,
    step: PipelineStep,
    login: GoogleLogin | None,
    lookup: Lookup | None,
    asks: Position | None,
) -> Iterable[Evidence]:
    if login is not None:
        what = code(login.output) if login.output else "the configuration"
        sentence = f"Line {login.at.line} makes {what}; each program has to be told of it."
        yield quoted(case, login.at, sentence, primary=False)
    if asks is not None:
        yield quoted(case, asks, f"Line {asks.line} needs a login of its own.", primary=False)
    for late in lookup.beyond("too-late") if lookup else ():
        yield Evidence(f"It is set, but {late.why}.", late.setting.location, late.setting.text, primary=False)
    del step


def _fix(case: CaseFile, step: PipelineStep | None, login: GoogleLogin | None, asks: Position | None) -> Fix:
    output = login.output if login and login.output else "/tmp/gcp-credentials.json"  # noqa: S108
    path = output if output.startswith(("/", "$", "~")) else f"$(pwd)/{output}"
    line = f'export {CREDENTIALS}="{path}"'
    file = file_of(case)
    after = None
    if file is not None and step is not None and login is not None and asks is not None:
        after = insert_script_lines(file, step, [line], asks)
    return Fix(
        title=f"Set {code(CREDENTIALS)} before the command that failed",
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE,
        file_after=after,
        commands=() if after is not None else (line,),
        steps=()
        if after is not None
        else ("Put this line after `create-cred-config`, which has to run in the same step.",),
        verify="Run the step again: the client finds the configuration and asks Google.",
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
