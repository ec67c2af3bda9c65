"""A member that fits this step, in a binding of which it is not known whether it lets the step act as the
service account: under an IAM condition, or with another role than the one that is meant for it.

https://cloud.google.com/iam/docs/service-account-permissions
"""

from __future__ import annotations

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Disposition, Evidence, Finding, Fix, Surface, Verdict
from knowledge.gcp_case import SAID, Stage, in_account, names_of, said_by
from knowledge.gcp_fixes import LATER, account_policy
from knowledge.gcp_members import CREATES_TOKENS, Judged
from knowledge.gcp_setup import IMPERSONATE, Binding
from knowledge.quoting import step_for, step_words
from knowledge.symptoms.model import Symptom
from knowledge.words import code

_CAUSE = "gcp-binding-unsettled"
_PERMISSION = "iam.serviceAccounts.getAccessToken"
_CONDITIONS = "https://cloud.google.com/iam/docs/conditions-overview"
_ROLES = "https://cloud.google.com/iam/docs/service-account-permissions"


def member_evidence(case: CaseFile, fitting: Judged) -> Evidence:
    """The member, and that its value is the step's own."""
    member, comparison = fitting.member, None
    if member.value and fitting.actual:
        comparison = Comparison(member.key or "subject", member.value, fitting.actual)
    role = code(fitting.binding.role) if fitting.binding is not None else "the role"
    sentence = f"This member has {role}, and its value is that of the step's token to the letter."
    if not member.value:
        sentence = f"This member has {role}, and it is everybody of the pool."
    return Evidence(sentence, in_account(case), member.text, comparison=comparison)


def left_open(case: CaseFile, suspect: Suspect | None, symptom: Symptom, found: Judged) -> Finding:
    """What can be said of it: the member is right, and what else of the binding decides."""
    binding = found.binding or Binding(IMPERSONATE, ())
    names = names_of(case, suspect)
    whose = code(names.email) if names.email else "the service account"
    evidence: tuple[Evidence, ...] = ()
    if binding.conditional:
        headline = (
            f"The binding on {whose} names {step_words(suspect)}, and has a condition, which may not hold."
        )
        meaning = "The member is the right one. Whether the condition holds is not evaluated here."
        evidence = (_condition(case, binding),)
    elif binding.role == CREATES_TOKENS:
        headline = (
            f"A binding on {whose}, as it was read, gives {step_words(suspect)} {code(binding.role)}; Google "
            "may not have known of it everywhere yet."
        )
        meaning = (
            f"That role holds {code(_PERMISSION)} too. What is left: the binding is younger than the text, "
            "the step asks for another service account, or a deny policy stands above the binding."
        )
    else:
        headline = (
            f"The binding on {whose} names {step_words(suspect)}, with {code(binding.role)}, "
            f"which may lack {code(_PERMISSION)}."
        )
        meaning = "The member is the right one. What the role holds was not read."
    return Finding(
        cause=_CAUSE,
        # Nothing that was read shows a fault, and the binding may be right as it is.
        verdict=Verdict.POSSIBLE,
        headline=headline,
        meaning=f"{meaning} {SAID[Stage.IMPERSONATION]}",
        step=step_for(suspect, of_the_step=False),
        evidence=(member_evidence(case, found), *evidence, said_by(case, symptom, primary=False)),
        fixes=(_look(binding, account_policy(names), whose),),
    )


def _condition(case: CaseFile, binding: Binding) -> Evidence:
    return Evidence(
        "Its binding has this condition.", in_account(case), binding.condition or binding.role, primary=False
    )


def _look(binding: Binding, command: str, whose: str) -> Fix:
    title, url = "See whether the role lets the step make a token", _ROLES
    steps: tuple[str, ...]
    if binding.conditional:
        title, url = "See whether the condition of the binding holds", _CONDITIONS
        shown = f" ({code(binding.condition, 200)})" if binding.condition else ""
        steps = (
            f"Compare the condition{shown} with when and for what the step asks.",
            (
                "If it is not to keep this step out, change it, or grant the role to the same member without "
                "a condition."
            ),
        )
    elif binding.role == CREATES_TOKENS:
        title = "Run the step again after some minutes; if it is refused, look at the service account"
        steps = (
            "Leave the binding as it is: changes take up to about five minutes to be known.",
            (
                "If it is refused again, compare the service account in the credential configuration "
                f"(`service_account_impersonation_url`) with {whose}."
            ),
            f"Or grant {code(IMPERSONATE)} to the same member: it is the role that is meant for this.",
        )
    else:
        steps = (
            f"See under IAM & Admin > Roles whether {code(binding.role)} holds {code(_PERMISSION)}.",
            f"If it does not, grant {code(IMPERSONATE)} to the same member.",
        )
    return Fix(
        title=title,
        surface=Surface.CLOUD_IDENTITY,
        disposition=Disposition.NEEDS_REVIEW,
        commands=(command,),
        steps=steps,
        verify=LATER,
        url=url,
    )
