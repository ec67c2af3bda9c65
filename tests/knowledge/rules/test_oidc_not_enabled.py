"""`oidc-not-enabled`: what the step shows, what the text says, and what both together prove."""

from __future__ import annotations

import pytest

from knowledge.finding import Disposition, Verdict
from knowledge.location import InPaste
from knowledge.reading import Unread
from knowledge.rules.oidc_not_enabled import RULE
from tests.knowledge.rules.asking import NO_CREDENTIALS, REFUSED, ask, case_of, said, tried
from tests.knowledge.rules.scripts import anchored, pipe
from tests.knowledge.rules.switches import EMPTY, EXPIRED, exchanging, needing, only, pipeline, speaking, step

ROLE = "arn:aws:iam::123456789012:role/acme-deploy"
CAUSE = "oidc-not-enabled"


def test_the_step_and_the_line_that_uses_the_token_are_quoted() -> None:
    finding = only(case_of(pipeline(needing()), None, EMPTY))

    assert finding.headline == "Step `Deploy` has no `oidc: true`, so it gets no token."
    assert [(item.sentence, item.excerpt) for item in finding.evidence] == [
        ("The step on line 3 has no key `oidc`.", "- step:"),
        (
            "Line 9 uses `$BITBUCKET_STEP_OIDC_TOKEN`, which has no value in this step.",
            '- printf \'%s\' "$BITBUCKET_STEP_OIDC_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE"',
        ),
    ]


def test_the_fix_adds_one_line_and_silences_the_rule() -> None:
    case = case_of(pipeline(needing()), None, EMPTY)
    (fix,) = only(case).fixes

    assert fix.file_after == pipeline(needing("oidc: true"))
    assert fix.disposition is Disposition.SAFE
    assert speaking(tried(case, fix)) == {}


@pytest.mark.parametrize(
    ("paste", "verdict"),
    [
        ("", "confirmed"),
        (EMPTY, "confirmed"),
        (NO_CREDENTIALS, "confirmed"),
        (REFUSED, "likely"),
        (EXPIRED, "likely"),
        (f"{REFUSED}\n{EMPTY}", "confirmed"),
    ],
)
def test_a_step_that_shows_its_need_is_wrong_whatever_the_text_but_a_real_token_makes_it_likely(
    paste: str, verdict: str
) -> None:
    assert speaking(case_of(pipeline(needing()), None, paste)) == {CAUSE: verdict}
    assert speaking(case_of(pipeline(exchanging()), None, paste)) == {CAUSE: verdict}


def test_the_meaning_says_so_when_the_text_speaks_of_a_real_token() -> None:
    assert "a token reached the service" in only(case_of(pipeline(needing()), None, REFUSED)).meaning


@pytest.mark.parametrize(
    ("script", "paste", "expected"),
    [
        ("./deploy.sh", "", {}),
        ("./deploy.sh", EMPTY, {CAUSE: "likely"}),
        ("./deploy.sh", REFUSED, {CAUSE: "possible"}),
        ("./deploy.sh", NO_CREDENTIALS, {}),
        ("aws s3 sync build/ s3://acme-site", "", {}),
        ("aws s3 sync build/ s3://acme-site", EMPTY, {CAUSE: "likely"}),
        ("aws s3 sync build/ s3://acme-site", REFUSED, {CAUSE: "likely"}),
        ("aws s3 sync build/ s3://acme-site", NO_CREDENTIALS, {CAUSE: "possible"}),
        ("echo done", "", {}),
        ("echo done", EMPTY, {}),
        ("echo done", REFUSED, {}),
    ],
)
def test_a_step_that_does_not_show_its_need_is_likely_at_most(
    script: str, paste: str, expected: dict[str, str]
) -> None:
    assert speaking(case_of(pipeline(step([script], "")), None, paste)) == expected


def test_variables_that_speak_of_oidc_make_a_cloud_command_a_need() -> None:
    file = pipeline(step(["aws s3 sync build/ s3://acme-site"], ""))
    levels = f"{{workspace: {{}}, repository: {{AWS_ROLE_ARN: '{ROLE}'}}, deployments: {{}}}}"

    assert speaking(case_of(file, levels)) == {CAUSE: "likely"}
    assert speaking(case_of(file, "{workspace: {}, repository: {}, deployments: {}}")) == {}


def test_a_pipe_with_a_role_needs_the_token() -> None:
    file = pipeline(step([], "")) + pipe("atlassian/aws-s3-deploy:2.1.0", AWS_OIDC_ROLE_ARN=ROLE)
    finding = only(case_of(file, None, "AWS_ACCESS_KEY_ID variable missing."))

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.evidence[1].sentence == ("Line 6 hands the pipe a role to assume with the step's token.")


def test_a_pipe_that_also_has_keys_gets_on_without() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "$KEY", "AWS_SECRET_ACCESS_KEY": "$SECRET"}
    file = pipeline(step([], "")) + pipe("atlassian/aws-s3-deploy:2.1.0", AWS_OIDC_ROLE_ARN=ROLE, **keys)

    assert speaking(case_of(file)) == {}


def test_an_image_that_is_pulled_with_a_role_proves_nothing_by_itself() -> None:
    keys = f"image:\n  name: acme/build\n  aws:\n    oidc-role: {ROLE}"
    file = pipeline(step(["echo done"], keys))

    assert speaking(case_of(file)) == {}
    assert speaking(case_of(file, None, EMPTY)) == {CAUSE: "likely"}


@pytest.mark.parametrize(
    ("options", "paste", "expected"),
    [
        ("oidc: true", "", {}),
        ("oidc: true", EMPTY, {CAUSE: "likely"}),
        ("oidc: true", REFUSED, {CAUSE: "possible"}),
        ("oidc: {audiences: [https://gw.acme.example]}", "", {}),
        ("oidc: {audiences: [https://gw.acme.example]}", EMPTY, {CAUSE: "likely"}),
        ("max-time: 30", EMPTY, {CAUSE: "confirmed"}),
    ],
)
def test_options_may_switch_it_on_so_nothing_is_certain(
    options: str, paste: str, expected: dict[str, str]
) -> None:
    file = f"options:\n  {options}\n{pipeline(needing())}"

    assert speaking(case_of(file, None, paste)) == expected


@pytest.mark.parametrize("keys", ["oidc: true", "oidc: True", "oidc: {audiences: [https://gw.acme.example]}"])
def test_a_step_that_has_it_is_ruled_out_where_the_text_made_one_ask(keys: str) -> None:
    for paste in (EMPTY, REFUSED, NO_CREDENTIALS):
        (finding,) = ask(RULE, case_of(pipeline(needing(keys)), None, paste))
        assert (finding.verdict, "(line 5)" in finding.headline) == (Verdict.RULED_OUT, True)
    assert ask(RULE, case_of(pipeline(needing(keys)))) == []


def test_an_anchored_step_has_its_switch_with_it() -> None:
    case = case_of(anchored("echo $BITBUCKET_STEP_OIDC_TOKEN > token"), None, EMPTY)

    assert speaking(case) == {}


def test_the_fix_of_an_anchor_names_who_else_is_touched() -> None:
    file = anchored("echo $BITBUCKET_STEP_OIDC_TOKEN > token").replace("        oidc: true\n", "")
    file += "    develop:\n      - step:\n          <<: *deploy\n          name: Try\n"
    (fix,) = only(case_of(file, None, EMPTY), "Deploy").fixes

    assert fix.disposition is Disposition.NEEDS_REVIEW
    assert fix.steps == ("The keys stand in an anchor that is also used by `Try`: each gets a token too.",)


def test_without_a_file_the_text_alone_is_likely_and_quoted() -> None:
    case = case_of(
        "", None, f"since today:\n{EMPTY}", pipeline_file=Unread("the pipeline file", "403", "ask")
    )
    (finding,) = RULE.check(case, None)

    assert finding.verdict is Verdict.LIKELY
    assert finding.primary is not None
    assert isinstance(finding.primary.location, InPaste)
    assert finding.primary.excerpt in case.paste
    assert finding.primary.excerpt.startswith("Invalid length for parameter WebIdentityToken")


@pytest.mark.parametrize("paste", ["", REFUSED, NO_CREDENTIALS])
def test_without_a_file_other_texts_say_nothing_about_the_switch(paste: str) -> None:
    case = case_of("", None, paste, pipeline_file=Unread("the pipeline file", "403", "ask"))

    assert list(RULE.check(case, None)) == []


def test_a_parent_of_a_child_pipeline_needs_none() -> None:
    file = pipeline("    - step:\n        name: Start\n        type: pipeline\n        custom: ship\n")

    assert said(RULE, case_of(file, None, EMPTY), "Start") == []
