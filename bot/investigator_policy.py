"""The role's trust policy as a person pasted it, in the place of one that was read."""

from __future__ import annotations

from dataclasses import replace

from bot.investigator_notes import Notes
from knowledge.casefile import CaseFile, Role
from knowledge.finding import Diagnosis, Verdict
from knowledge.reading import Known, Unread
from knowledge.symptoms.model import Family
from knowledge.trust import StatementResult
from knowledge.trust_case import judge
from knowledge.words import code

SOURCE = "the policy you pasted"


def take_pasted(notes: Notes, role: Role) -> None:
    """Let the pasted role stand for the one that the step asks for, unless it says itself that it is not."""
    wanted = notes.role_arn or ""
    if role.arn and wanted and role.arn != wanted:
        notes.role = Unread(
            "the role's trust policy",
            f"{SOURCE} is that of {code(role.arn)}, and the step asks for {code(wanted)}",
            "paste the trust policy of the role that the step asks for",
        )
        return
    arn = role.arn or wanted
    notes.role, notes.role_arn = Known(replace(role, arn=arn), SOURCE), arn or None


def hangs_on_policy(notes: Notes, diagnosis: Diagnosis) -> bool:
    """Whether somebody who pastes the role's trust policy helps: it was not read, AWS refused the role (or
    a finding says that it hangs on the policy), and no other cause is certain."""
    pasted = notes.question.role is not None
    if not (pasted or isinstance(notes.role, Unread)):
        return False
    lead = diagnosis.lead
    if not pasted and lead is not None and lead.verdict is Verdict.CONFIRMED:
        return False
    refused = any(one.family is Family.ROLE_REFUSED for one in notes.symptoms)
    return refused or any(
        one.cause.startswith("trust-") and one.verdict is Verdict.UNDETERMINED for one in diagnosis.findings
    )


def with_pasted(run_line: str, notes: Notes) -> str:
    """What was looked at, the pasted policy named as such."""
    if not isinstance(notes.role, Known) or notes.role.source != SOURCE:
        return run_line
    return f"{run_line}; the trust policy is {SOURCE}" if run_line else SOURCE


def statements_of(case: CaseFile) -> tuple[StatementResult, ...]:
    """The trust policy's statements, judged for the first step under suspicion; none when it was not read."""
    judged = judge(case, case.suspects[0] if case.suspects else None)
    return judged.result.statements if judged is not None else ()
