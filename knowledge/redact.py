"""Secrets stop at the door: the first call on any text from outside.

What is removed is removed by its own form (a JWT, a key id, a private key), because of the name it stands
beside (`password=`, `"SecretAccessKey":`), or because it is base64 of such a text. What a diagnosis needs
stays: ARNs, account numbers, request ids, UUIDs, file paths, the names of variables, references such as
`$TOKEN`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache

from knowledge.clean_text import CleanText, Redacted
from knowledge.late_pattern import late
from knowledge.secret_base64 import encoded_spans, has_run, spaced_out_spans
from knowledge.secret_forms import FORMS, Form, form_spans
from knowledge.secret_lines import JWT_SIGNS, Span, jwt_spans, private_key_spans, taken_out
from knowledge.secret_names import WORDS, lowered, named_spans, paired_spans

__all__ = ["CleanText", "Redacted", "harmless", "redact", "secret_spans"]

_FIGURES = bytes(48 if 48 <= code <= 57 else code for code in range(256))
_UNSEEN = late("\x1b\\[[0-9;]{0,20}[A-Za-z]|[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_SINGLE = 10
"""Words of one character that are in every token written with blanks between."""
_PASSES, _DEPTH = 4, 2
"""How often a text is gone through, and how many times over base64 is looked into."""


def _vocabulary(text: str) -> set[str]:
    """Each distinct word of a text once, its figures written as 0: a log repeats itself, and every literal is
    looked for here, in a tenth of the text."""
    lines = set(text.encode("utf-8").translate(_FIGURES).split(b"\n"))
    return set(b"\n".join(lines).decode("utf-8").split())


_AS_ZERO = {ord(figure): "0" for figure in "123456789"}


_JWT_SIGNS = tuple(sign.translate(_AS_ZERO) for sign in JWT_SIGNS)


def _signs(form: Form) -> tuple[str, ...]:
    """The needles of a form as the vocabulary has them: without figures and blanks."""
    return tuple(needle.split()[-1].translate(_AS_ZERO) for needle in form.needles)


_LookedFor = tuple[tuple[Form, tuple[str, ...]], ...]


@cache
def _looked_for() -> _LookedFor:
    """The forms, in order, with their signs."""
    return tuple((form, _signs(form)) for form in FORMS)


@cache
def _all_signs() -> tuple[str, ...]:
    """Most sentences have none of them, and are many: they are looked for together first."""
    return tuple(dict.fromkeys(sign for _, signs in _looked_for() for sign in signs))


class _Counted(Counter[str]):
    """Secrets by kind."""

    def take(self, text: str, spans: Iterable[Span]) -> str:
        """`text` without these."""
        return taken_out(text, spans, self)


class _Placed(_Counted):
    """Secrets by kind, and where each stood in the text as it was handed over."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._origins = list(range(len(text) + 1))
        """For each character of the text as it is now, the one in its place at the beginning."""
        self.spans: set[Span] = set()

    def take(self, text: str, spans: Iterable[Span]) -> str:
        chosen: list[Span] = []
        for start, end, kind in spans:
            if not chosen or start >= chosen[-1][1]:
                chosen.append((start, end, kind))
        origins, done = [], 0
        for start, end, kind in chosen:
            first = self._origins[start]
            self.spans.add((first, max(self._origins[end], first), kind))
            origins += self._origins[done:start] + [first] * len(f"[redacted {kind}]")
            done = end
        self._origins = origins + self._origins[done:]
        return taken_out(text, chosen, self)


def _once(text: str, counts: _Counted, depth: int = 0, forms: _LookedFor | None = None) -> str:
    """`text` gone through once; `forms` are all that it can hold, if that is known."""
    distinct = _vocabulary(text)
    words = " ".join(distinct)
    if "KEY" in words and "-----" in words:
        text = counts.take(text, private_key_spans(text))
    if any(sign in words for sign in _JWT_SIGNS):
        text = counts.take(text, jwt_spans(text))
    if depth < _DEPTH:
        text = counts.take(text, encoded_spans(text, lambda plain: _shows_secret(plain, depth + 1)))
    has = words.__contains__
    if forms is None:
        forms = _looked_for() if any(map(has, _all_signs())) else ()
    for form, signs in forms:
        if any(map(has, signs)):
            text = counts.take(text, form_spans(form, text))
    small_words = words.lower()
    present = tuple(word for word in WORDS if word in small_words)
    if present:
        small = lowered(text)
        if "value" in small_words:
            text = counts.take(text, paired_spans(text, small))
            small = lowered(text)
        text = counts.take(text, named_spans(text, small, present))
    if [*map(len, distinct)].count(1) >= _SINGLE:
        text = counts.take(text, spaced_out_spans(text))
    return text


def _shows_secret(text: str, depth: int) -> bool:
    """Whether a text that stood in base64 holds a secret."""
    return _once(text, _Counted(), depth) != text


def redact(text: str) -> Redacted:
    """Replaces each secret by `[redacted KIND]` and counts them by kind.

    The time is linear in the length of the text, and a second call changes nothing. What stands
    beside the secret stays, also its name; an empty value stays empty, because it is a finding.
    """
    if not text.isascii():
        # Half a pair of UTF-16, as a cut emoji leaves it, can be written down nowhere.
        text = text.encode("utf-8", "replace").decode("utf-8")
    found = _redacted(text)
    if "\x1b" in text or not text.isascii():
        # Signs that nobody sees, and colours, may stand inside a secret. Then the text goes on without them.
        seen = _UNSEEN.sub("", text)
        if seen != text:
            without = _redacted(seen)
            if without.counts and sum(without.counts.values()) >= sum(found.counts.values()):
                return without
    return found


def harmless(texts: Iterable[str]) -> set[str]:
    """Those of many short texts in which `redact` finds nothing, told in a fraction of its time: what none of
    them holds is looked for in all of them at once. Any other may hold a secret, or not."""
    distinct = {text for text in texts if text.isascii() and "\x1b" not in text}
    words = _vocabulary("\n".join(distinct))
    together = " ".join(words)
    has = together.__contains__
    forms = tuple((form, signs) for form, signs in _looked_for() if any(map(has, signs)))
    signs = {sign for _, signs in forms for sign in signs if has(sign)}
    signs.update(filter(has, ("-----", *_JWT_SIGNS)))
    figures = any("0" in sign for sign in signs)
    small = together.lower()
    names = [word for word in WORDS if word in small]
    runs, singles = has_run(together), [*map(len, words)].count(1) >= _SINGLE

    def quiet(text: str) -> bool:
        """Whether there is nothing of which some is in every text in which anything is found."""
        plain = text.translate(_AS_ZERO) if figures else text
        return not (
            any(map(plain.__contains__, signs))
            or any(map(text.lower().__contains__, names))
            or (runs and has_run(text))
            or (singles and [*map(len, set(text.split()))].count(1) >= _SINGLE)
        )

    return {text for text in distinct if quiet(text) or _once(text, _Counted(), forms=forms) == text}


def secret_spans(text: str) -> list[Span]:
    """Where `redact` finds secrets in `text`: start, end (half open) and kind of each, in order."""
    places = _Placed(text)
    _redacted(text, places)
    return sorted(span for span in places.spans if span[1] > span[0])


def _redacted(text: str, counts: _Counted | None = None) -> Redacted:
    counts = _Counted() if counts is None else counts
    for _ in range(_PASSES):
        # Taking one secret out can complete the form of another beside it; that ends quickly.
        cleaner = _once(text, counts)
        if cleaner == text:
            break
        text = cleaner
    return Redacted(CleanText(text), dict(sorted(counts.items())))
