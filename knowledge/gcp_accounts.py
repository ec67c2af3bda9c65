"""The service account that a text names beside the one that the step names, and a policy that is another's.

A text tells of one account; the policy that goes with it is that account's, and no other's.
"""

from __future__ import annotations

from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Verdict
from knowledge.frozen import dataclass
from knowledge.gcp_case import Names, account_asked, account_of_script
from knowledge.gcp_fixes import account_policy
from knowledge.gcp_login import google_login
from knowledge.quoting import quoted
from knowledge.reading import Known, Unread
from knowledge.words import code


@dataclass(frozen=True, slots=True)
class Apart:
    """Two addresses of service accounts that are not the same."""

    text: str
    step: str


def accounts_apart(case: CaseFile, suspect: Suspect | None, text: str | None = None) -> Apart | None:
    """Where the text names another account than the step does; None where one of them is not known. `text` is
    what it names, by default the account that it asked to act as."""
    asked = account_asked(case) if text is None else text
    own = account_of_script(case, suspect)
    if "@" not in asked or "@" not in own or asked.casefold() == own.casefold():
        return None
    return Apart(asked, own)


def the_other(case: CaseFile, suspect: Suspect | None, apart: Apart) -> Evidence | None:
    """The line of the script that names the other account."""
    login = google_login(case, suspect.step) if suspect else None
    if login is None:
        return None
    line = f"Line {login.at.line} names {code(apart.step)}, and the text {code(apart.text)}."
    return quoted(case, login.at, line, primary=False)


def of_the_account(case: CaseFile, suspect: Suspect | None, finding: Finding) -> Finding:
    """The finding, no more than likely where the text names another account than the step does and it was not
    read whose the policy is."""
    apart = accounts_apart(case, suspect)
    if apart is None:
        return finding
    other = the_other(case, suspect, apart)
    policy = case.gcp_account.value if isinstance(case.gcp_account, Known) else None
    sure = policy is not None and policy.email.casefold() == apart.text.casefold()
    weaker = finding.verdict is Verdict.CONFIRMED and not sure
    return replace(
        finding,
        verdict=Verdict.LIKELY if weaker else finding.verdict,
        evidence=(*finding.evidence, other) if other is not None else finding.evidence,
    )


def without_another_account(case: CaseFile) -> CaseFile:
    """The case without a policy of an account that neither the text nor a script names, while they name
    another one."""
    if not isinstance(case.gcp_account, Known) or "@" not in case.gcp_account.value.email:
        return case
    own, asked = case.gcp_account.value.email, account_asked(case)
    named = [asked] if asked else [account_of_script(case, suspect) for suspect in case.suspects]
    named = [one for one in named if "@" in one]
    if not named or any(one.casefold() == own.casefold() for one in named):
        return case
    return replace(
        case,
        gcp_account=Unread(
            "the service account's IAM policy",
            f"what was read is of {code(own, 200)}, and the login asks for {code(named[0], 200)}",
            f"add what {code(account_policy(Names(None, named[0])), 300)} prints",
        ),
    )
