"""A text of any length: the cause far up is found, memory stays as it was, no secret slips through a cut."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.pasted import Pasted, take
from knowledge.symptoms import recognise
from knowledge.symptoms.stream import LONGEST, LongText
from tests.knowledge.secret_notations import SECRETS
from tests.knowledge.tokens import claims, token

DENIED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)
EMPTY_TOKEN = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
ROLE = "arn:aws:iam::123456789012:role/deploy"
NOISE = "".join(
    f"[10:20:{n % 60:02d}] built module {n} of the shop, took {n * 7} ms\n" for n in range(20_000)
)
MARK = "[… left out …]"


def fed(text: str | bytes, chunk: int = 70_000) -> Pasted:
    raw = text.encode() if isinstance(text, str) else text
    long = LongText()
    for start in range(0, len(raw), chunk):
        long.feed(raw[start : start + chunk])
    return long.close()


def ids(pasted: Pasted) -> list[str]:
    return [symptom.id for symptom in recognise(pasted.text)]


@pytest.mark.parametrize("text", ["", "hello", f"{DENIED}\n", NOISE[:LONGEST]])
def test_a_text_that_is_not_long_is_kept_as_it_is(text: str) -> None:
    assert fed(text) == take(text)


@pytest.mark.parametrize("place", [0, 29_900, 65_500, 131_070, 500_000, 777_777, 1_100_000, len(NOISE)])
def test_a_failure_is_found_wherever_it_stands(place: int) -> None:
    pasted = fed(f"{NOISE[:place]}\n+ aws sts --role-arn {ROLE}\n{DENIED}\n{NOISE[place:]}")
    (symptom,) = recognise(pasted.text)
    start, end = symptom.span

    assert symptom.id == "aws-sts-access-denied"
    assert symptom.fields["role_arn"] == ROLE
    assert pasted.text[start:end] == DENIED
    assert MARK in pasted.text
    assert len(pasted.text) <= LONGEST


@pytest.mark.parametrize("chunk", [1_000, 65_536, 1_000_003])
def test_how_the_text_is_cut_into_chunks_does_not_matter(chunk: int) -> None:
    text = f"{NOISE}{DENIED}\n{NOISE}"

    assert fed(text, chunk) == fed(text)


def test_the_cause_far_up_leads_before_what_follows_from_it() -> None:
    pasted = fed(f"{NOISE[:400_000]}\n{EMPTY_TOKEN}\n{NOISE}\nUnable to locate credentials\n")

    assert ids(pasted) == ["aws-client-token-empty", "aws-no-credentials"]


def test_a_failure_that_is_repeated_for_ever_leaves_room_for_another() -> None:
    repeated = f"{EMPTY_TOKEN}\n{NOISE[:3_000]}" * 200
    pasted = fed(f"{NOISE[:40_000]}{repeated}{DENIED}\n{NOISE}")

    assert sorted(ids(pasted)) == ["aws-client-token-empty", "aws-sts-access-denied"]


def test_a_long_text_without_a_failure_shows_none() -> None:
    assert ids(fed(NOISE * 2)) == []


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert ids(fed(b"\xff\xfe\x00" * 300_000)) == []
    assert ids(fed(b"\xc3" * 400_000 + f"\n{DENIED}\n".encode() + b"\xc3" * 400_000)) == [
        "aws-sts-access-denied"
    ]


def test_forty_megabytes_take_no_more_memory_than_one() -> None:
    def peak(times: int) -> int:
        tracemalloc.start()
        long = LongText()
        for _ in range(times):
            long.feed(BLOCK)
        long.close()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)
    assert peak(40) < 1.2 * peak(2)


BLOCK = (NOISE[:900_000] + DENIED + "\n").encode()


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("place", [29_980, 400_000 - 3_990, 400_000 + 20])
def test_a_secret_is_taken_out_wherever_the_text_is_cut(kind: str, place: int) -> None:
    name, value = SECRETS[kind]
    text = f"{NOISE[:400_000]}\n{DENIED}\n{NOISE[400_000:]}"
    pasted = fed(f"{text[:place]}\nexport {name}={value}\n{text[place:]}")

    assert not any(value[start : start + 12] in pasted.text for start in range(len(value) - 11))


def test_a_private_key_whose_beginning_was_left_out_is_taken_out() -> None:
    body = "\n".join("QkFTRTY0" * 8 for _ in range(60))
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"
    pasted = fed(f"{NOISE[:300_000]}\n{key}\n{DENIED}\n{NOISE}")

    assert ids(pasted) == ["aws-sts-access-denied"]
    assert "QkFTRTY0" not in pasted.text


def test_the_claims_of_a_token_beside_the_failure_are_read() -> None:
    pasted = fed(f"{NOISE[:300_000]}\n+ echo {token(claims())}\n{DENIED}\n{NOISE}")

    assert (pasted.claims or {})["sub"] == claims()["sub"]
    assert pasted.redactions == {"jwt": 1}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [NOISE[:200_000], DENIED + "\n", EMPTY_TOKEN + "\n", "x" * 50_000, "é" * 40_000, "\n" * 5_000]
        )
        | st.text(max_size=50),
        max_size=9,
    )
)
def test_whatever_comes_no_more_is_kept_than_is_looked_at(parts: list[str]) -> None:
    text = "".join(parts).encode("utf-8", "replace").decode()
    pasted = fed(text)
    kept = len(pasted.text)

    assert kept <= LONGEST + 20 * len(MARK)
    if any(DENIED in part for part in parts):
        assert "aws-sts-access-denied" in ids(pasted)
