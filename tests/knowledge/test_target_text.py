"""Links, words and commands name a repository and a run; another host's address never does."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.target import Target, TargetSource
from knowledge.target_text import find_target, parse_command_target

STEP = "{9c2d0e11-5555-4666-8777-888899990000}"
REPO = "{3b1a7f00-1111-4222-8333-944455566677}"
WORKSPACE = "{5d0c6a52-7777-4888-9999-aaaabbbbcccc}"
LOWER = quote(STEP).replace("%7B", "%7b").replace("%7D", "%7d")
BASE = "https://bitbucket.org/acme/widget"
API = "https://api.bitbucket.org/2.0/repositories/acme/widget"
KNOWN = frozenset({"acme"})


def link(**members: object) -> Target:
    return Target(**{"workspace": "acme", "repository": "widget", "source": TargetSource.LINK, **members})  # type: ignore[arg-type]


RUN = link(build_number=1234)
RUN_STEP = link(build_number=1234, step=STEP)

LINKS: dict[str, Target] = {
    f"{BASE}/pipelines/results/1234": RUN,
    f"{BASE}/pipelines/results/1234/": RUN,
    f"{BASE}/pipelines/results/1234?tab=log": RUN,
    f"{BASE}/pipelines/results/1234/steps/{quote(STEP)}": RUN_STEP,
    f"{BASE}/pipelines/results/1234/steps/{LOWER}": RUN_STEP,
    f"{BASE}/pipelines/results/1234/steps/{STEP}": RUN_STEP,
    f"{BASE}/pipelines/results/1234/steps/{STEP}/test-report": RUN_STEP,
    f"{BASE}/pipelines/results/1234/steps/{STEP.upper()}": RUN_STEP,
    f"{BASE}/addon/pipelines/home#!/results/1234": RUN,
    f"{BASE}/addon/pipelines/home#!/results/1234/steps/{STEP}": RUN_STEP,
    f"{BASE}/addon/pipelines/home?a=1#!/results/1234": RUN,
    f"{BASE}/pipelines": link(),
    f"{BASE}/pipelines/1234": RUN,
    f"{API}/pipelines/{quote(STEP)}": link(run_uuid=STEP),
    f"{API}/pipelines/{STEP}/steps/{quote(STEP)}/log": link(run_uuid=STEP, step=STEP),
    f"{BASE}/pipelines/results/branch/main/page/1": link(branch="main"),
    f"{BASE}/pipelines/results/branch/feature%2Flogin/page/1": link(branch="feature/login"),
    f"{BASE}/pipelines/results/page/2": link(),
    BASE: link(),
    f"{BASE}/": link(),
    f"{BASE}/src/main/": link(perhaps=("main",)),
    f"{BASE}/src/release%2F2.x/": link(perhaps=("release/2.x",)),
    f"{BASE}/src/1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c/README.md": link(
        commit="1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c"
    ),
    f"{BASE}/branch/feature/x": link(branch="feature/x"),
    f"{BASE}/pull-requests/77": link(pull_request=77),
    f"{BASE}/pull-requests/77/diff": link(pull_request=77),
    f"{BASE}/commits/1f2e3d4c5b6a": link(commit="1f2e3d4c5b6a"),
    f"{BASE}/admin/pipelines/openid-connect": link(),
    "git@bitbucket.org:acme/widget.git": link(),
    "ssh://git@bitbucket.org/acme/widget.git": link(),
    "https://someone@bitbucket.org/acme/widget.git": link(),
    "https://x-token-auth:[redacted password]@bitbucket.org/acme/widget.git": link(),
    "https://www.bitbucket.org/acme/widget": link(),
    "bitbucket.org/acme/widget/pipelines/results/1234": RUN,
    "http://bitbucket.org/acme/widget/pipelines/results/1234": RUN,
    "https://Bitbucket.org/acme/widget/pipelines/results/1234": RUN,
    "HTTPS://BITBUCKET.ORG/acme/widget/pipelines/results/1234": RUN,
    "İİ https://WWW.BitBucket.org/acme/widget/pipelines/results/1234": RUN,
    "git@BITBUCKET.org:acme/widget.git": link(),
    "https://api.bitbucket.org/2.0/repositories/acme/widget": link(),
    "https://api.bitbucket.org/2.0/repositories/acme/widget/pipelines/1234": RUN,
    f"{API}/pipelines/1234/steps/{quote(STEP)}/log": RUN_STEP,
    f"https://bitbucket.org/{quote(WORKSPACE)}/{quote(REPO)}/pipelines/results/7": link(
        workspace=WORKSPACE, repository=REPO, build_number=7
    ),
    f"https://bitbucket.org/{WORKSPACE}/{REPO}": link(workspace=WORKSPACE, repository=REPO),
    "https://bitbucket.org/acme-team_1/my.widget-2/pipelines/results/7": link(
        workspace="acme-team_1", repository="my.widget-2", build_number=7
    ),
}


@pytest.mark.parametrize("text", LINKS)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "<{}>",
        "<{}|the build>",
        "<{}|{}>",
        "see {} please",
        "({})",
        "It failed: {}.",
        "*{}*",
        "`{}`",
        '"{}"',
        "{}\nAn error occurred (AccessDenied)",
        "[build]({})",
    ],
)
def test_every_form_of_a_link_names_its_repository_run_and_step(text: str, around: str) -> None:
    assert find_target(around.replace("{}", text)) == LINKS[text]


def test_entities_in_a_link_are_decoded() -> None:
    assert find_target(f"<{BASE}/addon/pipelines/home?a=1&amp;b=2#!/results/1234>") == RUN


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/acme/widget/pipelines/results/1234",
        "https://bitbucket.org.evil.example/acme/widget/pipelines/results/1",
        "https://evilbitbucket.org/acme/widget/pipelines/results/1",
        "https://evil.example/?to=https://bitbucket.org/acme/widget/pipelines/results/1",
        "https://evil.example/https://bitbucket.org/acme/widget/pipelines/results/1",
        "https://evil.example/bitbucket.org/acme/widget/pipelines/results/1",
        "https://evil.example#bitbucket.org/acme/widget/pipelines/results/1",
        "https://bitbucket.org@evil.example/acme/widget/pipelines/results/1",
        "https://user:bitbucket.org@evil.example/acme/widget",
        "https://evil.example\\@bitbucket.org/acme/widget/pipelines/results/1",
        "https://bitbucket.org:8443/acme/widget/pipelines/results/1",
        "https://x.bitbucket.org/acme/widget/pipelines/results/1",
        "ftp://bitbucket.org/acme/widget",
        "https://bitbucket.org/product/features",
        "https://bitbucket.org/blog/anything",
        "https://bitbucket.org/account/settings",
        "https://bitbucket.org/dashboard/overview",
        "https://bitbucket.org/acme/workspace/settings/pipelines/account-variables",
        "https://bitbucket.org/acme",
        "https://bitbucket.org/",
        "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
        "https://api.bitbucket.org/2.0/user",
        "https://bitbucket.org/acme/../other",
        "https://bitbucket.org/atlassian/aws-s3-deploy/src/master/",
        "pipe: atlassian/aws-s3-deploy:1.1.0",
        "",
        "nothing at all",
    ],
)
def test_what_is_no_repository_of_bitbucket_names_nothing(text: str) -> None:
    assert find_target(text) == Target()
    assert find_target(text, KNOWN).build_number is None


def test_a_link_to_a_run_is_preferred_to_one_that_tells_less() -> None:
    text = (
        f"{BASE}/src/main then https://bitbucket.org/acme/other/pipelines/results/5 and "
        f"{BASE}/pull-requests/3"
    )
    assert find_target(text) == link(repository="other", build_number=5)


def test_of_two_runs_the_first_is_meant() -> None:
    assert find_target(f"{BASE}/pipelines/results/1 and {BASE}/pipelines/results/2").build_number == 1


def words(**members: object) -> Target:
    return Target(**{"workspace": "acme", "repository": "widget", "source": TargetSource.WORDS, **members})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("acme/widget is red", words()),
        ("acme/widget#1234 is red", words(build_number=1234)),
        ("acme/widget #1234 is red", words(build_number=1234)),
        ("acme/widget 1234", words(build_number=1234)),
        ("acme/widget build 1234", words(build_number=1234)),
        ("acme/widget run #1234", words(build_number=1234)),
        ("acme/widget/pipelines/1234", words(build_number=1234)),
        ("acme/widget/pipelines/results/1234 is red", words(build_number=1234)),
        ("acme/widget: pipelines/1234", words(build_number=1234)),
        ("build #1234 of acme/widget", words(build_number=1234)),
        ("ACME/Widget is red", words(workspace="ACME", repository="Widget")),
        ("(acme/widget)", words()),
        ("`acme/widget`", words()),
        ("acme/widget.", words()),
        ("acme/my.widget is red", words(repository="my.widget")),
        ("other/widget is red", Target()),
        ("/srv/acme/widget/file", Target()),
        ("registry.example/acme/widget:1.2", Target()),
        ("origin/acme/widget", Target()),
        ("acme/widget/sub", Target()),
        ("we are at 3 of 4", Target()),
        ("BITBUCKET_REPO_FULL_NAME=acme/widget", words()),
        ("BITBUCKET_REPO_FULL_NAME=acme/widget\nBITBUCKET_BUILD_NUMBER=1234", words(build_number=1234)),
        (
            f"BITBUCKET_BUILD_NUMBER=1234\nBITBUCKET_STEP_UUID={STEP}\nBITBUCKET_REPO_FULL_NAME=acme/widget",
            words(build_number=1234, step=STEP),
        ),
    ],
)
def test_words_name_a_repository_only_of_a_known_workspace(text: str, wanted: Target) -> None:
    assert find_target(text, KNOWN) == wanted


def test_words_without_known_workspaces_name_nothing() -> None:
    assert find_target("acme/widget#1234 is red") == Target()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"{BASE} build #12 is red", 12),
        (f"run 12 of {BASE}", 12),
        (f"{BASE} failed 3 times", None),
        (f"{BASE} PR #12", None),
        (f"{BASE} took 12 minutes in build 2 of 3", None),
        (f"{BASE}" + " x" * 400 + " #12", None),
    ],
)
def test_a_number_means_a_run_only_beside_the_repository(text: str, number: int | None) -> None:
    assert find_target(text).build_number == number


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("acme/widget", ("acme", "widget", None)),
        ("acme/widget#1234", ("acme", "widget", 1234)),
        ("acme/widget 1234", ("acme", "widget", 1234)),
        (" `acme/widget #1234` ", ("acme", "widget", 1234)),
        ("“acme/widget”", ("acme", "widget", None)),
        ("acme/widget.git", ("acme", "widget", None)),
        (f"{WORKSPACE}/{REPO}#3", (WORKSPACE, REPO, 3)),
        (f"<{BASE}/pipelines/results/1234>", ("acme", "widget", 1234)),
        (f"<{BASE}/pipelines/results/1234|1234>", ("acme", "widget", 1234)),
        ("git@bitbucket.org:acme/widget.git", ("acme", "widget", None)),
    ],
)
def test_what_a_person_types_names_a_run(typed: str, wanted: tuple[str, str, int | None]) -> None:
    target = parse_command_target(typed)
    assert target is not None
    assert (target.workspace, target.repository, target.build_number) == wanted
    assert target.source is TargetSource.COMMAND


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "help",
        "acme",
        "acme/",
        "/widget",
        "acme/widget/more",
        "acme/..",
        "acme/.",
        "product/x",
        "a b/c",
        "https://example.org/a/b",
        "acme/widget#x",
        "explain oidc-not-enabled",
    ],
)
def test_what_is_no_name_is_none(typed: str) -> None:
    assert parse_command_target(typed) is None


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([*LINKS, "<", "|", ">", "acme/widget", "#12", "/", "@", "{", "%7B"])
        | st.text(max_size=12),
        max_size=8,
    )
)
def test_finding_a_target_never_raises_and_names_both_or_neither(pieces: list[str]) -> None:
    target = find_target("".join(pieces), KNOWN)
    assert (target.workspace is None) == (target.repository is None)
    parse_command_target("".join(pieces))
