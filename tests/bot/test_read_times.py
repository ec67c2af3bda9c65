"""How old a reading is: what a client kept is as old as when it was asked for, all else is of now."""

from __future__ import annotations

from tests.bot.sources import link, opened

REFUSED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)


async def test_sources_that_were_kept_say_so_and_those_asked_now_do_not() -> None:
    paste = f"{REFUSED} {link('ledger')}"
    async with opened() as sources:
        first = await sources.ask(paste)
        sources.forget_calls()
        second = await sources.ask(paste)
        asked = " ".join(sources.paths)

    kept = {source.label for source in second.sources if source.age > 0}
    assert {source.age for source in first.sources} == {0.0}
    assert any(label.startswith("bitbucket-pipelines.yml at ") for label in kept)
    assert "/src/" not in asked, "it is the one that was kept"
    now = [source.label for source in second.sources if source.age == 0]
    assert any("role" in label for label in now), "AWS is asked each time"
