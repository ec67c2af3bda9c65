"""Who may ask about what, and what is answered where nothing may be read, or nothing is named."""

from __future__ import annotations

import pytest

from bot.playground.bitbucket import BitbucketStandIn
from bot.readings_scope import Scope
from knowledge.answer import Kind
from knowledge.target import TargetSource
from tests.bot.sources import DENIED, WORLD, link, opened, repository

CHANNELS = {
    "C-LEDGER": ("acme/ledger",),
    "C-ELSEWHERE": ("globex",),
    "C-BOTH": ("acme/ledger", "acme/storefront"),
}


# -- what may be spoken about -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed", "channels", "channel", "name", "may"),
    [
        (("acme",), {}, "C1", "acme/widget", True),
        (("acme",), {}, "C1", "ACME/Widget", True),
        (("ACME",), {}, "C1", "acme/widget", True),
        (("acme",), {}, "C1", "globex/widget", False),
        (("acme",), {}, "C1", "acme-two/widget", False),
        (("acme/widget",), {}, "C1", "acme/widget", True),
        (("acme/widget",), {}, "C1", "Acme/Widget", True),
        (("acme/widget",), {}, "C1", "acme/other", False),
        (("acme/widget",), {}, "C1", "acme/widget-two", False),
        (("acme",), {"C1": ("acme/widget",)}, "C1", "acme/widget", True),
        (("acme",), {"C1": ("acme/widget",)}, "C1", "acme/other", False),
        (("acme",), {"C1": ("acme/widget",)}, "C2", "acme/other", True),
        (("acme",), {"C1": ("globex",)}, "C1", "globex/widget", False),
        (("acme",), {"C1": ()}, "C1", "acme/widget", False),
        (("acme",), {}, "C1", "acme/{54c7382d-baac-4490-8f30-bfb21099e0fe}", False),
        (("acme/{54c7382d-baac-4490-8f30-bfb21099e0fe}",), {}, "C1", "acme/w", False),
        (("acme",), {}, "C1", "{df17aa72-3bde-4468-a13b-ecb9733ba43b}/widget", False),
        (
            ("{df17aa72-3bde-4468-a13b-ecb9733ba43b}",),
            {},
            "C1",
            "{DF17AA72-3bde-4468-a13b-ecb9733ba43b}/w",
            True,
        ),
    ],
)
def test_only_what_is_listed_for_the_bot_and_for_the_channel_may_be_spoken_about(
    listed: tuple[str, ...], channels: dict[str, tuple[str, ...]], channel: str, name: str, *, may: bool
) -> None:
    workspace, _, slug = name.partition("/")

    assert Scope(listed, channels).may_speak_about(channel, workspace, slug) is may


async def test_a_refusal_is_the_same_for_what_exists_and_what_does_not_and_reads_nothing() -> None:
    async with opened(BITBUCKET_WORKSPACES="acme/storefront") as sources:
        answers = [
            await sources.ask(f"{DENIED} https://bitbucket.org/{name}/pipelines/results/512")
            for name in ("acme/ledger", "acme/there-is-no-such-thing", "globex/rocket")
        ]

    assert {answer.kind for answer in answers} == {Kind.REFUSAL}
    assert len({(answer.note, answer.target, answer.diagnosis) for answer in answers}) == 1
    assert "ledger" not in answers[0].note
    assert sources.bitbucket.calls == []
    assert sources.aws.calls == []


async def test_a_channel_speaks_only_about_its_own_repositories() -> None:
    async with opened(channels=CHANNELS) as sources:
        allowed = await sources.ask(repository("ledger").paste, channel="C-LEDGER")
        sources.forget_calls()
        refused = [
            await sources.ask(repository("storefront").paste, channel="C-LEDGER"),
            await sources.ask(repository("storefront").paste, channel="C-ELSEWHERE"),
        ]

    assert allowed.kind is Kind.DIAGNOSIS
    assert {one.kind for one in refused} == {Kind.REFUSAL}
    assert sources.bitbucket.calls == []


async def test_a_form_or_command_cannot_get_around_the_list() -> None:
    async with opened(BITBUCKET_WORKSPACES="acme/storefront") as sources:
        for way_in in ("form", "command"):
            answer = await sources.ask(link("storefront"), way_in=way_in, repository="acme/ledger")
            assert answer.kind is Kind.REFUSAL

    assert sources.bitbucket.calls == []


async def test_names_are_compared_and_asked_for_without_regard_to_case() -> None:
    async with opened(BITBUCKET_WORKSPACES="Acme") as sources:
        answer = await sources.ask(f"{DENIED} https://bitbucket.org/ACME/Ledger/pipelines/results/512")

    assert answer.cause == "trust-subject-mismatch"
    assert all("ACME" not in path for path in sources.paths)


async def test_a_hidden_repository_of_a_listed_workspace_is_not_refused_but_not_seen() -> None:
    hidden = BitbucketStandIn(WORLD, hidden=("ledger",))
    async with opened(bitbucket=hidden) as sources:
        answer = await sources.ask(repository("ledger").paste)

    assert answer.kind is Kind.DIAGNOSIS
    assert any("may not see it" in one.reason for one in answer.diagnosis.unread)


# -- names by UUID ------------------------------------------------------------------------------------------

FOREIGN = "{0f5c1a2b-3d4e-4f60-8a7b-9c0d1e2f3a4b}"
LEDGER = repository("ledger").uuid


def by_uuid(workspace: str, slug: str, number: int = 512) -> str:
    path = f"{workspace}/{slug}/pipelines/results/{number}".replace("{", "%7B").replace("}", "%7D")
    return f"{DENIED} https://bitbucket.org/{path}"


@pytest.mark.parametrize(
    "listed", ["acme", "acme/ledger", f"acme/{LEDGER}", WORLD.uuid, f"{WORLD.uuid}/{LEDGER}"]
)
@pytest.mark.parametrize("workspace", ["acme", WORLD.uuid])
@pytest.mark.parametrize("slug", ["ledger", LEDGER])
async def test_a_listed_repository_is_known_by_its_names_and_by_its_uuids(
    listed: str, workspace: str, slug: str
) -> None:
    async with opened(BITBUCKET_WORKSPACES=listed) as sources:
        answer = await sources.ask(by_uuid(workspace, slug))

    assert answer.cause == "trust-subject-mismatch"
    assert "run #512 of `acme/ledger`" in answer.run_line
    assert len(sources.bitbucket.calls) == len({call.path for call in sources.bitbucket.calls}) <= 9


@pytest.mark.parametrize(
    ("workspace", "slug"),
    [
        (FOREIGN, FOREIGN),
        (WORLD.uuid, FOREIGN),
        (WORLD.uuid, repository("storefront").uuid),
        ("acme", repository("storefront").uuid),
        ("globex", LEDGER),
    ],
    ids=[
        "both foreign",
        "not there",
        "not listed",
        "not listed, by its workspace's name",
        "foreign workspace",
    ],
)
async def test_by_its_uuid_what_is_not_listed_is_refused_like_what_is_not_there(
    workspace: str, slug: str
) -> None:
    async with opened(BITBUCKET_WORKSPACES="acme/ledger") as sources:
        plain = await sources.ask(f"{DENIED} https://bitbucket.org/globex/rocket/pipelines/results/1")
        assert sources.bitbucket.calls == []
        answers = [await sources.ask(by_uuid(workspace, slug)) for _ in range(3)]

    assert {answer.kind for answer in answers} == {Kind.REFUSAL}
    assert len({(one.note, one.target, one.diagnosis) for one in [plain, *answers]}) == 1
    assert len(sources.bitbucket.calls) <= 1
    assert sources.aws.calls == []


async def test_a_foreign_workspace_is_refused_without_a_call_once_the_listed_ones_are_known() -> None:
    async with opened() as sources:
        await sources.ask(by_uuid(WORLD.uuid, LEDGER))
        sources.forget_calls()
        foreign = await sources.ask(by_uuid(FOREIGN, FOREIGN))

    assert foreign.kind is Kind.REFUSAL
    assert sources.bitbucket.calls == []


async def test_a_channel_s_list_holds_for_names_by_uuid_too() -> None:
    async with opened(channels=CHANNELS) as sources:
        allowed = await sources.ask(by_uuid("acme", LEDGER), channel="C-LEDGER")
        refused = await sources.ask(by_uuid("acme", repository("storefront").uuid), channel="C-LEDGER")

    assert (allowed.kind, refused.kind) == (Kind.DIAGNOSIS, Kind.REFUSAL)


async def test_what_another_channel_asked_does_not_tell_by_the_calls_whether_a_repository_is_there() -> None:
    links = [by_uuid(WORLD.uuid, slug) for slug in (repository("storefront").uuid, FOREIGN)]
    async with opened(channels=CHANNELS) as sources:
        seen = [(await sources.ask(link, channel="C-OTHER")).kind for link in links]
        calls = []
        for link in links:
            sources.forget_calls()
            refused = await sources.ask(link, channel="C-LEDGER")
            calls.append((refused.kind, len(sources.bitbucket.calls)))

    assert seen == [Kind.DIAGNOSIS, Kind.REFUSAL]
    assert calls == [(Kind.REFUSAL, 0), (Kind.REFUSAL, 0)]


async def test_while_bitbucket_does_not_say_what_a_uuid_is_that_is_said() -> None:
    async with opened() as sources:
        sources.bitbucket.fail("", status=503)
        answer = await sources.ask(by_uuid(WORLD.uuid, LEDGER))
        sources.bitbucket.heal()
        again = await sources.ask(by_uuid(WORLD.uuid, LEDGER))

    assert answer.kind is Kind.APOLOGY
    assert "only Bitbucket can tell" in answer.note
    assert again.kind is Kind.DIAGNOSIS


async def test_the_question_for_a_uuid_and_the_reading_share_one_deadline() -> None:
    """What the name took is not there for the rest, which is told as not read."""
    async with opened() as sources:
        whole, sources.readings._deadline = sources.readings._deadline, 0.5
        sources.bitbucket.fail("", hang=0.7, times=1)
        late = await sources.ask(by_uuid(WORLD.uuid, LEDGER))
        sources.readings._deadline = whole
        in_time = await sources.ask(by_uuid(WORLD.uuid, LEDGER))

    assert late.kind is in_time.kind is Kind.DIAGNOSIS
    assert late.run_url is None
    assert late.diagnosis.unread
    assert in_time.run_url is not None


async def test_an_answer_that_is_no_json_says_nothing_of_the_repository_that_a_uuid_names() -> None:
    async with opened(BITBUCKET_WORKSPACES="acme") as sources:
        sources.bitbucket.fail("", status=200, body=b"<html>Log in</html>")
        first = await sources.ask(by_uuid(WORLD.uuid, "ledger"))
        sources.bitbucket.heal()
        again = await sources.ask(by_uuid(WORLD.uuid, "ledger"))

    assert first.kind is Kind.APOLOGY
    assert again.kind is Kind.DIAGNOSIS


async def test_a_refused_token_says_nothing_of_the_repository_that_a_uuid_names() -> None:
    async with opened(BITBUCKET_WORKSPACES="acme") as sources:
        sources.bitbucket.fail("", status=401)
        refused = await sources.ask(by_uuid(WORLD.uuid, "ledger"))
        sources.bitbucket.heal()
        answer = await sources.ask(by_uuid(WORLD.uuid, "ledger"))

    assert refused.kind is Kind.APOLOGY
    assert "does not accept the bot's token (401)" in refused.note
    assert answer.kind is Kind.DIAGNOSIS


@pytest.mark.parametrize("status", [301, 302, 400, 403, 404, 410, 451])
async def test_a_repository_that_was_renamed_or_is_refused_is_answered_like_one_that_never_was(
    status: int,
) -> None:
    async with opened(BITBUCKET_WORKSPACES="acme/ledger") as sources:
        never = await sources.ask(by_uuid(WORLD.uuid, FOREIGN))
        calls = len(sources.bitbucket.calls)
        sources.bitbucket.fail("", status=status, headers={"Location": "https://bitbucket.org/acme/other"})
        answers = [await sources.ask(by_uuid(WORLD.uuid, repository("storefront").uuid)) for _ in range(2)]

    assert never.kind is Kind.REFUSAL
    assert len({(one.kind, one.note, one.target, one.diagnosis) for one in [never, *answers]}) == 1
    assert calls == len(sources.bitbucket.calls) - calls == 1


ROCKET = "https://bitbucket.org/globex/rocket/pipelines/results/3"

# -- several repositories -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"{ROCKET} and {link('ledger')}",
        f"{link('ledger')} {ROCKET}",
        f"{ROCKET}\nBITBUCKET_REPO_FULL_NAME=acme/ledger\nBITBUCKET_BUILD_NUMBER=512",
        f"{ROCKET}, ours is acme/ledger #512",
    ],
    ids=["foreign first", "listed first", "printed variables", "words"],
)
async def test_of_several_repositories_the_listed_one_is_meant_and_the_other_said_to_be_left_aside(
    text: str,
) -> None:
    async with opened() as sources:
        answer = await sources.ask(f"{DENIED}\n{text}")

    assert answer.cause == "trust-subject-mismatch"
    assert answer.run_line.startswith("run #512 of `acme/ledger`")
    assert "`globex/rocket` in the message left aside" in answer.run_line
    assert not any("globex" in path for path in sources.paths)


@pytest.mark.parametrize("name", ["umbrella/vault#3", "umbrella/no-such-thing#3"])
async def test_words_that_name_the_run_of_another_workspace_are_refused_like_a_link(name: str) -> None:
    async with opened() as sources:
        words = await sources.ask(f"{DENIED}\nthis is {name}")
        linked = await sources.ask(f"{DENIED} https://bitbucket.org/umbrella/vault/pipelines/results/3")

    assert (words.kind, words.note, words.diagnosis) == (Kind.REFUSAL, linked.note, linked.diagnosis)
    assert sources.bitbucket.calls == []


async def test_words_of_another_workspace_do_not_keep_a_channel_from_its_only_repository() -> None:
    async with opened(channels=CHANNELS) as sources:
        answer = await sources.ask(f"{DENIED} since actions/runner#3", channel="C-LEDGER")

    assert answer.target.source is TargetSource.CHANNEL
    assert "`acme/ledger`" in answer.run_line


# -- which repository is meant ------------------------------------------------------------------------------


async def test_without_a_repository_it_says_what_the_text_shows_and_asks() -> None:
    async with opened() as sources:
        answer = await sources.ask(DENIED)

    assert answer.kind is Kind.QUESTION
    assert "AWS got a token and refused the role" in answer.note
    assert answer.note.endswith("A link to the run says it all.")
    assert answer.symptoms
    assert answer.diagnosis.unread == ()
    assert sources.bitbucket.calls == []
    assert sources.aws.calls == []


@pytest.mark.parametrize("text", ["", "   ", "hello", "see https://example.com/acme/widget", "acme", "acme/"])
async def test_a_text_without_anything_to_go_by_leads_to_the_question(text: str) -> None:
    async with opened() as sources:
        answer = await sources.ask(text, way_in="command")

    assert answer.kind is Kind.QUESTION
    assert answer.note.startswith("Which repository")


async def test_the_channel_s_only_repository_is_taken_and_that_is_known() -> None:
    async with opened(channels=CHANNELS) as sources:
        one = await sources.ask(f"{DENIED} in build #512", channel="C-LEDGER")
        several = await sources.ask(DENIED, channel="C-BOTH")

    assert one.kind is Kind.DIAGNOSIS
    assert (one.target.full_name, one.target.source) == ("acme/ledger", TargetSource.CHANNEL)
    assert several.kind is Kind.QUESTION


async def test_words_name_a_repository_of_a_listed_workspace() -> None:
    async with opened() as sources:
        answer = await sources.ask(f"{DENIED}\nthis is acme/ledger #512")

    assert answer.target.source is TargetSource.WORDS
    assert answer.run_line.startswith("run #512 of `acme/ledger`")


@pytest.mark.parametrize(
    ("way_in", "source"), [("command", TargetSource.COMMAND), ("form", TargetSource.ANSWER)]
)
async def test_what_a_form_or_command_names_goes_before_the_text(way_in: str, source: TargetSource) -> None:
    async with opened() as sources:
        answer = await sources.ask(
            f"{DENIED} {link('storefront')}", way_in=way_in, repository="acme/ledger", build_number=512
        )

    assert answer.target.source is source
    assert answer.run_line.startswith("run #512 of `acme/ledger`")


async def test_the_text_adds_to_what_a_form_names_when_both_mean_the_same_repository() -> None:
    step = repository("storefront").runs[0].steps[1]
    quoted = step.uuid.replace("{", "%7B").replace("}", "%7D")
    async with opened() as sources:
        answer = await sources.ask(
            f"{link('storefront')}/steps/{quoted}", way_in="form", repository="acme/storefront"
        )

    assert (answer.target.build_number, answer.target.step) == (214, step.uuid)


@pytest.mark.parametrize("named", ["acme/ledger#512", link("ledger"), " acme/ledger 512 "])
async def test_a_named_repository_may_carry_its_run(named: str) -> None:
    async with opened() as sources:
        answer = await sources.ask("", way_in="form", repository=named)

    assert answer.run_line.startswith("run #512 of `acme/ledger`")


@pytest.mark.parametrize(
    "named", ["", "nonsense", "../..", "acme/..", "https://attacker.example/acme/ledger"]
)
async def test_a_form_with_nonsense_leads_to_the_question(named: str) -> None:
    async with opened() as sources:
        answer = await sources.ask("", way_in="form", repository=named)

    assert answer.kind is Kind.QUESTION
    assert sources.bitbucket.calls == []


async def test_opening_asks_nobody_anything() -> None:
    async with opened() as sources:
        assert sources.bitbucket.calls == []
        assert sources.aws.calls == []
