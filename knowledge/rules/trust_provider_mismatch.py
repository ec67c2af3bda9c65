"""The role's trust policy names another principal than the OIDC provider of the token's issuer.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding
from knowledge.quoting import step_for
from knowledge.rules.rule import Rule
from knowledge.trust_case import Judged, judge
from knowledge.trust_findings import doubted, place, role_words, verdict_for
from knowledge.trust_fixes import policy_fix
from knowledge.trust_principal import WORDS, WrongPrincipal, wrong_principal
from knowledge.trust_request import account_of
from knowledge.words import code, filled

_CAUSE = "trust-provider-mismatch"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    judged = judge(case, suspect)
    wrong = wrong_principal(judged) if judged else None
    if judged is not None and wrong is not None:
        yield from _finding(case, suspect, judged, wrong)


def _finding(
    case: CaseFile, suspect: Suspect | None, judged: Judged, wrong: WrongPrincipal
) -> Iterable[Finding]:
    if not _told(case, judged, wrong):
        return
    verdict = verdict_for(case, judged, matches=False)
    if verdict is None:
        return
    headline, meaning = WORDS[wrong.slip]
    names = {
        "role": role_words(judged),
        "account": code(account_of(judged.provider_arn)),
        "other": wrong.kind if wrong.slip == "type" else code(account_of(wrong.value)),
    }
    if not judged.known:
        meaning = f"{meaning} The repository was not read, so this follows from the form of every provider."
    principal = code(f'{{"Federated": "{judged.provider_arn}"}}', 300)
    comparison = Comparison("principal", wrong.value, judged.provider_arn, wrong.differs_at)
    yield Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=filled(headline, **names),
        meaning=doubted(judged, filled(meaning, **names)),
        step=step_for(suspect, of_the_step=False),
        evidence=(
            Evidence(
                (
                    f"Statement {wrong.statement}, `Principal`: the token's provider is "
                    f"{code(judged.provider_arn, 200)}."
                ),
                place(judged, wrong.statement),
                wrong.value,
                comparison=comparison,
            ),
        ),
        fixes=(
            policy_fix(
                judged,
                "Name Bitbucket's OIDC provider in the trust policy",
                f"Set the principal to {principal}.",
            ),
        ),
    )


def _told(case: CaseFile, judged: Judged, wrong: WrongPrincipal) -> bool:
    """Whether the principal is known to be wrong: without the workspace, what none could have is."""
    if judged.known or case.target.workspace is not None:
        return True
    if wrong.slip in ("other-account", "partition"):
        return judged.name is not None
    return wrong.slip != "other-workspace"


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
