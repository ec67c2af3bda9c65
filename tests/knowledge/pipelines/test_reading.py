"""A changed file is read once, and is what reading its text gives."""

from __future__ import annotations

from knowledge.pipelines import parse
from knowledge.pipelines.reading import changed

TEXT = "pipelines:\n  default:\n    - step: {OIDC: true, script: [aws s3 ls]}\n"
MENDED = TEXT.replace("OIDC", "oidc")


def test_a_changed_file_is_what_its_text_says() -> None:
    file = parse(TEXT, "own.yml")

    assert changed(file, MENDED) == parse(MENDED, "own.yml")
    assert changed(file, TEXT) == file


def test_whoever_asks_again_gets_the_same_file() -> None:
    file = parse(TEXT)

    assert changed(file, MENDED) is changed(file, MENDED)
    assert changed(parse(TEXT), MENDED) is not changed(file, MENDED)
