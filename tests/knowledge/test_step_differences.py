"""What is told apart of a step in two versions of its file."""

from __future__ import annotations

import pytest

from knowledge.casefile import CaseFile
from knowledge.pipelines import parse
from knowledge.reading import Known
from knowledge.step_differences import Version, differences, version

ROLE = "arn:aws:iam::123456789012:role/deploy"
FILE = f"""pipelines:
  default:
    - step:
        name: Deploy
        oidc: true
        deployment: production
        script:
          - export AWS_REGION=eu-central-1
          - export AWS_ROLE_ARN={ROLE}
          - export AWS_WEB_IDENTITY_TOKEN_FILE=$HOME/t
          - aws s3 ls
"""


def told(then: str, now: str = FILE) -> tuple[str, ...]:
    files = [parse(text.encode(), "bitbucket-pipelines.yml") for text in (then, now)]
    case = CaseFile(
        pipeline_file=Known(files[1], "bitbucket-pipelines.yml"),
        workspace_variables=Known((), "workspace variables"),
        repository_variables=Known((), "repository variables"),
        environments=Known((), "deployment environments"),
    )
    return differences(version(case, files[0], files[0].steps[0]), Version(case, files[1].steps[0]))


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (FILE, ()),
        (FILE.replace("aws s3 ls", "aws s3 ls -l"), ()),
        (FILE.replace("role/deploy", "role/old"), (f"the step asked for the role `{ROLE[:-6]}old`",)),
        (FILE.replace("eu-central-1", "eu-west-1"), ("the step's region (`AWS_REGION`) was another",)),
        (
            FILE.replace("$HOME/t", "$HOME/other"),
            ("the step's token file (`AWS_WEB_IDENTITY_TOKEN_FILE`) was another",),
        ),
        (FILE.replace("production", "staging"), ("the step deployed to `staging`",)),
        (FILE.replace("        deployment: production\n", ""), ("the step deployed to nothing",)),
        (
            FILE.replace("oidc: true", "oidc: {audiences: [one]}"),
            ("the step's token had the audience `one`",),
        ),
    ],
)
def test_what_the_login_is_made_of_is_compared_and_nothing_else(then: str, said: tuple[str, ...]) -> None:
    assert told(then) == said


def test_a_switch_that_was_on_is_named_with_its_line_then() -> None:
    assert told(FILE, FILE.replace("        oidc: true\n", "")) == (
        "the step had `oidc` switched on (line 5 then)",
    )


def test_a_step_that_had_no_token_is_not_said_to_have_had_one_of_an_audience() -> None:
    now = FILE.replace("oidc: true", "oidc: {audiences: [one]}")
    assert told(FILE.replace("        oidc: true\n", ""), now) == ()
    assert told(FILE, now) == ("the step's token had the workspace's audience",)


def test_a_role_that_is_none_is_not_shown() -> None:
    (only,) = told(FILE.replace(ROLE, "s3cret-value"))
    assert only == "the step asked for another role"
