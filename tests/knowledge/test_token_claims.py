"""A pasted token is read before it is taken out, however people print it, and only if it is Bitbucket's."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.casefile import CaseFile, Repository, RunStep, Suspect
from knowledge.claims import claims_for
from knowledge.pasted import take
from knowledge.pipelines import parse
from knowledge.reading import Known
from knowledge.token_claims import KEPT, claims_in, ends_at
from tests.knowledge.linear_time import linear
from tests.knowledge.tokens import ISSUED, REPOSITORY, STEP, WORKSPACE, claims, token

SAID = claims()
WANTED = {name: value for name, value in SAID.items() if name in KEPT}


def encoded(text: str, times: int = 1) -> str:
    for _ in range(times):
        text = base64.b64encode(text.encode()).decode()
    return text


def wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width))


PRINTED: dict[str, Callable[[dict[str, Any]], str]] = {
    "a token": token,
    "an assignment": lambda said: f'export BITBUCKET_STEP_OIDC_TOKEN="{token(said)}"',
    "broken over lines by a terminal": lambda said: wrapped(token(said), 80),
    "cut off in its signature": lambda said: token(said)[:-300],
    "in base64": lambda said: encoded(token(said)),
    "in base64, as `base64` breaks it": lambda said: f"+ echo\n{wrapped(encoded(token(said)), 76)}\n+ exit 1",
    "in base64 twice": lambda said: encoded(token(said), 2),
    "its middle part alone": lambda said: token(said).split(".")[1],
    "decoded": json.dumps,
    "by jq": lambda said: json.dumps(said, indent=2),
    "by jq, in colours": lambda said: json.dumps(said, indent=2).replace('"iss"', '\x1b[34;1m"iss"\x1b[0m'),
    "by jq, with time stamps": lambda said: "\n".join(
        f"2026-11-20T10:20:30Z {line}" for line in json.dumps(said, indent=1).split("\n")
    ),
    "by jq, with typographic quotes": lambda said: json.dumps(said).replace('"', "“"),
    "as a link": lambda said: json.dumps(said).replace(said["iss"], f"<{said['iss']}>"),
    "by Python": repr,
    "inside a line of JSON": lambda said: json.dumps({"level": "info", "msg": json.dumps(said)}),
}


@pytest.mark.parametrize("printed", PRINTED.values(), ids=PRINTED.keys())
def test_claims_are_read_in_every_form_in_which_people_print_them(
    printed: Callable[[dict[str, Any]], str],
) -> None:
    assert claims_in(f"hi, look:\n{printed(SAID)}\nany idea?") == WANTED


@pytest.mark.parametrize("printed", PRINTED.values(), ids=PRINTED.keys())
def test_the_token_itself_is_gone_afterwards(printed: Callable[[dict[str, Any]], str]) -> None:
    text = printed(SAID)
    pasted = take(text)

    assert pasted.claims == WANTED
    assert "[redacted jwt]" in pasted.text or pasted.redactions == {}
    assert "c3Nzc3Nz" not in pasted.text, "a piece of the signature"
    assert not any(sign in pasted.text for sign in ("eyJ", "ZXlK", "WlhsS"))


def test_a_cut_number_is_no_time() -> None:
    """`base64 -d` of a part without its padding loses the end: half an `exp` is another time."""
    text = json.dumps({**claims(), "exp": ISSUED})
    cut = text[: text.index('"exp"') + len('"exp": 17953')]

    assert "exp" not in (claims_in(cut) or {"exp": 1})


def test_an_audience_may_be_a_list() -> None:
    said = claims(aud=["sts.amazonaws.com", "ari:cloud:bitbucket::workspace/x"])

    assert (claims_in(token(said)) or {})["aud"] == said["aud"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "what does iss mean?",
        token({**claims(), "iss": "https://token.actions.githubusercontent.com"}),
        token({**claims(), "iss": "https://api.bitbucket.org.evil.example/2.0/workspaces/acme"}),
        token({**claims(), "iss": 7}),
        "eyJhbGciOiJSUzI1NiJ9.bm90IGpzb24.c2ln",
        json.dumps({"iss": ["https://api.bitbucket.org"]}),
        '"api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc:aud": "iss"',
    ],
)
def test_what_is_no_token_of_bitbucket_has_no_claims(text: str) -> None:
    assert claims_in(text) is None


def test_of_several_tokens_the_last_counts() -> None:
    text = f"{token(claims('old'))}\n{token(claims('acme'))}"

    assert (claims_in(text) or {})["iss"] == SAID["iss"]


def test_nothing_is_kept_that_a_diagnosis_does_not_need_or_that_is_a_secret() -> None:
    odd = claims(
        aud="AKIAQWERTYUIOP234567", accountUuid="{x}", exp="soon", iat=True, note="x", stepUuid="a\nb"
    )
    kept = claims_in(token(odd)) or {}

    assert set(kept) == {"iss", "sub", "repositoryUuid", "workspaceUuid"}


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (ISSUED, datetime.fromtimestamp(ISSUED, UTC)),
        (0, None),
        (-5, None),
        (10**14, None),
        ("x", None),
        (True, None),
        (None, None),
    ],
)
def test_an_end_that_is_no_time_is_none(end: object, expected: datetime | None) -> None:
    assert ends_at({"exp": end}) == expected


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([token(SAID), json.dumps(SAID), encoded(token(SAID)), '"iss":', "eyJ", "ZXlK", "\n"])
        | st.text(max_size=20),
        max_size=8,
    ).map("".join)
)
def test_whatever_comes_is_read_without_a_fault_and_stays_without_secrets(raw: str) -> None:
    pasted = take(raw)

    assert take(pasted.text).redactions == {}
    assert pasted.claims is None or set(pasted.claims) <= set(KEPT)


@pytest.mark.parametrize(
    "unit",
    [
        "eyJ",
        "eyJhbGciOiJSUzI1NiJ9.",
        '"iss":"x",',
        "iss ",
        '{"iss":',
        "ZXlK" + "A" * 60 + "\n",
        "'iss': '",
        '"aud": ["a",',
    ],
)
def test_reading_takes_linear_time_whatever_is_repeated(unit: str) -> None:
    assert linear(claims_in, unit * (3_000 // len(unit)))


# --- whose token it is ------------------------------------------------------------------------------------

HOME = Repository(REPOSITORY, "widget", f"{{{WORKSPACE}}}", "acme")
FILE = parse("pipelines:\n  default:\n    - step:\n        oidc: true\n        script: [true]\n")


def suspect(step_uuid: str | None) -> Suspect:
    (step,) = FILE.steps
    run_step = (
        RunStep(uuid=step_uuid, name=None, position=0, state="COMPLETED", result="FAILED")
        if step_uuid
        else None
    )
    return Suspect(step, "it is the only one", certain=True, run_step=run_step)


def judged(said: dict[str, Any], step_uuid: str | None = STEP, *, pasted: bool = True) -> Any:
    case = CaseFile(repository=Known(HOME, "the repository"), claims=said, claims_pasted=pasted)
    found = claims_for(case, suspect(step_uuid))
    assert isinstance(found, Known)
    return found.value


@pytest.mark.parametrize("step_uuid", [STEP, None])
def test_the_claims_of_this_steps_token_go_before_computed_ones(step_uuid: str | None) -> None:
    said = judged(claims(aud="sts.amazonaws.com"), step_uuid)

    assert (said.given, said.audiences) == (True, ("sts.amazonaws.com",))


@pytest.mark.parametrize(
    "other",
    [
        {"sub": "{11111111-1111-4111-8111-111111111111}:{22222222-2222-4222-8222-222222222222}"},
        {"iss": "https://api.bitbucket.org/2.0/workspaces/globex/pipelines-config/identity/oidc"},
        {"stepUuid": "{22222222-2222-4222-8222-222222222222}"},
    ],
    ids=["another repository", "another workspace", "another step"],
)
def test_another_steps_token_says_nothing_about_this_one(other: dict[str, str]) -> None:
    assert judged(claims(**other)).given is False
    assert judged(claims(**other), pasted=False).given is True, "what somebody hands over is taken as it is"
