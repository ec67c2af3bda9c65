"""Finds the known failure texts in a pasted text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from knowledge.clean_text import CleanText
from knowledge.frozen import dataclass
from knowledge.secret_names import lowered
from knowledge.symptoms.broken_lines import width_of
from knowledge.symptoms.envelope import named, read_envelope, role_near
from knowledge.symptoms.model import Family, Reach, Symptom
from knowledge.symptoms.normalise import Flat, flatten
from knowledge.symptoms.signature import Signature, compiled
from knowledge.symptoms.tables import HEAD, TAIL, broken_inside, looked_at, needles_in, places_of, rows_for

_TRIES = 40
_PER_ROW = 3
_EXCHANGE = "AssumeRoleWithWebIdentity"
#: Texts about calls that come after the exchange: a role near them need not be the one that was assumed.
_LATER = frozenset({Family.AFTER_ASSUME, Family.CALL_REFUSED})

_BY_HAND = 20_000
"""Characters above which no text was taken from a terminal's window by hand."""
_NEAR_BEFORE, _NEAR_BEHIND = 9_000, 5_000
"""Characters around a failure that are read, so that a role is found that is named near it."""

# What follows once a login has failed; in a text with another failure these are not its cause.
_CONSEQUENCES = frozenset({Family.NO_CREDENTIALS, Family.STATIC_KEYS, Family.REGION_MISSING, Family.OTHER})


@dataclass(frozen=True, slots=True)
class _Hit:
    row: Signature
    match: re.Match[str]
    flat: Flat


def recognise(text: CleanText) -> tuple[Symptom, ...]:
    """The failures that `text` shows: causes first, in the order of the text, then what merely
    follows from them. The same failure is told once, where it stands first.

    Of a text above 250,000 characters only the first 50,000 and the last 200,000 are looked at.
    """
    seen = looked_at(text)
    found = needles_in(seen)
    rows = rows_for(found)
    if not rows and not broken_inside(seen):
        return ()
    hits = [
        hit
        for part, offset in _parts(text)
        for hit in _scan(flatten(part, offset, ranges=_around(part, places_of(part, found))), rows)
    ]
    if not hits and "\n" in text:
        # A terminal may have broken the lines inside words.
        flats = [flatten(part, offset, joint="") for part, offset in _parts(text)]
        hits = [hit for flat in flats for hit in _scan(flat, rows_for(needles_in(flat.text)))]
    telling = [hit for hit in hits if not hit.row.generic]
    if not telling:
        # Typed by hand, in letters of another size.
        typed = [row for row in rows if not row.generic]
        flats = [flatten(part, offset) for part, offset in _parts(text)]
        telling = [hit for flat in flats for hit in _scan(flat, typed, any_case=True)]
    symptoms = [_symptom(hit) for hit in telling or hits]
    return tuple(_ordered(_once_each(_mended(text, symptoms, telling=bool(telling)))))


def _mended(text: CleanText, symptoms: list[Symptom], *, telling: bool) -> list[Symptom]:
    """What the text shows with its lines joined where a terminal seems to have broken them, if that is more;
    else `symptoms`."""
    if "\n" not in text or len(text) > _BY_HAND:
        return symptoms
    width, sure = width_of(text)
    if not width:
        return symptoms
    flat = flatten(text, width=width)
    hits = _scan(flat, rows_for(needles_in(flat.text)))
    told = [hit for hit in hits if not hit.row.generic]
    joined = [_symptom(hit) for hit in told or hits]
    before, now = _weight(symptoms, telling=telling), _weight(joined, telling=bool(told))
    return joined if now > before or (sure and now == before) else symptoms


def _weight(symptoms: list[Symptom], *, telling: bool) -> tuple[bool, int, int]:
    """How much is told: whether more than a wrapper's text, how many failures, how many of their parts."""
    parts: dict[str, int] = {}
    for symptom in symptoms:
        parts[symptom.id] = max(parts.get(symptom.id, 0), len(symptom.fields))
    return telling, len(parts), sum(parts.values())


def _around(text: str, places: Sequence[int]) -> list[tuple[int, int]]:
    """The lines of a long text that stand so near to one of the places that they belong to what is told
    there; empty, which means all, without places."""
    ranges: list[tuple[int, int]] = []
    for place in places:
        begin = text.rfind("\n", 0, max(0, place - _NEAR_BEFORE)) + 1
        end = text.find("\n", min(len(text), place + _NEAR_BEHIND))
        end = end + 1 if end >= 0 else len(text)
        if ranges and begin <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((begin, end))
    return ranges


def _parts(text: str) -> Iterator[tuple[str, int]]:
    if len(text) <= TAIL + HEAD:
        yield text, 0
        return
    yield text[:HEAD], 0
    yield text[-TAIL:], len(text) - TAIL


def _scan(flat: Flat, rows: Iterable[Signature], *, any_case: bool = False) -> list[_Hit]:
    taken: list[tuple[int, int]] = []
    hits: list[_Hit] = []
    for row in rows:
        for match in _matches(row, flat.text, any_case=any_case):
            start, end = match.span()
            if all(end <= other_start or start >= other_end for other_start, other_end in taken):
                taken.append((start, end))
                hits.append(_Hit(row, match, flat))
    return sorted(hits, key=lambda hit: hit.match.start())


def _matches(row: Signature, text: str, *, any_case: bool) -> Iterator[re.Match[str]]:
    pattern = compiled(row.pattern, re.IGNORECASE if any_case else re.NOFLAG)
    within = lowered(text) if any_case else text
    for needle in (lowered(needle) if any_case else needle for needle in row.needles):
        at, found, low = within.find(needle), 0, 0
        for _ in range(_TRIES):
            if at < 0 or found >= _PER_ROW:
                break
            low = max(low, at - row.before)
            match = pattern.search(text, low, min(len(text), at + row.after))
            if match:
                yield match
                found, low = found + 1, match.end()
            at = within.find(needle, max(at + 1, low))


def _symptom(hit: _Hit) -> Symptom:
    row, match, text = hit.row, hit.match, hit.flat.text
    start, end = match.span()
    fields = named(match)
    for pattern in row.details:
        detail = compiled(pattern).search(text[end : end + 800])
        if detail:
            fields = {**_with_whole_resource(named(detail), detail, hit.flat, end), **fields}
    for pattern in row.leads:
        led = list(compiled(pattern).finditer(text[max(0, start - 400) : start]))
        if led:
            fields = {**named(led[-1]), **fields}
    code = fields.pop("code", row.code)
    said = fields.pop("operation", None)
    if row.provider == "aws":
        envelope = read_envelope(text, start, end)
        start, end = envelope.start, envelope.end
        code, said = envelope.code or code, envelope.operation or said
        fields = {**envelope.fields, **fields}
    fields.update(_about_principal(fields))
    if row.provider == "aws" and "role_arn" not in fields and row.family not in _LATER:
        role = role_near(text, start)
        if role:
            fields["role_arn"] = role
    if "account" not in fields and (account := _account(fields.get("role_arn", ""))):
        fields["account"] = account
    # Where the text does not name the operation, only a text that no other one prints can imply it.
    operation = said or (row.operation if row.reach is Reach.OIDC or row.provider != "aws" else None)
    reach = Reach.OIDC if said == _EXCHANGE else row.reach
    return Symptom(
        id=row.id,
        provider=row.provider,
        family=row.family,
        reach=reach,
        span=hit.flat.span(start, end),
        code=code,
        operation=operation,
        fields=dict(sorted(fields.items())),
    )


def _with_whole_resource(
    fields: dict[str, str], detail: re.Match[str], flat: Flat, offset: int
) -> dict[str, str]:
    """The fields without a resource whose end is not certain, as of one that holds blanks: a part of it is
    another resource. `offset` is where the text that `detail` was found in begins in `flat`."""
    groups = [name for name in detail.re.groupindex if name.startswith("resource") and detail[name]]
    if not groups:
        return fields
    start, end = (offset + place for place in detail.span(groups[0]))
    blanks = [at for at in range(start, end) if flat.text[at] == " "]
    if groups[0] != "resource" and blanks and flat.joined_at(blanks[0]):
        # Its line ended there; what follows is of the next one.
        return {**fields, "resource": flat.text[start : blanks[0]]}
    open_end = groups[0] == "resource4" and not flat.joined_at(end)
    if open_end or any(flat.joined_at(at) for at in blanks):
        return {name: value for name, value in fields.items() if name != "resource"}
    return fields


def _account(arn: str) -> str | None:
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else None


def _about_principal(fields: dict[str, str]) -> dict[str, str]:
    """Account, role and session of `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`."""
    principal = fields.get("principal", "")
    found = {"account": account} if (account := _account(principal)) else {}
    parts = principal.split("/")
    if ":assumed-role" in parts[0] and len(parts) > 2:
        found |= {"role": parts[1], "session": parts[2]}
    return found


def _once_each(symptoms: Iterable[Symptom]) -> list[Symptom]:
    """Without repetitions: the same row again, unless it is about something else."""
    seen: set[tuple[str, ...]] = set()
    kept: list[Symptom] = []
    for symptom in symptoms:
        about = ("action", "resource", "path", "issuer", "profile", "variable", "audience", "subject")
        key = (symptom.id, *(symptom.fields.get(name, "") for name in about))
        if key not in seen:
            seen.add(key)
            kept.append(symptom)
    return kept


def _ordered(symptoms: list[Symptom]) -> list[Symptom]:
    causes = [symptom for symptom in symptoms if symptom.family not in _CONSEQUENCES]
    if not causes:
        return symptoms
    return causes + [symptom for symptom in symptoms if symptom.family in _CONSEQUENCES]
