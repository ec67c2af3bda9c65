"""The statement for Bitbucket's provider does not allow `sts:AssumeRoleWithWebIdentity`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding
from knowledge.near import distance
from knowledge.rules.rule import Rule
from knowledge.trust_case import judge
from knowledge.trust_findings import place, role_words, step_for, verdict_for
from knowledge.trust_fixes import policy_fix
from knowledge.trust_reasons import common_length
from knowledge.trust_repair import ACTION
from knowledge.words import code

_CAUSE = "trust-action-missing"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    judged = judge(case, suspect)
    if judged is None or judged.meant is None or judged.meant.action_fits:
        return
    statement = judged.statement(judged.meant.index)
    verdict = verdict_for(case, judged, matches=False)
    if statement is None or verdict is None:
        return
    written = max(statement.actions, key=lambda action: common_length(action.lower(), ACTION.lower()))
    headline, meaning = _words(written, excluded=statement.actions_excluded)
    where = place(judged, statement.index)
    yield Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=headline.format(role=role_words(judged)),
        meaning=meaning,
        step=step_for(suspect, of_the_step=False),
        evidence=(
            Evidence(
                (
                    f"Statement {statement.index}, "
                    f"{'`NotAction`' if statement.actions_excluded else '`Action`'}: "
                    f"the step asks for {code(ACTION)}."
                ),
                where,
                written,
                comparison=None
                if statement.actions_excluded
                else Comparison("action", written, ACTION, common_length(written, ACTION)),
            ),
        ),
        fixes=(
            policy_fix(
                judged,
                f"Allow {code(ACTION)} in the trust policy",
                f"Set the statement's `Action` to {code(ACTION)}.",
            ),
        ),
    )


def _words(written: str, *, excluded: bool) -> tuple[str, str]:
    if excluded:
        return (
            "The trust policy of {role} excludes `sts:AssumeRoleWithWebIdentity` by `NotAction`.",
            "A step logs in by that action, and the statement allows everything but it.",
        )
    if written.lower() == "sts:assumerole":
        return (
            "The trust policy of {role} allows `sts:AssumeRole`, not `sts:AssumeRoleWithWebIdentity`.",
            (
                "A token is exchanged by `sts:AssumeRoleWithWebIdentity`, which `sts:AssumeRole` "
                "does not include. "
                "CDK's `FederatedPrincipal` writes the latter unless it is told otherwise."
            ),
        )
    if written.lower() == "sts:assumerolewithsaml":
        return (
            (
                "The trust policy of {role} allows `sts:AssumeRoleWithSAML`, not "
                "`sts:AssumeRoleWithWebIdentity`."
            ),
            "That action belongs to SAML providers; Bitbucket's tokens are OIDC.",
        )
    if distance(written.lower(), ACTION.lower()) <= 3:
        return (
            "The trust policy of {role} misspells `sts:AssumeRoleWithWebIdentity`.",
            "AWS takes an unknown action without complaint, and it allows nothing.",
        )
    return (
        "The trust policy of {role} does not allow `sts:AssumeRoleWithWebIdentity`.",
        "A step logs in by that action, so the statement for Bitbucket's provider must allow it.",
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
