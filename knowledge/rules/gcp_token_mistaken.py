"""What was sent to Google as token is none: cut off, encoded, quoted, or something else altogether.

https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.gcp_audience import of_another_service
from knowledge.gcp_case import symptom_of
from knowledge.gcp_login import google_login
from knowledge.gcp_token_file import Fault, token_file_fault
from knowledge.gcp_told import Saying, told
from knowledge.pipelines.model import PipelineStep
from knowledge.pipelines.shell_paths import same_file
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import quoted, step_words
from knowledge.rules.rule import Rule
from knowledge.script_order import script_lines
from knowledge.words import code

_CAUSE = "gcp-token-mistaken"
#: Programs that make another text of a token.
_CHANGES = re.compile(r"\|\s*(?P<program>base64|cut|tr|sed|jq|awk|head|xxd|gzip)\b")


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-token-malformed")
    if symptom is None:
        yield from _of_another_service(case, suspect)
        return
    fault = token_file_fault(case, suspect.step) if suspect else None
    if fault is not None and fault.fault is Fault.LITERAL:
        # The name of the variable in place of the token: `gcp-token-file-not-written` says so.
        return
    beside = tuple(_beside(case, suspect.step)) if suspect else ()
    saying = Saying(
        cause=_CAUSE,
        headline="What Google was sent as token is no token.",
        meaning=(
            "A token is one line of three parts with a dot between them. An empty one, or one that a program "
            "changed on its way into the file, is none."
        ),
        fixes=(
            Fix(
                title="Write the token to its file as it is",
                surface=Surface.PIPELINE_FILE,
                commands=(f"printf '%s' \"${TOKEN}\" > /tmp/gcp-token",),
                steps=(
                    f"Write {code('$' + TOKEN)} itself, in double quotes and through no other program.",
                    "To see its form without showing it: `tr -cd . < /tmp/gcp-token | wc -c` prints 2.",
                ),
                verify="Run the step again: the token exchange reads the token.",
            ),
        ),
        beside=beside,
        of_the_step=bool(beside),
    )
    yield told(case, suspect, symptom, saying)


def _of_another_service(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom, audience = symptom_of(case, "gcp-audience-refused"), of_another_service(case, suspect)
    if symptom is None or audience is None:
        return
    beside = tuple(_beside(case, suspect.step)) if suspect else ()
    saying = Saying(
        cause=_CAUSE,
        # The file may have asked for it when this ran.
        verdict=Verdict.LIKELY,
        headline=(
            f"The token that Google was sent is for {code(audience)}, which {step_words(suspect)} does not "
            "ask for."
        ),
        meaning=(
            "A token of this step is for the workspace's audience, or for those that the step asks for. "
            "That of another service is not one to allow."
        ),
        fixes=(
            Fix(
                title="Send the step's own token",
                surface=Surface.PIPELINE_FILE,
                steps=(
                    f"Write {code('$' + TOKEN)} to the file that the configuration names, and no other.",
                    "If the step is to ask for that audience, name it under `oidc` > `audiences` first.",
                ),
                verify="Run the step again: the audience in the text is Bitbucket's, or the login works.",
            ),
        ),
        beside=beside,
        of_the_step=bool(beside),
    )
    yield told(case, suspect, symptom, saying)


def _beside(case: CaseFile, step: PipelineStep) -> Iterable[Evidence]:
    """The line that puts the token through a program, or something else into its file."""
    login = google_login(case, step)
    for text, at in script_lines(step):
        changed = _CHANGES.search(text)
        if TOKEN in text and changed is not None:
            sentence = f"Line {at.line} puts the token through {code(changed['program'])}."
            yield quoted(case, at, sentence, primary=False)
            return
        target = re.search(r">\s*(?P<path>[^\s>&|]+)\s*$", text)
        other = login is not None and target is not None and same_file(target["path"], login.token_file)
        if other and TOKEN not in text:
            yield quoted(
                case, at, f"Line {at.line} writes something else to the token's file.", primary=False
            )
            return


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
