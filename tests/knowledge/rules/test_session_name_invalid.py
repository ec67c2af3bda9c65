"""`session-name-invalid`: the text quotes the name, the file or the variables show where it comes from."""

from __future__ import annotations

import pytest

from knowledge.casefile import CaseFile
from knowledge.finding import Disposition, Verdict
from knowledge.location import InFile, InVariables
from knowledge.redact import redact
from knowledge.rules.session_name_invalid import RULE
from knowledge.symptoms import recognise
from tests.knowledge.rules.asking import REFUSED, ask, case_of, said, tried
from tests.knowledge.rules.scripts import EXPLICIT, GOOD, NOTHING, one

QUOTED = (
    "An error occurred (ValidationError) when calling the AssumeRoleWithWebIdentity operation: 1 validation "
    "error detected: Value 'feature/login' at 'roleSessionName' failed to satisfy constraint: Member must "
    r"satisfy regular expression pattern: [\w+=,.@-]*"
)
FAILED = "Parameter validation failed:\n"
SHORT = f"{FAILED}Invalid length for parameter RoleSessionName, value: 1, valid min length: 2"
EMPTY = "aws: error: argument --role-session-name: expected one argument"
DURATION = f"{FAILED}Invalid value for parameter DurationSeconds, value: 100, valid min value: 900"


def named(name: str) -> str:
    """The step that exchanges the token itself under this name."""
    return one(EXPLICIT.replace("--role-session-name ci", f"--role-session-name {name}"))


def alone(paste: str) -> CaseFile:
    text = redact(paste).text
    return CaseFile(symptoms=recognise(text), paste=text)


@pytest.mark.parametrize("paste", [QUOTED, SHORT, EMPTY])
def test_the_text_alone_confirms_it(paste: str) -> None:
    (finding,) = RULE.check(alone(paste), None)

    assert finding.verdict is Verdict.CONFIRMED
    assert "AWS_ROLE_SESSION_NAME" in finding.fixes[0].steps[0]


def test_the_name_that_the_text_quotes_is_in_the_headline() -> None:
    (finding,) = RULE.check(alone(QUOTED), None)

    assert finding.headline == "STS takes no session of the name `feature/login`."


def test_the_option_that_gives_the_name_stands_beside_the_text_and_is_mended() -> None:
    case = case_of(named('"$BITBUCKET_BRANCH"'), NOTHING, QUOTED)
    (finding,) = ask(RULE, case)
    (fix,) = finding.fixes

    assert isinstance(finding.evidence[1].location, InFile)
    assert '--role-session-name "$BITBUCKET_BRANCH"' in finding.evidence[1].excerpt
    assert fix.disposition is Disposition.SAFE
    assert '--role-session-name "bitbucket-$BITBUCKET_BUILD_NUMBER"' in (fix.file_after or "")
    assert Verdict.CONFIRMED not in said(RULE, tried(case, fix))


@pytest.mark.parametrize(
    ("given", "better"),
    [
        ("s", "--role-session-name bitbucket-$BITBUCKET_BUILD_NUMBER "),
        ('"s"', '--role-session-name "bitbucket-$BITBUCKET_BUILD_NUMBER" '),
        ("'s'", '--role-session-name "bitbucket-$BITBUCKET_BUILD_NUMBER" '),
    ],
)
def test_a_short_name_is_mended_where_it_stands_and_no_other_word_is_touched(given: str, better: str) -> None:
    (finding,) = ask(RULE, case_of(named(given), NOTHING, SHORT))
    (fix,) = [fix for fix in finding.fixes if fix.file_after]
    assert better in (fix.file_after or "")
    assert "aws sts assume-role-with-web-identity" in (fix.file_after or "")


def test_a_stored_variable_that_gives_the_name_is_pointed_at() -> None:
    stored = "{workspace: {}, deployments: {}, repository: {AWS_ROLE_SESSION_NAME: Acme Site}}"
    (finding,) = ask(RULE, case_of(one(*GOOD), stored, QUOTED.replace("feature/login", "Acme Site")))

    assert finding.evidence[1].location == InVariables("repository", "AWS_ROLE_SESSION_NAME")
    assert finding.fixes[0].variables[0].name == "AWS_ROLE_SESSION_NAME"


def test_a_name_that_is_right_leaves_open_where_the_refused_one_comes_from() -> None:
    (finding,) = ask(RULE, case_of(named("acme-$BITBUCKET_BUILD_NUMBER"), NOTHING, QUOTED))

    assert finding.verdict is Verdict.UNDETERMINED
    assert "the text is older, or a tool of the step" in finding.meaning


@pytest.mark.parametrize(
    ("name", "verdicts"),
    [
        ('"Acme Site"', [Verdict.CONFIRMED]),
        ("a", [Verdict.CONFIRMED]),
        ("a" * 65, [Verdict.CONFIRMED]),
        ("deploy/main", [Verdict.CONFIRMED]),
        ("$BITBUCKET_STEP_UUID", [Verdict.LIKELY]),
        ('"ci-${BITBUCKET_REPO_UUID}"', [Verdict.LIKELY]),
        ('"${BITBUCKET_STEP_UUID:1:36}"', []),
        ('"$BITBUCKET_BRANCH"', []),
        ('"$SOMETHING"', []),
        ("ci-$BITBUCKET_BUILD_NUMBER", []),
        ("ci", []),
        ("a" * 64, []),
    ],
)
def test_without_a_text_only_a_name_that_is_known_to_be_refused_is_told(
    name: str, verdicts: list[Verdict]
) -> None:
    assert said(RULE, case_of(named(name), NOTHING)) == verdicts


@pytest.mark.parametrize("paste", [REFUSED, DURATION])
def test_other_texts_are_no_matter_of_the_name(paste: str) -> None:
    assert said(RULE, case_of(named('"Acme Site"'), NOTHING, paste)) == []
