"""What the role's own policies say of a refused call, as evidence and in a sentence: said to be in part,
because policies of the organisation, of the resource and of the session are not seen from here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from knowledge.aws_permission_fixes import named
from knowledge.aws_permissions import Clause, Decision, Permission, nearest_resource, permission
from knowledge.aws_readings import RolePolicies, RolePolicy, Simulation
from knowledge.casefile import CaseFile
from knowledge.finding import Comparison, Evidence
from knowledge.frozen import dataclass
from knowledge.location import InAccount
from knowledge.permissions import Refusal
from knowledge.reading import Known
from knowledge.trust_reasons import common_length
from knowledge.words import code, listed

_NOT_READ = "What the organisation, the resource and the session add was not read."
_NAMED = 4
"""Names of policies that one sentence takes."""


@dataclass(frozen=True, slots=True)
class PolicyView:
    """What was read about the refusal. `read` and `found` are None where nothing was read, or where the text
    says that a policy refuses which does not hang on the role."""

    read: RolePolicies | None
    found: Permission | None
    sentence: str
    evidence: tuple[Evidence, ...]


_NOTHING = PolicyView(None, None, "", ())


def policy_view(case: CaseFile, said: Refusal) -> PolicyView:
    """The role's policies judged for the refused call; they must be those of the role that the text names."""
    reading = case.role_policies
    if not isinstance(reading, Known) or said.action is None or not said.of_the_role:
        return _NOTHING
    read = reading.value
    if read.role_name != said.role:
        return _NOTHING
    found = permission(read, said.action, said.resource)
    where = InAccount(case.field("account") or "", "the role's policies", reading.url)
    evidence = [*_evidence(said, read, found, where)]
    sentence = _sentence(read, found)
    if isinstance(case.simulation, Known):
        evidence.append(_simulated(case.simulation.value, said, where))
        if found.decision is Decision.UNDETERMINED:
            sentence = ""
    return PolicyView(read, found, sentence, tuple(evidence))


def _sentence(read: RolePolicies, found: Permission) -> str:
    match found.decision:
        case Decision.DENIED if found.clause is not None:
            return f"Read: {_statement(found.clause)} denies it, which no Allow outweighs."
        case Decision.BOUNDARY:
            also = ", and neither do its policies" if found.identity is Decision.MISSING else ""
            return f"Read: the role's boundary does not allow it{also}. {_NOT_READ}"
        case Decision.MISSING:
            return f"Read: {_none_of(read)}. {_NOT_READ}"
        case Decision.ALLOWED:
            return (
                "The role's policies, as they are now, allow it: they were changed since, or a policy that "
                f"is not the role's refuses. {_NOT_READ}"
            )
    return f"The role's policies were read in part, and that does not decide it. {_NOT_READ}"


def _none_of(read: RolePolicies) -> str:
    match len(read.policies):
        case 0:
            return "the role has no policy"
        case 1:
            return "the role's one policy does not allow it"
        case count:
            return f"none of the role's {count} policies allows it"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _evidence(said: Refusal, read: RolePolicies, found: Permission, where: InAccount) -> Iterator[Evidence]:
    clause = found.clause
    if found.decision is Decision.DENIED and clause is not None:
        yield _quoted(f"{_upper(_statement(clause))} denies {said.what}.", clause, where)
    elif found.decision is Decision.BOUNDARY and read.boundary is not None:
        sentence = f"{_upper(named(read.boundary, boundary=True))} does not allow {said.what}."
        yield _nearest(sentence, said, clause, (read.boundary,), where)
    elif found.decision is Decision.MISSING:
        names = [code(policy.name) for policy in read.policies[:_NAMED]]
        more = len(read.policies) - len(names)
        names += [f"{more} more"] if more > 0 else []
        sentence = (
            f"The role's policies, {listed(names)}, do not allow {said.what}."
            if names
            else "The role has no policy at all."
        )
        yield _nearest(sentence, said, clause, read.policies, where)
    elif found.decision is Decision.ALLOWED and clause is not None:
        yield _quoted(f"{_upper(_statement(clause))} allows {said.what} as it is now.", clause, where)
    else:
        yield from _doubts(said, read, found, where)


def _nearest(
    sentence: str, said: Refusal, clause: Clause | None, policies: Sequence[RolePolicy], where: InAccount
) -> Evidence:
    """With the Allow for the same action, where there is one, and what it is limited to."""
    if clause is None:
        return Evidence(sentence, where, _only_statement(policies), primary=False)
    if clause.why == "condition":
        return _quoted(f"{sentence} {_upper(_statement(clause))} would, on other conditions.", clause, where)
    resource = said.resource or ""
    near = nearest_resource(clause, resource)
    if near is None:
        return _quoted(f"{sentence} {_upper(_statement(clause))} leaves this out.", clause, where)
    return Evidence(
        f"{sentence} {_upper(_statement(clause))} allows it on {code(near, 200)} only.",
        where,
        near,
        primary=False,
        comparison=Comparison("resource", near, resource, common_length(near, resource)),
    )


def _only_statement(policies: Sequence[RolePolicy]) -> str:
    """What is allowed instead, where that is one statement and so short enough to quote."""
    statements = [policy.document.get("Statement") for policy in policies]
    found = statements[0] if len(statements) == 1 else None
    if isinstance(found, list | tuple):
        found = found[0] if len(found) == 1 else None
    return json.dumps(found, default=str) if isinstance(found, Mapping) else ""


def _doubts(said: Refusal, read: RolePolicies, found: Permission, where: InAccount) -> Iterator[Evidence]:
    for clause in found.unsure[:2]:
        what = "allow" if clause.allow else "deny"
        why = (
            "its conditions are about what is not known here"
            if clause.why == "condition"
            else "whether its resource is meant cannot be told"
        )
        yield _quoted(f"{_upper(_statement(clause))} may {what} {said.what}: {why}.", clause, where)
    left = (*read.unread, *((read.boundary_unread,) if read.boundary_unread else ()))
    if left:
        yield Evidence(f"Not read: {listed([item.source for item in left[:_NAMED]])}.", where, primary=False)


def _quoted(sentence: str, clause: Clause, where: InAccount) -> Evidence:
    return Evidence(sentence, where, json.dumps(clause.statement, default=str), primary=False)


def _statement(clause: Clause) -> str:
    sid = clause.statement.get("Sid")
    label = f" ({code(sid)})" if isinstance(sid, str) and sid else ""
    return f"statement {clause.index}{label} of {named(clause.policy, boundary=clause.boundary)}"


def _simulated(simulation: Simulation, said: Refusal, where: InAccount) -> Evidence:
    """The verdict of IAM's simulator, which sees the organisation's policies, too."""
    sentence = f"IAM's policy simulator decides {code(simulation.decision)} for {said.what}"
    if simulation.matched:
        sentence += f", by {listed([code(name) for name in simulation.matched[:_NAMED]])}"
    if simulation.boundary_allows is False:
        sentence += "; the boundary does not allow it"
    if simulation.organisation_allows is False:
        sentence += "; the organisation's policies do not allow it"
    if simulation.missing_keys:
        keys = listed([code(key) for key in simulation.missing_keys[:_NAMED]])
        sentence += f"; it was not told {keys}"
    place = InAccount(where.account, "IAM's policy simulator")
    return Evidence(f"{sentence}.", place, simulation.decision, primary=False)
