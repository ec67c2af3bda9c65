"""What a process learns about its own rights from the answers it gives."""

from __future__ import annotations

import pytest

from bot.clients.cloud_errors import google_refusal, graph_refusal
from bot.clients.cloud_wire import Answered
from bot.doctor.report import problem
from bot.doctor.standing import Standing, kind_of
from bot.errors import SourceError
from knowledge.answer import Answer, Kind, Source
from knowledge.finding import Diagnosis
from knowledge.reading import Unread
from knowledge.target import Target

DAY = 86_400.0


def refused(source: str, reason: str = "it is not allowed (403)") -> Unread:
    return Unread(source, reason, "allow it", refused=True)


def answer(
    *unread: Unread, read: tuple[str, ...] = (), repository: str = "widget", age: float = 0.0
) -> Answer:
    return Answer(
        kind=Kind.DIAGNOSIS,
        target=Target(workspace="acme", repository=repository),
        diagnosis=Diagnosis(unread=unread),
        sources=tuple(Source(label, age=age) for label in read),
    )


def sentences(standing: Standing) -> list[str]:
    return [check.sentence for check in standing.warnings()]


def test_what_one_reason_keeps_from_being_read_is_one_line() -> None:
    standing = Standing()
    standing.told_of_answer(
        answer(refused("workspace variables of acme"), refused("repository variables of acme/widget"))
    )

    assert sentences(standing) == [
        "workspace variables and repository variables could not be read: it is not allowed (403)"
    ]


def test_only_a_refusal_is_a_lack_of_rights() -> None:
    standing = Standing()
    standing.told_of_answer(answer(Unread("workspace variables of acme", "it did not answer", "ask again")))

    assert sentences(standing) == []


def test_what_was_kept_from_before_shows_no_right() -> None:
    standing = Standing()
    standing.told_of_answer(answer(refused("workspace variables of acme")))
    standing.told_of_answer(answer(read=("workspace variables of acme",), age=60.0))
    assert len(sentences(standing)) == 1

    standing.told_of_answer(answer(read=("workspace variables of acme",)))
    assert sentences(standing) == []


def test_a_repository_that_can_be_read_says_nothing_of_another() -> None:
    standing = Standing()
    standing.told_of_answer(answer(refused("repository variables of acme/widget")))
    standing.told_of_answer(answer(read=("repository variables of acme/gadget",), repository="gadget"))

    assert len(sentences(standing)) == 1


def test_what_a_day_ago_was_refused_or_read_is_told_no_more() -> None:
    now = 0.0
    standing = Standing(clock=lambda: now)
    standing.told_of_answer(answer(refused("workspace variables of acme"), read=("run #4 of acme/widget",)))
    assert "Read within the last day: Bitbucket: runs." in standing.lines()[0]

    now = DAY + 1
    assert sentences(standing) == []
    assert "it has read nothing" in standing.lines()[0]


def test_no_repository_account_or_id_is_named() -> None:
    named = "acme/widget in the account 123456789012, {9d9b7a3e-52a5-4b3c-9a57-0a4c2f9a7d22}"
    standing = Standing()
    standing.told_of_answer(answer(refused("the log of the step Deploy", f"refused for {named}")))

    shown = "\n".join(standing.lines())
    for part in ("widget", "123456789012", "9d9b7a3e"):
        assert part not in shown


@pytest.mark.parametrize(
    ("source", "error", "area"),
    [
        (
            "the federated credentials of the application",
            graph_refusal(Answered(403, {}, b"{}"), "9d9b7a3e-52a5-4b3c-9a57-0a4c2f9a7d22"),
            "azure",
        ),
        (
            "the provider ci of the pool bitbucket in the project 123456789012",
            google_refusal(
                Answered(403, {}, b"{}"), "iam.workloadIdentityPoolProviders.get", "secret-project"
            ),
            "google",
        ),
    ],
)
def test_what_the_other_clouds_refuse_is_told_without_tenant_or_project(
    source: str, error: SourceError, area: str
) -> None:
    standing = Standing()
    standing.told_of_answer(answer(error.unread(source)))
    (check,) = standing.warnings()
    shown = f"{check.sentence} {check.remedy}"

    assert check.area == area
    assert "(403)" in shown
    assert not any(name in shown for name in ("9d9b7a3e", "secret-project"))
    standing.told_of_answer(answer(read=(source,)))
    assert standing.warnings() == ()


def test_many_lines_are_counted_and_the_list_stays_bounded() -> None:
    standing = Standing()
    for number in range(500):
        standing.told_of_channel(f"C{number}", problem("slack", f"not in C{number}", "invite it"))
        lacks = refused("repository variables of acme/x", f"reason {'x' * number}")
        standing.told_of_answer(answer(lacks, repository=f"r{number}"))

    assert len(standing.warnings()) <= 210
    assert len(standing.lines()) == 8
    assert "`python -m bot doctor` names them all" in standing.lines()[-1]


@pytest.mark.parametrize(
    "source",
    [
        "run #42 of acme/widget",
        "the runs of acme/widget",
        "the steps of run #42",
        "the log of the step Deploy",
        "bitbucket-pipelines.yml at 0a1b2c3d4e5f",
        "repository variables of acme/widget",
        "workspace variables of acme",
        "deployment environments of acme/widget",
        "deployment variables of the environment Production",
        "the trust policy of the role deploy",
        "the OIDC providers of the account 123456789012",
        "the repository acme/widget",
        "the application's registration in its tenant",
        "the application's service principal in the tenant",
        "the federated credentials of the application",
        "the identity's federated credentials",
        "the provider ci of the pool bitbucket in the project 123456789012",
        "the service account ci@acme.iam.gserviceaccount.com, with its IAM policy",
    ],
)
def test_every_name_that_a_reading_has_is_of_some_kind(source: str) -> None:
    assert kind_of(source) is not None
