"""The script exchanges the token itself and hands on only a part of what it got.

A session has three values: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.aws_login import KEYS, exchanges
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Disposition, Finding, Fix, Surface, Verdict
from knowledge.pipelines.edit import replace_span
from knowledge.pipelines.model import Export, PipelineStep
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.rules.rule import ByCommands, Rule
from knowledge.script_order import rank
from knowledge.symptoms.model import Family
from knowledge.variables import look_up
from knowledge.words import code, listed

_CAUSE = "session-keys-incomplete"
_ALL = (*KEYS, "AWS_SESSION_TOKEN")
#: Texts that keys give which are not whole, and those that hide what was said.
_FITS = frozenset({Family.STATIC_KEYS, Family.NO_CREDENTIALS, Family.HIDDEN, Family.OTHER})
_VERIFY = "Run `aws sts get-caller-identity` behind the exports: it prints `assumed-role/` and the role."


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    exchange = next(iter(exchanges(step)), None)
    if exchange is None or (case.families and not case.families & _FITS) or step.script.sourced:
        return
    made = [item for item in step.script.exports if item.name in _ALL and _of_the_exchange(step, item)]
    handed_on = {item.name for item in made if item.exported}
    lacking = [name for name in _ALL if name not in handed_on and not _otherwise(case, step, name)]
    if not handed_on or not lacking:
        return
    names = listed([code(name) for name in lacking])
    first = next(item for item in made if item.exported)
    line = exchange.at.line
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if Family.STATIC_KEYS in case.families else Verdict.LIKELY,
        headline=f"Step {code(step.label)} gets a session for its token and does not export {names}.",
        meaning=(
            "The keys of a session are good only together: key id, secret key and session token. Programs "
            "see only what is exported."
        ),
        step=step_ref(step),
        evidence=(
            quoted(case, first.at, f"Line {first.at.line} exports {code(first.name)}."),
            quoted(case, exchange.at, f"Line {line} exchanges the token.", primary=False),
            *(
                quoted(case, item.at, f"Line {item.at.line} assigns it without `export`.", primary=False)
                for item in made
                if not item.exported and item.name in lacking
            ),
        ),
        fixes=(_fix(case, made, lacking),),
    )


def _of_the_exchange(step: PipelineStep, item: Export) -> bool:
    """Whether the value is made when the script runs, behind the exchange: one that is written out, or made
    before, is a key pair of its own."""
    made = item.value is None or "$" in item.value
    at = exchanges(step)[0].at
    return made and not item.command_only and not item.after_script and rank(step, item.at) >= rank(step, at)


def _otherwise(case: CaseFile, step: PipelineStep, name: str) -> bool:
    """Whether the name may come another way: from a variable, or by words that are not followed here."""
    lookup = look_up(case, step, name)
    plain = [item.text for item in step.script.exports if item.name == name]
    mentioned = sum(text.upper().count(name) for text, _ in step.script_text)
    told = mentioned - sum(text.count(name) for text in plain)
    return not lookup.lacks or bool(lookup.uncertain) or told > 0


def _fix(case: CaseFile, made: list[Export], lacking: list[str]) -> Fix:
    file = file_of(case)
    bare = [item for item in made if item.name in lacking and not item.exported]
    if file is not None and len(lacking) == 1 and len(bare) == 1:
        name = lacking[0]
        after = replace_span(file, bare[0].at, f"{name}=", f"export {name}=")
        if after is not None:
            return Fix(
                title=f"Export {code(name)}",
                surface=Surface.PIPELINE_FILE,
                disposition=Disposition.SAFE,
                file_after=after,
                verify=_VERIFY,
            )
    names = listed([code(name) for name in lacking])
    return Fix(
        title=f"Export {names} too",
        surface=Surface.PIPELINE_FILE,
        steps=(
            (
                f"Take {names} from the same answer: `Credentials` holds `AccessKeyId`, `SecretAccessKey` "
                "and `SessionToken`."
            ),
            (
                "Or let the tools make the exchange: with `AWS_ROLE_ARN` and `AWS_WEB_IDENTITY_TOKEN_FILE` "
                "set, nothing has to be exported by hand."
            ),
        ),
        verify=_VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check, by_commands=ByCommands.SHOWN)
