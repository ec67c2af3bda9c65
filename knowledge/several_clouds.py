"""Texts that hold failures of several clouds: what a rule about one of them may take for its own.

A step may log in to two of them; that Google refused an audience says nothing about AWS's provider.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from knowledge.casefile import CaseFile


class OfItsClouds:
    """One case, and what of it the rules about each cloud are asked with."""

    def __init__(self, case: CaseFile) -> None:
        self._case = case
        self._several = len({symptom.provider for symptom in case.symptoms}) > 1
        self._made: dict[tuple[str, ...], CaseFile] = {}

    def for_providers(self, providers: Collection[str]) -> CaseFile:
        """The case without the failures of clouds that are not among `providers`; as it is where nothing
        would be left, or nothing goes."""
        if not self._several:
            return self._case
        key = tuple(providers)
        if key not in self._made:
            kept = tuple(one for one in self._case.symptoms if one.provider in providers)
            whole = not kept or len(kept) == len(self._case.symptoms)
            self._made[key] = self._case if whole else replace(self._case, symptoms=kept)
        return self._made[key]
