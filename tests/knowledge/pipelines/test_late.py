"""What a script does is worked out when somebody asks for it, once, and is the same then."""

from __future__ import annotations

from knowledge.pipelines import parse
from knowledge.pipelines.late import Late

TEXT = """\
pipelines:
  default:
    - step: &deploy
        oidc: true
        artifacts: [token]
        script:
          - echo $BITBUCKET_STEP_OIDC_TOKEN > token
    - step:
        script:
          - export AWS_WEB_IDENTITY_TOKEN_FILE=token
          - aws s3 ls
    - step: *deploy
"""


def test_the_work_is_done_once_and_only_when_asked() -> None:
    done: list[str] = []
    late = Late(lambda: done.append("work"))
    assert done == []
    assert late.value() is late.value() is None
    assert done == ["work"]


def test_two_are_equal_when_their_values_are() -> None:
    assert Late(lambda: (1, 2)) == Late(lambda: (1, 2))
    assert hash(Late(lambda: (1, 2))) == hash(Late(lambda: (1, 2)))
    assert Late(lambda: 1) != Late(lambda: 2)
    assert Late(lambda: 1) != 1


def test_steps_asked_in_any_order_say_the_same() -> None:
    forwards, backwards = parse(TEXT).steps, parse(TEXT).steps
    said = [(step.needs_basis, step.cloud, step.script) for step in forwards]
    assert said == [(step.needs_basis, step.cloud, step.script) for step in backwards[::-1]][::-1]
    assert [basis for basis, _, _ in said] == [("token",), ("artifact-token-file",), ("token",)]


def test_files_of_one_text_are_equal_and_those_of_other_scripts_are_not() -> None:
    other = TEXT.replace("aws s3 ls", "aws s3 mb")
    assert parse(TEXT) == parse(TEXT)
    assert parse(TEXT).steps[1] != parse(other).steps[1]
    assert parse(TEXT).steps[0] == parse(other).steps[0]


def test_an_aliased_script_is_read_once() -> None:
    first, _, again = parse(TEXT).steps
    assert again.script is first.script
