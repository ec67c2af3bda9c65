"""The Google configuration names a file for the token, and the token is not there.

https://github.com/GoogleCloudPlatform/gcp-bitbucket-wif
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Verdict
from knowledge.gcp_case import SAID, Stage, said_by, symptom_of
from knowledge.gcp_login import google_login
from knowledge.gcp_token_file import Fault, TokenFileFault, is_written, token_file_fault
from knowledge.gcp_token_file_fixes import token_file_fix
from knowledge.quoting import quoted, step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.words import capitalised, code

_CAUSE = "gcp-token-file-not-written"
_ID = "gcp-token-file-not-found"
#: What is in the file is no token: the name of the variable, for one.
_MALFORMED = "gcp-token-malformed"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, _ID, _MALFORMED)
    if symptom is None and case.symptoms:
        return
    fault = token_file_fault(case, suspect.step) if suspect else None
    literal = fault is not None and fault.fault is Fault.LITERAL
    if symptom is not None and literal != (symptom.id == _MALFORMED):
        return
    if symptom is None and (fault is None or not fault.certain):
        return
    path = symptom.fields.get("path", "") if symptom else ""
    made = suspect is not None and (
        google_login(case, suspect.step) is not None or is_written(suspect.step, path)
    )
    if suspect is not None and fault is None and made:
        # The script writes it, as far as it can be followed: what the text says is not explained by it.
        yield Finding(
            cause=_CAUSE,
            verdict=Verdict.UNDETERMINED,
            headline=f"The token's file is not there, and {step_words(suspect)} seems to write it.",
            step=step_for(suspect, of_the_step=False),
            evidence=(said_by(case, symptom),) if symptom else (),
        )
        return
    evidence = list(_evidence(case, fault)) if fault else []
    if symptom is not None:
        evidence.append(said_by(case, symptom, primary=not evidence))
    yield Finding(
        cause=_CAUSE,
        verdict=_verdict(fault),
        headline=_headline(suspect, fault, path),
        meaning=(
            "The configuration only says where the token is; a line of the same step has to write it there, "
            f"before Google's tools read it. {SAID[Stage.LOCAL] if symptom else ''}"
        ).strip(),
        step=step_for(suspect, of_the_step=fault is not None),
        evidence=tuple(evidence),
        fixes=(token_file_fix(case, suspect.step if suspect else None, fault, path),),
    )


def _verdict(fault: TokenFileFault | None) -> Verdict:
    if fault is None or fault.certain:
        return Verdict.CONFIRMED
    # A line that is not followed may write the file; these two show their slip themselves.
    shown = fault.fault in (Fault.MOVED, Fault.ELSEWHERE, Fault.LITERAL)
    return Verdict.LIKELY if shown else Verdict.POSSIBLE


def _headline(suspect: Suspect | None, fault: TokenFileFault | None, path: str) -> str:
    name = step_words(suspect)
    first = capitalised(name)
    match fault.fault if fault else None:
        case Fault.OTHER_PATH:
            return f"{first} writes the token to another file than its Google configuration names."
        case Fault.LITERAL:
            return f"{first} writes the name of the token's variable to the file, not the token."
        case Fault.TOO_LATE:
            return f"{first} writes the token after the command that reads its file."
        case Fault.MOVED:
            return f"{first} names the token's file by a relative path, then changes its directory."
        case Fault.ELSEWHERE:
            return f"{first} names the token's file by a relative path, and Terraform works elsewhere."
        case Fault.NOTHING:
            none = f"Nothing in {name} writes"
            if fault is not None and not fault.certain:
                none = f"No line of {name} shows that it writes"
            return f"{none} the token to the file that its Google configuration names."
        case _:
            return f"The token's file {code(path)} is not there when {name} logs in to Google."


def _evidence(case: CaseFile, fault: TokenFileFault) -> Iterable[Evidence]:
    login = fault.login
    named = f"Line {login.command.at.line} names {code(login.token_file)} as the token's file."
    match fault.fault:
        case Fault.NOTHING:
            yield quoted(case, login.at, named)
            if fault.elsewhere is not None:
                at = fault.elsewhere.script.token_writes[0].at
                sentence = f"Step {code(fault.elsewhere.label)} writes its own; its files are gone here."
                yield quoted(case, at, sentence, primary=False)
        case Fault.MOVED:
            yield quoted(case, fault.at, f"Line {fault.at.line} changes the directory.")
            yield quoted(case, login.at, named, primary=False)
        case Fault.ELSEWHERE:
            sentence = (
                f"Line {fault.at.line} lets Terraform work in another directory, and look for the file there."
            )
            yield quoted(case, fault.at, sentence)
            yield quoted(case, login.at, named, primary=False)
        case _:
            target = fault.write.target if fault.write else ""
            yield quoted(case, fault.at, f"Line {fault.at.line} writes the token to {code(target)}.")
            yield quoted(case, login.at, named, primary=False)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
