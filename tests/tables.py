"""`python -m tests.tables`: what the tables of texts and of secrets hold, counted; nothing is judged here.

The tests judge: every example, the matrix, the silence and each notation are asserted there.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from handlers.gate import Ignore, judge
from knowledge.redact import redact
from knowledge.symptoms import recognise
from knowledge.symptoms.tables import ROWS, TABLES
from tests.knowledge.secret_notations import NOTATIONS, SECRETS, written

HERE = Path(__file__).parent
CORPUS = HERE.parents[1] / "shared" / "corpus" / "negatives.jsonl"
QUIET = HERE / "handlers" / "quiet.jsonl"


def main() -> int:
    print("Rows and examples by table")
    for name, rows in TABLES.items():
        examples = sum(len(row.examples) for row in rows)
        print(f"  {name:<20} {len(rows):>4} rows  {examples:>4} examples")
    print(f"  {'all':<20} {len(ROWS):>4} rows  {sum(len(row.examples) for row in ROWS):>4} examples")
    _matrix()
    _silence("own messages", QUIET)
    _silence("corpus", CORPUS)
    _secrets()
    return 0


def _matrix() -> None:
    """Every row against every row's examples."""
    own = other = 0
    for row in ROWS:
        for example in row.examples:
            for symptom in recognise(redact(example).text):
                own += symptom.id == row.id
                other += symptom.id != row.id
    pairs = len(ROWS) * sum(len(row.examples) for row in ROWS)
    print(f"Cross-matrix: {pairs:,} pairs of row and example; {own} on the diagonal, {other} beside it")


def _silence(name: str, path: Path) -> None:
    if not path.exists():
        print(f"Silence, {name}: not here")
        return
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    outcomes = [judge(text, frozenset({"acme"})) for text in texts]
    reasons = Counter(outcome.reason if isinstance(outcome, Ignore) else "ANSWERED" for outcome in outcomes)
    print(f"Silence, {name}: {len(texts)} messages: {dict(reasons)}")


def _secrets() -> None:
    print(f"Redaction: {len(SECRETS)} kinds x {len(NOTATIONS)} notations")
    for kind, (name, value) in SECRETS.items():
        seen: Counter[str] = Counter()
        leaked = []
        for notation in NOTATIONS:
            result = redact(written(notation, name, value))
            seen.update(result.counts)
            if value in result.text:
                leaked.append(notation)
        print(f"  {kind:<24} taken out as {dict(seen)}; left: {leaked or 'none'}")


if __name__ == "__main__":
    sys.exit(main())
