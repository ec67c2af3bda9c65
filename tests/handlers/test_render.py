"""How replies look: whole snapshots, Slack's limits and ours, and what others wrote made harmless."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.playground.slack_blocks import problems_of, view_problems
from bot.playground.terminal import as_lines
from handlers.forms import notice, pipeline_form, proof_view, repository_form
from handlers.ports import Reply
from handlers.render import render
from handlers.render.evidence import compared
from handlers.render.limits import characters, cut, cut_clauses, cut_end, cut_phrases
from handlers.usage import usage
from knowledge.answer import Answer, History, Kind
from knowledge.finding import Comparison, Diagnosis, Verdict
from tests.handlers.answers import ANSWERS, DIAGNOSIS, JOB, SWITCH, TRUST, hostile

SNAPSHOTS = Path(__file__).parent / "snapshots"


def snapshot(answer: Answer) -> str:
    """The whole reply as JSON, and as a reader sees it."""
    reply = render(answer, JOB)
    shown = [*as_lines({"blocks": reply.blocks}), "", "=" * 24, "", *as_lines({"blocks": reply.proof})]
    return json.dumps({"seen": shown, "reply": reply.to_json()}, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", ANSWERS)
def test_replies_look_as_they_were_agreed(name: str) -> None:
    """`python -m tests.handlers.test_render` writes them anew, for a reader to look at the difference."""
    assert snapshot(ANSWERS[name]) == (SNAPSHOTS / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ANSWERS)
def test_the_same_answer_gives_the_same_reply(name: str) -> None:
    assert render(ANSWERS[name], JOB) == render(ANSWERS[name], JOB)


@pytest.mark.parametrize(
    ("name", "kind", "cause", "verdict", "reaction"),
    [
        ("diagnosis", "diagnosis", "oidc-not-enabled", "confirmed", "white_check_mark"),
        ("likely", "diagnosis", "trust-subject-mismatch", "likely", "white_check_mark"),
        ("possible", "diagnosis", "", "", "white_check_mark"),
        ("nothing-found", "diagnosis", "", "", "grey_question"),
        ("undecided", "diagnosis", "", "", "grey_question"),
        ("question", "question", "", "", "grey_question"),
        ("refusal", "refusal", "", "", "grey_question"),
        ("apology", "apology", "", "", "warning"),
    ],
)
def test_metadata_and_mark_say_what_the_reply_is(
    name: str, kind: str, cause: str, verdict: str, reaction: str
) -> None:
    reply = render(ANSWERS[name], JOB)

    assert reply.metadata == {
        "event_type": "rolecall_reply",
        "event_payload": {"kind": kind, "cause": cause, "verdict": verdict, "job": JOB},
    }
    assert (reply.kind, reply.cause, reply.verdict, reply.reaction) == (kind, cause, verdict, reaction)
    assert reply.blocks[0]["block_id"] == f"rolecall:{JOB}"


@pytest.mark.parametrize(
    ("name", "buttons"),
    [
        ("diagnosis", ["recheck", "proof", "feedback_up", "feedback_down"]),
        ("nothing-found", ["recheck", "proof"]),
        ("question", ["choose_repository"]),
        ("refusal", ["choose_repository"]),
        ("apology", ["recheck"]),
    ],
)
def test_the_buttons_carry_the_job_and_the_cause(name: str, buttons: list[str]) -> None:
    reply = render(ANSWERS[name], JOB)
    last = reply.blocks[-1]

    assert [element["action_id"] for element in last["elements"]] == buttons
    assert {element["value"] for element in last["elements"]} == {JOB}
    assert last["block_id"] == f"cause:{reply.cause or 'none'}"


def test_what_is_only_likely_or_possible_says_so_first() -> None:
    assert render(ANSWERS["likely"], JOB).text.startswith("Likely: ")
    assert render(ANSWERS["possible"], JOB).text.startswith("Possible: ")
    assert render(ANSWERS["diagnosis"], JOB).text.startswith("Step ")


def test_the_text_alone_says_what_is_wrong_and_what_mends_it() -> None:
    assert render(DIAGNOSIS, JOB).text == (
        "Step “Deploy to prod” has no “oidc: true”, so it gets no token. "
        "Fix: Set “oidc: true” on step “Deploy to prod”."
    )


def test_what_could_not_be_seen_is_named_with_its_remedy() -> None:
    seen = "\n".join(as_lines({"blocks": render(DIAGNOSIS, JOB).blocks}))

    assert (
        "Could not see workspace variables: the token lacks the scope `pipeline`. To change that: give it "
        in seen
    )
    assert (
        "Could not see the role's trust policy: AWS did not answer in time. To change that: ask again."
        in seen
    )


def test_a_refusal_is_the_same_whatever_is_known_of_the_repository() -> None:
    note = "I may not."
    one = Answer(kind=Kind.REFUSAL, target=DIAGNOSIS.target, note=note)

    assert render(one, JOB) == render(
        Answer(kind=Kind.REFUSAL, target=ANSWERS["question"].target, note=note), JOB
    )


# -- comparison -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "actual", "at", "lines"),
    [
        ("oidc", "OIDC", 0, ["expected  oidc", "actual    OIDC", "          ^ they part here"]),
        ("abc", "abd", 2, ["expected  abc", "actual    abd", "            ^ they part here"]),
        ("ab", "abc", 2, ["expected  ab", "actual    abc", "            ^ they part here"]),
        ("a", "b", None, ["expected  a", "actual    b"]),
        ("", "b", None, ["expected  (nothing)", "actual    b"]),
        ("日本a", "日本b", 2, ["expected  日本a", "actual    日本b", "              ^ they part here"]),
        ("a\u200bb", "ab", 1, ["expected  a[U+200B]b", "actual    ab", "           ^ they part here"]),
    ],
)
def test_a_mark_stands_under_the_place_where_two_values_part(
    expected: str, actual: str, at: int | None, lines: list[str]
) -> None:
    assert compared(Comparison("x", expected, actual, at)) == lines


def test_long_values_are_shown_around_the_place_where_they_part() -> None:
    same = "x" * 900
    one, other, mark = compared(Comparison("x", f"{same}ABC", f"{same}abc", 900))

    assert one.endswith("xABC")
    assert other.endswith("xabc")
    assert other[mark.index("^")] == "a"
    assert max(map(len, (one, other))) < 250


# -- limits -----------------------------------------------------------------------------------------------


def check_message(reply: Reply) -> None:
    """Slack's limits by its own models and by ours, and the reply's own."""
    assert problems_of(reply.blocks) == []
    for block in reply.blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()
    assert len(reply.blocks) <= 12
    assert characters(reply.blocks) <= 2_900
    assert 0 < len(reply.text) < 4_000
    if reply.proof:
        view = proof_view(reply.proof)
        assert view_problems(view) == []
        assert len(json.dumps(view).encode()) < 250_000
        View(**view).validate_json()


@pytest.mark.parametrize("name", ANSWERS)
def test_replies_keep_the_limits(name: str) -> None:
    check_message(render(ANSWERS[name], JOB))


@pytest.mark.parametrize("size", [0, 1, 100, 149, 150, 151, 299, 300, 301, 2_999, 3_000, 3_001, 20_000])
@pytest.mark.parametrize("form", ["x", "word ", "`code` and ", "line\n", "&<>", "日本", "é\u0301", "\u200b"])
def test_whatever_is_long_the_limits_are_kept(size: int, form: str) -> None:
    text = (form * (size // len(form) + 1))[:size] or " "
    check_message(render(hostile(text), JOB))
    check_message(render(replace(hostile(text), history=History(text, text, same=True)), JOB))


def test_many_of_everything_keep_the_limits() -> None:
    many = replace(
        DIAGNOSIS.diagnosis,
        findings=tuple(
            replace(SWITCH, evidence=SWITCH.evidence * 1 + SWITCH.evidence[1:] * 30) for _ in range(40)
        ),
        unread=DIAGNOSIS.diagnosis.unread * 30,
        checked=DIAGNOSIS.diagnosis.checked * 60,
        ruled_out=DIAGNOSIS.diagnosis.ruled_out * 60,
    )
    check_message(render(replace(DIAGNOSIS, diagnosis=many, sources=DIAGNOSIS.sources * 40), JOB))


def test_what_was_proven_by_the_same_evidence_before_is_told_short_and_proven_in_the_modal() -> None:
    whole, short = render(DIAGNOSIS, JOB), render(ANSWERS["again"], JOB)

    assert len(short.blocks) < len(whole.blocks)
    proof, change = "The step on line 41 has no key oidc", "+          oidc: true"
    assert (proof in characters_of(whole), proof in characters_of(short)) == (True, False)
    assert change in characters_of(short)
    assert (short.text, short.metadata, short.proof) == (whole.text, whole.metadata, whole.proof)
    assert (short.short, whole.short, short.evidence) == (True, False, whole.evidence)
    for told in ("has no", "Set ", "Could not see", "Looked at run #42", "The answer with the proof"):
        assert told in characters_of(short)


def characters_of(reply: Reply) -> str:
    return "\n".join(as_lines({"blocks": reply.blocks}))


def test_a_change_that_is_too_long_says_so_and_stands_whole_in_the_proof() -> None:
    lines = [f"+  line {number} of a long change" for number in range(120)]
    fix = replace(SWITCH.fixes[0], diff="\n".join(lines))
    reply = render(replace(DIAGNOSIS, diagnosis=Diagnosis(findings=(replace(SWITCH, fixes=(fix,)),))), JOB)
    thread, modal = ("\n".join(as_lines({"blocks": blocks})) for blocks in (reply.blocks, reply.proof))

    assert "more lines" in thread
    assert "The whole change is in the proof" in thread
    assert all(line in modal for line in lines)


@given(st.text(max_size=60), st.sampled_from(list(Verdict)[:2]))
def test_any_text_gives_a_reply_that_slack_takes(text: str, verdict: Verdict) -> None:
    finding = replace(SWITCH, headline=text or "x", meaning=text, verdict=verdict)
    check_message(render(replace(hostile(text or "x"), diagnosis=Diagnosis(findings=(finding, TRUST))), JOB))


def test_cuts_keep_both_ends_or_whole_words() -> None:
    assert cut("abcdefghij", 7) == "ab … ij"
    assert cut_end("one two three", 9) == "one two…"
    assert cut_clauses("run #1; its log does not show it; 3 were not read", 35) == (
        "run #1; its log does not show it"
    )
    assert cut_clauses("run #1; its log", 15) == "run #1; its log"
    assert cut_clauses("one two three; four", 9) == "one two…"
    assert cut_phrases("Fine:", ["a", "b", "c" * 50], 20) == "Fine: a; b; and 1 more."


# -- what others wrote ------------------------------------------------------------------------------------

HOSTILE = {
    "channel": "<!channel>",
    "here": "<!here|here>",
    "everyone": "<!everyone>",
    "user": "<@U123456>",
    "group": "<!subteam^S123|ops>",
    "channel link": "<#C123|general>",
    "link": "<https://evil.example|bitbucket.org>",
    "bare link": "https://evil.example",
    "date": "<!date^1392734382^{date}|x>",
    "bold": "*bold* _it_ ~no~",
    "emoji": ":rotating_light: :+1:",
    "fence": "```\n<!channel>\n```",
    "back-tick": "` <!channel> `",
    "odd back-tick": "a ` <!channel>",
    "quote": "> quoted",
    "bidi": "\u202egnp.exe\u2066",
    "zero width": "ro\u200ble\ufeff",
    "controls": "\x00\x07\x1b[31mred\x7f",
    "lines": "one\n\n\ntwo\u2028three",
    "entity": "&lt;!channel&gt;",
    "surrogate": "\ud800",
    "tags": "\U000e0041\U000e0042",
}


def mrkdwn_of(value: Any) -> Iterator[str]:
    """The texts that Slack parses."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            assert value["verbatim"] is True
            yield value["text"]
        for inner in value.values():
            yield from mrkdwn_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from mrkdwn_of(inner)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize(("kind", "again"), [*((kind, False) for kind in Kind), (Kind.DIAGNOSIS, True)])
def test_what_others_wrote_neither_pings_nor_links_nor_hides(text: str, kind: Kind, again: bool) -> None:
    reply = render(replace(hostile(text), kind=kind, history=History(text, text, same=again)), JOB)
    everything = json.dumps([reply.blocks, reply.proof, reply.text], ensure_ascii=False)

    check_message(reply)
    for parsed in (reply.text, *mrkdwn_of([reply.blocks, reply.proof])):
        assert "<" not in parsed
        assert ">" not in parsed
    assert not {"user", "broadcast", "usergroup", "channel", "emoji"} & set(
        leaf_types([reply.blocks, reply.proof])
    )
    assert set(links([reply.blocks, reply.proof])) <= {f"https://bitbucket.org/{text}", text}
    assert not any(sign in everything for sign in "\u202e\u2066\u200b\ufeff\x00\x1b\u2028\ud800\U000e0041")


def leaf_types(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield str(value.get("type"))
        for inner in value.values():
            yield from leaf_types(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaf_types(inner)


def links(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") == "link":
            yield value["url"]
        for inner in value.values():
            yield from links(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from links(inner)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://bitbucket.org/acme",
        "https://bitbucket.org/a b",
        "https://bitbucket.org/a|b",
        "https://bitbucket.org/a>b",
        "https://user@bitbucket.org/",
        "https:///nowhere",
        "https://[::1",
        "https://bitbucket.org/" + "x" * 5_000,
    ],
)
def test_addresses_of_another_form_are_no_links(url: str) -> None:
    assert list(links(render(replace(DIAGNOSIS, run_url=url, diagnosis=Diagnosis()), JOB).blocks)) == []


# -- the rest ---------------------------------------------------------------------------------------------


def test_forms_and_help_are_such_as_slack_takes() -> None:
    assert view_problems(repository_form(JOB)) == []
    assert view_problems(notice("Ask in `#ci-help`.")) == []
    for form in (pipeline_form(""), pipeline_form("C0HELP")):
        assert view_problems(form) == []
        View(**form).validate_json()
    assert problems_of(usage("`x` names nothing.")["blocks"]) == []


def test_rendering_loads_no_part_of_slack() -> None:
    """The command line renders replies, and starts fast."""
    script = (
        "import sys, handlers.render; print([n for n in sys.modules if n.startswith(('slack_', 'aiohttp'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


if __name__ == "__main__":
    for name_, answer_ in ANSWERS.items():
        (SNAPSHOTS / f"{name_}.json").write_text(snapshot(answer_), encoding="utf-8")
