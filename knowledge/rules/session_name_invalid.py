"""The name that the step gives its session has a character, or a length, that STS refuses.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Disposition, Evidence, Finding, Fix, Surface, VariableEdit, Verdict
from knowledge.location import InVariables, Position
from knowledge.pipelines.edit import replace_span
from knowledge.pipelines.model import PipelineFile
from knowledge.quoting import file_of, quoted, step_for, step_words
from knowledge.rules.rule import ByCommands, Rule
from knowledge.session_arguments import NAME_OPTION, NAME_VARIABLE, SessionName, refused, session_name
from knowledge.symptoms.model import Family, Symptom
from knowledge.text_evidence import first_of, in_text
from knowledge.words import code

_CAUSE = "session-name-invalid"
_SAYS, _EMPTY = "aws-sts-session-name", "aws-cli-session-argument-empty"
_BETTER = "bitbucket-$BITBUCKET_BUILD_NUMBER"
_VERIFY = "Run the step again: the exchange succeeds."


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = refused(case, "RoleSessionName", _SAYS) or first_of(
        case, Family.SESSION_ARGUMENT, ids=(_EMPTY,)
    )
    name = session_name(case, suspect)
    given = symptom.fields.get("session") if symptom else None
    if symptom is not None and name is not None and name.right and name.value != given:
        yield _elsewhere(case, suspect, symptom, name)
        return
    evidence: list[Evidence] = []
    if symptom is not None:
        evidence.append(in_text(case, symptom, "The text says so itself."))
    elif case.families or name is None or name.right is not False:
        return
    if name is not None:
        evidence.append(_shown(case, name, primary=not evidence))
    shown = given or (name.value if name else None) or (name.written if name else None)
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if symptom or (name and name.value) else Verdict.LIKELY,
        headline=f"STS takes no session of the name {code(shown)}."
        if shown
        else f"The name of the session of {step_words(suspect)} is refused.",
        meaning=(
            "A session's name has 2 to 64 letters, digits and `_+=,.@-`: no blank, no `/` as in a branch, no "
            "`:`, and no braces as in Bitbucket's UUIDs."
        ),
        step=step_for(suspect, of_the_step=True),
        evidence=tuple(evidence),
        fixes=tuple(_fixes(case, name)),
    )


def _elsewhere(case: CaseFile, suspect: Suspect | None, symptom: Symptom, name: SessionName) -> Finding:
    """What the step gives is right: it is mended by now, or another tool gives a name of its own."""
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.UNDETERMINED,
        headline="Where the session's name comes from that STS refused could not be seen.",
        meaning=(
            f"The name that {step_words(suspect)} gives is one that STS takes. Either the text is older, or "
            "a tool of the step gives another name by itself."
        ),
        evidence=(
            in_text(case, symptom, "STS refused a name.", primary=False),
            _shown(case, name, primary=False),
        ),
    )


def _shown(case: CaseFile, name: SessionName, *, primary: bool) -> Evidence:
    sentence = f"This is the name, because {name.words}."
    if name.at is not None:
        return quoted(case, name.at, sentence, primary=primary)
    return Evidence(sentence, name.location, NAME_VARIABLE, primary=primary)


def _fixes(case: CaseFile, name: SessionName | None) -> Iterator[Fix]:
    file, title = file_of(case), f"Name the session {code(_BETTER)}"
    if name is not None and name.at is not None and file is not None and name.written:
        after = _renamed(file, name.at, name.written)
        if after is not None:
            yield Fix(
                title=title,
                surface=Surface.PIPELINE_FILE,
                disposition=Disposition.SAFE,
                file_after=after,
                verify=_VERIFY,
            )
            return
    where_set = name.location if name else None
    if isinstance(where_set, InVariables) and where_set.level in ("repository", "workspace"):
        yield Fix(
            title=f"Set {code(NAME_VARIABLE)} to a name that STS takes",
            surface=Surface.VARIABLES,
            variables=(VariableEdit(where_set.level, NAME_VARIABLE, "bitbucket"),),
            steps=(f"Open the {where_set.level} variables and set {code(NAME_VARIABLE)} anew.",),
            verify=_VERIFY,
        )
        return
    line = code(f'export {NAME_VARIABLE}="{_BETTER}"')
    yield Fix(
        title=title,
        surface=Surface.PIPELINE_FILE,
        steps=(f"Put {line} before the first AWS command, or give that name to {code(NAME_OPTION)}.",),
        verify=_VERIFY,
    )


def _renamed(file: PipelineFile, at: Position, written: str) -> str | None:
    """A short name is part of other words of the command as well, so it is looked for behind its option;
    where a variable gives it, its place is its own."""
    for before, after in ((" ", ""), ("=", ""), (' "', '"'), ('="', '"'), (" '", "'"), ("='", "'")):
        option = f"{NAME_OPTION}{before}{written}{after}"
        # Between single quotes the shell would put in no number.
        better = f"{NAME_OPTION}{before}{_BETTER}{after}".replace("'", '"')
        changed = replace_span(file, at, option, better)
        if changed is not None:
            return changed
    line = file.text.splitlines()[at.line - 1] if at.line <= len(file.text.splitlines()) else ""
    return None if NAME_OPTION in line else replace_span(file, at, written, _BETTER)


RULE = Rule(cause=_CAUSE, check=check, without_step=True, by_commands=ByCommands.SHOWN)
