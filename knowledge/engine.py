"""Given all that was read, what is wrong: rules asked, fixes tried, findings ordered.

The order follows what is proven, not what is usual. A fault read in a file or a policy leads over
anything only possible; between equals the text decides, by what the causes' pages say of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.catalogue import CATALOGUE, Cause
from knowledge.checks import fine
from knowledge.elsewhere import of_another_ci
from knowledge.finding import Diagnosis, Finding, Severity, Verdict
from knowledge.frozen import dataclass
from knowledge.location import InPaste
from knowledge.other_block import of_other_block
from knowledge.pipelines.edit import at_most
from knowledge.quoting import file_of
from knowledge.reading import Known
from knowledge.relevance import unread_that_matters
from knowledge.rules import RULES
from knowledge.rules.rule import ByCommands, Rule
from knowledge.several_clouds import OfItsClouds
from knowledge.symptoms.model import Family
from knowledge.trial import with_tried_fixes
from knowledge.variable_levels import may_be_set_elsewhere

#: Trying a fix parses the file again. Beyond so many findings nobody reads on; their fixes are told
#: in words alone.
_TRIED = 8
#: Changes that one rule may work out, of which a finding may take several.
_WORKED_OUT = 3 * _TRIED
#: A change reads the whole file again, so of a long file fewer are worked out: this many characters in all.
_READ_AGAIN = 200_000

_NEITHER = 4
_ORDER = {verdict: number for number, verdict in enumerate(Verdict)}
_PROVEN = (Verdict.CONFIRMED, Verdict.LIKELY)


@dataclass(frozen=True, slots=True)
class _Said:
    """A finding with the rule that made it, the step it was made for, and what it was before the
    engine lowered it. `place` is the rule's and the suspect's number, so that sorting is total."""

    finding: Finding
    rule: Rule
    suspect: Suspect | None
    cause: Cause
    original: Verdict
    place: tuple[int, int, int]

    def strength(self, fit: int) -> tuple[int, int, int, tuple[int, int, int]]:
        advice = 1 if self.finding.severity is Severity.ADVICE else 0
        return (advice, _ORDER[self.finding.verdict], fit, self.place)


def diagnose(case: CaseFile, rules: Sequence[Rule] = RULES) -> Diagnosis:
    """Ask every rule about every suspect, and order what they say. The same case gives the same diagnosis."""
    case = _of_this_login(case)
    said = [_fitted(case, item) for item in _asked(case, rules)]
    if of_another_ci(case):
        said = [_at_most_possible(item) for item in said]
    said = [_at_most_possible(item) if item.suspect and item.suspect.doubtful else item for item in said]
    ruled_out = [item for item in said if item.finding.verdict is Verdict.RULED_OUT]
    standing = [item for item in said if item.finding.verdict is not Verdict.RULED_OUT]
    standing = [item for item in standing if not _beside_the_point(case, item)]
    standing.sort(key=lambda item: item.strength(_fit(case, item.cause)))
    standing = _without_consequences(_without_repeats(standing))
    tried = min(_TRIED, _changes(case))
    findings = tuple(
        with_tried_fixes(item.rule, case, item.suspect, item.finding, in_full=number < tried)
        for number, item in enumerate(standing)
    )
    found = {finding.cause for finding in findings}
    diagnosis = Diagnosis(
        findings=findings,
        ruled_out=tuple(
            item.finding for item in _without_repeats(ruled_out) if item.finding.cause not in found
        ),
        unread=unread_that_matters(case),
        checked=fine(case),
    )
    return _without_secrets(case, diagnosis)


def _of_this_login(case: CaseFile) -> CaseFile:
    """Without what was read of another provider, or service account, than the step logs in with."""
    if isinstance(case.gcp_provider, Known):
        from knowledge.gcp_other_provider import without_another_provider

        case = without_another_provider(case)
    if isinstance(case.gcp_account, Known):
        from knowledge.gcp_accounts import without_another_account

        case = without_another_account(case)
    return case


def _without_secrets(case: CaseFile, diagnosis: Diagnosis) -> Diagnosis:
    """Whatever way the diagnosis goes out: what it quotes of the file may hold what nobody should have put
    there."""
    if not diagnosis.findings and not diagnosis.ruled_out:
        return diagnosis
    # The forms of secrets are loaded only where something is quoted.
    from knowledge.file_secrets import without_secrets

    return without_secrets(diagnosis, file_of(case), case.listing.lines if case.listing else ())


def _asked(case: CaseFile, rules: Sequence[Rule]) -> Iterable[_Said]:
    clouds = _clouds(case)
    of_its = OfItsClouds(case)
    for number, rule in enumerate(rules):
        if not _about(clouds, rule.cause):
            continue
        suspects: tuple[Suspect | None, ...] = case.suspects
        if not suspects and case.listing is not None and rule.by_commands is not ByCommands.NEVER:
            suspects = (case.listing.suspect,)
        elif not suspects:
            suspects = (None,) if rule.without_step else ()
        own = of_its.for_providers(CATALOGUE.providers(rule.cause))
        with at_most(_changes(case)):
            said = [
                (which, suspect, count, finding)
                for which, suspect in enumerate(suspects)
                for count, finding in enumerate(rule.check(own, suspect))
            ]
        for which, suspect, count, finding in said:
            cause = CATALOGUE[rule.cause]
            yield _Said(finding, rule, suspect, cause, finding.verdict, (number, which, count))


def _clouds(case: CaseFile) -> Set[str]:
    """The clouds that the text is about; none where it may be any's: a text of a service that stands behind a
    cloud's login (a cluster, say) does not tell whether it is about that login."""
    vague = any(item.provider == "other" and item.family is Family.OTHER for item in case.symptoms)
    return frozenset() if vague else {item.provider for item in case.symptoms}


def _changes(case: CaseFile) -> int:
    file = file_of(case)
    length = len(file.text) if file is not None else 0
    return max(1, min(_WORKED_OUT, _READ_AGAIN // max(1, length)))


def _about(clouds: Set[str], cause: str) -> bool:
    """Whether the cause is one of the clouds that the text is about; a text of no cloud may be any's."""
    return not clouds or not clouds.isdisjoint(CATALOGUE.providers(cause))


def _fitted(case: CaseFile, said: _Said) -> _Said:
    """The finding as it may be said: advice stays advice, and an inferred step proves nothing."""
    finding = said.finding
    if said.cause.severity is Severity.ADVICE and finding.severity is not Severity.ADVICE:
        finding = replace(finding, severity=Severity.ADVICE)
    if case.listing is not None and said.suspect is case.listing.suspect:
        finding = _of_commands(case, said.rule, finding)
    inferred = said.suspect is not None and not said.suspect.certain and finding.step is not None
    if finding.verdict is Verdict.CONFIRMED and inferred:
        finding = replace(finding, verdict=Verdict.LIKELY)
    if said.suspect is not None:
        finding = of_other_block(case, finding)
    if said.original in _PROVEN and _excluded(case, said.cause):
        # Shown, but not the reason for this text: told, a step less sure.
        lower = Verdict.LIKELY if said.original is Verdict.CONFIRMED else Verdict.POSSIBLE
        finding = replace(finding, verdict=lower)
    return replace(said, finding=finding)


_BY_COMMANDS = (
    "The lines are those of the commands that Bitbucket lists for the run's step; the file that defines the "
    "step was not read."
)


def _of_commands(case: CaseFile, rule: Rule, finding: Finding) -> Finding:
    """The finding about a step that is known by its commands alone: what else the step has was not seen. What
    the text itself shows does not hang on that."""
    verdict = finding.verdict
    if finding.primary is not None and isinstance(finding.primary.location, InPaste):
        return finding
    if verdict in _PROVEN:
        unseen = rule.by_commands is ByCommands.LACKING and may_be_set_elsewhere(case)
        verdict = Verdict.POSSIBLE if unseen else Verdict.LIKELY
    return replace(finding, verdict=verdict, meaning=f"{finding.meaning} {_BY_COMMANDS}".strip())


def _at_most_possible(said: _Said) -> _Said:
    """The finding about a text that is not of this run: whatever is shown, it did not make that text."""
    if said.finding.verdict not in _PROVEN or said.finding.severity is Severity.ADVICE:
        return said
    return replace(said, finding=replace(said.finding, verdict=Verdict.POSSIBLE))


def _fit(case: CaseFile, cause: Cause) -> int:
    """How well the cause explains the text, 0 best. The first symptom of a text is the cause of
    those after it, so it counts before them."""
    families = [symptom.family.value for symptom in case.symptoms]
    if not families:
        return 0
    for number, wanted in enumerate((cause.typical, cause.possible)):
        if families[0] in wanted:
            return 2 * number
        if not wanted.isdisjoint(families):
            return 2 * number + 1
    return _NEITHER


def _excluded(case: CaseFile, cause: Cause) -> bool:
    return _fit(case, cause) == _NEITHER


def _beside_the_point(case: CaseFile, said: _Said) -> bool:
    """A mere possibility that the text speaks against helps nobody."""
    return said.original not in _PROVEN and _excluded(case, said.cause)


def _without_repeats(said: Iterable[_Said]) -> list[_Said]:
    """One finding per cause and place: several suspects share a role, a variable, an anchored line."""
    kept: dict[tuple[object, ...], _Said] = {}
    for item in said:
        primary = item.finding.primary
        where = (primary.location, primary.excerpt) if primary else (item.finding.headline,)
        kept.setdefault((item.finding.cause, *where), item)
    return list(kept.values())


def _without_consequences(said: list[_Said]) -> list[_Said]:
    """Cause before symptom: what merely follows from a fault found for the same step is not repeated."""
    kept: list[_Said] = []
    proven = {item.finding.cause for item in said if item.finding.verdict in _PROVEN}
    for item in said:
        if proven.isdisjoint(item.cause.follows):
            kept.append(item)
            continue
        reasons = [
            other
            for other in said
            if other.finding.cause in item.cause.follows
            and other.finding.verdict in _PROVEN
            and _ORDER[other.finding.verdict] <= _ORDER[item.finding.verdict]
            and (other.finding.step is None or other.finding.step == item.finding.step)
        ]
        if not reasons:
            kept.append(item)
    return kept
