"""The statement for Bitbucket's provider does not allow `sts:AssumeRoleWithWebIdentity`.

https://github.com/aws/aws-cdk/issues/31128
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding, Fix, Surface
from knowledge.near import distance
from knowledge.quoting import step_for
from knowledge.rules.rule import Rule
from knowledge.trust_case import Judged, judge
from knowledge.trust_findings import doubted, place, role_words, verdict_for
from knowledge.trust_fixes import VERIFY, policy_fix
from knowledge.trust_reasons import common_length
from knowledge.trust_repair import ACTION
from knowledge.trust_request import covers
from knowledge.words import code, filled

_CAUSE = "trust-action-missing"
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
_TAGS, _TAG_SESSION = "https://aws.amazon.com/tags", "sts:TagSession"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    judged = judge(case, suspect)
    if judged is None:
        return
    if judged.result.decision == "allowed":
        yield from _tags(case, suspect, judged)
    if judged.meant is None or judged.meant.action_fits:
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
        headline=filled(headline, role=role_words(judged)),
        meaning=doubted(judged, meaning),
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


def _tags(case: CaseFile, suspect: Suspect | None, judged: Judged) -> Iterable[Finding]:
    """A token that carries session tags needs a second action."""
    admits = next(
        (item for item in judged.result.statements if item.effect == "Allow" and item.applies), None
    )
    statement = judged.statement(admits.index) if admits else None
    verdict = verdict_for(case, judged, matches=False)
    if _TAGS not in (case.claims or {}) or statement is None or verdict is None:
        return
    if any(covers(action, _TAG_SESSION) for action in statement.actions) is not statement.actions_excluded:
        return
    yield Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=f"The trust policy of {role_words(judged)} does not allow {code(_TAG_SESSION)}.",
        meaning=f"The token carries session tags ({code(_TAGS)}), and AWS asks for that action too.",
        step=step_for(suspect, of_the_step=False),
        evidence=(
            Evidence(
                f"Statement {statement.index} lets the step in, but for the tags.",
                place(judged, statement.index),
                ", ".join(statement.actions),
            ),
        ),
        fixes=(
            Fix(
                title=f"Allow {code(_TAG_SESSION)} in the trust policy",
                surface=Surface.ROLE_TRUST,
                steps=(f"Add {code(_TAG_SESSION)} to the `Action` of statement {statement.index}.",),
                verify=VERIFY,
                url=judged.url,
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
            "An action that AWS does not know allows nothing.",
        )
    return (
        "The trust policy of {role} does not allow `sts:AssumeRoleWithWebIdentity`.",
        "A step logs in by that action, so the statement for Bitbucket's provider must allow it.",
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
